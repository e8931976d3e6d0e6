"""Skolem IRIs for shapes that are blank nodes (RDF 1.1 Concepts, section 3.5).

Property shapes are usually blank nodes inside a node shape. Blank nodes have no stable identity, so results of
different shapes could not be distinguished from one run to the next. Each gets an IRI made of the IRI of its node shape
and its path, which is the same whenever the file is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from pyoxigraph import BlankNode, NamedNode, Triple

from jwpgraph.vocabulary import PREFIXES

_SH: Final = PREFIXES["sh"]
_PROPERTY, _PATH = NamedNode(_SH + "property"), NamedNode(_SH + "path")
_TARGETS: Final = tuple(
    NamedNode(_SH + name) for name in ("targetClass", "targetNode", "targetSubjectsOf", "targetObjectsOf")
)
#: Prefix of the IRIs of shapes without an enclosing shape, which are named after their target.
_UNOWNED: Final = "urn:shape:"
_LONGEST_PATH = 4


def name_shapes(triples: Sequence[Triple]) -> list[Triple]:
    """Return *triples* with IRIs instead of blank nodes for property shapes and for nodes with a target.

    Equal names are numbered in the order of the file.
    """
    names: dict[BlankNode, NamedNode] = {}
    taken = {
        term.value for triple in triples for term in (triple.subject, triple.object) if isinstance(term, NamedNode)
    }

    def name(node: BlankNode, wanted: str) -> None:
        free = next(candidate for candidate in _number_names(wanted) if candidate not in taken)
        taken.add(free)
        names[node] = NamedNode(free)

    about: dict[BlankNode, list[Triple]] = {}
    for triple in triples:
        if isinstance(triple.subject, BlankNode):
            about.setdefault(triple.subject, []).append(triple)
    for triple in triples:
        if isinstance(triple.subject, BlankNode) and triple.predicate in _TARGETS and triple.subject not in names:
            name(triple.subject, _UNOWNED + _get_local_name(str(getattr(triple.object, "value", ""))))
    # The enclosing shape can come later in the file and be a blank node itself, hence several passes.
    waiting = [triple for triple in triples if triple.predicate == _PROPERTY and isinstance(triple.object, BlankNode)]
    while waiting:
        later = []
        for triple in waiting:
            subject: Any = triple.subject
            owner = names.get(subject, subject)
            owned: Any = triple.object
            if owned in names:
                continue
            if isinstance(owner, NamedNode):
                path = "-".join(list(_describe_path(owned, about))[:_LONGEST_PATH])
                name(owned, f"{owner.value}-{path or 'property'}")
            else:
                later.append(triple)
        if len(later) == len(waiting):
            break
        waiting = later
    return [_rename_terms(triple, names) for triple in triples] if names else list(triples)


def _describe_path(shape: Any, about: dict[BlankNode, list[Triple]]) -> Iterator[str]:
    """Yield the local names of the predicates in the path of *shape*, in order."""
    nodes = [triple.object for triple in about.get(shape, ()) if triple.predicate == _PATH]
    seen = set()
    while nodes:
        node = nodes.pop(0)
        if isinstance(node, NamedNode):
            if not node.value.startswith(PREFIXES["rdf"]):
                yield _get_local_name(node.value)
        elif isinstance(node, BlankNode) and node not in seen:
            seen.add(node)
            nodes = [triple.object for triple in about.get(node, ())] + nodes


def _rename_terms(triple: Triple, names: dict[Any, NamedNode]) -> Triple:
    subject: Any = names.get(triple.subject, triple.subject)
    value: Any = names.get(triple.object, triple.object)
    return Triple(subject, triple.predicate, value)


def _number_names(wanted: str) -> Iterator[str]:
    yield wanted
    number = 2
    while True:
        yield f"{wanted}-{number}"
        number += 1


def _get_local_name(iri: str) -> str:
    """Return the last segment of an IRI, reduced to characters that are valid in any IRI."""
    last = re.split(r"[/#:]", iri.rstrip("/#"))[-1]
    return re.sub(r"[^\w.~%-]", "", last) or "unnamed"
