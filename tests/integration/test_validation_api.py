"""The validation API: what does not exist, wrong parameters, shapes, and its OpenAPI description."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/validation/runs/999",
        "/api/v1/validation/runs/1.xml",
        "/api/v1/validation/history.csv",
        "/validation/runs/999",
        "/validation?job=nonsense",
    ],
)
def test_what_is_not_there_is_not_found(web, path):
    assert web.get(path).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/validation/results?state=nonsense",
        "/api/v1/validation/results?limit=0",
        "/api/v1/validation/runs?nonsense=1",
        "/api/v1/validation/runs/0",
        "/api/v1/validation/runs/99999999999999999999",
    ],
)
def test_parameters_are_checked(web, path):
    assert web.get(path).status_code == 422
    assert web.get(path).headers["content-type"] == "application/problem+json"


def test_shapes_say_what_they_check_and_what_to_do(web):
    items = {one["shape"]: one for one in web.get("/api/v1/validation/shapes").json()["items"]}
    english = items["https://w3id.org/jwpgraph/shapes#Labelled-english"]
    assert english["message"] == "Add a skos:prefLabel tagged @en."
    assert english["severity"] == "violation"
    assert [one["name"] for one in web.get("/api/v1/validation/jobs").json()["items"]] == [
        "release",
        "quality",
        "links",
    ]
    orphan = items["https://w3id.org/jwpgraph/quality#OrphanConcept"]
    assert orphan["message"].startswith("Connect the concept")
    assert orphan["why"]


def test_the_reference_describes_validation(web):
    paths = web.get("/api/openapi.json").json()["paths"]
    assert {"/api/v1/validation/runs", "/api/v1/validation/results", "/api/v1/validation/shapes"} <= paths.keys()
    start = paths["/api/v1/validation/runs"]["post"]
    assert start["requestBody"]["content"]["application/json"]["schema"]["properties"].keys() == {"job"}
    assert start["security"] == [{"token": []}]
    assert {"202", "401"} <= start["responses"].keys()
    acknowledge = paths["/api/v1/validation/results/{fingerprint}/acknowledge"]
    assert acknowledge.keys() == {"post", "delete"}
    assert "204" in acknowledge["delete"]["responses"]
    page = web.get("/api/docs", headers={"Accept": "text/html"}).text
    assert "POST /api/v1/validation/runs</code>" in page
    operations = [one["operationId"] for methods in paths.values() for one in methods.values()]
    assert len(operations) == len(set(operations))


@pytest.mark.parametrize(("path", "model"), [("runs", "RunModel"), ("results?state=new", "ResultModel")])
def test_what_is_answered_is_what_the_reference_says(web, path, model):
    schema = web.get("/api/openapi.json").json()["components"]["schemas"][model]
    items = web.get(f"/api/v1/validation/{path}").json()["items"]
    assert items
    assert items[0].keys() == schema["properties"].keys() == set(schema["required"])
