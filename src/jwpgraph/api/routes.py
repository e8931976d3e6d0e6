"""The routes of the API: for each entity type a list, and the single entities."""

# Annotations are read by FastAPI at run time and name parameter models made here: they must not be postponed.

import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field, create_model
from starlette.responses import Response

from jwpgraph.api.models import MODELS, Page, Thing
from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.description import EntityDescription, LinkPage, describe, describe_all
from jwpgraph.entities.entity_index import get_entity_index
from jwpgraph.entities.entity_types import BY_SEGMENT, EntityType
from jwpgraph.entities.iri_mapping import get_slug, get_type_segment, iri_to_path, path_to_iris
from jwpgraph.entities.list_filters import RESOURCES, ListResource
from jwpgraph.entities.listing import ListParameters, make_parameters_model, select_entities
from jwpgraph.http.api_model import ApiModel
from jwpgraph.linked_data.compaction import JsonLdCompactor
from jwpgraph.linked_data.json_ld_context import find_property_iri
from jwpgraph.linked_data.paging import make_link_header, make_page_fields, make_page_links, make_size_fields
from jwpgraph.linked_data.responses import (
    JSON_TYPES,
    choose_media_type,
    format_link,
    get_raw_path,
    make_content_tag,
    make_last_modified,
    send_conditionally,
    to_json_bytes,
)
from jwpgraph.linked_data.routes import CONTEXT_PATH
from jwpgraph.linked_data.routing import ReadRouter, Site
from jwpgraph.linked_data.tombstones import redirect_withdrawn
from jwpgraph.problems import ProblemError
from jwpgraph.programme.record_models import KINDS as RECORD_KINDS
from jwpgraph.releases.entity_changes import format_moment

PREFIX = "/api/v1"
#: Lists whose entities have a route of their own, with more than their statements.
_SHOWN_ELSEWHERE = {"countries"}
#: Entity types that can be written through the API.
_RECORDS = {model.segment for model in RECORD_KINDS.values()}

Endpoint = Callable[..., Awaitable[Response]]


class ShowParameters(ApiModel):
    """Parameters of one entity."""

    model_config = ConfigDict(extra="forbid")

    incoming: str | None = Field(None, description="Property whose incoming links to page through.")
    incoming_offset: int = Field(0, ge=0, le=10_000_000, description="Links to skip.")


def describe_read(operation: str, model: type[BaseModel], summary: str) -> dict[str, Any]:
    """Return the documentation of a route for reading, with the errors that every such route has."""
    errors = {
        404: "Not found.",
        410: "It was withdrawn.",
        406: "Not in that format.",
        422: "A parameter is wrong.",
    }
    return {
        "operation_id": operation,
        "summary": summary,
        "response_model": model,
        "responses": {
            301: {"description": "It was replaced by another."},
            304: {"description": "You have it already."},
            **{status: {"description": text} for status, text in errors.items()},
        },
        "tags": [re.sub(r"^(list|show)_", "", operation)],
    }


@cache
def _make_page_model(segment: str, class_name: str) -> type[BaseModel]:
    thing = MODELS.get(segment, Thing)
    return create_model(f"{class_name}Page", __base__=Page, items=(list[thing], ...))  # type: ignore[valid-type]


def _describe_list(resource: ListResource) -> dict[str, Any]:
    kind = resource.kind
    model = _make_page_model(kind.segment, kind.class_name)
    return describe_read(f"list_{kind.plural.replace('-', '_')}", model, f"List {kind.plural_label.lower()}")


def _describe_show(resource: ListResource) -> dict[str, Any]:
    kind = resource.kind
    name = kind.singular_label.lower()
    article = "an" if name[0] in "aeiou" else "a"
    model = MODELS.get(kind.segment, Thing)
    return describe_read(f"show_{kind.plural.replace('-', '_')}", model, f"Show {article} {name}")


def _make_list_endpoint(resource: ListResource) -> Endpoint:
    async def endpoint(request: Request, site: Site, parameters: ListParameters) -> Response:
        media_type = choose_media_type(request, JSON_TYPES)

        async def make() -> tuple[bytes, Mapping[str, str]]:
            selection = await select_entities(site, resource, parameters)
            descriptions = await describe_all(site, selection.iris)
            changes = await site.last_changes(one.node.iri for one in descriptions)
            pages = make_page_links(site, request, parameters, selection.total)
            document = {
                "@context": site.url(request, CONTEXT_PATH),
                "id": _list_url(site, request),
                "type": "Collection",
                **make_size_fields(parameters, selection.total),
                **make_page_fields(pages),
                "items": [
                    {**JsonLdCompactor(one).document(), **_tell_updated(changes.get(one.node.iri))}
                    for one in descriptions
                ],
            }
            return to_json_bytes(document), make_link_header(pages)

        return await send_conditionally(request, site, media_type, make)

    endpoint.__annotations__["parameters"] = Annotated[make_parameters_model(resource.kind.plural), Query()]
    return endpoint


def _make_show_endpoint(resource: ListResource) -> Endpoint:
    async def endpoint(
        request: Request,
        site: Site,
        name: Annotated[str, Path(description="Its slug (with or without its programme) or its notation.")],
        parameters: Annotated[ShowParameters, Query()],
    ) -> Response:
        media_type = choose_media_type(request, JSON_TYPES)
        iris = await _resolve_iris(site, request, resource.kind, name)
        if moved := await redirect_withdrawn(site, request, iris, find_api_path):
            return moved
        path = iri_to_path(iris[0], "data") or ""

        async def make() -> tuple[bytes, Mapping[str, str]]:
            description = await describe(site, iris, parse_link_page(parameters))
            if description is None:
                raise await make_unknown_name_problem(site, resource.kind, name)
            changed = (await site.last_changes(iris)).get(description.node.iri)
            document = make_document(site, request, resource.kind, description, changed)
            body, more = render_document(document, changed)
            if resource.kind.segment in _RECORDS:
                # If-Match of a write requires a strong tag: the one that contains the number of the release.
                more = {name: value for name, value in more.items() if name != "ETag"}
            return body, more

        headers = {
            "Link": ", ".join(
                [
                    format_link(iris[0], "canonical"),
                    format_link(site.url(request, iri_to_path(iris[0], "doc") or ""), "alternate", type="text/html"),
                    format_link(site.url(request, path + ".ttl"), "alternate", type="text/turtle"),
                ]
            )
        }
        return await send_conditionally(request, site, media_type, make, headers)

    return endpoint


