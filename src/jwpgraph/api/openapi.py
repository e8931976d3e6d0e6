"""The OpenAPI document, with examples taken from the responses of the served release."""

from __future__ import annotations

from copy import copy
from typing import Any, Final

import orjson
from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import Message, Scope

from jwpgraph import __version__
from jwpgraph.api.models import MODELS
from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.entity_index import get_entity_index
from jwpgraph.entities.iri_mapping import get_slug
from jwpgraph.entities.list_filters import RESOURCES, ListResource
from jwpgraph.linked_data.responses import choose_media_type, send_conditionally
from jwpgraph.linked_data.routing import ReadRouter

_PATH = "/api/openapi.json"
#: Placeholder for the base URL in cached examples; replaced for each request.
_NOWHERE = "http://jwpgraph.invalid"
_DESCRIPTION = """The CMS–CITES Joint Work Programme as a linked-data knowledge graph.

Answers are JSON that is JSON-LD as well: keys are defined in `/context.jsonld`, every thing has its IRI in `id`, and
a short name, its `notation` or the whole IRI can be given wherever a parameter names a thing. An answer carries the
release it was read from as its `ETag`; send it back as `If-None-Match`. Errors are `application/problem+json`."""
#: Entities that serve as examples of their type, because the first of the list has fewer fields.
_EXAMPLE_SLUGS = {
    "activity": "D4",
    "instrument": "saiga-mou",
    "body": "iccwc",
    "programme": "mikes",
    "tool": "informea",
}

#: Paths that do not read from one release, or that name releases themselves.
_NOT_OF_A_RELEASE: Final = ("/api/v1/changes", "/api/v1/releases", "/api/v1/validation")
_RELEASE: Final = {
    "name": "release",
    "in": "query",
    "required": False,
    "description": "The number of an earlier release to read from, of those that are kept.",
    "schema": {"type": "integer", "minimum": 1, "maximum": 999_999_999},
}
_HEADERS: Final = {
    "ETag": {
        "description": "The state of the answer, for If-None-Match and, of records, If-Match.",
        "schema": {"type": "string"},
    },
    "X-Release": {"description": "The number of the release that was read.", "schema": {"type": "integer"}},
    "Link": {"description": "The neighbouring pages (RFC 8288).", "schema": {"type": "string"}},
}
_PROBLEM: Final = {
    "type": "object",
    "title": "Problem",
    "description": "A problem document (RFC 9457); its type is described in docs/problems.md.",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
    },
}


