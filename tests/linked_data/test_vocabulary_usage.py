"""Tests of vocabulary usage: terms are counted once, labelled, and sorted by frequency."""

from __future__ import annotations

import asyncio

from jwpgraph.linked_data.vocabulary_usage import get_vocabulary_usage
from jwpgraph.vocabulary import JWP, PREFIXES


def test_classes_and_properties_are_counted_and_named(site) -> None:
    found = asyncio.run(get_vocabulary_usage(site))
    activity = next(one for one in found.classes if one.iri == JWP + "Activity")
    assert (activity.label, activity.uses) == ("Activity", 33)
    assert [one.uses for one in found.classes] == sorted((one.uses for one in found.classes), reverse=True)
    assert PREFIXES["skos"] + "prefLabel" in {one.iri for one in found.properties}


def test_they_are_counted_once_for_a_release(site, queries) -> None:
    async def twice() -> bool:
        return await get_vocabulary_usage(site) is await get_vocabulary_usage(site)

    assert asyncio.run(twice())
    assert sum("GROUP BY ?term" in query for query in queries.asked) == 2


def test_the_facade_lists_them(client) -> None:
    answer = client.get("/api/v1/terms")
    document = answer.json()
    assert document["prefixes"]["jwp"] == JWP
    assert {"iri", "label", "uses"} == set(document["classes"][0])
    assert client.get("/api/v1/terms", If_None_Match=answer.headers["ETag"]).status_code == 304
