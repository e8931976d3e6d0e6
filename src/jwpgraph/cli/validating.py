"""``jwpgraph validate``: SHACL from the command line, for people and for schedulers."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from pyoxigraph import NamedNode, Store

from jwpgraph.cli.output import console, print_json
from jwpgraph.operations.building import shapes_of
from jwpgraph.problems import Problem
from jwpgraph.releases.changes import Payload
from jwpgraph.releases.directory import Releases
from jwpgraph.releases.entailment import RuleSet, entail
from jwpgraph.releases.gate import Shapes
from jwpgraph.releases.rdf_files import load_dataset, media_type_of
from jwpgraph.releases.union import rebuild
from jwpgraph.releases.upkeep import require_release
from jwpgraph.settings import load_settings
from jwpgraph.shipped_files import shipped, sources
from jwpgraph.validation.engines import data_of, validate
from jwpgraph.validation.report import Report, Severity, counts
from jwpgraph.vocabulary import ONTOLOGY_GRAPHS, graph_iri


class Format(StrEnum):
    """How the report is printed."""

    TEXT = "text"
    TURTLE = "turtle"
    JSON = "json"


class Engine(StrEnum):
    """Which SHACL engine runs."""

    FAST = "fast"
    REFERENCE = "reference"
    BOTH = "both"


class Least(StrEnum):
    """The least severity that fails."""

    VIOLATION = "violation"
    WARNING = "warning"
    INFO = "info"


_EPILOG = """Exit codes: 0 conforms, 1 does not conform, 2 could not run.

Examples:

    jwpgraph validate                              (the published release)

    jwpgraph validate new.ttl --severity warning --format json

    jwpgraph validate data.nq --shapes my-shapes/ --engine both
"""


def register(app: typer.Typer) -> None:
    """Add the commands of this module to *app*."""
    app.command("validate", epilog=_EPILOG)(validate_)


def validate_(
    files: Annotated[list[Path] | None, typer.Argument(help="RDF files; none: the published release.")] = None,
    shapes: Annotated[Path | None, typer.Option(help="Folder of shapes, or one file.")] = None,
    release: Annotated[int | None, typer.Option(help="Validate this release instead of the published one.")] = None,
    engine: Annotated[Engine | None, typer.Option(help="Default: fast, where it is installed.")] = None,
    severity: Annotated[Least, typer.Option(help="The least severity that fails.")] = Least.VIOLATION,
    form: Annotated[Format, typer.Option("--format", help="How to print the report.")] = Format.TEXT,
) -> None:
    """Validate a release or files against the shapes.

    Files are validated together with the ontology and with what it entails of them.
    """
    settings = load_settings()
    if files and release is not None:
        raise typer.BadParameter("give files or --release, not both")
    chosen = _shapes(shapes) if shapes else shapes_of(settings)
    store = _files(files) if files else _release(Releases(settings.data_dir), release)
    data = data_of(store)
    least: Severity = severity.value
    if engine is Engine.BOTH:
        first, second = validate(data, chosen, "fast"), validate(data, chosen, "reference")
        _print(first, least, form)
        one, other = counts(first.results), counts(second.results)
        apart = (one - other).total() + (other - one).total()
        if apart:
            raise Problem("engines-disagree", "The two SHACL engines disagree", f"{apart} results differ", exit_code=1)
        report = first
    else:
        report = validate(data, chosen, None if engine is None else engine.value)
        _print(report, least, form)
    if not report.conforms(least):
        raise typer.Exit(1)


def _shapes(path: Path) -> Shapes:
    if not path.exists():
        raise Problem("no-such-file", "There is no such file", str(path))
    return Shapes.read(path)


def _release(releases: Releases, number: int | None) -> Store:
    return Store.read_only(str(require_release(releases, number).store_path))


def _files(files: list[Path]) -> Store:
    store = Store()
    for graph, path in sources():
        if graph.startswith(ONTOLOGY_GRAPHS):
            store.load(path=str(path), to_graph=NamedNode(graph))
    for path in files:
        graph = graph_iri(path.stem)
        load_dataset(store, Payload(path, media_type_of(path), base_iri=graph, name=path.name), graph)
    rebuild(store)
    entail(store, RuleSet.read(shipped("queries/rules")))
    return store


def _print(report: Report, least: Severity, form: Format) -> None:
    if form is Format.TURTLE:
        typer.echo(report.turtle)
    elif form is Format.JSON:
        print_json(
            {
                "conforms": report.conforms(least),
                "violations": report.count("violation"),
                "warnings": report.count("warning"),
                "infos": report.count("info"),
                "engine": f"{report.engine} {report.engine_version}",
                "results": [
                    {
                        "fingerprint": result.fingerprint,
                        "severity": result.severity,
                        "shape": result.shape,
                        "focus": result.focus,
                        "path": result.path,
                        "component": result.component,
                        "value": result.value,
                        "message": result.message(),
                    }
                    for result in report.results
                ],
            }
        )
    else:
        _print_text(report, least)


def _print_text(report: Report, least: Severity) -> None:
    for result in report.results:
        value = f" → {result.value}" if result.value else ""
        line = f"{result.severity}  {result.focus} {result.path or ''}{value}\n    {result.message()}"
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    verdict = "Conforms" if report.conforms(least) else "Does not conform"
    numbers = (
        f"{report.count('violation')} violations, {report.count('warning')} warnings, {report.count('info')} notes"
    )
    console.print(f"{verdict}: {numbers} ({report.engine} {report.engine_version}).", highlight=False)
