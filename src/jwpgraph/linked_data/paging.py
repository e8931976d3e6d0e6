"""Links between the pages of a list: members of JSON, and the Link header (RFC 8288) for any format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Protocol, TypeVar
from urllib.parse import urlencode

from pydantic import Field
from starlette.requests import Request

from jwpgraph.entities.app_context import AppContext
from jwpgraph.http.api_model import ApiModel
from jwpgraph.linked_data.responses import format_link, get_raw_path

T = TypeVar("T")
_IS_URI: Final[dict[str, Any]] = {"format": "uri"}


class PageParameters(Protocol):
    """The parameters of a list that select a page."""

    @property
    def limit(self) -> int:
        """Return the number of rows on a page."""

    @property
    def offset(self) -> int:
        """Return the number of rows to skip."""

    @property
    def model_fields_set(self) -> set[str]:
        """Return the names of the parameters in the request."""


class PageLinks(ApiModel):
    """The pages before and after a page."""

    next: Annotated[str | None, Field(description="URL of the next page.", json_schema_extra=_IS_URI)] = None
    previous: Annotated[str | None, Field(description="URL of the previous page.", json_schema_extra=_IS_URI)] = None


def make_page_links(
    site: AppContext, request: Request, parameters: PageParameters, total: int, *, pinned: bool = True
) -> dict[str, str]:
    """Return the URLs of the pages around this one by relation: ``first``, ``last``, ``prev`` and ``next``.

    Args:
        site: the context.
        request: the request of this page.
        parameters: its limit and offset.
        total: the number of items on all pages.
        pinned: whether the pages name the release, because pages of different releases would not fit together.
    """
    limit, offset = parameters.limit, parameters.offset
    offsets = {"first": 0, "last": max(0, (total - 1) // limit * limit)}
    if offset > 0:
        offsets["prev"] = max(0, min(offset, total) - limit)
    if offset + limit < total:
        offsets["next"] = offset + limit
    kept = [(key, value) for key, value in request.query_params.multi_items() if key not in {"limit", "offset"}]
    release = {"release": site.release_number} if pinned and site.releases is not None else {}
    base = site.url(request, get_raw_path(request))
    return {
        relation: f"{base}?{urlencode([*kept, *{'limit': limit, 'offset': place, **release}.items()])}"
        for relation, place in offsets.items()
    }


def make_page_fields(links: Mapping[str, str]) -> dict[str, str]:
    """Return the members ``next`` and ``previous`` of a page, if there are such pages."""
    return {key: links[name] for key, name in (("next", "next"), ("previous", "prev")) if name in links}


def make_size_fields(parameters: PageParameters, total: int) -> dict[str, int]:
    """Return the members ``total``, ``limit`` and ``offset`` of a page."""
    return {"total": total, "limit": parameters.limit, "offset": parameters.offset}


def slice_page(items: Sequence[T], parameters: PageParameters) -> Sequence[T]:
    """Return the items on the page."""
    return items[parameters.offset : parameters.offset + parameters.limit]


def slice_requested(items: Sequence[T], parameters: PageParameters) -> Sequence[T]:
    """Return the page of a format that has all items unless the client asks for a page."""
    return slice_page(items, parameters) if {"limit", "offset"} & parameters.model_fields_set else items


def make_link_header(links: Mapping[str, str]) -> dict[str, str]:
    """Return the Link header of a page."""
    return {"Link": ", ".join(format_link(url, name) for name, url in links.items())}
