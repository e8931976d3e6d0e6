"""Adapter for the reference engine, pySHACL, with corrections for its known faults (docs/conformance.md)."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import rdflib
from pyshacl import validate
from rdflib import BNode, Graph
from rdflib.collection import Collection
from rdflib.namespace import OWL, RDF, RDFS, SH
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.sparql import Query
from rdflib.query import Processor, Result
from rdflib.term import Identifier, Literal, Node

from jwpgraph.releases.shape_syntax import is_ignored_switch

_VARIABLE = re.compile(r"\{[?$]\w+\}")

# pySHACL logs to standard error what it also raises or returns.
logging.getLogger("pyshacl-validate").disabled = True


def read(text: str) -> Graph:
    """Return a graph in N-Triples, keeping the lexical forms of its literals."""
    with _without_normalisation():
        return _DataGraph().parse(data=text, format="nt")


def report_on(data: Graph, shapes: Graph) -> Graph | str:
    """Return the validation report, or the engine's message if there is none.

    Args:
        data: a graph from :func:`read`.
        shapes: a graph from :func:`read`; it may be modified.

    Raises:
        Exception: any exception of pySHACL when a shape is malformed.
    """
    _drop_ignored_switches(shapes)
    _drop_wrappers_of_sequences(shapes)
    _import_prefixes(shapes)
    _mark_classes(shapes)
    paths = _turn_inverse_paths(shapes)
    with _without_normalisation():
        _, report, _ = validate(
            data,
            shacl_graph=shapes,
            inference="none",
            advanced=False,
            allow_infos=False,
            allow_warnings=False,
        )
    if not isinstance(report, Graph):
        return str(report)
    for result, shape in list(report.subject_objects(SH.sourceShape)):
        if shape in paths:
            report.set((result, SH.resultPath, paths[shape]))
            report += shapes.cbd(paths[shape])
        if (result, SH.sourceConstraint, None) in report:
            _restore_languages(report, result, shapes, shape)
    return report


def _restore_languages(report: Graph, result: Node, shapes: Graph, shape: Node) -> None:
    """Give the messages of a SPARQL constraint back their languages, which pySHACL loses when it fills in variables."""
    templates = [
        template
        for owner in (shape, *shapes.objects(shape, SH.sparql))
        for template in shapes.objects(owner, SH.message)
        if isinstance(template, Literal) and template.language
    ]
    for message in list(report.objects(result, SH.resultMessage)):
        if isinstance(message, Literal) and message.language is None:
            languages = {one.language for one in templates if _is_filled_from(str(message), str(one))}
            for language in languages:
                report.remove((result, SH.resultMessage, message))
                report.add((result, SH.resultMessage, Literal(message, lang=language)))


def _is_filled_from(message: str, template: str) -> bool:
    """Return whether a message is a template with values in place of its variables."""
    return re.fullmatch(".*".join(map(re.escape, _VARIABLE.split(template))), message, re.DOTALL) is not None


class _DataGraph(Graph):
    """A graph that translates each query text once.

    pySHACL sends the query of a SPARQL-based constraint for each focus node, and rdflib takes most of the time of a
    validation to parse it.
    """

    def __init__(self) -> None:
        super().__init__()
        self._prepared: dict[tuple[str, frozenset[tuple[str, str]]], Query] = {}

    def query(
        self,
        query_object: str | Query,
        processor: str | Processor = "sparql",
        result: str | type[Result] = "sparql",
        initNs: Mapping[str, Any] | None = None,  # noqa: N803 - rdflib's name
        initBindings: Mapping[str, Identifier] | None = None,  # noqa: N803 - rdflib's name
        use_store_provided: bool = True,
        **options: Any,
    ) -> Result:
        namespaces = initNs or dict(self.namespaces())
        if isinstance(query_object, str):
            key = query_object, frozenset((prefix, str(iri)) for prefix, iri in namespaces.items())
            if key not in self._prepared:
                self._prepared[key] = prepareQuery(query_object, initNs=namespaces)
            query_object = self._prepared[key]
        return super().query(query_object, processor, result, namespaces, initBindings, use_store_provided, **options)


@contextmanager
def _without_normalisation() -> Iterator[None]:
    """Stop rdflib from normalising literals (``007``, an ill-typed boolean to ``false``) and from logging ill-typed
    ones.

    An ill-typed literal is reported as a validation result.
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


