"""The results as Markdown for people and JSON for machines."""

from __future__ import annotations

import math
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from benchmarks import queries
from benchmarks.hostile import Beside
from benchmarks.load import Measured
from benchmarks.memory import Growth
from benchmarks.rounds import (
    CPU,
    MODES,
    TAIL,
    THROUGHPUT,
    WORK,
    Agreement,
    Mode,
    Plan,
    Quantity,
    Results,
    Spread,
    geometric_mean,
    ratios,
)
from benchmarks.updates import Updated

OURS: Final = "jwpgraph"
#: The generator was busy for more of a window than this: what was measured may be the generator.
_SATURATED: Final = 0.85
_QUANTITIES: Final[dict[str, Quantity]] = {"throughput": THROUGHPUT, "p99": TAIL, "CPU": CPU}


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that one run measured.

    Args:
        asked: generated triples that were asked for.
        served: triples of the release that all servers answered from.
        plan: how much was measured.
        names: the servers, this one first.
        results: windows by server, kind and mode.
        alone: milliseconds that one unique question takes when nothing else is asked, by server and kind.
        agreement: whether they answered alike.
        memory: long answers, by how they were read.
        building: how long releases took to build, by what was built.
        beside: cheap queries beside hostile ones, by who sent those.
        updated: small writes over HTTP, by what was written to.
    """

    asked: int
    served: int
    plan: Plan
    names: Sequence[str]
    results: Results
    alone: Mapping[tuple[str, str], float]
    agreement: Agreement
    memory: Mapping[str, Growth]
    building: Mapping[str, Mapping[str, Any]]
    beside: Mapping[str, Beside] = field(default_factory=dict)
    updated: Mapping[str, Updated] = field(default_factory=dict)

    @property
    def others(self) -> Sequence[str]:
        """The servers that this one is compared with."""
        return [name for name in self.names if name != OURS]


@dataclass(frozen=True, slots=True)
class Target:
    """One thing that the project wants to show, and what was measured.

    Args:
        what: in words.
        least: the ratio wanted.
        found: the ratio found, NaN where the run has no such queries.
        over: the kinds of query it is taken over.
        at_most: whether *least* is really the most.
    """

    what: str
    least: float
    found: float
    over: Sequence[str]
    at_most: bool = False

    @property
    def met(self) -> bool | None:
        """Whether it was reached; ``None`` where there is nothing to tell it by."""
        if math.isnan(self.found):
            return None
        return self.found <= self.least if self.at_most else self.found >= self.least


def targets(outcome: Outcome, other: str = "oxigraph") -> list[Target]:
    """Return the project's targets against *other*, over medians of ratios."""

    def ratio(kind: str, mode: Mode) -> float:
        return ratios(outcome.results, THROUGHPUT, (OURS, other), kind, mode).middle

    def tail(kind: str, mode: Mode) -> float:
        return ratios(outcome.results, TAIL, (OURS, other), kind, mode).middle

    def speed(kind: str, mode: Mode) -> float:
        return outcome.results[other, kind, mode].middle(THROUGHPUT)

    kinds = [kind.name for kind in queries.KINDS]
    lookups = [kind.name for kind in queries.KINDS if kind.lookup]
    heavy = [kind for kind in kinds if outcome.alone[other, kind] > WORK]
    cheapest = max(kinds, key=lambda kind: speed(kind, "hot"))
    return [
        Target("hot, geometric mean", 10.0, geometric_mean(ratio(kind, "hot") for kind in kinds), kinds),
        Target("hot, the cheapest query", 1.0, ratio(cheapest, "hot"), [cheapest]),
        Target(
            f"unique, where {other} works over {WORK:g} ms",
            0.9,
            geometric_mean(ratio(kind, "unique") for kind in heavy),
            heavy,
        ),
        Target("unique, IRI lookups", 0.4, geometric_mean(ratio(kind, "unique") for kind in lookups), lookups),
        Target("hot, p99", 1.0, geometric_mean(tail(kind, "hot") for kind in kinds), kinds, at_most=True),
        Target("unique, p99", 1.0, geometric_mean(tail(kind, "unique") for kind in kinds), kinds, at_most=True),
    ]


def markdown(outcome: Outcome) -> str:
    """Return the tables as Markdown."""
    parts = [_heading(outcome)]
    if "oxigraph" in outcome.names:
        parts.append(_targets(outcome))
    for other in outcome.others:
        parts.append(_ratios(outcome, other))
    parts.append(_absolute(outcome))
    parts.append(_agreement(outcome))
    if outcome.memory:
        parts.append(_memory(outcome.memory))
    if outcome.building:
        parts.append(_building(outcome.building))
    if outcome.beside:
        parts.append(_beside(outcome.beside))
    if outcome.updated:
        parts.append(_updated(outcome.updated))
    return "\n".join(parts)


