"""Reading of RDF files into a store, with errors that give the file, line and column."""

from __future__ import annotations

import mmap
import os
import re
from collections.abc import Container, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, RdfFormat, Store, parse

from jwpgraph.durable_storage import report_storage_problems
from jwpgraph.problems import ProblemError
from jwpgraph.releases.changes import Payload
from jwpgraph.releases.literal_notes import KEPT_BY_VALUE, is_taking_notes, note_quads
from jwpgraph.releases.rdf_parsing import explain_read_error, has_byte_order_mark, parse_file
from jwpgraph.releases.term_length import LONGEST_TERM, check_lines, check_terms, make_too_long_problem
from jwpgraph.releases.xml_entities import check_entities
from jwpgraph.vocabulary import PREFIXES

#: Size in bytes from which a search of N-Triples for blank nodes pays off.
_LARGE = 4_000_000
_DEFAULT = DefaultGraph()
_XSD = PREFIXES["xsd"].encode()
_BY_VALUE = re.compile(rb'"\^\^<(?:%s)>' % "|".join(map(re.escape, sorted(KEPT_BY_VALUE))).encode())
#: The position in the engine's error messages, which is reported separately.
_PLACE = re.compile(r"^Parser error (?:at|between|on) line [^:]*: ")

#: Media types by file extension.
_MEDIA_TYPES = {
    "ttl": "text/turtle",
    "nt": "application/n-triples",
    "nq": "application/n-quads",
    "trig": "application/trig",
    "rdf": "application/rdf+xml",
    "owl": "application/rdf+xml",
    "xml": "application/rdf+xml",
    "jsonld": "application/ld+json",
    "json": "application/ld+json",
    "n3": "text/n3",
}

#: Extensions of the files of a folder that are read.
FOLDER_SUFFIXES = frozenset({".ttl", ".nt", ".nq", ".trig", ".rdf", ".jsonld"})


def find_rdf_format(path: Path) -> RdfFormat | None:
    """Return Oxigraph's format for a file's extension; ``None`` if it is unknown."""
    media_type = _MEDIA_TYPES.get(path.suffix.lower().removeprefix("."))
    return None if media_type is None else get_rdf_format(media_type)


def guess_media_type(path: Path) -> str:
    """Return the media type for a file's extension.

    Raises:
        ProblemError: ``unknown-format`` (400) with the known extensions.
    """
    media_type = _MEDIA_TYPES.get(path.suffix.lower().removeprefix("."))
    if media_type is None:
        extensions = ", ".join(f".{extension}" for extension in _MEDIA_TYPES)
        raise ProblemError(
            "unknown-format", "The format of a file is unknown", f"{path.name} ends with none of {extensions}"
        )
    return media_type


def get_rdf_format(media_type: str) -> RdfFormat:
    """Return Oxigraph's format for a media type.

    Raises:
        ProblemError: ``unsupported-media-type`` (415).
    """
    rdf_format = RdfFormat.from_media_type(media_type)
    if rdf_format is None:
        raise ProblemError("unsupported-media-type", "The media type is not an RDF format", media_type, status=415)
    return rdf_format


def is_plain_n_triples(payload: Payload) -> bool:
    """Return whether *payload* is a large N-Triples file without blank nodes, which the engine can load directly.

    Small files are not searched; reading them as quads is fast enough.

    Raises:
        ProblemError: ``no-such-file`` and other problems of reading the file.
    """
    if get_rdf_format(payload.media_type) != RdfFormat.N_TRIPLES:
        return False
    with _report_read_errors(payload), payload.path.open("rb") as file:
        if file.seek(0, os.SEEK_END) < _LARGE:
            return False
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return content.find(b"_:") < 0 and not has_byte_order_mark(content[:3])


def count_lines(payload: Payload) -> int:
    """Return the number of lines of *payload*, which is not shorter than the number of its triples in N-Triples."""
    with _report_read_errors(payload), payload.path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(partial(file.read, 2**20), b"")) + 1


def load_plain_n_triples(store: Store, payload: Payload, graph: NamedNode | DefaultGraph) -> None:
    """Load a *payload* without blank nodes into one graph.

    Raises:
        ProblemError: ``bad-rdf`` with line and column; ``term-too-long``.
    """
    with _report_read_errors(payload):
        check_lines(payload.path, _name_of(payload))
        store.bulk_load(
            path=str(payload.path), format=get_rdf_format(payload.media_type), base_iri=payload.base_iri, to_graph=graph
        )


def note_plain(payload: Payload, graph: str) -> None:
    """Record the literals of a *payload* for :func:`load_plain_n_triples`, if within :func:`.literal_notes.noting`.

    Raises:
        ProblemError: ``bad-rdf``.
    """
    if not is_taking_notes():
        return
    with _report_read_errors(payload), payload.path.open("rb") as file:
        lines: list[bytes] = []
        for line in file:
            if _XSD in line and _BY_VALUE.search(line):
                lines.append(line)
        quads = parse(b"".join(lines), format=RdfFormat.N_TRIPLES)
        for _ in note_quads(Quad(quad.subject, quad.predicate, quad.object, NamedNode(graph)) for quad in quads):
            pass


