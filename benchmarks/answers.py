"""Whether servers give the same answer: answers in a form in which equal ones are equal."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pyoxigraph import CanonicalizationAlgorithm, Dataset, Literal, Quad, RdfFormat, parse

from benchmarks.queries import Kind

_STRING: Final = "http://www.w3.org/2001/XMLSchema#string"
_LANG_STRING: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"

Row = tuple[tuple[str, str], ...]


def canonical(kind: Kind, body: bytes) -> object:
    """Return a response to a query of *kind* in canonical form, so that equal results compare as equal.

    Rows of a query that does not order them are compared as a multiset, graphs up to the names of blank nodes.

    Raises:
        ValueError: not an answer in the format that was asked for.
    """
    if kind.form == "graph":
        return _graph(body)
    rows = _rows(body)
    return rows if kind.ordered else Counter(rows)


def size(answer: object) -> int:
    """Return the number of rows or triples of a canonical response."""
    if isinstance(answer, Counter):
        return answer.total()
    return len(answer) if isinstance(answer, Sequence | frozenset) else 0


def _rows(body: bytes) -> list[Row]:
    document = json.loads(body)
    try:
        bindings = document["results"]["bindings"]
    except KeyError as error:
        raise ValueError(f"not a result in JSON: {error}") from None
    return [tuple(sorted((name, _term(term)) for name, term in row.items())) for row in bindings]


def _term(term: Mapping[str, Any]) -> str:
    match term["type"]:
        case "uri":
            return f"<{term['value']}>"
        case "bnode":
            return "_:"
        case _:
            language = term.get("xml:lang", "").lower()
            datatype = term.get("datatype", _STRING)
            if language:
                return f"{json.dumps(term['value'])}@{language}"
            return json.dumps(term["value"]) + ("" if datatype == _STRING else f"^^<{datatype}>")


def _graph(body: bytes) -> frozenset[str]:
    try:
        quads = list(parse(body, format=RdfFormat.N_TRIPLES))
    except SyntaxError as error:
        raise ValueError(f"not N-Triples: {error}") from None
    dataset = Dataset(Quad(quad.subject, quad.predicate, _normalized(quad.object)) for quad in quads)
    dataset.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
    return frozenset(str(quad) for quad in dataset)


def _normalized(term: Any) -> Any:
    if isinstance(term, Literal) and term.datatype.value == _LANG_STRING and term.language:
        return Literal(term.value, language=term.language.lower())
    return term
