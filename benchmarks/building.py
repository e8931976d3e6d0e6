"""How long a release takes to build, stage by stage; runs in a process of its own and prints JSON.

Usage: ``python -m benchmarks.building FILE…`` publishes the files as ``jwpgraph load FILE…`` does, in
``JWPGRAPH_DATA_DIR``; with ``--small`` it publishes one statement on top of what is there, with ``--small --full`` it
derives and validates everything anew for it.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.workspace import python_module, run
from jwpgraph.cli.load import list_payloads
from jwpgraph.operations.builder_factory import make_builder
from jwpgraph.releases.builder import STAGES
from jwpgraph.releases.changes import GraphChange, LoadGraphs, SparqlUpdate
from jwpgraph.settings import load_settings

SMALL = """PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
INSERT DATA { GRAPH <https://w3id.org/jwpgraph/graph/benchmark-note> {
  <https://w3id.org/jwpgraph/id/country/KE> skos:note "A small change."@en } }"""


class Stopwatch:
    """A progress callback that keeps how long each stage took.

    Attributes:
        seconds: by stage, in the order in which they came.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._stage: str | None = None
        self._since = 0.0

    def __call__(self, stage: str) -> None:
        """Record that *stage* begins and the previous one ends."""
        now = time.perf_counter()
        if self._stage is not None:
            self.seconds[self._stage] = round(self.seconds.get(self._stage, 0.0) + now - self._since, 3)
        self._stage, self._since = stage, now


def build(change: GraphChange, *, full: bool = False) -> dict[str, Any]:
    """Publish *change* and tell how long it took; *full* as :meth:`Builder.build` has it.

    Returns:
        ``triples`` that the release serves, ``seconds`` by stage, and their ``total``.
    """
    stopwatch = Stopwatch()
    builder = make_builder(load_settings(), stopwatch)
    began = time.perf_counter()
    release = builder.build(change, message="Benchmark", full=full)
    total = time.perf_counter() - began
    seconds = {stage: stopwatch.seconds[stage] for stage in STAGES if stage in stopwatch.seconds}
    return {"triples": release.manifest.triples, "seconds": seconds, "total": round(total, 3)}


def main(arguments: list[str]) -> None:
    """Build what *arguments* name and print how long it took."""
    change: GraphChange
    full = "--full" in arguments
    if "--small" in arguments:
        change = SparqlUpdate(SMALL, "http://localhost/sparql")
    else:
        change = LoadGraphs(tuple(list_payloads([Path(argument) for argument in arguments])))
    print(json.dumps(build(change, full=full)))


def build_apart(*arguments: str | Path, environment: dict[str, str]) -> dict[str, Any]:
    """Run this module with *arguments* in a process of its own and return what it prints."""
    printed = run(python_module("benchmarks.building", *arguments), what="build a release", environment=environment)
    built: dict[str, Any] = json.loads(printed)
    return built


if __name__ == "__main__":
    main(sys.argv[1:])
