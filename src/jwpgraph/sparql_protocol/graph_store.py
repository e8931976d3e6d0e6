"""The endpoint of the SPARQL 1.1 Graph Store HTTP Protocol, as an ASGI application."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import aclosing
from typing import Final

from pyoxigraph import RdfFormat
from starlette.types import Receive, Scope, Send

from jwpgraph.durable_storage import report_storage_problems
from jwpgraph.http.body_spool import BodySpool, SpooledPart, make_multipart_problem
from jwpgraph.http.conditional_requests import is_not_modified, parse_entity_tags
from jwpgraph.http.headers import encode_headers, get_client_address, get_header, make_options_headers
from jwpgraph.http.negotiation import negotiate_coding, parse_content_type
from jwpgraph.http.parameters import parse_parameters
from jwpgraph.http.request_bodies import iter_body_chunks
from jwpgraph.http.request_lifecycle import run_while_connected, run_with_problems
from jwpgraph.http.responses import CompleteResponse
from jwpgraph.problems import ProblemError
from jwpgraph.query_execution.query_results import QueryResults
from jwpgraph.query_execution.query_task import QueryRequest
from jwpgraph.releases.changes import DeleteGraph, GraphChange, Payload, PostGraph, PutGraph, ReleaseWriter
from jwpgraph.releases.rdf_xml import CHARSETS
from jwpgraph.releases.release import Release
from jwpgraph.releases.reserved import check_not_reserved
from jwpgraph.settings import Settings
from jwpgraph.sparql_protocol.graph_names import GraphName, GraphNames
from jwpgraph.sparql_protocol.idempotency import Attempt, Attempts
from jwpgraph.sparql_protocol.query_responses import (
    COMPLETE_CODINGS,
    GRAPH_TYPES,
    make_cached_response,
    make_not_acceptable_problem,
    make_query_id,
    parse_format_names,
    rank_graph_types,
    send_unchanged,
    stream_result,
)
from jwpgraph.sparql_protocol.write_requests import (
    parse_expected_release,
    release_headers,
    require_writer,
    respond_to_repeat,
    write_change,
)

_METHODS: Final = "GET, HEAD, PUT, POST, DELETE, OPTIONS"
_MULTIPART: Final = "multipart/form-data"
#: Folder below the data directory for request bodies.
UPLOADS: Final = "uploads"
#: Seconds without data after which an upload is aborted.
_IDLE: Final = 30.0
#: Maximum number of attempts of a conditional write if other graphs are written at the same time.
_TRIES: Final = 5


class GraphStoreEndpoint:
    """Reads and writes whole graphs at ``/graph-store`` and below.

    Args:
        settings: limits, token and data directory.
        answers: evaluates queries.
        current: returns the current release.
        attempts: the idempotency keys of earlier writes.
        writer: builds releases; ``None`` makes the store read-only.
    """

    def __init__(
        self,
        settings: Settings,
        answers: QueryResults,
        current: Callable[[], Release],
        attempts: Attempts,
        writer: ReleaseWriter | None = None,
    ) -> None:
        self._settings = settings
        self._answers = answers
        self._current = current
        self._attempts = attempts
        self._writer = writer
        self._names = GraphNames(settings.forwarded_allow_ips)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await run_with_problems(self._route, scope, receive, send, [(b"x-query-id", make_query_id())])

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        match scope["method"]:
            case "OPTIONS":
                await CompleteResponse(204, encode_headers(make_options_headers(_METHODS)))(scope, receive, send)
            case "GET" | "HEAD":
                await run_while_connected(receive, self._get(self._named(scope), scope, send))
            case "PUT" | "POST":
                await self._store(scope, receive, send)
            case "DELETE":
                await self._delete(self._named(scope), scope, receive, send)
            case method:
                raise ProblemError(
                    "method-not-allowed",
                    "The method is not allowed here",
                    method,
                    status=405,
                    headers={"Allow": _METHODS},
                )

    def _named(self, scope: Scope) -> GraphName:
        name = self._names.of(scope)
        if name is None:
            raise ProblemError(
                "graph-missing", "No graph is specified", "Name it by the path, by ?graph= or by ?default."
            )
        return name

    # Reading

    async def _get(self, name: GraphName, scope: Scope, send: Send) -> None:
        release = self._current()
        if not (name.is_default or _has_graph(release, name)):
            raise _make_no_graph_problem(name)
        accept, formats = get_header(scope, b"accept"), parse_format_names(parse_parameters(scope["query_string"]))
        media_types = rank_graph_types(accept, formats)
        if not media_types:
            raise make_not_acceptable_problem(accept, formats, GRAPH_TYPES)
        wanted = negotiate_coding(get_header(scope, b"accept-encoding"), COMPLETE_CODINGS)
        etag = _make_entity_tag(release, name, media_types[0], wanted)
        if is_not_modified(scope, etag):
            await send_unchanged(send, etag, release.number)
            return
        query = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{name.iri}> {{ ?s ?p ?o }} }}"
        request = QueryRequest(query, solution_types=(), graph_types=media_types)
        answer = await self._answers.answer(request, client=get_client_address(scope))
        try:
            if answer.entry is None or answer.release_number != release.number:
                await stream_result(answer, scope, send, cacheable=True)
                return
            body, coding = await self._answers.cache.encode(answer.entry, wanted)
            etag = _make_entity_tag(release, name, answer.media_type, coding)
            response = make_cached_response(body, coding, answer.media_type, etag, release.number)
            await response.send(scope, send, (answer.query_id or "").encode() or None)
        finally:
            await answer.aclose()

    # Writing

    async def _store(self, scope: Scope, receive: Receive, send: Send) -> None:
        require_writer(scope, self._settings, self._writer)
        name = self._names.of(scope)
        if name is None:
            if scope["method"] == "PUT":
                self._named(scope)
            name = self._names.new(scope)
        check_not_reserved(name.iri)
        _check_whole(scope)
        if get_header(scope, b"idempotency-key") is None:
            # Without a key the conditions can be checked before the body is read; with a key the write may be a repeat.
            self._expected(name, scope)
        folder = self._settings.data_dir / UPLOADS
        with report_storage_problems(folder), BodySpool(folder) as spool:
            parts = await self._spooled(spool, scope, receive)
            payloads = tuple(_make_payload(part, name) for part in parts)
            kind = PutGraph if scope["method"] == "PUT" else PostGraph
            types = [f"{payload.media_type} {payload.charset or ''}".rstrip() for payload in payloads]
            async with self._attempts.attempt(scope, types, [part.path for part in parts]) as attempt:
                await self._write(kind(name.iri, payloads), name, attempt, scope, receive, send)

    async def _delete(self, name: GraphName, scope: Scope, receive: Receive, send: Send) -> None:
        require_writer(scope, self._settings, self._writer)
        check_not_reserved(name.iri)
        async with self._attempts.attempt(scope, ()) as attempt:
            release = self._current()
            if attempt.release is None and not _has_graph(release, name):
                if not name.is_default:
                    raise _make_no_graph_problem(name)
                await CompleteResponse(204, encode_headers(release_headers(release)))(scope, receive, send)
                return
            await self._write(DeleteGraph(name.iri), name, attempt, scope, receive, send)

    async def _write(
        self, change: GraphChange, name: GraphName, attempt: Attempt, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if attempt.release is not None:
            await respond_to_repeat(attempt)(scope, receive, send)
            return
        writer = require_writer(scope, self._settings, self._writer)
        message = f"{scope['method']} {name.iri} over HTTP"
        for tried in range(_TRIES):
            existed = _has_graph(self._current(), name)
            expected = self._expected(name, scope)
            created = not (existed or name.is_default or isinstance(change, DeleteGraph))
            request = attempt.answered_with(201 if created else 204, {"Location": name.url} if created else {})
            try:
                release = await write_change(
                    change, scope, receive, send, writer, message=message, expected=expected, attempt=attempt
                )
            except ProblemError as problem:
                # Another release was published, but the graph of the condition may be unchanged.
                if problem.slug == "release-moved" and tried + 1 < _TRIES:
                    continue
                raise
            if release is not None:
                await CompleteResponse(request.status, encode_headers(release_headers(release) | request.headers))(
                    scope, receive, send
                )
            return

    async def _spooled(self, spool: BodySpool, scope: Scope, receive: Receive) -> list[SpooledPart]:
        content_type = get_header(scope, b"content-type") or ""
        media_type, parameters = parse_content_type(content_type)
        chunks = iter_body_chunks(scope, receive, limit=self._settings.upload_max_mb * 2**20, idle=_IDLE)
        async with aclosing(chunks):  # type: ignore[type-var]  # it is a generator
            if media_type != _MULTIPART:
                _parse_rdf_type(content_type)  # before the body is read
                return await spool.whole(chunks, content_type)
            if not parameters.get("boundary"):
                raise make_multipart_problem("the Content-Type has no boundary")
            parts = await spool.multipart(chunks, parameters["boundary"])
            if not parts:
                raise make_multipart_problem("it has no parts")
            return parts

    def _expected(self, name: GraphName, scope: Scope) -> int | None:
        """Check the conditions of the write; return the expected release number, or ``None`` without conditions."""
        release = self._current()
        condition = (get_header(scope, b"if-match") or "").strip()
        exists = _has_graph(release, name)
        if (get_header(scope, b"if-none-match") or "").strip() == "*":
            if exists:
                raise ProblemError("graph-exists", "The graph exists already", name.iri, status=412)
            return release.number
        if condition == "*":
            if not exists:
                raise ProblemError("graph-changed", "The graph does not exist", name.iri, status=412)
            return release.number
        own = f'"{_get_entity_tag_stem(release, name)}-'
        return parse_expected_release(
            scope, release, *(tag for _, tag in parse_entity_tags(condition) if tag.startswith(own))
        )


def _has_graph(release: Release, name: GraphName) -> bool:
    return name.iri in release.manifest.graphs


def _get_entity_tag_stem(release: Release, name: GraphName) -> str:
    """Return the part of a graph's entity tags that identifies its triples, the same in every format."""
    summary = release.manifest.graphs.get(name.iri)
    return f"g-{summary.digest[:24] if summary else 'empty'}"


