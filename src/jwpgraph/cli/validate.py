"""``jwpgraph validate``: SHACL validation, quality checks and link checks on the command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from pyoxigraph import Store

from jwpgraph.cli import abandon_output
from jwpgraph.cli.load import list_payloads
from jwpgraph.operations.builder_factory import load_shapes, make_builder, make_shipped_change
from jwpgraph.problems import ProblemError
from jwpgraph.releases.changes import LoadGraphs
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.gate import ShapesGraph
from jwpgraph.releases.maintenance import require_release
from jwpgraph.settings import Settings, load_settings
from jwpgraph.shipped_files import get_shipped_path
from jwpgraph.temporary_folders import make_temporary_folder
from jwpgraph.validation.bounded_engine import BoundedEngine
from jwpgraph.validation.inputs import Subject, read_endpoint, read_release
from jwpgraph.validation.job_file import LINKS_JOB, ValidationJob, read_jobs
from jwpgraph.validation.link_check import check_links
from jwpgraph.validation.link_rules import LinkRules
from jwpgraph.validation.report import ValidationReport
from jwpgraph.validation.report_formats import FORMATS
from jwpgraph.validation.runs import check_store


class ReportFormat(StrEnum):
    """Output format of the report."""

    TEXT = "text"
    TURTLE = "turtle"
    JSON = "json"
    HTML = "html"
    JUNIT = "junit"
    SARIF = "sarif"
    GITHUB = "github"


class EngineChoice(StrEnum):
    """SHACL engine."""

    FAST = "fast"
    REFERENCE = "reference"
    BOTH = "both"


class FailureSeverity(StrEnum):
    """Lowest severity that fails."""

    VIOLATION = "violation"
    WARNING = "warning"
    INFO = "info"


class IdlePolicy(StrEnum):
    """Severity of a result about a shape without focus nodes."""

    IGNORE = "ignore"
    INFO = "info"
    WARNING = "warning"
    VIOLATION = "violation"


_DEADLINE = 600.0
_LONGEST_DEADLINE = 86_400.0
_EPILOG = """Exit codes: 0 conforms, 1 does not conform, 2 error.

Examples:

    jwpgraph validate                              (the published release)

    jwpgraph validate new.ttl --severity warning --format json

    jwpgraph validate data.nq --shapes my-shapes/ --engine both

    jwpgraph validate --quality                    (SKOS, languages, links, sources: docs/quality.md)

    jwpgraph validate --links --severity warning   (sends requests to other servers; rules in JWPGRAPH_JOBS_FILE)

    jwpgraph validate --endpoint https://example.org/sparql --graph https://example.org/g --idle violation
