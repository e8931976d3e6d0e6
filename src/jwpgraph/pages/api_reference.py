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
    path: str
    summary: str
    parameters: list[Parameter]
    fields: list[tuple[str, str, str]]
    example_href: str | None
    example: str | None


def operations(document: dict[str, Any]) -> dict[str, list[Operation]]:
    """The operations of an OpenAPI document by their first tag, in its order."""
    found: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        operation = methods["get"]
        found.setdefault(operation["tags"][0].replace("_", " "), []).append(_operation(document, path, operation))
    return found


def _operation(document: dict[str, Any], path: str, operation: dict[str, Any]) -> Operation:
    parameters = [_parameter(one) for one in operation.get("parameters", ())]
    content = operation["responses"]["200"].get("content", {}).get("application/json", {})
    example = content.get("example")
    return Operation(
        operation["operationId"],
        path,
        operation["summary"],
        parameters,
        _fields(document, content.get("schema", {})),
        _example_href(path, parameters),
        orjson.dumps(example, option=orjson.OPT_INDENT_2).decode() if example is not None else None,
    )


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
