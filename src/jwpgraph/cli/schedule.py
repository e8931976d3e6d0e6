"""``jwpgraph schedule``: run validation jobs once or on schedule, and manage notifications and the history."""

from __future__ import annotations

import asyncio
import signal
from datetime import UTC
from pathlib import Path
from typing import Annotated, Any

import typer
from pyoxigraph import DefaultGraph, NamedNode, Quad, Store
from pyoxigraph import RdfFormat as Format
from rich.table import Table

from jwpgraph.cli.load import build_release
from jwpgraph.cli.output import Json, console, print_json
from jwpgraph.operations.logs import configure_logs
from jwpgraph.problems import ProblemError
from jwpgraph.releases.changes import Payload, PutGraph
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.settings import Settings, load_settings
from jwpgraph.temporary_folders import make_temporary_folder
from jwpgraph.validation.history import ValidationHistory, get_current_time
from jwpgraph.validation.job_file import JobFile, read_jobs
from jwpgraph.validation.notification import (
    deliver_all_due,
    list_deliveries,
    make_payload,
    make_subject_line,
    redeliver,
)
from jwpgraph.validation.provenance import VALIDATION, make_history_quads
from jwpgraph.validation.pruning import RetentionPolicy, get_retention_policy, prune_history
from jwpgraph.validation.result_queries import RunRecord, get_latest_run, get_run, read_run_changes
from jwpgraph.validation.schedule import get_next_run, is_due
from jwpgraph.validation.service import ValidationService
from jwpgraph.vocabulary import make_graph_iri

_EPILOG = """Exit codes: 0 all runs conform, 1 a run does not conform, 2 error.

Examples:

    jwpgraph schedule                              (keep the schedule until stopped; the service includes this)

    jwpgraph schedule --list

    jwpgraph schedule --run release

    jwpgraph schedule --once                       (from cron or systemd: run due jobs and exit)
"""


def register(app: typer.Typer) -> None:
    """Add the command of this module to *app*."""
    app.command("schedule", epilog=_EPILOG)(schedule)


