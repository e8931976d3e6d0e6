"""Validation history for everyone: runs, results, shapes and jobs; the feed and the badge."""

# Annotations are read by FastAPI at run time: they must not be postponed.

import asyncio
import hashlib
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import UTC
from typing import Annotated, Any

from fastapi import Path, Query, Request
from starlette.responses import Response

from jwpgraph.api.validation_models import (
    JobList,
    ResultList,
    ResultParameters,
    RunDetail,
    RunList,
    RunParameters,
    ShapeList,
    ValidationOverview,
)
from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.iri_mapping import iri_to_path
from jwpgraph.http.conditional_requests import is_not_modified
from jwpgraph.http.csv_tables import to_csv
from jwpgraph.http.headers import CORS
from jwpgraph.linked_data.documents import read_quality_quads, read_shapes_quads
from jwpgraph.linked_data.paging import make_link_header, make_page_fields, make_page_links
from jwpgraph.linked_data.rdf_formats import JSON_LD, TURTLE, serialize_quads
from jwpgraph.linked_data.responses import choose_media_type, to_json_bytes
from jwpgraph.linked_data.routing import ReadRouter, Site
from jwpgraph.problems import ProblemError
from jwpgraph.validation.badge import render_badge
from jwpgraph.validation.feed import render_atom_feed
from jwpgraph.validation.history import RunChanges, ValidationHistory, get_current_time
from jwpgraph.validation.provenance import make_history_quads, make_run_quads, make_tracked_result_quads
from jwpgraph.validation.result_queries import (
    ResultFilter,
    RunRecord,
    TrackedResult,
    count_by_shape,
    count_results,
    count_runs,
    get_latest_run,
    get_run,
    list_results,
    list_run_results,
    list_runs,
    list_seen_jobs,
    read_run_changes,
)
from jwpgraph.validation.route_dependency import Validation
from jwpgraph.validation.schedule import get_next_run
from jwpgraph.validation.service import ValidationService
from jwpgraph.validation.shape_catalogue import get_shape_entry, read_shape_entries

PREFIX = "/api/v1/validation"
_CSV = "text/csv"
_JSON = "application/json"
_TYPES = (_JSON, TURTLE, JSON_LD, _CSV)
_BY_EXTENSION = {"json": _JSON, "ttl": TURTLE, "jsonld": JSON_LD, "csv": _CSV}
#: Results in a file; its ``Link`` header leads to more.
_MOST_IN_FILE = 10_000
_COLUMNS = (
    *("fingerprint", "job", "state", "severity", "shape", "focus", "path", "component", "value", "message"),
    *("first_seen", "last_seen", "fixed"),
)

Number = Annotated[int, Path(ge=1, le=2**62)]
RequestHandler = Callable[..., Awaitable[Response]]


router = ReadRouter()


def _make_document(path: str, name: str, model: type[Any], summary: str) -> Callable[[RequestHandler], RequestHandler]:
    return router.read(
        PREFIX + path,
        response_model=model,
        summary=summary,
        operation_id=f"{name}_of_validation",
        tags=["validation"],
    )


@_make_document("", "show_overview", ValidationOverview, "Show the latest run of each validation job")
async def show_overview(request: Request, site: Site, validation: Validation) -> Response:
    await validation.catch_up()
    return make_answer(request, to_json_bytes(_make_overview(site, request, validation.history)))


@_make_document("/runs", "list_runs", RunList, "List validation runs")
async def show_runs(
    request: Request, site: Site, validation: Validation, parameters: Annotated[RunParameters, Query()]
) -> Response:
    await validation.catch_up()
    with validation.history.connect() as db:
        found = list_runs(db, parameters.job, limit=parameters.limit, offset=parameters.offset)
        total = count_runs(db, parameters.job)
    items = [make_run_model(site, request, run) for run in found]
    pages = make_page_links(site, request, parameters, total, pinned=False)
    body = to_json_bytes(_make_page_fields(parameters, total, items) | make_page_fields(pages))
    return make_answer(request, body, headers=make_link_header(pages))


# Must precede the route of a run, whose path also matches.
@router.read_undocumented(f"{PREFIX}/runs/{{number}}.{{extension}}")
async def export_run(request: Request, site: Site, validation: Validation, number: Number, extension: str) -> Response:
    return await _respond_run(request, site, validation, number, _get_extension_media_type(extension))


@_make_document("/runs/{number}", "show_run", RunDetail, "Show a validation run with its results")
async def show_run(request: Request, site: Site, validation: Validation, number: Number) -> Response:
    return await _respond_run(request, site, validation, number, choose_media_type(request, _TYPES))


