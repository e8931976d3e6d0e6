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
from jwpgraph.entities.nodes import COMMON_NAME, PREF_LABEL, EntityNode, collect_nodes
from jwpgraph.entities.terminology import Terminology, get_terminology
from jwpgraph.http.declared_parameters import takes
from jwpgraph.linked_data.release_differences import (
    EntityDifference,
    describe_entity_differences,
    list_entity_differences,
    require_releases,
)
from jwpgraph.linked_data.routing import Site
from jwpgraph.query_execution.queries import QueryTerm
from jwpgraph.releases.entity_changes import ChangeKind
from jwpgraph.vocabulary import ENTAILED_GRAPH, ID
from jwpgraph.web.labels.properties import get_property_label
from jwpgraph.web.page_router import PageRouter
from jwpgraph.web.paging import parse_offset
from jwpgraph.web.rendering import make_page

_PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class StatementView:
    """A statement as text: a property and a value, which may be a link, each with its language."""

    name: str
    name_language: str | None
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
        language: the language of the name.
    """

    name: str
    href: str | None
    change: ChangeKind
    added: Sequence[StatementView]
    removed: Sequence[StatementView]
    entailed: int
    language: str | None


router = PageRouter()


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
            "differences": [_make_view(one, names, terms) for one in found],
            "first": offset + 1 if shown else 0,
            "last": offset + len(shown),
            "previous": f"?offset={max(0, offset - _PER_PAGE)}" if offset else None,
            "following": f"?offset={offset + _PER_PAGE}" if offset + _PER_PAGE < len(entities) else None,
        }

    return await make_page(request, site, "release_differences.html", make)


async def _read_names(site: AppContext, differences: Iterable[EntityDifference]) -> Mapping[str, EntityNode]:
    """Return the names of the differing and linked entities, from either release or else the served one."""
    found: dict[str, EntityNode] = {}
    mentioned = set()
    for one in differences:
        mentioned.add(one.iri)
        for quad in (*one.removed, *one.added):
            if isinstance(quad.object, ox.NamedNode):
                mentioned.add(quad.object.value)
            elif quad.predicate.value == PREF_LABEL and isinstance(quad.subject, ox.NamedNode):
                term = QueryTerm("literal", getattr(quad.object, "value", ""), getattr(quad.object, "language", None))
                found.setdefault(quad.subject.value, EntityNode(quad.subject.value)).add(PREF_LABEL, term)
    unknown = sorted(mentioned - found.keys())
    if unknown:
        query = f"""SELECT ?s ?p ?o WHERE {{ VALUES ?s {{ {" ".join(map(quote_iri, unknown))} }}
  VALUES ?p {{ {quote_iri(PREF_LABEL)} {quote_iri(COMMON_NAME)} }} ?s ?p ?o }}"""
        collect_nodes(await site.queries.select(query), found)
    return found


def _make_view(difference: EntityDifference, names: Mapping[str, EntityNode], terms: Terminology) -> DifferenceView:
    iri = difference.iri

    def write(quads: Iterable[ox.Quad]) -> list[StatementView]:
        return [_make_statement(quad, names, terms) for quad in quads if _get_graph(quad) != ENTAILED_GRAPH]

    entailed = sum(_get_graph(quad) == ENTAILED_GRAPH for quad in (*difference.added, *difference.removed))
    href = None if difference.change == "withdrawn" else iri_to_path(iri, "doc")
    name, language = _name_entity(iri, names, terms)
    return DifferenceView(
        name, href, difference.change, write(difference.added), write(difference.removed), entailed, language
    )


def _name_entity(iri: str, names: Mapping[str, EntityNode], terms: Terminology) -> tuple[str, str | None]:
    """Return the name of an entity in the best language for the reader, and the language."""
    if iri in names and (label := names[iri].label()):
        return label[0].value, label[0].language
    return terms.label(iri) or iri.removeprefix(ID), "en"


def _get_graph(quad: ox.Quad) -> str:
    return "" if isinstance(quad.graph_name, ox.DefaultGraph) else quad.graph_name.value


def _make_statement(quad: ox.Quad, names: Mapping[str, EntityNode], terms: Terminology) -> StatementView:
    name, name_language = get_property_label(quad.predicate.value, terms)
    match quad.object:
        case ox.NamedNode(value=iri):
            value, language = _name_entity(iri, names, terms)
            return StatementView(name, name_language, value, iri_to_path(iri, "doc"), language)
        case ox.Literal(value=text, language=language):
            return StatementView(name, name_language, text, None, language or "und")
        case other:
            return StatementView(name, name_language, str(other), None, "und")
