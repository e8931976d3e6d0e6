"""``jwpgraph import memberships``, ``sites``, ``crosswalk``, ``thesaurus``, ``red-list``, and all of them at once."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final, Protocol

import typer
from pyoxigraph import Store
from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as ProgressBar

from jwpgraph.cli.files import write_whole
from jwpgraph.cli.output import Json, console, errors, print_json
from jwpgraph.cli.writing import Author, Message, write_change
from jwpgraph.operations.building import shipped_change, shipped_digest
from jwpgraph.problems import Problem
from jwpgraph.releases.changes import LoadGraphs, Payload
from jwpgraph.releases.directory import Releases
from jwpgraph.settings import load_settings
from jwpgraph.sources import crosswalk, memberships, red_list, sites, thesaurus
from jwpgraph.sources.statements import Known, Statements, shipped_dataset
from jwpgraph.sources.tables import Format, ImportReport, Progress, format_of
from jwpgraph.vocabulary import ASSERTED_GRAPH, ENTAILED_GRAPH

#: So many rejections and notes are printed; --json has all.
_PRINTED: Final = 20
_EPILOG: Final = """Exit codes: 0 imported (rows may have been rejected), 1 refused (--strict, nothing to import, or the
shapes), 2 could not run.

Examples:

    jwpgraph import {name} {example}

    jwpgraph import {name} {example} --strict --dry-run --json

    jwpgraph import {name} {example} --out {name}.ttl
"""

_ALL_EPILOG: Final = """Exit codes: 0 imported (rows may have been rejected), 1 refused (--strict), 2 could not run.

Examples:

    jwpgraph import registers ../data --out data/ttl        (make the shipped files anew)
