"""What each targeted shape may look at, as walks from its focus nodes (SHACL, sections 2.1, 2.3, 4 and 5).

Whatever is not known here, be it a component of a later SHACL or a SPARQL constraint whose patterns do not hang
together, makes the shapes ones that cannot be validated in part: :class:`UnsupportedShapeError`.
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
    """What a shape looks at cannot be told."""


@dataclass(frozen=True, slots=True)
class TargetedShape:
    """A shape with targets.

    Attributes:
        classes: whose instances are focus nodes.
        nodes: that are focus nodes, in N-Triples.
        subjects_of: properties whose subjects are focus nodes.
        objects_of: properties whose objects are focus nodes.
        targeting: what makes a node a focus node.
        judging: what the verdict on it depends on.
    """

    classes: tuple[NamedNode, ...]
    nodes: frozenset[str]
    subjects_of: tuple[NamedNode, ...]
    objects_of: tuple[NamedNode, ...]
    targeting: CompiledPathAutomaton
    judging: CompiledPathAutomaton


@lru_cache(maxsize=4)
def find_shape_dependencies(shapes: ShapesGraph) -> tuple[TargetedShape, ...]:
    """What the targeted shapes among *shapes* look at.

    Raises:
        UnsupportedShapeError: where that cannot be told.
    """
    store = Store()
    store.load(shapes.text.encode(), format=RdfFormat.N_TRIPLES)
    reader = _ShapesReader(store)
    try:
        return tuple(reader.targeted())
    except UnsupportedSyntaxError as error:
        raise UnsupportedShapeError(str(error)) from None


class _ShapesReader:
    def __init__(self, store: Store) -> None:
        self._store = store
        for quad in store:
            name = quad.predicate.value
            if (name.startswith(SH) and name not in _KNOWN) or name == SUBCLASS:
                raise UnsupportedShapeError(name)

    def targeted(self) -> Iterable[TargetedShape]:
        """Every shape with targets, implicit class targets included (SHACL, section 2.1.3.3)."""
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
            _class_constraint(targeting, START)
        for name in subjects_of:
            targeting.along(PredicatePath(name.value), START)
        for name in objects_of:
            targeting.along(InversePath(PredicatePath(name.value)), START)
        nodes = frozenset(str(term) for term in self._objects(shape, "targetNode"))
        return TargetedShape(tuple(classes), nodes, subjects_of, objects_of, targeting.finished(), walk.finished())

    def _shape(
        self, shape: StepTerm, walk: PathAutomaton, focus: int, *, reports: bool, above: tuple[StepTerm, ...]
    ) -> None:
        """Add what *shape* looks at from state *focus* on; *reports* says that its results name its own focus node."""
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
                # The results of the inner shape name its value nodes, so that they cannot be told by their focus node.
                raise UnsupportedShapeError(f"a property shape within {shape}")
            self._shape(inner, walk, values, reports=reports, above=(*above, shape))

    def _own_constraints(self, shape: StepTerm, walk: PathAutomaton, focus: int, values: int) -> None:
        if self._objects(shape, "class"):
            _class_constraint(walk, values)
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
            raise UnsupportedShapeError(f"{head} is no list")
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
    """Adds what a SPARQL constraint looks at.

    Each pattern is walked from an end that is bound when it is matched, which begins with ``$this``. A pattern that is
    tied to nothing bound could match anywhere, and the constraint is not local.
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
            raise UnsupportedShapeError("a query of an unusual kind")
        self._group(group, {"?this": focus})

    def _group(self, group: GroupPattern, bound: dict[str, int]) -> None:
        loose: list[TriplePattern] = []
        checks: list[GroupPattern] = []
        own = {"?this"}
        for element in group.elements:
            if isinstance(element, TriplePattern):
                loose = self._tie([*loose, element], bound)
                own |= {element.subject, element.object}
            elif element.kind in {"exists", "not exists"}:
                checks.append(element)
            elif element.kind in {"group", "union", "optional"}:
                self._group(element, _shared_variables(bound, own))
            else:
                raise UnsupportedShapeError(element.kind)
        if loose:
            raise UnsupportedShapeError(f"{loose[0]} is not tied to $this")
        for check in checks:
            self._group(check, _shared_variables(bound, own))

    def _tie(self, patterns: list[TriplePattern], bound: dict[str, int]) -> list[TriplePattern]:
        """Walk those of *patterns* that have a bound end, which binds their other ends; returns the others."""
        while True:
            tied = next((each for each in patterns if each.subject in bound or each.object in bound), None)
            if tied is None:
                return patterns
            patterns = [each for each in patterns if each is not tied]
            if tied.subject in bound:
                self._pass(tied.path, bound[tied.subject], tied.object, bound)
            else:
                self._pass(InversePath(tied.path), bound[tied.object], tied.subject, bound)

    def _pass(self, path: PropertyPath, start: int, other: str, bound: dict[str, int]) -> None:
        if other.startswith("?"):
            reached = self._walk.along(path, start)
            bound.setdefault(other, reached)
        else:
            self._walk.along(path, start, end=other if other.startswith("<") else None)


def _shared_variables(bound: dict[str, int], own: set[str]) -> dict[str, int]:
    """What is bound for an inner group: variables of the group around it, since groups are matched from within."""
    return {name: state for name, state in bound.items() if name in own}


def _class_constraint(walk: PathAutomaton, state: int) -> None:
    classes = walk.along(PredicatePath(TYPE), state)
    walk.along(RepeatedPath(PredicatePath(SUBCLASS), "*"), classes)
