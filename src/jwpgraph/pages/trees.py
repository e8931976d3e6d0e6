"""Trees to walk down: the programme's themes, LEO's thesaurus, each convention's taxonomy; one level at a time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from jwpgraph.linked_data.addresses import iri_ref, path_of
from jwpgraph.linked_data.nodes import local_name, natural_key, preferred_language
from jwpgraph.linked_data.site import Site
from jwpgraph.pages.paging import asked_offset
from jwpgraph.pages.rendering import page
from jwpgraph.pages.translation import marked
from jwpgraph.problems import Problem
from jwpgraph.sparql.queries import Row
from jwpgraph.vocabulary import ID, PREFIX_LINES

_PER_PAGE: Final = 100
_LEO: Final = "<http://www.informea.org/terms>"


@dataclass(frozen=True, slots=True)
class Tree:
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


def _taxonomy(short: str, title: str) -> Tree:
    of = f"?node tcs:accordingTo <{ID}taxonomy/{short}> ; a jwp:TaxonConcept ."
    return Tree(title, f"{of} FILTER NOT EXISTS {{ ?node tcs:parentTaxonConcept ?above }}", "tcs:parentTaxonConcept")


TREES: Final[dict[str, Tree]] = {
    "themes": Tree(
        marked("Themes, headings and activities"),
        "?node a jwp:Theme .",
        "skos:broader|jwp:heading",
        "?member a jwp:Activity ; jwp:theme ?this . FILTER NOT EXISTS { ?member jwp:heading ?heading }",
    ),
    "leo": Tree(
        marked("Law and Environment Ontology (LEO)"),
        f"?node skos:inScheme {_LEO} . FILTER NOT EXISTS {{ ?node skos:broader ?above }}",
        "skos:broader",
        "?member dcterms:subject|skos:closeMatch|skos:exactMatch|skos:relatedMatch ?this . FILTER(isIRI(?member))",
    ),
    "cites": _taxonomy("cites", marked("Taxonomy of CITES")),
    "cms": _taxonomy("cms", marked("Taxonomy of CMS")),
}


@dataclass(slots=True)
class Branch:
    """A node of a tree as a page shows it.

    Attributes:
        label: what it is called.
        language: of the label.
        notation: its code.
        place: where it stands in its document; infinite where it has no place.
        below: how many stand directly below it.
        down: the address of the page that shows them; None where there are none.
        thing: the address of its own page; None for what is not ours.
    """

    label: str
    language: str | None
    notation: str | None
    place: float
    below: int
    down: str | None
    thing: str | None


def create_router(site: Site) -> APIRouter:
    """``/trees`` and ``/trees/<name>``, with ``at`` for the node whose children are shown."""
    router = APIRouter()

    async def all_trees(request: Request) -> Response:
        async def make() -> Mapping[str, Any]:
            return {"trees": TREES}

        return await page(request, site, "trees.html", make)

    async def tree(request: Request, name: str) -> Response:
        found = TREES.get(name)
        if found is None:
            raise Problem("not-found", "There is no such thing", f"Trees are {', '.join(TREES)}.", status=404)
        at = request.query_params.get("at", "")
        offset = asked_offset(request)

        async def make() -> Mapping[str, Any]:
            iri = at if "://" in at or not at else ID + at
            above = await _above(site, name, found, iri) if iri else []
            if iri and not above:
                raise Problem("not-found", "There is no such thing", f"{at!r} does not stand in this tree.", status=404)
            rows = await site.queries.select(_children(found, iri))
            branches = sorted((_branch(name, row, "node") for row in rows), key=_order)
            members: list[Branch] = []
            if iri and found.members:
                members = [_branch(name, row, "member") for row in await site.queries.select(_members(found, iri))]
            return {
                "name": name,
                "tree": found,
                "above": above,
                "total": len(branches),
                "branches": branches[offset : offset + _PER_PAGE],
                "members": sorted(members, key=_order),
                "first": offset + 1,
                "previous": _address(name, at, max(0, offset - _PER_PAGE)) if offset else None,
                "following": _address(name, at, offset + _PER_PAGE) if offset + _PER_PAGE < len(branches) else None,
            }

        return await page(request, site, "tree.html", make)

    router.add_api_route("/trees", all_trees, methods=["GET", "HEAD"], include_in_schema=False)
    router.add_api_route("/trees/{name}", tree, methods=["GET", "HEAD"], include_in_schema=False)
    return router


_CHOSEN: Final = (
    "(COALESCE(SAMPLE(?own), SAMPLE(?english)) AS ?label) (SAMPLE(?latin) AS ?name) "
    "(SAMPLE(?code) AS ?notation) (MIN(?position) AS ?place)"
)


def _labels(variable: str) -> str:
    """What *variable* is called: in the preferred language, in English, in Latin; its code and its place."""
    named = f"OPTIONAL {{{{ ?{variable} skos:prefLabel ?{{0}} FILTER(LANG(?{{0}}) = '{{1}}') }}}}"
    return f"""{named.format("own", preferred_language())} {named.format("english", "en")}
  OPTIONAL {{ ?{variable} skos:notation ?code }} OPTIONAL {{ ?{variable} schema:position ?position }}
  OPTIONAL {{ ?{variable} dwc:scientificName ?latin }}"""


def _children(tree: Tree, iri: str) -> str:
    pattern = f"?node {tree.up} {iri_ref(iri)} ." if iri else tree.roots
    return f"""{PREFIX_LINES}
