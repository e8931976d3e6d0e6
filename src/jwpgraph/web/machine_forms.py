"""The JSON or RDF form of a page: for clients that do not accept HTML, and named in its ``Link`` header."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request

from jwpgraph.linked_data.responses import get_raw_path
from jwpgraph.linked_data.routes import DATA_TYPES
from jwpgraph.web.languages import list_parameters

_JSON: Final = ("application/json",)


@dataclass(frozen=True, slots=True)
class MachineForm:
    """The address and the media types of a page's content for programs.

    Attributes:
        path: its path, with the query.
        media_types: what it is available as.
    """

    path: str
    media_types: tuple[str, ...]


#: Patterns of the paths of pages, with that of their form, its media types, and whether it takes their parameters.
_FORMS: Final = tuple(
    (re.compile(pattern), form, media_types, takes_parameters)
    for pattern, form, media_types, takes_parameters in (
        (r"/(?:browse)?", "/api/v1", _JSON, False),
        (r"/browse/([a-z-]+)", r"/api/v1/\1", _JSON, True),
        (r"/(listings(?:/changes)?|shared-species|programme|worklist|discrepancies)", r"/\1.json", _JSON, True),
        (r"/tables/([^./]+)", r"/tables/\1.json", _JSON, True),
        (r"/(releases(?:/\d+(?:\.\.\.\d+)?)?|rights|search|coverage|leo)", r"/api/v1/\1", _JSON, True),
        (r"/validation/results", "/api/v1/validation/results", _JSON, True),
        (r"/(validation(?:/runs/\d+)?)", r"/api/v1/\1", _JSON, False),
        (r"/api/docs(?:/.*)?", "/api/openapi.json", _JSON, False),
        (r"/doc/(.+?)(?:\.html)?", r"/data/\1", DATA_TYPES, False),
    )
)


def find_machine_form(request: Request) -> MachineForm | None:
    """Return the form of the requested page for programs; ``None`` if it has none at another address."""
    path = get_raw_path(request)
    for pattern, form, media_types, takes_parameters in _FORMS:
        match = pattern.fullmatch(path)
        if match:
            query = urlencode(list_parameters(request)) if takes_parameters else ""
            return MachineForm(match.expand(form) + (f"?{query}" if query else ""), media_types)
    return None
