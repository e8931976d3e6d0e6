"""Control of validation, with a token: start and cancel runs, acknowledge results, manage notifications."""

# Annotations are read by FastAPI at run time: they must not be postponed.

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import orjson
from fastapi import Path, Request
from pydantic import BaseModel, ValidationError
from starlette.responses import Response

from jwpgraph.api.validation import PREFIX, make_run_model
from jwpgraph.api.validation_models import (
    Acknowledge,
    Acknowledged,
    Cancelled,
    DeliveryList,
    Requeued,
    RunModel,
    Trigger,
)
from jwpgraph.http.authorization import require_token
from jwpgraph.http.request_bodies import read_body
from jwpgraph.linked_data.responses import to_json_bytes
from jwpgraph.linked_data.routing import ReadRouter, Site, Tokens
from jwpgraph.problems import ProblemError, get_fault_reason
from jwpgraph.validation.history import get_current_time
from jwpgraph.validation.notification import DeliveryState, list_deliveries, redeliver
from jwpgraph.validation.result_queries import get_run
from jwpgraph.validation.route_dependency import Validation

_LONGEST_BODY = 65_536
_BODY_SECONDS = 30.0

Number = Annotated[int, Path(ge=1, le=2**62)]
Handler = TypeVar("Handler", bound=Callable[..., Awaitable[Response]])
Model = TypeVar("Model", bound=BaseModel)


router = ReadRouter(prefix=PREFIX)


def _add_control(
    method: str,
    path: str,
    summary: str,
    status: int,
    answer: type[Any] | None = None,
    body: type[BaseModel] | None = None,
) -> Callable[[Handler], Handler]:
    """Return a decorator that adds a control operation.

    The token is checked before the body is read, so FastAPI must not read the body and gets its model from here.
    """
    described: dict[str, Any] = {"security": [{"token": []}]}
    if body is not None:
        described["requestBody"] = {"content": {"application/json": {"schema": body.model_json_schema()}}}

    def add(handler: Handler) -> Handler:
        router.add_api_route(
            path,
            handler,
            methods=[method],
            summary=summary,
            status_code=status,
            response_model=answer,
            operation_id=f"{handler.__name__}_in_validation",
            tags=["validation"],
            responses={401: {"description": "The token is missing or wrong."}},
            openapi_extra=described,
        )
        if method == "GET":
            router.add_api_route(path, handler, methods=["HEAD"], include_in_schema=False)
        return handler

    return add


@_add_control("POST", "/runs", "Start a run of a job", 202, RunModel, Trigger)
async def trigger(request: Request, site: Site, access: Tokens, validation: Validation) -> Response:
    require_token(request.scope, access, "validate")
    wanted = await _read_model(request, Trigger)
    number = await validation.trigger(wanted.job)
    with validation.history.connect() as db:
        run = get_run(db, number)
    document = make_run_model(site, request, run) if run else {}
    return _make_response(document, 202, {"Location": site.url(request, f"{PREFIX}/runs/{number}")})


@_add_control("POST", "/runs/{number}/cancel", "Stop a run", 202, Cancelled)
async def cancel(request: Request, access: Tokens, validation: Validation, number: Number) -> Response:
    require_token(request.scope, access, "validate")
    validation.cancel(number)
    return _make_response({"run": number, "cancelled": True}, 202)


@_add_control(
    "POST", "/results/{fingerprint}/acknowledge", "Acknowledge an open result", 200, Acknowledged, Acknowledge
)
async def acknowledge(request: Request, access: Tokens, validation: Validation, fingerprint: str) -> Response:
    require_token(request.scope, access, "validate")
    wanted = await _read_model(request, Acknowledge)
    expires = None if wanted.expires is None else _parse_expiry(wanted.expires)
    await asyncio.to_thread(validation.history.acknowledge, fingerprint, wanted.reason, wanted.who, expires)
    return _make_response({"fingerprint": fingerprint, "state": "acknowledged"}, 200)


@_add_control("DELETE", "/results/{fingerprint}/acknowledge", "Take an acknowledgement back", 204)
async def withdraw(request: Request, access: Tokens, validation: Validation, fingerprint: str) -> Response:
    require_token(request.scope, access, "validate")
    if not await asyncio.to_thread(validation.history.withdraw, fingerprint):
        raise ProblemError("not-acknowledged", "The result is not acknowledged", fingerprint, status=404)
    return Response(status_code=204)


@_add_control("GET", "/deliveries", "List what was to be told", 200, DeliveryList)
async def show_deliveries(
    request: Request, access: Tokens, validation: Validation, state: DeliveryState | None = None
) -> Response:
    require_token(request.scope, access, "validate")
    found = [asdict(one) for one in await asyncio.to_thread(list_deliveries, validation.history, state)]
    return _make_response({"total": len(found), "items": found}, 200)


@_add_control("POST", "/deliveries/{number}/redeliver", "Tell it again", 202, Requeued)
async def deliver_again(request: Request, access: Tokens, validation: Validation, number: Number) -> Response:
    require_token(request.scope, access, "validate")
    await asyncio.to_thread(redeliver, validation.history, number)
    return _make_response({"delivery": number, "state": "pending"}, 202)


def _parse_expiry(expires: datetime) -> datetime:
    """Return the time at which an acknowledgement expires, in UTC unless it has a time zone."""
    moment = expires if expires.tzinfo else expires.replace(tzinfo=UTC)
    if moment <= get_current_time():
        raise ProblemError("invalid-parameter", "A parameter is wrong", "expires: it is in the past", status=422)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        # In UTC the last hours of the year 9999 may be in the year 10000.
        return datetime.max.replace(tzinfo=UTC)


def _make_response(document: Any, status: int, headers: dict[str, str] | None = None) -> Response:
    more = {"Cache-Control": "no-store", "Content-Type": "application/json", **(headers or {})}
    return Response(to_json_bytes(document), status_code=status, headers=more)


async def _read_model(request: Request, model: type[Model]) -> Model:
    received = await read_body(request.scope, request.receive, limit=_LONGEST_BODY, seconds=_BODY_SECONDS)
    try:
        return model.model_validate(orjson.loads(received) if received else {})
    except orjson.JSONDecodeError as error:
        raise ProblemError("bad-json", "The request body is not JSON", str(error)) from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        raise ProblemError(
            "invalid-parameter", "A parameter is wrong", f"{where}: {get_fault_reason(first)}", status=422
        ) from None
