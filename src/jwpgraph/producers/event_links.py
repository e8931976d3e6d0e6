"""Links between the listing events of a taxon: withdrawals, transfers between Appendices, and repeated listings.

Each link follows from the dates, Appendices and Parties of the events alone, and is made only where exactly one earlier
event fits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pyoxigraph import NamedNode

from jwpgraph.producers.triples import StatedTriple
from jwpgraph.sources.species_plus.sorted_statements import expand_term
from jwpgraph.vocabulary import ID

_MODIFIES: Final = expand_term("jwp:modifiesEvent")
_FROM: Final = expand_term("jwp:fromAppendix")
_RESTATES: Final = expand_term("jwp:restatesEvent")
_SCOPE: Final = tuple(
    expand_term(f"jwp:{name}")
    for name in (
        "populationIn",
        "populationOut",
        "listedPopulation",
        "excludedPopulation",
        "populationNote",
        "excludesTaxon",
        "viaHigherTaxon",
        "requestingParty",
    )
)
#: What tells listings apart, but does not limit them to some populations.
_NO_LIMITS: Final = frozenset(_SCOPE[-2:])


@dataclass(frozen=True)
class _LinkedEvent:
    """An event on a known day; ``scope`` has all limits of the listing."""

    iri: str
    change: str
    appendix: str
    day: str
    party: str
    scope: frozenset[tuple[str, str]]


def link_events(merged: dict[str, set[StatedTriple]]) -> None:
    """State the links between the events of each taxon.

    A withdrawal relates to the last earlier reservation of its Party against the same Appendix. The only addition of a
    day on which the taxon is deleted from one other Appendix, with the same scope, is a transfer; so is an addition of
    the whole taxon to an Appendix of CITES while one other lists the whole taxon, since CITES lists no taxon twice. An
    addition to an Appendix that lists the taxon with the same scope already, without a deletion since, restates the
    earlier one.

    Args:
        merged: the statements to ship, by subject; changed in place.
    """
    by_taxon: dict[str, list[_LinkedEvent]] = defaultdict(list)
    for iri in sorted(merged):
        if iri.startswith(f"{ID}listing-event/") and (read := _read(iri, merged[iri])):
            by_taxon[read[0]].append(read[1])
    for taxon, events in by_taxon.items():
        events.sort(key=lambda one: (one.day, one.iri))
        below = [one for other, found in by_taxon.items() if other.startswith(f"{taxon}-") for one in found]
        for predicate, event, target in [
            *_get_withdrawals(events),
            *_get_transfers(events, below),
            *_get_repetitions(events),
        ]:
            merged[event.iri].add(StatedTriple(event.iri, predicate, NamedNode(target)))


_Links = Iterable[tuple[str, _LinkedEvent, str]]


def _get_withdrawals(events: list[_LinkedEvent]) -> _Links:
    for event in events:
        if event.change == "reservation-withdrawal":
            entered = [
                one
                for one in events
                if one.change == "reservation"
                and (one.party, one.appendix) == (event.party, event.appendix)
                and one.day <= event.day
            ]
            # A reservation entered on the day of the withdrawal replaces the one that is withdrawn.
            entered = [one for one in entered if one.day < event.day] or entered
            last = [one for one in entered if one.day == entered[-1].day]
            if len(last) == 1:
                yield _MODIFIES, event, last[0].iri


def _get_transfers(events: list[_LinkedEvent], below: list[_LinkedEvent]) -> _Links:
    for event in events:
        if event.change == "addition" and not event.appendix.endswith("-iii"):
            gone = [one for one in events if one.change == "deletion" and one.day == event.day]
            come = [one for one in events if one.change == "addition" and one.day == event.day]
            left = {one.appendix for one in gone}
            moved = len(left) == len(come) == 1 and not left & {"", event.appendix}
            if moved and all(_get_places(one) == _get_places(event) for one in gone):
                yield _FROM, event, gone[0].appendix
            elif not gone and len(come) == 1 and (appendix := _find_former_appendix(events, event, below)):
                yield _FROM, event, appendix


def _find_former_appendix(events: list[_LinkedEvent], event: _LinkedEvent, below: list[_LinkedEvent]) -> str | None:
    """Return the only Appendix of CITES that lists the whole taxon until *event* lists it in another; else ``None``.

    A limited listing, or one of a taxon *below* in the new Appendix, leaves open whether the whole taxon moved.
    """
    before = [one for one in events if one.day < event.day and one.change in ("addition", "deletion")]
    if "/cites-" not in event.appendix or any(_get_places(one) for one in (event, *before)):
        return None
    if any(one.appendix == event.appendix and one.day < event.day for one in below):
        return None
    left = ""
    for one in before:
        if one.change == "addition":
            left = one.appendix
        elif one.appendix in ("", left):
            left = ""
    return left if left != event.appendix else None


def _get_places(event: _LinkedEvent) -> frozenset[tuple[str, str]]:
    """Return the limits of an event, without the Party that requested it and the higher taxon that has it."""
    return frozenset(one for one in event.scope if one[0] not in _NO_LIMITS)


def _get_repetitions(events: list[_LinkedEvent]) -> _Links:
    for number, event in enumerate(events):
        if event.change != "addition":
            continue
        for earlier in reversed(events[:number]):
            if earlier.appendix not in ("", event.appendix) or earlier.day == event.day:
                continue
            if earlier.change == "deletion":
                break
            if earlier.change == "addition" and earlier.scope == event.scope:
                yield _RESTATES, event, earlier.iri
                break


def _read(iri: str, triples: Iterable[StatedTriple]) -> tuple[str, _LinkedEvent] | None:
    """Return the taxon and the event; ``None`` if its day is not known."""
    values = {one.predicate: one.object.value for one in triples}
    day = values.get(expand_term("jwp:effectiveOn"), "")
    if len(day) != len("2000-01-01"):
        return None
    return values[expand_term("jwp:listedTaxon")], _LinkedEvent(
        iri,
        values[expand_term("jwp:changeType")].rpartition("/")[2],
        values.get(expand_term("jwp:appendix"), ""),
        day,
        values.get(expand_term("jwp:reservingParty"), ""),
        frozenset((one.predicate, one.object.value) for one in triples if one.predicate in _SCOPE),
    )
