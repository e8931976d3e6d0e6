"""Control of validation, with a token: start and cancel runs, acknowledge results, manage notifications."""

# Annotations are read by FastAPI at run time: they must not be postponed.

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import orjson
from fastapi import APIRouter, Path, Request
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
from jwpgraph.entities.app_context import AppContext
from jwpgraph.http.access_tokens import Access
from jwpgraph.http.authorization import require_token
from jwpgraph.http.request_bodies import read_body
from jwpgraph.linked_data.responses import to_json_bytes
from jwpgraph.problems import ProblemError
from jwpgraph.validation.history import current_time
from jwpgraph.validation.notification import DeliveryState, list_deliveries, redeliver
from jwpgraph.validation.result_queries import get_run
from jwpgraph.validation.service import ValidationService

_LONGEST_BODY = 65_536
_BODY_SECONDS = 30.0

Number = Annotated[int, Path(ge=1, le=2**62)]
RequestHandler = Callable[..., Awaitable[Response]]
Model = TypeVar("Model", bound=BaseModel)


def create_router(site: AppContext, validation: ValidationService, access: Access) -> APIRouter:
    """Return the routes below ``/api/v1/validation`` that require a token.

    Args:
        site: where the service is reached.
        validation: the memory and the jobs.
        access: the tokens.
    """
    router = APIRouter(prefix=PREFIX)
    history = validation.history

    async def trigger(request: Request) -> Response:
        require_token(request.scope, access, "validate")
        wanted = await _read_model(request, Trigger)
        number = await validation.trigger(wanted.job)
        with history.connect() as db:
            run = get_run(db, number)
        document = make_run_model(site, request, run) if run else {}
        return _make_response(document, 202, {"Location": site.url(request, f"{PREFIX}/runs/{number}")})

    async def cancel(request: Request, number: Number) -> Response:
        require_token(request.scope, access, "validate")
        validation.cancel(number)
        return _make_response({"run": number, "cancelled": True}, 202)

    async def acknowledge(request: Request, fingerprint: str) -> Response:
        require_token(request.scope, access, "validate")
        wanted = await _read_model(request, Acknowledge)
        expires = None if wanted.expires is None else _parse_expiry(wanted.expires)
        await asyncio.to_thread(history.acknowledge, fingerprint, wanted.reason, wanted.who, expires)
        return _make_response({"fingerprint": fingerprint, "state": "acknowledged"}, 200)

    async def withdraw(request: Request, fingerprint: str) -> Response:
        require_token(request.scope, access, "validate")
        if not await asyncio.to_thread(history.withdraw, fingerprint):
            raise ProblemError("not-acknowledged", "The result is not acknowledged", fingerprint, status=404)
        return Response(status_code=204)

    async def show_deliveries(request: Request, state: DeliveryState | None = None) -> Response:
        require_token(request.scope, access, "validate")
        found = [asdict(one) for one in await asyncio.to_thread(list_deliveries, history, state)]
        return _make_response({"total": len(found), "items": found}, 200)

    async def deliver_again(request: Request, number: Number) -> Response:
        require_token(request.scope, access, "validate")
        await asyncio.to_thread(redeliver, history, number)
        return _make_response({"delivery": number, "state": "pending"}, 202)

    operations: tuple[ControlOperation, ...] = (
        ControlOperation("POST", "/runs", trigger, "Start a run of a job", 202, RunModel, Trigger),
        ControlOperation("POST", "/runs/{number}/cancel", cancel, "Stop a run", 202, Cancelled),
        ControlOperation(
            *("POST", "/results/{fingerprint}/acknowledge", acknowledge, "Acknowledge an open result"),
            *(200, Acknowledged, Acknowledge),
        ),
        ControlOperation("DELETE", "/results/{fingerprint}/acknowledge", withdraw, "Take an acknowledgement back", 204),
        ControlOperation("GET", "/deliveries", show_deliveries, "List what was to be told", 200, DeliveryList),
        ControlOperation("POST", "/deliveries/{number}/redeliver", deliver_again, "Tell it again", 202, Requeued),
    )
    for operation in operations:
        operation.add_to(router)
    return router


@dataclass(frozen=True, slots=True)
class ControlOperation:
    """A control operation and its description for the OpenAPI document.

    The token is checked before the body is read, so FastAPI must not read the body and gets its model from here.
    """

    method: str
    path: str
    endpoint: RequestHandler
    summary: str
    status: int
    answer: type[Any] | None = None
    body: type[BaseModel] | None = None

    def add_to(self, router: APIRouter) -> None:
        """Add the route."""
        described: dict[str, Any] = {"security": [{"token": []}]}
        if self.body is not None:
            schema = self.body.model_json_schema()
            described["requestBody"] = {"content": {"application/json": {"schema": schema}}}
        router.add_api_route(
            self.path,
            self.endpoint,
            methods=[self.method],
            summary=self.summary,
            status_code=self.status,
            response_model=self.answer,
            operation_id=f"{self.endpoint.__name__}_in_validation",
            tags=["validation"],
            responses={401: {"description": "The token is missing or wrong."}},
            openapi_extra=described,
        )


def _parse_expiry(expires: datetime) -> datetime:
    """Return the time at which an acknowledgement expires, in UTC unless it has a time zone."""
    moment = expires if expires.tzinfo else expires.replace(tzinfo=UTC)
    if moment <= current_time():
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
            "invalid-parameter", "A parameter is wrong", f"{where}: {first['msg']}", status=422
        ) from None
