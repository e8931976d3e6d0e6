"""One run of a job: read the data, run the engine or both, and say what was found and whether it conforms."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import Store

from jwpgraph.problems import Problem
from jwpgraph.releases.directory import Releases
from jwpgraph.releases.gate import Shapes
from jwpgraph.releases.written_literals import AS_STORED, WrittenLiterals
from jwpgraph.shipped_files import shipped
from jwpgraph.validation.engines import data_of, validate
from jwpgraph.validation.history import Findings
from jwpgraph.validation.inputs import Subject, of_endpoint, of_files, of_release
from jwpgraph.validation.jobs import Job
from jwpgraph.validation.link_rules import LinkRules
from jwpgraph.validation.links import check_links
from jwpgraph.validation.report import SEVERITIES, Report, Result, Severity, counts
from jwpgraph.validation.targets import has_targets, idle_results
from jwpgraph.vocabulary import BASE

#: What stands for the constraint component in a result that says that one engine alone has another result.
ENGINES_DISAGREE = f"<{BASE}validation#EnginesDisagree>"


#: The part of its deadline that a check of links may spend on asking.
_ASKING = 0.9


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What a run needs to know besides the job.

    Args:
        job: what is validated, and how.
        data_dir: where the releases are.
        release: which of them, where the job is about a release.
        shapes_dir: the shapes where the job names none; default: the shipped ones.
    """

    job: Job
    data_dir: Path
    release: int | None = None
    shapes_dir: Path | None = None


def perform(request: RunRequest) -> Findings:
    """Run a job in this process.

    Raises:
        Problem: whatever keeps the data or the shapes from being read.
    """
    started = time.perf_counter()
    job = request.job
    if job.checks == "links":
        return _links(request, started)
    shapes = Shapes.read(job.own_shapes or request.shapes_dir or shipped("shapes"))
    store, written = _data(request)
    found = check(store, shapes, job, written)
    seconds = round(time.perf_counter() - started, 3)
    return Findings(
        found.results, found.conforms(job.severity), found.engine, found.engine_version, seconds, shapes.digest
    )


def _links(request: RunRequest, started: float) -> Findings:
    rules = request.job.links or LinkRules()
    # In time to say what is wrong before the process is stopped.
    found = check_links(_data(request).store, rules, request.job.deadline * _ASKING)
    seconds = round(time.perf_counter() - started, 3)
    digest = hashlib.sha256(rules.model_dump_json().encode()).hexdigest()
    conforms = found.conforms(request.job.severity)
    return Findings(found.results, conforms, found.engine, found.engine_version, seconds, digest)


def check(store: Store, shapes: Shapes, job: Job, written: WrittenLiterals = AS_STORED) -> Report:
    """The report on the union of *store*, idle shapes and disagreements of the engines included.

    Its literals are judged as they were *written*.

    Raises:
        Problem: ``bad-shapes`` where no shape says what it is about: a wrong file must not look as if all were well.
    """
    if not has_targets(shapes):
        raise Problem("bad-shapes", "The shapes cannot be used", "none of them has a target", status=500)
    data = data_of(store, written)
    if job.engine == "both":
        report = compared(validate(data, shapes, "fast"), validate(data, shapes, "reference"))
    else:
        report = validate(data, shapes, job.engine)
    if job.idle == "ignore":
        return report
    return with_results(report, idle_results(store, shapes, job.idle))


def compared(first: Report, second: Report) -> Report:
    """Both engines' results, each once, and a violation for each that one of them alone has."""
    by_fingerprint = {result.fingerprint: result for result in (*first.results, *second.results)}
    one, other = counts(first.results), counts(second.results)
    disagreements = []
    for fingerprint in sorted((one - other).keys() | (other - one).keys()):
        result = by_fingerprint[fingerprint]
        more = first if one[fingerprint] > other[fingerprint] else second
        less = second if more is first else first
        text = (
            f"{more.engine} {more.engine_version} reports {result.component} here"
            f" {max(one[fingerprint], other[fingerprint])} times,"
            f" {less.engine} {less.engine_version} {min(one[fingerprint], other[fingerprint])} times."
            " One of the engines has a fault, or the shape asks what SHACL leaves open: rewrite it until they agree."
        )
        disagreements.append(
            Result(
                result.focus, result.shape, ENGINES_DISAGREE, "violation", result.path, result.component, {"en": text}
            )
        )
    results = list(first.results)
    results += [by_fingerprint[fingerprint] for fingerprint in (other - one).elements()]
    merged = Report(
        (),
        first.turtle,
        f"{first.engine}+{second.engine}",
        f"{first.engine_version}+{second.engine_version}",
        first.seconds + second.seconds,
    )
    return with_results(merged, [*results, *disagreements])


def with_results(report: Report, more: Iterable[Result]) -> Report:
    """*report* with further results, in the usual order."""
    results = sorted((*report.results, *more), key=lambda result: (_rank(result.severity), result.shape, result.focus))
    return Report(tuple(results), report.turtle, report.engine, report.engine_version, report.seconds)


def _rank(severity: Severity) -> int:
    return SEVERITIES.index(severity)


def _data(request: RunRequest) -> Subject:
    job = request.job
    if job.endpoint:
        return of_endpoint(job.endpoint, job.graphs)
    if job.files:
        return of_files(job.files)
    releases = Releases(request.data_dir)
    release = releases.require_current() if request.release is None else releases.get(request.release)
    return of_release(release, job.graphs)
