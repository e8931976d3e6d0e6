"""Routes of the feeds of changes."""

# Annotations are read by FastAPI at run time: they must not be postponed.

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import Query, Request
from pydantic import ConfigDict, Field
from starlette.responses import Response

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.iri_mapping import quote_iri
from jwpgraph.entities.nodes import PREF_LABEL
from jwpgraph.http.api_model import ApiModel
from jwpgraph.integrations.feeds import atom, event_stream
from jwpgraph.linked_data.rdf_formats import GRAPH_TYPES, serialize_quads
from jwpgraph.linked_data.responses import choose_media_type, format_link, make_content_tag, send_conditionally
from jwpgraph.linked_data.routing import ReadRouter, Site
from jwpgraph.problems import ProblemError
from jwpgraph.releases.entity_change_queries import EntityChange
from jwpgraph.releases.release import Release
from jwpgraph.vocabulary import JWP, PREFIXES

_TITLE = PREFIXES["dcterms"] + "title"
#: A full page of the stream never changes.
_IMMUTABLE = "public, max-age=31536000, immutable"


class FeedParameters(ApiModel):
    """The parameters of the Atom feed."""

    model_config = ConfigDict(extra="forbid")

    archive: int | None = Field(
        None, ge=1, le=1_000_000_000, description="An archive of earlier changes; default: the feed of the last ones."
    )


class StreamParameters(ApiModel):
    """The parameters of the event stream."""

    model_config = ConfigDict(extra="forbid")

    page: int | None = Field(None, ge=1, le=1_000_000_000, description="A page; default: the root, which lists them.")


router = ReadRouter()


@router.read_undocumented(atom.PATH)
async def show_atom_feed(request: Request, site: Site, parameters: Annotated[FeedParameters, Query()]) -> Response:
    media_type = choose_media_type(request, (atom.MEDIA_TYPE, "application/xml", "text/xml"))
    changes = site.require_changes()

    async def make() -> tuple[bytes, Mapping[str, str]]:
        number = site.release_number
        recorded = await asyncio.to_thread(changes.releases, number)
        total, archive = await asyncio.to_thread(changes.count_events, number), parameters.archive
        if archive is not None and archive * atom.SIZE > total:
            raise ProblemError("not-found", "Not found", f"The feed has no archive {archive} yet.", status=404)
        last = total if archive is None else archive * atom.SIZE
        shown = await asyncio.to_thread(changes.list_events, last - atom.SIZE + 1, last, number)
        shown.reverse()
        texts, earlier = await _read_texts(site, shown), atom.find_earlier_archive(total, archive)
        body = atom.render_changes_feed(shown, texts, recorded.published, url, archive=archive, earlier=earlier)
        headers = {"ETag": make_content_tag(body)}
        if earlier is not None:
            headers["Link"] = format_link(url(atom.make_archive_path(earlier)), "prev-archive")
        return body, headers

    def url(path: str) -> str:
        return site.url(request, path)

    return await send_conditionally(request, site, media_type, make)


@router.read_undocumented(event_stream.PATH)
async def stream(request: Request, site: Site, parameters: Annotated[StreamParameters, Query()]) -> Response:
    media_type = choose_media_type(request, GRAPH_TYPES)
    changes, release = site.require_changes(), _require_release(site)

    async def make() -> tuple[bytes, Mapping[str, str]]:
        return await asyncio.to_thread(write)

    def write() -> tuple[bytes, Mapping[str, str]]:
        def url(path: str) -> str:
            return site.url(request, path)

        changes.releases(release.number)
        if parameters.page is None:
            body = serialize_quads(event_stream.describe_stream(changes, release.number, url), media_type)
            return body, {"ETag": make_content_tag(body)}
        page = event_stream.describe_page(changes, release, parameters.page, url)
        if page is None:
            detail = f"The stream has no page {parameters.page} yet."
            raise ProblemError("not-found", "Not found", detail, status=404)
        body = serialize_quads(page.quads, media_type)
        return body, {"ETag": make_content_tag(body), **({"Cache-Control": _IMMUTABLE} if page.full else {})}

    return await send_conditionally(request, site, media_type, make)


def _require_release(site: AppContext) -> Release:
    release = site.served_release()
    if release is None:
        detail = "this service reads a graph whose releases are kept elsewhere"
        raise ProblemError("changes-not-recorded", "Changes are not recorded here", detail, status=404)
    return release


async def _read_texts(site: AppContext, changes: Sequence[EntityChange]) -> Mapping[str, atom.EntryText]:
    """Read the English names or titles of changed entities that still exist, and their levels of evidence."""
    iris = sorted({change.iri for change in changes if change.kind != "withdrawn"})
    if not iris:
        return {}
    values = f"VALUES ?s {{ {' '.join(map(quote_iri, iris))} }}"
    named = f"""SELECT ?s ?name ?title WHERE {{ {values}
  {{ ?s {quote_iri(PREF_LABEL)} ?name FILTER(LANG(?name) = "en") }}
  UNION {{ ?s {quote_iri(_TITLE)} ?title FILTER(LANG(?title) = "en") }} }}"""
    graded = f"""SELECT ?s ?level ?label WHERE {{ {values}
  ?s {quote_iri(JWP + "evidence")} ?level . ?level {quote_iri(PREF_LABEL)} ?label }}"""
    rows = await site.queries.select(named)
    names = {row["s"].value: row["title"].value for row in rows if "title" in row}
    names |= {row["s"].value: row["name"].value for row in sorted(rows, key=str) if "name" in row}
    levels: dict[str, tuple[str, dict[str, str]]] = {}
    for row in await site.queries.select(graded):
        _, labels = levels.setdefault(row["s"].value, (row["level"].value, {}))
        labels[row["label"].language or ""] = row["label"].value
    return {iri: atom.EntryText(names.get(iri, ""), *levels.get(iri, ("", {}))) for iri in iris}
