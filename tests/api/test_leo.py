"""``/api/v1/leo``: the terms as a list, by words and as a tree, with their activities."""

from __future__ import annotations

from typing import Any

PATH = "/api/v1/leo"
TERMS = "http://www.informea.org/terms/"


def count(items: list[dict[str, Any]]) -> set[str]:
    return {one["id"] for one in items} | {iri for one in items for iri in count(one["narrower"])}


def test_the_list_pages_and_finds_words(client) -> None:
    whole = client.get(f"{PATH}?limit=1000").json()
    assert whole["total"] == len(whole["items"]) == 565
    second = client.get(f"{PATH}?limit=10&offset=10").json()["items"]
    assert second == whole["items"][10:20]
    assert [one["label"] for one in client.get(f"{PATH}?q=SYNERGY").json()["items"]] == ["synergy"]
    assert client.get(f"{PATH}?q=zzz").json() == {"total": 0, "limit": 100, "offset": 0, "items": []}


def test_a_term_has_its_neighbours_and_activities(client) -> None:
    synergy = client.get(f"{PATH}/synergy").json()
    assert synergy["id"] == TERMS + "synergy"
    assert synergy["labels"]["en"] == "synergy"
    assert {"A1", "A2", "C1"} <= {one["notation"] for one in synergy["activities"]}
    assert client.get(f"{PATH}/{TERMS}synergy").json() == synergy
    acceptance = client.get(f"{PATH}/acceptance").json()
    (broader,) = acceptance["broader"]
    above = client.get(f"{PATH}/{broader['id'].rpartition('/')[2]}").json()
    assert acceptance["id"] in {one["id"] for one in above["narrower"]}


def test_the_tree_holds_every_term(client) -> None:
    tree = client.get(f"{PATH}/tree").json()
    assert len(count(tree["items"])) == tree["total"] == 565


def test_what_is_wrong_is_refused(client) -> None:
    assert client.get(f"{PATH}/synerg").status_code == 404
    for query in ("?limit=0", "?x=1", "/tree?x=1", "/synergy?x=1"):
        assert client.get(PATH + query).status_code == 422


def test_a_term_that_is_broader_than_itself_ends(client_with) -> None:
    skos = "http://www.w3.org/2004/02/skos/core#"
    client = client_with(
        f"<{TERMS}a> <{skos}inScheme> <{TERMS[:-1]}> ; <{skos}prefLabel> 'a'@en ; <{skos}broader> <{TERMS}a> ."
    )
    assert client.get(f"{PATH}/tree").status_code == 200
    assert client.get(f"{PATH}/a").json()["label"] == "a"
