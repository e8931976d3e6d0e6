"""Cache of the horizons up to which the recorded listings are complete."""

from __future__ import annotations

from jwpgraph.entities.app_context import AppContext
from jwpgraph.taxonomy.horizon import Horizons, read_horizons


async def get_horizons(site: AppContext) -> Horizons:
    """Return the horizons of the current release."""

    async def read() -> Horizons:
        return await read_horizons(site.queries)

    return await site.once_per_release("horizons", read)
