"""Cache of the taxonomy of a release; that of a large release is read in parts as needed."""

from __future__ import annotations

from collections.abc import Mapping

from jwpgraph.entities.app_context import AppContext
from jwpgraph.taxonomy.concepts import TaxonConcept
from jwpgraph.taxonomy.snapshot import TaxonomySnapshot, read_about, read_all
from jwpgraph.vocabulary import PREFIX_LINES

#: Number of concepts above which the taxonomy is read in parts; reading all would take tens of seconds.
_MOST = 20_000
_WHOLE = "taxonomy"
_COUNT = f"{PREFIX_LINES}SELECT (COUNT(*) AS ?n) WHERE {{ ?concept a jwp:TaxonConcept }}"


async def get_whole_taxonomy(site: AppContext) -> TaxonomySnapshot:
    """Return a snapshot of all taxa, listings and alignments of the current release."""

    async def read() -> TaxonomySnapshot:
        return await read_all(site.queries)

    return await site.once_per_release(_WHOLE, read)


async def is_small_taxonomy(site: AppContext) -> bool:
    """Return whether the taxonomy of the current release is small enough to be read whole."""

    async def count() -> int:
        rows = await site.queries.select(_COUNT)
        return int(rows[0]["n"].value)

    return await site.once_per_release("taxonomy size", count) <= _MOST


async def get_taxonomy_about(site: AppContext, *iris: str) -> TaxonomySnapshot:
    """Return a snapshot with at least the concepts *iris*, their ancestors, descendants and counterparts.

    It is that of all taxa if this is known already; reading all for a few would take seconds after each release.
    """
    whole = site.find_result(_WHOLE)
    return whole if isinstance(whole, TaxonomySnapshot) else await read_about(site.queries, iris)


async def get_concepts(site: AppContext) -> Mapping[str, TaxonConcept]:
    """Return the concepts by IRI; empty if the release is too large."""
    return (await get_whole_taxonomy(site)).taxa.concepts if await is_small_taxonomy(site) else {}
