"""``/informea.svc``: the entity sets that InforMEA-style portals harvest, as OData-shaped JSON.

Understood are ``$top``, ``$skip``, ``$inlinecount=allpages`` (or ``$count=true``), ``$format=json`` and
``$filter=updated gt datetime'…'``; system query options that are not known are refused rather than ignored.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from jwpgraph.entities.app_context import AppContext
from jwpgraph.integrations.informea import InformeaFeed, format_odata_date, read_feed_nodes
from jwpgraph.linked_data.responses import conditional_response, to_json_bytes
from jwpgraph.problems import ProblemError

SETS: Final = ("Treaties", "Documents", "Decisions", "Meetings")
_ROOT: Final = "/informea.svc"
_JSON: Final = "application/json"
_OPTIONS: Final = {"$top", "$skip", "$orderby", "$inlinecount", "$count", "$format", "$filter", "$expand", "$callback"}
_SINCE: Final = re.compile(r"updated\s+(gt|ge)\s+datetime'([^']{10,30})'")
_LONGEST_PAGE: Final = 1000


def create_router(site: AppContext) -> APIRouter:
    """The service document, the entity sets and their entities."""
    router = APIRouter(prefix=_ROOT)

    async def answer(request: Request, document: Any) -> Response:
        async def make() -> tuple[bytes, Mapping[str, str]]:
            return to_json_bytes(document), {"DataServiceVersion": "2.0"}

        return await conditional_response(request, site, _JSON, make)

    async def service_document(request: Request) -> Response:
        return await answer(request, {"d": {"EntitySets": list(SETS)}})

    async def entity_set(request: Request, name: str) -> Response:
        bare, key = _split_name(name)
        entities = (await _get_feed(site, request)).entities(bare)
        root = site.url(request, _ROOT)
        if key is not None:
            found = next((entity for entity in entities if entity["id"] == key), None)
            if found is None:
                raise ProblemError("not-found", "There is no such entity", f"{bare}({key!r})", status=404)
            return await answer(request, {"d": _describe_entity(found, bare, root)})
        return await answer(request, {"d": _render_page(request, entities, bare, root)})

    router.add_api_route("", service_document, methods=["GET", "HEAD"], include_in_schema=False)
    router.add_api_route("/", service_document, methods=["GET", "HEAD"], include_in_schema=False)
    router.add_api_route("/{name:path}", entity_set, methods=["GET", "HEAD"], include_in_schema=False)
    return router


async def _get_feed(site: AppContext, request: Request) -> InformeaFeed:
    return InformeaFeed(await read_feed_nodes(site), _publication_time(site), lambda path: site.url(request, path))


def _publication_time(site: AppContext) -> datetime:
    release = site.served_release()
    return release.manifest.created if release else datetime.fromtimestamp(0, UTC)


def _split_name(name: str) -> tuple[str, str | None]:
    match = re.fullmatch(r"(\w+)(?:\('((?:[^']|'')*)'\))?", name.removesuffix("/"))
    if match is None or match[1] not in SETS:
        raise ProblemError(
            "not-found", "There is no such entity set", f"{name}; there are {', '.join(SETS)}", status=404
        )
    return match[1], None if match[2] is None else match[2].replace("''", "'")


def _render_page(request: Request, entities: list[dict[str, Any]], name: str, root: str) -> dict[str, Any]:
    options = request.query_params
    unknown = [option for option in options if option.startswith("$") and option not in _OPTIONS]
    if unknown:
        raise _bad_option_problem(unknown[0], "this service does not know it")
    if options.get("$format", "json").partition(";")[0] not in {"json", _JSON}:
        raise _bad_option_problem("$format", "answers are JSON")
    if "$filter" in options:
        entities = [entity for entity in entities if _passes_filter(entity, options["$filter"])]
    skip, top = (
        _parse_number(options.get("$skip"), "$skip", 0),
        _parse_number(options.get("$top"), "$top", _LONGEST_PAGE),
    )
    shown = entities[skip : skip + min(top, _LONGEST_PAGE)]
    page: dict[str, Any] = {"results": [_describe_entity(entity, name, root) for entity in shown]}
    if options.get("$inlinecount") == "allpages" or options.get("$count") == "true":
        page["__count"] = str(len(entities))
    return page


def _describe_entity(entity: dict[str, Any], name: str, root: str) -> dict[str, Any]:
    uri = f"{root}/{name}('{entity['id']}')"
    return {"__metadata": {"id": uri, "uri": uri, "type": f"informea.{name}"}, "protocolVersion": 1, **entity}


def _passes_filter(entity: dict[str, Any], condition: str) -> bool:
    match = _SINCE.fullmatch(condition.strip())
    try:
        since = datetime.fromisoformat(match[2]) if match else None
    except ValueError:
        since = None
    if match is None or since is None:
        raise _bad_option_problem("$filter", "only updated gt datetime'2026-01-01T00:00:00' is understood")
    limit = _parse_milliseconds(format_odata_date(since if since.tzinfo else since.replace(tzinfo=UTC)))
    updated = _parse_milliseconds(entity["updated"])
    return updated > limit if match[1] == "gt" else updated >= limit


def _parse_milliseconds(date: str) -> int:
    return int(date.removeprefix("/Date(").removesuffix(")/"))


def _parse_number(value: str | None, option: str, default: int) -> int:
    if value is None:
        return default
    if not (value.isascii() and value.isdecimal() and len(value) < 10):
        raise _bad_option_problem(option, "it takes a whole number that is not negative")
    return int(value)


def _bad_option_problem(option: str, why: str) -> ProblemError:
    return ProblemError("bad-query-option", "A query option is not usable", f"{option}: {why}", status=400)
