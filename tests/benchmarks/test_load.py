"""The load generator: whole answers are counted, everything else is an error, and nothing is asked twice in vain."""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from time import sleep

import pytest
from benchmarks.load import Body, Job, measure, percentile, run
from hypothesis import given
from hypothesis import strategies as st

_WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
_CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nab\r\n\r\n3;x=y\r\ncde\r\n0\r\n\r\n"


def _fed(response: bytes, cuts: list[int]) -> tuple[Body, list[bool]]:
    body = Body()
    places = [0, *sorted({cut % len(response) for cut in cuts} - {0}), len(response)]
    return body, [body.feed(response[start:end]) for start, end in pairwise(places)]


@given(st.sampled_from([(_WHOLE, 5), (_CHUNKED, 7)]), st.lists(st.integers(0, 200), max_size=12))
def test_a_response_ends_where_it_ends_however_it_comes(case: tuple[bytes, int], cuts: list[int]) -> None:
    response, length = case
    body, complete = _fed(response, cuts)
    assert complete == [False] * (len(complete) - 1) + [True]
    assert (body.status, body.size) == (200, length)


@pytest.mark.parametrize(
    "response",
    [_WHOLE + b"!", _CHUNKED + b"HTTP/1.1 200 OK", b"SSH-2.0-x\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: y\r\n\r\nhello"],
)
def test_what_is_not_one_response_is_refused(response: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        Body().feed(response)


def test_percentiles() -> None:
    seconds = [number / 1000 for number in range(1, 101)]
    assert percentile(seconds, 0.5) == 51
    assert percentile(seconds, 0.99) == 100
    assert math.isnan(percentile([], 0.5))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    seen: Counter[str]

    def do_GET(self) -> None:
        self.seen[self.path] += 1
        if self.path == "/cut":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
            self.close_connection = True
            return
        if self.path == "/slow":
            sleep(0.05)
        self.send_response(503 if self.path == "/busy" else 200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[tuple[int, Counter[str]]]:
    seen: Counter[str] = Counter()
    handler = type("Handler", (_Handler,), {"seen": seen})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield running.server_port, seen
        running.shutdown()
        thread.join()


def _job(port: int, *targets: str, once: bool = False, connections: int = 2) -> Job:
    return Job("127.0.0.1", port, list(targets), "*/*", connections, 0.3, once)


def test_every_answer_is_counted_once(server: tuple[int, Counter[str]]) -> None:
    port, seen = server
    measured = run(_job(port, "/a", "/b"))
    assert measured.requests == seen.total() > 10
    assert abs(seen["/a"] - seen["/b"]) <= 1
    assert measured.errors == 0
    assert measured.bytes == 2 * measured.requests
    assert measured.throughput == pytest.approx(measured.requests / measured.seconds, rel=0.01)


def test_latency_is_that_of_the_server(server: tuple[int, Counter[str]]) -> None:
    measured = run(_job(server[0], "/slow"))
    assert measured.p50 >= 50
    assert measured.p99 >= measured.p50


def test_refusals_and_broken_answers_are_errors(server: tuple[int, Counter[str]]) -> None:
    port, seen = server
    measured = run(_job(port, "/busy", "/cut", "/a", once=True))
    assert (measured.requests, measured.errors) == (1, 2)
    assert seen == {"/busy": 1, "/cut": 1, "/a": 1}


def test_unique_targets_are_asked_once_and_running_out_of_them_is_told(server: tuple[int, Counter[str]]) -> None:
    port, seen = server
    targets = [f"/{number}" for number in range(20)]
    measured = run(_job(port, *targets, once=True, connections=3))
    assert (measured.requests, measured.exhausted) == (20, True)
    assert seen == dict.fromkeys(targets, 1)
    assert not run(_job(port, "/slow", "/slow", "/slow", "/slow", *["/slow"] * 50, once=True)).exhausted


def test_it_works_in_a_process_of_its_own(server: tuple[int, Counter[str]]) -> None:
    assert measure(_job(server[0], "/a")).requests > 0


def test_a_server_that_is_not_there_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="load generator"):
        measure(_job(9, "/a"))
