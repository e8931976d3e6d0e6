"""Tests of Memento with real releases: selection by date, the time map, and unchanging mementos."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pyoxigraph as ox
import pytest

from jwpgraph.entities.app_context import AppContext
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.release import MANIFEST
from jwpgraph.vocabulary import ID

BODY = "body/iccwc"
LABEL = ox.NamedNode("http://www.w3.org/2004/02/skos/core#prefLabel")


@pytest.fixture(scope="module")
def releases(published: Path, tmp_path_factory: pytest.TempPathFactory) -> ReleaseDirectory:
    """Return three releases: the shipped one, and an earlier and a later one with another name of a body."""
    folder = shutil.copytree(published, tmp_path_factory.mktemp("memento") / "data")
    found = ReleaseDirectory(folder)
    first = found.require_current()
    for number, year, name in ((2, "2020", "Named in 2020"), (3, "2024", "Named in 2024")):
        path = first.path.parent / f"{number:06}"
        shutil.copytree(first.path, path, ignore=shutil.ignore_patterns("store"))
        (path / "store").mkdir()
        store = ox.Store(str(path / "store"))
        graph = ox.NamedNode("https://w3id.org/jwpgraph/graph/bodies")
        store.add(ox.Quad(ox.NamedNode(ID + BODY), LABEL, ox.Literal(name, language="en"), graph))
        del store
        manifest = first.manifest.model_copy(
            update={"number": number, "created": datetime(int(year), 5, 17, 12, 0, 0, 250_000, tzinfo=UTC)}
        )
        (path / MANIFEST).write_text(manifest.model_dump_json(), "utf-8")
    (folder / "CURRENT").write_text("3", "ascii")
    return found


@pytest.fixture
def client(releases: ReleaseDirectory, queries, client_over):
    """Return a client of the service for the last of them."""
    queries.release_number = 3
    return client_over(AppContext(queries, releases))


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        ("Sat, 01 Jan 2000 00:00:00 GMT", 2),
        ("Sun, 17 May 2020 11:59:59 GMT", 2),
        ("Sun, 17 May 2020 12:00:00 GMT", 2),
        ("Fri, 17 May 2024 11:59:59 GMT", 2),
        ("Fri, 17 May 2024 12:00:00 GMT", 3),
        ("Wed, 01 Jan 2025 00:00:00 GMT", 3),
        ("Tue, 01 Jan 2199 00:00:00 GMT", 1),
    ],
)
def test_the_gate_leads_to_the_state_at_a_date(client, asked: str, number: int) -> None:
    answer = client.get(f"/timegate/{BODY}", accept_datetime=asked)
    assert answer.status_code == 302
    assert answer.headers["location"] == f"http://jwp.example/releases/{number}/data/{BODY}"
    assert answer.headers["vary"] == "Accept-Datetime"
    assert f'<{ID}{BODY}>; rel="original"' in answer.headers["link"]


def test_a_date_that_is_none_is_refused(client) -> None:
    assert client.get(f"/timegate/{BODY}", accept_datetime="yesterday").status_code == 400
    assert client.get(f"/timegate/{BODY}").headers["location"].endswith(f"/releases/1/data/{BODY}")


def test_only_releases_that_have_the_entity_are_its_mementos(client, releases: ReleaseDirectory) -> None:
    name = "meeting-kind/workshop"
    (entry,) = [line for line in client.get(f"/timemap/{name}").text.split(",\n") if "memento" in line]
    assert "/releases/1/data/" in entry, "the copies have no statement about it"
    assert 'rel="first last memento"' in entry
    answer = client.get(f"/timegate/{name}", accept_datetime="Sat, 01 Jan 2000 00:00:00 GMT")
    assert answer.headers["location"].endswith(f"/releases/1/data/{name}")
    for path in ("/timegate/body/nobody", "/timemap/body/nobody", "/timegate/", "/timemap/"):
        assert client.get(path).status_code == 404


def test_mementos_follow_the_life_of_an_entity(releases: ReleaseDirectory, queries, client_over, monkeypatch) -> None:
    class Log:
        def list_lives(self, iris, until):
            assert (iris[0], until) == (ID + BODY, 3)
            return [(1, True), (2, False), (3, True)]

    monkeypatch.setattr(queries, "release_number", 3)
    entries = client_over(AppContext(queries, releases, changes=Log())).get(f"/timemap/{BODY}").text.split(",\n")
    assert [entry.partition("/data/")[0].rpartition("/")[2] for entry in entries if "memento" in entry] == ["3", "1"]


def test_the_gate_takes_the_whole_iri(client) -> None:
    assert client.get(f"/timegate/{ID}{BODY}").headers["location"].endswith(f"/releases/1/data/{BODY}")


def test_a_memento_contains_the_statements_of_its_release(client) -> None:
    path = f"/releases/2/data/{BODY}"
    answer = client.get(path, accept="application/n-triples")
    assert "Named in 2020" in answer.text
    assert answer.headers["memento-datetime"] == "Sun, 17 May 2020 12:00:00 GMT"
    assert 'rel="timegate"' in answer.headers["link"]
    assert client.get(path, if_none_match=answer.headers["etag"], accept="application/n-triples").status_code == 304
    assert client.get(path + ".ttl").headers["content-type"].startswith("text/turtle")
    now = client.get(f"/releases/1/data/{BODY}.nt").text
    assert "Named in 2020" not in now
    assert "International Consortium on Combating Wildlife Crime" in now
    for missing in ("/releases/9/data/body/iccwc", "/releases/2/data/body/fao", "/releases/x/data/body/fao"):
        assert client.get(missing).status_code == 404


def test_the_map_lists_every_state(client) -> None:
    answer = client.get(f"/timemap/{BODY}")
    assert answer.headers["content-type"].startswith("application/link-format")
    entries = answer.text.split(",\n")
    assert [entry.rpartition('rel="')[2].partition('"')[0] for entry in entries if "memento" in entry] == [
        "first memento", "memento", "last memento"]  # fmt: skip
    assert 'datetime="Sun, 17 May 2020 12:00:00 GMT"' in answer.text


@pytest.mark.parametrize("path", [f"/id/{BODY}", f"/doc/{BODY}", f"/data/{BODY}"])
def test_every_view_names_the_gate_and_the_map(client, path: str) -> None:
    links = client.get(path, accept="text/html" if path.startswith("/doc") else "text/turtle").headers["link"]
    assert f'<http://jwp.example/timegate/{BODY}>; rel="timegate"' in links
    assert f'<http://jwp.example/timemap/{BODY}>; rel="timemap"' in links


def test_a_page_names_earlier_states(client) -> None:
    assert f"/releases/2/data/{BODY}.ttl" in client.get(f"/doc/{BODY}", accept="text/html").text


def test_without_releases_there_are_no_states(own_client) -> None:
    assert own_client.get(f"/timegate/{BODY}").status_code == 404
    assert "timegate" not in own_client.get(f"/id/{BODY}").headers["link"]
