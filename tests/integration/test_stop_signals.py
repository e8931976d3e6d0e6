"""Signals that a terminal or a service manager sends to all processes of the service at once."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

TOKEN = "a-token-for-tests"


def find_descendants(parent: int) -> set[int]:
    children: dict[int, set[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            children.setdefault(int(path.read_text().rpartition(")")[2].split()[1]), set()).add(int(path.parent.name))
        except OSError:
            continue
    found: set[int] = set()
    waiting = [parent]
    while waiting:
        below = children.get(waiting.pop(), set())
        found |= below
        waiting += below
    return found


def test_the_service_ends_its_processes_itself(serve) -> None:
    """Otherwise a stop by systemd would end the queries and the update that have ten seconds to finish."""
    with serve("--empty") as served, served.client(token=TOKEN) as client:
        update = {"update": "INSERT DATA { <urn:a> <urn:p> 1 }"}
        assert client.post("/sparql", data=update).status_code == 204
        before = find_descendants(served.process.pid)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            for process in before:
                with suppress(ProcessLookupError):  # a worker of the release before
                    os.kill(process, number)
        assert client.get("/sparql", params={"query": "ASK { <urn:a> <urn:p> 1 }"}).json()["boolean"]
        assert client.post("/sparql", data={"update": "INSERT DATA { <urn:b> <urn:p> 1 }"}).status_code == 204
        # The builder and the spawner; workers are replaced with each release.
        assert len(before & find_descendants(served.process.pid)) >= 2
        # Where the tests run under nohup, the service ignores SIGHUP, too.
        ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        served.process.send_signal(signal.SIGTERM if ignored else signal.SIGHUP)
        served.process.wait(20)
        deadline = time.monotonic() + 5
        while not any("Application shutdown complete" in line for line in served.log):
            assert time.monotonic() < deadline, served.log
            time.sleep(0.05)
