"""The page of the differences between two releases, as text."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox
from fastapi import Request
from starlette.responses import Response

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.iri_mapping import iri_to_path, quote_iri
from jwpgraph.entities.nodes import PREF_LABEL, get_local_name
from jwpgraph.entities.terminology import get_terminology
from jwpgraph.http.declared_parameters import takes
from jwpgraph.linked_data.release_differences import (
    EntityDifference,
    describe_entity_differences,
    list_entity_differences,
    require_releases,
)
from jwpgraph.linked_data.routing import ReadRouter, Site
from jwpgraph.releases.entity_changes import ChangeKind
from jwpgraph.vocabulary import ENTAILED_GRAPH, ID
from jwpgraph.web.paging import parse_offset
from jwpgraph.web.rendering import make_page

_PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class StatementView:
    """A statement as text: a property and a value, which may be a link."""

    name: str
    value: str
    href: str | None
    language: str | None


@dataclass(frozen=True, slots=True)
class DifferenceView:
    """An entity that differs.

    Attributes:
        name: what it is called.
        href: its page; None if it was withdrawn.
        change: what became of it.
        added: what only the later release says.
        removed: what only the earlier release says.
        entailed: how many statements besides follow from others.
    """

    name: str
    href: str | None
    change: ChangeKind
    added: Sequence[StatementView]
    removed: Sequence[StatementView]
    entailed: int


router = ReadRouter()


@router.read_undocumented("/releases/{earlier:int}...{later:int}")
@takes("offset")
async def show_differences(request: Request, site: Site, earlier: int, later: int) -> Response:
    old, new = require_releases(site, earlier, later)
    offset = parse_offset(request)

    async def make() -> Mapping[str, Any]:
        entities = await asyncio.to_thread(list_entity_differences, site, old, new)
        shown = entities[offset : offset + _PER_PAGE]
        found = await asyncio.to_thread(describe_entity_differences, old, new, shown)
        names = await _read_names(site, found)
        terms = await get_terminology(site)
        kinds = [kind for _, kind in entities]
        return {
            "earlier": old.manifest,
            "later": new.manifest,
            "described_release": new.manifest,
            "total": len(entities),
            "counts": {kind: kinds.count(kind) for kind in ("created", "updated", "withdrawn")},
            "differences": [_make_view(one, names, terms.label) for one in found],
            "first": offset + 1 if shown else 0,
            "last": offset + len(shown),
            "previous": f"?offset={max(0, offset - _PER_PAGE)}" if offset else None,
            "following": f"?offset={offset + _PER_PAGE}" if offset + _PER_PAGE < len(entities) else None,
        }

    return await make_page(request, site, "release_differences.html", make)


async def _read_names(site: AppContext, differences: Iterable[EntityDifference]) -> Mapping[str, str]:
    """Return English names of the differing and linked entities, from either release or else the served one."""
    found: dict[str, str] = {}
    mentioned = set()
    for one in differences:
        mentioned.add(one.iri)
        for quad in (*one.removed, *one.added):
            if isinstance(quad.object, ox.NamedNode):
                mentioned.add(quad.object.value)
            elif _is_english_name(quad):
                found[str(quad.subject)[1:-1]] = getattr(quad.object, "value", "")
    unknown = sorted(mentioned - found.keys())
    if unknown:
        query = f"""SELECT ?s ?name WHERE {{ VALUES ?s {{ {" ".join(map(quote_iri, unknown))} }}
  ?s {quote_iri(PREF_LABEL)} ?name FILTER(LANG(?name) = "en") }}"""
        rows = sorted(await site.queries.select(query), key=lambda row: row["name"].value)
        found |= {row["s"].value: row["name"].value for row in rows}
    return found


def _is_english_name(quad: ox.Quad) -> bool:
    is_name = quad.predicate.value == PREF_LABEL and isinstance(quad.subject, ox.NamedNode)
    return is_name and isinstance(quad.object, ox.Literal) and quad.object.language == "en"


def _make_view(difference: EntityDifference, names: Mapping[str, str], label: Any) -> DifferenceView:
    iri = difference.iri

    def write(quads: Iterable[ox.Quad]) -> list[StatementView]:
        return [_make_statement(quad, names, label) for quad in quads if _get_graph(quad) != ENTAILED_GRAPH]

    entailed = sum(_get_graph(quad) == ENTAILED_GRAPH for quad in (*difference.added, *difference.removed))
    href = None if difference.change == "withdrawn" else iri_to_path(iri, "doc")
    name = names.get(iri) or iri.removeprefix(ID)
    return DifferenceView(name, href, difference.change, write(difference.added), write(difference.removed), entailed)


def _get_graph(quad: ox.Quad) -> str:
    return "" if isinstance(quad.graph_name, ox.DefaultGraph) else quad.graph_name.value


def _make_statement(quad: ox.Quad, names: Mapping[str, str], label: Any) -> StatementView:
    name = label(quad.predicate.value) or get_local_name(quad.predicate.value)
    match quad.object:
        case ox.NamedNode(value=iri):
            return StatementView(
                name, names.get(iri) or label(iri) or iri.removeprefix(ID), iri_to_path(iri, "doc"), None
            )
        case ox.Literal(value=text, language=language):
            return StatementView(name, text, None, language)
        case other:
            return StatementView(name, str(other), None, None)
