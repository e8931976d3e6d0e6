"""The SPARQL page works without scripts: a form, examples, a choice of formats."""

from __future__ import annotations

import asyncio
from html import unescape

import pytest
from starlette.requests import Request
from starlette.responses import Response

from jwpgraph.entities.app_context import AppContext
from jwpgraph.problems import ProblemError
from jwpgraph.sparql_protocol.query_responses import choose_media_type
from jwpgraph.stored_queries.files import read_competency_queries, read_example_queries
from jwpgraph.web.editor import FORMATS, show_editor


def ask(site: AppContext, query: str = "", **headers: str) -> Response:
    fields = [(name.lower().replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "GET", "path": "/sparql", "query_string": query.encode(), "headers": fields}
    return asyncio.run(show_editor(Request(scope), site))


def editor(site: AppContext, query: str = "") -> str:
    return bytes(ask(site, query).body).decode()


def text_of(page: str) -> str:
    return unescape(page.partition("<textarea")[2].partition(">\n")[2].partition("</textarea>")[0])


def test_the_first_query_runs(site: AppContext, queries) -> None:
    assert len(list(queries.store.query(text_of(editor(site))))) == 33


def test_the_page_is_compressed_and_not_sent_twice(site: AppContext) -> None:
    first = ask(site, Accept_Encoding="gzip")
    assert first.headers["Content-Encoding"] == "gzip"
    assert ask(site, Accept_Encoding="gzip", If_None_Match=first.headers["ETag"]).status_code == 304
    other = ask(site, "example=02-activities-for-a-species", Accept_Encoding="gzip")
    assert other.headers["ETag"] != first.headers["ETag"]


def test_a_query_can_be_handed_over(site: AppContext) -> None:
    page = editor(site, "edit=ASK+%7B+%3C%2Ftextarea%3E%3Cscript%3E+%7D")
    assert text_of(page) == "ASK { </textarea><script> }"
    assert "<script>" not in page


def test_an_example_that_does_not_exist_is_refused(site: AppContext) -> None:
    with pytest.raises(ProblemError) as refused:
        editor(site, "example=nope")
    assert (refused.value.status, refused.value.slug) == (422, "unknown-value")


def test_every_example_is_offered_and_opens(site: AppContext, queries) -> None:
    page = editor(site)
    for query in read_example_queries() + read_competency_queries():
        assert f"/sparql?example={query.name}" in page
        assert text_of(editor(site, f"example={query.name}")).strip() == query.text.strip()


def test_the_endpoint_knows_every_format_offered() -> None:
    for name, _ in FORMATS:
        assert choose_media_type("solutions", "text/html", (name,)) or choose_media_type("graph", "text/html", (name,))