def document(outcome: Outcome) -> dict[str, Any]:
    """Return the measurements as JSON, with every window."""
    return {
        "machine": _machine(),
        "versions": _versions(),
        "triples": {"generated": outcome.asked, "served": outcome.served},
        "plan": asdict(outcome.plan),
        "targets": [
            {"what": t.what, "bound": t.least, "found": _number(t.found), "over": list(t.over), "met": t.met}
            for t in (targets(outcome) if "oxigraph" in outcome.names else ())
        ],
        "ratios": [
            {
                "other": other,
                "kind": kind.name,
                "mode": mode,
                **{
                    name: _spread(ratios(outcome.results, quantity, (OURS, other), kind.name, mode))
                    for name, quantity in _QUANTITIES.items()
                },
            }
            for other in outcome.others
            for kind in queries.KINDS
            for mode in MODES
        ],
        "alone": [
            {"server": name, "kind": kind, "milliseconds": _number(value)}
            for (name, kind), value in outcome.alone.items()
        ],
        "windows": [
            {"server": name, "kind": kind, "mode": mode, "rounds": [_window(window) for window in series.windows]}
            for (name, kind, mode), series in outcome.results.items()
        ],
        "agreement": asdict(outcome.agreement),
        "memory": {how: asdict(growth) | {"growth": growth.growth} for how, growth in outcome.memory.items()},
        "building": dict(outcome.building),
        "beside": {
            how: {
                "idle": _window(beside.idle),
                "loaded": _window(beside.loaded),
                "statuses": dict(beside.statuses),
                "ratio": _number(beside.ratio),
            }
            for how, beside in outcome.beside.items()
        },
        "updated": {what: asdict(updated) for what, updated in outcome.updated.items()},
    }


def _heading(outcome: Outcome) -> str:
    plan = outcome.plan
    versions = ", ".join(f"{name} {number}" for name, number in _versions().items())
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {_machine()}; {versions}.\n"
        f"{outcome.asked:,} triples generated, {outcome.served:,} served. {plan.rounds} rounds of {plan.seconds:g} s "
        f"for each server, kind of query and mode; {plan.connections} connections.\n"
    )


def _targets(outcome: Outcome) -> str:
    rows = [
        [
            target.what,
            f"{'≤' if target.at_most else '≥'} {target.least:g}×",
            _times(target.found),
            {True: "yes", False: "**no**", None: "–"}[target.met],
            "all" if len(target.over) == len(queries.KINDS) else ", ".join(target.over),
        ]
        for target in targets(outcome)
    ]
    return _table("Against Oxigraph's server", ["what", "wanted", "found", "met", "over"], rows)


def _ratios(outcome: Outcome, other: str) -> str:
    columns = [(mode, quantity) for mode in MODES for quantity in _QUANTITIES.values()]
    spreads = {
        kind.name: [ratios(outcome.results, quantity, (OURS, other), kind.name, mode) for mode, quantity in columns]
        for kind in queries.KINDS
    }
    rows = [[kind, *map(_shown, row)] for kind, row in spreads.items()]
    means = [geometric_mean(row[index].middle for row in spreads.values()) for index in range(len(columns))]
    rows.append(["**geometric mean**", *(f"**{_times(mean)}**" for mean in means)])
    title = f"jwpgraph ÷ {other}: median of the rounds (lowest – highest)"
    return _table(title, ["query", *(f"{mode}: {name}" for mode in MODES for name in _QUANTITIES)], rows)


def _absolute(outcome: Outcome) -> str:
    rows = []
    for kind in queries.KINDS:
        for mode in MODES:
            row = [kind.name, mode]
            for name in outcome.names:
                row.append(_cell(outcome, name, kind.name, mode))
            rows.append(row)
    for kind in queries.KINDS:
        rows.append([kind.name, "alone", *(f"{outcome.alone[name, kind.name]:.3g} ms" for name in outcome.names)])
    note = (
        "Answers a second · p50 ms / p99 ms · processor ms an answer, medians of the rounds; † the load generator was "
        "busy most of the time. *Alone*: one unique question at a time, median.\n"
    )
    return _table("Absolute numbers", ["query", "mode", *outcome.names], rows) + "\n" + note


