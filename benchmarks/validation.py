"""How fast data are validated: the fast engine against pySHACL on the same triples, and what a small change costs.

``python -m benchmarks --only validation``. Each measurement has a process of its own, which reads the data from a file,
validates, and prints JSON: ``python -m benchmarks.validation engine fast FILE`` and
``python -m benchmarks.validation change [--full]`` in ``JWPGRAPH_DATA_DIR``.
"""

from __future__ import annotations

import hashlib
import json
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from pyoxigraph import RdfFormat, Store

from benchmarks import data
from benchmarks.workspace import Dataset, python_module, run
from jwpgraph.operations.builder_factory import make_builder, make_shipped_change
from jwpgraph.releases.changes import SparqlUpdate
from jwpgraph.releases.gate import ShapesGraph
from jwpgraph.settings import load_settings
from jwpgraph.shipped_files import get_shipped_path, list_shipped_sources
from jwpgraph.validation.engines import EngineName, run_engine, union_as_n_triples
from jwpgraph.vocabulary import GRAPH, ID, PREFIXES

ENGINES: Final[tuple[EngineName, ...]] = ("fast", "reference")
_MODULE: Final = "benchmarks.validation"
_FAST_ROUNDS: Final = 5
_CHANGES: Final = 5
#: Generated data are at least this part of what they were asked to be, however much the shipped data take up.
_LEAST_PART: Final = 4
_WAYS: Final[dict[str, tuple[str, ...]]] = {"what it can affect": (), "everything anew": ("--full",)}
_MOST_SECONDS: Final = 4.0
_LEAST_RATIO: Final = 20.0
_MOST_CHANGE_SECONDS: Final = 0.5
_NOTE: Final = PREFIXES["skos"] + "note"


@dataclass(frozen=True, slots=True)
class Validated:
    """What one engine did.

    Attributes:
        seconds: of each round, reading the file included.
        cpu: processor seconds of each round.
        memory: the most resident memory of its process, in MiB.
        results: of each shape, how many there are and a digest of them.
    """

    engine: str
    triples: int
    seconds: tuple[float, ...]
    cpu: tuple[float, ...]
    memory: float
    results: dict[str, tuple[int, str]]

    @property
    def median(self) -> float:
        """Seconds of the round in the middle."""
        return statistics.median(self.seconds)


@dataclass(frozen=True, slots=True)
class ValidationOutcome:
    """The engines on the same data, and ten triples through the gate of the shipped data."""

    engines: tuple[Validated, ...]
    changes: dict[str, tuple[float, ...]]

    @property
    def ratio(self) -> float:
        """How many times the fast engine is as fast as the reference."""
        fast, reference = self.engines
        return reference.median / fast.median

    @property
    def differing(self) -> list[str]:
        """Shapes of which one engine has other results."""
        fast, reference = (one.results for one in self.engines)
        return sorted(shape for shape in fast.keys() | reference.keys() if fast.get(shape) != reference.get(shape))


def measure(dataset: Dataset, say: Callable[[str], None]) -> ValidationOutcome:
    """Validate as many triples as *dataset* was to have, the shipped data among them; then change the shipped data."""
    file = dataset.folder / "validated.nt"
    _write(file, dataset)
    engines = []
    for engine, rounds in zip(ENGINES, (_FAST_ROUNDS, 1), strict=True):
        say(f"validating with the {engine} engine")
        printed = [_ask("engine", engine, str(file)) for _ in range(rounds)]
        first = printed[0]
        engines.append(
            Validated(
                f"{first['engine']} {first['version']}",
                first["triples"],
                tuple(one["seconds"] for one in printed),
                tuple(one["cpu"] for one in printed),
                max(one["memory"] for one in printed),
                {shape: (count, digest) for shape, (count, digest) in first["results"].items()},
            )
        )
    say("ten triples through the gate")
    with tempfile.TemporaryDirectory(prefix="jwpgraph-bench-") as folder:
        environment = {"JWPGRAPH_DATA_DIR": folder}
        changes = {how: tuple(_ask("change", *flags, environment=environment)) for how, flags in _WAYS.items()}
    return ValidationOutcome(tuple(engines), changes)


