"""``/discrepancies`` and ``/worklist``: differences between the treaties, and the decisions for a curator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import Response

from jwpgraph.answers.animal_selection import get_group_members
from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.entity_index import get_entity_index
from jwpgraph.entities.entity_types import BY_SEGMENT
from jwpgraph.http.declared_parameters import takes
from jwpgraph.http.unknown_names import require_choice
from jwpgraph.linked_data.responses import send_conditionally, to_json_bytes
from jwpgraph.linked_data.routing import Site
from jwpgraph.taxon_facets.assessment_cache import get_assessment
from jwpgraph.taxonomy.assessment import AlignmentAssessment
from jwpgraph.taxonomy.discrepancies import Discrepancy
from jwpgraph.taxonomy.reports import discrepancies_to_csv, discrepancy_to_json, task_to_json, tasks_to_csv
from jwpgraph.taxonomy.worklist import CuratorTask
from jwpgraph.vocabulary import ID
from jwpgraph.web.content_names import list_group_names
from jwpgraph.web.labels.discrepancies import (
    CAUSES,
    TASK_KINDS,
    describe,
    describe_task,
    get_cause_label,
    get_task_label,
    suggest_decision,
)
from jwpgraph.web.labels.resource_names import make_taxon_value
from jwpgraph.web.page_router import PageRouter
from jwpgraph.web.paging import parse_offset
from jwpgraph.web.rendering import make_page
from jwpgraph.web.requested_day import parse_requested_day
from jwpgraph.web.table_files import TABLE_TYPES, as_download
from jwpgraph.web.translation import translate_explanation

_PER_PAGE: Final = 100
_CAUSES: Final = {one.value: one for one in CAUSES}
_BASES: Final = ("curator", "candidate")


router = PageRouter()


@router.read_undocumented("/discrepancies", "/discrepancies.csv", "/discrepancies.json")
@takes("cause", "basis", "group", "q", "on", "offset")
async def show_discrepancies(request: Request, site: Site) -> Response:
    """Return the differences between the treaties as a page, as CSV or as JSON."""
    on, offset = parse_requested_day(request), parse_offset(request)
    extension = request.url.path.rpartition("/")[2].partition(".")[2]
    given = _read(request, ("cause", "basis", "group", "q"))
    require_choice("cause", given["cause"], _CAUSES)
    require_choice("basis", given["basis"], _BASES)
    require_choice("group", given["group"], await list_group_names(site))

    async def select() -> tuple[AlignmentAssessment, list[Discrepancy], Counter[str]]:
        found = await get_assessment(site, on, None)
        members = (await get_group_members(site)).get(given["group"], frozenset())
        first = await _get_priorities(site)
        words = given["q"].casefold().split()
        left = [
            one
            for one in found.discrepancies
            if (not given["group"] or one.subject in members or one.object in members)
            and given["basis"] in ("", "curator" if one.curated else "candidate")
            and _has_words(found, [one.subject, one.object], words)
        ]
        counts = Counter(one.cause.value for one in left)
        chosen = [one for one in left if given["cause"] in ("", one.cause.value)]
        chosen.sort(key=lambda one: (first.isdisjoint({one.subject, one.object}), CAUSES.index(one.cause), one.key))
        return found, chosen, counts

    async def make() -> Mapping[str, Any]:
        found, chosen, counts = await select()
        places = {
            node.iri: node.name
            for segment in ("country", "historic-area", "region")
            for node in (await get_entity_index(site, BY_SEGMENT[segment])).nodes
        }
        return {
            "items": chosen[offset : offset + _PER_PAGE],
            "taxon": lambda iri: make_taxon_value(found.reading.taxa.concepts[iri]),
            "known": found.reading.taxa.concepts,
            "first_ones": await _get_priorities(site),
            "causes": [(one, get_cause_label(one), counts[one.value]) for one in CAUSES],
            "cause_label": get_cause_label,
            "describe": lambda one: describe(one, places),
            "suggestion": suggest_decision,
            # Here, as the reader's language holds only within the making of a page.
            "groups": await list_group_names(site),
            "on": on,
            **_get_page_values(request, "/discrepancies", given, len(chosen), offset),
        }

    async def file() -> tuple[bytes, Mapping[str, str]]:
        found, chosen, _ = await select()
        if extension == "json":
            items = [discrepancy_to_json(found, one) for one in chosen]
            body = to_json_bytes({"total": len(items), "items": items})
        else:
            body = discrepancies_to_csv(replace(found, discrepancies=chosen)).encode()
        return body, as_download(f"discrepancies.{extension}")

    if extension:
        return await send_conditionally(request, site, TABLE_TYPES[extension], file, None, on.isoformat())
    return await make_page(request, site, "discrepancies.html", make, variant=on.isoformat())


@router.read_undocumented("/worklist", "/worklist.csv", "/worklist.json")
@takes("kind", "q", "on", "offset")
async def show_worklist(request: Request, site: Site) -> Response:
    """Return the decisions that a curator has to make as a page, as CSV or as JSON."""
    on, offset = parse_requested_day(request), parse_offset(request)
    given = _read(request, ("kind", "q"))
    require_choice("kind", given["kind"], TASK_KINDS)
    extension = request.url.path.rpartition("/")[2].partition(".")[2]

    async def select() -> tuple[AlignmentAssessment, list[CuratorTask], Counter[str]]:
        found = await get_assessment(site, on, None)
        words = given["q"].casefold().split()
        left = [one for one in found.tasks if _has_words(found, one.concepts, words)]
        return found, [one for one in left if given["kind"] in ("", one.kind)], Counter(one.kind for one in left)

    async def make() -> Mapping[str, Any]:
        found, chosen, counts = await select()
        return {
            "items": chosen[offset : offset + _PER_PAGE],
            "taxon": lambda iri: make_taxon_value(found.reading.taxa.concepts[iri]),
            "known": found.reading.taxa.concepts,
            "kinds": [(kind, get_task_label(kind), counts[kind]) for kind in TASK_KINDS],
            "task_label": get_task_label,
            "describe": describe_task,
            "reason_label": translate_explanation,
            "on": on,
            **_get_page_values(request, "/worklist", given, len(chosen), offset),
        }

    async def file() -> tuple[bytes, Mapping[str, str]]:
        _, chosen, _ = await select()
        if extension == "json":
            body = to_json_bytes({"total": len(chosen), "items": [task_to_json(one) for one in chosen]})
        else:
            body = tasks_to_csv(chosen).encode()
        return body, as_download(f"worklist.{extension}")

    if extension:
        return await send_conditionally(request, site, TABLE_TYPES[extension], file, None, on.isoformat())
    return await make_page(request, site, "worklist.html", make, variant=on.isoformat())


def _read(request: Request, names: Sequence[str]) -> dict[str, str]:
    return {name: " ".join(request.query_params.get(name, "").split())[:100] for name in names}


def _has_words(found: AlignmentAssessment, concepts: Iterable[str | None], words: Sequence[str]) -> bool:
    if not words:
        return True
    known = [one for iri in concepts if (one := found.reading.taxa.concepts.get(iri or ""))]
    text = " ".join(f"{one.name} {one.common_name or ''}" for one in known).casefold()
    return all(word in text for word in words)


async def _get_priorities(site: AppContext) -> frozenset[str]:
    """Return the concepts of all species groups, which are listed first."""
    return frozenset().union(*(await get_group_members(site)).values())


def _get_page_values(request: Request, path: str, given: Mapping[str, str], total: int, offset: int) -> dict[str, Any]:
    def state(extension: str = "", **changes: str | None) -> str:
        values = {**given, "on": request.query_params.get("on"), **changes}
        query = urlencode({name: value for name, value in values.items() if value})
        return path + extension + (f"?{query}" if query else "")

    return {
        "given": given,
        "total": total,
        "state": state,
        "short_name": lambda iri: iri.removeprefix(ID),
        "first": offset + 1,
        "previous": str(max(0, offset - _PER_PAGE)) if offset else None,
        "following": str(offset + _PER_PAGE) if offset + _PER_PAGE < total else None,
    }
