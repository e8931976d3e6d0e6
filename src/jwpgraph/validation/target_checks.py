"""Checks for shape errors that silently disable validation: unmet targets, missing targets and unknown SHACL terms.

Targets are defined in SHACL, section 2.1.3; engines ignore terms that they do not know.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Store, parse

from jwpgraph.releases.gate import ShapesGraph
from jwpgraph.releases.shape_syntax import is_ignored_switch
from jwpgraph.validation.report import SH, Severity, ValidationResult
from jwpgraph.vocabulary import BASE, PREFIXES

_RDF = PREFIXES["rdf"]
_RDFS = PREFIXES["rdfs"]
_TYPE = NamedNode(_RDF + "type")
_SUBCLASS_OF = NamedNode(_RDFS + "subClassOf")
_TRUE = Literal("true", datatype=NamedNode(PREFIXES["xsd"] + "boolean"))
#: Constraint component of a result about a shape without focus nodes.
TARGETS_NOTHING = f"<{BASE}validation#TargetsNothing>"
#: Constraint component of a result about an unknown term in the SHACL namespace.
UNKNOWN_TERM = f"<{BASE}validation#UnknownTerm>"
_KINDS = ("targetClass", "targetNode", "targetSubjectsOf", "targetObjectsOf")
_DESCRIBING = frozenset(("name", "description", "message", "severity", "order", "group", "deactivated", "defaultValue"))
#: Properties of SHACL and its Advanced Features, except those of reports.
_PROPERTIES = _DESCRIBING | frozenset(
    (
        *(*_KINDS, "target", "path", "property", "node", "class", "datatype", "nodeKind", "minCount", "maxCount"),
        *("minExclusive", "minInclusive", "maxExclusive", "maxInclusive", "minLength", "maxLength", "pattern", "flags"),
        *("languageIn", "uniqueLang", "equals", "disjoint", "lessThan", "lessThanOrEquals", "not", "and", "or", "xone"),
        *("qualifiedValueShape", "qualifiedValueShapesDisjoint", "qualifiedMinCount", "qualifiedMaxCount", "closed"),
        *("ignoredProperties", "hasValue", "in", "sparql", "select", "ask", "construct", "prefixes", "declare"),
        *("prefix", "namespace", "parameter", "optional", "validator", "nodeValidator", "propertyValidator"),
        *("labelTemplate", "inversePath", "alternativePath", "zeroOrMorePath", "oneOrMorePath", "zeroOrOnePath"),
        *("shapesGraph", "shapesGraphWellFormed", "entailment", "suggestedShapesGraph", "js", "jsFunctionName"),
        *("jsLibrary", "jsLibraryURL", "rule", "condition", "subject", "predicate", "object", "expression", "nodes"),
        *("filterShape", "intersection", "union", "count", "distinct", "exists", "if", "then", "else", "groupBy"),
        *("limit", "max", "min", "offset", "orderBy", "desc", "sum", "sparqlTarget", "returnType", "update", "this"),
    )
)

ShapeTerm = NamedNode | Literal
ShapeNode = NamedNode | BlankNode


@dataclass(frozen=True, slots=True)
class ShapeTarget:
    """A target of a shape: its kind, its value, and whether the data contain a focus node for it."""

    shape: str
    kind: str
    value: ShapeTerm
    is_met: bool


def list_targets(data: Store, shapes: ShapesGraph) -> list[ShapeTarget]:
    """Return the targets of all active shapes, compared with the union of *data*; SPARQL targets are skipped."""
    store = _load_shapes(shapes.text)
    found = []
    for shape, kind, value in _get_declared_terms(store):
        if (shape, NamedNode(SH + "deactivated"), _TRUE) in _TripleStore(store):
            continue
        found.append(ShapeTarget(_write_shape(shape), kind, value, _is_met(data, kind, value)))
    return sorted(found, key=lambda target: (target.shape, target.kind, str(target.value)))


def find_idle_shapes(data: Store, shapes: ShapesGraph, severity: Severity) -> list[ValidationResult]:
    """Return a result for each shape without focus nodes, and for each target that the data do not mention.

    Args:
        data: the validated data.
        shapes: the shapes graph.
        severity: the severity of these results.
    """
    results = [*_find_mistakes(shapes, severity)]
    of_shape: dict[str, list[ShapeTarget]] = {}
    for target in list_targets(data, shapes):
        of_shape.setdefault(target.shape, []).append(target)
    for shape, all_targets in of_shape.items():
        if not any(target.is_met for target in all_targets):
            results.append(
                _make_result(
                    shape, None, severity, f"Nothing to check: {_group_by_shape(all_targets)} finds no focus node."
                )
            )
            continue
        for target in all_targets:
            if not target.is_met and not _is_mentioned(data, target.value):
                text = (
                    f"Nothing mentions {_group_by_shape([target])}; the shape's other targets are met. Is it misspelt?"
                )
                results.append(_make_result(shape, str(target.value), severity, text))
    return results


def has_targets(shapes: ShapesGraph) -> bool:
    """Return whether any shape has a target; without targets, all data conform."""
    store = _load_shapes(shapes.text)
    about_sparql = store.quads_for_pattern(None, NamedNode(SH + "target"), None, None)
    return next(_get_declared_terms(store), None) is not None or next(iter(about_sparql), None) is not None


@lru_cache(maxsize=1)
def _find_mistakes(shapes: ShapesGraph, severity: Severity) -> tuple[ValidationResult, ...]:
    """Return results about the shapes alone: unreferenced shapes without targets, and unknown terms."""
    store = _load_shapes(shapes.text)
    of_shape: dict[ShapeNode, set[str]] = {}
    results = {}
    # The store has literals by their values, not as they are written.
    for quad in parse(shapes.text, format=RdfFormat.N_TRIPLES):
        name = quad.predicate.value.removeprefix(SH)
        if name == quad.predicate.value or not isinstance(quad.subject, ShapeNode):
            continue
        of_shape.setdefault(quad.subject, set()).add(name)
        if name not in _PROPERTIES:
            written = _write_shape(quad.subject)
            text = f"SHACL has no sh:{name}, so it checks nothing. Is it misspelt?"
            results[written, name] = ValidationResult(
                written, written, UNKNOWN_TERM, severity, str(quad.predicate), None, {"en": text}
            )
        elif isinstance(quad.object, Literal) and is_ignored_switch(quad.predicate.value, quad.object.value):
            written = _write_shape(quad.subject)
            text = f"sh:{name} {quad.object} is not the term true, so it checks nothing. Write true."
            results[written, name] = _make_result(written, str(quad.object), severity, text)
    targeted = {shape for shape, _, _ in _get_declared_terms(store)}
    for shape, names in of_shape.items():
        constrains = names - _DESCRIBING & _PROPERTIES
        typed = any(
            (shape, _TYPE, NamedNode(SH + name)) in _TripleStore(store) for name in ("NodeShape", "PropertyShape")
        )
        if not (typed and constrains) or shape in targeted or "target" in names or _has_any(store, None, None, shape):
            continue
        if (shape, NamedNode(SH + "deactivated"), _TRUE) not in _TripleStore(store):
            text = "Nothing to check: the shape has no target, and no other shape refers to it."
            results[_write_shape(shape), ""] = _make_result(_write_shape(shape), None, severity, text)
    for quad in store.quads_for_pattern(None, NamedNode(SH + "property"), None, None):
        if isinstance(quad.object, ShapeNode) and "path" not in of_shape.get(quad.object, ()):
            text = "Nothing to check: the property shape does not exist or has no sh:path."
            results[_write_shape(quad.object), ""] = _make_result(_write_shape(quad.object), None, severity, text)
    return tuple(results.values())


@lru_cache(maxsize=1)
def _load_shapes(text: str) -> Store:
    """Return the shapes as a store, not to be changed; the shapes of one release are mostly those of the next."""
    store = Store()
    store.load(text.encode(), format=RdfFormat.N_TRIPLES)
    return store


def _write_shape(shape: ShapeNode) -> str:
    return "_:b" if isinstance(shape, BlankNode) else str(shape)


def _make_result(shape: str, value: str | None, severity: Severity, text: str) -> ValidationResult:
    return ValidationResult(shape, shape, TARGETS_NOTHING, severity, None, value, {"en": text})


def _group_by_shape(all_targets: list[ShapeTarget]) -> str:
    shown = ", ".join(f"sh:{target.kind} {target.value}" for target in all_targets[:3])
    return shown + (f" and {len(all_targets) - 3} more" if len(all_targets) > 3 else "")


class _TripleStore:
    def __init__(self, store: Store) -> None:
        self._store = store

    def __contains__(self, triple: tuple[ShapeNode, NamedNode, ShapeTerm]) -> bool:
        return next(iter(self._store.quads_for_pattern(*triple, None)), None) is not None


def _get_declared_terms(store: Store) -> Iterator[tuple[ShapeNode, str, ShapeTerm]]:
    for kind in _KINDS:
        for quad in store.quads_for_pattern(None, NamedNode(SH + kind), None, None):
            if isinstance(quad.subject, ShapeNode) and isinstance(quad.object, NamedNode | Literal):
                yield quad.subject, kind, quad.object
    # A shape that is also a class targets its instances (SHACL, section 2.1.3.3).
    for name in ("NodeShape", "PropertyShape"):
        for quad in store.quads_for_pattern(None, _TYPE, NamedNode(SH + name), None):
            shape = quad.subject
            if isinstance(shape, NamedNode) and (shape, _TYPE, NamedNode(_RDFS + "Class")) in _TripleStore(store):
                yield shape, "targetClass", shape


def _is_met(data: Store, kind: str, value: ShapeTerm) -> bool:
    if kind == "targetNode":
        # The target node is a focus node in any case, but a node that the data do not mention is probably an error.
        return _is_mentioned(data, value)
    if not isinstance(value, NamedNode):
        return False
    if kind == "targetClass":
        return any(_has_any(data, None, _TYPE, each) for each in _list_subclasses(data, value))
    return _has_any(data, None, value, None)


def _list_subclasses(data: Store, top: NamedNode) -> Iterator[NamedNode]:
    waiting, seen = [top], {top}
    while waiting:
        each = waiting.pop()
        yield each
        for quad in data.quads_for_pattern(None, _SUBCLASS_OF, each, None):
            if isinstance(quad.subject, NamedNode) and quad.subject not in seen:
                seen.add(quad.subject)
                waiting.append(quad.subject)


def _is_mentioned(data: Store, value: ShapeTerm) -> bool:
    if _has_any(data, None, None, value):
        return True
    return isinstance(value, NamedNode) and (_has_any(data, value, None, None) or _has_any(data, None, value, None))


def _has_any(
    data: Store, subject: NamedNode | None, predicate: NamedNode | None, value: ShapeTerm | ShapeNode | None
) -> bool:
    return next(iter(data.quads_for_pattern(subject, predicate, value, None)), None) is not None
