"""Identifiers of taxa in Wikidata, ITIS, WoRMS, NCBI, EoL, the Catalogue of Life, Avibase and other databases.

Identifiers are matched by name and assigned to the concepts of both taxonomies. If two files disagree on an identifier,
neither value is published, because one of them is wrong. Numbers without a source data set are not read.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pyoxigraph import Literal

from jwpgraph.sources.cited_tables import RegisterInput
from jwpgraph.sources.concept_index import ConceptIndex, KnownConcept
from jwpgraph.sources.import_report import ImportReport, RejectedRow, RowRejectedError
from jwpgraph.sources.statements import Statements
from jwpgraph.sources.tables import SourceTable, TableFormat, TableRecord
from jwpgraph.vocabulary import make_entity_iri, make_graph_iri

GRAPH: Final = make_graph_iri("external-ids")
HEADER: Final = """\
Identifiers of taxa in other databases. They are found by name and given to the concepts of both taxonomies
that bear it; that another database has the same circumscription does not follow. Where not all sources of a taxon
give an identifier, a statement says which do.
docs/importers.md tells how this file is made."""
SEGMENTS: Final = ("evidence-level", "source", "statement", "taxon/cites", "taxon/cms")

WIKIDATA: Final = TableFormat("wikidata", ("id", "name"))
ADD_MY_PET: Final = TableFormat(
    "add-my-pet",
    ("scientific_name_in_source", "col_id", "itis_tsn", "eol_id"),
    ("worms_aphia_id", "msw3_id", "avibase_id"),
)
COMPILATION: Final = TableFormat(
    "compilation", ("taxon", "wikidata_qid", "ncbi", "itis", "aphia"), ("iucn_sis", "sis_source")
)
AVILIST: Final = TableFormat("avilist", ("scientific_name", "avilist_taxon_rank", "avilist_avibase_id"))
FORMATS: Final = (ADD_MY_PET, COMPILATION, AVILIST, WIKIDATA)

_NUMBER: Final = re.compile(r"[1-9][0-9]*")
#: Pattern of the identifiers, by property.
_SHAPES: Final = {
    "jwp:wikidataId": re.compile(r"Q[1-9][0-9]*"),
    "jwp:colId": re.compile(r"[0-9A-Z]{2,7}"),
    "jwp:itisId": _NUMBER,
    "jwp:eolId": _NUMBER,
    "jwp:wormsId": _NUMBER,
    "jwp:mswId": _NUMBER,
    "jwp:ncbiId": _NUMBER,
    "jwp:iucnId": _NUMBER,
    "jwp:avibaseId": re.compile(r"[0-9A-F]{8}|[0-9A-F]{16}"),
}
_FILE: Final = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
#: Column of the scientific name and columns of identifiers by property, by table format.
_COLUMNS: Final[dict[str, tuple[str, dict[str, str]]]] = {
    name: (found["name"], found["identifiers"]) for name, found in _FILE["columns"].items()
}
#: Names of the databases in the labels of statements, by property.
_DATABASES: Final[dict[str, str]] = _FILE["databases"]
#: Wikidata items about a name, mapped to the item about the taxon.
_PREFERRED_ITEMS: Final = {"Q12823232": "Q30197"}


@dataclass(frozen=True)
class IdentifierClaim:
    """An identifier that a file gives for a concept."""

    value: str
    source: str
    file: str
    line: int
    column: str


def import_crosswalk(register: RegisterInput) -> Statements:
    """Read lists of identifiers and assign them to the concepts of the graph with the same names.

    Args:
        register: the input; its files are the lists, each in a known format.

    Returns:
        The statements.

    Raises:
        ProblemError: if a file cannot be read, has an unknown header or, in a strict import, for the first rejected
            row.
    """
    statements = Statements()
    given = read_claims(register, statements)
    reported: set[IdentifierClaim] = set()
    agreed: dict[KnownConcept, list[tuple[str, str, set[str]]]] = defaultdict(list)
    for (concept, name), values in sorted(given.items(), key=lambda item: (item[0][0].iri, item[0][1])):
        if identifier := find_agreed_identifier(name, values):
            agreed[concept].append((name, identifier, {one.source for one in values}))
        else:
            _reject_identifiers(concept, values, register.report, reported)
    for concept, identifiers in agreed.items():
        _state_identifiers(concept, identifiers, statements)
    return statements


def read_claims(
    register: RegisterInput, statements: Statements
) -> dict[tuple[KnownConcept, str], list[IdentifierClaim]]:
    """Return what the files say of each concept and identifier property.

    Args:
        register: as for :func:`import_crosswalk`.
        statements: receives the descriptions of unregistered sources.
    """
    concepts = ConceptIndex(register.known)
    given: dict[tuple[KnownConcept, str], list[IdentifierClaim]] = defaultdict(list)
    for source, table in register.open_tables(FORMATS, statements):
        for concept, name, one in _read_identifiers(table, source.iri, concepts, register.report):
            given[concept, name].append(one)
    return given


def find_agreed_identifier(name: str, values: Sequence[IdentifierClaim]) -> str | None:
    """Return the identifier on which all files agree, or ``None``.

    Some exports truncate Avibase identifiers to eight digits; a prefix agrees with the full identifier.
    """
    whole = max((one.value for one in values), key=len)
    agreed = all(whole.startswith(one.value) if name == "jwp:avibaseId" else one.value == whole for one in values)
    return whole if agreed else None


def _read_identifiers(
    table: SourceTable, source: str, concepts: ConceptIndex, report: ImportReport
) -> Iterator[tuple[KnownConcept, str, IdentifierClaim]]:
    name_column, columns = _COLUMNS[table.format.name]
    lines: dict[str, int] = {}

    def convert(row: TableRecord) -> list[tuple[KnownConcept, str, IdentifierClaim]]:
        name = row[name_column]
        if not name:
            raise RowRejectedError(name_column, "the name is missing")
        found = concepts.find(name)
        if not found:
            report.skip("no taxon concept bears the name")
            return []
        values = {
            property_: _check_identifier(row[column], property_, column)
            for property_, column in columns.items()
            if row[column] and not (property_ == "jwp:iucnId" and _has_no_data_set(row, report))
        }
        if (first := lines.setdefault(name.casefold(), row.line)) != row.line:
            raise RowRejectedError(name_column, f"repeats the name of line {first}", name)
        return [
            (concept, property_, IdentifierClaim(value, source, table.name, row.line, columns[property_]))
            for concept in found
            for property_, value in values.items()
        ]

    for rows in table.convert_rows(convert):
        yield from rows


def _check_identifier(text: str, property_: str, column: str) -> str:
    value = text.upper().removeprefix("AVIBASE-") if property_ == "jwp:avibaseId" else text
    if not _SHAPES[property_].fullmatch(value):
        raise RowRejectedError(column, "does not look like an identifier of that database", text)
    return _PREFERRED_ITEMS.get(value, value)


def _has_no_data_set(row: TableRecord, report: ImportReport) -> bool:
    """Return whether an IUCN Red List number has no source data set."""
    origin = row["sis_source"]
    if origin and "NOT A DATASET" not in origin.upper():
        return False
    report.note("Numbers of the IUCN Red List that come from no data set are left out.")
    return True


def _state_identifiers(
    concept: KnownConcept, identifiers: Sequence[tuple[str, str, set[str]]], statements: Statements
) -> None:
    """State the identifiers of a concept and all their sources, and which source gives which if not all give each."""
    sources = set().union(*(givers for _, _, givers in identifiers))
    for source in sources:
        statements.add(concept.iri, "dcterms:source", source)
    for name, identifier, givers in identifiers:
        value = Literal(identifier)
        statements.add(concept.iri, name, value)
        if givers != sources:
            local = "".join(f"-{char.lower()}" if char.isupper() else char for char in name.partition(":")[2])
            taxonomy = concept.slug.partition("-")[0].upper()
            label = f"{concept.name} ({taxonomy}): {_DATABASES[name]} identifier {identifier}"
            statement = make_entity_iri("statement", f"{concept.slug}-{local}")
            statements.cite(statement, label, concept.iri, name, value, givers)


def _reject_identifiers(
    concept: KnownConcept, values: Sequence[IdentifierClaim], report: ImportReport, reported: set[IdentifierClaim]
) -> None:
    """Report each line of files that disagree on an identifier, once for all concepts of its name."""
    versions = ", ".join(f"{one.value} in {one.file}, line {one.line}" for one in values)
    for one in values:
        if one not in reported:
            reported.add(one)
            reason = f"files disagree on {concept.name}, so none is published: {versions}"
            report.reject(RejectedRow(one.file, one.line, one.column, reason))
