"""Tests of the response cache: bounded, least recently used evicted first, separate for each release."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jwpgraph.entities.response_cache import make_response_cache

#: Memory that a response takes besides its body, and room for eight responses of 100 bytes.
OVERHEAD = 2048
ROOM = 8 * (100 + OVERHEAD)


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 200)), max_size=60))
def test_the_capacity_is_never_exceeded_and_recent_responses_remain(puts: list[tuple[str, int]]) -> None:
    kept = make_response_cache(ROOM)
    for tag, size in puts:
        kept.put(tag, (b"x" * size, {}))
        held = [answer for name in "abcdefgh" if (answer := kept._values.get(name))]
        assert sum(len(body) + OVERHEAD for body, _ in held) == kept.size <= ROOM
        assert all(len(body) <= 100 for body, _ in held)


def test_the_least_recently_used_response_is_evicted_first() -> None:
    kept = make_response_cache(ROOM)
    for tag in "abcdefgh":
        kept.put(tag, (b"x" * 100, {}))
    assert kept.get("a")
    kept.put("i", (b"x" * 100, {}))
    assert kept.get("a")
    assert kept.get("b") is None


def test_a_second_request_asks_nothing_and_a_new_release_asks_again(own_client, queries) -> None:
    for path in ("/doc/body/iccwc", "/api/v1/bodies/iccwc", "/data/body/iccwc.ttl"):
        first = own_client.get(path)
        queries.asked.clear()
        again = own_client.get(path)
        assert (again.content, again.headers["etag"]) == (first.content, first.headers["etag"])
        assert queries.asked == []
        queries.release_number += 1
        assert own_client.get(path).status_code == 200
        assert queries.asked


def test_errors_are_not_cached(own_client, queries) -> None:
    for _ in range(2):
        queries.asked.clear()
        assert own_client.get("/doc/body/nobody").status_code == 404
        assert queries.asked


def test_responses_made_during_a_switch_are_not_cached(own_client, queries, site) -> None:
    select = queries.select

    async def change(query: str):
        queries.release_number += 1
        return await select(query)

    queries.select = change
    assert own_client.get("/doc/body/iccwc").status_code == 200
    assert len(site.response_cache) == 0
