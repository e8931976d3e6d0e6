"""Writes of actions, meetings, proposals, comments and judgements of progress, with the token."""

# Annotations are read by FastAPI at run time: they must not be postponed.

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace as replace_fields
from typing import Annotated, Any

import orjson
from fastapi import Depends, Request
from starlette.responses import Response

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.iri_mapping import iri_to_path
from jwpgraph.http.access_tokens import Access
from jwpgraph.http.authorization import require_token
from jwpgraph.http.declared_parameters import takes
from jwpgraph.http.headers import get_header
from jwpgraph.http.request_bodies import iter_body_chunks
from jwpgraph.linked_data.responses import to_json_bytes
from jwpgraph.linked_data.routing import ReadRouter, Site, Tokens, Writer
from jwpgraph.problems import ProblemError
from jwpgraph.programme.record_models import KINDS, Record
from jwpgraph.programme.record_statements import record_iri
from jwpgraph.programme.record_writer import (
    RecordWriter,
    WriteConditions,
    WrittenRecord,
    make_invalid_record_problem,
)
from jwpgraph.releases.changes import ReleaseWriter
from jwpgraph.releases.requests import WriteRequest
from jwpgraph.sparql_protocol.idempotency import FINAL, Attempt, Attempts

PREFIX = "/api/v1"
_LONGEST_BODY = 262_144
_IDLE = 30.0
_LONGEST_NOTE = 500
_CONDITION = {
    "name": "If-Match",
    "in": "header",
    "schema": {"type": "string"},
    "description": (
        "The ETag of the record as it was read; 412 when it has been changed since. A record that exists is replaced "
        "or removed only with it (428); `*` stands for any state."
    ),
}
_NEW = {
    "name": "If-None-Match",
    "in": "header",
    "schema": {"type": "string"},
    "description": "`*`: create the record only; 412 when it exists.",
}
_NOTES = [
    {"name": name, "in": "query", "schema": {"type": "string", "maxLength": _LONGEST_NOTE}, "description": text}
    for name, text in (("author", "Who writes, for the release."), ("message", "Why, for the release."))
]


_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string"},
    "description": "A UUID in quotes: a repeated request with the same key is answered again and not executed again.",
}


async def get_attempts(request: Request) -> Attempts | None:
    """Return the idempotency keys of earlier writes; ``None`` if the service only reads."""
    attempts: Attempts | None = request.app.state.attempts
    return attempts


EarlierAttempts = Annotated[Attempts | None, Depends(get_attempts)]


class _RecordRoutes:
    """The routes that write records of one kind.

    Args:
        kind: the name of the kind in paths.
        model: the model of its records.
    """

    def __init__(self, kind: str, model: type[Record]) -> None:
        self.kind = kind
        self.model = model

    @takes("author", "message")
    async def create(
        self, request: Request, site: Site, access: Tokens, writer: Writer, attempts: EarlierAttempts
    ) -> Response:
        async with _begin_write(request, site, access, writer, attempts) as (records, attempt, body):
            if attempt.release is not None:
                return _answer_again(site, request, self.kind, self.model, attempt)
            record = await records.validate(self.model, _parse_json(body))
            conditions = self._make_conditions(request, site, attempt, create=True)
            written = await records.put(self.kind, record.key, record, conditions)
            return _answer(site, request, self.kind, written, 201)

    @takes("author", "message")
    async def replace(
        self, request: Request, site: Site, access: Tokens, writer: Writer, attempts: EarlierAttempts, name: str
    ) -> Response:
        key = _parse_key(name)
        async with _begin_write(request, site, access, writer, attempts) as (records, attempt, body):
            if attempt.release is not None:
                return _answer_again(site, request, self.kind, self.model, attempt)
            record = await records.validate(self.model, _parse_json(body))
            if record.key not in {None, key}:
                raise make_invalid_record_problem("key", f"the address says {key}", record.key)
            written = await records.put(self.kind, key, record, self._make_conditions(request, site, attempt))
            return _answer(site, request, self.kind, written, 201 if written.created else 204)

    @takes("author", "message")
    async def remove(
        self, request: Request, site: Site, access: Tokens, writer: Writer, attempts: EarlierAttempts, name: str
    ) -> Response:
        key = _parse_key(name)
        async with _begin_write(request, site, access, writer, attempts) as (records, attempt, _):
            if attempt.release is not None:
                return _answer_again(site, request, self.kind, self.model, attempt)
            written = await records.delete(self.kind, key, self._make_conditions(request, site, attempt))
            return Response(status_code=204, headers=_release_headers(written))

    def _make_conditions(
        self, request: Request, site: AppContext, attempt: Attempt, *, create: bool = False
    ) -> WriteConditions:
        def make_request(key: str, is_new: bool) -> WriteRequest:
            if request.method == "DELETE" or not (create or is_new):
                return attempt.answered_with(204, {})
            return attempt.answered_with(201, {"Location": site.url(request, f"{PREFIX}/{self.kind}/{key}")})

        return replace_fields(_get_conditions(request, create=create), request=make_request)


