"""What validation remembers, for everyone: runs, results, shapes and jobs; the feed and the badge."""

# Annotations are read by FastAPI at run time: they must not be postponed.

import asyncio
import csv
import hashlib
import io
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import UTC
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from jwpgraph.api.validation_models import (
    JobList,
    ResultList,
    ResultParameters,
    RunDetail,
    RunList,
    RunParameters,
    ShapeList,
)
from jwpgraph.http.conditional import not_modified
from jwpgraph.http.headers import CORS
from jwpgraph.linked_data.addresses import path_of
from jwpgraph.linked_data.documents import quality_quads, shapes_quads
from jwpgraph.linked_data.rdf_formats import JSON_LD, TURTLE, serialize
from jwpgraph.linked_data.responses import chosen_media_type, json_bytes
from jwpgraph.linked_data.site import Site
from jwpgraph.problems import Problem
from jwpgraph.validation.badge import badge
from jwpgraph.validation.feed import atom
from jwpgraph.validation.findings import (
    ResultFilter,
    Run,
    Standing,
    changes_of,
    count_runs,
    count_standings,
    counts_by_shape,
    get_run,
    jobs_seen,
    latest_run,
    list_runs,
    results_of_run,
    standings,
)
from jwpgraph.validation.history import Changes, History, now
from jwpgraph.validation.provenance import history_quads, run_quads, standing_quads
from jwpgraph.validation.schedule import next_run
from jwpgraph.validation.service import ValidationService
from jwpgraph.validation.shape_catalogue import shape_entries, shape_entry

PREFIX = "/api/v1/validation"
_CSV = "text/csv"
_JSON = "application/json"
_TYPES = (_JSON, TURTLE, JSON_LD, _CSV)
_BY_EXTENSION = {"json": _JSON, "ttl": TURTLE, "jsonld": JSON_LD, "csv": _CSV}
_LONGEST_BODY = 65_536
_COLUMNS = (
    *("fingerprint", "job", "state", "severity", "shape", "focus", "path", "component", "value", "message"),
    *("first_seen", "last_seen", "fixed"),
)

Number = Annotated[int, Path(ge=1, le=2**62)]
Answer = Callable[..., Awaitable[Response]]


