"""An engine that takes too long is stopped, and its problems are those of an unbounded run."""

from __future__ import annotations

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


# The reference engine, because the threads of the other one do not outlive a fork of a process that has used it.
def test_work_that_multiplies_with_each_level_is_stopped(tmp_path):
    # Few levels, because pySHACL refuses deep ones, but each with eight times the work of the next.
    levels = " ".join(f"ex:N{n} a sh:NodeShape ; sh:and ( {f'ex:N{n + 1} ' * 8}) ." for n in range(9))
    shapes = read(tmp_path, f"{SHAPE} sh:node ex:N0 . {levels} ex:N9 a sh:NodeShape ; sh:nodeKind sh:IRI .")
    with pytest.raises(ProblemError, match=r"stopped after 0\.5 s") as caught:
        BoundedEngine(0.5)(DATA, shapes, "reference")
    assert (caught.value.slug, caught.value.exit_code) == ("run-timeout", 2)


def test_results_and_problems_are_those_of_the_engine(tmp_path, capfd):
    shapes = read(tmp_path, f"{SHAPE} sh:property [ sh:path ex:p ; sh:nodeKind sh:Literal ] .")
    assert BoundedEngine(600)(DATA, shapes, "reference").results == run_engine(DATA, shapes, "reference").results
    shapes = read(tmp_path, f"{SHAPE} sh:property [ sh:path ex:p ; sh:minCount 1, 2 ] .")
    with pytest.raises(ProblemError) as alone:
        run_engine(DATA, shapes, "reference")
    with pytest.raises(ProblemError) as bounded:
        BoundedEngine(600)(DATA, shapes, "reference")
    assert bounded.value.line() == alone.value.line()
    # The caller reports the problem, in one line.
    assert capfd.readouterr().err == ""
