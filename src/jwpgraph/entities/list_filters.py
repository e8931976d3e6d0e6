"""Listed entity types and the filters of each list, for the API and the pages.

Every filter is a SPARQL property path from the listed entity to the entity that the parameter names. Most filters
derive from the links of activities: a body is linked to a species group through the activities that name both.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from jwpgraph.entities.entity_types import BY_SEGMENT, KINDS, EntityType

_FILE: Final = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
#: Links of an activity, by parameter name: entity type and property.
ACTIVITY_LINKS: Final[dict[str, tuple[str, str]]] = {
    name: (kind, path) for name, (kind, path) in _FILE["activity_links"].items()
}


@dataclass(frozen=True, slots=True)
class LinkFilter:
    """A parameter that names an entity.

    Attributes:
        kind: the type of the named entity.
        path: the SPARQL property path from the listed entity to the named one.
    """

    kind: EntityType
    path: str


@dataclass(frozen=True, slots=True)
class ListResource:
    """A listed entity type."""

    kind: EntityType
    filters: dict[str, LinkFilter] = field(default_factory=dict)

    @property
    def is_activity(self) -> bool:
        """Return whether the parameters for activities apply."""
        return self.kind.segment == "activity"


def _make_filters(kind: EntityType) -> dict[str, LinkFilter]:
    by_segment = {segment: (name, path) for name, (segment, path) in ACTIVITY_LINKS.items()}
    found: dict[str, LinkFilter] = {}
    if kind.segment == "activity":
        found = {name: LinkFilter(BY_SEGMENT[segment], path) for name, (segment, path) in ACTIVITY_LINKS.items()}
    elif kind.segment in by_segment:
        own, path = by_segment[kind.segment]
        found["activity"] = LinkFilter(BY_SEGMENT["activity"], f"^{path}")
        for name, (segment, other) in ACTIVITY_LINKS.items():
            if name != own:
                found[name] = LinkFilter(BY_SEGMENT[segment], f"^{path}/{other}")
    for name, (segment, path) in _FILE["links"].get(kind.segment, {}).items():
        through_activities = f"{found[name].path}|" if name in found else ""
        found[name] = LinkFilter(BY_SEGMENT[segment], through_activities + path)
    return found


RESOURCES: dict[str, ListResource] = {kind.plural: ListResource(kind, _make_filters(kind)) for kind in KINDS}
