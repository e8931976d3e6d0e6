"""The simulation agrees with queueing theory where that has a formula."""

from __future__ import annotations

import math

import pytest
from benchmarks.capacity import Kind, Machine, Simulation, find_highest_rate, make_mix


def mean_time(servers: int, rate: float, service: float) -> float:
    """Return the mean time in an M/M/c queue (Erlang C)."""
    load = rate / service
    waits = load**servers / math.factorial(servers) * servers / (servers - load)
    waits /= sum(load**number / math.factorial(number) for number in range(servers)) + waits
    return 1 / service + waits / (servers * service - rate)


@pytest.mark.parametrize(("cores", "rate"), [(1, 6.0), (2, 15.0), (4, 30.0)])
def test_one_kind_of_work_is_a_queue_of_several_servers(cores: int, rate: float) -> None:
    found = Simulation(Machine(cores, cores), (Kind("work", 1.0, 0.1),), rate).run(60_000)
    assert sum(found.times) / len(found.times) == pytest.approx(mean_time(cores, rate, 10.0), rel=0.05)
    assert found.utilisation == pytest.approx(rate / 10 / cores, rel=0.05)


def test_one_front_process_uses_one_core() -> None:
    # Erlang C for one server, however many cores there are.
    found = Simulation(Machine(8, 1), (Kind("work", 1.0, 0.1),), 6.0).run(60_000)
    assert sum(found.times) / len(found.times) == pytest.approx(mean_time(1, 6.0, 10.0), rel=0.05)


def test_heavy_queries_leave_a_core_to_others() -> None:
    mix = (Kind("light", 0.5, 0.001), Kind("heavy", 0.5, 0.001, 10.0, is_heavy=True))
    found = Simulation(Machine(2, 2), mix, 1.0).run(400)
    assert found.p99 < 0.05


def test_larger_data_leave_room_for_fewer_requests() -> None:
    small, large = (find_highest_rate(Machine(4, 2), make_mix(size), 4_000) for size in (10**6, 10**7))
    assert small > 2 * large
