"""Two entities side by side, with marked differences; for taxa with their Appendices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from fastapi import Request
from starlette.responses import Response

from jwpgraph.answers.animal_rows import get_joined_concepts
from jwpgraph.answers.animals import is_animal
from jwpgraph.answers.words import name_key
from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.description import EntityDescription, describe
from jwpgraph.entities.iri_mapping import get_type_segment, iri_to_path, path_to_iris
from jwpgraph.entities.nodes import list_preferred_languages
from jwpgraph.entities.search import find_hits, label_hits
from jwpgraph.http.declared_parameters import takes
from jwpgraph.http.unknown_names import make_unknown_name_problem, make_wrong_parameter_problem
from jwpgraph.linked_data.routes import make_unknown_entity_problem
from jwpgraph.linked_data.routing import Site
from jwpgraph.taxon_facets.appendices import TREATIES, get_appendix_number
from jwpgraph.taxon_facets.clock import get_today
from jwpgraph.taxon_facets.horizon_cache import get_horizons
from jwpgraph.taxon_facets.taxonomy_cache import get_concepts, get_taxonomy_about
from jwpgraph.taxonomy.animal_status import AnimalTreatyStatus, compute_animal_status
from jwpgraph.vocabulary import ID
from jwpgraph.web.entity_view import EntityView, FactView, ValueView, make_entity_view
from jwpgraph.web.horizon_words import list_horizon_notes, state_words
from jwpgraph.web.labels.properties import make_property_order_key
from jwpgraph.web.page_router import PageRouter
from jwpgraph.web.rendering import make_page
from jwpgraph.web.requested_day import parse_requested_day
from jwpgraph.web.translation import gettext


@dataclass(slots=True)
class ComparisonRow:
    """One property of both entities."""

    name: str
    one: list[ValueView]
    other: list[ValueView]

    @property
    def differs(self) -> bool:
        """Return whether the two values differ."""
        return {_make_value_text(value) for value in self.one} != {_make_value_text(value) for value in self.other}


def _make_value_text(value: ValueView) -> tuple[str, str | None]:
    return (value.href or value.text, value.language)


router = PageRouter()


#: Parameters that name the compared entities.
_NAMED: Final = ("a", "b")


@router.read_undocumented("/compare")
@takes(*_NAMED, "on")
async def show_comparison(request: Request, site: Site) -> Response:
    asked = [request.query_params.get(name, "").strip() for name in _NAMED]
    on = parse_requested_day(request)

    async def make() -> Mapping[str, Any]:
        if not all(asked):
            return {"asked": asked, "rows": None, "things": None, "on": on}
        described: list[EntityDescription] = []
        for parameter, name in zip(_NAMED, asked, strict=True):
            described.append(await _describe_entity(site, parameter, await _find_slug(site, name, described)))
        things = [make_entity_view(one) for one in described]
        listings = await _list_listings(site, described, on)
        notes = list_horizon_notes(await get_horizons(site), tuple(TREATIES.items()), on) if listings else []
        rows = [*listings, *_make_rows(*things)]
        return {"asked": asked, "rows": rows, "things": things, "on": on, "notes": notes}

    return await make_page(request, site, "compare.html", make, variant=on.isoformat())


async def _find_slug(site: AppContext, name: str, others: list[EntityDescription]) -> str:
    """Return the part after ``/id/`` of what has this *name* (case and hyphens aside), not one of *others*.

    A name that several things have is that of a species or subspecies if there is one, else of another taxon; of the
    concepts of an animal the main one is meant.

    Raises:
        ProblemError: ``not-found`` (404), with similar names.
    """
    release = site.served_release()
    if "/" in name or release is None:
        return name
    hits = await find_hits(release, " ".join(name_key(name)) or name)
    taken = {one.node.iri for one in others}
    key = name_key(name)  # of a name, or of the address of an animal: falco-cherrug
    named = [one for one in hits if name_key(one.text) == key and one.iri not in taken]
    if named:
        concepts = await get_concepts(site, (one.iri for one in named))
        animals = {one.iri for one in named if one.iri in concepts and is_animal(concepts[one.iri])}
        best = min(named, key=lambda one: (one.iri not in animals, one.kind.segment != "taxon")).iri
        # The concept that stands for the whole animal: CMS's argali, of which CITES's is a part.
        main = next(iter((await get_joined_concepts(site, get_today())).get(best, ())), best)
        return best if main in taken else main
    matches = await label_hits(release, hits[:5], list_preferred_languages())
    near = [{"id": one.iri, "label": one.label, "notation": one.notation} for one in matches]
    raise make_unknown_name_problem(name, near=near)


async def _describe_entity(site: AppContext, parameter: str, name: str) -> EntityDescription:
    slug = name.removeprefix(ID)
    if "://" in slug:
        raise make_wrong_parameter_problem(parameter, f"{name[:80]!r}: give an IRI below {ID}")
    iris = path_to_iris("/id/" + slug)
    description = await describe(site, iris)
    if description is None:
        raise await make_unknown_entity_problem(site, iris[0])
    return description


def _make_rows(one: EntityView, other: EntityView) -> list[ComparisonRow]:
    facts: tuple[dict[str, FactView], dict[str, FactView]] = ({}, {})
    for entity, found in zip((one, other), facts, strict=True):
        for fact in (*entity.facts, *entity.minor):
            found[fact.property_iri] = fact
    names = {iri: fact.name for found in facts for iri, fact in found.items()}
    return [
        ComparisonRow(names[iri], *([] if iri not in found else found[iri].values for found in facts))
        for iri in sorted(names, key=make_property_order_key)
    ]


async def _list_listings(site: AppContext, described: list[EntityDescription], on: date) -> list[ComparisonRow]:
    if any(get_type_segment(one.node.iri) != "taxon" for one in described):
        return []
    sides: list[dict[str, list[ValueView]]] = []
    for one in described:
        reading = await get_taxonomy_about(site, one.node.iri)
        found = compute_animal_status(reading, one.node.iri, on) if one.node.iri in reading.taxa.concepts else []
        sides.append({answer.treaty: _list_appendices(answer) for answer in found})
    return [
        ComparisonRow(gettext("Listed by %(treaty)s", treaty=short.upper()), *(side.get(treaty, []) for side in sides))
        for treaty, short in TREATIES.items()
    ]


def _list_appendices(answer: AnimalTreatyStatus) -> list[ValueView]:
    """Return the Appendices that certainly list a taxon, or what is known without one, and the listed taxa below it."""
    listed = [
        ValueView(
            gettext("Appendix %(number)s", number=get_appendix_number(appendix)),
            iri_to_path(appendix, "doc"),
            treaty=TREATIES[answer.treaty],
        )
        for appendix in answer.certain
    ]
    if not listed or answer.possible:
        possible = [get_appendix_number(appendix) for appendix in answer.possible]
        listed.append(ValueView(state_words(answer.state, possible, is_beyond=answer.outlook.beyond)))
    below = {taxon.iri: taxon.name for one in answer.concepts for taxon, status in one.below if status.appendices()}
    listed += [
        ValueView(gettext("Listed below it: %(taxon)s", taxon=name), iri_to_path(iri, "doc"))
        for iri, name in sorted(below.items())
    ]
    return listed
