"""What the first page shows: the themes with their activities, the species groups, how much there is."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from jwpgraph.linked_data.kinds import BY_SEGMENT, KINDS, Kind
from jwpgraph.linked_data.nodes import Node
from jwpgraph.linked_data.register import register
from jwpgraph.linked_data.site import Site
from jwpgraph.pages.entity import Value, reference
from jwpgraph.vocabulary import JWP

_LINKS = f"SELECT ?activity ?what WHERE {{ ?activity a <{JWP}Activity> ; <{JWP}%s> ?what }}"
_CLASSES = " ".join(f"<{kind.class_iri}>" for kind in KINDS)
_COUNTS = (
    f"SELECT ?class (COUNT(?thing) AS ?n) WHERE {{ VALUES ?class {{ {_CLASSES} }} "
    "?thing a ?class FILTER(isIRI(?thing)) } GROUP BY ?class"
)


@dataclass(slots=True)
class ThemeView:
    """A theme with its activities in the order of the document."""

    theme: Value
    activities: list[Value]


@dataclass(slots=True)
class HomeView:
    """The first page."""

    themes: list[ThemeView]
    species_groups: list[tuple[Value, int]]
    counts: list[tuple[Kind, int]]


def _value(node: Node) -> Value:
    return reference(node, node.iri)


async def home_view(site: Site) -> HomeView:
    """The first page of the release being served, with names in the preferred language."""

    async def read() -> tuple[dict[str, set[str]], dict[str, set[str]], list[tuple[Kind, int]]]:
        counts = {row["class"].value: int(row["n"].value) for row in await site.queries.select(_COUNTS)}
        return (
            await _activities_by(site, "theme"),
            await _activities_by(site, "speciesGroup"),
            [(kind, counts[kind.class_iri]) for kind in KINDS if kind.class_iri in counts],
        )

    of_theme, of_group, counts = await site.once_per_release("home", read)
    activities = (await register(site, BY_SEGMENT["activity"])).nodes
    themes = [
        ThemeView(_value(theme), [_value(node) for node in activities if node.iri in of_theme[theme.iri]])
        for theme in (await register(site, BY_SEGMENT["theme"])).nodes
    ]
    groups = (await register(site, BY_SEGMENT["species-group"])).nodes
    return HomeView(themes, [(_value(group), len(of_group[group.iri])) for group in groups], counts)


async def _activities_by(site: Site, link: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for row in await site.queries.select(_LINKS % link):
        found[row["what"].value].add(row["activity"].value)
    return found
