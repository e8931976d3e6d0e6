"""Events and days as tests write them."""

from __future__ import annotations

from datetime import date

import pytest
from event_replay import replay_events

from jwpgraph.taxonomy import treaty_status as appendices
from jwpgraph.taxonomy.dates import PartialDate
from jwpgraph.taxonomy.listing_events import CITES, CMS, ListingChange, ListingEvent

_APPENDICES = {
    "I": (CITES, appendices.CITES_I),
    "II": (CITES, appendices.CITES_II),
    "III": (CITES, appendices.CITES_III),
    "CMS I": (CMS, appendices.CMS_I),
    "CMS II": (CMS, appendices.CMS_II),
}
_CHANGES = {
    "+": ListingChange.ADDITION,
    "-": ListingChange.DELETION,
    "R+": ListingChange.RESERVATION,
    "R-": ListingChange.WITHDRAWAL,
    "~": ListingChange.AMENDMENT,
    "x": ListingChange.EXCEPTION,
}


@pytest.fixture(scope="session")
def event():
    """A function that makes an event: ``event("+ I", "1990-01-18", places_out="BW NA")``."""
    count = 0

    def make(what: str, effective: str | None = None, taxon: str = "taxon", **others: object) -> ListingEvent:
        nonlocal count
        count += 1
        change, _, appendix = what.partition(" ")
        treaty, iri = _APPENDICES[appendix]
        sets = {
            key: frozenset(str(others.pop(key, "")).split())
            for key in ("places_in", "places_out", "excludes", "modifies")
        }
        when = None
        if effective:
            first, bound, text = effective.rpartition("/")
            when = PartialDate.by(text, first.strip(".") or None) if bound else PartialDate.parse(text)
        iri_of_event = str(others.pop("iri", f"event-{count:04}"))
        return ListingEvent(iri_of_event, treaty, taxon, _CHANGES[change], when, iri, **sets, **others)  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="session")
def status():
    """A function that replays CITES (or CMS) events and gives the one treaty's status."""

    def make(events, on: str, lineage=("taxon",), treaty: str = CITES):
        found = replay_events(events, date.fromisoformat(on), lineage)
        return found.get(treaty, appendices.TreatyStatus(treaty))

    return make
