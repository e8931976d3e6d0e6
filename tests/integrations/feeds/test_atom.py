"""Tests of the texts of the Atom feed."""

from __future__ import annotations

from datetime import UTC, datetime
from xml.etree import ElementTree as ET  # noqa: ICN001, RUF100 - reads what this project writes

from jwpgraph.integrations.feeds.atom import EntryText, render_changes_feed
from jwpgraph.releases.entity_change_queries import EntityChange
from jwpgraph.vocabulary import ID

_ATOM = "{http://www.w3.org/2005/Atom}"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_WHEN = datetime(2026, 11, 30, tzinfo=UTC)
_EVENT = f"{ID}listing-event/cms/gyps-africanus/i-addition-2018-01-26"


def render_entry(text: EntryText) -> ET.Element:
    change = EntityChange(1, _EVENT, "created", 1, _WHEN, "First release", None)
    feed = ET.fromstring(render_changes_feed([change], {_EVENT: text}, _WHEN, lambda path: f"http://test{path}"))
    (entry,) = feed.findall(f"{_ATOM}entry")
    return entry


def test_a_change_of_a_listing_tells_its_level_of_evidence_in_three_languages() -> None:
    labels = {"en": "General knowledge", "es": "Conocimiento general", "fr": "Connaissances générales"}
    title = "Gyps africanus, CMS Appendix I: addition, 2018-01-26"
    entry = render_entry(EntryText(title, f"{ID}evidence-level/general-knowledge", labels))
    assert entry.findtext(f"{_ATOM}title") == f"{title}: created (evidence: general knowledge)"
    levels = [one for one in entry.findall(f"{_ATOM}category") if one.get("scheme") == f"{ID}scheme/evidence-levels"]
    assert {one.get(_LANGUAGE): one.get("label") for one in levels} == labels
    assert {one.get("term") for one in levels} == {"general-knowledge"}


def test_an_entity_without_a_level_has_none() -> None:
    entry = render_entry(EntryText())
    assert entry.findtext(f"{_ATOM}title") == f"{_EVENT.removeprefix(ID)}: created"
    assert [one.get("term") for one in entry.findall(f"{_ATOM}category")] == ["created"]
