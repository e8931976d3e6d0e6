"""``jwpgraph import``: import documents and exports of other organisations as graphs."""

from __future__ import annotations

import io
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from pyoxigraph import Store, Triple
from rich.console import Console

from jwpgraph.cli import import_records, import_registers, import_species
from jwpgraph.cli.import_outcome import PublishedImport, publish_import
from jwpgraph.cli.load import Author, Message
from jwpgraph.cli.output import Json, console, errors, print_json
from jwpgraph.cli.output_files import write_file_atomically
from jwpgraph.problems import ProblemError
from jwpgraph.releases.changes import Payload
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.settings import load_settings
from jwpgraph.sources.turtle_writer import write_turtle
from jwpgraph.sources.work_programme import SourceActivity, WorkProgramme
from jwpgraph.sources.work_programme_comparison import Disagreement, compare_document, is_same_document
from jwpgraph.sources.work_programme_curated import (
    CuratedProgramme,
    find_programme,
    list_programmes,
    read_curated_programme,
    read_shipped_data,
)
from jwpgraph.sources.work_programme_graph import (
    SPANS_GRAPH,
    choose_turtle_prefixes,
    make_official_text_graph_iri,
    make_official_text_triples,
    make_span_triples,
)
from jwpgraph.sources.work_programme_parser import read_work_programme
from jwpgraph.temporary_folders import make_temporary_folder

app = typer.Typer(no_args_is_help=True)

_EPILOG = """Exit codes: 0 imported, 1 refused (--strict, or the release gate), 2 error.

Examples:

    jwpgraph import work-programme programme.txt

    jwpgraph import work-programme programme.txt --dry-run --json

    jwpgraph import work-programme programme.txt --out official-text.ttl
"""
_SPANS_HEADER = """Where each activity of the {label} stands in the document, with digests of its text.
The document itself is not part of the project. Made from it, and to be made again, with:

    jwpgraph import work-programme FILE --no-text --out data/ttl/source-spans.ttl

Offsets count the characters (code points) of the file read as UTF-8, the end exclusive; a span starts after the
activity's code and holds the page furniture that may interrupt it."""
_TEXT_HEADER = """Official text of the {label}, as in {name}
(SHA-256 {sha256}).
Made with: jwpgraph import work-programme"""


def register(group: typer.Typer) -> None:
    """Add the subgroup of this module to *group*."""
    group.add_typer(app, name="import", help="Import documents and exports of other organisations.")


@app.callback()
def import_group() -> None:
    """Import documents and exports of other organisations as graphs."""


import_registers.register(app)
import_species.register(app)
import_records.register_imports(app)


@dataclass(frozen=True)
class _WorkProgrammeImport:
    """A document that has been read and compared, and the resulting graph."""

    document: WorkProgramme
    curated: CuratedProgramme
    disagreements: list[Disagreement]
    graph: str
    triples: list[Triple]
    header: str

    @property
    def turtle(self) -> str:
        out = io.StringIO()
        write_turtle(
            self.triples, out, header=self.header, prefixes=choose_turtle_prefixes(self.document, self.curated)
        )
        return out.getvalue()


