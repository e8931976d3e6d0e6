"""Routes of dumps: ``/releases/<number>/dump.nq.gz`` and related files."""

from __future__ import annotations

import re
from typing import Annotated, Final
from urllib.parse import quote, unquote

from fastapi import Depends, Request
from starlette.responses import Response

from jwpgraph.entities.app_context import AppContext
from jwpgraph.http.conditional_requests import is_not_modified
from jwpgraph.http.file_ranges import RangedFileResponse
from jwpgraph.http.headers import CORS
from jwpgraph.linked_data.release_differences import require_releases
from jwpgraph.linked_data.responses import get_raw_path
from jwpgraph.linked_data.routing import ReadRouter, Site
from jwpgraph.problems import ProblemError
from jwpgraph.releases.dumps import CHECKSUMS, GRAPHS, NAMES, RIGHTS
from jwpgraph.server.dump_builder import DumpBuilder

_OF_GRAPH: Final = re.compile(rf"{GRAPHS}/[^/]+\.(?:nq|trig)\.(?:gz|zst)")
_RELEASE: Final = "/releases/{number:int}"
_WAIT_SECONDS: Final = 50.0
_TYPES: Final = {"gz": "application/gzip", "zst": "application/zstd"}


async def _get_builder(request: Request) -> DumpBuilder:
    builder: DumpBuilder = request.app.state.dumps
    return builder


Dumps = Annotated[DumpBuilder, Depends(_get_builder)]
router = ReadRouter()


@router.read_undocumented(f"{_RELEASE}/dump.{{rest}}")
async def dump(request: Request, site: Site, builder: Dumps, number: int, rest: str) -> Response:
    return await _send(request, site, builder, number, f"dump.{rest}")


@router.read_undocumented(f"{_RELEASE}/{GRAPHS}/{{name:path}}")
async def send_graph_dump(request: Request, site: Site, builder: Dumps, number: int, name: str) -> Response:
    del name  # decoded; file names are percent-encoded
    stem = get_raw_path(request).partition(f"/{GRAPHS}/")[2]
    return await _send(request, site, builder, number, f"{GRAPHS}/{quote(unquote(stem), safe='')}")


@router.read_undocumented(f"{_RELEASE}/{CHECKSUMS}")
async def send_checksums(request: Request, site: Site, builder: Dumps, number: int) -> Response:
    return await _send(request, site, builder, number, CHECKSUMS)


@router.read_undocumented(f"{_RELEASE}/{RIGHTS}")
async def send_rights(request: Request, site: Site, builder: Dumps, number: int) -> Response:
    return await _send(request, site, builder, number, RIGHTS)


async def _send(request: Request, site: AppContext, builder: DumpBuilder, number: int, name: str) -> Response:
    (release,) = require_releases(site, number)
    if name not in (*NAMES, CHECKSUMS, RIGHTS) and not _OF_GRAPH.fullmatch(name):
        raise _make_no_file_problem()
    files = await builder.ensure(release, _WAIT_SECONDS)
    if name != CHECKSUMS and all(file.name != name for file in files):
        raise _make_no_file_problem()
    digest = next((file.sha256 for file in files if file.name == name), f"sums-{release.etag[1:-1]}")
    headers = {
        "ETag": f'"{digest}"',
        "Cache-Control": "public, no-cache",
        "X-Release": str(number),
        **{key.decode(): value.decode() for key, value in CORS},
    }
    if is_not_modified(request.scope, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    path = builder.dumps.path(release, name)
    if name == CHECKSUMS:
        return RangedFileResponse(path, media_type="text/plain; charset=us-ascii", headers=headers)
    if name == RIGHTS:
        return RangedFileResponse(path, media_type="text/turtle; charset=utf-8", headers=headers)
    part = name.removeprefix("dump") if name in NAMES else "-" + quote(name.removeprefix(f"{GRAPHS}/"), safe=".-")
    filename = f"jwpgraph-release-{number}{part.replace('%2F', '-').replace('%', '-')}"
    return RangedFileResponse(path, media_type=_TYPES[name.rpartition(".")[2]], headers=headers, filename=filename)


def _make_no_file_problem() -> ProblemError:
    detail = (
        f"A dump has the files {', '.join(NAMES)}, {GRAPHS}/<graph>.nq.gz and so on, and {CHECKSUMS}, which lists all."
    )
    return ProblemError("not-found", "Not found", detail, status=404)
