"""View of a description for its page: head, facts with sources, parts, incoming links, and downloads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from jwpgraph.entities.description import EntityDescription, IncomingLinkPage
from jwpgraph.entities.entity_types import BY_CLASS, BY_SEGMENT, EntityType
from jwpgraph.entities.iri_mapping import get_slug, get_type_segment, iri_to_path
from jwpgraph.entities.leo import get_term_path
from jwpgraph.entities.nodes import (
    NOTATION,
    RDF_TYPE,
    EntityNode,
    get_local_name,
    get_node_key,
    sort_links,
    sort_nodes,
)
from jwpgraph.linked_data.compaction import compact_property
from jwpgraph.query_execution.queries import QueryTerm
from jwpgraph.vocabulary import GRAPH, ID, JWP, PREFIXES, SCIENTIFIC_NAMES
from jwpgraph.web.entity_names import find_label_language, list_other_names
from jwpgraph.web.labels.evidence import get_evidence_label
from jwpgraph.web.labels.properties import (
    IN_HEAD,
    MINOR,
    MIRRORS,
    OF_ANY_KIND,
    format_literal,
    get_incoming_label,
    get_outgoing_label,
    make_property_order_key,
)
from jwpgraph.web.languages import get_current_locale
from jwpgraph.web.translation import gettext

_SKOS = PREFIXES["skos"]
#: Links that do not tell records apart.
_NOT_IN_TITLES = frozenset(("evidence", "source", "is_part_of"))
_DCTERMS = PREFIXES["dcterms"]
_SOURCE = _DCTERMS + "source"
_CITATION = _DCTERMS + "bibliographicCitation"
_EVIDENCE = JWP + "evidence"
_CONSULTED = JWP + "consultedOn"
_ISSUED = _DCTERMS + "issued"
_URL = PREFIXES["schema"] + "url"
_COMMENT = PREFIXES["rdfs"] + "comment"
_IS_PART_OF = _DCTERMS + "isPartOf"
#: Types whose codes say nothing to readers that their labels do not say.
_CODES_FOR_PROGRAMS = frozenset(("alignment-relation", "appendix", "listing-change-type", "name-status"))


@dataclass(slots=True)
class SourceView:
    """A source as cited on a page."""

    name: str
    href: str | None
    citation: str | None = None
    issued: str | None = None
    consulted: str | None = None
    url: str | None = None


@dataclass(slots=True)
class ProvenanceView:
    """Sources and evidence of a statement."""

    sources: list[SourceView]
    evidence: str | None = None
    evidence_href: str | None = None
    comments: list[str] = field(default_factory=list)
    graphs: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class ValueView:
    """A value of a fact.

    Attributes:
        kind: what follows it: its type, or another name; in *kind_language*, None for that of the interface.
    """

    text: str
    href: str | None = None
    external: bool = False
    notation: str | None = None
    language: str | None = None
    machine: str | None = None
    treaty: str | None = None
    kind: str | None = None
    kind_language: str | None = None
    own: ProvenanceView | None = None
    nested: list[FactView] = field(default_factory=list)


@dataclass(slots=True)
class FactView:
    """A property with its values; *name_language* is ``None`` if the name is in the language of the interface."""

    name: str
    name_language: str | None
    property_iri: str
    property_href: str | None
    values: list[ValueView]
    minor: bool = False
    graphs: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class PartView:
    """A part of an activity."""

    anchor: str
    text: str
    language: str | None
    facts: list[FactView]


@dataclass(slots=True)
class LinkGroup:
    """Incoming links of one property, named like a :class:`FactView`."""

    name: str
    name_language: str | None
    property_iri: str
    total: int
    first: int
    last: int
    values: list[ValueView]
    previous: str | None
    following: str | None


@dataclass(slots=True)
class EntityView:
    """All contents of an entity's page."""

    iri: str
    path: str
    kind: EntityType | None
    type_label: str
    type_language: str | None
    is_of_subclass: bool
    type_href: str | None
    name: str
    language: str | None
    notation: str | None
    other_names: list[tuple[str, str | None]]
    summary: list[ValueView]
    official_text: ValueView | None
    treaty: str | None
    facts: list[FactView]
    minor: list[FactView]
    parts: list[PartView]
    groups: list[LinkGroup]
    general: ProvenanceView
    release: int
    cite: str
    downloads: list[tuple[str, str]]
    sparql: str
    previous: ValueView | None = None
    following: ValueView | None = None


