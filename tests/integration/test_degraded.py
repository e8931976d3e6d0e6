"""Damage to the data directory: what can be served is served, the service says that it is degraded, and it recovers."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable

import httpx
import pytest
from forked_command import run_command

TOKEN = "a-token-for-tests"
PAGES = ("/", "/api/v1/activities", "/api/v1/releases", "/sparql?query=ASK%7B%7D", "/releases", "/readyz", "/metrics")


def insert(client: httpx.Client, number: int) -> httpx.Response:
    return client.post("/sparql", data={"update": f"INSERT DATA {{ <urn:n{number}> <urn:p> {number} }}"})


def ready(client: httpx.Client) -> dict:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    return answer.json()


def until(true: Callable[[], bool]) -> None:
    for _ in range(400):
        if true():
            return
        time.sleep(0.1)
    raise AssertionError("it never came true")


def test_current_is_damaged_while_the_service_runs(serve):
    with serve("--empty") as served, served.client(token=TOKEN) as client:
        for number in range(2):
            insert(client, number).raise_for_status()
        pointer = served.data_dir / "CURRENT"
        good = pointer.read_bytes()
        for damaged in (b"garbage", b"", b"9" * 5000, b"\xff\xfe", b"77", None):
            if damaged is None:
                pointer.unlink()
            else:
                pointer.write_bytes(damaged)
            until(lambda: ready(client)["status"] == "degraded")
            for path in PAGES:
                assert client.get(path).status_code == 200, (damaged, path)
            assert ready(client)["release"] == 3
            assert "CURRENT" in " ".join(ready(client)["troubles"].values())
            refused = insert(client, 9)
            assert refused.status_code == 500
            assert refused.json()["type"].endswith("/data-dir-damaged")
            assert str(served.data_dir) not in refused.text + client.get("/readyz").text
            pointer.write_bytes(good)
            until(lambda: ready(client)["status"] == "ready")
        insert(client, 3).raise_for_status()
        assert ready(client)["release"] == 4
        assert "jwpgraph_degraded 0.0" in client.get("/metrics").text


def replace_by_folder(path) -> None:
    path.unlink(missing_ok=True)
    path.mkdir()


def overwrite(path) -> None:
    path.write_bytes(b"garbage" * 500)


def test_files_beside_the_releases_are_damaged_while_the_service_runs(serve):
    expected = {
        ("lock", replace_by_folder): "writer's lock",
        ("audit.jsonl", replace_by_folder): "audit trail",
        ("changes.sqlite", overwrite): "log of changes",
        ("validation.sqlite", overwrite): "validation history",
    }
    graph = "https://w3id.org/jwpgraph/graph/t"
    body = "<https://w3id.org/jwpgraph/id/body/x>"
    data = (
        f'{body} a <https://w3id.org/jwpgraph/ontology#Body> ; <http://www.w3.org/2004/02/skos/core#prefLabel> "X"@en .'
    )
    with serve("--empty") as served, served.client(token=TOKEN) as client:
        answer = client.put(
            "/graph-store", params={"graph": graph}, content=data, headers={"Content-Type": "text/turtle"}
        )
        assert answer.status_code == 201, answer.text
        insert(client, 1).raise_for_status()
        for (name, damage), trouble in expected.items():
            path, kept = served.data_dir / name, served.data_dir / "kept"
            if path.exists():
                shutil.copy(path, kept)
            damage(path)
            if name == "audit.jsonl":
                insert(client, 2).raise_for_status()
            until(lambda trouble=trouble: trouble in ready(client).get("troubles", {}))
            assert name in ready(client)["troubles"][trouble]
            for page in (*PAGES, "/data/body/x.ttl", "/sitemap.xml", "/api/v1/releases/1...2"):
                assert client.get(page).status_code == 200, (name, page)
            for left in served.data_dir.glob(f"{name}*"):
                left.rmdir() if left.is_dir() else left.unlink()
            kept.rename(path)
            insert(client, 3).raise_for_status()
            until(lambda: ready(client)["status"] == "ready")
        assert client.get("/api/v1/audit").json()["items"]
        assert client.get("/api/v1/validation").json()
        uploads = served.data_dir / "uploads"
        shutil.rmtree(uploads)
        uploads.write_text("")
        refused = client.put(
            "/graph-store", params={"graph": graph}, content="", headers={"Content-Type": "text/turtle"}
        )
        assert refused.json()["type"].endswith("/data-dir-not-writable")
        uploads.unlink()
        # The disk of the data directory is not mounted any more: nothing begins anew there.
        number = ready(client)["release"]
        lost = served.data_dir.rename(served.data_dir.with_name("lost"))
        served.data_dir.mkdir()
        until(lambda: ready(client)["status"] == "degraded")
        refused = insert(client, 4)
        assert (refused.status_code, refused.json()["type"].rsplit("/", 1)[-1]) == (500, "data-dir-damaged")
        assert ready(client)["release"] == number
        for page in ("/", "/api/v1/activities", "/data/body/x.ttl"):
            # What has to be read from the disk is not available.
            answer = client.get(page)
            assert answer.status_code in {200, 503}, answer.text
        shutil.rmtree(served.data_dir)
        lost.rename(served.data_dir)
        insert(client, 4).raise_for_status()
        until(lambda: ready(client)["status"] == "ready")


def test_named_pipes_are_in_place_of_files_while_the_service_runs(serve):
    """A request with a token waited for ever, and what had been removed was reported until the next one."""
    with serve("--empty") as served, served.client(token=TOKEN) as client:
        insert(client, 1).raise_for_status()
        for name in ("CURRENT", "lock", "audit.jsonl", "tokens.json", "changes.sqlite", "validation.sqlite"):
            path, kept = served.data_dir / name, served.data_dir / "kept"
            if path.exists():
                path.rename(kept)
            os.mkfifo(path)
            until(lambda: ready(client)["status"] == "degraded")
            assert name in " ".join(ready(client)["troubles"].values())
            for page in (*PAGES, "/api/v1/audit", "/api/v1/changes"):
                assert client.get(page).status_code in {200, 500, 503}, (name, page)
            assert insert(client, 2).status_code in {204, 500, 503}, name
            path.unlink()
            if kept.exists():
                kept.rename(path)
            until(lambda: ready(client)["status"] == "ready")
            insert(client, 3).raise_for_status()


def test_files_of_the_served_release_are_damaged_while_the_service_runs(serve):
    """Pages were plain 500s with tracebacks in the log, and the service said that it was ready."""
    pages = {"search.sqlite": ("/search?q=elephant", "/api/v1/search?q=elephant"), "shapes.ttl": ("/shapes",)}
    damages = [
        ("search.sqlite", b"garbage" * 500),
        ("search.sqlite", None),
        ("shapes.ttl", b"garbage" * 500),
        ("report.ttl", b""),
        ("manifest.json", None),
    ]
    with serve("--empty") as served, served.client(token=TOKEN) as client:
        insert(client, 1).raise_for_status()
        until(lambda: ready(client)["release"] == 2)
        for name, content in damages:
            path = served.data_dir / "releases" / "000002" / name
            kept = path.rename(path.with_name("kept"))
            if content is not None:
                path.write_bytes(content)
            until(lambda name=name: name in ready(client).get("troubles", {}).get("release", ""))
            assert "jwpgraph release verify" in ready(client)["troubles"]["release"]
            assert str(served.data_dir) not in client.get("/readyz").text
            for page in pages.get(name, ()):
                answer = client.get(page)
                assert answer.status_code == 200 or answer.json()["type"].endswith("/release-damaged"), answer.text
            kept.replace(path)
            until(lambda: ready(client)["status"] == "ready")
        insert(client, 3).raise_for_status()
    assert "Traceback" not in "".join(served.log)


def break_current(folder) -> None:
    (folder / "CURRENT").write_text("nothing")


def break_manifest(folder) -> None:
    (folder / "releases" / "000002" / "manifest.json").write_text("{")


def lose_manifest(folder) -> None:
    (folder / "releases" / "000002" / "manifest.json").unlink()


def break_store(folder) -> None:
    for path in (folder / "releases" / "000002" / "store").iterdir():
        if path.name.startswith(("MANIFEST", "CURRENT")):
            path.unlink()
            path.write_bytes(b"damaged")


@pytest.fixture(scope="module")
def two_releases(serving_at, tmp_path_factory):
    """A data directory that a service has left with an empty release and one of a triple; tests copy it."""
    with serving_at(tmp_path_factory.mktemp("two") / "data", "--empty") as served, served.client(token=TOKEN) as client:
        insert(client, 1).raise_for_status()
    return served.data_dir


@pytest.mark.parametrize(
    ("damage", "serves"), [(break_current, 2), (break_manifest, 1), (lose_manifest, 1), (break_store, 1)]
)
def test_a_damaged_directory_is_served_as_far_as_it_goes(serving_at, two_releases, tmp_path, damage, serves):
    folder = shutil.copytree(two_releases, tmp_path / "data")
    damage(folder)
    with serving_at(folder) as served, served.client(token=TOKEN) as client:
        until(lambda: ready(client)["status"] == "degraded")
        assert ready(client)["release"] == serves
        for path in (*PAGES, "/validation", "/api/v1/validation", "/api/v1/validation/runs"):
            assert client.get(path).status_code == 200, path
        assert "Traceback" not in "".join(served.log)


def test_where_nothing_can_be_served_one_line_says_what_to_do(two_releases, tmp_path):
    folder = shutil.copytree(two_releases, tmp_path / "data")
    for release in (folder / "releases").iterdir():
        shutil.rmtree(release / "store")
    ended = run_command("serve", "--port", "0", JWPGRAPH_DATA_DIR=str(folder))
    assert ended.returncode in {1, 2}
    assert "Traceback" not in ended.stderr
    assert "jwpgraph restore" in " ".join(ended.stderr.split())


def test_what_a_killed_service_has_left_is_swept(serving_at, two_releases, tmp_path):
    folder = shutil.copytree(two_releases, tmp_path / "data")
    left = folder / "uploads" / "left-behind"
    left.mkdir(parents=True)
    (left / "1").write_text("half a body")
    with serving_at(folder):
        assert list((folder / "uploads").iterdir()) == []
