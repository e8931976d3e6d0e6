"""Earlier states of entities (Memento, RFC 7089): every kept release is a state, selected by date.

The original resource is an entity's IRI. ``/timegate/<entity>`` redirects to the state at ``Accept-Datetime``,
``/timemap/<entity>`` lists the states, and ``/releases/<number>/data/<entity>`` is one state: the statements about the
entity in that release, as RDF. They are looked up by subject in the release's own store without a query, because
workers for rarely requested releases would be a waste.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from itertools import islice
from pathlib import Path
from typing import Final

import pyoxigraph as ox
from fastapi import Request
from starlette.responses import Response

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.iri_mapping import path_to_iris
from jwpgraph.http.conditional_requests import is_not_modified
from jwpgraph.http.headers import CORS, get_header
from jwpgraph.linked_data.rdf_formats import GRAPH_TYPES, serialize_quads, split_extension
from jwpgraph.linked_data.responses import choose_media_type, format_link, get_raw_path
from jwpgraph.linked_data.routing import ReadRouter, Site
from jwpgraph.problems import ProblemError
from jwpgraph.releases.release import Release
from jwpgraph.releases.union import is_asserted
from jwpgraph.vocabulary import BASE, ENTAILED_GRAPH, PREFIXES

_LINK_FORMAT: Final = "application/link-format"
#: Maximum number of statements of one memento.
_MOST: Final = 20_000
_ENTAILED: Final = ox.NamedNode(ENTAILED_GRAPH)
_SUBJECT: Final = ox.NamedNode(PREFIXES["rdf"] + "subject")
_PART_OF: Final = ox.NamedNode(PREFIXES["dcterms"] + "isPartOf")
#: Accept-Datetime is an RFC 1123 date in GMT and nothing else (RFC 7089, section 2.1.1.1).
_IS_DATE: Final = re.compile(
    r" *(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} "
    r"\d\d:\d\d:\d\d GMT *",
    re.ASCII,
)
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_NAMES: Final = tuple(ox.NamedNode(PREFIXES["skos"] + name) for name in ("prefLabel", "notation"))


router = ReadRouter()


@router.read_undocumented("/timegate/{name:path}")
async def redirect_to_memento(request: Request, site: Site, name: str) -> Response:
    del name  # decoded; the raw path is used instead
    thing = _make_entity_path(request, "/timegate/")
    moment = _parse_accept_datetime(request)
    chosen = _select_memento(await asyncio.to_thread(_list_mementos_of, site, thing), moment)
    links = [format_link(_resolve_iri(thing), "original"), *_get_neighbouring_mementos(site, request, thing)]
    headers = {
        "Location": _serve_memento(site, request, thing, chosen.number),
        "Vary": "Accept-Datetime",
        "Link": ", ".join(links),
        "Cache-Control": "public, no-cache",
    }
    return Response(status_code=302, headers=headers | _make_cors_headers())


@router.read_undocumented("/timemap/{name:path}")
async def show_timemap(request: Request, site: Site, name: str) -> Response:
    del name  # as above
    thing = _make_entity_path(request, "/timemap/")
    kept = await asyncio.to_thread(_list_mementos_of, site, thing)
    span = {"from": _format_date(kept[0]), "until": _format_date(kept[-1])}
    entries = [
        format_link(_resolve_iri(thing), "original"),
        format_link(site.url(request, f"/timegate/{thing}"), "timegate"),
        format_link(site.url(request, f"/timemap/{thing}"), "self", type=_LINK_FORMAT, **span),
    ]
    for place, release in enumerate(kept):
        ends = [word for word, is_it in (("first", place == 0), ("last", release is kept[-1])) if is_it]
        relation = " ".join([*ends, "memento"])
        entries.append(
            format_link(_serve_memento(site, request, thing, release.number), relation, datetime=_format_date(release))
        )
    headers = {"Cache-Control": "public, no-cache"}
    return Response(",\n".join(entries) + "\n", media_type=_LINK_FORMAT, headers=headers | _make_cors_headers())


@router.read_undocumented("/releases/{number}/data/{name:path}")
async def show_memento(request: Request, site: Site, number: str, name: str) -> Response:
    del name  # as above
    release = next((one for one in _list_mementos(site) if str(one.number) == number), None)
    if release is None:
        raise _make_not_found_problem(f"Release {number} is not kept here.")
    path, by_extension = split_extension("/" + _make_entity_path(request, f"/releases/{number}/data/"))
    media_type = by_extension or choose_media_type(request, GRAPH_TYPES)
    iris = path_to_iris("/id" + path)
    tag = f'"{release.etag.strip(chr(34))}-{media_type.rpartition("/")[2]}"'
    headers = {
        "Memento-Datetime": _format_date(release),
        "Link": ", ".join([format_link(iris[0], "original"), *_get_neighbouring_mementos(site, request, path[1:])]),
        "ETag": tag,
        "Vary": "Accept",
        "Cache-Control": "public, max-age=86400",
        "X-Release": number,
    } | _make_cors_headers()
    if is_not_modified(request.scope, tag) and get_header(request.scope, b"if-none-match") != "*":
        return Response(status_code=304, headers=headers)
    quads = await asyncio.to_thread(_read_statements, release.store_path, iris)
    if not quads:
        raise _make_not_found_problem(f"Release {number} knows nothing called /id{path}.")
    body = await asyncio.to_thread(serialize_quads, quads, media_type, iris[0])
    return Response(body, media_type=media_type, headers=headers)


def make_memento_links(site: AppContext, request: Request, path: str) -> list[str]:
    """Return the Link elements that refer to the earlier states of the entity at *path*, such as ``/id/body/iccwc``."""
    thing = path.removeprefix("/id/")
    return _get_neighbouring_mementos(site, request, thing) if site.releases is not None else []


async def list_earlier_states(site: AppContext, most: int) -> list[Release]:
    """Return the latest releases before the served one, as kept when it became current; newest first."""

    async def read() -> list[Release]:
        kept = site.releases.list() if site.releases else ()
        earlier = (one for one in kept if one.number < site.release_number)
        return sorted(earlier, key=lambda one: -one.number)

    return (await site.once_per_release("earlier states", read))[:most]


def _get_neighbouring_mementos(site: AppContext, request: Request, thing: str) -> list[str]:
    return [
        format_link(site.url(request, f"/timegate/{thing}"), "timegate"),
        format_link(site.url(request, f"/timemap/{thing}"), "timemap", type=_LINK_FORMAT),
    ]


def _make_entity_path(request: Request, before: str) -> str:
    """Return the part of the raw path after *before*, without the view of the entity."""
    rest = get_raw_path(request).removeprefix(before).removeprefix(BASE)
    for view in ("id/", "doc/", "data/"):
        rest = rest.removeprefix(view)
    return rest


def _resolve_iri(thing: str) -> str:
    return path_to_iris("/id/" + thing)[0]


def _serve_memento(site: AppContext, request: Request, thing: str, number: int) -> str:
    return site.url(request, f"/releases/{number}/data/{thing}")


def _list_mementos(site: AppContext) -> list[Release]:
    """Return the kept releases up to the served one, oldest first."""
    kept = [one for one in (site.releases.list() if site.releases else ()) if one.number <= site.release_number]
    if not kept:
        raise _make_not_found_problem("This service stores no releases.")
    return sorted(kept, key=lambda one: (one.manifest.created, one.number))


def _list_mementos_of(site: AppContext, thing: str) -> list[Release]:
    """Return the kept releases that have the entity, oldest first.

    Raises:
        ProblemError: ``not-found`` (404) if none has it.
    """
    iris = path_to_iris("/id/" + thing)
    kept = _list_mementos(site)
    lives = site.changes.list_lives(iris, site.release_number) if site.changes else []
    if lives:
        found = [one for one in kept if _is_alive_at(lives, one.number)]
    else:
        # Not everything that is described is an entity whose changes are recorded.
        found = [one for one in kept if _is_described(one.store_path, iris)]
    if not found:
        raise _make_not_found_problem(f"No kept release knows anything called /id/{thing}.")
    return found


def _is_alive_at(lives: Sequence[tuple[int, bool]], number: int) -> bool:
    return next((exists for changed, exists in reversed(lives) if changed <= number), False)


def _is_described(store_path: Path, iris: Sequence[str]) -> bool:
    store = ox.Store.read_only(str(store_path))
    return any(next(_name_graphs(store, ox.NamedNode(iri)), None) is not None for iri in iris)


def _select_memento(mementos: Sequence[Release], moment: datetime | None) -> Release:
    """Return the state at a moment; the first state for earlier moments (RFC 7089, section 4.5.3)."""
    if moment is None:
        return mementos[-1]
    return next((one for one in reversed(mementos) if _get_publication_second(one) <= moment), mementos[0])


def _get_publication_second(release: Release) -> datetime:
    """Return the time of publication in whole seconds, the precision of HTTP dates."""
    return release.manifest.created.astimezone(UTC).replace(microsecond=0)


def _format_date(release: Release) -> str:
    return format_datetime(_get_publication_second(release), usegmt=True)


def _parse_accept_datetime(request: Request) -> datetime | None:
    text = get_header(request.scope, b"accept-datetime")
    if text is None:
        return None
    try:
        moment = parsedate_to_datetime(text) if _IS_DATE.fullmatch(text) else None
    except ValueError:
        moment = None
    # The day of the week is redundant and must not contradict the date.
    if moment is None or _DAYS[moment.weekday()] != text.strip()[:3]:
        detail = f"Accept-Datetime: {text[:80]!r}; it is written as in Sun, 22 Nov 2026 12:00:00 GMT."
        raise ProblemError("bad-parameter", "Not a date", detail, status=400, parameter="Accept-Datetime")
    return moment


def _read_statements(store_path: Path, iris: Sequence[str]) -> list[ox.Quad]:
    """Return the statements about the first of *iris* in the store, its parts and sourced statements, with names."""
    store = ox.Store.read_only(str(store_path))
    for iri in iris:
        about = ox.NamedNode(iri)
        own = list(islice(_name_graphs(store, about), _MOST))
        if not own:
            continue
        found = list(own)
        for predicate in (_PART_OF, _SUBJECT):
            for quad in islice(store.quads_for_pattern(None, predicate, about, None), _MOST):
                if isinstance(quad.subject, ox.NamedNode) and quad.graph_name != ox.DefaultGraph():
                    found += islice(_name_graphs(store, quad.subject), _MOST - min(len(found), _MOST))
        linked = {quad.object for quad in own if isinstance(quad.object, ox.NamedNode)}
        for other in sorted(linked, key=str)[:_MOST]:
            for name in _NAMES:
                found += [quad for quad in store.quads_for_pattern(other, name, None, None) if _is_stated(quad)]
        return found
    return []


def _name_graphs(store: ox.Store, subject: ox.NamedNode) -> Iterator[ox.Quad]:
    return (quad for quad in store.quads_for_pattern(subject, None, None, None) if _is_stated(quad))


def _is_stated(quad: ox.Quad) -> bool:
    """Return whether a quad is in an asserted or the entailed graph; the default graph repeats all of them."""
    return is_asserted(quad) or quad.graph_name == _ENTAILED


def _make_not_found_problem(detail: str) -> ProblemError:
    return ProblemError("not-found", "Not found", detail, status=404)


def _make_cors_headers() -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in CORS}
