"""Fixture to run the command line in a process and read its output and exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture(scope="session")
def command_server() -> Iterator[subprocess.Popen[str]]:
    """A process of which each command is a fork."""
    command = [sys.executable, str(Path(__file__).with_name("command_server.py"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        yield server
        assert server.stdin is not None
        server.stdin.close()


@pytest.fixture
def run(data_dir: Path, tmp_path: Path, command_server: subprocess.Popen[str]) -> Run:
    """Return a function that runs ``jwpgraph`` with arguments on a separate data directory."""
    outputs = [tmp_path.parent / f"{tmp_path.name}.{name}" for name in ("stdout", "stderr")]

    def call(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        words = [str(argument) for argument in arguments]
        job = {
            "arguments": words,
            "cwd": str(tmp_path),
            "env": os.environ | {"JWPGRAPH_DATA_DIR": str(data_dir), "COLUMNS": "120"} | environment,
            "stdout": str(outputs[0]),
            "stderr": str(outputs[1]),
        }
        if any(name.startswith("PYTHON") for name in environment):
            # Read by the interpreter as it starts.
            return subprocess.run(
                [sys.executable, "-m", "jwpgraph", *words],
                capture_output=True,
                text=True,
                check=False,
                cwd=tmp_path,
                env=job["env"],
            )
        assert command_server.stdin is not None
        assert command_server.stdout is not None
        command_server.stdin.write(json.dumps(job) + "\n")
        command_server.stdin.flush()
        code = int(command_server.stdout.readline())
        return subprocess.CompletedProcess(words, code, *(path.read_text() for path in outputs))

    return call
