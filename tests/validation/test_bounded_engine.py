"""An engine that takes too long is stopped, and its problems are those of an unbounded run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from jwpgraph.problems import ProblemError
from jwpgraph.releases.gate import ShapesGraph
from jwpgraph.validation.bounded_engine import BoundedEngine
from jwpgraph.validation.engines import run_engine

PREFIXES = "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <http://e.org/> ."
DATA = "<http://e.org/x> <http://e.org/p> <http://e.org/y> .\n"
SHAPE = "ex:S a sh:NodeShape ; sh:targetNode ex:x ; "


def read(folder: Path, text: str) -> ShapesGraph:
    path = folder / "shapes.ttl"
    path.write_text(f"{PREFIXES} {text}")
    return ShapesGraph.read(path)


# In a process that has not used the fast engine, because its threads do not outlive a fork.
_RUN = """
import sys
from pathlib import Path
from jwpgraph.problems import ProblemError
from jwpgraph.releases.gate import ShapesGraph
from jwpgraph.validation.bounded_engine import BoundedEngine
try:
    BoundedEngine(0.5)(sys.argv[2], ShapesGraph.read(Path(sys.argv[1])), "fast")
except ProblemError as problem:
    print(problem.slug, problem.exit_code, problem.detail)
"""


def test_work_that_doubles_with_each_level_is_stopped(tmp_path):
    levels = " ".join(f"ex:N{n} a sh:NodeShape ; sh:and ( ex:N{n + 1} ex:N{n + 1} ) ." for n in range(40))
    read(tmp_path, f"{SHAPE} sh:node ex:N0 . {levels} ex:N40 a sh:NodeShape ; sh:nodeKind sh:IRI .")
    command = [sys.executable, "-c", _RUN, str(tmp_path / "shapes.ttl"), DATA]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "run-timeout 2 stopped after 0.5 s (--deadline)\n"


def test_results_and_problems_are_those_of_the_engine(tmp_path, capfd):
    shapes = read(tmp_path, f"{SHAPE} sh:property [ sh:path ex:p ; sh:nodeKind sh:Literal ] .")
    assert BoundedEngine(600)(DATA, shapes, "reference").results == run_engine(DATA, shapes, "reference").results
    shapes = read(tmp_path, f"{SHAPE} sh:property [ sh:path ex:p ; sh:pattern '[' ] .")
    with pytest.raises(ProblemError) as alone:
        run_engine(DATA, shapes, "reference")
    with pytest.raises(ProblemError) as bounded:
        BoundedEngine(600)(DATA, shapes, "reference")
    assert bounded.value.line() == alone.value.line()
    # The caller reports the problem, in one line.
    assert capfd.readouterr().err == ""
