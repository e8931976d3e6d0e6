"""Deeply nested documents, for which the engine takes time and memory by the square of the depth, are refused."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from jwpgraph.problems import ProblemError
from jwpgraph.releases.changes import Payload
from jwpgraph.releases.rdf_files import read_graph

_RDF = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="urn:e#">'


def _read(tmp_path: Path, media_type: str, text: str) -> int:
    path = tmp_path / "document"
    path.write_text(text)
    return len(read_graph(Payload(path, media_type, base_iri="urn:base"), "urn:g"))


@pytest.mark.parametrize(
    ("media_type", "text"),
    [
        ("application/ld+json", '{"urn:p":' * 50_000 + "1" + "}" * 50_000),
        ("application/ld+json", '\n{"urn:p":' * 50_000),
        ("application/ld+json", "[" * 200_000 + "]" * 200_000),
        ("application/rdf+xml", _RDF + "<e:C><e:p>" * 50_000 + "</e:p></e:C>" * 50_000 + "</rdf:RDF>"),
    ],
    ids=["objects", "objects without end", "arrays", "elements"],
)
def test_deep_documents_are_refused_at_once(tmp_path: Path, media_type: str, text: str) -> None:
    begin = time.process_time()
    with pytest.raises(ProblemError) as caught:
        _read(tmp_path, media_type, text)
    assert time.process_time() - begin < 5
    assert caught.value.slug == "bad-rdf"
    assert "nested at most" in caught.value.detail


@pytest.mark.parametrize(
    ("media_type", "text", "triples"),
    [
        ("application/ld+json", '{"urn:p":' * 100 + '"x"' + "}" * 100, 100),
        ("application/ld+json", '{"@id":"urn:a","urn:p":"' + r"{\"[\\" * 1000 + '"}', 1),
        ("application/ld+json", "[" + ",".join(f'{{"@id":"urn:{n}","urn:p":["{{"]}}' for n in range(1000)) + "]", 1000),
        ("application/ld+json", "[]", 0),
        ("application/rdf+xml", _RDF + "<e:C><e:p>" * 400 + "</e:p></e:C>" * 400 + "</rdf:RDF>", 800),
    ],
    ids=["deep", "brackets in a string", "long", "empty", "elements"],
)
def test_others_are_read(tmp_path: Path, media_type: str, text: str, triples: int) -> None:
    assert _read(tmp_path, media_type, text) == triples


def test_a_string_without_end_is_read_once(tmp_path: Path) -> None:
    begin = time.process_time()
    with pytest.raises(ProblemError):
        _read(tmp_path, "application/ld+json", '{"urn:p":"' + r"\"" * 300_000)
    assert time.process_time() - begin < 5


@pytest.mark.parametrize("media_type", ["application/ld+json", "application/rdf+xml"])
def test_nothing_at_all(tmp_path: Path, media_type: str) -> None:
    with pytest.raises(ProblemError) as caught:
        _read(tmp_path, media_type, "")
    assert caught.value.slug == "bad-rdf"
