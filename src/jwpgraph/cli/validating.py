"""``jwpgraph validate``: SHACL from the command line, for people and for schedulers."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from pyoxigraph import Store

from jwpgraph.cli.writing import named_payloads
from jwpgraph.operations.building import builder_of, shapes_of, shipped_change
from jwpgraph.problems import Problem
from jwpgraph.releases.changes import LoadGraphs
from jwpgraph.releases.directory import Releases
from jwpgraph.releases.gate import Shapes
from jwpgraph.releases.upkeep import require_release
from jwpgraph.settings import Settings, load_settings
from jwpgraph.shipped_files import shipped
from jwpgraph.validation.formats import FORMATS
from jwpgraph.validation.inputs import Subject, of_endpoint, of_release
from jwpgraph.validation.jobs import LINKS_JOB, Job, read_jobs
from jwpgraph.validation.link_rules import LinkRules
from jwpgraph.validation.links import check_links
from jwpgraph.validation.report import Report
from jwpgraph.validation.runs import check


class Format(StrEnum):
    """How the report is printed."""

    TEXT = "text"
    TURTLE = "turtle"
    JSON = "json"
    HTML = "html"
    JUNIT = "junit"
    SARIF = "sarif"
    GITHUB = "github"


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


class Idle(StrEnum):
    """What a shape without anything to check counts as."""

    IGNORE = "ignore"
    INFO = "info"
    WARNING = "warning"
    VIOLATION = "violation"


_EPILOG = """Exit codes: 0 conforms, 1 does not conform, 2 could not run.

Examples:

    jwpgraph validate                              (the published release)

    jwpgraph validate new.ttl --severity warning --format json

    jwpgraph validate data.nq --shapes my-shapes/ --engine both

    jwpgraph validate --quality                    (SKOS, languages, links, sources: docs/quality.md)

    jwpgraph validate --links --severity warning   (asks other servers; rules in JWPGRAPH_JOBS_FILE)

    jwpgraph validate --endpoint https://example.org/sparql --graph https://example.org/g --idle violation
"""


def register(app: typer.Typer) -> None:
    """Add the commands of this module to *app*."""
    app.command("validate", epilog=_EPILOG)(validate_)


def validate_(
    files: Annotated[list[Path] | None, typer.Argument(help="RDF files; none: the published release.")] = None,
    shapes: Annotated[Path | None, typer.Option(help="Folder of shapes, or one file.")] = None,
    quality: Annotated[bool, typer.Option("--quality", help="Make the checks of quality instead.")] = False,
    links: Annotated[
        bool, typer.Option("--links", help="Ask whether what the data link to is there instead, as the job links does.")
    ] = False,
    release: Annotated[int | None, typer.Option(help="Validate this release instead of the published one.")] = None,
    endpoint: Annotated[str | None, typer.Option(help="Validate what this SPARQL endpoint holds.")] = None,
    graph: Annotated[list[str] | None, typer.Option(help="Only this graph of it; may be given again.")] = None,
    engine: Annotated[Engine | None, typer.Option(help="Default: fast, where it is installed.")] = None,
    severity: Annotated[Least, typer.Option(help="The least severity that fails.")] = Least.VIOLATION,
    idle: Annotated[
        Idle | None,
        typer.Option(help="What a shape without anything to check counts as (info; with --quality, ignore)."),
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="How to print the report.")] = Format.TEXT,
) -> None:
    """Validate a release, files or an endpoint against the shapes, make the checks of quality, or ask links.

    Files are validated as if they had been loaded: over the published release or, where there is none, over the
    shipped data, with all that is entailed. Nothing is published, and nothing is remembered: `schedule` does that.
    """
    settings = load_settings()
    if sum((bool(files), release is not None, endpoint is not None)) > 1:
        raise typer.BadParameter("give files, --release or --endpoint, one of them")
    if graph and files:
        raise typer.BadParameter("--graph goes with a release or an endpoint")
    if endpoint is not None and not endpoint.startswith(("http://", "https://")):
        raise typer.BadParameter("--endpoint takes an http or https URL")
    if sum((quality, links, shapes is not None)) > 1:
        raise typer.BadParameter("give --shapes, --quality or --links, one of them")
    if links and engine:
        raise typer.BadParameter("--links goes without --engine")
    place = shipped("quality") if quality else shapes
    chosen = _shapes(place) if place else shapes_of(settings)
    idle = idle or (Idle.IGNORE if quality else Idle.INFO)
    job = Job(severity=severity.value, idle=idle.value, engine=engine.value if engine else None)
    with _data(settings, files or [], release, endpoint, graph or []) as (store, written):
        report = _asked(settings, store) if links else check(store, chosen, job, written)
    typer.echo(FORMATS[form.value](report, job.severity), nl=False)
    if not report.conforms(job.severity):
        raise typer.Exit(1)


@contextmanager
def _data(
    settings: Settings, files: list[Path], release: int | None, endpoint: str | None, graphs: list[str]
) -> Iterator[Subject]:
    if endpoint:
        yield of_endpoint(endpoint, graphs)
    elif files:
        with _with_files(settings, files) as subject:
            yield subject
    else:
        yield of_release(require_release(Releases(settings.data_dir), release), graphs)


def _asked(settings: Settings, store: Store) -> Report:
    job = read_jobs(settings.jobs_file).job(LINKS_JOB)
    return check_links(store, job.links or LinkRules(), job.deadline)


def _shapes(path: Path) -> Shapes:
    if not path.exists():
        raise Problem("no-such-file", "There is no such file", str(path))
    return Shapes.read(path)


@contextmanager
def _with_files(settings: Settings, files: list[Path]) -> Iterator[Subject]:
    """The dataset as it would be with *files* loaded: over the published release, or else over the shipped data."""
    change = LoadGraphs(tuple(named_payloads(files)))
    builder = builder_of(settings)
    if builder.releases.current() is not None:
        with builder.rehearsal(change) as rehearsed:
            yield Subject(*rehearsed)
        return
    with tempfile.TemporaryDirectory(prefix="jwpgraph-") as folder:
        apart = replace(builder, releases=Releases(Path(folder)))
        with apart.rehearsal(LoadGraphs(shipped_change().graphs + change.graphs)) as rehearsed:
            yield Subject(*rehearsed)
