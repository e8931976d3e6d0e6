"""Citations as text, BibTeX and RIS."""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from urllib.parse import unquote

import pytest

from jwpgraph.web.citations import Citation

LION = Citation("https://w3id.org/jwpgraph/id/taxon/cms/panthera-leo", "Lion", 7, date(2026, 11, 29))


def test_each_format_names_publisher_date_and_release() -> None:
    assert LION.as_text() == f"“Lion”. jwpgraph, release 7, 29 November 2026. {LION.iri}"
    assert LION.as_ris().split("\r\n") == [
        *("TY  - DATA", "TI  - Lion", "PB  - jwpgraph", "PY  - 2026", "DA  - 2026/11/29"),
        *("ET  - Release 7", f"UR  - {LION.iri}", "ER  - ", ""),
    ]
    assert LION.as_bibtex() == (
        "@misc{jwpgraph-taxon-cms-panthera-leo-r7,\n  title = {{Lion}},\n  publisher = {jwpgraph},\n"
        f"  howpublished = {{\\url{{{LION.iri}}}}},\n  note = {{Release 7}},\n  year = {{2026}},\n"
        "  date = {2026-11-29},\n}\n"
    )


def test_names_cannot_break_out_of_a_field() -> None:
    hostile = Citation("https://w3id.org/jwpgraph/id/body/x", "A}\n@x{\\y & 5%\r\nUR  - z", 1, None)
    assert r"title = {{A\} @x\{\textbackslash{}y \& 5\% UR - z}}" in hostile.as_bibtex()
    assert hostile.as_ris().count("UR  - ") == 1


def test_quotation_marks_within_a_name_are_single_ones() -> None:
    found = Citation("https://example.org/search?q=argali", "“argali” · Search", 7, None)
    assert found.as_text() == "“‘argali’ · Search”. jwpgraph, release 7. https://example.org/search?q=argali"
    assert "{{“argali” · Search}}" in found.as_bibtex()


@pytest.mark.parametrize(("form", "begins"), [("text", "“"), ("bibtex", "@misc{"), ("ris", "TY  - DATA\r\n")])
def test_a_page_offers_every_format(client, form: str, begins: str) -> None:
    page = client.get("/doc/body/iccwc", accept="text/html").text
    path = f"/cite/body/iccwc{'' if form == 'text' else f'?format={form}'}"
    assert f'href="{path}"' in page
    assert client.get(path).text.startswith(begins)


def test_missing_entities_have_no_citation(client) -> None:
    assert client.get("/cite/body/nobody").status_code == 404
    assert client.get("/cite/body/iccwc?format=word").status_code == 422


def test_a_citation_names_the_day_and_the_country_of_the_page(client) -> None:
    page = client.get("/species/falco-cherrug?on=2016-05-01&in=MN", accept="text/html").text
    named = "Saker falcon – Mongolia, as at 1 May 2016"
    assert f"“{named}”" in page
    path = "/cite/taxon/cites/falco-cherrug?format=ris&amp;on=2016-05-01&amp;in=MN"
    assert f'href="{path}"' in page
    assert f"TI  - {named}\r\n" in client.get(path.replace("&amp;", "&")).text
    assert client.get("/cite/taxon/cites/falco-cherrug?in=nowhere").status_code == 422


def test_a_briefing_says_how_to_cite_it(client) -> None:
    page = client.get("/briefing?group=african-elephant&in=KE&on=2016-05-01", accept="text/html").text
    assert "African elephant in Kenya, 1 May 2016”. jwpgraph, release" in page


@pytest.mark.parametrize("path", ["/listings?cms=I&cites=none", "/browse/activities", "/discrepancies", "/validation"])
def test_every_page_of_data_says_how_to_cite_it(client, path: str) -> None:
    page = client.get(f"{path}{'&' if '?' in path else '?'}ui=en", accept="text/html").text
    (title,) = re.findall("<title>(.*) · jwpgraph</title>", page)
    (text,) = re.findall('href="data:text/plain;charset=utf-8,([^"]*)"', page)
    assert unquote(text).startswith(f"“{unescape(title)}”. jwpgraph, release ")
    assert unquote(text).endswith(path)
    (bibtex,) = re.findall('href="data:application/x-bibtex;charset=utf-8,([^"]*)"', page)
    assert unquote(bibtex).startswith("@misc{jwpgraph-")


@pytest.mark.parametrize("path", ["/sparql", "/api/docs", "/nothing", "/doc/body/iccwc"])
def test_a_page_is_not_cited_twice_and_only_for_its_data(client, path: str) -> None:
    assert "data:application/x-bibtex" not in client.get(path, accept="text/html").text
