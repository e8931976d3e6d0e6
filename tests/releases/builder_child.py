"""A builder in a process of its own, for tests that kill it: DATA_DIR SHAPES UPDATE [STAGE to die at].

A fresh interpreter, since a fork of one that has a store open would inherit locks without the threads that free them.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from jwpgraph.releases.builder import Builder
from jwpgraph.releases.changes import SparqlUpdate
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.gate import ShapesGraph
from jwpgraph.releases.rules import RuleSet
from jwpgraph.validation.severity_gate import SeverityGate


def main(data_dir: str, shapes: str, update: str, stage: str = "") -> None:
    def progress(reached: str) -> None:
        if reached == stage:
            os.kill(os.getpid(), signal.SIGKILL)

    builder = Builder(
        ReleaseDirectory(Path(data_dir)),
        SeverityGate(),
        ShapesGraph.read(Path(shapes)),
        RuleSet(()),
        wait=60,
        progress=progress,
    )
    builder.build(SparqlUpdate(update))


if __name__ == "__main__":
    main(*sys.argv[1:])
