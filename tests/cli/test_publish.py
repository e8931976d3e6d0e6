"""Tests of ``jwpgraph publish`` to another instance of this service."""

from __future__ import annotations

import json

import pytest
from forked_command import run_command

TOKEN = "a-token-for-tests"


@pytest.fixture(scope="module")
def target(tmp_path_factory, serving_at):
    with serving_at(tmp_path_factory.mktemp("target") / "data", "--empty", JWPGRAPH_WORKERS="1") as served:
        yield served


@pytest.fixture(scope="module")
def graphs(tmp_path_factory):
    """Return a data directory with a release of two graphs."""
    folder = tmp_path_factory.mktemp("graphs")
    (folder / "all.trig").write_text('<urn:one> { <urn:a> <urn:p> "é"@fr, 1 } <urn:two> { <urn:b> <urn:p> 2 }')
    run_command("load", folder / "all.trig", JWPGRAPH_DATA_DIR=str(folder / "data")).check_returncode()
    return folder / "data"


@pytest.fixture
def data_dir(graphs):
    return graphs


def plain_line(text: str) -> bool:
    return text.startswith("jwpgraph: ") and text.count("\n") == 1 and "Traceback" not in text


def test_publishing_to_a_service_of_this_kind(run, target):
    def publish(*arguments):
        return run("publish", "--to", f"{target.url}/graph-store", *arguments, JWPGRAPH_PUBLISH_TOKEN=TOKEN)

    shown = publish("--dry-run")
    assert (shown.returncode, "2 added" in shown.stdout) == (0, True), shown.stderr
    done = publish("--verify", "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert {graph["graph"]: (graph["action"], graph["counted"]) for graph in document["graphs"]} == {
        "urn:one": ("add", 2),
        "urn:two": ("add", 1),
    }

    with target.client(token=TOKEN) as client:
        client.put("/graph-store?graph=urn:two", content="", headers={"Content-Type": "text/turtle"})
    differs = publish("--verify")
    assert "0 added, 0 replaced, 0 removed, 2 unchanged" in differs.stdout
    assert (differs.returncode, plain_line(differs.stderr)) == (1, True), differs.stderr
    assert "1 triple here, 0 there, urn:two" in differs.stdout
    assert "here alone, 1 of 1: <urn:b> <urn:p>" in differs.stdout
    assert publish("--verify", "--full").returncode == 0


def test_what_cannot_be_published_is_one_line(run, target):
    store = f"{target.url}/graph-store"
    refused = run("publish", "--to", store, "--as", "nobody", "--replace")
    assert "JWPGRAPH_PUBLISH_TOKEN" in refused.stderr
    failures = [
        refused,
        run("publish", "--to", "http://127.0.0.1:9/store", JWPGRAPH_PUBLISH_RETRIES="0"),
    ]
    for done in failures:
        assert (done.returncode, plain_line(done.stderr)) == (2, True), done.stderr
