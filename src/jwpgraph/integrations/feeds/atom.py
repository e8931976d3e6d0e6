"""The Atom feed of changes (RFC 4287), with deleted entries (RFC 6721) and archives (RFC 5005, section 4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from xml.etree import ElementTree as ET  # noqa: ICN001, RUF100, S405 - only written with, never parsed with

from jwpgraph.entities.iri_mapping import iri_to_path
from jwpgraph.releases.entity_change_queries import EntityChange
from jwpgraph.releases.entity_changes import format_moment
from jwpgraph.validation.report_formats import replace_non_xml_characters
from jwpgraph.vocabulary import ID

PATH = "/feeds/changes.atom"
MEDIA_TYPE = "application/atom+xml"
_ATOM = "http://www.w3.org/2005/Atom"
#: The number of entries in an archive, and of those in the feed at most.
SIZE: Final = 100
_HISTORY = "http://purl.org/syndication/history/1.0"
_DELETED = "http://purl.org/atompub/tombstones/1.0"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_LEVELS: Final = f"{ID}scheme/evidence-levels"


@dataclass(frozen=True, slots=True)
class EntryText:
    """The facts about its entity that an entry tells.

    Attributes:
        name: the English name or title.
        level: the IRI of the level of evidence; empty if the entity has none.
        level_labels: labels of the level by language.
    """

    name: str = ""
    level: str = ""
    level_labels: Mapping[str, str] = field(default_factory=dict)


def make_archive_path(number: int) -> str:
    """Return the path of an archive, with the parameter that selects it."""
    return f"{PATH}?archive={number}"


def find_earlier_archive(total: int, archive: int | None) -> int | None:
    """Return the number of the archive with the changes before those of a document; ``None`` if there are none.

    Archive *n* has the changes from ``(n - 1) * SIZE + 1`` to ``n * SIZE``, so that it never gets others.

    Args:
        total: the number of all changes.
        archive: the number of the document; ``None`` for the feed, which has the last ones.
    """
    earlier = (total - 1) // SIZE if archive is None else archive - 1
    return earlier if earlier > 0 else None


def render_changes_feed(
    changes: Sequence[EntityChange],
    texts: Mapping[str, EntryText],
    updated: datetime,
    url: Callable[[str], str],
    *,
    archive: int | None = None,
    earlier: int | None = None,
) -> bytes:
    """Return the feed of the latest changes, or an archive of it.

    Args:
        changes: the changes, newest first.
        texts: names and levels of evidence of the entities by IRI.
        updated: time of publication of the release.
        url: turns a path of this server into a URL.
        archive: the number of the archive; ``None`` for the feed itself.
        earlier: the number of the archive before it.
    """
    ET.register_namespace("", _ATOM)
    ET.register_namespace("at", _DELETED)
    ET.register_namespace("fh", _HISTORY)
    feed = ET.Element(f"{{{_ATOM}}}feed")
    _add_text(feed, "id", url(PATH))
    _add_text(feed, "title", "jwpgraph: what changed")
    _add_text(feed, "updated", format_moment(changes[0].published if changes else updated))
    links = [("self", PATH if archive is None else make_archive_path(archive))]
    if archive is not None:
        links.append(("current", PATH))
        ET.SubElement(feed, f"{{{_HISTORY}}}archive")
    if earlier is not None:
        links.append(("prev-archive", make_archive_path(earlier)))
    for relation, path in links:
        ET.SubElement(feed, f"{{{_ATOM}}}link", rel=relation, type=MEDIA_TYPE, href=url(path))
    ET.SubElement(feed, f"{{{_ATOM}}}link", rel="alternate", type="text/html", href=url("/releases"))
    _add_text(ET.SubElement(feed, f"{{{_ATOM}}}author"), "name", "jwpgraph")
    for change in changes:
        if change.kind == "withdrawn":
            _add_deleted_entry(feed, change)
        else:
            _add_entry(feed, change, texts.get(change.iri, EntryText()), url)
    body: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return body + b"\n"


def _add_entry(feed: ET.Element, change: EntityChange, text: EntryText, url: Callable[[str], str]) -> None:
    entry = ET.SubElement(feed, f"{{{_ATOM}}}entry")
    # Entries with the same id are versions of one entry (RFC 4287, section 4.1.1), as these are of one entity.
    _add_text(entry, "id", change.iri)
    name, level = text.name or change.iri.removeprefix(ID), text.level_labels.get("en", "")
    _add_text(entry, "title", f"{name}: {change.kind}" + (f" (evidence: {level.lower()})" if level else ""))
    _add_text(entry, "updated", format_moment(change.published))
    ET.SubElement(
        entry, f"{{{_ATOM}}}link", rel="alternate", type="text/html", href=url(iri_to_path(change.iri, "doc") or "")
    )
    turtle = url(iri_to_path(change.iri, "data", "ttl") or "")
    ET.SubElement(entry, f"{{{_ATOM}}}link", rel="related", type="text/turtle", href=turtle)
    ET.SubElement(entry, f"{{{_ATOM}}}category", term=change.kind)
    # An entry has one title and one summary; categories can have a label in each language.
    for language, label in sorted(text.level_labels.items()):
        term = text.level.rpartition("/")[2]
        attributes = {"term": term, "scheme": _LEVELS, "label": label, _LANGUAGE: language}
        ET.SubElement(entry, f"{{{_ATOM}}}category", attributes)
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
