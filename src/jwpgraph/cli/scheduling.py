"""``jwpgraph schedule``: run the jobs of a file, once or by their times, and look after what is to be told."""

from __future__ import annotations

import asyncio
import signal
import tempfile
from datetime import UTC
from pathlib import Path
from typing import Annotated, Any

import typer
from pyoxigraph import DefaultGraph, NamedNode, Quad, Store
from pyoxigraph import RdfFormat as Format
from rich.table import Table

from jwpgraph.cli.output import Json, console, print_json
from jwpgraph.cli.writing import write_change
from jwpgraph.operations.logs import configure_logs
from jwpgraph.problems import Problem
from jwpgraph.releases.changes import Payload, PutGraph
from jwpgraph.releases.directory import Releases
from jwpgraph.settings import Settings, load_settings
from jwpgraph.validation.findings import Run, changes_of, get_run, latest_run
from jwpgraph.validation.history import History, now
from jwpgraph.validation.jobs import JobFile, read_jobs
from jwpgraph.validation.notification import deliver_all_due, deliveries, payload, redeliver, subject_line
from jwpgraph.validation.provenance import VALIDATION, history_quads
from jwpgraph.validation.pruning import Kept, kept_by, prune
from jwpgraph.validation.schedule import is_due, next_run
from jwpgraph.validation.service import ValidationService
from jwpgraph.vocabulary import graph_iri

_EPILOG = """Exit codes: 0 all that ran conforms, 1 something does not, 2 something could not run.

Examples:

    jwpgraph schedule                              (keep the schedule until stopped; the service does so by itself)

    jwpgraph schedule --list

    jwpgraph schedule --run release

    jwpgraph schedule --once                       (from cron or systemd: what is due, then end)
"""


def register(app: typer.Typer) -> None:
    """Add the commands of this module to *app*."""
    app.command("schedule", epilog=_EPILOG)(schedule)


