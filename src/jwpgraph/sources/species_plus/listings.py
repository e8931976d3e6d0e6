"""Listing events, and population scopes read from short notes.

Notes are imported only on request. The populations that a listing covers are facts, and are extracted from notes that
use country codes: "Populations of BW, NA, ZA, ZW", "All populations except those of …". If a note describes populations
in other words, the scope is marked as not understood.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import Final

from jwpgraph.sources.import_report import RowRejectedError
from jwpgraph.sources.species_plus.amending_meetings import find_deciding_meeting
from jwpgraph.sources.species_plus.carried_listings import CarriedListings
from jwpgraph.sources.species_plus.identifiers import EventNumbers
from jwpgraph.sources.species_plus.listing_scopes import find_correction, get_cms_date
from jwpgraph.sources.species_plus.names import strip_markup
from jwpgraph.sources.species_plus.places import PlaceIndex
from jwpgraph.sources.species_plus.sorted_statements import SortedStatements, expand_term
from jwpgraph.sources.species_plus.taxa import StatedTaxon
from jwpgraph.vocabulary import make_entity_iri

APPENDICES: Final = {"cites": ("I", "II", "III"), "cms": ("I", "II")}
_CHANGES: Final = {
    "addition": "addition",
    "+": "addition",
    "deletion": "deletion",
    "-": "deletion",
    "reservation": "reservation",
    "r+": "reservation",
    "reservation_withdrawal": "reservation-withdrawal",
    "reservation withdrawal": "reservation-withdrawal",
    "reservation-withdrawal": "reservation-withdrawal",
    "r-": "reservation-withdrawal",
    "w": "reservation-withdrawal",
    "exception": "exception",
    "amendment": "amendment",
}
_SEGMENT: Final = re.compile(r"(?:^|\n)\s*Appendix (I{1,3})\s*:")
_CODES: Final = r"((?:[A-Z]{2}(?:\s*\([^)]*\))?(?:,? and |, | & | )?)+)"
_OUT: Final = re.compile(rf"[Ee]xcept (?:the |those )?(?:populations? )?(?:of )?(?:the )?(?:populations? of )?{_CODES}")
_IN: Final = re.compile(rf"^(?:Only (?:the )?)?[Pp]opulations? ?(?:only )?(?:of)?:? {_CODES}")
_IN_NAMED: Final = re.compile(
    r"^(?:Only (?:the )?)?[Pp]opulations? of (?:the )?([A-Z][A-Za-z' ]*(?:(?:, | and )[A-Z][A-Za-z' ]*)*)(?:;.*|\.)?$"
)
_IN_ONLY: Final = re.compile(rf"^{_CODES} populations? only")
_ALL_BUT_OTHER: Final = re.compile(r"^All populations except those included in Appendix I")
_EVERY: Final = re.compile(r"All populations(?: now on Appendix I\b.*)?\.?$")
_QUOTA: Final = re.compile(r"(?:\A|(?<=\. ))Zero [^.]*quota [^.]*(?:\.|\Z)")
_OF_STOCKS: Final = re.compile(r"(?<!\bAll )\bstocks?\b")
_PART: Final = re.compile(r"\bparts? of", re.IGNORECASE)
_POPNS: Final = re.compile(r"(?<=\b[Pp])opns\b")
#: Domesticated forms are not a population: wild animals stay listed wherever they live.
_DOMESTIC: Final = re.compile(r"(?:\A|(?<=\.))[^.]*\bdomestic[^.]*(?:\.|\Z)", re.IGNORECASE)
_ON_BEHALF_OF: Final = re.compile(r"\bOn behalf of (?:([A-Z]{2})|([A-Z][A-Za-z' ]+?))(?:[.;,]|\Z)")
_AS_NOTE: Final = "Only some populations; the source tells which in words."


@dataclass(frozen=True, slots=True)
class ListingScope:
    """Populations that an event covers.

    Attributes:
        inside: places whose populations are included; empty: all.
        outside: places whose populations are excluded.
        understood: whether the note was understood.
        populations: IRIs of included named populations.
        excluded: IRIs of excluded named populations.
        note: description of the scope, if it cannot be expressed otherwise.
    """

    inside: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    understood: bool = True
    populations: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class ImportedEvent:
    """A listing event of an export.

    Attributes:
        taxon: the listed taxon.
        appendix: ``I``, ``II`` or ``III``; empty for a deletion without one.
        change: the slug of the kind of change.
        day: the date of effect in ISO 8601; empty if only ``known_by`` is known.
        known_by: a day on which it was in force.
        precision: the XML Schema type of ``day``: ``date``, ``gYearMonth`` or ``gYear``.
        party: the IRI of the Party of a reservation or an Appendix III listing.
        on_behalf_of: the IRI of the territory for which alone the Party made or withdrew the reservation.
        scope: the population scope.
        via: the higher taxon through which it is listed.
        excluded: excluded lower taxa.
        symbol: the symbol of the annotation on parts and products, such as ``#4``.
        notes: short and full notes by property and language, as text.
        evidence: the slug of the evidence level.
        adopted: the date of the decision in ISO 8601; empty if unknown.
        meeting: the slug of the deciding meeting.
        delay: why it took effect later than the meeting's other decisions.
        remark: further remarks.
        differs: deviating statement of another source.
    """

    taxon: StatedTaxon
    appendix: str
    change: str
    day: str = ""
    known_by: str = ""
    precision: str = "date"
    party: str = ""
    on_behalf_of: str = ""
    scope: ListingScope = field(default_factory=ListingScope)
    via: StatedTaxon | None = None
    excluded: Sequence[StatedTaxon] = ()
    symbol: str = ""
    notes: Sequence[tuple[str, str, str]] = ()
    evidence: str = "sourced"
    adopted: str = ""
    meeting: str = ""
    delay: str = ""
    remark: str = ""
    differs: str = ""


class ListingWriter:
    """Writer for listing events with one source.

    Args:
        statements: receives the statements.
        source: the source's IRI.
        places: the known countries.
        annotations: whether to state the text of annotations.
        carried: receives the dated listings.
    """

    def __init__(
        self,
        statements: SortedStatements,
        source: str,
        places: PlaceIndex,
        *,
        annotations: bool,
        carried: CarriedListings | None = None,
    ) -> None:
        self._statements = statements
        self._places = places
        self._source = source
        self._annotations = annotations
        self._carried = carried
        self._numbers = EventNumbers()

    def event(self, event: ImportedEvent, sources: Sequence[str] | None = None) -> str:
        """State an event; return its IRI.

        Args:
            event: the event.
            sources: IRIs of its sources; default: the writer's source.
        """
        event = _apply_corrections(event, self._places)
        if self._carried is not None:
            self._carried.take(event, self._source)
        taxon, party = event.taxon, event.party.rpartition("/")[2]
        date = event.day or f"by-{event.known_by}"
        via = event.via.iri if event.via else ""
        iri = self._numbers.iri(
            taxon.taxonomy, taxon.slug, [event.appendix, event.change, date, party], f"{event.scope}{via}{event.symbol}"
        )
        self._link(iri, "rdf:type", expand_term("jwp:ListingEvent"))
        self._statements.text(iri, expand_term("dcterms:title"), _make_event_title(event, party), "en")
        self._link(iri, "jwp:listedTaxon", taxon.iri)
        self._link(iri, "jwp:designation", make_entity_iri("instrument", taxon.taxonomy))
        if event.appendix:
            self._link(iri, "jwp:appendix", make_entity_iri("appendix", f"{taxon.taxonomy}-{event.appendix.lower()}"))
        self._link(iri, "jwp:changeType", make_entity_iri("listing-change-type", event.change))
        dated = "jwp:effectiveOn" if event.day else "jwp:effectiveBy"
        self._statements.value(iri, expand_term(dated), event.day or event.known_by, event.precision)
        for source in [self._source] if sources is None else sources:
            self._link(iri, "dcterms:source", source)
        self._link(iri, "jwp:evidence", make_entity_iri("evidence-level", event.evidence))
        self._decision(iri, event)
        if event.party:
            reserved = event.change in ("reservation", "reservation-withdrawal")
            self._link(iri, "jwp:reservingParty" if reserved else "jwp:requestingParty", event.party)
        if event.on_behalf_of:
            self._link(iri, "jwp:onBehalfOf", event.on_behalf_of)
        if event.via:
            self._link(iri, "jwp:viaHigherTaxon", event.via.iri)
        for excluded in event.excluded:
            self._link(iri, "jwp:excludesTaxon", excluded.iri)
        self._scope(iri, event.scope)
        if event.symbol:
            self._statements.text(iri, expand_term("jwp:hashAnnotation"), event.symbol)
        if self._annotations:
            for name, language, note in event.notes:
                if words := strip_markup(note):
                    self._statements.text(iri, expand_term(name), words, language)
        return iri

    def confirm(self, iri: str) -> None:
        """State that the writer's source records an event that another source has stated."""
        self._link(iri, "dcterms:source", self._source)

    def _decision(self, iri: str, event: ImportedEvent) -> None:
        if event.adopted:
            self._statements.value(iri, expand_term("jwp:adoptedOn"), event.adopted, "date")
        if event.meeting:
            self._link(iri, "jwp:decidedAt", make_entity_iri("meeting", event.meeting))
        if event.delay:
            self._statements.text(iri, expand_term("jwp:delayReason"), event.delay, "en")
        if event.remark:
            self._statements.text(iri, expand_term("rdfs:comment"), event.remark, "en")
        if event.differs:
            self._statements.text(iri, expand_term("skos:editorialNote"), event.differs, "en")

    def _scope(self, iri: str, scope: ListingScope) -> None:
        for place in scope.inside:
            self._link(iri, "jwp:populationIn", place)
        for place in scope.outside:
            self._link(iri, "jwp:populationOut", place)
        for population in scope.populations:
            self._link(iri, "jwp:listedPopulation", population)
        for population in scope.excluded:
            self._link(iri, "jwp:excludedPopulation", population)
        note = scope.note or ("" if scope.understood else _AS_NOTE)
        if note:
            self._statements.text(iri, expand_term("jwp:populationNote"), note, "en")

    def _link(self, subject: str, predicate: str, target: str) -> None:
        self._statements.link(subject, expand_term(predicate), target)


