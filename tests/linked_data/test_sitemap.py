"""The sitemap, and the index of several of a large release (sitemaps.org: at most 50,000 URLs in each)."""

from __future__ import annotations

from xml.etree import ElementTree

import httpx
import pytest

from jwpgraph.linked_data import sitemap

_NAMESPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def list_entries(answer: httpx.Response, root: str) -> dict[str, str]:
    """Return the time of the last change by URL of a document with the element *root*."""
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/xml")
    found = ElementTree.fromstring(answer.content)
    assert found.tag == _NAMESPACE + root
    entries = {entry[0].text or "": "".join(one.text or "" for one in entry[1:]) for entry in found}
    assert len(entries) == len(found)
    return entries


def test_a_large_release_has_several_sitemaps_with_the_same_urls(
    client, own_client, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = list_entries(client.get("/sitemap.xml"), "urlset")
    assert len(whole) > 3_000
    monkeypatch.setattr(sitemap, "_MOST_URLS", 500)
    parts = list_entries(own_client.get("/sitemap.xml"), "sitemapindex")
    assert any(part.endswith("/sitemaps/taxa-3.xml") for part in parts)
    found: dict[str, str] = {}
    for part in parts:
        urls = list_entries(own_client.get(part), "urlset")
        assert 0 < len(urls) <= 500
        assert found.keys().isdisjoint(urls.keys())
        found |= urls
    assert found == whole


@pytest.mark.parametrize("name", ["taxa-0", "taxa-01", "taxa-", "taxa", "nothing-1", "pages-1", "²-1", "taxa-²"])
def test_other_parts_are_not_found(own_client, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(sitemap, "_MOST_URLS", 500)
    assert own_client.get(f"/sitemaps/{name}.xml").status_code == 404