def schedule(
    listing: Annotated[bool, typer.Option("--list", help="List the jobs and when they are due.")] = False,
    name: Annotated[str | None, typer.Option("--run", help="Run this job now.")] = None,
    once: Annotated[bool, typer.Option("--once", help="Run what is due, deliver what is to be told, and end.")] = False,
    show_deliveries: Annotated[
        bool, typer.Option("--deliveries", help="List what was to be told, latest first.")
    ] = False,
    again: Annotated[int | None, typer.Option("--redeliver", help="Try this delivery again.")] = None,
    publish: Annotated[
        bool, typer.Option("--publish-history", help="Publish what is remembered as the graph graph/validation.")
    ] = False,
    prune_days: Annotated[
        int | None,
        typer.Option("--prune-history", min=0, help="Forget runs older than this many days, but for what is open."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Run validation jobs (JWPGRAPH_JOBS_FILE), each in a process of its own, and remember what they find.

    A running service keeps the same schedule: use one or the other.
    """
    asked = [listing, name is not None, once, show_deliveries, again is not None, publish, prune_days is not None]
    if sum(asked) > 1:
        raise typer.BadParameter("one thing at a time")
    settings = load_settings()
    jobs = read_jobs(settings.jobs_file)
    history = History(settings.data_dir)
    if listing:
        _list(jobs, history, as_json)
    elif name is not None:
        jobs.job(name)
        _finish(_run(settings, jobs, [name]), history, as_json)
    elif once:
        due = [job.name for job in jobs.jobs.values() if _due(jobs, history, job.name)]
        _finish(_run(settings, jobs, due), history, as_json)
    elif show_deliveries:
        _list_deliveries(history, as_json)
    elif again is not None:
        _redeliver(history, jobs, again)
    elif publish:
        _publish(settings, history)
    elif prune_days is not None:
        _prune(settings, history, prune_days)
    else:
        configure_logs(settings)
        asyncio.run(_keep(settings, jobs))


def _prune(settings: Settings, history: History, days: int) -> None:
    releases = [release.number for release in Releases(settings.data_dir).list()]
    forgotten = prune(history, Kept(days, settings.validation_keep_runs), releases)
    results = f"{forgotten.results} result{'' if forgotten.results == 1 else 's'}"
    console.print(f"Forgot {forgotten.runs} run{'' if forgotten.runs == 1 else 's'} and {results}.", highlight=False)


def _due(jobs: JobFile, history: History, name: str) -> bool:
    job = jobs.job(name)
    with history.reading() as db:
        never = latest_run(db, name, finished=False) is None
    return job.schedule is not None and (never or is_due(job, history, now()))


def _run(settings: Settings, jobs: JobFile, names: list[str]) -> list[int]:
    async def run() -> list[int]:
        validation = ValidationService(Releases(settings.data_dir), jobs, settings.shapes_dir)
        await validation.prepare()
        try:
            return [await validation.run(name) for name in names]
        finally:
            await validation.stop()

    runs = asyncio.run(run())
    deliver_all_due(History(settings.data_dir), jobs)
    return runs


def _finish(numbers: list[int], history: History, as_json: bool) -> None:
    """Print the runs and end with the code that they mean."""
    with history.reading() as db:
        found = [(run, payload(db, run, changes_of(db, run.id))) for number in numbers if (run := get_run(db, number))]
    if as_json:
        print_json([told for _, told in found])
    else:
        for _, told in found:
            console.print(subject_line(told), markup=False, highlight=False, soft_wrap=True)
        if not found:
            console.print("Nothing is due.")
    code = max((_code(run) for run, _ in found), default=0)
    if code:
        raise typer.Exit(code)


def _code(run: Run) -> int:
    if run.outcome != "finished":
        return 2
    return 0 if run.conforms else 1


async def _keep(settings: Settings, jobs: JobFile) -> None:
    """Keep the schedule until a signal ends it."""
    if not any(job.schedule for job in jobs.jobs.values()):
        raise Problem("nothing-scheduled", "No job has a schedule", "see docs/validation.md for JWPGRAPH_JOBS_FILE")
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    validation = ValidationService(Releases(settings.data_dir), jobs, settings.shapes_dir, kept_by(settings))
    await validation.start()
    try:
        await ended.wait()
    finally:
        await validation.stop()


def _list(jobs: JobFile, history: History, as_json: bool) -> None:
    rows: list[dict[str, Any]] = []
    with history.reading() as db:
        for job in jobs.jobs.values():
            due, last = next_run(job, now()), latest_run(db, job.name, finished=False)
            rows.append(
                {
                    "name": job.name,
                    "subject": job.subject,
                    "schedule": job.schedule,
                    "timezone": job.timezone,
                    "next": due.astimezone(UTC).isoformat() if due else None,
                    "latest": {"run": last.id, "started": last.started, "outcome": last.outcome} if last else None,
                }
            )
    if as_json:
        print_json(rows)
        return
    table = Table("Job", "Validates", "Schedule", "Next (UTC)", "Latest")
    for row in rows:
        latest = f"{row['latest']['outcome']} {_minute(row['latest']['started'])}" if row["latest"] else "never"
        when = f"{row['schedule']} {row['timezone']}" if row["schedule"] else "when asked"
        table.add_row(row["name"], row["subject"], when, _minute(row["next"] or "–"), latest)
    console.print(table)


def _minute(time: str) -> str:
    """A time as a table has it; the blank lets it wrap where the terminal is narrow."""
    return time[:16].replace("T", " ")


def _list_deliveries(history: History, as_json: bool) -> None:
    found = deliveries(history)
    if as_json:
        print_json(found)
        return
    table = Table("Delivery", "To", "Of run", "State", "Attempts", "Error")
    for one in found:
        table.add_row(str(one.id), one.target, str(one.run), one.state, str(one.attempts), one.error or "")
    console.print(table)


def _redeliver(history: History, jobs: JobFile, number: int) -> None:
    redeliver(history, number)
    deliver_all_due(history, jobs)
    (tried,) = deliveries(history, number=number)
    console.print(f"Delivery {number} to {tried.target}: {tried.error or tried.state}", markup=False, highlight=False)
    if tried.state != "delivered":
        raise typer.Exit(2)


def _publish(settings: Settings, history: History) -> None:
    """Publish the memory as a graph, unless no result came or went since it was published."""
    graph = graph_iri("validation")
    with history.reading() as db:
        quads = list(history_quads(db))
    release = Releases(settings.data_dir).require_current()
    store = release.open_store()
    published = store.quads_for_pattern(None, None, None, NamedNode(graph))
    if _results(quads) == _results(published):
        console.print("No result has come or gone since the history was published.", highlight=False)
        return
    with tempfile.TemporaryDirectory(prefix="jwpgraph-") as folder:
        path = Path(folder) / "validation.nt"
        memory = Store()
        memory.extend(Quad(quad.subject, quad.predicate, quad.object) for quad in quads)
        memory.dump(path, format=Format.N_TRIPLES, from_graph=DefaultGraph())
        change = PutGraph(graph, (Payload(path, "application/n-triples", base_iri=graph, name=path.name),))
        write_change(change, message="History of validation")


def _results(quads: Any) -> set[tuple[str, str, str]]:
    """What is said of results, but for times, which the store writes in a form of its own; runs say them, too."""
    prefix = f"<{VALIDATION}/results/"
    found = ((str(quad.subject), str(quad.predicate), str(quad.object)) for quad in quads)
    return {triple for triple in found if triple[0].startswith(prefix) and "AtTime" not in triple[1]}
