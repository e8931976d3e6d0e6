"""``/a-z/<kind>``: every name of one kind of things in one language, alternative names included, letter by letter."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from jwpgraph.linked_data.addresses import iri_ref, path_of
from jwpgraph.linked_data.kinds import BY_PLURAL, KINDS, Kind
from jwpgraph.linked_data.nodes import PREF_LABEL, Node, collect
from jwpgraph.linked_data.register import register
from jwpgraph.linked_data.site import Site
from jwpgraph.pages.paging import asked_offset
from jwpgraph.pages.rendering import page
from jwpgraph.problems import Problem
from jwpgraph.vocabulary import PREFIXES

_NAMES: Final = (PREF_LABEL, PREFIXES["skos"] + "altLabel", PREFIXES["dwc"] + "vernacularName")
_PER_PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """A name, and what bears it.

    Attributes:
        name: the name.
        href: the page of the thing.
        preferred: what the thing is mostly called, where that is another name.
    """

    name: str
    href: str
    preferred: str | None


def create_router(site: Site) -> APIRouter:
    """The route; ``lang`` and ``letter`` choose."""
    router = APIRouter()

    async def index(request: Request, plural: str) -> Response:
        kind = BY_PLURAL.get(plural)
        if kind is None:
            raise Problem("not-found", "There is no such thing", f"Lists are {', '.join(BY_PLURAL)}.", status=404)
        language = request.query_params.get("lang", "en")
        letter = request.query_params.get("letter", "")
        offset = asked_offset(request)

        async def make() -> Mapping[str, Any]:
            nodes = await _named(site, kind)
            languages = Counter(tag for node in nodes for tag, _ in _names(node))
            entries = sorted(_entries(nodes, language), key=lambda entry: (_folded(entry.name), entry.href))
            letters = Counter(initial(entry.name) for entry in entries)
            chosen = letter if letter in letters else next(iter(sorted(letters)), "")
            shown = [entry for entry in entries if initial(entry.name) == chosen]
            return {
                "kind": kind,
                "kinds": [one for one in KINDS if (await register(site, one)).nodes],
                "language": language,
                "languages": sorted(languages),
                "letters": sorted(letters.items()),
                "letter": chosen,
                "total": len(shown),
                "entries": shown[offset : offset + _PER_PAGE],
                "first": offset + 1,
                "state": lambda **changes: _state(plural, {"lang": language, "letter": chosen} | changes),
                "previous": max(0, offset - _PER_PAGE) if offset else None,
                "following": offset + _PER_PAGE if offset + _PER_PAGE < len(shown) else None,
            }

        return await page(request, site, "alphabet.html", make)

    router.add_api_route("/a-z/{plural}", index, methods=["GET", "HEAD"], include_in_schema=False)
    return router


async def _named(site: Site, kind: Kind) -> list[Node]:
    """The things of *kind* with every name that they have."""
    names = ", ".join(map(iri_ref, _NAMES))

    async def read() -> list[Node]:
        query = f"SELECT ?s ?p ?o WHERE {{ ?s a {iri_ref(kind.class_iri)} . ?s ?p ?o FILTER(?p IN ({names})) }}"
        return list(collect(await site.queries.select(query)).values())

    return await site.once_per_release(f"names:{kind.segment}", read)


def _names(node: Node) -> Iterator[tuple[str, str]]:
    for predicate in _NAMES:
        for term in node.properties.get(predicate, ()):
            if term.kind == "literal" and term.value.strip():
                yield (term.language or "en").partition("-")[0], term.value


def _entries(nodes: list[Node], language: str) -> Iterator[Entry]:
    for node in nodes:
        found = node.text(PREF_LABEL, language)
        own = found.value if found else node.name
        for name in dict.fromkeys(name for tag, name in _names(node) if tag == language):
            yield Entry(name, path_of(node.iri, "doc") or node.iri, own if own != name else None)


def initial(name: str) -> str:
    """The letter under which *name* stands: without diacritics, upper case; ``#`` for digits and signs."""
    first = next((character for character in _folded(name) if character.isalnum()), "#")
    return first.upper() if first.isalpha() else "#"


def _folded(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _state(plural: str, values: Mapping[str, Any]) -> str:
    return f"/a-z/{plural}?{urlencode({name: value for name, value in values.items() if value})}"
