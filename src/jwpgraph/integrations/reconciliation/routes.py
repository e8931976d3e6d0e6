"""Routes below ``/reconcile``: manifest, query batches, suggestions, previews and data extension."""

from __future__ import annotations

import re
from html import escape
from typing import Any, Final

import orjson
from fastapi import Request
from starlette.responses import HTMLResponse, Response

from jwpgraph import __version__
from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.entity_types import BY_SEGMENT, EntityType
from jwpgraph.entities.identifiers import find_by_identifier
from jwpgraph.http.declared_parameters import refuse_unknown, takes
from jwpgraph.http.headers import CORS
from jwpgraph.http.parameters import parse_parameters
from jwpgraph.http.request_bodies import read_body
from jwpgraph.integrations.reconciliation.matching import (
    MOST_CANDIDATES,
    TYPES,
    ReconciliationQuery,
    describe_type,
    find_candidates,
)
from jwpgraph.integrations.reconciliation.properties import PROPERTIES, extend_cells
from jwpgraph.linked_data.routing import ReadRouter, Site
from jwpgraph.problems import ProblemError
from jwpgraph.vocabulary import ID, JWP

PATH: Final = "/reconcile"
MOST_QUERIES: Final = 100
MOST_IDS: Final = 500
MOST_PROPERTIES: Final = 20
MOST_SUGGESTIONS: Final = 20
#: Request of OpenRefine's widget for type suggestions.
_TYPE_OF_TYPES: Final = "/type/type"
_LONGEST_BODY: Final = 1024 * 1024
_BODY_SECONDS: Final = 30.0
_CALLBACK: Final = re.compile(r"[A-Za-z_$][\w$.]{0,100}", re.ASCII)
_HEADERS: Final = {name.decode(): value.decode() for name, value in CORS} | {"Cache-Control": "no-cache"}


router = ReadRouter(prefix=PATH, include_in_schema=False)


@router.api_route("", methods=["GET", "HEAD", "POST"])
@takes("queries", "query", "extend", "callback")
async def reconcile(request: Request, site: Site) -> Response:
    given = await _read_parameters(request)
    refuse_unknown(list(given.items()), ("queries", "query", "extend", "callback"))
    callback = given.get("callback")
    if "queries" in given:
        return _send(await _answer_batch(site, given["queries"]), callback)
    if "query" in given:
        return _send(await _answer_single(site, given["query"]), callback)
    if "extend" in given:
        return _send(await _extend(site, given["extend"]), callback)
    return _send(_make_manifest(site, request), callback)


@router.read_undocumented("/suggest/{what}")
@takes("prefix", "cursor", "limit", "type", "type_strict", "callback", "_")
async def suggest(request: Request, site: Site, what: str) -> Response:
    given = await _read_parameters(request)
    prefix = given.get("prefix", "").strip()
    kinds = _read_suggested_types(given)
    first = _read_number(given, "cursor", 0)
    limit = _read_number(given, "limit", MOST_SUGGESTIONS, least=1)
    found: list[dict[str, Any]]
    if what == "entity":
        query = ReconciliationQuery(prefix, kinds, limit=first + min(limit, MOST_SUGGESTIONS))
        candidates = await find_candidates(site, query) if prefix else []
        found = [{"id": one.iri, "name": one.name, "notable": [describe_type(one.kind)]} for one in candidates]
    elif what in {"type", "property"}:
        known = (
            [describe_type(kind) for kind in TYPES]
            if what == "type"
            else [
                {"id": one.id, "name": one.name}
                for one in PROPERTIES.values()
                if not kinds or any(kind.class_name in one.types for kind in kinds)
            ]
        )
        wanted = prefix.casefold()
        found = [{**one} for one in known if wanted in one["name"].casefold() or wanted in one["id"].casefold()]
    else:
        raise ProblemError("not-found", "Not found", f"{PATH}/suggest/{what}", status=404)
    return _send({"result": found[first : first + limit]}, given.get("callback"))


