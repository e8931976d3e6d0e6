"""The Atom feed of what validation found (RFC 4287): an entry for each run that changed something or did not finish."""

from __future__ import annotations

import sqlite3
from urllib.parse import urlencode
from xml.etree import ElementTree as ET  # noqa: ICN001, RUF100, S405 - only written with, never parsed with

from jwpgraph.validation.findings import Run, changes_of, named, telling_runs
from jwpgraph.validation.formats import xml_characters
from jwpgraph.validation.notification import payload, subject_line

_ATOM = "http://www.w3.org/2005/Atom"
_ENTRIES = 50
_LISTED = 20


def atom(db: sqlite3.Connection, address: str, job: str | None = None) -> bytes:
    """The feed.

    Args:
        db: the memory.
        address: where the service is reached, without a trailing slash.
        job: one series; default: all.
    """
    ET.register_namespace("", _ATOM)
    feed = ET.Element(f"{{{_ATOM}}}feed")
    entries = [_entry(db, run, address) for run in telling_runs(db, job, _ENTRIES)]
    question = f"?{urlencode({'job': job})}" if job else ""
    where = f"{address}/validation/feed.atom{question}"
    _text(feed, "id", where)
    _text(feed, "title", "jwpgraph: what validation found" + (f" ({job})" if job else ""))
    # Runs overlap: the one that began last need not be the one that ended last.
    times = (entry.findtext(f"{{{_ATOM}}}updated", "") for entry in entries)
    _text(feed, "updated", max(times, default="1970-01-01T00:00:00Z"))
    ET.SubElement(feed, f"{{{_ATOM}}}link", rel="self", href=where)
    ET.SubElement(feed, f"{{{_ATOM}}}link", rel="alternate", type="text/html", href=f"{address}/validation{question}")
    _text(ET.SubElement(feed, f"{{{_ATOM}}}author"), "name", "jwpgraph")
    feed.extend(entries)
    body: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return body + b"\n"


def _entry(db: sqlite3.Connection, run: Run, address: str) -> ET.Element:
    changes = changes_of(db, run.id)
    entry = ET.Element(f"{{{_ATOM}}}entry")
    page = f"{address}/validation/runs/{run.id}"
    _text(entry, "id", page)
    _text(entry, "title", subject_line(payload(db, run, changes)))
    _text(entry, "updated", run.finished or run.started)
    ET.SubElement(entry, f"{{{_ATOM}}}link", rel="alternate", type="text/html", href=page)
    ET.SubElement(entry, f"{{{_ATOM}}}category", term=run.job)
    lines = []
    for name, fingerprints in (("New", changes.new), ("Back", changes.regressed), ("Fixed", changes.fixed)):
        for one in named(db, run.job, fingerprints[:_LISTED]):
            lines.append(f"{name}: {one.severity}, {one.focus} {one.path or ''} {one.text()}")
        if len(fingerprints) > _LISTED:
            lines.append(f"{name}: and {len(fingerprints) - _LISTED} more")
    content = _text(entry, "content", "\n".join(lines) or (run.problem or run.outcome))
    content.set("type", "text")
    return entry


def _text(parent: ET.Element, name: str, text: str) -> ET.Element:
    element = ET.SubElement(parent, f"{{{_ATOM}}}{name}")
    element.text = xml_characters(text)
    return element
