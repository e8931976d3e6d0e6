"""The Linked Data Event Stream of changes: a collection of entity versions in pages (TREE vocabulary).

Each member is a version of an entity, ``<entity>#v<release>``: the statements of the entity with the version as
subject, the entity (``prov:specializationOf``), and the time of the release (``as:published``). The
version of a withdrawn entity has the type ``as:Delete`` and no statements. A page has a fixed number of members in
order and does not change once it is full.

The entity is not named by ``dcterms:isVersionOf``, which dated concepts have themselves: a client would take the
concept for the entity. Statements of an entity that would be read as those of its version are left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import pyoxigraph as ox

from jwpgraph.releases.entity_change_queries import EntityChange, EntityChangeReader
from jwpgraph.releases.entity_changes import format_moment
from jwpgraph.releases.entity_descriptions import read_statements_of
from jwpgraph.releases.release import Release
from jwpgraph.vocabulary import PREFIXES

PATH: Final = "/feeds/changes"
#: Members per page. It must not change, because clients cache full pages.
PAGE_SIZE: Final = 250

_LDES: Final = "https://w3id.org/ldes#"
_TREE: Final = "https://w3id.org/tree#"
_AS: Final = "https://www.w3.org/ns/activitystreams#"
_TYPE: Final = ox.NamedNode(PREFIXES["rdf"] + "type")
_DELETE: Final = ox.NamedNode(_AS + "Delete")
_PUBLISHED: Final = ox.NamedNode(_AS + "published")
_VERSION_OF: Final = ox.NamedNode(PREFIXES["prov"] + "specializationOf")
_REPLACED_BY: Final = ox.NamedNode(PREFIXES["dcterms"] + "isReplacedBy")
_DATE_TIME: Final = ox.NamedNode(PREFIXES["xsd"] + "dateTime")


@dataclass(frozen=True, slots=True)
class StreamPage:
    """A page of the stream.

    Attributes:
        quads: its statements.
        full: whether it is full and will not change.
    """

    quads: list[ox.Quad]
    full: bool


def make_version_iri(change: EntityChange) -> str:
    """Return the IRI of the version of an entity after a change."""
    return f"{change.iri}#v{change.release}"


def count_pages(events: int) -> int:
    """Return the number of pages for a number of members; at least one."""
    return max(1, -(-events // PAGE_SIZE))


def describe_stream(changes: EntityChangeReader, until: int, url: Callable[[str], str]) -> list[ox.Quad]:
    """Return the description of the stream and its root node, with a relation to each page.

    Args:
        changes: the log of changes.
        until: the number of the current release.
        url: turns a path of this server into a URL.
    """
    builder = _Statements()
    stream, root = url(f"{PATH}#stream"), url(PATH)
    _describe_collection(builder, stream, root)
    builder.type(root, _TREE + "Node")
    for number, (first, last) in enumerate(changes.page_times(PAGE_SIZE, until), start=1):
        page = url(f"{PATH}?page={number}")
        builder.relate(root, page, "GreaterThanOrEqualToRelation", first)
        builder.relate(root, page, "LessThanOrEqualToRelation", last)
    return builder.quads


def describe_page(
    changes: EntityChangeReader, release: Release, number: int, url: Callable[[str], str]
) -> StreamPage | None:
    """Return a page with its members; None if there is no page with that number.

    Only the root relates to pages: a client that follows every relation would otherwise read each page from the root
    and again from the page before.

    Args:
        changes: the log of changes.
        release: the current release.
        number: the number of the page, from 1.
        url: turns a path of this server into a URL.
    """
    events = changes.count_events(release.number)
    pages = count_pages(events)
    if not 1 <= number <= pages:
        return None
    builder = _Statements()
    stream, page = url(f"{PATH}#stream"), url(f"{PATH}?page={number}")
    _describe_collection(builder, stream, url(PATH))
    builder.type(page, _TREE + "Node")
    full = events > number * PAGE_SIZE
    found = changes.list_events((number - 1) * PAGE_SIZE + 1, number * PAGE_SIZE, release.number)
    store = release.open_store()
    for change in found:
        version = _describe_version(changes, store, change, release.number)
        if version:
            builder.link(stream, _TREE + "member", make_version_iri(change))
            builder.quads += version
    return StreamPage(builder.quads, full)


def _describe_version(changes: EntityChangeReader, store: ox.Store, change: EntityChange, until: int) -> list[ox.Quad]:
    """Yield the statements of a version; none if they are not available because a later version followed."""
    version, entity = ox.NamedNode(make_version_iri(change)), ox.NamedNode(change.iri)
    quads = [
        ox.Quad(version, _VERSION_OF, entity),
        ox.Quad(version, _PUBLISHED, ox.Literal(format_moment(change.published), datatype=_DATE_TIME)),
    ]
    if change.kind == "withdrawn":
        quads.append(ox.Quad(version, _TYPE, _DELETE))
        if change.replaced_by:
            quads.append(ox.Quad(version, _REPLACED_BY, ox.NamedNode(change.replaced_by)))
        return quads
    triples = changes.kept_statements(change)
    if triples is None:
        last = changes.last_change((change.iri,), until)
        if last is None or last.sequence != change.sequence:
            return []
        triples = read_statements_of(store, change.iri)
    for triple in triples:
        if triple.subject == entity and _is_about_versions(triple):
            continue
        subject = version if triple.subject == entity else _name_blank_node(change, triple.subject)
        quads.append(ox.Quad(subject, triple.predicate, _name_blank_node(change, triple.object)))
    return quads


def _is_about_versions(triple: ox.Triple) -> bool:
    """Return whether a client would read a statement of an entity as one about its version."""
    return triple.predicate in {_VERSION_OF, _PUBLISHED} or (triple.predicate == _TYPE and triple.object == _DELETE)


def _name_blank_node(change: EntityChange, term: Any) -> Any:
    """Return a blank node with a label unique in the stream; other terms unchanged."""
    return ox.BlankNode(f"m{change.sequence}{term.value}") if isinstance(term, ox.BlankNode) else term


def _describe_collection(builder: _Statements, stream: str, root: str) -> None:
    builder.type(stream, _LDES + "EventStream")
    builder.link(stream, _TREE + "view", root)
    builder.link(stream, _LDES + "timestampPath", _PUBLISHED.value)
    builder.link(stream, _LDES + "versionOfPath", _VERSION_OF.value)
    builder.link(stream, _LDES + "versionDeletePath", _TYPE.value)
    builder.link(stream, _LDES + "versionDeleteObject", _DELETE.value)


class _Statements:
    """Collector of the statements of a page."""

    def __init__(self) -> None:
        self.quads: list[ox.Quad] = []
        self._relations = 0

    def type(self, subject: str, class_iri: str) -> None:
        self.link(subject, _TYPE.value, class_iri)

    def link(self, subject: str, predicate: str, target: str) -> None:
        self.quads.append(ox.Quad(ox.NamedNode(subject), ox.NamedNode(predicate), ox.NamedNode(target)))

    def relate(self, page: str, target: str, kind: str, moment: datetime) -> None:
        """Add a TREE relation from a page to another one, with a comparison of the times of its members."""
        relation = ox.BlankNode(f"relation{self._relations}")
        self._relations += 1
        value = ox.Literal(format_moment(moment), datatype=_DATE_TIME)
        self.quads += [
            ox.Quad(ox.NamedNode(page), ox.NamedNode(_TREE + "relation"), relation),
            ox.Quad(relation, _TYPE, ox.NamedNode(_TREE + kind)),
            ox.Quad(relation, ox.NamedNode(_TREE + "node"), ox.NamedNode(target)),
            ox.Quad(relation, ox.NamedNode(_TREE + "path"), _PUBLISHED),
            ox.Quad(relation, ox.NamedNode(_TREE + "value"), value),
        ]