def read_graph_quads(payload: Payload, graph: str) -> Iterator[Quad]:
    """Yield the triples of *payload* as quads of one named graph, with fresh blank nodes.

    Raises:
        ProblemError: ``bad-rdf`` with line and column; ``named-graphs-refused`` if the payload contains named graphs.
    """
    with _report_read_errors(payload):
        yield from note_quads(_require_default_graph(payload, get_rdf_format(payload.media_type), NamedNode(graph)))


def list_graphs(payload: Payload, default_graph: str) -> set[str]:
    """Return the graphs that *payload* fills; its default graph counts as *default_graph*.

    Raises:
        ProblemError: ``bad-rdf`` with line and column; ``term-too-long``.
    """
    with _report_read_errors(payload):
        return {
            _get_target_graph(quad, default_graph) for quad in _parse_quads(payload, get_rdf_format(payload.media_type))
        }


def read_dataset_quads(payload: Payload, default_graph: str, graphs: Container[str]) -> Iterator[Quad]:
    """Yield the quads of *payload* in some of its graphs.

    Args:
        payload: a dataset.
        default_graph: the target of its default graph.
        graphs: names of the graphs to read.

    Raises:
        ProblemError: ``bad-rdf`` with line and column; ``term-too-long``.
    """
    with _report_read_errors(payload):
        yield from note_quads(_select_graphs(payload, default_graph, graphs))


def read_graph(payload: Payload, graph: str) -> set[Quad]:
    """Return the triples of *payload* as quads of one named graph, in the form in which the engine stores them.

    Raises:
        ProblemError: as :func:`read_graph_quads`.
    """
    scratch = Store()
    scratch.extend(read_graph_quads(payload, graph))
    return set(scratch)


def _parse_quads(payload: Payload, form: RdfFormat) -> Iterator[Quad]:
    quads = parse_file(payload.path, form, payload.base_iri, payload.charset)
    # A short file cannot contain long terms, unless it uses XML entities.
    if form != RdfFormat.RDF_XML and payload.path.stat().st_size <= LONGEST_TERM:
        return quads
    return _check_each(quads, _name_of(payload))


def _check_each(quads: Iterator[Quad], name: str) -> Iterator[Quad]:
    for quad in quads:
        check_terms(quad, name)
        yield quad


def _name_of(payload: Payload) -> str:
    return payload.name or payload.path.name


def _select_graphs(payload: Payload, default_graph: str, graphs: Container[str]) -> Iterator[Quad]:
    for quad in _parse_quads(payload, get_rdf_format(payload.media_type)):
        name = _get_target_graph(quad, default_graph)
        if name in graphs:
            yield Quad(quad.subject, quad.predicate, quad.object, NamedNode(name))


def _get_target_graph(quad: Quad, default_graph: str) -> str:
    if isinstance(quad.graph_name, BlankNode):
        raise ValueError("it names a graph by a blank node; graphs are named by IRIs here")  # noqa: TRY004 - a value
    return default_graph if isinstance(quad.graph_name, DefaultGraph) else quad.graph_name.value


def _require_default_graph(payload: Payload, form: RdfFormat, graph: NamedNode) -> Iterator[Quad]:
    for quad in _parse_quads(payload, form):
        if quad.graph_name != _DEFAULT:
            raise ProblemError(
                "named-graphs-refused",
                "The payload contains named graphs",
                f"{payload.name or 'it'} contains {quad.graph_name}, but the request is for a single graph",
                status=400,
            )
        yield Quad(quad.subject, quad.predicate, quad.object, graph)


@contextmanager
def _report_read_errors(payload: Payload) -> Iterator[None]:
    """Convert errors while a payload is read to problems with file, line and column."""
    name = _name_of(payload)
    try:
        with report_storage_problems(payload.path):
            if get_rdf_format(payload.media_type) == RdfFormat.RDF_XML:
                check_entities(payload.path, name)
            yield
    except SyntaxError as error:
        place = f", line {error.lineno}" if error.lineno else ""
        place += f", column {error.offset}" if error.lineno and error.offset else ""
        detail = f"{name}{place}: {explain_read_error(_PLACE.sub('', error.msg))}"
        raise ProblemError(
            "bad-rdf", "The RDF cannot be read", detail, source=name, line=error.lineno, column=error.offset
        ) from None
    except MemoryError:
        # The engine raises MemoryError for a statement that exceeds its buffer.
        raise make_too_long_problem(name) from None
    except (FileNotFoundError, IsADirectoryError):
        raise ProblemError("no-such-file", "There is no such file", str(payload.path)) from None
    except ValueError as error:
        raise ProblemError("bad-rdf", "The RDF cannot be read", f"{name}: {error}", source=name) from None
