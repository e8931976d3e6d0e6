"""``python -m benchmarks.growth``: what each kind of work costs at several sizes of data, and how fast the cost grows.

Each size is generated, published through the gate on top of the shipped data, served, updated and asked. The exponent
between two sizes is the slope on logarithmic scales: 1 where the cost grows as the data do, 0 where it does not grow.
The service alone is measured; ``python -m benchmarks`` compares it with other servers.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import math
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Final
from urllib.parse import quote

from benchmarks import load, queries, rounds, updates
from benchmarks.load import Job
from benchmarks.processes import descendants, resident
from benchmarks.servers import HOST, Ours
from benchmarks.workspace import Dataset, Workspace, parse_triples
from jwpgraph.releases.builder import STAGES

_MIB: Final = 2**20
_PAGE_SECONDS: Final = 300.0
_PAGES: Final = 5
_LETTERS: Final = ("bar", "cedi", "fogu", "halo", "mine")
#: Cost by name; seconds unless the name says MiB.
Costs = dict[str, float]


class _Alone(Ours):
    """This service without what other servers load, which takes long to write."""

    def prepare(self) -> None:
        """Load the data, unless that was done before."""
        self.build()


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure all sizes, print the table and write it with the figures as JSON; return exit code 0."""
    options = _options(arguments)
    workspace = Workspace.default()
    found: dict[int, Costs] = {}
    for triples in sorted(options.triples):
        dataset = workspace.dataset(triples, options.seed)
        served, costs = measure(workspace, dataset, options.seconds)
        found[served] = costs
        _say(f"{served:,} triples served: {costs}")
    text = write_table(found)
    folder: Path = options.output or workspace.folder / "results"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "growth.md").write_text(text, "utf-8")
    (folder / "growth.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    print(text)
    return 0


def measure(workspace: Workspace, dataset: Dataset, seconds: float) -> tuple[int, Costs]:
    """Build, serve, ask and update one set of data.

    Args:
        workspace: where benchmarks keep what they need.
        dataset: the generated data.
        seconds: how long each kind of query is asked.

    Returns:
        The number of triples that are served, and the costs.
    """
    _say(f"{dataset.target:,} triples: building")
    service = _Alone(workspace, dataset)
    service.build()
    built = service.built
    costs: Costs = {f"build: {stage}": built["seconds"][stage] for stage in STAGES if stage in built["seconds"]}
    costs["build: all stages"] = built["total"]
    size = sum(file.stat().st_size for file in dataset.releases.rglob("*") if file.is_file())
    costs["size on disk, MiB"] = size / _MIB
    _say(f"{dataset.target:,} triples: asking")
    began = time.perf_counter()
    with service:
        costs["start until the first answer"] = time.perf_counter() - began
        costs |= _time_pages(service, dataset)
        costs |= _time_queries(service, dataset, seconds)
        processes = [service.process_id, *descendants(service.process_id)]
        costs["memory of all processes, MiB"] = sum(map(resident, processes)) / _MIB
    _say(f"{dataset.target:,} triples: updating")
    costs["ten triples through the gate"] = updates.measure_increment(workspace, dataset)
    return int(built["triples"]), costs


def _time_pages(service: Ours, dataset: Dataset) -> Costs:
    """Return the response time of pages that are not cached: the first one of a kind, and the median of others."""
    population = dataset.population
    step = max(1, len(population.species) // _PAGES)
    species = [f"/doc/taxon/cites/{slug}" for slug in population.species[::step][:_PAGES]]
    names = [f"/search?q={quote(name)}" for name in population.names[::step][:_PAGES]]
    kinds: dict[str, list[str]] = {
        "home page": ["/"],
        "page of a species": species,
        "search for a name": names,
        "suggestions": [f"/api/v1/suggest?q={letters}" for letters in _LETTERS],
        "page of a country": [f"/doc/country/{code}" for code in population.countries[:_PAGES]],
        "species of a country (API)": [f"/api/v1/species?country={code}" for code in population.countries[:_PAGES]],
        "status of a species (API)": [f"/api/v1/species/{slug}" for slug in population.species[1::step][:_PAGES]],
    }
    costs: Costs = {}
    for kind, paths in kinds.items():
        times = [_time_request(service, path) for path in paths]
        if len(times) > 1:
            costs[f"{kind}, first"] = times.pop(0)
        known = [time for time in times if not math.isnan(time)]
        costs[kind] = median(known) if known else math.nan
    return costs


def _time_request(service: Ours, path: str) -> float:
    connection = http.client.HTTPConnection(HOST, service.port, timeout=_PAGE_SECONDS)
    accept = "application/json" if path.startswith("/api") else "text/html"
    began = time.perf_counter()
    try:
        connection.request("GET", path, headers={"Accept": accept})
        answer = connection.getresponse()
        answer.read()
    except TimeoutError:
        _say(f"{path}: no answer within {_PAGE_SECONDS:g} s")
        return math.nan
    finally:
        connection.close()
    if answer.status != 200:
        _say(f"{path}: status {answer.status}")
        return math.nan
    return time.perf_counter() - began


def _time_queries(service: Ours, dataset: Dataset, seconds: float) -> Costs:
    """Return the time of a repeated query, and of unique ones that are asked one at a time, by kind of query."""
    costs: Costs = {}
    again = []
    for kind in queries.KINDS:
        many = itertools.islice(queries.unique(kind, dataset.population, seed=1), math.ceil(16_000 * seconds))
        alone = load.measure(_job(service, kind, list(many), 1, seconds, once=True))
        costs[f"unique query: {kind.name}"] = alone.p50 / 1000
        hot = queries.hot(kind, dataset.population)
        load.measure(_job(service, kind, hot, 1, 0.0, once=True))
        again.append(1 / load.measure(_job(service, kind, hot, 8, seconds, once=False)).throughput)
    costs["repeated query, geometric mean"] = rounds.geometric_mean(again)
    return costs


def _job(
    service: Ours, kind: queries.Kind, texts: Sequence[str], connections: int, seconds: float, *, once: bool
) -> Job:
    targets = [load.target(service.path, text) for text in texts]
    return Job(HOST, service.port, targets, kind.media_type, connections, seconds or _PAGE_SECONDS, once=once)


def write_table(found: dict[int, Costs]) -> str:
    """Return a Markdown table: costs by the number of triples served, and exponents between neighbouring sizes."""
    sizes = sorted(found)
    heads = [f"{size:,}" for size in sizes] + [f"exponent to {size:,}" for size in sizes[1:]]
    lines = ["| cost | " + " | ".join(heads) + " |", "|---" * (1 + len(heads)) + "|"]
    for name in found[sizes[0]]:
        values = [found[size].get(name, math.nan) for size in sizes]
        exponents = [calculate_exponent(*pair) for pair in itertools.pairwise(zip(sizes, values, strict=True))]
        cells = [_write_cost(name, value) for value in values] + [f"{one:.2f}" for one in exponents]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def calculate_exponent(smaller: tuple[float, float], larger: tuple[float, float]) -> float:
    """Return the slope on logarithmic scales between two pairs of size and cost; NaN where a cost is not known."""
    (size, cost), (larger_size, larger_cost) = smaller, larger
    if not (cost > 0 and larger_cost > 0):
        return math.nan
    return math.log(larger_cost / cost) / math.log(larger_size / size)


def _write_cost(name: str, value: float) -> str:
    if math.isnan(value):
        return "–"
    if name.endswith("MiB"):
        return f"{value:,.0f}"
    return f"{value:.3g} s" if value >= 1 else f"{1000 * value:.3g} ms"


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument(
        "--triples", type=parse_triples, nargs="+", default=[100_000, 1_000_000], help="sizes (default: 100k 1M)"
    )
    parser.add_argument("--seconds", type=float, default=2.0, help="how long each kind of query is asked (default: 2)")
    parser.add_argument("--seed", type=int, default=1, help="another seed makes other data")
    parser.add_argument("--output", type=Path, help="folder for growth.md and growth.json (default: in the cache)")
    return parser.parse_args(arguments)


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
