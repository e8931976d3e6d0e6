"""Tests of compressed responses: negotiated, each form with its own entity tag."""

from __future__ import annotations

import pytest

PAGE = "/doc/activity/jwp-2015-2020/D2"


@pytest.mark.parametrize("path", [PAGE, "/data/activity/jwp-2015-2020/D2.ttl", "/api/v1/activities"])
def test_an_answer_is_the_same_in_every_coding(client, path: str) -> None:
    plain = client.get(path, Accept_Encoding="identity")
    assert "Content-Encoding" not in plain.headers
    assert "Accept-Encoding" in plain.headers["Vary"]
    for coding in ("gzip", "br"):
        answer = client.get(path, Accept_Encoding=coding)
        assert answer.headers["Content-Encoding"] == coding
        assert answer.text == plain.text
        assert int(answer.headers["Content-Length"]) < len(plain.content) / 2
        assert answer.headers["ETag"] != plain.headers["ETag"]


def test_a_current_compressed_copy_is_304(client) -> None:
    tag = client.get(PAGE, Accept_Encoding="br").headers["ETag"]
    again = client.get(PAGE, Accept_Encoding="br", If_None_Match=tag)
    assert (again.status_code, again.headers["ETag"]) == (304, tag)
    assert "Accept-Encoding" in again.headers["Vary"]
    assert client.get(PAGE, Accept_Encoding="gzip", If_None_Match=tag).status_code == 200
