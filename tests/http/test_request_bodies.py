from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Callable
from pathlib import Path

import brotli
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from jwpgraph.http.body_spool import BodySpool
from jwpgraph.http.parameters import get_single, parse_parameters
from jwpgraph.http.request_bodies import ClientGoneError, iter_body_chunks, read_body
from jwpgraph.problems import ProblemError

ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.compress,
}


def read(pieces: list[bytes], limit: int = 10_000_000, disconnect: bool = False, **headers: str) -> bytes:
    messages = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    if disconnect:
        messages.append({"type": "http.disconnect"})
    else:
        messages.append({"type": "http.request", "body": b"", "more_body": False})
    remaining = iter(messages)

    async def receive() -> dict[str, object]:
        return next(remaining)

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return asyncio.run(read_body({"headers": raw}, receive, limit=limit, seconds=5))


def refused(*args: object, **kwargs: object) -> ProblemError:
    with pytest.raises(ProblemError) as caught:
        read(*args, **kwargs)
    return caught.value


@given(st.binary(max_size=5000), st.sampled_from(sorted(ENCODERS)), st.integers(1, 700))
@settings(max_examples=60)
def test_a_compressed_body_arrives_however_it_is_cut(body: bytes, coding: str, size: int) -> None:
    encoded = ENCODERS[coding](body)
    pieces = [encoded[start : start + size] for start in range(0, len(encoded), size)]
    assert read(pieces, content_encoding=coding) == body


def test_gzip_may_have_several_members() -> None:
    assert read([gzip.compress(b"a") + gzip.compress(b"b")], content_encoding="gzip") == b"ab"


@pytest.mark.parametrize("coding", sorted(ENCODERS))
def test_a_bomb_is_stopped_at_the_limit(coding: str) -> None:
    bomb = ENCODERS[coding](bytes(50_000_000))
    assert len(bomb) < 100_000
    problem = refused([bomb], limit=100_000, content_encoding=coding)
    assert (problem.slug, problem.status) == ("body-too-large", 413)


@pytest.mark.parametrize("coding", sorted(ENCODERS))
def test_damaged_and_truncated_bodies_are_refused(coding: str) -> None:
    encoded = ENCODERS[coding](bytes(range(256)) * 50)
    assert refused([encoded[:-4]], content_encoding=coding).slug == "bad-coding"
    assert refused([b"not compressed at all"], content_encoding=coding).slug == "bad-coding"


@pytest.mark.parametrize("coding", sorted(ENCODERS))
def test_no_data_are_no_compressed_body(coding: str) -> None:
    """An empty graph that is compressed has some bytes; a PUT that lost them emptied the graph."""
    assert refused([], content_length="0", content_encoding=coding).slug == "bad-coding"
    assert read([ENCODERS[coding](b"")], content_encoding=coding) == b""
    assert read([], content_length="0") == b""


def test_a_declared_length_is_refused_before_the_body_is_read() -> None:
    assert refused([], limit=10, content_length="11").status == 413


def test_an_undeclared_length_is_counted() -> None:
    assert refused([b"x" * 6, b"x" * 6], limit=10).status == 413
    assert read([b"x" * 6, b"x" * 4], limit=10) == b"x" * 10


def test_unknown_codings_are_refused() -> None:
    assert refused([b""], content_encoding="compress").status == 415
    assert refused([b""], content_encoding="gzip, gzip").status == 415


def test_a_client_that_leaves_is_not_answered() -> None:
    with pytest.raises(ClientGoneError):
        read([b"half"], disconnect=True)


def test_a_body_that_stops_coming_is_not_waited_for() -> None:
    async def receive() -> dict[str, object]:
        await asyncio.sleep(60)
        raise AssertionError

    async def attempt() -> None:
        async for _ in iter_body_chunks({"headers": []}, receive, limit=10, idle=0.01):
            pass

    with pytest.raises(ProblemError) as caught:
        asyncio.run(attempt())
    assert caught.value.status == 408


def test_parameters_are_strict() -> None:
    assert parse_parameters(b"a=1&a=%C3%BC&b") == [("a", "1"), ("a", "ü"), ("b", "")]
    for bad in (b"a=%FF", b"\xff=1"):
        with pytest.raises(ProblemError, match="UTF-8"):
            parse_parameters(bad)
    with pytest.raises(ProblemError, match="2"):
        get_single([("a", "1"), ("a", "2")], "a")
    with pytest.raises(ProblemError, match="1000"):
        parse_parameters(b"&".join([b"a=1"] * 1001))


def spooled(tmp_path: Path, body: bytes, boundary: str) -> list[tuple[str, str, bytes]]:
    async def chunks() -> object:
        for start in range(0, len(body), 7):
            yield body[start : start + 7]

    async def read_parts() -> list[tuple[str, str, bytes]]:
        with BodySpool(tmp_path / "uploads") as spool:
            parts = await spool.multipart(chunks(), boundary)
            return [(part.filename, part.content_type, part.path.read_bytes()) for part in parts]

    found = asyncio.run(read_parts())
    assert list((tmp_path / "uploads").iterdir()) == []
    return found


def test_multipart_parts_are_spooled_and_removed(tmp_path: Path) -> None:
    body = (
        b'--b\r\nContent-Disposition: form-data; name="f"; filename="a.ttl"\r\nContent-Type: text/turtle\r\n\r\none\r\n'
        b'--b\r\nContent-Disposition: form-data; name="g"; filename=b.nt\r\n\r\ntwo\r\n--b--\r\n'
    )
    assert spooled(tmp_path, body, "b") == [("a.ttl", "text/turtle", b"one"), ("b.nt", "", b"two")]


@pytest.mark.parametrize("body", [b"", b"--b\r\n", b"no boundary", b"--b\r\nA: b\r\n\r\ncut"])
def test_malformed_multipart_bodies_are_refused(tmp_path: Path, body: bytes) -> None:
    with pytest.raises(ProblemError) as caught:
        spooled(tmp_path, body, "b")
    assert caught.value.slug == "bad-multipart"
