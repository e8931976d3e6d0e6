"""Responses with a table of a release as a file: CSV, XLSX or JSON."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime

from fastapi import Request
from starlette.responses import Response

from jwpgraph.entities.app_context import AppContext
from jwpgraph.http.unknown_names import make_unknown_address_problem
from jwpgraph.linked_data.responses import send_conditionally
from jwpgraph.web.languages import VARY, choose_languages, use_locale
from jwpgraph.web.table_files import TABLE_TYPES, Sheet, as_download, write_table


def get_creation_time(site: AppContext) -> datetime:
    """Return the time of the served release; the beginning of the epoch if it is not known."""
    served = site.served_release()
    return served.manifest.created if served else datetime.fromtimestamp(0, UTC)


def require_table_type(extension: str) -> None:
    """Refuse the address of a table in an unknown format.

    Raises:
        ProblemError: ``not-found`` (404).
    """
    if extension not in TABLE_TYPES:
        raise make_unknown_address_problem(TABLE_TYPES)


async def send_table(
    request: Request,
    site: AppContext,
    extension: str,
    make: Callable[[], Awaitable[Sheet]],
    name: str = "",
    variant: str = "",
) -> Response:
    """Return the table of *make* as a file with names in the reader's language, or 304.

    Args:
        request: the request.
        site: the application context.
        extension: the format, one of :data:`.TABLE_TYPES`.
        make: returns the table.
        name: the name of the file without the extension; by default that of the table.
        variant: other inputs of the table besides the release and the request.

    Raises:
        ProblemError: ``not-found`` (404) for an unknown format.
    """
    require_table_type(extension)
    languages = choose_languages(request)

    async def make_file() -> tuple[bytes, Mapping[str, str]]:
        with use_locale(languages):
            sheet = await make()
        body = write_table(sheet, extension, get_creation_time(site))
        return body, as_download(f"{name or sheet.name}.{extension}")

    variant = f"{variant} {languages}".strip()
    return await send_conditionally(request, site, TABLE_TYPES[extension], make_file, {"Vary": VARY}, variant)
