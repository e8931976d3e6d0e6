"""Trees for browsing, one level at a time: the programme's themes, LEO, and each convention's taxonomy."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import Response

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.iri_mapping import iri_to_path, quote_iri
from jwpgraph.entities.leo import SCHEME, get_term_path
from jwpgraph.entities.nodes import get_local_name, list_preferred_languages, make_natural_key
from jwpgraph.http.declared_parameters import takes
from jwpgraph.http.unknown_names import make_unknown_address_problem
from jwpgraph.linked_data.routing import Site
from jwpgraph.problems import ProblemError, explain
from jwpgraph.query_execution.queries import SolutionRow
from jwpgraph.vocabulary import ID, PREFIX_LINES
from jwpgraph.web.page_router import PageRouter
from jwpgraph.web.paging import parse_offset
from jwpgraph.web.rendering import make_page
from jwpgraph.web.translation import mark_for_translation

_PER_PAGE: Final = 100
_LEO: Final = quote_iri(SCHEME)


@dataclass(frozen=True, slots=True)
class TreeDefinition:
    """A hierarchy.

    Attributes:
        title: the message that heads it.
        roots: the pattern of ``?node`` at the top.
        up: the property path from a node to the one above it.
        members: the pattern of ``?member`` that a node holds beside those below it, around ``?this``.
    """

    title: str
    roots: str
    up: str
    members: str | None = None


def _make_taxonomy_tree(short: str, title: str) -> TreeDefinition:
    of = f"?node tcs:accordingTo <{ID}taxonomy/{short}> ; a jwp:TaxonConcept ."
    return TreeDefinition(
        title, f"{of} FILTER NOT EXISTS {{ ?node tcs:parentTaxonConcept ?above }}", "tcs:parentTaxonConcept"
    )


TREES: Final[dict[str, TreeDefinition]] = {
    "themes": TreeDefinition(
        mark_for_translation("Themes, headings and activities"),
        "?node a jwp:Theme .",
        "skos:broader|jwp:heading",
        "?member a jwp:Activity ; jwp:theme ?this . FILTER NOT EXISTS { ?member jwp:heading ?heading }",
    ),
    "leo": TreeDefinition(
        mark_for_translation("Law and Environment Ontology (LEO)"),
        f"?node skos:inScheme {_LEO} . FILTER NOT EXISTS {{ ?node skos:broader ?above }}",
        "skos:broader",
        "?member dcterms:subject|skos:closeMatch|skos:exactMatch|skos:relatedMatch ?this . FILTER(isIRI(?member))",
    ),
    "cites": _make_taxonomy_tree("cites", mark_for_translation("Taxonomy of CITES")),
    "cms": _make_taxonomy_tree("cms", mark_for_translation("Taxonomy of CMS")),
}


@dataclass(slots=True)
class TreeBranch:
    """A node of a tree.

    Attributes:
        iri: its IRI.
        label: what it is called.
        language: of the label.
        notation: its code.
        place: where it stands in its document; infinite where it has no place.
        below: how many stand directly below it.
        down: the address of the page that shows them; None if there are none.
        thing: the path of its page; None for resources outside this graph.
    """

    iri: str
    label: str
    language: str | None
    notation: str | None
    place: float
    below: int
    down: str | None
    thing: str | None


router = PageRouter()


@router.read_undocumented("/trees")
async def list_trees(request: Request, site: Site) -> Response:
    async def make() -> Mapping[str, Any]:
        return {"trees": TREES}

    return await make_page(
        request, site, "trees.html", make, to_document=lambda _: {"items": [{"name": name} for name in TREES]}
    )


@router.read_undocumented("/trees/{name}")
@takes("at", "offset")
async def show_tree(request: Request, site: Site, name: str) -> Response:
    found = TREES.get(name)
    if found is None:
        raise make_unknown_address_problem(TREES)
    at = request.query_params.get("at", "")
    offset = parse_offset(request)

    async def make() -> Mapping[str, Any]:
        iri = at if "://" in at or not at else ID + at
        above = await _get_path_from_root(site, name, found, iri) if iri else []
        if iri and not above:
            raise ProblemError(
                "not-found", "Not found", explain("“%(name)s” is not in this tree.", name=at), status=404
            )
        rows = await site.queries.select(_make_children_query(found, iri))
        branches = sorted((_make_branch(name, row, "node") for row in rows), key=_get_branch_order)
        members = await read_members(site, name, iri) if iri else []
        return {
            "name": name,
            "tree": found,
            "above": above,
            "total": len(branches),
            "branches": branches[offset : offset + _PER_PAGE],
            "members": members,
            "first": offset + 1,
            "previous": _make_branch_url(name, at, max(0, offset - _PER_PAGE)) if offset else None,
            "following": _make_branch_url(name, at, offset + _PER_PAGE) if offset + _PER_PAGE < len(branches) else None,
        }

    return await make_page(request, site, "tree.html", make, to_document=_to_document)


def _to_document(values: Mapping[str, Any]) -> object:
    return {
        "above": [_branch_to_json(one) for one in values["above"]],
        "total": values["total"],
        "offset": values["first"] - 1,
        "items": [_branch_to_json(one) | {"below": one.below} for one in values["branches"]],
        "members": [_branch_to_json(one) for one in values["members"]],
    }


def _branch_to_json(one: TreeBranch) -> dict[str, Any]:
    found = {"id": one.iri, "notation": one.notation, "label": one.label, "language": one.language}
    return {name: value for name, value in found.items() if value is not None}


async def read_members(site: AppContext, name: str, iri: str) -> list[TreeBranch]:
    """Return what a node of a tree holds beside the nodes below it, in order."""
    tree = TREES[name]
    rows = await site.queries.select(_make_members_query(tree, iri)) if tree.members else []
    return sorted((_make_branch(name, row, "member") for row in rows), key=_get_branch_order)


def _make_chosen() -> str:
    """Return the projection of what :func:`_make_labels_pattern` finds."""
    labels = ", ".join(f"SAMPLE(?label_{language})" for language in list_preferred_languages())
    return (
        f"(COALESCE({labels}) AS ?label) (SAMPLE(?latin) AS ?name) "
        "(SAMPLE(?code) AS ?notation) (MIN(?position) AS ?place)"
    )


def _make_labels_pattern(variable: str) -> str:
    """Return the pattern for the labels, code and position of *variable*."""
    named = " ".join(
        f"OPTIONAL {{ ?{variable} skos:prefLabel ?label_{one} FILTER(LANG(?label_{one}) = '{one}') }}"
        for one in list_preferred_languages()
    )
    return f"""{named}
  OPTIONAL {{ ?{variable} skos:notation ?code }} OPTIONAL {{ ?{variable} schema:position ?position }}
  OPTIONAL {{ ?{variable} gbif:canonicalName ?latin }}"""


def _make_children_query(tree: TreeDefinition, iri: str) -> str:
    pattern = f"?node {tree.up} {quote_iri(iri)} ." if iri else tree.roots
    return f"""{PREFIX_LINES}
