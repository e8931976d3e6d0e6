"""Warm-up of the per-release caches that the pages share, before the first reader needs them."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import date

from jwpgraph.answers.listed_animals import get_listed_animals
from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.entity_index import get_entity_index
from jwpgraph.entities.entity_types import KINDS
from jwpgraph.entities.terminology import get_terminology
from jwpgraph.free_memory import release_free_memory
from jwpgraph.problems import ProblemError
from jwpgraph.taxon_facets.assessment_cache import get_assessment
from jwpgraph.taxon_facets.clock import get_today
from jwpgraph.taxon_facets.coverage_cache import get_coverage
from jwpgraph.taxon_facets.facets import get_facet_values
from jwpgraph.taxon_facets.shared_species import get_shared_species
from jwpgraph.web.home import make_home_view
from jwpgraph.web.rendering import get_environment

_log = logging.getLogger(__name__)
_SECONDS_BETWEEN_LOOKS = 0.5
#: Seconds after the start or a publication before caches are warmed: a service that is being set up has no readers, and
#: of a series of updates only the last release has them for long. Warming takes ten times the work of a small update.
_QUIET_SECONDS = 10.0
#: Seconds after the last use of a cache in which those of new releases are warmed: never where only SPARQL is asked.
_USED_SECONDS = 3600.0
_under_way: set[asyncio.Task[None]] = set()


async def warm_caches(site: AppContext) -> None:
    """Compute the names, the taxonomy, today's Appendices, the facets, the coverage and the differences of a release.

    For a large release only the queries of the first page are evaluated: the rest would take seconds and hundreds of
    megabytes (:func:`warm_lists`).
    """
    if site.is_large():
        await make_home_view(site)
        return
    await get_terminology(site)
    for kind in KINDS:
        await get_entity_index(site, kind)
    await make_home_view(site)
    await get_facet_values(site, get_today())
    await get_coverage(site)
    await get_assessment(site, get_today(), None)


async def warm_lists(site: AppContext) -> None:
    """Compute what the lists of animals and the coverage of a large release need, which takes 20 seconds.

    It is done once somebody reads its pages: a service that answers SPARQL alone does not need it.
    """
    await get_listed_animals(site, get_today())
    await get_coverage(site)


def schedule_shared_species_count(site: AppContext, day: date) -> None:
    """Count the species that both treaties list, in the background and once at a time."""
    if not _under_way:
        # These queries count towards the service's limits, not towards those of the first client.
        task = asyncio.create_task(_count_shared_species(site, day), context=contextvars.Context())
        _under_way.add(task)
        task.add_done_callback(_under_way.discard)


async def _count_shared_species(site: AppContext, day: date) -> None:
    try:
        await get_shared_species(site, day)
    except ProblemError as problem:
        _log.warning("the species that both treaties list could not be counted: %s", problem)


async def keep_caches_warm(site: AppContext) -> None:
    """Warm the caches after the start and, while they are used, after each series of publications and each day."""
    get_environment()
    done: tuple[int, date] | None = None
    listed: tuple[int, date] | None = None
    seen, since = (site.release_number, get_today()), time.monotonic()
    warmed_at = since
    while True:
        state = (site.release_number, get_today())
        now = time.monotonic()
        if state != seen:
            seen, since = state, now
        is_used = done is None or now - site.used_at <= _USED_SECONDS
        if state != done and is_used and now - since >= _QUIET_SECONDS:
            await _warm_between_uses(site, warm_caches)
            done, warmed_at = state, time.monotonic()
        elif state == done != listed and site.used_at >= warmed_at:
            if site.is_large():
                await _warm_between_uses(site, warm_lists)
            listed = state
        await asyncio.sleep(_SECONDS_BETWEEN_LOOKS)


async def _warm_between_uses(site: AppContext, warm: Callable[[AppContext], Awaitable[None]]) -> None:
    """Call *warm*, which does not count as use of the caches; the memory that it needed for a time is given back."""
    used_at = site.used_at
    try:
        await warm(site)
    except ProblemError as problem:
        # The first request then computes it, or reports the problem.
        _log.warning("the pages of release %s are not prepared: %s", site.release_number, problem)
    site.used_at = used_at
    # Both releases were in memory, in part, while one was replaced by the other.
    await asyncio.to_thread(release_free_memory)
