"""Writes over HTTP: authorization, preconditions, and the response for a release or a refusal."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from pyoxigraph import RdfFormat, parse
from starlette.types import Receive, Scope, Send

from jwpgraph.http.access_tokens import Access
from jwpgraph.http.authorization import require_token
from jwpgraph.http.conditional_requests import is_precondition_failed
from jwpgraph.http.headers import encode_headers, get_header
from jwpgraph.http.negotiation import negotiate
from jwpgraph.http.problem_response import PROBLEM_JSON
from jwpgraph.http.request_bodies import ClientGoneError
from jwpgraph.http.request_lifecycle import wait_for_disconnect
from jwpgraph.http.responses import CompleteResponse
from jwpgraph.problems import ProblemError
from jwpgraph.releases.changes import ChangeAbandonedError, GraphChange, ReleaseWriter, SparqlUpdate
from jwpgraph.releases.release import Release
from jwpgraph.settings import Settings
from jwpgraph.sparql_protocol.idempotency import FINAL, Attempt
from jwpgraph.sparql_protocol.query_responses import GRAPH_TYPES, make_content_type_header
from jwpgraph.sparql_protocol.service_description import serialize_triples
from jwpgraph.sparql_syntax.syntax_errors import explain_evaluation_error, explain_syntax_error, is_unknown_function

_REPORT_OFFERS: Final = (PROBLEM_JSON, *GRAPH_TYPES)


def require_writer(scope: Scope, settings: Settings, writer: ReleaseWriter | None) -> ReleaseWriter:
    """Return the writer if the request is authorized.

    Raises:
        ProblemError: as :func:`.require_token`; ``read-only`` (403) also if there is no writer.
    """
    require_token(scope, Access.of(settings), "update")
    if writer is None:
        raise ProblemError("read-only", "This service is read-only", "It has no builder.", status=403)
    return writer


def parse_expected_release(scope: Scope, current: Release, *etags: str) -> int | None:
    """Check If-Match and return the release that the write expects, or ``None`` without If-Match.

    Args:
        scope: the request.
        current: the current release.
        etags: further current entity tags, such as those of a graph.

    Raises:
        ProblemError: ``release-moved`` (412).
    """
    if is_precondition_failed(scope, current.etag, *etags):
        raise ProblemError(
            "release-moved",
            "Another release has been published",
            f"If-Match does not match release {current.number}; read it and try again.",
            status=412,
            headers={"ETag": current.etag},
            current=current.number,
        )
    return current.number if get_header(scope, b"if-match") is not None else None


async def write_change(
    change: GraphChange,
    scope: Scope,
    receive: Receive,
    send: Send,
    writer: ReleaseWriter,
    *,
    message: str,
    expected: int | None,
    attempt: Attempt,
) -> Release | None:
    """Build and publish *change*.

    If the client disconnects while the change waits for other writes, it is dropped. A change that has been started is
    finished.

    Returns:
        The release; ``None`` if the change was refused and a validation report in RDF has been sent.

    Raises:
        ProblemError: as :meth:`.ReleaseWriter.write`.
        ClientGoneError: the client disconnected before the change was started.
    """
    leaving = asyncio.create_task(wait_for_disconnect(receive))
    try:
        if attempt.refusal is not None:
            raise attempt.refusal
        return await writer.write(
            change, message=message, expected=expected, request=attempt.request, wanted=lambda: not leaving.done()
        )
    except ChangeAbandonedError:
        raise ClientGoneError from None
    except ProblemError as problem:
        if attempt.refusal is None and problem.status in FINAL:
            attempt.refused = problem
        if problem.slug == "bad-update":
            attempt.refused = located = _locate_problem(problem, change)
            raise located from None
        report = _find_report_path(problem)
        if report is None:
            raise
        refusal = await _make_report_response(problem, report, scope)
        if refusal is None:
            raise
    finally:
        leaving.cancel()
    await refusal(scope, receive, send)
    return None


def release_headers(release: Release) -> dict[str, str]:
    """Return the response headers that identify the release of a write."""
    return {"ETag": release.etag, "X-Release": str(release.number), "Cache-Control": "no-store"}


def respond_to_repeat(attempt: Attempt) -> CompleteResponse:
    """Return the response for a repeated request that has already been executed."""
    return CompleteResponse(attempt.request.status, encode_headers(attempt.headers))


def _locate_problem(problem: ProblemError, change: GraphChange) -> ProblemError:
    text = change.text if isinstance(change, SparqlUpdate) else ""
    if is_unknown_function(problem.detail):
        fault = explain_evaluation_error(problem.detail, text)
    else:
        fault = explain_syntax_error(problem.detail, text, update=True)
    if fault.line is None:
        return problem
    members = {**problem.members, "line": fault.line, "column": fault.column}
    return ProblemError(problem.slug, problem.title, fault.detail, status=problem.status, **members)


def _find_report_path(problem: ProblemError) -> Path | None:
    if problem.slug != "not-valid":
        return None
    # Remove the path: clients must not see paths of the server.
    path = problem.members.pop("report", None) or getattr(problem, "report_path", None)
    return Path(path) if path else None


async def _make_report_response(problem: ProblemError, report: Path, scope: Scope) -> CompleteResponse | None:
    """Return the SHACL report as RDF if the client prefers an RDF format to a problem document, else ``None``."""
    media_type = negotiate(get_header(scope, b"accept"), _REPORT_OFFERS)
    if media_type is None or media_type == PROBLEM_JSON:
        return None
    body = await asyncio.to_thread(_convert_report, report, media_type)
    link = f'<{problem.type}>; rel="type"'
    headers = {
        "Content-Type": make_content_type_header(media_type),
        "Cache-Control": "no-store",
        "Vary": "Accept",
        "Link": link,
    }
    return CompleteResponse(problem.status, encode_headers(headers), body)


def _convert_report(report: Path, media_type: str) -> bytes:
    triples = [quad.triple for quad in parse(path=str(report), format=RdfFormat.TURTLE)]
    return serialize_triples(triples, media_type)
