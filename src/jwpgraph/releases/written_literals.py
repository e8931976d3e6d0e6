"""Original lexical forms and datatypes of literals that the engine normalises (docs/conformance.md).

Oxigraph stores numbers, dates and durations by value: ``"007"^^xsd:integer`` becomes ``7``, and
``"5"^^xsd:nonNegativeInteger`` becomes an ``xsd:integer``. SHACL constraints refer to the datatype and lexical form as
written (sections 4.1.2, 4.4.3, 4.8.2 and 4.8.3). A release therefore keeps the original forms in a separate file, and
validation uses them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Store, Triple, parse, serialize

from jwpgraph.problems import ProblemError
from jwpgraph.releases.changes import GraphChange, LoadGraphs, PutGraph, SparqlUpdate
from jwpgraph.releases.literal_notes import KEPT_BY_VALUE, XSD, Notes, list_stored_forms
from jwpgraph.releases.union import list_asserted_graphs
from jwpgraph.sparql_syntax.pattern_parser import UnsupportedSyntaxError
from jwpgraph.sparql_syntax.update_parser import Modification, parse_operations
from jwpgraph.vocabulary import UNNAMED_GRAPH

#: Length in characters above which the literals of an update are not recorded as written.
_LONGEST_TEXT = 500_000


@dataclass(frozen=True, slots=True)
class WrittenLiterals:
    """The original literals of quads that the engine stores in another form.

    Attributes:
        forms: the objects as written, by the quad as stored.
    """

    forms: Mapping[Quad, frozenset[Literal]] = field(default_factory=dict)

    def text(self) -> str:
        """Return the quads as written, in N-Quads, sorted."""
        quads = (_with_object(quad, literal) for quad, literals in self.forms.items() for literal in literals)
        written = (serialize(quads, format=RdfFormat.N_QUADS) or b"").decode()
        return "".join(sorted(f"{line}\n" for line in written.split("\n") if line))

    def objects(self, store: Store) -> dict[Triple, frozenset[Literal]]:
        """Return the objects as written in all graphs, by triple of the union, if any of them was normalised."""
        objects: dict[Triple, frozenset[Literal]] = {}
        for quad, literals in self.forms.items():
            objects[quad.triple] = objects.get(quad.triple, frozenset()) | literals
        asserted = set(list_asserted_graphs(store))
        for triple in objects:
            for quad in store.quads_for_pattern(triple.subject, triple.predicate, triple.object, None):
                is_asserted = quad.graph_name in asserted
                if is_asserted and quad not in self.forms and isinstance(triple.object, Literal):
                    objects[triple] |= {triple.object}
        return objects

    def of_graphs(self, graphs: Collection[str]) -> WrittenLiterals:
        """Return the literals of the graphs named in *graphs*."""
        return WrittenLiterals({quad: forms for quad, forms in self.forms.items() if _get_graph(quad) in graphs})

    def kinds(self) -> dict[str, int]:
        """Return the number of normalised literals by kind, such as ``xsd:byte as xsd:integer``."""
        counts = Counter(_get_kind(literal, quad) for quad, literals in self.forms.items() for literal in literals)
        counts.pop("", None)
        return dict(sorted(counts.items()))


class Gathering:
    """Collects the literals that the engine normalises while quads are added to a store."""

    def __init__(self) -> None:
        self._quads: set[Quad] = set()

    def of(self, triples: Iterable[Quad | Triple], graph: NamedNode) -> Iterator[Quad]:
        """Yield *triples* as quads of *graph*."""
        for triple in triples:
            quad = Quad(triple.subject, triple.predicate, triple.object, graph)
            if isinstance(quad.object, Literal) and quad.object.datatype.value in KEPT_BY_VALUE:
                self._quads.add(quad)
            yield quad

    def collect(self) -> WrittenLiterals:
        """Return the collected literals."""
        return _iter_changed(_index_by_stored(self._quads))


#: No normalised literals are recorded.
AS_STORED = WrittenLiterals()


def read_written(path: Path) -> WrittenLiterals:
    """Read the file of a release; without a file the release has no normalised literals.

    Raises:
        ProblemError: ``release-damaged`` (500).
    """
    if not path.is_file():
        return WrittenLiterals()
    try:
        return WrittenLiterals(_index_by_stored(parse(path=str(path), format=RdfFormat.N_QUADS)))
    except (OSError, SyntaxError) as error:
        detail = f"{path} cannot be read: {error}"
        raise ProblemError(
            "release-damaged", "A release differs from its manifest", detail, status=500, exit_code=1
        ) from None


def list_written_after(change: GraphChange, before: WrittenLiterals, notes: Notes, store: Store) -> WrittenLiterals:
    """Return the original literals of a candidate; for a quad that is written again, the latest form counts.

    Args:
        change: the change.
        before: the original literals of the parent.
        notes: the quads recorded while the change was applied.
        store: the store of the candidate.
    """
    if isinstance(change, SparqlUpdate):
        for quad in _iter_inserted(change):
            notes.note(quad)
    replaced = notes.graphs if isinstance(change, PutGraph | LoadGraphs) else set()
    forms = {quad: literals for quad, literals in before.forms.items() if _get_graph(quad) not in replaced}
    forms |= _index_by_stored(notes.suspects)
    return _iter_changed({quad: literals for quad, literals in forms.items() if quad in store})


def _iter_changed(forms: Mapping[Quad, frozenset[Literal]]) -> WrittenLiterals:
    return WrittenLiterals({quad: literals for quad, literals in forms.items() if literals != {quad.object}})


def _index_by_stored(written: Iterable[Quad]) -> dict[Quad, frozenset[Literal]]:
    quads = list(written)
    forms = list_stored_forms(quad.object for quad in quads if isinstance(quad.object, Literal))
    by_stored: dict[Quad, frozenset[Literal]] = {}
    for quad in quads:
        if isinstance(quad.object, Literal):
            stored = _with_object(quad, forms[quad.object])
            by_stored[stored] = by_stored.get(stored, frozenset()) | {quad.object}
    return by_stored


def _iter_inserted(change: SparqlUpdate) -> Iterator[Quad]:
    """Yield the quads of INSERT DATA as written; literals in instantiated templates are already normalised."""
    if len(change.text) > _LONGEST_TEXT:
        return
    try:
        operations = parse_operations(change.text)
    except UnsupportedSyntaxError:
        return
    for data in operations:
        if not isinstance(data, Modification) or data.where is not None or data.insert is None:
            continue
        # The content of INSERT DATA is valid TriG, which also allows SPARQL's PREFIX declarations.
        text = f"{data.prologue}\n{data.insert.strip()[1:-1]}"
        try:
            quads = list(parse(text, format=RdfFormat.TRIG, base_iri=change.base_iri))
        except (SyntaxError, ValueError):
            continue
        home = NamedNode(UNNAMED_GRAPH)
        for quad in quads:
            if not isinstance(quad.subject, BlankNode):
                graph = home if isinstance(quad.graph_name, DefaultGraph) else quad.graph_name
                yield Quad(quad.subject, quad.predicate, quad.object, graph)


def _with_object(quad: Quad, value: Literal) -> Quad:
    return Quad(quad.subject, quad.predicate, value, quad.graph_name)


def _get_graph(quad: Quad) -> str:
    return "" if isinstance(quad.graph_name, DefaultGraph) else quad.graph_name.value


def _get_kind(written: Literal, quad: Quad) -> str:
    """Return a description of the normalisation of a literal; empty if it is stored as written."""
    if not isinstance(quad.object, Literal) or written == quad.object:
        return ""
    before, after = (f"xsd:{literal.datatype.value.removeprefix(XSD)}" for literal in (written, quad.object))
    return before if before == after else f"{before} as {after}"
