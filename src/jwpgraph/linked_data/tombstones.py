"""Withdrawn identifiers: replaced by others, or gone, according to the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import Response

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.iri_mapping import PathView, iri_to_path
from jwpgraph.linked_data.responses import format_link
from jwpgraph.problems import ProblemError
from jwpgraph.vocabulary import PREFIXES

_QUERY = f"""
SELECT ?old ?new WHERE {{
  {{ ?old <{PREFIXES["dcterms"]}isReplacedBy> ?new }}
  UNION {{ ?old <{PREFIXES["owl"]}deprecated> true }}
}}"""


async def _read_tombstones(site: AppContext) -> Mapping[str, str | None]:
    """Return the replacement of each withdrawn identifier; ``None`` if there is none."""

    async def read() -> dict[str, str | None]:
        found: dict[str, str | None] = {}
        for row in sorted(await site.queries.select(_QUERY), key=lambda row: row["new"].value if "new" in row else ""):
            old, new = row["old"].value, row["new"].value if "new" in row else None
            found[old] = found.get(old) or new
        return found

    return await site.once_per_release("given up", read)


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
        ProblemError: ``gone`` (410) if the data deprecate the identifier without naming a replacement.
    """
    given_up = await _read_tombstones(site)
    old = next((iri for iri in iris if iri in given_up), None)
    if old is None:
        return None
    new, passed = given_up[old], {old}
    while new is not None and new in given_up and new not in passed:
        passed.add(new)
        new = given_up[new]
    if new is None:
        detail = f"{old} is deprecated, and nothing is said to replace it. Earlier releases may still describe it."
        raise ProblemError("gone", "This identifier is no longer used", detail, status=410)
    path = iri_to_path(new, view, extension)
    target = site.url(request, path) if path else new
    headers = {"Location": target, "Cache-Control": "public, no-cache", "Link": format_link(new, "canonical")}
    return Response(status_code=301, headers=headers)