async def _respond_run(
    request: Request, site: AppContext, validation: ValidationService, number: int, media_type: str
) -> Response:
    await validation.catch_up()
    run, changes, results = await asyncio.to_thread(_read_run_with_results, validation.history, number)
    if media_type == _JSON:
        items = [_make_result_model(site, request, one) for one in results]
        body = to_json_bytes(make_run_model(site, request, run) | asdict(changes) | {"results": items})
    elif media_type == _CSV:
        body = _render_csv(results)
    else:
        body = serialize_quads(make_run_quads(run, results), media_type)
    return make_answer(request, body, media_type)


@_make_document("/results", "list_results", ResultList, "List validation results with what became of them")
async def show_results(
    request: Request, site: Site, validation: Validation, parameters: Annotated[ResultParameters, Query()]
) -> Response:
    return await _respond_results(request, site, validation, parameters, choose_media_type(request, _TYPES))


@router.read_undocumented(f"{PREFIX}/results.{{extension}}")
async def export_results(
    request: Request,
    site: Site,
    validation: Validation,
    extension: str,
    parameters: Annotated[ResultParameters, Query()],
) -> Response:
    media_type = _get_extension_media_type(extension)
    if media_type != _JSON and not {"limit", "offset"} & {*request.query_params}:
        # A file does not say that it is only the first page.
        parameters = parameters.model_copy(update={"limit": _MOST_IN_FILE})
    return await _respond_results(request, site, validation, parameters, media_type)


async def _respond_results(
    request: Request, site: AppContext, validation: ValidationService, parameters: ResultParameters, media_type: str
) -> Response:
    await validation.catch_up()
    wanted = ResultFilter(
        parameters.job,
        tuple(parameters.state),
        parameters.severity,
        _unquote_iri(parameters.shape),
        _unquote_iri(parameters.focus),
    )
    found, total = await asyncio.to_thread(_find_results, validation.history, wanted, parameters)
    pages = make_page_links(site, request, parameters, total, pinned=False)
    if media_type == _JSON:
        items = [_make_result_model(site, request, one) for one in found]
        body = to_json_bytes(_make_page_fields(parameters, total, items) | make_page_fields(pages))
    elif media_type == _CSV:
        body = _render_csv(found)
    else:
        body = serialize_quads((quad for one in found for quad in make_tracked_result_quads(one)), media_type)
    return make_answer(request, body, media_type, {"X-Total-Count": str(total), **make_link_header(pages)})


@_make_document("/shapes", "list_shapes", ShapeList, "List the shapes with their descriptions and counts")
async def show_shapes(request: Request, site: Site, validation: Validation) -> Response:
    await validation.catch_up()
    items = _list_shapes(site, validation.history)
    return make_answer(request, to_json_bytes({"total": len(items), "items": items}))


@_make_document("/jobs", "list_jobs", JobList, "List the validation jobs")
async def show_jobs(request: Request, site: Site, validation: Validation) -> Response:
    items = _list_jobs(site, request, validation)
    return make_answer(request, to_json_bytes({"total": len(items), "items": items}))


#: The whole history as RDF, the feed and the badge.
documents_router = ReadRouter()


@documents_router.read_undocumented(f"{PREFIX}/history.{{extension}}")
async def export_history(request: Request, validation: Validation, extension: str) -> Response:
    media_type = _get_extension_media_type(extension)
    if media_type not in {TURTLE, JSON_LD}:
        raise ProblemError("not-found", "Not found", "Available formats: .ttl and .jsonld.", status=404)
    await validation.catch_up()
    body = await asyncio.to_thread(_render_history, validation.history, media_type)
    return make_answer(request, body, media_type)


@documents_router.read_undocumented("/validation/feed.atom")
async def show_feed(request: Request, site: Site, validation: Validation, job: str | None = None) -> Response:
    await validation.catch_up()
    with validation.history.connect() as db:
        body = render_atom_feed(db, site.url(request, ""), job)
    return make_answer(request, body, "application/atom+xml")


@documents_router.read_undocumented("/validation/badge.svg")
async def show_badge(request: Request, validation: Validation, job: str | None = None) -> Response:
    await validation.catch_up()
    with validation.history.connect() as db:
        body = render_badge(get_latest_run(db, job)).encode()
    return make_answer(request, body, "image/svg+xml")