def _make_entity_tag(release: Release, name: GraphName, media_type: str, coding: str) -> str:
    form = hashlib.sha256(f"{media_type} {coding}".encode()).hexdigest()[:8]
    return f'"{_get_entity_tag_stem(release, name)}-{form}"'


def _check_whole(scope: Scope) -> None:
    """Raise for a partial representation, which cannot be written (RFC 9110, section 14.5)."""
    if get_header(scope, b"content-range") is not None:
        raise ProblemError(
            "partial-write",
            "Partial writes are not supported",
            "The body is partial (Content-Range); send the whole graph, or POST triples to add.",
        )


def _make_no_graph_problem(name: GraphName) -> ProblemError:
    return ProblemError("no-such-graph", "There is no such graph", name.iri, status=404)


def _make_payload(part: SpooledPart, name: GraphName) -> Payload:
    content_type = part.content_type
    if parse_content_type(content_type)[0] in {"", "application/octet-stream", "text/plain"} and "." in part.filename:
        form = RdfFormat.from_extension(part.filename.rpartition(".")[2].lower())
        content_type = form.media_type if form is not None else content_type
    media_type, charset = _parse_rdf_type(content_type)
    return Payload(part.path, media_type, name.base, part.filename or "the body", charset)


def _parse_rdf_type(content_type: str) -> tuple[str, str | None]:
    """Return the RDF media type of a Content-Type header, and its charset if it is RDF/XML with one.

    Raises:
        ProblemError: ``unsupported-media-type``, ``unsupported-charset`` (415).
    """
    media_type, parameters = parse_content_type(content_type)
    # text/plain was the media type of N-Triples once; today clients send it for unknown files.
    if media_type == "text/plain" or RdfFormat.from_media_type(media_type) is None:
        raise ProblemError(
            "unsupported-media-type",
            "The media type is not an RDF format",
            f"{media_type or 'no Content-Type'}; send one of {', '.join((*GRAPH_TYPES, _MULTIPART))}",
            status=415,
            available=[*GRAPH_TYPES, _MULTIPART],
        )
    charset = parameters.get("charset", "utf-8").lower()
    if RdfFormat.from_media_type(media_type) == RdfFormat.RDF_XML and "charset" in parameters:
        if charset in CHARSETS:
            return media_type, CHARSETS[charset]
        known = f"{charset}; RDF/XML is read in {', '.join(CHARSETS)}"
        raise ProblemError("unsupported-charset", "This encoding is not supported", known, status=415)
    if charset not in {"utf-8", "utf8", "us-ascii"}:
        raise ProblemError("unsupported-charset", "RDF is read as UTF-8", charset, status=415)
    return media_type, None
