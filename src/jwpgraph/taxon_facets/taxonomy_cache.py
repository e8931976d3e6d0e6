"""What a release says of taxa and listings: kept whole for a release where it is small enough, else read as needed."""

from __future__ import annotations

from collections.abc import Mapping

from jwpgraph.entities.app_context import AppContext
from jwpgraph.taxonomy.concepts import TaxonConcept
from jwpgraph.taxonomy.snapshot import TaxonomySnapshot, read_about, read_all
from jwpgraph.vocabulary import PREFIX_LINES

#: With more concepts than this a page reads what concerns its own; reading all would take tens of seconds.
_MOST = 20_000
_COUNT = f"{PREFIX_LINES}SELECT (COUNT(*) AS ?n) WHERE {{ ?concept a jwp:TaxonConcept }}"


async def get_whole_taxonomy(site: AppContext) -> TaxonomySnapshot:
    """All that the release being served says of taxa, listings and alignments; read once."""

    async def read() -> TaxonomySnapshot:
        return await read_all(site.queries)

    return await site.once_per_release("taxonomy", read)


async def is_small_taxonomy(site: AppContext) -> bool:
    """Whether the release's taxonomy may be read whole for a page."""

    async def count() -> int:
        rows = await site.queries.select(_COUNT)
        return int(rows[0]["n"].value)

    return await site.once_per_release("taxonomy size", count) <= _MOST


async def get_taxonomy_about(site: AppContext, iri: str) -> TaxonomySnapshot:
    """At least what concerns the concept *iri*: what is above and below it, its counterparts, and their listings."""
    return await get_whole_taxonomy(site) if await is_small_taxonomy(site) else await read_about(site.queries, [iri])


async def get_concepts(site: AppContext) -> Mapping[str, TaxonConcept]:
    """The concepts by IRI; none where there are too many to read them for their names."""
    return (await get_whole_taxonomy(site)).taxa.concepts if await is_small_taxonomy(site) else {}
