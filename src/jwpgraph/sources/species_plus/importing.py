"""Reading Species+ exports: which format a file is, and its statements, whatever the format."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from jwpgraph.problems import Problem
from jwpgraph.sources.species_plus import (
    api_answers,
    checklist_index,
    curated_listings,
    history,
    listing_exports,
    listings_2013,
    tables_2013,
    works_2013,
)
from jwpgraph.sources.species_plus.job import Job
from jwpgraph.sources.species_plus.places import known_places
from jwpgraph.sources.species_plus.provenance import Origin, export_day
from jwpgraph.sources.species_plus.settled import Settled, published
from jwpgraph.sources.species_plus.statements import Statements
from jwpgraph.sources.statements import Known
from jwpgraph.sources.tables import Format, ImportReport, Table, open_table

#: Hears the name of a file, how many bytes of it have been read, and how many it has.
Progress = Callable[[str, int, int], None]

_CHECKLIST: Final = "UNEP-WCMC and CITES Secretariat"
_SPECIES_PLUS: Final = "UNEP-WCMC"


@dataclass(frozen=True)
class Reader:
    """How one format is read.

    Attributes:
        format: the columns that tell it.
        read: imports an open table.
        title: what the export is called, for its source.
        publisher: who issues it.
        needs_day: whether it means nothing without the day of the export.
    """

    format: Format
    read: Callable[[Job, Table, Origin], None]
    title: str
    publisher: str
    needs_day: bool = False


@dataclass(frozen=True)
class _Companion:
    """A table of 2013, which means something only beside the table of taxa."""

    format: Format
    read: Callable[[Job, Table, tables_2013.Register, Origin], None]


def _without_origin(
    read: Callable[[Job, Table, tables_2013.Register], None],
) -> Callable[[Job, Table, tables_2013.Register, Origin], None]:
    return lambda job, table, register, _origin: read(job, table, register)


READERS: Final = (
    Reader(checklist_index.FORMAT, checklist_index.import_rows, "Index of CITES Species", _CHECKLIST, needs_day=True),
    *(Reader(one, history.import_rows, "History of CITES Listings", _CHECKLIST) for one in history.FORMATS),
    Reader(
        listing_exports.CITES, listing_exports.import_cites, "CITES listings of Species+", _SPECIES_PLUS, needs_day=True
    ),
    Reader(listing_exports.CMS, listing_exports.import_cms, "CMS listings of Species+", _SPECIES_PLUS),
    Reader(curated_listings.FORMAT, curated_listings.import_rows, "Curated listings", "jwpgraph"),
)
_COMPANIONS: Final = (
    _Companion(works_2013.WORKS, works_2013.read_works),
    _Companion(works_2013.NOTICES, works_2013.read_notices),
    _Companion(tables_2013.SYNONYMS, _without_origin(tables_2013.import_synonyms)),
    _Companion(tables_2013.COMMON_NAMES, tables_2013.import_common_names),
    _Companion(tables_2013.DISTRIBUTION_TAGS, _without_origin(tables_2013.import_distribution_tags)),
    _Companion(listings_2013.CITES, listings_2013.import_cites),
    _Companion(listings_2013.CMS, listings_2013.import_cms),
    _Companion(works_2013.STANDARD_REFERENCES, works_2013.import_standard_references),
    _Companion(works_2013.SUSPENSIONS, works_2013.import_suspensions),
)
FORMATS: Final = (
    *(reader.format for reader in READERS),
    tables_2013.TAXA,
    *(companion.format for companion in _COMPANIONS),
)
_TABLES_2013: Final = Origin("species-plus-2013", "Species+ import files of 2012–2013", _SPECIES_PLUS)


@dataclass(frozen=True)
class Options:
    """How to import.

    Attributes:
        strict: the first row that is refused ends the import.
        annotations: take the prose of annotations along.
        day: the day of the export, where the file's name does not hold it.
        source: the slug of the source to cite instead of one made from format and day.
        only: scientific names to which the import is limited, with what is below them.
        exactly: without what is below them.
    """

    strict: bool = False
    annotations: bool = False
    day: str | None = None
    source: str | None = None
    only: frozenset[str] = frozenset()
    exactly: bool = False


@dataclass
class Imported:
    """What an import found: the format of each file, and what became of their rows."""

    formats: dict[str, str]
    report: ImportReport


def formats_of(files: Sequence[Path]) -> dict[str, str]:
    """The format of each file by the file's name.

    Raises:
        Problem: ``unknown-header`` and whatever else keeps a file from being read.
    """
    return {path.name: api_answers.FORMAT_NAME if api_answers.is_json(path) else _format(path).name for path in files}


def import_files(
    files: Sequence[Path],
    statements: Statements,
    options: Options,
    progress: Progress | None = None,
    known: Known | None = None,
) -> Imported:
    """Import files of one or several formats into *statements*.

    Args:
        files: what to read.
        statements: takes what they say.
        options: how.
        progress: hears how far the reading is.
        known: what is published; what it says of a taxon goes before what the files say.

    Raises:
        Problem: ``unknown-header`` and whatever else keeps a file from being read; ``date-needed``;
            ``table-of-taxa-needed``; with ``options.strict``, ``rows-rejected`` (exit code 1).
    """
    report = ImportReport(strict=options.strict)
    job = Job(
        statements,
        report,
        known_places(),
        annotations=options.annotations,
        only=options.only,
        exactly=options.exactly,
        settled=Settled(published(known) if known else ()),
    )
    answers = [path for path in files if api_answers.is_json(path)]
    found = {path: _format(path) for path in files if path not in answers}
    for reader in READERS:
        for path in (path for path, one in found.items() if one is reader.format):
            with open_table(path, FORMATS, report, _named(progress, path)) as table:
                origin = _origin(reader, path, options)
                origin.describe(statements)
                reader.read(job, table, origin)
    _import_2013(job, found, options, progress)
    _import_answers(job, answers, options)
    for difference in sorted(job.settled.differences):
        report.note(difference)
    formats = {path.name: found[path].name if path in found else api_answers.FORMAT_NAME for path in files}
    return Imported(formats, report)


def _import_answers(job: Job, paths: Sequence[Path], options: Options) -> None:
    """Answers of the API: taxon concepts first, whatever the order of the files."""
    answers = api_answers.Answers(job)
    for concepts in (True, False):
        for path in paths:
            day = export_day(path.name, options.day)
            slug = options.source or "-".join(part for part in (api_answers.FORMAT_NAME, day) if part)
            origin = Origin(slug, "Answers of the Species+ API", _SPECIES_PLUS, day)
            origin.describe(job.statements)
            answers.read(path, origin, concepts=concepts)


def _format(path: Path) -> Format:
    with open_table(path, FORMATS, ImportReport()) as table:
        return table.format


def _import_2013(job: Job, known: Mapping[Path, Format], options: Options, progress: Progress | None) -> None:
    """The tables of 2013: that of taxa first, then the others, each kind in turn."""
    companions = [(one, path) for one in _COMPANIONS for path, found in known.items() if found is one.format]
    taxa = [path for path, found in known.items() if found is tables_2013.TAXA]
    if companions and not taxa:
        raise Problem(
            "table-of-taxa-needed",
            "The table of taxa is needed",
            f"{companions[0][1].name} names taxa by rank and number; give the table that names them as well "
            f"(its header: {','.join(tables_2013.TAXA.columns)}).",
        )
    if not taxa:
        return
    origin = replace(_TABLES_2013, slug=options.source or _TABLES_2013.slug, day=export_day("", options.day))
    origin.describe(job.statements)
    register = tables_2013.Register(job, origin)
    for path in taxa:
        with open_table(path, FORMATS, job.report, _named(progress, path)) as table:
            register.read(table)
    for companion, path in companions:
        with open_table(path, FORMATS, job.report, _named(progress, path)) as table:
            companion.read(job, table, register, origin)
    register.library.account(job.report)


def _named(progress: Progress | None, path: Path) -> Callable[[int, int], None] | None:
    if progress is None:
        return None
    return lambda done, size: progress(path.name, done, size)


def _origin(reader: Reader, path: Path, options: Options) -> Origin:
    day = export_day(path.name, options.day)
    if reader.needs_day and not day:
        raise Problem(
            "date-needed",
            "The day of the export is needed",
            f"{path.name} shows a state and not since when; say with --date of which day it is.",
        )
    slug = options.source or "-".join(part for part in (reader.format.name, day) if part)
    return Origin(slug, reader.title, reader.publisher, day)
