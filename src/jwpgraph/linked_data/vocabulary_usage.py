"""Classes and properties of the served release with their frequency, for completion in the query editor."""

from __future__ import annotations

from dataclasses import dataclass

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.terminology import get_terminology

_CLASSES = "SELECT ?term (COUNT(*) AS ?uses) WHERE { ?s a ?term FILTER(isIRI(?term)) } GROUP BY ?term"
_PROPERTIES = "SELECT ?term (COUNT(*) AS ?uses) WHERE { ?s ?term ?o } GROUP BY ?term"


@dataclass(frozen=True, slots=True)
class TermUsage:
    """A class or a property.

    Attributes:
        iri: its IRI.
        label: its English label, if the release has one.
        uses: the number of instances of a class or of statements with a property.
    """

    iri: str
    label: str | None
    uses: int


@dataclass(frozen=True, slots=True)
class VocabularyUsage:
    """All classes and properties, the most frequent first."""

    classes: tuple[TermUsage, ...]
    properties: tuple[TermUsage, ...]


async def get_vocabulary_usage(site: AppContext) -> VocabularyUsage:
    """Return the classes and properties of the release, counted once."""

    async def count() -> VocabularyUsage:
        return VocabularyUsage(await _count_usage(site, _CLASSES), await _count_usage(site, _PROPERTIES))

    return await site.once_per_release("terms in use", count)


async def _count_usage(site: AppContext, query: str) -> tuple[TermUsage, ...]:
    known = await get_terminology(site)
    rows = await site.queries.select(query)
    terms = (TermUsage(row["term"].value, known.label(row["term"].value), int(row["uses"].value)) for row in rows)
    return tuple(sorted(terms, key=lambda one: (-one.uses, one.iri)))
