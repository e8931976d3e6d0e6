"""The status under all treaties that have events of a taxon."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from jwpgraph.taxonomy.listing_events import ListingEvent
from jwpgraph.taxonomy.replay import Replay
from jwpgraph.taxonomy.treaty_status import TreatyStatus


def replay_events(events: Iterable[ListingEvent], on: date, lineage: Sequence[str]) -> Mapping[str, TreatyStatus]:
    """Compute the status on the day *on* by IRI of the treaty; treaties without events are absent.

    Args:
        events: events in any order; those of other taxa are ignored.
        on: the day; its events are included.
        lineage: IRIs of the taxon and its ancestors, from the bottom up.
    """
    by_treaty: dict[str, list[ListingEvent]] = {}
    for event in events:
        if event.taxon in lineage:
            by_treaty.setdefault(event.treaty, []).append(event)
    return {treaty: Replay(treaty, found, lineage).on(on) for treaty, found in sorted(by_treaty.items())}
