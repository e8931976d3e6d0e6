"""Atom feed of validation runs (RFC 4287): one entry for each run that changed results or did not finish."""

from __future__ import annotations

import sqlite3
from urllib.parse import urlencode
from xml.etree import ElementTree as ET  # noqa: ICN001, RUF100, S405 - only written with, never parsed with

from jwpgraph.validation.notification import make_payload, make_subject_line
from jwpgraph.validation.report_formats import replace_non_xml_characters
from jwpgraph.validation.result_queries import RunRecord, get_results, list_notable_runs, read_run_changes

_ATOM = "http://www.w3.org/2005/Atom"
_ENTRIES = 50
_LISTED = 20


def render_atom_feed(db: sqlite3.Connection, address: str, job: str | None = None) -> bytes:
    """Return the feed as XML.

    Args:
        db: a connection to the validation history.
        address: base URL of the service, without a trailing slash.
        job: only the runs of this job; default: all.
    """
    ET.register_namespace("", _ATOM)
    feed = ET.Element(f"{{{_ATOM}}}feed")
    entries = [_add_entry(db, run, address) for run in list_notable_runs(db, job, _ENTRIES)]
    question = f"?{urlencode({'job': job})}" if job else ""
    where = f"{address}/validation/feed.atom{question}"
    _add_text(feed, "id", where)
    _add_text(feed, "title", "jwpgraph: validation results" + (f" ({job})" if job else ""))
    # Runs overlap: the latest run to start is not always the latest to end.
    times = (entry.findtext(f"{{{_ATOM}}}updated", "") for entry in entries)
    _add_text(feed, "updated", max(times, default="1970-01-01T00:00:00Z"))
    ET.SubElement(feed, f"{{{_ATOM}}}link", rel="self", href=where)
    ET.SubElement(feed, f"{{{_ATOM}}}link", rel="alternate", type="text/html", href=f"{address}/validation{question}")
    _add_text(ET.SubElement(feed, f"{{{_ATOM}}}author"), "name", "jwpgraph")
    feed.extend(entries)
    body: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return body + b"\n"


def _add_entry(db: sqlite3.Connection, run: RunRecord, address: str) -> ET.Element:
    changes = read_run_changes(db, run.id)
    entry = ET.Element(f"{{{_ATOM}}}entry")
    page = f"{address}/validation/runs/{run.id}"
    _add_text(entry, "id", page)
    _add_text(entry, "title", make_subject_line(make_payload(db, run, changes)))
    _add_text(entry, "updated", run.finished or run.started)
    ET.SubElement(entry, f"{{{_ATOM}}}link", rel="alternate", type="text/html", href=page)
    ET.SubElement(entry, f"{{{_ATOM}}}category", term=run.job)
    lines = []
    for name, fingerprints in (("New", changes.new), ("Back", changes.regressed), ("Fixed", changes.fixed)):
        for one in get_results(db, run.job, fingerprints[:_LISTED]):
            lines.append(f"{name}: {one.severity}, {one.focus} {one.path or ''} {one.text()}")
        if len(fingerprints) > _LISTED:
            lines.append(f"{name}: and {len(fingerprints) - _LISTED} more")
    content = _add_text(entry, "content", "\n".join(lines) or (run.problem or run.outcome))
    content.set("type", "text")
    return entry


def _add_text(parent: ET.Element, name: str, text: str) -> ET.Element:
    element = ET.SubElement(parent, f"{{{_ATOM}}}{name}")
    element.text = replace_non_xml_characters(text)
    return element
