"""Entities independent of a format: their values, and the entities that their navigation properties lead to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from jwpgraph.integrations.odata.edm import KEY, TYPES, EntityType


class LocalPath(str):
    """A path of this server, which is written as an absolute URL: the one that the client knows the server by."""

    __slots__ = ()


Value = str | int | float | datetime | None
#: Makes a path of this server absolute.
Absolute = Callable[[str], str]
#: Tells whether a record satisfies a ``$filter``.
Condition = Callable[["Record"], bool]


@dataclass(frozen=True, slots=True)
class Record:
    """One entity.

    Attributes:
        type: its entity type.
        values: its primitive properties; what is not known is absent.
        links: the entities of its navigation properties; an absent one leads to none.
        iri: the thing of the graph that it describes, where there is one.
    """

    type: EntityType
    values: Mapping[str, Value]
    links: Mapping[str, Sequence[Record]] = field(default_factory=dict)
    iri: str = ""

    @property
    def key(self) -> str:
        """Its identifier, unique within its set."""
        return str(self.values[KEY])

    def value(self, name: str, absolute: Absolute) -> Value:
        """The value of a primitive property, a path of this server as an absolute URL."""
        value = self.values.get(name)
        return absolute(value) if isinstance(value, LocalPath) else value

    def linked(self, name: str) -> Sequence[Record]:
        """The entities that a navigation property leads to."""
        return self.links.get(name, ())


def child(type_name: str, key: str, **values: Value) -> Record:
    """Return an entity that is reached through navigation properties of others."""
    return Record(TYPES[type_name], {KEY: key, **values})


def truncate_datetime(value: datetime) -> datetime:
    """*value* in UTC, to the millisecond: the precision in which OData version 2 writes it, and so compares it."""
    return value.astimezone(UTC).replace(microsecond=value.microsecond // 1000 * 1000)


def milliseconds(value: datetime) -> int:
    """Return the milliseconds since 1970, exactly."""
    since = value - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000
