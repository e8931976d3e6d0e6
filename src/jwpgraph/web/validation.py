"""Pages of validation: open results, their age, their remedies, and the history."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import Request
from pyoxigraph import RdfFormat, parse
from starlette.responses import RedirectResponse, Response

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.iri_mapping import iri_to_path, quote_iri
from jwpgraph.entities.nodes import LABEL_PROPERTIES, NOTATION, EntityNode, collect_nodes
from jwpgraph.http.conditional_requests import is_not_modified
from jwpgraph.http.declared_parameters import takes
from jwpgraph.http.unknown_names import make_unknown_name_problem, make_wrong_choice_problem
from jwpgraph.linked_data.documents import read_quality_quads, read_shapes_quads
from jwpgraph.linked_data.json_ld_context import compact_iri
from jwpgraph.linked_data.routing import Site
from jwpgraph.problems import ProblemError
from jwpgraph.releases.gate import ShapesGraph
from jwpgraph.validation.history import RunChanges, ValidationHistory
from jwpgraph.validation.history import get_current_time as moment
from jwpgraph.validation.report import SEVERITIES, Severity
from jwpgraph.validation.result_queries import (
    STATES,
    ResultFilter,
    ResultState,
    RunRecord,
    TrackedResult,
    count_by_focus,
    count_by_shape,
    count_by_state,
    count_new_and_fixed,
    count_results,
    get_latest_run,
    get_results,
    get_run,
    list_results,
    list_run_results,
    list_runs,
    list_seen_jobs,
    read_run_changes,
    read_trend,
)
from jwpgraph.validation.route_dependency import Validation
from jwpgraph.validation.service import ValidationService
from jwpgraph.validation.shape_catalogue import ShapeEntry, get_shape_entry, read_shape_entries
from jwpgraph.vocabulary import QUALITY, SHAPES
from jwpgraph.web.content_names import count_names
from jwpgraph.web.entity_view import ValueView, make_reference
from jwpgraph.web.labels.validation import label_filter, run_verdict, shorten_iris
from jwpgraph.web.languages import choose_languages, list_parameters, use_locale
from jwpgraph.web.page_router import PageRouter
from jwpgraph.web.paging import parse_offset
from jwpgraph.web.rendering import HTML, make_page_headers, redirect_to_machine_form, render_template

_SHOWN = 100
#: Number of results that are sorted before a part of them is shown.
_RUNS_CONSIDERED = 1000
_RUNS = 20
_ENTITIES = 20
_WIDTH, _HEIGHT = 120, 24


@dataclass(frozen=True, slots=True)
class ShapeTexts:
    """Texts of the shapes, and the preferred languages of messages."""

    entries: Mapping[str, ShapeEntry]
    languages: Sequence[str]

    def of(self, shape: str) -> ShapeEntry:
        """Return the entry of *shape*."""
        return get_shape_entry(shape, self.entries)


@dataclass(slots=True)
class ResultView:
    """A result as a sentence."""

    standing: TrackedResult
    focus: ValueView
    value: ValueView | None
    path: str
    message: str
    language: str | None
    shape: ShapeEntry
    shape_href: str | None


@dataclass(slots=True)
class ShapeView:
    """A shape with its results in the latest run and their earlier numbers."""

    entry: ShapeEntry
    href: str | None
    severity: str
    count: int
    points: str
    spoken: str


def read_open_results(validation: ValidationService, iri: str) -> list[TrackedResult]:
    """Return the open results about an entity, without duplicates across series; empty if they cannot be read."""
    try:
        with validation.history.connect() as db:
            found = list_results(db, ResultFilter(focus=f"<{iri}>"), limit=_SHOWN)
    except ProblemError:
        return []
    return list({one.fingerprint: one for one in reversed(found)}.values())[::-1]


router = PageRouter()


@router.read_undocumented("/validation")
async def show_validation(request: Request, site: Site, validation: Validation, job: str | None = None) -> Response:
    """Return the page of the latest run of a job, or of the gate."""
    history = validation.history
    await validation.catch_up()
    series, run, latest, known = await asyncio.to_thread(_list_series, history, job)
    if job is not None and job not in known:
        raise make_unknown_name_problem(job)
    texts = await _read_texts(request, site, validation, series)
    values: dict[str, Any] = {}
    if run is not None:
        now = await asyncio.to_thread(_make_overview, history, run)
        names = await _read_names(site, [*now.came, *now.fixed, *now.open], [focus for focus, _ in now.by_entity])
        values = {
            "changes": now.changes,
            "came": _make_views(now.came, texts, names),
            "fixed": _make_views(now.fixed, texts, names),
            "results": _make_views(now.open, texts, names),
            "total": now.total,
            "states": now.states,
            "shapes": _make_shape_views(now.shapes, now.counted, texts),
            "trend": _get_polyline_points([one.violations or 0 for one in now.trend]),
            "trend_runs": now.trend,
            "lately": now.lately,
            "by_entity": _group_by_entity(now.by_entity, names),
        }
    runs = await asyncio.to_thread(_list_runs, history, series)
    query = urlencode({"job": series} if series else {})
    shown = {"job": series, "jobs": known, "run": run, "latest": latest, "runs": runs, "query": query}
    return await _render_answer(site, request, "validation.html", **shown, **values)


@router.read_undocumented("/validation/runs/{number}")
async def show_run(request: Request, site: Site, validation: Validation, number: int) -> Response:
    """Return the page of a run."""
    await validation.catch_up()
    if not 0 < number < 2**62:
        raise ProblemError("no-such-run", "There is no such run", f"run {number}", status=404)
    run, changes, found, fixed = await asyncio.to_thread(_read_run_with_results, validation.history, number)
    came = {*changes.new, *changes.regressed}
    texts = await _read_texts(request, site, validation, run.job)
    shown = found[: 5 * _SHOWN]
    names = await _read_names(site, [*shown, *fixed])
    return await _render_answer(
        site,
        request,
        "validation_run.html",
        run=run,
        came=_make_views([one for one in shown if one.fingerprint in came], texts, names),
        fixed=_make_views(fixed, texts, names),
        kept=_make_views([one for one in shown if one.fingerprint not in came], texts, names),
        total=len(found),
        shown=len(shown),
    )


@router.read_undocumented("/validation/results")
@takes("job", "severity", "shape", "focus", "offset", many=("state",))
async def show_results(request: Request, site: Site, validation: Validation) -> Response:
    """Return the page of tracked results with filters."""
    await validation.catch_up()
    wanted, offset = _parse_filter(request)
    found, total = await asyncio.to_thread(_find_results, validation.history, wanted, offset)
    texts = await _read_texts(request, site, validation, wanted.job)
    pairs = [(key, value) for key, value in list_parameters(request) if key != "offset"]
    with use_locale(choose_languages(request)):
        filters = [label_filter(key, value) for key, value in pairs if value]
    return await _render_answer(
        site,
        request,
        "validation_results.html",
        results=_make_views(found, texts, await _read_names(site, found)),
        total=total,
        offset=offset,
        filters=filters,
        query=urlencode(pairs),
        previous=urlencode([*pairs, ("offset", str(max(0, offset - _SHOWN)))]) if offset else None,
        following=urlencode([*pairs, ("offset", str(offset + _SHOWN))]) if offset + _SHOWN < total else None,
    )


@router.read_undocumented("/validation/results/{fingerprint}/{number}")
async def redirect_to_first_run(request: Request, site: Site, fingerprint: str, number: int) -> Response:
    """Redirect from the IRI of a result (:mod:`jwpgraph.validation.provenance`) to the run that first had it."""
    path = f"/validation/runs/{number}#r-{quote(fingerprint, safe='')}"
    return RedirectResponse(site.url(request, path), status_code=303)


@router.read_undocumented("/validation/jobs/{job}")
async def redirect_to_job(request: Request, site: Site, job: str) -> Response:
    """Redirect from the IRI of a job to its page."""
    return RedirectResponse(site.url(request, f"/validation?{urlencode({'job': job})}"), status_code=303)


@dataclass(slots=True)
class _ValidationOverview:
    changes: RunChanges
    came: list[TrackedResult]
    fixed: list[TrackedResult]
    open: list[TrackedResult]
    total: int
    states: dict[ResultState, int]
    shapes: dict[tuple[str, Severity], int]
    counted: dict[str, list[int]]
    trend: list[RunRecord]
    by_entity: list[tuple[str, int]]
    lately: tuple[int, int]


def _list_series(
    history: ValidationHistory, job: str | None
) -> tuple[str | None, RunRecord | None, RunRecord | None, list[str]]:
    with history.connect() as db:
        run = get_latest_run(db, job)
        series = job or (run.job if run else None)
        latest = get_latest_run(db, series, finished=False) if series else None
        return series, run, latest, list_seen_jobs(db)


def _make_overview(history: ValidationHistory, run: RunRecord) -> _ValidationOverview:
    with history.connect() as db:
        changes = read_run_changes(db, run.id)
        runs, counted = read_trend(db, run.job)
        return _ValidationOverview(
            changes=changes,
            came=get_results(db, run.job, (*changes.new, *changes.regressed)[:_RUNS_CONSIDERED])[:_SHOWN],
            fixed=get_results(db, run.job, changes.fixed[:_RUNS_CONSIDERED])[:_SHOWN],
            open=list_results(db, ResultFilter(job=run.job), limit=_SHOWN),
            total=count_results(db, ResultFilter(job=run.job)),
            states=count_by_state(db, run.job),
            shapes=count_by_shape(db, run.id),
            counted=counted,
            trend=runs,
            by_entity=count_by_focus(db, run.job, _ENTITIES),
            lately=count_new_and_fixed(db, run.job, moment() - timedelta(days=1)),
        )


def _list_runs(history: ValidationHistory, series: str | None) -> list[RunRecord]:
    with history.connect() as db:
        return list_runs(db, series, limit=_RUNS) if series else []


def _read_run_with_results(
    history: ValidationHistory, number: int
) -> tuple[RunRecord, RunChanges, list[TrackedResult], list[TrackedResult]]:
    with history.connect() as db:
        run = get_run(db, number)
        if run is None:
            raise ProblemError("no-such-run", "There is no such run", f"run {number}", status=404)
        changes = read_run_changes(db, number)
        return run, changes, list_run_results(db, run), get_results(db, run.job, changes.fixed[:_RUNS_CONSIDERED])


def _find_results(history: ValidationHistory, wanted: ResultFilter, offset: int) -> tuple[list[TrackedResult], int]:
    with history.connect() as db:
        return list_results(db, wanted, limit=_SHOWN, offset=offset), count_results(db, wanted)


def _parse_filter(request: Request) -> tuple[ResultFilter, int]:
    asked = request.query_params
    choices: Mapping[str, Sequence[str]] = {"state": STATES, "severity": SEVERITIES}
    for name, known in choices.items():
        for value in asked.getlist(name):
            if value and value not in known:
                raise make_wrong_choice_problem(name, value, known)
    states = tuple(state for state in STATES if state in asked.getlist("state"))
    severity = next((one for one in SEVERITIES if one == asked.get("severity")), None)
    default = ResultFilter()
    iris = {name: f"<{asked[name].strip('<>')}>" if asked.get(name) else None for name in ("shape", "focus")}
    return ResultFilter(asked.get("job") or None, states or default.states, severity, **iris), parse_offset(request)


async def _render_answer(site: AppContext, request: Request, template: str, **values: Any) -> Response:
    """Return a page that changes between releases; its entity tag is a digest of its content."""
    if elsewhere := redirect_to_machine_form(request, site):
        return elsewhere
    languages = choose_languages(request)
    counts = await count_names(site)
    with use_locale(languages):
        body = render_template(site, request, template, verdict=run_verdict, name_counts=counts, **values).encode()
    tag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    headers = {"Cache-Control": "public, no-cache", **make_page_headers(request, languages), "ETag": tag}
    if is_not_modified(request.scope, tag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=HTML, headers=headers)


async def _read_texts(request: Request, site: AppContext, validation: ValidationService, job: str | None) -> ShapeTexts:
    """Return the texts of the shapes: those of the release, of the quality checks, and of a job's own shapes."""

    spoken = choose_languages(request)
    languages = tuple(dict.fromkeys((spoken.content, spoken.interface)))

    async def read() -> dict[str, ShapeEntry]:
        return read_shape_entries((*read_shapes_quads(site), *read_quality_quads()), languages)

    entries = await site.once_per_release(f"shape-texts {' '.join(languages)}", read)
    own = validation.jobs.jobs.get(job or "")
    if own is not None and own.shapes is not None:
        entries = entries | await asyncio.to_thread(_read_job_texts, own.shapes, languages)
    return ShapeTexts(entries, languages)


