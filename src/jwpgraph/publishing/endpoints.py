"""Where a target takes graphs, queries and updates; for engines that are known, the first tells the others."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import httpx

from jwpgraph.problems import ProblemError


@dataclass(frozen=True, slots=True)
class EngineProfile:
    """How an engine arranges its paths.

    Attributes:
        store: how the path of its graph store ends.
        query: what stands in its place in the path of its query endpoint.
        update: the same for updates.
        derives: whether it derives entailments itself and lets nobody write them.
    """

    store: str
    query: str
    update: str
    derives: bool = False


#: This service, RDF4J and GraphDB, Virtuoso (with a user's name and without), Fuseki, Oxigraph's server.
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
        store: its graph store (SPARQL 1.1 Graph Store Protocol, indirect).
        query: its SPARQL endpoint.
        update: where it takes SPARQL updates; ``None`` where that is not known.
        derives: whether it derives entailments itself.
    """

    store: str
    query: str
    update: str | None
    derives: bool

    @classmethod
    def of(cls, store: str, query: str | None = None, update: str | None = None) -> TargetEndpoints:
        """The endpoints of a target.

        Args:
            store: the URL of its graph store.
            query: that of its SPARQL endpoint; may be left out for engines that are known by their paths.
            update: the same for updates.

        Raises:
            ProblemError: ``bad-target`` for what is no URL, has credentials in it, or leaves the query endpoint open.
        """
        url = _check_url(store)
        path = url.path.rstrip("/")
        known = next((one for one in KNOWN if path.endswith(one.store)), None)
        if known is not None:
            stem = path.removesuffix(known.store)
            query = query or str(url.copy_with(path=stem + known.query, query=None))
            update = update or str(url.copy_with(path=stem + known.update, query=None))
        if query is None:
            raise _bad_url_problem(f"{store} does not end as the graph store of a known engine; give --query-url, too")
        for other in filter(None, (query, update)):
            _check_url(other)
        if update is not None and not is_same_origin(update, store):
            raise _bad_url_problem(f"{update} is another origin than {store}, to which alone we say who we are")
        return cls(store, query, update, derives=known is not None and known.derives)

    def require_update(self) -> str:
        """The URL for updates.

        Raises:
            ProblemError: ``bad-target`` where it is not known.
        """
        if self.update is None:
            raise _bad_url_problem(
                f"{self.store} does not end as the graph store of a known engine; give --update-url, too"
            )
        return self.update

    def graph(self, name: str) -> str:
        """The URL of a graph (Graph Store Protocol, section 4.2)."""
        return f"{self.store}{'&' if '?' in self.store else '?'}graph={quote(name, safe='')}"


def is_same_origin(one: str, other: str) -> bool:
    """Whether two URLs have scheme, host and port in common, so that what one is trusted with goes to the other."""
    return _origin(httpx.URL(one)) == _origin(httpx.URL(other))


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port or {"http": 80, "https": 443}.get(url.scheme)


def _check_url(text: str) -> httpx.URL:
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError):
        raise _bad_url_problem(f"{text!r} is not a URL") from None
    if url.userinfo:
        raise _bad_url_problem("credentials do not belong into a URL, which others can see; see docs/publishing.md")
    if url.scheme not in {"http", "https"} or not url.host or url.fragment or _CONTROL.search(text):
        raise _bad_url_problem(f"{text!r} is not an http or https URL")
    return url


def _bad_url_problem(detail: str) -> ProblemError:
    return ProblemError("bad-target", "The target cannot be used", detail)
