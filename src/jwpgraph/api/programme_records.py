"""Writing actions, meetings, proposals, comments and judgements of progress, with the token."""

# Annotations are read by FastAPI at run time: they must not be postponed.

from collections.abc import Mapping
from typing import Any

import orjson
from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import Response

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.iri_mapping import iri_to_path
from jwpgraph.http.authorization import require_token
from jwpgraph.http.declared_parameters import takes
from jwpgraph.http.headers import get_header
from jwpgraph.http.request_bodies import iter_body_chunks
from jwpgraph.linked_data.responses import to_json_bytes
from jwpgraph.problems import ProblemError
from jwpgraph.programme.record_models import KINDS, Record, first_fault
from jwpgraph.programme.record_writer import RecordWriter, WriteConditions, WrittenRecord, invalid_record
from jwpgraph.releases.changes import ReleaseWriter
from jwpgraph.settings import Settings

PREFIX = "/api/v1"
_LONGEST_BODY = 262_144
_IDLE = 30.0
_LONGEST_NOTE = 500
_CONDITION = {
    "name": "If-Match",
    "in": "header",
    "schema": {"type": "string"},
    "description": "The ETag of the record as it was read; 412 when it has been changed since.",
}
_NOTES = [
    {"name": name, "in": "query", "schema": {"type": "string", "maxLength": _LONGEST_NOTE}, "description": text}
    for name, text in (("author", "Who writes, for the release."), ("message", "Why, for the release."))
]


def create_router(site: AppContext, settings: Settings, writer: ReleaseWriter | None) -> APIRouter:
    """The writes below ``/api/v1``; what is read there is the facade's.

    Args:
        site: where records are read.
        settings: the token.
        writer: turns changes into releases; None where nobody writes here.
    """
    router = APIRouter(prefix=PREFIX)
    for kind, model in KINDS.items():
        _add_routes(router, site, settings, writer, kind, model)
    return router


def _add_routes(
    router: APIRouter,
    site: AppContext,
    settings: Settings,
    writer: ReleaseWriter | None,
    kind: str,
    model: type[Record],
) -> None:
    def allowed(request: Request) -> RecordWriter:
        require_token(request.scope, settings.admin_token)
        if writer is None:
            raise ProblemError(
                "read-only", "This service is read-only", "It serves what another one writes.", status=403
            )
        return RecordWriter(site, writer)

    @takes("author", "message")
    async def create(request: Request) -> Response:
        records = allowed(request)
        record = await _read_record(request, model)
        written = await records.put(kind, record.key, record, _conditions(request, create=True))
        return _answer(site, request, kind, written, 201)

    @takes("author", "message")
    async def replace(request: Request, name: str) -> Response:
        records = allowed(request)
        key = _parse_key(name)
        record = await _read_record(request, model)
        if record.key not in {None, key}:
            raise invalid_record("key", f"the address says {key}", record.key)
        written = await records.put(kind, key, record, _conditions(request))
        return _answer(site, request, kind, written, 201 if written.created else 204)

    @takes("author", "message")
    async def remove(request: Request, name: str) -> Response:
        written = await allowed(request).delete(kind, _parse_key(name), _conditions(request))
        return Response(status_code=204, headers=_release_headers(written))

    body = {"content": {"application/json": {"schema": model.model_json_schema(by_alias=False)}}, "required": True}
    one = model.segment if model.segment != "progress" else "progress judgement"
    for path, method, endpoint, summary, status, described in (
        (f"/{kind}", "POST", create, f"Record a {one}", 201, {"requestBody": body, "parameters": _NOTES}),
        (
            *(f"/{kind}/{{name:path}}", "PUT", replace, f"Create or replace a {one}", 204),
            {"requestBody": body, "parameters": [*_NOTES, _CONDITION]},
        ),
        (
            *(f"/{kind}/{{name:path}}", "DELETE", remove, f"Remove a {one}", 204),
            {"parameters": [*_NOTES, _CONDITION]},
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
                412: {"description": "The record has changed since it was read."},
                422: {"description": "A field is wrong, or a shape is broken; the answer names it."},
            },
            openapi_extra={"security": [{"token": []}], **described},
        )


def _parse_key(name: str) -> str:
    if (
        not name
        or len(name) > 200
        or any(not (char.isascii() and (char.isalnum() or char in "-_./~")) for char in name)
    ):
        raise invalid_record("key", "lower-case letters, digits and hyphens are wanted", name)
    if any(part in {"", ".", ".."} for part in name.split("/")) or "/version/" in f"/{name}":
        raise invalid_record("key", "it is no record that can be written", name)
    return name


async def _read_record(request: Request, model: type[Record]) -> Record:
    content_type = (get_header(request.scope, b"content-type") or "application/json").partition(";")[0].strip().lower()
    if content_type != "application/json":
        raise ProblemError(
            "unsupported-media-type", "The body is of a type that is not taken", "Send application/json.", status=415
        )
    chunks = iter_body_chunks(request.scope, request.receive, limit=_LONGEST_BODY, idle=_IDLE)
    received = b"".join([chunk async for chunk in chunks])
    try:
        document: Any = orjson.loads(received)
    except orjson.JSONDecodeError as error:
        raise ProblemError("bad-json", "The request body is not JSON", str(error)) from None
    try:
        return model.model_validate(document)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False)
        field, reason, value = first_fault(faults)
        problem = invalid_record(field, reason, value)
        problem.members["errors"] = [
            dict(zip(("field", "reason"), first_fault([fault])[:2], strict=True)) for fault in faults
        ]
        raise problem from None


def _conditions(request: Request, *, create: bool = False) -> WriteConditions:
    given = {name: request.query_params.get(name, "").strip() for name in ("author", "message")}
    for name, text in given.items():
        if len(text) > _LONGEST_NOTE or not text.isprintable():
            raise ProblemError(
                "invalid-parameter", "A parameter is wrong", f"{name}: {_LONGEST_NOTE} printable characters", status=422
            )
    none_match = (get_header(request.scope, b"if-none-match") or "").strip() == "*"
    return WriteConditions(
        get_header(request.scope, b"if-match"), given["author"] or None, given["message"], create or none_match
    )


def _release_headers(written: WrittenRecord) -> dict[str, str]:
    return {"ETag": written.release.etag, "X-Release": str(written.release.number), "Cache-Control": "no-store"}


def _answer(site: AppContext, request: Request, kind: str, written: WrittenRecord, status: int) -> Response:
    headers = _release_headers(written)
    if status == 204:
        return Response(status_code=204, headers=headers)
    path = f"{PREFIX}/{kind}/{written.key}"
    document: Mapping[str, Any] = {
        "id": written.iri,
        "key": written.key,
        "links": {
            "self": site.url(request, path),
            "page": site.url(request, iri_to_path(written.iri, "doc") or ""),
        },
        "release": written.release.number,
    }
    return Response(
        to_json_bytes(document),
        status_code=201,
        headers={**headers, "Location": site.url(request, path), "Content-Type": "application/json"},
    )
