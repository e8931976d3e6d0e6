"""The maps on entity pages: the range of a taxon, the members of an instrument, the location of a country."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.entity_index import get_entity_index
from jwpgraph.entities.entity_types import BY_SEGMENT
from jwpgraph.entities.iri_mapping import get_slug
from jwpgraph.entities.nodes import EntityNode
from jwpgraph.taxon_facets.appendices import TREATIES
from jwpgraph.vocabulary import ID
from jwpgraph.web.entity_view import ValueView
from jwpgraph.web.maps import CountryMarking, MapView, count_memberships, draw_map
from jwpgraph.web.parties import list_parties_on, list_territories, read_memberships
from jwpgraph.web.species import SpeciesView
from jwpgraph.web.translation import gettext

#: Statuses of places without the taxon, in which the listings do not apply.
_GONE = {"extinct"}


async def make_range_map(site: AppContext, node: EntityNode, species: SpeciesView | None) -> MapView | None:
    """Return the map of the range of the taxon *node*, with the Parties among the countries on the day of the page."""
    if species is None:
        return None
    ranges = species.records.ranges
    markings = [CountryMarking(one.kind, one.status, _get_country_codes(one.places)) for one in ranges]
    chosen = species.country.iri if species.country else None
    drawn = draw_map(gettext("Where %(name)s lives", name=node.name), markings, chosen=chosen)
    if drawn:
        living = [one for one in markings if one.kind not in _GONE]
        drawn.memberships = count_memberships(
            living, await list_parties_on(site, species.on), TREATIES, await list_territories(site)
        )
    return drawn


async def make_instrument_map(site: AppContext, node: EntityNode, on: date) -> MapView | None:
    """Return the map of Parties and signatories of the instrument *node* on the day *on*."""
    indexes = [await get_entity_index(site, BY_SEGMENT[segment]) for segment in ("country", "body")]
    names = {one.iri: one.name for index in indexes for one in index.nodes}
    joined = [one for one in (await read_memberships(site)).get(node.iri, ()) if one.time.holds(on) is not False]
    parties = {one.country: names.get(one.country) or get_slug(one.country) for one in joined if one.kind == "party"}
    others = {
        one.country: names.get(one.country) or get_slug(one.country) for one in joined if one.country not in parties
    }
    return draw_map(
        gettext("Who has joined %(name)s", name=node.name),
        [CountryMarking("party", gettext("Party"), parties), CountryMarking("signatory", gettext("Signatory"), others)],
    )


def make_country_map(node: EntityNode) -> MapView | None:
    """Return the map with the country *node*."""
    return draw_map(
        gettext("Where %(name)s is", name=node.name), [CountryMarking("here", node.name, {node.iri: node.name})]
    )


def _get_country_codes(places: Sequence[ValueView]) -> dict[str, str]:
    return {ID + place.href.removeprefix("/doc/"): place.text for place in places if place.href}
