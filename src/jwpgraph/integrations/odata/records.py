"""Entities independent of a format: primitive values and linked entities."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from jwpgraph.integrations.odata.edm import KEY, TYPES, ODataEntityType


class LocalPath(str):
    """A path of this server, which is returned as an absolute URL."""

    __slots__ = ()


Value = str | int | float | datetime | None
#: Makes a path of this server absolute.
Absolute = Callable[[str], str]
#: Returns whether a record matches a ``$filter``.
Condition = Callable[["ODataRecord"], bool]


@dataclass(frozen=True, slots=True)
class ODataRecord:
    """An entity.

    Attributes:
        type: its entity type.
        values: the known primitive properties.
        links: the linked entities by navigation property.
        iri: IRI of the described resource of the graph, if any.
    """

    type: ODataEntityType
    values: Mapping[str, Value]
    links: Mapping[str, Sequence[ODataRecord]] = field(default_factory=dict)
    iri: str = ""

    @property
    def key(self) -> str:
        """The identifier, which is unique in the set."""
        return str(self.values[KEY])

    def value(self, name: str, absolute: Absolute) -> Value:
        """Return the value of a primitive property; paths of this server as absolute URLs."""
        value = self.values.get(name)
        return absolute(value) if isinstance(value, LocalPath) else value

    def linked(self, name: str) -> Sequence[ODataRecord]:
        """Return the entities of a navigation property."""
        return self.links.get(name, ())


def make_child(type_name: str, key: str, **values: Value) -> ODataRecord:
    """Return an entity that belongs to a navigation property of another."""
    return ODataRecord(TYPES[type_name], {KEY: key, **values})


def truncate_datetime(value: datetime) -> datetime:
    """Return *value* in UTC with milliseconds, the precision of OData version 2."""
    return value.astimezone(UTC).replace(microsecond=value.microsecond // 1000 * 1000)


def count_milliseconds(value: datetime) -> int:
    """Return the exact number of milliseconds since 1970."""
    since = value - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000