def markdown(outcome: ValidationOutcome) -> str:
    """Return the measurements as tables."""
    fast, _ = outcome.engines
    lines = [
        f"### Validating {fast.triples:,} triples, reading them included\n",
        "| engine | seconds: median (lowest – highest) | CPU seconds | most memory, MiB | results |",
        "|---|---|---|---|---|",
    ]
    for one in outcome.engines:
        spread = f"{one.median:.2f} ({min(one.seconds):.2f} – {max(one.seconds):.2f})"
        cpu, results = statistics.median(one.cpu), sum(count for count, _ in one.results.values())
        lines.append(f"| {one.engine} | {spread} | {cpu:.2f} | {one.memory:.0f} | {results:,} |")
    lines += [
        "\n| wanted of a million triples | | found | met |",
        "|---|---|---|---|",
        *(
            f"| {what} | {wanted} | {found} | {'yes' if met else '**no**'} |"
            for what, wanted, found, met in targets(outcome)
        ),
    ]
    if outcome.differing:
        lines.append("\nOther results of: " + ", ".join(outcome.differing))
    lines += [
        "",
        "### Ten triples through the gate of the shipped data\n",
        "| validated | seconds to the published release: median (lowest – highest) |",
        "|---|---|",
    ]
    for how, seconds in outcome.changes.items():
        lines.append(f"| {how} | {statistics.median(seconds):.2f} ({min(seconds):.2f} – {max(seconds):.2f}) |")
    return "\n".join(lines) + "\n"


def document(outcome: ValidationOutcome) -> dict[str, Any]:
    """Return the measurements as JSON."""
    engines = [
        {name: getattr(one, name) for name in ("engine", "triples", "seconds", "cpu", "memory", "results")}
        for one in outcome.engines
    ]
    found: dict[str, Any] = {"engines": engines, "ratio": round(outcome.ratio, 2), "differing": outcome.differing}
    return found | {"changes": outcome.changes}


def targets(outcome: ValidationOutcome) -> list[tuple[str, str, str, bool]]:
    """Return the targets with the measured values."""
    fast = outcome.engines[0]
    change = statistics.median(outcome.changes["what it can affect"])
    return [
        ("fast engine", f"≤ {_MOST_SECONDS:g} s", f"{fast.median:.2f} s", fast.median <= _MOST_SECONDS),
        ("against pySHACL", f"≥ {_LEAST_RATIO:g}×", f"{outcome.ratio:.0f}×", outcome.ratio >= _LEAST_RATIO),
        ("results", "the same", "the same" if not outcome.differing else "other", not outcome.differing),
        ("ten triples", f"≤ {_MOST_CHANGE_SECONDS:g} s", f"{change:.2f} s", change <= _MOST_CHANGE_SECONDS),
    ]


def _ask(*arguments: str, environment: dict[str, str] | None = None) -> Any:
    return json.loads(run(python_module(_MODULE, *arguments), what=" ".join(arguments[:2]), environment=environment))


def _write(path: Path, dataset: Dataset) -> None:
    """Write the shipped sources as N-Triples, followed by generated triples up to the target of *dataset*."""
    store = Store()
    for _, source in list_shipped_sources():
        store.bulk_load(path=source, format=RdfFormat.TURTLE)
    own = union_as_n_triples(store).encode()
    generated = path.with_suffix(".generated.nt")
    target = max(dataset.target - own.count(b"\n"), dataset.target // _LEAST_PART)
    data.write(generated, target, seed=dataset.seed)
    with path.open("wb") as out, generated.open("rb") as more:
        out.write(own)
        shutil.copyfileobj(more, out)
    generated.unlink()


def _engine(engine: EngineName, path: Path) -> dict[str, Any]:
    shapes = ShapesGraph.read(get_shipped_path("shapes"))
    began, cpu = time.perf_counter(), time.process_time()
    text = path.read_text("utf-8")
    report = run_engine(text, shapes, engine)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    by_shape: dict[str, list[str]] = {}
    for result in report.results:
        by_shape.setdefault(result.shape, []).append(result.fingerprint)
    return {
        "engine": report.engine,
        "version": report.engine_version,
        "triples": text.count("\n"),
        "seconds": round(seconds, 3),
        "cpu": round(cpu, 3),
        "memory": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        "results": {shape: [len(found), _digest(found)] for shape, found in sorted(by_shape.items())},
    }


def _digest(fingerprints: list[str]) -> str:
    return hashlib.sha256("".join(sorted(fingerprints)).encode()).hexdigest()[:16]


def _changes(*, full: bool) -> list[float]:
    """Seconds of each of some changes of ten triples, from the request to the published release."""
    builder = make_builder(load_settings())
    if builder.releases.current() is None:
        builder.build(make_shipped_change(), message="Benchmark")
    found = []
    for number in range(_CHANGES):
        notes = " , ".join(f'"Note {number} {place} {full}"@en' for place in range(10))
        text = f"INSERT DATA {{ GRAPH <{GRAPH}benchmark> {{ <{ID}country/KE> <{_NOTE}> {notes} }} }}"
        began = time.perf_counter()
        builder.build(SparqlUpdate(text, "http://localhost/sparql"), message="Benchmark", full=full)
        found.append(round(time.perf_counter() - began, 3))
    return found


def main(arguments: list[str]) -> None:
    """Measure what *arguments* name and print it."""
    match arguments:
        case ["engine", ("fast" | "reference") as engine, path]:
            print(json.dumps(_engine(cast(EngineName, engine), Path(path))))
        case ["change", *flags]:
            print(json.dumps(_changes(full="--full" in flags)))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
