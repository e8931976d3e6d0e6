"""Routes below ``/informea.svc``: the OData service."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

from fastapi import Request
from starlette.responses import Response

from jwpgraph.entities.app_context import AppContext
from jwpgraph.http.declared_parameters import reads_parameters
from jwpgraph.http.headers import get_header
from jwpgraph.http.parameters import parse_parameters
from jwpgraph.http.private_folders import without_private_folders
from jwpgraph.integrations.odata import paths
from jwpgraph.integrations.odata.atom import AtomWriter, format_plain
from jwpgraph.integrations.odata.edm import ODataEntityType
from jwpgraph.integrations.odata.entities import Entities, load_entities
from jwpgraph.integrations.odata.json_formats import JsonWriter, make_path
from jwpgraph.integrations.odata.metadata import write_csdl
from jwpgraph.integrations.odata.negotiation import (
    XML,
    Form,
    make_not_acceptable_problem,
    make_version_headers,
    negotiate_format,
    negotiate_version,
)
from jwpgraph.integrations.odata.options import (
    LONGEST_PAGE,
    Options,
    Resource,
    parse_options,
    select_page,
    to_unique_options,
)
from jwpgraph.integrations.odata.paths import COUNT, METADATA, VALUE, Target
from jwpgraph.integrations.odata.records import ODataRecord
from jwpgraph.linked_data.responses import get_raw_path, send_conditionally, to_json_bytes
from jwpgraph.linked_data.routing import ReadRouter, Site
from jwpgraph.problems import ProblemError

ROOT: Final = "/informea.svc"
_VERSION_4: Final = "v4"
_TEXT: Final = "text/plain"
_QUERY_SAFE: Final = "-._~'(),/:;="
_XML_NAMES: Final = frozenset({"xml", XML})

Made = tuple[bytes, Mapping[str, str]]


router = ReadRouter(prefix=ROOT)


@router.read_undocumented("", "/", "/{path:path}")
@reads_parameters
async def answer(request: Request, site: Site) -> Response:
    path = get_raw_path(request).removeprefix(ROOT).strip("/")
    below_v4 = path == _VERSION_4 or path.startswith(_VERSION_4 + "/")
    version = 4 if below_v4 else 2
    try:
        given = to_unique_options(parse_parameters(request.scope["query_string"]))
        version = negotiate_version(request, given.get("$format"), below_v4)
        exchange = _RequestHandler(site, request, given, version, ROOT + (f"/{_VERSION_4}" if below_v4 else ""))
        return await exchange.answer(path[len(_VERSION_4) :] if below_v4 else path)
    except ProblemError as problem:
        raise _add_odata_error(problem, version) from None


def _add_odata_error(problem: ProblemError, version: int) -> ProblemError:
    """Return *problem* with the error member and header of OData (OData JSON 4.0, section 19)."""
    message = without_private_folders(problem.detail) or problem.title
    told = message if version == 4 else {"lang": "en", "value": message}
    headers = {**make_version_headers(version), **problem.headers}
    members = {**problem.members, "error": {"code": problem.slug, "message": told}}
    return ProblemError(problem.slug, problem.title, problem.detail, status=problem.status, headers=headers, **members)


class _RequestHandler:
    """Handler of one request.

    Args:
        site: the application context.
        request: the request.
        given: the query options by name.
        version: the version of OData of the response.
        root: the path of the service in the request.
    """

    def __init__(self, site: AppContext, request: Request, given: Mapping[str, str], version: int, root: str) -> None:
        self._site = site
        self._request = request
        self._given = given
        self._version = version
        self._today = datetime.now(UTC).date()
        self._root = site.url(request, root)

    def _make_absolute(self, path: str) -> str:
        return self._site.url(self._request, path)

    async def answer(self, path: str) -> Response:
        """Return the response for *path*, relative to the service."""
        target = paths.parse_path(path)
        if target.ending == METADATA:
            return await self._answer_metadata()
        if target.entity_type is None:
            return await self._answer_service()
        entities = await load_entities(self._site, self._today)
        records, record = self._find_records(entities, target)
        if target.ending == COUNT:
            return await self._answer_count(target, records)
        if target.primitive and record:
            return await self._answer_property(target, record)
        if record:
            return await self._answer_entity(target, record)
        return await self._answer_collection(target, records)

    def _find_records(self, entities: Entities, target: Target) -> tuple[list[ODataRecord], ODataRecord | None]:
        """Return the collection of a path, and the entity if the path identifies one."""
        entity_type = target.entity_type
        assert entity_type is not None  # noqa: S101 - the service document was answered before
        records = list(entities.get(entity_type.set_name, ()))
        record = paths.find_record(records, target.key, entity_type.set_name) if target.key else None
        if target.navigation and record:
            records = list(record.linked(target.navigation.name))
            record = paths.find_record(records, target.member, target.navigation.name) if target.member else None
        return records, record

    async def _respond(
        self, form: Form, make: Callable[[], bytes], more: str = "", applied: Mapping[str, str] | None = None
    ) -> Response:
        async def made() -> Made:
            return make(), {}

        headers = {**form.headers, **(applied or {})}
        variant = f"odata {form.version} {self._root} {self._today} {more}"
        return await send_conditionally(self._request, self._site, form.media_type, made, headers, variant)

    async def _answer_metadata(self) -> Response:
        self._parse_options("document", None)
        wanted = self._given.get("$format")
        if wanted is not None and wanted.strip().lower() not in _XML_NAMES:
            raise make_not_acceptable_problem(f"$format={wanted}", (XML,))
        # The model is in version 3 unless the client accepts only version 2.
        most = get_header(self._request.scope, b"maxdataserviceversion")
        version = 4 if self._version == 4 else 2 if most and self._version == 2 else 3
        return await self._respond(Form(version, "xml", XML), lambda: write_csdl(version), "metadata")

    async def _answer_service(self) -> Response:
        self._parse_options("document", None)
        form = self._negotiate_form("document", collection=False)
        if form.style == "json":
            return await self._respond(form, lambda: to_json_bytes(self._make_json_writer(form).service()))
        return await self._respond(form, self._make_atom_writer().service)

    async def _answer_count(self, target: Target, records: list[ODataRecord]) -> Response:
        options = self._parse_options("count", target.result)
        page = select_page(records, options, self._make_absolute, longest=len(records))
        return await self._respond(Form(self._version, "text", _TEXT), str(len(page.records)).encode)

    async def _answer_property(self, target: Target, record: ODataRecord) -> Response:
        known = target.primitive
        assert known is not None  # noqa: S101 - the caller asked
        value = record.value(known.name, self._make_absolute)
        if target.ending == VALUE:
            self._parse_options("value", None)
            if value is None:
                if self._version == 4:
                    return Response(status_code=204, headers=make_version_headers(4))
                raise paths.make_not_found_problem(known.name, "its value is null")
            return await self._respond(Form(self._version, "text", _TEXT), format_plain(value).encode)
        self._parse_options("document", None)
        form = self._negotiate_form("value", collection=False)
        if value is None and self._version == 4:
            return Response(status_code=204, headers=make_version_headers(4))
        if form.style == "json":
            return await self._respond(form, lambda: to_json_bytes(self._make_json_writer(form).value(record, known)))
        return await self._respond(form, lambda: self._make_atom_writer().value(record, known))

    async def _answer_entity(self, target: Target, record: ODataRecord) -> Response:
        options = self._parse_options("entity", target.result)
        form = self._negotiate_form("entity", collection=False)
        if form.style == "json":
            of = _get_collection_path(target)
            return await self._respond(
                form, lambda: to_json_bytes(self._make_json_writer(form).entity(record, of, options))
            )
        return await self._respond(form, lambda: self._make_atom_writer().entity(record, options))

    async def _answer_collection(self, target: Target, records: list[ODataRecord]) -> Response:
        options = self._parse_options("collection", target.result)
        form = self._negotiate_form("collection", collection=True)
        preferred = _read_preferred_size(self._request)
        longest = preferred or LONGEST_PAGE
        applied = {"Preference-Applied": f"odata.maxpagesize={preferred}"} if preferred else {}
        of = _get_collection_path(target)

        def make() -> bytes:
            page = select_page(records, options, self._make_absolute, longest)
            next_url = self._make_next_url(of, page.next_after, page.next_top) if page.next_after is not None else None
            total = page.total if options.counted else None
            if form.style == "json":
                return to_json_bytes(
                    self._make_json_writer(form).collection(page.records, of, options, total, next_url)
                )
            return self._make_atom_writer().collection(page.records, of, options, total, next_url)

        return await self._respond(form, make, f"pages of {longest}", applied)

    def _make_next_url(self, of: str, after: str, top: int | None) -> str:
        """Return the URL of the next page: the same options, except ``$skip``, ``$top`` and ``$skiptoken``."""
        options = {name: value for name, value in self._given.items() if name not in {"$skip", "$top", "$skiptoken"}}
        if top is not None:
            options["$top"] = str(top)
        options["$skiptoken"] = "'" + after.replace("'", "''") + "'"
        query = "&".join(f"{name}={quote(value, safe=_QUERY_SAFE)}" for name, value in options.items())
        return f"{self._root}/{of}?{query}"

    def _parse_options(self, resource: Resource, entity_type: ODataEntityType | None) -> Options:
        return parse_options(self._given, resource, entity_type, self._version, self._make_absolute)

    def _negotiate_form(self, resource: Resource, *, collection: bool) -> Form:
        return negotiate_format(self._request, self._version, resource, self._given.get("$format"), collection)

    def _make_json_writer(self, form: Form) -> JsonWriter:
        return JsonWriter(form, self._root, self._make_absolute)

    def _make_atom_writer(self) -> AtomWriter:
        release = self._site.served_release()
        return AtomWriter(self._root, self._make_absolute, release.manifest.created if release else datetime.now(UTC))


def _get_collection_path(target: Target) -> str:
    """Return the path of the collection that *target* is or belongs to."""
    assert target.entity_type is not None  # noqa: S101 - the service document has no collection
    key = target.key.value if target.key and target.navigation else None
    return make_path(target.entity_type, key, target.navigation.name if target.navigation else None)


def _read_preferred_size(request: Request) -> int | None:
    """Return the page size preferred by the client, if any (OData 4.0, part 1, section 8.2.8.5)."""
    for preference in (get_header(request.scope, b"prefer") or "").split(","):
        name, _, value = preference.partition("=")
        if name.strip().lower() in {"odata.maxpagesize", "maxpagesize"}:
            size = value.partition(";")[0].strip().strip('"')
            # Invalid preferences are ignored (RFC 7240, section 2).
            if size.isascii() and size.isdecimal() and 0 < len(size) < 10 and int(size) > 0:
                return min(int(size), LONGEST_PAGE)
    return None
