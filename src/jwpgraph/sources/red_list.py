"""Importer for Red List categories in checklists: Mammal Diversity Database, AviList, BirdLife, a marine compilation.

A checklist gives the category of a species but not the year of assessment. The record therefore has the year of the
checklist (``jwp:reportedIn``) and no year of assessment.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from jwpgraph.sources.cited_tables import RegisterInput
from jwpgraph.sources.concept_index import ConceptIndex, KnownConcept
from jwpgraph.sources.import_report import ImportReport, RowRejectedError
from jwpgraph.sources.statements import KnownDataset, SourceFile, Statements, make_typed_literal
from jwpgraph.sources.tables import SourceTable, TableFormat, TableRecord
from jwpgraph.vocabulary import make_entity_iri, make_graph_iri

GRAPH: Final = make_graph_iri("red-list")
HEADER: Final = """\
Red List categories of taxa as checklists report them, found by name: the checklist's species can be wider or narrower
than ours. The year is that of the checklist; the assessment can be older. Where checklists of several years have a
taxon, the records of the newest are preferred (jwp:preferred) and the others say that they are outdated.
docs/importers.md tells how this file is made."""
SEGMENTS: Final = ("evidence-level", "taxon/cites", "taxon/cms", "red-list-assessment", "red-list-category", "source")

MDD: Final = TableFormat("mammal-diversity", ("sciName", "iucnStatus"), ("extinct", "domestic"))
AVILIST: Final = TableFormat("avilist", ("scientific_name", "avilist_taxon_rank", "avilist_iucn_status"))
BIRDLIFE: Final = TableFormat("birdlife", ("scientific_name", "birdlife_common_name", "birdlife_iucn_status"))
MARINE: Final = TableFormat("marine-compilation", ("taxon", "redlist_2016_marine"))
FORMATS: Final = (MDD, AVILIST, BIRDLIFE, MARINE)

_COLUMNS: Final = {
    MDD.name: ("sciName", "iucnStatus"),
    AVILIST.name: ("scientific_name", "avilist_iucn_status"),
    BIRDLIFE.name: ("scientific_name", "birdlife_iucn_status"),
    MARINE.name: ("taxon", "redlist_2016_marine"),
}
#: Year of a column that differs from the year of its file.
_YEAR_OF_COLUMN: Final = {MARINE.name: "2016"}
_WRITTEN: Final = re.compile(
    r"(?P<code>[A-Z]{2})(?: \((?P<possibly>PEW?)\))?(?: \(as (?P<name>[A-Z][a-z]+(?: [a-z-]+)+)\))?"
)
_CATEGORIES: Final = frozenset({"LC", "NT", "VU", "EN", "CR", "EW", "EX", "DD"})
_POSSIBLY: Final = {"PE": "Possibly extinct.", "PEW": "Possibly extinct in the wild."}


@dataclass(frozen=True)
class _CategoryClaim:
    """The category in a row, with the taxa that have its name."""

    concepts: tuple[KnownConcept, ...]
    name: str
    code: str
    comments: tuple[str, ...]


def import_red_list(register: RegisterInput, *, year: int | None = None) -> Statements:
    """Read checklists and state the Red List categories of the graph's taxa.

    Args:
        register: the input; its files are checklists, each in a known format.
        year: the year of unregistered checklists; without it their records have no year.

    Returns:
        The statements.

    Raises:
        ProblemError: if a file cannot be read, has an unknown header or, in a strict import, for the first rejected
            row.
    """
    statements = Statements()
    concepts = ConceptIndex(register.known)
    by_taxon: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for source, table in register.open_tables(FORMATS, statements):
        reported = (
            _YEAR_OF_COLUMN.get(table.format.name) or _issue_year(source, register.known) or (str(year) if year else "")
        )
        for category in _read_categories(table, concepts, register.report):
            for concept in category.concepts:
                iri = _state_category(concept, category, source, reported, statements)
                by_taxon[concept.iri].append((reported, iri))
    for records in by_taxon.values():
        newest = max(reported for reported, _ in records)
        for reported, iri in records:
            statements.add(
                iri, "jwp:preferred", make_typed_literal("true" if reported == newest else "false", "boolean")
            )
            if reported != newest:
                statements.add(iri, "rdfs:comment", f"Outdated: a checklist of {newest} reports a category, too.")
    return statements


def _read_categories(table: SourceTable, concepts: ConceptIndex, report: ImportReport) -> list[_CategoryClaim]:
    name_column, category_column = _COLUMNS[table.format.name]
    lines: dict[str, int] = {}

    def convert(row: TableRecord) -> _CategoryClaim | None:
        name = " ".join(row[name_column].replace("_", " ").split())
        written = row[category_column]
        if not name:
            raise RowRejectedError(name_column, "the name is missing")
        if written in ("", "NA", "NE"):
            report.skip("no category given")
            return None
        match = _WRITTEN.fullmatch(written)
        if match is None or match["code"] not in _CATEGORIES:
            raise RowRejectedError(category_column, "is not a Red List category", written)
        found = concepts.find(name) or (concepts.find(match["name"]) if match["name"] else [])
        if not found:
            report.skip("no taxon concept bears the name")
            return None
        if (first := lines.setdefault(name.casefold(), row.line)) != row.line:
            raise RowRejectedError(name_column, f"repeats the name of line {first}", name)
        comments = [_POSSIBLY[match["possibly"]]] if match["possibly"] else []
        if match["name"]:
            comments.append(f"Assessed as {match['name']}.")
        return _CategoryClaim(tuple(found), name, match["code"], tuple(comments))

    return [category for category in table.convert_rows(convert) if category]


def _issue_year(source: SourceFile, known: KnownDataset) -> str:
    rows = known.rows(f"<{source.iri}> dcterms:issued ?issued", "?issued")
    return rows[0][0][:4] if rows else ""


def _state_category(
    concept: KnownConcept, category: _CategoryClaim, source: SourceFile, year: str, statements: Statements
) -> str:
    """State the category of one taxon of a row; return the record's IRI."""
    iri = make_entity_iri("red-list-assessment", f"{concept.slug}.{source.iri.rpartition('/')[2]}")
    since = f", reported in {year}" if year else ""
    statements.describe(iri, "jwp:RedListAssessment", f"{concept.name}: {category.code}{since}")
    statements.add(iri, "jwp:ofTaxon", concept.iri)
    statements.add(iri, "jwp:redListCategory", make_entity_iri("red-list-category", category.code.lower()))
    if year:
        statements.add(iri, "jwp:reportedIn", make_typed_literal(year, "gYear"))
    statements.add(iri, "dcterms:source", source.iri)
    statements.add(iri, "jwp:evidence", make_entity_iri("evidence-level", "sourced"))
    for comment in category.comments:
        statements.add(iri, "rdfs:comment", comment)
    if category.name != concept.name:
        statements.add(iri, "rdfs:comment", f"The checklist calls it {category.name}.")
    return iri
