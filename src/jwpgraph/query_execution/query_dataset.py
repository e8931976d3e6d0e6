"""The RDF dataset of a query (SPARQL 1.1 Query, section 13; Protocol, section 2.1.4).

It is the dataset of the release, with or without entailments, or the dataset that the request or the query specifies.
The default graph of a release is the stored union of its graphs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, Final

from pyoxigraph import DefaultGraph, NamedNode, Quad, Store

from jwpgraph.releases.reserved import LEGACY_UNION
from jwpgraph.vocabulary import ENTAILED_GRAPH

_LEGACY: Final = NamedNode(LEGACY_UNION)
_ENTAILED: Final = NamedNode(ENTAILED_GRAPH)
#: Maximum number of triples for merging several default graphs in memory, so that a shared triple counts once.
MERGE_LIMIT: Final = 200_000

_SCAN: Final = re.compile(
    r"""
    (?P<blank>\"{3}.*?\"{3} | '{3}.*?'{3} | "(?:[^"\\\n\r]|\\.)*" | '(?:[^'\\\n\r]|\\.)*' | \#[^\n\r]*)
    | <[^<>"{}|^`\\\x00-\x20]*>
    | (?P<clause>(?<![?$:\w.-])FROM(?![\w:.-]))
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_PREFIX: Final = re.compile(r"(?<![?$:\w.-])PREFIX\s*([\w.-]*):\s*<([^<>\s]*)>", re.IGNORECASE)
_GRAPH: Final = re.compile(r"\s*(NAMED\b)?\s*(?:<([^<>\s]*)>|([\w.-]*):([\w.-]*)(?=[\s{<]))", re.IGNORECASE)
_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


def has_dataset_clause(text: str) -> bool:
    """Return whether the query *text* has a dataset clause (``FROM``)."""
    if "from" not in text.lower():
        return False
    return any(match["clause"] for match in _SCAN.finditer(text))


def read_dataset_clauses(text: str) -> tuple[list[str], list[str]] | None:
    """Return the IRIs after ``FROM`` and ``FROM NAMED`` in *text*; ``None`` if they cannot be read without a parser."""
    if "\\u" in text.lower():
        return None
    text = _SCAN.sub(lambda match: " " if match["blank"] else match[0], text)
    prefixes = dict(_PREFIX.findall(text))
    default: list[str] = []
    named: list[str] = []
    for clause in _SCAN.finditer(text):
        if not clause["clause"]:
            continue
        graph = _GRAPH.match(text, clause.end())
        if graph is None or (graph[3] is not None and graph[3] not in prefixes):
            return None
        iri = graph[2] if graph[2] is not None else prefixes[graph[3]] + graph[4]
        if not _ABSOLUTE.match(iri):
            return None
        (named if graph[1] else default).append(iri)
    return default, named


class ReleaseDatasets:
    """The datasets of one release.

    Args:
        store: the store of the release, opened read-only.
        asserted: path of the store without entailments, which may not exist (:attr:`.Release.asserted_path`).
    """

    def __init__(self, store: Store, asserted: Path) -> None:
        self._store = store
        self._asserted_path = asserted
        self._legacy = store.contains_named_graph(_LEGACY)
        # Two asserted graphs share a triple exactly when the release has the second store.
        self._overlapping = self._legacy or asserted.is_dir()
        self._merged: tuple[object, Store] | None = None

    @cached_property
    def _named_graphs(self) -> list[NamedNode]:
        graphs = (graph for graph in self._store.named_graphs() if isinstance(graph, NamedNode))
        return [graph for graph in graphs if graph != _LEGACY]

    @cached_property
    def _asserted_dataset(self) -> tuple[Store, dict[str, Any]]:
        """Return the store and the query arguments for the dataset without entailments."""
        if self._asserted_path.is_dir():
            return Store.read_only(str(self._asserted_path)), {}
        named = [graph for graph in self._named_graphs if graph != _ENTAILED]
        return self._store, {"default_graph": [_LEGACY] if self._legacy else named, "named_graphs": named}

    def select(
        self,
        text: str,
        default_graphs: Sequence[str] | None,
        named_graphs: Sequence[str] | None,
        *,
        entailment: bool,
    ) -> tuple[Store, dict[str, Any]]:
        """Return the store to query and the query arguments that define the dataset.

        Args:
            text: the query; its ``FROM`` clauses apply if the request specifies no dataset.
            default_graphs: values of ``default-graph-uri`` (SPARQL 1.1 Protocol, section 2.1.4), or ``None``.
            named_graphs: values of ``named-graph-uri``, or ``None``.
            entailment: whether the default dataset includes entailments.

        Raises:
            ValueError: a graph name is not an absolute IRI.
        """
        if default_graphs is not None or named_graphs is not None:
            return self._explicit(default_graphs or (), named_graphs or ())
        if entailment and not self._overlapping:
            return self._store, {}
        if has_dataset_clause(text):
            clauses = read_dataset_clauses(text) if self._overlapping else None
            return self._explicit(*clauses) if clauses is not None else (self._store, {})
        if entailment:
            return self._store, {"named_graphs": self._named_graphs} if self._legacy else {}
        return self._asserted_dataset

    def name_graphs(self, text: str, dataset: Mapping[str, Any]) -> list[str] | None:
        """Return the names of the named graphs over which ``GRAPH ?g`` ranges.

        Args:
            text: the query.
            dataset: the query arguments that :meth:`select` returned for it.

        Returns:
            The names, or ``None`` if the dataset clauses of the query cannot be read.
        """
        named = dataset.get("named_graphs")
        if named is not None:
            return [graph.value for graph in named]
        if not has_dataset_clause(text):
            return [graph.value for graph in self._named_graphs]
        clauses = read_dataset_clauses(text)
        return None if clauses is None else list(dict.fromkeys(clauses[1]))

    def _explicit(self, default_graphs: Sequence[str], named_graphs: Sequence[str]) -> tuple[Store, dict[str, Any]]:
        default = [NamedNode(iri) for iri in dict.fromkeys(default_graphs) if iri != LEGACY_UNION]
        named = [NamedNode(iri) for iri in dict.fromkeys(named_graphs) if iri != LEGACY_UNION]
        if len(default) > 1 and self._overlapping:
            merged = self._merge(default, named)
            if merged is not None:
                return merged, {"default_graph": DefaultGraph(), "named_graphs": named}
        return self._store, {"default_graph": default, "named_graphs": named}

    def _merge(self, default: list[NamedNode], named: list[NamedNode]) -> Store | None:
        key = (tuple(default), tuple(named))
        if self._merged is not None and self._merged[0] == key:
            return self._merged[1]
        self._merged = None
        quads: list[Quad] = []
        copies: list[tuple[NamedNode, NamedNode | DefaultGraph]] = [(graph, DefaultGraph()) for graph in default]
        copies += [(graph, graph) for graph in named]
        for graph, target in copies:
            matches = islice(self._store.quads_for_pattern(None, None, None, graph), MERGE_LIMIT + 1 - len(quads))
            quads.extend(Quad(quad.subject, quad.predicate, quad.object, target) for quad in matches)
            if len(quads) > MERGE_LIMIT:
                return None
        merged = Store()
        merged.extend(quads)
        self._merged = (key, merged)
        return merged
