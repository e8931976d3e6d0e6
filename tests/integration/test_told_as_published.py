"""A change that was published is told as published, whatever happens after that; sent again it is not done again."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx

from jwpgraph.releases.writer_lock import hold_writer_lock

TOKEN = "a-token-for-tests"
TURTLE = {"Content-Type": "text/turtle"}
SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
<urn:Named> a sh:NodeShape ; sh:targetClass <urn:Thing> ; sh:property [ sh:path <urn:name> ; sh:minCount 1 ] .
"""


def child(served, module: str) -> int:
    command = ["pgrep", "-f", module, "-P", str(served.process.pid)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[0])


def insert(client: httpx.Client, number: int, **headers: str) -> httpx.Response:
    update = f"INSERT DATA {{ <urn:n{number}> <urn:p> {number} }}"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post("/sparql", content=update, headers={"Content-Type": "application/sparql-update", **named})


def release(served) -> int:
    return int((served.data_dir / "CURRENT").read_text())


def count(client: httpx.Client) -> int:
    query = "SELECT (COUNT(*) AS ?n) { ?s <urn:p> ?o }"
    answer = client.get("/sparql", params={"query": query}).raise_for_status()
    return int(answer.json()["results"]["bindings"][0]["n"]["value"])


def until(true: Callable[[], bool]) -> None:
    for _ in range(600):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError("it never came true")


def test_with_the_spawner_stopped(serve):
    with serve("--empty") as served, served.client(token=TOKEN) as client:
        insert(client, 1).raise_for_status()
        spawner = child(served, "jwpgraph.query_execution.spawner")
        os.kill(spawner, signal.SIGSTOP)
        try:
            answer = insert(client, 2)
        finally:
            os.kill(spawner, signal.SIGCONT)
        assert (answer.status_code, int(answer.headers["x-release"])) == (204, release(served))
        until(lambda: count(client) == 2)


def test_with_the_spawner_killed_again_and_again(serve):
    with serve("--empty") as served, served.client(token=TOKEN) as client:
        done = threading.Event()

        def kill() -> None:
            while not done.wait(1.5):
                found = subprocess.run(
                    ["pkill", "-9", "-f", "jwpgraph.query_execution.spawner", "-P", str(served.process.pid)],
                    check=False,
                )
                assert found.returncode in {0, 1}

        killing = threading.Thread(target=kill)
        killing.start()
        before = release(served)
        try:
            answers = [insert(client, number) for number in range(6)]
        finally:
            done.set()
            killing.join()
        assert [answer.status_code for answer in answers] == [204] * 6
        assert [int(answer.headers["x-release"]) for answer in answers] == list(range(before + 1, before + 7))
        until(lambda: client.get("/readyz").status_code == 200)
        until(lambda: count(client) == 6)


def test_a_build_that_takes_too_long_is_stopped_and_changes_nothing(serve):
    with serve("--empty", JWPGRAPH_UPDATE_TIMEOUT="1.5") as served, served.client(token=TOKEN) as client:
        insert(client, 1).raise_for_status()
        builder = child(served, "jwpgraph.server.builder_process")
        os.kill(builder, signal.SIGSTOP)
        late = insert(client, 2)
        assert (late.status_code, late.json()["type"].rpartition("/")[2]) == (503, "update-timeout")
        assert "JWPGRAPH_UPDATE_TIMEOUT" in late.json()["detail"]
        assert release(served) == 2
        until(lambda: insert(client, 3).status_code == 204)
        assert count(client) == 2
        assert child(served, "jwpgraph.server.builder_process") != builder


def test_a_builder_that_died_between_two_writes_is_replaced_unnoticed(serve):
    with serve("--empty") as served, served.client(token=TOKEN) as client:
        for number in range(2):
            insert(client, number).raise_for_status()
            os.kill(child(served, "jwpgraph.server.builder_process"), signal.SIGKILL)
        insert(client, 2).raise_for_status()
        assert (release(served), count(client)) == (4, 3)
        assert "Traceback" not in "".join(served.log)


