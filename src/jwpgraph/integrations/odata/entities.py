"""The entities of a release: treaties, documents, decisions, meetings, sites and country profiles.

Properties of InforMEA's model without data in the graph (the body that took a decision, the country of a meeting)
are null. Contacts, country reports and national plans are not in the graph; their sets are empty.
"""

from __future__ import annotations

import math
import re
import uuid
from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.iri_mapping import get_slug
from jwpgraph.entities.nodes import NOTATION, EntityNode
from jwpgraph.integrations.odata.changes import read_change_times
from jwpgraph.integrations.odata.edm import KEY, LISTED_SETS, SETS
from jwpgraph.integrations.odata.graph import (
    PARENT,
    RESOLUTION,
    TREATY_CODE,
    Graph,
    get_day,
    get_descriptions,
    get_english_label,
    get_files,
    get_labels,
    get_names,
    get_number,
    get_page,
    get_value,
    load_nodes,
    make_key,
    make_slug,
    with_unique_keys,
)
from jwpgraph.integrations.odata.records import ODataRecord, Value, make_child
from jwpgraph.vocabulary import JWP, PREFIXES

Entities = Mapping[str, Sequence[ODataRecord]]

_SCHEMA: Final = PREFIXES["schema"]
_DECISION: Final = re.compile(r"(\S+) (Resolution|Decision|Recommendation) (?:Conf\. )?(\S.*)", re.IGNORECASE)
_YEARLY: Final = "P1Y"
#: InforMEA's terms for types of meetings; other types keep their names.
_MEETING_TYPES: Final = {
    "conference-of-the-parties": "cop",
    "meeting-of-the-parties": "mop",
    "scientific-committee": "scc",
    "standing-committee": "stc",
}
_COORDINATION: Final = "coordination-meeting"


async def load_entities(site: AppContext, today: date) -> Entities:
    """Return the entities of all sets in the current release; *today* determines whether a meeting is over.

    The sets of texts, files and keywords are included.
    """

    async def make() -> Entities:
        nodes = await load_nodes(site)
        graph = Graph(nodes, await read_change_times(site, nodes))
        listed = {name: list(_BUILDERS[name](graph, today)) if name in _BUILDERS else [] for name in LISTED_SETS}
        reached: dict[str, dict[str, ODataRecord]] = {name: {} for name in SETS if name not in listed}
        for record in (record for records in listed.values() for record in records):
            for target in (target for targets in record.links.values() for target in targets):
                reached[target.type.set_name].setdefault(target.key, target)
        return {**listed, **{name: list(records.values()) for name, records in reached.items()}}

    return await site.once_per_day("informea entities", today, make)


def _record(
    graph: Graph,
    set_name: str,
    nodes: Sequence[EntityNode],
    key: str,
    values: Mapping[str, Value],
    **links: Sequence[ODataRecord],
) -> ODataRecord:
    """Return an entity made of *nodes*, the first of which it describes; all its values have been read."""
    common: dict[str, Value] = {KEY: key, "protocolVersion": 1, "updated": graph.find_update(*nodes)}
    return ODataRecord(SETS[set_name], {**common, **values}, links, nodes[0].iri)


def _build_treaties(graph: Graph, _today: date) -> Iterable[ODataRecord]:
    for key, node in with_unique_keys(graph.of("Instrument"), lambda node: get_value(node, TREATY_CODE)):
        prefix = f"Treaties-{key}"
        name = get_english_label([node])
        values: dict[str, Value] = {
            "UUID": _make_uuid(node),
            "url": get_page(node),
            "titleEnglish": name,
            "officialNameEnglish": name,
            "treatyWebsiteURL": get_value(node, _SCHEMA + "url"),
        }
        title, description = get_labels(node, f"{prefix}-title"), get_descriptions(node, f"{prefix}-description")
        yield _record(graph, "Treaties", [node], key, values, title=title, description=description)


