"""Tests of neighbourhoods: each neighbour once, some of each relation, omitted ones counted, one query."""

from __future__ import annotations

import asyncio

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jwpgraph.entities.neighbourhood import Neighbourhood, read_neighbourhood
from jwpgraph.vocabulary import ID

SAKER = ID + "taxon/cites/falco-cherrug"


def around(site, iri: str, limit: int = 24) -> Neighbourhood:
    found = asyncio.run(read_neighbourhood(site, iri, limit))
    assert found is not None
    return found


def test_records_are_links(site) -> None:
    found = around(site, SAKER, 60)
    kinds = {one.kind for one in found.neighbours}
    assert {"country", "taxon", "activity", "species-group"} <= kinds
    places = [one for one in found.neighbours if one.kind == "country"]
    assert all(one.outgoing for one in places)
    kenya = around(site, ID + "country/KE", 60)
    assert {"taxon", "instrument"} <= {one.kind for one in kenya.neighbours}
    assert not {one.kind for one in kenya.neighbours} & {"distribution", "party-status", "signature"}


def test_one_query_is_asked(site, queries) -> None:
    around(site, SAKER)
    before = len(queries.asked)
    around(site, SAKER)
    assert len(queries.asked) == before + 1


def test_every_relation_is_there_before_any_fills_the_rest(site) -> None:
    everything = around(site, SAKER, 1000)
    relations = {(one.relation, one.outgoing) for one in everything.neighbours}
    few = around(site, SAKER, len(relations))
    assert {(one.relation, one.outgoing) for one in few.neighbours} == relations


# The data never change, so one site serves all examples.
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(limit=st.integers(1, 80), name=st.sampled_from(["taxon/cms/falco-cherrug", "instrument/cms", "body/iccwc"]))
def test_what_is_left_out_is_counted(site, limit: int, name: str) -> None:
    found = around(site, ID + name, limit)
    iris = [one.iri for one in found.neighbours]
    assert len(iris) == len(set(iris)) == min(limit, found.total)
    assert ID + name not in iris
    assert len(iris) + sum(one.count for one in found.left_out) == found.total


def test_a_thing_with_more_neighbours_than_are_counted_is_itself_still_there(site, monkeypatch) -> None:
    monkeypatch.setattr("jwpgraph.entities.neighbourhood.MOST_COUNTED", 3)
    for name in ("taxonomy/cites", "instrument/cites", "country/KE"):
        found = around(site, ID + name)
        assert (found.of.iri, found.total) == (ID + name, 3)
    assert asyncio.run(read_neighbourhood(site, ID + "country/none", 5)) is None


def test_the_facade_gives_it(client) -> None:
    answer = client.get("/api/v1/neighbourhood?of=instrument/cms&limit=5")
    document = answer.json()
    assert document["of"]["iri"] == ID + "instrument/cms"
    assert len(document["neighbours"]) == 5
    assert client.get(f"/api/v1/neighbourhood?of={ID}instrument/cms&limit=5").json() == document
    assert client.get("/api/v1/neighbourhood?of=body/icwc").status_code == 404
    assert client.get("/api/v1/neighbourhood?of=body/iccwc&limit=0").status_code == 422
    assert client.get("/api/v1/neighbourhood").status_code == 422
    assert client.get("/api/v1/neighbourhood?of=" + "urn:x%3E%20%7D%20%23").status_code == 404


def test_labels_are_given_as_they_are(client_with) -> None:
    label = "<script>alert('x')</script> \\u202e"
    turtle = f'<{ID}body/iccwc> <https://w3id.org/jwpgraph/ontology#partner> <{ID}body/odd> . ' \
        f'<{ID}body/odd> <http://www.w3.org/2004/02/skos/core#prefLabel> "{label}"@en .'  # fmt: skip
    document = client_with(turtle).get("/api/v1/neighbourhood?of=body/odd").json()
    assert document["of"]["label"] == "<script>alert('x')</script> \u202e"
