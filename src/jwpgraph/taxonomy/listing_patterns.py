"""Listing periods of many taxa, computed once for all that are listed alike below the same taxon.

Most species of a large genus or family have a single listing event each, which differs from those of its siblings only
in its taxon. Entry point: :func:`compute_periods_of_all`.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from jwpgraph.taxonomy.concepts import TaxonIndex
from jwpgraph.taxonomy.listing_events import ListingEvent
from jwpgraph.taxonomy.listing_periods import ListingPeriod, compute_listing_periods, sort_periods

#: Stands for the taxon, and for the IRI of its event.
_SELF: Final = ""

_EventsByTaxon = Mapping[str, Sequence[ListingEvent]]


def compute_periods_of_all(taxa: TaxonIndex, events: _EventsByTaxon, wanted: Iterable[str]) -> Iterator[ListingPeriod]:
    """Yield the periods of the concepts *wanted*, those of each as :func:`.compute_listing_periods` returns them.

    Args:
        taxa: the concepts and their ancestors.
        events: listing events by IRI of the taxon.
        wanted: IRIs of the concepts.
    """
    known: dict[_ListingPattern, tuple[str, list[ListingPeriod]]] = {}
    for taxon in wanted:
        pattern = _find_pattern(taxa, events, taxon)
        if pattern is None:
            yield from compute_listing_periods(taxa, events, taxon)
        elif pattern not in known:
            known[pattern] = taxon, compute_listing_periods(taxa, events, taxon)
            yield from known[pattern][1]
        else:
            model, periods = known[pattern]
            yield from sort_periods(_transfer(one, model, taxon, events) for one in periods)


@dataclass(frozen=True, slots=True)
class _ListingPattern:
    """The facts that determine the periods of a taxon with at most one event of its own, apart from IRIs of these two.

    Attributes:
        taxonomy: IRI of the taxonomy.
        ancestors: IRIs of the ancestors, from the bottom up.
        event: its event, without taxon and IRI.
        place: number of the ancestors' events before it in the order of IRIs, which decides between those of one day.
        excluding: IRIs of the ancestors' events that exclude the taxon.
    """

    taxonomy: str
    ancestors: tuple[str, ...]
    event: ListingEvent | None
    place: int
    excluding: frozenset[str]


def _find_pattern(taxa: TaxonIndex, events: _EventsByTaxon, taxon: str) -> _ListingPattern | None:
    own = events.get(taxon, ())
    if len(own) > 1:
        return None
    event = own[0] if own else None
    ancestors = tuple(taxa.lineage(taxon)[1:])
    above = [other for ancestor in ancestors for other in events.get(ancestor, ())]
    return _ListingPattern(
        taxa.concepts[taxon].taxonomy,
        ancestors,
        replace(event, iri=_SELF, taxon=_SELF) if event else None,
        bisect(sorted(other.iri for other in above), event.iri) if event else 0,
        frozenset(other.iri for other in above if taxon in other.excludes),
    )


def _transfer(period: ListingPeriod, model: str, taxon: str, events: _EventsByTaxon) -> ListingPeriod:
    """Return a *period* of the taxon *model* as the one of *taxon*, which has the same pattern."""
    return replace(
        period,
        taxon=taxon,
        origin=taxon if period.origin == model else period.origin,
        events=tuple(events[taxon][0] if event.taxon == model else event for event in period.events),
    )
