"""``python -m benchmarks`` (``make bench``): compare this service with others and write the tables."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks import hostile, memory, report, rounds, updates, validation
from benchmarks.building import build_apart
from benchmarks.report import OURS, Outcome
from benchmarks.rounds import Plan
from benchmarks.servers import SERVERS, Ours, Server
from benchmarks.workspace import Dataset, Workspace, parse_triples

#: Two front processes are compared on request: on two cores they take the cores from the query workers.
_USUAL = ["jwpgraph", "oxigraph", "rdflib-endpoint"]
_ROWS = 1_000_000
_QUICK_ROWS = 200_000
_SLOW_READER = 16 * 2**20


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks.

    Returns:
        The exit code: 0, or 1 when the servers did not give the same answers or some answers were errors.
    """
    options = _options(arguments)
    plan = Plan(options.rounds, options.seconds, options.connections, options.seed)
    workspace = Workspace.default()
    outcomes = []
    validated = {}
    for triples in options.triples:
        _say(f"{triples:,} triples: generating")
        dataset = workspace.dataset(triples, options.seed)
        if options.only != "servers":
            validated[triples] = validation.measure(dataset, _say)
        if options.only == "validation":
            continue
        names = [name for name in options.servers if (SERVERS[name].most or triples) >= triples]
        outcomes.append(_measure(workspace, dataset, names, plan, options))
    parts = [f"## {outcome.asked:,} triples\n\n{report.markdown(outcome)}" for outcome in outcomes]
    parts += [f"## {triples:,} triples: validation\n\n{validation.markdown(one)}" for triples, one in validated.items()]
    text = "\n".join(parts)
    folder: Path = options.output or workspace.folder / "results"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.md").write_text(text, "utf-8")
    documents = [report.document(outcome) for outcome in outcomes]
    documents += [{"asked": triples, "validation": validation.document(one)} for triples, one in validated.items()]
    (folder / "results.json").write_text(json.dumps(documents, indent=1) + "\n", "utf-8")
    print(text)
    _say(f"written to {folder}")
    return max([int(bool(one.differing)) for one in validated.values()] + [_fault(outcome) for outcome in outcomes])


def _measure(
    workspace: Workspace, dataset: Dataset, names: Sequence[str], plan: Plan, options: argparse.Namespace
) -> Outcome:
    with ExitStack() as running:
        servers: list[Server] = []
        for name in names:
            _say(f"{name}: loading and starting")
            servers.append(running.enter_context(SERVERS[name](workspace, dataset)))
        ours = servers[0]
        if not isinstance(ours, Ours):
            raise TypeError("this service comes first")
        _say("comparing answers")
        agreement = rounds.compare(servers, dataset, plan.seed)
        _say("asking one question at a time")
        alone = rounds.alone(servers, dataset, plan)
        results = rounds.measure(servers, dataset, plan, alone, _say)
        _say("asking beside hostile queries")
        beside = hostile.measure(ours, dataset, 10 * plan.seconds)
    _say("streaming a long answer")
    streamed = _stream(workspace, dataset, _QUICK_ROWS if options.quick else _ROWS)
    built = {"load": ours.built}
    updated = {}
    if not options.quick:
        _say("building a release with one statement more")
        built["one statement"] = _small_change(ours)
        _say("updating over HTTP")
        updated = updates.measure(workspace, dataset)
    served = int(ours.built["triples"])
    return Outcome(
        dataset.target, served, plan, list(names), results, alone, agreement, streamed, built, beside, updated
    )


def _stream(workspace: Workspace, dataset: Dataset, rows: int) -> dict[str, memory.Growth]:
    found = {}
    paces = {"as fast as it comes": None, f"at {_SLOW_READER // 2**20} MiB/s": float(_SLOW_READER)}
    for how, pace in paces.items():
        # A process of its own for each, since memory that was once taken is not given back.
        with Ours(workspace, dataset) as service:
            found[how] = memory.stream(service, rows, bytes_per_second=pace)
    return found


def _small_change(ours: Ours) -> dict[str, object]:
    """Publishes one statement in a copy of the data directory, and measures that."""
    with updates.copied(ours.dataset.releases, ours.dataset.folder / "small-change") as copy:
        return build_apart("--small", environment=ours.environment() | {"JWPGRAPH_DATA_DIR": str(copy)})


def _fault(outcome: Outcome) -> int:
    # Another engine may describe a resource in its own way; the same engine may not.
    differing = outcome.agreement.differing.get("oxigraph")
    broken = sum(series.errors for (name, _, _), series in outcome.results.items() if name == OURS)
    return int(bool(differing) or bool(broken))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small set of data, few rounds: two minutes at most")
    parser.add_argument(
        "--triples", type=parse_triples, nargs="+", help="sizes of data, such as 100k 1M 10M (default: 1M)"
    )
    parser.add_argument("--rounds", type=int, help="how often everything is measured (default: 7)")
    parser.add_argument("--seconds", type=float, help="how long one server is asked one kind of query (default: 1)")
    parser.add_argument("--connections", type=int, default=8, help="connections that ask at once (default: 8)")
    parser.add_argument("--servers", nargs="+", choices=list(SERVERS), default=_USUAL, help="who is compared")
    parser.add_argument("--only", choices=["servers", "validation"], help="leave the other part out")
    parser.add_argument("--seed", type=int, default=1, help="another seed makes other data and other questions")
    parser.add_argument("--output", type=Path, help="folder for results.md and results.json (default: in the cache)")
    options = parser.parse_args(arguments)
    options.triples = options.triples or [20_000 if options.quick else 1_000_000]
    options.rounds = options.rounds or (3 if options.quick else 7)
    options.seconds = options.seconds or (0.2 if options.quick else 1.0)
    # Ratios are of this service to another, so it always takes part, first.
    options.servers = [OURS, *(name for name in options.servers if name != OURS)]
    return options


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
