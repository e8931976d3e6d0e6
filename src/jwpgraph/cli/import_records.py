"""``jwpgraph template`` and ``jwpgraph import actions|meetings|proposals|comments|progress``."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated, Any, Final

import typer

from jwpgraph.cli.import_options import RecordOptions, with_options
from jwpgraph.cli.import_outcome import print_report, summarise_import
from jwpgraph.cli.load import build_release
from jwpgraph.cli.output import Json, console, errors, print_json
from jwpgraph.cli.output_files import write_file_atomically
from jwpgraph.operations.builder_factory import digest_shipped_sources, make_shipped_change
from jwpgraph.problems import ProblemError
from jwpgraph.programme.record_models import KINDS
from jwpgraph.programme.record_tables import (
    RecordsChange,
    describe_columns,
    make_template,
    plan_change,
    read_rows,
    write_table,
)
from jwpgraph.query_execution.store_reader import StoreReader
from jwpgraph.releases.changes import SparqlUpdate
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.entity_change_queries import EntityChangeReader
from jwpgraph.releases.maintenance import require_release
from jwpgraph.releases.release import Release
from jwpgraph.settings import load_settings
from jwpgraph.sources.import_report import ImportReport
from jwpgraph.sources.statements import Statements

_TEMPLATE_EPILOG: Final = """Exit codes: 0 printed, 2 no such kind, or no release.

Examples:

    jwpgraph template actions > actions.csv

    jwpgraph template meetings --describe

    jwpgraph template proposals --filled > proposals.csv
"""
_EPILOG: Final = """Exit codes: 0 imported (rows may have been rejected), 1 refused (--strict, nothing to import, or the
shapes), 2 could not run.

Examples:

    jwpgraph template {kind} > {kind}.csv

    jwpgraph import {kind} {kind}.csv --author "CMS Secretariat"

    jwpgraph import {kind} {kind}.csv --strict --dry-run --json
"""
#: Beginning of the messages of releases that imports make.
_IMPORTED: Final = "Import {kind} from "
_SEGMENTS: Final = (
    *("action", "meeting", "proposal", "comment", "progress", "source", "instrument", "body", "country"),
    *("evidence-level", "taxon/cites", "taxon/cms", "meeting-kind", "appendix"),
)


def register(app: typer.Typer) -> None:
    """Add the command ``template`` to *app*."""
    app.command(epilog=_TEMPLATE_EPILOG)(template)


def register_imports(app: typer.Typer) -> None:
    """Add a command for each kind of record to *app*."""
    for kind in KINDS:
        _register(app, kind)


def _register(app: typer.Typer, kind: str) -> None:
    @with_options(RecordOptions)
    def command(options: RecordOptions) -> None:
        _import_records(kind, options)

    command.__doc__ = f"""Import {kind if kind != "progress" else "judgements of progress"} from CSV files.

    The columns are those of `jwpgraph template {kind}`. A row with a known key replaces what the record says, unless
    somebody has edited it since it was imported: such a row is rejected without --replace. Importing a file again
    changes nothing.
    """
    app.command(kind, epilog=_EPILOG.format(kind=kind))(command)


def template(
    kind: Annotated[str, typer.Argument(help="actions, meetings, proposals, comments or progress.")],
    describe: Annotated[bool, typer.Option("--describe", help="What belongs into each column, instead.")] = False,
    filled: Annotated[
        bool, typer.Option("--filled", help="With the records of the published release, to be changed and imported.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Print the header of a table of records, to be filled in and imported."""
    if kind not in KINDS:
        raise ProblemError("bad-option", "There is no such kind of record", f"{kind}: choose {', '.join(KINDS)}.")
    if filled and (describe or as_json):
        raise ProblemError("bad-option", "The options cannot be combined", "--filled prints a table of its own.")
    if filled:
        store = require_release(ReleaseDirectory(load_settings().data_dir), None).open_store()
        typer.echo(write_table(kind, store), nl=False)
    elif as_json:
        print_json({"kind": kind, "columns": [{"name": name, "about": text} for name, text in describe_columns(kind)]})
    elif describe:
        typer.echo("\n".join(f"{name}: {text}" for name, text in describe_columns(kind)))
    else:
        typer.echo(make_template(kind), nl=False)


