"""The cache folder of the benchmarks: an environment with the other servers, and data that was prepared before.

Nothing of it belongs to the project; ``JWPGRAPH_BENCH_CACHE`` says where it is, else ``var/benchmarks``.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks import data
from jwpgraph.operations.builder_factory import digest_shipped_sources
from jwpgraph.releases.rules import RuleSet
from jwpgraph.shipped_files import get_shipped_path

ROOT: Final = Path(__file__).resolve().parent.parent
#: The other servers, as they are installed from PyPI.
PEERS: Final = {"oxigraph": "oxigraph>=0.5.13,<0.6", "rdflib-endpoint": "rdflib-endpoint[cli]>=0.6.3"}


@dataclass(frozen=True, slots=True)
class Workspace:
    """Where benchmarks keep what they need.

    Args:
        folder: created when absent.
    """

    folder: Path

    @classmethod
    def default(cls) -> Workspace:
        """Return the workspace in the cache folder that the environment names."""
        return cls(Path(os.environ.get("JWPGRAPH_BENCH_CACHE") or ROOT / "var" / "benchmarks").resolve())

    def program(self, peer: str) -> Path:
        """Return the installed program of a peer; it is installed in an environment of its own the first time.

        Raises:
            RuntimeError: it cannot be installed.
        """
        environment = self.folder / f"venv-{peer}"
        program = environment / "bin" / peer
        if not program.exists():
            venv.create(environment, with_pip=True)
            run(
                [environment / "bin" / "python", "-m", "pip", "install", "--quiet", PEERS[peer]], what=f"install {peer}"
            )
        return program

    def dataset(self, triples: int, seed: int) -> Dataset:
        """Return the generated data of a size; they are written the first time."""
        # What an earlier generator made, or what was published by other rules, is another set of data.
        name = f"data-{triples}-{seed}"
        folder = self.folder / f"{name}-{_digest()}"
        for outdated in set(self.folder.glob(f"{name}-*")) - {folder}:
            shutil.rmtree(outdated)
        folder.mkdir(parents=True, exist_ok=True)
        population = data.write(folder / "generated.nt", triples, seed=seed)
        return Dataset(folder, triples, seed, population)


@dataclass(frozen=True, slots=True)
class Dataset:
    """One size of generated data and what servers made of it.

    Attributes:
        folder: holds all of it.
        target: the size that was asked for, in triples.
        population: what can be asked about.
    """

    folder: Path
    target: int
    seed: int
    population: data.Population

    @property
    def generated(self) -> Path:
        """The generated triples, N-Triples."""
        return self.folder / "generated.nt"

    @property
    def releases(self) -> Path:
        """The data directory of this service."""
        return self.folder / "jwpgraph"

    @property
    def served(self) -> Path:
        """All triples that this service's release serves, N-Triples; what other servers load."""
        return self.folder / "served.nt"


def _digest() -> str:
    """Changes with the generator, and with all that is shipped and decides what a release holds."""
    sha = hashlib.sha256(Path(data.__file__).read_bytes())
    sha.update(digest_shipped_sources().encode())
    sha.update(RuleSet.read(get_shipped_path("queries/rules")).digest.encode())
    return sha.hexdigest()[:8]


def run(command: Sequence[str | Path], *, what: str, environment: dict[str, str] | None = None) -> str:
    """Run *command* to its end.

    Returns:
        What it printed.

    Raises:
        RuntimeError: it failed.
    """
    arguments = [str(part) for part in command]
    done = subprocess.run(
        arguments, capture_output=True, text=True, env=os.environ | (environment or {}), cwd=ROOT, check=False
    )
    if done.returncode:
        raise RuntimeError(f"could not {what}: {(done.stderr or done.stdout).strip()[-800:]}")
    return done.stdout


def python_module(module: str, *arguments: str | Path) -> list[str | Path]:
    """Return the command that runs a module of this project."""
    return [sys.executable, "-m", module, *arguments]


def parse_triples(text: str) -> int:
    """Return the number of triples that a command's argument means, such as ``100k`` or ``10M``.

    Raises:
        ArgumentTypeError: no number, or fewer than 10,000, which a family of taxa needs.
    """
    unit = {"k": 1_000, "m": 1_000_000}.get(text[-1:].lower(), 1)
    try:
        number = float(text[:-1] if unit > 1 else text) * unit
    except ValueError:
        raise argparse.ArgumentTypeError(f"not a number of triples: {text}") from None
    if number < 10_000:
        raise argparse.ArgumentTypeError("at least 10k triples")
    return int(number)
