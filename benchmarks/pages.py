"""``python -m benchmarks.pages URL``: response times of the pages of a running service, uncached and cached.

Every page of the sitemap, or a sample of each kind, is requested once over one connection: uncached, unless it was
requested since the release was published. Then a few pages are requested repeatedly over several connections. With
``--process`` the processor time of that process is measured, too, which other work on the machine does not change.
"""

from __future__ import annotations

import argparse
import random
import re
import statistics
import sys
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from benchmarks.load import Job, Measured, measure, percentile
from benchmarks.processes import processor_seconds

_LOCATION: Final = re.compile(r"<loc>[^<]*?(/doc/([^/<]+)/[^<]+)</loc>")
_HOT: Final = ("/", "/doc/taxon/cms/falco-cherrug", "/doc/activity/jwp-2015-2020/B2", "/doc/instrument/saiga-mou")


@dataclass(frozen=True, slots=True)
class Uncached:
    """Response times of the pages of one kind of entity in milliseconds, and their size in bytes.

    The processor time per page is that of the service with its workers; 0 if no process is named.
    """

    kind: str
    pages: int
    p50: float
    p90: float
    longest: float
    size: float
    processor: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; return exit code 1 if any response was an error."""
    options = _options(arguments)
    print("| kind | pages | p50, ms | p90, ms | longest, ms | processor, ms | mean size, kB |")
    print("|---|---|---|---|---|---|---|")
    for one in uncached(options.url, options.sample, options.seed, options.process):
        times = f"{one.p50:.1f} | {one.p90:.1f} | {one.longest:.1f} | {one.processor:.1f}"
        print(f"| {one.kind} | {one.pages} | {times} | {one.size / 1000:.0f} |", flush=True)
    found, spent = cached(options.url, options.connections, options.seconds, options.process)
    print(f"\nGiven again: {found.throughput:,.0f} a second, p50 {found.p50} ms, p99 {found.p99} ms", end="")
    print(f", {spent * 1000:.3f} ms of processor time each: {1 / spent:,.0f} a second on one core" if spent else "")
    return int(found.errors > 0)


def uncached(url: str, sample: int, seed: int, process: int | None) -> list[Uncached]:
    """Request a sample of the pages of each kind once, one after the other.

    Args:
        url: where the service is.
        sample: how many of each kind at most.
        seed: chooses which.
        process: the service.
    """
    chosen = random.Random(seed)
    by_kind: dict[str, list[str]] = {}
    for path, kind in _LOCATION.findall(_read(url + "/sitemap.xml").decode()):
        by_kind.setdefault(kind, []).append(path)
    found = []
    for kind, paths in sorted(by_kind.items()):
        some = chosen.sample(paths, min(sample, len(paths)))
        times, sizes = [], []
        before = processor_seconds(process) if process else 0.0
        for path in some:
            began = time.perf_counter()
            sizes.append(len(_read(url + path)))
            times.append(time.perf_counter() - began)
        spent = processor_seconds(process) - before if process else 0.0
        times.sort()
        p50, p90, longest = (percentile(times, part) for part in (0.5, 0.9, 1.0))
        found.append(Uncached(kind, len(some), p50, p90, longest, statistics.mean(sizes), 1000 * spent / len(some)))
    return found


def cached(url: str, connections: int, seconds: float, process: int | None) -> tuple[Measured, float]:
    """Request a few pages repeatedly.

    Returns:
        What was measured, and the seconds of processor time for each answer; 0 where no process is named.
    """
    for path in _HOT:
        _read(url + path)
    address = urlsplit(url)
    job = Job(address.hostname or "127.0.0.1", address.port or 80, list(_HOT), "text/html", connections, seconds)
    before = processor_seconds(process) if process else 0.0
    found = measure(job)
    spent = processor_seconds(process) - before if process else 0.0
    return found, spent / max(found.requests, 1)


def _read(url: str) -> bytes:
    request = urllib.request.Request(url, headers={"Accept": "text/html"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        body: bytes = answer.read()
    return body


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=__doc__)
    parser.add_argument("url", help="where the service is, such as http://127.0.0.1:8000")
    parser.add_argument("--sample", type=int, default=40, help="pages of each kind (default: 40)")
    parser.add_argument("--connections", type=int, default=8, help="connections that ask at once (default: 8)")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long they do (default: 5)")
    parser.add_argument("--process", type=int, help="the process of the service, for its processor time")
    parser.add_argument("--seed", type=int, default=1, help="another seed chooses other pages")
    options = parser.parse_args(arguments)
    options.url = options.url.rstrip("/")
    return options


if __name__ == "__main__":
    sys.exit(main())
