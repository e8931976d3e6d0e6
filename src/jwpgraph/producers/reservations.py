"""Reservations with their end dates, from a Species+ table of 2024; it ends reservations left open by earlier tables.

The table identifies a taxon by its current number and does not name the Appendix. The Appendix is that of the known
reservation; otherwise the only one to which the taxon was added on that day; otherwise the only one in which the taxon
was listed by then. If none of these applies, the row is rejected.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from jwpgraph.producers.triples import StatedTriple
from jwpgraph.sources.import_report import ImportReport, RejectedRow, RowRejectedError
from jwpgraph.sources.species_plus.dates import parse_date
from jwpgraph.sources.species_plus.listings import ImportedEvent, ListingWriter, find_represented
from jwpgraph.sources.species_plus.places import PlaceIndex, get_known_places
from jwpgraph.sources.species_plus.sorted_statements import SortedStatements, expand_term
from jwpgraph.sources.species_plus.taxa import StatedTaxon
from jwpgraph.sources.tables import TableFormat, TableRecord, detect_format, open_table
from jwpgraph.vocabulary import make_entity_iri

FORMAT: Final = TableFormat(
    "species-plus-reservations",
    ("start_date", "end_date", "taxon_name", "taxon_concept_id", "rank", "iso_code2"),
    ("notes", "Internal Notes"),
)
#: Quotas and suspensions have these columns, too.
_RESTRICTIONS: Final = TableFormat("species-plus-restrictions", (*FORMAT.columns, "unit", "term", "source", "purpose"))
SOURCE: Final = "species-plus-reservations-2024"
_RESERVATION: Final = "reservation"
_WITHDRAWAL: Final = "reservation-withdrawal"


@dataclass(frozen=True, slots=True)
class _Known:
    """A known event of a taxon: its IRI, kind of change, date, Appendix, and Party."""

    iri: str
    change: str
    day: str
    appendix: str
    party: str


def is_table(path: Path) -> bool:
    """Return whether a file is a table of reservations."""
    return detect_format(path, [_RESTRICTIONS, FORMAT]) is FORMAT


class Reservations:
    """Reservations that the table adds to the known events.

    Args:
        slugs: the slug of each taxon by its number.
        known: the statements of other sources, including events.
        statements: receives the new statements.
        report: receives rejected rows.
    """

    def __init__(
        self,
        slugs: Mapping[str, str],
        known: Iterable[StatedTriple],
        statements: SortedStatements,
        report: ImportReport,
    ) -> None:
        self._slugs = slugs
        self._events = _get_events(known)
        self._report = report
        self._places: PlaceIndex = get_known_places()
        self._writer = ListingWriter(statements, make_entity_iri("source", SOURCE), self._places, annotations=False)

    def read(self, path: Path) -> None:
        """State the reservations and end dates that are not known yet."""
        with open_table(path, [FORMAT], ImportReport()) as table:
            for row in table:
                slug = self._slugs.get(row["taxon_concept_id"])
                if slug is None:
                    continue
                self._report.read += 1
                try:
                    self._take(row, StatedTaxon("cites", slug, row["taxon_name"], row["rank"].lower()))
                    self._report.imported += 1
                except RowRejectedError as rejected:
                    self._report.reject(
                        RejectedRow(table.name, row.line, rejected.column, rejected.reason, rejected.value)
                    )

    def _take(self, row: TableRecord, taxon: StatedTaxon) -> None:
        party = self._places.code(row["iso_code2"], "iso_code2")
        start = parse_date(row["start_date"], "start_date")
        end = parse_date(row["end_date"], "end_date") if row["end_date"] else ""
        known = self._events[taxon.iri]
        same = [one for one in known if one.change == _RESERVATION and one.party == party and one.day == start]
        appendix = same[0].appendix if same else self._appendix(taxon, start)
        territory = find_represented(row["notes"], self._places, "notes")
        if not same:
            self._state(taxon, _RESERVATION, start, appendix, party, territory)
        for one in same:
            self._writer.confirm(one.iri)
        if end and not any(
            one.change == _WITHDRAWAL and one.party == party and one.appendix == appendix and start <= one.day <= end
            for one in known
        ):
            self._state(taxon, _WITHDRAWAL, end, appendix, party, territory)

    def _appendix(self, taxon: StatedTaxon, day: str) -> str:
        additions = [one for one in self._events[taxon.iri] if one.change == "addition"]
        that_day = {one.appendix for one in additions if one.day == day}
        until_then = {one.appendix for one in additions if one.day and one.day <= day}
        for found in (that_day, until_then):
            if len(found) == 1:
                return found.pop()
        raise RowRejectedError("start_date", "does not tell against which Appendix the reservation is", day)

    def _state(self, taxon: StatedTaxon, change: str, day: str, appendix: str, party: str, territory: str) -> None:
        iri = self._writer.event(ImportedEvent(taxon, appendix, change, day=day, party=party, on_behalf_of=territory))
        self._events[taxon.iri].append(_Known(iri, change, day, appendix, party))


def _get_events(known: Iterable[StatedTriple]) -> dict[str, list[_Known]]:
    fields: dict[str, dict[str, str]] = defaultdict(dict)
    names = {
        expand_term(f"jwp:{name}"): name
        for name in ("listedTaxon", "changeType", "appendix", "effectiveOn", "effectiveBy")
    } | {expand_term(f"jwp:{name}"): "party" for name in ("reservingParty", "requestingParty", "party")}
    for one in known:
        if "/listing-event/" in one.subject and one.predicate in names:
            fields[one.subject][names[one.predicate]] = one.object.value
    events: dict[str, list[_Known]] = defaultdict(list)
    for iri, event in fields.items():
        events[event["listedTaxon"]].append(
            _Known(
                iri,
                event["changeType"].rpartition("/")[2],
                event.get("effectiveOn", ""),
                event.get("appendix", "").rpartition("-")[2].upper(),
                event.get("party", ""),
            )
        )
    return events
