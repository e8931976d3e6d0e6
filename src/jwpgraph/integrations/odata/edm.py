"""The entity data model: sets, types, properties and navigation properties, with the names of InforMEA's toolkit.

Texts in several languages, files and keywords are entity types, because OData versions 2 and 3 have
navigation properties between entities only. Their sets can be read but are not in the service document.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, cast

NAMESPACE: Final = "informea"
KEY: Final = "id"

Primitive = Literal["String", "DateTime", "Double", "Int16", "Int32"]


@dataclass(frozen=True, slots=True)
class Property:
    """A primitive property; not nullable only if it is known for every entity."""

    name: str
    type: Primitive = "String"
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class Navigation:
    """A navigation property to a collection of entities of the type named *target*."""

    name: str
    target: str


@dataclass(frozen=True, slots=True)
class ODataEntityType:
    """An entity type with its entity set.

    Attributes:
        listed: whether the set is in the service document.
    """

    name: str
    set_name: str
    properties: tuple[Property, ...]
    navigations: tuple[Navigation, ...] = ()
    listed: bool = True

    def property(self, name: str) -> Property | None:
        """Return the primitive property with that name."""
        return next((one for one in self.properties if one.name == name), None)

    def navigation(self, name: str) -> Navigation | None:
        """Return the navigation property with that name."""
        return next((one for one in self.navigations if one.name == name), None)


def _make_property(text: str) -> Property:
    """Return the property that ``name``, ``name:type`` or ``name:type!`` (not nullable) defines."""
    name, _, kind = text.rstrip("!").partition(":")
    return Property(name, cast(Primitive, kind or "String"), nullable=not text.endswith("!"))


def _read_types() -> Iterator[ODataEntityType]:
    for name, found in tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8")).items():
        navigations = tuple(Navigation(one, target) for one, target in found.get("navigations", {}).items())
        properties = tuple(map(_make_property, found["properties"].split()))
        yield ODataEntityType(
            name, found["set"], tuple(properties), tuple(navigations), listed=found.get("listed", True)
        )


#: All entity types by name.
TYPES: Final[dict[str, ODataEntityType]] = {one.name: one for one in _read_types()}
#: All entity types by name of their set; those in the service document come first.
SETS: Final[dict[str, ODataEntityType]] = {one.set_name: one for one in TYPES.values()}
#: The sets in the service document.
LISTED_SETS: Final[tuple[str, ...]] = tuple(one.set_name for one in TYPES.values() if one.listed)
