"""Command lines of ``jwpgraph`` as forks of a process that has imported all commands.

Importing what a command needs takes up to two seconds of processor time. Each command is a process of its own still,
with its own environment, directory and output. Tests of the start itself run ``python -m jwpgraph``.
"""

from __future__ import annotations

import multiprocessing
import os
import pkgutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import jwpgraph.cli

_FORKSERVER = multiprocessing.get_context("forkserver")
_FORKSERVER.set_forkserver_preload(
    [
        *(f"jwpgraph.cli.{module.name}" for module in pkgutil.iter_modules(jwpgraph.cli.__path__)),
        "jwpgraph.server.startup",
        "jwpgraph.server.fastapi_app",
    ]
)


def _become(arguments: Sequence[str], environment: Mapping[str, str], folder: str, output: Sequence[str]) -> None:
    """Run a command in this process; *output* names the files of standard output and standard error."""
    for number, path in enumerate((os.devnull, *output)):
        file = os.open(path, os.O_RDWR | os.O_CREAT | (os.O_TRUNC if number else 0))
        os.dup2(file, number)
        os.close(file)
    # The streams of the forkserver have the properties of its own files, such as being seekable.
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["jwpgraph", *arguments]
    jwpgraph.cli.main()


class ForkedCommand:
    """A running command, with the methods of ``subprocess.Popen`` that tests use."""

    def __init__(
        self, arguments: Sequence[str], environment: Mapping[str, str], folder: Path, stdout: Path, stderr: Path
    ) -> None:
        self._process = _FORKSERVER.Process(
            target=_become, args=(list(arguments), dict(environment), str(folder), [str(stdout), str(stderr)])
        )
        self._process.start()

    @property
    def pid(self) -> int:
        """Process id."""
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """Return the exit code; ``None`` while the command runs."""
        return self._process.exitcode

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal, unless the command has ended."""
        if self.poll() is None:
            # The fork server may have noticed the end earlier.
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        """Wait at most *timeout* seconds for the end; return the exit code.

        :raises subprocess.TimeoutExpired: the command still runs.
        """
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired("jwpgraph", timeout or 0)
        return code


def run_command(
    *arguments: str | Path, folder: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a command in *folder* to its end; return its exit code and output.

    *environment* is added to the variables of this process.
    """
    words = [str(argument) for argument in arguments]
    with tempfile.TemporaryDirectory() as outputs:
        stdout, stderr = (Path(outputs) / name for name in ("stdout", "stderr"))
        code = ForkedCommand(words, os.environ | environment, folder or Path.cwd(), stdout, stderr).wait()
        return subprocess.CompletedProcess(words, code, stdout.read_text(), stderr.read_text())
