"""What the readers of all formats share while one import runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from jwpgraph.sources.species_plus.conflicts import FirstSourceWins
from jwpgraph.sources.species_plus.listings import ListingWriter
from jwpgraph.sources.species_plus.places import PlaceIndex, split_names
from jwpgraph.sources.species_plus.provenance import ExportSource
from jwpgraph.sources.species_plus.restrictions import RestrictionWriter
from jwpgraph.sources.species_plus.sorted_statements import SortedStatements
from jwpgraph.sources.species_plus.taxa import StatedTaxon, TaxonWriter
from jwpgraph.sources.tables import ImportReport, RejectedRow, RowRejectedError, SourceTable, TableRecord

#: Columns of the exports that list countries by what a taxon does there.
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
    """One import: where its statements go and what becomes of its rows.

    Args:
        statements: collects what is stated.
        report: hears of rejected rows.
        places: the countries that are known.
        annotations: whether the prose of annotations is taken along.
        only: scientific names; taxa other than these and those below them are passed over. Empty: everything.
        exactly: whether taxa below those named are passed over, too.
        settled: what has been said of taxa elsewhere.
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
    ) -> None:
        self.statements = statements
        self.report = report
        self.places = places
        self.annotations = annotations
        self.only = only
        self.exactly = exactly
        self.settled = settled or FirstSourceWins()
        self._writers: dict[tuple[str, str], TaxonWriter] = {}
        self._listings: dict[str, ListingWriter] = {}
        self._restrictions: dict[str, RestrictionWriter] = {}

    def taxa(self, taxonomy: str, origin: ExportSource) -> TaxonWriter:
        """Who states the taxa of a taxonomy on the authority of a source."""
        key = taxonomy, origin.slug
        if key not in self._writers:
            self._writers[key] = TaxonWriter(self.statements, taxonomy, origin.iri, self.settled)
        return self._writers[key]

    def listings(self, origin: ExportSource) -> ListingWriter:
        """Who states listing events on the authority of a source."""
        if origin.slug not in self._listings:
            self._listings[origin.slug] = ListingWriter(
                self.statements, origin.iri, self.places, annotations=self.annotations
            )
        return self._listings[origin.slug]

    def restrictions(self, origin: ExportSource) -> RestrictionWriter:
        """Who states limits on trade on the authority of a source."""
        if origin.slug not in self._restrictions:
            writer = RestrictionWriter(self.statements, origin.iri, annotations=self.annotations)
            self._restrictions[origin.slug] = writer
        return self._restrictions[origin.slug]

    def wanted(self, name: str, *above: str) -> bool:
        """Whether a taxon was asked for, by its own name or by one of those above it."""
        return not self.only or name in self.only or (not self.exactly and any(one in self.only for one in above))

    def rows(
        self, table: SourceTable, convert: Callable[[TableRecord], bool], rows: Iterable[TableRecord] | None = None
    ) -> None:
        """Convert the rows of a table, or those read from it before; *convert* answers whether one was wanted."""
        for row in table if rows is None else rows:
            with self.part(table, row):
                if convert(row):
                    self.report.imported += 1
                else:
                    self.report.skip("outside the taxa asked for")

    @contextmanager
    def part(self, table: SourceTable, row: TableRecord) -> Iterator[None]:
        """A part of a row that can be refused while the rest is kept."""
        try:
            yield
        except RowRejectedError as rejected:
            table.reject(row.line, rejected)

    def reject(self, file: str, place: int, rejected: RowRejectedError) -> None:
        """Record that what stands in a place of a file that is no table is refused."""
        self.report.reject(RejectedRow(file, place, rejected.column, rejected.reason, rejected.value))

    def distributions(self, table: SourceTable, row: TableRecord, taxa: TaxonWriter, taxon: StatedTaxon) -> None:
        """State where a taxon occurs, from the nine columns that all exports have for it."""
        codes = [code.strip() for code in row[ALL_CODES_COLUMN].split(",") if code.strip()]
        names = split_names(row[ALL_NAMES_COLUMN])
        self.places.learn(codes, names)
        found: dict[str, list[str]] = {}
        for code in codes:
            with self.part(table, row):
                found[self.places.code(code, ALL_CODES_COLUMN)] = []
        for column, status in {NATIVE_COLUMN: "native", **STATUS_COLUMNS}.items():
            for name in split_names(row[column]):
                if not self._refused(codes, names, name):
                    with self.part(table, row):
                        found.setdefault(self.places.name(name, column), []).append(status)
        for place, statuses in found.items():
            taxa.distribution(taxon, place, statuses)

    def _refused(self, codes: list[str], names: list[str], name: str) -> bool:
        """Whether the place has been refused by its code already: once is enough."""
        if len(codes) != len(names) or name not in names:
            return False
        try:
            self.places.code(codes[names.index(name)], ALL_CODES_COLUMN)
        except RowRejectedError:
            return True
        return False
