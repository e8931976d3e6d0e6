"""Two things side by side, with what differs marked; for taxa with the Appendices that they stand in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from jwpgraph.finding.appendices import TREATIES, number
from jwpgraph.finding.kept_taxonomy import taxonomy_about
from jwpgraph.linked_data.addresses import iris_of_path, kind_of, path_of
from jwpgraph.linked_data.description import Description, describe
from jwpgraph.linked_data.routes import unknown_thing
from jwpgraph.linked_data.site import Site
from jwpgraph.pages.days import asked_day
from jwpgraph.pages.entity import EntityView, Fact, Value, view
from jwpgraph.pages.rendering import page
from jwpgraph.pages.translation import gettext
from jwpgraph.pages.words import page_order
from jwpgraph.problems import Problem
from jwpgraph.taxonomy.status import statuses
from jwpgraph.vocabulary import ID


@dataclass(slots=True)
class Row:
    """One property of both."""

    name: str
    one: list[Value]
    other: list[Value]

    @property
    def differs(self) -> bool:
        """Whether the two do not say the same."""
        return {_what(value) for value in self.one} != {_what(value) for value in self.other}


def _what(value: Value) -> tuple[str, str | None]:
    return (value.href or value.text, value.language)


def create_router(site: Site) -> APIRouter:
    """``/compare?a=…&b=…``: each an IRI, or what follows ``/id/`` in it."""
    router = APIRouter()

    async def compare(request: Request) -> Response:
        asked = [request.query_params.get(name, "").strip() for name in ("a", "b")]
        on = asked_day(request)

        async def make() -> Mapping[str, Any]:
            if not all(asked):
                return {"asked": asked, "rows": None, "things": None, "on": on}
            described = [await _described(site, name) for name in asked]
            things = [view(one) for one in described]
            rows = [*await _listings(site, described, on), *_rows(*things)]
            return {"asked": asked, "rows": rows, "things": things, "on": on}

        return await page(request, site, "compare.html", make, variant=on.isoformat())

    router.add_api_route("/compare", compare, methods=["GET", "HEAD"], include_in_schema=False)
    return router


async def _described(site: Site, name: str) -> Description:
    slug = name.removeprefix(ID)
    if "://" in slug:
        raise Problem("bad-parameter", "This is nothing of ours", f"{name!r}: give an IRI below {ID}", status=400)
    iris = iris_of_path("/id/" + slug)
    description = await describe(site, iris)
    if description is None:
        raise await unknown_thing(site, iris[0])
    return description


def _rows(one: EntityView, other: EntityView) -> list[Row]:
    facts: tuple[dict[str, Fact], dict[str, Fact]] = ({}, {})
    for entity, found in zip((one, other), facts, strict=True):
        for fact in (*entity.facts, *entity.minor):
            found[fact.property_iri] = fact
    names = {iri: fact.name for found in facts for iri, fact in found.items()}
    return [
        Row(names[iri], *([] if iri not in found else found[iri].values for found in facts))
        for iri in sorted(names, key=page_order)
    ]


async def _listings(site: Site, described: list[Description], on: date) -> list[Row]:
    if any(kind_of(one.node.iri) != "taxon" for one in described):
        return []
    sides: list[dict[str, list[Value]]] = []
    for one in described:
        reading = await taxonomy_about(site, one.node.iri)
        found = statuses(reading, one.node.iri, on) if one.node.iri in reading.taxa.concepts else {}
        side: dict[str, list[Value]] = {}
        for treaty, concepts in found.items():
            appendices = sorted({appendix for concept in concepts for appendix in concept.status.appendices()})
            side[treaty] = [
                Value(
                    gettext("Appendix %(number)s", number=number(appendix)),
                    path_of(appendix, "doc"),
                    treaty=TREATIES[treaty],
                )
                for appendix in appendices
            ]
        sides.append(side)
    return [
        Row(gettext("Listed by %(treaty)s", treaty=short.upper()), *(side.get(treaty, []) for side in sides))
        for treaty, short in TREATIES.items()
    ]