def make_answer(
    request: Request, body: bytes, media_type: str = _JSON, headers: dict[str, str] | None = None
) -> Response:
    """Return a response that can change between releases; its entity tag is a digest of its content."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    common = {
        "ETag": tag,
        "Cache-Control": "public, no-cache",
        "Vary": "Accept",
        **{name.decode(): value.decode() for name, value in CORS},
        **(headers or {}),
    }
    if is_not_modified(request.scope, tag):
        return Response(status_code=304, headers=common)
    textual = media_type.startswith("text/")
    return Response(body, headers={**common, "Content-Type": media_type + ("; charset=utf-8" if textual else "")})


def _make_overview(site: AppContext, request: Request, history: ValidationHistory) -> dict[str, Any]:
    with history.connect() as db:
        latest = [run for job in list_seen_jobs(db) if (run := get_latest_run(db, job))]
    return {
        "latest": [make_run_model(site, request, run) for run in latest],
        **{name: site.url(request, f"{PREFIX}/{name}") for name in ("runs", "results", "shapes", "jobs")},
    }


def _read_run_with_results(
    history: ValidationHistory, number: int
) -> tuple[RunRecord, RunChanges, list[TrackedResult]]:
    with history.connect() as db:
        run = get_run(db, number)
        if run is None:
            raise ProblemError("no-such-run", "There is no such run", f"run {number}", status=404)
        return run, read_run_changes(db, number), list_run_results(db, run)


def _find_results(
    history: ValidationHistory, wanted: ResultFilter, parameters: ResultParameters
) -> tuple[list[TrackedResult], int]:
    with history.connect() as db:
        found = list_results(db, wanted, limit=parameters.limit, offset=parameters.offset)
        return found, count_results(db, wanted)


def _render_history(history: ValidationHistory, media_type: str) -> bytes:
    with history.connect() as db:
        return serialize_quads(make_history_quads(db), media_type)


def _list_shapes(site: AppContext, history: ValidationHistory) -> list[dict[str, Any]]:
    entries = read_shape_entries((*read_shapes_quads(site), *read_quality_quads()))
    counted: dict[str, int] = {}
    with history.connect() as db:
        runs = [run for job in list_seen_jobs(db) if (run := get_latest_run(db, job)) and run.release]
        for run in runs:
            found: Counter[str] = Counter()
            for (shape, _), count in count_by_shape(db, run.id).items():
                found[shape] += count
            # A result that two series report for one release must not be counted twice.
            counted = {shape: max(found[shape], counted.get(shape, 0)) for shape in found.keys() | counted.keys()}
    for shape in counted:
        entries.setdefault(shape, get_shape_entry(shape, entries))
    return [
        asdict(entry) | {"shape": entry.shape.strip("<>"), "results": counted.get(entry.shape, 0)}
        for entry in sorted(entries.values(), key=lambda entry: (-counted.get(entry.shape, 0), entry.shape))
    ]


def _list_jobs(site: AppContext, request: Request, validation: ValidationService) -> list[dict[str, Any]]:
    items = []
    with validation.history.connect() as db:
        for job in validation.jobs.jobs.values():
            latest, due = get_latest_run(db, job.name, finished=False), get_next_run(job, get_current_time())
            items.append(
                {
                    "name": job.name,
                    "description": job.description,
                    "subject": job.subject,
                    "schedule": job.schedule,
                    "timezone": job.timezone,
                    "next": due.astimezone(UTC).isoformat() if due else None,
                    "latest": make_run_model(site, request, latest) if latest else None,
                }
            )
    return items


def _get_extension_media_type(extension: str) -> str:
    if extension not in _BY_EXTENSION:
        known = ", ".join(f".{name}" for name in _BY_EXTENSION)
        raise ProblemError("not-found", "Not found", f"Available formats: {known}.", status=404)
    return _BY_EXTENSION[extension]


def _unquote_iri(written: str | None) -> str | None:
    return f"<{written.strip('<>')}>" if written else None


def _make_page_fields(parameters: RunParameters | ResultParameters, total: int, items: Sequence[Any]) -> dict[str, Any]:
    return {"total": total, "limit": parameters.limit, "offset": parameters.offset, "items": items}


def make_run_model(site: AppContext, request: Request, run: RunRecord) -> dict[str, Any]:
    urls = {
        "url": site.url(request, f"{PREFIX}/runs/{run.id}"),
        "page": site.url(request, f"/validation/runs/{run.id}"),
    }
    return asdict(run) | urls


def _make_result_model(site: AppContext, request: Request, one: TrackedResult) -> dict[str, Any]:
    path = iri_to_path(one.focus.strip("<>"), "doc") if one.focus.startswith("<") else None
    return asdict(one) | {"message": one.text(), "page": site.url(request, path) if path else None}


def _render_csv(results: Iterable[TrackedResult]) -> bytes:
    fields = (asdict(one) | {"message": one.text()} for one in results)
    return to_csv(_COLUMNS, ([one[name] for name in _COLUMNS] for one in fields)).encode()
