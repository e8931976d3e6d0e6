"""Import of Species+ exports: detects the format of each file and produces its statements."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from jwpgraph.problems import ProblemError
from jwpgraph.sources.import_report import ImportReport
from jwpgraph.sources.species_plus import (
    api_responses,
    checklist_index,
    curated_listings,
    listing_exports,
    listing_history,
    listings_2013,
    tables_2013,
    works_2013,
)
from jwpgraph.sources.species_plus.complete_history import CompleteHistory
from jwpgraph.sources.species_plus.conflicts import FirstSourceWins, read_published_facts
from jwpgraph.sources.species_plus.horizon_2013 import state_horizon
from jwpgraph.sources.species_plus.import_context import ImportContext
from jwpgraph.sources.species_plus.places import get_known_places
from jwpgraph.sources.species_plus.provenance import ExportSource, guess_export_day
from jwpgraph.sources.species_plus.sorted_statements import SortedStatements
from jwpgraph.sources.statements import KnownDataset
from jwpgraph.sources.tables import SourceTable, TableFormat, open_table

#: Progress callback: receives a file name, the bytes read and the size of the file.
ImportProgress = Callable[[str, int, int], None]

_CHECKLIST: Final = "UNEP-WCMC and CITES Secretariat"
_SPECIES_PLUS: Final = "UNEP-WCMC"


@dataclass(frozen=True)
class FormatReader:
    """Reader for one format.

    Attributes:
        format: the columns that identify it.
        read: imports an open table.
        title: title of the export, for its source.
        publisher: publisher of the export.
        needs_day: whether the day of the export is required.
    """

    format: TableFormat
    read: Callable[[ImportContext, SourceTable, ExportSource], None]
    title: str
    publisher: str
    needs_day: bool = False


@dataclass(frozen=True)
class _CompanionTable:
    """A table of 2013 that requires the table of taxa."""

    format: TableFormat
    read: Callable[[ImportContext, SourceTable, tables_2013.TaxonTable2013, ExportSource], None]


def _drop_origin(
    read: Callable[[ImportContext, SourceTable, tables_2013.TaxonTable2013], None],
) -> Callable[[ImportContext, SourceTable, tables_2013.TaxonTable2013, ExportSource], None]:
    return lambda job, table, register, _origin: read(job, table, register)


READERS: Final = (
    FormatReader(
        checklist_index.FORMAT, checklist_index.import_rows, "Index of CITES Species", _CHECKLIST, needs_day=True
    ),
    *(
        FormatReader(one, listing_history.import_rows, "History of CITES Listings", _CHECKLIST)
        for one in listing_history.FORMATS
    ),
    FormatReader(
        listing_exports.CITES, listing_exports.import_cites, "CITES listings of Species+", _SPECIES_PLUS, needs_day=True
    ),
    FormatReader(listing_exports.CMS, listing_exports.import_cms, "CMS listings of Species+", _SPECIES_PLUS),
    FormatReader(curated_listings.FORMAT, curated_listings.import_rows, "Curated listings", "jwpgraph"),
)
_COMPANIONS: Final = (
    _CompanionTable(works_2013.WORKS, works_2013.read_works),
    _CompanionTable(works_2013.NOTICES, works_2013.read_notices),
    _CompanionTable(tables_2013.SYNONYMS, _drop_origin(tables_2013.import_synonyms)),
    _CompanionTable(tables_2013.COMMON_NAMES, tables_2013.import_common_names),
    _CompanionTable(tables_2013.DISTRIBUTION_TAGS, _drop_origin(tables_2013.import_distribution_tags)),
    _CompanionTable(listings_2013.CITES, listings_2013.import_cites),
    _CompanionTable(listings_2013.CMS, listings_2013.import_cms),
    _CompanionTable(works_2013.STANDARD_REFERENCES, works_2013.import_standard_references),
    _CompanionTable(works_2013.SUSPENSIONS, works_2013.import_suspensions),
)
FORMATS: Final = (
    *(reader.format for reader in READERS),
    tables_2013.TAXA,
    *(companion.format for companion in _COMPANIONS),
)
_TABLES_2013: Final = ExportSource("species-plus-2013", "Species+ import files of 2012–2013", _SPECIES_PLUS)


@dataclass(frozen=True)
class SpeciesImportOptions:
    """Options of an import.

    Attributes:
        strict: whether the first rejected row ends the import.
        annotations: whether to import the text of annotations.
        day: the day of the export, if the file name does not contain it.
        source: the slug of the source to cite; default: derived from format and day.
        only: scientific names to which the import is limited, including lower taxa.
        exactly: whether to exclude lower taxa.
    """

    strict: bool = False
    annotations: bool = False
    day: str | None = None
    source: str | None = None
    only: frozenset[str] = frozenset()
    exactly: bool = False


@dataclass
class SpeciesImportOutcome:
    """Result of an import: the format of each file, and the outcome of their rows."""

    formats: dict[str, str]
    report: ImportReport


def detect_formats(files: Sequence[Path]) -> dict[str, str]:
    """Return the format of each file by file name.

    Raises:
        ProblemError: ``unknown-header``, or any reason why a file cannot be read.
    """
    return {
        path.name: api_responses.FORMAT_NAME if api_responses.is_json_file(path) else _detect_format(path).name
        for path in files
    }


def import_files(
    files: Sequence[Path],
    statements: SortedStatements,
    options: SpeciesImportOptions,
    progress: ImportProgress | None = None,
    known: KnownDataset | None = None,
    history: CompleteHistory | None = None,
) -> SpeciesImportOutcome:
    """Import files of one or more formats into *statements*.

    Args:
        files: the files to read.
        statements: receives the statements.
        options: the options.
        progress: progress callback.
        known: the published dataset; its values take precedence over those of the files.
        history: the listing histories and states of files that were imported before these.

    Raises:
        ProblemError: ``unknown-header``, or any reason why a file cannot be read; ``date-needed``;
            ``table-of-taxa-needed``; with ``options.strict``, ``rows-rejected`` (exit code 1).
    """
    report = ImportReport(strict=options.strict)
    job = ImportContext(
        statements,
        report,
        get_known_places(),
        annotations=options.annotations,
        only=options.only,
        exactly=options.exactly,
        settled=FirstSourceWins(read_published_facts(known) if known else ()),
        history=history,
    )
    answers = [path for path in files if api_responses.is_json_file(path)]
    found = {path: _detect_format(path) for path in files if path not in answers}
    for reader in READERS:
        for path in (path for path, one in found.items() if one is reader.format):
            with open_table(path, FORMATS, report, _name_progress(progress, path)) as table:
                origin = _make_origin(reader, path, options)
                origin.describe(statements)
                reader.read(job, table, origin)
    _import_2013(job, found, options, progress, known)
    _import_api_responses(job, answers, options)
    job.carry_listings()
    job.date_states()
    job.accepted.state(statements, job.settled)
    for difference in sorted(job.settled.differences):
        report.note(difference)
    formats = {path.name: found[path].name if path in found else api_responses.FORMAT_NAME for path in files}
    return SpeciesImportOutcome(formats, report)


def _import_api_responses(job: ImportContext, paths: Sequence[Path], options: SpeciesImportOptions) -> None:
    """Import API responses: taxon concepts first, regardless of the order of the files."""
    answers = api_responses.ApiResponses(job)
    for concepts in (True, False):
        for path in paths:
            day = guess_export_day(path.name, options.day)
            slug = options.source or "-".join(part for part in (api_responses.FORMAT_NAME, day) if part)
            origin = ExportSource(slug, "Answers of the Species+ API", _SPECIES_PLUS, day)
            origin.describe(job.statements)
            answers.read(path, origin, concepts=concepts)


def _detect_format(path: Path) -> TableFormat:
    with open_table(path, FORMATS, ImportReport()) as table:
        return table.format


def _import_2013(
    job: ImportContext,
    known: Mapping[Path, TableFormat],
    options: SpeciesImportOptions,
    progress: ImportProgress | None,
    dataset: KnownDataset | None,
) -> None:
    """Import the tables of 2013: the table of taxa first, then the others by kind."""
    companions = [(one, path) for one in _COMPANIONS for path, found in known.items() if found is one.format]
    taxa = [path for path, found in known.items() if found is tables_2013.TAXA]
    if companions and not taxa:
        raise ProblemError(
            "table-of-taxa-needed",
            "The table of taxa is needed",
            f"{companions[0][1].name} names taxa by rank and number; also give the table with their names "
            f"(its header: {','.join(tables_2013.TAXA.columns)}).",
        )
    if not taxa:
        return
    origin = replace(_TABLES_2013, slug=options.source or _TABLES_2013.slug, day=guess_export_day("", options.day))
    origin.describe(job.statements)
    register = tables_2013.TaxonTable2013(job, origin)
    for path in taxa:
        with open_table(path, FORMATS, job.report, _name_progress(progress, path)) as table:
            register.read(table)
    for companion, path in companions:
        with open_table(path, FORMATS, job.report, _name_progress(progress, path)) as table:
            companion.read(job, table, register, origin)
    register.library.account(job.report)
    for taxonomy, table_format in (("cites", listings_2013.CITES), ("cms", listings_2013.CMS)):
        # An Index has the state of all listed taxa at its day.
        if table_format in known.values() and not (taxonomy == "cites" and checklist_index.FORMAT in known.values()):
            state_horizon(job.statements, taxonomy, register.list_parents(taxonomy), dataset, origin)


def _name_progress(progress: ImportProgress | None, path: Path) -> Callable[[int, int], None] | None:
    if progress is None:
        return None
    return lambda done, size: progress(path.name, done, size)


def _make_origin(reader: FormatReader, path: Path, options: SpeciesImportOptions) -> ExportSource:
    day = guess_export_day(path.name, options.day)
    if reader.needs_day and not day:
        raise ProblemError(
            "date-needed",
            "The day of the export is needed",
            f"{path.name} shows a state without dates; give its day with --date.",
        )
    slug = options.source or "-".join(part for part in (reader.format.name, day) if part)
    return ExportSource(slug, reader.title, reader.publisher, day)
