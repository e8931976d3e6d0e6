"""``jwpgraph import species-plus``: exports of Species+ and of the Checklist of CITES Species."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.progress import BarColumn, DownloadColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as ProgressBar

from jwpgraph.cli.files import write_whole
from jwpgraph.cli.output import Json, console, errors, print_json
from jwpgraph.cli.writing import Author, Message, write_change
from jwpgraph.operations.building import shipped_change, shipped_digest
from jwpgraph.problems import Problem
from jwpgraph.releases.changes import LoadGraphs, Payload
from jwpgraph.releases.directory import Releases
from jwpgraph.settings import load_settings
from jwpgraph.sources.species_plus.collection import collect
from jwpgraph.sources.species_plus.importing import Imported, Options, Progress, import_files
from jwpgraph.sources.species_plus.statements import Statements, prefixes_of
from jwpgraph.sources.turtle import write_grouped_turtle, write_turtle
from jwpgraph.vocabulary import graph_iri

#: So many rejections and notes are printed; --json has all.
_PRINTED: Final = 20
_KINDS: Final = (
    "appendix",
    "common-name/cites",
    "common-name/cms",
    "country",
    "distribution/cites",
    "distribution/cms",
    "distribution-status",
    "evidence-level",
    "historic-area",
    "instrument",
    "listing-change-type",
    "listing-event/cites",
    "listing-event/cms",
    "name-status",
    "name-usage/cites",
    "name-usage/cms",
    "source",
    "standard-reference/cites",
    "standard-reference/cms",
    "taxon/cites",
    "taxon/cms",
    "taxon-name",
    "taxon-rank",
    "taxonomy",
    "trade-restriction/cites",
)
_EPILOG: Final = """Exit codes: 0 imported (rejected rows are listed), 1 refused (--strict, nothing to import, or the
shapes), 2 could not run.

Examples:

    jwpgraph import species-plus Index_of_CITES_Species_2017-04-21.csv.gz

    jwpgraph import species-plus animalia_taxa.csv CMS_legislation.csv --strict --dry-run --json

    jwpgraph import species-plus cms_listings.csv --date 2026-03-01 --only Felidae --out cats.ttl
"""

_COLLECTION_EPILOG: Final = """Example:

    jwpgraph import species-collection ../data --out data/ttl/species
"""
_COLLECTION_HEADER: Final = """Species that CMS lists or the programme names, as Species+ and the Index have them.
Made from their exports and data/curated/later-listings.csv, and to be made again, with:

    jwpgraph import species-collection FOLDER --out data/ttl/species"""


def register(app: typer.Typer) -> None:
    """Add the command of this module to *app*."""
    app.command("species-plus", epilog=_EPILOG)(species_plus)
    app.command("species-collection", epilog=_COLLECTION_EPILOG)(species_collection)


def species_plus(
    files: Annotated[list[Path], typer.Argument(help="Exports, plain or .gz, of any formats.", show_default=False)],
    out: Annotated[
        Path | None, typer.Option("--out", help="Write Turtle to FILE instead of a release; - prints it.")
    ] = None,
    graph: Annotated[str | None, typer.Option(help="The name of the graph; default: species-plus/<formats>.")] = None,
    date: Annotated[str | None, typer.Option(help="The day of the export, where the file's name lacks it.")] = None,
    source: Annotated[str | None, typer.Option(help="Slug of the source to cite; default: format and day.")] = None,
    only: Annotated[
        list[str] | None, typer.Option(help="A scientific name: only it and what is below it. Repeatable.")
    ] = None,
    annotations: Annotated[
        bool, typer.Option("--annotations/--no-annotations", help="Take the prose of annotations along.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="The first rejected row stops the import.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and report only.")] = False,
    message: Message = "",
    author: Author = None,
    as_json: Json = False,
) -> None:
    """Import taxa, names, distributions and listings that Species+ or the Checklist exports.

    Each file is recognised by its header. What cannot be read is rejected row by row, with line, column and reason.
    """
    to_stdout = out == Path("-")
    if to_stdout and as_json:
        raise Problem("bad-option", "The options do not go together", "--json and --out - both print; name a file.")
    options = Options(strict, annotations, date, source, frozenset(only or ()))
    release = None
    with Statements() as statements:
        with _progress() as progress:
            found = import_files(files, statements, options, progress)
        if not as_json:
            (errors if to_stdout else console).print(_told(files, found), highlight=False, soft_wrap=True, markup=False)
        if not found.report.imported:
            raise Problem("nothing-imported", "No row could be imported", "nothing was written", exit_code=1)
        named = graph_iri(graph or "species-plus/" + "+".join(dict.fromkeys(found.formats.values())))
        with tempfile.TemporaryDirectory(prefix="jwpgraph-") as folder:
            if out is not None and not dry_run:
                _write(statements, out, files, found)
            path = Path(folder) / "import.nt"
            triples = _write_ntriples(statements, path)
            if out is None and not dry_run:
                release = _publish(path, named, files, message, author, as_json=as_json)
    if as_json:
        written = str(out) if out is not None and not dry_run else None
        print_json(
            _summary(files, found)
            | {"graph": named, "triples": triples, "dry_run": dry_run, "written": written, "release": release}
        )
    elif out is not None and not (dry_run or to_stdout):
        console.print(f"{triples} triples written to {out}.", highlight=False, soft_wrap=True, markup=False)


def species_collection(
    folder: Annotated[Path, typer.Argument(help="Where the exports are, at any depth.", file_okay=False, exists=True)],
    out: Annotated[Path, typer.Option("--out", help="The folder to write Turtle files to.", file_okay=False)],
    strict: Annotated[bool, typer.Option("--strict", help="The first rejected row stops the import.")] = False,
    as_json: Json = False,
) -> None:
    """Draw what is shipped from exports: every taxon that CMS lists, the species groups, and their counterparts."""
    found = collect(folder, strict=strict)
    out.mkdir(parents=True, exist_ok=True)
    for path in out.glob("*.ttl"):
        if path.stem not in found.files:
            path.unlink()
    for name, triples in found.files.items():
        with tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n") as turtle:
            write_turtle(triples, turtle, header=_COLLECTION_HEADER, prefixes=prefixes_of(_KINDS))
            turtle.seek(0)
            write_whole(turtle, out / f"{name}.ttl", [])
    imported = Imported({}, found.report)
    sizes = {name: len(triples) for name, triples in found.files.items()}
    if as_json:
        print_json(_summary([], imported) | {"files": sizes})
    else:
        console.print(_told([folder], imported), highlight=False, soft_wrap=True, markup=False)
        console.print(f"{sum(sizes.values())} triples in {len(sizes)} files of {out}.", highlight=False)


@contextmanager
def _progress() -> Iterator[Progress]:
    """A progress bar for each file, where standard error is a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with ProgressBar(*columns, console=errors, transient=True, disable=not errors.is_terminal) as bar:
        tasks: dict[str, TaskID] = {}

        def advance(name: str, done: int, size: int) -> None:
            if name not in tasks:
                tasks[name] = bar.add_task(name, total=size)
            bar.update(tasks[name], completed=done, total=size)

        yield advance


