"""Shapes that target nothing: a slip in a target must not look as if all were well (SHACL, section 2.1.3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode, RdfFormat, Store

from jwpgraph.releases.gate import Shapes
from jwpgraph.validation.report import SH, Result, Severity
from jwpgraph.vocabulary import BASE, PREFIXES

_RDF = PREFIXES["rdf"]
_RDFS = PREFIXES["rdfs"]
_TYPE = NamedNode(_RDF + "type")
_SUBCLASS_OF = NamedNode(_RDFS + "subClassOf")
_TRUE = Literal("true", datatype=NamedNode(PREFIXES["xsd"] + "boolean"))
#: What stands for the constraint component in a result that says that a shape had nothing to check.
TARGETS_NOTHING = f"<{BASE}validation#TargetsNothing>"
_KINDS = ("targetClass", "targetNode", "targetSubjectsOf", "targetObjectsOf")

Term = NamedNode | Literal


@dataclass(frozen=True, slots=True)
class Target:
    """A target of a shape: how it chooses, by what, and whether there is anything that it chooses."""

    shape: str
    kind: str
    value: Term
    met: bool


def targets(data: Store, shapes: Shapes) -> list[Target]:
    """The targets of all shapes that are switched on, held against the union of *data*; SPARQL targets are left out."""
    store = Store()
    store.load(shapes.text.encode(), format=RdfFormat.N_TRIPLES)
    found = []
    for shape, kind, value in _declared(store):
        if (shape, NamedNode(SH + "deactivated"), _TRUE) in _Triples(store):
            continue
        found.append(Target(str(shape), kind, value, _met(data, kind, value)))
    return sorted(found, key=lambda target: (target.shape, target.kind, str(target.value)))


def idle_results(data: Store, shapes: Shapes, severity: Severity) -> list[Result]:
    """A result for each shape without any focus node, and for each target that names what the data never mention.

    Args:
        data: what is validated.
        shapes: the shapes.
        severity: what such a result counts as.
    """
    of_shape: dict[str, list[Target]] = {}
    for target in targets(data, shapes):
        of_shape.setdefault(target.shape, []).append(target)
    results = []
    for shape, all_targets in of_shape.items():
        if not any(target.met for target in all_targets):
            results.append(
                _result(shape, None, severity, f"Nothing to check: {_named(all_targets)} finds no focus node.")
            )
            continue
        for target in all_targets:
            if not target.met and not _mentioned(data, target.value):
                text = f"Nothing mentions {_named([target])}; the shape's other targets are met. Is it a slip?"
                results.append(_result(shape, str(target.value), severity, text))
    return results


def _result(shape: str, value: str | None, severity: Severity, text: str) -> Result:
    return Result(shape, shape, TARGETS_NOTHING, severity, None, value, {"en": text})


def _named(all_targets: list[Target]) -> str:
    shown = ", ".join(f"sh:{target.kind} {target.value}" for target in all_targets[:3])
    return shown + (f" and {len(all_targets) - 3} more" if len(all_targets) > 3 else "")


class _Triples:
    def __init__(self, store: Store) -> None:
        self._store = store

    def __contains__(self, triple: tuple[NamedNode, NamedNode, Term]) -> bool:
        return next(iter(self._store.quads_for_pattern(*triple, None)), None) is not None


def _declared(store: Store) -> Iterator[tuple[NamedNode, str, Term]]:
    for kind in _KINDS:
        for quad in store.quads_for_pattern(None, NamedNode(SH + kind), None, None):
            if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode | Literal):
                yield quad.subject, kind, quad.object
    # A shape that is a class targets its own instances (SHACL, section 2.1.3.3).
    for name in ("NodeShape", "PropertyShape"):
        for quad in store.quads_for_pattern(None, _TYPE, NamedNode(SH + name), None):
            shape = quad.subject
            if isinstance(shape, NamedNode) and (shape, _TYPE, NamedNode(_RDFS + "Class")) in _Triples(store):
                yield shape, "targetClass", shape


def _met(data: Store, kind: str, value: Term) -> bool:
    if kind == "targetNode":
        # A node is a focus node whether or not the data mention it; one that they do not is a slip all the same.
        return _mentioned(data, value)
    if not isinstance(value, NamedNode):
        return False
    if kind == "targetClass":
        return any(_any(data, None, _TYPE, each) for each in _subclasses(data, value))
    return _any(data, None, value, None)


def _subclasses(data: Store, top: NamedNode) -> Iterator[NamedNode]:
    waiting, seen = [top], {top}
    while waiting:
        each = waiting.pop()
        yield each
        for quad in data.quads_for_pattern(None, _SUBCLASS_OF, each, None):
            if isinstance(quad.subject, NamedNode) and quad.subject not in seen:
                seen.add(quad.subject)
                waiting.append(quad.subject)


def _mentioned(data: Store, value: Term) -> bool:
    if _any(data, None, None, value):
        return True
    return isinstance(value, NamedNode) and (_any(data, value, None, None) or _any(data, None, value, None))


def _any(data: Store, subject: NamedNode | None, predicate: NamedNode | None, value: Term | None) -> bool:
    return next(iter(data.quads_for_pattern(subject, predicate, value, None)), None) is not None
