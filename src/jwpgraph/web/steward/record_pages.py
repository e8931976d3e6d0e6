"""Forms to record, change and remove actions, meetings, proposals, comments and judgements of progress."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fastapi import Request
from starlette.responses import Response

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.iri_mapping import iri_to_path
from jwpgraph.http.declared_parameters import reads_parameters, refuse_unknown, takes
from jwpgraph.linked_data.routing import Site, Writer
from jwpgraph.problems import ProblemError, explain
from jwpgraph.programme.record_models import KINDS
from jwpgraph.programme.record_validation import InvalidRecordError
from jwpgraph.programme.record_writer import RecordWriter, WriteConditions
from jwpgraph.programme.stored_values import read_field_values
from jwpgraph.releases.changes import ReleaseWriter
from jwpgraph.web.labels.record_fields import get_form_title
from jwpgraph.web.languages import choose_languages, list_parameters, use_locale
from jwpgraph.web.page_router import PageRouter
from jwpgraph.web.steward.access import (
    answer_page,
    read_form,
    redirect_to_sign_in,
    refuse_where_nobody_writes,
    see_other,
)
from jwpgraph.web.steward.record_forms import list_form_faults, make_fields, validate_fields
from jwpgraph.web.steward.sessions import find_session

#: The hidden field with the state of the record that the steward has seen.
_SEEN: Final = "seen"
_MESSAGE: Final = "message"
#: Refusals of a change that was made from another state of the record, or from none.
_UNSEEN: Final = frozenset({"record-changed", "precondition-required"})
_LONGEST_NOTE: Final = 500
_LONGEST_VALUE: Final = 2000


router = PageRouter()


@router.read_undocumented("/steward/records/{kind}")
@reads_parameters
async def show_new_record(request: Request, site: Site, writer: Writer, kind: str) -> Response:
    """Return the form of a new record."""
    given = list_parameters(request)
    refuse_unknown(given, KINDS[kind].model_fields if kind in KINDS else ())
    _require_kind(kind)
    refuse_where_nobody_writes(request, writer)
    if find_session(request) is None:
        return redirect_to_sign_in(request)
    return await _show(site, writer, request, kind, None, {name: value[:_LONGEST_VALUE] for name, value in given}, "")


@router.read_undocumented("/steward/records/{kind}/{key:path}")
@takes()
async def show_record(request: Request, site: Site, writer: Writer, kind: str, key: str) -> Response:
    """Return the form of an existing record."""
    _require_kind(kind)
    records = RecordWriter(site, refuse_where_nobody_writes(request, writer))
    if find_session(request) is None:
        return redirect_to_sign_in(request)
    values, seen = await _read_values(records, kind, key)
    return await _show(site, writer, request, kind, key, values, seen)


@router.post("/steward/records/{kind}", include_in_schema=False)
@takes()
async def create_record(request: Request, site: Site, writer: Writer, kind: str) -> Response:
    """Create a record."""
    return await _save(site, writer, request, kind, None)


# Before the route of a change, whose path would match as well.
@router.post("/steward/records/{kind}/{key:path}/remove", include_in_schema=False)
@takes()
async def remove_record(request: Request, site: Site, writer: Writer, kind: str, key: str) -> Response:
    """Remove a record."""
    _require_kind(kind)
    records = RecordWriter(site, refuse_where_nobody_writes(request, writer))
    form = await read_form(request, "update")
    if isinstance(form, Response):
        return form
    conditions = WriteConditions(form.fields.get(_SEEN) or None, form.session.who, form.fields.get(_MESSAGE, ""))
    try:
        written = await records.delete(kind, key, conditions)
    except ProblemError as problem:
        if problem.slug not in _UNSEEN | {"not-valid"}:
            raise
        values, now = await _read_values(records, kind, key)
        return await _show(site, writer, request, kind, key, values, now, problem.status, problem=problem)
    return see_other(request, "/steward", {"X-Release": str(written.release.number)})


@router.post("/steward/records/{kind}/{key:path}", include_in_schema=False)
@takes()
async def make_change_record(request: Request, site: Site, writer: Writer, kind: str, key: str) -> Response:
    """Change a record."""
    return await _save(site, writer, request, kind, key)


async def _show(
    site: AppContext,
    writer: ReleaseWriter | None,
    request: Request,
    kind: str,
    key: str | None,
    values: Mapping[str, str],
    seen: str,
    status: int = 200,
    faults: Mapping[str, list[str]] | None = None,
    current: Mapping[str, str] | None = None,
    problem: ProblemError | None = None,
    message: str = "",
) -> Response:
    """Return the form of a record, with what is wrong with it."""
    records = RecordWriter(site, refuse_where_nobody_writes(request, writer))
    with use_locale(choose_languages(request)):
        fields = make_fields(KINDS[kind], values, await records.read_references(), new=key is None)
        title = get_form_title(kind, new=key is None)
    remaining = dict(faults or {})
    for one in fields:
        one.faults = remaining.pop(one.name, [])
        if current is not None and current.get(one.name, "") != one.value:
            one.current = current.get(one.name, "")
    return answer_page(
        request,
        site,
        "steward_record.html",
        status,
        title=title,
        kind=kind,
        key=key,
        fields=fields,
        faults=remaining,
        failed=[one for one in fields if one.faults],
        problem=problem,
        shapes=list_messages(problem),
        seen=seen,
        message=message,
        page=_record_path(kind, key) if key else None,
    )


async def _save(
    site: AppContext, writer: ReleaseWriter | None, request: Request, kind: str, key: str | None
) -> Response:
    """Write the record that a form describes, and lead to it; or return the form with what is wrong."""
    model = _require_kind(kind)
    records = RecordWriter(site, refuse_where_nobody_writes(request, writer))
    form = await read_form(request, "update")
    if isinstance(form, Response):
        return form
    fields = dict(form.fields)
    seen, message = fields.pop(_SEEN, ""), fields.pop(_MESSAGE, "")
    faults: dict[str, list[str]] = {}
    if len(message) > _LONGEST_NOTE or not message.isprintable():
        faults[_MESSAGE] = [f"{_LONGEST_NOTE} printable characters"]
    try:
        record = validate_fields(model, fields)
    except InvalidRecordError as error:
        faults = await list_form_faults(records, error, choose_languages(request)) | faults
        return await _show(site, writer, request, kind, key, fields, seen, 422, faults, message=message)
    if faults:
        return await _show(site, writer, request, kind, key, fields, seen, 422, faults, message=message)
    conditions = WriteConditions(seen or None, form.session.who, message, create=key is None)
    try:
        written = await records.put(kind, key or record.key, record, conditions)
    except ProblemError as problem:
        status = problem.status
        if problem.slug in _UNSEEN and key is not None:
            current, now = await _read_values(records, kind, key)
            return await _show(
                *(site, writer, request, kind, key, fields, now, status),
                current=current,
                problem=problem,
                message=message,
            )
        if problem.slug in {"invalid-record", "not-valid", "record-exists"}:
            where = str(problem.members.get("field", "key" if problem.slug == "record-exists" else ""))
            named = {where: [problem.detail.removeprefix(f"{where}: ")]} if where else {}
            if "errors" in problem.members:
                named = {}
                for one in problem.members["errors"]:
                    named.setdefault(one["field"], []).append(one["reason"])
            shown = None if where else problem
            return await _show(
                site, writer, request, kind, key, fields, seen, status, named, problem=shown, message=message
            )
        raise
    headers = {"X-Release": str(written.release.number)}
    return see_other(request, iri_to_path(written.iri, "doc") or "/steward", headers)


def _require_kind(kind: str) -> Any:
    if kind not in KINDS:
        detail = explain(
            "No kind of records is called “%(kind)s”; there are %(kinds)s.", kind=kind[:40], kinds=", ".join(KINDS)
        )
        raise ProblemError("not-found", "Not found", detail, status=404)
    return KINDS[kind]


async def _read_values(records: RecordWriter, kind: str, key: str) -> tuple[dict[str, str], str]:
    """Return what the fields of a record say, and the state that this is."""
    stored, tag = await records.read_stored(kind, key) if _is_key(key) else (None, "")
    if stored is None:
        raise ProblemError("not-found", "Not found", explain("No record “%(key)s”.", key=key[:100]), status=404)
    return {name: "\n".join(values) for name, values in read_field_values(KINDS[kind], stored).items()}, tag


def _is_key(key: str) -> bool:
    return len(key) <= 200 and all(char.isascii() and (char.isalnum() or char in "-_./~") for char in key)


def _record_path(kind: str, key: str) -> str:
    return f"/doc/{KINDS[kind].segment}/{key}"


def list_messages(problem: ProblemError | None) -> list[str]:
    """Return what the shapes say of a refused change."""
    shapes = problem.members.get("shapes", ()) if problem is not None else ()
    return [str(one.get("message") or one.get("shape") or one) for one in shapes if isinstance(one, dict)][:20]
