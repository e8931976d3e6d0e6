"""The SPARQL page with examples and a form, for browsers that request ``/sparql`` without a query.

If npm has built the assets, YASGUI's editor replaces the text field and shows the result on the page.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from jwpgraph.entities.app_context import AppContext
from jwpgraph.problems import ProblemError, explain
from jwpgraph.stored_queries.files import StoredQuery, read_competency_queries, read_example_queries
from jwpgraph.vocabulary import PREFIXES
from jwpgraph.web.assets import get_assets
from jwpgraph.web.rendering import make_page
from jwpgraph.web.translation import gettext

_SHOWN_PREFIXES = ("jwp", "jwpid", "skos", "dcterms", "org", "schema", "rdfs", "xsd")
_FIRST = """SELECT ?code ?title WHERE {
  ?activity a jwp:Activity ;
    skos:notation ?code ;
    skos:prefLabel ?title ;
    schema:position ?position .
  FILTER(LANG(?title) = "en")
}
ORDER BY ?position"""
#: Labels of the values of the endpoint's parameter ``format``.
FORMATS = (
    ("json", "JSON"),
    ("csv", "CSV"),
    ("tsv", "TSV"),
    ("xml", "XML"),
    ("turtle", "Turtle (CONSTRUCT, DESCRIBE)"),
    ("jsonld", "JSON-LD (CONSTRUCT, DESCRIBE)"),
)


async def show_editor(request: Request, site: AppContext) -> Response:
    """Return the page; the editor contains the query of ``?edit=``, the example ``?example=``, or a default.

    Raises:
        ProblemError: ``unknown-value`` (422) if there is no such example.
    """

    async def make() -> dict[str, Any]:
        return _get_page_values(request)

    return await make_page(request, site, "sparql.html", make)


def _get_page_values(request: Request) -> dict[str, Any]:
    examples = _read_examples()
    wanted = request.query_params.get("example")
    example = next((query for query in examples if query.name == wanted), None)
    if wanted and example is None:
        detail = explain("%(name)s: “%(value)s”.", name="example", value=wanted[:80])
        raise ProblemError("unknown-value", "There is no such example query", detail, status=422, parameter="example")
    world = get_assets().world
    header = "".join(f"PREFIX {prefix}: <{PREFIXES[prefix]}>\n" for prefix in _SHOWN_PREFIXES)
    text = request.query_params.get("edit") or (example.text if example else header + "\n" + _FIRST)
    return {
        "query": text,
        "example": example,
        "examples": examples,
        "has_own_query": example is not None or bool(request.query_params.get("edit")),
        "formats": FORMATS,
        "prefixes": PREFIXES,
        "sheet": world.url if world else None,
        "words": _get_translated_texts(),
    }


def _read_examples() -> tuple[StoredQuery, ...]:
    return read_example_queries() + read_competency_queries()


def list_messages() -> Iterator[str]:
    """Return the titles and questions of the examples for the message catalogues."""
    for one in _read_examples():
        yield from (one.title, one.question)


def _get_translated_texts() -> dict[str, str]:
    """Return the texts of the script in the language of the page (``frontend/src/sparql/words.ts``)."""
    return {
        "editor": gettext("Query"),
        "run": gettext("Run"),
        "running": gettext("Running …"),
        "table": gettext("Table"),
        "chart": gettext("Chart"),
        "map": gettext("Map"),
        "response": gettext("Answer"),
        "shown": gettext("%(shown)s of %(total)s rows", shown="%(shown)s", total="%(total)s"),
        "more": gettext("Show more"),
        "filter": gettext("Rows containing"),
        "label": gettext("Names"),
        "value": gettext("Numbers"),
        "count": gettext(
            "%(number)s countries; the strongest tone stands for %(most)s.", number="%(number)s", most="%(most)s"
        ),
        "points": gettext("%(number)s points.", number="%(number)s"),
        "suggestions": gettext("Suggestions"),
        "failed": gettext("The query was not answered"),
        "stop": gettext("Stop"),
        "elapsed": gettext("%(seconds)s s", seconds="%(seconds)s"),
        "stopped": gettext("Stopped."),
        "none": gettext("No rows: the query is valid, but nothing in this release matches it."),
        "unused": gettext("Nothing in this release has %(terms)s: misspelt, or not used.", terms="%(terms)s"),
        "undeclared": gettext(
            "The query uses prefixes that it does not declare: %(prefixes)s.", prefixes="%(prefixes)s"
        ),
        "declare": gettext("Declare %(prefixes)s and run", prefixes="%(prefixes)s"),
        "link": gettext("Link to this query"),
        "raw": gettext("Response"),
        "download": gettext("Download the answer"),
        "all": gettext("Show all"),
    }