_CONDITIONS_FAILED: dict[int | str, dict[str, Any]] = {
    412: {"description": "The record has changed since it was read, or exists although If-None-Match was sent."},
    428: {"description": "The record exists; If-Match with its ETag is needed."},
}
#: Refusals of one method only.
_REFUSALS: dict[str, dict[int | str, dict[str, Any]]] = {
    "POST": {409: {"description": "A record has this key already."}},
    "PUT": {201: {"description": "The record was created."}, **_CONDITIONS_FAILED},
    "DELETE": {404: {"description": "There is no such record."}, **_CONDITIONS_FAILED},
}


@asynccontextmanager
async def _begin_write(
    request: Request, site: AppContext, access: Access, writer: ReleaseWriter | None, attempts: Attempts | None
) -> AsyncIterator[tuple[RecordWriter, Attempt, bytes]]:
    """Check the token, read the body and look for an earlier attempt of the same write."""
    require_token(request.scope, access, "update")
    if writer is None or attempts is None:
        raise ProblemError(
            "read-only", "This service is read-only", "It serves releases that another service writes.", status=403
        )
    body = b"" if request.method == "DELETE" else await _read_body(request)
    async with attempts.attempt(request.scope, [body.decode("latin-1")]) as attempt:
        try:
            if attempt.refusal is not None:
                raise attempt.refusal
            yield RecordWriter(site, writer), attempt, body
        except ProblemError as problem:
            if attempt.refusal is None and problem.status in FINAL:
                attempt.refused = problem
            raise


def _add_routes(router: ReadRouter, kind: str, model: type[Record]) -> None:
    routes = _RecordRoutes(kind, model)
    body = {"content": {"application/json": {"schema": model.model_json_schema(by_alias=False)}}, "required": True}
    one = model.segment if model.segment != "progress" else "progress judgement"
    for path, method, endpoint, summary, status, described in (
        (
            f"/{kind}",
            "POST",
            routes.create,
            f"Record a {one}",
            201,
            {"requestBody": body, "parameters": [*_NOTES, _KEY]},
        ),
        (
            *(f"/{kind}/{{name:path}}", "PUT", routes.replace, f"Create or replace a {one}", 204),
            {"requestBody": body, "parameters": [*_NOTES, _CONDITION, _NEW, _KEY]},
        ),
        (
            *(f"/{kind}/{{name:path}}", "DELETE", routes.remove, f"Remove a {one}", 204),
            {"parameters": [*_NOTES, _CONDITION, _KEY]},
        ),
    ):
        router.add_api_route(
            path,
            endpoint,
            methods=[method],
            summary=summary.replace("a action", "an action"),
            status_code=status,
            response_model=None,
            operation_id=f"{endpoint.__name__}_{kind}",
            tags=[kind],
            responses={
                401: {"description": "The token is missing or wrong."},
                422: {"description": "A field is wrong, or a shape is broken; the answer names it."},
                **_REFUSALS[method],
            },
            openapi_extra={"security": [{"token": []}], **described},
        )


