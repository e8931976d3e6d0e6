"""Cache of the counts of what is known of the taxa."""

from __future__ import annotations

from jwpgraph.entities.app_context import AppContext
from jwpgraph.taxonomy.coverage import CoverageTable
from jwpgraph.taxonomy.coverage_reader import read_coverage


async def get_coverage(site: AppContext) -> CoverageTable:
    """Return the coverage table of the served release."""
    return await site.once_per_release("coverage", lambda: read_coverage(site.queries))
