"""Transfers between Appendices I and II of CITES that only the replay of a taxon's events shows.

An addition moves populations that were in the other Appendix on the day before: part of a species (elephants of
Botswana, 1997), or a species that was listed through a higher taxon (minke whale, until 1986 in II with the order).
If a lower taxon was in the new Appendix already, the event may be a mere change of names.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Final

from pyoxigraph import Literal, NamedNode

from jwpgraph.producers.triples import PARENT, StatedTriple, iter_lineage
from jwpgraph.query_execution.queries import QueryTerm, SolutionRow
from jwpgraph.sources.species_plus.sorted_statements import expand_term
from jwpgraph.taxonomy.event_reading import build_events
from jwpgraph.taxonomy.listing_events import CITES, ListingChange, ListingEvent
from jwpgraph.taxonomy.population_scope import NOWHERE
from jwpgraph.taxonomy.replay import Replay
from jwpgraph.taxonomy.treaty_status import EXCLUSIVE

_FROM: Final = expand_term("jwp:fromAppendix")
_OF_PLACES: Final = frozenset(
    expand_term(f"jwp:{name}") for name in ("containedIn", "succeededBy", "countryWithin", "countryPossiblyWithin")
)


def add_transfers(merged: dict[str, set[StatedTriple]], elsewhere: Iterable[StatedTriple]) -> None:
    """State the Appendix from which an addition moved all of its populations.

    Args:
        merged: the statements to ship, by subject; changed in place.
        elsewhere: the statements of the other shipped files.
    """
    others = list(elsewhere)
    statements = [*others, *(one for iri in sorted(merged) for one in merged[iri])]
    parents = {one.subject: one.object.value for one in statements if one.predicate == PARENT}
    rows = [_make_row(one) for one in statements if one.predicate in _OF_PLACES or "/listing-event/" in one.subject]
    by_taxon: dict[str, list[ListingEvent]] = defaultdict(list)
    for event in build_events(rows, []):
        if event.treaty == CITES:
            by_taxon[event.taxon].append(event)
    found: dict[str, str] = {}
    lineages = {taxon: list(iter_lineage(taxon, parents)) for taxon in by_taxon}
    for taxon in sorted(by_taxon, key=lambda iri: (len(lineages[iri]), iri)):
        above = [event for one in lineages[taxon][1:] for event in by_taxon.get(one, ())]
        below = [event for one, events in by_taxon.items() if one.startswith(f"{taxon}-") for event in events]
        replay = Replay(CITES, [*by_taxon[taxon], *above], lineages[taxon])
        for event in by_taxon[taxon]:
            if (
                _is_new(event, below)
                and _is_own_or_transferred(event, above, found)
                and (left := _find_former_appendix(replay, event))
            ):
                found[event.iri] = left
    for iri, appendix in found.items():
        known = merged.get(iri, set())
        if known and not any(one.predicate == _FROM for one in known):
            known.add(StatedTriple(iri, _FROM, NamedNode(appendix)))


def _is_new(event: ListingEvent, below: Iterable[ListingEvent]) -> bool:
    """Return whether an event is a dated addition to an Appendix in which no lower taxon was listed before."""
    day = event.effective
    if event.change is not ListingChange.ADDITION or event.appendix not in EXCLUSIVE or not day or not day.is_exact:
        return False
    return not any(
        one.appendix == event.appendix and one.effective and one.effective.first < day.first for one in below
    )


def _is_own_or_transferred(event: ListingEvent, above: Iterable[ListingEvent], found: Mapping[str, str]) -> bool:
    """Return whether no higher taxon has the same addition, or one has it as a transfer."""
    key = (event.effective, event.appendix, event.change)
    same = [one for one in above if (one.effective, one.appendix, one.change) == key]
    return not same or any(one.iri in found for one in same)


def _find_former_appendix(replay: Replay, event: ListingEvent) -> str | None:
    """Return the other Appendix that had all of an addition's populations on the day before, if this one had none."""
    assert event.effective is not None  # noqa: S101 - additions without a day are left out before
    before = replay.on(event.effective.first - timedelta(days=1))
    if any(one.appendix == event.appendix and not (one.scope & event.scope).is_empty for one in before.listings):
        return None
    for appendix in sorted(EXCLUSIVE - {event.appendix or ""}):
        certain = next((scope for number, scope in before.certain if number == appendix), NOWHERE)
        if (event.scope - certain).is_empty:
            return appendix
    return None


def _make_row(statement: StatedTriple) -> SolutionRow:
    target = statement.object
    if isinstance(target, Literal):
        term = QueryTerm("literal", target.value, target.language)
    else:
        term = QueryTerm("uri", target.value)
    return {"s": QueryTerm("uri", statement.subject), "p": QueryTerm("uri", statement.predicate), "o": term}
