"""Parties, signatories and stated counts typed by hand from pages: a table with a source and a basis in each row.

Registers end with a year; what came later stands on pages, one fact a page. A row is a claim like those of the
registers, and a count is kept beside the records, so that a difference between the two is seen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Literal

from jwpgraph.sources.membership_claims import PARTY, SIGNATURE
from jwpgraph.sources.statements import Statements, make_slug, typed_literal
from jwpgraph.sources.tables import RowRejectedError, TableFormat, TableRecord
from jwpgraph.vocabulary import entity_iri

FORMAT: Final = TableFormat(
    "curated-memberships",
    ("instrument", "event", "who", "since", "until", "number", "evidence", "note", "source", "source_label"),
    ("source_date", "consulted_on"),
)
COUNT: Final = "count"
_KINDS: Final = {"party": PARTY, "signed": SIGNATURE}
_EVIDENCE: Final = frozenset({"sourced", "inferred", "general-knowledge"})
_DATE: Final = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
_DATATYPES: Final = {4: "gYear", 7: "gYearMonth", 10: "date"}


def dated(value: str) -> Literal:
    """A date as precise as it is written: a year, a month or a day."""
    return typed_literal(value, _DATATYPES[len(value)])


@dataclass(frozen=True)
class CuratedRow:
    """What a row says beside the instrument and the member.

    Attributes:
        kind: the kind of record, or :data:`COUNT`.
        since, until: dates as precise as the source gives them; empty where it gives none.
        number: the count that the source states.
        evidence: the slug of the evidence level.
        note: why it is not simply what the source says.
    """

    kind: str
    since: str
    until: str
    number: int
    evidence: str
    note: str


def curated_row(row: TableRecord) -> CuratedRow:
    """Read a row.

    Raises:
        RowRejectedError: when it has no known event or level of evidence, a date that is none, or no number where one
            is due.
    """
    event, evidence = row["event"], row["evidence"]
    if event != COUNT and event not in _KINDS:
        raise RowRejectedError("event", f"is none of {', '.join([*_KINDS, COUNT])}", event)
    if evidence not in _EVIDENCE:
        raise RowRejectedError("evidence", f"is none of {', '.join(sorted(_EVIDENCE))}", evidence)
    for column in ("since", "until"):
        if row[column] and not _DATE.fullmatch(row[column]):
            raise RowRejectedError(column, "is not a date like 2016, 2016-03 or 2016-03-30", row[column])
    if event == COUNT and not row["number"].isdigit():
        raise RowRejectedError("number", "is not a number", row["number"])
    number = int(row["number"]) if event == COUNT else 0
    return CuratedRow(_KINDS.get(event, COUNT), row["since"], row["until"], number, evidence, row["note"])


def state_source(row: TableRecord, statements: Statements) -> str:
    """Describe the source that a row names; returns its IRI."""
    address, label = row["source"], row["source_label"]
    if not address or not label:
        raise RowRejectedError("source", "the row names no source", address)
    iri = entity_iri("source", make_slug(label))
    statements.thing(iri, "jwp:Source", label)
    day = row["source_date"]
    citation = f"{label}. {address}" + (f" ({day})" if day else "")
    statements.add(iri, "dcterms:bibliographicCitation", Literal(citation))
    if address.startswith("http"):
        statements.add(iri, "schema:url", typed_literal(address, "anyURI"))
    if _DATE.fullmatch(day):
        statements.add(iri, "dcterms:issued", dated(day))
    if _DATE.fullmatch(row["consulted_on"]):
        statements.add(iri, "jwp:consultedOn", dated(row["consulted_on"]))
    return iri


def state_count(instrument: str, label: str, said: CuratedRow, source: str, statements: Statements) -> None:
    """State how many Parties or signatories a source counts, with the day of its count."""
    value = typed_literal(str(said.number), "integer")
    statements.add(instrument, "jwp:statedMembers", value)
    statement = entity_iri("statement", f"stated-members-{instrument.rpartition('/')[2]}-{said.since or said.number}")
    statements.sourced(
        statement, f"{label}: {said.number} counted", instrument, "jwp:statedMembers", value, [source], said.evidence
    )
    if said.since:
        statements.add(statement, "rdfs:comment", f"As counted on or by {said.since}. {said.note}".strip())
