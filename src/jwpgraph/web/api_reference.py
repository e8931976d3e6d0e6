"""The API reference as a page, made from the OpenAPI document without any request to other hosts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

import orjson

#: Optional parameters that examples have.
_SHOWN: Final = frozenset(("limit", "q"))


@dataclass(slots=True)
class ParameterView:
    """A parameter of an operation."""

    name: str
    where: str
    required: bool
    kind: str
    default: str | None
    description: str
    example: str | None


@dataclass(slots=True)
class OperationView:
    """An operation."""

    anchor: str
    method: str
    path: str
    summary: str
    parameters: list[ParameterView]
    body: list[tuple[str, str, str]]
    fields: list[tuple[str, str, str]]
    example_href: str | None
    example: str | None


def list_operations(document: dict[str, Any]) -> dict[str, list[OperationView]]:
    """Return the operations of an OpenAPI document by their first tag, in the order of the document."""
    found: dict[str, list[OperationView]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            section = found.setdefault(operation["tags"][0].replace("_", " "), [])
            section.append(_make_operation(document, method.upper(), path, operation))
    return found


def _make_operation(document: dict[str, Any], method: str, path: str, operation: dict[str, Any]) -> OperationView:
    parameters = [_make_parameter(one) for one in operation.get("parameters", ())]
    good = next(answer for status, answer in operation["responses"].items() if status.startswith("2"))
    content, asked = _get_json_content(good), _get_json_content(operation.get("requestBody", {}))
    example = content.get("example")
    return OperationView(
        operation["operationId"],
        method,
        path,
        operation["summary"],
        parameters,
        _list_fields(document, asked.get("schema", {})),
        _list_fields(document, content.get("schema", {})),
        _make_example_href(path, parameters) if method == "GET" and "security" not in operation else None,
        orjson.dumps(example, option=orjson.OPT_INDENT_2).decode() if example is not None else None,
    )


def _get_json_content(part: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = part.get("content", {}).get("application/json", {})
    return found


def _make_parameter(parameter: dict[str, Any]) -> ParameterView:
    schema = parameter.get("schema", {})
    example = parameter.get("example", schema.get("examples"))
    if isinstance(example, list):
        example = example[0] if example else None
    default = schema.get("default")
    return ParameterView(
        parameter["name"],
        parameter["in"],
        parameter.get("required", False),
        _describe_schema(schema),
        None if default in (None, []) else str(default),
        parameter.get("description", ""),
        None if example is None else str(example),
    )


def _describe_schema(schema: dict[str, Any]) -> str:
    """Return a short description of a JSON Schema."""
    match schema:
        case {"anyOf": alternatives}:
            return " or ".join(
                dict.fromkeys(_describe_schema(one) for one in alternatives if one.get("type") != "null")
            )
        case {"enum": values}:
            kind = " | ".join(map(str, values))
        case {"const": value}:
            kind = str(value)
        case {"$ref": reference}:
            kind = str(reference).rpartition("/")[2]
        case {"type": "array"}:
            kind = f"list of {_describe_schema(schema.get('items', {}))}"
        case {"type": "object", "additionalProperties": dict(values)}:
            kind = f"by language: {_describe_schema(values)}"
        case _:
            kind = str(schema.get("type", "anything"))
    return kind


def _list_fields(document: dict[str, Any], schema: dict[str, Any]) -> list[tuple[str, str, str]]:
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return [
        (name, _describe_schema(one), one.get("description", "")) for name, one in schema.get("properties", {}).items()
    ]


def _make_example_href(path: str, parameters: list[ParameterView]) -> str | None:
    """Return the path of an example request; None if a required parameter has no example."""
    query = {}
    for parameter in parameters:
        if parameter.example is None:
            if parameter.required:
                return None
        elif parameter.where == "path":
            path = path.replace(f"{{{parameter.name}}}", quote(parameter.example))
        elif parameter.required or parameter.name in _SHOWN:
            query[parameter.name] = parameter.example
    return path + (f"?{urlencode(query)}" if query else "") if "{" not in path else None
