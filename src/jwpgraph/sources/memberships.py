"""Importer for Parties and signatories from treaty registers: ECOLEX, IEADB and the list of Parties to CITES.

The registers overlap and contain errors. Each row becomes a claim; :mod:`jwpgraph.sources.membership_claims` merges
claims into records. Rows about instruments that are not in the graph are skipped and counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from pyoxigraph import Literal

from jwpgraph.sources import curated_memberships
from jwpgraph.sources.cited_tables import RegisterInput
from jwpgraph.sources.curated_memberships import COUNT, make_curated_row, make_date_literal, state_count, state_source
from jwpgraph.sources.gazetteer import Gazetteer
from jwpgraph.sources.import_report import ImportReport, RejectedRow, RowRejectedError
from jwpgraph.sources.instrument_names import REGISTER_TITLES
from jwpgraph.sources.membership_claims import (
    PARTY,
    SIGNATURE,
    SOURCED,
    MembershipClaim,
    MembershipRecord,
    find_displaced,
    merge_claims,
)
from jwpgraph.sources.register_dates import check_range, parse_iso_date, parse_two_digit_date
from jwpgraph.sources.statements import KnownDataset, SourceFile, Statements, make_typed_literal, normalise_text
from jwpgraph.sources.tables import SourceTable, TableFormat, TableRecord, detect_format, open_table
from jwpgraph.vocabulary import make_entity_iri, make_graph_iri

#: Graphs of the two kinds of records.
GRAPHS: Final = {PARTY: make_graph_iri("parties"), SIGNATURE: make_graph_iri("signatories")}
HEADER: Final = """\
Parties to conventions and agreements, and signatories of memoranda of understanding, as registers give them.
Registers that agree share a record, which names them all; where one gives other dates, its version stands beside the
preferred one (jwp:preferred true) and points to it with prov:alternateOf. Who withdrew and came back has a record of
each accession. A date that not all sources of a record give has a statement of its own; how a Party joined
(jwp:joinedBy) only the list of Parties to CITES tells. Later ones are those of data/curated/memberships.csv.
docs/importers.md tells how this file is made."""
SEGMENTS: Final = (
    "body",
    "country",
    "evidence-level",
    "instrument",
    "party-status",
    "signature",
    "source",
    "statement",
)

ECOLEX: Final = TableFormat(
    "ecolex",
    ("StatID", "EcolexID", "Sign", "Rat", "Force", "Term", "Title"),
    ("Countries/Territories", "Reservation", "Date", "Entry.into.force"),
)
IEADB: Final = TableFormat(
    "ieadb",
    ("country", "mitch_id", "treatyname", "tterm", "csig", "crat", "ceif3"),
    ("tsig", "inclusion", *(f"ceif{number}" for number in range(4, 10))),
)
CITES_PARTIES: Final = TableFormat(
    "cites-parties", ("Name", "ISO", "Party status", "Date of joining", "Entry into force"), ("Region",)
)
CURATED: Final = curated_memberships.FORMAT
FORMATS: Final = (CITES_PARTIES, IEADB, ECOLEX, CURATED)

_CITES: Final = make_entity_iri("instrument", "cites")
_SIGNED: Final = "jwp:signedOn"
_RATIFIED: Final = "jwp:ratifiedOn"
_FROM: Final = "jwp:effectiveFrom"
_UNTIL: Final = "jwp:effectiveUntil"
_JOINED: Final = "jwp:joinedBy"
_PREFERRED: Final = "jwp:preferred"
_WORDS: Final = {
    _SIGNED: "signed on",
    _RATIFIED: "ratified on",
    _FROM: "in effect from",
    _UNTIL: "in effect until",
    _JOINED: "joined by",
}
#: Earliest plausible year for instruments whose date of adoption is not in the graph.
_EARLIEST: Final = "1946"
#: Columns of the dates in each register.
_COLUMNS: Final = {
    ECOLEX.name: {_SIGNED: "Sign", _RATIFIED: "Rat", _FROM: "Force", _UNTIL: "Term"},
    IEADB.name: {_SIGNED: "csig", _RATIFIED: "crat", _FROM: "ceif3", _UNTIL: "tterm"},
    CITES_PARTIES.name: {_RATIFIED: "Date of joining", _FROM: "Entry into force"},
}


def import_memberships(register: RegisterInput) -> dict[str, Statements]:
    """Read registers of parties and signatories and merge their claims.

    If registers disagree, the version of most registers is preferred; *files* order breaks ties.

    Args:
        register: the input; its files are the registers, each in a known format.

    Returns:
        The statements about parties and about signatures, by the kind of record.

    Raises:
        ProblemError: if a file cannot be read, has an unknown header or, in a strict import, for the first rejected
            row.
    """
    statements = {PARTY: Statements(), SIGNATURE: Statements()}
    registers = _RegisterReader(register.known)
    claims: list[MembershipClaim] = []
    kept = [path for path in register.files if detect_format(path, [CURATED])]
    for order, path in enumerate(kept, start=len(register.files)):
        with open_table(path, [CURATED], register.report, register.get_progress(path)) as table:
            claims += registers.curated_claims(table, order, statements)
    others = [path for path in register.files if path not in kept]
    opened = register.select(others).open_tables(FORMATS, statements[PARTY])
    for order, (source, table) in enumerate(opened):
        claims += registers.claims(table, source, order, register.report)
    claims = _drop_displaced(claims, registers, register.report)
    # A source cited by both graphs is described in only one of them.
    statements[SIGNATURE].triples -= statements[PARTY].triples
    for records in merge_claims(claims, _read_curated(register.known)):
        _state_records(records, registers, statements[records[0].kind], register.report)
    return statements


@dataclass(frozen=True)
class _KnownInstrument:
    """An instrument of the graph; *earliest* is the earliest possible date of a signature or accession."""

    iri: str
    label: str
    binding: bool
    earliest: str

    @property
    def slug(self) -> str:
        return self.iri.rpartition("/")[2]


class _RegisterReader:
    """Converts register rows into claims with the graph's terms."""

    def __init__(self, known: KnownDataset) -> None:
        self.places = Gazetteer(known)
        self.instruments: dict[str, _KnownInstrument] = {}
        self._by_name = {
            normalise_text(title): make_entity_iri("instrument", slug)
            for slug, titles in REGISTER_TITLES.items()
            for title in titles
        }
        memoranda = f"<{make_entity_iri('instrument-kind', 'memorandum-of-understanding')}>"
        english = 'FILTER(lang(?name) = "en")'
        for iri, name in known.rows(f"?i jwp:instrumentKind ?kind ; skos:prefLabel ?name {english}", "?i ?name"):
            self.instruments[iri] = _KnownInstrument(iri, name, True, "")
        for iri, name in known.rows(f"?i jwp:instrumentKind ?kind ; skos:altLabel ?name {english}", "?i ?name"):
            if len(name) < len(self.instruments[iri].label):
                self.instruments[iri] = replace(self.instruments[iri], label=name)
        for (iri,) in known.rows(f"?i jwp:instrumentKind {memoranda}", "?i"):
            self.instruments[iri] = replace(self.instruments[iri], binding=False)
        for iri, day in known.rows(
            "?i jwp:instrumentKind ?kind ; jwp:adoptedOn|jwp:openedForSignatureOn ?day", "?i ?day"
        ):
            first = min(filter(None, (self.instruments[iri].earliest, day)))
            self.instruments[iri] = replace(self.instruments[iri], earliest=first)
        names = "skos:prefLabel|skos:altLabel|skos:hiddenLabel|jwp:historicName"
        for iri, name in known.rows(f"?i jwp:instrumentKind ?kind ; {names} ?name", "?i ?name"):
            self._by_name[normalise_text(name)] = iri

    def claims(self, table: SourceTable, source: SourceFile, order: int, report: ImportReport) -> list[MembershipClaim]:
        """Return the claims of one table; a second row for the same member is rejected."""
        seen: dict[tuple[str, str], int] = {}

        def convert(row: TableRecord) -> list[MembershipClaim]:
            instrument = self._instrument(table.format, row)
            if instrument is None:
                report.skip(f"instrument that is not in the graph: {row['Title'] or row['treatyname']}")
                return []
            member = self._member(table.format, row)
            facts = self._facts(table.format, row, instrument)
            if not facts:
                report.skip("listed without any date, so no member")
                return []
            if (first := seen.setdefault((instrument.iri, member), row.line)) != row.line:
                raise RowRejectedError("", f"repeats line {first}: the same member of the same instrument")
            return [
                MembershipClaim(kind, instrument.iri, member, source.iri, facts_of_kind, table.name, row.line, order)
                for kind, facts_of_kind in _split_by_kind(instrument, facts)
            ]

        return [claim for claims in table.convert_rows(convert) for claim in claims]

    def curated_claims(
        self, table: SourceTable, order: int, statements: dict[str, Statements]
    ) -> list[MembershipClaim]:
        """Return the claims of a curated table; its counts are stated directly."""

        def convert(row: TableRecord) -> list[MembershipClaim]:
            instrument = self.instruments.get(make_entity_iri("instrument", row["instrument"]))
            if instrument is None:
                raise RowRejectedError("instrument", "no instrument has this slug", row["instrument"])
            curated = make_curated_row(row)
            source = state_source(row, statements[PARTY if curated.kind == COUNT else curated.kind])
            if curated.kind == COUNT:
                state_count(instrument.iri, instrument.label, curated, source, statements[PARTY])
                return []
            begun = _SIGNED if curated.kind == SIGNATURE else _FROM
            facts = {name: day for name, day in ((begun, curated.since), (_UNTIL, curated.until)) if day}
            member = self.places.by_code(row["who"], "who")
            claim = MembershipClaim(curated.kind, instrument.iri, member, source, facts, table.name, row.line, order)
            return [replace(claim, evidence=curated.evidence, note=curated.note)]

        return [claim for claims in table.convert_rows(convert) for claim in claims]

    def label(self, claim: MembershipClaim | MembershipRecord) -> str:
        """Return a label for a claim or record."""
        member = self.places.label(claim.member)
        instrument = self.instruments[claim.instrument].label
        return f"{member} signs {instrument}" if claim.kind == SIGNATURE else f"{member}, Party to {instrument}"

    def _instrument(self, found: TableFormat, row: TableRecord) -> _KnownInstrument | None:
        if found is CITES_PARTIES:
            return self.instruments.get(_CITES)
        return self.instruments.get(self._by_name.get(normalise_text(row["Title"] or row["treatyname"]), ""))

    def _member(self, found: TableFormat, row: TableRecord) -> str:
        if found is IEADB:
            return self.places.by_name(row["country"], "country")
        column = "ISO" if found is CITES_PARTIES else "StatID"
        return self.places.by_code(row[column], column)

    def _facts(self, found: TableFormat, row: TableRecord, instrument: _KnownInstrument) -> dict[str, str]:
        facts: dict[str, str] = {}
        for name, column in _COLUMNS[found.name].items():
            day = _parse_date(found, row[column], column, instrument)
            day = check_range(
                day, column, earliest=instrument.earliest[:4] or _EARLIEST, why=f"{instrument.label} began"
            )
            if day:
                facts[name] = day.isoformat()
        if facts.get(_UNTIL, "9") < facts.get(_FROM, ""):
            raise RowRejectedError(_COLUMNS[found.name][_UNTIL], "ends before it begins", facts[_UNTIL])
        if found is CITES_PARTIES:
            if not facts:
                raise RowRejectedError("Entry into force", "the row gives no date")
            if row["Party status"]:
                facts[_JOINED] = row["Party status"].lower()
        return facts


