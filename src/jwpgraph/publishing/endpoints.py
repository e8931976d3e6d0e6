"""The URLs of a target; for known engines the URL of the graph store determines the others."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import httpx

from jwpgraph.problems import ProblemError


@dataclass(frozen=True, slots=True)
class EngineProfile:
    """The URL paths of an engine.

    Attributes:
        store: suffix of the path of its graph store.
        query: suffix of the path of its query endpoint instead.
        update: suffix of the path of its update endpoint instead.
        derives: whether it derives entailments itself and refuses to have them written.
    """

    store: str
    query: str
    update: str
    derives: bool = False


#: jwpgraph, RDF4J and GraphDB, Virtuoso (with and without authentication), Fuseki, Oxigraph server.
KNOWN: Final = (
    EngineProfile("/graph-store", "/sparql", "/sparql", derives=True),
    EngineProfile("/rdf-graphs/service", "", "/statements"),
    EngineProfile("/sparql-graph-crud-auth", "/sparql", "/sparql-auth"),
    EngineProfile("/sparql-graph-crud", "/sparql", "/sparql-auth"),
    EngineProfile("/data", "/sparql", "/update"),
    EngineProfile("/store", "/query", "/update"),
)

_CONTROL: Final = re.compile(r"[\x00-\x20\x7f]")


@dataclass(frozen=True, slots=True)
class TargetEndpoints:
    """The URLs of a target.

    Attributes:
        store: its graph store (SPARQL 1.1 Graph Store HTTP Protocol, indirect identification).
        query: its SPARQL endpoint.
        update: its endpoint for SPARQL updates; ``None`` if unknown.
        derives: whether it derives entailments itself.
    """

    store: str
    query: str
    update: str | None
    derives: bool

    @classmethod
    def of(cls, store: str, query: str | None = None, update: str | None = None) -> TargetEndpoints:
        """Return the endpoints of a target.

        Args:
            store: the URL of its graph store.
            query: the URL of its SPARQL endpoint; optional for known engines.
            update: the URL for updates; optional for known engines.

        Raises:
            ProblemError: ``bad-target`` for an invalid URL, one with credentials, or an unknown query endpoint.
        """
        url = _check_url(store)
        path = url.path.rstrip("/")
        profile = next((engine for engine in KNOWN if path.endswith(engine.store)), None)
        if profile is not None:
            stem = path.removesuffix(profile.store)
            query = query or str(url.copy_with(path=stem + profile.query, query=None))
            update = update or str(url.copy_with(path=stem + profile.update, query=None))
        if query is None:
            raise _make_bad_url_problem(f"{store} is not the graph store of a known engine; specify --query-url, too")
        for endpoint in filter(None, (query, update)):
            _check_url(endpoint)
        if update is not None and not is_same_origin(update, store):
            raise _make_bad_url_problem(
                f"{update} has another origin than {store}; credentials are only sent to the latter"
            )
        return cls(store, query, update, derives=profile is not None and profile.derives)

    def require_update(self) -> str:
        """Return the URL for updates.

        Raises:
            ProblemError: ``bad-target`` if it is unknown.
        """
        if self.update is None:
            raise _make_bad_url_problem(
                f"{self.store} is not the graph store of a known engine; specify --update-url, too"
            )
        return self.update

    def graph(self, name: str) -> str:
        """Return the URL of a graph (Graph Store Protocol, section 4.2)."""
        return f"{self.store}{'&' if '?' in self.store else '?'}graph={quote(name, safe='')}"


def is_same_origin(first: str, second: str) -> bool:
    """Return whether two URLs have the same scheme, host and port (RFC 6454)."""
    return _get_origin(httpx.URL(first)) == _get_origin(httpx.URL(second))


def _get_origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port or {"http": 80, "https": 443}.get(url.scheme)


def _check_url(text: str) -> httpx.URL:
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError):
        raise _make_bad_url_problem(f"{text!r} is not a URL") from None
    if url.userinfo:
        raise _make_bad_url_problem(
            "a URL must not contain credentials, because others can see it; see docs/publishing.md"
        )
    if url.scheme not in {"http", "https"} or not url.host or url.fragment or _CONTROL.search(text):
        raise _make_bad_url_problem(f"{text!r} is not an http or https URL")
    return url


def _make_bad_url_problem(detail: str) -> ProblemError:
    return ProblemError("bad-target", "The target cannot be used", detail)
