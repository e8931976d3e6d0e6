"""Shapes that become unreadable while the service runs are named as what they are."""

from __future__ import annotations

from pathlib import Path

TOKEN = "a-token-for-tests"
UPDATE = "INSERT DATA { GRAPH <urn:g> { <urn:s> <urn:p> 1 } }"


def test_shapes_that_become_unreadable_are_named(serve, tmp_path: Path) -> None:
    shapes = tmp_path / "shapes"
    shapes.mkdir()
    file = shapes / "own.ttl"
    file.write_text("@prefix sh: <http://www.w3.org/ns/shacl#> . <urn:S> a sh:NodeShape .")
    with serve("--empty", JWPGRAPH_SHAPES_DIR=str(shapes)) as served, served.client(token=TOKEN) as client:
        file.unlink()
        answer = client.post("/sparql", data={"update": UPDATE})
        # It was "builder-died", with a lack of memory as the likely cause.
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (500, "bad-shapes")
        assert str(shapes.name) in answer.json()["detail"]
