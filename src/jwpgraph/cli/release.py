"""``jwpgraph release``: list, show, dump, diff, rollback, prune, verify."""

from __future__ import annotations

import asyncio
import os
import re
from datetime import timedelta
from typing import Annotated

import typer
from pyoxigraph import Store
from rich.table import Table

from jwpgraph.cli.load import Author, Message, build_release
from jwpgraph.cli.output import Json, console, print_json
from jwpgraph.counts import format_count, format_severities
from jwpgraph.linked_data.rdf_formats import TURTLE, serialize_quads
from jwpgraph.linked_data.release_differences import compare_entities
from jwpgraph.linked_data.rights import WHOLE_DATASET, read_rights, state_rights
from jwpgraph.problems import ProblemError
from jwpgraph.query_execution.store_reader import StoreReader
from jwpgraph.releases.changes import RestoreRelease
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.dumps import RIGHTS, DumpDirectory
from jwpgraph.releases.maintenance import diff_releases as difference
from jwpgraph.releases.maintenance import prune_releases, require_release, verify_release
from jwpgraph.releases.release import Release, ReleaseManifest
from jwpgraph.settings import load_settings

app = typer.Typer(no_args_is_help=True)

Number = Annotated[int | None, typer.Argument(help="Number of the release; default: the published one.")]


def register(group: typer.Typer) -> None:
    """Add the subgroup of this module to *group*."""
    group.add_typer(app, name="release", help="List, compare, roll back, prune and verify releases.")


def _open_releases() -> ReleaseDirectory:
    return ReleaseDirectory(load_settings().data_dir)


@app.command("list", epilog="Example: jwpgraph release list --json")
def list_(as_json: Json = False) -> None:
    """List the kept releases, oldest first."""
    releases = _open_releases()
    manifests = [release.manifest for release in releases.list()]
    for number in sorted({one.number for one in releases.list_including_damaged()} - {one.number for one in manifests}):
        typer.echo(f"Release {number} is damaged; `jwpgraph release verify --all` says how.", err=True)
    if as_json:
        print_json([manifest.model_dump(mode="json", exclude={"graphs"}) for manifest in manifests])
        return
    if not manifests:
        console.print(f"{releases.data_dir} contains no release.", highlight=False, markup=False, soft_wrap=True)
        return
    table = Table("", "Release", "Published", "Triples", "Conforms", "Change", "Message")
    current = releases.current_number()
    for manifest in manifests:
        verdict = "yes" if manifest.conformance.conforms else "no"
        what = f"restores {manifest.restores}" if manifest.restores else manifest.change
        mark = "→" if manifest.number == current else ""
        when = f"{manifest.created:%Y-%m-%d %H:%M}"
        table.add_row(mark, str(manifest.number), when, str(manifest.triples), verdict, what, manifest.message)
    console.print(table)


@app.command(epilog="Example: jwpgraph release show 3")
def show(
    number: Number = None,
    brief: Annotated[bool, typer.Option("--brief", help="Without the table of graphs.")] = False,
    as_json: Json = False,
) -> None:
    """Show a release: date, author, message, graphs and conformance."""
    manifest = require_release(_open_releases(), number).manifest
    if as_json:
        print_json(manifest.model_dump(mode="json"))
        return
    _print_manifest(manifest)
    if not brief:
        table = Table("Graph", "Triples", "Digest")
        for name, summary in manifest.graphs.items():
            table.add_row(name, str(summary.triples), summary.digest[:12])
        console.print(table)


@app.command(epilog="Example: jwpgraph release dump 3")
def dump(number: Number = None, as_json: Json = False) -> None:
    """Make the dump of a release, as N-Quads and TriG, with checksums; the service offers it for download."""
    releases = _open_releases()
    release = require_release(releases, number)
    # The service makes dumps beside its answers, which go first.
    os.nice(10)
    dumps = DumpDirectory(releases)
    files = dumps.make(release, lambda store: {RIGHTS: asyncio.run(_write_rights(store, release))})
    if as_json:
        print_json(
            [{"path": str(dumps.path(release, one.name)), "size": one.size, "sha256": one.sha256} for one in files]
        )
        return
    for one in files:
        console.print(f"{one.sha256}  {dumps.path(release, one.name)}", soft_wrap=True, highlight=False)


async def _write_rights(store: Store, release: Release) -> bytes:
    """Return the rights of the graphs of a release, as Turtle."""
    rights = await read_rights(StoreReader(store, release.number), release.manifest.graphs)
    return serialize_quads(state_rights([WHOLE_DATASET, *rights.values()]), TURTLE)


