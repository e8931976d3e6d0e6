"""``/api/v1/what-if``: the effects of proposals, computed without changing the release."""

# Annotations are read by FastAPI at run time: they must not be postponed.

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

import orjson
from fastapi import Request
from pydantic import ConfigDict, Field, ValidationError
from starlette.responses import Response

from jwpgraph.http.api_model import ApiModel
from jwpgraph.http.request_bodies import iter_body_chunks
from jwpgraph.linked_data.responses import to_json_bytes
from jwpgraph.linked_data.routing import ReadRouter, Site
from jwpgraph.problems import ProblemError
from jwpgraph.programme.record_models import ProposalRecord, Record, RecordFault
from jwpgraph.programme.record_statements import list_unknown_names
from jwpgraph.programme.record_validation import InvalidRecordError, list_faults, validate_record
from jwpgraph.programme.record_writer import make_faults_problem
from jwpgraph.programme.references import InvalidReferencesError, Select, confirm_iris, read_reference_index
from jwpgraph.programme.what_if import ResolvedProposal, compute_what_if, resolve_proposal
from jwpgraph.taxon_facets.clock import get_today
from jwpgraph.taxon_facets.taxonomy_cache import get_taxonomy_about
from jwpgraph.taxonomy.snapshot import TaxonomySnapshot

_LONGEST_BODY = 1_048_576
_IDLE = 30.0


class WhatIfRequest(ApiModel):
    """The proposals, which are validated one by one, and the day for which both states are compared."""

    model_config = ConfigDict(extra="forbid")

    proposals: Annotated[list[Any], Field(min_length=1, max_length=300)]
    on: date | None = Field(None, description="The day on which both states are compared; today where it is left out.")


def _make_schema() -> dict[str, Any]:
    schema = WhatIfRequest.model_json_schema(by_alias=False)
    schema["properties"]["proposals"]["items"] = ProposalRecord.model_json_schema(by_alias=False)
    return schema


router = ReadRouter(prefix="/api/v1")


@router.post(
    "/what-if",
    summary="Tell what proposals would change; nothing is published",
    operation_id="what_if_of_proposals",
    tags=["proposals"],
    response_model=None,
    responses={422: {"description": "A field is wrong; the answer names it."}},
    openapi_extra={"requestBody": {"content": {"application/json": {"schema": _make_schema()}}, "required": True}},
)
async def compute_effects(request: Request, site: Site) -> Response:
    chunks = iter_body_chunks(request.scope, request.receive, limit=_LONGEST_BODY, idle=_IDLE)
    asked = _parse(b"".join([chunk async for chunk in chunks]))
    number = site.release_number
    resolved = await _resolve(site.queries.select, asked.proposals)

    async def read(taxa: Sequence[str]) -> TaxonomySnapshot:
        return await get_taxonomy_about(site, *taxa)

    found = await compute_what_if(site.queries.select, read, resolved, asked.on or get_today())
    document: dict[str, Any] = found.document() | {"release": number}
    headers = {"Cache-Control": "no-store", "Content-Type": "application/json", "X-Release": str(number)}
    return Response(to_json_bytes(document), headers=headers)


def _parse(body: bytes) -> WhatIfRequest:
    try:
        return WhatIfRequest.model_validate(orjson.loads(body))
    except orjson.JSONDecodeError as error:
        raise ProblemError("bad-json", "The request body is not JSON", str(error)) from None
    except ValidationError as error:
        raise make_faults_problem(list_faults(error.errors(include_url=False))) from None


async def _resolve(select: Select, given: Sequence[Any]) -> list[ResolvedProposal]:
    """Return the proposals with what they name, or refuse them with all that is wrong in each of them."""
    found: list[tuple[Record, list[RecordFault]]] = []
    for one in given:
        try:
            found.append((validate_record(ProposalRecord, one), []))
        except InvalidRecordError as error:
            found.append((error.valid_part, error.faults))
    index, confirmed = await read_reference_index(select), await confirm_iris(select, [one for one, _ in found])
    resolved: list[ResolvedProposal] = []
    faults: list[tuple[str, RecordFault]] = []
    keys = [record.key or str(number) for number, (record, _) in enumerate(found, 1)]
    for number, (key, (record, invalid)) in enumerate(zip(keys, found, strict=True)):
        if key in keys[:number]:
            # The effects name proposals by their keys.
            faults.append((key, RecordFault("key", "another proposal has the same key or number", key)))
        if isinstance(record, ProposalRecord) and not invalid:
            try:
                resolved.append(resolve_proposal(key, record, index, confirmed))
            except InvalidReferencesError as error:
                faults += [(key, fault) for fault in error.faults]
        else:
            faults += [(key, fault) for fault in (*invalid, *list_unknown_names(record, key, index, confirmed))]
    if faults:
        raise _make_problem(faults)
    return resolved


def _make_problem(faults: Sequence[tuple[str, RecordFault]]) -> ProblemError:
    """Return the refusal of proposals; each of its errors names the proposal by its key or number."""
    problem = make_faults_problem([fault for _, fault in faults])
    problem.detail = f"proposal {faults[0][0]}: {problem.detail}"
    problem.members["errors"] = [
        {"proposal": key, **error} for (key, _), error in zip(faults, problem.members["errors"], strict=True)
    ]
    return problem
