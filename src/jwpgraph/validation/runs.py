"""One run of a job: read the data, run one engine or both, and return the findings."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import Store

from jwpgraph.problems import ProblemError
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.gate import ShapesGraph
from jwpgraph.releases.written_literals import AS_STORED, WrittenLiterals
from jwpgraph.shipped_files import get_shipped_path
from jwpgraph.validation.engines import EngineName, run_engine, union_as_n_triples
from jwpgraph.validation.history import RunFindings
from jwpgraph.validation.inputs import Subject, read_endpoint, read_files, read_release
from jwpgraph.validation.job_file import ValidationJob
from jwpgraph.validation.link_check import check_links
from jwpgraph.validation.link_rules import LinkRules
from jwpgraph.validation.report import SEVERITIES, Severity, ValidationReport, ValidationResult, count_fingerprints
from jwpgraph.validation.target_checks import find_idle_shapes, has_targets
from jwpgraph.vocabulary import BASE

#: Value of the constraint component of a result that only one of two engines reports.
ENGINES_DISAGREE = f"<{BASE}validation#EnginesDisagree>"

#: A function such as :func:`.engines.run_engine`.
EngineRun = Callable[[str, ShapesGraph, EngineName | None], ValidationReport]

#: Share of the deadline that a link check may spend on requests.
_LINK_CHECK_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class RunRequest:
    """Parameters of a run.

    Args:
        job: the job.
        data_dir: the data directory.
        release: the number of the release to validate, for jobs about a release.
        shapes_dir: the shapes for jobs without their own; default: the shipped shapes.
    """

    job: ValidationJob
    data_dir: Path
    release: int | None = None
    shapes_dir: Path | None = None


def perform_run(request: RunRequest) -> RunFindings:
    """Run a job in this process.

    Returns:
        The findings.

    Raises:
        ProblemError: if the data or the shapes cannot be read.
    """
    started = time.perf_counter()
    job = request.job
    if job.checks == "links":
        return _check_links(request, started)
    shapes = ShapesGraph.read(job.own_shapes or request.shapes_dir or get_shipped_path("shapes"))
    store, written = _read_data(request)
    found = check_store(store, shapes, job, written)
    seconds = round(time.perf_counter() - started, 3)
    return RunFindings(
        found.results, found.conforms(job.severity), found.engine, found.engine_version, seconds, shapes.digest
    )


def _check_links(request: RunRequest, started: float) -> RunFindings:
    rules = request.job.links or LinkRules()
    # Ends before the deadline, so that the run can report the problem before its process is stopped.
    found = check_links(_read_data(request).store, rules, request.job.deadline * _LINK_CHECK_SHARE)
    seconds = round(time.perf_counter() - started, 3)
    digest = hashlib.sha256(rules.model_dump_json().encode()).hexdigest()
    conforms = found.conforms(request.job.severity)
    return RunFindings(found.results, conforms, found.engine, found.engine_version, seconds, digest)


def check_store(
    store: Store,
    shapes: ShapesGraph,
    job: ValidationJob,
    written: WrittenLiterals = AS_STORED,
    run: EngineRun = run_engine,
) -> ValidationReport:
    """Return the report on the union of *store*, including idle shapes and disagreements between engines.

    Args:
        store: the data.
        shapes: the shapes graph.
        job: the engine and the options.
        written: the original lexical forms of the literals, which are validated.
        run: runs an engine.

    Raises:
        ProblemError: ``bad-shapes`` if no shape has a target, so that a wrong file is not reported as conforming.
    """
    if not has_targets(shapes):
        raise ProblemError("bad-shapes", "The shapes cannot be used", "none of them has a target", status=500)
    data = union_as_n_triples(store, written)
    if job.engine == "both":
        report = compare_reports(run(data, shapes, "fast"), run(data, shapes, "reference"))
    else:
        report = run(data, shapes, job.engine)
    if job.idle == "ignore":
        return report
    return add_results(report, find_idle_shapes(store, shapes, job.idle))


def compare_reports(first: ValidationReport, second: ValidationReport) -> ValidationReport:
    """Return the results of both engines without duplicates, and a violation for each result that only one reports."""
    by_fingerprint = {result.fingerprint: result for result in (*first.results, *second.results)}
    one, other = count_fingerprints(first.results), count_fingerprints(second.results)
    disagreements = []
    for fingerprint in sorted((one - other).keys() | (other - one).keys()):
        result = by_fingerprint[fingerprint]
        more = first if one[fingerprint] > other[fingerprint] else second
        less = second if more is first else first
        text = (
            f"{more.engine} {more.engine_version} reports {result.component} here"
            f" {max(one[fingerprint], other[fingerprint])} times,"
            f" {less.engine} {less.engine_version} {min(one[fingerprint], other[fingerprint])} times."
            " One of the engines has a fault, or SHACL leaves the result undefined: rewrite it until they agree."
        )
        disagreements.append(
            ValidationResult(
                result.focus, result.shape, ENGINES_DISAGREE, "violation", result.path, result.component, {"en": text}
            )
        )
    results = list(first.results)
    results += [by_fingerprint[fingerprint] for fingerprint in (other - one).elements()]
    merged = ValidationReport(
        (),
        first.turtle,
        f"{first.engine}+{second.engine}",
        f"{first.engine_version}+{second.engine_version}",
        first.seconds + second.seconds,
    )
    return add_results(merged, [*results, *disagreements])


def add_results(report: ValidationReport, more: Iterable[ValidationResult]) -> ValidationReport:
    """Return *report* with further results, in the usual order."""
    results = sorted(
        (*report.results, *more), key=lambda result: (_get_severity_rank(result.severity), result.shape, result.focus)
    )
    return ValidationReport(tuple(results), report.turtle, report.engine, report.engine_version, report.seconds)


def _get_severity_rank(severity: Severity) -> int:
    return SEVERITIES.index(severity)


def _read_data(request: RunRequest) -> Subject:
    job = request.job
    if job.endpoint:
        return read_endpoint(job.endpoint, job.graphs)
    if job.files:
        return read_files(job.files)
    releases = ReleaseDirectory(request.data_dir)
    release = releases.require_current() if request.release is None else releases.get(request.release)
    return read_release(release, job.graphs)
