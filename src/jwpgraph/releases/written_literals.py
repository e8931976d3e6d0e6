"""Literals as they were written, where the engine stores them in another form (docs/conformance.md).

Oxigraph stores a number, a date or a duration by its value: ``"007"^^xsd:integer`` becomes ``7``, and
``"5"^^xsd:nonNegativeInteger`` becomes an ``xsd:integer``. SHACL asks for the datatype and the lexical form of what was
written (sections 4.1.2, 4.4.3, 4.8.2 and 4.8.3). Hence a release remembers beside its store what was written, and
validation reads the graph with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Store, Triple, parse, serialize

from jwpgraph.problems import ProblemError
from jwpgraph.releases.changes import GraphChange, LoadGraphs, PutGraph, SparqlUpdate
from jwpgraph.releases.literal_notes import KEPT_BY_VALUE, XSD, Notes, stored_forms
from jwpgraph.releases.union import list_asserted_graphs
from jwpgraph.sparql_syntax.pattern_parser import UnsupportedSyntaxError
from jwpgraph.sparql_syntax.update_parser import Modification, parse_operations
from jwpgraph.vocabulary import UNNAMED_GRAPH

#: An update with a longer text is carried out by the engine as it is, and its literals are taken as it stores them.
_LONGEST_TEXT = 500_000


@dataclass(frozen=True, slots=True)
class WrittenLiterals:
    """What was written, of the quads of a release that the engine stores in another form.

    Attributes:
        forms: for a quad as it is stored, the objects with which it was written.
    """

    forms: Mapping[Quad, frozenset[Literal]] = field(default_factory=dict)

    def text(self) -> str:
        """The quads as they were written, sorted, in N-Quads."""
        quads = (_with(quad, literal) for quad, literals in self.forms.items() for literal in literals)
        written = (serialize(quads, format=RdfFormat.N_QUADS) or b"").decode()
        return "".join(sorted(f"{line}\n" for line in written.split("\n") if line))

    def objects(self, store: Store) -> dict[Triple, frozenset[Literal]]:
        """For a triple of the union of *store*, the objects that its graphs give it, where the engine changed one."""
        found: dict[Triple, frozenset[Literal]] = {}
        for quad, literals in self.forms.items():
            found[quad.triple] = found.get(quad.triple, frozenset()) | literals
        asserted = set(list_asserted_graphs(store))
        for triple in found:
            for quad in store.quads_for_pattern(triple.subject, triple.predicate, triple.object, None):
                stated = quad.graph_name in asserted
                if stated and quad not in self.forms and isinstance(triple.object, Literal):
                    found[triple] |= {triple.object}
        return found

    def of_graphs(self, graphs: Collection[str]) -> WrittenLiterals:
        """What is known of some of the graphs."""
        return WrittenLiterals({quad: forms for quad, forms in self.forms.items() if _graph(quad) in graphs})

    def kinds(self) -> dict[str, int]:
        """How many literals are stored in another form, by datatype."""
        found = Counter(_kind(literal, quad) for quad, literals in self.forms.items() for literal in literals)
        found.pop("", None)
        return dict(sorted(found.items()))


class Gathering:
    """Gathers what is known of literals while quads are put into a store."""

    def __init__(self) -> None:
        self._found: set[Quad] = set()

    def of(self, triples: Iterable[Quad | Triple], graph: NamedNode) -> Iterator[Quad]:
        """The same *triples* as quads of *graph*."""
        for triple in triples:
            quad = Quad(triple.subject, triple.predicate, triple.object, graph)
            if isinstance(quad.object, Literal) and quad.object.datatype.value in KEPT_BY_VALUE:
                self._found.add(quad)
            yield quad

    def written(self) -> WrittenLiterals:
        """What was gathered."""
        return _changed(_by_stored(self._found))


#: Nothing is known of how literals were written, or all are stored as they were.
AS_STORED = WrittenLiterals()


def read_written(path: Path) -> WrittenLiterals:
    """What a release's file says; a release without one has nothing that the engine changed.

    Raises:
        ProblemError: ``release-damaged`` (500).
    """
    if not path.is_file():
        return WrittenLiterals()
    try:
        return WrittenLiterals(_by_stored(parse(path=str(path), format=RdfFormat.N_QUADS)))
    except (OSError, SyntaxError) as error:
        detail = f"{path} cannot be read: {error}"
        raise ProblemError(
            "release-damaged", "A release is not what its manifest says", detail, status=500, exit_code=1
        ) from None


def written_after(change: GraphChange, before: WrittenLiterals, notes: Notes, store: Store) -> WrittenLiterals:
    """What is known of the literals of a candidate. Of a quad that is written again, the latest writing counts.

    Args:
        change: what was done.
        before: what is known of the parent's.
        notes: what was noted while it was done.
        store: the candidate.
    """
    if isinstance(change, SparqlUpdate):
        for quad in _inserted(change):
            notes.note(quad)
    replaced = notes.graphs if isinstance(change, PutGraph | LoadGraphs) else set()
    forms = {quad: literals for quad, literals in before.forms.items() if _graph(quad) not in replaced}
    forms |= _by_stored(notes.suspects)
    return _changed({quad: literals for quad, literals in forms.items() if quad in store})


def _changed(forms: Mapping[Quad, frozenset[Literal]]) -> WrittenLiterals:
    return WrittenLiterals({quad: literals for quad, literals in forms.items() if literals != {quad.object}})


def _by_stored(written: Iterable[Quad]) -> dict[Quad, frozenset[Literal]]:
    quads = list(written)
    forms = stored_forms(quad.object for quad in quads if isinstance(quad.object, Literal))
    found: dict[Quad, frozenset[Literal]] = {}
    for quad in quads:
        if isinstance(quad.object, Literal):
            stored = _with(quad, forms[quad.object])
            found[stored] = found.get(stored, frozenset()) | {quad.object}
    return found


def _inserted(change: SparqlUpdate) -> Iterator[Quad]:
    """The quads of INSERT DATA, as they are written; what a template makes of solutions is the engine's own."""
    if len(change.text) > _LONGEST_TEXT:
        return
    try:
        operations = parse_operations(change.text)
    except UnsupportedSyntaxError:
        return
    for data in operations:
        if not isinstance(data, Modification) or data.where is not None or data.insert is None:
            continue
        # Within its braces INSERT DATA is TriG, with the declarations of SPARQL, which TriG has as well.
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


def _with(quad: Quad, value: Literal) -> Quad:
    return Quad(quad.subject, quad.predicate, value, quad.graph_name)


def _graph(quad: Quad) -> str:
    return "" if isinstance(quad.graph_name, DefaultGraph) else quad.graph_name.value


def _kind(written: Literal, quad: Quad) -> str:
    """What the engine did to a literal; nothing where it is stored as it was written."""
    if not isinstance(quad.object, Literal) or written == quad.object:
        return ""
    before, after = (f"xsd:{each.datatype.value.removeprefix(XSD)}" for each in (written, quad.object))
    return before if before == after else f"{before} as {after}"
