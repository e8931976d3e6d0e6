"""Answers to requests for identifiers that were withdrawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from starlette.requests import Request
from starlette.responses import Response

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.iri_mapping import PathView, iri_to_path
from jwpgraph.entities.withdrawals import find_withdrawal
from jwpgraph.linked_data.responses import format_link


async def redirect_replaced(
    site: AppContext, request: Request, iris: Sequence[str], view: PathView = "id", extension: str = ""
) -> Response | None:
    """Return 301 to what replaces the first of *iris* that was withdrawn; None where none was.

    Args:
        site: where that is read from.
        request: what was asked.
        iris: spellings of one IRI.
        view: which view of the thing was asked for; it leads to the same view of the other.
        extension: with which file name extension.

    Raises:
        ProblemError: ``gone`` (410) for what was withdrawn without being replaced.
    """
    return await redirect_withdrawn(site, request, iris, lambda iri: iri_to_path(iri, view, extension))


async def redirect_withdrawn(
    site: AppContext, request: Request, iris: Sequence[str], locate: Callable[[str], str | None]
) -> Response | None:
    """As :func:`redirect_replaced`, where *locate* gives the path of an IRI in the interface that was asked."""
    withdrawal = await find_withdrawal(site, iris)
    if withdrawal is None:
        return None
    new = withdrawal.replaced_by
    if new is None:
        raise withdrawal.problem()
    path = locate(new)
    target = site.url(request, path) if path else new
    headers = {"Location": target, "Cache-Control": "public, no-cache", "Link": format_link(new, "canonical")}
    return Response(status_code=301, headers=headers)
