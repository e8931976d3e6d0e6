"""The Atom feed of changes (RFC 4287), with deleted entries for withdrawn entities (RFC 6721)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from xml.etree import ElementTree as ET  # noqa: ICN001, RUF100, S405 - only written with, never parsed with

from jwpgraph.entities.iri_mapping import iri_to_path
from jwpgraph.releases.entity_change_queries import EntityChange
from jwpgraph.releases.entity_changes import format_moment
from jwpgraph.validation.report_formats import replace_non_xml_characters
from jwpgraph.vocabulary import ID

PATH = "/feeds/changes.atom"
MEDIA_TYPE = "application/atom+xml"
_ATOM = "http://www.w3.org/2005/Atom"
_DELETED = "http://purl.org/atompub/tombstones/1.0"


def render_changes_feed(
    changes: Sequence[EntityChange], names: Mapping[str, str], updated: datetime, url: Callable[[str], str]
) -> bytes:
    """Return the feed of the latest changes.

    Args:
        changes: the changes, newest first.
        names: names of the entities by IRI.
        updated: time of publication of the release.
        url: turns a path of this server into a URL.
    """
    ET.register_namespace("", _ATOM)
    ET.register_namespace("at", _DELETED)
    feed = ET.Element(f"{{{_ATOM}}}feed")
    _add_text(feed, "id", url(PATH))
    _add_text(feed, "title", "jwpgraph: what changed")
    _add_text(feed, "updated", format_moment(changes[0].published if changes else updated))
    ET.SubElement(feed, f"{{{_ATOM}}}link", rel="self", type=MEDIA_TYPE, href=url(PATH))
    ET.SubElement(feed, f"{{{_ATOM}}}link", rel="alternate", type="text/html", href=url("/releases"))
    _add_text(ET.SubElement(feed, f"{{{_ATOM}}}author"), "name", "jwpgraph")
    for change in changes:
        if change.kind == "withdrawn":
            _add_deleted_entry(feed, change)
        else:
            _add_entry(feed, change, names.get(change.iri) or change.iri.removeprefix(ID), url)
    body: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return body + b"\n"


def _add_entry(feed: ET.Element, change: EntityChange, name: str, url: Callable[[str], str]) -> None:
    entry = ET.SubElement(feed, f"{{{_ATOM}}}entry")
    # Entries with the same id are versions of one entry (RFC 4287, section 4.1.1), as these are of one entity.
    _add_text(entry, "id", change.iri)
    _add_text(entry, "title", f"{name}: {change.kind}")
    _add_text(entry, "updated", format_moment(change.published))
    ET.SubElement(
        entry, f"{{{_ATOM}}}link", rel="alternate", type="text/html", href=url(iri_to_path(change.iri, "doc") or "")
    )
    turtle = url(iri_to_path(change.iri, "data", "ttl") or "")
    ET.SubElement(entry, f"{{{_ATOM}}}link", rel="related", type="text/turtle", href=turtle)
    ET.SubElement(entry, f"{{{_ATOM}}}category", term=change.kind)
    reason = f"Release {change.release}" + (f": {change.message}" if change.message else "")
    _add_text(entry, "summary", reason)


def _add_deleted_entry(feed: ET.Element, change: EntityChange) -> None:
    entry = ET.SubElement(feed, f"{{{_DELETED}}}deleted-entry", ref=change.iri, when=format_moment(change.published))
    reason = f"Withdrawn in release {change.release}" + (f": {change.message}" if change.message else "")
    comment = ET.SubElement(entry, f"{{{_DELETED}}}comment")
    comment.text = replace_non_xml_characters(reason)
    if change.replaced_by:
        ET.SubElement(entry, f"{{{_ATOM}}}link", rel="related", href=change.replaced_by)


def _add_text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, f"{{{_ATOM}}}{name}").text = replace_non_xml_characters(text)
