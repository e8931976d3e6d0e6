"""Maps of the world as SVG, rendered on the server: ranges, memberships and countries.

The shapes are in one file built by npm (:mod:`jwpgraph.web.assets`); a page contains only references to the marked
countries, so no script is needed. Without the built file there is no map; the list next to it has the same content.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from jwpgraph.answers.words import fold
from jwpgraph.entities.nodes import get_local_name
from jwpgraph.vocabulary import ID
from jwpgraph.web.assets import WorldMap, get_assets
from jwpgraph.web.translation import gettext

COUNTRY = ID + "country/"
#: A part of the map narrower than this share of it would show shapes that are too coarse for it, and no surroundings.
_NARROWEST = 0.22
_MARGIN = 0.08
#: How many units of a pattern or a dot there are across a map.
_ACROSS = 1000


@dataclass(frozen=True, slots=True)
class CountryMarking:
    """A marking of countries by pattern and tone.

    Attributes:
        kind: the CSS class and the pattern: ``native``, ``introduced``, ``extinct``, …
        word: what it means.
        countries: IRIs of countries with their names; other places are not drawn.
    """

    kind: str
    word: str
    countries: Mapping[str, str]


@dataclass(slots=True)
class MapMark:
    """A country on the map."""

    code: str
    kind: str
    says: str
    shape: bool
    point: tuple[int, int] | None
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class MembershipCount:
    """Parties to a treaty among the marked countries.

    Attributes:
        short: ``cms`` or ``cites``.
        codes: everybody who has joined, for the overlay.
        inside: how many of the marked countries have.
        outside: names of those that have not.
    """

    short: str
    codes: tuple[str, ...]
    inside: int
    outside: tuple[str, ...]


@dataclass(slots=True)
class MapView:
    """A map, ready for rendering.

    Attributes:
        sheet: the path of the file with the shapes.
        title: what the map shows.
        says: the same in a sentence, for those who do not see it.
        view: left, top, width and height of the part that is shown.
        whole: width and height of the whole map.
        unit: how many units of the map one unit of a pattern is.
        marks: the countries that are marked.
        legend: kind, word and number of countries of each marking.
        undrawn: names of places that the map does not have.
        memberships: what each treaty's Parties are among them.
    """

    sheet: str
    title: str
    says: str
    view: tuple[int, int, int, int]
    whole: tuple[int, int]
    unit: float
    marks: list[MapMark]
    legend: list[tuple[str, str, int]]
    undrawn: list[str]
    memberships: list[MembershipCount] = field(default_factory=list)


def draw_map(
    title: str, markings: Sequence[CountryMarking], *, chosen: str | None = None, world: WorldMap | None = None
) -> MapView | None:
    """Return a map of countries.

    Args:
        title: what it shows.
        markings: how countries are marked; the first marking of a country is used.
        chosen: the IRI of a country that is outlined besides.
        world: the shapes; by default those that are built.

    Returns:
        None if no shapes are built, or where no marking has a country.
    """
    world = world or get_assets().world
    if world is None:
        return None
    marks: dict[str, MapMark] = {}
    undrawn: set[str] = set()
    for marking in markings:
        for iri, name in marking.countries.items():
            code = get_country_code(iri)
            if code is None or code not in world.bounds:
                undrawn.add(name)
            elif code in marks:
                marks[code].says += f", {marking.word.lower()}"
            else:
                says = f"{name}: {marking.word.lower()}"
                point = world.points.get(code)
                marks[code] = MapMark(code, marking.kind, says, code in world.shapes, point, chosen=iri == chosen)
    if not marks:
        return None
    legend = [(one.kind, one.word, len(one.countries)) for one in markings if one.countries]
    counts = ", ".join(f"{word.lower()} {number}" for _, word, number in legend)
    view = _choose_view(world, [world.bounds[code] for code in marks])
    return MapView(
        sheet=world.url,
        title=title,
        says=gettext("Countries: %(counts)s. The list beside the map names them.", counts=counts),
        view=view,
        whole=(world.width, world.height),
        unit=round(view[2] / _ACROSS, 2),
        marks=sorted(marks.values(), key=lambda one: (one.chosen, one.code)),
        legend=legend,
        undrawn=sorted(undrawn),
    )


def count_memberships(
    markings: Iterable[CountryMarking],
    parties: Mapping[str, frozenset[str]],
    shorts: Mapping[str, str],
    territories: frozenset[str] = frozenset(),
) -> list[MembershipCount]:
    """Return the Parties to each treaty among the marked countries.

    Args:
        markings: the countries.
        territories: those of other States, which are no Parties and no States that have not joined.
        parties: IRIs of the countries that have joined, by the treaty's IRI.
        shorts: treaties by their IRIs, with their short names.
    """
    marked = {iri: name for one in markings for iri, name in one.countries.items() if get_country_code(iri)}
    marked = {iri: name for iri, name in marked.items() if iri not in territories}
    found = []
    for treaty, short in shorts.items():
        joined = parties.get(treaty, frozenset())
        outside = sorted((name for iri, name in marked.items() if iri not in joined), key=fold)
        codes = sorted(code for iri in joined if (code := get_country_code(iri)))
        if joined:
            found.append(MembershipCount(short, tuple(codes), len(marked) - len(outside), tuple(outside)))
    return found


def get_country_code(iri: str) -> str | None:
    """Return the two-letter code of a country; ``None`` for other places."""
    code = get_local_name(iri)
    return code if iri == COUNTRY + code and len(code) == 2 else None


def _choose_view(world: WorldMap, boxes: Sequence[tuple[int, int, int, int]]) -> tuple[int, int, int, int]:
    """Return the part of the map that contains all *boxes*, in the proportions of the whole."""
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, bottom = max(box[2] for box in boxes), max(box[3] for box in boxes)
    ratio = world.width / world.height
    needed = max(right - left, (bottom - top) * ratio) + 2 * _MARGIN * world.width
    width = min(max(needed, _NARROWEST * world.width), world.width)
    height = width / ratio
    x = min(max((left + right - width) / 2, 0), world.width - width)
    y = min(max((top + bottom - height) / 2, 0), world.height - height)
    return round(x), round(y), round(width), round(height)
