"""The contents of the first page: themes with activities, species groups, and counts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.entity_index import get_entity_index
from jwpgraph.entities.entity_types import BY_SEGMENT, KINDS, EntityType
from jwpgraph.entities.nodes import EntityNode
from jwpgraph.vocabulary import JWP
from jwpgraph.web.entity_view import ValueView, make_reference

_LINKS = f"SELECT ?activity ?what WHERE {{ ?activity a <{JWP}Activity> ; <{JWP}%s> ?what }}"
_CLASSES = " ".join(f"<{kind.class_iri}>" for kind in KINDS)
_COUNTS = (
    f"SELECT ?class (COUNT(?thing) AS ?n) WHERE {{ VALUES ?class {{ {_CLASSES} }} "
    "?thing a ?class FILTER(isIRI(?thing)) } GROUP BY ?class"
)


@dataclass(slots=True)
class ThemeView:
    """A theme with its activities in the order of the document."""

    theme: ValueView
    activities: list[ValueView]


@dataclass(slots=True)
class HomeView:
    """The contents of the first page."""

    themes: list[ThemeView]
    species_groups: list[tuple[ValueView, int]]
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
    activities = (await get_entity_index(site, BY_SEGMENT["activity"])).nodes
    themes = [
        ThemeView(
            _get_first_value(theme), [_get_first_value(node) for node in activities if node.iri in of_theme[theme.iri]]
        )
        for theme in (await get_entity_index(site, BY_SEGMENT["theme"])).nodes
    ]
    groups = (await get_entity_index(site, BY_SEGMENT["species-group"])).nodes
    return HomeView(themes, [(_get_first_value(group), len(of_group[group.iri])) for group in groups], counts)


async def _count_activities_by(site: AppContext, link: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for row in await site.queries.select(_LINKS % link):
        found[row["what"].value].add(row["activity"].value)
    return found
