"""Dependencies of each targeted shape, as paths from its focus nodes (SHACL, sections 2.1, 2.3, 4 and 5).

Anything unknown here, such as a component of a later SHACL version or a SPARQL constraint with disconnected patterns,
makes partial validation unsafe and raises :class:`UnsupportedShapeError`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from pyoxigraph import Literal as RdfLiteral
from pyoxigraph import NamedNode, Quad, RdfFormat, Store

from jwpgraph.releases.gate import ShapesGraph
from jwpgraph.sparql_syntax.pattern_parser import GroupPattern, PatternParser, TriplePattern, UnsupportedSyntaxError
from jwpgraph.sparql_syntax.property_paths import (
    ANY,
    AlternativePath,
    InversePath,
    PredicatePath,
    PropertyPath,
    RepeatedPath,
    SequencePath,
)
from jwpgraph.validation.path_automaton import START, CompiledPathAutomaton, PathAutomaton, StepTerm
from jwpgraph.vocabulary import PREFIXES

SH: Final = PREFIXES["sh"]
TYPE: Final = PREFIXES["rdf"] + "type"
SUBCLASS: Final = PREFIXES["rdfs"] + "subClassOf"
_FIRST: Final = PREFIXES["rdf"] + "first"
_REST: Final = PREFIXES["rdf"] + "rest"

_KNOWN_NAMES: Final = """
targetClass targetNode targetSubjectsOf targetObjectsOf
path inversePath alternativePath zeroOrMorePath oneOrMorePath zeroOrOnePath
property node and or not xone qualifiedValueShape qualifiedMinCount qualifiedMaxCount
class datatype nodeKind minCount maxCount minInclusive maxInclusive minExclusive maxExclusive minLength maxLength
pattern flags languageIn uniqueLang in hasValue equals disjoint lessThan lessThanOrEquals closed ignoredProperties
sparql select prefixes declare prefix namespace message severity
name description group order defaultValue deactivated
"""
_KNOWN: Final = frozenset(SH + name for name in _KNOWN_NAMES.split())
_WRAPPERS: Final = {"zeroOrMorePath": "*", "oneOrMorePath": "+", "zeroOrOnePath": "?"}
_COMPARED: Final = ("equals", "disjoint", "lessThan", "lessThanOrEquals")
_UNSAFE_WORDS: Final = {"limit", "offset", "values", "exists", "from"}
_UNSAFE_VARIABLES: Final = {"PATH", "shapesGraph", "currentShape"}


class UnsupportedShapeError(Exception):
    """The triples that a shape reads cannot be determined."""


@dataclass(frozen=True, slots=True)
class TargetedShape:
    """A shape with targets.

    Attributes:
        classes: classes whose instances are focus nodes.
        nodes: nodes that are focus nodes, in N-Triples.
        subjects_of: properties whose subjects are focus nodes.
        objects_of: properties whose objects are focus nodes.
        targeting: the triples that make a node a focus node.
        judging: the triples that the results of a focus node depend on.
    """

    classes: tuple[NamedNode, ...]
    nodes: frozenset[str]
    subjects_of: tuple[NamedNode, ...]
    objects_of: tuple[NamedNode, ...]
    targeting: CompiledPathAutomaton
    judging: CompiledPathAutomaton


@lru_cache(maxsize=4)
def find_shape_dependencies(shapes: ShapesGraph) -> tuple[TargetedShape, ...]:
    """Return the dependencies of the targeted shapes among *shapes*.

    Raises:
        UnsupportedShapeError: if they cannot be determined.
    """
    store = Store()
    store.load(shapes.text.encode(), format=RdfFormat.N_TRIPLES)
    reader = _ShapesReader(store)
    try:
        return tuple(reader.iter_targeted())
    except UnsupportedSyntaxError as error:
        raise UnsupportedShapeError(str(error)) from None


class _ShapesReader:
    def __init__(self, store: Store) -> None:
        self._store = store
        for quad in store:
            name = quad.predicate.value
            if (name.startswith(SH) and name not in _KNOWN) or name == SUBCLASS:
                raise UnsupportedShapeError(name)

    def iter_targeted(self) -> Iterable[TargetedShape]:
        """Yield each shape with targets, including implicit class targets (SHACL, section 2.1.3.3)."""
        kinds = ("targetClass", "targetNode", "targetSubjectsOf", "targetObjectsOf")
        found = {quad.subject for kind in kinds for quad in self._quads(SH + kind)}
        found |= {quad.subject for quad in self._quads(TYPE) if self._is_class(quad.object)}
        for shape in sorted(found, key=str):
            walk = PathAutomaton()
            self._shape(shape, walk, START, reports=True, above=())
            classes = [term for term in self._objects(shape, "targetClass") if isinstance(term, NamedNode)]
            if isinstance(shape, NamedNode) and any(self._is_class(each) for each in self._about(shape, TYPE)):
                classes.append(shape)
            yield self._with_targets(shape, classes, walk)

    def _with_targets(self, shape: StepTerm, classes: list[NamedNode], walk: PathAutomaton) -> TargetedShape:
        subjects_of, objects_of = self._names(shape, "targetSubjectsOf"), self._names(shape, "targetObjectsOf")
        targeting = PathAutomaton()
        if classes:
            _get_class_constraint(targeting, START)
        for name in subjects_of:
            targeting.along(PredicatePath(name.value), START)
        for name in objects_of:
            targeting.along(InversePath(PredicatePath(name.value)), START)
        nodes = frozenset(str(term) for term in self._objects(shape, "targetNode"))
        return TargetedShape(tuple(classes), nodes, subjects_of, objects_of, targeting.compile(), walk.compile())

    def _shape(
        self, shape: StepTerm, walk: PathAutomaton, focus: int, *, reports: bool, above: tuple[StepTerm, ...]
    ) -> None:
        """Add what *shape* reads from state *focus* on; *reports*: whether its results name its own focus node."""
        if shape in above:
            raise UnsupportedShapeError(f"{shape} refers to itself")
        paths = self._objects(shape, "path")
        values = focus
        for path in paths:
            values = walk.along(self._path(path), focus)
        self._own_constraints(shape, walk, focus, values)
        nested = [
            *self._objects(shape, "node"),
            *self._objects(shape, "not"),
            *self._objects(shape, "qualifiedValueShape"),
        ]
        for kind in ("and", "or", "xone"):
            for members in self._objects(shape, kind):
                nested += self._items(members)
        for inner in nested:
            self._shape(inner, walk, values, reports=False, above=(*above, shape))
        for inner in self._objects(shape, "property"):
            if paths and reports:
                # Results of the inner shape name its value nodes, so their focus node does not identify the outer one.
                raise UnsupportedShapeError(f"a property shape within {shape}")
            self._shape(inner, walk, values, reports=reports, above=(*above, shape))

    def _own_constraints(self, shape: StepTerm, walk: PathAutomaton, focus: int, values: int) -> None:
        if self._objects(shape, "class"):
            _get_class_constraint(walk, values)
        for kind in _COMPARED:
            for name in self._names(shape, kind):
                walk.along(PredicatePath(name.value), focus)
        if self._objects(shape, "closed"):
            walk.along(ANY, values)
        for constraint in self._objects(shape, "sparql"):
            for text in self._objects(constraint, "select"):
                if not isinstance(text, RdfLiteral):
                    raise UnsupportedShapeError(str(constraint))
                _SparqlDependencies(walk).constraint(self._prologue(constraint) + text.value, focus)

    def _prologue(self, constraint: StepTerm) -> str:
        declared = [
            declaration
            for owner in self._objects(constraint, "prefixes")
            for declaration in self._objects(owner, "declare")
        ]
        return "".join(
            f"PREFIX {prefix.value}: <{namespace.value}>\n"
            for declaration in declared
            for prefix in self._objects(declaration, "prefix")
            for namespace in self._objects(declaration, "namespace")
            if isinstance(prefix, RdfLiteral) and isinstance(namespace, RdfLiteral)
        )

    def _path(self, node: StepTerm) -> PropertyPath:
        if isinstance(node, NamedNode):
            return PredicatePath(node.value)
        for inner in self._objects(node, "inversePath"):
            return InversePath(self._path(inner))
        for members in self._objects(node, "alternativePath"):
            return AlternativePath(tuple(self._path(item) for item in self._items(members)))
        for name, times in _WRAPPERS.items():
            for inner in self._objects(node, name):
                return RepeatedPath(self._path(inner), times)
        return SequencePath(tuple(self._path(item) for item in self._items(node)))

    def _items(self, head: StepTerm) -> list[StepTerm]:
        items: list[StepTerm] = []
        seen: set[StepTerm] = set()
        while head not in seen and (first := self._about(head, _FIRST)):
            seen.add(head)
            items.append(first[0])
            head = self._about(head, _REST)[0]
        if not items:
            raise UnsupportedShapeError(f"{head} is not a list")
        return items

    def _names(self, shape: StepTerm, kind: str) -> tuple[NamedNode, ...]:
        return tuple(term for term in self._objects(shape, kind) if isinstance(term, NamedNode))

    def _objects(self, subject: StepTerm, name: str) -> list[StepTerm]:
        return self._about(subject, SH + name)

    def _about(self, subject: StepTerm, predicate: str) -> list[StepTerm]:
        if isinstance(subject, RdfLiteral):
            return []
        return [quad.object for quad in self._store.quads_for_pattern(subject, NamedNode(predicate), None, None)]

    def _quads(self, predicate: str) -> Iterable[Quad]:
        return self._store.quads_for_pattern(None, NamedNode(predicate), None, None)

    def _is_class(self, term: StepTerm) -> bool:
        return isinstance(term, NamedNode) and term.value in {PREFIXES["rdfs"] + "Class", PREFIXES["owl"] + "Class"}


class _SparqlDependencies:
    """Adds the dependencies of a SPARQL constraint.

    Each pattern is traversed from an end that is bound, starting with ``$this``. A pattern that is not connected to a
    bound variable could match anywhere; such a constraint is not supported.
    """

    def __init__(self, walk: PathAutomaton) -> None:
        self._walk = walk

    def constraint(self, text: str, focus: int) -> None:
        """Add the SELECT query *text*, with ``$this`` at state *focus*."""
        reader = PatternParser(text)
        if any(token.kind == "variable" and token.text[1:] in _UNSAFE_VARIABLES for token in reader.tokens):
            raise UnsupportedShapeError("a variable that SHACL binds")
        reader.prologue()
        reader.expect("select")
        before = reader.at
        while reader.token.word not in {"where", "{"}:
            if not reader.take().text:
                raise UnsupportedSyntaxError("SELECT without WHERE")
        head = reader.tokens[before : reader.at]
        reader.accept("where")
        group = reader.group()
        if any(token.word in _UNSAFE_WORDS | {"{"} for token in (*head, *reader.tokens[reader.at :])):
            raise UnsupportedShapeError("an unsupported form of query")
        self._group(group, {"?this": focus})

    def _group(self, group: GroupPattern, bound: dict[str, int]) -> None:
        unconnected: list[TriplePattern] = []
        checks: list[GroupPattern] = []
        own = {"?this"}
        for element in group.elements:
            if isinstance(element, TriplePattern):
                unconnected = self._traverse_bound([*unconnected, element], bound)
                own |= {element.subject, element.object}
            elif element.kind in {"exists", "not exists"}:
                checks.append(element)
            elif element.kind in {"group", "union", "optional"}:
                self._group(element, _get_shared_variables(bound, own))
            else:
                raise UnsupportedShapeError(element.kind)
        if unconnected:
            raise UnsupportedShapeError(f"{unconnected[0]} is not connected to $this")
        for check in checks:
            self._group(check, _get_shared_variables(bound, own))

    def _traverse_bound(self, patterns: list[TriplePattern], bound: dict[str, int]) -> list[TriplePattern]:
        """Traverse the *patterns* with a bound end, which binds their other ends; return the remaining ones."""
        while True:
            connected = next((each for each in patterns if each.subject in bound or each.object in bound), None)
            if connected is None:
                return patterns
            patterns = [each for each in patterns if each is not connected]
            if connected.subject in bound:
                self._pass(connected.path, bound[connected.subject], connected.object, bound)
            else:
                self._pass(InversePath(connected.path), bound[connected.object], connected.subject, bound)

    def _pass(self, path: PropertyPath, start: int, other: str, bound: dict[str, int]) -> None:
        if other.startswith("?"):
            reached = self._walk.along(path, start)
            bound.setdefault(other, reached)
        else:
            self._walk.along(path, start, end=other if other.startswith("<") else None)


def _get_shared_variables(bound: dict[str, int], own: set[str]) -> dict[str, int]:
    """Return the bindings for an inner group: variables of the enclosing group, as groups are evaluated bottom-up."""
    return {name: state for name, state in bound.items() if name in own}


def _get_class_constraint(walk: PathAutomaton, state: int) -> None:
    classes = walk.along(PredicatePath(TYPE), state)
    walk.along(RepeatedPath(PredicatePath(SUBCLASS), "*"), classes)