def make_entity_view(
    description: EntityDescription,
    neighbours: tuple[EntityNode | None, EntityNode | None] = (None, None),
) -> EntityView:
    """Return the view of a description.

    Args:
        description: what the graph says.
        neighbours: what comes before and after it in its document.
    """
    node = description.node
    label = node.label()
    type_iri = description.type_of(node.iri)
    kind = BY_SEGMENT.get(get_type_segment(node.iri) or "") or BY_CLASS.get(get_local_name(type_iri or ""))
    type_label, type_language = _find_type_label(description, type_iri, kind)
    facts = _make_facts(description, node)
    summary = node.text(_DCTERMS + "description") or node.text(_SKOS + "definition")
    official = node.text(JWP + "officialText")
    path = iri_to_path(node.iri, "doc") or ""
    query = f"SELECT ?property ?value WHERE {{\n  <{node.iri}> ?property ?value .\n}}"
    return EntityView(
        iri=node.iri,
        path=path,
        kind=kind,
        type_label=type_label,
        type_language=type_language,
        is_of_subclass=kind is None or type_iri not in {None, kind.class_iri},
        type_href=iri_to_path(type_iri) if type_iri else None,
        name=node.name if label else _name_by_facts(facts) or node.name,
        language=find_label_language(node, label[0]) if label else None,
        notation=node.notation,
        other_names=list_other_names(node),
        summary=[ValueView(summary.value, language=summary.language)] if summary else [],
        official_text=ValueView(official.value, language=official.language) if official else None,
        treaty=get_treaty(node.iri),
        facts=[fact for fact in facts if not fact.minor],
        minor=[fact for fact in facts if fact.minor],
        parts=[_make_part(description, part) for part in description.parts],
        groups=[_make_link_group(description, links, path) for links in _select_links(description)],
        general=ProvenanceView(_list_sources(description, node)),
        release=description.release,
        cite=gettext(
            "“%(name)s”. jwpgraph, release %(number)s. %(iri)s",
            name=node.name,
            number=description.release,
            iri=node.iri,
        ),
        downloads=[
            (name, iri_to_path(node.iri, "data", extension) or "")
            for name, extension in (("Turtle", "ttl"), ("JSON-LD", "jsonld"), ("RDF/XML", "rdf"), ("N-Triples", "nt"))
        ],
        sparql="/sparql?" + urlencode({"edit": query}),
        previous=make_reference(neighbours[0], neighbours[0].iri) if neighbours[0] else None,
        following=make_reference(neighbours[1], neighbours[1].iri) if neighbours[1] else None,
    )


def _name_by_facts(facts: Iterable[FactView]) -> str:
    """Return a title for a record without a label: what it links, as "Crex crex, Faroe Islands, extinct"."""
    single = [
        fact.values[0]
        for fact in facts
        if not fact.minor and len(fact.values) == 1 and compact_property(fact.property_iri) not in _NOT_IN_TITLES
    ]
    return ", ".join(value.text for value in single if value.href and not value.external)


def get_treaty(iri: str) -> str | None:
    """Return the treaty whose colour a link to *iri* has: ``cms``, ``cites`` or none."""
    for treaty in ("cms", "cites"):
        own = (f"instrument/{treaty}", f"body/{treaty}-secretariat", f"taxonomy/{treaty}")
        if iri.removeprefix(ID) in own or iri.startswith(f"{ID}taxon/{treaty}/"):
            return treaty
    return None


def make_reference(node: EntityNode | None, iri: str) -> ValueView:
    """Return a link to an entity with its name."""
    label = node.label() if node else None
    # Without a label the release has no term of LEO, and no page for it.
    path = iri_to_path(iri, "doc") or (get_term_path(iri) if label else None)
    return ValueView(
        label[0].value if label else get_slug(iri) if path else get_local_name(iri),
        href=path or iri if path or iri.startswith(("http://", "https://")) else None,
        external=path is None,
        notation=node.notation if node and get_type_segment(iri) not in _CODES_FOR_PROGRAMS else None,
        language=label[0].language if label else None,
        treaty=get_treaty(iri),
    )


def _find_type_label(
    description: EntityDescription, type_iri: str | None, kind: EntityType | None
) -> tuple[str, str | None]:
    """Return the label of the entity's type, and its language if it differs from the interface's."""
    if type_iri and (kind is None or type_iri != kind.class_iri):
        locale = get_current_locale()
        label = description.terms.translated_label(type_iri, locale)
        language = label.language if label else "en"
        return label.value if label else get_local_name(type_iri), None if language == locale else language
    return gettext(kind.singular_label) if kind else gettext("Thing"), None


def _make_facts(
    description: EntityDescription, node: EntityNode, *, skip: frozenset[str] = frozenset()
) -> list[FactView]:
    facts = []
    summary = node.text(_DCTERMS + "description") or node.text(_SKOS + "definition")
    for predicate in sorted(node.properties, key=make_property_order_key):
        name = compact_property(predicate)
        values = node.properties[predicate]
        if predicate == _SKOS + "definition" and summary and summary not in values:
            pass  # the head shows the description, so the definition is a separate fact
        elif predicate in {RDF_TYPE, NOTATION, _SOURCE} or name in IN_HEAD or predicate in skip:
            continue
        graphs = sorted({graph for value in values for graph in node.graphs.get((predicate, value), ())})
        facts.append(
            FactView(
                *get_outgoing_label(predicate, description),
                predicate,
                iri_to_path(predicate),
                [_make_value(description, node, predicate, term) for term in sort_links(values, description.names)],
                minor=name in MINOR,
                graphs=[(graph.removeprefix(GRAPH), iri_to_path(graph) or graph) for graph in graphs],
            )
        )
    return facts


