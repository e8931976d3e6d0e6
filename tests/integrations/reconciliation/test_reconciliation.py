"""``/reconcile`` over a real socket, held to the rules of the schemas of Reconciliation Service API 0.2."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

ID = "https://w3id.org/jwpgraph/id/"


@pytest.fixture(scope="module")
def web(shipped) -> Iterator[httpx.Client]:
    """A client of the running service."""
    with shipped.client() as client:
        yield client


def ask(web: httpx.Client, **query: Any) -> list[dict[str, Any]]:
    response = web.post("/reconcile", data={"queries": json.dumps({"q0": query})})
    assert response.status_code == 200, response.text
    result: list[dict[str, Any]] = response.json()["q0"]["result"]
    for one in result:
        assert isinstance(one["id"], str)
        assert isinstance(one["name"], str)
        assert 0 <= one["score"] <= 100
        assert isinstance(one["match"], bool)
        assert all(kind["id"] for kind in one["type"])
        assert all(isinstance(feature["value"], bool | int | float) for feature in one["features"])
    scores = [one["score"] for one in result]
    assert scores == sorted(scores, reverse=True)
    return result


def matched(result: list[dict[str, Any]]) -> list[str]:
    return [one["id"].removeprefix(ID) for one in result if one["match"]]


def test_the_manifest_is_whole(web: httpx.Client) -> None:
    response = web.get("/reconcile", headers={"Origin": "http://refine.example"})
    assert response.headers["access-control-allow-origin"] == "*"
    manifest = response.json()
    assert "0.2" in manifest["versions"]
    assert manifest["name"]
    assert manifest["identifierSpace"].startswith("https://")
    assert manifest["schemaSpace"].startswith("https://")
    for place in (manifest["view"], manifest["preview"]):
        assert "{{id}}" in place["url"]
    assert {type(manifest["preview"][name]) for name in ("width", "height")} == {int}
    proposing = manifest["extend"]["propose_properties"]
    asked = [
        *((service, {"prefix": "s"}) for service in manifest["suggest"].values()),
        (proposing, {"type": "Country"}),
    ]
    for service, parameters in asked:
        assert web.get(service["service_url"] + service["service_path"], params=parameters).status_code == 200


@pytest.mark.parametrize(
    ("text", "kind", "thing"),
    [
        ("Kenya", "Country", "country/KE"),
        ("kenya", "Country", "country/KE"),
        ("KEN", "Country", "country/KE"),
        ("404", "Country", "country/KE"),
        ("saiga-antelope", "Instrument", "instrument/saiga-mou"),
        ("B14", "Activity", "activity/jwp-2015-2020/B14"),
        ("speciesplus:4521", "TaxonConcept", "taxon/cites/loxodonta-africana"),
    ],
)
def test_a_name_or_code_that_one_thing_has_is_a_match(web: httpx.Client, text: str, kind: str, thing: str) -> None:
    assert matched(ask(web, query=text, type=kind)) == [thing]


def test_two_things_of_one_name_are_no_match_until_a_property_decides(web: httpx.Client) -> None:
    both = ask(web, query="Loxodonta africana", type="TaxonConcept")
    assert [one["score"] for one in both[:2]] == [100, 100]
    assert matched(both) == []
    decided = ask(web, query="Loxodonta africana", type=["TaxonConcept"], properties=[{"pid": "taxonomy", "v": "cms"}])
    assert matched(decided) == ["taxon/cms/loxodonta-africana"]


@pytest.mark.parametrize("text", ["Kenia", "Saiga tataricum", "Loxodonta", "zzzzqqq", "***", "x" * 300, "Q126684"])
def test_what_only_resembles_is_never_a_match(web: httpx.Client, text: str) -> None:
    assert matched(ask(web, query=text, type="TaxonConcept")) == [] or text == "Loxodonta"
    assert all(one["score"] < 100 or one["match"] or text == "Loxodonta" for one in ask(web, query=text))


def test_properties_that_contradict_lower_the_score(web: httpx.Client) -> None:
    (first, *_) = ask(web, query="Kenya", type="Country", properties=[{"pid": "iso_alpha3", "v": "UGA"}])
    assert first["score"] < 100
    assert not first["match"]
    (first, *_) = ask(web, query="Kenya", type="Country", properties=[{"pid": "no such", "v": "x"}])
    assert not first["match"]


def test_properties_alone_find(web: httpx.Client) -> None:
    assert matched(ask(web, properties=[{"pid": "iso_alpha3", "v": "KEN"}])) == ["country/KE"]


def test_limit_and_batches_and_get(web: httpx.Client) -> None:
    assert len(ask(web, query="Panthera", limit=2)) == 2
    batch = {"a": {"query": "Kenya"}, "b": {"query": "Uganda", "type": "Country"}}
    found = web.get("/reconcile", params={"queries": json.dumps(batch)}).json()
    assert found.keys() == {"a", "b"}
    cells = {"a": {"query": "Kenya"}, "empty": {"query": " "}}
    found = web.post("/reconcile", data={"queries": json.dumps(cells)}).json()
    assert (found["empty"]["result"], found["a"]["result"][0]["id"]) == ([], ID + "country/KE")
    assert web.get("/reconcile", params={"query": "Kenya"}).json()["result"][0]["id"] == ID + "country/KE"
    script = web.get("/reconcile", params={"query": "Kenya", "callback": "jQuery1"})
    assert script.headers["content-type"].startswith("text/javascript")
    assert re.fullmatch(r"/\*\*/jQuery1\(\{.*\}\);", script.text, re.DOTALL)


@pytest.mark.parametrize(
    "data",
    [
        {"queries": "{"},
        {"queries": "[]"},
        {"queries": '{"q": 1}'},
        {"queries": '{"q": {}}'},
        {"queries": '{"q": {"query": 5}}'},
        {"queries": '{"q": {"query": "x", "type": "Dragon"}}'},
        {"queries": '{"q": {"query": "x", "limit": -1}}'},
        {"queries": '{"q": {"query": "x", "limit": 1e400}}'},
        {"queries": '{"q": {"query": "x", "properties": [{"pid": 1}]}}'},
        {"queries": json.dumps({str(number): {"query": "x"} for number in range(101)})},
        {"query": "Kenya", "callback": "alert(1)//"},
        {"extend": "{}"},
        {"extend": '{"ids": ["x"], "properties": [{"id": "nothing"}]}'},
        {"extend": '{"ids": [1], "properties": [{"id": "rank"}]}'},
        {"nothing": "x"},
    ],
)
def test_what_is_wrong_is_refused(web: httpx.Client, data: dict[str, str]) -> None:
    response = web.post("/reconcile", data=data)
    assert response.status_code == 422, response.text
    assert response.headers["content-type"] == "application/problem+json"


def test_suggestions(web: httpx.Client) -> None:
    entities = web.get("/reconcile/suggest/entity", params={"prefix": "saig"}).json()["result"]
    assert any(one["id"] == ID + "taxon/cites/saiga-tatarica" for one in entities)
    assert all(one["name"] for one in entities)
    types = web.get("/reconcile/suggest/type", params={"prefix": "coun"}).json()["result"]
    assert types == [{"id": "Country", "name": "Country"}]
    properties = web.get("/reconcile/suggest/property", params={"prefix": "alpha"}).json()["result"]
    assert [one["id"] for one in properties] == ["iso_alpha3"]
    assert web.get("/reconcile/suggest/dragon").status_code == 404


def test_suggestions_take_what_openrefine_sends(web: httpx.Client) -> None:
    """Its widget adds the type of the column and how strict it is; jQuery a number against caches."""
    asked = {"prefix": "ke", "type": "Country", "type_strict": "any", "limit": 3, "_": 1764408000}
    entities = web.get("/reconcile/suggest/entity", params=asked).json()["result"]
    assert 0 < len(entities) <= 3
    assert {one["notable"][0]["id"] for one in entities} == {"Country"}
    every = web.get("/reconcile/suggest/entity", params={**asked, "type_strict": "should", "limit": 20}).json()[
        "result"
    ]
    assert len(every) > len(entities)
    rank = {"prefix": "rank", "type_strict": "any"}
    assert web.get("/reconcile/suggest/property", params={**rank, "type": "TaxonConcept"}).json()["result"] != []
    assert web.get("/reconcile/suggest/property", params={**rank, "type": "Country"}).json()["result"] == []
    types = web.get("/reconcile/suggest/type", params={"prefix": "coun", "type": "/type/type"})
    assert types.json()["result"] == [{"id": "Country", "name": "Country"}]
    for wrong in ({"type": "Dragon"}, {"type_strict": "never"}, {"limit": "0"}, {"spell": "always"}):
        assert web.get("/reconcile/suggest/entity", params={"prefix": "ke", **wrong}).status_code == 422


def test_extension_fetches_values(web: httpx.Client) -> None:
    proposed = web.get("/reconcile/properties", params={"type": "Country"}).json()
    assert proposed["type"] == "Country"
    ids = [ID + "country/KE", ID + "country/XX", "x> ?p ?o . <y", 'http://x"y']
    extend = {"ids": ids, "properties": [{"id": one["id"]} for one in proposed["properties"]]}
    found = web.post("/reconcile", data={"extend": json.dumps(extend)}).json()
    assert [one["id"] for one in found["meta"]] == [one["id"] for one in proposed["properties"]]
    assert found["rows"][ids[0]]["iso_alpha3"] == [{"str": "KEN"}]
    assert {"id": ID + "region/eastern-africa", "name": "Eastern Africa"} in found["rows"][ids[0]]["region"]
    for iri in ids[1:]:
        assert set(map(len, found["rows"][iri].values())) == {0}
    date = {"ids": [ID + "instrument/saiga-mou"], "properties": [{"id": "effective_from"}]}
    (cell,) = web.post("/reconcile", data={"extend": json.dumps(date)}).json()["rows"][date["ids"][0]]["effective_from"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", cell["date"])


def test_a_preview_is_a_small_page(web: httpx.Client) -> None:
    page = web.get("/reconcile/preview", params={"id": ID + "country/KE"})
    assert page.headers["content-type"].startswith("text/html")
    assert "Kenya" in page.text
    assert web.get("/reconcile/preview", params={"id": "<script>"}).status_code == 404
