"""A description as its page shows it: head, facts with their sources, parts, links to it, and how to take it along."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from jwpgraph.linked_data.addresses import kind_of, path_of, slug_of
from jwpgraph.linked_data.compaction import property_name
from jwpgraph.linked_data.description import Description, IncomingLinks
from jwpgraph.linked_data.kinds import BY_CLASS, BY_SEGMENT, Kind
from jwpgraph.linked_data.nodes import (
    NOTATION,
    PREF_LABEL,
    RDF_TYPE,
    Node,
    by_order,
    key_of,
    local_name,
    ordered_links,
    preferred_language,
)
from jwpgraph.pages.languages import CONTENT
from jwpgraph.pages.translation import gettext
from jwpgraph.pages.words import (
    IN_HEAD,
    MINOR,
    MIRRORS,
    OF_ANY_KIND,
    incoming_word,
    literal_text,
    outgoing_word,
    page_order,
)
from jwpgraph.sparql.queries import Term
from jwpgraph.vocabulary import GRAPH, ID, JWP, PREFIXES

_SKOS = PREFIXES["skos"]
_DCTERMS = PREFIXES["dcterms"]
_SOURCE = _DCTERMS + "source"
_CITATION = _DCTERMS + "bibliographicCitation"
_EVIDENCE = JWP + "evidence"
_CONSULTED = JWP + "consultedOn"
_ISSUED = _DCTERMS + "issued"
_URL = PREFIXES["schema"] + "url"
_COMMENT = PREFIXES["rdfs"] + "comment"
_NAMES = (PREF_LABEL, _SKOS + "altLabel", PREFIXES["dwc"] + "vernacularName")
_IS_PART_OF = _DCTERMS + "isPartOf"


@dataclass(slots=True)
class Source:
    """Where a fact is from, as a reader cites it."""

    name: str
    href: str | None
    citation: str | None = None
    issued: str | None = None
    consulted: str | None = None
    url: str | None = None


@dataclass(slots=True)
class Provenance:
    """What a statement rests on."""

    sources: list[Source]
    evidence: str | None = None
    evidence_href: str | None = None
    comments: list[str] = field(default_factory=list)
    graphs: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Value:
    """A value of a fact."""

    text: str
    href: str | None = None
    external: bool = False
    notation: str | None = None
    language: str | None = None
    machine: str | None = None
    treaty: str | None = None
    kind: str | None = None
    own: Provenance | None = None
    nested: list[Fact] = field(default_factory=list)


@dataclass(slots=True)
class Fact:
    """A property with its values."""

    name: str
    property_iri: str
    property_href: str | None
    values: list[Value]
    minor: bool = False
    graphs: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Part:
    """A part of an activity."""

    anchor: str
    text: str
    language: str | None
    facts: list[Fact]


@dataclass(slots=True)
class Group:
    """What links here by one property."""

    name: str
    property_iri: str
    total: int
    first: int
    last: int
    values: list[Value]
    previous: str | None
    following: str | None


@dataclass(slots=True)
class EntityView:
    """Everything that the page of a thing shows."""

    iri: str
    path: str
    kind: Kind | None
    type_label: str
    type_language: str | None
    is_of_subclass: bool
    type_href: str | None
    name: str
    language: str | None
    notation: str | None
    other_names: list[tuple[str, str | None]]
    summary: list[Value]
    official_text: Value | None
    treaty: str | None
    facts: list[Fact]
    minor: list[Fact]
    parts: list[Part]
    groups: list[Group]
    general: Provenance
    release: int
    cite: str
    downloads: list[tuple[str, str]]
    sparql: str
    previous: Value | None = None
    following: Value | None = None


def view(
    description: Description,
    neighbours: tuple[Node | None, Node | None] = (None, None),
) -> EntityView:
    """The page of what is described.

    Args:
        description: what the graph says.
        neighbours: what comes before and after it in its document.
    """
    node = description.node
    label = node.label()
    type_iri = description.type_of(node.iri)
    kind = BY_SEGMENT.get(kind_of(node.iri) or "") or BY_CLASS.get(local_name(type_iri or ""))
    type_label, type_language = _type_label(description, type_iri, kind)
    facts = _facts(description, node)
    summary = node.text(_DCTERMS + "description") or node.text(_SKOS + "definition")
    official = node.text(JWP + "officialText")
    path = path_of(node.iri, "doc") or ""
    query = f"SELECT ?property ?value WHERE {{\n  <{node.iri}> ?property ?value .\n}}"
    return EntityView(
        iri=node.iri,
        path=path,
        kind=kind,
        type_label=type_label,
        type_language=type_language,
        is_of_subclass=kind is None or type_iri not in {None, kind.class_iri},
        type_href=path_of(type_iri) if type_iri else None,
        name=node.name,
        language=label[0].language if label else None,
        notation=node.notation,
        other_names=other_names(node),
        summary=[Value(summary.value, language=summary.language)] if summary else [],
        official_text=Value(official.value, language=official.language) if official else None,
        treaty=treaty_of(node.iri),
        facts=[fact for fact in facts if not fact.minor],
        minor=[fact for fact in facts if fact.minor],
        parts=[_part(description, part) for part in description.parts],
        groups=[_group(description, links, path) for links in _shown_links(description)],
        general=Provenance(_sources(description, node)),
        release=description.release,
        cite=gettext(
            "“%(name)s”. jwpgraph, release %(number)s. %(iri)s",
            name=node.name,
            number=description.release,
            iri=node.iri,
        ),
        downloads=[
            (name, path_of(node.iri, "data", extension) or "")
            for name, extension in (("Turtle", "ttl"), ("JSON-LD", "jsonld"), ("RDF/XML", "rdf"), ("N-Triples", "nt"))
        ],
        sparql="/sparql?" + urlencode({"edit": query}),
        previous=reference(neighbours[0], neighbours[0].iri) if neighbours[0] else None,
        following=reference(neighbours[1], neighbours[1].iri) if neighbours[1] else None,
    )


def treaty_of(iri: str) -> str | None:
    """Which treaty's hue a link to *iri* has: ``cms`` or ``cites``."""
    for treaty in ("cms", "cites"):
        own = (f"instrument/{treaty}", f"body/{treaty}-secretariat", f"taxonomy/{treaty}")
        if iri.removeprefix(ID) in own or iri.startswith(f"{ID}taxon/{treaty}/"):
            return treaty
    return None