SELECT ?node {_make_chosen()} (COUNT(DISTINCT ?child) AS ?below) WHERE {{
  {{ SELECT DISTINCT ?node WHERE {{ {pattern} FILTER(isIRI(?node)) }} }}
  OPTIONAL {{ ?child {tree.up} ?node }} {_make_labels_pattern("node")}
}} GROUP BY ?node"""


def _make_members_query(tree: TreeDefinition, iri: str) -> str:
    pattern = (tree.members or "").replace("?this", quote_iri(iri))
    return f"""{PREFIX_LINES}
SELECT ?member {_make_chosen()} WHERE {{ {pattern} {_make_labels_pattern("member")} }}
GROUP BY ?member LIMIT {_PER_PAGE}"""


async def _get_path_from_root(site: AppContext, name: str, tree: TreeDefinition, iri: str) -> list[TreeBranch]:
    """Return the path from the root to *iri*, inclusive; empty if it is not in the tree."""
    this = quote_iri(iri)
    rows = await site.queries.select(f"""{PREFIX_LINES}
SELECT ?node {_make_chosen()} (COUNT(DISTINCT ?farther) AS ?below) WHERE {{
  {{ SELECT DISTINCT ?node WHERE {{ {this} ({tree.up})* ?node FILTER EXISTS {{ ?node ?property ?value }} }} }}
  OPTIONAL {{ ?node ({tree.up})+ ?farther }} {_make_labels_pattern("node")}
}} GROUP BY ?node""")
    deepest_last = sorted(rows, key=lambda row: (int(row["below"].value), row["node"].value == iri))
    branches = [_make_branch(name, row, "node") for row in deepest_last]
    for branch, row in zip(branches, deepest_last, strict=True):
        branch.down = _make_branch_url(name, row["node"].value.removeprefix(ID))
    return branches


def _make_branch(name: str, row: SolutionRow, variable: str) -> TreeBranch:
    iri = row[variable].value
    label = row.get("label") or row.get("name")
    below = int(row["below"].value) if "below" in row else 0
    latin = row["name"].value if "name" in row else None
    text = label.value if label else get_local_name(iri)
    return TreeBranch(
        iri,
        text if not latin or latin == text else f"{text} ({latin})",
        label.language if label else None,
        row["notation"].value if "notation" in row else None,
        float(row["place"].value) if "place" in row else math.inf,
        below,
        _make_branch_url(name, iri.removeprefix(ID)) if below else None,
        iri_to_path(iri, "doc") or get_term_path(iri),
    )


def _get_branch_order(branch: TreeBranch) -> tuple[float, object, str]:
    return branch.place, make_natural_key(branch.notation or "~"), branch.label.casefold()


def _make_branch_url(name: str, at: str, offset: int = 0) -> str:
    values = {"at": at, "offset": str(offset) if offset else ""}
    query = urlencode({key: value for key, value in values.items() if value}, safe="/:")
    return f"/trees/{name}" + (f"?{query}" if query else "")
