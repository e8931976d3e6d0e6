"""Exact look-up of entities by identifiers of other databases and by codes.

An identifier can be alone (``Q30197``), prefixed with its scheme (``wikidata:Q30197``), or the URL of a page or an IRI
of the scheme (``https://www.wikidata.org/wiki/Q30197``).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.description import NAMING_PROPERTIES
from jwpgraph.entities.iri_mapping import quote_iri
from jwpgraph.entities.nodes import EntityNode, collect_nodes
from jwpgraph.query_execution.queries import QueryTerm
from jwpgraph.vocabulary import ID, PREFIXES, expand_name

_SKOS: Final = PREFIXES["skos"]


@dataclass(frozen=True, slots=True)
class IdentifierScheme:
    """A scheme of identifiers.

    Attributes:
        name: as answers name it, and as the prefix of an identifier.
        properties: what states its identifiers.
        addresses: how its IRIs and pages are written; the group is the identifier.
        aliases: other prefixes.
        any_case: whether letters count alike in upper and lower case.
        type_segment: only for things whose IRI has this segment.
    """

    name: str
    properties: tuple[str, ...]
    addresses: tuple[re.Pattern[str], ...] = ()
    aliases: tuple[str, ...] = ()
    any_case: bool = False
    type_segment: str | None = None


def _read_schemes() -> Iterator[IdentifierScheme]:
    for found in tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))["schemes"]:
        found["properties"] = (expand_name(found.pop("property")),)
        found["aliases"] = tuple(found.get("aliases", ()))
        found["addresses"] = tuple(
            re.compile(rf"(?:https?://(?:www\.)?)?{address}") for address in found.get("addresses", ())
        )
        yield IdentifierScheme(**found)


SCHEMES: Final = tuple(_read_schemes())
_PROPERTIES: Final = " ".join(dict.fromkeys(quote_iri(iri) for scheme in SCHEMES for iri in scheme.properties))
_INDEX_QUERY: Final = f"SELECT ?s ?p ?o WHERE {{ VALUES ?p {{ {_PROPERTIES} }} ?s ?p ?o FILTER(ISLITERAL(?o)) }}"
_KNOWN_QUERY: Final = "SELECT DISTINCT ?id WHERE { ?id a ?class }"
_TREATY: Final = re.compile(r"(?:CMS|CITES|CBD) (?:Resolution|Decision|decision) (?:Conf\. )?(.+)")

Index = dict[str, dict[str, list[str]]]


@dataclass(frozen=True, slots=True)
class FoundIdentifier:
    """An entity that an identifier denotes.

    Attributes:
        node: the thing, with what names it.
        scheme: the scheme that the identifier belongs to; ``iri`` if it is the thing's own IRI.
        value: the identifier, as the graph states it.
    """

    node: EntityNode
    scheme: str
    value: str


async def find_by_identifier(site: AppContext, text: str) -> list[FoundIdentifier]:
    """Return the entities that *text* identifies, in the order of the schemes; empty if there are none.

    Args:
        site: where they are looked up.
        text: an identifier, a prefixed identifier, or an address.
    """
    text = text.strip()
    index = await site.once_per_release("identifiers", lambda: _read_index(site))
    hits: dict[str, tuple[str, str]] = {}
    if await _is_known(site, text):
        hits[text] = ("iri", text)
    for scheme in SCHEMES:
        for value in _get_candidates(scheme, text):
            key = value.casefold() if scheme.any_case else value
            for iri in index[scheme.name].get(key, ()):
                hits.setdefault(iri, (scheme.name, value))
    if not hits:
        return []
    naming = ", ".join(map(quote_iri, NAMING_PROPERTIES))
    values = " ".join(map(quote_iri, hits))
    rows = await site.queries.select(
        f"SELECT ?s ?p ?o WHERE {{ VALUES ?s {{ {values} }} ?s ?p ?o FILTER(?p IN ({naming})) }}"
    )
    nodes = collect_nodes(rows)
    return [FoundIdentifier(nodes.get(iri) or EntityNode(iri), *hit) for iri, hit in hits.items()]


def _get_candidates(scheme: IdentifierScheme, text: str) -> list[str]:
    """Return possible identifiers of the scheme: *text*, the part after its prefix, or a part of its URL."""
    found = [text]
    prefix, colon, rest = text.partition(":")
    if colon and prefix.casefold() in {scheme.name, *scheme.aliases}:
        found.append(rest.strip())
    for address in scheme.addresses:
        match = address.fullmatch(text)
        if match:
            found.append(match[1])
    return found


async def _is_known(site: AppContext, text: str) -> bool:
    if not re.fullmatch(r"https?://[^\s<>\"{}|\\^`\x00-\x20]+", text) or site.bound is None:
        return False
    try:
        return bool(await site.bound.select_bound(_KNOWN_QUERY, {"id": QueryTerm("uri", text)}))
    except ValueError:
        return False  # looks like an IRI, but is none


async def _read_index(site: AppContext) -> Index:
    index: Index = {scheme.name: {} for scheme in SCHEMES}
    by_property: dict[str, list[IdentifierScheme]] = {}
    for scheme in SCHEMES:
        for iri in scheme.properties:
            by_property.setdefault(iri, []).append(scheme)
    for row in sorted(await site.queries.select(_INDEX_QUERY), key=lambda row: row["s"].value):
        subject, value = row["s"].value, row["o"].value
        if row["s"].kind != "uri":
            continue
        for scheme in by_property[row["p"].value]:
            if scheme.type_segment and not subject.startswith(f"{ID}{scheme.type_segment}/"):
                continue
            values = [value]
            number = _TREATY.fullmatch(value) if scheme.name == "resolution" else None
            if number:
                values += [value.partition(" ")[2], number[1]]
            for one in values:
                held = index[scheme.name].setdefault(one.casefold() if scheme.any_case else one, [])
                if subject not in held:
                    held.append(subject)
    return index
