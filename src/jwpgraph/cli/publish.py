"""``jwpgraph publish``: publish a release to a remote engine."""

from __future__ import annotations

import asyncio
import re
from dataclasses import asdict
from typing import Annotated, Final

import typer
from rich.markup import escape

from jwpgraph.cli.output import Json, errors, print_json
from jwpgraph.counts import format_count
from jwpgraph.problems import ProblemError
from jwpgraph.publishing.connection import Credentials, RetryPolicy, TargetConnection
from jwpgraph.publishing.endpoints import TargetEndpoints
from jwpgraph.publishing.plan import PublishingStep, StepAction
from jwpgraph.publishing.publisher import PublishingOptions, ReleasePublisher, get_limit_time
from jwpgraph.publishing.verification import GraphCount
from jwpgraph.publishing.verification import verify_target as verify_graphs
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.maintenance import require_release
from jwpgraph.releases.release import Release
from jwpgraph.releases.writer_lock import hold_writer_lock
from jwpgraph.settings import Settings, load_settings

_EPILOG = """Exit codes: 0 done, 1 done but --verify found differences, 2 error (run the same command again to resume).

Credentials: JWPGRAPH_PUBLISH_TOKEN, or JWPGRAPH_PUBLISH_USER and JWPGRAPH_PUBLISH_PASSWORD.

Examples:

    jwpgraph publish --to http://localhost:7878/store --dry-run

    jwpgraph publish --to https://sparql.example.org/sparql-graph-crud-auth --chunk 100000 --verify
"""

_DONE: Final[dict[StepAction, str]] = {"add": "added", "replace": "replaced", "remove": "removed", "keep": "unchanged"}
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def register(app: typer.Typer) -> None:
    """Add the command of this module to *app*."""
    app.command(epilog=_EPILOG)(publish)


def publish(
    to: Annotated[str, typer.Option(help="URL of the target's graph store.")],
    number: Annotated[
        int | None, typer.Option("--release", help="Publish this release instead of the published one.")
    ] = None,
    query_url: Annotated[
        str | None, typer.Option(help="URL of the target's SPARQL endpoint; not needed for known engines.")
    ] = None,
    update_url: Annotated[
        str | None,
        typer.Option(help="URL of the target's update endpoint, for --at-once; not needed for known engines."),
    ] = None,
    entailed: Annotated[
        bool | None,
        typer.Option(
            "--entailed/--no-entailed", help="Publish the entailed graph; default: unless the target derives it itself."
        ),
    ] = None,
    chunk: Annotated[int | None, typer.Option(min=1, help="Maximum number of triples per request.")] = None,
    at_once: Annotated[
        bool, typer.Option("--at-once", help="Send to temporary graphs first, then move all graphs in one update.")
    ] = False,
    full: Annotated[bool, typer.Option("--full", help="Send unchanged graphs again.")] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace graphs of the same name that were not published from here.")
    ] = False,
    publisher: Annotated[
        str | None, typer.Option("--as", help="Name of this installation, if several publish to one target.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be sent and removed.")] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Count the triples of each graph at the target afterwards.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Synchronise a remote engine with a release: send changed graphs and remove deleted ones."""
    if publisher is not None and not _NAME.fullmatch(publisher):
        raise typer.BadParameter("--as takes a name of letters, digits, '.', '_' and '-'")
    settings = load_settings()
    endpoints = TargetEndpoints.of(to, query_url, update_url)
    options = PublishingOptions(
        entailed=not endpoints.derives if entailed is None else entailed,
        full=full,
        replace=replace,
        dry_run=dry_run,
        at_once=at_once,
        chunk=chunk,
        publisher=publisher,
    )
    releases = ReleaseDirectory(settings.data_dir)
    release = require_release(releases, number)
    release.check()
    with hold_writer_lock(releases.data_dir / "publish.lock", wait=settings.write_wait, purpose=f"publish to {to}"):
        steps, counts = asyncio.run(_run_publisher(settings, release, endpoints, options, verify=verify))
    if as_json:
        print_json(_make_document(release, to, options, steps, counts))
    else:
        _print_outcome(release, to, options, steps, counts)
    if any(one.here != one.there for one in counts):
        detail = (
            f"{to} does not have as many triples as release {release.number}; docs/publishing.md lists possible reasons"
        )
        raise ProblemError("target-differs", "The target differs", detail, exit_code=1)


async def _run_publisher(
    settings: Settings, release: Release, endpoints: TargetEndpoints, options: PublishingOptions, *, verify: bool
) -> tuple[list[PublishingStep], list[GraphCount]]:
    patience = RetryPolicy(answer=settings.publish_answer_timeout, retries=settings.publish_retries)
    async with TargetConnection(endpoints, Credentials.of(settings), patience) as connection:
        with errors.status("Reading the state of the target") as status:
            async with get_limit_time(settings.publish_timeout, connection):
                publisher = ReleasePublisher(release, connection, options, lambda line: status.update(escape(line)))
                steps = await publisher.publish()
                if not verify or options.dry_run:
                    return steps, []
                status.update("Counting")
                held = [(step.graph, step.triples) for step in steps if step.action != "remove"]
                return steps, await verify_graphs(connection, release.open_store(), held)


def _make_document(
    release: Release, to: str, options: PublishingOptions, steps: list[PublishingStep], counts: list[GraphCount]
) -> dict[str, object]:
    counted = {one.graph: one for one in counts}
    graphs = [
        {"graph": step.graph, "action": step.action, "triples": step.triples}
        | (_count_document(counted[step.graph]) if step.graph in counted else {})
        for step in steps
    ]
    return {"release": release.number, "target": to, "dry_run": options.dry_run, "graphs": graphs}


def _count_document(one: GraphCount) -> dict[str, object]:
    comparison = {} if one.comparison is None else asdict(one.comparison)
    return {"counted": one.there} | {f"only_{side}": alone for side, alone in comparison.items()}


def _print_outcome(
    release: Release, to: str, options: PublishingOptions, steps: list[PublishingStep], counts: list[GraphCount]
) -> None:
    for step in steps:
        if step.action != "keep":
            typer.echo(f"{step.action:8} {step.triples:9} {step.graph}")
    numbers = {action: sum(step.action == action for step in steps) for action in _DONE}
    parts = ", ".join(f"{number} {_DONE[action]}" for action, number in numbers.items())
    typer.echo(f"{'Would publish' if options.dry_run else 'Published'} release {release.number} to {to}: {parts}.")
    for one in counts:
        if one.here != one.there:
            _print_difference(one)
    if counts:
        here, there = sum(one.here for one in counts), sum(one.there for one in counts)
        typer.echo(f"Counted {format_count(len(counts), 'graph')}: {format_count(here, 'triple')} here, {there} there.")


def _print_difference(one: GraphCount) -> None:
    typer.echo(f"differs: {format_count(one.here, 'triple')} here, {one.there} there, {one.graph}")
    if one.comparison is None:
        return
    for where, side in (("here", one.comparison.here), ("there", one.comparison.there)):
        for count, example in enumerate(side.examples, 1):
            typer.echo(f"  {where} alone, {count} of {side.number}: {example}")