def test_a_write_whose_builder_is_killed_is_refused_and_may_be_repeated(serve):
    with serve("--empty") as served, served.client(token=TOKEN) as client, ThreadPoolExecutor(1) as threads:
        # Nothing can be published while another writer has the lock.
        with hold_writer_lock(served.data_dir / "lock", wait=10, purpose="test"):
            killed = threads.submit(insert, client, 1)
            while not killed.done():
                with suppress(subprocess.CalledProcessError, ProcessLookupError):
                    os.kill(child(served, "jwpgraph.server.builder_process"), signal.SIGKILL)
        answer = killed.result()
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (503, "builder-died")
        assert int(answer.headers["Retry-After"]) > 0
        assert (release(served), count(client)) == (1, 0)
        assert insert(client, 1).status_code == 204
        assert "Traceback" not in "".join(served.log)


def test_what_a_stopping_service_answers_is_true(serve):
    """Changes under way and waiting: each is told as published, or as not, and is in the audit trail."""
    with serve("--empty") as served:
        size = 40_000
        big = "".join(f"<urn:s{n}> <urn:p> {n} . " for n in range(size))
        uploads = served.data_dir / "uploads"
        builder = child(served, "jwpgraph.server.builder_process")
        os.kill(builder, signal.SIGSTOP)
        audit = served.data_dir / "audit.jsonl"
        audit.unlink(missing_ok=True)

        def put(number: int) -> httpx.Response:
            with served.client(token=TOKEN) as client:
                return client.put(f"/graph-store/g{number}", content=big, headers=TURTLE)

        with ThreadPoolExecutor(3) as threads:
            answers = [threads.submit(put, number) for number in range(3)]
            until(lambda: sum(len(big) == file.stat().st_size for file in uploads.rglob("*") if file.is_file()) == 3)
            served.process.send_signal(signal.SIGTERM)
            told = [answer.result(60) for answer in answers]
        served.process.wait(60)
        for answer in told:
            assert answer.status_code == 503
            assert answer.json()["type"].endswith("/stopping")
            assert int(answer.headers["retry-after"]) > 0
        assert audit.read_bytes().count(b"/graph-store/g") == 3
        assert release(served) == 1


def test_an_answer_that_is_delayed_is_sent_before_the_service_ends(serve):
    """The response to a wrong token waits, for longer with each one."""
    with serve("--empty") as served, ThreadPoolExecutor(1) as threads:

        def put() -> int:
            with served.client(token="a-wrong-token-for-tests") as client:
                return client.put("/graph-store/g", content="<urn:s> <urn:p> 1 .", headers=TURTLE).status_code

        assert [put() for _ in range(4)] == [401] * 4
        answer = threads.submit(put)
        audit = served.data_dir / "audit.jsonl"
        until(lambda: audit.read_bytes().count(b"/graph-store/g") == 5)
        served.process.send_signal(signal.SIGTERM)
        assert answer.result(60) == 401
        served.process.wait(60)


def test_a_read_that_a_stop_interrupts_is_told_so(serve):
    with serve("--empty") as served, served.client(token=TOKEN) as client:
        some = "".join(f"<urn:s{number}> <urn:p> {number} . " for number in range(3000))
        assert client.put("/graph-store/some", content=some, headers=TURTLE).status_code == 201
        query = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
        with ThreadPoolExecutor(1) as threads:
            answer = threads.submit(httpx.get, f"{served.url}/sparql", params={"query": query}, timeout=60)
            until(lambda: "jwpgraph_queries_running 1.0" in client.get("/metrics").text)
            served.process.send_signal(signal.SIGTERM)
            told = answer.result(60)
        assert (told.status_code, told.json()["type"].rpartition("/")[2]) == (503, "stopping")
        assert int(told.headers["retry-after"]) > 0


