"""The Graph Store Protocol (SPARQL 1.1 Graph Store HTTP Protocol) as a plain ASGI application."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import aclosing
from typing import Final

from pyoxigraph import RdfFormat
from starlette.types import Receive, Scope, Send

from jwpgraph.http.bodies import body_chunks
from jwpgraph.http.conditional import entity_tags, not_modified
from jwpgraph.http.exchange import answer_problems, while_connected
from jwpgraph.http.headers import client_of, header, options, raw
from jwpgraph.http.negotiation import essence, negotiate_coding
from jwpgraph.http.parameters import parse_parameters
from jwpgraph.http.responses import Response
from jwpgraph.http.spool import Spool, SpooledPart, bad_multipart
from jwpgraph.problems import Problem
from jwpgraph.releases.changes import Change, DeleteGraph, Payload, PostGraph, PutGraph, Writer
from jwpgraph.releases.release import Release
from jwpgraph.settings import Settings
from jwpgraph.sparql import answering
from jwpgraph.sparql.answers import Answers
from jwpgraph.sparql.evaluation import QueryRequest
from jwpgraph.sparql.formats import GRAPH_TYPES, acceptable, format_names, not_acceptable
from jwpgraph.sparql.graph_names import GraphName, GraphNames
from jwpgraph.sparql.idempotency import Attempt, Attempts
from jwpgraph.sparql.writing import expected_release, require_writer, write, written, written_before
from jwpgraph.vocabulary import ASSERTED_GRAPH, ENTAILED_GRAPH

_METHODS: Final = "GET, HEAD, PUT, POST, DELETE, OPTIONS"
_MULTIPART: Final = "multipart/form-data"
_UPLOADS: Final = "uploads"
#: Seconds without a byte after which an upload counts as abandoned.
_IDLE: Final = 30.0
#: How often a condition on one graph is tried again because another graph was written meanwhile.
_TRIES: Final = 5


class GraphStore:
    """Reading and writing whole graphs, at ``/graph-store`` and below.

    Args:
        settings: limits, the token and the data directory, where uploads are spooled.
        answers: where graphs are read.
        current: gives the release being served.
        attempts: what writes were made before.
        writer: turns changes into releases; ``None`` makes the store read-only.
    """

    def __init__(
        self,
        settings: Settings,
        answers: Answers,
        current: Callable[[], Release],
        attempts: Attempts,
        writer: Writer | None = None,
    ) -> None:
        self._settings = settings
        self._answers = answers
        self._current = current
        self._attempts = attempts
        self._writer = writer
        self._names = GraphNames(settings.forwarded_allow_ips)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await answer_problems(self._route, scope, receive, send, [(b"x-query-id", answering.new_query_id())])

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        match scope["method"]:
            case "OPTIONS":
                await Response(204, raw(options(_METHODS)))(scope, receive, send)
            case "GET" | "HEAD":
                await while_connected(receive, self._get(self._named(scope), scope, send))
            case "PUT" | "POST":
                await self._store(scope, receive, send)
            case "DELETE":
                await self._delete(self._named(scope), scope, receive, send)
            case method:
                raise Problem(
                    "method-not-allowed",
                    "The method is not one of this resource's",
                    method,
                    status=405,
                    headers={"Allow": _METHODS},
                )

    def _named(self, scope: Scope) -> GraphName:
        name = self._names.of(scope)
        if name is None:
            raise Problem("graph-missing", "No graph is named", "Name one by the path, by ?graph= or by ?default.")
        return name

    # Reading

    async def _get(self, name: GraphName, scope: Scope, send: Send) -> None:
        release = self._current()
        if not (name.is_default or _exists(release, name)):
            raise _no_graph(name)
        accept, formats = header(scope, b"accept"), format_names(parse_parameters(scope["query_string"]))
        media_type = acceptable("graph", accept, formats)
        if media_type is None:
            raise not_acceptable(accept, formats, GRAPH_TYPES)
        wanted = negotiate_coding(header(scope, b"accept-encoding"), tuple(answering.available_codings()))
        etag = _tag(release, name, media_type, wanted)
        if not_modified(scope, etag):
            await answering.send_unchanged(send, etag, release.number)
            return
        query = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{name.iri}> {{ ?s ?p ?o }} }}"
        request = QueryRequest(query, solution_types=(), graph_types=(media_type,))
        answer = await self._answers.answer(request, client=client_of(scope))
        try:
            if answer.entry is None or answer.release_number != release.number:
                await answering.stream(answer, scope, send, cacheable=True)
                return
            body, coding = await self._answers.cache.encoded(answer.entry, wanted)
            etag = _tag(release, name, media_type, coding)
            response = answering.finished(body, coding, media_type, etag, release.number)
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
        _check_writable(name)
        _check_whole(scope)
        if header(scope, b"idempotency-key") is None:
            # What was done already is told again, whatever it changed; else there is no need to read the body.
            self._expected(name, scope)
        with Spool(self._settings.data_dir / _UPLOADS) as spool:
            parts = await self._spooled(spool, scope, receive)
            payloads = tuple(_payload(part, name) for part in parts)
            kind = PutGraph if scope["method"] == "PUT" else PostGraph
            types = [payload.media_type for payload in payloads]
            async with self._attempts.attempt(scope, types, [part.path for part in parts]) as attempt:
                await self._write(kind(name.iri, payloads), name, attempt, scope, receive, send)

    async def _delete(self, name: GraphName, scope: Scope, receive: Receive, send: Send) -> None:
        require_writer(scope, self._settings, self._writer)
        _check_writable(name)
        async with self._attempts.attempt(scope, ()) as attempt:
            release = self._current()
            if attempt.release is None and not _exists(release, name):
                if not name.is_default:
                    raise _no_graph(name)
                await Response(204, raw(written(release)))(scope, receive, send)
                return
            await self._write(DeleteGraph(name.iri), name, attempt, scope, receive, send)

    async def _write(
        self, change: Change, name: GraphName, attempt: Attempt, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if attempt.release is not None:
            await written_before(attempt)(scope, receive, send)
            return
        writer = require_writer(scope, self._settings, self._writer)
        message = f"{scope['method']} {name.iri} over HTTP"
        for tried in range(_TRIES):
            existed = _exists(self._current(), name)
            expected = self._expected(name, scope)
            created = not (existed or name.is_default or isinstance(change, DeleteGraph))
            request = attempt.answered_with(201 if created else 204, {"Location": name.url} if created else {})
            try:
                release = await write(
                    change, scope, receive, send, writer, message=message, expected=expected, attempt=attempt
                )
            except Problem as problem:
                # The release moved, but the graph that the condition is about may be what it was.
                if problem.slug == "release-moved" and tried + 1 < _TRIES:
                    continue
                raise
            if release is not None:
                await Response(request.status, raw(written(release) | request.headers))(scope, receive, send)
            return

    async def _spooled(self, spool: Spool, scope: Scope, receive: Receive) -> list[SpooledPart]:
        content_type = header(scope, b"content-type") or ""
        media_type, parameters = essence(content_type)
        chunks = body_chunks(scope, receive, limit=self._settings.upload_max_mb * 2**20, idle=_IDLE)
        async with aclosing(chunks):  # type: ignore[type-var]  # it is a generator
            if media_type != _MULTIPART:
                _rdf_type(content_type)
                return await spool.whole(chunks, content_type)
            if not parameters.get("boundary"):
                raise bad_multipart("the Content-Type names no boundary")
            parts = await spool.multipart(chunks, parameters["boundary"])
            if not parts:
                raise bad_multipart("it has no parts")
            return parts

    def _expected(self, name: GraphName, scope: Scope) -> int | None:
        """The release that the write's conditions are about, if it has any; they are checked."""
        release = self._current()
        condition = (header(scope, b"if-match") or "").strip()
        exists = _exists(release, name)
        if (header(scope, b"if-none-match") or "").strip() == "*":
            if exists:
                raise Problem("graph-exists", "The graph exists already", name.iri, status=412)
            return release.number
        if condition == "*":
            if not exists:
                raise Problem("graph-changed", "The graph does not exist", name.iri, status=412)
            return release.number
        own = f'"{_stem(release, name)}-'
        return expected_release(scope, release, *(tag for _, tag in entity_tags(condition) if tag.startswith(own)))