@router.read_undocumented("/properties")
@takes("type", "limit", "callback")
async def propose(request: Request) -> Response:
    given = await _read_parameters(request)
    kind = _find_type(given["type"]) if given.get("type") else None
    if given.get("type") and kind is None:
        raise _make_bad_query_problem("type", f"choose one of {', '.join(one.class_name for one in TYPES)}")
    chosen = [one for one in PROPERTIES.values() if kind is None or kind.class_name in one.types]
    limit = _read_number(given, "limit", len(chosen), least=1)
    document: dict[str, Any] = {"properties": [{"id": one.id, "name": one.name} for one in chosen[:limit]]}
    if kind is not None:
        document["type"] = kind.class_name
    return _send(document, given.get("callback"))


@router.read_undocumented("/preview")
@takes("id")
async def preview(request: Request, site: Site) -> Response:
    iri = request.query_params.get("id", "")
    found = next((one for one in await find_by_identifier(site, iri) if one.scheme == "iri"), None) if iri else None
    if found is None:
        raise ProblemError("not-found", "Not found", f"No entity has the IRI {iri!r}.", status=404)
    kind = next((one for one in BY_SEGMENT.values() if iri.startswith(f"{ID}{one.segment}/")), None)
    notation = f" ({escape(found.node.notation)})" if found.node.notation else ""
    body = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(found.node.name)}</title>'
        f'<p><a href="{escape(iri)}" target="_blank" rel="noopener">{escape(found.node.name)}</a>{notation}</p>'
        f"<p>{escape(kind.singular_label) if kind else ''}</p></html>"
    )
    return HTMLResponse(body, headers=_HEADERS)


def _read_suggested_types(given: dict[str, str]) -> tuple[EntityType, ...]:
    """Return the types that suggestions are limited to; none with ``type_strict=should``, a mere preference."""
    strictness = given.get("type_strict", "any")
    if strictness not in {"any", "all", "should"}:
        raise _make_bad_query_problem("type_strict", "choose one of any, all, should")
    name = given.get("type")
    if not name or name == _TYPE_OF_TYPES:
        return ()
    kind = _find_type(name)
    if kind is None:
        raise _make_bad_query_problem("type", f"choose one of {', '.join(one.class_name for one in TYPES)}")
    return () if strictness == "should" else (kind,)


def _make_manifest(site: AppContext, request: Request) -> dict[str, Any]:
    url = site.url(request, PATH)
    suggest = {
        what: {"service_url": url, "service_path": f"/suggest/{what}"} for what in ("entity", "type", "property")
    }
    return {
        "versions": ["0.2"],
        "name": "jwpgraph: the CMS–CITES Joint Work Programme",
        "identifierSpace": ID,
        "schemaSpace": JWP,
        "serviceVersion": __version__,
        "documentation": site.url(request, "/api/docs"),
        "view": {"url": "{{id}}"},
        "defaultTypes": [describe_type(kind) for kind in TYPES],
        "suggest": suggest,
        "preview": {"url": f"{url}/preview?id={{{{id}}}}", "width": 400, "height": 120},
        "extend": {"propose_properties": {"service_url": url, "service_path": "/properties"}, "property_settings": []},
    }


async def _answer_batch(site: AppContext, text: str) -> dict[str, Any]:
    batch = _read_object("queries", text)
    if len(batch) > MOST_QUERIES:
        raise _make_bad_query_problem("queries", f"send at most {MOST_QUERIES} at once")
    queries = {name: _parse_query(name, one) for name, one in batch.items()}
    return {
        name: {"result": [one.document() for one in await find_candidates(site, query)] if _asks(query) else []}
        for name, query in queries.items()
    }


async def _answer_single(site: AppContext, text: str) -> dict[str, Any]:
    query = _parse_query("query", _read_object("query", text)) if text[:1] == "{" else ReconciliationQuery(text)
    if not _asks(query):
        raise _make_bad_query_problem("query", "give a query or properties")
    return {"result": [one.document() for one in await find_candidates(site, query)]}


def _asks(query: ReconciliationQuery) -> bool:
    """Return whether a query has a text or properties: in a batch the query of an empty cell has no candidates."""
    return bool(query.text or query.properties)


