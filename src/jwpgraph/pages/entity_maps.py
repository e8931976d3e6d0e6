"""Which map stands on which page: the range of a taxon, who has joined an instrument, where a country is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from jwpgraph.finding.appendices import TREATIES
from jwpgraph.linked_data.kinds import BY_SEGMENT
from jwpgraph.linked_data.nodes import Node
from jwpgraph.linked_data.register import register
from jwpgraph.linked_data.site import Site
from jwpgraph.pages.entity import Value
from jwpgraph.pages.maps import MapView, Marking, draw, memberships
from jwpgraph.pages.parties import joinings, parties_on, territories
from jwpgraph.pages.species import SpeciesView
from jwpgraph.pages.translation import gettext
from jwpgraph.vocabulary import ID

#: Where the taxon is no more, the treaties of today say nothing about it.
_GONE = {"extinct"}


async def range_map(site: Site, node: Node, species: SpeciesView | None) -> MapView | None:
    """Where the taxon *node* lives, and which of the countries are Parties on the day that the page tells of."""
    if species is None:
        return None
    ranges = species.records.ranges
    markings = [Marking(one.kind, one.status, _countries(one.places)) for one in ranges]
    chosen = species.country.iri if species.country else None
    drawn = draw(gettext("Where %(name)s lives", name=node.name), markings, chosen=chosen)
    if drawn:
        living = [one for one in markings if one.kind not in _GONE]
        drawn.memberships = memberships(living, await parties_on(site, species.on), TREATIES, await territories(site))
    return drawn


async def instrument_map(site: Site, node: Node, on: date) -> MapView | None:
    """Who is Party to or signatory of the instrument *node* on the day *on*."""
    countries = await register(site, BY_SEGMENT["country"])
    names = {one.iri: one.name for one in countries.nodes}
    joined = [one for one in (await joinings(site)).get(node.iri, ()) if one.time.holds(on) is not False]
    parties = {one.country: names.get(one.country, "") for one in joined if one.kind == "party"}
    others = {one.country: names.get(one.country, "") for one in joined if one.country not in parties}
    return draw(
        gettext("Who has joined %(name)s", name=node.name),
        [Marking("party", gettext("Party"), parties), Marking("signatory", gettext("Signatory"), others)],
    )


def country_map(node: Node) -> MapView | None:
    """Where the country *node* is."""
    return draw(gettext("Where %(name)s is", name=node.name), [Marking("here", node.name, {node.iri: node.name})])


def _countries(places: Sequence[Value]) -> dict[str, str]:
    return {ID + place.href.removeprefix("/doc/"): place.text for place in places if place.href}
