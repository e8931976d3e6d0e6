"""API route of changes since a release or a time."""

# Annotations are read by FastAPI at run time: they must not be postponed.

import asyncio
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import Query, Request
from pydantic import ConfigDict, Field
from starlette.responses import Response

from jwpgraph.api.routes import PREFIX, describe_read
from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.iri_mapping import iri_to_path
from jwpgraph.http.api_model import ApiModel
from jwpgraph.http.parameters import parse_release_number
from jwpgraph.linked_data.responses import format_link, send_json
from jwpgraph.linked_data.routing import ReadRouter, Site
from jwpgraph.problems import ProblemError
from jwpgraph.releases.entity_change_queries import EntityChange, EntityChangeReader
from jwpgraph.releases.entity_changes import format_moment

_NUMBER = re.compile(r"[0-9]{1,9}")
#: A date and time as RFC 3339, section 5.6, writes it.
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)
_CURSOR = re.compile(r"([0-9]{1,9})\.(\S+)")


class ChangeParameters(ApiModel):
    """Parameters of the list of changes."""

    model_config = ConfigDict(extra="forbid")

    since: str | None = Field(
        None,
        max_length=40,
        description="The release that you have, or a time (RFC 3339); without it, everything is listed.",
        examples=["1", "2026-11-29T12:00:00Z"],
    )
    release: str | None = Field(
        None, max_length=40, description="The release to read up to; default: the one that is served."
    )
    after: str | None = Field(None, max_length=2000, description="Start of the next page; taken from `next`.")
    limit: int = Field(100, ge=1, le=1000, description="Items on a page.")


class ChangeItem(ApiModel):
    """The last change of an entity."""

    id: str = Field(description="IRI of the entity.")
    change: Literal["created", "updated", "withdrawn"] = Field(
        description="The net change since `since`: an entity that you do not have is `created`."
    )
    release: int = Field(description="The release with its last change.")
    at: str = Field(
        description="When that release was published (RFC 3339).", json_schema_extra={"format": "date-time"}
    )
    data: str | None = Field(None, description="URL of its data; absent if it was withdrawn.")
    replaced_by: str | None = Field(None, description="The IRI to use instead of one that was withdrawn.")


class ChangeList(ApiModel):
    """Changed entities, by release and IRI."""

    since: int = Field(description="The release after which changes are listed; 0 for all.")
    release: int = Field(description="The release up to which they are listed; use it as `since` in the next request.")
    at: str = Field(
        description="When that release was published (RFC 3339).", json_schema_extra={"format": "date-time"}
    )
    total: int = Field(description="Number of changed entities on all pages.")
    limit: int
    items: list[ChangeItem]
    next: str | None = Field(None, description="URL of the next page; all pages cover the same releases.")


router = ReadRouter(prefix=PREFIX)


@router.read("/changes", **describe_read("list_changes", ChangeList, "List what changed since a release or a time"))
async def list_changes(request: Request, site: Site, parameters: Annotated[ChangeParameters, Query()]) -> Response:
    check_since(parameters.since)
    _parse_cursor(parameters.after)
    changes = site.require_changes()

    async def read() -> tuple[object, Mapping[str, str]]:
        document = await asyncio.to_thread(_make_document, site, request, changes, parameters)
        links = {"Link": format_link(document["next"], "next")} if document["next"] else {}
        return document, links

    return await send_json(request, site, read)


def _make_document(
    site: AppContext, request: Request, changes: EntityChangeReader, parameters: ChangeParameters
) -> dict[str, Any]:
    until = site.release_number if parameters.release is None else parse_release_number(parameters.release)
    if until > site.release_number:
        raise ProblemError("no-such-release", "There is no such release", f"release {until}", status=404)
    recorded = changes.releases(until)
    since = parse_since(parameters.since, changes, until)
    if 0 < since < recorded.first:
        detail = (
            f"Changes are recorded from release {recorded.first} on; what changed between release {since} and that is "
            "not known. Leave since out and read everything again."
        )
        raise ProblemError("changes-not-kept", "These changes are no longer available", detail, status=410)
    after = _parse_cursor(parameters.after)
    found = changes.list_changes(since, until, after, parameters.limit + 1)
    page, more = found[: parameters.limit], len(found) > parameters.limit
    following = None
    if more:
        cursor = f"{page[-1].release}.{page[-1].iri}"
        query = {"since": since, "release": until, "limit": parameters.limit, "after": cursor}
        following = f"{site.url(request, f'{PREFIX}/changes')}?{urlencode(query)}"
    return {
        "since": since,
        "release": until,
        "at": format_moment(recorded.published),
        "total": changes.count_changes(since, until),
        "limit": parameters.limit,
        "items": [_make_item(site, request, change) for change in page],
        "next": following,
    }


def _make_item(site: AppContext, request: Request, change: EntityChange) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": change.iri,
        "change": change.kind,
        "release": change.release,
        "at": format_moment(change.published),
    }
    if change.kind != "withdrawn":
        item["data"] = site.url(request, iri_to_path(change.iri, "data") or "")
    elif change.replaced_by:
        item["replaced_by"] = change.replaced_by
    return item


def check_since(text: str | None) -> None:
    """Raise if *text* is neither the number of a release nor a time.

    Raises:
        ProblemError: ``bad-since`` (422).
    """
    if text is not None and not (_NUMBER.fullmatch(text) or _MOMENT.fullmatch(text)):
        raise _make_bad_since_problem(text, "write the number of a release or a time such as 2026-11-29T12:00:00Z")


def parse_since(text: str | None, changes: EntityChangeReader, until: int) -> int:
    """Return the release that a client has, given by its number or by a time.

    Args:
        text: the parameter.
        changes: knows when releases were published.
        until: the release that is read up to.

    Raises:
        ProblemError: ``bad-since`` (422).
    """
    if text is None:
        return 0
    if _NUMBER.fullmatch(text):
        if int(text) > until:
            raise _make_bad_since_problem(text, f"the last release is {until}")
        return int(text)
    check_since(text)
    try:
        # The log of changes records times in microseconds.
        moment = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text.upper()))
        return changes.release_at(moment, until)
    except (ValueError, OverflowError):
        raise _make_bad_since_problem(text, "there is no such time") from None


def _make_bad_since_problem(text: str, detail: str) -> ProblemError:
    return ProblemError(
        "bad-since",
        "Neither a release number nor a time",
        f"since: {text!r}: {detail}",
        status=422,
        parameter="since",
        value=text,
    )


def _parse_cursor(text: str | None) -> tuple[int, str]:
    if text is None:
        return 0, ""
    cursor = _CURSOR.fullmatch(text)
    if cursor is None:
        detail = "after: take the address of the next page from next, as it stands there"
        raise ProblemError("bad-parameter", "A parameter has an invalid value", detail, status=422, parameter="after")
    return int(cursor[1]), cursor[2]
