"""Compilation of ``$filter`` to functions of entities, type-checked against the model.

The grammar is that of odata-query. An unknown value is null: it equals only null, is neither less nor greater than
any value, and a function of it is null, which counts as false (OData 4.01, part 2, section 5.1.1).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, cast

from odata_query import ast
from odata_query.exceptions import ODataException
from odata_query.grammar import ODataLexer, ODataParser

from jwpgraph.integrations.odata.edm import TYPES, ODataEntityType
from jwpgraph.integrations.odata.filter_literals import DEEPEST, FilterError, parse_datetime, to_version_4
from jwpgraph.integrations.odata.records import Absolute, Condition, ODataRecord, truncate_datetime

Kind = Literal["text", "number", "date", "truth", "null", "texts"]
#: Entities by name of the variable; the filtered entity has the empty name.
Scope = Mapping[str, ODataRecord]
Evaluate = Callable[[Scope], Any]

_KINDS: Final[dict[str, Kind]] = {"String": "text", "DateTime": "date"}
_SUBSTRING_OF: Final = "substringof"
_ORDERED: Final[dict[type, Callable[[Any, Any], bool]]] = {
    ast.Lt: lambda left, right: left < right,
    ast.LtE: lambda left, right: left <= right,
    ast.Gt: lambda left, right: left > right,
    ast.GtE: lambda left, right: left >= right,
}


@dataclass(frozen=True, slots=True)
class _Function:
    takes: tuple[Kind, ...]
    gives: Kind
    apply: Callable[..., Any]


_FUNCTIONS: Final[dict[str, _Function]] = {
    "contains": _Function(("text", "text"), "truth", lambda text, part: part in text),
    _SUBSTRING_OF: _Function(("text", "text"), "truth", lambda part, text: part in text),
    "startswith": _Function(("text", "text"), "truth", lambda text, part: text.startswith(part)),
    "endswith": _Function(("text", "text"), "truth", lambda text, part: text.endswith(part)),
    "indexof": _Function(("text", "text"), "number", lambda text, part: text.find(part)),
    "concat": _Function(("text", "text"), "text", lambda text, more: text + more),
    "length": _Function(("text",), "number", len),
    "tolower": _Function(("text",), "text", str.lower),
    "toupper": _Function(("text",), "text", str.upper),
    "trim": _Function(("text",), "text", str.strip),
    "year": _Function(("date",), "number", lambda value: value.year),
    "month": _Function(("date",), "number", lambda value: value.month),
    "day": _Function(("date",), "number", lambda value: value.day),
    "hour": _Function(("date",), "number", lambda value: value.hour),
    "minute": _Function(("date",), "number", lambda value: value.minute),
    "second": _Function(("date",), "number", lambda value: value.second),
    "floor": _Function(("number",), "number", lambda value: value // 1),
    "ceiling": _Function(("number",), "number", lambda value: -(-value // 1)),
    "round": _Function(("number",), "number", lambda value: (abs(value) + 0.5) // 1 * (1 if value >= 0 else -1)),
}


@dataclass(frozen=True, slots=True)
class _Expression:
    kind: Kind
    evaluate: Evaluate


def parse_filter(text: str, entity_type: ODataEntityType, absolute: Absolute) -> Condition:
    """Return the condition *text* as a function of an entity.

    Args:
        text: the value of ``$filter``.
        entity_type: the type of the filtered entities.
        absolute: makes a path of this server absolute.

    Raises:
        FilterError: a syntax error, an unknown name, or a comparison of incompatible types.
    """
    tree = _parse(to_version_4(text))
    expression = _Compiler({"": entity_type}, absolute).compile(tree)
    if expression.kind != "truth":
        raise FilterError("it is not a condition")
    return lambda record: expression.evaluate({"": record}) is True


def _parse(text: str) -> Any:
    if not text:
        raise FilterError("it is empty")
    parser = ODataParser()
    known = parser._function_call

    def call(name: ast.Identifier, arguments: list[Any]) -> Any:
        # The parser supports only the functions of version 4; the number of arguments is checked below.
        return ast.Call(name, arguments) if _name_of(name).lower() == _SUBSTRING_OF else known(name, arguments)

    cast(Any, parser)._function_call = call
    try:
        tree = parser.parse(ODataLexer().tokenize(text))
    except ODataException as error:
        raise FilterError(_describe_error(error)) from None
    except RecursionError:
        raise FilterError("it is nested too deeply") from None
    if tree is None:
        raise FilterError("it cannot be read")
    return tree


def _name_of(identifier: ast.Identifier) -> str:
    """Return a name with its namespace, if any."""
    return ".".join((*identifier.namespace, identifier.name))


def _describe_error(error: ODataException) -> str:
    token = getattr(error, "token", None)
    if token is None:
        return "it ends too early" if getattr(error, "eof", False) else str(error)
    return f"it cannot be read from character {token.index + 1} on"


@dataclass
class _Compiler:
    """Compiler of parsed conditions.

    Args:
        types: entity types by name of the variable; the filtered entity has the empty name.
        absolute: makes a path of this server absolute.
    """

    types: Mapping[str, ODataEntityType]
    absolute: Absolute
    depth: int = field(default=0)

    def compile(self, node: Any) -> _Expression:
        """Return the compiled expression for *node*."""
        make = _COMPILERS.get(type(node))
        if make is None:
            raise FilterError(f"{_UNSUPPORTED.get(type(node), 'a part of it')} cannot be used here")
        self.depth += 1
        if self.depth > DEEPEST:
            raise FilterError(f"it is nested deeper than {DEEPEST} levels")
        try:
            return make(self, node)
        finally:
            self.depth -= 1

    def property(self, node: ast.Identifier) -> _Expression:
        """Compile a property of the entity."""
        return self._member("", _name_of(node))

    def attribute(self, node: ast.Attribute) -> _Expression:
        """Compile a property of the variable of ``any`` or ``all``."""
        if not isinstance(node.owner, ast.Identifier) or _name_of(node.owner) not in self.types:
            raise FilterError("a path leads to the members of a collection only within any() or all()")
        return self._member(_name_of(node.owner), str(node.attr))

    def _member(self, variable: str, name: str) -> _Expression:
        entity_type, absolute = self.types[variable], self.absolute
        known = entity_type.property(name)
        if known:
            kind = _KINDS.get(known.type, "number")
            return _Expression(kind, lambda scope: scope[variable].value(name, absolute))
        navigation = entity_type.navigation(name)
        if navigation and TYPES[navigation.target].property("value"):
            return _Expression(
                "texts", lambda scope: [one.value("value", absolute) for one in scope[variable].linked(name)]
            )
        raise FilterError(f"{name[:60]!r} is not a property of {entity_type.name} that can be compared")

    def comparison(self, node: ast.Compare) -> _Expression:
        """Compile ``eq``, ``ne``, ``lt``, ``le``, ``gt``, ``ge`` and ``in``."""
        left = self.compile(node.left)
        if isinstance(node.comparator, ast.In):
            return self._among(left, node.right)
        right = self.compile(node.right)
        get, other = left.evaluate, right.evaluate
        null = "null" in {left.kind, right.kind}
        if "texts" in {left.kind, right.kind}:
            raise FilterError("a property with several texts is compared within any() or all()")
        if not null and left.kind != right.kind:
            raise FilterError(f"a {left.kind} and a {right.kind} cannot be compared")
        if isinstance(node.comparator, ast.Eq | ast.NotEq):
            equal = isinstance(node.comparator, ast.Eq)
            return _Expression("truth", lambda scope: (get(scope) == other(scope)) is equal)
        if null or left.kind == "truth":
            raise FilterError("only texts, numbers and dates come before or after one another")
        compare = _ORDERED[type(node.comparator)]

        def ordered(scope: Scope) -> bool:
            one, two = get(scope), other(scope)
            return bool(one is not None and two is not None and compare(one, two))

        return _Expression("truth", ordered)

    def _among(self, left: _Expression, values: Any) -> _Expression:
        options = [self.compile(one) for one in values.val]
        if any(one.kind != left.kind for one in options):
            raise FilterError("the values after in are not of the kind that is compared")
        get = left.evaluate
        return _Expression("truth", lambda scope: get(scope) in [one.evaluate(scope) for one in options])

    def junction(self, node: ast.BoolOp) -> _Expression:
        """Compile ``and`` and ``or``; chains of the same operator are flattened."""
        operator = type(node.op)
        parts: list[_Expression] = []
        rest: Any = node
        while isinstance(rest, ast.BoolOp) and type(rest.op) is operator:
            parts.append(self._truth(rest.right))
            rest = rest.left
        parts.append(self._truth(rest))
        evaluations = [part.evaluate for part in reversed(parts)]
        # This value decides the result even if others are unknown.
        decisive = operator is ast.Or

        def combined(scope: Scope) -> bool | None:
            unknown = False
            for evaluate in evaluations:
                found = evaluate(scope)
                if found is decisive:
                    return bool(found)
                unknown = unknown or found is None
            return None if unknown else not decisive

        return _Expression("truth", combined)

    def _truth(self, node: Any) -> _Expression:
        expression = self.compile(node)
        if expression.kind != "truth":
            raise FilterError("and, or and not combine conditions")
        return expression

    def unary(self, node: ast.UnaryOp) -> _Expression:
        """Compile ``not`` and the minus sign."""
        if isinstance(node.op, ast.Not):
            evaluate = self._truth(node.operand).evaluate

            def negated(scope: Scope) -> bool | None:
                found = evaluate(scope)
                return None if found is None else not found

            return _Expression("truth", negated)
        operand = self.compile(node.operand)
        if operand.kind != "number":
            raise FilterError("only a number can be negative")
        get = operand.evaluate

        def negative(scope: Scope) -> float | None:
            found = get(scope)
            return None if found is None else -found

        return _Expression("number", negative)

    def call(self, node: ast.Call) -> _Expression:
        """Compile a function; for several texts (``title``) it is true if it is true for one."""
        name = _name_of(node.func).lower()
        function = _FUNCTIONS.get(name)
        if function is None:
            raise FilterError(f"{name[:40]} is not a function that can be used here")
        if len(node.args) != len(function.takes):
            raise FilterError(f"{name} takes {len(function.takes)} values")
        arguments = [self.compile(one) for one in node.args]
        searched = 1 if name == _SUBSTRING_OF else 0
        several = function.gives == "truth" and arguments[searched].kind == "texts"
        for place, (argument, wanted) in enumerate(zip(arguments, function.takes, strict=True)):
            if argument.kind not in {wanted, "null"} and not (several and place == searched):
                raise FilterError(f"{name} takes a {wanted} where it is given a {argument.kind}")
        evaluations = [argument.evaluate for argument in arguments]

        def applied(scope: Scope) -> Any:
            values = [evaluate(scope) for evaluate in evaluations]
            if not several:
                return None if None in values else function.apply(*values)
            part = values[1 - searched]
            texts = [text for text in values[searched] if text is not None]
            given = ((part, text) if searched else (text, part) for text in texts)
            return None if part is None else any(function.apply(*pair) for pair in given)

        return _Expression(function.gives, applied)

    def quantified(self, node: ast.CollectionLambda) -> _Expression:
        """Compile ``any`` and ``all`` over the entities of a navigation property."""
        # Nested quantifiers would multiply the work, and the model has no use for them.
        if not isinstance(node.owner, ast.Identifier) or len(self.types) > 1:
            raise FilterError("any() and all() are asked of a navigation property of the entity itself")
        name = _name_of(node.owner)
        navigation = self.types[""].navigation(name)
        if navigation is None:
            raise FilterError(f"{name[:60]!r} is not a navigation property of {self.types[''].name}")
        every = isinstance(node.operator, ast.All)
        if node.lambda_ is None:
            return _Expression("truth", lambda scope: bool(scope[""].linked(name)))
        variable = _name_of(node.lambda_.identifier)
        inner = _Compiler({**self.types, variable: TYPES[navigation.target]}, self.absolute, self.depth)
        evaluate = inner._truth(node.lambda_.expression).evaluate

        def asked(scope: Scope) -> bool:
            found = (evaluate({**scope, variable: one}) is True for one in scope[""].linked(name))
            return all(found) if every else any(found)

        return _Expression("truth", asked)

    def literal(self, node: Any) -> _Expression:
        """Compile a literal."""
        kind, read = _LITERALS[type(node)]
        try:
            found = read(node)
        except (ValueError, OverflowError) as error:
            raise FilterError(str(error) or "a value cannot be read") from None
        return _Expression(kind, lambda _scope: found)


_LITERALS: Final[dict[type, tuple[Kind, Callable[[Any], Any]]]] = {
    ast.Null: ("null", lambda _node: None),
    ast.String: ("text", lambda node: node.val),
    ast.GUID: ("text", lambda node: node.val),
    ast.Integer: ("number", lambda node: int(node.val)),
    ast.Float: ("number", lambda node: float(node.val)),
    ast.Boolean: ("truth", lambda node: node.val.lower() == "true"),
    ast.Date: ("date", lambda node: truncate_datetime(parse_datetime(node.val))),
    ast.DateTime: ("date", lambda node: parse_datetime(node.val)),
}
_UNSUPPORTED: Final[dict[type, str]] = {
    ast.BinOp: "arithmetic",
    ast.List: "a list",
    ast.Duration: "a duration",
    ast.Time: "a time of day",
    ast.Geography: "a place",
    ast.NamedParam: "a named parameter",
}
_COMPILERS: Final[dict[type, Callable[[_Compiler, Any], _Expression]]] = {
    ast.Identifier: _Compiler.property,
    ast.Attribute: _Compiler.attribute,
    ast.Compare: _Compiler.comparison,
    ast.BoolOp: _Compiler.junction,
    ast.UnaryOp: _Compiler.unary,
    ast.Call: _Compiler.call,
    ast.CollectionLambda: _Compiler.quantified,
    **dict.fromkeys(_LITERALS, _Compiler.literal),
}