def _make_value(description: EntityDescription, node: EntityNode, predicate: str, term: QueryTerm) -> ValueView:
    statements = description.statements_about(node.iri, predicate, term)
    own = _make_provenance(description, statements) if statements else None
    if term.kind == "literal":
        is_url = term.value.startswith(("http://", "https://")) and " " not in term.value
        text = format_literal(term)
        return ValueView(
            text,
            href=term.value if is_url else None,
            external=is_url,
            language=term.language or ("la" if predicate in SCIENTIFIC_NAMES else None),
            machine=term.value if text != term.value else None,
            own=own,
        )
    key = get_node_key(term)
    nested = description.nested.get(key)
    if nested:
        return ValueView(nested.name if nested.label() else "", nested=_make_facts(description, nested), own=own)
    known = description.names.get(key)
    found = make_reference(known, key)
    if found.external and found.href and not (known and known.label()):
        found.text = _make_address_text(key)
    found.own = own
    return found


def _make_address_text(address: str) -> str:
    """Return the host of an address without a name, and the identifier at its end."""
    host = (urlsplit(address).hostname or "").removeprefix("www.")
    last = re.split(r"[/#=:]", address.rstrip("/#"))[-1]
    return f"{host}: {last}" if host and last not in (host, f"www.{host}") else host or last


def _make_provenance(description: EntityDescription, statements: Sequence[EntityNode]) -> ProvenanceView:
    found = ProvenanceView([])
    for statement in statements:
        found.sources += _list_sources(description, statement)
        evidence = statement.first(_EVIDENCE)
        if evidence:
            found.evidence = get_evidence_label(evidence.value)
            found.evidence_href = iri_to_path(evidence.value, "doc")
        found.comments += [term.value for term in statement.properties.get(_COMMENT, ())]
    return found


def _list_sources(description: EntityDescription, node: EntityNode) -> list[SourceView]:
    found = []
    for term in sort_links(node.properties.get(_SOURCE, ()), description.names):
        if term.kind == "literal":
            found.append(SourceView(term.value, None))
            continue
        source = description.names.get(get_node_key(term))
        if source is None:
            found.append(SourceView(get_local_name(term.value), iri_to_path(term.value, "doc")))
            continue
        found.append(cite_source(source))
    return found


def cite_source(source: EntityNode) -> SourceView:
    """Return a source as cited on a page."""
    texts = {
        name: format_literal(value) if value else None
        for name, value in (
            ("citation", source.first(_CITATION)),
            ("issued", source.first(_ISSUED)),
            ("consulted", source.first(_CONSULTED)),
            ("url", source.first(_URL)),
        )
    }
    return SourceView(source.name, iri_to_path(source.iri, "doc"), **texts)


def _make_part(description: EntityDescription, part: EntityNode) -> PartView:
    label = part.label()
    text = part.text(_DCTERMS + "description")
    facts = [fact for fact in _make_facts(description, part, skip=frozenset({_IS_PART_OF})) if not fact.minor]
    shown = text or (label[0] if label else None)
    return PartView(
        anchor="part-" + get_slug(part.iri).rpartition("/")[2],
        text=shown.value if shown else part.name,
        language=shown.language if shown else None,
        facts=[fact for fact in facts if compact_property(fact.property_iri) != "bullet"],
    )


def _select_links(description: EntityDescription) -> list[IncomingLinkPage]:
    """Return the links that the page does not show in the other direction, activities first."""
    parts = {part.iri for part in description.parts}
    own = {
        compact_property(name): {get_node_key(term) for term in terms}
        for name, terms in description.node.properties.items()
    }
    found = []
    for links in description.incoming:
        back = own.get(MIRRORS.get(compact_property(links.predicate), ""), set())
        if links.total == len(links.sources) and all(node.iri in back for node in links.sources):
            continue
        if links.sources and all(node.iri in parts for node in links.sources) and links.total <= len(parts):
            continue
        found.append(links)
    return sorted(found, key=lambda links: make_property_order_key(links.predicate))


def _make_back_links(node: EntityNode, links: IncomingLinkPage) -> ValueView:
    value = make_reference(node, node.iri)
    kind = BY_SEGMENT.get(get_type_segment(node.iri) or "")
    if kind and compact_property(links.predicate) in OF_ANY_KIND:
        value.kind = gettext(kind.singular_label).lower()
    return value


def _make_link_group(description: EntityDescription, links: IncomingLinkPage, path: str) -> LinkGroup:
    def page(offset: int | None) -> str | None:
        if offset is None:
            return None
        query = urlencode({"incoming": compact_property(links.predicate), "offset": offset})
        return f"{path}?{query}#links"

    before = max(0, links.offset - 50) if links.offset else None
    return LinkGroup(
        *get_incoming_label(links.predicate, description),
        links.predicate,
        links.total,
        links.offset + 1,
        links.offset + len(links.sources),
        [_make_back_links(node, links) for node in sort_nodes(links.sources)],
        page(before),
        page(links.next_offset),
    )