async def _extend(site: AppContext, text: str) -> dict[str, Any]:
    asked = _read_object("extend", text)
    ids, wanted = asked.get("ids"), asked.get("properties")
    if (
        not isinstance(ids, list)
        or not isinstance(wanted, list)
        or len(ids) > MOST_IDS
        or len(wanted) > MOST_PROPERTIES
    ):
        raise _make_bad_query_problem(
            "extend", f"give ids (at most {MOST_IDS}) and properties (at most {MOST_PROPERTIES})"
        )
    names = [one.get("id") if isinstance(one, dict) else None for one in wanted]
    for name in names:
        if name not in PROPERTIES:
            raise _make_bad_query_problem("extend", f"there is no property {name!r}; see {PATH}/properties")
    if not all(isinstance(one, str) for one in ids):
        raise _make_bad_query_problem("extend", "ids are strings")
    rows = {iri: {name: await extend_cells(site, iri, str(name)) for name in names} for iri in ids}
    return {"meta": [{"id": name, "name": PROPERTIES[str(name)].name} for name in names], "rows": rows}


def _parse_query(name: str, asked: Any) -> ReconciliationQuery:
    where = f"queries.{name}"
    if not isinstance(asked, dict):
        raise _make_bad_query_problem(where, "a query is an object")
    text, limit = asked.get("query", ""), asked.get("limit", 5)
    kinds = asked.get("type") or []
    properties = asked.get("properties") or []
    if not isinstance(text, str) or ("query" not in asked and not properties):
        raise _make_bad_query_problem(where, "give a query or properties")
    if isinstance(limit, bool) or not isinstance(limit, int | float) or not limit >= 1:
        raise _make_bad_query_problem(where, "the limit is a number from 1")
    types = []
    for one in [kinds] if isinstance(kinds, str) else kinds if isinstance(kinds, list) else [None]:
        kind = _find_type(one) if isinstance(one, str) else None
        if kind is None:
            raise _make_bad_query_problem(
                where, f"there is no type {one!r}; there are {', '.join(kind.class_name for kind in TYPES)}"
            )
        types.append(kind)
    values = tuple(_parse_property(where, one) for one in (properties if isinstance(properties, list) else [None]))
    return ReconciliationQuery(text.strip(), tuple(types), int(min(limit, MOST_CANDIDATES)), values)


def _parse_property(where: str, asked: Any) -> tuple[str, tuple[str, ...]]:
    if not isinstance(asked, dict) or not isinstance(asked.get("pid"), str) or "v" not in asked:
        raise _make_bad_query_problem(where, "a property has pid and v")
    values = asked["v"] if isinstance(asked["v"], list) else [asked["v"]]
    texts = [one.get("id") if isinstance(one, dict) else one for one in values]
    if len(texts) > MOST_QUERIES:
        raise _make_bad_query_problem(where, "a property has too many values")
    return asked["pid"], tuple(str(text) for text in texts if text is not None)


def _find_type(name: str) -> EntityType | None:
    return next((kind for kind in TYPES if name in {kind.class_name, kind.class_iri, kind.segment}), None)


def _read_number(given: dict[str, str], name: str, default: int, least: int = 0) -> int:
    text = given.get(name, str(max(default, least)))
    if not (text.isascii() and text.isdigit() and len(text) < 7 and int(text) >= least):
        raise _make_bad_query_problem(name, f"write a whole number from {least}")
    return int(text)


def _read_object(name: str, text: str) -> dict[str, Any]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise _make_bad_query_problem(name, "write a JSON object") from None
    if not isinstance(found, dict):
        raise _make_bad_query_problem(name, "write a JSON object")
    return found


async def _read_parameters(request: Request) -> dict[str, str]:
    pairs = parse_parameters(request.scope["query_string"])
    if request.method == "POST":
        body = await read_body(request.scope, request.receive, limit=_LONGEST_BODY, seconds=_BODY_SECONDS)
        pairs = [*pairs, *parse_parameters(body)]
    given = dict(pairs)
    if "callback" in given and not _CALLBACK.fullmatch(given["callback"]):
        raise _make_bad_query_problem("callback", "write the name of a function")
    return given


def _make_bad_query_problem(name: str, why: str) -> ProblemError:
    return ProblemError("invalid-parameter", "A parameter is wrong", f"{name}: {why}", status=422, parameter=name)


def _send(document: Any, callback: str | None) -> Response:
    body = orjson.dumps(document)
    if callback is not None:
        script = b"/**/" + callback.encode() + b"(" + body.replace(b"\xe2\x80\xa8", b"\\u2028") + b");"
        return Response(script, media_type="text/javascript", headers=_HEADERS | {"X-Content-Type-Options": "nosniff"})
    return Response(body, media_type="application/json", headers=_HEADERS)
