"""The routes about the legal status of taxa: as at a day, and through time."""

# Annotations are read by FastAPI at run time: they must not be postponed.

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from jwpgraph.api.asking import PlaceParameters, named, value_of
from jwpgraph.api.routes import PREFIX, add_route
from jwpgraph.api.status_documents import Json, Writer, horizon, numbers, treaty, writer
from jwpgraph.api.status_models import StatusDocument, TimelineDocument
from jwpgraph.linked_data.compaction import Compactor
from jwpgraph.linked_data.nodes import Node
from jwpgraph.linked_data.responses import chosen_media_type, conditional, json_bytes
from jwpgraph.linked_data.site import Site
from jwpgraph.problems import Problem
from jwpgraph.taxonomy.answers import Answer, Ranges, answers, ranged
from jwpgraph.taxonomy.reading import Reading, read_about, read_ranges
from jwpgraph.taxonomy.status import TREATY_OF, counterparts, history, periods

_JSON = ("application/json",)

TaxonName = Annotated[str, Path(description="The taxon's slug, such as cites/loxodonta-africana.")]


class TimelineParameters(BaseModel):
    """The parameters of a history."""

    model_config = ConfigDict(extra="forbid")

    country: str | None = Field(
        None, min_length=1, max_length=50, description="Only for the populations of this country: its ISO code."
    )


def create_router(site: Site) -> APIRouter:
    """The routes about statuses, below ``/api/v1/taxa``; to be mounted before those of the generic facade."""
    router = APIRouter(prefix=PREFIX)

    async def status(request: Request, name: TaxonName, parameters: Annotated[PlaceParameters, Query()]) -> Response:
        media_type = chosen_media_type(request, _JSON)
        taxon = await named(site, "taxon", name)
        country = await _country(site, parameters.country)
        day = parameters.day

        async def make() -> tuple[bytes, Mapping[str, str]]:
            reading = await _read(site, taxon)
            place = country.iri if country else None
            write = await writer(site, reading, place)
            ranges = Ranges(await read_ranges(site.queries, ranged(reading, taxon.iri, day)) if place else {})
            found = answers(reading, taxon.iri, day, place, ranges)
            return json_bytes(
                {
                    **_head(taxon, country),
                    "on": day.isoformat(),
                    "treaties": [_treaty(write, one, taxon.iri, day) for one in found],
                    "release": site.release_number,
                }
            ), {}

        answer = await conditional(request, site, media_type, make)
        return answer if parameters.on else _of_today(answer)

    async def timeline(
        request: Request, name: TaxonName, parameters: Annotated[TimelineParameters, Query()]
    ) -> Response:
        media_type = chosen_media_type(request, _JSON)
        taxon = await named(site, "taxon", name)
        country = await _country(site, parameters.country)

        async def make() -> tuple[bytes, Mapping[str, str]]:
            reading = await _read(site, taxon)
            write = await writer(site, reading, country.iri if country else None)
            return json_bytes(
                {
                    **_head(taxon, country),
                    "concepts": _histories(write, reading, taxon.iri),
                    "release": site.release_number,
                }
            ), {}

        return await conditional(request, site, media_type, make)

    add_route(
        router,
        "/taxa/{name:path}/status",
        status,
        "show_taxa_status",
        StatusDocument,
        "Legal status of a taxon on a day",
    )
    add_route(
        router,
        "/taxa/{name:path}/timeline",
        timeline,
        "show_taxa_timeline",
        TimelineDocument,
        "Listing history of a taxon",
    )
    return router


async def _country(site: Site, value: str | None) -> Node | None:
    return await value_of(site, "country", "country", value) if value is not None else None


async def _read(site: Site, taxon: Node) -> Reading:
    reading = await read_about(site.queries, [taxon.iri])
    if taxon.iri not in reading.taxa.concepts:
        reason = dict(reading.unreadable).get(taxon.iri, "it is not described")
        raise Problem("unreadable-taxon", "The taxon's data cannot be read", f"{taxon.iri}: {reason}.", status=500)
    return reading


def _head(taxon: Node, country: Node | None) -> Json:
    return {"taxon": Compactor.naming(taxon), "country": Compactor.naming(country) if country else None}


def _treaty(write: Writer, answer: Answer, asked: str, day: date) -> Json:
    written = []
    for found in answer.concepts:
        iri = found.counterpart.concept.iri
        document = write.concept(found, day) | {"recorded_elsewhere": iri in answer.elsewhere}
        if iri == asked:
            document["basis"] = "itself"
        written.append(document)
    return {
        "treaty": treaty(answer.treaty),
        "state": answer.state.value,
        "appendices": numbers(answer.certain),
        "possible_appendices": numbers(answer.possible),
        "horizon": horizon(answer.outlook),
        "concepts": written,
    }


def _histories(write: Writer, reading: Reading, asked: str) -> list[Json]:
    written: dict[str, Json] = {}
    for counterpart in counterparts(reading, asked, None):
        concept = counterpart.concept
        convention = TREATY_OF.get(concept.taxonomy)
        if convention is None or concept.iri in written:
            continue
        valid = counterpart.alignment.valid if counterpart.alignment else concept.valid
        written[concept.iri] = {
            "concept": write.named(concept.iri),
            "treaty": treaty(convention),
            **write.relation(counterpart, is_itself=concept.iri == asked),
            "valid_from": str(valid.start) if valid.start else None,
            "valid_until": str(valid.end) if valid.end else None,
            "events": [write.event(one) for one in history(reading, concept.iri)],
            "periods": [write.period(one, concept.iri) for one in periods(reading, concept.iri, convention)],
        }
    return list(written.values())


def _of_today(answer: Response) -> Response:
    """What is asked for today may be another answer tomorrow, though the release is the same."""
    answer.headers["Cache-Control"] = "no-store"
    del answer.headers["ETag"]
    return answer
