"""The SPARQL endpoint: the SPARQL 1.1 Protocol as an ASGI application.

A repeated request is answered by one look-up (:meth:`SparqlEndpoint.repeat`). Other requests are parsed, checked by the
guard, negotiated, and evaluated by the workers.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

import orjson
from starlette.types import ASGIApp, Receive, Scope, Send

from jwpgraph.http.access_tokens import Access
from jwpgraph.http.authorization import require_token
from jwpgraph.http.conditional_requests import is_not_modified, parse_entity_tags
from jwpgraph.http.headers import RawHeaders, encode_headers, get_client_address, get_header, make_options_headers
from jwpgraph.http.negotiation import negotiate, negotiate_coding
from jwpgraph.http.remembering import Remembered
from jwpgraph.http.request_lifecycle import run_while_connected, run_with_problems
from jwpgraph.http.request_origin import make_absolute_url
from jwpgraph.http.responses import CompleteResponse
from jwpgraph.problems import ProblemError
from jwpgraph.query_execution.limits import QueryLimits
from jwpgraph.query_execution.query_results import CacheEntry, QueryResult, QueryResults
from jwpgraph.query_execution.query_task import QueryRequest
from jwpgraph.query_execution.serialization import RESULTS_JSON, ResultKind, list_media_types
from jwpgraph.releases.changes import ReleaseWriter, SparqlUpdate
from jwpgraph.releases.release import Release
from jwpgraph.settings import Settings
from jwpgraph.sparql_protocol.idempotency import Attempt, Attempts
from jwpgraph.sparql_protocol.query_responses import (
    COMPLETE_CODINGS,
    GRAPH_TYPES,
    CachedResponse,
    choose_media_type,
    make_cached_response,
    make_content_type_header,
    make_not_acceptable_problem,
    make_query_id,
    rank_graph_types,
    send_unchanged,
    stream_result,
)
from jwpgraph.sparql_protocol.remote_queries import RemoteQueries
from jwpgraph.sparql_protocol.request_parser import (
    BODY_TYPES,
    DescriptionOperation,
    QueryOperation,
    UpdateOperation,
    read_operation,
)
from jwpgraph.sparql_protocol.service_description import ServiceDescription
from jwpgraph.sparql_protocol.unused_terms import UnusedTerms, make_unused_header
from jwpgraph.sparql_protocol.write_requests import (
    parse_expected_release,
    release_headers,
    require_writer,
    respond_to_repeat,
    write_change,
)
from jwpgraph.sparql_syntax.guard import Inspection, QueryForm, inspect_text, require_query, tokenize
from jwpgraph.sparql_syntax.tokenizer import LONG
from jwpgraph.sparql_syntax.update_rewriting import require_update, rewrite_update
from jwpgraph.tracing import digest_text, trace_block

ENDPOINT: Final = "/sparql"

_METHODS: Final = "GET, HEAD, POST, QUERY, OPTIONS"
_RUNNING: Final = "/running"
_HTML: Final = "text/html"
#: A graph that no release has.
_NO_GRAPH: Final = "urn:jwpgraph:none"
_KINDS: Final[dict[QueryForm, ResultKind]] = {
    "select": "solutions",
    "ask": "boolean",
    "construct": "graph",
    "describe": "graph",
}


class SparqlEndpoint:
    """Serves queries, updates, the Service Description and the list of running queries at ``/sparql`` and below.

    Args:
        settings: limits, token and allowed SERVICE endpoints.
        answers: evaluates queries.
        current: gives the release being served.
        attempts: the idempotency keys of earlier writes.
        writer: builds releases; ``None`` makes the endpoint read-only.
        editor_page: the page for browsers that send no query; by default the Service Description.
        earlier: opens a release that a query names; ``None`` if there is only the one being served.
    """

    def __init__(
        self,
        settings: Settings,
        answers: QueryResults,
        current: Callable[[], Release],
        attempts: Attempts,
        writer: ReleaseWriter | None = None,
        editor_page: ASGIApp | None = None,
        earlier: Callable[[int], Awaitable[tuple[QueryResults, Release]]] | None = None,
    ) -> None:
        self._settings = settings
        self._answers = answers
        self._current = current
        self._attempts = attempts
        self._writer = writer
        self._editor_page = editor_page
        self._earlier = earlier
        self._unused = UnusedTerms()
        # Long texts are checked one at a time: because of the GIL, two threads would not be faster.
        self._one_long_text = asyncio.Lock()
        self._remote: RemoteQueries | None = None
        if settings.sparql_backend and settings.sparql_pass_through:
            self._remote = RemoteQueries(settings.sparql_backend, QueryLimits.of(settings))
        self._stamped_release: Release | None = None
        self._known_stamp = ""
        # The same texts are sent repeatedly, also by POST, for which there is no shortcut.
        self._inspect_short = Remembered(partial(inspect_text, settings=settings), 512, LONG)

    async def aclose(self) -> None:
        """Close the connections to another endpoint."""
        if self._remote is not None:
            await self._remote.aclose()

    async def repeat(self, scope: Scope, send: Send) -> bool:
        """Answer a repeated request from the cache; return whether that was possible."""
        recalled = self._find_repeated(scope)
        if recalled is None:
            return False
        await recalled.send(scope, send)
        return True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await run_with_problems(self._route, scope, receive, send, [(b"x-query-id", make_query_id())])

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        below = scope["path"].partition(ENDPOINT)[2].removesuffix("/")
        method = scope["method"]
        if below == _RUNNING or below.startswith(_RUNNING + "/"):
            await self._administer(below.removeprefix(_RUNNING).removeprefix("/"), scope, receive, send)
        elif below:
            raise ProblemError("not-found", "Not found", scope["path"], status=404)
        elif method == "OPTIONS":
            headers = {**make_options_headers(_METHODS, "DELETE"), "Accept-Post": ", ".join(BODY_TYPES)}
            await CompleteResponse(204, encode_headers(headers))(scope, receive, send)
        elif method in {"GET", "HEAD", "POST", "QUERY"}:
            await self._operate(scope, receive, send)
        else:
            raise _make_method_problem(method, _METHODS)

    async def _operate(self, scope: Scope, receive: Receive, send: Send) -> None:
        operation = await read_operation(scope, receive, self._settings)
        match operation:
            case QueryOperation():
                await run_while_connected(receive, self._query(operation, scope, send))
            case UpdateOperation():
                await self._update(operation, scope, receive, send)
            case DescriptionOperation():
                await self._describe(operation, scope, receive, send)

    # Queries

    async def _query(self, operation: QueryOperation, scope: Scope, send: Send) -> None:
        inspection = await self._inspect(operation.text)
        require_query(inspection)
        try:
            request = self._request(operation, inspection, scope)
        except ProblemError:
            await self._require_valid(operation.text, inspection, scope)
            raise
        if operation.release is not None and operation.release != self._answers.pool.release_number:
            await self._query_earlier(operation.release, request, operation.text, inspection, scope, send)
            return
        kind = _KINDS.get(inspection.form)
        if self._remote is not None and kind is not None:
            await self._require_valid(operation.text, inspection, scope)
            await self._remote.answer(request, kind, scope, send, [(b"x-query-id", make_query_id())])
            return
        if inspection.cacheable and await self._unchanged(request, scope, send):
            return
        answer = await self._evaluate(self._answers, request, operation.text, inspection, scope)
        try:
            notes = await self._note_unused(self._answers, answer, inspection, scope)
            if inspection.cacheable and answer.entry is not None:
                await self._send_whole(answer, answer.entry, notes, scope, send, relative=inspection.relative)
            else:
                await stream_result(answer, scope, send, notes, cacheable=inspection.cacheable)
        finally:
            await answer.aclose()

    async def _require_valid(self, original: str, inspection: Inspection, scope: Scope) -> None:
        """Raise if a query that is not evaluated here is not valid; it is evaluated on an empty dataset."""
        if "service" in inspection.text.lower():
            return
        request = QueryRequest(
            text=inspection.text,
            default_graphs=(_NO_GRAPH,),
            base_iri=self._endpoint(scope) if inspection.relative else None,
            solution_types=(RESULTS_JSON,),
            graph_types=GRAPH_TYPES,
        )
        answer = await self._evaluate(self._answers, request, original, inspection, scope)
        await answer.aclose()

    async def _query_earlier(
        self, number: int, request: QueryRequest, original: str, inspection: Inspection, scope: Scope, send: Send
    ) -> None:
        """Answer a query from a release other than the one being served."""
        if self._earlier is None:
            raise ProblemError("no-such-release", "There is no such release", f"release {number}", status=404)
        answers, release = await self._earlier(number)
        answer = await self._evaluate(answers, request, original, inspection, scope)
        try:
            notes = await self._note_unused(answers, answer, inspection, scope)
            entry = answer.entry
            if not inspection.cacheable or entry is None:
                await stream_result(answer, scope, send, notes, cacheable=inspection.cacheable)
                return
            response = await _make_response(answers, entry, notes, scope, _make_stamp(release.etag))
            await response.send(scope, send, (answer.query_id or "").encode() or None)
        finally:
            await answer.aclose()

    async def _evaluate(
        self, answers: QueryResults, request: QueryRequest, original: str, inspection: Inspection, scope: Scope
    ) -> QueryResult:
        try:
            return await answers.answer(request, client=get_client_address(scope), cacheable=inspection.cacheable)
        except ProblemError as problem:
            if problem.slug == "query-syntax":
                if len(original) <= LONG:
                    # For an unclosed string the tokenizer gives a better position than the engine.
                    tokenize(inspection.text)
                if inspection.text != original:
                    problem.detail += " (counted with codepoint escapes decoded)"
            raise

    async def _note_unused(
        self, answers: QueryResults, answer: QueryResult, inspection: Inspection, scope: Scope
    ) -> RawHeaders:
        """Return the header about terms of the query that the release does not have."""
        return make_unused_header(await self._unused.find(answers, answer, inspection.text, get_client_address(scope)))

    def _request(self, operation: QueryOperation, inspection: Inspection, scope: Scope) -> QueryRequest:
        accept = get_header(scope, b"accept")
        kind = _KINDS.get(inspection.form)
        # The form is unknown for a text with a syntax error, which the engine will report.
        solution = choose_media_type(kind if kind == "boolean" else "solutions", accept, operation.formats)
        graph = rank_graph_types(accept, operation.formats)
        if kind is not None and not (graph if kind == "graph" else solution):
            raise make_not_acceptable_problem(accept, operation.formats, list(list_media_types(kind)))
        return QueryRequest(
            text=inspection.text,
            default_graphs=operation.default_graphs,
            named_graphs=operation.named_graphs,
            entailment=operation.entailment,
            base_iri=self._endpoint(scope) if inspection.relative else None,
            solution_types=(solution,) if solution and kind != "graph" else (),
            graph_types=graph if kind in ("graph", None) else (),
            timeout=operation.timeout,
        )

    async def _unchanged(self, request: QueryRequest, scope: Scope, send: Send) -> bool:
        condition = get_header(scope, b"if-none-match")
        if condition is None or scope["method"] not in {"GET", "HEAD", "QUERY"}:
            return False
        stamp = self._stamp(self._answers.pool.release_number)
        if stamp is None:
            return False
        tags = [_remove_stamp(tag, stamp) for _, tag in parse_entity_tags(condition)]
        tag = self._answers.find_valid_tag(request, [tag for tag in tags if tag is not None])
        if tag is None:
            return False
        await send_unchanged(send, _add_stamp(tag, stamp), self._answers.pool.release_number)
        return True

    async def _send_whole(
        self, answer: QueryResult, entry: CacheEntry, notes: RawHeaders, scope: Scope, send: Send, *, relative: bool
    ) -> None:
        stamp = self._stamp(answer.release_number) or "moved"
        response = await _make_response(self._answers, entry, notes, scope, stamp)
        # Only a request that comes a second time gets a shortcut.
        asked = _repeat_key(scope) if answer.query_task is None and not relative and stamp != "moved" else None
        if asked is not None:
            self._answers.cache.shorten(asked, entry, response, response.size + sum(map(len, asked)))
        await response.send(scope, send, (answer.query_id or "").encode() or None)

    def _find_repeated(self, scope: Scope) -> CachedResponse | None:
        asked = _repeat_key(scope)
        response = self._answers.cache.recall(asked) if asked is not None else None
        return response if isinstance(response, CachedResponse) else None

    def _stamp(self, release_number: int) -> str | None:
        """Return a stamp that identifies the current release across data directories; ``None`` if not current."""
        release = self._current()
        if release is not self._stamped_release:
            self._stamped_release, self._known_stamp = release, _make_stamp(release.etag)
        return self._known_stamp if release.number == release_number else None

    # Updates

    async def _update(self, operation: UpdateOperation, scope: Scope, receive: Receive, send: Send) -> None:
        require_writer(scope, self._settings, self._writer)
        asked = ("update", operation.text, *operation.using, "named", *operation.using_named)
        async with self._attempts.attempt(scope, asked) as attempt:
            if attempt.release is not None:
                await respond_to_repeat(attempt)(scope, receive, send)
            else:
                await self._attempt(attempt, operation, scope, receive, send)

    async def _attempt(
        self, attempt: Attempt, operation: UpdateOperation, scope: Scope, receive: Receive, send: Send
    ) -> None:
        writer = require_writer(scope, self._settings, self._writer)
        expected = parse_expected_release(scope, self._current())
        inspection = await self._inspect(operation.text)
        require_update(inspection)
        text = await asyncio.to_thread(rewrite_update, inspection, operation.using, operation.using_named)
        change = SparqlUpdate(text, self._endpoint(scope))
        message = "SPARQL Update over HTTP"
        release = await write_change(
            change, scope, receive, send, writer, message=message, expected=expected, attempt=attempt
        )
        if release is not None:
            await CompleteResponse(204, encode_headers(release_headers(release)))(scope, receive, send)

    # The Service Description

    async def _describe(self, operation: DescriptionOperation, scope: Scope, receive: Receive, send: Send) -> None:
        accept = get_header(scope, b"accept")
        wants_page = not operation.formats and negotiate(accept, (*GRAPH_TYPES, _HTML)) == _HTML
        if self._editor_page is not None and wants_page:
            await self._editor_page(scope, receive, send)
            return
        media_type = choose_media_type("graph", accept, operation.formats)
        if media_type is None:
            raise make_not_acceptable_problem(accept, operation.formats, GRAPH_TYPES)
        release, endpoint = self._current(), self._endpoint(scope)
        digest = hashlib.sha256(f"{endpoint} {media_type}".encode()).hexdigest()[:12]
        etag = f'{release.etag[:-1]}-sd-{digest}"'
        headers = {"ETag": etag, "Vary": "Accept", "Cache-Control": "public, no-cache"}
        headers["X-Release"] = str(release.number)
        if is_not_modified(scope, etag):
            await CompleteResponse(304, encode_headers(headers))(scope, receive, send)
            return
        writable = Access.of(self._settings).is_configured() and self._writer is not None
        description = ServiceDescription(endpoint, release, self._settings, writable)
        headers["Content-Type"] = make_content_type_header(media_type)
        await CompleteResponse(200, encode_headers(headers), description.serialize(media_type))(scope, receive, send)

    # Running queries

    async def _administer(self, query_id: str, scope: Scope, receive: Receive, send: Send) -> None:
        methods = "DELETE, OPTIONS" if query_id else "GET, HEAD, OPTIONS"
        method = scope["method"]
        if method == "OPTIONS":
            await CompleteResponse(204, encode_headers(make_options_headers(methods)))(scope, receive, send)
            return
        if method not in methods.split(", "):
            raise _make_method_problem(method, methods)
        require_token(scope, Access.of(self._settings), "admin")
        pool = self._answers.pool
        if not query_id:
            body = orjson.dumps({"queries": pool.describe_queries()})
            headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
            await CompleteResponse(200, encode_headers(headers), body)(scope, receive, send)
            return
        if not pool.cancel(query_id):
            raise ProblemError("no-such-query", "No such query is running", query_id, status=404)
        await CompleteResponse(204, encode_headers({"Cache-Control": "no-store"}))(scope, receive, send)

    # Helpers

    async def _inspect(self, text: str) -> Inspection:
        with trace_block("sparql parse") as current:
            if current is not None:
                current.set_attribute("jwpgraph.query_digest", digest_text(text))
            if len(text) > LONG:
                async with self._one_long_text:
                    return await asyncio.to_thread(inspect_text, text, self._settings)
            return self._inspect_short(text)

    def _endpoint(self, scope: Scope) -> str:
        path: str = scope["path"]
        return make_absolute_url(scope, path.partition(ENDPOINT)[0] + ENDPOINT, self._settings.forwarded_allow_ips)


async def _make_response(
    answers: QueryResults, entry: CacheEntry, notes: RawHeaders, scope: Scope, stamp: str
) -> CachedResponse:
    """Return the response for a complete result in the content coding that the client prefers."""
    wanted = negotiate_coding(get_header(scope, b"accept-encoding"), COMPLETE_CODINGS)
    body, coding = await answers.cache.encode(entry, wanted)
    etag = _add_stamp(entry.etag(coding), stamp)
    return make_cached_response(body, coding, entry.media_type, etag, entry.release_number, notes)


def _repeat_key(scope: Scope) -> tuple[str, bytes, bytes, bytes] | None:
    """Return the parts of a GET or HEAD request that determine its response; ``None`` for other requests."""
    if scope["method"] not in {"GET", "HEAD"} or not scope["query_string"]:
        return None
    accept = encoding = b""
    for name, value in scope["headers"]:
        if name == b"accept":
            accept += value + b","
        elif name == b"accept-encoding":
            encoding += value + b","
    return scope["path"], scope["query_string"], accept, encoding


def _make_stamp(release_etag: str) -> str:
    return release_etag.strip('"').rpartition("-")[2]


def _add_stamp(tag: str, stamp: str) -> str:
    return f'{tag[:-1]}.{stamp}"'


def _remove_stamp(tag: str, stamp: str) -> str | None:
    suffix = f'.{stamp}"'
    return f'{tag.removesuffix(suffix)}"' if tag.endswith(suffix) else None


def _make_method_problem(method: str, allowed: str) -> ProblemError:
    return ProblemError(
        "method-not-allowed", "The method is not allowed here", method, status=405, headers={"Allow": allowed}
    )