class OpenApiDocument:
    """The OpenAPI document of the routes of *routers*.

    Args:
        site: what the examples are read from.
        routers: the routers of the API.
    """

    def __init__(self, site: AppContext, *routers: APIRouter) -> None:
        self._site = site
        self._routers = routers
        self._facade = FastAPI(openapi_url=None)
        self._facade.state.site = site
        for router in routers:
            self._facade.router.routes.extend(router.routes)

    def router(self) -> ReadRouter:
        """Return the route of the document."""
        router = ReadRouter()

        @router.read_undocumented(_PATH)
        async def openapi(request: Request) -> Response:
            media_type = choose_media_type(request, ("application/json", "application/vnd.oai.openapi+json"))

            async def make() -> tuple[bytes, dict[str, str]]:
                return await self.serialize(request), {}

            return await send_conditionally(request, self._site, media_type, make)

        return router

    async def serialize(self, request: Request) -> bytes:
        """Return the document as JSON, with the base URL that the client of *request* uses."""
        kept = await self._site.once_per_release("openapi", self._make)
        return kept.replace(_NOWHERE.encode(), self._site.url(request, "").encode())

    async def document(self, request: Request) -> dict[str, Any]:
        """Return the document."""
        found: dict[str, Any] = orjson.loads(await self.serialize(request))
        return found

    async def _make(self) -> bytes:
        document = get_openapi(
            title="jwpgraph",
            version=__version__,
            description=_DESCRIPTION,
            routes=[_remove_head(route) for router in self._routers for route in router.routes],
            servers=[{"url": _NOWHERE}],
            license_info={"name": "MIT", "identifier": "MIT"},
        )
        for path in document["paths"].values():
            if "get" in path:
                path["get"]["responses"].setdefault("200", {})
        document["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        # Only operations that say so need a token (OpenAPI 3.1, section 4.8.1).
        document["security"] = []
        operations = [operation for path in document["paths"].values() for operation in path.values()]
        tags = dict.fromkeys(tag for operation in operations for tag in operation["tags"])
        document["tags"] = [{"name": tag} for tag in tags]
        _declare_release(document)
        for resource in RESOURCES.values():
            await self._add_examples(document, resource)
        _declare_json_ld(document)
        _declare_problems(document)
        _declare_headers(document)
        return orjson.dumps(document)

    async def _add_examples(self, document: dict[str, Any], resource: ListResource) -> None:
        path = f"/api/v1/{resource.kind.plural}"
        listing, showing = document["paths"][path]["get"], document["paths"][path + "/{name}"]["get"]
        for parameter in listing["parameters"]:
            link = resource.filters.get(parameter["name"])
            known = await get_entity_index(self._site, link.kind) if link else None
            if known and known.nodes:
                parameter["example"] = known.examples(1)
        things = await get_entity_index(self._site, resource.kind)
        if not things.nodes:
            return
        wanted = things.resolve(_EXAMPLE_SLUGS.get(resource.kind.segment, "")) or things.nodes
        name = wanted[0].notation or get_slug(wanted[0].iri)
        next(one for one in showing["parameters"] if one["name"] == "name")["example"] = name
        next(one for one in listing["parameters"] if one["name"] == "limit")["example"] = 1
        if resource.kind.segment in MODELS:
            _get_ok_response(listing)["example"] = await self._ask(path, "limit=1")
            _get_ok_response(showing)["example"] = await self._ask(f"{path}/{name}")

    async def _ask(self, path: str, query: str = "") -> Any:
        """Return the response of the API, requested within this process."""
        scope: Scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [(b"host", _NOWHERE.removeprefix("http://").encode())],
            "client": None,
            "server": None,
        }
        body = bytearray()

        async def send(message: Message) -> None:
            body.extend(message.get("body", b""))

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        await self._facade(scope, receive, send)
        return orjson.loads(body)


def _remove_head(route: BaseRoute) -> BaseRoute:
    """Return *route* without HEAD, which is GET without a body."""
    found = copy(route)
    if isinstance(found, APIRoute):
        found.methods = (found.methods or set()) - {"HEAD"}
    return found


def _get_ok_response(operation: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = operation["responses"]["200"]["content"]["application/json"]
    return found


def _declare_release(document: dict[str, Any]) -> None:
    """Declare the parameter ``release`` for every operation that reads a release; the server evaluates it."""
    for name, path in document["paths"].items():
        if "get" in path and not name.startswith(_NOT_OF_A_RELEASE):
            path["get"].setdefault("parameters", []).append(_RELEASE)


def _declare_json_ld(document: dict[str, Any]) -> None:
    for name, path in document["paths"].items():
        content = path.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        if name.split("/")[3:4] and name.split("/")[3] in RESOURCES and "application/json" in content:
            content["application/ld+json"] = {"schema": content["application/json"]["schema"]}


def _declare_headers(document: dict[str, Any]) -> None:
    """Declare the headers of what is read; lists have the neighbouring pages in ``Link`` as well."""
    for path in document["paths"].values():
        if "get" in path:
            names = ["ETag", "X-Release"]
            if {"limit", "offset"} <= {one["name"] for one in path["get"].get("parameters", [])}:
                names.append("Link")
            path["get"]["responses"]["200"]["headers"] = {name: _HEADERS[name] for name in names}


def _declare_problems(document: dict[str, Any]) -> None:
    """Declare problem responses for every operation, instead of the validation errors that FastAPI declares."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = _PROBLEM
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path in document["paths"].values():
        for operation in path.values():
            if operation.get("parameters") or "requestBody" in operation:
                operation["responses"]["422"] = {"description": "A parameter or a field is wrong.", "content": content}
            operation["responses"]["default"] = {"description": "What went wrong (RFC 9457).", "content": content}
            for status, response in operation["responses"].items():
                if status.startswith(("4", "5")):
                    response.setdefault("content", content)
