"""The whole service as a black box: a process of its own, reached over a real socket."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pyoxigraph as ox
import pytest

from jwpgraph.shipped_files import get_shipped_path
from jwpgraph.vocabulary import JWP, PREFIXES


@pytest.fixture
def web(shipped) -> Iterator[httpx.Client]:
    """A client of the shipped service, without a token."""
    with shipped.client() as client:
        yield client


@pytest.fixture(scope="session")
def counts_in_turtle() -> dict[str, int]:
    """Return the number of entities of each set, counted in the shipped Turtle files by their terms."""
    store = ox.Store()
    for path in sorted(get_shipped_path("data/ttl").rglob("*.ttl")):
        store.bulk_load(path=path, format=ox.RdfFormat.TURTLE)

    def count(pattern: str) -> int:
        rows = store.query(f"PREFIX jwp: <{JWP}> PREFIX prov: <{PREFIXES['prov']}> SELECT DISTINCT ?x {{ {pattern} }}")
        return len(list(rows))

    return {
        "Treaties": count("?x jwp:informeaTreatyCode ?code"),
        "Meetings": count("?x a jwp:Meeting"),
        "Sites": count("?x a jwp:Site"),
        "CountryProfiles": count(
            "?x a jwp:PartyStatus ; jwp:partyTo/jwp:informeaTreatyCode ?code . MINUS { ?x prov:alternateOf ?preferred }"
        ),
    }
