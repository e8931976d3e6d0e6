"""The types of parameters of stored queries: their values, and the RDF terms of these.

| type | values | term |
|---|---|---|
| ``class <segment>`` | a thing of a kind, such as ``class taxon``: IRI, slug, notation or code | IRI |
| ``country`` | ISO 3166-1 alpha-2, alpha-3, numeric, or IRI | IRI |
| ``scheme <IRI>`` | a concept of a scheme: IRI, notation, last segment of the IRI, or label | IRI |
| ``date`` | a day; ``today`` as a default | ``xsd:date`` |
| ``language`` | a language tag (BCP 47), in lower case | string |
| ``integer <from>..<to>`` | a whole number | ``xsd:integer`` |
| ``one of <a>, <b>`` | one of the words | string |
| ``text <length>`` | up to so many characters | string |
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any, Final

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.named_parameters import resolve_parameter
from jwpgraph.http.unknown_names import make_wrong_parameter_problem
from jwpgraph.problems import ProblemError
from jwpgraph.query_execution.queries import QueryTerm
from jwpgraph.stored_queries.files import QueryParameter
from jwpgraph.vocabulary import PREFIXES

_XSD: Final = PREFIXES["xsd"]
_SKOS: Final = PREFIXES["skos"]
_DAY: Final = re.compile(r"[12]\d{3}-\d\d-\d\d", re.ASCII)
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}", re.ASCII)
_INTEGER: Final = re.compile(r"-?\d{1,9}", re.ASCII)
#: Characters of the longest name of a thing.
LONGEST_NAME: Final = 300
_SCHEME_QUERY: Final = f"""SELECT ?concept ?notation ?label WHERE {{
  ?concept <{_SKOS}inScheme> ?scheme .
  OPTIONAL {{ ?concept <{_SKOS}notation> ?notation }}
  OPTIONAL {{ ?concept <{_SKOS}prefLabel> ?label FILTER (LANG(?label) = "en") }}
  FILTER (?scheme = <%s>) }}"""


def describe_type(parameter: QueryParameter) -> dict[str, Any]:
    """Return the JSON Schema of a parameter's values (OpenAPI 3.1, section 4.8.24)."""
    kind, _, rest = parameter.type.partition(" ")
    if kind == "integer":
        least, most = _get_range(rest)
        return {"type": "integer", "minimum": least, "maximum": most}
    if kind == "one":
        return {"type": "string", "enum": _get_choices(parameter)}
    if kind == "date":
        return {"type": "string", "format": "date", "pattern": "^[12][0-9]{3}-[0-9]{2}-[0-9]{2}$"}
    if kind == "language":
        return {"type": "string", "pattern": f"^{_LANGUAGE.pattern}$"}
    return {"type": "string", "minLength": 1, "maxLength": int(rest) if kind == "text" else LONGEST_NAME}


async def bind_parameters(
    site: AppContext, parameters: tuple[QueryParameter, ...], given: dict[str, str]
) -> dict[str, QueryTerm]:
    """Return the terms that are bound to the parameters of a query.

    Args:
        site: where things are looked up.
        parameters: what the query takes.
        given: the values by name, as they were sent.

    Raises:
        ProblemError: ``invalid-parameter`` or ``unknown-value`` (422), with the name of the parameter in ``parameter``.
    """
    known = {parameter.name for parameter in parameters}
    for name in given:
        if name not in known:
            known_names = ", ".join(sorted(known)) or "none"
            raise make_wrong_parameter_problem(name, f"there is no such parameter; the query has {known_names}")
    terms: dict[str, QueryTerm] = {}
    for parameter in parameters:
        value = given.get(parameter.name, parameter.default)
        if value is not None:
            terms[parameter.name] = await _bind(site, parameter, value)
        elif parameter.presence == "required":
            why = f"it must be given. {parameter.description} For example {parameter.example}."
            raise make_wrong_parameter_problem(parameter.name, why)
    return terms


async def _bind(site: AppContext, parameter: QueryParameter, value: str) -> QueryTerm:
    kind, _, rest = parameter.type.partition(" ")
    if kind in {"class", "country", "scheme"}:
        if not 0 < len(value) <= LONGEST_NAME:
            raise make_wrong_parameter_problem(parameter.name, f"give 1 to {LONGEST_NAME} characters")
        if kind == "scheme":
            return await _bind_concept(site, parameter, rest, value)
        segment = rest if kind == "class" else "country"
        return QueryTerm("uri", (await resolve_parameter(site, parameter.name, segment, value)).iri)
    return _bind_literal(parameter, kind, rest, value)


def _bind_literal(parameter: QueryParameter, kind: str, rest: str, value: str) -> QueryTerm:
    match kind:
        case "date":
            day = datetime.now(UTC).date().isoformat() if value == "today" and parameter.default == value else value
            if not _DAY.fullmatch(day) or not _is_day(day):
                raise make_wrong_parameter_problem(parameter.name, "write a day as 2016-05-01")
            return QueryTerm("literal", day, datatype=_XSD + "date")
        case "language":
            if not _LANGUAGE.fullmatch(value):
                raise make_wrong_parameter_problem(parameter.name, "write a language tag such as fr")
            return QueryTerm("literal", value.lower())
        case "integer":
            least, most = _get_range(rest)
            if not _INTEGER.fullmatch(value) or not least <= int(value) <= most:
                raise make_wrong_parameter_problem(parameter.name, f"write a whole number from {least} to {most}")
            return QueryTerm("literal", str(int(value)), datatype=_XSD + "integer")
        case "one":
            if value not in _get_choices(parameter):
                raise make_wrong_parameter_problem(
                    parameter.name, f"choose one of {', '.join(_get_choices(parameter))}"
                )
            return QueryTerm("literal", value)
        case "text":
            if not 0 < len(value) <= int(rest) or not value.isprintable():
                raise make_wrong_parameter_problem(parameter.name, f"give 1 to {rest} printable characters")
            return QueryTerm("literal", value)
    raise ValueError(f"{parameter.name}: no such type of parameter: {parameter.type}")


async def _bind_concept(site: AppContext, parameter: QueryParameter, scheme: str, value: str) -> QueryTerm:
    async def read() -> dict[str, set[str]]:
        names: dict[str, set[str]] = {}
        for row in await site.queries.select(_SCHEME_QUERY % scheme):
            iri = row["concept"].value
            labels = {row[key].value for key in ("notation", "label") if key in row}
            for name in {iri, iri.rpartition("/")[2], *labels}:
                names.setdefault(name if name == iri else name.casefold(), set()).add(iri)
        return names

    names = await site.once_per_release(f"concepts of {scheme}", read)
    found = names.get(value) or names.get(value.casefold(), set())
    if len(found) != 1:
        raise ProblemError(
            "unknown-value",
            "A filter has an unknown value",
            f"{parameter.name}: there is no single concept {value!r} of <{scheme}>. For example {parameter.example}.",
            status=422,
            parameter=parameter.name,
            value=value,
        )
    return QueryTerm("uri", next(iter(found)))


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _get_range(text: str) -> tuple[int, int]:
    least, _, most = text.partition("..")
    return int(least), int(most)


def _get_choices(parameter: QueryParameter) -> list[str]:
    return [word.strip() for word in parameter.type.removeprefix("one of ").split(",")]
