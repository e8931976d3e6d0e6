"""An engine run with a time limit, in a separate process: Rust code cannot be interrupted from Python.

There are well-formed shapes for which the work of an engine doubles with each level of nesting.
"""

from __future__ import annotations

import os
import pickle
import select
import signal
import time
from typing import Any, NoReturn

from jwpgraph.problems import ProblemError
from jwpgraph.releases.gate import ShapesGraph
from jwpgraph.validation.engines import EngineName, run_engine
from jwpgraph.validation.report import ValidationReport

_CHUNK = 2**20
#: Seconds after the time limit after which the process exits if this one has been killed.
_GRACE = 5


class BoundedEngine:
    """Runs engines, all together within a time limit.

    Args:
        seconds: the time limit, which begins with the first run.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end: float | None = None

    def __call__(self, data: str, shapes: ShapesGraph, engine: EngineName | None = None) -> ValidationReport:
        """Validate as :func:`.engines.run_engine` does.

        Raises:
            ProblemError: also ``run-timeout``, or ``run-died`` if the process is killed, as for lack of memory.
        """
        self._end = self._end or time.monotonic() + self._seconds
        reader, writer = os.pipe()
        process = os.fork()
        if not process:
            os.close(reader)
            _run(writer, data, shapes, engine, self._end)
        os.close(writer)
        try:
            answer = self._read(reader)
        finally:
            os.close(reader)
            os.kill(process, signal.SIGKILL)
            _, status = os.waitpid(process, 0)
        if not answer:
            detail = f"it ended with status {os.waitstatus_to_exitcode(status)}; perhaps it needs more memory"
            raise ProblemError("run-died", "The process of the engine ended without a result", detail)
        result = pickle.loads(answer)  # noqa: S301 - written by a fork of this process
        if isinstance(result, ValidationReport):
            return result
        raise ProblemError(**result)

    def _read(self, reader: int) -> bytes:
        answer = bytearray()
        while True:
            left = (self._end or 0) - time.monotonic()
            if left <= 0 or not select.select([reader], [], [], left)[0]:
                detail = f"stopped after {self._seconds:g} s (--deadline)"
                raise ProblemError("run-timeout", "The run took too long", detail)
            chunk = os.read(reader, _CHUNK)
            if not chunk:
                return bytes(answer)
            answer += chunk


def _run(writer: int, data: str, shapes: ShapesGraph, engine: EngineName | None, end: float) -> NoReturn:
    """Run an engine and write its report or its problem."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(max(0, int(end - time.monotonic())) + _GRACE)
        try:
            result: ValidationReport | dict[str, Any] = run_engine(data, shapes, engine)
        except ProblemError as problem:
            result = {"slug": problem.slug, "title": problem.title, "detail": problem.detail, "status": problem.status}
        with open(writer, "wb") as file:
            pickle.dump(result, file)
    finally:
        # Without the exit functions of the process that was forked, and without a traceback.
        os._exit(0)
