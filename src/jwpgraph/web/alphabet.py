"""``/a-z/<kind>``: all names of the entities of one type in one language, including alternative names, by letter."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import Response

from jwpgraph.answers.animal_rows import get_joined_concepts
from jwpgraph.answers.animals import is_animal
from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.entity_index import get_entity_index
from jwpgraph.entities.entity_types import BY_PLURAL, KINDS, EntityType
from jwpgraph.entities.iri_mapping import iri_to_path, quote_iri
from jwpgraph.entities.nodes import PREF_LABEL, EntityNode, collect_nodes, list_preferred_languages, merge_letter_cases
from jwpgraph.http.declared_parameters import takes
from jwpgraph.http.unknown_names import make_unknown_address_problem, make_wrong_parameter_problem
from jwpgraph.linked_data.routing import Site
from jwpgraph.problems import explain
from jwpgraph.taxon_facets.clock import get_today
from jwpgraph.taxon_facets.taxonomy_cache import get_concepts
from jwpgraph.vocabulary import PREFIXES
from jwpgraph.web.page_router import PageRouter
from jwpgraph.web.paging import parse_offset
from jwpgraph.web.rendering import make_page

_NAMES: Final = (PREF_LABEL, PREFIXES["skos"] + "altLabel", PREFIXES["dwc"] + "vernacularName")
_PER_PAGE: Final = 200
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")


@dataclass(frozen=True, slots=True)
class NameEntry:
    """A name and its entity.

    Attributes:
        name: the name.
        iri: the entity; of the concepts of one animal the main one.
        preferred: the preferred name of the entity, if that is another one.
        language: the language of the preferred name.
    """

    name: str
    iri: str
    preferred: str | None
    language: str | None = None


router = PageRouter()


@router.read_undocumented("/a-z/{plural}")
@takes("lang", "letter", "offset")
async def show_index(request: Request, site: Site, plural: str) -> Response:
    kind = BY_PLURAL.get(plural)
    if kind is None:
        raise make_unknown_address_problem(BY_PLURAL)
    language = request.query_params.get("lang") or "en"
    letter = request.query_params.get("letter", "")
    if not _LANGUAGE.fullmatch(language):
        raise make_wrong_parameter_problem(
            "lang", explain("“%(value)s”; write a language tag such as fr.", value=language[:40])
        )
    if len(letter) > 1 or not (letter.isalpha() or letter in {"#", ""}):
        raise make_wrong_parameter_problem(
            "letter", explain("“%(value)s”; write one letter, or # for digits and signs.", value=letter[:40])
        )
    offset, day = parse_offset(request), get_today()

    async def make() -> Mapping[str, Any]:
        nodes = await _list_named(site, kind)
        languages = Counter(tag for node in nodes for tag, _ in _get_node_names(node))
        joined = await get_joined_concepts(site, day) if kind.segment == "taxon" else {}
        entries = sorted(_make_entries(nodes, language, joined), key=lambda entry: (_fold_name(entry.name), entry.iri))
        letters = Counter(get_initial(entry.name) for entry in entries)
        chosen = letter if letter in letters else next(iter(sorted(letters)), "")
        shown = [entry for entry in entries if get_initial(entry.name) == chosen]
        concepts = await get_concepts(site, (entry.iri for entry in shown if entry.iri in joined))
        species = {iri for iri, concept in concepts.items() if is_animal(concept)}
        return {
            "kind": kind,
            "kinds": [one for one in KINDS if (await get_entity_index(site, one)).nodes],
            "language": language,
            "languages": sorted(languages),
            "letters": sorted(letters.items()),
            "letter": chosen,
            "total": len(shown),
            "entries": shown[offset : offset + _PER_PAGE],
            "page_of": lambda entry: _find_page(entry, species),
            "first": offset + 1,
            "state": lambda **changes: _state_url(plural, {"lang": language, "letter": chosen} | changes),
            "previous": max(0, offset - _PER_PAGE) if offset else None,
            "following": offset + _PER_PAGE if offset + _PER_PAGE < len(shown) else None,
        }

    return await make_page(request, site, "alphabet.html", make, variant=str(day), to_document=_to_document)


def _to_document(values: Mapping[str, Any]) -> object:
    return {
        "language": values["language"],
        "letters": [{"letter": letter, "total": total} for letter, total in values["letters"]],
        "letter": values["letter"],
        "total": values["total"],
        "offset": values["first"] - 1,
        "items": [
            {"name": one.name, "id": one.iri, **({"preferred": one.preferred} if one.preferred else {})}
            for one in values["entries"]
        ],
    }


def _find_page(entry: NameEntry, species: Collection[str]) -> str:
    """Return the path of an entity: concepts that stand for the same animal have one page."""
    if entry.iri in species:
        return f"/species/{entry.iri.rpartition('/')[2]}"
    return iri_to_path(entry.iri, "doc") or entry.iri


async def _list_named(site: AppContext, kind: EntityType) -> list[EntityNode]:
    """Return the entities of *kind* with all of their names."""
    names = ", ".join(map(quote_iri, _NAMES))

    async def read() -> list[EntityNode]:
        query = f"SELECT ?s ?p ?o WHERE {{ ?s a {quote_iri(kind.class_iri)} . ?s ?p ?o FILTER(?p IN ({names})) }}"
        return list(collect_nodes(await site.queries.select(query)).values())

    return await site.once_per_release(f"names:{kind.segment}", read)


def _get_node_names(node: EntityNode) -> Iterator[tuple[str, str]]:
    for predicate in _NAMES:
        for term in node.properties.get(predicate, ()):
            if term.kind == "literal" and term.value.strip():
                yield (term.language or "en").partition("-")[0], term.value


def _make_entries(
    nodes: list[EntityNode], language: str, joined: Mapping[str, Sequence[str]] = MappingProxyType({})
) -> list[NameEntry]:
    """Return the names, each once for an entity or for the concepts of one animal.

    Args:
        nodes: the entities.
        language: the language of the names.
        joined: the concepts of an animal with several concepts, the main one first, by each of them.
    """
    found: dict[tuple[str, str], NameEntry] = {}
    for node in nodes:
        iri = next(iter(joined.get(node.iri, ())), node.iri)
        # Without a preferred name in the language or the reader's, taxa are told by their scientific names.
        labels = {term.language: term for term in node.properties.get(PREF_LABEL, ())}
        wanted = (language, list_preferred_languages()[0], "la", "en")
        label = next((labels[one] for one in wanted if one in labels), None)
        own, own_language = (label.value, label.language) if label else (node.name, None)
        names = [name for tag, name in _get_node_names(node) if tag == language]
        for name in merge_letter_cases(names, str):
            entry = NameEntry(name, iri, own, own_language) if own != name else NameEntry(name, iri, None)
            known = found.setdefault((name.casefold(), iri), entry)
            if known.preferred is not None and (entry.preferred is None or node.iri == iri):
                found[name.casefold(), iri] = entry
    return list(found.values())


def get_initial(name: str) -> str:
    """Return the letter of *name* in the index: without diacritics, upper case; ``#`` for digits and signs."""
    first = next((character for character in _fold_name(name) if character.isalnum()), "#")
    return first.upper() if first.isalpha() else "#"


def _fold_name(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _state_url(plural: str, values: Mapping[str, Any]) -> str:
    return f"/a-z/{plural}?{urlencode({name: value for name, value in values.items() if value})}"
