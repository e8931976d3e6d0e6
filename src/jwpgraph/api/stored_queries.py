"""``/api/v1/queries``: the stored queries, each an operation with typed parameters."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import Response

from jwpgraph.entities.app_context import AppContext
from jwpgraph.http.api_model import ApiModel
from jwpgraph.http.declared_parameters import reads_parameters
from jwpgraph.http.unknown_names import make_wrong_parameter_problem
from jwpgraph.linked_data.rdf_formats import JSON_LD, TURTLE
from jwpgraph.linked_data.responses import (
    choose_media_type,
    format_link,
    get_raw_path,
    send_conditionally,
    send_document,
    to_json_bytes,
)
from jwpgraph.linked_data.routes import CONTEXT_PATH
from jwpgraph.linked_data.routing import ReadRouter, Site
from jwpgraph.query_execution.queries import QueryTerm, SolutionRow
from jwpgraph.query_execution.serialization import RESULTS_JSON
from jwpgraph.stored_queries import graphs
from jwpgraph.stored_queries.execution import bind, get_columns, make_unknown_query_problem, run
from jwpgraph.stored_queries.files import QueryParameter, StoredQuery, read_stored_queries
from jwpgraph.stored_queries.parameters import describe_type
from jwpgraph.stored_queries.tables import Table, to_csv, to_json_value, to_sparql_json

PREFIX: Final = "/api/v1/queries"
DEFAULT_LIMIT: Final = 100
MOST_ROWS: Final = 1000
_JSON: Final = "application/json"
#: Formats by the value of ``format``; the first is the default.
TABLE_FORMATS: Final = {"json": _JSON, "csv": "text/csv", "srj": RESULTS_JSON}
GRAPH_FORMATS: Final = {"ttl": TURTLE, "jsonld": JSON_LD, "nt": "application/n-triples", "rdf": "application/rdf+xml"}
Endpoint = Callable[[Request], Awaitable[Response]]


class ParameterEntry(ApiModel):
    """A parameter of a stored query."""

    name: str
    type: str
    required: bool
    default: str | None
    example: str
    description: str


class QueryEntry(ApiModel):
    """A stored query."""

    name: str
    title: str
    question: str
    description: str
    parameters: list[ParameterEntry]
    columns: list[str]
    form: str
    formats: list[str]
    budget_seconds: float
    text: str
    url: str
    example: str
    run: str | None
    edit: str | None


class QueryList(ApiModel):
    """The stored queries."""

    total: int
    items: list[QueryEntry]


router = ReadRouter(prefix=PREFIX, tags=["queries"])


@router.read("", response_model=QueryList, summary="List the stored queries", name="queries")
async def list_queries(request: Request, site: Site) -> Response:
    items = [_make_entry(site, request, query) for query in read_stored_queries()]
    return await send_document(request, site, QueryList(total=len(items), items=items).model_dump())


def _make_endpoint(query: StoredQuery) -> Callable[..., Awaitable[Response]]:
    formats = GRAPH_FORMATS if query.form == "graph" else TABLE_FORMATS

    @reads_parameters
    async def endpoint(request: Request, site: Site) -> Response:
        given = _read_parameters(request)
        media_type = _choose_format(request, formats, given.pop("format", None))
        limit, after = DEFAULT_LIMIT, None
        if query.form == "table":
            limit, after = _read_limit(given.pop("limit", None)), given.pop("after", None)
        terms = await bind(site, query, given)

        async def make() -> tuple[bytes, Mapping[str, str]]:
            table = await run(site, query, terms)
            if query.form == "graph":
                if media_type == JSON_LD:
                    framed = await graphs.frame(site, table.rows, site.url(request, CONTEXT_PATH))
                    return to_json_bytes(framed), {}
                return graphs.to_rdf(table.rows, media_type), {}
            rows, key = table.page(limit, after)
            following = _make_next_url(site, request, key)
            headers = {"Link": format_link(following, "next")} if following else {}
            if media_type == "text/csv":
                return to_csv(table.columns, rows), headers
            if media_type == RESULTS_JSON:
                return to_sparql_json(table.columns, rows), headers
            return to_json_bytes(_make_document(site, query, terms, table, rows, limit, following)), headers

        today = str(datetime.now(UTC).date())
        return await send_conditionally(request, site, media_type, make, None, f"stored {today}")

    return endpoint


def _make_document(
    site: AppContext,
    query: StoredQuery,
    terms: Mapping[str, QueryTerm],
    table: Table,
    rows: list[SolutionRow],
    limit: int,
    following: str | None,
) -> dict[str, Any]:
    return {
        "query": query.name,
        "title": query.title,
        "release": site.release_number,
        "parameters": {name: to_json_value(term) for name, term in terms.items()},
        "columns": list(table.columns),
        "total": len(table.rows),
        "limit": limit,
        **({"next": following} if following else {}),
        "items": [{name: to_json_value(row[name]) for name in table.columns if name in row} for row in rows],
    }


def _read_parameters(request: Request) -> dict[str, str]:
    given: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name in given:
            raise make_wrong_parameter_problem(name, "give it once")
        given[name] = value
    return given


def _read_limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and len(text) < 7 and 1 <= int(text) <= MOST_ROWS):
        raise make_wrong_parameter_problem("limit", f"write a whole number from 1 to {MOST_ROWS}")
    return int(text)


def _choose_format(request: Request, formats: Mapping[str, str], name: str | None) -> str:
    if name is None:
        return choose_media_type(request, tuple(formats.values()))
    if name not in formats:
        raise make_wrong_parameter_problem("format", f"choose one of {', '.join(formats)}")
    return formats[name]


def _make_next_url(site: AppContext, request: Request, key: str | None) -> str | None:
    if key is None:
        return None
    items = [(name, value) for name, value in request.query_params.multi_items() if name != "after"]
    items.append(("after", key))
    if site.releases is not None:
        # Pages of different releases would not fit together.
        items.append(("release", str(site.release_number)))
    return f"{site.url(request, get_raw_path(request))}?{urlencode(items)}"


def _make_entry(site: AppContext, request: Request, query: StoredQuery) -> QueryEntry:
    url = site.url(request, f"{PREFIX}/{query.name}")
    example = urlencode({one.name: one.example for one in query.parameters})
    endpoint = site.url(request, "/sparql")
    free = not query.parameters
    return QueryEntry(
        name=query.name,
        title=query.title,
        question=query.question,
        description=query.description,
        parameters=[
            ParameterEntry(
                name=one.name,
                type=one.type,
                required=one.presence == "required",
                default=one.default,
                example=one.example,
                description=one.description,
            )
            for one in query.parameters
        ],
        columns=list(get_columns(query)),
        form=query.form,
        formats=list((GRAPH_FORMATS if query.form == "graph" else TABLE_FORMATS).values()),
        budget_seconds=query.budget,
        text=query.text,
        url=url,
        example=f"{url}?{example}" if example else url,
        run=f"{endpoint}?{urlencode({'query': query.text})}" if free else None,
        edit=f"{endpoint}?{urlencode({'example': query.name})}" if free else None,
    )


def _describe(query: StoredQuery) -> str:
    budget = f"It may take {query.budget:g} seconds."
    return " ".join(part for part in (query.question, query.description, budget) if part)


def _make_parameter_schema(parameter: QueryParameter) -> dict[str, Any]:
    schema = describe_type(parameter)
    if parameter.default and parameter.default != "today":
        schema["default"] = int(parameter.default) if schema["type"] == "integer" else parameter.default
    example: Any = int(parameter.example) if schema["type"] == "integer" else parameter.example
    return {
        "name": parameter.name,
        "in": "query",
        "required": parameter.presence == "required",
        "description": parameter.description + (" Default: today (UTC)." if parameter.default == "today" else ""),
        "schema": schema,
        "example": example,
    }


def _make_control_schemas(query: StoredQuery) -> list[dict[str, Any]]:
    formats = list(GRAPH_FORMATS if query.form == "graph" else TABLE_FORMATS)
    schemas: dict[str, tuple[str, dict[str, Any]]] = {
        "format": ("The format; by default what Accept asks for.", {"type": "string", "enum": formats}),
    }
    if query.form == "table":
        limit = {"type": "integer", "minimum": 1, "maximum": MOST_ROWS, "default": DEFAULT_LIMIT}
        schemas["limit"] = ("Rows of a page.", limit)
        schemas["after"] = ("The key of a page, as the next link of the page before has it.", {"type": "string"})
    return [
        {"name": name, "in": "query", "required": False, "description": text, "schema": schema}
        for name, (text, schema) in schemas.items()
    ]


def _make_response_schemas(query: StoredQuery) -> dict[int | str, dict[str, Any]]:
    cell = {"type": ["string", "number", "boolean"]}
    items = {"type": "object", "properties": dict.fromkeys(get_columns(query), cell), "additionalProperties": False}
    page = {
        "type": "object",
        "required": ["query", "title", "release", "parameters", "columns", "total", "limit", "items"],
        "properties": {
            "query": {"type": "string", "const": query.name},
            "title": {"type": "string"},
            "release": {"type": "integer"},
            "parameters": {"type": "object", "additionalProperties": cell},
            "columns": {"type": "array", "items": {"type": "string"}},
            "total": {"type": "integer", "minimum": 0},
            "limit": {"type": "integer", "minimum": 1, "maximum": MOST_ROWS},
            "next": {"type": "string", "format": "uri"},
            "items": {"type": "array", "items": items},
        },
    }
    text: dict[str, Any] = {"schema": {"type": "string"}}
    if query.form == "graph":
        content = {name: text for name in GRAPH_FORMATS.values() if name != JSON_LD}
        content[JSON_LD] = {"schema": {"type": "object", "required": ["@context", "@graph"]}}
        headers = {}
    else:
        content = {_JSON: {"schema": page}, "text/csv": text, RESULTS_JSON: {"schema": {"type": "object"}}}
        headers = {"Link": {"description": "The next page (RFC 8288).", "schema": {"type": "string"}}}
    return {
        200: {"description": "The answer.", "content": content, "headers": headers},
        304: {"description": "As before."},
    }


for _query in read_stored_queries():
    router.read(
        f"/{_query.name}",
        operation_id=f"query_{_query.name.replace('-', '_')}",
        summary=_query.title,
        description=_describe(_query),
        openapi_extra={"parameters": [*map(_make_parameter_schema, _query.parameters), *_make_control_schemas(_query)]},
        responses=_make_response_schemas(_query),
        response_class=Response,
    )(_make_endpoint(_query))


@router.read_undocumented("/{name:path}")
async def refuse_unknown_query(name: str) -> Response:
    raise make_unknown_query_problem(name)