async def _resolve_iris(site: AppContext, request: Request, kind: EntityType, name: str) -> tuple[str, ...]:
    """Return the IRIs that the last part of the address may denote."""
    raw_name = get_raw_path(request).removeprefix(f"{PREFIX}/{kind.plural}/")
    exact = path_to_iris(f"/id/{kind.segment}/{raw_name}")
    known = (await get_entity_index(site, kind)).resolve(name)
    if len(known) > 1 and not any(node.iri in exact for node in known):
        raise ProblemError(
            "ambiguous-name",
            "The name is ambiguous",
            f"{name!r} may be {' or '.join(get_slug(node.iri) for node in known)}.",
            status=404,
            choices=[node.iri for node in known],
        )
    return (known[0].iri,) if len(known) == 1 else exact


async def make_unknown_name_problem(site: AppContext, kind: EntityType, name: str) -> ProblemError:
    """Return the problem for an unknown *name*, with similar names."""
    known = await get_entity_index(site, kind)
    near = known.near(name)
    hint = f" Did you mean {' or '.join(node.notation or get_slug(node.iri) for node in near)}?" if near else ""
    return ProblemError(
        "not-found",
        "Not found",
        f"The release has no {kind.singular_label.lower()} {name!r}.{hint}",
        status=404,
        near=[JsonLdCompactor.reference(node) for node in near],
    )


def _tell_updated(changed: datetime | None) -> dict[str, str]:
    return {"updated": format_moment(changed)} if changed else {}


def parse_link_page(parameters: ShowParameters) -> LinkPage | None:
    """Return the page of incoming links that the parameters select."""
    if parameters.incoming is None:
        return None
    predicate = find_property_iri(parameters.incoming)
    if predicate is None:
        raise ProblemError(
            "unknown-value",
            "A filter has an unknown value",
            f"incoming: there is no property {parameters.incoming!r}.",
            status=422,
            parameter="incoming",
            value=parameters.incoming,
        )
    return LinkPage(predicate, parameters.incoming_offset)


def find_api_path(iri: str) -> str | None:
    """Return the path of an entity in the API; ``None`` if it has none."""
    kind = BY_SEGMENT.get(get_type_segment(iri) or "")
    if kind is None or kind.plural not in RESOURCES:
        return None
    return f"{PREFIX}/{kind.plural}/{(iri_to_path(iri) or '').removeprefix(f'/id/{kind.segment}/')}"


def render_document(document: dict[str, Any], changed: datetime | None) -> tuple[bytes, Mapping[str, str]]:
    """Return the document about one entity, and its headers.

    The entity tag is the same in every release with the same document.
    """
    content = to_json_bytes({key: value for key, value in document.items() if key != "release"})
    return to_json_bytes(document), {"ETag": make_content_tag(content, weak=True), **make_last_modified(changed)}


def make_document(
    site: AppContext,
    request: Request,
    kind: EntityType,
    description: EntityDescription,
    changed: datetime | None = None,
) -> dict[str, Any]:
    """Return an entity as JSON: its statements, incoming links and other representations.

    Args:
        site: where it was read from.
        request: what was asked.
        kind: its type.
        description: what the graph says about it.
        changed: when it changed last, where that is known.
    """
    iri = description.node.iri
    compactor = JsonLdCompactor(description)
    body = compactor.document()
    context: Any = site.url(request, CONTEXT_PATH)
    own = body.pop("@context", None)
    data = site.url(request, iri_to_path(iri, "data") or "")
    here = f"{PREFIX}/{kind.plural}/{(iri_to_path(iri) or '').removeprefix(f'/id/{kind.segment}/')}"
    incoming = []
    for links in description.incoming:
        written = compactor.incoming_links(links)
        if links.next_offset is not None:
            page = {"incoming": written["property"], "incoming_offset": links.next_offset}
            query = urlencode(page | ({} if site.releases is None else {"release": description.release}))
            written["next"] = f"{site.url(request, here)}?{query}"
        incoming.append(written)
    return {
        "@context": [context, own] if own else context,
        **body,
        "incoming": incoming,
        "links": {
            "self": site.url(request, here),
            "page": site.url(request, iri_to_path(iri, "doc") or ""),
            "turtle": data + ".ttl",
            "json_ld": data + ".jsonld",
        },
        **_tell_updated(changed),
        "release": description.release,
    }


def _list_url(site: AppContext, request: Request) -> str:
    """Return the address of this page of a list."""
    query = urlencode(request.query_params.multi_items())
    return site.url(request, get_raw_path(request)) + (f"?{query}" if query else "")


#: The routes of the lists and of single entities.
router = ReadRouter(prefix=PREFIX)
for _resource in RESOURCES.values():
    router.read(f"/{_resource.kind.plural}", **_describe_list(_resource))(_make_list_endpoint(_resource))
    if _resource.kind.plural not in _SHOWN_ELSEWHERE:
        router.read(f"/{_resource.kind.plural}/{{name:path}}", **_describe_show(_resource))(
            _make_show_endpoint(_resource)
        )
