"""Hostile writes of who has the token, or passes on what others sent: no memory of the machine's, no turn of others."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import httpx
import pytest

TOKEN = "a-token-for-tests"
#: Each solution inserts another triple: the set of inserted triples outgrows the memory that an update may take.
GREEDY = "INSERT { ?a ?b ?new } WHERE { ?a ?b ?c . ?d ?p ?f . ?g ?h ?i . BIND(STRUUID() AS ?new) }"
LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
RDF = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="urn:e#">'
    '<rdf:Description rdf:about="urn:a"><e:p>{}</e:p></rdf:Description></rdf:RDF>'
)


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory, serving_at) -> Iterator:
    folder = tmp_path_factory.mktemp("hostile-writes")
    with serving_at(folder / "data", "--empty", JWPGRAPH_UPDATE_MEMORY_MB="256") as served:
        rows = "".join(f"<urn:s{n}> <urn:p{n % 7}> <urn:s{n * 7 % 400}> . " for n in range(400))
        with served.client(token=TOKEN) as client:
            client.post("/sparql", data={"update": f"INSERT DATA {{ {rows} }}"}).raise_for_status()
        yield served


@pytest.mark.parametrize(
    "document",
    [
        f'<!DOCTYPE r [<!ENTITY a0 "lol">{LAUGHS}]>{RDF.format("&a11;")}',
        f'<!DOCTYPE r [<!ENTITY a0 "lol">{LAUGHS}]>{RDF.format("none")}',
        f'<!DOCTYPE r [<!ENTITY a "{"y" * 100_000}">]>{RDF.format("&a;" * 20_000)}',
    ],
    ids=["billion laughs", "unlaughed", "quadratic"],
)
def test_entities_that_stand_for_too_much_are_refused(target, document):
    with target.client(token=TOKEN) as client:
        content_type = {"Content-Type": "application/rdf+xml"}
        answer = client.put("/graph-store/bomb", content=document, headers=content_type)
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (400, "bad-rdf")
        assert "entities" in answer.json()["detail"]


def test_entities_that_abbreviate_are_read(target):
    document = f'<!DOCTYPE r [<!ENTITY a "urn:a#"><!ENTITY b "&a;b">]>{RDF.format("&b;" * 1000)}'
    with target.client(token=TOKEN) as client:
        answer = client.put(
            "/graph-store/sane", content=document, headers={"Content-Type": "application/rdf+xml; charset=utf-8"}
        )
        assert answer.status_code == 201
        read = client.get("/graph-store/sane", headers={"Accept": "application/n-triples"}).text
        assert read == f'<urn:a> <urn:e#p> "{"urn:a#b" * 1000}" .\n'


def test_a_change_may_not_eat_the_memory_and_one_that_nobody_waits_for_is_not_begun(target):
    answers: dict[str, httpx.Response] = {}

    def write(name: str, update: str) -> None:
        with target.client(token=TOKEN) as client:
            answers[name] = client.post("/sparql", data={"update": update})

    before = _seconds_of_builder(target)
    greedy = threading.Thread(target=write, args=("greedy", GREEDY))
    greedy.start()
    while _seconds_of_builder(target) == before:
        time.sleep(0.02)
    _send_and_leave(target, "INSERT DATA { <urn:nobody> <urn:waits> 1 }")
    modest = threading.Thread(target=write, args=("modest", "INSERT DATA { <urn:somebody> <urn:waits> 1 }"))
    modest.start()
    greedy.join()
    modest.join()
    assert answers["greedy"].status_code == 500
    assert "JWPGRAPH_UPDATE_MEMORY_MB" in answers["greedy"].json()["detail"]
    assert answers["modest"].status_code == 204
    with target.client() as client:
        found = client.get("/sparql", params={"query": "SELECT ?s { ?s <urn:waits> 1 }", "format": "csv"})
        assert found.text.split() == ["s", "urn:somebody"]


def _seconds_of_builder(target) -> float:
    """CPU time that the process which builds releases has taken."""
    pattern = ["pgrep", "-f", "jwpgraph.server.builder_process", "-P", str(target.process.pid)]
    (builder,) = subprocess.run(pattern, capture_output=True, text=True, check=True).stdout.split()
    user, system = Path(f"/proc/{builder}/stat").read_text().rpartition(") ")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _send_and_leave(target, update: str) -> None:
    address = urlsplit(target.url)
    body = urlencode({"update": update}).encode()
    head = (
        f"POST /sparql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: {len(body)}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
    )
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(head.encode() + body)
        time.sleep(0.3)
