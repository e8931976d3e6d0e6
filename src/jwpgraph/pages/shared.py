"""The species that both treaties list, with their Appendices on a day: the matrix of the first page and its lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from jwpgraph.linked_data.site import Site
from jwpgraph.pages.appendices import appendices_on
from jwpgraph.pages.days import asked_day
from jwpgraph.pages.kept_taxonomy import whole_taxonomy
from jwpgraph.pages.rendering import page
from jwpgraph.problems import Problem
from jwpgraph.taxonomy.concepts import CITES_TAXONOMY, CMS_TAXONOMY, TaxonConcept
from jwpgraph.taxonomy.reading import Reading
from jwpgraph.taxonomy.relations import Relation
from jwpgraph.taxonomy.treaty_status import CITES_I, CITES_II, CITES_III, CMS_I, CMS_II

#: The Appendices of each treaty by their numbers.
APPENDICES: dict[str, dict[str, str]] = {
    "cms": {"I": CMS_I, "II": CMS_II},
    "cites": {"I": CITES_I, "II": CITES_II, "III": CITES_III},
}
_LEVELS = {"species", "subspecies", "variety"}


@dataclass(frozen=True, slots=True)
class SharedSpecies:
    """A species of both taxonomies.

    Attributes:
        cites: the concept of the one taxonomy.
        cms: that of the other.
        relation: how they relate, where somebody has said so.
        appendices: the numbers of the Appendices in force, by treaty.
    """

    cites: TaxonConcept
    cms: TaxonConcept
    relation: Relation | None
    appendices: Mapping[str, tuple[str, ...]]

    def among(self, wanted: Mapping[str, str]) -> bool:
        """Whether it stands in the Appendices that *wanted* names by treaty."""
        return all(number in self.appendices[treaty] for treaty, number in wanted.items())


@dataclass(frozen=True, slots=True)
class Shared:
    """All of them on a day."""

    on: date
    species: tuple[SharedSpecies, ...]

    def count(self, **wanted: str) -> int:
        """How many, as CITES names them, stand in the Appendices that *wanted* names by treaty."""
        return len({one.cites.iri for one in self.species if one.among(wanted)})


async def shared_species(site: Site, on: date) -> Shared:
    """The species that both treaties list on the day *on*."""
    reading, appendices = await whole_taxonomy(site), await appendices_on(site, on)

    def numbers(concept: TaxonConcept) -> tuple[str, ...]:
        return tuple(number for _, number in appendices.get(concept.iri, ()))

    found = []
    for cites, cms, relation in pairs(reading):
        listed = {"cites": numbers(cites), "cms": numbers(cms)}
        if all(listed.values()):
            found.append(SharedSpecies(cites, cms, relation, listed))
    return Shared(on, tuple(sorted(found, key=lambda one: (one.cites.name, one.cms.name))))


def pairs(reading: Reading) -> Iterable[tuple[TaxonConcept, TaxonConcept, Relation | None]]:
    """Concepts of CITES and of CMS that were aligned, and those that bear one name."""
    concepts = reading.taxa.concepts
    pairs: dict[tuple[str, str], Relation | None] = {}
    by_name = {one.name: one.iri for one in reading.taxa.of(CMS_TAXONOMY)}
    for one in reading.taxa.of(CITES_TAXONOMY):
        if one.name in by_name:
            pairs[one.iri, by_name[one.name]] = None
    for alignment in reading.alignments.items:
        ends = {concepts[iri].taxonomy: iri for iri in (alignment.subject, alignment.object) if iri in concepts}
        if alignment.relation is not Relation.DISJOINT and CITES_TAXONOMY in ends and CMS_TAXONOMY in ends:
            relation, _ = alignment.seen_from(ends[CITES_TAXONOMY])
            pairs[ends[CITES_TAXONOMY], ends[CMS_TAXONOMY]] = relation
    return [
        (concepts[cites], concepts[cms], relation)
        for (cites, cms), relation in pairs.items()
        if concepts[cites].rank in _LEVELS and concepts[cms].rank in _LEVELS
    ]


def create_router(site: Site) -> APIRouter:
    """``/shared-species``, by Appendix."""
    router = APIRouter()

    async def listed(request: Request) -> Response:
        wanted = {treaty: number for treaty in APPENDICES if (number := request.query_params.get(treaty))}
        unknown = [number for treaty, number in wanted.items() if number not in APPENDICES[treaty]]
        if unknown:
            raise Problem(
                "bad-parameter", "There is no such Appendix", f"{', '.join(unknown)}: I, II or III of CITES", status=400
            )
        on = asked_day(request)

        async def make() -> Mapping[str, Any]:
            shared = await shared_species(site, on)
            return {
                "shared": shared,
                "species": [one for one in shared.species if one.among(wanted)],
                "wanted": wanted,
                "appendices": APPENDICES,
                "state": lambda **changes: _state(request, changes),
            }

        return await page(request, site, "shared.html", make, variant=on.isoformat())

    router.add_api_route("/shared-species", listed, methods=["GET", "HEAD"], include_in_schema=False)
    return router


def _state(request: Request, changes: Mapping[str, str | None]) -> str:
    values = {name: request.query_params.get(name) for name in ("cms", "cites", "on")} | dict(changes)
    query = urlencode({name: value for name, value in values.items() if value})
    return "/shared-species" + (f"?{query}" if query else "")
