"""Cache of the assessments of alignments by day."""

from __future__ import annotations

import asyncio
from datetime import date

from jwpgraph.entities.app_context import AppContext
from jwpgraph.problems import ProblemError
from jwpgraph.taxon_facets.taxonomy_cache import get_taxonomy_about, get_whole_taxonomy, is_small_taxonomy
from jwpgraph.taxonomy.assessment import AlignmentAssessment, assess_alignments
from jwpgraph.taxonomy.snapshot import read_priority_concepts


async def get_assessment(site: AppContext, day: date, taxon: str | None) -> AlignmentAssessment:
    """Return the assessment for a day: of all taxa, or of *taxon* and its counterparts.

    Raises:
        ProblemError: ``too-large-to-assess`` (422) if all taxa are requested of a release with too many.
    """

    async def make() -> AlignmentAssessment:
        reading = await (get_whole_taxonomy(site) if small or taxon is None else get_taxonomy_about(site, taxon))
        priority = await read_priority_concepts(site.queries)
        return await asyncio.to_thread(assess_alignments, reading, day, priority)

    small = await is_small_taxonomy(site)
    if small:
        return await site.once_per_day("assessment", day, make)
    if taxon is None:
        detail = "Too many taxa to compare them all while you wait: name one with ?taxon=, or run jwpgraph align."
        raise ProblemError("too-large-to-assess", "This release cannot be assessed as a whole", detail, status=422)
    return await make()
