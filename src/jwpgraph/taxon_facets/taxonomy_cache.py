"""Cache of the taxonomy of a release; that of a large release is read in parts as needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.iri_mapping import quote_iri
from jwpgraph.problems import ProblemError
from jwpgraph.taxonomy.concepts import TaxonConcept
from jwpgraph.taxonomy.dates import DateInterval
from jwpgraph.taxonomy.shared_taxa import read_shared_taxa, read_validity
from jwpgraph.taxonomy.snapshot import TaxonomySnapshot, read_about, read_all, read_concepts
from jwpgraph.vocabulary import ID, PREFIX_LINES

#: Number of concepts above which the taxonomy is read in parts; reading all would take tens of seconds.
_MOST = 20_000
#: Number of taxa below those asked for above which their status is not computed.
MOST_BELOW = 2_000
#: Number of taxa of a large release up to which something is read for them alone.
_MOST_READ = 300
_WHOLE = "taxonomy"
_TAXA = ID + "taxon/"
_COUNT = (
    f"{PREFIX_LINES}SELECT (COUNT(*) AS ?n) WHERE {{ "
    f"{{ SELECT ?concept WHERE {{ ?concept rdf:type jwp:TaxonConcept }} LIMIT {_MOST + 1} }} }}"
)


class TooManyTaxaError(ProblemError):
    """Raised when the status of taxa with too many taxa below them is requested."""

    def __init__(self) -> None:
        super().__init__(
            "too-many-taxa",
            "There are too many taxa below this one",
            f"The status of more than {MOST_BELOW} taxa is not computed at once: name one of the taxa below it, or use "
            "the list of animals with its filters.",
            status=422,
        )


async def get_whole_taxonomy(site: AppContext) -> TaxonomySnapshot:
    """Return a snapshot of all taxa, listings and alignments of the current release."""

    async def read() -> TaxonomySnapshot:
        return await read_all(site.queries)

    return await site.once_per_release(_WHOLE, read)


async def get_pairing_taxonomy(site: AppContext) -> TaxonomySnapshot:
    """Return a snapshot that pairs the concepts of both taxonomies: of a large release only with the taxa of both."""
    if await is_small_taxonomy(site):
        return await get_whole_taxonomy(site)
    validity = await get_validity(site)
    return await site.once_per_release("taxa of both taxonomies", lambda: read_shared_taxa(site.queries, validity))


async def get_validity(site: AppContext) -> Mapping[str, DateInterval]:
    """Return the periods of validity of the concepts and alignments of the current release that have one."""
    return await site.once_per_release("validity of taxa", lambda: read_validity(site.queries))


async def is_small_taxonomy(site: AppContext) -> bool:
    """Return whether the taxonomy of the current release is small enough to be read whole."""

    async def count() -> int:
        rows = await site.queries.select(_COUNT)
        return int(rows[0]["n"].value)

    return await site.once_per_release("taxonomy size", count) <= _MOST


async def is_read_apart(site: AppContext, taxa: int) -> bool:
    """Return whether something about this number of taxa is read for them alone, because the release is large."""
    return taxa <= _MOST_READ and not await is_small_taxonomy(site)


async def get_taxonomy_about(site: AppContext, *iris: str) -> TaxonomySnapshot:
    """Return a snapshot with at least the concepts *iris*, their ancestors, descendants and counterparts.

    It is that of all taxa if this is known already; reading all for a few would take seconds after each release.

    Raises:
        TooManyTaxaError: if there are more descendants than :data:`MOST_BELOW`, as those of an order in a release with
            the whole Index of CITES Species.
    """
    whole = _find_whole_taxonomy(site)
    if whole is not None:
        return whole
    if not await is_small_taxonomy(site) and len(await site.queries.select(_make_below_query(iris))) > MOST_BELOW:
        raise TooManyTaxaError
    return await read_about(site.queries, iris)


def _make_below_query(iris: Iterable[str]) -> str:
    values = " ".join(map(quote_iri, iris))
    return (
        f"{PREFIX_LINES}SELECT ?s WHERE {{ VALUES ?root {{ {values} }} ?s tcs:parentTaxonConcept+ ?root }} "
        f"LIMIT {MOST_BELOW + 1}"
    )


async def get_concepts(site: AppContext, iris: Iterable[str]) -> Mapping[str, TaxonConcept]:
    """Return at least those of *iris* that are concepts, by IRI."""
    whole = _find_whole_taxonomy(site)
    if whole is not None:
        return whole.taxa.concepts
    taxa = sorted(iri for iri in set(iris) if iri.startswith(_TAXA))
    return await read_concepts(site.queries, taxa) if taxa else {}


def _find_whole_taxonomy(site: AppContext) -> TaxonomySnapshot | None:
    """Return the snapshot of all taxa if it has been read."""
    whole = site.find_result(_WHOLE)
    return whole if isinstance(whole, TaxonomySnapshot) else None
