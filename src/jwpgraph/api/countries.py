"""API route of a country: memberships, listed species, and activities that concern it."""

# Annotations are read by FastAPI at run time: they must not be postponed.

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

from fastapi import Path, Query, Request
from pydantic import Field
from starlette.responses import Response

from jwpgraph.answers.country_taxa import RecordedTaxon, list_country_taxa
from jwpgraph.api.models import Thing
from jwpgraph.api.parameters import DayParameters, resolve_named
from jwpgraph.api.routes import (
    PREFIX,
    ShowParameters,
    describe_read,
    make_document,
    make_unknown_name_problem,
    parse_link_page,
    render_document,
)
from jwpgraph.api.status_models import HorizonDocument, Named
from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.description import describe
from jwpgraph.entities.entity_types import BY_SEGMENT
from jwpgraph.entities.iri_mapping import quote_iri
from jwpgraph.entities.nodes import get_local_name
from jwpgraph.http.api_model import ApiModel
from jwpgraph.linked_data.responses import JSON_TYPES, choose_media_type, send_conditionally
from jwpgraph.linked_data.routing import ReadRouter, Site
from jwpgraph.taxon_facets.horizon_cache import get_horizons
from jwpgraph.taxon_facets.treaty_documents import Json, make_horizon, make_treaty
from jwpgraph.taxonomy.dates import DateInterval, PartialDate
from jwpgraph.taxonomy.listing_events import CITES, CMS
from jwpgraph.taxonomy.range_coverage import RangeCoverage, read_range_coverage
from jwpgraph.vocabulary import PREFIX_LINES

_COUNTRY = BY_SEGMENT["country"]


class CountryParameters(ShowParameters, DayParameters):
    """Parameters of a country."""


class JoinedDocument(ApiModel):
    """An instrument that the country has joined or signed."""

    instrument: Named
    status: str = Field(description="party or signatory.")
    since: str | None = None
    until: str | None = None
    in_force: bool | None = Field(None, description="Whether it held on the requested day; null: uncertain.")


class CountryTaxon(ApiModel):
    """A listed taxon recorded from the country."""

    taxon: Named
    appendices: list[str]
    possible_appendices: list[str]
    inherited: bool = Field(description="Whether it is listed only through a higher taxon.")
    reserved: bool | None = Field(
        description="Whether the country has a reservation against the listing; null where that is not certain."
    )
    occurs: list[Named] = Field(description="Its statuses there (native, introduced, …); empty: none recorded.")
    by_name: bool = Field(description="Whether the range is only that of the other taxonomy's concept.")
    former_areas: list[Named] = Field(
        default_factory=list,
        description="Former areas that the records are of, where none is of the country itself: it may have been in "
        "another of their successors.",
    )


class RangesDocument(ApiModel):
    """The number of listed taxa with a recorded range."""

    recorded: int
    listed: int


class CountrySpecies(ApiModel):
    """The listed taxa of one convention."""

    treaty: Named
    horizon: HorizonDocument = Field(
        description="The horizon of the listings of all taxa; some groups have a later one, see /api/v1/taxa/…/status."
    )
    total: int
    ranges: RangesDocument = Field(
        description="How many of the taxa that it lists by name have a recorded range; others may occur, too."
    )
    by_appendix: dict[str, int]
    items: list[CountryTaxon]


class ActivityReference(Named):
    """An activity, and the reasons why it concerns the country."""

    because: list[str]


class Country(Thing):
    """A country or territory with its memberships and listings on a day."""

    on: str | None = None
    joined: list[JoinedDocument] | None = Field(None, description="Conventions and instruments joined or signed.")
    species: list[CountrySpecies] | None = Field(None, description="Listed taxa recorded there, by convention.")
    activities: list[ActivityReference] | None = Field(
        None, description="Activities about its species, or about instruments that it has joined or signed."
    )


router = ReadRouter(prefix=PREFIX)


@router.read("/countries/{name:path}", **describe_read("show_countries", Country, "Show a country"))
async def show_country(
    request: Request,
    site: Site,
    name: Annotated[str, Path(description="Its ISO 3166-1 alpha-2 code, such as KE.")],
    parameters: Annotated[CountryParameters, Query()],
) -> Response:
    media_type = choose_media_type(request, JSON_TYPES)
    node = await resolve_named(site, "country", name)
    day = parameters.day

    async def make() -> tuple[bytes, Mapping[str, str]]:
        description = await describe(site, (node.iri,), parse_link_page(parameters))
        if description is None:
            raise await make_unknown_name_problem(site, _COUNTRY, name)
        changed = (await site.last_changes([node.iri])).get(description.node.iri)
        document = make_document(site, request, _COUNTRY, description, changed)
        joined = await _list_joined(site, node.iri, day)
        taxa = await list_country_taxa(site, node.iri, day)
        ranges = await site.once_per_release("ranges", lambda: read_range_coverage(site.queries))
        horizons = await get_horizons(site)
        document |= {
            "on": day.isoformat(),
            "joined": joined,
            "species": [
                _describe_species([taxon for taxon in taxa if taxon.treaty == one], one)
                | {
                    "horizon": make_horizon(horizons.outlook(one, (), day)),
                    "ranges": asdict(ranges.get(one, RangeCoverage(0, 0))),
                }
                for one in (CITES, CMS)
            ],
            "activities": await _list_activities(site, node.iri),
        }
        return render_document(document, changed)

    return await send_conditionally(request, site, media_type, make)


