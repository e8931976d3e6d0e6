"""``jwpgraph import memberships``, ``sites``, ``crosswalk``, ``thesaurus``, ``red-list`` and ``registers``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from jwpgraph.cli.import_options import RegisterOptions, with_options
from jwpgraph.cli.import_outcome import (
    PublishedImport,
    print_report,
    publish_import,
    read_known_beside,
    show_progress_bars,
    summarise_import,
)
from jwpgraph.cli.output import Json, console, errors, print_json
from jwpgraph.cli.output_files import make_output_folder, write_file_atomically, write_files_atomically
from jwpgraph.counts import format_count
from jwpgraph.problems import ProblemError
from jwpgraph.releases.changes import Payload
from jwpgraph.shipped_files import get_shipped_path
from jwpgraph.sources import crosswalk, memberships, mike_sites, red_list, thesaurus
from jwpgraph.sources.cited_tables import RegisterInput
from jwpgraph.sources.import_report import ImportReport
from jwpgraph.sources.statements import KnownDataset, ShippedDataset, Statements
from jwpgraph.sources.tables import ReadProgress, TableFormat, detect_format
from jwpgraph.temporary_folders import make_temporary_folder

#: Curated memberships that the registers lack; read after the registers.
CURATED_MEMBERSHIPS: Final = "data/curated/memberships.csv"
_EPILOG: Final = """Exit codes: 0 imported (rows may have been rejected), 1 refused (--strict, nothing to import, or the
release gate), 2 error.

Examples:

    jwpgraph import {name} {example}

    jwpgraph import {name} {example} --strict --dry-run --json

    jwpgraph import {name} {example} --out {name}.ttl
"""

_ALL_EPILOG: Final = """Exit codes: 0 imported (rows may have been rejected), 1 refused (--strict), 2 error.

Examples:

    jwpgraph import registers ../data --out data/ttl        (regenerate the shipped files)
