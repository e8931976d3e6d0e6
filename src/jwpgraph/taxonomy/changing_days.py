"""The days on which the legal status of an animal may change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from jwpgraph.taxonomy.dates import UNKNOWN, DateInterval
from jwpgraph.taxonomy.listing_events import TREATIES
from jwpgraph.taxonomy.replay import list_changing_days
from jwpgraph.taxonomy.snapshot import TaxonomySnapshot
from jwpgraph.taxonomy.status import find_counterparts


def list_status_days(reading: TaxonomySnapshot, iri: str, first: date, last: date) -> list[date]:
    """Return *first* and the later days until *last* on which the status of an animal may change, in order.

    Besides listing events these are the beginnings and ends of alignments and concepts, and the days after a horizon.

    Args:
        reading: a snapshot about the animal.
        iri: IRI of its concept.
        first: the first day.
        last: the last day.
    """
    return sorted({first, *(day for day in _list_all_days(reading, iri) if first < day <= last)})


def _list_all_days(reading: TaxonomySnapshot, iri: str) -> Iterator[date]:
    standing = {one.concept.iri for one in find_counterparts(reading, iri, None)}
    # Concepts that contained the animal before it was recognized are counterparts of its counterparts.
    standing |= {other.concept.iri for one in tuple(standing) for other in find_counterparts(reading, one, None)}
    listed = {child.iri for one in standing for child in reading.taxa.below(one) if child.iri in reading.listed_taxa}
    for one in standing | listed:
        lineage = reading.taxa.lineage(one)
        for day in list_changing_days(reading.events_of(lineage), lineage):
            yield day
            if day < date.max:  # an imprecise date is uncertain until the end of its month or year
                yield day + timedelta(days=1)
        for above in lineage:
            if above in reading.taxa.concepts:
                yield from _list_ends(reading.taxa.concepts[above].valid)
        for treaty in TREATIES:
            if horizon := reading.horizons.of(treaty, lineage):
                yield horizon.complete_until + timedelta(days=1)
    for one in standing:
        for alignment in reading.alignments.of(one):
            yield from _list_ends(alignment.valid)


def _list_ends(valid: DateInterval) -> Iterator[date]:
    """Return the days on which what is true of a period may begin and cease."""
    if valid.start:
        yield from {valid.start.first, valid.start.last} - {UNKNOWN}
    if valid.end:
        yield from (day + timedelta(days=1) for day in {valid.end.first, valid.end.last} - {UNKNOWN, date.max})