def reference(node: Node | None, iri: str) -> Value:
    """A link to a thing under its name."""
    label = node.label() if node else None
    path = path_of(iri, "doc")
    return Value(
        label[0].value if label else slug_of(iri) if path else local_name(iri),
        href=path or iri if path or iri.startswith(("http://", "https://")) else None,
        external=path is None,
        notation=node.notation if node else None,
        language=label[0].language if label else None,
        treaty=treaty_of(iri),
    )


def _type_label(description: Description, type_iri: str | None, kind: Kind | None) -> tuple[str, str | None]:
    """What it is, and the language of that where it is not the interface's."""
    if type_iri and (kind is None or type_iri != kind.class_iri):
        return description.terms.label(type_iri) or local_name(type_iri), "en"
    return gettext(kind.singular_label) if kind else gettext("Thing"), None


def other_names(node: Node, more: Iterable[Term] = ()) -> list[tuple[str, str | None]]:
    """Its names in other languages and its alternative names, each once.

    The scientific ones come first, then those in widely read languages.

    Args:
        node: the thing.
        more: names that it has elsewhere.
    """
    terms = [term for predicate in _NAMES for term in node.properties.get(predicate, ())]
    found: dict[str, str | None] = {}
    for term in ordered_links([*terms, *more], {}):
        if term.value.casefold() != node.name.casefold():
            found.setdefault(term.value, term.language)
    return sorted(found.items(), key=lambda name: _place_of_language(name[1]))


def _place_of_language(language: str | None) -> int:
    first = ["la", preferred_language(), *CONTENT]
    return first.index(language) if language in first else len(first)


def _facts(description: Description, node: Node, *, skip: frozenset[str] = frozenset()) -> list[Fact]:
    facts = []
    summary = node.text(_DCTERMS + "description") or node.text(_SKOS + "definition")
    for predicate in sorted(node.properties, key=page_order):
        name = property_name(predicate)
        values = node.properties[predicate]
        if predicate == _SKOS + "definition" and summary and summary not in values:
            pass  # the description stands in the head, so the definition is a fact of its own
        elif predicate in {RDF_TYPE, NOTATION, _SOURCE} or name in IN_HEAD or predicate in skip:
            continue
        graphs = sorted({graph for value in values for graph in node.graphs.get((predicate, value), ())})
        facts.append(
            Fact(
                outgoing_word(predicate, description),
                predicate,
                path_of(predicate),
                [_value(description, node, predicate, term) for term in ordered_links(values, description.names)],
                minor=name in MINOR,
                graphs=[(graph.removeprefix(GRAPH), path_of(graph) or graph) for graph in graphs],
            )
        )
    return facts


