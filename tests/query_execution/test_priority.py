"""The priority of workers with slow queries is lowered, and never raised."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from jwpgraph.query_execution.spawner import Spawner

SLEEPER = "import os, sys, time; os.nice(int(sys.argv[1])); print(flush=True); time.sleep(60)"


@pytest.fixture
def start() -> Iterator:
    processes: list[subprocess.Popen] = []

    def start_sleeper(by: int) -> int:
        process = subprocess.Popen([sys.executable, "-c", SLEEPER, str(by)], stdout=subprocess.PIPE)
        process.stdout.readline()
        processes.append(process)
        return process.pid

    yield start_sleeper
    for process in processes:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.parametrize("niceness", [0, 12, 19])
def test_a_process_with_a_lower_priority_keeps_it(start, niceness):
    own = os.getpriority(os.PRIO_PROCESS, 0)
    process = start(max(0, niceness - own))
    ends = socket.socketpair()
    spawner = Spawner(ends[0], network=False)
    spawner._workers[1] = process
    spawner._lower_priority(1)
    assert os.getpriority(os.PRIO_PROCESS, process) == max(own, niceness, 10)
    for end in ends:
        end.close()