def _drop_ignored_switches(shapes: Graph) -> None:
    """Remove ``"1"^^xsd:boolean`` as the value of a parameter, which SHACL ignores and pySHACL takes for true."""
    for triple in list(shapes.triples((None, None, None))):
        if is_ignored_switch(str(triple[1]), str(triple[2])):
            shapes.remove(triple)


def _drop_wrappers_of_sequences(shapes: Graph) -> None:
    """Remove what is said of a sequence path beside its members, which pySHACL takes for the path (section 2.3.1.2)."""
    for path in set(shapes.subjects(RDF.first)):
        for predicate in (SH.inversePath, SH.alternativePath, *_WRAPPERS):
            shapes.remove((path, predicate, None))


def _import_prefixes(shapes: Graph) -> None:
    """Copy to each ontology the prefix declarations of its imports (SHACL, section 5.2.1).

    pySHACL considers only the direct value of sh:prefixes.
    """
    for ontology in set(shapes.subjects(OWL.imports)):
        for imported in shapes.transitive_objects(ontology, OWL.imports):
            for declaration in list(shapes.objects(imported, SH.declare)):
                shapes.add((ontology, SH.declare, declaration))


def _mark_classes(shapes: Graph) -> None:
    """Mark the classes among the shapes as such, for their implicit targets (SHACL, section 2.1.3.3).

    pySHACL considers the direct subclasses of rdfs:Class only.
    """
    for above in list(shapes.transitive_subjects(RDFS.subClassOf, RDFS.Class)):
        for each in list(shapes.subjects(RDF.type, above)):
            shapes.add((each, RDF.type, RDFS.Class))


def _turn_inverse_paths(shapes: Graph) -> dict[Node, Node]:
    """Replace inverses of complex paths by equivalent inverses of single steps (SHACL, section 2.3.1).

    pySHACL traverses the inverse of a sequence in the wrong order.

    Returns:
        The original path of each changed shape.
    """
    original: dict[Node, Node] = {}
    for shape, path in list(shapes.subject_objects(SH.path)):
        if _has_long_inverse(shapes, path):
            original[shape] = path
            shapes.set((shape, SH.path, _normalise_path(shapes, path, inverse=False)))
    return original


_WRAPPERS = (SH.zeroOrMorePath, SH.oneOrMorePath, SH.zeroOrOnePath)


def _has_long_inverse(shapes: Graph, path: Node) -> bool:
    return any(isinstance(inner, BNode) for _, _, inner in shapes.cbd(path).triples((None, SH.inversePath, None)))


def _normalise_path(shapes: Graph, path: Node, *, inverse: bool) -> Node:
    """Return a path, or its inverse, in which only single steps are inverted."""
    if (inner := shapes.value(path, SH.inversePath)) is not None:
        return _normalise_path(shapes, inner, inverse=not inverse)
    for wrapper in _WRAPPERS:
        if (inner := shapes.value(path, wrapper)) is not None:
            return _get_node(shapes, wrapper, _normalise_path(shapes, inner, inverse=inverse))
    if (inner := shapes.value(path, SH.alternativePath)) is not None:
        return _get_node(shapes, SH.alternativePath, _list(shapes, inner, inverse=inverse, backwards=False))
    if shapes.value(path, RDF.first) is not None:
        return _list(shapes, path, inverse=inverse, backwards=inverse)
    return _get_node(shapes, SH.inversePath, path) if inverse else path


def _list(shapes: Graph, head: Node, *, inverse: bool, backwards: bool) -> Node:
    parts = [_normalise_path(shapes, part, inverse=inverse) for part in Collection(shapes, head)]
    turned = BNode()
    Collection(shapes, turned, parts[::-1] if backwards else parts)
    return turned


def _get_node(shapes: Graph, predicate: Node, value: Node) -> BNode:
    node = BNode()
    shapes.add((node, predicate, value))
    return node
