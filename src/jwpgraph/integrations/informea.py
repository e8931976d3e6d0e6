"""The programme in the words of InforMEA's harvesters: treaties, documents, decisions and meetings.

Portals of this kind harvest OData-shaped JSON. What their model asks for and the graph does not know (the day on which
the programme was adopted, a meeting's country) is null, never made up.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, Final

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.iri_mapping import iri_slug
from jwpgraph.entities.nodes import EntityNode, collect_nodes, sort_nodes
from jwpgraph.vocabulary import JWP, PREFIXES

JsonObject = dict[str, Any]

_CLASSES: Final = ("WorkProgramme", "Activity", "Instrument", "Meeting")
_DESCRIPTION: Final = PREFIXES["dcterms"] + "description"
_LABEL: Final = PREFIXES["skos"] + "prefLabel"
_START: Final = PREFIXES["schema"] + "startDate"
_END: Final = PREFIXES["schema"] + "endDate"
_LOCATION: Final = PREFIXES["schema"] + "location"
_URL: Final = PREFIXES["schema"] + "url"
_FREQUENCY: Final = PREFIXES["schema"] + "repeatFrequency"
_RESOLUTION: Final = re.compile(r"(CMS|CITES) Resolution (?:Conf\. )?(.+)")
_YEARLY: Final = "P1Y"


class InformeaFeed:
    """The entity sets of one release.

    Args:
        nodes: every thing that a set is made of, by IRI.
        updated: when the release was published.
        url: makes a path of this server absolute.
    """

    def __init__(self, nodes: dict[str, EntityNode], updated: datetime, url: Callable[[str], str]) -> None:
        self._nodes = nodes
        self._updated = format_odata_date(updated)
        self._url = url

    def entities(self, name: str) -> list[JsonObject]:
        """The entities of the set called *name*, in a stable order."""
        makers: dict[str, Callable[[], Iterable[JsonObject]]] = {
            "Treaties": self._treaties,
            "Documents": self._documents,
            "Decisions": self._decisions,
            "Meetings": self._meetings,
        }
        return list(makers[name]())

    def _of(self, class_name: str) -> list[EntityNode]:
        return sort_nodes(node for node in self._nodes.values() if JWP + class_name in node.types)

    def _treaties(self) -> Iterable[JsonObject]:
        for node in self._of("Instrument"):
            code = _first_value(node, JWP + "informeaTreatyCode")
            if code:
                yield {
                    "id": code,
                    "UUID": str(uuid.uuid5(uuid.NAMESPACE_URL, node.iri)),
                    "url": self._page(node),
                    "titleEnglish": node.name,
                    "officialNameEnglish": node.name,
                    "treatyWebsiteURL": _first_value(node, _URL),
                    "title": _collect_texts(node, _LABEL),
                    "description": _collect_texts(node, _DESCRIPTION),
                    "updated": self._updated,
                }

    def _documents(self) -> Iterable[JsonObject]:
        for order, node in enumerate([*self._of("WorkProgramme"), *self._of("Activity")], start=1):
            whole = JWP + "WorkProgramme" in node.types
            yield {
                "id": iri_slug(node.iri),
                "schemaVersion": "1",
                "published": None,
                "updated": self._updated,
                "treaty": "cms",
                "treaties": ["cms", "cites"],
                "country": None,
                "displayOrder": order,
                "url": self._page(node),
                "types": ["Work programme" if whole else "Activity of a work programme"],
                "title": _collect_texts(node, _LABEL),
                "description": _collect_texts(node, _DESCRIPTION),
                "identifiers": [{"name": "IRI", "value": node.iri}]
                + ([{"name": "code", "value": node.notation}] if node.notation else []),
                "keywords": _collect_keywords(node),
                "files": self._files(node),
            }

    def _decisions(self) -> Iterable[JsonObject]:
        for node in self._of("Instrument"):
            for term in node.properties.get(JWP + "resolution", ()):
                match = _RESOLUTION.fullmatch(term.value)
                if match is None:
                    continue
                treaty = match[1].lower()
                yield {
                    "id": f"{treaty}-resolution-{_make_slug(match[2])}",
                    "link": self._page(node),
                    "title": [{"language": "en", "value": f"{term.value}: {node.name}"}],
                    "type": "resolution",
                    "status": None,
                    "number": match[2],
                    "treaty": treaty,
                    "published": None,
                    "updated": self._updated,
                    "meetingTitle": None,
                    "keywords": _collect_keywords(node),
                    "files": self._files(node),
                }

    def _meetings(self) -> Iterable[JsonObject]:
        yearly = {
            term.value
            for node in self._of("Activity")
            if _first_value(node, _FREQUENCY) == _YEARLY
            for term in node.properties.get(JWP + "involvesMeeting", ())
        }
        for node in self._of("Meeting"):
            start = format_odata_day(_first_value(node, _START))
            recurs = node.iri in yearly and node.iri.endswith("annual-coordination-meeting")
            yield {
                "id": iri_slug(node.iri),
                "treaty": self._treaty(node),
                "url": self._page(node),
                "title": _collect_texts(node, _LABEL),
                "description": _collect_texts(node, _DESCRIPTION),
                "start": start,
                "end": format_odata_day(_first_value(node, _END)),
                "repetition": "yearly" if recurs else None,
                "kind": "official",
                "status": "over" if start else "nodate",
                "location": _first_value(node, _LOCATION),
                "city": _first_value(node, _LOCATION),
                "country": None,
                "updated": self._updated,
            }

    def _treaty(self, node: EntityNode) -> str:
        parent = _first_value(node, JWP + "parentConvention")
        convention = self._nodes.get(parent) if parent else None
        return (_first_value(convention, JWP + "informeaTreatyCode") if convention else None) or "cms"

    def _page(self, node: EntityNode) -> str:
        return self._url("/" + node.iri.removeprefix("https://w3id.org/jwpgraph/"))

    def _files(self, node: EntityNode) -> list[JsonObject]:
        path = "/data/" + node.iri.removeprefix("https://w3id.org/jwpgraph/id/")
        kinds = (("ttl", "text/turtle"), ("jsonld", "application/ld+json"))
        return [
            {
                "id": f"{iri_slug(node.iri)}.{extension}",
                "url": self._url(f"{path}.{extension}"),
                "mimeType": media_type,
                "language": "en",
                "filename": f"{_make_slug(iri_slug(node.iri))}.{extension}",
            }
            for extension, media_type in kinds
        ]


async def read_feed_nodes(site: AppContext) -> dict[str, EntityNode]:
    """Every thing that the feed is made of, read once for each release."""
    classes = " ".join(f"<{JWP}{name}>" for name in _CLASSES)
    query = f"SELECT ?s ?p ?o WHERE {{ VALUES ?class {{ {classes} }} ?s a ?class . FILTER(isIRI(?s)) ?s ?p ?o }}"

    async def read() -> dict[str, EntityNode]:
        return collect_nodes(await site.queries.select(query))

    return await site.once_per_release("informea", read)


def format_odata_date(moment: datetime) -> str:
    """A moment as OData version 2 writes it: milliseconds since 1970."""
    return f"/Date({int(moment.timestamp() * 1000)})/"


def format_odata_day(value: str | None) -> str | None:
    """A whole day (``2015-10-26``) as OData writes it; a month or a year alone is no day, so nothing is said."""
    try:
        return format_odata_date(datetime.strptime(value or "", "%Y-%m-%d").replace(tzinfo=UTC))
    except ValueError:
        return None


def _first_value(node: EntityNode, predicate: str) -> str | None:
    term = node.first(predicate)
    return term.value if term else None


def _collect_texts(node: EntityNode, predicate: str) -> list[JsonObject]:
    terms = (term for term in node.properties.get(predicate, ()) if term.kind == "literal")
    ordered = sorted(terms, key=lambda term: (term.language != "en", term.language or "", term.value))
    return [{"language": term.language or "en", "value": term.value} for term in ordered]


def _collect_keywords(node: EntityNode) -> list[JsonObject]:
    subjects = node.properties.get(PREFIXES["dcterms"] + "subject", ())
    return [
        {"termURI": term.value, "scope": "leo", "literalForm": None, "sourceURL": term.value}
        for term in subjects
        if term.kind == "uri" and "informea.org" in term.value
    ]


def _make_slug(text: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-")