def _read_job_texts(place: Path, languages: Sequence[str]) -> dict[str, ShapeEntry]:
    try:
        return read_shape_entries(parse(ShapesGraph.read(place).text, format=RdfFormat.N_TRIPLES), languages)
    except (ProblemError, OSError):
        # An error in the file makes the job fail visibly; earlier results are shown without these texts.
        return {}


async def _read_names(
    site: AppContext, results: Iterable[TrackedResult], others: Iterable[str] = ()
) -> Mapping[str, EntityNode]:
    """Return the names of the focus nodes and of other entities."""
    terms = [*others, *(term for one in results for term in (one.focus, one.value or ""))]
    wanted = list(dict.fromkeys(term.strip("<>") for term in terms if term.startswith("<")))[:_RUNS_CONSIDERED]
    if not wanted:
        return {}
    subjects = " ".join(quote_iri(iri) for iri in wanted)
    predicates = " ".join(quote_iri(iri) for iri in (*LABEL_PROPERTIES, NOTATION))
    query = f"SELECT ?s ?p ?o WHERE {{ VALUES ?s {{ {subjects} }} VALUES ?p {{ {predicates} }} ?s ?p ?o }}"
    try:
        return collect_nodes(await site.queries.select(query))
    except ProblemError:
        # Names are optional: results are shown without them if they cannot be read.
        return {}