def _write(statements: Statements, out: Path, files: Sequence[Path], found: Imported) -> None:
    names = ", ".join(f"{name} ({form})" for name, form in found.formats.items())
    header = f"Made with: jwpgraph import species-plus\nFrom: {names}"
    with tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n") as turtle:
        write_grouped_turtle(statements.by_subject(), turtle, header=header, prefixes=prefixes_of(_KINDS))
        turtle.seek(0)
        if out == Path("-"):
            for line in turtle:
                typer.echo(line, nl=False)
        else:
            write_whole(turtle, out, files)


def _write_ntriples(statements: Statements, path: Path) -> int:
    triples = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for line in statements.ntriples():
            file.write(line)
            triples += 1
    return triples


def _publish(path: Path, graph: str, files: Sequence[Path], message: str, author: str | None, *, as_json: bool) -> int:
    """Publish the graph; where nothing has been published yet, together with the shipped data that it links to."""
    payload = Payload(path, "application/n-triples", base_iri=graph, name=", ".join(file.name for file in files))
    graphs, digest = {graph: payload}, None
    if Releases(load_settings().data_dir).current_number() is None:
        graphs = dict(shipped_change().graphs) | graphs
        digest = shipped_digest()
    release = write_change(
        LoadGraphs(tuple(graphs.items())),
        author=author,
        message=message or f"Import {', '.join(file.name for file in files)}",
        as_json=as_json,
        shipped_digest=digest,
        quiet=as_json,
    )
    return release.number


def _told(files: Sequence[Path], found: Imported) -> str:
    report = found.report
    lines = [
        f"{', '.join(file.name for file in files)}: {report.read} rows read, {report.imported} imported, "
        f"{len(report.rejections)} rejected in whole or in part, {sum(report.skipped.values())} passed over."
    ]
    lines += _some([rejection.sentence() for rejection in report.rejections], "rejected")
    lines += _some([f"{count} passed over: {reason}" for reason, count in sorted(report.skipped.items())], "reasons")
    lines += _some(report.notes, "notes")
    return "\n".join(lines)


def _some(sentences: Sequence[str], what: str) -> list[str]:
    more = len(sentences) - _PRINTED
    return [f"  {one}" for one in sentences[:_PRINTED]] + (
        [f"  … and {more} more {what}; --json lists all"] if more > 0 else []
    )


def _summary(files: Sequence[Path], found: Imported) -> dict[str, Any]:
    report = found.report
    return {
        "importer": "species-plus",
        "files": [file.name for file in files],
        "formats": found.formats,
        "rows": {
            "read": report.read,
            "imported": report.imported,
            "rejected": len(report.rejections),
            "passed_over": sum(report.skipped.values()),
        },
        "passed_over": dict(sorted(report.skipped.items())),
        "rejections": [asdict(rejection) for rejection in report.rejections],
        "notes": report.notes,
        "strict": report.strict,
    }
