"""Several processes on one port: together they behave as one service, whichever of them a connection reaches."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

TOKEN = "a-token-for-tests"
#: New connections of one test; all processes of a service are reached by some of them.
CONNECTIONS = 24
COUNT = "SELECT (COUNT(*) AS ?n) { ?s <urn:p> ?o }"
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l FILTER(?c != ?f) }"


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.1)


def find_readers(parent: int) -> list[int]:
    """Return the process ids of the readers below a process."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_text()
            above = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
        if "jwpgraph.server.reader_process" in command and above == parent:
            found.append(int(folder.name))
    return found


def ask(url: str, path: str, method: str = "GET", **arguments) -> httpx.Response:
    """Send a request over a connection of its own."""
    with httpx.Client(base_url=url, timeout=60, verify=False) as client:
        return client.request(method, path, **arguments)


def count_processes(url: str) -> int:
    text = ask(url, "/metrics").text
    return int(
        float(next(line for line in text.splitlines() if line.startswith("jwpgraph_front_processes ")).split()[1])
    )


@pytest.fixture(scope="module")
def service(tmp_path_factory, serving_at) -> Iterator:
    folder = tmp_path_factory.mktemp("front") / "data"
    with serving_at(folder, "--empty", JWPGRAPH_ADMIN_TOKEN=TOKEN, JWPGRAPH_PROCESSES="3") as served:
        wait_until(lambda: count_processes(served.url) == 3)
        yield served


AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}


