"""The reference of the facade as a page, made from its OpenAPI document; nothing is fetched from anywhere else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import orjson


@dataclass(slots=True)
class Parameter:
    """A parameter of an operation."""

    name: str
    where: str
    required: bool
    kind: str
    default: str | None
    description: str
    example: str | None


@dataclass(slots=True)
class Operation:
    """One way to ask."""

    anchor: str
    method: str
    path: str
    summary: str
    parameters: list[Parameter]
    body: list[tuple[str, str, str]]
    fields: list[tuple[str, str, str]]
    example_href: str | None
    example: str | None


def operations(document: dict[str, Any]) -> dict[str, list[Operation]]:
    """The operations of an OpenAPI document by their first tag, in its order."""
    found: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            section = found.setdefault(operation["tags"][0].replace("_", " "), [])
            section.append(_operation(document, method.upper(), path, operation))
    return found


def _operation(document: dict[str, Any], method: str, path: str, operation: dict[str, Any]) -> Operation:
    parameters = [_parameter(one) for one in operation.get("parameters", ())]
    good = next(answer for status, answer in operation["responses"].items() if status.startswith("2"))
    content, asked = _json_of(good), _json_of(operation.get("requestBody", {}))
    example = content.get("example")
    return Operation(
        operation["operationId"],
        method,
        path,
        operation["summary"],
        parameters,
        _fields(document, asked.get("schema", {})),
        _fields(document, content.get("schema", {})),
        _example_href(path, parameters) if method == "GET" and "security" not in operation else None,
        orjson.dumps(example, option=orjson.OPT_INDENT_2).decode() if example is not None else None,
    )


def _json_of(part: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = part.get("content", {}).get("application/json", {})
    return found


def _parameter(parameter: dict[str, Any]) -> Parameter:
    schema = parameter.get("schema", {})
    example = parameter.get("example")
    if isinstance(example, list):
        example = example[0] if example else None
    default = schema.get("default")
    return Parameter(
        parameter["name"],
        parameter["in"],
        parameter.get("required", False),
        _kind(schema),
        None if default in (None, []) else str(default),
        parameter.get("description", ""),
        None if example is None else str(example),
    )


def _kind(schema: dict[str, Any]) -> str:
    """A JSON Schema in a few words."""
    match schema:
        case {"anyOf": alternatives}:
            return " or ".join(dict.fromkeys(_kind(one) for one in alternatives if one.get("type") != "null"))
        case {"enum": values}:
            kind = " | ".join(map(str, values))
        case {"const": value}:
            kind = str(value)
        case {"$ref": reference}:
            kind = str(reference).rpartition("/")[2]
        case {"type": "array"}:
            kind = f"list of {_kind(schema.get('items', {}))}"
        case {"type": "object", "additionalProperties": dict(values)}:
            kind = f"by language: {_kind(values)}"
        case _:
            kind = str(schema.get("type", "anything"))
    return kind


def _fields(document: dict[str, Any], schema: dict[str, Any]) -> list[tuple[str, str, str]]:
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return [(name, _kind(one), one.get("description", "")) for name, one in schema.get("properties", {}).items()]


def _example_href(path: str, parameters: list[Parameter]) -> str | None:
    query = {}
    for parameter in parameters:
        if parameter.where == "path":
            if parameter.example is None:
                return None
            path = path.replace(f"{{{parameter.name}}}", quote(parameter.example))
        elif parameter.name == "limit" and parameter.example:
            query["limit"] = parameter.example
    return path + (f"?{urlencode(query)}" if query else "") if "{" not in path else None
