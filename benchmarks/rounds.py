"""Measuring in rounds: every server in turn within each round, so that what else the machine does meets all alike.

A ratio is taken within a round and between neighbours in time; the spread over the rounds tells what it is worth.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Final, Literal

from benchmarks import answers, load, queries
from benchmarks.load import Job, Measured
from benchmarks.processes import processor_seconds
from benchmarks.servers import HOST, Server
from benchmarks.workspace import Dataset

Quantity = Callable[[Measured], float]

THROUGHPUT: Final[Quantity] = lambda window: window.throughput  # noqa: E731 - three of a kind, used as values
TAIL: Final[Quantity] = lambda window: window.p99  # noqa: E731
CPU: Final[Quantity] = lambda window: window.cpu  # noqa: E731

Mode = Literal["hot", "unique"]
MODES: Final[tuple[Mode, ...]] = ("hot", "unique")

#: Unique questions that are made for one window of one second; no server here answers more.
_MOST_A_SECOND: Final = 16_000
_CHECKED: Final = 4
#: Milliseconds from which on a server works for an answer …
WORK: Final = 5.0
#: … and how many times as long it is then asked.
_LONGER: Final = 4


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured.

    Args:
        rounds: how often.
        seconds: how long one server is asked one kind of query.
        connections: how many ask at once.
        seed: of the parameters of unique queries.
    """

    rounds: int = 7
    seconds: float = 1.0
    connections: int = 8
    seed: int = 1


@dataclass(slots=True)
class Series:
    """What one server did with one kind of query in one mode, a window for each round."""

    windows: list[Measured] = field(default_factory=list)

    def middle(self, value: Quantity) -> float:
        """Return the median of *value* over the rounds."""
        return median([value(window) for window in self.windows]) if self.windows else math.nan

    @property
    def errors(self) -> int:
        """Answers that were none, over all rounds."""
        return sum(window.errors for window in self.windows)


@dataclass(frozen=True, slots=True)
class Spread:
    """A quantity over the rounds."""

    low: float
    middle: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        """Return the spread of *values*; NaN if there are none."""
        known = [value for value in values if not math.isnan(value)]
        if not known:
            return cls(math.nan, math.nan, math.nan)
        return cls(min(known), median(known), max(known))


Results = dict[tuple[str, str, Mode], Series]


def measure(
    servers: Sequence[Server],
    dataset: Dataset,
    plan: Plan,
    waits: Mapping[tuple[str, str], float],
    progress: Callable[[str], None] = lambda _: None,
) -> Results:
    """Ask each of the running *servers* each kind of query, hot and unique, in rounds.

    Unique queries of a kind for which a server works are asked for longer: of the few that come in a second too many
    would be the first ones of their kind, which find caches cold.

    Args:
        servers: who is asked.
        dataset: what about.
        plan: how much.
        waits: what an answer takes alone, by server and kind, as :func:`alone` finds.
        progress: is told of every round.

    Returns:
        By server, kind of query and mode.
    """
    results: Results = {
        (server.name, kind.name, mode): Series() for server in servers for kind in queries.KINDS for mode in MODES
    }
    for number in range(plan.rounds):
        progress(f"round {number + 1} of {plan.rounds}")
        for kind, mode in itertools.product(queries.KINDS, MODES):
            # Each goes first as often as any other.
            turn = number % len(servers)
            work = mode == "unique" and any(waits[server.name, kind.name] > WORK for server in servers)
            asked = replace(plan, seconds=_LONGER * plan.seconds) if work else plan
            for server in [*servers[turn:], *servers[:turn]]:
                job = _job(server, dataset, kind, mode, asked, number)
                results[server.name, kind.name, mode].windows.append(_window(server, job))
    return results


def _window(server: Server, job: Job) -> Measured:
    before = processor_seconds(server.process_id)
    try:
        measured = load.measure(job)
    finally:
        server.require_running()
    if measured.requests:
        spent = processor_seconds(server.process_id) - before
        measured.cpu = round(1000 * spent / measured.requests, 4)
    return measured


def _job(server: Server, dataset: Dataset, kind: queries.Kind, mode: Mode, plan: Plan, number: int) -> Job:
    if mode == "hot":
        texts = queries.hot(kind, dataset.population)
    else:
        # All servers are asked the same within a round, and something else in the next.
        many = queries.unique(kind, dataset.population, seed=plan.seed * 1000 + number)
        texts = list(itertools.islice(many, math.ceil(_MOST_A_SECOND * plan.seconds)))
    targets = [load.target(server.path, text) for text in texts]
    return Job(HOST, server.port, targets, kind.media_type, plan.connections, plan.seconds, once=mode == "unique")


def alone(servers: Sequence[Server], dataset: Dataset, plan: Plan) -> dict[tuple[str, str], float]:
    """Return the median response time without other load in milliseconds, by server and kind of unique query.

    It also warms every server before the rounds begin.
    """
    brief = Plan(1, max(0.2, plan.seconds / 4), 1, plan.seed + 500)
    return {
        (server.name, kind.name): load.measure(_job(server, dataset, kind, "unique", brief, 0)).p50
        for server, kind in itertools.product(servers, queries.KINDS)
    }


def ratios(results: Results, quantity: Quantity, servers: tuple[str, str], kind: str, mode: Mode) -> Spread:
    """Return the ratio of *quantity* of the second of two *servers* to that of the first, for each round."""
    mine, its = (results[server, kind, mode].windows for server in servers)
    pairs = zip(map(quantity, mine), map(quantity, its), strict=True)
    return Spread.of(one / other if other else math.nan for one, other in pairs)


def geometric_mean(values: Iterable[float]) -> float:
    """Return the geometric mean of positive *values*; NaN if there are none."""
    known = [value for value in values if value > 0 and not math.isnan(value)]
    return math.exp(sum(map(math.log, known)) / len(known)) if known else math.nan


@dataclass(frozen=True, slots=True)
class Agreement:
    """Whether the servers answered alike.

    Args:
        compared: questions that all were asked.
        rows: rows and triples of the first server's answers together.
        differing: by server and kind of query, how many answers were not the first server's.
    """

    compared: int
    rows: int
    differing: dict[str, dict[str, int]]


def compare(servers: Sequence[Server], dataset: Dataset, seed: int) -> Agreement:
    """Ask all *servers* the same questions, hot and unique, and compare what they say."""
    compared = rows = 0
    differing: dict[str, dict[str, int]] = {server.name: {} for server in servers[1:]}
    for kind in queries.KINDS:
        more = queries.unique(kind, dataset.population, seed=random.Random(seed).randrange(2**30))
        for text in [*queries.hot(kind, dataset.population), *itertools.islice(more, _CHECKED)]:
            expected = _answer(servers[0], kind, text)
            compared += 1
            rows += answers.size(expected)
            for server in servers[1:]:
                if _answer(server, kind, text) != expected:
                    differing[server.name][kind.name] = differing[server.name].get(kind.name, 0) + 1
    return Agreement(compared, rows, differing)


def _answer(server: Server, kind: queries.Kind, text: str) -> object:
    try:
        status, body = server.ask(text, kind.media_type)
        return answers.canonical(kind, body) if status == 200 else f"{server.name}: {status}"
    except (OSError, ValueError) as error:
        return f"{server.name}: {error}"