"""

Files = Annotated[list[Path], typer.Argument(help="Files in a known format, plain or .gz.", show_default=False)]
Out = Annotated[Path | None, typer.Option("--out", help="Write Turtle to FILE instead of a release; - prints it.")]
Strict = Annotated[bool, typer.Option("--strict", help="The first rejected row stops the import; exit code 1.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Read and report only.")]
Citation = Annotated[str, typer.Option("--citation", help="How to cite files that are no registered source.")]


class _Importer(Protocol):
    def __call__(
        self,
        files: Sequence[Path],
        known: Known,
        report: ImportReport,
        *,
        citation: str = "",
        progress: Callable[[Path], Progress] | None = None,
    ) -> Mapping[str, Statements]: ...


@dataclass(frozen=True, eq=False)
class _Register:
    """An importer with the graphs that it writes, by the name that ``--only`` knows them by.

    Attributes:
        name: the command's name.
        run: the importer.
        graphs: graph IRIs by part.
        header, segments: for the Turtle.
        formats: the tables that it reads, those first that win ties; none for what is no table.
    """

    name: str
    run: _Importer
    graphs: Mapping[str, str]
    header: str
    segments: tuple[str, ...]
    formats: tuple[Format, ...] = ()


@dataclass
class _Options:
    """What all these commands have in common."""

    files: list[Path]
    out: Path | None = None
    strict: bool = False
    dry_run: bool = False
    citation: str = ""
    message: str = ""
    author: str | None = None
    as_json: bool = False
    only: str = ""
    more: dict[str, Any] = field(default_factory=dict)


def _single(part: str, run: Callable[..., Statements]) -> _Importer:
    """An importer of one graph in the form of those that have several."""

    def importer(
        files: Sequence[Path],
        known: Known,
        report: ImportReport,
        *,
        citation: str = "",
        progress: Callable[[Path], Progress] | None = None,
        **more: Any,
    ) -> Mapping[str, Statements]:
        return {part: run(files, known, report, citation=citation, progress=progress, **more)}

    return importer


MEMBERSHIPS: Final = _Register(
    "memberships",
    memberships.import_memberships,
    memberships.GRAPHS,
    memberships.HEADER,
    memberships.SEGMENTS,
    memberships.FORMATS,
)
SITES: Final = _Register(
    "sites", _single("sites", sites.import_sites), {"sites": sites.GRAPH}, sites.HEADER, sites.SEGMENTS, sites.FORMATS
)
CROSSWALK: Final = _Register(
    "crosswalk",
    _single("external-ids", crosswalk.import_crosswalk),
    {"external-ids": crosswalk.GRAPH},
    crosswalk.HEADER,
    crosswalk.SEGMENTS,
    crosswalk.FORMATS,
)
THESAURUS: Final = _Register(
    "thesaurus",
    _single("leo", thesaurus.import_thesaurus),
    {"leo": thesaurus.GRAPH},
    thesaurus.HEADER,
    thesaurus.SEGMENTS,
)
RED_LIST: Final = _Register(
    "red-list",
    _single("red-list", red_list.import_red_list),
    {"red-list": red_list.GRAPH},
    red_list.HEADER,
    red_list.SEGMENTS,
    red_list.FORMATS,
)


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


def import_memberships(
    files: Files,
    out: Out = None,
    only: Annotated[str, typer.Option(help="Only these records: party-status or signature.")] = "",
    strict: Strict = False,
    dry_run: DryRun = False,
    citation: Citation = "",
    message: Message = "",
    author: Author = None,
    as_json: Json = False,
) -> None:
    """Import Parties and signatories: ECOLEX, IEADB, the list of Parties to CITES.

    Give all registers at once: those that agree share a record, those that differ stand side by side.
    """
    if only and only not in MEMBERSHIPS.graphs:
        raise typer.BadParameter(f"--only takes {' or '.join(MEMBERSHIPS.graphs)}")
    _import(MEMBERSHIPS, _Options(files, out, strict, dry_run, citation, message, author, as_json, only))


def import_sites(
    files: Files,
    out: Out = None,
    strict: Strict = False,
    dry_run: DryRun = False,
    citation: Citation = "",
    message: Message = "",
    author: Author = None,
    as_json: Json = False,
) -> None:
    """Import MIKE sites with their coordinates."""
    _import(SITES, _Options(files, out, strict, dry_run, citation, message, author, as_json))


def import_crosswalk(
    files: Files,
    out: Out = None,
    strict: Strict = False,
    dry_run: DryRun = False,
    citation: Citation = "",
    message: Message = "",
    author: Author = None,
    as_json: Json = False,
) -> None:
    """Import identifiers of taxa in Wikidata, ITIS, WoRMS, NCBI, EoL, the Catalogue of Life and Avibase.

    They are given to the taxon concepts of the graph that bear the name; other rows are passed over.
    """
    _import(CROSSWALK, _Options(files, out, strict, dry_run, citation, message, author, as_json))


def import_thesaurus(
    files: Files,
    out: Out = None,
    strict: Strict = False,
    dry_run: DryRun = False,
    citation: Citation = "",
    message: Message = "",
    author: Author = None,
    as_json: Json = False,
) -> None:
    """Import the Law and Environment Ontology (LEO) of InforMEA: addresses, labels, hierarchy, proposed links."""
    _import(THESAURUS, _Options(files, out, strict, dry_run, citation, message, author, as_json))


def import_red_list(
    files: Files,
    out: Out = None,
    year: Annotated[int | None, typer.Option(min=1960, help="The year of checklists that are not registered.")] = None,
    strict: Strict = False,
    dry_run: DryRun = False,
    citation: Citation = "",
    message: Message = "",
    author: Author = None,
    as_json: Json = False,
) -> None:
    """Import Red List categories: Mammal Diversity Database, AviList, BirdLife."""
    options = _Options(files, out, strict, dry_run, citation, message, author, as_json, more={"year": year})
    _import(RED_LIST, options)


def import_registers(
    folder: Annotated[Path, typer.Argument(help="Where the files are, at any depth.", file_okay=False, exists=True)],
    out: Annotated[Path, typer.Option("--out", help="The folder to write Turtle files to.", file_okay=False)],
    strict: Strict = False,
    as_json: Json = False,
) -> None:
    """Import all that a folder holds for the importers above, each file found by its header, into Turtle files.

    Links go to the shipped data, whatever has been published: this is how the shipped files are made.
    """
    summaries = []
    found = _found_in(folder)
    for importer, files in found.items():
        report = ImportReport(strict=strict)
        options = _Options(files, out, strict, as_json=as_json)
        said = _read(importer, options, report, shipped_dataset())
        out.mkdir(parents=True, exist_ok=True)
        for part, statements in said.items():
            name = importer.graphs[part].rpartition("/")[2]
            write_whole(_turtle(importer, {part: statements}), out / f"{name}.ttl", files)
        summaries.append(_summary(importer, options, report, said))
        if not as_json:
            _print_report(options, report, console)
    if not found:
        raise Problem("nothing-imported", "No file could be imported", f"{folder} holds none of a known format.")
    if as_json:
        print_json({"imports": summaries})


def _found_in(folder: Path) -> dict[_Register, list[Path]]:
    """The files below a folder by their importer, in the order in which they win ties."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    found: dict[_Register, list[Path]] = {}
    for importer in (MEMBERSHIPS, SITES, CROSSWALK, RED_LIST):
        formats = [
            (format_of(path, importer.formats), path) for path in paths if path.suffix in {".csv", ".gz", ".txt"}
        ]
        files = [path for known in importer.formats for one, path in formats if one is known]
        if files:
            found[importer] = files
    if files := [path for path in paths if path.suffix == ".json" and thesaurus.is_thesaurus(path)]:
        found[THESAURUS] = files
    return found


