"""Statements of an importer under construction, and access to the facts that the graph contains already.

An importer links to existing entities (countries, instruments, taxon concepts, sources) and must not restate them:
otherwise two files would be responsible for one fact.
"""

from __future__ import annotations

import hashlib
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, QuerySolutions, RdfFormat, Store, Triple

from jwpgraph.problems import ProblemError
from jwpgraph.releases.union import iter_graph_quads, list_asserted_graphs, move_to_default
from jwpgraph.shipped_files import list_shipped_sources as shipped_sources
from jwpgraph.sources.tables import measure_file
from jwpgraph.sources.turtle_writer import write_turtle
from jwpgraph.vocabulary import ID, PREFIXES, expand_name, make_entity_iri

_PROLOGUE: Final = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
_XSD: Final = PREFIXES["xsd"]
#: A million quads are half a million triples, whose union takes about 350 MB.
_MOST_QUADS_IN_MEMORY: Final = 1_000_000
_TEXTS: Final = frozenset(
    {"skos:prefLabel", "skos:altLabel", "skos:editorialNote", "rdfs:comment", "dcterms:description"}
)


def expand_term(name: str) -> NamedNode:
    """Return the IRI of a term by its prefixed name, such as ``jwp:partyTo``."""
    return NamedNode(expand_name(name))


def make_typed_literal(value: str, datatype: str) -> Literal:
    """Return a literal of an XML Schema datatype: ``make_typed_literal("2015", "gYear")``."""
    return Literal(value, datatype=NamedNode(_XSD + datatype))


class Statements:
    """Set of triples under construction."""

    def __init__(self) -> None:
        self.triples: set[Triple] = set()

    def add(self, subject: str, predicate: str, value: str | Literal) -> None:
        """Add a statement about *subject*; a plain string is an IRI, or English text if the property takes text."""
        if isinstance(value, str):
            value_term = Literal(value, language="en") if predicate in _TEXTS else NamedNode(value)
        else:
            value_term = value
        self.triples.add(Triple(NamedNode(subject), expand_term(predicate), value_term))

    def describe(self, subject: str, class_name: str, label: str) -> None:
        """State the class (``jwp:Signature``) and the English label of an entity."""
        self.add(subject, "rdf:type", expand_term(class_name).value)
        self.add(subject, "skos:prefLabel", label)

    def cite(
        self,
        statement: str,
        label: str,
        subject: str,
        predicate: str,
        value: str | Literal,
        sources: Iterable[str],
        evidence: str = "sourced",
    ) -> None:
        """State the sources of a single triple, for subjects that have further sources."""
        self.describe(statement, "jwp:SourcedStatement", label)
        self.add(statement, "rdf:subject", subject)
        self.add(statement, "rdf:predicate", expand_term(predicate).value)
        self.add(statement, "rdf:object", value)
        self.add(statement, "jwp:evidence", make_entity_iri("evidence-level", evidence))
        for source in sources:
            self.add(statement, "dcterms:source", source)

    def __bool__(self) -> bool:
        return bool(self.triples)

    def turtle(self, header: str, segments: Iterable[str]) -> str:
        """Return the statements as Turtle; each of *segments* (``country``, ``taxon/cms``) gets a prefix."""
        out = io.StringIO()
        prefixes = {"-".join(reversed(name.split("/"))): f"{ID}{name}/" for name in segments}
        write_turtle(self.triples, out, header=header, prefixes=prefixes)
        return out.getvalue()


def read_shipped_dataset() -> Store:
    """Return the ontology, its schemes and the shipped data, each file as a named graph, in memory."""
    store = Store()
    for graph, path in shipped_sources():
        store.bulk_load(path=str(path), format=RdfFormat.TURTLE, to_graph=NamedNode(graph))
    return store


