"""``/species`` and ``/species/<slug>``: one page and one document for an animal under both treaties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from jwpgraph.answers.animals import Animal, find_animal, get_animal, is_animal
from jwpgraph.answers.documents import make_species_document
from jwpgraph.answers.statuses import AnimalStatus, TreatyAnswer, compute_statuses
from jwpgraph.entities.iri_mapping import iri_to_path
from jwpgraph.entities.nodes import EntityNode
from jwpgraph.http.declared_parameters import takes
from jwpgraph.http.parameters import parse_day_text
from jwpgraph.linked_data.responses import choose_media_type, send_conditionally, to_json_bytes
from jwpgraph.linked_data.routing import Site
from jwpgraph.taxon_facets.appendices import get_appendix_number
from jwpgraph.taxon_facets.clock import get_today
from jwpgraph.web.country_choice import get_requested_country
from jwpgraph.web.entity_pages import make_entity_context
from jwpgraph.web.horizon_words import state_words
from jwpgraph.web.page_router import PageRouter
from jwpgraph.web.rendering import HTML, make_page
from jwpgraph.web.requested_day import parse_requested_day

_JSON: Final = "application/json"


@dataclass(slots=True)
class ThenAndNow:
    """The listing of an animal under one treaty on two days.

    Attributes:
        short: what the treaty is called in class names.
        before: the numbers of the Appendices on the first day.
        after: those on the second.
        before_state: what stands where there were none on the first day.
        after_state: the same of the second day.
        names_before: what the treaty's taxonomy called what stood for it on the first day, and its listed parts.
        names_after: the same of the second day.
    """

    short: str
    before: list[str]
    after: list[str]
    before_state: str
    after_state: str
    names_before: list[str]
    names_after: list[str]

    @property
    def differs(self) -> bool:
        """Return whether the Appendices differ."""
        return self.before != self.after

    @property
    def is_drawn_otherwise(self) -> bool:
        """Return whether the treaty listed it under other names, as more or fewer taxa."""
        return self.names_before != self.names_after


router = PageRouter()


@router.read_undocumented("/species/{slug}")
@takes("on", "in", "then")
async def show_species(request: Request, site: Site, slug: str) -> Response:
    reading, concept = await find_animal(site, slug)
    if not is_animal(reading.taxa.concepts[concept]):
        return RedirectResponse(site.url(request, iri_to_path(concept, "doc") or "/"), status_code=303)
    animal = get_animal(reading, concept, get_today())
    if animal.slug != slug:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(site.url(request, f"/species/{animal.slug}{query}"), status_code=303)
    day, then = parse_requested_day(request), _parse_then(request)
    country = await get_requested_country(site, request)

    async def read_page() -> tuple[AnimalStatus, AnimalStatus | None]:
        (status,) = await compute_statuses(site, reading, [animal], day, country)
        before = (await compute_statuses(site, reading, [animal], then, country))[0] if then else None
        return status, before

    async def make() -> Mapping[str, Any]:
        status, before = await read_page()
        context = await make_entity_context(site, request, animal.iri, day)
        days = sorted((before, status), key=lambda one: one.on) if before else []
        context["entity"].treaty = None  # the page is about the animal, not about one treaty's concept of it
        return {
            **context,
            "animal": animal,
            "address": f"/species/{animal.slug}",
            "then": then,
            "compared": [one.on for one in days],
            "changes": _compare(*days) if days else [],
            "state": lambda **changes: _state_url(animal, day, country, then, changes),
        }

    async def make_document() -> tuple[bytes, Mapping[str, str]]:
        status, before = await read_page()
        return to_json_bytes(make_species_document(reading, status, before, site.release_number)), {}

    if choose_media_type(request, (HTML, _JSON)) == _JSON:
        return await send_conditionally(request, site, _JSON, make_document, None, f"{day} {then}")
    return await make_page(request, site, "species.html", make, variant=f"{day} {then}")


@router.read_undocumented("/species")
@takes()
async def redirect_to_listings(request: Request, site: Site) -> Response:
    return RedirectResponse(site.url(request, "/listings"), status_code=303)


def _parse_then(request: Request) -> date | None:
    """Return the day in ``?then=`` for the comparison.

    Raises:
        ProblemError: ``invalid-parameter`` (422) for what is no day.
    """
    return parse_day_text("then", request.query_params.get("then", ""))


def _compare(before: AnimalStatus, after: AnimalStatus) -> list[ThenAndNow]:
    def state(one: TreatyAnswer) -> str:
        possible = [get_appendix_number(each) for each in one.found.possible]
        return state_words(one.found.state, possible, is_beyond=one.found.outlook.beyond)

    def names(one: TreatyAnswer) -> list[str]:
        found = {concept.counterpart.concept.name for concept in one.found.concepts}
        return sorted(found | {taxon.name for taxon, _ in one.parts})

    return [
        ThenAndNow(
            one.short,
            [get_appendix_number(each) for each in one.appendices],
            [get_appendix_number(each) for each in other.appendices],
            state(one),
            state(other),
            names(one),
            names(other),
        )
        for one, other in zip(before.treaties, after.treaties, strict=True)
    ]


def _state_url(
    animal: Animal, day: date, country: EntityNode | None, then: date | None, changes: Mapping[str, str | None]
) -> str:
    values: dict[str, str | None] = {
        "on": day.isoformat() if day != get_today() else None,
        "in": country.notation if country else None,
        "then": then.isoformat() if then else None,
    }
    query = urlencode({name: value for name, value in (values | dict(changes)).items() if value})
    return f"/species/{animal.slug}" + (f"?{query}" if query else "")
