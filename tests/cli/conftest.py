"""Fixture to run the command line in a process and read its output and exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from forked_command import run_command

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def run(data_dir: Path, tmp_path: Path) -> Run:
    """Return a function that runs ``jwpgraph`` with arguments on a separate data directory."""

    def call(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        words = [str(argument) for argument in arguments]
        variables = {"JWPGRAPH_DATA_DIR": str(data_dir), "COLUMNS": "120"} | environment
        if any(name.startswith("PYTHON") for name in environment):
            # Read by the interpreter as it starts.
            return subprocess.run(
                [sys.executable, "-m", "jwpgraph", *words],
                capture_output=True,
                text=True,
                check=False,
                cwd=tmp_path,
                env=os.environ | variables,
            )
        return run_command(*words, folder=tmp_path, **variables)

    return call
