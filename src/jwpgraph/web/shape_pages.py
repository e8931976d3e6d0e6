"""Index of the shapes with a search, and one page for each node shape with its property shapes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from fastapi import Request
from starlette.responses import Response

from jwpgraph.entities.app_context import AppContext
from jwpgraph.http.unknown_names import make_unknown_name_problem
from jwpgraph.linked_data.documents import read_shapes_quads
from jwpgraph.linked_data.routing import Site
from jwpgraph.web.ontology_terms import QUERY_SUFFIX, TermView, list_shape_terms
from jwpgraph.web.page_router import PageRouter
from jwpgraph.web.rendering import make_page

_CHECKS = "Checks"


@dataclass(slots=True)
class ShapeGroup:
    """A node shape with the checks that its page describes.

    Attributes:
        shape: the node shape, or a check that belongs to none.
        checks: its checks.
    """

    shape: TermView
    checks: list[TermView] = field(default_factory=list)

    @property
    def path(self) -> str:
        """The path of its page."""
        return f"/shapes/{quote(self.shape.anchor)}"

    def filter_checks(self, words: list[str]) -> ShapeGroup | None:
        """Return the group with the checks that contain all *words*; ``None`` if neither they nor the shape do."""
        checks = [one for one in self.checks if _has_words(one, words)]
        if _has_words(self.shape, words):
            return self
        return ShapeGroup(self.shape, checks) if checks else None


def group_shapes(sections: Mapping[str, list[TermView]]) -> list[ShapeGroup]:
    """Return the groups in the order of their names, each check in one of them.

    A check belongs to the node shape after which it is named, else to the first one that has it; a check that no node
    shape has is a separate group.
    """
    shapes, checks = sections.values()
    groups = {one.anchor: ShapeGroup(one) for one in shapes}
    owners: dict[str, str] = {}
    for shape in shapes:
        for name, targets in shape.relations:
            if name == _CHECKS:
                for text, _ in targets:
                    owners.setdefault(text, shape.anchor)
    for check in checks:
        own = check.anchor.removesuffix(QUERY_SUFFIX)
        named = own if own in groups else check.anchor.partition("-")[0]
        owner = named if named in groups else owners.get(check.anchor)
        if owner:
            groups[owner].checks.append(check)
        else:
            groups[check.anchor] = ShapeGroup(check)
    return sorted(groups.values(), key=lambda one: one.shape.anchor.casefold())


def make_index(site: AppContext, request: Request) -> dict[str, Any]:
    """Return the template values of the index page, filtered by the words of ``?q=``."""
    groups = group_shapes(list_shape_terms(read_shapes_quads(site)))
    query = " ".join(request.query_params.get("q", "").split())[:200]
    if query:
        words = query.casefold().split()
        groups = [found for one in groups if (found := one.filter_checks(words))]
    return {"groups": groups, "query": query, "checks": sum(len(one.checks) for one in groups)}


router = PageRouter()


@router.read_undocumented("/shapes/{name}")
async def show_shape(request: Request, site: Site, name: str) -> Response:
    async def make() -> Mapping[str, Any]:
        groups = group_shapes(list_shape_terms(read_shapes_quads(site)))
        place = next((place for place, one in enumerate(groups) if one.shape.anchor == name), None)
        if place is None:
            raise make_unknown_name_problem(name, "/shapes lists all.")
        around = [None, *groups, None]
        return {"group": groups[place], "previous": around[place], "following": around[place + 2]}

    return await make_page(request, site, "shape.html", make)


def _has_words(term: TermView, words: list[str]) -> bool:
    targets = [text for _, found in term.relations for text, _ in found]
    text = " ".join([term.anchor, *term.texts, *targets]).casefold()
    return all(word in text for word in words)