def test_a_write_that_is_sent_again_is_not_done_again(serve):
    with serve("--empty") as served:
        with served.client(token=TOKEN) as client:
            key = {"Idempotency-Key": '"8e03978e-40d5-43dd-bc93-6894a57f9324"'}
            before = release(served)
            answers = [
                client.put(
                    "/graph-store/g", content="<urn:a> <urn:p> 1 .", headers={**TURTLE, **key, "If-None-Match": "*"}
                )
                for _ in range(3)
            ]
            assert [answer.status_code for answer in answers] == [201] * 3
            for name in ("x-release", "etag", "location"):
                assert len({answer.headers[name] for answer in answers}) == 1
            assert [answer.headers.get("idempotency-replayed") for answer in answers] == [None, "true", "true"]
            assert release(served) == before + 1

            posted = [
                client.post(
                    "/graph-store", content="<urn:b> <urn:p> 2 .", headers={**TURTLE, "Idempotency-Key": "post-1"}
                )
                for _ in range(2)
            ]
            assert [answer.status_code for answer in posted] == [201, 201]
            assert posted[0].headers["location"] == posted[1].headers["location"]

            assert insert(client, 1, Idempotency_Key="u1").status_code == 204
            insert(client, 2).raise_for_status()
            deleted = [client.delete("/graph-store/g", headers={"Idempotency-Key": "d1"}) for _ in range(2)]
            assert [answer.status_code for answer in deleted] == [204, 204]
            last = release(served)
        served_before = served
    with serve() as served, served.client(token=TOKEN) as client:
        assert served.data_dir == served_before.data_dir
        again = insert(client, 1, Idempotency_Key="u1")
        assert (again.status_code, again.headers["idempotency-replayed"]) == (204, "true")
        assert client.delete("/graph-store/g", headers={"Idempotency-Key": "d1"}).status_code == 204
        assert release(served) == last


def test_a_key_stands_for_one_request(serve, tmp_path):
    shapes = tmp_path / "shapes"
    shapes.mkdir()
    (shapes / "named.ttl").write_text(SHAPES)
    with serve("--empty", JWPGRAPH_SHAPES_DIR=str(shapes)) as served, served.client(token=TOKEN) as client:

        def slug(answer: httpx.Response) -> tuple[int, str]:
            return answer.status_code, answer.json()["type"].rpartition("/")[2]

        insert(client, 1, Idempotency_Key="k").raise_for_status()
        assert slug(insert(client, 2, Idempotency_Key="k")) == (422, "idempotency-key-reused")
        other = client.put("/graph-store/g", content="", headers={**TURTLE, "Idempotency-Key": "k"})
        assert slug(other) == (422, "idempotency-key-reused")
        for unreadable in ("", '""', '"a', '"a", "b"', "a b", "x" * 300):
            assert slug(insert(client, 3, Idempotency_Key=unreadable)) == (400, "bad-idempotency-key"), unreadable

        refused = {**TURTLE, "Idempotency-Key": '"refused"'}
        first = client.put("/graph-store/g", content="<urn:x> a <urn:Thing> .", headers=refused)
        again = client.put("/graph-store/g", content="<urn:x> a <urn:Thing> .", headers=refused)
        assert slug(first) == slug(again) == (422, "not-valid")
        assert first.json() == again.json()
        mended = client.put("/graph-store/g", content='<urn:x> a <urn:Thing> ; <urn:name> "x" .', headers=refused)
        assert slug(mended) == (422, "idempotency-key-reused")
        assert count(client) == 1


def test_the_same_key_twice_at_a_time(serve):
    with serve("--empty") as served:
        builder = child(served, "jwpgraph.server.builder_process")
        os.kill(builder, signal.SIGSTOP)

        def write() -> httpx.Response:
            with served.client(token=TOKEN) as client:
                return insert(client, 1, Idempotency_Key="k")

        with ThreadPoolExecutor(1) as threads:
            first = threads.submit(write)
            time.sleep(1)
            second = write()
            os.kill(builder, signal.SIGCONT)
            assert second.status_code == 409
            assert second.json()["type"].endswith("/idempotency-key-in-use")
            assert first.result(60).status_code == 204
        assert write().headers["idempotency-replayed"] == "true"


def test_the_builder_ends_after_it_has_published(serve):
    """Killed behind the commit, before it could say so: the release says for whom it was made."""
    with serve("--empty") as served:
        builder = child(served, "jwpgraph.server.builder_process")
        before = release(served)
        done, killed = threading.Event(), threading.Event()

        def kill_when_published() -> None:
            while not done.is_set():
                if release(served) > before:
                    os.kill(builder, signal.SIGKILL)
                    killed.set()
                    return

        killing = threading.Thread(target=kill_when_published)
        killing.start()
        with served.client(token=TOKEN) as client:
            answer = insert(client, 1)
            done.set()
            killing.join()
            assert answer.status_code == 204
            assert int(answer.headers["x-release"]) == before + 1
            # A change that is sent while the process dies may be told as failed, rightly: wait until it is gone.
            while killed.is_set() and Path(f"/proc/{builder}").exists():
                time.sleep(0.01)
            assert insert(client, 2).status_code == 204
