"""pySHACL, the reference engine, with its known faults kept away from the verdict (docs/conformance.md)."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import rdflib
from pyshacl import validate
from rdflib import BNode, Graph
from rdflib.collection import Collection
from rdflib.namespace import OWL, RDF, SH
from rdflib.term import Node


def read(text: str) -> Graph:
    """A graph in N-Triples, its literals as they are written."""
    with _as_written():
        return Graph().parse(data=text, format="nt")


def report_on(data: Graph, shapes: Graph) -> Graph | str:
    """The validation report, or what the engine says in place of one.

    Args:
        data: as :func:`read` reads it.
        shapes: as well; they may be changed.

    Raises:
        Exception: whatever pySHACL lets through when a shape is not what it expects.
    """
    _import_prefixes(shapes)
    paths = _turn_inverse_paths(shapes)
    with _as_written():
        _, report, _ = validate(
            data, shacl_graph=shapes, inference="none", advanced=False, allow_infos=False, allow_warnings=False
        )
    if not isinstance(report, Graph):
        return str(report)
    for result, shape in list(report.subject_objects(SH.sourceShape)):
        if shape in paths:
            report.set((result, SH.resultPath, paths[shape]))
            report += shapes.cbd(paths[shape])
    return report


@contextmanager
def _as_written() -> Iterator[None]:
    """Keep rdflib from rewriting literals (``007``, an ill-typed boolean to ``false``) and from telling of them.

    That a literal is ill-typed is a result, and no news of its own.
    """
    normalise, rdflib.NORMALIZE_LITERALS = rdflib.NORMALIZE_LITERALS, False
    logger = logging.getLogger("rdflib.term")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        rdflib.NORMALIZE_LITERALS = normalise
        logger.setLevel(level)


def _import_prefixes(shapes: Graph) -> None:
    """Give each ontology the prefix declarations of what it imports (SHACL, section 5.2.1).

    pySHACL looks for them at the value of sh:prefixes alone.
    """
    for ontology in set(shapes.subjects(OWL.imports)):
        for imported in shapes.transitive_objects(ontology, OWL.imports):
            for declaration in list(shapes.objects(imported, SH.declare)):
                shapes.add((ontology, SH.declare, declaration))


def _turn_inverse_paths(shapes: Graph) -> dict[Node, Node]:
    """Take the inverse of single steps in place of that of longer paths, which means the same (SHACL, section 2.3.1).

    pySHACL walks the parts of the inverse of a sequence in the wrong order.

    Returns:
        The path of each shape that was changed, as it was.
    """
    original: dict[Node, Node] = {}
    for shape, path in list(shapes.subject_objects(SH.path)):
        if _has_long_inverse(shapes, path):
            original[shape] = path
            shapes.set((shape, SH.path, _turned(shapes, path, inverse=False)))
    return original


_WRAPPERS = (SH.zeroOrMorePath, SH.oneOrMorePath, SH.zeroOrOnePath)


def _has_long_inverse(shapes: Graph, path: Node) -> bool:
    return any(isinstance(inner, BNode) for _, _, inner in shapes.cbd(path).triples((None, SH.inversePath, None)))


def _turned(shapes: Graph, path: Node, *, inverse: bool) -> Node:
    """A path, or its inverse, in which only single steps are inverted."""
    if (inner := shapes.value(path, SH.inversePath)) is not None:
        return _turned(shapes, inner, inverse=not inverse)
    for wrapper in _WRAPPERS:
        if (inner := shapes.value(path, wrapper)) is not None:
            return _node(shapes, wrapper, _turned(shapes, inner, inverse=inverse))
    if (inner := shapes.value(path, SH.alternativePath)) is not None:
        return _node(shapes, SH.alternativePath, _list(shapes, inner, inverse=inverse, backwards=False))
    if shapes.value(path, RDF.first) is not None:
        return _list(shapes, path, inverse=inverse, backwards=inverse)
    return _node(shapes, SH.inversePath, path) if inverse else path


def _list(shapes: Graph, head: Node, *, inverse: bool, backwards: bool) -> Node:
    parts = [_turned(shapes, part, inverse=inverse) for part in Collection(shapes, head)]
    turned = BNode()
    Collection(shapes, turned, parts[::-1] if backwards else parts)
    return turned


def _node(shapes: Graph, predicate: Node, value: Node) -> BNode:
    node = BNode()
    shapes.add((node, predicate, value))
    return node
