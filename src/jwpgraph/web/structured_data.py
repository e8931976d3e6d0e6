"""schema.org descriptions for crawlers, as JSON-LD within the page."""

from __future__ import annotations

import re
from typing import Any

import orjson
from markupsafe import Markup

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.iri_mapping import quote_iri
from jwpgraph.entities.nodes import PREF_LABEL, EntityNode
from jwpgraph.linked_data.description_builder import CATALOGUE, DATASET, DESCRIPTION, TITLE
from jwpgraph.linked_data.rights import get_rights_iri
from jwpgraph.releases.dumps import NAMES
from jwpgraph.releases.release import Release
from jwpgraph.vocabulary import PREFIXES
from jwpgraph.web.entity_view import EntityView

#: schema.org types of our classes; default: Thing.
_TYPES = {
    "taxon": "Taxon",
    "species-group": "Taxon",
    "body": "Organization",
    "country": "Country",
    "region": "Place",
    "historic-area": "Place",
    "meeting": "Event",
    "instrument": "Legislation",
    "work-programme": "CreativeWork",
    "activity": "CreativeWork",
    "source": "CreativeWork",
    "site": "Place",
    "tool": "WebSite",
    "programme": "Project",
    "theme": "DefinedTerm",
}
_ALTERNATIVES = (PREF_LABEL, PREFIXES["skos"] + "altLabel")
_SCHEMA, _GEO = PREFIXES["schema"], PREFIXES["geo"]
_DATES = ("startDate", "endDate")
_POINT = re.compile(r"POINT ?\((-?[0-9.]+) (-?[0-9.]+)\)")
_NAME = PREFIXES["gbif"] + "canonicalName"


async def make_structured_data(site: AppContext, node: EntityNode, entity: EntityView, page: str) -> Markup:
    """Return the JSON-LD about *node*, safe within a script element.

    Args:
        site: the context; gives the coordinates of places.
        node: the thing.
        entity: its page.
        page: the address of the page.
    """
    segment = entity.kind.segment if entity.kind else ""
    others = {term.value for name in _ALTERNATIVES for term in node.properties.get(name, ())} - {entity.name}
    document: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": _TYPES.get(segment, "Thing"),
        "@id": node.iri,
        "name": entity.name,
        "alternateName": sorted(others)[:50],
        "identifier": entity.notation,
        "description": entity.summary[0].text if entity.summary else None,
        "scientificName": name.value if (name := node.first(_NAME)) else None,
        "geo": await _read_coordinates(site, node) if segment == "site" else None,
        "mainEntityOfPage": page,
        "subjectOf": {
            "@type": "Dataset",
            "@id": DATASET,
            "name": TITLE,
            "version": str(entity.release),
            "license": get_rights_iri(DATASET),
        },
    }
    if document["@type"] == "Event":
        document |= {name: one.value for name in _DATES if (one := node.first(_SCHEMA + name))}
        if place := node.first(_SCHEMA + "location"):
            document["location"] = {"@type": "Place", "name": place.value}
    return escape_for_script({key: value for key, value in document.items() if value})


def make_dataset_data(home: str, release: Release | None, number: int) -> Markup:
    """Return the JSON-LD about the whole dataset, for the first page.

    Args:
        home: the address of the first page.
        release: the release that is served, if releases are kept here.
        number: its number.
    """
    document: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "@id": DATASET,
        "name": TITLE,
        "description": DESCRIPTION,
        "url": home + "/",
        "version": str(number),
        "dateModified": release.manifest.created.isoformat() if release else None,
        "license": get_rights_iri(DATASET),
        "isAccessibleForFree": True,
        "includedInDataCatalog": {"@type": "DataCatalog", "@id": CATALOGUE, "url": home + "/catalog"},
        "distribution": [
            {
                "@type": "DataDownload",
                "contentUrl": f"{home}/releases/{number}/{name}",
                "encodingFormat": f"application/{'n-quads' if '.nq.' in name else 'trig'}",
            }
            for name in (NAMES if release else ())
        ],
    }
    return escape_for_script({key: value for key, value in document.items() if value})


async def _read_coordinates(site: AppContext, node: EntityNode) -> dict[str, Any] | None:
    """Return the point of a place; the graph has longitude before latitude (OGC 22-047r1, section 8.5)."""
    query = f"SELECT ?wkt WHERE {{ {quote_iri(node.iri)} <{_GEO}hasGeometry>/<{_GEO}asWKT> ?wkt }}"
    for row in await site.queries.select(query):
        if found := _POINT.fullmatch(row["wkt"].value.strip()):
            return {"@type": "GeoCoordinates", "latitude": float(found[2]), "longitude": float(found[1])}
    return None


def escape_for_script(document: dict[str, Any]) -> Markup:
    """Return *document* as JSON in which ``<``, ``>`` and ``&`` are escaped, so that it cannot end a script element."""
    text = orjson.dumps(document).decode()
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - escaped above