async def name_focus(site: AppContext, result: TrackedResult) -> ValueView:
    """Return the focus node of a result with its name in the preferred languages, and the link to its page."""
    return _make_value(result.focus, await _read_names(site, [result]))


def _make_views(
    results: Sequence[TrackedResult], texts: ShapeTexts, names: Mapping[str, EntityNode]
) -> list[ResultView]:
    return [
        ResultView(
            one,
            _make_value(one.focus, names),
            # A SPARQL constraint that names no value names the focus node again (SHACL, section 5.3.2).
            _make_value(one.value, names) if one.value and one.value != one.focus else None,
            _make_path(one.path or ""),
            *_choose_message(one, texts),
            texts.of(one.shape),
            iri_to_path(one.shape.strip("<>")),
        )
        for one in results
    ]


def _choose_message(result: TrackedResult, texts: ShapeTexts) -> tuple[str, str | None]:
    """Return the message of a result in the best language for the reader, or that of its shape, and the language."""
    language = next((one for one in texts.languages if result.messages.get(one)), "en")
    if message := result.text(language):
        return shorten_iris(message), result.language(language)
    entry = texts.of(result.shape)
    return shorten_iris(entry.message), entry.message_language


def _make_value(term: str, names: Mapping[str, EntityNode]) -> ValueView:
    if term.startswith("<"):
        iri = term.strip("<>")
        known = make_reference(names.get(iri), iri)
        return (
            known
            if names.get(iri)
            else ValueView(compact_iri(iri).removeprefix(SHAPES).removeprefix(QUALITY), known.href, known.external)
        )
    return ValueView(term)