def parse_change(text: str, column: str) -> str:
    """Return the slug of a kind of change in Species+ notation.

    Raises:
        RowRejectedError: with *column*, if the kind is unknown.
    """
    change = _CHANGES.get(text.strip().lower())
    if change is None:
        raise RowRejectedError(column, "is not a kind of listing change", text)
    return change


def parse_appendix(text: str, taxonomy: str, column: str) -> str:
    """Return an Appendix of a convention.

    Raises:
        RowRejectedError: with *column*, if the convention has no such Appendix.
    """
    appendix = text.strip().upper().removeprefix("APPENDIX").strip()
    if appendix not in APPENDICES[taxonomy]:
        raise RowRejectedError(column, f"is not an Appendix of {taxonomy.upper()}", text)
    return appendix


def split_note(note: str) -> Iterator[tuple[str, str]]:
    """Yield the Appendices in a Checklist note, each with its text (often empty)."""
    found = list(_SEGMENT.finditer(note))
    for one, following in zip_longest(found, found[1:]):
        yield one.group(1), note[one.end() : following.start() if following else None].strip()


def parse_scopes(notes: Sequence[tuple[str, str]], places: PlaceIndex, column: str) -> list[ListingScope]:
    """Return the population scopes of several listings of one taxon; one may cover the complement of another.

    Args:
        notes: Appendix and short note of each listing.
        places: index for country codes.
        column: the column of the notes, for rejections.
    """
    parsed = [parse_scope(note, places, column) for _, note in notes]
    made = []
    for position, (appendix, note) in enumerate(notes):
        scope = parsed[position]
        if _ALL_BUT_OTHER.match(strip_markup(note)):
            others = [one for number, one in enumerate(parsed) if number != position and notes[number][0] != appendix]
            scope = ListingScope(outside=tuple(sorted({place for other in others for place in other.inside})))
        made.append(scope)
    return made


