"""Strict parsing of system query options: unknown, repeated and malformed options are errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from jwpgraph.http.parameters import Parameters
from jwpgraph.integrations.odata.edm import ODataEntityType
from jwpgraph.integrations.odata.filter_literals import FilterError
from jwpgraph.integrations.odata.records import Absolute, Condition, ODataRecord
from jwpgraph.problems import ProblemError

#: Maximum number of entities per page, regardless of ``$top``.
LONGEST_PAGE: Final = 1000
_MOST_PARTS: Final = 100

#: Kinds of resources that differ in the allowed options.
Resource = Literal["collection", "entity", "count", "value", "document"]

_SHAPE: Final = {"$select", "$expand", "$format"}
_CHOICE: Final = {"$filter", "$orderby", "$top", "$skip"}
_COUNT_OF: Final[dict[int, set[str]]] = {2: {"$inlinecount"}, 4: {"$count"}}
_ORDERS: Final = {"": False, "asc": False, "desc": True}


@dataclass(frozen=True, slots=True)
class Options:
    """Parsed query options.

    Attributes:
        condition: the filter; None for all entities.
        order: properties to sort by, each with True for descending order.
        top: maximum number of entities; None for all.
        skip: number of entities to skip.
        after: key of the last entity of the previous page.
        counted: whether to include the total number.
        select: names of the properties to return; None for all.
        expand: navigation properties to expand.
    """

    condition: Condition | None = None
    order: tuple[tuple[str, bool], ...] = ()
    top: int | None = None
    skip: int = 0
    after: str | None = None
    counted: bool = False
    select: frozenset[str] | None = None
    expand: frozenset[str] = frozenset()

    def shows(self, name: str) -> bool:
        """Return whether the property with that name is selected."""
        return self.select is None or name in self.select or name in self.expand


def make_bad_option_problem(option: str, why: str) -> ProblemError:
    """Return the problem for an invalid option."""
    return ProblemError("bad-query-option", "A query option is invalid", f"{option[:60]}: {why}", status=400)


def to_unique_options(parameters: Parameters) -> dict[str, str]:
    """Return the options by name.

    Raises:
        ProblemError: ``bad-query-option`` (400): an option is repeated.
    """
    options: dict[str, str] = {}
    for name, value in parameters:
        if name in options:
            raise make_bad_option_problem(name, "it is given twice")
        options[name] = value
    return options


def parse_options(
    given: Mapping[str, str], resource: Resource, entity_type: ODataEntityType | None, version: int, absolute: Absolute
) -> Options:
    """Parse the query options of a request.

    Args:
        given: the option values by name.
        resource: the kind of resource.
        entity_type: the type of its entities, if any.
        version: 2 (also for 3) or 4.
        absolute: makes a path of this server absolute.

    Raises:
        ProblemError: ``bad-query-option`` (400).
    """
    _check_names(given, resource, version)
    if entity_type is None:
        return Options()
    read = _Reader(given, entity_type, absolute)
    return Options(
        condition=read.condition(),
        order=read.order(),
        top=read.number("$top"),
        skip=read.number("$skip") or 0,
        after=read.after(),
        counted=read.counted(),
        select=read.select(),
        expand=read.expand(),
    )


def _check_names(given: Mapping[str, str], resource: Resource, version: int) -> None:
    allowed = {
        "collection": _SHAPE | _CHOICE | {"$skiptoken"} | _COUNT_OF[4] | (_COUNT_OF[2] if version != 4 else set()),
        "entity": _SHAPE,
        # OData 4 does not define the effect of other options on a count; versions 2 and 3 count the listed entities.
        "count": _CHOICE if version != 4 else {"$filter"},
        "value": set(),
        "document": {"$format"},
    }[resource]
    for name in given:
        if name not in allowed:
            raise make_bad_option_problem(
                name or "(no name)", f"it is not an option here; there are {', '.join(sorted(allowed)) or 'none'}"
            )


class _Reader:
    """Parser of the values of options for one entity type."""

    def __init__(self, given: Mapping[str, str], entity_type: ODataEntityType, absolute: Absolute) -> None:
        self._given = given
        self._type = entity_type
        self._absolute = absolute

    def condition(self) -> Condition | None:
        """Parse ``$filter``."""
        if "$filter" not in self._given:
            return None
        try:
            from jwpgraph.integrations.odata.filters import parse_filter  # noqa: PLC0415 - makes the parser's tables

            return parse_filter(self._given["$filter"], self._type, self._absolute)
        except FilterError as error:
            raise make_bad_option_problem("$filter", str(error)) from None

    def order(self) -> tuple[tuple[str, bool], ...]:
        """Parse ``$orderby``."""
        order = []
        for part in self._split_list("$orderby"):
            name, _, direction = part.partition(" ")
            backwards = _ORDERS.get(direction.strip())
            if self._type.property(name) is None:
                raise make_bad_option_problem(
                    "$orderby", f"{name[:60]!r} is not a property of {self._type.name} that has one value"
                )
            if backwards is None:
                raise make_bad_option_problem("$orderby", f"{direction[:60]!r} is neither asc nor desc")
            order.append((name, backwards))
        return tuple(order)

    def number(self, option: str) -> int | None:
        """Parse ``$top`` or ``$skip``."""
        value = self._given.get(option)
        if value is None:
            return None
        if not (value.isascii() and value.isdecimal() and len(value) < 10):
            raise make_bad_option_problem(option, "it takes a whole number that is not negative")
        return int(value)

    def after(self) -> str | None:
        """Parse ``$skiptoken`` of a link to the next page."""
        token = self._given.get("$skiptoken")
        if token is None:
            return None
        if len(token) < 2 or token[0] != "'" or token[-1] != "'":
            raise make_bad_option_problem("$skiptoken", "it is not one that this service has given")
        return token[1:-1].replace("''", "'")

    def counted(self) -> bool:
        """Parse ``$inlinecount`` (versions 2 and 3) and ``$count`` (version 4, also accepted in the others)."""
        if "$inlinecount" in self._given and "$count" in self._given:
            raise make_bad_option_problem("$count", "it says again what $inlinecount says")
        for option, values in (
            ("$inlinecount", {"allpages": True, "none": False}),
            ("$count", {"true": True, "false": False}),
        ):
            if option in self._given:
                if self._given[option] not in values:
                    raise make_bad_option_problem(option, f"it takes {' or '.join(values)}")
                return values[self._given[option]]
        return False

    def expand(self) -> frozenset[str]:
        """Parse ``$expand``."""
        names = set()
        for part in self._split_list("$expand"):
            if part == "*":
                names |= {one.name for one in self._type.navigations}
            elif self._type.navigation(part):
                names.add(part)
            else:
                raise make_bad_option_problem(
                    "$expand", f"{part[:60]!r} is not a navigation property of {self._type.name}"
                )
        return frozenset(names)

    def select(self) -> frozenset[str] | None:
        """Parse ``$select``."""
        if "$select" not in self._given:
            return None
        names = set()
        for part in self._split_list("$select"):
            if part == "*":
                names |= {one.name for one in self._type.properties}
            elif self._type.property(part) or self._type.navigation(part):
                names.add(part)
            else:
                raise make_bad_option_problem("$select", f"{part[:60]!r} is not a property of {self._type.name}")
        return frozenset(names)

    def _split_list(self, option: str) -> list[str]:
        """Split a list at commas; it must not be empty."""
        if option not in self._given:
            return []
        parts = [part.strip() for part in self._given[option].split(",")]
        if not all(parts) or len(parts) > _MOST_PARTS:
            raise make_bad_option_problem(option, f"it takes up to {_MOST_PARTS} names with commas between them")
        return parts


@dataclass(frozen=True, slots=True)
class ODataPage:
    """A page of a collection.

    Attributes:
        records: the entities.
        total: the total number before ``$top`` and ``$skip``.
        next_after: the key after which the next page begins; None on the last page.
        next_top: the remaining ``$top`` for the next page.
    """

    records: Sequence[ODataRecord]
    total: int
    next_after: str | None = None
    next_top: int | None = None


def select_page(
    records: Sequence[ODataRecord], options: Options, absolute: Absolute, longest: int = LONGEST_PAGE
) -> ODataPage:
    """Return the requested page of *records*.

    The sort is stable, so pages do not overlap.

    Raises:
        ProblemError: ``bad-query-option`` (400): the entity in ``$skiptoken`` no longer exists.
    """
    found = [one for one in records if options.condition is None or options.condition(one)]
    for name, backwards in reversed(options.order):
        found.sort(key=_sort_key(name, absolute), reverse=backwards)
    total = len(found)
    if options.after is not None:
        place = next((place for place, one in enumerate(found) if one.key == options.after), None)
        if place is None:
            raise make_bad_option_problem("$skiptoken", "the entity after which the page began is gone; begin again")
        found = found[place + 1 :]
    found = found[options.skip :]
    wanted = len(found) if options.top is None else min(options.top, len(found))
    shown = found[: min(wanted, longest)]
    if len(shown) == wanted or not shown:
        return ODataPage(shown, total)
    return ODataPage(shown, total, shown[-1].key, None if options.top is None else options.top - len(shown))


def _sort_key(name: str, absolute: Absolute) -> Callable[[ODataRecord], tuple[bool, Any]]:
    """Return a sort key that puts null first (OData 4.01, part 1, section 11.2.6.2)."""

    def key(record: ODataRecord) -> tuple[bool, Any]:
        value = record.value(name, absolute)
        return value is not None, value

    return key
