"""The syntax rules of shapes that engines do not enforce alike (SHACL, sections 1.3, 2.1, 2.3.1 and 4).

How an engine treats an ill-formed shape is undefined: it may ignore a part of it, and report conformance.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from jwpgraph.problems import ProblemError
from jwpgraph.sparql_syntax.tokenizer import Tokenizer
from jwpgraph.vocabulary import PREFIXES

_SH: Final = PREFIXES["sh"]
_FIRST, _REST, _NIL = (NamedNode(PREFIXES["rdf"] + name) for name in ("first", "rest", "nil"))
_PATH: Final = NamedNode(_SH + "path")
_ALTERNATIVE: Final = NamedNode(_SH + "alternativePath")
_WRAPPERS: Final = tuple(
    NamedNode(_SH + name) for name in ("inversePath", "zeroOrMorePath", "oneOrMorePath", "zeroOrOnePath")
)
#: Parameters whose values are lists.
_LISTS: Final = frozenset(
    NamedNode(_SH + name) for name in ("in", "languageIn", "ignoredProperties", "and", "or", "xone")
)
#: Parameters whose values are shapes, or lists of shapes.
_SHAPES: Final = frozenset(NamedNode(_SH + name) for name in ("property", "node", "not", "qualifiedValueShape"))
_SHAPE_LISTS: Final = frozenset(NamedNode(_SH + name) for name in ("and", "or", "xone"))
_PROPERTY: Final = NamedNode(_SH + "property")
#: Parameters whose values are IRIs.
_IRIS: Final = frozenset(
    NamedNode(_SH + name)
    for name in (
        *("targetClass", "targetSubjectsOf", "targetObjectsOf", "severity", "class", "datatype", "nodeKind"),
        *("equals", "disjoint", "lessThan", "lessThanOrEquals"),
    )
)
#: Parameters of which a shape has at most one value.
_SINGLE: Final = frozenset(
    NamedNode(_SH + name)
    for name in (
        *("datatype", "nodeKind", "minCount", "maxCount", "minExclusive", "minInclusive", "maxExclusive"),
        *("maxInclusive", "minLength", "maxLength", "languageIn", "uniqueLang", "in", "closed", "flags"),
        *("qualifiedMinCount", "qualifiedMaxCount", "severity", "deactivated"),
    )
)
#: Parameters of property shapes only.
_OF_PROPERTIES: Final = frozenset(
    NamedNode(_SH + name)
    for name in ("minCount", "maxCount", "uniqueLang", "lessThan", "lessThanOrEquals", "qualifiedValueShape")
)
#: Parameters whose values are literals of one datatype, and its lexical forms.
_DATATYPES: Final = {
    NamedNode(_SH + name): (NamedNode(PREFIXES["xsd"] + datatype), re.compile(forms, re.DOTALL))
    for datatype, forms, names in (
        ("boolean", "true|false|1|0", ("closed", "uniqueLang", "qualifiedValueShapesDisjoint", "deactivated")),
        (
            "integer",
            "[+-]?[0-9]+",
            ("minCount", "maxCount", "minLength", "maxLength", "qualifiedMinCount", "qualifiedMaxCount"),
        ),
        ("string", ".*", ("pattern", "flags", "select", "ask")),
    )
    for name in names
}
_QUERIES: Final = frozenset(NamedNode(_SH + name) for name in ("select", "ask"))
_DEACTIVATED: Final = NamedNode(_SH + "deactivated")
_SWITCHES: Final = frozenset(
    name.value for name, (datatype, _) in _DATATYPES.items() if datatype.value.endswith("#boolean")
)
#: Deeper and longer paths, which are well-formed, take engines too long or end them.
_DEEPEST: Final = 50
_MOST_STEPS: Final = 10_000


class IllFormedShapeError(ValueError):
    """A shape breaks a syntax rule; the message names the shape, the property and the rule."""


class _IllFormedError(ValueError):
    pass


def check_shapes(triples: Sequence[Triple]) -> None:
    """Check the paths and lists of a shapes graph, and of which kind and how many the values of parameters are.

    Raises:
        IllFormedShapeError: one is ill-formed.
    """
    about: dict[Any, list[Triple]] = {}
    for triple in triples:
        about.setdefault(triple.subject, []).append(triple)
    reader = _SyntaxReader(about)
    for shape, its_triples in about.items():
        try:
            reader.check_paths([triple.object for triple in its_triples if triple.predicate == _PATH])
        except _IllFormedError as error:
            raise IllFormedShapeError(f"{_name(shape, about)}: sh:path: {error} (SHACL, section 2.3.1)") from None
        for triple in its_triples:
            try:
                reader.check_value(triple)
            except _IllFormedError as error:
                name = triple.predicate.value.removeprefix(_SH)
                raise IllFormedShapeError(f"{_name(shape, about)}: sh:{name}: {error}") from None


def is_ignored_switch(parameter: str, form: str) -> bool:
    """Return whether a boolean parameter is ignored because of the lexical form of its value.

    SHACL means the term ``true`` by true; ``"1"^^xsd:boolean`` is another term (W3C's test ``uniqueLang-002``).

    Args:
        parameter: the IRI of a property.
        form: the lexical form of its value.
    """
    return parameter in _SWITCHES and form not in {"true", "false"}


class _SyntaxReader:
    def __init__(self, about: dict[Any, list[Triple]]) -> None:
        self._about = about
        self._steps: dict[Any, int] = {}
        every = [triple for triples in about.values() for triple in triples]
        # Those that have no path are reported as shapes without anything to check.
        self._property_shapes: set[Any] = {triple.subject for triple in every if triple.predicate == _PATH}
        self._property_shapes |= {triple.object for triple in every if triple.predicate == _PROPERTY}

    def check_paths(self, paths: Sequence[Any]) -> None:
        """Check the values of sh:path of one shape."""
        if len(paths) > 1:
            raise _IllFormedError(f"a shape has one path, not {len(paths)}")
        for path in paths:
            self._count_steps(path)

    def check_value(self, triple: Triple) -> None:
        """Check one value of a parameter of a shape."""
        parameter, value = triple.predicate, triple.object
        if parameter in _LISTS:
            members = list(self.members(value))
            for member in members if parameter in _SHAPE_LISTS else ():
                self._check_shape(member)
        elif parameter in _SHAPES:
            self._check_shape(value)
        elif parameter in _IRIS and not isinstance(value, NamedNode):
            raise _IllFormedError(f"{_show(value)} is no IRI")
        elif parameter in _DATATYPES:
            self._check_literal(parameter, value)
        if parameter in _SINGLE and self._count(triple.subject, parameter) > 1:
            raise _IllFormedError("a shape has one value of it at most")
        if parameter in _OF_PROPERTIES and triple.subject not in self._property_shapes:
            raise _IllFormedError("a shape without sh:path cannot have it")

    def _check_literal(self, parameter: NamedNode, value: Any) -> None:
        datatype, forms = _DATATYPES[parameter]
        if not isinstance(value, Literal) or value.datatype != datatype or not forms.fullmatch(value.value):
            raise _IllFormedError(
                f"{_show(value)} is no literal of the datatype xsd:{datatype.value.rpartition('#')[2]}"
            )
        if parameter in _QUERIES and any(not _has_focus_node(names) for names in _list_subqueries(value.value)):
            raise _IllFormedError("a subquery must return $this (SHACL, appendix A)")
        if parameter == _DEACTIVATED and is_ignored_switch(parameter.value, value.value):
            raise _IllFormedError(f"{_show(value)} is neither true nor false")

    def _check_shape(self, value: Any) -> None:
        if not isinstance(value, NamedNode | BlankNode):
            raise _IllFormedError(f"{_show(value)} is no shape")

    def _count(self, node: Any, predicate: NamedNode) -> int:
        return len({triple.object for triple in self._about.get(node, ()) if triple.predicate == predicate})

    def _count_steps(self, path: Any, above: tuple[Any, ...] = ()) -> int:
        """Check a path and return the number of its steps; *above* has the paths that contain it."""
        if isinstance(path, NamedNode):
            return 1
        if path in self._steps:
            return self._steps[path]
        if not isinstance(path, BlankNode):
            raise _IllFormedError(f"{path} is no path")
        if path in above:
            raise _IllFormedError("a path contains itself")
        if len(above) > _DEEPEST:
            raise _IllFormedError(f"paths are nested more than {_DEEPEST} deep")
        steps = sum(self._count_steps(part, (*above, path)) for part in self._parts(path))
        if steps > _MOST_STEPS:
            # A node in several lists counts each time, as engines read it each time.
            raise _IllFormedError(f"a path has more than {_MOST_STEPS} steps")
        self._steps[path] = steps
        return steps

    def _parts(self, path: BlankNode) -> list[Any]:
        """Return the paths of which a path consists; other properties may stand beside those of a list only."""
        its_triples = self._about.get(path, [])
        predicates = [triple.predicate for triple in its_triples]
        if _FIRST in predicates or _REST in predicates:
            return self._several(path, "a sequence")
        if len(its_triples) != 1 or predicates[0] not in (_ALTERNATIVE, *_WRAPPERS):
            kinds = "a list, or sh:inversePath, sh:alternativePath, sh:zeroOrMorePath, sh:oneOrMorePath or "
            raise _IllFormedError(f"a path that is no IRI is {kinds}sh:zeroOrOnePath, once and with nothing else")
        inner = its_triples[0].object
        return self._several(inner, "sh:alternativePath") if predicates[0] == _ALTERNATIVE else [inner]

    def _several(self, head: Any, what: str) -> list[Any]:
        parts = list(self.members(head))
        if len(parts) < 2:
            raise _IllFormedError(f"{what} needs at least two paths, and has {len(parts)}")
        return parts

    def members(self, head: Any) -> Iterator[Any]:
        """Yield the members of a SHACL list (section 1.3)."""
        seen = set()
        while head != _NIL:
            if head in seen:
                raise _IllFormedError("a list contains itself")
            seen.add(head)
            its_triples = self._about.get(head, [])
            firsts = [triple.object for triple in its_triples if triple.predicate == _FIRST]
            rests = [triple.object for triple in its_triples if triple.predicate == _REST]
            if len(firsts) != 1 or len(rests) != 1:
                raise _IllFormedError("a list needs one rdf:first and one rdf:rest at each place, and ends in rdf:nil")
            yield firsts[0]
            head = rests[0]


def _list_subqueries(query: str) -> Iterator[list[str]]:
    """Yield what each subquery of a query names between SELECT and its pattern."""
    try:
        tokens = [token.text.lower() for token in Tokenizer(query).tokens()]
    except ProblemError:
        return  # the engine reports it
    for place, word in enumerate(tokens):
        if word == "select" and "{" in tokens[:place]:
            yield tokens[place + 1 : tokens.index("{", place) if "{" in tokens[place:] else len(tokens)]


def _has_focus_node(projection: Sequence[str]) -> bool:
    return bool({"*", "?this", "$this"}.intersection(projection))


def _show(value: Any) -> str:
    return "a blank node" if isinstance(value, BlankNode) else str(value)


def _name(shape: Any, about: dict[Any, list[Triple]]) -> str:
    """Return the IRI of a shape, or of the one in which it stands."""
    seen = set()
    while isinstance(shape, BlankNode) and shape not in seen:
        seen.add(shape)
        owners = (subject for subject, triples in about.items() for triple in triples if triple.object == shape)
        shape = next(owners, shape)
    return shape.value if isinstance(shape, NamedNode) else "a shape without a name"
