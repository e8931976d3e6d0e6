"""The contents of the first page: themes with activities, species groups, and counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.entity_index import get_entity_index
from jwpgraph.entities.entity_types import BY_SEGMENT, KINDS, EntityType
from jwpgraph.entities.nodes import EntityNode
from jwpgraph.vocabulary import JWP
from jwpgraph.web.entity_view import ValueView, make_reference

#: Activities up to which they are listed by theme, and the most themes and species groups that are listed: with many
#: programmes the page would be long and slow.
_MOST_ACTIVITIES: Final = 500
_MOST_LISTED: Final = 60
_LINKS = f"SELECT ?activity ?what WHERE {{ ?activity a <{JWP}Activity> ; <{JWP}%s> ?what }}"
_CLASSES = " ".join(f"<{kind.class_iri}>" for kind in KINDS)
_COUNTS = (
    f"SELECT ?class (COUNT(?thing) AS ?n) WHERE {{ VALUES ?class {{ {_CLASSES} }} "
    "?thing a ?class FILTER(isIRI(?thing)) } GROUP BY ?class"
)


@dataclass(slots=True)
class ThemeView:
    """A theme.

    Attributes:
        theme: its name and address.
        count: the number of its activities.
        activities: them in the order of the document; empty if the release has too many to list them.
    """

    theme: ValueView
    count: int
    activities: list[ValueView]


@dataclass(slots=True)
class HomeView:
    """The contents of the first page.

    Attributes:
        themes: the first themes.
        theme_count: the number of all themes.
        species_groups: the first species groups, each with the number of its activities.
        group_count: the number of all species groups.
        counts: the number of entities of each type.
    """

    themes: list[ThemeView]
    theme_count: int
    species_groups: list[tuple[ValueView, int]]
    group_count: int
    counts: list[tuple[EntityType, int]]


def _get_first_value(node: EntityNode) -> ValueView:
    return make_reference(node, node.iri)


async def make_home_view(site: AppContext) -> HomeView:
    """Return the contents of the first page for the served release, with names in the preferred language."""

    async def read() -> tuple[dict[str, set[str]], dict[str, set[str]], list[tuple[EntityType, int]]]:
        counts = {row["class"].value: int(row["n"].value) for row in await site.queries.select(_COUNTS)}
        return (
            await _count_activities_by(site, "theme"),
            await _count_activities_by(site, "speciesGroup"),
            [(kind, counts[kind.class_iri]) for kind in KINDS if kind.class_iri in counts],
        )

    of_theme, of_group, counts = await site.once_per_release("home", read)
    of_listed = defaultdict[str, list[ValueView]](list)
    if sum(map(len, of_theme.values())) <= _MOST_ACTIVITIES:
        themes_of = _invert(of_theme)
        for activity in (await get_entity_index(site, BY_SEGMENT["activity"])).nodes:
            for theme in themes_of.get(activity.iri, ()):
                of_listed[theme].append(_get_first_value(activity))
    themes = (await get_entity_index(site, BY_SEGMENT["theme"])).nodes
    groups = (await get_entity_index(site, BY_SEGMENT["species-group"])).nodes
    return HomeView(
        [
            ThemeView(_get_first_value(theme), len(of_theme.get(theme.iri, ())), of_listed[theme.iri])
            for theme in themes[:_MOST_LISTED]
        ],
        len(themes),
        [(_get_first_value(group), len(of_group.get(group.iri, ()))) for group in groups[:_MOST_LISTED]],
        len(groups),
        counts,
    )


def _invert(links: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one, others in links.items():
        for other in others:
            found.setdefault(other, []).append(one)
    return found


async def _count_activities_by(site: AppContext, link: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for row in await site.queries.select(_LINKS % link):
        found[row["what"].value].add(row["activity"].value)
    return found
