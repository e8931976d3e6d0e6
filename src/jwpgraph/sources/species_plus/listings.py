"""Listing events, and what the short notes of a listing say about populations.

Notes are prose and stay out unless asked for; which populations a listing means is a fact and is read out of them where
they say it in codes: "Populations of BW, NA, ZA, ZW", "All populations except those of …". What they say in other words
is marked as a scope that only the source tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Final

from jwpgraph.sources.species_plus.identifiers import EventNumbers
from jwpgraph.sources.species_plus.names import strip_markup
from jwpgraph.sources.species_plus.places import PlaceIndex
from jwpgraph.sources.species_plus.sorted_statements import SortedStatements, term_iri
from jwpgraph.sources.species_plus.taxa import StatedTaxon
from jwpgraph.sources.tables import RowRejectedError
from jwpgraph.vocabulary import entity_iri

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
_IN_ONLY: Final = re.compile(rf"^{_CODES} populations? only")
_ALL_BUT_OTHER: Final = re.compile(r"^All populations except those included in Appendix I")
_EVERY: Final = re.compile(r"All populations(?: now on Appendix I\b.*)?\.?$")
_QUOTA: Final = re.compile(r"(?:\A|(?<=\. ))Zero [^.]*quota [^.]*(?:\.|\Z)")
_PART: Final = re.compile(r"\b[Pp]arts? of|domesticat", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ListingScope:
    """Which populations an event means.

    Attributes:
        inside: places whose populations it means; none: all.
        outside: places whose populations it leaves out.
        told: False when the note speaks of populations in words that are not understood.
    """

    inside: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    told: bool = True


@dataclass(frozen=True, slots=True)
class ImportedEvent:
    """A listing event as an export gives it.

    Attributes:
        taxon: what is listed.
        appendix: ``I``, ``II`` or ``III``; empty for a deletion that does not say.
        change: the slug of the kind of change.
        day: when it takes effect, ISO 8601; empty when only ``known_by`` is known.
        known_by: a day on which it was in force.
        precision: the XML Schema type of ``day``: ``date``, ``gYearMonth`` or ``gYear``.
        party: the IRI of the Party of a reservation or an Appendix III listing.
        scope: which populations.
        via: the higher taxon through which it is listed.
        excluded: taxa below that it leaves out.
        symbol: of the annotation on parts and products, such as ``#4``.
        notes: short and full notes by property and language, as text.
    """

    taxon: StatedTaxon
    appendix: str
    change: str
    day: str = ""
    known_by: str = ""
    precision: str = "date"
    party: str = ""
    scope: ListingScope = field(default_factory=ListingScope)
    via: StatedTaxon | None = None
    excluded: Sequence[StatedTaxon] = ()
    symbol: str = ""
    notes: Sequence[tuple[str, str, str]] = ()


class ListingWriter:
    """States listing events on the authority of one source."""

    def __init__(self, statements: SortedStatements, source: str, *, annotations: bool) -> None:
        self._statements = statements
        self._source = source
        self._annotations = annotations
        self._numbers = EventNumbers()

    def event(self, event: ImportedEvent, sources: Sequence[str] = ()) -> str:
        """State an event; returns its IRI.

        Args:
            event: what happened.
            sources: IRIs of what it rests on, instead of the writer's source.
        """
        taxon, party = event.taxon, event.party.rpartition("/")[2]
        date = event.day or f"by-{event.known_by}"
        via = event.via.iri if event.via else ""
        iri = self._numbers.iri(
            taxon.taxonomy, taxon.slug, [event.appendix, event.change, date, party], f"{event.scope}{via}{event.symbol}"
        )
        self._link(iri, "rdf:type", term_iri("jwp:ListingEvent"))
        self._statements.text(iri, term_iri("dcterms:title"), _event_title(event, party), "en")
        self._link(iri, "jwp:listedTaxon", taxon.iri)
        self._link(iri, "jwp:designation", entity_iri("instrument", taxon.taxonomy))
        if event.appendix:
            self._link(iri, "jwp:appendix", entity_iri("appendix", f"{taxon.taxonomy}-{event.appendix.lower()}"))
        self._link(iri, "jwp:changeType", entity_iri("listing-change-type", event.change))
        dated = "jwp:effectiveOn" if event.day else "jwp:effectiveBy"
        self._statements.value(iri, term_iri(dated), event.day or event.known_by, event.precision)
        for source in sources or [self._source]:
            self._link(iri, "dcterms:source", source)
        if event.party:
            self._link(iri, "jwp:party", event.party)
        if event.via:
            self._link(iri, "jwp:viaHigherTaxon", event.via.iri)
        for excluded in event.excluded:
            self._link(iri, "jwp:excludesTaxon", excluded.iri)
        self._scope(iri, event.scope)
        if event.symbol:
            self._statements.text(iri, term_iri("jwp:hashAnnotation"), event.symbol)
        if self._annotations:
            for name, language, note in event.notes:
                if words := strip_markup(note):
                    self._statements.text(iri, term_iri(name), words, language)
        return iri

    def _scope(self, iri: str, scope: ListingScope) -> None:
        for place in scope.inside:
            self._link(iri, "jwp:populationIn", place)
        for place in scope.outside:
            self._link(iri, "jwp:populationOut", place)
        if not scope.told:
            note = "Only some populations, or not all forms; the source tells which in words."
            self._statements.text(iri, term_iri("jwp:populationNote"), note, "en")

    def _link(self, subject: str, predicate: str, target: str) -> None:
        self._statements.link(subject, term_iri(predicate), target)


def parse_change(text: str, column: str) -> str:
    """The slug of a kind of change as Species+ writes it.

    Raises:
        RowRejectedError: naming *column*, when there is no such kind.
    """
    change = _CHANGES.get(text.strip().lower())
    if change is None:
        raise RowRejectedError(column, "is no kind of listing change", text)
    return change


def parse_appendix(text: str, taxonomy: str, column: str) -> str:
    """An Appendix of a convention.

    Raises:
        RowRejectedError: naming *column*, when the convention has no such Appendix.
    """
    appendix = text.strip().upper().removeprefix("APPENDIX").strip()
    if appendix not in APPENDICES[taxonomy]:
        raise RowRejectedError(column, f"is no Appendix of {taxonomy.upper()}", text)
    return appendix


def split_note(note: str) -> Iterator[tuple[str, str]]:
    """The Appendices that a note of the Checklist speaks of, each with what it says of it (often nothing)."""
    found = list(_SEGMENT.finditer(note))
    for one, following in zip_longest(found, found[1:]):
        yield one.group(1), note[one.end() : following.start() if following else None].strip()


def parse_scopes(notes: Sequence[tuple[str, str]], places: PlaceIndex, column: str) -> list[ListingScope]:
    """Which populations each of several listings of one taxon means; one can mean all that another does not.

    Args:
        notes: Appendix and short note of each listing.
        places: to read codes by.
        column: where the notes stand, for rejections.
    """
    told = [parse_scope(note, places, column) for _, note in notes]
    made = []
    for position, (appendix, note) in enumerate(notes):
        scope = told[position]
        if _ALL_BUT_OTHER.match(strip_markup(note)):
            others = [other for number, other in enumerate(told) if number != position and notes[number][0] != appendix]
            scope = ListingScope(outside=tuple(sorted({place for other in others for place in other.inside})))
        made.append(scope)
    return made


def parse_scope(note: str, places: PlaceIndex, column: str) -> ListingScope:
    """Which populations one listing means, as far as its note says so in codes."""
    words = _QUOTA.sub("", strip_markup(note).replace("\xa0", " ")).strip()
    if "opulation" not in words or _EVERY.match(words):
        return ListingScope(told=not _PART.search(words))
    partly = not _PART.search(words)
    if found := _IN.search(words) or _IN_ONLY.search(words):
        return ListingScope(inside=_parse_codes(found.group(1), places, column), told=partly)
    if found := _OUT.search(words):
        if re.search(r"<i>|[a-z] populations? of [A-Z][a-z]", note) and "those" not in words:
            return ListingScope(told=False)
        return ListingScope(outside=_parse_codes(found.group(1), places, column), told=partly)
    return ListingScope(told=bool(_ALL_BUT_OTHER.match(words)))


def _parse_codes(text: str, places: PlaceIndex, column: str) -> tuple[str, ...]:
    found = re.findall(r"\b[A-Z]{2}\b", re.sub(r"\([^)]*\)", "", text))
    return tuple(sorted({places.code(code, column) for code in found}))


def _event_title(event: ImportedEvent, party: str) -> str:
    appendix = f"{event.taxon.taxonomy.upper()} Appendix {event.appendix}" if event.appendix else "listing"
    when = event.day or f"in force on {event.known_by}"
    by = f" by {party}" if party else ""
    return f"{event.taxon.name}, {appendix}: {event.change.replace('-', ' ')}{by}, {when}"