def parse_scope(note: str, places: PlaceIndex, column: str) -> ListingScope:
    """Return the population scope of one listing, as far as its note uses country codes."""
    words = _POPNS.sub("opulations", strip_markup(note).replace("\xa0", " "))
    words = _DOMESTIC.sub("", _QUOTA.sub("", words)).strip()
    if "opulation" not in words or _EVERY.match(words):
        return ListingScope(understood=not _PART.search(words))
    partly = not _PART.search(words)
    if found := _IN.search(words) or _IN_ONLY.search(words):
        return ListingScope(inside=_parse_codes(found.group(1), places, column), understood=partly)
    if (found := _IN_NAMED.search(words)) and (named := _find_places(found.group(1), places)):
        return ListingScope(inside=named, understood=partly)
    if found := _OUT.search(words):
        if re.search(r"<i>|[a-z] populations? of [A-Z][a-z]", note) and "those" not in words:
            return ListingScope(understood=False)
        return ListingScope(outside=_parse_codes(found.group(1), places, column), understood=partly)
    return ListingScope(understood=bool(_ALL_BUT_OTHER.match(words)))


def find_represented(note: str, places: PlaceIndex, column: str) -> str:
    """Return the IRI of the territory for which a Party made a reservation, by the note; empty if it names none."""
    found = _ON_BEHALF_OF.search(strip_markup(note))
    if found is None:
        return ""
    return places.code(found[1], column) if found[1] else places.name(found[2], column)


