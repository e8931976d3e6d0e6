"""The pages of validation: what broke, since when, what to do about it, and how it went before."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from jwpgraph.http.conditional import not_modified
from jwpgraph.linked_data.addresses import iri_ref, path_of
from jwpgraph.linked_data.context import compact_iri
from jwpgraph.linked_data.documents import shapes_quads
from jwpgraph.linked_data.nodes import LABEL_PROPERTIES, NOTATION, Node, collect
from jwpgraph.linked_data.site import Site
from jwpgraph.pages.entity import Value, reference
from jwpgraph.pages.rendering import HTML, SECURITY_HEADERS, render
from jwpgraph.problems import Problem
from jwpgraph.validation.findings import (
    STATES,
    ResultFilter,
    Run,
    Standing,
    by_state,
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
from jwpgraph.validation.report import SEVERITIES, Severity
from jwpgraph.validation.service import ValidationService
from jwpgraph.validation.shape_catalogue import ShapeEntry, shape_entries, shape_entry
from jwpgraph.vocabulary import SHAPES

_SHOWN = 100
_RUNS = 20
_ENTITIES = 20
_WIDTH, _HEIGHT = 120, 24


@dataclass(slots=True)
class ResultView:
    """A result as a sentence."""

    standing: Standing
    focus: Value
    value: Value | None
    path: str
    message: str
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
    """What is open about an entity, each result once whichever series found it."""
    with validation.history.reading() as db:
        found = standings(db, ResultFilter(focus=f"<{iri}>"), limit=_SHOWN)
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
        with history.reading() as db:
            known = jobs_seen(db)
            run = latest_run(db, job)
            if job is not None and job not in known:
                raise Problem("not-found", "There is no such thing", f"No runs of a job {job!r}.", status=404)
            series = job or (run.job if run else None)
            latest = latest_run(db, series, finished=False) if series else None
            changes = changes_of(db, run.id) if run else None
            came = named(db, run.job, (*changes.new, *changes.regressed)) if run and changes else []
            fixed = named(db, run.job, changes.fixed) if run and changes else []
            found = standings(db, ResultFilter(job=series), limit=_SHOWN) if run else []
            states = by_state(db, series) if series else {}
            runs, counted = trend(db, series) if series else ([], {})
            shapes = counts_by_shape(db, run.id) if run else {}
            earlier = list_runs(db, series, limit=_RUNS)
            everything = standings(db, ResultFilter(job=series)) if run else []
        texts = shape_entries(shapes_quads(site))
        names = await _names(site, [*came, *fixed, *found])
        return _answer(
            site,
            request,
            "validation.html",
            job=series,
            jobs=known,
            run=run,
            latest=latest,
            came=_views(came, texts, names),
            fixed=_views(fixed, texts, names),
            results=_views(found, texts, names),
            total=len(everything),
            states=states,
            shapes=_shape_views(shapes, counted, texts),
            runs=earlier,
            trend=_points([one.violations or 0 for one in runs]),
            trend_runs=runs,
            by_entity=_by_entity(everything, await _names(site, _most_frequent(everything))),
            query=urlencode({"job": series} if series else {}),
        )

    async def show_run(request: Request, number: int) -> Response:
        await validation.refresh()
        with history.reading() as db:
            run = get_run(db, number) if 0 < number < 2**62 else None
            if run is None:
                raise Problem("no-such-run", "There is no such run", f"run {number}", status=404)
            changes = changes_of(db, number)
            found = results_of_run(db, run)
            fixed = named(db, run.job, changes.fixed)
        came = {*changes.new, *changes.regressed}
        texts = shape_entries(shapes_quads(site))
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
        with history.reading() as db:
            found = standings(db, wanted, limit=_SHOWN, offset=offset)
            total = count_standings(db, wanted)
        texts = shape_entries(shapes_quads(site))
        pairs = [(key, value) for key, value in request.query_params.multi_items() if key != "offset"]
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

    for path, endpoint in (
        ("/validation", today),
        ("/validation/runs/{number}", show_run),
        ("/validation/results", results),
    ):
        router.add_api_route(path, endpoint, methods=["GET", "HEAD"], include_in_schema=False)
    return router


def _filter(request: Request) -> tuple[ResultFilter, int]:
    asked = request.query_params
    states = tuple(state for state in STATES if state in asked.getlist("state"))
    severity = next((one for one in SEVERITIES if one == asked.get("severity")), None)
    offset = asked.get("offset", "0")
    if not (offset.isascii() and offset.isdecimal() and len(offset) < 9):
        raise Problem("not-found", "There is no such thing", "There is no such page of results.", status=404)
    default = ResultFilter()
    iris = {name: f"<{asked[name].strip('<>')}>" if asked.get(name) else None for name in ("shape", "focus")}
    return ResultFilter(asked.get("job") or None, states or default.states, severity, **iris), int(offset)


def _answer(site: Site, request: Request, template: str, **values: Any) -> Response:
    """A page that changes between releases: tagged with a digest of itself."""
    body = render(site, request, template, sentence=sentence, **values).encode()
    tag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    headers = {**SECURITY_HEADERS, "ETag": tag, "Cache-Control": "public, no-cache", "Vary": "Accept"}
    if not_modified(request.scope, tag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=HTML, headers=headers)


async def _names(site: Site, results: Iterable[Standing]) -> Mapping[str, Node]:
    """The names of the entities that results are about."""
    terms = (term for one in results for term in (one.focus, one.value or "") if term.startswith("<"))
    wanted = sorted({term.strip("<>") for term in terms})[: 4 * _SHOWN]
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


def _views(results: Sequence[Standing], texts: dict[str, ShapeEntry], names: Mapping[str, Node]) -> list[ResultView]:
    return [
        ResultView(
            one,
            _value(one.focus, names),
            _value(one.value, names) if one.value else None,
            _path(one.path or ""),
            one.message() or shape_entry(one.shape, texts).message,
            shape_entry(one.shape, texts),
            path_of(one.shape.strip("<>")),
        )
        for one in results
    ]


def _value(term: str, names: Mapping[str, Node]) -> Value:
    if term.startswith("<"):
        iri = term.strip("<>")
        known = reference(names.get(iri), iri)
        return known if names.get(iri) else Value(compact_iri(iri).removeprefix(SHAPES), known.href, known.external)
    return Value(term)


def _path(path: str) -> str:
    return compact_iri(path.strip("<>")) if path.startswith("<") and path.count("<") == 1 else path


def _shape_views(
    shapes: Mapping[tuple[str, Severity], int], counted: Mapping[str, list[int]], texts: dict[str, ShapeEntry]
) -> list[ShapeView]:
    found = [
        ShapeView(
            shape_entry(shape, texts),
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
        entry = shape_entry(shape, texts)
        spoken = ", ".join(map(str, counted[shape][-10:]))
        found.append(ShapeView(entry, path_of(shape.strip("<>")), "none now", 0, _points(counted[shape]), spoken))
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


def _most_frequent(results: Sequence[Standing]) -> list[Standing]:
    counted = Counter(one.focus for one in results)
    chosen = {focus for focus, _ in counted.most_common(_ENTITIES)}
    return list({one.focus: one for one in results if one.focus in chosen}.values())


def _by_entity(results: Sequence[Standing], names: Mapping[str, Node]) -> list[tuple[Value, str, int]]:
    counted = Counter(one.focus for one in results)
    return [
        (_value(focus, names), urlencode({"focus": focus.strip("<>")}), count)
        for focus, count in counted.most_common(_ENTITIES)
    ]


def sentence(run: Run) -> str:
    """The verdict of a run in one line."""
    about = f"Release {run.release}" if run.release else run.subject[:1].upper() + run.subject[1:]
    if run.outcome != "finished":
        return f"{about} was not validated: {run.problem or run.outcome}"
    parts = [
        f"{count} {word}{'' if count == 1 else 's'}"
        for count, word in ((run.violations, "violation"), (run.warnings, "warning"), (run.infos, "note"))
        if count
    ]
    verdict = "conforms" if run.conforms else "does not conform"
    return f"{about} {verdict}: {', '.join(parts) or 'no results'}."
