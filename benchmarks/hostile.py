"""Cheap queries beside hostile ones: what one client's look-ups take while others send what never ends.

Run as a module (``python -m benchmarks.hostile PORT SECONDS CLIENTS``) it is the hostile part, in a process of its own:
twelve connections that send one such query after another, as so many clients. It prints how often each status came.
"""

from __future__ import annotations

import http.client
import itertools
import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks import load, queries
from benchmarks.load import Job, Measured
from benchmarks.servers import HOST, Server
from benchmarks.workspace import Dataset

_ROOT: Final = Path(__file__).resolve().parent.parent
_CONNECTIONS: Final = 12
#: Seconds that each hostile query asks for, and that the load goes on before anything is measured.
_TIMEOUT: Final = 3
_WARMING: Final = 2 * _TIMEOUT
_HOSTILE: Final = (
    "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?a ?d",
    "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }",
    "SELECT ?a ?d (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } GROUP BY ?a ?d",
    "SELECT * { ?a (<urn:x>|!<urn:x>)* ?b . ?b (!<urn:q>)* ?c }",
    'SELECT (COUNT(*) AS ?n) { ?s ?p ?o . ?t ?q ?r FILTER (REGEX(CONCAT(STR(?o), STR(?r)), "^(a+)+$")) }',
)


@dataclass(frozen=True, slots=True)
class Beside:
    """What cheap queries took, one after the other on one connection.

    Attributes:
        idle: with nothing else to do.
        loaded: beside the hostile ones.
        statuses: how the hostile ones were answered; ``broken`` where the connection was.
    """

    idle: Measured
    loaded: Measured
    statuses: Mapping[str, int]

    @property
    def ratio(self) -> float:
        """How many times as long the 99th percentile is beside hostile queries."""
        return self.loaded.p99 / self.idle.p99


def measure(server: Server, dataset: Dataset, seconds: float) -> dict[str, Beside]:
    """Ask *server*, which takes the word of a local proxy for who asks, cheap queries for *seconds* each time."""
    found = {}
    seeds = itertools.count(900)
    for how, clients in {"one hostile client": 1, "twelve hostile clients": _CONNECTIONS}.items():
        idle = _cheap(server, dataset, seconds, next(seeds))
        statuses: Counter[str] = Counter()
        with _beside(server, seconds, clients, statuses):
            loaded = _cheap(server, dataset, seconds, next(seeds))
        found[how] = Beside(idle, loaded, statuses)
    return found


def _cheap(server: Server, dataset: Dataset, seconds: float, seed: int) -> Measured:
    texts = itertools.islice(queries.unique(queries.KINDS[0], dataset.population, seed=seed), int(5000 * seconds))
    targets = [load.target(server.path, text) for text in texts]
    return load.measure(Job(HOST, server.port, targets, queries.KINDS[0].media_type, 1, seconds, once=True))


@contextmanager
def _beside(server: Server, seconds: float, clients: int, statuses: Counter[str]) -> Iterator[None]:
    lasting = str(_WARMING + seconds + 1)
    command = [sys.executable, "-m", "benchmarks.hostile", str(server.port), lasting, str(clients)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=_ROOT)
    try:
        time.sleep(_WARMING)
        yield
        printed, _ = process.communicate(timeout=seconds + 10 * _TIMEOUT)
    finally:
        process.kill()
    statuses.update(json.loads(printed))


def _send(port: int, until: float, client: str, first: int, statuses: Counter[str]) -> None:
    for number in itertools.count(first):
        if time.monotonic() > until:
            return
        text = f"{_HOSTILE[number % len(_HOSTILE)]} #{client}.{number}"
        headers = {"Content-Type": "application/sparql-query", "X-Forwarded-For": client}
        connection = http.client.HTTPConnection(HOST, port, timeout=10 * _TIMEOUT)
        try:
            connection.request("POST", f"/sparql?timeout={_TIMEOUT}", text, headers)
            answer = connection.getresponse()
            while answer.read(1 << 16):
                pass
            statuses[str(answer.status)] += 1
        except (OSError, http.client.HTTPException):
            statuses["broken"] += 1
        finally:
            connection.close()


def main(port: int, seconds: float, clients: int) -> None:
    """Be hostile."""
    statuses: Counter[str] = Counter()
    until = time.monotonic() + seconds
    threads = [
        threading.Thread(target=_send, args=(port, until, f"192.0.2.{number % clients + 1}", number, statuses))
        for number in range(_CONNECTIONS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps(statuses))


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))