def test_each_write_is_seen_by_the_next_connection(service) -> None:
    before = int(ask(service.url, "/sparql", params={"query": COUNT}).json()["results"]["bindings"][0]["n"]["value"])
    # Each is followed by two connections.
    for number in range(CONNECTIONS // 2):
        update = f"INSERT DATA {{ <urn:seen{number}> <urn:p> {number} }}"
        answer = ask(service.url, "/sparql", "POST", data={"update": update}, headers=AUTHORIZED)
        assert answer.status_code == 204, answer.text
        for form in ({"params": {"query": COUNT}}, {"method": "POST", "data": {"query": COUNT}}):
            counted = ask(service.url, "/sparql", **form).json()["results"]["bindings"][0]["n"]["value"]
            assert int(counted) == before + number + 1


def test_no_reader_goes_back_in_time(service) -> None:
    ended, wrong, seen = threading.Event(), [], [0]

    def read() -> None:
        last = 0
        while not ended.is_set():
            answer = ask(service.url, "/sparql", params={"query": COUNT.replace("urn:p", "urn:back")})
            counted = int(answer.json()["results"]["bindings"][0]["n"]["value"])
            if counted < last:
                wrong.append(f"{counted} after {last}")
            last = counted
        seen.append(last)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(10):
        update = f"INSERT DATA {{ <urn:b{number}> <urn:back> {number} }}"
        assert ask(service.url, "/sparql", "POST", data={"update": update}, headers=AUTHORIZED).status_code == 204
    ended.set()
    for reader in readers:
        reader.join()
    assert wrong == []
    assert max(seen) == 10


def test_bodies_arrive_whole(service) -> None:
    lines = b"".join(b'<urn:l%d> <urn:body> "%s" .\n' % (number, b"x" * 640) for number in range(1_000))

    def chunks() -> Iterator[bytes]:
        for at in range(0, len(lines), 65_536):
            yield lines[at : at + 65_536]

    counting = {"query": "SELECT (COUNT(*) AS ?n) { ?s <urn:body> ?o }"}
    for number in range(6):
        content = lines if number % 2 else chunks()
        headers = AUTHORIZED | {"Content-Type": "application/n-triples"}
        target = {"graph": f"urn:g{number}"}
        answer = ask(service.url, "/graph-store", "PUT", params=target, content=content, headers=headers)
        assert answer.status_code == 201, answer.text
        read = ask(service.url, "/graph-store", params=target, headers={"Accept": "application/n-triples"})
        assert len(read.content.splitlines()) == 1_000
        found = ask(service.url, "/sparql", params=counting).json()["results"]["bindings"][0]["n"]["value"]
        assert found == "1000"


def test_body_that_breaks_off_is_not_applied(service) -> None:
    kept = {"graph": "urn:kept"}
    headers = AUTHORIZED | {"Content-Type": "application/n-triples"}
    ask(
        service.url,
        "/graph-store",
        "PUT",
        params=kept,
        content=b"<urn:k> <urn:k> 1 .".replace(b"1", b'"1"'),
        headers=headers,
    )
    host, port = service.url.removeprefix("http://").split(":")
    head = (
        f"PUT /graph-store?graph=urn:kept HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {TOKEN}\r\n"
        "Content-Type: application/n-triples\r\n"
    )
    for _ in range(CONNECTIONS // 3):
        for announced in ("Content-Length: 1000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n40\r\n"):
            with socket.create_connection((host, int(port))) as connection:
                connection.sendall((head + announced).encode() + b'<urn:new> <urn:new> "1" .\n')
    time.sleep(0.5)
    read = ask(service.url, "/graph-store", params=kept, headers={"Accept": "application/n-triples"})
    assert read.content.strip() == b'<urn:k> <urn:k> "1" .'


def test_whitespace_after_a_header_is_no_part_of_it(service) -> None:
    """A stricter parser reads what one process passes on to another; its errors named the token in the log."""
    host, port = service.url.removeprefix("http://").split(":")
    request = (
        f"PUT /api/v1/actions/one HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {TOKEN} \t\r\n"
        "Content-Type: application/json\r\nContent-Length: 2 \r\n\r\n{}"
    )
    statuses = set()
    for _ in range(CONNECTIONS):
        with socket.create_connection((host, int(port)), timeout=30) as connection:
            connection.sendall(request.encode())
            statuses.add(connection.recv(12).decode())
    assert statuses == {"HTTP/1.1 422"}


def test_large_body_without_a_token_is_refused(service) -> None:
    for _ in range(CONNECTIONS // 2):
        try:
            answer = ask(service.url, "/graph-store?graph=urn:no", "PUT", content=b" " * 20_000_000)
        except httpx.WriteError:
            # The service may close the connection before it has read what it does not want.
            continue
        assert answer.status_code == 401


def test_idempotency_keys_count_once_for_all_processes(service) -> None:
    headers = AUTHORIZED | {"Idempotency-Key": "front-1", "Content-Type": "application/sparql-update"}
    update = "INSERT { <urn:once> <urn:when> ?now } WHERE { BIND(STRUUID() AS ?now) }"
    answers = [ask(service.url, "/sparql", "POST", content=update, headers=headers) for _ in range(CONNECTIONS // 2)]
    assert {answer.status_code for answer in answers} == {204}
    assert len({answer.headers["X-Release"] for answer in answers}) == 1


def test_audit_names_the_address_of_the_client(service) -> None:
    for number in range(CONNECTIONS // 3):
        update = f"INSERT DATA {{ <urn:audited> <urn:p{number}> 1 }}"
        headers = AUTHORIZED | {"X-Forwarded-For": "203.0.113.9"}
        assert ask(service.url, "/sparql", "POST", data={"update": update}, headers=headers).status_code == 204
    records = ask(service.url, "/api/v1/audit", params={"limit": CONNECTIONS // 3}, headers=AUTHORIZED).json()["items"]
    writes = [record for record in records if record["method"] == "POST"]
    assert writes
    assert {record["client"] for record in writes} == {"203.0.113.9"}


def test_internal_header_of_a_client_is_ignored(service) -> None:
    headers = {"X-Jwpgraph-Internal": 'wrong [["203.0.113.7",1],null]', "Authorization": "Bearer wrong-token-1"}
    for _ in range(4):
        assert ask(service.url, "/api/v1/audit", headers=headers).status_code == 401
    records = ask(service.url, "/api/v1/audit", headers=AUTHORIZED).json()["items"]
    assert "203.0.113.7" not in {record["client"] for record in records}


def test_metrics_are_those_of_all_processes(service) -> None:
    def count_failures() -> float:
        lines = ask(service.url, "/metrics").text.splitlines()
        counts = [line for line in lines if line.startswith('jwpgraph_query_seconds_count{outcome="query-failed"}')]
        return sum(float(line.rsplit(" ", 1)[1]) for line in counts)

    before = count_failures()
    for number in range(CONNECTIONS):
        # An unknown function: queries of the service's own, which prepare its pages, do not fail.
        ask(service.url, "/sparql", params={"query": f"ASK {{ BIND(<urn:m{number}>() AS ?x) }}"})
    assert count_failures() == before + CONNECTIONS


def test_running_queries_of_all_processes_are_listed_and_cancelled(service) -> None:
    """Connections are held open, so that the kernel gives each process some of them."""
    triples = " ".join(f"<urn:r{number}> <urn:r> {number} ." for number in range(300))
    ask(service.url, "/sparql", "POST", data={"update": f"INSERT DATA {{ {triples} }}"}, headers=AUTHORIZED)
    answers: list[int] = []

    def run(number: int) -> None:
        query = ENDLESS.replace("?n)", f"?n{number})")
        answers.append(ask(service.url, "/sparql", params={"query": query, "timeout": "50"}).status_code)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()

    def list_running() -> list[str]:
        listed = ask(service.url, "/sparql/running", headers=AUTHORIZED).json()["queries"]
        return [query["id"] for query in listed]

    wait_until(lambda: len(list_running()) == 4)
    assert ask(service.url, "/sparql/running").status_code == 401
    for query_id in list_running():
        assert ask(service.url, f"/sparql/running/{query_id}", "DELETE", headers=AUTHORIZED).status_code == 204
    for thread in threads:
        thread.join()
    assert len(answers) == 4
    assert 200 not in answers
    assert ask(service.url, "/sparql/running/none", "DELETE", headers=AUTHORIZED).status_code == 404


def test_query_of_a_client_that_leaves_is_cancelled(service) -> None:
    """Requests with a token pass through a reader, or reach the writer; both notice that the client has left."""
    triples = " ".join(f"<urn:r{number}> <urn:r> {number} ." for number in range(300))
    ask(service.url, "/sparql", "POST", data={"update": f"INSERT DATA {{ {triples} }}"}, headers=AUTHORIZED)
    host, port = service.url.removeprefix("http://").split(":")
    connections = [socket.create_connection((host, int(port))) for _ in range(4)]
    for number, connection in enumerate(connections):
        query = quote(ENDLESS.replace("?n)", f"?left{number})"))
        connection.sendall(
            f"GET /sparql?query={query} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode()
        )

    def count_running() -> int:
        return len(ask(service.url, "/sparql/running", headers=AUTHORIZED).json()["queries"])

    wait_until(lambda: count_running() == 4)
    for connection in connections:
        connection.close()
    wait_until(lambda: count_running() == 0, 15)


def test_reader_that_hangs_holds_up_nobody(service) -> None:
    hanging = find_readers(service.process.pid)[0]
    os.kill(hanging, signal.SIGSTOP)
    try:
        wait_until(lambda: "it does not answer" in ask(service.url, "/readyz").json().get("troubles", {}).values())
        for number in range(6):
            assert ask(service.url, "/sparql", params={"query": f"ASK {{ <urn:h{number}> ?p ?o }}"}).status_code == 200
        assert "jwpgraph_front_processes" in ask(service.url, "/metrics").text
    finally:
        os.kill(hanging, signal.SIGCONT)
    wait_until(lambda: "troubles" not in ask(service.url, "/readyz").json())


def test_killed_reader_is_replaced_and_loses_nothing(service) -> None:
    for _ in range(2):
        os.kill(find_readers(service.process.pid)[0], signal.SIGKILL)
        for number in range(4):
            update = f"INSERT DATA {{ <urn:killed> <urn:p{number}> 1 }}"
            answer = ask(service.url, "/sparql", "POST", data={"update": update}, headers=AUTHORIZED)
            assert answer.status_code == 204
        document = ask(service.url, "/readyz").json()
        assert any(name.startswith("front process") for name in document["troubles"])
        wait_until(lambda: len(find_readers(service.process.pid)) == 2 and count_processes(service.url) == 3)


def test_readers_end_with_the_writer(serving_at, tmp_path: Path) -> None:
    with serving_at(tmp_path / "data", "--empty", JWPGRAPH_PROCESSES="2") as served:
        wait_until(lambda: count_processes(served.url) == 2)
        (reader,) = find_readers(served.process.pid)
        served.process.kill()
        wait_until(lambda: not Path(f"/proc/{reader}").exists() or "Z" in Path(f"/proc/{reader}/stat").read_text())
        host, port = served.url.removeprefix("http://").split(":")

        def is_free() -> bool:
            with socket.socket() as connection:
                return connection.connect_ex((host, int(port))) != 0

        wait_until(is_free)


def test_no_process_accepts_connections_once_the_service_stops(serving_at, tmp_path: Path) -> None:
    """Readers stop with the writer, not after it: a stop would take two periods of grace. A signal ends them all."""
    with serving_at(
        tmp_path / "data", "--empty", JWPGRAPH_ADMIN_TOKEN=TOKEN, JWPGRAPH_PROCESSES="2", JWPGRAPH_WORKERS="4"
    ) as served:
        wait_until(lambda: count_processes(served.url) == 2)
        (reader,) = find_readers(served.process.pid)
        triples = " ".join(f"<urn:r{number}> <urn:r> {number} ." for number in range(300))
        ask(served.url, "/sparql", "POST", data={"update": f"INSERT DATA {{ {triples} }}"}, headers=AUTHORIZED)
        host, port = served.url.removeprefix("http://").split(":")
        connection = socket.create_connection((host, int(port)))
        # With a token: wherever it arrives, the writer evaluates it and has a request to finish.
        head = f"GET /sparql?query={quote(ENDLESS)} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"
        connection.sendall(head.encode())
        wait_until(lambda: len(ask(served.url, "/sparql/running", headers=AUTHORIZED).json()["queries"]) == 1)
        served.process.send_signal(signal.SIGTERM)

        def is_closed() -> bool:
            with socket.socket() as attempt:
                return attempt.connect_ex((host, int(port))) != 0

        wait_until(is_closed, 5)
        assert Path(f"/proc/{served.process.pid}").exists()
        # The client leaves, so that there is nothing to wait for any more.
        connection.close()
        served.process.wait(10)
        assert not Path(f"/proc/{reader}").exists()
        assert not any("failed" in line for line in served.log), served.log


def test_a_reader_whose_writer_has_ended_loads_nothing() -> None:
    """It would hold the port of the service, which could not be started again."""
    printed = {
        parent: subprocess.run(
            [sys.executable, "-m", "jwpgraph.server.reader_start", str(parent), "this"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for parent in (1, os.getpid())
    }
    assert printed[1] == ""
    assert "Zen" in printed[os.getpid()]
