"""The event stream is replicated and followed by ``ldes-client``, the client of the TREE community, unmodified."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections import defaultdict
from pathlib import Path

import pyoxigraph as ox
import pytest

from .harvesters import AS, CHANGES, ID, TOKEN, Copy, graph, label, update

CLIENT = Path(__file__).parents[1] / "conformance/node_modules/.bin/ldes-client"
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
VERSION_OF = "http://www.w3.org/ns/prov#specializationOf"
PUBLISHED = AS + "published"

#: What a client would take for statements about versions, were they members' own.
AMBIGUOUS = f"INSERT DATA {{ <{ID}tool-note/t8> <http://purl.org/dc/terms/isVersionOf> <{ID}tool-note/t1> }}"

pytestmark = pytest.mark.skipif(
    not CLIENT.exists() or shutil.which("node") is None, reason="make test installs the client"
)


def _command(url: str, *options: str) -> list[str]:
    return ["node", str(CLIENT), f"{url}/feeds/changes", "--no-shape", *options]


def _replay(turtle: bytes) -> Copy:
    """What remains of the members that the client gives: the last version of each thing that was not withdrawn."""
    members: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for quad in ox.parse(turtle, format=ox.RdfFormat.TURTLE):
        if not isinstance(quad.subject, ox.BlankNode) and not isinstance(quad.object, ox.BlankNode):
            members[quad.subject.value][quad.predicate.value].add(str(quad.object))
    copy: Copy = {}
    for stated in sorted(members.values(), key=lambda stated: min(stated[PUBLISHED])):
        (entity,) = (value.strip("<>") for value in stated.pop(VERSION_OF))
        if f"<{AS}Delete>" in stated[TYPE]:
            copy.pop(entity, None)
        else:
            copy[entity] = {
                f"<{predicate}> {value}" for predicate in stated.keys() - {PUBLISHED} for value in stated[predicate]
            }
    return copy


@pytest.mark.thorough
def test_the_shipped_release_is_replicated_whole(shipped) -> None:
    replicated = subprocess.run(_command(shipped.url), check=True, capture_output=True).stdout
    with shipped.client() as client:
        expected = graph(client)
    copy = _replay(replicated)
    assert copy.keys() == expected.keys()
    assert [iri for iri in copy if copy[iri] != expected[iri]] == []
    assert len(copy) > 10_000


def test_updates_are_followed(serve, tmp_path) -> None:
    output = tmp_path / "members.ttl"
    with serve("--empty") as served, served.client(token=TOKEN) as client:
        # More than one page, so that one of them is immutable.
        update(
            client, "INSERT DATA { " + " . ".join(label(f"n{number}", f"N {number}") for number in range(300)) + " }"
        )
        with output.open("wb") as members:
            command = _command(served.url, "--follow", "--poll-interval", "100")
            follower = subprocess.Popen(command, stdout=members, stderr=subprocess.DEVNULL)
        try:
            _wait_for(output, graph(client))
            for text in (*CHANGES, AMBIGUOUS):
                update(client, text)
            _wait_for(output, graph(client))
            update(client, f"DELETE WHERE {{ <{ID}tool-note/n299> ?p ?o }}")
            _wait_for(output, graph(client))
        finally:
            follower.kill()
            follower.wait()


def _wait_for(output: Path, expected: Copy) -> None:
    until = time.monotonic() + 30
    while (copy := _replay(_read_whole_statements(output))) != expected:
        assert time.monotonic() < until, {iri for iri in copy | expected if copy.get(iri) != expected.get(iri)}
        time.sleep(0.2)


def _read_whole_statements(output: Path) -> bytes:
    """The output up to its last whole line: the client may be writing."""
    text = output.read_bytes()
    return text[: text.rfind(b" .\n") + 3]
