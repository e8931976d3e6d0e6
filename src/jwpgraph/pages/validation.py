"""The pages of validation: what broke, since when, what to do about it, and how it went before."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from pyoxigraph import RdfFormat, parse
from starlette.responses import RedirectResponse, Response

from jwpgraph.http.conditional import not_modified
from jwpgraph.linked_data.addresses import iri_ref, path_of
from jwpgraph.linked_data.context import compact_iri
from jwpgraph.linked_data.documents import quality_quads, shapes_quads
from jwpgraph.linked_data.nodes import LABEL_PROPERTIES, NOTATION, Node, collect
from jwpgraph.linked_data.site import Site
from jwpgraph.pages.entity import Value, reference
from jwpgraph.pages.languages import languages_of, question, speaking
from jwpgraph.pages.paging import asked_offset
from jwpgraph.pages.rendering import HTML, page_headers, render
from jwpgraph.pages.validation_words import verdict
from jwpgraph.problems import Problem
from jwpgraph.releases.gate import Shapes
from jwpgraph.validation.findings import (
    STATES,
    ResultFilter,
    Run,
    Standing,
    State,
    by_focus,
    by_state,
    came_and_went,
    changes_of,
    count_standings,
    counts_by_shape,
    get_run,
    jobs_seen,
    latest_run,
    list_runs,
    named,
    results_of_run,
    standings,
    trend,
)
from jwpgraph.validation.history import Changes, History
from jwpgraph.validation.history import now as moment
from jwpgraph.validation.report import SEVERITIES, Severity
from jwpgraph.validation.service import ValidationService
from jwpgraph.validation.shape_catalogue import ShapeEntry, shape_entries, shape_entry
from jwpgraph.vocabulary import QUALITY, SHAPES

Endpoint = Callable[..., Awaitable[Response]]
_SHOWN = 100
#: Of what is shown in part, this many are put in order first.
_CONSIDERED = 1000
_RUNS = 20
_ENTITIES = 20
_WIDTH, _HEIGHT = 120, 24


@dataclass(frozen=True, slots=True)
class Texts:
    """What shapes say of themselves, and the language in which the reader prefers what they say of a result."""

    entries: Mapping[str, ShapeEntry]
    language: str

    def of(self, shape: str) -> ShapeEntry:
        """The entry of *shape*."""
        return shape_entry(shape, self.entries)


@dataclass(slots=True)
class ResultView:
    """A result as a sentence."""

    standing: Standing
    focus: Value
    value: Value | None
    path: str
    message: str
    language: str | None
    shape: ShapeEntry
    shape_href: str | None


@dataclass(slots=True)
class ShapeView:
    """A shape with its results in the latest run, and how many there were before."""

    entry: ShapeEntry
    href: str | None
    severity: str
    count: int
    points: str
    spoken: str


def open_results(validation: ValidationService, iri: str) -> list[Standing]:
    """What is open about an entity, each result once whichever series found it; nothing where nobody can tell."""
    try:
        with validation.history.reading() as db:
            found = standings(db, ResultFilter(focus=f"<{iri}>"), limit=_SHOWN)
    except Problem:
        return []
    return list({one.fingerprint: one for one in reversed(found)}.values())[::-1]


def create_router(site: Site, validation: ValidationService) -> APIRouter:
    """``/validation``, its runs and its results.

    Args:
        site: where entities get their names from.
        validation: what is remembered.
    """
    router = APIRouter()
    history = validation.history

    async def today(request: Request, job: str | None = None) -> Response:
        await validation.refresh()
        series, run, latest, known = await asyncio.to_thread(_series, history, job)
        if job is not None and job not in known:
            raise Problem("not-found", "There is no such thing", f"No runs of a job {job!r}.", status=404)
        texts = await _texts(request, site, validation, series)
        values: dict[str, Any] = {}
        if run is not None:
            now = await asyncio.to_thread(_today, history, run)
            names = await _names(site, [*now.came, *now.fixed, *now.open], [focus for focus, _ in now.by_entity])
            values = {
                "changes": now.changes,
                "came": _views(now.came, texts, names),
                "fixed": _views(now.fixed, texts, names),
                "results": _views(now.open, texts, names),
                "total": now.total,
                "states": now.states,
                "shapes": _shape_views(now.shapes, now.counted, texts),
                "trend": _points([one.violations or 0 for one in now.trend]),
                "trend_runs": now.trend,
                "lately": now.lately,
                "by_entity": _by_entity(now.by_entity, names),
            }
        runs = await asyncio.to_thread(_runs, history, series)
        query = urlencode({"job": series} if series else {})
        shown = {"job": series, "jobs": known, "run": run, "latest": latest, "runs": runs, "query": query}
        return _answer(site, request, "validation.html", **shown, **values)

    async def show_run(request: Request, number: int) -> Response:
        await validation.refresh()
        if not 0 < number < 2**62:
            raise Problem("no-such-run", "There is no such run", f"run {number}", status=404)
        run, changes, found, fixed = await asyncio.to_thread(_run_with_results, history, number)
        came = {*changes.new, *changes.regressed}
        texts = await _texts(request, site, validation, run.job)
        shown = found[: 5 * _SHOWN]
        names = await _names(site, [*shown, *fixed])
        return _answer(
            site,
            request,
            "validation_run.html",
            run=run,
            came=_views([one for one in shown if one.fingerprint in came], texts, names),
            fixed=_views(fixed, texts, names),
            kept=_views([one for one in shown if one.fingerprint not in came], texts, names),
            total=len(found),
            shown=len(shown),
        )

    async def results(request: Request) -> Response:
        await validation.refresh()
        wanted, offset = _filter(request)
        found, total = await asyncio.to_thread(_found, history, wanted, offset)
        texts = await _texts(request, site, validation, wanted.job)
        pairs = [(key, value) for key, value in question(request) if key != "offset"]
        return _answer(
            site,
            request,
            "validation_results.html",
            results=_views(found, texts, await _names(site, found)),
            total=total,
            offset=offset,
            filters=[(key, value) for key, value in pairs if value],
            query=urlencode(pairs),
            previous=urlencode([*pairs, ("offset", str(max(0, offset - _SHOWN)))]) if offset else None,
            following=urlencode([*pairs, ("offset", str(offset + _SHOWN))]) if offset + _SHOWN < total else None,
        )

    async def result(request: Request, fingerprint: str, number: int) -> Response:
        """The IRI of a result (:mod:`jwpgraph.validation.provenance`) leads to the run that first had it."""
        path = f"/validation/runs/{number}#r-{quote(fingerprint, safe='')}"
        return RedirectResponse(site.url(request, path), status_code=303)

    async def series(request: Request, job: str) -> Response:
        return RedirectResponse(site.url(request, f"/validation?{urlencode({'job': job})}"), status_code=303)

    routes: tuple[tuple[str, Endpoint], ...] = (
        ("/validation", today),
        ("/validation/jobs/{job}", series),
        ("/validation/results/{fingerprint}/{number}", result),
        ("/validation/runs/{number}", show_run),
        ("/validation/results", results),
    )
    for path, endpoint in routes:
        router.add_api_route(path, endpoint, methods=["GET", "HEAD"], include_in_schema=False)
    return router


@dataclass(slots=True)
class _Today:
    changes: Changes
    came: list[Standing]
    fixed: list[Standing]
    open: list[Standing]
    total: int
    states: dict[State, int]
    shapes: dict[tuple[str, Severity], int]
    counted: dict[str, list[int]]
    trend: list[Run]
    by_entity: list[tuple[str, int]]
    lately: tuple[int, int]


def _series(history: History, job: str | None) -> tuple[str | None, Run | None, Run | None, list[str]]:
    with history.reading() as db:
        run = latest_run(db, job)
        series = job or (run.job if run else None)
        latest = latest_run(db, series, finished=False) if series else None
        return series, run, latest, jobs_seen(db)


def _today(history: History, run: Run) -> _Today:
    with history.reading() as db:
        changes = changes_of(db, run.id)
        runs, counted = trend(db, run.job)
        return _Today(
            changes=changes,
            came=named(db, run.job, (*changes.new, *changes.regressed)[:_CONSIDERED])[:_SHOWN],
            fixed=named(db, run.job, changes.fixed[:_CONSIDERED])[:_SHOWN],
            open=standings(db, ResultFilter(job=run.job), limit=_SHOWN),
            total=count_standings(db, ResultFilter(job=run.job)),
            states=by_state(db, run.job),
            shapes=counts_by_shape(db, run.id),
            counted=counted,
            trend=runs,
            by_entity=by_focus(db, run.job, _ENTITIES),
            lately=came_and_went(db, run.job, moment() - timedelta(days=1)),
        )


def _runs(history: History, series: str | None) -> list[Run]:
    with history.reading() as db:
        return list_runs(db, series, limit=_RUNS) if series else []


def _run_with_results(history: History, number: int) -> tuple[Run, Changes, list[Standing], list[Standing]]:
    with history.reading() as db:
        run = get_run(db, number)
        if run is None:
            raise Problem("no-such-run", "There is no such run", f"run {number}", status=404)
        changes = changes_of(db, number)
        return run, changes, results_of_run(db, run), named(db, run.job, changes.fixed[:_CONSIDERED])


def _found(history: History, wanted: ResultFilter, offset: int) -> tuple[list[Standing], int]:
    with history.reading() as db:
        return standings(db, wanted, limit=_SHOWN, offset=offset), count_standings(db, wanted)


def _filter(request: Request) -> tuple[ResultFilter, int]:
    asked = request.query_params
    states = tuple(state for state in STATES if state in asked.getlist("state"))
    severity = next((one for one in SEVERITIES if one == asked.get("severity")), None)
    default = ResultFilter()
    iris = {name: f"<{asked[name].strip('<>')}>" if asked.get(name) else None for name in ("shape", "focus")}
    return ResultFilter(asked.get("job") or None, states or default.states, severity, **iris), asked_offset(request)


def _answer(site: Site, request: Request, template: str, **values: Any) -> Response:
    """A page that changes between releases: tagged with a digest of itself."""
    languages = languages_of(request)
    with speaking(languages):
        body = render(site, request, template, verdict=verdict, **values).encode()
    tag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    headers = {**page_headers(request, languages), "ETag": tag, "Cache-Control": "public, no-cache"}
    if not_modified(request.scope, tag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=HTML, headers=headers)


async def _texts(request: Request, site: Site, validation: ValidationService, job: str | None) -> Texts:
    """What the shapes say of themselves: those of the release, checks of quality, those of a job that has its own."""

    async def read() -> dict[str, ShapeEntry]:
        return shape_entries((*shapes_quads(site), *quality_quads()))

    entries = await site.once_per_release("shape-texts", read)
    own = validation.jobs.jobs.get(job or "")
    if own is not None and own.shapes is not None:
        entries = entries | await asyncio.to_thread(_own_texts, own.shapes)
    return Texts(entries, languages_of(request).content)


def _own_texts(place: Path) -> dict[str, ShapeEntry]:
    try:
        return shape_entries(parse(Shapes.read(place).text, format=RdfFormat.N_TRIPLES))
    except (Problem, OSError):
        # A slip in the file fails the job, loudly; what it found before is told without these texts.
        return {}


async def _names(site: Site, results: Iterable[Standing], others: Iterable[str] = ()) -> Mapping[str, Node]:
    """The names of the entities that results are about, and of others."""
    terms = [*others, *(term for one in results for term in (one.focus, one.value or ""))]
    wanted = list(dict.fromkeys(term.strip("<>") for term in terms if term.startswith("<")))[:_CONSIDERED]
    if not wanted:
        return {}
    subjects = " ".join(iri_ref(iri) for iri in wanted)
    predicates = " ".join(iri_ref(iri) for iri in (*LABEL_PROPERTIES, NOTATION))
    query = f"SELECT ?s ?p ?o WHERE {{ VALUES ?s {{ {subjects} }} VALUES ?p {{ {predicates} }} ?s ?p ?o }}"
    try:
        return collect(await site.queries.select(query))
    except Problem:
        # Names are a courtesy: what is wrong is told without them, too.
        return {}


def _views(results: Sequence[Standing], texts: Texts, names: Mapping[str, Node]) -> list[ResultView]:
    return [
        ResultView(
            one,
            _value(one.focus, names),
            # A SPARQL constraint that names no value names the focus node again (SHACL, section 5.3.2).
            _value(one.value, names) if one.value and one.value != one.focus else None,
            _path(one.path or ""),
            one.text(texts.language) or texts.of(one.shape).message,
            one.language(texts.language) if one.text(texts.language) else "en",
            texts.of(one.shape),
            path_of(one.shape.strip("<>")),
        )
        for one in results
    ]


def _value(term: str, names: Mapping[str, Node]) -> Value:
    if term.startswith("<"):
        iri = term.strip("<>")
        known = reference(names.get(iri), iri)
        return (
            known
            if names.get(iri)
            else Value(compact_iri(iri).removeprefix(SHAPES).removeprefix(QUALITY), known.href, known.external)
        )
    return Value(term)


def _path(path: str) -> str:
    return compact_iri(path.strip("<>")) if path.startswith("<") and path.count("<") == 1 else path


def _shape_views(
    shapes: Mapping[tuple[str, Severity], int], counted: Mapping[str, list[int]], texts: Texts
) -> list[ShapeView]:
    found = [
        ShapeView(
            texts.of(shape),
            path_of(shape.strip("<>")),
            severity,
            count,
            _points(counted.get(shape, [])),
            ", ".join(map(str, counted.get(shape, [])[-10:])),
        )
        for (shape, severity), count in shapes.items()
    ]
    # What had results in the last runs and has none now is worth seeing, too.
    gone = [shape for shape in counted if not any(known == shape for known, _ in shapes)]
    for shape in sorted(gone):
        entry = texts.of(shape)
        spoken = ", ".join(map(str, counted[shape][-10:]))
        found.append(ShapeView(entry, path_of(shape.strip("<>")), "none", 0, _points(counted[shape]), spoken))
    return found


def _points(counts: Sequence[int]) -> str:
    """The points of a polyline: oldest at the left, none at the bottom."""
    if len(counts) < 2:
        return ""
    top = max(1, *counts)
    step = (_WIDTH - 4) / (len(counts) - 1)
    return " ".join(
        f"{2 + index * step:.1f},{_HEIGHT - 2 - count / top * (_HEIGHT - 4):.1f}" for index, count in enumerate(counts)
    )


def _by_entity(counted: Sequence[tuple[str, int]], names: Mapping[str, Node]) -> list[tuple[Value, str, int]]:
    return [(_value(focus, names), urlencode({"focus": focus.strip("<>")}), count) for focus, count in counted]
