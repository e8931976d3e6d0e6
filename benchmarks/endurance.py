"""Endurance: writes and reads while processes are killed at random; counts wrong answers and lost writes.

``python -m benchmarks.endurance soak --minutes 10`` kills query workers, the spawner and the builder;
``python -m benchmarks.endurance kills --kills 200`` kills the service itself with SIGKILL and starts it again. Both end
with exit code 1 if an acknowledged write is missing, a refused one is present, or an answer is wrong. Linux only.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx

_TOKEN: Final = "a-token-for-endurance"
_PARTS: Final = ("query_execution.spawner", "query_execution.worker", "server.builder_process")
_WARM_UP: Final = 30.0


@dataclass
class Record:
    """The writes and answers so far."""

    acknowledged: set[int] = field(default_factory=set)
    refused: set[int] = field(default_factory=set)
    unknown: set[int] = field(default_factory=set)
    answers: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    begun: int = 0


class Service:
    """The service, started again after it was killed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = ""
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start the service and wait until it answers."""
        environment = os.environ | {"JWPGRAPH_DATA_DIR": str(self.folder), "JWPGRAPH_ADMIN_TOKEN": _TOKEN}
        command = [sys.executable, "-m", "jwpgraph", "serve", "--empty", "--port", "0"]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if found := re.search(r"http://\S+?:\d+", line):
                self.url = found[0]
            if "startup complete" in line:
                break
        else:
            raise SystemExit("the service does not start")
        threading.Thread(target=self._drain, args=(self.process.stderr,), daemon=True).start()

    def _drain(self, log: object) -> None:
        inside = False
        for line in log:  # type: ignore[attr-defined]
            inside = "Traceback" in line or (inside and line.startswith((" ", "Error")))
            if inside or "Error: " in line:
                print(line.rstrip(), file=sys.stderr, flush=True)

    def descendants(self) -> list[tuple[int, str]]:
        """Return the process ids and commands of the processes that the service started."""
        assert self.process is not None
        parents: dict[int, list[int]] = {}
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                parents.setdefault(int(path.read_text().rpartition(")")[2].split()[1]), []).append(
                    int(path.parent.name)
                )
            except OSError:
                continue
        found, waiting = [], [self.process.pid]
        while waiting:
            children = parents.get(waiting.pop(), [])
            waiting += children
            found += children
        return [(pid, _command(pid)) for pid in found]

    def usage(self) -> dict[str, int]:
        """Return memory in KiB and descriptors of the front process, and the number of processes."""
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        memory = re.search(r"VmRSS:\s+(\d+)", status)
        descriptors = len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))
        return {
            "memory": int(memory[1]) if memory else 0,
            "descriptors": descriptors,
            "processes": len(self.descendants()),
        }


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def write(service: Service, record: Record, ended: threading.Event) -> None:
    """Insert numbered triples one by one and note what the service says of each."""
    while not ended.is_set():
        with record.lock:
            record.begun += 1
            number = record.begun
        update = f"INSERT DATA {{ <urn:n{number}> <urn:p> {number} }}"
        try:
            answer = httpx.post(
                f"{service.url}/sparql",
                data={"update": update},
                headers={"Authorization": f"Bearer {_TOKEN}"},
                timeout=120,
            )
        except httpx.HTTPError:
            with record.lock:
                record.unknown.add(number)
            time.sleep(0.2)
            continue
        with record.lock:
            record.answers[f"update {answer.status_code}"] += 1
            (record.acknowledged if answer.is_success else record.refused).add(number)


def read(service: Service, record: Record, ended: threading.Event) -> None:
    """Count the triples again and again: there are at least those acknowledged before, at most those begun."""
    while not ended.is_set():
        with record.lock:
            least = len(record.acknowledged)
        # A number in the text keeps the answer out of the cache.
        query = f"SELECT (COUNT(*) AS ?n) {{ ?s <urn:p> ?o FILTER(?o > -{random.randrange(10**9)}) }}"
        try:
            answer = httpx.get(f"{service.url}/sparql", params={"query": query}, timeout=60)
        except httpx.HTTPError:
            time.sleep(0.2)
            continue
        with record.lock:
            record.answers[f"query {answer.status_code}"] += 1
            if answer.is_success:
                count = int(answer.json()["results"]["bindings"][0]["n"]["value"])
                if not least <= count <= record.begun:
                    record.wrong.append(f"{count} triples, of {least} acknowledged and {record.begun} begun")
        time.sleep(0.02)


def check(service: Service, record: Record) -> None:
    """Compare the final state with what was acknowledged and refused."""
    answer = httpx.get(
        f"{service.url}/sparql",
        params={"query": "SELECT ?o { ?s <urn:p> ?o }"},
        headers={"Accept": "application/sparql-results+json"},
        timeout=120,
    )
    stored = {int(row["o"]["value"]) for row in answer.raise_for_status().json()["results"]["bindings"]}
    if lost := record.acknowledged - stored:
        record.wrong.append(f"acknowledged and lost: {sorted(lost)[:10]}")
    if published := record.refused & stored:
        record.wrong.append(f"told as failed but published: {sorted(published)[:10]}")
    if unasked := stored - record.acknowledged - record.refused - record.unknown:
        record.wrong.append(f"nobody wrote: {sorted(unasked)[:10]}")


def kill_parts(service: Service) -> str | None:
    """Kill one process of a random kind; return its kind."""
    kind = random.choice(_PARTS)
    found = [pid for pid, command in service.descendants() if kind in command]
    if not found:
        return None
    try:
        os.kill(random.choice(found), signal.SIGKILL)
    except ProcessLookupError:
        return None
    return kind


def kill_service(service: Service) -> str:
    """Kill the service with all of its processes and start it again."""
    assert service.process is not None
    rest = [pid for pid, _ in service.descendants()]
    service.process.kill()
    service.process.wait()
    for pid in rest if random.random() < 0.5 else ():
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    service.start()
    return "service"


def main() -> None:
    """Run the soak or the kills and print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["soak", "kills"])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--kills", type=int, default=200, help="end after so many kills")
    parser.add_argument("--pause", type=float, default=2.0, help="longest pause in seconds before a kill")
    options = parser.parse_args()
    record, ended, kills = Record(), threading.Event(), Counter[str]()
    with tempfile.TemporaryDirectory(prefix="jwpgraph-endurance-") as folder:
        service = Service(Path(folder) / "data")
        service.start()
        threads = [threading.Thread(target=work, args=(service, record, ended)) for work in (write, write, read, read)]
        for thread in threads:
            thread.start()
        time.sleep(min(_WARM_UP, options.minutes * 12))
        before = service.usage()
        end = time.monotonic() + options.minutes * 60
        while time.monotonic() < end and kills.total() < options.kills:
            time.sleep(random.uniform(0, options.pause))
            kind = kill_service(service) if options.what == "kills" else kill_parts(service)
            if kind is not None:
                kills[kind] += 1
        ended.set()
        for thread in threads:
            thread.join()
        time.sleep(5)
        check(service, record)
        after = service.usage()
        assert service.process is not None
        service.process.terminate()
        service.process.wait(60)
        command = [sys.executable, "-m", "jwpgraph", "--data-dir", str(service.folder), "release", "verify", "--json"]
        verified = subprocess.run(command, capture_output=True, text=True, check=False)
        if verified.returncode:
            record.wrong.append(f"the last release is damaged: {verified.stdout[:500]}")
    figures = {
        "kills": kills,
        "acknowledged": len(record.acknowledged),
        "refused": len(record.refused),
        "unanswered": len(record.unknown),
        "answers": dict(sorted(record.answers.items())),
        "before": before,
        "after": after,
        "wrong": record.wrong,
    }
    print(json.dumps(figures, indent=1))
    sys.exit(1 if record.wrong else 0)


if __name__ == "__main__":
    main()
