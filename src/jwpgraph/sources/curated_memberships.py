"""Curated table of Parties, signatories and stated counts, with a source and an evidence level in each row.

Registers end with a year; later facts are published on web pages and entered by hand. A row is a claim like those of
the registers. A stated count is kept beside the records, so that a difference between the two is visible.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Literal

from jwpgraph.sources.import_report import RowRejectedError
from jwpgraph.sources.membership_claims import PARTY, SIGNATURE
from jwpgraph.sources.statements import Statements, make_slug, make_typed_literal
from jwpgraph.sources.tables import TableFormat, TableRecord
from jwpgraph.vocabulary import make_entity_iri

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


def make_date_literal(value: str) -> Literal:
    """Return a date literal with the precision of *value*: a year, a month or a day."""
    return make_typed_literal(value, _DATATYPES[len(value)])


@dataclass(frozen=True)
class CuratedRow:
    """Content of a row apart from the instrument and the member.

    Attributes:
        kind: the kind of record, or :data:`COUNT`.
        since, until: dates with the precision of the source; empty if it gives none.
        number: the count that the source states.
        evidence: the slug of the evidence level.
        note: explanation of any difference from the source.
    """

    kind: str
    since: str
    until: str
    number: int
    evidence: str
    note: str


def make_curated_row(row: TableRecord) -> CuratedRow:
    """Return the content of a row.

    Raises:
        RowRejectedError: if the event or the evidence level is unknown, a date is invalid, or a required number is
            missing.
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
    """State the source that a row names; return its IRI."""
    address, label = row["source"], row["source_label"]
    if not address or not label:
        raise RowRejectedError("source", "the row names no source", address)
    iri = make_entity_iri("source", make_slug(label))
    statements.describe(iri, "jwp:Source", label)
    day = row["source_date"]
    citation = f"{label}. {address}" + (f" ({day})" if day else "")
    statements.add(iri, "dcterms:bibliographicCitation", Literal(citation))
    if address.startswith("http"):
        statements.add(iri, "schema:url", make_typed_literal(address, "anyURI"))
    if _DATE.fullmatch(day):
        statements.add(iri, "dcterms:issued", make_date_literal(day))
    if _DATE.fullmatch(row["consulted_on"]):
        statements.add(iri, "jwp:consultedOn", make_date_literal(row["consulted_on"]))
    return iri


def state_count(instrument: str, label: str, row: CuratedRow, source: str, statements: Statements) -> None:
    """State the number of Parties or signatories that a source gives, with the date of the count."""
    value = make_typed_literal(str(row.number), "integer")
    statements.add(instrument, "jwp:statedMembers", value)
    statement = make_entity_iri(
        "statement", f"stated-members-{instrument.rpartition('/')[2]}-{row.since or row.number}"
    )
    statements.cite(
        statement, f"{label}: {row.number} counted", instrument, "jwp:statedMembers", value, [source], row.evidence
    )
    if row.since:
        statements.add(statement, "rdfs:comment", f"As counted on or by {row.since}. {row.note}".strip())