"""


_Importer = Callable[[RegisterInput], Mapping[str, Statements]]


@dataclass(frozen=True, eq=False)
class _Register:
    """An importer and the graphs that it writes, by the names used with ``--only``.

    Attributes:
        name: the command's name.
        run: the importer.
        graphs: graph IRIs by part.
        header, segments: for the Turtle output.
        formats: the accepted table formats, in order of precedence; empty if the input is not a table.
    """

    name: str
    run: _Importer
    graphs: Mapping[str, str]
    header: str
    segments: tuple[str, ...]
    formats: tuple[TableFormat, ...] = ()


def _wrap_single(part: str, run: Callable[[RegisterInput], Statements]) -> _Importer:
    """Return an importer with several parts for an importer of one graph."""
    return lambda register: {part: run(register)}


def _make_register(name: str, module: Any, part: str, run: Callable[[RegisterInput], Statements]) -> _Register:
    """Return an importer of one graph, described by the constants of its module."""
    formats = getattr(module, "FORMATS", ())
    return _Register(name, _wrap_single(part, run), {part: module.GRAPH}, module.HEADER, module.SEGMENTS, formats)


MEMBERSHIPS: Final = _Register(
    "memberships",
    memberships.import_memberships,
    memberships.GRAPHS,
    memberships.HEADER,
    memberships.SEGMENTS,
    memberships.FORMATS,
)
SITES: Final = _make_register("sites", mike_sites, "sites", mike_sites.import_sites)
CROSSWALK: Final = _make_register("crosswalk", crosswalk, "external-ids", crosswalk.import_crosswalk)
THESAURUS: Final = _make_register("thesaurus", thesaurus, "leo", thesaurus.import_thesaurus)
RED_LIST: Final = _make_register("red-list", red_list, "red-list", red_list.import_red_list)


def register(app: typer.Typer) -> None:
    """Add the commands of this module to *app*."""
    for name, command, example in (
        ("memberships", import_memberships, "cites_parties.csv ecolex.csv ieadb.csv"),
        ("sites", import_sites, "mike_sites.csv"),
        ("crosswalk", import_crosswalk, "wikidata_id_name.csv"),
        ("thesaurus", import_thesaurus, "leo.json"),
        ("red-list", import_red_list, "mdd.csv avilist.csv"),
    ):
        app.command(name, epilog=_EPILOG.format(name=name, example=example))(command)
    app.command("registers", epilog=_ALL_EPILOG)(import_registers)


@with_options(RegisterOptions)
def import_memberships(
    options: RegisterOptions,
    only: Annotated[str, typer.Option(help="Import only these records: party-status or signature.")] = "",
) -> None:
    """Import Parties and signatories from ECOLEX, IEADB and the list of Parties to CITES.

    Give all registers at once: registers that agree share a record; deviating versions are kept side by side.
    """
    if only and only not in MEMBERSHIPS.graphs:
        raise typer.BadParameter(f"--only takes {' or '.join(MEMBERSHIPS.graphs)}")
    _run_import(MEMBERSHIPS, options, only)


@with_options(RegisterOptions)
def import_sites(options: RegisterOptions) -> None:
    """Import MIKE sites with their coordinates."""
    _run_import(SITES, options)


@with_options(RegisterOptions)
def import_crosswalk(options: RegisterOptions) -> None:
    """Import identifiers of taxa in Wikidata, ITIS, WoRMS, NCBI, EoL, the Catalogue of Life and Avibase.

    Identifiers are assigned to taxon concepts of the graph by name; other rows are skipped.
    """
    _run_import(CROSSWALK, options)


@with_options(RegisterOptions)
def import_thesaurus(options: RegisterOptions) -> None:
    """Import the Law and Environment Ontology (LEO) of InforMEA: IRIs, labels, hierarchy and proposed links."""
    _run_import(THESAURUS, options)


@with_options(RegisterOptions)
def import_red_list(
    options: RegisterOptions,
    year: Annotated[int | None, typer.Option(min=1960, help="Year of unregistered checklists.")] = None,
) -> None:
    """Import Red List categories from the Mammal Diversity Database, AviList and BirdLife."""
    of_year = _wrap_single("red-list", partial(red_list.import_red_list, year=year))
    _run_import(replace(RED_LIST, run=of_year), options)


def import_registers(
    folder: Annotated[Path, typer.Argument(help="Folder, searched recursively.", file_okay=False, exists=True)],
    out: Annotated[Path, typer.Option("--out", help="Folder for the Turtle files.", file_okay=False)],
    strict: Annotated[bool, typer.Option("--strict", help="Stop at the first rejected row.")] = False,
    as_json: Json = False,
) -> None:
    """Run all register importers on a folder and write Turtle files.

    Files are recognised by their headers. Links refer to the shipped data, regardless of the published release: this
    command generates the shipped files.
    """
    summaries = []
    texts = {}
    found, unknown = _find_files(folder)
    for importer, files in found.items():
        report = ImportReport(strict=strict)
        known = ShippedDataset(importer.graphs.values())
        parts = _read_files(importer, RegisterOptions(files), known, report)
        for part, statements in parts.items():
            name = importer.graphs[part].rpartition("/")[2]
            texts[f"{name}.ttl"] = _render_turtle(importer, {part: statements})
        summaries.append(_make_summary(importer, files, report, parts))
        if not as_json:
            print_report(files, _adjust_report(report))
    if not found:
        raise ProblemError("nothing-imported", "No file could be imported", f"{folder}: no file in a known format.")
    make_output_folder(out)
    write_files_atomically(texts.items(), out, [file for files in found.values() for file in files])
    if as_json:
        print_json({"imports": summaries, "unknown": [str(path.relative_to(folder)) for path in unknown]})
    elif unknown:
        names = ", ".join(str(path.relative_to(folder)) for path in unknown)
        sentence = f"Not read, because they are in no known format or damaged: {names}."
        console.print(sentence, highlight=False, soft_wrap=True, markup=False)


def _find_files(folder: Path) -> tuple[dict[_Register, list[Path]], list[Path]]:
    """Return the files below a folder by importer, in order of precedence, and the tables and texts of no importer."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    found: dict[_Register, list[Path]] = {}
    for importer in (MEMBERSHIPS, SITES, CROSSWALK, RED_LIST):
        formats = [
            (detect_format(path, importer.formats), path) for path in paths if path.suffix in {".csv", ".gz", ".txt"}
        ]
        files = [path for known in importer.formats for one, path in formats if one is known]
        if files:
            found[importer] = [*files, get_shipped_path(CURATED_MEMBERSHIPS)] if importer is MEMBERSHIPS else files
    if files := [path for path in paths if path.suffix == ".json" and thesaurus.is_thesaurus(path)]:
        found[THESAURUS] = files
    read = {path for files in found.values() for path in files}
    return found, [path for path in paths if path.suffix in {".csv", ".gz", ".txt", ".json"} and path not in read]