def create_router(site: Site, validation: ValidationService) -> APIRouter:
    """The routes below ``/api/v1/validation``, and the feed and the badge.

    Args:
        site: where the service is reached, and the shapes of its release.
        validation: the memory and the jobs.
    """
    router = APIRouter()
    history = validation.history

    async def runs(request: Request, parameters: Annotated[RunParameters, Query()]) -> Response:
        await validation.refresh()
        with history.reading() as db:
            found = list_runs(db, parameters.job, limit=parameters.limit, offset=parameters.offset)
            total = count_runs(db, parameters.job)
        items = [run_model(site, request, run) for run in found]
        return answer(request, json_bytes(_page(parameters, total, items)))

    async def show_run(request: Request, number: Number) -> Response:
        return await run_as(request, number, chosen_media_type(request, _TYPES))

    async def run_file(request: Request, number: Number, extension: str) -> Response:
        return await run_as(request, number, _media_type(extension))

    async def run_as(request: Request, number: int, media_type: str) -> Response:
        await validation.refresh()
        run, changes, results = await asyncio.to_thread(_run_with_results, history, number)
        if media_type == _JSON:
            items = [_result_model(site, request, one) for one in results]
            body = json_bytes(run_model(site, request, run) | asdict(changes) | {"results": items})
        elif media_type == _CSV:
            body = _csv(results)
        else:
            body = serialize(run_quads(run, results), media_type)
        return answer(request, body, media_type)

    async def results(request: Request, parameters: Annotated[ResultParameters, Query()]) -> Response:
        return await results_as(request, parameters, chosen_media_type(request, _TYPES))

    async def results_file(
        request: Request, extension: str, parameters: Annotated[ResultParameters, Query()]
    ) -> Response:
        return await results_as(request, parameters, _media_type(extension))

    async def results_as(request: Request, parameters: ResultParameters, media_type: str) -> Response:
        await validation.refresh()
        wanted = ResultFilter(
            parameters.job, tuple(parameters.state), parameters.severity, _iri(parameters.shape), _iri(parameters.focus)
        )
        found, total = await asyncio.to_thread(_found, history, wanted, parameters)
        if media_type == _JSON:
            body = json_bytes(_page(parameters, total, [_result_model(site, request, one) for one in found]))
        elif media_type == _CSV:
            body = _csv(found)
        else:
            body = serialize((quad for one in found for quad in standing_quads(one)), media_type)
        return answer(request, body, media_type, {"X-Total-Count": str(total)})

    async def shapes(request: Request) -> Response:
        await validation.refresh()
        items = _shape_items(site, history)
        return answer(request, json_bytes({"total": len(items), "items": items}))

    async def jobs(request: Request) -> Response:
        items = _job_items(site, request, validation)
        return answer(request, json_bytes({"total": len(items), "items": items}))

    reads: tuple[tuple[str, Answer, type[Any], str], ...] = (
        ("/runs", runs, RunList, "List validation runs"),
        ("/runs/{number}", show_run, RunDetail, "Show a validation run with its results"),
        ("/results", results, ResultList, "List validation results with what became of them"),
        ("/shapes", shapes, ShapeList, "List the shapes with their descriptions and counts"),
        ("/jobs", jobs, JobList, "List the validation jobs"),
    )
    names = ("list_runs", "show_run", "list_results", "list_shapes", "list_jobs")
    files: tuple[tuple[str, Answer], ...] = (
        (f"{PREFIX}/runs/{{number}}.{{extension}}", run_file),
        (f"{PREFIX}/results.{{extension}}", results_file),
    )
    # What has an extension is matched first: a number alone does not have one.
    for path, endpoint in files:
        router.add_api_route(path, endpoint, methods=["GET", "HEAD"], include_in_schema=False)
    for name, (path, endpoint, model, summary) in zip(names, reads, strict=True):
        router.add_api_route(
            PREFIX + path,
            endpoint,
            methods=["GET"],
            response_model=model,
            summary=summary,
            operation_id=f"{name}_of_validation",
            tags=["validation"],
        )
        router.add_api_route(PREFIX + path, endpoint, methods=["HEAD"], include_in_schema=False)
    return router


def create_documents_router(site: Site, validation: ValidationService) -> APIRouter:
    """The whole memory as RDF, the feed and the badge. Arguments as of :func:`create_router`."""
    router = APIRouter()
    history = validation.history

    async def graph(request: Request, extension: str) -> Response:
        media_type = _media_type(extension)
        if media_type not in {TURTLE, JSON_LD}:
            raise Problem("not-found", "There is no such thing", "The history comes as .ttl and .jsonld.", status=404)
        await validation.refresh()
        body = await asyncio.to_thread(_history_as, history, media_type)
        return answer(request, body, media_type)

    async def feed(request: Request, job: str | None = None) -> Response:
        await validation.refresh()
        with history.reading() as db:
            body = atom(db, site.url(request, ""), job)
        return answer(request, body, "application/atom+xml")

    async def picture(request: Request, job: str | None = None) -> Response:
        await validation.refresh()
        with history.reading() as db:
            body = badge(latest_run(db, job)).encode()
        return answer(request, body, "image/svg+xml")

    documents: tuple[tuple[str, Answer], ...] = (
        (f"{PREFIX}/history.{{extension}}", graph),
        ("/validation/feed.atom", feed),
        ("/validation/badge.svg", picture),
    )
    for path, endpoint in documents:
        router.add_api_route(path, endpoint, methods=["GET", "HEAD"], include_in_schema=False)
    return router


