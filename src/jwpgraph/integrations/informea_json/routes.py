"""Routes below ``/informea/v2`` for InforMEA's harvester of Drupal providers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from fastapi import Request
from starlette.responses import Response

from jwpgraph.entities.app_context import AppContext
from jwpgraph.http.declared_parameters import reads_parameters
from jwpgraph.http.parameters import parse_parameters
from jwpgraph.integrations.informea_json.records import to_drupal_record
from jwpgraph.integrations.odata.edm import LISTED_SETS
from jwpgraph.integrations.odata.entities import load_entities
from jwpgraph.integrations.odata.graph import load_nodes
from jwpgraph.integrations.odata.options import make_bad_option_problem, to_unique_options
from jwpgraph.integrations.odata.records import ODataRecord
from jwpgraph.linked_data.responses import send_document
from jwpgraph.linked_data.routing import ReadRouter, Site
from jwpgraph.problems import ProblemError
from jwpgraph.vocabulary import JWP

ROOT: Final = "/informea/v2"
_WORDS: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
#: Entity sets by their names in URLs, such as ``country-reports``.
NAMES: Final = {_WORDS.sub("-", name).lower(): name for name in LISTED_SETS}
_LONGEST_PAGE: Final = 1000
_LARGEST_NUMBER: Final = 999_999_999
_OPTIONS: Final = ("$count", "page", "items_per_page")


router = ReadRouter(prefix=ROOT)


@router.read_undocumented("", "/")
@reads_parameters
async def index(request: Request, site: Site) -> Response:
    parse_options(request, allowed=())
    return await send_document(request, site, {name: site.url(request, f"{ROOT}/{name}") for name in NAMES})


@router.read_undocumented("/{name}")
@reads_parameters
async def list_records(request: Request, site: Site, name: str) -> Response:
    options = parse_options(request, _OPTIONS)
    wanted = options.get("$count", "false")
    if wanted not in {"true", "false"}:
        raise make_bad_option_problem("$count", "it takes true or false")
    size = parse_number(options, "items_per_page", _LONGEST_PAGE, least=1, most=_LONGEST_PAGE)
    page = parse_number(options, "page", 0, least=0)
    found, today = await _load_records(site, name)
    if wanted == "true":
        return await send_document(request, site, {"count": len(found)}, variant=today)
    return await send_document(
        request, site, await _to_drupal_records(request, site, found[page * size : (page + 1) * size]), variant=today
    )


@router.read_undocumented("/{name}/{key:path}")
@reads_parameters
async def record(request: Request, site: Site, name: str, key: str) -> Response:
    parse_options(request, allowed=())
    found, today = await _load_records(site, name)
    one = next((one for one in found if one.key == key), None)
    if one is None:
        raise ProblemError("not-found", "There is no such entity", f"{name[:60]}/{key[:200]}", status=404)
    return await send_document(request, site, (await _to_drupal_records(request, site, [one]))[0], variant=today)


async def _load_records(site: AppContext, name: str) -> tuple[Sequence[ODataRecord], str]:
    if name not in NAMES:
        detail = f"{name[:60]}; there are {', '.join(NAMES)}"
        raise ProblemError("not-found", "There is no such entity", detail, status=404)
    today = datetime.now(UTC).date()
    return (await load_entities(site, today))[NAMES[name]], today.isoformat()


async def _to_drupal_records(request: Request, site: AppContext, found: Sequence[ODataRecord]) -> list[dict[str, Any]]:
    codes = await _read_alpha_3(site)
    return [to_drupal_record(one, partial(site.url, request), codes) for one in found]


def parse_options(request: Request, allowed: tuple[str, ...]) -> dict[str, str]:
    """Return the options of a request.

    Raises:
        ProblemError: ``bad-query-option`` (400) for one that is not *allowed*, or that is repeated.
    """
    options = to_unique_options(parse_parameters(request.scope["query_string"]))
    for name in options:
        if name not in allowed:
            raise make_bad_option_problem(
                name or "(no name)", f"it is not an option here; there are {', '.join(allowed) or 'none'}"
            )
    return options


def parse_number(options: dict[str, str], name: str, default: int, least: int, most: int = _LARGEST_NUMBER) -> int:
    """Return the whole number in an option.

    A number that is too large is refused, as views of Drupal refuse one that they do not offer: a client that takes a
    page shorter than it wanted for the last one would miss the rest.

    Raises:
        ProblemError: ``bad-query-option`` (400) for anything but a number from *least* to *most*.
    """
    value = options.get(name)
    if value is None:
        return default
    if not (value.isascii() and value.isdecimal() and len(value) < 10 and least <= int(value) <= most):
        raise make_bad_option_problem(name, f"it takes a whole number from {least} to {most}")
    return int(value)


async def _read_alpha_3(site: AppContext) -> dict[str, str]:
    """Return the recorded three-letter codes of countries by two-letter code (ISO 3166-1)."""
    codes = {}
    for node in (await load_nodes(site)).values():
        code = node.first(JWP + "isoAlpha3")
        if node.notation and code:
            codes[node.notation] = code.value
    return codes