def _make_uuid(node: EntityNode) -> str:
    """Return the version 5 UUID of the IRI of an entity (RFC 9562, section 5.5)."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, node.iri))


def _map_treaty_uuids(graph: Graph) -> dict[str | None, str]:
    """Return the UUIDs of treaties by code."""
    return {
        key: _make_uuid(node)
        for key, node in with_unique_keys(graph.of("Instrument"), lambda node: get_value(node, TREATY_CODE))
    }


def _build_documents(graph: Graph, _today: date) -> Iterable[ODataRecord]:
    documents = with_unique_keys([*graph.of("WorkProgramme"), *graph.of("Activity")], make_key)
    for key, node in documents:
        whole = JWP + "WorkProgramme" in node.types
        programmes = [node] if whole else graph.links(node, PREFIXES["dcterms"] + "isPartOf")
        treaties = _list_treaties(graph, node, programmes)
        prefix = f"Documents-{key}"
        values: dict[str, Value] = {
            "schemaVersion": "1",
            "treaty": treaties[0] if len(treaties) == 1 else None,
            "url": get_page(node),
            "displayOrder": 1 if whole else _get_order(node),
        }
        identifiers = {"IRI": node.iri, **({"code": node.notation} if node.notation else {})}
        meetings = graph.links(node, JWP + "involvesMeeting")
        kind = "Work programme" if whole else "Activity of a work programme"
        title, description = get_labels(node, f"{prefix}-title"), get_descriptions(node, f"{prefix}-description")
        yield _record(
            *(graph, "Documents", [node], key, values),
            title=title,
            titles=title,
            description=description,
            descriptions=description,
            types=[make_child("DocumentType", f"{prefix}-1", value=kind)],
            treaties=[make_child("TreatyReference", f"{prefix}-{code}", treaty=code, value=code) for code in treaties],
            identifiers=[
                make_child("DocumentIdentifier", f"{prefix}-{name.lower()}", name=name, value=text)
                for name, text in identifiers.items()
            ],
            keywords=graph.keywords(node, prefix),
            files=get_files(node, prefix),
            referenceToEntities=[
                make_child("DocumentReference", f"{prefix}-{make_key(one)}", type="meeting", refId=make_key(one))
                for one in meetings
            ],
        )


def _list_treaties(graph: Graph, node: EntityNode, programmes: Iterable[EntityNode]) -> list[str]:
    """Return the codes of the conventions of the programmes that a node is, or belongs to."""
    for one in programmes:
        if one is not node:
            graph.show(one, PARENT)
    return list(dict.fromkeys(code for one in programmes for code in graph.treaties(one, PARENT)))


def _get_order(node: EntityNode) -> int | None:
    """Return the place of an activity among the documents of its programme, which comes first."""
    return int(node.position) + 1 if math.isfinite(node.position) else None


def _build_decisions(graph: Graph, _today: date) -> Iterable[ODataRecord]:
    """Yield the distinct decisions that instruments and bodies are based on."""
    uuids = _map_treaty_uuids(graph)
    resting: dict[str, list[EntityNode]] = {}
    for node in sorted(graph.nodes.values(), key=EntityNode.sort_key):
        for term in node.properties.get(RESOLUTION, ()):
            if _DECISION.fullmatch(term.value):
                resting.setdefault(term.value, []).append(node)
    for designation in sorted(resting):
        match = _DECISION.fullmatch(designation)
        assert match is not None  # noqa: S101 - it was matched above
        acronym, kind, decision_number = match[1], match[2].lower(), match[3]
        nodes = resting[designation]
        key = f"{make_slug(acronym)}-{kind}-{make_slug(decision_number)}"
        prefix = f"Decisions-{key}"
        treaty = _find_treaty_code(graph, acronym)
        values: dict[str, Value] = {
            "link": get_page(nodes[0]),
            "type": kind,
            "number": decision_number,
            "treaty": treaty,
            "treatyUUID": uuids.get(treaty),
        }
        keywords = {one.key: one for node in nodes for one in graph.keywords(node, prefix)}
        yield _record(
            *(graph, "Decisions", nodes, key, values),
            title=[make_child("LocalizableString", f"{prefix}-title-en", language="en", value=designation)],
            keywords=list(keywords.values()),
            files=[one for node in nodes for one in get_files(node, f"{prefix}-{make_slug(get_slug(node.iri))}")],
        )


def _find_treaty_code(graph: Graph, acronym: str) -> str | None:
    """Return the InforMEA code of the convention with that acronym, or None."""
    for node in graph.of("Instrument"):
        code = get_value(node, TREATY_CODE)
        if code and any(term.value == acronym for term in node.properties.get(PREFIXES["skos"] + "altLabel", ())):
            graph.show(node, PREFIXES["skos"] + "altLabel")
            graph.show(node, TREATY_CODE)
            return code
    return None


def _build_meetings(graph: Graph, today: date) -> Iterable[ODataRecord]:
    uuids = _map_treaty_uuids(graph)
    yearly = {
        meeting.iri: node
        for node in graph.of("Activity")
        if get_value(node, JWP + "repeatFrequency") == _YEARLY
        for meeting in graph.links(node, JWP + "involvesMeeting")
        if any(get_slug(kind.iri) == _COORDINATION for kind in graph.links(meeting, JWP + "meetingKind"))
    }
    for key, node in with_unique_keys(graph.of("Meeting"), make_key):
        kinds = graph.links(node, JWP + "meetingKind")
        for one in kinds:
            graph.show(one, PREFIXES["skos"] + "prefLabel")
        if activity := yearly.get(node.iri):
            graph.show(activity, JWP + "repeatFrequency")
            graph.show(activity, JWP + "involvesMeeting")
        start, end = get_value(node, _SCHEMA + "startDate"), get_value(node, _SCHEMA + "endDate")
        location = get_value(node, _SCHEMA + "location")
        countries = graph.values(graph.links(node, JWP + "hostCountry"), NOTATION)
        treaty = graph.treaty(node, PARENT if PARENT in node.properties else PREFIXES["dcterms"] + "relation")
        values: dict[str, Value] = {
            "treaty": treaty,
            "treatyUUID": uuids.get(treaty),
            "url": get_page(node),
            "start": get_day(start),
            "end": get_day(end),
            "repetition": "yearly"
            if node.iri in yearly or get_value(node, JWP + "repeatFrequency") == _YEARLY
            else None,
            "type": _get_meeting_type(kinds),
            "status": _get_meeting_status(get_value(node, JWP + "meetingStatus"), start, end, today),
            "location": location,
            "city": location if location and "," not in location and location != "online" else None,
            "country": countries[0] if len(countries) == 1 else None,
        }
        ended = _find_last_day(end or start or "")
        changed = graph.find_update(node)
        if values["status"] == "over" and ended and changed:
            # The status changed when the last day was past.
            changed = max(changed, datetime.combine(ended + timedelta(days=1), time(), UTC))
        values["updated"] = changed
        title, description = (
            get_labels(node, f"Meetings-{key}-title"),
            get_descriptions(node, f"Meetings-{key}-description"),
        )
        yield _record(graph, "Meetings", [node], key, values, title=title, description=description)


def _get_meeting_type(kinds: Sequence[EntityNode]) -> str | None:
    if len(kinds) != 1:
        return None
    name = get_english_label(kinds)
    return _MEETING_TYPES.get(get_slug(kinds[0].iri), name.lower() if name else None)


def _get_meeting_status(recorded: str | None, start: str | None, end: str | None, today: date) -> str | None:
    """Return ``nodate`` without a date, ``over`` if the last day is past, else the recorded status or None.

    A meeting that was cancelled or postponed is never over.
    """
    slug = get_slug(recorded) if recorded else None
    if slug in {"cancelled", "postponed"}:
        return slug
    if start is None and end is None:
        return "nodate"
    last = _find_last_day(end or start or "")
    return "over" if last and last < today else slug


def _find_last_day(text: str) -> date | None:
    """Return the last day of a date, a month or a year."""
    try:
        if len(text) == len("2015"):
            return date(int(text), 12, 31)
        if len(text) == len("2015-10"):
            year, month = int(text[:4]), int(text[5:])
            return date(year, month, monthrange(year, month)[1])
    except ValueError:
        return None
    whole = get_day(text)
    return whole.date() if whole else None


def _build_sites(graph: Graph, _today: date) -> Iterable[ODataRecord]:
    for key, node in with_unique_keys(graph.of("Site"), make_key):
        programmes = graph.links(node, JWP + "monitoredBy")
        inside = [one for one in graph.links(node, JWP + "containedIn") if JWP + "Country" in one.types]
        countries = graph.values(inside, NOTATION)
        treaties = _list_treaties(graph, node, programmes)
        acronyms = graph.values(programmes, PREFIXES["skos"] + "altLabel")
        values: dict[str, Value] = {
            "type": f"{acronyms[0]} site" if len(programmes) == len(acronyms) == 1 else None,
            "country": countries[0] if len(countries) == 1 else None,
            "treaty": treaties[0] if len(treaties) == 1 else None,
            "url": get_page(node),
            "latitude": get_number(node, _SCHEMA + "latitude"),
            "longitude": get_number(node, _SCHEMA + "longitude"),
        }
        yield _record(graph, "Sites", [node], key, values, name=get_names(node, f"Sites-{key}-name"))


def _build_country_profiles(graph: Graph, _today: date) -> Iterable[ODataRecord]:
    """Yield the dates of membership of Parties: the preferred one if sources differ, the others in ``note``."""
    alternates: dict[str, list[EntityNode]] = {}
    statuses = graph.of("PartyStatus")
    for node in statuses:
        for other in graph.links(node, PREFIXES["prov"] + "alternateOf"):
            alternates.setdefault(other.iri, []).append(node)
    for key, node in with_unique_keys(statuses, make_key):
        treaty = graph.treaty(node, JWP + "partyTo")
        if treaty is None or PREFIXES["prov"] + "alternateOf" in node.properties:
            continue
        countries = graph.values(
            [one for one in graph.links(node, JWP + "party") if JWP + "Country" in one.types], NOTATION
        )
        others = alternates.get(node.iri, ())
        notes = [] if countries else [get_english_label([node])]
        notes += [get_value(one, PREFIXES["rdfs"] + "comment") for one in others]
        entry: datetime | None = get_day(get_value(node, JWP + "effectiveFrom"))
        values: dict[str, Value] = {
            "country": countries[0] if countries else None,
            "treaty": treaty,
            "entryIntoForce": entry,
            "entryIntoForceStatus": get_value(node, JWP + "joinedBy"),
            "statusDate": get_day(get_value(node, JWP + "ratifiedOn")),
            "note": " ".join(note for note in notes if note) or None,
        }
        yield _record(graph, "CountryProfiles", [node, *others], key, values)


_BUILDERS: Final[dict[str, Callable[[Graph, date], Iterable[ODataRecord]]]] = {
    "Treaties": _build_treaties,
    "Documents": _build_documents,
    "Decisions": _build_decisions,
    "Meetings": _build_meetings,
    "Sites": _build_sites,
    "CountryProfiles": _build_country_profiles,
}