def _parse_date(found: TableFormat, text: str, column: str, instrument: _KnownInstrument) -> date | None:
    if found is CITES_PARTIES:
        return parse_two_digit_date(text, column, not_before=int(instrument.earliest[:4] or 1973))
    return parse_iso_date(text, column)


def _split_by_kind(instrument: _KnownInstrument, facts: dict[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the kinds of record for the facts: memoranda have signatures only; treaties have signatures and parties."""
    if not instrument.binding:
        yield SIGNATURE, facts
        return
    if _SIGNED in facts:
        yield SIGNATURE, {_SIGNED: facts[_SIGNED]}
    if joined := {name: value for name, value in facts.items() if name != _SIGNED}:
        yield PARTY, joined


def _drop_displaced(
    claims: list[MembershipClaim], registers: _RegisterReader, report: ImportReport
) -> list[MembershipClaim]:
    """Return the claims without those of shifted rows, which are rejected as a whole."""
    displaced: dict[tuple[str, int], tuple[MembershipClaim, str]] = {}
    for place, bearer in find_displaced(claims).items():
        if claims[place].kind == PARTY:
            displaced[claims[place].file, claims[place].line] = claims[place], bearer
    for (file, line), (claim, bearer) in sorted(displaced.items()):
        dates = f"gives the dates that other registers give for {registers.places.label(bearer)}" if bearer else ""
        reason = f"{dates or 'stands among rows that bear the dates of other countries'}: the rows are shifted"
        report.imported -= 1
        report.reject(RejectedRow(file, line, "", reason, registers.label(claim)))
    return [claim for claim in claims if (claim.file, claim.line) not in displaced]


def _read_curated(known: KnownDataset) -> list[MembershipRecord]:
    """Return the curated records of the graph."""
    found = [
        MembershipRecord(SIGNATURE, instrument, member, {_SIGNED: day} if day else {}, curated=True)
        for instrument, member, day in known.rows(
            "?s a jwp:Signature ; jwp:signedInstrument ?i ; jwp:signatory ?m OPTIONAL { ?s jwp:signedOn ?day }",
            "?i ?m ?day",
        )
    ]
    found += [
        MembershipRecord(PARTY, instrument, member, {_FROM: day} if day else {}, curated=True)
        for instrument, member, day in known.rows(
            "?s a jwp:PartyStatus ; jwp:partyTo ?i ; jwp:contractingParty ?m OPTIONAL { ?s jwp:effectiveFrom ?day }",
            "?i ?m ?day",
        )
    ]
    return found


def _state_records(
    records: list[MembershipRecord], registers: _RegisterReader, statements: Statements, report: ImportReport
) -> None:
    preferred, *others = records
    slug = f"{registers.instruments[preferred.instrument].slug}-{preferred.member.rpartition('/')[2]}"
    if preferred.former:
        slug += f".until-{preferred.facts[_UNTIL]}"
    iri = make_entity_iri(preferred.kind, slug)
    _state_record(iri, preferred, registers, statements)
    if not preferred.curated:
        statements.add(iri, _PREFERRED, make_typed_literal("true", "boolean"))
    for other in others:
        source = other.sources[0].rpartition("/")[2]
        other_iri = make_entity_iri(other.kind, f"{slug}.{source}")
        _state_record(other_iri, other, registers, statements)
        statements.add(other_iri, "prov:alternateOf", iri)
        statements.add(other_iri, _PREFERRED, make_typed_literal("false", "boolean"))
        differing = [
            f"{_WORDS[name]} {value}, not {preferred.facts[name]}"
            for name, value in sorted(other.facts.items())
            if preferred.facts.get(name, value) != value
        ]
        differences = "; ".join(differing)
        statements.add(other_iri, "rdfs:comment", f"Another version of the same: {differences}.")
        report.note(
            f"{registers.label(preferred)}: registers differ ({source}: {differences}); both versions are kept."
        )


def _state_record(iri: str, record: MembershipRecord, registers: _RegisterReader, statements: Statements) -> None:
    if not record.curated:
        label = registers.label(record)
        if record.former:
            label += f" until {record.facts[_UNTIL]}"
        party = record.kind == PARTY
        statements.describe(iri, "jwp:PartyStatus" if party else "jwp:Signature", label)
        statements.add(iri, "jwp:contractingParty" if party else "jwp:signatory", record.member)
        statements.add(iri, "jwp:partyTo" if party else "jwp:signedInstrument", record.instrument)
    for source in record.sources:
        statements.add(iri, "dcterms:source", source)
    if not record.curated:
        level = SOURCED if not record.evidence or SOURCED in record.evidence else min(record.evidence)
        statements.add(iri, "jwp:evidence", make_entity_iri("evidence-level", level))
    for note in record.notes:
        statements.add(iri, "rdfs:comment", note)
    for name, givers in sorted(record.given_by.items()):
        value = Literal(record.facts[name]) if name == _JOINED else make_date_literal(record.facts[name])
        if not (record.curated and name == _SIGNED):
            statements.add(iri, name, value)
            if name != _JOINED and (set(givers) != set(record.sources) or record.curated):
                _state_sources(iri, name, value, record, registers, statements)


def _state_sources(
    iri: str, name: str, value: Literal, record: MembershipRecord, registers: _RegisterReader, statements: Statements
) -> None:
    """State which sources of a record give a value, if not all of them do."""
    kind, slug = iri.split("/")[-2:]
    local = "".join(f"-{char.lower()}" if char.isupper() else char for char in name.partition(":")[2])
    statement = make_entity_iri("statement", f"{kind}-{slug}-{local}".lower())
    label = f"{registers.label(record)}: {_WORDS[name]} {value.value}"
    statements.cite(statement, label, iri, name, value, record.given_by[name])
