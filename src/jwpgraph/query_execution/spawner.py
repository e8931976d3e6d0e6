"""The spawner: a small single-threaded process that forks query workers within milliseconds.

It has loaded the engine but opened no store, and it has no network access. It identifies its children by number, so
that a kill can never hit an unrelated process that reuses the process id of a dead worker.

Messages are JSON objects, one per packet of a ``SOCK_SEQPACKET`` pair. From the service: ``{"spawn": n, "store": …,
"room": …, "result_limit": …}`` with the worker's ends of its two socket pairs attached, ``{"kill": n}``,
``{"nice": n}`` and ``{"confine": n}``. To the service: ``{"fences": […]}`` once, or ``{"refused": version}`` if the
service is of another version, and ``{"exit": n, "status": s}`` (negative: the signal) for each worker that ended.
"""

from __future__ import annotations

import gc
import os
import selectors
import signal
import socket
import sys
from contextlib import suppress
from types import FrameType
from typing import Any, Final

import orjson

from jwpgraph.process_protocol import PROCESS_VERSION, make_version_problem
from jwpgraph.query_execution import sandbox, worker
from jwpgraph.query_execution.landlock import get_landlock_version
from jwpgraph.query_execution.system_calls import refuse_system_calls

PACKET_BYTES: Final = 16 * 1024
#: Niceness of slow workers: about a tenth of the CPU share of a normal process; with less they would starve.
_NICENESS: Final = 10


class Spawner:
    """Forks, watches and kills workers on commands that arrive over the socket *control*.

    Args:
        control: the socket.
        network: whether workers may call other hosts.
    """

    def __init__(self, control: socket.socket, *, network: bool) -> None:
        self._control = control
        self._network = network
        self._workers: dict[int, int] = {}
        self._wake_read, self._wake_write = socket.socketpair()
        self._wake_read.setblocking(False)
        self._wake_write.setblocking(False)

    def run(self) -> None:
        """Process commands until the service closes its end; the workers then die with this process."""
        signal.signal(signal.SIGCHLD, _wake_up)
        signal.set_wakeup_fd(self._wake_write.fileno(), warn_on_full_buffer=False)
        selector = selectors.DefaultSelector()
        selector.register(self._control, selectors.EVENT_READ)
        selector.register(self._wake_read, selectors.EVENT_READ)
        try:
            self._process_commands(selector)
        finally:
            # Workers that end from now on must not be reported to a socket that is closed with this object.
            signal.set_wakeup_fd(-1)

    def _process_commands(self, selector: selectors.BaseSelector) -> None:
        while True:
            ready = {key.fileobj for key, _ in selector.select()}
            if self._wake_read in ready:
                self._wake_read.recv(PACKET_BYTES)
                self._reap()
            if self._control in ready and not self._run_command(selector):
                return

    def _run_command(self, selector: selectors.BaseSelector) -> bool:
        packet, descriptors, _, _ = socket.recv_fds(self._control, PACKET_BYTES, 2)
        if not packet:
            return False
        order = orjson.loads(packet)
        if "spawn" in order:
            self._spawn(order, descriptors, selector)
        elif "kill" in order:
            self._signal(order["kill"])
        elif "nice" in order:
            self._lower_priority(order["nice"])
        elif "confine" in order:
            self._confine(order["confine"])
        return True

    def _spawn(self, order: dict[str, Any], descriptors: list[int], selector: selectors.BaseSelector) -> None:
        spawner = os.getpid()
        try:
            process = os.fork()
        except OSError:
            _close_descriptors(descriptors)
            self._report(order["spawn"], -signal.SIGKILL)
            return
        if process:
            _close_descriptors(descriptors)
            self._workers[order["spawn"]] = process
            return
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        selector.close()
        self._control.close()
        self._wake_read.close()
        self._wake_write.close()
        connection, queries = (socket.socket(fileno=descriptor) for descriptor in descriptors)
        worker.main(
            connection, queries, order["store"], order["room"], order["result_limit"], spawner, network=self._network
        )

    def _signal(self, number: int) -> None:
        if number in self._workers:
            os.kill(self._workers[number], signal.SIGKILL)

    def _lower_priority(self, number: int) -> None:
        if number in self._workers:
            # The service may run with a lower priority already, which an ordinary process cannot raise.
            with suppress(OSError):
                process = self._workers[number]
                niceness = max(_NICENESS, os.getpriority(os.PRIO_PROCESS, process))
                os.setpriority(os.PRIO_PROCESS, process, niceness)

    def _confine(self, number: int) -> None:
        processors = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
        if number in self._workers and len(processors) > 1:
            # The worker may have just ended, or a container may forbid the call.
            with suppress(OSError):
                os.sched_setaffinity(self._workers[number], processors[1:])

    def _reap(self) -> None:
        while self._workers:
            process, status = os.waitpid(-1, os.WNOHANG)
            if not process:
                return
            number = next(number for number, child in self._workers.items() if child == process)
            del self._workers[number]
            self._report(number, os.waitstatus_to_exitcode(status))

    def _report(self, number: int, status: int) -> None:
        self._control.send(orjson.dumps({"exit": number, "status": status}))


def _close_descriptors(descriptors: list[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


def _wake_up(_signal: int, _frame: FrameType | None) -> None:
    """Do nothing; a Python handler must be installed so that the wake-up descriptor is written."""


def main(descriptor: int, *, network: bool, version: str) -> None:
    """Run the spawner.

    Args:
        descriptor: the inherited control socket.
        network: whether workers keep their network access.
        version: the version of the service; empty for those before versions were sent.
    """
    control = socket.socket(fileno=descriptor)
    # Workers inherit this.
    sandbox.refuse_stop_signals()
    if version != PROCESS_VERSION:
        if version:
            control.send(orjson.dumps({"refused": PROCESS_VERSION}))
        sys.exit(make_version_problem(version, PROCESS_VERSION).line())
    fences = [] if network else sandbox.leave_network()
    if refuse_system_calls():
        fences.append("calls")
    if get_landlock_version():
        # Each worker gives up all files but those of its release.
        fences.append("landlock")
    gc.freeze()
    try:
        control.send(orjson.dumps({"fences": fences}))
        Spawner(control, network=network).run()
    except (BrokenPipeError, ConnectionResetError):
        return


if __name__ == "__main__":
    main(int(sys.argv[1]), network=sys.argv[2] == "network", version="".join(sys.argv[3:4]))
