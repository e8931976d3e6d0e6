"""A write over HTTP: who may, on which state, and how the release or the refusal is told."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from pyoxigraph import RdfFormat, parse
from starlette.types import Receive, Scope, Send

from jwpgraph.http.authorization import require_token
from jwpgraph.http.bodies import ClientGoneError
from jwpgraph.http.conditional import precondition_failed
from jwpgraph.http.exchange import disconnected
from jwpgraph.http.headers import header, raw
from jwpgraph.http.negotiation import negotiate
from jwpgraph.http.problem_response import PROBLEM_JSON
from jwpgraph.http.responses import Response
from jwpgraph.problems import Problem
from jwpgraph.releases.changes import Change, Unwanted, Update, Writer
from jwpgraph.releases.release import Release
from jwpgraph.settings import Settings
from jwpgraph.sparql.formats import GRAPH_TYPES, content_type
from jwpgraph.sparql.idempotency import Attempt
from jwpgraph.sparql.service_description import serialize_triples
from jwpgraph.sparql.syntax_errors import explain

#: What a change is refused with for what it is, and would be again: it is no RDF or SPARQL, or does not conform.
_FINAL: Final = frozenset({400, 422})
_REPORT_OFFERS: Final = (PROBLEM_JSON, *GRAPH_TYPES)


def require_writer(scope: Scope, settings: Settings, writer: Writer | None) -> Writer:
    """The writer, for who carries the token.

    Raises:
        Problem: as :func:`require_token`; ``read-only`` (403) also where nobody writes here.
    """
    require_token(scope, settings.admin_token)
    if writer is None:
        raise Problem("read-only", "This service is read-only", "It serves what another one writes.", status=403)
    return writer


def expected_release(scope: Scope, current: Release, *etags: str) -> int | None:
    """The release that an If-Match names, as a condition of the write.

    Args:
        scope: the request.
        current: the release being served.
        etags: further entity tags that hold now, such as those of one graph.

    Raises:
        Problem: ``release-moved`` (412).
    """
    if precondition_failed(scope, current.etag, *etags):
        raise Problem(
            "release-moved",
            "The release has moved on",
            f"If-Match names another state than release {current.number}; read it and try again.",
            status=412,
            headers={"ETag": current.etag},
            current=current.number,
        )
    return current.number if header(scope, b"if-match") is not None else None


async def write(
    change: Change,
    scope: Scope,
    receive: Receive,
    send: Send,
    writer: Writer,
    *,
    message: str,
    expected: int | None,
    attempt: Attempt,
) -> Release | None:
    """The release that *change* became; ``None`` where it was refused and the client has been told as RDF.

    A client that goes away while others write gives up its turn. What has begun is finished: half a write is no better
    for nobody waiting.

    Raises:
        Problem: as :meth:`Writer.write`.
        ClientGoneError: nobody waits for it any more.
    """
    leaving = asyncio.create_task(disconnected(receive))
    try:
        if attempt.refusal is not None:
            raise attempt.refusal
        return await writer.write(
            change, message=message, expected=expected, request=attempt.request, wanted=lambda: not leaving.done()
        )
    except Unwanted:
        raise ClientGoneError from None
    except Problem as problem:
        if attempt.refusal is None and problem.status in _FINAL:
            attempt.refused = problem
        if problem.slug == "bad-update":
            attempt.refused = located = _located(problem, change)
            raise located from None
        report = _report_path(problem)
        if report is None:
            raise
        refusal = await _report_response(problem, report, scope)
        if refusal is None:
            raise
    finally:
        leaving.cancel()
    await refusal(scope, receive, send)
    return None


def written(release: Release) -> dict[str, str]:
    """The headers that tell which release a write became."""
    return {"ETag": release.etag, "X-Release": str(release.number), "Cache-Control": "no-store"}


def written_before(attempt: Attempt) -> Response:
    """The answer to a request that has been done already."""
    return Response(attempt.request.status, raw(attempt.headers))


def _located(problem: Problem, change: Change) -> Problem:
    fault = explain(problem.detail, change.text if isinstance(change, Update) else "")
    if fault.line is None:
        return problem
    members = {**problem.members, "line": fault.line, "column": fault.column}
    return Problem(problem.slug, problem.title, fault.detail, status=problem.status, **members)


def _report_path(problem: Problem) -> Path | None:
    if problem.slug != "not-valid":
        return None
    # Not for the client: a path of the server's.
    named = problem.members.pop("report", None) or getattr(problem, "report_path", None)
    return Path(named) if named else None


async def _report_response(problem: Problem, report: Path, scope: Scope) -> Response | None:
    """The SHACL report in the RDF format that the client prefers to a problem document, if it prefers one."""
    media_type = negotiate(header(scope, b"accept"), _REPORT_OFFERS)
    if media_type is None or media_type == PROBLEM_JSON:
        return None
    body = await asyncio.to_thread(_converted, report, media_type)
    link = f'<{problem.type}>; rel="type"'
    headers = {"Content-Type": content_type(media_type), "Cache-Control": "no-store", "Vary": "Accept", "Link": link}
    return Response(problem.status, raw(headers), body)


def _converted(report: Path, media_type: str) -> bytes:
    triples = [quad.triple for quad in parse(path=str(report), format=RdfFormat.TURTLE)]
    return serialize_triples(triples, media_type)
