"""Index of all entities of one type in a release: resolves names, lists entities and suggests similar names."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.description import NAMING_PROPERTIES
from jwpgraph.entities.entity_types import EntityType
from jwpgraph.entities.iri_mapping import get_slug
from jwpgraph.entities.nodes import RDF_TYPE, EntityNode, collect_nodes, sort_nodes
from jwpgraph.entities.search import LONGEST_QUERY, find_hits, label_hits
from jwpgraph.entities.withdrawals import read_given_up
from jwpgraph.query_execution.queries import QueryTerm
from jwpgraph.vocabulary import JWP, PREFIXES

_ALTERNATIVES = (PREFIXES["skos"] + "altLabel", PREFIXES["skos"] + "hiddenLabel")
#: Codes that work as names: of countries and regions, and of treaties in InforMEA.
_CODES = (JWP + "isoAlpha3", JWP + "m49Code", JWP + "informeaTreatyCode")
_FUZZY_UP_TO = 2000


@dataclass
class EntityIndex:
    """Entities of one type in reading order."""

    nodes: list[EntityNode]
    _by_iri: dict[str, EntityNode] = field(init=False)
    _by_name: dict[str, list[EntityNode]] = field(init=False)

    def __post_init__(self) -> None:
        """Index the entities by all names that clients may use."""
        self._by_iri = {node.iri: node for node in self.nodes}
        self._by_name = {}
        for node in self.nodes:
            slug = get_slug(node.iri)
            names = {slug, slug.rpartition("/")[2], node.notation or slug}
            names |= {term.value for code in _CODES for term in node.properties.get(code, ())}
            for name in {name.casefold() for name in names}:
                self._by_name.setdefault(name, []).append(node)

    def get(self, iri: str) -> EntityNode | None:
        """Return the entity with that IRI."""
        return self._by_iri.get(iri)

    def resolve(self, value: str) -> list[EntityNode]:
        """Return the entities that *value* identifies: an IRI, a slug (programme optional), a notation or a code."""
        if value in self._by_iri:
            return [self._by_iri[value]]
        exact = [node for node in self._by_name.get(value.casefold(), ()) if get_slug(node.iri) == value]
        return exact or self._by_name.get(value.casefold(), [])

    def neighbours(self, iri: str) -> tuple[EntityNode | None, EntityNode | None]:
        """Return the previous and the next entity; both ``None`` if *iri* is not in the index."""
        place = next((place for place, node in enumerate(self.nodes) if node.iri == iri), None)
        if place is None:
            return None, None
        around = [None, *self.nodes, None]
        return around[place], around[place + 2]

    def near(self, value: str, most: int = 5) -> list[EntityNode]:
        """Return entities whose slug, notation or name is similar to *value*, best first."""
        wanted = value.rpartition("/")[2].replace("-", " ").casefold()
        # Similarity takes about 20 µs for each name, so in a long index only beginnings of words are compared.
        fuzzy = len(self.nodes) <= _FUZZY_UP_TO
        scored = (
            (max(_name_similarity(wanted, name, fuzzy) for name in _get_node_names(node)), node) for node in self.nodes
        )
        close = [(score, node) for score, node in scored if score >= 0.6]
        return [node for _, node in sorted(close, key=lambda pair: (-pair[0], pair[1].sort_key()))[:most]]

    def examples(self, most: int = 3) -> list[str]:
        """Return example values for :meth:`resolve`, for messages."""
        return [node.notation or get_slug(node.iri) for node in self.nodes[:most]]


def _get_node_names(node: EntityNode) -> Iterable[str]:
    yield get_slug(node.iri).rpartition("/")[2].replace("-", " ").casefold()
    yield node.name.casefold()
    if node.notation:
        yield node.notation.casefold()
    for predicate in _ALTERNATIVES:
        for term in node.properties.get(predicate, ()):
            yield term.value.casefold()


def _name_similarity(wanted: str, name: str, fuzzy: bool) -> float:
    if len(wanted) > 2 and (name.startswith(wanted) or f" {wanted}" in f" {name}"):
        return 0.9
    if not fuzzy:
        return 0.0
    matcher = difflib.SequenceMatcher(None, wanted, name)
    return matcher.ratio() if matcher.quick_ratio() >= 0.6 else 0.0


async def get_entity_index(site: AppContext, kind: EntityType) -> EntityIndex:
    """Return the index of *kind* in the served release; the nodes have no classes, which *kind* implies.

    Withdrawn entities are left out.
    """
    properties = ", ".join(f"<{name}>" for name in (*NAMING_PROPERTIES, *_ALTERNATIVES, *_CODES) if name != RDF_TYPE)
    query = f"SELECT ?s ?p ?o WHERE {{ ?s a <{kind.class_iri}> . ?s ?p ?o FILTER(?p IN ({properties})) }}"

    async def read() -> EntityIndex:
        nodes = collect_nodes(await site.queries.select(query)).values()
        withdrawn = await read_given_up(site)
        return EntityIndex(
            sort_nodes(node for node in nodes if not node.iri.startswith("_:") and node.iri not in withdrawn)
        )

    return await site.once_per_release(f"register:{kind.segment}", read)


async def list_similar(site: AppContext, kind: EntityType, text: str, most: int = 5) -> list[EntityNode]:
    """Return entities of the current release whose slug, notation or name is similar to *text*, best first.

    Args:
        site: the application context.
        kind: their type.
        text: what was asked for: an IRI, a slug or a name.
        most: their greatest number.
    """
    release = site.served_release() if site.is_large() else None
    words = " ".join(re.findall(r"[^\W_]+", text.rpartition("/")[2]))[:LONGEST_QUERY]
    if release is None:
        return (await get_entity_index(site, kind)).near(text, most)
    # All names of a large release take seconds to read; its text index has them.
    hits = [hit for hit in await find_hits(release, words) if hit.kind is kind][:most] if words else []
    found = [EntityNode(hit.iri) for hit in hits]
    for node, match in zip(found, await label_hits(release, hits), strict=True):
        node.add(PREFIXES["skos"] + "prefLabel", QueryTerm("literal", match.label, language=match.language))
        if match.notation:
            node.add(PREFIXES["skos"] + "notation", QueryTerm("literal", match.notation))
    return found
