"""``jwpgraph load``: load RDF files; shared functions to build a release from a change."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jwpgraph.cli.output import Json, console, print_json, show_stages
from jwpgraph.counts import format_count, format_severities
from jwpgraph.operations.builder_factory import digest_shipped_sources, make_builder, make_shipped_change
from jwpgraph.operations.record_gate_runs import record_gate_runs
from jwpgraph.problems import ProblemError
from jwpgraph.releases.changes import GraphChange, LoadGraphs, Payload, PostGraph
from jwpgraph.releases.gate import GateRefusedError
from jwpgraph.releases.rdf_files import FOLDER_SUFFIXES, guess_media_type
from jwpgraph.releases.release import Release
from jwpgraph.settings import load_settings
from jwpgraph.vocabulary import make_graph_iri

Message = Annotated[str, typer.Option("--message", "-m", help="Reason of the change, for the release's manifest.")]
Author = Annotated[str | None, typer.Option("--author", help="Author of the change, for the release's manifest.")]

_LOAD_EPILOG = """Examples:

    jwpgraph load                                   (the shipped ontology and data)

    jwpgraph load species.ttl names.nq -m "Species+ of May"

    jwpgraph load extra.ttl --graph https://example.org/graph/extra --add
"""


def register(app: typer.Typer) -> None:
    """Add the command of this module to *app*."""
    app.command(epilog=_LOAD_EPILOG)(load)


def build_release(
    change: GraphChange,
    *,
    author: str | None = None,
    message: str = "",
    as_json: bool = False,
    shipped_digest: str | None = None,
    quiet: bool = False,
    full: bool = False,
    expected: int | None = None,
) -> Release:
    """Build and publish a release, and print the result.

    Args:
        change: the change to publish.
        author: author for the manifest.
        message: message for the manifest.
        as_json: whether to print JSON.
        shipped_digest: digest of the shipped data, if the change contains them.
        quiet: whether the caller prints the result.
        full: whether to derive and validate everything instead of only the affected parts.
        expected: the release that the change was made from; another current one is refused.

    Raises:
        GateRefusedError: after the results have been printed.
        ProblemError: if the change cannot be published.
    """
    try:
        with show_stages() as progress:
            builder = make_builder(load_settings(), progress)
            release = builder.build(
                change, author=author, message=message, shipped_digest=shipped_digest, full=full, expected=expected
            )
        record_gate_runs(load_settings())
    except GateRefusedError as refused:
        print_refusal(refused, as_json=as_json)
        raise
    manifest = release.manifest
    if quiet:
        return release
    if as_json:
        print_json(manifest.model_dump(mode="json"))
    else:
        verdict = manifest.conformance
        console.print(
            f"Release {release.number} published: {format_count(manifest.triples, 'triple')} in "
            f"{format_count(len(manifest.graphs), 'graph')}, "
            f"{format_severities(verdict.violations, verdict.warnings, verdict.infos)}.",
            highlight=False,
            soft_wrap=True,
        )
        if manifest.normalised:
            kinds = ", ".join(f"{number} {kind}" for kind, number in manifest.normalised.items())
            console.print(
                f"{sum(manifest.normalised.values())} literals are stored in canonical form ({kinds}); "
                "they were validated in their original form.",
                highlight=False,
                soft_wrap=True,
            )
    return release


def print_refusal(refused: GateRefusedError, *, as_json: bool) -> None:
    """Print the gate's results, grouped by shape."""
    if as_json:
        print_json(refused.document() | {"report": str(refused.report_path)})
        return
    for group in refused.members["shapes"]:
        typer.echo(f"{group['severity']} ×{group['count']}  {group['shape']}\n    {group['message']}")
        for example in group["examples"]:
            value = f" → {example['value']}" if "value" in example else ""
            typer.echo(f"    · {example['focus']}{value}")
    typer.echo(f"Full report: {refused.report_path}")


def load(
    files: Annotated[list[Path] | None, typer.Argument(help="RDF files or folders; default: the shipped data.")] = None,
    graph: Annotated[str | None, typer.Option(help="IRI of the graph; default: derived from the file name.")] = None,
    add: Annotated[bool, typer.Option("--add", help="Merge into the graph instead of replacing it.")] = False,
    full: Annotated[
        bool, typer.Option("--full", help="Derive and validate everything, not only affected parts.")
    ] = False,
    message: Message = "",
    author: Author = None,
    as_json: Json = False,
) -> None:
    """Load RDF files as named graphs and publish them as one validated release.

    A file replaces the graph named after it; the other graphs stay. If a shape is violated, nothing changes, the
    results are printed and the exit code is 1.
    """
    if not files:
        if graph is not None or add:
            raise typer.BadParameter("--graph and --add require files")
        message = message or "Shipped ontology and data"
        build_release(
            make_shipped_change(),
            author=author,
            message=message,
            as_json=as_json,
            shipped_digest=digest_shipped_sources(),
            full=full,
        )
        return
    payloads = list_payloads(files, graph)
    change: GraphChange = LoadGraphs(tuple(payloads))
    if graph is not None and len(payloads) > 1 and not add:
        raise typer.BadParameter("--graph requires a single file, or --add")
    if add:
        if len({name for name, _ in payloads}) > 1:
            raise typer.BadParameter("--add with several files needs --graph")
        change = PostGraph(payloads[0][0], tuple(payload for _, payload in payloads))
    build_release(change, author=author, message=message or _make_default_message(files), as_json=as_json, full=full)


def _make_default_message(files: list[Path]) -> str:
    return "Load " + ", ".join(path.name for path in files)


def list_payloads(files: list[Path], graph: str | None = None) -> list[tuple[str, Payload]]:
    """Return the RDF files, including those in folders, with the names of their target graphs.

    Raises:
        ProblemError: ``no-such-file``, ``unknown-format`` or ``same-graph-twice``.
    """
    found = [path for file in files for path in _get_rdf_files(file)]
    named = [(make_graph_iri(path.stem) if graph is None else graph, path) for path in found]
    repeated = {name for name, _ in named if sum(other == name for other, _ in named) > 1}
    if repeated and graph is None:
        raise ProblemError("same-graph-twice", "Two files would become the same graph", ", ".join(sorted(repeated)))
    return [
        (name, Payload(path.resolve(), guess_media_type(path), base_iri=name, name=path.name)) for name, path in named
    ]


def _get_rdf_files(path: Path) -> list[Path]:
    if path.is_dir():
        found = sorted(file for file in path.rglob("*") if file.suffix in FOLDER_SUFFIXES)
        if not found:
            raise ProblemError("no-such-file", "The folder contains no RDF files", str(path))
        return found
    if not path.exists():
        raise ProblemError("no-such-file", "There is no such file", str(path))
    return [path]
