"""Tables of Species+ later than those of 2013, which know a taxon by its present number: names, synonyms, places.

They have the columns of the tables of 2013, or nearly, but other numbers, those that the Index of CITES Species has.
What they say is taken for taxa that the Index names; CMS's taxa have numbers in them that nothing here explains.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from pathlib import Path
from typing import Final

from jwpgraph.sources.species_plus import tables_2013
from jwpgraph.sources.species_plus.identifiers import distribution_iri
from jwpgraph.sources.species_plus.languages import language_tag
from jwpgraph.sources.species_plus.names import plain_text, split_common_names
from jwpgraph.sources.species_plus.places import known_places
from jwpgraph.sources.species_plus.statements import Statements
from jwpgraph.sources.species_plus.taxa import Taxon, TaxonWriter
from jwpgraph.sources.tables import Format, ImportReport, Rejected, Rejection, Row, Table, format_of, open_table
from jwpgraph.vocabulary import identifier

SOURCE: Final = "species-plus-updates"
NAMES: Final = Format("species-plus-names", ("cites_name", "speciesplusid", "speciesplusname", "rank"))
SYNONYMS: Final = Format(
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
PLACES: Final = Format("species-plus-later-distributions", ("taxon_concept_id", "ISO Code 2", "Designation"), ("Tags",))
CHINESE: Final = Format(
    "cites-names-zh", ("scientific_name", "name_zh"), ("appendix_as_coded", "class", "order", "family")
)
#: Chinese names as in the Appendices, by scientific name.
CHINESE_SOURCE: Final = "cites-names-zh-2017"
FORMATS: Final = (NAMES, SYNONYMS, PLACES, CHINESE, tables_2013.COMMON_NAMES)
_CITES: Final = "CITES_EU"


class LaterTables:
    """What later tables say of taxa that are known by number.

    Args:
        folder: where they are, at any depth.
        slugs: the slug of each taxon by its number.
        there: the IRIs of records of places that another source has; these stay as they are.
        statements: takes what they say.
        report: hears of rejected rows.
    """

    def __init__(
        self,
        folder: Path,
        slugs: Mapping[str, str],
        there: Container[str],
        statements: Statements,
        report: ImportReport,
    ) -> None:
        self._statements = statements
        self._slugs = slugs
        self._there = there
        self._report = report
        self._taxa = TaxonWriter(statements, "cites", identifier("source", SOURCE))
        self._places = known_places()
        self._files: dict[str, list[Path]] = {one.name: [] for one in FORMATS}
        for path in sorted(folder.rglob("*.csv")):
            if found := format_of(path, FORMATS):
                self._files[found.name].append(path)

    def read(self) -> None:
        """State the common names, synonyms and places of the taxa."""
        self._each(tables_2013.COMMON_NAMES, "RecId", self._common_name)
        genera = self._genera()
        self._each(SYNONYMS, "AcceptedID", lambda row, taxon: self._synonym(row, taxon, genera))
        self._each(PLACES, "taxon_concept_id", self._place)
        self._chinese_names()

    def _tables(self, wanted: Format) -> Iterator[Table]:
        for path in self._files[wanted.name]:
            with open_table(path, [wanted], ImportReport()) as table:
                yield table

    def _each(self, wanted: Format, column: str, convert: Callable[[Row, Taxon], None]) -> None:
        for table in self._tables(wanted):
            for row in table:
                if row["Designation"] == _CITES and (slug := self._slugs.get(row[column])):
                    try:
                        convert(row, Taxon("cites", slug, "", ""))
                    except Rejected as rejected:
                        self._report.read += 1
                        found = Rejection(table.name, row.line, rejected.column, rejected.reason, rejected.value)
                        self._report.reject(found)

    def _genera(self) -> dict[str, str]:
        """The names of genera by number."""
        rows = (row for table in self._tables(NAMES) for row in table)
        return {row["speciesplusid"]: row["speciesplusname"] for row in rows if row["rank"].upper() == "GENUS"}

    def _common_name(self, row: Row, taxon: Taxon) -> None:
        for name in split_common_names(row["ComName"]):
            self._taxa.common_name(taxon, name, language_tag(row["LangShort"], "LangShort"))

    def _chinese_names(self) -> None:
        """State the Chinese names of taxa that bear the scientific name, on the authority of that list."""
        taxa = TaxonWriter(self._statements, "cites", identifier("source", CHINESE_SOURCE))
        slugs = set(self._slugs.values())
        for table in self._tables(CHINESE):
            for row in table:
                slug = "-".join(row["scientific_name"].lower().split())
                if slug in slugs:
                    for name in split_common_names(row["name_zh"].replace("\N{IDEOGRAPHIC COMMA}", ",")):
                        taxa.common_name(Taxon("cites", slug, "", ""), name, "zh")

    def _synonym(self, row: Row, taxon: Taxon, genera: Mapping[str, str]) -> None:
        if row["ParentRank"].upper() != "GENUS" or row["Status"] != "S":
            return
        genus = genera.get(row["ParentID"])
        if genus is None:
            raise Rejected("ParentID", "the name of this genus is in no table", row["ParentID"])
        self._taxa.synonym(taxon, f"{genus} {plain_text(row['Scientific name'])}", row["Species Author"])

    def _place(self, row: Row, taxon: Taxon) -> None:
        place = self._places.code(row["ISO Code 2"], "ISO Code 2")
        statuses = tables_2013.statuses_of(row["Tags"], "Tags") or ["native"]
        if distribution_iri("cites", taxon.slug, place.rpartition("/")[2]) not in self._there:
            self._taxa.distribution(taxon, place, statuses)
