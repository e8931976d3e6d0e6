"""Simulation of a service under load: how many requests a second it answers, and where one machine ends.

``python -m benchmarks.capacity`` prints the highest rates for several numbers of cores and sizes of the data
(``docs/growth.md``). Requests arrive at random (a Poisson process). Each takes processor time in a front process, then
in a query worker, exponentially distributed around the means that were measured (``docs/benchmarks.md``). Front
processes and workers share the cores; waiting front work goes first, then short queries, then heavy ones, which may
use all workers but one.
"""

from __future__ import annotations

import heapq
import random
from collections import deque
from dataclasses import dataclass, field
from typing import Final

#: Light requests must be answered within this time in 99 of 100 cases, in seconds.
LONGEST_P99: Final = 0.1
#: Greatest share of the cores in use; beyond it heavy queries wait ever longer.
MOST_USED: Final = 0.8
_MILLION: Final = 1_000_000


@dataclass(frozen=True)
class Kind:
    """A kind of request.

    Attributes:
        name: what it asks for.
        share: its share of all requests.
        front: processor time in a front process, in seconds.
        worker: processor time in a query worker, in seconds.
        is_heavy: whether it waits behind all others.
    """

    name: str
    share: float
    front: float
    worker: float = 0.0
    is_heavy: bool = False


def make_mix(triples: int) -> tuple[Kind, ...]:
    """Return the mix of a portal for data of a size; heavy queries take time in proportion to it."""
    return (
        Kind("answer from the cache", 0.80, 30e-6),
        Kind("look-up", 0.17, 110e-6, 95e-6),
        Kind("page or list, not cached", 0.02, 10e-3),
        Kind("heavy query", 0.01, 110e-6, 50e-3 * triples / _MILLION, is_heavy=True),
    )


@dataclass(frozen=True)
class Machine:
    """A machine: its cores, and the front processes of its service (``JWPGRAPH_PROCESSES``)."""

    cores: int
    processes: int


@dataclass
class Outcome:
    """The times of the light requests in seconds, from arrival to answer, and the share of the cores in use."""

    times: list[float] = field(default_factory=list)
    utilisation: float = 0.0

    @property
    def p99(self) -> float:
        """The time within which 99 of 100 light requests are answered."""
        return sorted(self.times)[int(0.99 * len(self.times))] if self.times else 0.0


class Simulation:
    """One run.

    Args:
        machine: the machine.
        mix: the kinds of requests.
        rate: requests a second.
        seed: another seed draws other requests.
    """

    def __init__(self, machine: Machine, mix: tuple[Kind, ...], rate: float, seed: int = 1) -> None:
        self._random = random.Random(seed)
        self._machine = machine
        self._mix = mix
        self._rate = rate
        self._cores = machine.cores
        self._fronts = machine.processes
        self._heavy = max(1, machine.cores - 1)
        self._waiting: tuple[deque[tuple[float, Kind]], ...] = (deque(), deque(), deque())
        self._events: list[tuple[float, int, int, float, Kind]] = []
        self._number = 0
        self._busy = 0.0
        self._outcome = Outcome()

    def run(self, requests: int) -> Outcome:
        """Return the outcome of a number of requests; the first tenth fills the queues and is not counted."""
        kinds, shares = list(self._mix), [kind.share for kind in self._mix]
        now, arrival, arrived = 0.0, 0.0, 0
        while arrived < requests or self._events:
            if arrived < requests and (not self._events or arrival <= self._events[0][0]):
                now = arrival
                self._waiting[0].append((now, self._random.choices(kinds, shares)[0]))
                arrived += 1
                arrival = now + self._random.expovariate(self._rate)
            else:
                now, _, stage, since, kind = heapq.heappop(self._events)
                self._end(stage, since, kind, now, counted=arrived > requests / 10)
            self._begin(now)
        self._outcome.utilisation = self._busy / (now * self._machine.cores)
        return self._outcome

    def _begin(self, now: float) -> None:
        """Start the work for which there is a core."""
        while self._cores:
            if self._waiting[0] and self._fronts:
                stage, self._fronts = 0, self._fronts - 1
            elif self._waiting[1]:
                stage = 1
            elif self._waiting[2] and self._heavy:
                stage, self._heavy = 2, self._heavy - 1
            else:
                return
            since, kind = self._waiting[stage].popleft()
            self._cores -= 1
            mean = kind.worker if stage else kind.front
            seconds = self._random.expovariate(1 / mean)
            self._busy += seconds
            self._number += 1
            heapq.heappush(self._events, (now + seconds, self._number, stage, since, kind))

    def _end(self, stage: int, since: float, kind: Kind, now: float, *, counted: bool) -> None:
        self._cores += 1
        self._fronts += stage == 0
        self._heavy += stage == 2
        if stage == 0 and kind.worker:
            self._waiting[2 if kind.is_heavy else 1].append((since, kind))
        elif counted and not kind.is_heavy:
            self._outcome.times.append(now - since)


def find_highest_rate(machine: Machine, mix: tuple[Kind, ...], requests: int = 20_000) -> float:
    """Return the highest rate at which light requests are fast and some cores are idle, in requests a second."""
    mean = sum(kind.share * (kind.front + kind.worker) for kind in mix)
    front = sum(kind.share * kind.front for kind in mix)
    low, high = 0.0, min(MOST_USED * machine.cores / mean, machine.processes / front)
    for _ in range(12):
        middle = (low + high) / 2
        if Simulation(machine, mix, middle).run(requests).p99 <= LONGEST_P99:
            low = middle
        else:
            high = middle
    return low


def main() -> None:
    """Print the table."""
    sizes = [1, 10, 100, 1000]
    print("| cores | processes |" + "".join(f" {size:,} M triples |" for size in sizes))
    print("|---|---|" + "---|" * len(sizes))
    for cores in (2, 4, 8, 16):
        machine = Machine(cores, max(1, cores // 2))
        rates = [find_highest_rate(machine, make_mix(size * _MILLION)) for size in sizes]
        print(f"| {cores} | {machine.processes} |" + "".join(f" {rate:,.0f} |" for rate in rates))


if __name__ == "__main__":
    main()