"""


def register(app: typer.Typer) -> None:
    """Add the command of this module to *app*."""
    app.command("validate", epilog=_EPILOG)(validate_)


def validate_(
    files: Annotated[list[Path] | None, typer.Argument(help="RDF files; default: the published release.")] = None,
    shapes: Annotated[
        Path | None, typer.Option(help="File or folder of shapes; default: the shapes of the service.")
    ] = None,
    quality: Annotated[bool, typer.Option("--quality", help="Run quality checks instead of the shapes.")] = False,
    links: Annotated[
        bool, typer.Option("--links", help="Check external links instead of the shapes, like the job `links`.")
    ] = False,
    release: Annotated[int | None, typer.Option(help="Validate this release instead of the published one.")] = None,
    endpoint: Annotated[str | None, typer.Option(help="Validate the data of this SPARQL endpoint.")] = None,
    graph: Annotated[list[str] | None, typer.Option(help="Validate only this graph; repeatable.")] = None,
    engine: Annotated[EngineChoice | None, typer.Option(help="SHACL engine; default: fast if it is installed.")] = None,
    severity: Annotated[FailureSeverity, typer.Option(help="Lowest severity that fails.")] = FailureSeverity.VIOLATION,
    idle: Annotated[
        IdlePolicy | None,
        typer.Option(help="Severity of shapes without focus nodes; default: info, with --quality: ignore."),
    ] = None,
    deadline: Annotated[
        float, typer.Option(metavar="SECONDS", help="Time limit of the engines; up to 86400.")
    ] = _DEADLINE,
    form: Annotated[ReportFormat, typer.Option("--format", help="Output format of the report.")] = ReportFormat.TEXT,
) -> None:
    """Validate a release, files or an endpoint against the shapes, run quality checks, or check links.

    Files are validated as if they had been loaded: on top of the published release or, if there is none, of the shipped
    data, including entailments. Nothing is published, and no history is recorded: use `schedule` for that.
    """
    if not 0 < deadline <= _LONGEST_DEADLINE:
        raise typer.BadParameter(f"--deadline takes a number of seconds up to {_LONGEST_DEADLINE:g}")
    if sum((bool(files), release is not None, endpoint is not None)) > 1:
        raise typer.BadParameter("give only one of files, --release and --endpoint")
    if graph and files:
        raise typer.BadParameter("--graph requires a release or an endpoint")
    if endpoint is not None and not endpoint.startswith(("http://", "https://")):
        raise typer.BadParameter("--endpoint takes an http or https URL")
    if sum((quality, links, shapes is not None)) > 1:
        raise typer.BadParameter("give only one of --shapes, --quality and --links")
    if links and engine:
        raise typer.BadParameter("--links cannot be combined with --engine")
    idle = idle or (IdlePolicy.IGNORE if quality else IdlePolicy.INFO)
    job = ValidationJob(severity=severity.value, idle=idle.value, engine=engine.value if engine else None)
    with _without_verdict():
        settings = load_settings()
        place = get_shipped_path("quality") if quality else shapes
        chosen = _read_shapes(place) if place else load_shapes(settings)
        with _read_data(settings, files or [], release, endpoint, graph or []) as (store, written):
            if links:
                report = _check_links(settings, store)
            else:
                report = check_store(store, chosen, job, written, BoundedEngine(deadline))
    conforms = report.conforms(job.severity)
    try:
        typer.echo(FORMATS[form.value](report, job.severity), nl=False)
    except BrokenPipeError:
        if conforms:
            raise
        abandon_output()
    if not conforms:
        raise typer.Exit(1)


@contextmanager
def _without_verdict() -> Iterator[None]:
    """Let every problem end the command with exit code 2, because 1 means that the data does not conform."""
    try:
        yield
    except ProblemError as problem:
        problem.exit_code = 2
        raise


@contextmanager
def _read_data(
    settings: Settings, files: list[Path], release: int | None, endpoint: str | None, graphs: list[str]
) -> Iterator[Subject]:
    if endpoint:
        yield read_endpoint(endpoint, graphs)
    elif files:
        with _load_with_files(settings, files) as subject:
            yield subject
    else:
        yield read_release(require_release(ReleaseDirectory(settings.data_dir), release), graphs)


def _check_links(settings: Settings, store: Store) -> ValidationReport:
    job = read_jobs(settings.jobs_file).job(LINKS_JOB)
    return check_links(store, job.links or LinkRules(), job.deadline)


def _read_shapes(path: Path) -> ShapesGraph:
    if not path.exists():
        raise ProblemError("no-such-file", "There is no such file", str(path))
    return ShapesGraph.read(path)


@contextmanager
def _load_with_files(settings: Settings, files: list[Path]) -> Iterator[Subject]:
    """Yield the dataset as it would be after loading *files* on the published release, or else on the shipped data."""
    change = LoadGraphs(tuple(list_payloads(files)))
    builder = make_builder(settings)
    if builder.releases.current() is not None:
        with builder.dry_run(change) as rehearsed:
            yield Subject(*rehearsed)
        return
    with make_temporary_folder() as folder:
        apart = replace(builder, releases=ReleaseDirectory(Path(folder)))
        with apart.dry_run(LoadGraphs(make_shipped_change().graphs + change.graphs)) as rehearsed:
            yield Subject(*rehearsed)
