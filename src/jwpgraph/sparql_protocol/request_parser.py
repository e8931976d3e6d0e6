"""Strict parsing of SPARQL 1.1 Protocol requests (sections 2.1 and 2.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pyoxigraph import NamedNode
from starlette.types import Receive, Scope

from jwpgraph.http.access_tokens import Access
from jwpgraph.http.authorization import require_token
from jwpgraph.http.declared_parameters import refuse_unknown
from jwpgraph.http.headers import get_header
from jwpgraph.http.negotiation import parse_content_type
from jwpgraph.http.parameters import Parameters, get_single, get_values, parse_parameters, parse_release_number
from jwpgraph.http.request_bodies import read_body
from jwpgraph.http.unknown_names import make_wrong_parameter_problem
from jwpgraph.problems import ProblemError
from jwpgraph.settings import Settings
from jwpgraph.sparql_protocol.query_responses import parse_format_names

FORM: Final = "application/x-www-form-urlencoded"
QUERY: Final = "application/sparql-query"
UPDATE: Final = "application/sparql-update"
BODY_TYPES: Final = (QUERY, UPDATE, FORM)

_QUERY_ONLY: Final = ("default-graph-uri", "named-graph-uri")
_UPDATE_ONLY: Final = ("using-graph-uri", "using-named-graph-uri")
#: Parameters of an operation; SPARQLWrapper sends ``output`` and ``results`` beside ``format``, which mean the same.
_OPERATION: Final = frozenset(
    {"query", "update", *_QUERY_ONLY, *_UPDATE_ONLY, "entailment", "timeout", "format", "output", "results", "release"}
)
#: Parameters of the endpoint without an operation: of the Service Description and of the editor's page.
_DESCRIPTION: Final = frozenset({"format", "example", "edit", "ui", "content"})
#: A byte order mark at the beginning of a text (RFC 3629, section 6), as editors write it into files.
_MARK: Final = "\ufeff"
_FALSE: Final = frozenset({"false", "0", "no", "off"})
_TRUE: Final = frozenset({"true", "1", "yes", "on", ""})


@dataclass(frozen=True, slots=True)
class QueryOperation:
    """A query operation (SPARQL 1.1 Protocol, section 2.1).

    Attributes:
        text: the query.
        default_graphs, named_graphs: the dataset of the request; ``None`` if it specifies none.
        entailment: whether the default dataset includes entailments.
        timeout: requested time limit in seconds.
        formats: values of ``?format=``.
        release: number of the release to query; ``None`` for the current one.
    """

    text: str
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None
    entailment: bool = True
    timeout: float | None = None
    formats: tuple[str, ...] = ()
    release: int | None = None


@dataclass(frozen=True, slots=True)
class UpdateOperation:
    """An update operation, with the dataset of its WHERE clauses (SPARQL 1.1 Protocol, section 2.2)."""

    text: str
    using: tuple[str, ...]
    using_named: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DescriptionOperation:
    """A request without operation, which is answered with the Service Description (section 2 there)."""

    formats: tuple[str, ...]


ProtocolOperation = QueryOperation | UpdateOperation | DescriptionOperation


async def read_operation(scope: Scope, receive: Receive, settings: Settings) -> ProtocolOperation:
    """Read and parse the operation of a request with an allowed method.

    Raises:
        ProblemError: the request does not follow the protocol (4xx).
    """
    parameters = parse_parameters(scope["query_string"])
    if scope["method"] in {"GET", "HEAD"}:
        return _parse_url(parameters)
    media_type = _parse_content_type(scope)
    if media_type == UPDATE:
        _require_post(scope)
        # Check the token before reading the body.
        require_token(scope, Access.of(settings), "update")
    body = await _read_text(scope, receive, media_type, settings)
    if media_type == FORM:
        parameters = [*parameters, *parse_parameters(body)]
        if get_values(parameters, "update"):
            _require_post(scope)
        return _parse_form(parameters)
    if get_values(parameters, "query") or get_values(parameters, "update"):
        raise ProblemError(
            "two-operations",
            "The request contains two operations",
            f"With {media_type} the body is the operation; the URL may contain neither query nor update.",
        )
    text = _decode_body(body)
    return _parse_query(text, parameters) if media_type == QUERY else _parse_update(text, parameters)


def _require_post(scope: Scope) -> None:
    """Raise for an update by another method; QUERY is safe, as GET is."""
    if scope["method"] != "POST":
        raise _make_method_problem()


def _make_method_problem() -> ProblemError:
    return ProblemError("update-needs-post", "An update must be sent with POST", headers={"Allow": "POST"})


def _parse_url(parameters: Parameters) -> ProtocolOperation:
    if get_values(parameters, "update"):
        raise _make_method_problem()
    query = get_single(parameters, "query")
    if query is None:
        refuse_unknown(parameters, _DESCRIPTION)
        return DescriptionOperation(parse_format_names(parameters))
    return _parse_query(query, parameters)


def _parse_form(parameters: Parameters) -> ProtocolOperation:
    query, update = get_single(parameters, "query"), get_single(parameters, "update")
    if query is not None and update is not None:
        raise ProblemError("two-operations", "The request contains two operations", "Send either query or update.")
    if query is not None:
        return _parse_query(query, parameters)
    if update is not None:
        return _parse_update(update, parameters)
    raise ProblemError("operation-missing", "The form contains no operation", "Send query or update.")


def _parse_query(text: str, parameters: Parameters) -> QueryOperation:
    text = text.removeprefix(_MARK)
    if all(name == "query" for name, _ in parameters):
        return QueryOperation(text)
    refuse_unknown(parameters, _OPERATION)
    _refuse_parameters(parameters, _UPDATE_ONLY, "query")
    default, named = (_parse_graphs(parameters, name) for name in _QUERY_ONLY)
    has_dataset = bool(default or named)
    return QueryOperation(
        text=text,
        default_graphs=default if has_dataset else None,
        named_graphs=named if has_dataset else None,
        entailment=_parse_flag(parameters, "entailment"),
        timeout=_parse_seconds(parameters),
        formats=parse_format_names(parameters),
        release=None if (release := get_single(parameters, "release")) is None else parse_release_number(release),
    )


def _parse_update(text: str, parameters: Parameters) -> UpdateOperation:
    refuse_unknown(parameters, _OPERATION)
    _refuse_parameters(parameters, (*_QUERY_ONLY, "entailment", "timeout", "format", "release"), "update")
    using, using_named = (_parse_graphs(parameters, name) for name in _UPDATE_ONLY)
    return UpdateOperation(text.removeprefix(_MARK), using, using_named)


def _refuse_parameters(parameters: Parameters, names: tuple[str, ...], operation: str) -> None:
    for name in names:
        if get_values(parameters, name):
            detail = f"{name} is not allowed with {'an' if operation == 'update' else 'a'} {operation}"
            raise ProblemError("parameter-out-of-place", "A parameter is out of place", detail)


def _parse_graphs(parameters: Parameters, name: str) -> tuple[str, ...]:
    graphs: list[str] = []
    for value in get_values(parameters, name):
        # W3C's test query_multiple_dataset percent-encodes the ampersand between two of these parameters.
        graphs.extend(value.split(f"&{name}="))
    for graph in graphs:
        try:
            NamedNode(graph)
        except ValueError:
            raise ProblemError("bad-graph-name", "A graph name must be an absolute IRI", f"{name}: {graph}") from None
    return tuple(graphs)


def _parse_flag(parameters: Parameters, name: str) -> bool:
    value = (get_single(parameters, name) or "").lower()
    if value in _FALSE:
        return False
    if value in _TRUE:
        return True
    raise make_wrong_parameter_problem(name, f"it is true or false, not {value[:40]!r}")


def _parse_seconds(parameters: Parameters) -> float | None:
    value = get_single(parameters, "timeout")
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        detail = "timeout is a positive number of seconds"
        raise ProblemError("bad-timeout", "The timeout is invalid", detail, status=422, parameter="timeout")
    return seconds


def _parse_content_type(scope: Scope) -> str:
    media_type, parameters = parse_content_type(get_header(scope, b"content-type") or "")
    if media_type not in BODY_TYPES:
        raise ProblemError(
            "unsupported-media-type",
            "The media type of the body is not supported",
            f"{media_type or 'no Content-Type'}; send one of {', '.join(BODY_TYPES)}",
            status=415,
            headers={"Accept-Post": ", ".join(BODY_TYPES)},
            available=list(BODY_TYPES),
        )
    charset = parameters.get("charset", "utf-8").lower()
    if charset not in {"utf-8", "utf8"}:
        raise ProblemError("unsupported-charset", "The only supported charset is UTF-8", charset, status=415)
    return media_type


async def _read_text(scope: Scope, receive: Receive, media_type: str, settings: Settings) -> bytes:
    # Percent-encoding at most triples the length of a text; the other parameters are short.
    limit = 3 * settings.query_max_bytes + 65_536 if media_type == FORM else settings.query_max_bytes
    try:
        return await read_body(scope, receive, limit=limit, seconds=settings.query_timeout)
    except ProblemError as problem:
        if problem.slug == "body-too-large":
            raise ProblemError(
                "query-too-long",
                "The query is too long",
                f"At most {settings.query_max_bytes} bytes are allowed.",
                status=413,
                limit=settings.query_max_bytes,
            ) from None
        raise


def _decode_body(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise ProblemError("not-utf-8", "The body is not UTF-8", f"byte {error.start}: {error.reason}") from None
