"""``/informea/portal``: decisions as the InforMEA portal lists them, for ECOLEX's importer of decisions.

The importer pages through a list until a page is empty, and reads each decision, and the meeting that took it, as a
node of Drupal: values by language, references with UUIDs. Fields without a value are left out, as Drupal does.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from fastapi import Request
from starlette.responses import Response

from jwpgraph.entities.app_context import AppContext
from jwpgraph.http.declared_parameters import reads_parameters
from jwpgraph.integrations.informea_json.records import to_drupal_record
from jwpgraph.integrations.informea_json.routes import parse_number, parse_options
from jwpgraph.integrations.odata.entities import load_entities
from jwpgraph.linked_data.responses import send_document
from jwpgraph.linked_data.routing import ReadRouter, Site
from jwpgraph.problems import ProblemError
from jwpgraph.vocabulary import ID

ROOT: Final = "/informea/portal"
_LONGEST_PAGE: Final = 100
_NO_LANGUAGE: Final = "und"
#: The sets whose records are nodes, with the last part of the names that their UUIDs are made of.
_NODES: Final = {"Decisions": "decision", "Meetings": "meeting"}


router = ReadRouter(prefix=ROOT)


@router.read_undocumented("/decisions")
@reads_parameters
async def list_decisions(request: Request, site: Site) -> Response:
    options = parse_options(request, ("page", "items_per_page"))
    size = parse_number(options, "items_per_page", _LONGEST_PAGE, least=1, most=_LONGEST_PAGE)
    start = parse_number(options, "page", 0, least=0) * size
    records, today = await _load_records(request, site, "Decisions")
    return await send_document(
        request, site, [_list_item(one) for one in records[start : start + size]], variant=f"portal {today}"
    )


@router.read_undocumented("/node/{key}/json")
@reads_parameters
async def show_node(request: Request, site: Site, key: str) -> Response:
    parse_options(request, ())
    for name in _NODES:
        records, today = await _load_records(request, site, name)
        for one in records:
            if _make_uuid(name, one["id"]) == key:
                return await send_document(request, site, _make_node(name, one), variant=f"portal {today}")
    raise ProblemError("not-found", "There is no such entity", f"node/{key[:60]}", status=404)


async def _load_records(request: Request, site: AppContext, name: str) -> tuple[list[Mapping[str, Any]], str]:
    today = datetime.now(UTC).date()
    found = (await load_entities(site, today))[name]
    return [to_drupal_record(one, partial(site.url, request), {}) for one in found], today.isoformat()


def _make_uuid(name: str, key: str) -> str:
    """Return the version 5 UUID (RFC 9562, section 5.5) of a node; that of a meeting is made of its IRI."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{ID}{_NODES[name]}/{key}"))


def _list_item(decision: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "uuid": _make_uuid("Decisions", decision["id"]),
        "last_update": str(decision["updated"]),
        "treaty": decision["treaty"],
        "treaty_uuid": decision["treatyUUID"],
    }


def _make_node(name: str, record: Mapping[str, Any]) -> dict[str, Any]:
    link = record.get("link") or record.get("url")
    treaty = {"odata_identifier": record["treaty"], "uuid": record["treatyUUID"]} if record["treaty"] else None
    meeting = record.get("meetingId")
    files: dict[str, list[dict[str, str]]] = {}
    for file in record.get("files", ()):
        files.setdefault(file["language"], []).append({"filename": file["filename"], "url": file["url"]})
    node = {
        "uuid": _make_uuid(name, record["id"]),
        "changed": str(record["updated"]),
        "title_field": {language: [{"value": text}] for language, text in record["title"].items()},
        "url": {"en": link},
        "field_url": {"en": [{"url": link}]},
        "field_treaty": [treaty] if treaty else None,
        "field_files": files,
    }
    if name == "Decisions":
        published = record["published"]
        node |= {
            "body": _make_body(record),
            "field_decision_number": _get_plain(record["number"]),
            "field_decision_type": [{"label": record["type"]}] if record["type"] else None,
            "field_decision_status": [{"label": record["status"]}] if record["status"] else None,
            "field_sorting_date": _get_plain(f"{published} 00:00:00" if published else None),
            "field_meeting": [{"uuid": _make_uuid("Meetings", meeting)}] if meeting else None,
            "field_informea_tags": [{"label": one["term"], "url": one["uri"]} for one in record["keywords"]],
        }
    return {field: value for field, value in node.items() if value}


def _get_plain(value: str | None) -> dict[str, list[dict[str, str]]] | None:
    return {_NO_LANGUAGE: [{"value": value}]} if value else None


def _make_body(record: Mapping[str, Any]) -> dict[str, list[dict[str, str | None]]]:
    languages = sorted({*record["content"], *record["summary"]})
    return {
        language: [{"value": record["content"].get(language), "summary": record["summary"].get(language)}]
        for language in languages
    }