SELECT ?node {_CHOSEN} (COUNT(DISTINCT ?child) AS ?below) WHERE {{
  {{ SELECT DISTINCT ?node WHERE {{ {pattern} FILTER(isIRI(?node)) }} }}
  OPTIONAL {{ ?child {tree.up} ?node }} {_labels("node")}
}} GROUP BY ?node"""


def _members(tree: Tree, iri: str) -> str:
    pattern = (tree.members or "").replace("?this", iri_ref(iri))
    return f"""{PREFIX_LINES}
SELECT ?member {_CHOSEN} WHERE {{ {pattern} {_labels("member")} }} GROUP BY ?member LIMIT {_PER_PAGE}"""


async def _above(site: Site, name: str, tree: Tree, iri: str) -> list[Branch]:
    """The way from the top down to *iri*, itself last; nothing where it does not stand in the tree."""
    this = iri_ref(iri)
    rows = await site.queries.select(f"""{PREFIX_LINES}
SELECT ?node {_CHOSEN} (COUNT(DISTINCT ?farther) AS ?below) WHERE {{
  {{ SELECT DISTINCT ?node WHERE {{ {this} ({tree.up})* ?node FILTER EXISTS {{ ?node ?property ?value }} }} }}
  OPTIONAL {{ ?node ({tree.up})+ ?farther }} {_labels("node")}
}} GROUP BY ?node""")
    deepest_last = sorted(rows, key=lambda row: (int(row["below"].value), row["node"].value == iri))
    branches = [_branch(name, row, "node") for row in deepest_last]
    for branch, row in zip(branches, deepest_last, strict=True):
        branch.down = _address(name, row["node"].value.removeprefix(ID))
    return branches


def _branch(name: str, row: Row, variable: str) -> Branch:
    iri = row[variable].value
    label = row.get("label") or row.get("name")
    below = int(row["below"].value) if "below" in row else 0
    latin = row["name"].value if "name" in row else None
    text = label.value if label else local_name(iri)
    return Branch(
        text if not latin or latin == text else f"{text} ({latin})",
        label.language if label else None,
        row["notation"].value if "notation" in row else None,
        float(row["place"].value) if "place" in row else math.inf,
        below,
        _address(name, iri.removeprefix(ID)) if below else None,
        path_of(iri, "doc"),
    )


def _order(branch: Branch) -> tuple[float, object, str]:
    return branch.place, natural_key(branch.notation or "~"), branch.label.casefold()


def _address(name: str, at: str, offset: int = 0) -> str:
    values = {"at": at, "offset": str(offset) if offset else ""}
    query = urlencode({key: value for key, value in values.items() if value}, safe="/:")
    return f"/trees/{name}" + (f"?{query}" if query else "")