def _import(importer: _Register, options: _Options) -> None:
    to_stdout = options.out == Path("-")
    if to_stdout and options.as_json:
        raise Problem("bad-option", "The options do not go together", "--json and --out - both print; name a file.")
    report = ImportReport(strict=options.strict)
    said = _read(importer, options, report, _dataset())
    if not options.as_json:
        _print_report(options, report, errors if to_stdout else console)
    release, written = None, None
    if not report.imported:
        raise Problem("nothing-imported", "No row could be imported", "; nothing was written", exit_code=1)
    if not options.dry_run:
        if options.out is None:
            release = _publish(importer, said, options)
        else:
            turtle = _turtle(importer, said)
            written = None if to_stdout else str(options.out)
            if to_stdout:
                typer.echo(turtle, nl=False)
            else:
                write_whole(turtle, options.out, options.files)
    triples = sum(len(statements.triples) for statements in said.values())
    if options.as_json:
        print_json(_summary(importer, options, report, said) | {"written": written, "release": release})
    elif written:
        console.print(f"{triples} triples written to {written}.", highlight=False, soft_wrap=True, markup=False)


def _read(importer: _Register, options: _Options, report: ImportReport, dataset: Store) -> Mapping[str, Statements]:
    known = Known(dataset, [*importer.graphs.values(), ASSERTED_GRAPH, ENTAILED_GRAPH])
    with _progress() as progress:
        said = importer.run(options.files, known, report, citation=options.citation, progress=progress, **options.more)
    return {part: statements for part, statements in said.items() if options.only in ("", part)}


def _dataset() -> Store:
    """What the statements link to: the published release, or the shipped data where there is none yet."""
    release = Releases(load_settings().data_dir).current()
    return shipped_dataset() if release is None else Store.read_only(str(release.store_path))


@contextmanager
def _progress() -> Iterator[Callable[[Path], Progress]]:
    """A progress bar for each file, where standard error is a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with ProgressBar(*columns, console=errors, transient=True, disable=not errors.is_terminal) as bar:

        def begin(path: Path) -> Progress:
            task = bar.add_task(path.name, total=None)
            return lambda done, size: bar.update(task, completed=done, total=size)

        yield begin


def _turtle(importer: _Register, said: Mapping[str, Statements]) -> str:
    together = Statements()
    for statements in said.values():
        together.triples |= statements.triples
    return together.turtle(importer.header, importer.segments)


def _publish(importer: _Register, said: Mapping[str, Statements], options: _Options) -> int:
    """Publish the graphs; where nothing has been published yet, together with the shipped data that they link to."""
    message = options.message or f"Import {', '.join(path.name for path in options.files)}"
    with tempfile.TemporaryDirectory(prefix="jwpgraph-") as folder:
        graphs: dict[str, Payload] = {}
        digest = None
        if Releases(load_settings().data_dir).current_number() is None:
            graphs |= dict(shipped_change().graphs)
            digest = shipped_digest()
        for part, statements in said.items():
            path = Path(folder) / f"{part}.ttl"
            path.write_text(_turtle(importer, {part: statements}), encoding="utf-8", newline="\n")
            graph = importer.graphs[part]
            graphs[graph] = Payload(path, "text/turtle", base_iri=graph, name=path.name)
        release = write_change(
            LoadGraphs(tuple(graphs.items())),
            author=options.author,
            message=message,
            as_json=options.as_json,
            shipped_digest=digest,
            quiet=options.as_json,
        )
    return release.number


def _print_report(options: _Options, report: ImportReport, where: Any) -> None:
    names = ", ".join(path.name for path in options.files)
    passed_over = sum(report.skipped.values())
    lines = [
        f"{names}: {report.read} rows read, {report.imported - passed_over} imported, "
        f"{len(report.rejections)} rejected, {passed_over} passed over."
    ]
    lines += _some([rejection.sentence() for rejection in report.rejections], "rejected")
    lines += _some([f"{count} passed over: {reason}" for reason, count in sorted(report.skipped.items())], "reasons")
    lines += _some(report.notes, "notes")
    where.print("\n".join(lines), highlight=False, soft_wrap=True, markup=False)


def _some(sentences: Sequence[str], what: str) -> list[str]:
    more = len(sentences) - _PRINTED
    return [f"  {one}" for one in sentences[:_PRINTED]] + (
        [f"  … and {more} more {what}; --json lists all"] if more > 0 else []
    )


def _summary(
    importer: _Register, options: _Options, report: ImportReport, said: Mapping[str, Statements]
) -> dict[str, Any]:
    passed_over = sum(report.skipped.values())
    return {
        "importer": importer.name,
        "files": [path.name for path in options.files],
        "rows": {
            "read": report.read,
            "imported": report.imported - passed_over,
            "rejected": len(report.rejections),
            "passed_over": passed_over,
        },
        "passed_over": dict(sorted(report.skipped.items())),
        "rejections": [asdict(rejection) for rejection in report.rejections],
        "notes": report.notes,
        "graphs": {importer.graphs[part]: len(statements.triples) for part, statements in said.items()},
        "triples": sum(len(statements.triples) for statements in said.values()),
        "strict": options.strict,
        "dry_run": options.dry_run,
    }
