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

from jwpgraph.validation.findings import Run, Standing, get_run, list_runs
from jwpgraph.validation.report import SH, Result
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

Term = NamedNode | BlankNode | Literal


def run_iri(number: int) -> str:
    """The IRI of a run; its path on this server is its page."""
    return f"{VALIDATION}/runs/{number}"


def result_iri(fingerprint: str, since_run: int) -> str:
    """The IRI of a result from the run that first had it (again) to the one that had it no longer."""
    return f"{VALIDATION}/results/{fingerprint}/{since_run}"


def run_quads(run: Run, results: Iterable[Standing]) -> Iterator[Quad]:
    """A run with its report and its results."""
    yield from _run_quads(run)
    report = f"{run_iri(run.id)}#report"
    for result in results:
        yield _quad(report, SH + "result", NamedNode(result_iri(result.fingerprint, result.since_run)))
        yield from standing_quads(result)


def standing_quads(result: Standing) -> Iterator[Quad]:
    """A result with its times."""
    values = (result.fingerprint, result.since_run, result.fixed_run, result.since, result.fixed)
    yield from _presence_quads(*values)
    found = Result(
        result.focus, result.shape, result.component, result.severity, result.path, result.value, result.messages
    )
    yield from result_quads(found, result_iri(result.fingerprint, result.since_run))


def history_quads(db: sqlite3.Connection) -> Iterator[Quad]:
    """Everything that is remembered but acknowledgements, which name people."""
    for run in list_runs(db, limit=-1):
        if run.outcome != "running":
            yield from _run_quads(run)
    rows = db.execute(
        "SELECT p.fingerprint, p.since, p.until, s.started AS since_time, u.started AS until_time, r.*"
        " FROM presence p JOIN result r ON r.fingerprint = p.fingerprint JOIN run s ON s.id = p.since"
        " LEFT JOIN run u ON u.id = p.until"
    )
    for row in rows:
        key, since = row["fingerprint"], row["since"]
        yield from _presence_quads(key, since, row["until"], row["since_time"], row["until_time"])
        columns = {name: row[name] for name in ("focus", "shape", "component", "severity", "path", "value")}
        yield from result_quads(Result(**columns, messages=orjson.loads(row["messages"])), result_iri(key, since))


def describe_run(db: sqlite3.Connection, number: int) -> list[Quad]:
    """A run without its results; nothing where there is no such run."""
    run = get_run(db, number)
    return list(_run_quads(run)) if run else []


def _run_quads(run: Run) -> Iterator[Quad]:
    this, report = run_iri(run.id), f"{run_iri(run.id)}#report"
    yield _quad(this, _TYPE.value, NamedNode(_PROV + "Activity"))
    yield _quad(this, _DCTERMS + "title", Literal(f"Validation run {run.id} of {run.job}", language="en"))
    yield _quad(this, _DCTERMS + "subject", Literal(run.subject))
    yield _quad(this, _DCTERMS + "identifier", Literal(str(run.id)))
    yield _quad(this, _DCTERMS + "isPartOf", NamedNode(f"{VALIDATION}/jobs/{run.job}"))
    yield _quad(this, _PROV + "startedAtTime", _time(run.started))
    if run.finished:
        yield _quad(this, _PROV + "endedAtTime", _time(run.finished))
    yield _quad(this, SH + "resultMessage", Literal(run.problem or run.outcome))
    if run.outcome != "finished":
        return
    if run.engine:
        software = f"{this}#engine"
        yield _quad(this, _PROV + "wasAssociatedWith", NamedNode(software))
        yield _quad(software, _TYPE.value, NamedNode(_PROV + "SoftwareAgent"))
        yield _quad(software, _DCTERMS + "title", Literal(f"{run.engine} {run.engine_version}"))
    computed_on = f"{BASE}api/v1/releases/{run.release}" if run.release else None
    if computed_on:
        yield _quad(this, _PROV + "used", NamedNode(computed_on))
    yield _quad(report, _TYPE.value, NamedNode(SH + "ValidationReport"))
    yield _quad(report, _TYPE.value, NamedNode(_DQV + "QualityMetadata"))
    yield _quad(report, _PROV + "wasGeneratedBy", NamedNode(this))
    yield _quad(report, SH + "conforms", Literal(bool(run.conforms)))
    for name, text in _METRICS.items():
        measurement, metric = f"{this}#{name}", f"{VALIDATION}#{name}"
        yield _quad(measurement, _TYPE.value, NamedNode(_DQV + "QualityMeasurement"))
        yield _quad(measurement, _DQV + "isMeasurementOf", NamedNode(metric))
        yield _quad(measurement, _DQV + "value", Literal(int(getattr(run, name) or 0)))
        yield _quad(measurement, _PROV + "wasGeneratedBy", NamedNode(this))
        if computed_on:
            yield _quad(measurement, _DQV + "computedOn", NamedNode(computed_on))
        yield _quad(metric, _TYPE.value, NamedNode(_DQV + "Metric"))
        yield _quad(metric, _SKOS + "definition", Literal(text, language="en"))


def _presence_quads(
    fingerprint: str, since_run: int, until_run: int | None, since: str, until: str | None
) -> Iterator[Quad]:
    this = result_iri(fingerprint, since_run)
    yield _quad(this, _TYPE.value, NamedNode(_PROV + "Entity"))
    yield _quad(this, _DCTERMS + "identifier", Literal(fingerprint))
    yield _quad(this, _PROV + "wasGeneratedBy", NamedNode(run_iri(since_run)))
    yield _quad(this, _PROV + "generatedAtTime", _time(since))
    if until_run is not None and until is not None:
        yield _quad(this, _PROV + "wasInvalidatedBy", NamedNode(run_iri(until_run)))
        yield _quad(this, _PROV + "invalidatedAtTime", _time(until))


def result_quads(result: Result, this: str = "urn:result") -> Iterator[Quad]:
    """A result as SHACL describes it (section 3.6.2).

    Args:
        result: what was found.
        this: its IRI.
    """
    yield _quad(this, _TYPE.value, NamedNode(SH + "ValidationResult"))
    yield _quad(this, SH + "resultSeverity", NamedNode(SH + result.severity.capitalize()))
    found = {
        "sourceShape": _term(result.shape),
        "focusNode": _term(result.focus),
        "sourceConstraintComponent": _term(result.component),
        "value": _term(result.value),
    }
    path = result.path
    if path and path.startswith("<") and path.endswith(">") and path.count("<") == 1:
        found["resultPath"] = _term(path)
    elif path:
        # A longer path would need blank nodes; as SPARQL writes it, it can be read.
        found["resultAnnotation"] = Literal(path)
    for name, term in found.items():
        if term is not None:
            yield _quad(this, SH + name, term)
    for language, text in result.messages.items():
        yield _quad(this, SH + "resultMessage", Literal(text, language=language or None))


def _term(written: str | None) -> Term | None:
    """The term that *written* is in N-Triples syntax; blank nodes are not told from one another and stay out."""
    if not written or written.startswith("_:"):
        return None
    try:
        line = f"<urn:s> <urn:p> {written} ."
        found = next(iter(parse(line.encode(), format=RdfFormat.N_TRIPLES))).object
    except (SyntaxError, StopIteration):
        return None
    return found if isinstance(found, NamedNode | Literal) else None


def _time(text: str) -> Literal:
    return Literal(text, datatype=NamedNode(_XSD + "dateTime"))


def _quad(subject: str, predicate: str, value: Term) -> Quad:
    return Quad(NamedNode(subject), NamedNode(predicate), value)