def _value(description: Description, node: Node, predicate: str, term: Term) -> Value:
    statements = description.statements_about(node.iri, predicate, term)
    own = _provenance(description, statements) if statements else None
    if term.kind == "literal":
        is_url = term.value.startswith(("http://", "https://")) and " " not in term.value
        text = literal_text(term)
        return Value(
            text,
            href=term.value if is_url else None,
            external=is_url,
            language=term.language,
            machine=term.value if text != term.value else None,
            own=own,
        )
    key = key_of(term)
    nested = description.nested.get(key)
    if nested:
        return Value(nested.name if nested.label() else "", nested=_facts(description, nested), own=own)
    found = reference(description.names.get(key), key)
    found.own = own
    return found


def _provenance(description: Description, statements: Sequence[Node]) -> Provenance:
    found = Provenance([])
    for statement in statements:
        found.sources += _sources(description, statement)
        evidence = statement.first(_EVIDENCE)
        if evidence:
            node = description.names.get(evidence.value)
            found.evidence = node.name if node else local_name(evidence.value)
            found.evidence_href = path_of(evidence.value, "doc")
        found.comments += [term.value for term in statement.properties.get(_COMMENT, ())]
    return found


def _sources(description: Description, node: Node) -> list[Source]:
    found = []
    for term in ordered_links(node.properties.get(_SOURCE, ()), description.names):
        if term.kind == "literal":
            found.append(Source(term.value, None))
            continue
        source = description.names.get(key_of(term))
        if source is None:
            found.append(Source(local_name(term.value), path_of(term.value, "doc")))
            continue
        found.append(cited(source))
    return found


def cited(source: Node) -> Source:
    """A source as a reader cites it."""
    texts = {
        name: literal_text(value) if value else None
        for name, value in (
            ("citation", source.first(_CITATION)),
            ("issued", source.first(_ISSUED)),
            ("consulted", source.first(_CONSULTED)),
            ("url", source.first(_URL)),
        )
    }
    return Source(source.name, path_of(source.iri, "doc"), **texts)


def _part(description: Description, part: Node) -> Part:
    label = part.label()
    text = part.text(_DCTERMS + "description")
    facts = [fact for fact in _facts(description, part, skip=frozenset({_IS_PART_OF})) if not fact.minor]
    shown = text or (label[0] if label else None)
    return Part(
        anchor="part-" + slug_of(part.iri).rpartition("/")[2],
        text=shown.value if shown else part.name,
        language=shown.language if shown else None,
        facts=[fact for fact in facts if property_name(fact.property_iri) != "bullet"],
    )


def _shown_links(description: Description) -> list[IncomingLinks]:
    """Links that the page does not show already in the other direction, activities first."""
    parts = {part.iri for part in description.parts}
    own = {property_name(name): {key_of(term) for term in terms} for name, terms in description.node.properties.items()}
    found = []
    for links in description.incoming:
        back = own.get(MIRRORS.get(property_name(links.predicate), ""), set())
        if links.total == len(links.sources) and all(node.iri in back for node in links.sources):
            continue
        if links.sources and all(node.iri in parts for node in links.sources) and links.total <= len(parts):
            continue
        found.append(links)
    return sorted(found, key=lambda links: page_order(links.predicate))


def _link_here(node: Node, links: IncomingLinks) -> Value:
    value = reference(node, node.iri)
    kind = BY_SEGMENT.get(kind_of(node.iri) or "")
    if kind and property_name(links.predicate) in OF_ANY_KIND:
        value.kind = gettext(kind.singular_label).lower()
    return value


def _group(description: Description, links: IncomingLinks, path: str) -> Group:
    def page(offset: int | None) -> str | None:
        if offset is None:
            return None
        query = urlencode({"incoming": property_name(links.predicate), "offset": offset})
        return f"{path}?{query}#links"

    before = max(0, links.offset - 50) if links.offset else None
    return Group(
        incoming_word(links.predicate, description),
        links.predicate,
        links.total,
        links.offset + 1,
        links.offset + len(links.sources),
        [_link_here(node, links) for node in by_order(links.sources)],
        page(before),
        page(links.next_offset),
    )