def _print_manifest(manifest: ReleaseManifest) -> None:
    verdict = manifest.conformance
    console.print(f"Release {manifest.number}, {manifest.created:%Y-%m-%d %H:%M:%S} UTC", highlight=False)
    console.print(f"{manifest.change}: {manifest.message}" + (f" ({manifest.author})" if manifest.author else ""))
    console.print(
        f"{format_severities(verdict.violations, verdict.warnings, verdict.infos)}"
        f" ({verdict.engine} {verdict.engine_version})",
        highlight=False,
    )
    triples = sum(one.triples for one in manifest.graphs.values())
    console.print(f"{format_count(len(manifest.graphs), 'graph')}, {format_count(triples, 'triple')}", highlight=False)


@app.command(epilog="Example: jwpgraph release diff 3 5")
def diff(
    earlier: Annotated[int, typer.Argument(help="The earlier release.")],
    later: Annotated[int | None, typer.Argument(help="The later release; default: the published one.")] = None,
    entities: Annotated[
        bool, typer.Option("--entities", help="Print one line for each entity that differs, instead of the quads.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Print the differences between two releases as N-Quads prefixed with + and -, or by entity."""
    releases = _open_releases()
    before, after = require_release(releases, earlier), require_release(releases, later)
    if entities:
        changed = list(compare_entities(before.open_store(), after.open_store()))
        if as_json:
            print_json([{"id": iri, "change": kind} for iri, kind in changed])
        else:
            for iri, kind in changed:
                typer.echo(f"{kind}  {iri}")
        return
    found = difference(before, after)
    if as_json:
        print_json({"added": [f"{quad} ." for quad in found.added], "removed": [f"{quad} ." for quad in found.removed]})
        return
    for sign, quads in (("-", found.removed), ("+", found.added)):
        for quad in quads:
            typer.echo(f"{sign} {quad} .")


@app.command(epilog='Example: jwpgraph release rollback 3 -m "Wrong export loaded"')
def rollback(
    number: Annotated[int, typer.Argument(help="Number of the release to restore.")],
    message: Message = "",
    author: Author = None,
    as_json: Json = False,
) -> None:
    """Restore an earlier release; it is published under a new number, so that the history is kept."""
    build_release(
        RestoreRelease(number), author=author, message=message or f"Return to release {number}", as_json=as_json
    )


@app.command(epilog="Example: jwpgraph release prune --keep 10 --older-than 90d")
def prune(
    keep: Annotated[int, typer.Option(min=1, help="Number of latest releases to keep regardless of age.")] = 10,
    older_than: Annotated[str | None, typer.Option(help="Remove only releases older than this: 12h, 30d, 8w.")] = None,
    as_json: Json = False,
) -> None:
    """Remove old releases; the published release is always kept."""
    settings = load_settings()
    age = _parse_age(older_than) if older_than else None
    removed = prune_releases(ReleaseDirectory(settings.data_dir), keep=keep, older_than=age, wait=settings.write_wait)
    if as_json:
        print_json({"removed": removed})
    else:
        console.print(f"Removed {format_count(len(removed), 'release')}." if removed else "Nothing to remove.")


def _parse_age(text: str) -> timedelta:
    match = re.fullmatch(r"(\d{1,6})([hdw])", text)
    if match is None:
        raise typer.BadParameter("an age is a number followed by h, d or w, such as 30d")
    return timedelta(hours=int(match[1]) * {"h": 1, "d": 24, "w": 168}[match[2]])


@app.command(epilog="Example: jwpgraph release verify --all")
def verify(
    number: Number = None,
    every: Annotated[bool, typer.Option("--all", help="Verify all kept releases.")] = False,
    as_json: Json = False,
) -> None:
    """Verify a release against its manifest; exits with code 1 if they differ."""
    releases = _open_releases()
    chosen = releases.list_including_damaged() if every else [require_release(releases, number)]
    findings = {release.number: verify_release(release) for release in chosen}
    if as_json:
        print_json([{"release": release, "findings": found} for release, found in findings.items()])
    else:
        for release, found in findings.items():
            for line in found or ["matches its manifest"]:
                typer.echo(f"Release {release}: {line}")
    if every and chosen:
        # CURRENT may be damaged, or name a release that is not there.
        releases.require_current()
    if any(findings.values()):
        damaged = ", ".join(str(release) for release, found in findings.items() if found)
        raise ProblemError(
            "release-damaged", "A release does not match its manifest", f"release {damaged}", exit_code=1
        )
