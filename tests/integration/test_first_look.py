"""What issue 1 promises a newcomer, asked over HTTP of the service with the shipped data."""

from __future__ import annotations

import re

import httpx
import pytest

PREFIXES = """
PREFIX jwp: <https://w3id.org/jwpgraph/ontology#>
PREFIX id: <https://w3id.org/jwpgraph/id/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX schema: <https://schema.org/>
"""
PROGRAMME = "<https://w3id.org/jwpgraph/id/programme/{}>"


def values(web: httpx.Client, query: str) -> list[str]:
    answer = web.post(
        "/sparql", data={"query": PREFIXES + query}, headers={"Accept": "application/sparql-results+json"}
    )
    assert answer.status_code == 200, answer.text
    document = answer.json()
    (name,) = document["head"]["vars"]
    return [row[name]["value"] for row in document["results"]["bindings"]]


def test_there_are_33_activities(web):
    assert values(web, "SELECT (COUNT(*) AS ?n) { ?a a jwp:Activity }") == ["33"]


def test_get_works_like_post(web):
    answer = web.get("/sparql", params={"query": PREFIXES + "SELECT (COUNT(*) AS ?n) { ?a a jwp:Activity }"})
    assert answer.json()["results"]["bindings"][0]["n"]["value"] == "33"


@pytest.mark.parametrize(
    ("programme", "expected"), [("mikes", {"B6", "B7", "B12", "B16"}), ("mike", {"B11"}), ("grasp", {"B8"})]
)
def test_the_activities_of_a_programme(web, programme, expected):
    linked = f"SELECT DISTINCT ?n {{ ?a a jwp:Activity ; skos:notation ?n ; ?any {PROGRAMME.format(programme)} }}"
    assert set(values(web, linked)) == expected


@pytest.mark.parametrize(
    ("code", "kind", "number"), [("D2", "Body", 6), ("C2", "InformationKind", 6), ("D4", "Tool", 5)]
)
def test_what_an_activity_enumerates(web, code, kind, number):
    named = f'SELECT DISTINCT ?x {{ ?a a jwp:Activity ; skos:notation "{code}" ; ?any ?x . ?x a jwp:{kind} }}'
    assert len(values(web, named)) == number


def test_only_c1_recurs_and_only_b15_has_a_year(web):
    assert values(web, "SELECT ?n { ?a a jwp:Activity ; skos:notation ?n ; jwp:repeatFrequency ?f }") == ["C1"]
    assert values(web, "SELECT ?n { ?a a jwp:Activity ; skos:notation ?n ; jwp:scheduledYear ?y }") == ["B15"]


def test_an_identifier_leads_to_a_page_or_to_data(web):
    page = web.get("/id/body/iccwc", headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["location"].removeprefix(str(web.base_url))) == (303, "/doc/body/iccwc")
    assert "Accept" in page.headers["vary"]
    data = web.get("/id/body/iccwc", headers={"Accept": "text/turtle"}, follow_redirects=True)
    assert data.headers["content-type"].startswith("text/turtle")
    assert "Wildlife Crime" in data.text
    assert web.get("/id/body/iccwc", headers={"Accept": "image/png"}).status_code == 406
    unknown = web.get("/id/body/icwc", headers={"Accept": "text/turtle"})
    assert unknown.status_code == 404
    assert unknown.headers["content-type"] == "application/problem+json"


def test_pages_are_html_with_what_they_are_about(web):
    home = web.get("/", headers={"Accept": "text/html"})
    assert home.status_code == 200
    assert "Saker falcon" in home.text
    page = web.get("/doc/activity/jwp-2015-2020/B16", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "marine turtles" in page.text


@pytest.mark.parametrize(
    "resource", ["activities", "species-groups", "instruments", "bodies", "programmes", "tools", "themes"]
)
def test_the_facade_lists_and_shows(web, resource):
    listed = web.get(f"/api/v1/{resource}", params={"limit": 3}).json()
    assert listed["total"] >= len(listed["items"]) > 0
    first = listed["items"][0]["id"]
    shown = web.get(f"/api/v1/{resource}/{first.partition('/id/')[2].partition('/')[2]}")
    assert shown.status_code == 200
    assert shown.json()["id"] == first
    assert "@context" in shown.json()


def test_lists_filter_by_each_other(web):
    codes = {item["notation"] for item in web.get("/api/v1/activities", params={"programme": "mikes"}).json()["items"]}
    assert codes == {"B6", "B7", "B12", "B16"}
    assert web.get("/api/v1/activities", params={"theme": "B"}).json()["total"] == 21
    assert web.get("/api/v1/activities", params={"species_group": "saker-falcon"}).json()["total"] == 2


def test_the_openapi_document(web):
    document = web.get("/api/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert "/api/v1/activities" in document["paths"]


def test_probes_and_metrics(web):
    assert web.get("/healthz").json() == {"status": "alive"}
    ready = web.get("/readyz").json()
    assert (ready["status"], ready["release"], ready["conforms"]) == ("ready", 1, True)
    metrics = web.get("/metrics").text
    assert re.search(r"^jwpgraph_release_number 1\.0$", metrics, re.MULTILINE)
    assert web.post("/readyz").status_code == 405


@pytest.mark.parametrize(
    "path", ["/nowhere", "/api/v1/nowhere", "/api/v1/activities/Z9", "/sparql?query=SELECT", "/id/"]
)
def test_errors_are_problem_documents(web, path):
    answer = web.get(path)
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"].startswith("https://w3id.org/jwpgraph/problem/")
    assert problem["status"] == answer.status_code
    assert "Traceback" not in answer.text
