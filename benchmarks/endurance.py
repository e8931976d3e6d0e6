"""Endurance: writes, reads and validations while processes are killed at random; counts wrong answers and lost writes.

``python -m benchmarks.endurance soak --minutes 10`` kills query workers, the spawner and the builder; with
``--disk 256`` the data directory is a file system of 256 MiB, which is full for a minute in the middle (as root).
``python -m benchmarks.endurance kills --kills 200`` kills the service itself with SIGKILL and starts it again, half of
the times once it has published, as it may need some seconds for that on a busy machine. Both end with exit code 1 if an
acknowledged write is missing, a refused one is present, an answer is wrong or has an unexpected status, or the service
logged a traceback. Linux only.
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
_SPAWNER: Final = "query_execution.spawner"
_PARTS: Final = ("spawner", "worker", "builder")
_WARM_UP: Final = 30.0
#: Publications before the memory is measured, and the longest time to wait for them.
_WARM_UP_WRITES: Final = 20
_LONGEST_WARM_UP: Final = 180.0
_FULL_SECONDS: Final = 60.0
_WRITE_SECONDS: Final = 30.0
#: Statuses of writes and queries besides success: the client is to try again, or the disk is full.
_EXPECTED: Final = {"update": {503, 507}, "query": {503}, "run": {409, 503, 507}}


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
        self.tracebacks = 0
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
            self.tracebacks += "Traceback" in line
            inside = "Traceback" in line or (inside and line.startswith((" ", "Error")))
            if inside or "Error: " in line:
                print(line.rstrip(), file=sys.stderr, flush=True)

    def descendants(self) -> list[tuple[int, str]]:
        """Return the ids and kinds of the processes that the service started; workers are forks of the spawner."""
        assert self.process is not None
        parents: dict[int, list[int]] = {}
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                parents.setdefault(int(path.read_text().rpartition(")")[2].split()[1]), []).append(
                    int(path.parent.name)
                )
            except OSError:
                continue
        found, waiting = [], [(self.process.pid, "")]
        while waiting:
            parent, kind = waiting.pop()
            children = [(pid, _kind(pid, kind)) for pid in parents.get(parent, ())]
            waiting += children
            found += children
        return found

    def usage(self) -> dict[str, int]:
        """Return memory and cached answers in KiB and descriptors of the front process, and the number of processes."""
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        memory = re.search(r"VmRSS:\s+(\d+)", status)
        descriptors = len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))
        cached = re.search(
            r"^jwpgraph_cache_bytes (\S+)", httpx.get(f"{self.url}/metrics", timeout=60).text, re.MULTILINE
        )
        return {
            "memory": int(memory[1]) if memory else 0,
            "cached": int(float(cached[1])) // 1024 if cached else 0,
            "descriptors": descriptors,
            "processes": len(self.descendants()),
        }


def _kind(pid: int, parent: str) -> str:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""
    if _SPAWNER in command:
        return "worker" if parent == "spawner" else "spawner"
    return "builder" if "server.builder_process" in command else ""


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
        _expect(record, "update", answer)


def _expect(record: Record, kind: str, answer: httpx.Response) -> None:
    if answer.is_success or answer.status_code in _EXPECTED[kind]:
        if answer.status_code == 503 and "Retry-After" not in answer.headers:
            record.answers[f"{kind} 503 without Retry-After: {answer.text[:300]}"] += 1
        return
    with record.lock:
        record.wrong.append(f"{kind} answered {answer.status_code}: {answer.text[:300]}")


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
        _expect(record, "query", answer)
        time.sleep(0.02)


def validate(service: Service, record: Record, ended: threading.Event) -> None:
    """Run the job ``release`` again and again: what the gate let through conforms."""
    headers = {"Authorization": f"Bearer {_TOKEN}"}
    while not ended.is_set():
        try:
            path = f"{service.url}/api/v1/validation/runs"
            answer = httpx.post(path, json={"job": "release"}, headers=headers, timeout=60)
            _expect(record, "run", answer)
            run = answer.json() if answer.status_code == 202 else {}
            while run.get("outcome") == "running" and not ended.is_set():
                time.sleep(0.5)
                run = httpx.get(f"{path}/{run['id']}", timeout=60).raise_for_status().json()
        except httpx.HTTPError:
            # The service was killed, or the disk is full.
            run = {}
        with record.lock:
            record.answers[f"run {run.get('outcome', 'unknown')}"] += 1
            if run.get("outcome") == "finished" and not run["conforms"]:
                record.wrong.append(f"run {run['id']} does not conform")
        ended.wait(5)


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


def warm_up(record: Record, minutes: float) -> None:
    """Wait until the service has done each kind of work; on a busy machine some seconds do not suffice."""
    time.sleep(min(_WARM_UP, minutes * 12))
    deadline = time.monotonic() + min(_LONGEST_WARM_UP, minutes * 12)
    while time.monotonic() < deadline and not (
        len(record.acknowledged) >= _WARM_UP_WRITES and record.answers["run finished"]
    ):
        time.sleep(0.5)


def kill_parts(service: Service) -> str | None:
    """Kill one process of a random kind; return its kind."""
    kind = random.choice(_PARTS)
    found = [pid for pid, name in service.descendants() if name == kind]
    if not found:
        return None
    try:
        os.kill(random.choice(found), signal.SIGKILL)
    except ProcessLookupError:
        return None
    return kind


def wait_for_write(record: Record) -> None:
    """Wait until a further write is acknowledged, for a limited time."""
    before, deadline = len(record.acknowledged), time.monotonic() + _WRITE_SECONDS
    while len(record.acknowledged) == before and time.monotonic() < deadline:
        time.sleep(0.05)


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


def fill(folder: Path, after: float) -> None:
    """Fill the file system of *folder* for a minute, beginning *after* seconds."""
    time.sleep(after)
    full = folder / "full"
    end = time.monotonic() + _FULL_SECONDS
    with full.open("wb", buffering=0) as file:
        while time.monotonic() < end:
            try:
                file.write(b"x" * 4096)
            except OSError:
                time.sleep(0.05)
    full.unlink()


def main() -> None:
    """Run the soak or the kills and print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["soak", "kills"])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--kills", type=int, default=200, help="end after so many kills")
    parser.add_argument("--disk", type=int, help="MiB of a file system that is full for a minute (soak, as root)")
    parser.add_argument("--pause", type=float, default=2.0, help="longest pause in seconds before a kill")
    options = parser.parse_args()
    record, ended, kills = Record(), threading.Event(), Counter[str]()
    with tempfile.TemporaryDirectory(prefix="jwpgraph-endurance-") as folder:
        if options.disk:
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={options.disk}m", "jwpgraph", folder], check=True)
        service = Service(Path(folder) / "data")
        service.start()
        workers = (write, write, read, read, validate)
        threads = [threading.Thread(target=work, args=(service, record, ended)) for work in workers]
        for thread in threads:
            thread.start()
        warm_up(record, options.minutes)
        before = service.usage()
        end = time.monotonic() + options.minutes * 60
        samples, next_sample = [before["memory"]], time.monotonic() + 60
        filler = threading.Thread(target=fill, args=(Path(folder), options.minutes * 30))
        if options.disk:
            filler.start()
        while time.monotonic() < end and (options.what == "soak" or kills.total() < options.kills):
            if options.what == "kills" and random.random() < 0.5:
                wait_for_write(record)
            time.sleep(random.uniform(0, options.pause))
            kind = kill_service(service) if options.what == "kills" else kill_parts(service)
            if kind is not None:
                kills[kind] += 1
            if options.what == "soak" and time.monotonic() >= next_sample:
                samples.append(service.usage()["memory"])
                next_sample += 60
        ended.set()
        for thread in [*threads, filler] if options.disk else threads:
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
        if options.disk:
            subprocess.run(["umount", folder], check=True)
    if service.tracebacks:
        record.wrong.append(f"{service.tracebacks} tracebacks in the log")
    figures = {
        "kills": kills,
        "acknowledged": len(record.acknowledged),
        "refused": len(record.refused),
        "unanswered": len(record.unknown),
        "answers": dict(sorted(record.answers.items())),
        "before": before,
        "after": after,
        "memory by minute": samples,
        "wrong": record.wrong,
    }
    print(json.dumps(figures, indent=1))
    sys.exit(1 if record.wrong else 0)


if __name__ == "__main__":
    main()