def is_partly_in_words(note: str) -> bool:
    """Return whether a note limits a listing to parts of populations or stocks, which country codes cannot express."""
    return bool(_PART.search(note) and "opulation" in note) or bool(_OF_STOCKS.search(note))


def _find_places(text: str, places: PlaceIndex) -> tuple[str, ...]:
    """Return the places in a list of names; empty if one of them is unknown."""
    try:
        return tuple(sorted({places.name(name, "") for name in re.split(r", (?:and )?| and ", text.strip(" ."))}))
    except RowRejectedError:
        return ()


def _parse_codes(text: str, places: PlaceIndex, column: str) -> tuple[str, ...]:
    found = re.findall(r"\b[A-Z]{2}\b", re.sub(r"\([^)]*\)", "", text))
    return tuple(sorted({places.code(code, column) for code in found}))


def _apply_corrections(event: ImportedEvent, places: PlaceIndex) -> ImportedEvent:
    """Return an addition with its curated corrections, if there are any."""
    event = _with_meeting(event)
    if event.change != "addition":
        return event
    date = event.day or f"by-{event.known_by}"
    found = find_correction(event.taxon.taxonomy, event.taxon.name, event.appendix, date)
    if event.taxon.taxonomy == "cms" and event.day and event.precision == "date":
        better = get_cms_date(event.day, event.taxon.rank)
        evidence = "inferred" if better.inferred else event.evidence
        remark = " ".join(filter(None, (event.remark, better.remark)))
        event = replace(
            event,
            day=better.day,
            known_by=better.known_by,
            precision=better.precision,
            evidence=evidence,
            remark=remark,
        )
    if found is None:
        return event
    scope = ListingScope(
        tuple(sorted(places.code(code, "places_in") for code in found.places_in)),
        tuple(sorted(places.code(code, "places_out") for code in found.places_out)),
        populations=tuple(make_entity_iri("population", slug) for slug in found.populations),
        excluded=tuple(make_entity_iri("population", slug) for slug in found.excluded),
        note=found.note,
    )
    event = replace(event, scope=scope, differs=found.differs)
    if found.effective:
        event = replace(event, day=found.effective, precision="date", evidence="inferred", remark="")
    return replace(event, remark=" ".join(filter(None, (event.remark, found.remark))))


def _with_meeting(event: ImportedEvent) -> ImportedEvent:
    """Return an event of Appendix I or II with the meeting whose amendments took effect on its day."""
    if event.meeting or event.appendix == "III" or event.change not in ("addition", "deletion", "amendment"):
        return event
    found = find_deciding_meeting(event.taxon.taxonomy, event.day)
    return replace(event, meeting=found[0], adopted=event.adopted or found[1]) if found else event


def _make_event_title(event: ImportedEvent, party: str) -> str:
    appendix = f"{event.taxon.taxonomy.upper()} Appendix {event.appendix}" if event.appendix else "listing"
    when = event.day or f"{'in force on' if event.change == 'addition' else 'by'} {event.known_by}"
    by = f" by {party}" if party else ""
    by += f" on behalf of {event.on_behalf_of.rpartition('/')[2]}" if event.on_behalf_of else ""
    return f"{event.taxon.name}, {appendix}: {event.change.replace('-', ' ')}{by}, {when}"