async def _list_joined(site: AppContext, country: str, day: date) -> list[Json]:
    rows = await site.queries.select(f"""{PREFIX_LINES}
SELECT ?instrument (SAMPLE(?name) AS ?label) ?kind ?from ?until WHERE {{
  {{ ?status jwp:party {quote_iri(country)} ; jwp:partyTo ?instrument . BIND("party" AS ?kind)
     FILTER NOT EXISTS {{ ?status prov:alternateOf ?preferred }}
     OPTIONAL {{ ?status jwp:effectiveFrom ?from }} OPTIONAL {{ ?status jwp:effectiveUntil ?until }} }}
  UNION
  {{ ?signature jwp:signatory {quote_iri(country)} ; jwp:signedInstrument ?instrument . BIND("signatory" AS ?kind)
     FILTER NOT EXISTS {{ ?signature prov:alternateOf ?preferred }}
     OPTIONAL {{ ?signature jwp:signedOn ?from }} }}
  OPTIONAL {{ ?instrument skos:prefLabel ?name . FILTER(LANG(?name) = "en") }}
}} GROUP BY ?instrument ?kind ?from ?until ORDER BY ?kind ?label ?from""")
    joined = []
    for row in rows:
        since, until = (row[key].value if key in row else None for key in ("from", "until"))
        instrument = row["instrument"].value
        label = row["label"].value if "label" in row else get_local_name(instrument)
        joined.append(
            {
                "instrument": {"id": instrument, "label": label},
                "status": row["kind"].value,
                "since": since,
                "until": until,
                "in_force": _is_in_force(since, until, day),
            }
        )
    return joined


def _is_in_force(since: str | None, until: str | None, day: date) -> bool | None:
    """Return whether something held on a day; ``None`` if its dates do not decide it."""
    try:
        start = PartialDate.parse(since) if since else None
        end = PartialDate.parse(until) if until else None
    except ValueError:
        return None
    return DateInterval(start, end).held(day) if start else None


def _describe_species(taxa: list[RecordedTaxon], convention: str) -> Json:
    counts = Counter(number for one in taxa for number in one.appendices)
    return {
        "treaty": make_treaty(convention),
        "total": len(taxa),
        "by_appendix": dict(sorted(counts.items())),
        "items": [
            {
                "taxon": {"id": one.concept.iri, "label": one.concept.name},
                "appendices": one.appendices,
                "possible_appendices": one.possible,
                "inherited": one.inherited,
                "reserved": one.reserved,
                "occurs": [
                    {"id": status, "label": get_local_name(status).replace("-", " ")}
                    for status in one.presence.statuses
                ],
                "by_name": one.presence.by_name,
                "former_areas": [{"id": area, "label": name} for area, name in one.presence.former],
            }
            for one in taxa
        ],
    }


async def _list_activities(site: AppContext, country: str) -> list[dict[str, Any]]:
    this = quote_iri(country)
    # Many records lead to few groups and instruments; selecting these first keeps the join small.
    rows = await site.queries.select(f"""{PREFIX_LINES}
SELECT DISTINCT ?activity ?code ?label ?reason ?position WHERE {{
  {{ {{ SELECT DISTINCT ?why WHERE {{
       ?record jwp:inPlace {this} ; jwp:ofTaxon ?taxon . ?why jwp:includesTaxon ?taxon }} }}
     ?activity jwp:speciesGroup ?why }}
  UNION
  {{ {{ SELECT DISTINCT ?why WHERE {{
       ?status jwp:party|jwp:signatory {this} ; jwp:partyTo|jwp:signedInstrument ?why }} }}
     ?activity jwp:involvesInstrument ?why }}
  ?why skos:prefLabel ?reason . FILTER(LANG(?reason) = "en")
  ?activity a jwp:Activity ; skos:notation ?code ; skos:prefLabel ?label ; schema:position ?position .
  FILTER(LANG(?label) = "en")
}} ORDER BY ?position ?reason""")
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        known = found.setdefault(
            row["activity"].value,
            {
                "id": row["activity"].value,
                "notation": row["code"].value,
                "label": row["label"].value,
                "because": [],
            },
        )
        known["because"].append(row["reason"].value)
    return list(found.values())
