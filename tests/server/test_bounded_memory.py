"""What clients send is remembered within bounds of bytes, not of entries alone, however long it is."""

from __future__ import annotations

import gc
import importlib
import pkgutil
import tracemalloc
from collections.abc import Callable, Iterator
from functools import _lru_cache_wrapper, partial
from pathlib import Path

import httpx
import pytest

import jwpgraph
from jwpgraph.entities.response_cache import make_response_cache
from jwpgraph.http.remembering import Remembered
from jwpgraph.query_execution.query_results import CacheKey, ResultCache

#: Caches of what the service itself asks for: its files, its languages, its own types. Nothing that a client sends.
OWN = {
    "jwpgraph.answers.words.read_word_table",
    "jwpgraph.stored_queries.execution.get_columns",
    "jwpgraph.api.routes._make_page_model",
    "jwpgraph.http.negotiation._parse_offer",
    "jwpgraph.http.request_origin._parse_networks",
    "jwpgraph.entities.listing.make_parameters_model",
    "jwpgraph.web.rendering.digest_static_file",
    "jwpgraph.web.routes._read_static_file",
    "jwpgraph.web.table_pages.list_table_links",
    "jwpgraph.web.translation._get_locale",
    "jwpgraph.web.translation.get_catalogue",
    "jwpgraph.releases.rule_premises.parse_premises",
    "jwpgraph.query_execution.query_results._digest_media_type",
    "jwpgraph.validation.shape_dependencies.find_shape_dependencies",
    "jwpgraph.validation.target_checks._find_mistakes",
    "jwpgraph.validation.target_checks._load_shapes",
    "jwpgraph.releases.gate._parse_shapes",
}
#: What one remembered result may cost, with its arguments: 512 characters are 64 elements of an Accept header.
MOST_BYTES = 64 * 1024


def test_every_cache_is_one_of_these() -> None:
    for module in pkgutil.walk_packages(jwpgraph.__path__, "jwpgraph."):
        if not module.name.endswith("__main__") and "frontend" not in module.name:
            importlib.import_module(module.name)
    found = set()
    for cached in [one for one in gc.get_objects() if isinstance(one, _lru_cache_wrapper)]:
        if getattr(cached, "__module__", "").startswith("jwpgraph") and cached.__wrapped__.__code__.co_argcount:
            found.add(f"{cached.__module__}.{cached.__qualname__}")
    remembered = {f"{one.__module__}.{one.__qualname__}" for one in gc.get_objects() if isinstance(one, Remembered)}
    assert found - remembered <= OWN


def remembering() -> list[Remembered]:
    importlib.import_module("jwpgraph.server.app")
    found = [one for one in gc.get_objects() if isinstance(one, Remembered)]
    ours = [one for one in found if one.__module__.startswith("jwpgraph") and one.__qualname__ != "parse_name"]
    return sorted(ours, key=lambda one: (one.__module__, one.__qualname__))  # test runners need one order


@pytest.mark.parametrize("one", remembering(), ids=lambda one: one.__qualname__)
@pytest.mark.parametrize("length", [500, 5_000])
def test_parsed_headers_are_cached_within_bounds(one: Remembered, length: int) -> None:
    others: dict[str, Callable[[str], tuple]] = {
        "_negotiate_coding": lambda text: (text, ("gzip",)),
        "choose_media_type": lambda text: ("graph", text),
        "is_trusted_proxy": lambda text: (text, "127.0.0.1"),
        "_get_attribute_name": lambda text: (text, 1),
        "_is_element": lambda text: ("http://e.org/" + text,),
        "_is_node_element": lambda text: ("http://e.org/" + text,),
    }
    arguments = others.get(one.__qualname__, lambda text: (text,))
    before = one.count
    tracemalloc.start()
    for number in range(300 if length <= one.longest else 50):
        one(*arguments((f"a{number}/b;q=0.1;c=d," * length)[:length]))
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    if length > one.longest:
        assert one.count == before
    assert kept < MOST_BYTES * max(1, one.count)


def test_cached_responses_count_with_their_overhead() -> None:
    cache = ResultCache(1_000_000)
    cache.switch(1)
    entry = cache.put(CacheKey(1, "digest", "text/csv"), "solutions", b"x")
    for number in range(1000):
        cache.shorten(("/sparql", b"query=x", b"a" * 8000 + str(number).encode(), b""), entry, object(), 8000)
    assert cache.size <= 1_000_000
    kept = make_response_cache(100_000)
    for number in range(1000):
        kept.put(f"tag {number}", (b"", {}))
    assert len(kept) <= 50


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory, serving_at) -> Iterator:
    folder = tmp_path_factory.mktemp("bounded")
    with serving_at(folder / "data", "--empty", JWPGRAPH_CACHE_MB="4") as served:
        yield served


def resident(served) -> int:
    """Megabytes that the service's own process holds."""
    line = next(one for one in Path(f"/proc/{served.process.pid}/status").read_text().splitlines() if "VmRSS" in one)
    return int(line.split()[1]) // 1024


def test_long_headers_of_many_requests_are_not_cached(target) -> None:
    paths = ("/sparql?query=ASK%7B%7D", "/", "/api/v1/activities", "/.well-known/void", "/graph-store?default")
    with target.client() as client:
        ask = partial(_ask, client)
        for path in paths:
            ask(path, 0, 10)
        before = resident(target)
        for number in range(1, 40):
            for path in paths:
                ask(path, number, 1500)
        assert resident(target) - before < 80


def _ask(client: httpx.Client, path: str, number: int, elements: int) -> None:
    long = ",".join(f"a{number}/b{element}" for element in range(elements))[:8000]
    lines = [long + f",x/y{line}" for line in range(3)]
    headers = [(name, f"{line},*/*" if name == "Accept" else line) for name in ("Accept", "X-Any") for line in lines]
    headers += [("Accept-Language", lines[0]), ("Cookie", f"a={number}{'b' * 7000}")]
    assert client.get(path, headers=headers).status_code < 500


def test_a_header_that_is_too_long_is_refused(target) -> None:
    with target.client() as client:
        answer = client.get("/", headers={"Accept": "a/b," * 3000})
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (431, "headers-too-large")
