"""Samples of many entities that say the same kinds of things."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import pyoxigraph as ox

_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"


def two_of_each_kind(triples: Iterable[ox.Triple], prefix: str = "") -> list[str]:
    """Return two entities of each combination of classes, properties and kinds of values.

    Args:
        triples: the descriptions.
        prefix: the beginning of the IRIs of the entities.

    Returns:
        The IRIs, sorted.
    """
    described = defaultdict(set)
    for triple in triples:
        if isinstance(triple.subject, ox.NamedNode) and triple.subject.value.startswith(prefix):
            is_class = triple.predicate.value == _TYPE
            said = (triple.predicate.value, triple.object.value if is_class else _kind_of(triple.object))
            described[triple.subject.value].add(said)
    of_kind = defaultdict(list)
    for iri in sorted(described):
        of_kind[frozenset(described[iri])].append(iri)
    return sorted(iri for iris in of_kind.values() for iri in iris[:2])


def _kind_of(value: ox.Term) -> tuple[str, ...]:
    """Return the type of a term, with the language or datatype of a literal."""
    if isinstance(value, ox.Literal):
        return "literal", value.language or "", value.datatype.value
    return (type(value).__name__,)