def _cell(outcome: Outcome, name: str, kind: str, mode: Mode) -> str:
    series = outcome.results[name, kind, mode]
    throughput, p50, p99, cpu = map(series.middle, (THROUGHPUT, lambda window: window.p50, TAIL, CPU))
    mark = "†" if series.middle(lambda window: window.own_share) > _SATURATED else ""
    errors = f" · {series.errors} errors" if series.errors else ""
    return f"{_number_shown(throughput)}{mark} · {p50:.3g} / {p99:.3g} · {cpu:.3g}{errors}"


def _agreement(outcome: Outcome) -> str:
    agreement = outcome.agreement
    lines = [
        "### Same answers\n",
        f"{agreement.compared} questions were asked of every server before anything was measured "
        f"({agreement.rows:,} rows and triples).\n",
    ]
    for name, kinds in agreement.differing.items():
        told = ", ".join(f"{kind}: {number}" for kind, number in kinds.items())
        lines.append(f"- {name}: {'differs in ' + told if told else 'all the same'}")
    return "\n".join(lines) + "\n"


def _memory(memory: Mapping[str, Growth]) -> str:
    rows = [
        [
            how,
            f"{g.rows:,}",
            f"{g.bytes / 2**20:.0f}",
            f"{g.seconds:g}",
            f"{g.before:g}",
            f"**{g.growth:g}**",
            f"{g.workers:g}",
        ]
        for how, g in memory.items()
    ]
    columns = [
        "read",
        "rows",
        "MiB",
        "seconds",
        "RSS before",
        "growth of the service, MiB",
        "growth of its worker, MiB",
    ]
    return _table("Memory while a long answer streams", columns, rows)


def _building(building: Mapping[str, Mapping[str, Any]]) -> str:
    stages = list(dict.fromkeys(stage for one in building.values() for stage in one["seconds"]))
    rows = [
        [
            what,
            f"{one['triples']:,}",
            *(f"{one['seconds'].get(stage, 0):.2f}" for stage in stages),
            f"{one['total']:.2f}",
        ]
        for what, one in building.items()
    ]
    return _table("Building a release, seconds by stage", ["what", "triples served", *stages, "total"], rows)


def _beside(beside: Mapping[str, Beside]) -> str:
    rows = [
        [
            how,
            f"{one.idle.p50:g} / {one.idle.p99:g} ms",
            f"{one.loaded.p50:g} / {one.loaded.p99:g} ms",
            f"**{_times(one.ratio)}** (wanted: ≤ 5×)",
            f"{one.loaded.errors} of {one.loaded.requests + one.loaded.errors}",
            ", ".join(f"{status}: {number}" for status, number in sorted(one.statuses.items())),
        ]
        for how, one in beside.items()
    ]
    columns = ["beside", "p50 / p99 idle", "p50 / p99 beside", "p99 ratio", "cheap ones refused", "hostile ones"]
    return _table("Cheap queries beside hostile ones", columns, rows)


def _updated(updated: Mapping[str, Updated]) -> str:
    rows = [
        [what, f"{one.triples:,}", f"{one.incremental:g}", f"{one.longest:g}", f"{one.full:g}", _ratio_of(one)]
        for what, one in updated.items()
    ]
    columns = ["to", "triples served", "ten triples over HTTP, seconds", "longest", "everything anew, seconds", "ratio"]
    return _table("Small writes, through the gate", columns, rows)


def _ratio_of(updated: Updated) -> str:
    return _times(updated.full / updated.incremental)


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"### {title}\n", f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def _shown(spread: Spread) -> str:
    return f"{_times(spread.middle)} ({_plain(spread.low)} – {_plain(spread.high)})"


def _times(value: float) -> str:
    return "–" if math.isnan(value) else f"{_plain(value)}×"


def _plain(value: float) -> str:
    return f"{value:.0f}" if value >= 99.5 else f"{value:.3g}"


def _number_shown(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 4)


def _spread(spread: Spread) -> dict[str, float | None]:
    return {name: _number(value) for name, value in asdict(spread).items()}


def _window(window: Measured) -> dict[str, Any]:
    return {name: _number(value) if isinstance(value, float) else value for name, value in asdict(window).items()}


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores ({_processor()}), {memory:.0f} GiB, {platform.system()} {platform.machine()}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def _versions() -> dict[str, str]:
    python = ".".join(platform.python_version_tuple())
    return {"jwpgraph": version("jwpgraph"), "pyoxigraph": version("pyoxigraph"), "Python": python}
