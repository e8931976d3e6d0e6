"""The OpenAPI document is true: what it names exists, and its examples are what the service answers."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from jwpgraph.api.models import MODELS
from jwpgraph.entities.list_filters import RESOURCES
from jwpgraph.linked_data.json_ld_context import UNMAPPED, make_context


@pytest.fixture
def document(client) -> dict:
    answer = client.get("/api/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    return answer.json()


def _readings(document) -> list[tuple[str, dict]]:
    """The operations that read, by path; what steers has no ``get``."""
    return [(path, methods["get"]) for path, methods in document["paths"].items() if "get" in methods]


def test_it_is_openapi_3_1_and_lists_everything(document) -> None:
    assert document["openapi"].startswith("3.1")
    assert document["servers"] == [{"url": "http://jwp.example"}]
    for plural in RESOURCES:
        assert {f"/api/v1/{plural}", f"/api/v1/{plural}/{{name}}"} <= document["paths"].keys()
    operations = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert len(operations) == len(set(operations))


def test_tags_are_declared_and_writing_needs_a_token(document) -> None:
    operations = [
        (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    declared = {tag["name"] for tag in document["tags"]}
    assert {tag for *_, operation in operations for tag in operation["tags"]} == declared
    assert document["security"] == []
    without = {path for method, path, operation in operations if method != "get" and "security" not in operation}
    assert without == {"/api/v1/what-if"}, "what-if computes, and writes nothing"


def test_references_inside_the_document_resolve(document) -> None:
    schemas = document["components"]["schemas"]

    def references(value):
        if isinstance(value, dict):
            if "$ref" in value:
                yield value["$ref"]
            for one in value.values():
                yield from references(one)
        elif isinstance(value, list):
            for one in value:
                yield from references(one)

    for path in document["paths"].values():
        for reference in references(path):
            assert reference.rpartition("/")[2] in schemas


def test_every_example_answer_is_what_the_service_answers(client, document) -> None:
    checked = 0
    for path, operation in _readings(document):
        example = operation["responses"]["200"]["content"].get("application/json", {}).get("example")
        if example is None:
            continue
        name = next((one["example"] for one in operation["parameters"] if one["in"] == "path"), None)
        url = path.replace("{name}", quote(name)) if name else path + "?limit=1"
        assert client.get(url).json() == example
        checked += 1
    assert checked == 2 * (len(MODELS) - 2), "no comment and no judgement is shipped"


def test_every_parameter_example_works(client, document) -> None:
    checked = 0
    for path, operation in _readings(document):
        for parameter in operation.get("parameters", ()):
            example = parameter.get("example")
            if example is None:
                continue
            value = quote(str(example[0] if isinstance(example, list) else example))
            url = path.replace("{name}", value) if parameter["in"] == "path" else f"{path}?{parameter['name']}={value}"
            others = [one for one in operation["parameters"] if one["in"] == "query" and one is not parameter]
            url += "".join(f"&{one['name']}={quote(str(one['example']))}" for one in others if one["required"])
            assert client.get(url).status_code == 200, url
            checked += 1
    assert checked > 100


def test_documented_keys_are_terms_of_the_context() -> None:
    terms = make_context()["@context"].keys()
    for model in MODELS.values():
        keys = {field.alias or name for name, field in model.model_fields.items()}
        assert keys - {"@context"} <= terms | set(UNMAPPED)


def test_the_document_is_that_of_its_release(own_client, queries) -> None:
    first = own_client.get("/api/openapi.json")
    assert own_client.get("/api/openapi.json", if_none_match=first.headers["etag"]).status_code == 304
    queries.release_number += 1
    assert own_client.get("/api/openapi.json", if_none_match=first.headers["etag"]).status_code == 200


def test_every_operation_may_answer_with_a_problem(document) -> None:
    for path in document["paths"].values():
        for operation in path.values():
            assert list(operation["responses"]["default"]["content"]) == ["application/problem+json"]
            for status, response in operation["responses"].items():
                if status.startswith(("4", "5")):
                    assert "application/problem+json" in response["content"], (operation["operationId"], status)
            takes = bool(operation.get("parameters")) or "requestBody" in operation
            assert ("422" in operation["responses"]) == takes, operation["operationId"]
    assert "HTTPValidationError" not in str(document)


def test_headers_are_described_and_sent(client, document) -> None:
    answer = client.get("/api/v1/meetings?limit=1")
    described = document["paths"]["/api/v1/meetings"]["get"]["responses"]["200"]["headers"]
    assert set(described) == {"ETag", "X-Release", "Link"}
    assert all(name in answer.headers for name in described)