@app.command("work-programme", epilog=_EPILOG)
def work_programme(
    file: Annotated[Path, typer.Argument(help="Text of the work programme (UTF-8).", show_default=False)],
    out: Annotated[
        Path | None, typer.Option(help="Write Turtle to this file (- for standard output) instead of a release.")
    ] = None,
    no_text: Annotated[
        bool, typer.Option("--no-text", help="Only positions and digests, without the wording.")
    ] = False,
    programme: Annotated[
        str | None,
        typer.Option(
            help="Curated programme to compare with, by its slug; by default the one with the period of the document.",
            show_default=False,
        ),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Write nothing if the document and the curated data differ.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and compare only; write nothing.")] = False,
    message: Message = "",
    author: Author = None,
    as_json: Json = False,
) -> None:
    """Import the official text of a work programme.

    Finds the themes, headings and activities in the text, reports every difference from the curated data, and publishes
    a graph with the wording of each activity, its position in the document, and digests.
    """
    to_stdout = out == Path("-")
    if to_stdout and as_json:
        raise ProblemError(
            "bad-option", "The options cannot be combined", "--json and --out - both print; name a file."
        )
    found = _read_document(file, programme, no_text=no_text)
    if not as_json:
        _print_findings(found, errors if to_stdout else console)
    refused = strict and bool(found.disagreements)
    writes = not (refused or dry_run)
    published = PublishedImport(None, {})
    if writes and out is None:
        published = _publish_graph(found, message or f"Import {found.document.source.name}", author, as_json=as_json)
    elif writes and to_stdout:
        typer.echo(found.turtle, nl=False)
    elif writes and out is not None:
        write_file_atomically(found.turtle, out, [file])
    if as_json:
        written = str(out) if out is not None and writes else None
        print_json(_make_summary(found) | {"dry_run": dry_run, "written": written} | published.document())
    elif writes and out is not None and not to_stdout:
        console.print(f"{len(found.triples)} triples written to {out}.", highlight=False, soft_wrap=True, markup=False)
    if refused:
        raise ProblemError(
            "curated-data-disagree",
            "The document and the curated data disagree",
            f"{_count_phrase(len(found.disagreements), 'disagreement')}; nothing was written because of --strict.",
            exit_code=1,
        )


def _read_document(file: Path, programme: str | None, *, no_text: bool) -> _WorkProgrammeImport:
    document = read_work_programme(file)
    data = _read_data(programme, document.years)
    curated = read_curated_programme(data, programme or find_programme(data, document.years))
    if no_text:
        graph, triples = SPANS_GRAPH, list(make_span_triples(document, curated))
        header = _SPANS_HEADER.format(label=curated.label)
    else:
        graph, triples = make_official_text_graph_iri(curated.slug), make_official_text_triples(document, curated, data)
        name, sha256 = document.source.name, document.source.sha256
        header = _TEXT_HEADER.format(label=curated.label, name=name, sha256=sha256)
    return _WorkProgrammeImport(document, curated, compare_document(document, curated), graph, triples, header)


def _read_data(programme: str | None, years: tuple[int, int] | None) -> Store:
    """Return the shipped data, or the published release if only that has the programme."""
    shipped = read_shipped_data()
    known = list_programmes(shipped)
    if programme in known or (programme is None and (years is None or years in known.values())):
        return shipped
    release = ReleaseDirectory(load_settings().data_dir).current()
    return shipped if release is None else release.open_store()


def _publish_graph(found: _WorkProgrammeImport, message: str, author: str | None, *, as_json: bool) -> PublishedImport:
    with make_temporary_folder() as folder:
        path = Path(folder) / "import.ttl"
        path.write_text(found.turtle, encoding="utf-8", newline="\n")
        payload = Payload(path, "text/turtle", base_iri=found.graph, name=found.document.source.name)
        return publish_import({found.graph: payload}, message=message, author=author, as_json=as_json)


def _print_findings(found: _WorkProgrammeImport, where: Console) -> None:
    document = found.document
    bullets = sum(len(activity.bullets) for activity in document.activities)
    counts = [
        _count_phrase(len(document.themes), "theme"),
        _count_phrase(len(document.headings), "heading"),
        _count_phrase(len(document.activities), "activity", "activities"),
        _count_phrase(bullets, "bullet"),
    ]
    disagreements = (
        _count_phrase(len(found.disagreements), "disagreement") if found.disagreements else "no disagreement"
    )
    lines = [f"{document.source.name}: {', '.join(counts)}; {disagreements} with the curated data."]
    for item in found.disagreements:
        place = f"line {item.line}" if item.line else "document"
        lines.append(f"  {place}: {item.sentence}")
    where.print("\n".join(lines), highlight=False, soft_wrap=True, markup=False)


def _count_phrase(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _make_summary(found: _WorkProgrammeImport) -> dict[str, Any]:
    document = found.document
    return {
        "programme": found.curated.slug,
        "document": {
            "name": document.source.name,
            "sha256": document.source.sha256,
            "characters": len(document.source.text),
            "title": document.title.text if document.title else None,
            "period": document.years,
            "known": is_same_document(document, found.curated),
        },
        "counts": {
            "themes": len(document.themes),
            "headings": len(document.headings),
            "activities": len(document.activities),
            "disagreements": len(found.disagreements),
        },
        "activities": [_make_activity_summary(activity) for activity in document.activities],
        "disagreements": [asdict(item) for item in found.disagreements],
        "graph": found.graph,
        "triples": len(found.triples),
    }


def _make_activity_summary(activity: SourceActivity) -> dict[str, Any]:
    passage = activity.passage
    return {
        "code": activity.code,
        "theme": activity.theme,
        "heading": activity.heading.passage.text if activity.heading else None,
        "line": passage.line,
        "start": passage.start,
        "end": passage.end,
        "sha256": passage.sha256,
        "bullets": [{"start": bullet.passage.start, "end": bullet.passage.end} for bullet in activity.bullets],
    }
