"""What validation remembers, as RDF: PROV for what came when and from what, DQV for counts, SHACL for results.

A result is a ``prov:Entity`` that came to be with the first run that had it (``prov:generatedAtTime``) and ceased with
the first that had it no longer (``prov:invalidatedAtTime``), so that "since when?" and "what was open on that day?" are
plain queries (docs/validation.md).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator

import orjson
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, parse

from jwpgraph.validation.report import SH, ValidationResult
from jwpgraph.validation.result_queries import RunRecord, TrackedResult, get_run, list_runs
from jwpgraph.vocabulary import BASE, PREFIXES

VALIDATION = BASE + "validation"
_DQV = "http://www.w3.org/ns/dqv#"
_PROV = PREFIXES["prov"]
_DCTERMS = PREFIXES["dcterms"]
_SKOS = PREFIXES["skos"]
_XSD = PREFIXES["xsd"]
_TYPE = NamedNode(PREFIXES["rdf"] + "type")
_METRICS = {
    "violations": "Number of SHACL results of severity violation.",
    "warnings": "Number of SHACL results of severity warning.",
    "infos": "Number of SHACL results of severity info.",
}

RdfTerm = NamedNode | BlankNode | Literal


def make_run_iri(number: int) -> str:
    """The IRI of a run; its path on this server is its page."""
    return f"{VALIDATION}/runs/{number}"


def make_result_iri(fingerprint: str, since_run: int) -> str:
    """The IRI of a result from the run that first had it (again) to the one that had it no longer."""
    return f"{VALIDATION}/results/{fingerprint}/{since_run}"


def make_run_quads(run: RunRecord, results: Iterable[TrackedResult]) -> Iterator[Quad]:
    """A run with its report and its results."""
    yield from _make_run_quads(run)
    report = f"{make_run_iri(run.id)}#report"
    for result in results:
        yield _make_quad(report, SH + "result", NamedNode(make_result_iri(result.fingerprint, result.since_run)))
        yield from make_tracked_result_quads(result)


def make_tracked_result_quads(result: TrackedResult) -> Iterator[Quad]:
    """A result with its times."""
    values = (result.fingerprint, result.since_run, result.fixed_run, result.since, result.fixed)
    yield from _make_interval_quads(*values)
    found = ValidationResult(
        result.focus, result.shape, result.component, result.severity, result.path, result.value, result.messages
    )
    yield from make_result_quads(found, make_result_iri(result.fingerprint, result.since_run))


def make_history_quads(db: sqlite3.Connection) -> Iterator[Quad]:
    """Everything that is remembered but acknowledgements, which name people."""
    for run in list_runs(db, limit=-1):
        if run.outcome != "running":
            yield from _make_run_quads(run)
    rows = db.execute(
        "SELECT p.fingerprint, p.since, p.until, s.started AS since_time, u.started AS until_time, r.*"
        " FROM presence p JOIN result r ON r.fingerprint = p.fingerprint JOIN run s ON s.id = p.since"
        " LEFT JOIN run u ON u.id = p.until"
    )
    for row in rows:
        key, since = row["fingerprint"], row["since"]
        yield from _make_interval_quads(key, since, row["until"], row["since_time"], row["until_time"])
        columns = {name: row[name] for name in ("focus", "shape", "component", "severity", "path", "value")}
        yield from make_result_quads(
            ValidationResult(**columns, messages=orjson.loads(row["messages"])), make_result_iri(key, since)
        )


def describe_run(db: sqlite3.Connection, number: int) -> list[Quad]:
    """A run without its results; nothing where there is no such run."""
    run = get_run(db, number)
    return list(_make_run_quads(run)) if run else []


def _make_run_quads(run: RunRecord) -> Iterator[Quad]:
    this, report = make_run_iri(run.id), f"{make_run_iri(run.id)}#report"
    yield _make_quad(this, _TYPE.value, NamedNode(_PROV + "Activity"))
    yield _make_quad(this, _DCTERMS + "title", Literal(f"Validation run {run.id} of {run.job}", language="en"))
    yield _make_quad(this, _DCTERMS + "subject", Literal(run.subject))
    yield _make_quad(this, _DCTERMS + "identifier", Literal(str(run.id)))
    yield _make_quad(this, _DCTERMS + "isPartOf", NamedNode(f"{VALIDATION}/jobs/{run.job}"))
    yield _make_quad(this, _PROV + "startedAtTime", _time_literal(run.started))
    if run.finished:
        yield _make_quad(this, _PROV + "endedAtTime", _time_literal(run.finished))
    yield _make_quad(this, SH + "resultMessage", Literal(run.problem or run.outcome))
    if run.outcome != "finished":
        return
    if run.engine:
        software = f"{this}#engine"
        yield _make_quad(this, _PROV + "wasAssociatedWith", NamedNode(software))
        yield _make_quad(software, _TYPE.value, NamedNode(_PROV + "SoftwareAgent"))
        yield _make_quad(software, _DCTERMS + "title", Literal(f"{run.engine} {run.engine_version}"))
    computed_on = f"{BASE}api/v1/releases/{run.release}" if run.release else None
    if computed_on:
        yield _make_quad(this, _PROV + "used", NamedNode(computed_on))
    yield _make_quad(report, _TYPE.value, NamedNode(SH + "ValidationReport"))
    yield _make_quad(report, _TYPE.value, NamedNode(_DQV + "QualityMetadata"))
    yield _make_quad(report, _PROV + "wasGeneratedBy", NamedNode(this))
    yield _make_quad(report, SH + "conforms", Literal(bool(run.conforms)))
    for name, text in _METRICS.items():
        measurement, metric = f"{this}#{name}", f"{VALIDATION}#{name}"
        yield _make_quad(measurement, _TYPE.value, NamedNode(_DQV + "QualityMeasurement"))
        yield _make_quad(measurement, _DQV + "isMeasurementOf", NamedNode(metric))
        yield _make_quad(measurement, _DQV + "value", Literal(int(getattr(run, name) or 0)))
        yield _make_quad(measurement, _PROV + "wasGeneratedBy", NamedNode(this))
        if computed_on:
            yield _make_quad(measurement, _DQV + "computedOn", NamedNode(computed_on))
        yield _make_quad(metric, _TYPE.value, NamedNode(_DQV + "Metric"))
        yield _make_quad(metric, _SKOS + "definition", Literal(text, language="en"))


def _make_interval_quads(
    fingerprint: str, since_run: int, until_run: int | None, since: str, until: str | None
) -> Iterator[Quad]:
    this = make_result_iri(fingerprint, since_run)
    yield _make_quad(this, _TYPE.value, NamedNode(_PROV + "Entity"))
    yield _make_quad(this, _DCTERMS + "identifier", Literal(fingerprint))
    yield _make_quad(this, _PROV + "wasGeneratedBy", NamedNode(make_run_iri(since_run)))
    yield _make_quad(this, _PROV + "generatedAtTime", _time_literal(since))
    if until_run is not None and until is not None:
        yield _make_quad(this, _PROV + "wasInvalidatedBy", NamedNode(make_run_iri(until_run)))
        yield _make_quad(this, _PROV + "invalidatedAtTime", _time_literal(until))


def make_result_quads(result: ValidationResult, this: str = "urn:result") -> Iterator[Quad]:
    """A result as SHACL describes it (section 3.6.2).

    Args:
        result: what was found.
        this: its IRI.
    """
    yield _make_quad(this, _TYPE.value, NamedNode(SH + "ValidationResult"))
    yield _make_quad(this, SH + "resultSeverity", NamedNode(SH + result.severity.capitalize()))
    found = {
        "sourceShape": _parse_term(result.shape),
        "focusNode": _parse_term(result.focus),
        "sourceConstraintComponent": _parse_term(result.component),
        "value": _parse_term(result.value),
    }
    path = result.path
    if path and path.startswith("<") and path.endswith(">") and path.count("<") == 1:
        found["resultPath"] = _parse_term(path)
    elif path:
        # A longer path would need blank nodes; as SPARQL writes it, it can be read.
        found["resultAnnotation"] = Literal(path)
    for name, term in found.items():
        if term is not None:
            yield _make_quad(this, SH + name, term)
    for language, text in result.messages.items():
        yield _make_quad(this, SH + "resultMessage", Literal(text, language=language or None))


def _parse_term(written: str | None) -> RdfTerm | None:
    """The term that *written* is in N-Triples syntax; blank nodes are not told from one another and stay out."""
    if not written or written.startswith("_:"):
        return None
    try:
        line = f"<urn:s> <urn:p> {written} ."
        found = next(iter(parse(line.encode(), format=RdfFormat.N_TRIPLES))).object
    except (SyntaxError, StopIteration):
        return None
    return found if isinstance(found, NamedNode | Literal) else None


def _time_literal(text: str) -> Literal:
    return Literal(text, datatype=NamedNode(_XSD + "dateTime"))


def _make_quad(subject: str, predicate: str, value: RdfTerm) -> Quad:
    return Quad(NamedNode(subject), NamedNode(predicate), value)