router = ReadRouter(prefix=PREFIX)
for _kind, _model in KINDS.items():
    _add_routes(router, _kind, _model)


def _parse_key(name: str) -> str:
    if (
        not name
        or len(name) > 200
        or any(not (char.isascii() and (char.isalnum() or char in "-_./~")) for char in name)
    ):
        raise make_invalid_record_problem("key", "lower-case letters, digits and hyphens are wanted", name)
    if any(part in {"", ".", ".."} for part in name.split("/")) or "/version/" in f"/{name}":
        raise make_invalid_record_problem("key", "it is no record that can be written", name)
    return name


async def _read_body(request: Request) -> bytes:
    content_type = (get_header(request.scope, b"content-type") or "application/json").partition(";")[0].strip().lower()
    if content_type != "application/json":
        raise ProblemError(
            "unsupported-media-type",
            "The media type of the body is not supported",
            "Send application/json.",
            status=415,
        )
    chunks = iter_body_chunks(request.scope, request.receive, limit=_LONGEST_BODY, idle=_IDLE)
    return b"".join([chunk async for chunk in chunks])


def _parse_json(received: bytes) -> Any:
    try:
        return orjson.loads(received)
    except orjson.JSONDecodeError as error:
        raise ProblemError("bad-json", "The request body is not JSON", str(error)) from None


def _get_conditions(request: Request, *, create: bool = False) -> WriteConditions:
    given = {name: request.query_params.get(name, "").strip() for name in ("author", "message")}
    for name, text in given.items():
        if len(text) > _LONGEST_NOTE or not text.isprintable():
            raise ProblemError(
                "invalid-parameter", "A parameter is wrong", f"{name}: {_LONGEST_NOTE} printable characters", status=422
            )
    return WriteConditions(
        get_header(request.scope, b"if-match"),
        given["author"] or None,
        given["message"],
        create,
        None if create else get_header(request.scope, b"if-none-match"),
    )


def _release_headers(written: WrittenRecord) -> dict[str, str]:
    return {"ETag": written.release.etag, "X-Release": str(written.release.number), "Cache-Control": "no-store"}


def _answer(site: AppContext, request: Request, kind: str, written: WrittenRecord, status: int) -> Response:
    headers = _release_headers(written)
    if status == 204:
        return Response(status_code=204, headers=headers)
    document = _describe(site, request, kind, written.key, written.iri, written.release.number)
    location = {"Location": document["links"]["self"], "Content-Type": "application/json"}
    return Response(to_json_bytes(document), status_code=201, headers={**headers, **location})


def _answer_again(site: AppContext, request: Request, kind: str, model: type[Record], attempt: Attempt) -> Response:
    """Return the response for a repeated request that has already been executed."""
    earlier = attempt.request
    if earlier.status == 204 or attempt.release is None:
        return Response(status_code=earlier.status, headers=attempt.headers)
    key = earlier.headers["Location"].partition(f"{PREFIX}/{kind}/")[2]
    document = _describe(site, request, kind, key, record_iri(model, key), attempt.release)
    headers = {**attempt.headers, "Content-Type": "application/json"}
    return Response(to_json_bytes(document), status_code=earlier.status, headers=headers)


def _describe(site: AppContext, request: Request, kind: str, key: str, iri: str, release: int) -> Mapping[str, Any]:
    links = {
        "self": site.url(request, f"{PREFIX}/{kind}/{key}"),
        "page": site.url(request, iri_to_path(iri, "doc") or ""),
    }
    return {"id": iri, "key": key, "links": links, "release": release}