def _import_records(kind: str, options: RecordOptions) -> None:
    report = ImportReport(strict=options.strict)
    release = _get_current_release(options)
    change = asyncio.run(_plan(kind, options, release, report))
    if not options.as_json:
        print_report(options.files, report, errors if options.to_stdout else console)
    if not report.imported:
        raise ProblemError("nothing-imported", "No row could be imported", "nothing was written", exit_code=1)
    number, written = None, None
    if options.out is not None and not options.dry_run:
        said = Statements()
        said.triples = change.triples
        text = said.turtle(f"Records of the kind “{kind}”.\nMade with: jwpgraph import {kind}", _SEGMENTS)
        if options.to_stdout:
            typer.echo(text, nl=False)
        else:
            write_file_atomically(text, options.out, options.files)
            written = str(options.out)
    elif change.update and not options.dry_run:
        number = build_release(
            SparqlUpdate(change.update),
            author=options.author,
            message=_make_message(kind, options),
            as_json=options.as_json,
            quiet=options.as_json,
            expected=release.number,
        ).number
    _tell(kind, options, report, change, number, written)


def _make_message(kind: str, options: RecordOptions) -> str:
    """Return the message of the release, whose beginning tells that it was made by an import."""
    said = f": {options.message}" if options.message else ""
    return f"{_IMPORTED.format(kind=kind)}{', '.join(path.name for path in options.files)}{said}"


def _find_edit(kind: str, releases: ReleaseDirectory, current: int, iri: str) -> str | None:
    """Return the release in which the record was last changed, unless an import or the shipped data did it."""
    change = EntityChangeReader(releases.data_dir).last_change([iri], current)
    if change is None or change.message.startswith(_IMPORTED.format(kind=kind)):
        return None
    if any(one.number == change.release and one.manifest.change == "load" for one in releases.list()):
        return None
    return f"release {change.release} ({change.message or 'without a message'})"


async def _plan(kind: str, options: RecordOptions, release: Release, report: ImportReport) -> RecordsChange:
    rows = {path: read_rows(kind, path, report) for path in options.files}
    keys = [row.key for found in rows.values() for row in found if row.key]
    if repeated := sorted({key for key in keys if keys.count(key) > 1}):
        raise ProblemError("rows-rejected", "Two files have the same key", ", ".join(repeated[:5]), exit_code=1)
    store = release.open_store()
    named = [(path.name, row) for path, found in rows.items() for row in found]
    find_edit = partial(_find_edit, kind, ReleaseDirectory(load_settings().data_dir), release.number)
    # What is written to a file replaces nothing.
    replace = options.replace or options.out is not None
    select = StoreReader(store, release.number).select
    return await plan_change(kind, named, store, select, report, find_edit, replace_edited=replace)


def _get_current_release(options: RecordOptions) -> Release:
    """Return the published release; if there is none, publish the shipped data."""
    found = ReleaseDirectory(load_settings().data_dir).current()
    return found or build_release(
        make_shipped_change(),
        message="Shipped ontology and data",
        as_json=options.as_json,
        shipped_digest=digest_shipped_sources(),
        quiet=True,
    )


def _tell(
    kind: str,
    options: RecordOptions,
    report: ImportReport,
    change: RecordsChange,
    number: int | None,
    written: str | None,
) -> None:
    counts = {"created": change.created, "changed": change.changed, "unchanged": change.unchanged}
    edited = {"edited": change.edited}
    if options.as_json:
        told: dict[str, Any] = summarise_import(kind, options.files, report) | counts | edited
        print_json(told | {"dry_run": options.dry_run, "written": written, "release": number})
    elif not options.to_stdout:
        words = ", ".join(f"{len(keys)} {word}" for word, keys in counts.items())
        if change.edited:
            words += f"; {len(change.edited)} edited after the last import replaced: {', '.join(change.edited[:20])}"
        end = "; nothing was written because of --dry-run" if options.dry_run else ""
        end = end if change.update else "; the graph says all of it already, and no release was made"
        console.print(f"{words}{end}.", highlight=False, soft_wrap=True, markup=False)
