"""How far the listings of the release being served are complete, read once."""

from __future__ import annotations

from jwpgraph.entities.app_context import AppContext
from jwpgraph.taxonomy.horizon import Horizons, read_horizons


async def horizons(site: AppContext) -> Horizons:
    """The horizons of the release being served."""

    async def read() -> Horizons:
        return await read_horizons(site.queries)

    return await site.once_per_release("horizons", read)