def schedule(
    listing: Annotated[bool, typer.Option("--list", help="List the jobs and their next runs.")] = False,
    name: Annotated[str | None, typer.Option("--run", help="Run this job now.")] = None,
    once: Annotated[bool, typer.Option("--once", help="Run due jobs, deliver notifications, and exit.")] = False,
    show_deliveries: Annotated[bool, typer.Option("--deliveries", help="List notifications, latest first.")] = False,
    again: Annotated[int | None, typer.Option("--redeliver", help="Retry this delivery.")] = None,
    publish: Annotated[
        bool, typer.Option("--publish-history", help="Publish the history as the graph graph/validation.")
    ] = False,
    prune_days: Annotated[
        int | None,
        typer.Option(
            "--prune-history", min=0, help="Delete runs older than this many days, except those of open results."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Run validation jobs (JWPGRAPH_JOBS_FILE), each in a subprocess, and record the results.

    Without options, keeps the schedule until stopped. A running service keeps the same schedule: use one or the other.
    """
    asked = [listing, name is not None, once, show_deliveries, again is not None, publish, prune_days is not None]
    if sum(asked) > 1:
        raise typer.BadParameter("give only one of these options")
    settings = load_settings()
    jobs = read_jobs(settings.jobs_file)
    history = ValidationHistory(settings.data_dir)
    if listing:
        _print_jobs(jobs, history, as_json)
    elif name is not None:
        jobs.job(name)
        _print_runs(_run_jobs(settings, jobs, [name]), history, as_json)
    elif once:
        due = [job.name for job in jobs.jobs.values() if _select_due(jobs, history, job.name)]
        _print_runs(_run_jobs(settings, jobs, due), history, as_json)
    elif show_deliveries:
        _print_deliveries(history, as_json)
    elif again is not None:
        _redeliver_notification(history, jobs, again)
    elif publish:
        _publish_history(settings, history)
    elif prune_days is not None:
        _prune_history(settings, history, prune_days)
    else:
        configure_logs(settings)
        asyncio.run(_keep_schedule(settings, jobs))


def _prune_history(settings: Settings, history: ValidationHistory, days: int) -> None:
    releases = [release.number for release in ReleaseDirectory(settings.data_dir).list()]
    forgotten = prune_history(history, RetentionPolicy(days, settings.validation_keep_runs), releases)
    results = f"{forgotten.results} result{'' if forgotten.results == 1 else 's'}"
    console.print(f"Deleted {forgotten.runs} run{'' if forgotten.runs == 1 else 's'} and {results}.", highlight=False)


def _select_due(jobs: JobFile, history: ValidationHistory, name: str) -> bool:
    job = jobs.job(name)
    with history.connect() as db:
        never = get_latest_run(db, name, finished=False) is None
    return job.schedule is not None and (never or is_due(job, history, get_current_time()))


def _run_jobs(settings: Settings, jobs: JobFile, names: list[str]) -> list[int]:
    async def run() -> list[int]:
        validation = ValidationService(ReleaseDirectory(settings.data_dir), jobs, settings.shapes_dir)
        await validation.prepare()
        try:
            return [await validation.run(name) for name in names]
        finally:
            await validation.stop()

    runs = asyncio.run(run())
    deliver_all_due(ValidationHistory(settings.data_dir), jobs)
    return runs


def _print_runs(numbers: list[int], history: ValidationHistory, as_json: bool) -> None:
    """Print the runs and exit with the corresponding code."""
    with history.connect() as db:
        found = [
            (run, make_payload(db, run, read_run_changes(db, run.id)))
            for number in numbers
            if (run := get_run(db, number))
        ]
    if as_json:
        print_json([payload for _, payload in found])
    else:
        for _, payload in found:
            console.print(make_subject_line(payload), markup=False, highlight=False, soft_wrap=True)
        if not found:
            console.print("Nothing is due.")
    code = max((_exit_code(run) for run, _ in found), default=0)
    if code:
        raise typer.Exit(code)


def _exit_code(run: RunRecord) -> int:
    if run.outcome != "finished":
        return 2
    return 0 if run.conforms else 1


async def _keep_schedule(settings: Settings, jobs: JobFile) -> None:
    """Keep the schedule until a signal ends the process."""
    if not any(job.schedule for job in jobs.jobs.values()):
        raise ProblemError(
            "nothing-scheduled", "No job has a schedule", "see docs/validation.md for JWPGRAPH_JOBS_FILE"
        )
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    validation = ValidationService(
        ReleaseDirectory(settings.data_dir), jobs, settings.shapes_dir, get_retention_policy(settings)
    )
    await validation.start()
    try:
        await ended.wait()
    finally:
        await validation.stop()


def _print_jobs(jobs: JobFile, history: ValidationHistory, as_json: bool) -> None:
    rows: list[dict[str, Any]] = []
    with history.connect() as db:
        for job in jobs.jobs.values():
            due, last = get_next_run(job, get_current_time()), get_latest_run(db, job.name, finished=False)
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
        latest = f"{row['latest']['outcome']} {_format_minute(row['latest']['started'])}" if row["latest"] else "never"
        when = f"{row['schedule']} {row['timezone']}" if row["schedule"] else "on demand"
        table.add_row(row["name"], row["subject"], when, _format_minute(row["next"] or "–"), latest)
    console.print(table)


def _format_minute(time: str) -> str:
    """Return a time for a table; the space allows wrapping in a narrow terminal."""
    return time[:16].replace("T", " ")


def _print_deliveries(history: ValidationHistory, as_json: bool) -> None:
    found = list_deliveries(history)
    if as_json:
        print_json(found)
        return
    table = Table("Delivery", "To", "Of run", "State", "Attempts", "Error")
    for one in found:
        table.add_row(str(one.id), one.target, str(one.run), one.state, str(one.attempts), one.error or "")
    console.print(table)


def _redeliver_notification(history: ValidationHistory, jobs: JobFile, number: int) -> None:
    redeliver(history, number)
    deliver_all_due(history, jobs)
    (tried,) = list_deliveries(history, number=number)
    console.print(f"Delivery {number} to {tried.target}: {tried.error or tried.state}", markup=False, highlight=False)
    if tried.state != "delivered":
        raise typer.Exit(2)


def _publish_history(settings: Settings, history: ValidationHistory) -> None:
    """Publish the history as a graph, unless no result has changed since the last publication."""
    graph = make_graph_iri("validation")
    with history.connect() as db:
        quads = list(make_history_quads(db))
    release = ReleaseDirectory(settings.data_dir).require_current()
    store = release.open_store()
    published = store.quads_for_pattern(None, None, None, NamedNode(graph))
    if _select_results(quads) == _select_results(published):
        console.print("No result has come or gone since the history was published.", highlight=False)
        return
    with make_temporary_folder() as folder:
        path = Path(folder) / "validation.nt"
        memory = Store()
        memory.extend(Quad(quad.subject, quad.predicate, quad.object) for quad in quads)
        memory.dump(path, format=Format.N_TRIPLES, from_graph=DefaultGraph())
        change = PutGraph(graph, (Payload(path, "application/n-triples", base_iri=graph, name=path.name),))
        build_release(change, message="History of validation")


def _select_results(quads: Any) -> set[tuple[str, str, str]]:
    """Return the triples about results, without times, whose lexical form the store changes."""
    prefix = f"<{VALIDATION}/results/"
    found = ((str(quad.subject), str(quad.predicate), str(quad.object)) for quad in quads)
    return {triple for triple in found if triple[0].startswith(prefix) and "AtTime" not in triple[1]}
