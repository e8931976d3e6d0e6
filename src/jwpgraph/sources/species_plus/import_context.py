"""Shared state of the format readers during one import."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from jwpgraph.sources.import_report import ImportReport, RejectedRow, RowRejectedError
from jwpgraph.sources.species_plus.carried_listings import CarriedListings
from jwpgraph.sources.species_plus.complete_history import CompleteHistory
from jwpgraph.sources.species_plus.conflicts import FirstSourceWins
from jwpgraph.sources.species_plus.listings import ListingWriter
from jwpgraph.sources.species_plus.places import PlaceIndex, split_names
from jwpgraph.sources.species_plus.provenance import ExportSource
from jwpgraph.sources.species_plus.restrictions import RestrictionWriter
from jwpgraph.sources.species_plus.sorted_statements import SortedStatements, expand_term
from jwpgraph.sources.species_plus.taxa import AcceptedNames, StatedTaxon, TaxonWriter
from jwpgraph.sources.tables import SourceTable, TableRecord
from jwpgraph.vocabulary import ID

#: Columns of the exports that list countries by distribution status.
STATUS_COLUMNS: dict[str, str] = {
    "Introduced_Distribution": "introduced",
    "Introduced(?)_Distribution": "possibly-introduced",
    "Reintroduced_Distribution": "reintroduced",
    "Extinct_Distribution": "extinct",
    "Extinct(?)_Distribution": "possibly-extinct",
    "Distribution_Uncertain": "uncertain",
}
NATIVE_COLUMN = "NativeDistributionFullNames"
ALL_NAMES_COLUMN = "All_DistributionFullNames"
ALL_CODES_COLUMN = "All_DistributionISOCodes"
DISTRIBUTION_COLUMNS = (ALL_CODES_COLUMN, ALL_NAMES_COLUMN, NATIVE_COLUMN, *STATUS_COLUMNS)


class ImportContext:
    """One import: the output of its statements and the outcome of its rows.

    Args:
        statements: collects the statements.
        report: receives rejected rows.
        places: the known countries.
        annotations: whether to import the text of annotations.
        only: scientific names; other taxa than these and the taxa below them are skipped. Empty: all taxa.
        exactly: whether taxa below the named ones are skipped, too.
        settled: functional values of taxa stated elsewhere.
        history: receives complete listing histories, and the states of later indexes.
    """

    def __init__(
        self,
        statements: SortedStatements,
        report: ImportReport,
        places: PlaceIndex,
        *,
        annotations: bool = False,
        only: frozenset[str] = frozenset(),
        exactly: bool = False,
        settled: FirstSourceWins | None = None,
        history: CompleteHistory | None = None,
    ) -> None:
        self.statements = statements
        self.report = report
        self.places = places
        self.annotations = annotations
        self.only = only
        self.exactly = exactly
        self.settled = settled or FirstSourceWins()
        self.accepted = AcceptedNames()
        self.carried = CarriedListings()
        self.history = history or CompleteHistory()
        self._writers: dict[tuple[str, str], TaxonWriter] = {}
        self._listings: dict[str, ListingWriter] = {}
        self._restrictions: dict[str, RestrictionWriter] = {}

    def taxa(self, taxonomy: str, origin: ExportSource) -> TaxonWriter:
        """Return the writer for taxa of a taxonomy with a source."""
        key = taxonomy, origin.slug
        if key not in self._writers:
            self._writers[key] = TaxonWriter(self.statements, taxonomy, origin.iri, self.settled, self.accepted)
        return self._writers[key]

    def listings(self, origin: ExportSource) -> ListingWriter:
        """Return the writer for listing events with a source."""
        if origin.slug not in self._listings:
            self._listings[origin.slug] = ListingWriter(
                self.statements, origin.iri, self.places, annotations=self.annotations, carried=self.carried
            )
        return self._listings[origin.slug]

    def carry_listings(self) -> None:
        """State listings of earlier names and of subfamilies left out; all files must have been read."""
        for one in self.carried.listings():
            event = replace(one.earlier, taxon=one.taxon, evidence="inferred", notes=(), remark=one.remark)
            writer = ListingWriter(self.statements, one.sources[0], self.places, annotations=self.annotations)
            writer.event(event, sources=one.sources)
        for iri, name, parent in self.settled.finer_parents():
            taxonomy, slug = iri.removeprefix(f"{ID}taxon/").split("/", 1)
            for event, source in self.carried.through(StatedTaxon(taxonomy, slug, name, ""), parent):
                ListingWriter(self.statements, source, self.places, annotations=self.annotations).event(event)

    def date_states(self) -> None:
        """State the first day on which undated listings can have begun; all files must have been read."""
        for event, day in self.history.first_days():
            self.statements.value(event, expand_term("jwp:effectiveNotBefore"), day, "date")
            self.statements.link(event, expand_term("dcterms:source"), self.history.source)

    def restrictions(self, origin: ExportSource) -> RestrictionWriter:
        """Return the writer for trade restrictions with a source."""
        if origin.slug not in self._restrictions:
            writer = RestrictionWriter(self.statements, origin.iri, annotations=self.annotations)
            self._restrictions[origin.slug] = writer
        return self._restrictions[origin.slug]

    def is_selected(self, name: str, *above: str) -> bool:
        """Return whether a taxon is selected, by its own name or by the name of a higher taxon."""
        return not self.only or name in self.only or (not self.exactly and any(one in self.only for one in above))

    def rows(
        self, table: SourceTable, convert: Callable[[TableRecord], bool], rows: Iterable[TableRecord] | None = None
    ) -> None:
        """Convert the rows of a table, or rows read earlier; *convert* returns whether the row is selected."""
        for row in table if rows is None else rows:
            with self.part(table, row):
                if convert(row):
                    self.report.imported += 1
                else:
                    self.report.skip("outside the taxa asked for")

    @contextmanager
    def part(self, table: SourceTable, row: TableRecord) -> Iterator[None]:
        """Context for a part of a row that can be rejected while the rest is kept."""
        try:
            yield
        except RowRejectedError as rejected:
            table.reject(row.line, rejected)

    def reject(self, file: str, place: int, rejected: RowRejectedError) -> None:
        """Record the rejection of a record at a position of a file that is not a table."""
        self.report.reject(RejectedRow(file, place, rejected.column, rejected.reason, rejected.value))

    def distributions(self, table: SourceTable, row: TableRecord, taxa: TaxonWriter, taxon: StatedTaxon) -> None:
        """State the distribution of a taxon, from the nine columns common to all exports."""
        codes = [code.strip() for code in row[ALL_CODES_COLUMN].split(",") if code.strip()]
        names = split_names(row[ALL_NAMES_COLUMN])
        self.places.learn(codes, names)
        found: dict[str, list[str]] = {}
        for code in codes:
            with self.part(table, row):
                found[self.places.code(code, ALL_CODES_COLUMN)] = []
        for column, status in {NATIVE_COLUMN: "native", **STATUS_COLUMNS}.items():
            for name in split_names(row[column]):
                if not self._is_rejected_place(codes, names, name):
                    with self.part(table, row):
                        found.setdefault(self.places.name(name, column), []).append(status)
        for place, statuses in found.items():
            taxa.distribution(taxon, place, statuses)

    def _is_rejected_place(self, codes: list[str], names: list[str], name: str) -> bool:
        """Return whether the place was already rejected by its code, to avoid a second rejection."""
        if len(codes) != len(names) or name not in names:
            return False
        try:
            self.places.code(codes[names.index(name)], ALL_CODES_COLUMN)
        except RowRejectedError:
            return True
        return False