class KnownDataset:
    """Facts of a dataset outside the graph to be written.

    The engine evaluates a query over a list of graphs by one look-up for each pattern, solution and graph. Therefore
    the union of the graphs is copied into memory once, unless it is too large.

    Args:
        store: the dataset, each source in a named graph.
        writing: the graphs that the importer writes; they are ignored, so that a repeated import has the same result.
    """

    def __init__(self, store: Store, writing: Iterable[str]) -> None:
        ignored = set(writing)
        self._store = store
        self._graphs: list[NamedNode | BlankNode | DefaultGraph] = [
            graph for graph in list_asserted_graphs(store) if graph.value not in ignored
        ]

    @cached_property
    def _dataset(self) -> tuple[Store, list[NamedNode | BlankNode | DefaultGraph]]:
        """Return a store, and the graphs in it whose union is queried."""
        if len(self._graphs) == 1 or len(self._store) > _MOST_QUADS_IN_MEMORY:
            return self._store, self._graphs
        union = Store()
        union.bulk_extend(
            move_to_default(quad for graph in self._graphs for quad in iter_graph_quads(self._store, graph))
        )
        return union, [DefaultGraph()]

    def rows(self, pattern: str, variables: str) -> list[tuple[str, ...]]:
        """Return the distinct rows of *variables* for a graph pattern over the other graphs, in order.

        An unbound variable is an empty string.
        """
        text = f"{_PROLOGUE}SELECT DISTINCT {variables} WHERE {{ {pattern} }} ORDER BY {variables}"
        store, graphs = self._dataset
        solutions = store.query(text, default_graph=graphs)
        assert isinstance(solutions, QuerySolutions)  # noqa: S101 - the query above is SELECT
        return [tuple(item.value if isinstance(item, NamedNode | Literal) else "" for item in row) for row in solutions]

    def types(self, iri: str) -> set[str]:
        """Return the classes of an entity; empty if the dataset does not contain it."""
        return {row[0] for row in self.rows(f"<{iri}> a ?class", "?class")}


class ShippedDataset(KnownDataset):
    """The shipped sources without the graphs *writing*; read when a fact is looked up, which a wrong file prevents."""

    def __init__(self, writing: Iterable[str]) -> None:
        super().__init__(Store(), ())
        self._ignored = set(writing)

    @cached_property
    def _dataset(self) -> tuple[Store, list[NamedNode | BlankNode | DefaultGraph]]:
        for graph, path in shipped_sources():
            if graph not in self._ignored:
                self._store.bulk_load(path=str(path), format=RdfFormat.TURTLE)
        return self._store, [DefaultGraph()]


@dataclass(frozen=True)
class SourceFile:
    """Source of the statements of one imported file: the IRI and label of its ``jwp:Source``, and the file's digest."""

    iri: str
    label: str
    digest: str


def state_source(path: Path, known: KnownDataset, statements: Statements, citation: str = "") -> SourceFile:
    """Return the source of a file: the registered source with the file's digest, or a new one named after the file.

    Args:
        path: the file.
        known: the dataset in which sources are registered; ``jwp:sha256`` of a source is the digest of a file.
        statements: receives the description of a new source.
        citation: citation for a new source; default: the file's name and digest.

    Raises:
        ProblemError: ``no-such-file``, ``not-a-file`` or ``unreadable-file``.
    """
    digest = _make_file_digest(path)
    registered = known.rows(
        f'?source a jwp:Source ; jwp:sha256 "{digest}" ; skos:prefLabel ?label FILTER(lang(?label) = "en")',
        "?source ?label",
    )
    if registered:
        return SourceFile(registered[0][0], registered[0][1], digest)
    name = unicodedata.normalize("NFC", path.name)
    label = f"File {name} ({digest[:12]})"
    iri = make_entity_iri("source", f"{make_slug(path.stem)}-{digest[:12]}")
    statements.describe(iri, "jwp:Source", label)
    text = citation or f"{name}, a file that was imported; its SHA-256 digest is {digest}."
    statements.add(iri, "dcterms:bibliographicCitation", Literal(text))
    statements.add(iri, "jwp:sha256", Literal(digest))
    return SourceFile(iri, label, digest)


def _make_file_digest(path: Path) -> str:
    measure_file(path)
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ProblemError(
            "unreadable-file", "The file cannot be read", f"{path}: {error.strerror or error}."
        ) from None


def make_slug(text: str) -> str:
    """Return *text* in kebab-case: lower-case ASCII letters and digits, with hyphens for all other characters."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-") or "unnamed"


def normalise_text(text: str) -> str:
    """Return *text* normalised for comparing names: no accents, case or punctuation, single spaces."""
    decomposed = unicodedata.normalize("NFKD", text)
    kept = "".join(" " if not char.isalnum() else char for char in decomposed if not unicodedata.combining(char))
    return " ".join(kept.casefold().split())


def make_nearest_hint(name: str, names: Mapping[str, object] | Iterable[str]) -> str:
    """Return a hint with the name most similar to *name*; empty if none is similar."""
    from difflib import get_close_matches  # noqa: PLC0415 - only needed when something is wrong

    found = get_close_matches(name, list(names), n=1, cutoff=0.8)
    return f"; did you mean “{found[0]}”?" if found else ""
