"""The response cache: bounded in bytes, one release, every form of an answer."""

from __future__ import annotations

import asyncio
import gzip
from typing import Any

import brotli
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from jwpgraph.query_execution.metrics import CacheMetrics
from jwpgraph.query_execution.query_results import CacheKey, ResultCache, digest_request, make_entity_tag
from jwpgraph.query_execution.query_task import QueryRequest

JSON = "application/sparql-results+json"
BODY = b'{"head":{"vars":["s"]},"results":{"bindings":[]}}' * 100
DECODERS: dict[str, Any] = {"zstd": zstandard.decompress, "br": brotli.decompress, "gzip": gzip.decompress}


def cache(capacity: int = 1_000_000, registry: CollectorRegistry | None = None) -> ResultCache:
    made = ResultCache(capacity, CacheMetrics(registry))
    made.switch(1)
    return made


def key(name: str = "q", release: int = 1, media_type: str = JSON) -> CacheKey:
    return CacheKey(release, digest_request(QueryRequest(name)), media_type)


@pytest.mark.parametrize("coding", ["zstd", "br", "gzip"])
def test_an_entry_holds_plain_and_compressed_forms(coding: str) -> None:
    kept = cache()
    entry = kept.put(key(), "solutions", BODY)
    before = kept.size
    form, used = asyncio.run(kept.encode(entry, coding))
    assert (used, DECODERS[coding](form)) == (coding, BODY)
    assert kept.size == before + len(form)
    assert asyncio.run(kept.encode(entry, coding))[0] is form
    assert asyncio.run(kept.encode(entry, "identity")) == (BODY, "identity")


def test_an_incompressible_body_stays_plain() -> None:
    kept = cache()
    short = kept.put(key("a"), "solutions", b"{}")
    assert asyncio.run(kept.encode(short, "br")) == (b"{}", "identity")
    noise = b"".join(__import__("hashlib").sha256(bytes([i, j])).digest() for i in range(8) for j in range(8))
    dense = kept.put(key("b"), "solutions", noise)
    assert asyncio.run(kept.encode(dense, "gzip")) == (noise, "identity")


def test_a_long_body_is_compressed_in_a_thread() -> None:
    kept = cache(100_000_000)
    entry = kept.put(key(), "solutions", BODY * 200)
    assert gzip.decompress(asyncio.run(kept.encode(entry, "gzip"))[0]) == BODY * 200


def test_entity_tags_differ_between_representations() -> None:
    keys = [key("a"), key("b"), key("a", 2), key("a", 1, "text/csv")]
    tags = {make_entity_tag(k, coding) for k in keys for coding in ("identity", "zstd", "br", "gzip")}
    assert len(tags) == 16
    assert all(tag.startswith('"r') and tag.endswith('"') for tag in tags)
    assert make_entity_tag(key("a"), "br").endswith('-br"')


def test_the_digest_covers_everything_that_determines_a_result() -> None:
    requests = [
        QueryRequest("q"),
        QueryRequest("q", default_graphs=()),
        QueryRequest("q", default_graphs=("a",)),
        QueryRequest("q", named_graphs=("a",)),
        QueryRequest("q", entailment=False),
        QueryRequest("q", base_iri="https://example.org/"),
        QueryRequest("q "),
    ]
    assert len({digest_request(request) for request in requests}) == len(requests)
    assert digest_request(QueryRequest("q", timeout=3)) == digest_request(QueryRequest("q"))


def test_a_new_release_clears_the_cache() -> None:
    kept = cache()
    entry = kept.put(key(), "solutions", BODY)
    kept.shorten("asked", entry, "response", 100)
    kept.switch(2)
    assert (kept.get(key()), kept.recall("asked"), kept.size, len(kept)) == (None, None, 0, 0)
    assert not kept.put(key(), "solutions", BODY).kept


def test_an_entry_of_an_earlier_release_can_still_be_compressed_and_sent() -> None:
    kept = cache()
    entry = kept.put(key(), "solutions", BODY)
    assert entry.kept
    kept.switch(2)
    form, coding = asyncio.run(kept.encode(entry, "gzip"))
    kept.shorten("asked", entry, "response", 100)
    assert (gzip.decompress(form), coding) == (BODY, "gzip")
    assert (kept.size, len(kept), kept.recall("asked")) == (0, 0, None)


def test_results_that_are_too_long_are_not_cached() -> None:
    kept = cache(80_000)
    assert kept.put(key("a"), "solutions", bytes(kept.largest)).kept
    assert not kept.put(key("b"), "solutions", bytes(kept.largest + 1)).kept
    assert not ResultCache(0).put(key(), "solutions", b"").kept


def test_the_least_recently_used_entry_is_evicted_first() -> None:
    registry = CollectorRegistry()
    kept = cache(80_000, registry)
    for name in "abcdefgh":
        kept.put(key(name), "solutions", bytes(kept.largest))
    assert kept.get(key("a"))
    kept.put(key("i"), "solutions", bytes(kept.largest))
    assert kept.get(key("b")) is None
    assert kept.get(key("a"))
    assert registry.get_sample_value("jwpgraph_cache_evictions_total") == 1
    assert registry.get_sample_value("jwpgraph_cache_hits_total") == 2
    assert registry.get_sample_value("jwpgraph_cache_misses_total") == 1
    assert registry.get_sample_value("jwpgraph_cache_bytes") == kept.size


def test_a_shortcut_lives_as_long_as_its_entry() -> None:
    kept = cache(80_000)
    entry = kept.put(key("a"), "solutions", b"x")
    kept.shorten((b"GET", b"/sparql?query=a", b"br"), entry, "response", 200)
    assert kept.recall((b"GET", b"/sparql?query=a", b"br")) == "response"
    assert kept.recall((b"GET", b"/sparql?query=a", b"gzip")) is None
    for name in "bcdefghi":
        kept.put(key(name), "solutions", bytes(kept.largest))
    assert kept.recall((b"GET", b"/sparql?query=a", b"br")) is None


def test_shortcuts_are_counted_and_bounded() -> None:
    kept = cache()
    entry = kept.put(key(), "solutions", b"x")
    for number in range(1000):
        kept.shorten(number, entry, None, 10_000)
    assert len(entry.shortcuts) < 40
    assert entry.size <= 1_000_000 // 8
    assert kept.size == entry.size


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("abcdefghij"),
            st.integers(0, 3000),
            st.sampled_from(["put", "get", "zstd", "gzip", "br", "shorten", "switch"]),
        ),
        max_size=60,
    )
)
def test_the_cache_never_exceeds_its_capacity(steps: list[tuple[str, int, str]]) -> None:
    kept = cache(30_000)
    release = 1
    bodies: dict[str, bytes] = {}
    for name, size, action in steps:
        k = key(name, release)
        if action == "put":
            bodies[name] = name.encode() * size
            kept.put(k, "solutions", bodies[name])
        elif action == "switch":
            release += 1
            kept.switch(release)
        elif (entry := kept.get(k)) is not None:
            assert entry.body == bodies[name]
            if action == "shorten":
                kept.shorten((name, size), entry, name, size)
            elif action != "get":
                asyncio.run(kept.encode(entry, action))
        assert 0 <= kept.size <= 30_000
        assert kept.size == sum(entry.size for entry in kept._entries._values.values())
        assert set(kept._shortcuts) == {asked for entry in kept._entries._values.values() for asked in entry.shortcuts}
