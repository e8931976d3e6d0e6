"""Reader for tables of Species+ later than 2013, with current taxon numbers: names, synonyms, places.

They have nearly the columns of the tables of 2013, but the taxon numbers of the Index of CITES Species. They are used
for taxa in the Index; their CMS taxa have numbers that cannot be resolved.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from pathlib import Path
from typing import Final

from jwpgraph.sources.import_report import ImportReport, RejectedRow, RowRejectedError
from jwpgraph.sources.species_plus import tables_2013
from jwpgraph.sources.species_plus.identifiers import make_distribution_iri
from jwpgraph.sources.species_plus.languages import get_language_tag
from jwpgraph.sources.species_plus.names import split_common_names, strip_markup
from jwpgraph.sources.species_plus.places import get_known_places
from jwpgraph.sources.species_plus.sorted_statements import SortedStatements
from jwpgraph.sources.species_plus.taxa import StatedTaxon, TaxonWriter
from jwpgraph.sources.tables import SourceTable, TableFormat, TableRecord, detect_format, open_table
from jwpgraph.vocabulary import make_entity_iri

SOURCE: Final = "species-plus-updates"
NAMES: Final = TableFormat("species-plus-names", ("cites_name", "speciesplusid", "speciesplusname", "rank"))
SYNONYMS: Final = TableFormat(
    "species-plus-later-synonyms",
    (
        "Scientific name",
        "ParentRank",
        "ParentID",
        "Status",
        "Species Author",
        "AcceptedRank",
        "AcceptedID",
        "Designation",
    ),
)
PLACES: Final = TableFormat(
    "species-plus-later-distributions", ("taxon_concept_id", "ISO Code 2", "Designation"), ("Tags",)
)
CHINESE: Final = TableFormat(
    "cites-names-zh", ("scientific_name", "name_zh"), ("appendix_as_coded", "class", "order", "family")
)
#: Chinese names as in the Appendices, by scientific name.
CHINESE_SOURCE: Final = "cites-names-zh-2017"
FORMATS: Final = (NAMES, SYNONYMS, PLACES, CHINESE, tables_2013.COMMON_NAMES)
_CITES: Final = "CITES_EU"


class LaterTables:
    """Facts of later tables about taxa known by number.

    Args:
        folder: the folder of the tables, at any depth.
        slugs: the slug of each taxon by its number.
        there: the IRIs of distribution records of other sources, which are left unchanged.
        statements: receives the statements.
        report: receives rejected rows.
    """

    def __init__(
        self,
        folder: Path,
        slugs: Mapping[str, str],
        there: Container[str],
        statements: SortedStatements,
        report: ImportReport,
    ) -> None:
        self._statements = statements
        self._slugs = slugs
        self._there = there
        self._report = report
        self._taxa = TaxonWriter(statements, "cites", make_entity_iri("source", SOURCE))
        self._places = get_known_places()
        self._files: dict[str, list[Path]] = {one.name: [] for one in FORMATS}
        for path in sorted(folder.rglob("*.csv")):
            if found := detect_format(path, FORMATS):
                self._files[found.name].append(path)

    def read(self) -> None:
        """State the common names, synonyms and places of the taxa."""
        self._each(tables_2013.COMMON_NAMES, "RecId", self._common_name)
        genera = self._read_genus_names()
        self._each(SYNONYMS, "AcceptedID", lambda row, taxon: self._synonym(row, taxon, genera))
        self._each(PLACES, "taxon_concept_id", self._place)
        self._state_chinese_names()

    def _tables(self, wanted: TableFormat) -> Iterator[SourceTable]:
        for path in self._files[wanted.name]:
            with open_table(path, [wanted], ImportReport()) as table:
                yield table

    def _each(self, wanted: TableFormat, column: str, convert: Callable[[TableRecord, StatedTaxon], None]) -> None:
        for table in self._tables(wanted):
            for row in table:
                if row["Designation"] == _CITES and (slug := self._slugs.get(row[column])):
                    try:
                        convert(row, StatedTaxon("cites", slug, "", ""))
                    except RowRejectedError as rejected:
                        self._report.read += 1
                        found = RejectedRow(table.name, row.line, rejected.column, rejected.reason, rejected.value)
                        self._report.reject(found)

    def _read_genus_names(self) -> dict[str, str]:
        """Return the names of genera by number."""
        rows = (row for table in self._tables(NAMES) for row in table)
        return {row["speciesplusid"]: row["speciesplusname"] for row in rows if row["rank"].upper() == "GENUS"}

    def _common_name(self, row: TableRecord, taxon: StatedTaxon) -> None:
        for name in split_common_names(row["ComName"]):
            self._taxa.common_name(taxon, name, get_language_tag(row["LangShort"], "LangShort"))

    def _state_chinese_names(self) -> None:
        """State the Chinese names of taxa by scientific name, citing that list."""
        taxa = TaxonWriter(self._statements, "cites", make_entity_iri("source", CHINESE_SOURCE))
        slugs = set(self._slugs.values())
        for table in self._tables(CHINESE):
            for row in table:
                slug = "-".join(row["scientific_name"].lower().split())
                if slug in slugs:
                    for name in split_common_names(row["name_zh"].replace("\N{IDEOGRAPHIC COMMA}", ",")):
                        taxa.common_name(StatedTaxon("cites", slug, "", ""), name, "zh")

    def _synonym(self, row: TableRecord, taxon: StatedTaxon, genera: Mapping[str, str]) -> None:
        if row["ParentRank"].upper() != "GENUS" or row["Status"] != "S":
            return
        genus = genera.get(row["ParentID"])
        if genus is None:
            raise RowRejectedError("ParentID", "the name of this genus is in no table", row["ParentID"])
        self._taxa.synonym(taxon, f"{genus} {strip_markup(row['Scientific name'])}", row["Species Author"])

    def _place(self, row: TableRecord, taxon: StatedTaxon) -> None:
        place = self._places.code(row["ISO Code 2"], "ISO Code 2")
        statuses = tables_2013.parse_statuses(row["Tags"], "Tags") or ["native"]
        if make_distribution_iri("cites", taxon.slug, place.rpartition("/")[2]) not in self._there:
            self._taxa.distribution(taxon, place, statuses)
