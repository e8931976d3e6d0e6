"""Reads what the pages of a release share before a reader has to wait for it."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from datetime import date

from jwpgraph.finding.days import today
from jwpgraph.finding.facets import values_on
from jwpgraph.finding.shared_species import shared_species
from jwpgraph.linked_data.kinds import KINDS
from jwpgraph.linked_data.register import register
from jwpgraph.linked_data.site import Site
from jwpgraph.linked_data.terminology import terminology
from jwpgraph.pages.home import home_view
from jwpgraph.pages.rendering import environment
from jwpgraph.problems import Problem

_log = logging.getLogger(__name__)
_SECONDS_BETWEEN_LOOKS = 0.5
_MOST_TRIPLES = 500_000
_under_way: set[asyncio.Task[None]] = set()


async def warm(site: Site) -> None:
    """Read the names, the taxonomy, today's Appendices and the facets of the release being served.

    Of a large release only what the first page counts by query: the rest would take seconds and hundreds of megabytes.
    """
    release = site.served_release()
    if release is not None and release.manifest.triples > _MOST_TRIPLES:
        await home_view(site)
        return
    await terminology(site)
    for kind in KINDS:
        await register(site, kind)
    await home_view(site)
    await values_on(site, today())


def count_shared_species_soon(site: Site, day: date) -> None:
    """Read, beside the answers, the species that both treaties list, since somebody has asked; once at a time."""
    if not _under_way:
        # What this reads is asked by the service and not by whoever came first, who has other things to ask.
        task = asyncio.create_task(_count_shared_species(site, day), context=contextvars.Context())
        _under_way.add(task)
        task.add_done_callback(_under_way.discard)


async def _count_shared_species(site: Site, day: date) -> None:
    try:
        await shared_species(site, day)
    except Problem as problem:
        _log.warning("the species that both treaties list could not be counted: %s", problem)


async def keep_warm(site: Site) -> None:
    """Do so now, for every release that is served from now on, and when a day begins; until it is cancelled."""
    environment()
    done: tuple[object, ...] = ()
    while True:
        state = (site.release_number, today())
        if state != done:
            try:
                await warm(site)
            except Problem as problem:
                # Whoever asks first reads it then, or is told why it cannot be read.
                _log.warning("the pages of release %s are not prepared: %s", site.release_number, problem)
            done = state
        await asyncio.sleep(_SECONDS_BETWEEN_LOOKS)
