"""``/leo``: the Law and Environment Ontology of InforMEA as a list, and a page and data for each of its terms.

The IRIs of the terms are InforMEA's, so that their pages here are not reached by dereferencing them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fastapi import Request
from starlette.responses import Response

from jwpgraph.entities.leo import LeoVocabulary, get_leo_vocabulary, get_term_path
from jwpgraph.http.declared_parameters import takes
from jwpgraph.linked_data.catalogue_routes import link_forms
from jwpgraph.linked_data.documents import read_statements_about
from jwpgraph.linked_data.rdf_formats import GRAPH_TYPES, serialize_quads, split_extension
from jwpgraph.linked_data.responses import (
    choose_media_type,
    get_raw_path,
    make_content_tag,
    send_conditionally,
)
from jwpgraph.linked_data.routing import Site
from jwpgraph.web.entity_view import ValueView
from jwpgraph.web.page_router import PageRouter
from jwpgraph.web.paging import parse_offset
from jwpgraph.web.rendering import HTML, make_page
from jwpgraph.web.trees import read_members

_PER_PAGE: Final = 100


router = PageRouter()


@router.read_undocumented("/leo")
@takes("q", "offset")
async def list_terms(request: Request, site: Site) -> Response:
    """Return the list of terms, or those with the words of ``?q=``."""
    asked, offset = " ".join(request.query_params.get("q", "").split())[:200], parse_offset(request)

    async def make() -> Mapping[str, Any]:
        known = await get_leo_vocabulary(site)
        terms = known.find(asked)
        return {
            "q": asked,
            "items": [
                (_make_link(known, iri), len(known.activities.get(iri, ())))
                for iri in terms[offset : offset + _PER_PAGE]
            ],
            "total": len(terms),
            "first": offset + 1,
            "previous": max(0, offset - _PER_PAGE) if offset else None,
            "following": offset + _PER_PAGE if offset + _PER_PAGE < len(terms) else None,
        }

    return await make_page(request, site, "leo.html", make)


@router.read_undocumented("/leo/{name:path}")
async def show_term(request: Request, site: Site, name: str) -> Response:
    """Return a term as a page or as RDF, by the extension of the path or by negotiation."""
    del name  # its decoded form
    asked, by_extension = split_extension(get_raw_path(request).removesuffix(".html"))
    known = await get_leo_vocabulary(site)
    iri = known.require(asked.removeprefix("/leo/"))
    path = get_term_path(iri) or asked
    headers = {"Link": link_forms(site, request, path, HTML)}
    media_type = by_extension or choose_media_type(request, (HTML, *GRAPH_TYPES))

    async def make() -> Mapping[str, Any]:
        return {
            "iri": iri,
            "term": _make_link(known, iri),
            "others": sorted((language, text) for language, text in known.labels[iri].items()),
            "above": [_make_link(known, one) for one in known.sort(known.broader.get(iri, ()))],
            "below": [_make_link(known, one) for one in known.sort(known.narrower.get(iri, ()))],
            "members": await read_members(site, "leo", iri),
            "path": path,
        }

    async def make_document() -> tuple[bytes, Mapping[str, str]]:
        body = serialize_quads(await read_statements_about(site, (iri,)), media_type, iri)
        return body, {"ETag": make_content_tag(body)}

    if media_type == HTML:
        return await make_page(request, site, "leo_term.html", make, headers)
    return await send_conditionally(request, site, media_type, make_document, headers)


def _make_link(known: LeoVocabulary, iri: str) -> ValueView:
    text, language = known.preferred_label(iri)
    return ValueView(
        text, get_term_path(iri) if iri in known.labels else iri, iri not in known.labels, language=language
    )