def _run_import(importer: _Register, options: RegisterOptions, only: str = "") -> None:
    report = ImportReport(strict=options.strict)
    found = _read_files(importer, options, read_known_beside(importer.graphs.values()), report)
    parts = {part: statements for part, statements in found.items() if only in ("", part)}
    if not options.as_json:
        print_report(options.files, _adjust_report(report), errors if options.to_stdout else console)
    published, written = PublishedImport(None, {}), None
    if not report.imported:
        raise ProblemError("nothing-imported", "No row could be imported", "nothing was written", exit_code=1)
    if not options.dry_run:
        if options.out is None:
            published = _publish_graphs(importer, parts, options)
        elif options.to_stdout:
            typer.echo(_render_turtle(importer, parts), nl=False)
        else:
            write_file_atomically(_render_turtle(importer, parts), options.out, options.files)
            written = str(options.out)
    summary = _make_summary(importer, options.files, report, parts)
    if options.as_json:
        print_json(summary | {"dry_run": options.dry_run, "written": written} | published.document())
    elif written:
        message = f"{format_count(summary['triples'], 'triple')} written to {written}."
        console.print(message, highlight=False, soft_wrap=True, markup=False)
    elif options.dry_run:
        console.print("Nothing was written because of --dry-run.")


def _read_files(
    importer: _Register, options: RegisterOptions, known: KnownDataset, report: ImportReport
) -> Mapping[str, Statements]:
    with show_progress_bars() as advance:

        def begin(path: Path) -> ReadProgress:
            return lambda done, size: advance(path.name, done, size)

        return importer.run(RegisterInput(options.files, known, report, options.citation, begin))


def _render_turtle(importer: _Register, parts: Mapping[str, Statements]) -> str:
    together = Statements()
    for statements in parts.values():
        together.triples |= statements.triples
    return together.turtle(importer.header, importer.segments)


def _publish_graphs(importer: _Register, parts: Mapping[str, Statements], options: RegisterOptions) -> PublishedImport:
    with make_temporary_folder() as folder:
        graphs: dict[str, Payload] = {}
        for part, statements in parts.items():
            path = Path(folder) / f"{part}.ttl"
            path.write_text(_render_turtle(importer, {part: statements}), encoding="utf-8", newline="\n")
            graph = importer.graphs[part]
            graphs[graph] = Payload(path, "text/turtle", base_iri=graph, name=path.name)
        return publish_import(graphs, message=options.release_message, author=options.author, as_json=options.as_json)


def _adjust_report(report: ImportReport) -> ImportReport:
    """Return the report without counting skipped rows as imported."""
    return replace(report, imported=report.imported - sum(report.skipped.values()))


def _make_summary(
    importer: _Register, files: Sequence[Path], report: ImportReport, parts: Mapping[str, Statements]
) -> dict[str, Any]:
    return summarise_import(importer.name, files, _adjust_report(report)) | {
        "graphs": {importer.graphs[part]: len(statements.triples) for part, statements in parts.items()},
        "triples": sum(len(statements.triples) for statements in parts.values()),
    }
