"""Which classes and properties the release being served uses, and how often: what an editor completes a query from."""

from __future__ import annotations

from dataclasses import dataclass

from jwpgraph.linked_data.site import Site
from jwpgraph.linked_data.terminology import terminology

_CLASSES = "SELECT ?term (COUNT(*) AS ?uses) WHERE { ?s a ?term FILTER(isIRI(?term)) } GROUP BY ?term"
_PROPERTIES = "SELECT ?term (COUNT(*) AS ?uses) WHERE { ?s ?term ?o } GROUP BY ?term"


@dataclass(frozen=True, slots=True)
class TermInUse:
    """A class or a property.

    Attributes:
        iri: its IRI.
        label: its English name, where the release has one.
        uses: the things of a class, the statements of a property.
    """

    iri: str
    label: str | None
    uses: int


@dataclass(frozen=True, slots=True)
class TermsInUse:
    """All of them, the most used first."""

    classes: tuple[TermInUse, ...]
    properties: tuple[TermInUse, ...]


async def terms_in_use(site: Site) -> TermsInUse:
    """The classes and properties of the release, counted once."""

    async def count() -> TermsInUse:
        return TermsInUse(await _counted(site, _CLASSES), await _counted(site, _PROPERTIES))

    return await site.once_per_release("terms in use", count)


async def _counted(site: Site, query: str) -> tuple[TermInUse, ...]:
    known = await terminology(site)
    rows = await site.queries.select(query)
    terms = (TermInUse(row["term"].value, known.label(row["term"].value), int(row["uses"].value)) for row in rows)
    return tuple(sorted(terms, key=lambda one: (-one.uses, one.iri)))
