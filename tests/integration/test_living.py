"""The service over its life: writes, refusals, commands beside it, restarts, crashes of its parts."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from forked_command import run_command
from pyoxigraph import RdfFormat, parse

TOKEN = "a-token-for-tests"

COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
BROKEN = (
    "PREFIX jwp: <https://w3id.org/jwpgraph/ontology#> "
    "INSERT DATA { <https://w3id.org/jwpgraph/id/activity/jwp-2015-2020/Z9> a jwp:Activity }"
)


def number(client: httpx.Client) -> int:
    rows = client.get("/sparql", params={"query": COUNT}).json()["results"]["bindings"]
    return int(rows[0]["n"]["value"])


def update(client: httpx.Client, text: str, **headers: str) -> httpx.Response:
    return client.post("/sparql", content=text, headers={"Content-Type": "application/sparql-update", **headers})


def until(condition, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def test_an_empty_service_is_written_and_read(serve):
    with serve("--empty") as served, served.client(token=TOKEN) as client:
        assert number(client) == 0
        assert update(client, "INSERT DATA { <urn:a> <urn:p> 1 }").is_success
        assert number(client) == 1
        put = client.put(
            "/graph-store?graph=urn:g", content="<urn:b> <urn:p> 2 .", headers={"Content-Type": "text/turtle"}
        )
        assert put.status_code == 201
        assert number(client) == 2


def test_a_refused_update_changes_nothing_and_says_why(serve, published, tmp_path):
    shutil.copytree(published, tmp_path / "data")
    with serve() as served, served.client(token=TOKEN) as client:
        before = number(client)
        refused = update(client, BROKEN)
        assert refused.status_code == 422
        assert refused.headers["content-type"] == "application/problem+json"
        problem = refused.json()
        assert problem["violations"] > 0
        assert problem["shapes"][0]["message"]
        assert str(served.data_dir) not in refused.text
        report = update(client, BROKEN, Accept="text/turtle")
        assert report.status_code == 422
        assert "ValidationReport" in report.text
        assert number(client) == before
        assert client.get("/readyz").json()["release"] == 1


def test_a_thing_without_its_class_is_refused_with_a_report(serve, tmp_path):
    shapes = tmp_path / "shapes"
    shapes.mkdir()
    (shapes / "typed.ttl").write_text(
        "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> ."
        " <urn:S> a sh:NodeShape ; sh:targetSubjectsOf <urn:p> ; sh:property <urn:P> ."
        " <urn:P> sh:path rdf:type ; sh:minCount 1 ; sh:message 'Give it a class.' ."
    )
    with serve("--empty", JWPGRAPH_SHAPES_DIR=str(shapes)) as served, served.client(token=TOKEN) as client:
        refused = update(client, "INSERT DATA { <urn:a> <urn:p> 1 }")
        assert (refused.status_code, refused.json()["violations"]) == (422, 1)
        report = update(client, "INSERT DATA { <urn:a> <urn:p> 1 }", Accept="text/turtle")
        assert (report.status_code, report.headers["content-type"].partition(";")[0]) == (422, "text/turtle")
        types = [str(quad.object) for quad in parse(report.content, format=RdfFormat.TURTLE)]
        assert "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>" in types
        for kept in (served.data_dir / "rejected").iterdir():
            assert list(parse(kept.read_bytes(), format=RdfFormat.TURTLE))
        assert update(client, "INSERT DATA { <urn:a> <urn:p> 1 ; a <urn:C> }").is_success


def test_without_a_token_nothing_is_written(serve):
    with serve("--empty", JWPGRAPH_ADMIN_TOKEN="") as served, served.client(token="anything") as client:
        assert update(client, "INSERT DATA { <urn:a> <urn:p> 1 }").status_code == 403
        assert number(client) == 0


def test_wrong_and_missing_tokens(serve):
    with serve("--empty") as served, served.client() as client:
        assert update(client, "INSERT DATA { <urn:a> <urn:p> 1 }").status_code == 401
        wrong = update(client, "INSERT DATA { <urn:a> <urn:p> 1 }", Authorization="Bearer wrong")
        assert wrong.status_code in {401, 403}
        assert number(client) == 0


def test_a_command_beside_the_service_is_followed(serve, tmp_path):
    (tmp_path / "extra.ttl").write_text("<urn:a> <urn:p> 1, 2, 3 .")
    with serve("--empty") as served, served.client() as client:
        run_command("load", tmp_path / "extra.ttl", JWPGRAPH_DATA_DIR=str(served.data_dir)).check_returncode()
        until(lambda: number(client) == 3)


def test_an_update_that_ends_the_builder_loses_nothing(serve):
    with serve("--empty") as served, served.client(token=TOKEN) as client:
        update(client, "INSERT DATA { <urn:a> <urn:p> 1 }")
        deep = "INSERT { <urn:x> <urn:p> 1 } WHERE " + "{" * 40_000 + "}" * 40_000
        answer = update(client, deep)
        assert 400 <= answer.status_code <= 503
        assert answer.headers["content-type"] == "application/problem+json"
        children = subprocess.run(
            ["pgrep", "-f", "jwpgraph.server.builder_process", "-P", str(served.process.pid)],
            capture_output=True,
            text=True,
            check=False,
        ).stdout.split()
        for child in children:
            with suppress(ProcessLookupError):  # a builder that the update has ended already
                os.kill(int(child), signal.SIGKILL)
        until(lambda: update(client, "INSERT DATA { <urn:a> <urn:p> 2 }").is_success)
        assert number(client) == 2


def test_killed_and_started_again(serve):
    with serve("--empty") as served, served.client(token=TOKEN) as client:
        update(client, "INSERT DATA { <urn:a> <urn:p> 1 }")
        served.process.kill()
        served.process.wait()
    with serve("--empty") as served, served.client() as client:
        assert number(client) == 1
        assert client.get("/readyz").json()["release"] == 2


def test_no_process_outlives_the_service(serve):
    with serve("--empty") as served:
        family = subprocess.run(
            ["pgrep", "-P", str(served.process.pid)], capture_output=True, text=True, check=False
        ).stdout.split()
        assert family
        served.process.kill()
        served.process.wait()

        def gone() -> bool:
            return not any(Path(f"/proc/{child}").exists() for child in family)

        until(gone)


def test_a_port_in_use_is_one_line(serve, tmp_path):
    with serve("--empty") as served:
        port = served.url.rpartition(":")[2]
        done = run_command("serve", "--empty", "--port", port, JWPGRAPH_DATA_DIR=str(tmp_path / "other"))
    assert done.returncode == 2
    assert done.stderr.startswith("jwpgraph: ")
    assert done.stderr.count("\n") == 1


def test_a_stale_if_match_is_refused(serve):
    with serve("--empty") as served, served.client(token=TOKEN) as client:
        first = update(client, "INSERT DATA { <urn:a> <urn:p> 1 }")
        etag = first.headers["etag"]
        assert update(client, "INSERT DATA { <urn:a> <urn:p> 2 }", **{"If-Match": etag}).is_success
        stale = update(client, "INSERT DATA { <urn:a> <urn:p> 3 }", **{"If-Match": etag})
        assert stale.status_code == 412
        assert number(client) == 2


@pytest.mark.parametrize("text", ["INSERT DATA { <urn:a> }", "LOAD <http://127.0.0.1:1/x>"])
def test_bad_updates_are_told(serve, text):
    with serve("--empty") as served, served.client(token=TOKEN) as client:
        answer = update(client, text)
        assert 400 <= answer.status_code < 500, answer.text
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_cut_answer_breaks_the_connection_and_is_one_line_in_the_log(serve):
    rows = "SELECT * { VALUES ?x { " + " ".join(map(str, range(3000))) + " } VALUES ?y { "
    rows += " ".join(map(str, range(3000))) + " } VALUES ?z { " + " ".join(map(str, range(3000))) + " } }"
    with serve("--empty", JWPGRAPH_QUERY_TIMEOUT="1") as served, served.client() as client:
        with pytest.raises(httpx.RemoteProtocolError):
            client.post("/sparql", data={"query": rows})
        until(lambda: any("truncated" in line for line in served.log))
        assert client.get("/readyz").status_code == 200
        assert not any("Traceback" in line for line in served.log)


def test_a_repeated_question_is_answered_alike_whoever_passes_it_on(serve):
    question = {"query": "SELECT * { ?s ?p ?o }"}
    with serve("--empty") as served, served.client(token=TOKEN) as client:
        update(client, "INSERT DATA { <urn:a> <urn:p> 1 }")
        answers = [client.get("/sparql", params=question) for _ in range(3)]
        answers.append(client.get("/sparql", params=question, headers={"X-Forwarded-For": "192.0.2.7"}))
        assert len({answer.content for answer in answers}) == 1
        assert len({answer.headers["etag"] for answer in answers}) == 1
        update(client, "INSERT DATA { <urn:a> <urn:p> 2 }")
        assert len(client.get("/sparql", params=question).json()["results"]["bindings"]) == 2
