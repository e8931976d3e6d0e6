"""One thing: everything linked, parts in order, evidence where there is some, and JSON that is JSON-LD."""

from __future__ import annotations

import json

import pyoxigraph as ox
import pytest

from jwpgraph.api.models import MODELS
from jwpgraph.entities.entity_types import BY_SEGMENT
from jwpgraph.linked_data.json_ld_context import make_context
from jwpgraph.vocabulary import ID, JWP


def show(client, path: str) -> dict:
    answer = client.get(f"/api/v1/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("name", ["B16", "b16", "jwp-2015-2020/B16"])
def test_an_activity_is_found_by_notation_or_slug(client, name: str) -> None:
    activity = show(client, f"activities/{name}")
    assert activity["id"] == ID + "activity/jwp-2015-2020/B16"
    assert activity["type"] == "Activity"
    assert activity["theme"]["notation"] == "B"
    assert [programme["id"] for programme in activity["programmes"]] == [ID + "programme/mikes"]
    assert {sibling["notation"] for sibling in activity["siblings"]} == {"B6", "B7", "B12"}
    assert activity["sources"][0]["citation"]
    assert activity["links"]["self"] == "http://jwp.example/api/v1/activities/jwp-2015-2020/B16"


def test_what_the_text_enumerates(client) -> None:
    assert len(show(client, "activities/D2")["bodies"]) == 6
    assert len(show(client, "activities/C2")["information_kinds"]) >= 6
    assert len(show(client, "activities/C2")["parts"]) == 6
    assert len(show(client, "activities/D4")["tools"]) == 5
    assert show(client, "activities/C1")["repeat_frequency"] == "P1Y"
    assert show(client, "activities/B15")["scheduled_year"] == "2017"


def test_what_the_text_does_not_say_is_absent(client) -> None:
    activity = show(client, "activities/B16")
    assert not {"scheduled_year", "repeat_frequency", "budget", "lead", "status"} & activity.keys()


def test_statements_tell_their_source(client) -> None:
    saiga = show(client, "instruments/saiga-mou")
    assert saiga["effective_from"] == "2006-09-24"
    (statement,) = [one for one in saiga["statements"] if one["predicate"] == "effective_from"]
    assert statement["object"] == {"value": "2006-09-24", "type": "xsd:date"}
    assert statement["sources"][0]["citation"]
    inferred = show(client, "activities/B6")["statements"]
    assert any(one["predicate"] == "species_groups" and one["evidence"]["label"] for one in inferred)


def test_official_text_when_it_is_loaded(client_with, client) -> None:
    assert "official_text" not in show(client, "activities/B14")
    client = client_with(f'<{ID}activity/jwp-2015-2020/B14> <{JWP}officialText> "The very words"@en .')
    assert show(client, "activities/B14")["official_text"] == {"en": "The very words"}
    assert "The very words" in client.get("/doc/activity/jwp-2015-2020/B14").text


def test_incoming_links_are_grouped_counted_and_paged(client_with) -> None:
    turtle = "".join(
        f"<{ID}activity/x/Z{n}> a <{JWP}Activity> ; <{JWP}involvesBody> <{ID}body/fao> .\n" for n in range(70)
    )
    client = client_with(turtle)
    url, seen = "/api/v1/bodies/fao", []
    while url:
        (links,) = [one for one in client.get(url).json()["incoming"] if one["property"] == "bodies"]
        assert links["total"] == 71
        seen += [item["id"] for item in links["items"]]
        url = links.get("next")
    assert len(seen) == len(set(seen)) == 71
    assert client.get("/api/v1/bodies/fao?incoming=nonsense").status_code == 422


def test_an_unknown_name_is_404_with_near_matches(client) -> None:
    problem = client.get("/api/v1/instruments/saiga-mu").json()
    assert problem["status"] == 404
    assert ID + "instrument/saiga-mou" in [near["id"] for near in problem["near"]]


def test_a_name_that_two_things_have_is_not_guessed(client_with) -> None:
    client = client_with(
        f'<{ID}activity/jwp-2021-2025/B16> a <{JWP}Activity> ; <http://www.w3.org/2004/02/skos/core#notation> "B16" .'
    )
    answer = client.get("/api/v1/activities/B16")
    assert answer.status_code == 404
    assert answer.json()["choices"] == [ID + "activity/jwp-2015-2020/B16", ID + "activity/jwp-2021-2025/B16"]
    assert show(client, "activities/jwp-2021-2025/B16")["id"].endswith("jwp-2021-2025/B16")


def test_both_json_types_and_no_other(client) -> None:
    for accept, expected in (
        (None, "application/json"),
        ("application/ld+json", "application/ld+json"),
        ("*/*", "application/json"),
    ):
        headers = {"accept": accept} if accept else {}
        assert client.get("/api/v1/bodies/iccwc", **headers).headers["content-type"] == expected
    assert client.get("/api/v1/bodies", accept="text/csv").status_code == 406


def test_an_unchanged_answer_is_304_until_the_next_release(own_client, queries) -> None:
    for path in ("/api/v1/bodies/iccwc", "/api/v1/bodies?limit=2"):
        first = own_client.get(path)
        assert first.headers["cache-control"] == "public, no-cache"
        assert own_client.get(path, if_none_match=first.headers["etag"]).status_code == 304
        assert (
            own_client.get(path, accept="application/ld+json", if_none_match=first.headers["etag"]).status_code == 200
        )
        queries.release_number += 1
        # A thing is the same as long as its document says the same; a list belongs to a release.
        expected = 304 if path.endswith("iccwc") else 200
        assert own_client.get(path, if_none_match=first.headers["etag"]).status_code == expected


@pytest.mark.parametrize(
    "path", ["activities?limit=500", "instruments?limit=500", "bodies?limit=500", "activities/D2", "tools/informea"]
)
def test_answers_are_json_ld_that_says_what_the_store_says(client, shipped_store: ox.Store, path: str) -> None:
    answer = client.get(f"/api/v1/{path}", accept="application/ld+json")
    text = answer.text.replace('"http://jwp.example/context.jsonld"', json.dumps(make_context()["@context"]))
    said = {quad.triple for quad in ox.parse(text, format=ox.RdfFormat.JSON_LD, base_iri="http://jwp.example/")}
    about_the_page = {triple for triple in said if str(triple.subject).startswith("<http://jwp.example/")}
    assert len(said) > 10
    assert said - about_the_page <= {quad.triple for quad in shipped_store}
    if "?" in path:
        members = {triple.object.value for triple in about_the_page if triple.predicate.value.endswith("#member")}
        assert len(members) == answer.json()["total"]


#: Kinds of which the model names every key of the shipped data.
TYPED = {"meeting", "taxon", "site", "action", "proposal", "membership", "national-role", "signature"}


@pytest.mark.parametrize("segment", sorted(MODELS))
def test_every_shipped_thing_fits_its_documented_model(client, segment: str) -> None:
    kind, model = BY_SEGMENT[segment], MODELS[segment]
    known = {field.alias or name for name, field in model.model_fields.items()}
    items = client.get(f"/api/v1/{kind.plural}?limit=500").json()["items"]
    for item in items:
        model.model_validate(item)
        assert segment not in TYPED or set(item) <= known
    for item in items[:200]:
        slug = item["id"].removeprefix(f"{ID}{segment}/")
        model.model_validate(show(client, f"{kind.plural}/{slug}"))