def answer(request: Request, body: bytes, media_type: str = _JSON, headers: dict[str, str] | None = None) -> Response:
    """An answer that changes between releases: tagged with a digest of itself."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    common = {
        "ETag": tag,
        "Cache-Control": "public, no-cache",
        "Vary": "Accept",
        **{name.decode(): value.decode() for name, value in CORS},
        **(headers or {}),
    }
    if not_modified(request.scope, tag):
        return Response(status_code=304, headers=common)
    textual = media_type.startswith("text/")
    return Response(body, headers={**common, "Content-Type": media_type + ("; charset=utf-8" if textual else "")})


def _run_with_results(history: History, number: int) -> tuple[Run, Changes, list[Standing]]:
    with history.reading() as db:
        run = get_run(db, number)
        if run is None:
            raise Problem("no-such-run", "There is no such run", f"run {number}", status=404)
        return run, changes_of(db, number), results_of_run(db, run)


def _found(history: History, wanted: ResultFilter, parameters: ResultParameters) -> tuple[list[Standing], int]:
    with history.reading() as db:
        found = standings(db, wanted, limit=parameters.limit, offset=parameters.offset)
        return found, count_standings(db, wanted)


def _history_as(history: History, media_type: str) -> bytes:
    with history.reading() as db:
        return serialize(history_quads(db), media_type)


def _shape_items(site: Site, history: History) -> list[dict[str, Any]]:
    entries = shape_entries((*shapes_quads(site), *quality_quads()))
    counted: dict[str, int] = {}
    with history.reading() as db:
        runs = [run for job in jobs_seen(db) if (run := latest_run(db, job)) and run.release]
        for run in runs:
            found: Counter[str] = Counter()
            for (shape, _), count in counts_by_shape(db, run.id).items():
                found[shape] += count
            # Two series that find the same of a release are not to count it twice.
            counted = {shape: max(found[shape], counted.get(shape, 0)) for shape in found.keys() | counted.keys()}
    for shape in counted:
        entries.setdefault(shape, shape_entry(shape, entries))
    return [
        asdict(entry) | {"shape": entry.shape.strip("<>"), "results": counted.get(entry.shape, 0)}
        for entry in sorted(entries.values(), key=lambda entry: (-counted.get(entry.shape, 0), entry.shape))
    ]


def _job_items(site: Site, request: Request, validation: ValidationService) -> list[dict[str, Any]]:
    items = []
    with validation.history.reading() as db:
        for job in validation.jobs.jobs.values():
            latest, due = latest_run(db, job.name, finished=False), next_run(job, now())
            items.append(
                {
                    "name": job.name,
                    "description": job.description,
                    "subject": job.subject,
                    "schedule": job.schedule,
                    "timezone": job.timezone,
                    "next": due.astimezone(UTC).isoformat() if due else None,
                    "latest": run_model(site, request, latest) if latest else None,
                }
            )
    return items


def _media_type(extension: str) -> str:
    if extension not in _BY_EXTENSION:
        known = ", ".join(f".{name}" for name in _BY_EXTENSION)
        raise Problem("not-found", "There is no such thing", f"It comes as {known}.", status=404)
    return _BY_EXTENSION[extension]


def _iri(written: str | None) -> str | None:
    return f"<{written.strip('<>')}>" if written else None


def _page(parameters: RunParameters | ResultParameters, total: int, items: Sequence[Any]) -> dict[str, Any]:
    return {"total": total, "limit": parameters.limit, "offset": parameters.offset, "items": items}


def run_model(site: Site, request: Request, run: Run) -> dict[str, Any]:
    urls = {
        "url": site.url(request, f"{PREFIX}/runs/{run.id}"),
        "page": site.url(request, f"/validation/runs/{run.id}"),
    }
    return asdict(run) | urls


def _result_model(site: Site, request: Request, one: Standing) -> dict[str, Any]:
    path = path_of(one.focus.strip("<>"), "doc") if one.focus.startswith("<") else None
    return asdict(one) | {"message": one.text(), "page": site.url(request, path) if path else None}


def _csv(results: Iterable[Standing]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for one in results:
        known = asdict(one) | {"message": one.text()}
        writer.writerow([_cell(known[name]) for name in _COLUMNS])
    return out.getvalue().encode()


def _cell(value: object) -> str:
    """A value that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return "'" + text if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text