def _exists(release: Release, name: GraphName) -> bool:
    return name.iri in release.manifest.graphs and name.iri != ASSERTED_GRAPH


def _stem(release: Release, name: GraphName) -> str:
    """The part of a graph's entity tags that is the same in every format: what its statements are."""
    summary = release.manifest.graphs.get(name.iri)
    return f"g-{summary.digest[:24] if summary else 'empty'}"


def _tag(release: Release, name: GraphName, media_type: str, coding: str) -> str:
    form = hashlib.sha256(f"{media_type} {coding}".encode()).hexdigest()[:8]
    return f'"{_stem(release, name)}-{form}"'


def _check_writable(name: GraphName) -> None:
    if name.iri in {ENTAILED_GRAPH, ASSERTED_GRAPH}:
        raise Problem(
            "reserved-graph",
            "This graph is derived and cannot be written",
            f"{name.iri} is computed anew for every release",
            status=409,
        )


def _check_whole(scope: Scope) -> None:
    """Refuse a part of a graph, which would be taken for the whole of it (RFC 9110, section 14.5)."""
    if header(scope, b"content-range") is not None:
        raise Problem(
            "partial-write",
            "A part of a representation cannot be written",
            "Content-Range says that the body is a part; send the whole graph, or POST what is to be added.",
        )


def _no_graph(name: GraphName) -> Problem:
    return Problem("no-such-graph", "There is no such graph", name.iri, status=404)


def _payload(part: SpooledPart, name: GraphName) -> Payload:
    content_type = part.content_type
    if essence(content_type)[0] in {"", "application/octet-stream", "text/plain"} and "." in part.filename:
        form = RdfFormat.from_extension(part.filename.rpartition(".")[2].lower())
        content_type = form.media_type if form is not None else content_type
    return Payload(part.path, _rdf_type(content_type), name.base, part.filename or "the body")


def _rdf_type(content_type: str) -> str:
    """The media type of RDF that a Content-Type stands for.

    Raises:
        Problem: ``unsupported-media-type``, ``unsupported-charset`` (415).
    """
    media_type, parameters = essence(content_type)
    # text/plain was N-Triples once; today it is what a client says that knows no better.
    if media_type == "text/plain" or RdfFormat.from_media_type(media_type) is None:
        raise Problem(
            "unsupported-media-type",
            "The media type is not one of RDF's",
            f"{media_type or 'no Content-Type'}; send one of {', '.join((*GRAPH_TYPES, _MULTIPART))}",
            status=415,
            available=[*GRAPH_TYPES, _MULTIPART],
        )
    charset = parameters.get("charset", "utf-8").lower()
    if charset not in {"utf-8", "utf8", "us-ascii"}:
        raise Problem("unsupported-charset", "RDF is read as UTF-8", charset, status=415)
    return media_type
