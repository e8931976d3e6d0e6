"""Responses to requests for withdrawn identifiers."""

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
    """Return a 301 redirect to the replacement of the first withdrawn one of *iris*; ``None`` if none is withdrawn.

    Args:
        site: the context.
        request: the request.
        iris: spellings of one IRI.
        view: the requested view of the entity; the redirect leads to the same view.
        extension: the requested file name extension.

    Raises:
        ProblemError: ``gone`` (410) if the entity was withdrawn without a replacement.
    """
    return await redirect_withdrawn(site, request, iris, lambda iri: iri_to_path(iri, view, extension))


async def redirect_withdrawn(
    site: AppContext, request: Request, iris: Sequence[str], locate: Callable[[str], str | None]
) -> Response | None:
    """Return a redirect as :func:`redirect_replaced`, with *locate* as the mapping from IRIs to paths."""
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
