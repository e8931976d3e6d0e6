"""API routes of the legal status of taxa: on a day, and over time."""

# Annotations are read by FastAPI at run time: they must not be postponed.

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from fastapi import Path, Query, Request
from pydantic import ConfigDict, Field
from starlette.responses import Response

from jwpgraph.api.parameters import PlaceParameters, resolve_named
from jwpgraph.api.routes import PREFIX, describe_read
from jwpgraph.api.status_documents import StatusDocumentWriter, make_status_writer
from jwpgraph.api.status_models import StatusDocument, TimelineDocument
from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.named_parameters import resolve_parameter
from jwpgraph.entities.nodes import EntityNode
from jwpgraph.http.api_model import ApiModel
from jwpgraph.linked_data.compaction import JsonLdCompactor
from jwpgraph.linked_data.responses import send_json
from jwpgraph.linked_data.routing import ReadRouter, Site
from jwpgraph.problems import ProblemError
from jwpgraph.taxon_facets.taxonomy_cache import get_taxonomy_about
from jwpgraph.taxon_facets.treaty_documents import Json, list_numbers, make_horizon, make_treaty
from jwpgraph.taxonomy.animal_status import (
    AnimalTreatyStatus,
    collect_lineages,
    compute_animal_status,
    list_ranged_concepts,
)
from jwpgraph.taxonomy.ranges import read_ranges
from jwpgraph.taxonomy.snapshot import TaxonomySnapshot
from jwpgraph.taxonomy.status import TREATY_OF, compute_periods, find_counterparts, list_events
from jwpgraph.taxonomy.trade_restrictions import read_restrictions

TaxonName = Annotated[str, Path(description="The taxon's slug.", examples=["cites/loxodonta-africana"])]


class TimelineParameters(ApiModel):
    """Parameters of a listing history."""

    model_config = ConfigDict(extra="forbid")

    country: str | None = Field(
        None, min_length=1, max_length=50, description="Only for the populations of this country: its ISO code."
    )


router = ReadRouter(prefix=PREFIX)


@router.read(
    "/taxa/{name:path}/status", **describe_read("show_taxa_status", StatusDocument, "Legal status of a taxon on a day")
)
async def show_status(
    request: Request, site: Site, name: TaxonName, parameters: Annotated[PlaceParameters, Query()]
) -> Response:
    taxon = await resolve_named(site, "taxon", name)
    country = await _resolve_country(site, parameters.country)
    day = parameters.day

    async def read() -> tuple[Json, Mapping[str, str]]:
        reading = await _read_taxon(site, taxon)
        place = country.iri if country else None
        ranges = await read_ranges(site.queries, reading, list_ranged_concepts(reading, taxon.iri, day))
        found = compute_animal_status(reading, taxon.iri, day, place, ranges)
        taxa = {each for one in found for each in collect_lineages(reading, one)}
        write = await make_status_writer(site, reading, place, await read_restrictions(site.queries, taxa))
        return {
            **_make_head_fields(taxon, country),
            "on": day.isoformat(),
            "treaties": [_make_treaty_document(write, one, taxon.iri, day) for one in found],
            "release": site.release_number,
        }, {}

    answer = await send_json(request, site, read)
    return answer if parameters.on else _vary_by_day(answer)


@router.read(
    "/taxa/{name:path}/timeline", **describe_read("show_taxa_timeline", TimelineDocument, "Listing history of a taxon")
)
async def show_timeline(
    request: Request, site: Site, name: TaxonName, parameters: Annotated[TimelineParameters, Query()]
) -> Response:
    taxon = await resolve_named(site, "taxon", name)
    country = await _resolve_country(site, parameters.country)

    async def read() -> tuple[Json, Mapping[str, str]]:
        reading = await _read_taxon(site, taxon)
        write = await make_status_writer(site, reading, country.iri if country else None)
        return {
            **_make_head_fields(taxon, country),
            "concepts": _make_histories(write, reading, taxon.iri),
            "release": site.release_number,
        }, {}

    return await send_json(request, site, read)


async def _resolve_country(site: AppContext, value: str | None) -> EntityNode | None:
    return await resolve_parameter(site, "country", "country", value) if value is not None else None


async def _read_taxon(site: AppContext, taxon: EntityNode) -> TaxonomySnapshot:
    reading = await get_taxonomy_about(site, taxon.iri)
    if taxon.iri not in reading.taxa.concepts:
        reason = dict(reading.unreadable).get(taxon.iri, "it is not described")
        raise ProblemError("unreadable-taxon", "The taxon's data cannot be read", f"{taxon.iri}: {reason}.", status=500)
    return reading


def _make_head_fields(taxon: EntityNode, country: EntityNode | None) -> Json:
    return {
        "taxon": JsonLdCompactor.reference(taxon),
        "country": JsonLdCompactor.reference(country) if country else None,
    }


def _make_treaty_document(write: StatusDocumentWriter, answer: AnimalTreatyStatus, asked: str, day: date) -> Json:
    written = []
    for found in answer.concepts:
        iri = found.counterpart.concept.iri
        document = write.concept(found, day) | {"recorded_elsewhere": iri in answer.elsewhere}
        if iri == asked:
            document["basis"] = "itself"
        written.append(document)
    return {
        "treaty": make_treaty(answer.treaty),
        "state": answer.state.value,
        "appendices": list_numbers(answer.certain),
        "possible_appendices": list_numbers(answer.possible),
        "horizon": make_horizon(answer.outlook),
        "concepts": written,
    }


def _make_histories(write: StatusDocumentWriter, reading: TaxonomySnapshot, asked: str) -> list[Json]:
    written: dict[str, Json] = {}
    for counterpart in find_counterparts(reading, asked, None):
        concept = counterpart.concept
        convention = TREATY_OF.get(concept.taxonomy)
        if convention is None or concept.iri in written:
            continue
        valid = counterpart.alignment.valid if counterpart.alignment else concept.valid
        horizon = make_horizon(reading.horizons.outlook(convention, [reading.taxa.lineage(concept.iri)], date.max))
        written[concept.iri] = {
            "concept": write.reference(concept.iri),
            "treaty": make_treaty(convention),
            **write.relation(counterpart, is_itself=concept.iri == asked),
            "valid_from": str(valid.start) if valid.start else None,
            "valid_until": str(valid.end) if valid.end else None,
            **{name: horizon[name] for name in ("complete_until", "later_meetings")},
            "events": [write.event(one) for one in list_events(reading, concept.iri)],
            "periods": [write.period(one, concept.iri) for one in compute_periods(reading, concept.iri, convention)],
        }
    return list(written.values())


def _vary_by_day(answer: Response) -> Response:
    """Return the day as a variant of the entity tag: a default of today changes the response without a new release."""
    answer.headers["Cache-Control"] = "no-store"
    del answer.headers["ETag"]
    return answer
