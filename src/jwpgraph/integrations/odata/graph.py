"""Reading of the nodes that entities are built from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.iri_mapping import get_slug
from jwpgraph.entities.nodes import EntityNode, collect_nodes, sort_nodes
from jwpgraph.entities.withdrawals import read_given_up
from jwpgraph.integrations.odata.changes import ChangeTimes
from jwpgraph.integrations.odata.records import LocalPath, ODataRecord, make_child
from jwpgraph.vocabulary import BASE, ID, JWP, PREFIXES

_CLASSES: Final = (
    *("WorkProgramme", "Activity", "Instrument", "Meeting", "Site", "PartyStatus"),
    *("MeetingKind", "Programme", "Country"),
)
_LABEL: Final = PREFIXES["skos"] + "prefLabel"
_ALTERNATIVE: Final = PREFIXES["skos"] + "altLabel"
_SUBJECT: Final = PREFIXES["dcterms"] + "subject"
TREATY_CODE: Final = JWP + "informeaTreatyCode"
RESOLUTION: Final = JWP + "resolution"
PARENT: Final = JWP + "parentConvention"
#: Namespace of the terms of LEO, InforMEA's vocabulary.
LEO: Final = "http://www.informea.org/terms/"
_UNSAFE: Final = re.compile(r"[^a-z0-9.]+")
_FILES: Final = (("ttl", "text/turtle"), ("jsonld", "application/ld+json"))
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}(T.+)?")


async def load_nodes(site: AppContext) -> dict[str, EntityNode]:
    """Return all nodes needed for entities and their names, read once per release."""
    classes = " ".join(f"<{JWP}{name}>" for name in _CLASSES)
    query = f"""SELECT ?s ?p ?o WHERE {{
      {{ VALUES ?class {{ {classes} }} ?s a ?class }} UNION {{ ?s <{RESOLUTION}> ?resolution }}
      FILTER(isIRI(?s))
      ?s ?p ?o
    }}"""
    terms = f"""SELECT ?s ?p ?o WHERE {{
      ?thing <{_SUBJECT}> ?s . FILTER(STRSTARTS(STR(?s), "{LEO}")) VALUES ?p {{ <{_LABEL}> }} ?s ?p ?o
    }}"""

    async def read() -> dict[str, EntityNode]:
        nodes = collect_nodes(await site.queries.select(terms), collect_nodes(await site.queries.select(query)))
        withdrawn = await read_given_up(site)
        return {iri: node for iri, node in nodes.items() if iri not in withdrawn}

    return await site.once_per_release("informea", read)


@dataclass(frozen=True)
class Graph:
    """The nodes of one release, with accessors for entities.

    Args:
        nodes: the nodes by IRI.
        changes: the times of the last changes.
    """

    nodes: dict[str, EntityNode]
    changes: ChangeTimes
    _shown: set[tuple[str, str]] = field(default_factory=set)

    def show(self, node: EntityNode, predicate: str) -> None:
        """Note that the entity that is being made has the values of a property of another node."""
        self._shown.add((node.iri, predicate))

    def find_update(self, *nodes: EntityNode) -> datetime | None:
        """Return when the entity that has been made changed last.

        That is when one of the *nodes* whose content it has changed, or a value that it has of another node. Another
        change of such a node is none of the entity: a comment on a convention would change all sites.
        """
        times = [self.changes.of(node.iri) for node in nodes]
        times += [self.changes.of_value(self.nodes[iri], predicate) for iri, predicate in self._shown]
        self._shown.clear()
        return max((time for time in times if time), default=None)

    def of(self, class_name: str) -> list[EntityNode]:
        """Return the nodes of a class, in display order."""
        return sort_nodes(node for node in self.nodes.values() if JWP + class_name in node.types)

    def links(self, node: EntityNode, predicate: str) -> list[EntityNode]:
        """Return the known nodes that are values of *predicate*, in display order."""
        terms = node.properties.get(predicate, ())
        return sort_nodes(self.nodes[term.value] for term in terms if term.kind == "uri" and term.value in self.nodes)

    def treaties(self, node: EntityNode, *predicates: str) -> list[str]:
        """Return the InforMEA codes of the conventions and instruments that are values of *predicates*."""
        return self.values([one for predicate in predicates for one in self.links(node, predicate)], TREATY_CODE)

    def values(self, nodes: Iterable[EntityNode], predicate: str) -> list[str]:
        """Return one value of *predicate* of each of other *nodes* that has one, without duplicates."""
        found = []
        for one in nodes:
            self.show(one, predicate)
            found.append(get_value(one, predicate))
        return list(dict.fromkeys(value for value in found if value))

    def treaty(self, node: EntityNode, *predicates: str) -> str | None:
        """Return the code of the treaty of a node; None if there is none or more than one."""
        codes = self.treaties(node, *predicates)
        return codes[0] if len(codes) == 1 else None

    def keywords(self, node: EntityNode, key: str) -> list[ODataRecord]:
        """Return the LEO terms of a node with their English labels."""
        found = []
        for term in sorted(node.properties.get(_SUBJECT, ()), key=lambda term: term.value):
            if term.kind == "uri" and term.value.startswith(LEO):
                named = self.nodes.get(term.value)
                label = named.text(_LABEL, "en") if named else None
                text = label.value if label else None
                slug = term.value.removeprefix(LEO)
                found.append(
                    make_child(
                        *("VocabularyTerm", f"{key}-{slug}"),
                        term=text,
                        namespace=LEO,
                        termURI=term.value,
                        scope="leo",
                        literalForm=text,
                        sourceURL=term.value,
                    )
                )
        return found


def get_value(node: EntityNode, predicate: str) -> str | None:
    """Return one value of *predicate*, deterministically."""
    term = node.first(predicate)
    return term.value if term else None


def get_number(node: EntityNode, predicate: str) -> float | None:
    """Return the value of *predicate* if it is a number."""
    try:
        return float(get_value(node, predicate) or "")
    except ValueError:
        return None


def get_day(text: str | None) -> datetime | None:
    """Return a time in UTC, midnight for a day (``2015-10-26``), or None for a month or a year."""
    if text is None or _DAY.fullmatch(text) is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def get_texts(node: EntityNode, key: str, *predicates: str) -> list[ODataRecord]:
    """Return the texts of *predicates*, one per language, of the first predicate that has one.

    English comes first. A text without a language counts as English, which InforMEA requires.
    """
    found: dict[str, str] = {}
    for predicate in predicates:
        terms = sorted(node.properties.get(predicate, ()), key=lambda term: term.value)
        own: dict[str, str] = {}
        for term in terms:
            if term.kind == "literal":
                own.setdefault(term.language or "en", term.value)
        found = {**own, **found}
    order = sorted(found, key=lambda language: (language != "en", language))
    return [
        make_child("LocalizableString", f"{key}-{language}", language=language, value=found[language])
        for language in order
    ]


def get_labels(node: EntityNode, key: str) -> list[ODataRecord]:
    """Return the names of a node."""
    return get_texts(node, key, _LABEL)


def get_names(node: EntityNode, key: str) -> list[ODataRecord]:
    """Return the names of a node; an alternative name for languages without a preferred one."""
    return get_texts(node, key, _LABEL, _ALTERNATIVE)


def get_descriptions(node: EntityNode, key: str) -> list[ODataRecord]:
    """Return the descriptions of a node."""
    return get_texts(node, key, PREFIXES["dcterms"] + "description")


def get_page(node: EntityNode) -> LocalPath | None:
    """Return the path of the page of a node; ``None`` if it has another namespace."""
    return LocalPath("/" + node.iri.removeprefix(BASE)) if node.iri.startswith(BASE) else None


def get_files(node: EntityNode, key: str) -> list[ODataRecord]:
    """Return the data files of a node."""
    if not node.iri.startswith(ID):
        return []
    path = "/data/" + node.iri.removeprefix(ID)
    return [
        make_child(
            *("File", f"{key}.{extension}"),
            url=LocalPath(f"{path}.{extension}"),
            mimeType=media_type,
            language="en",
            filename=f"{make_slug(get_slug(node.iri))}.{extension}",
        )
        for extension, media_type in _FILES
    ]


def with_unique_keys(
    nodes: Iterable[EntityNode], key: Callable[[EntityNode], str | None]
) -> Iterator[tuple[str, EntityNode]]:
    """Yield each node with a unique key: the result of *key*, or its IRI if that is taken.

    Nodes without a key are left out.
    """
    taken: set[str] = set()
    for node in nodes:
        wanted = key(node)
        if wanted:
            own = node.iri if wanted in taken else wanted
            taken.add(own)
            yield own, node


def make_key(node: EntityNode) -> str:
    """Return the slug of the IRI of a node; the whole IRI if it has another namespace."""
    return get_slug(node.iri) if node.iri.startswith(ID) and get_slug(node.iri) else node.iri


def make_slug(text: str) -> str:
    """Return *text* as a part of a key or a file name."""
    return _UNSAFE.sub("-", text.lower()).strip("-")


def get_english_label(nodes: Iterable[EntityNode]) -> str | None:
    """Return the first English name of *nodes*."""
    for node in nodes:
        label = node.text(_LABEL, "en")
        if label:
            return label.value
    return None
