"""How long a small write takes: ten triples over HTTP, through the gate, until they can be read; and what it would take
if all were derived and validated anew.
"""

from __future__ import annotations

import os
import shutil
import statistics
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.building import build_apart
from benchmarks.servers import HOST, Ours
from benchmarks.workspace import Dataset, Workspace, run

_TOKEN: Final = "a-token-for-benchmarks"
_TIMES: Final = 5
_TRIPLES: Final = 10
_SECONDS: Final = 600.0


@dataclass(frozen=True, slots=True)
class Updated:
    """What writes to one set of data took.

    Attributes:
        triples: that the release serves.
        incremental: seconds of an update of ten triples over HTTP, median.
        longest: seconds of the longest of them.
        full: seconds to build the same with ``--full``, from the command line; HTTP has no such thing.
    """

    triples: int
    incremental: float
    longest: float
    full: float


class Writable(Ours):
    """This service over a copy of a data directory that may be written to."""

    def __init__(self, workspace: Workspace, dataset: Dataset, folder: Path) -> None:
        super().__init__(workspace, dataset)
        self.folder = folder

    def prepare(self) -> None:
        """Do nothing: the copy exists."""

    def environment(self) -> dict[str, str]:
        """Return the environment of the base class with another data directory and a token."""
        own = {"JWPGRAPH_DATA_DIR": str(self.folder), "JWPGRAPH_ADMIN_TOKEN": _TOKEN}
        return super().environment() | own | {"JWPGRAPH_UPDATE_TIMEOUT": str(_SECONDS)}

    def update(self, text: str) -> None:
        """Send a SPARQL Update."""
        request = urllib.request.Request(
            f"http://{HOST}:{self.port}{self.path}",
            data=text.encode(),
            headers={"Content-Type": "application/sparql-update", "Authorization": f"Bearer {_TOKEN}"},
        )
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:
            answer.read()


def measure(workspace: Workspace, dataset: Dataset) -> dict[str, Updated]:
    """Write to the shipped data alone and to *dataset*, which must have been loaded; copies bear the changes."""
    shipped = dataset.folder / "shipped"
    if not shipped.exists():
        environment = Ours(workspace, dataset).environment() | {"JWPGRAPH_DATA_DIR": str(shipped)}
        run(Ours(workspace, dataset).cli("load"), what="load the shipped data alone", environment=environment)
    return {
        "shipped data": _measure(workspace, dataset, shipped),
        "generated data": _measure(workspace, dataset, dataset.releases),
    }


def measure_increment(workspace: Workspace, dataset: Dataset) -> float:
    """Return the seconds of an update of ten triples over HTTP on *dataset*, which must have been loaded; a median."""
    with copied(dataset.releases, dataset.folder / "updated") as copy:
        return statistics.median(_time_updates(Writable(workspace, dataset, copy)))


def _time_updates(service: Writable) -> list[float]:
    with service:
        # The first write starts from a release that this process has not opened yet.
        return [_timed(service, number) for number in range(_TIMES + 1)][1:]


def _measure(workspace: Workspace, dataset: Dataset, data_dir: Path) -> Updated:
    with copied(data_dir, dataset.folder / "updated") as copy:
        service = Writable(workspace, dataset, copy)
        seconds = _time_updates(service)
        environment = service.environment()
        built = build_apart("--small", "--full", environment=environment)
    return Updated(built["triples"], round(statistics.median(seconds), 3), round(max(seconds), 3), built["total"])


def _timed(service: Writable, number: int) -> float:
    notes = " ; ".join(f'skos:note "Update {number}, note {index}."@en' for index in range(_TRIPLES))
    began = time.perf_counter()
    service.update(
        "PREFIX skos: <http://www.w3.org/2004/02/skos/core#>\n"
        "INSERT DATA { GRAPH <https://w3id.org/jwpgraph/graph/benchmark-note> "
        f"{{ <https://w3id.org/jwpgraph/id/country/KE> {notes} }} }}"
    )
    return time.perf_counter() - began


@contextmanager
def copied(data_dir: Path, copy: Path) -> Iterator[Path]:
    """Return a copy of a data directory that shares the files of its releases, which are never written to."""
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(data_dir, copy, copy_function=os.link, ignore=shutil.ignore_patterns("lock", "*.sqlite*"))
    for database in [*data_dir.glob("*.sqlite"), *data_dir.glob("releases/*/*.sqlite")]:
        shutil.copy(database, copy / database.relative_to(data_dir))
    try:
        yield copy
    finally:
        shutil.rmtree(copy, ignore_errors=True)
