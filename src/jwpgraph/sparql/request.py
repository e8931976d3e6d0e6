"""A SPARQL Protocol request, read strictly (SPARQL 1.1 Protocol, sections 2.1 and 2.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pyoxigraph import NamedNode
from starlette.types import Receive, Scope

from jwpgraph.http.authorization import require_token
from jwpgraph.http.bodies import read_body
from jwpgraph.http.headers import header
from jwpgraph.http.negotiation import essence
from jwpgraph.http.parameters import Parameters, parse_parameters, single, values
from jwpgraph.problems import Problem
from jwpgraph.settings import Settings
from jwpgraph.sparql.formats import format_names

FORM: Final = "application/x-www-form-urlencoded"
QUERY: Final = "application/sparql-query"
UPDATE: Final = "application/sparql-update"
POSTED: Final = (QUERY, UPDATE, FORM)

_QUERY_ONLY: Final = ("default-graph-uri", "named-graph-uri")
_UPDATE_ONLY: Final = ("using-graph-uri", "using-named-graph-uri")
_FALSE: Final = frozenset({"false", "0", "no", "off"})
_TRUE: Final = frozenset({"true", "1", "yes", "on", ""})


@dataclass(frozen=True, slots=True)
class QueryOperation:
    """What a client asks.

    Attributes:
        text: the query.
        default_graphs, named_graphs: the protocol's dataset, ``None`` where the request names none.
        entailment: whether entailed statements are to be seen.
        timeout: seconds that the client gives it.
        formats: what ``?format=`` says.
    """

    text: str
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None
    entailment: bool = True
    timeout: float | None = None
    formats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UpdateOperation:
    """What a client wants changed, and the dataset that its WHERE clauses are to see."""

    text: str
    using: tuple[str, ...]
    using_named: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DescriptionOperation:
    """No operation at all: the Service Description is asked for."""

    formats: tuple[str, ...]


Operation = QueryOperation | UpdateOperation | DescriptionOperation


async def read_operation(scope: Scope, receive: Receive, settings: Settings) -> Operation:
    """What the request of *scope* asks for; the method is one that the endpoint has.

    Raises:
        Problem: what makes it no request of the protocol, with a 4xx status.
    """
    parameters = parse_parameters(scope["query_string"])
    if scope["method"] in {"GET", "HEAD"}:
        return _from_url(parameters)
    media_type = _content_type(scope)
    if media_type == UPDATE:
        # Before the body is read: who may not write need not be listened to.
        require_token(scope, settings.admin_token)
    body = await _text(scope, receive, media_type, settings)
    if media_type == FORM:
        return _from_form([*parameters, *parse_parameters(body)])
    if values(parameters, "query") or values(parameters, "update"):
        raise Problem(
            "two-operations",
            "The request holds two operations",
            f"With {media_type} the body is the operation; the URL may hold neither query nor update.",
        )
    text = _decode(body)
    return _query(text, parameters) if media_type == QUERY else _update(text, parameters)


def _from_url(parameters: Parameters) -> Operation:
    if values(parameters, "update"):
        raise Problem("update-needs-post", "An update must be sent with POST", headers={"Allow": "POST"})
    query = single(parameters, "query")
    if query is None:
        return DescriptionOperation(format_names(parameters))
    return _query(query, parameters)


def _from_form(parameters: Parameters) -> Operation:
    query, update = single(parameters, "query"), single(parameters, "update")
    if query is not None and update is not None:
        raise Problem("two-operations", "The request holds two operations", "Send either query or update.")
    if query is not None:
        return _query(query, parameters)
    if update is not None:
        return _update(update, parameters)
    raise Problem("operation-missing", "The form holds no operation", "Send query or update.")


def _query(text: str, parameters: Parameters) -> QueryOperation:
    if all(name == "query" for name, _ in parameters):
        return QueryOperation(text)
    _refuse(parameters, _UPDATE_ONLY, "query")
    default, named = (_graphs(parameters, name) for name in _QUERY_ONLY)
    has_dataset = bool(default or named)
    return QueryOperation(
        text=text,
        default_graphs=default if has_dataset else None,
        named_graphs=named if has_dataset else None,
        entailment=_flag(parameters, "entailment"),
        timeout=_seconds(parameters),
        formats=format_names(parameters),
    )


def _update(text: str, parameters: Parameters) -> UpdateOperation:
    _refuse(parameters, _QUERY_ONLY, "update")
    using, using_named = (_graphs(parameters, name) for name in _UPDATE_ONLY)
    return UpdateOperation(text, using, using_named)


def _refuse(parameters: Parameters, names: tuple[str, ...], operation: str) -> None:
    for name in names:
        if values(parameters, name):
            raise Problem("parameter-out-of-place", "A parameter is out of place", f"{operation}: {name}")


def _graphs(parameters: Parameters, name: str) -> tuple[str, ...]:
    graphs: list[str] = []
    for value in values(parameters, name):
        # W3C's query_multiple_dataset encodes the ampersand between two of these parameters along with them.
        graphs.extend(value.split(f"&{name}="))
    for graph in graphs:
        try:
            NamedNode(graph)
        except ValueError:
            raise Problem("bad-graph-name", "A graph is named by an absolute IRI", f"{name}: {graph}") from None
    return tuple(graphs)


def _flag(parameters: Parameters, name: str) -> bool:
    value = (single(parameters, name) or "").lower()
    if value in _FALSE:
        return False
    if value in _TRUE:
        return True
    raise Problem("bad-parameter", "A parameter has no such value", f"{name} is true or false, not {value!r}")


def _seconds(parameters: Parameters) -> float | None:
    value = single(parameters, "timeout")
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise Problem("bad-timeout", "The timeout is not usable", "timeout is a positive number of seconds")
    return seconds


def _content_type(scope: Scope) -> str:
    media_type, parameters = essence(header(scope, b"content-type") or "")
    if media_type not in POSTED:
        raise Problem(
            "unsupported-media-type",
            "The body's media type is not one of the protocol's",
            f"{media_type or 'no Content-Type'}; send one of {', '.join(POSTED)}",
            status=415,
            headers={"Accept-Post": ", ".join(POSTED)},
            available=list(POSTED),
        )
    charset = parameters.get("charset", "utf-8").lower()
    if charset not in {"utf-8", "utf8"}:
        raise Problem("unsupported-charset", "The protocol's only charset is UTF-8", charset, status=415)
    return media_type


async def _text(scope: Scope, receive: Receive, media_type: str, settings: Settings) -> bytes:
    # Percent-encoding triples a text at most; the parameters beside it are short.
    limit = 3 * settings.query_max_bytes + 65_536 if media_type == FORM else settings.query_max_bytes
    try:
        return await read_body(scope, receive, limit=limit, seconds=settings.query_timeout)
    except Problem as problem:
        if problem.slug == "body-too-large":
            raise Problem(
                "query-too-long",
                "The query is too long",
                f"At most {settings.query_max_bytes} bytes are read (JWPGRAPH_QUERY_MAX_BYTES).",
                status=413,
                limit=settings.query_max_bytes,
            ) from None
        raise


def _decode(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Problem("not-utf-8", "The body is not UTF-8", f"byte {error.start}: {error.reason}") from None