def _make_path(path: str) -> str:
    return compact_iri(path.strip("<>")) if path.startswith("<") and path.count("<") == 1 else path


def _make_shape_views(
    shapes: Mapping[tuple[str, Severity], int], counted: Mapping[str, list[int]], texts: ShapeTexts
) -> list[ShapeView]:
    found = [
        ShapeView(
            texts.of(shape),
            iri_to_path(shape.strip("<>")),
            severity,
            count,
            _get_polyline_points(counted.get(shape, [])),
            ", ".join(map(str, counted.get(shape, [])[-10:])),
        )
        for (shape, severity), count in shapes.items()
    ]
    # What had results in the last runs and has none now is worth seeing, too.
    gone = [shape for shape in counted if not any(known == shape for known, _ in shapes)]
    for shape in sorted(gone):
        entry = texts.of(shape)
        spoken = ", ".join(map(str, counted[shape][-10:]))
        found.append(
            ShapeView(entry, iri_to_path(shape.strip("<>")), "none", 0, _get_polyline_points(counted[shape]), spoken)
        )
    return found


def _get_polyline_points(counts: Sequence[int]) -> str:
    """Return the points of a polyline: the oldest at the left, zero at the bottom."""
    if len(counts) < 2:
        return ""
    top = max(1, *counts)
    step = (_WIDTH - 4) / (len(counts) - 1)
    return " ".join(
        f"{2 + index * step:.1f},{_HEIGHT - 2 - count / top * (_HEIGHT - 4):.1f}" for index, count in enumerate(counts)
    )


def _group_by_entity(
    counted: Sequence[tuple[str, int]], names: Mapping[str, EntityNode]
) -> list[tuple[ValueView, str, int]]:
    return [(_make_value(focus, names), urlencode({"focus": focus.strip("<>")}), count) for focus, count in counted]
