"""``jwpgraph validate``: SHACL from the command line, for people and for schedulers."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from pyoxigraph import Store

from jwpgraph.cli.output import console, print_json
from jwpgraph.cli.writing import named_payloads
from jwpgraph.operations.building import builder_of, shapes_of, shipped_change
from jwpgraph.problems import Problem
from jwpgraph.releases.changes import LoadGraphs
from jwpgraph.releases.directory import Releases
from jwpgraph.releases.gate import Shapes
from jwpgraph.releases.upkeep import require_release
from jwpgraph.settings import Settings, load_settings
from jwpgraph.validation.engines import EngineName, data_of, validate
from jwpgraph.validation.report import Report, Severity, counts


class Format(StrEnum):
    """How the report is printed."""

    TEXT = "text"
    TURTLE = "turtle"
    JSON = "json"


class Engine(StrEnum):
    """Which SHACL engine runs."""

    FAST = "fast"
    REFERENCE = "reference"
    BOTH = "both"


class Least(StrEnum):
    """The least severity that fails."""

    VIOLATION = "violation"
    WARNING = "warning"
    INFO = "info"


_EPILOG = """Exit codes: 0 conforms, 1 does not conform, 2 could not run.

Examples:

    jwpgraph validate                              (the published release)

    jwpgraph validate new.ttl --severity warning --format json

    jwpgraph validate data.nq --shapes my-shapes/ --engine both
"""


def register(app: typer.Typer) -> None:
    """Add the commands of this module to *app*."""
    app.command("validate", epilog=_EPILOG)(validate_)


def validate_(
    files: Annotated[list[Path] | None, typer.Argument(help="RDF files; none: the published release.")] = None,
    shapes: Annotated[Path | None, typer.Option(help="Folder of shapes, or one file.")] = None,
    release: Annotated[int | None, typer.Option(help="Validate this release instead of the published one.")] = None,
    engine: Annotated[Engine | None, typer.Option(help="Default: fast, where it is installed.")] = None,
    severity: Annotated[Least, typer.Option(help="The least severity that fails.")] = Least.VIOLATION,
    form: Annotated[Format, typer.Option("--format", help="How to print the report.")] = Format.TEXT,
) -> None:
    """Validate a release or files against the shapes.

    Files are validated as if they had been loaded: over the published release or, where there is none, over the
    shipped data, with all that is entailed. Nothing is published.
    """
    settings = load_settings()
    if files and release is not None:
        raise typer.BadParameter("give files or --release, not both")
    chosen = _shapes(shapes) if shapes else shapes_of(settings)
    data = _data_of_files(settings, files) if files else _data_of_release(Releases(settings.data_dir), release)
    least: Severity = severity.value
    if engine is Engine.BOTH:
        first, second = validate(data, chosen, "fast"), validate(data, chosen, "reference")
        _print(first, least, form)
        one, other = counts(first.results), counts(second.results)
        apart = (one - other).total() + (other - one).total()
        if apart:
            raise Problem("engines-disagree", "The two SHACL engines disagree", f"{apart} results differ", exit_code=1)
        report = first
    else:
        name: EngineName | None = None if engine is None else "fast" if engine is Engine.FAST else "reference"
        report = validate(data, chosen, name)
        _print(report, least, form)
    if not report.conforms(least):
        raise typer.Exit(1)


def _shapes(path: Path) -> Shapes:
    if not path.exists():
        raise Problem("no-such-file", "There is no such file", str(path))
    return Shapes.read(path)


def _data_of_release(releases: Releases, number: int | None) -> str:
    return data_of(Store.read_only(str(require_release(releases, number).store_path)))


def _data_of_files(settings: Settings, files: list[Path]) -> str:
    """The dataset as it would be with *files* loaded: over the published release, or else over the shipped data."""
    change = LoadGraphs(tuple(named_payloads(files)))
    builder = builder_of(settings)
    if builder.releases.current() is not None:
        with builder.rehearsal(change) as store:
            return data_of(store)
    with tempfile.TemporaryDirectory(prefix="jwpgraph-") as folder:
        apart = replace(builder, releases=Releases(Path(folder)))
        with apart.rehearsal(LoadGraphs(shipped_change().graphs + change.graphs)) as store:
            return data_of(store)


def _print(report: Report, least: Severity, form: Format) -> None:
    if form is Format.TURTLE:
        typer.echo(report.turtle)
    elif form is Format.JSON:
        print_json(
            {
                "conforms": report.conforms(least),
                "violations": report.count("violation"),
                "warnings": report.count("warning"),
                "infos": report.count("info"),
                "engine": f"{report.engine} {report.engine_version}",
                "results": [
                    {
                        "fingerprint": result.fingerprint,
                        "severity": result.severity,
                        "shape": result.shape,
                        "focus": result.focus,
                        "path": result.path,
                        "component": result.component,
                        "value": result.value,
                        "message": result.message(),
                    }
                    for result in report.results
                ],
            }
        )
    else:
        _print_text(report, least)


def _print_text(report: Report, least: Severity) -> None:
    for result in report.results:
        value = f" → {result.value}" if result.value else ""
        line = f"{result.severity}  {result.focus} {result.path or ''}{value}\n    {result.message()}"
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    verdict = "Conforms" if report.conforms(least) else "Does not conform"
    numbers = (
        f"{report.count('violation')} violations, {report.count('warning')} warnings, {report.count('info')} notes"
    )
    console.print(f"{verdict}: {numbers} ({report.engine} {report.engine_version}).", highlight=False)
