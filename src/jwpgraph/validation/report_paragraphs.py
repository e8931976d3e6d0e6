"""Reports as text with one paragraph for each result, so that results can be copied between reports without parsing.

The text is plain Turtle (SHACL, section 3.6), written by pyoxigraph's serializer. Equal results have equal text,
regardless of the order in which an engine reports them.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterable
from typing import Final

from pyoxigraph import BlankNode, NamedNode, RdfFormat, Triple, serialize

from jwpgraph.validation.report import SEVERITIES, SH, ReportGraph, Severity

_MARK: Final = "# One paragraph for each result, as a Turtle serializer writes it."
_PREFIX: Final = f"@prefix sh: <{SH}> .\n"
_PREFIXES: Final = f"{_MARK}\n{_PREFIX}".rstrip("\n")
_BEFORE_FOCUS, _AFTER_FOCUS = f" <{SH}focusNode> ", " .\n"
_REPORT: Final = BlankNode("report")
_RESULT = NamedNode(SH + "result")
_FOCUS = NamedNode(SH + "focusNode")
_SEVERITY: Final = re.compile(r"^\tsh:resultSeverity sh:(\w+) [;.]", re.MULTILINE)


def split_report(turtle: str) -> list[str]:
    """Return the results of an engine's report, one paragraph each, in a stable order.

    Raises:
        SyntaxError: if the report cannot be read.
    """
    graph = ReportGraph(turtle)
    times: Counter[str] = Counter()
    paragraphs: list[str] = []
    for result in graph.results:
        digest = hashlib.sha256(_make_paragraph(graph, result, "r").encode()).hexdigest()[:24]
        times[digest] += 1
        name = f"r{digest}" if times[digest] == 1 else f"r{digest}n{times[digest]}"
        paragraphs.append(_make_paragraph(graph, result, name))
    return sorted(paragraphs)


def join_paragraphs(paragraphs: Collection[str]) -> str:
    """Return the report that contains these results."""
    conforms = "false" if paragraphs else "true"
    head = f"_:report a sh:ValidationReport ; sh:conforms {conforms} ."
    return "\n\n".join([_PREFIXES, head, *paragraphs]) + "\n"


def read_paragraphs(report: str) -> list[str] | None:
    """Return the results of a report written by :func:`join_paragraphs`; ``None`` for any other."""
    marked, _, results = report.rstrip("\n").partition("\n\n")
    return results.split("\n\n")[1:] if marked == _PREFIXES else None


def read_focus(paragraph: str) -> str:
    """Return the focus node of a result, in N-Triples syntax."""
    return paragraph.partition(_BEFORE_FOCUS)[2].partition(_AFTER_FOCUS)[0]


def count_severities(paragraphs: Iterable[str]) -> Counter[Severity]:
    """Return the number of results of each severity; a custom severity counts as a violation."""
    found: Counter[Severity] = Counter()
    for paragraph in paragraphs:
        match = _SEVERITY.search(paragraph)
        name = match[1].lower() if match else ""
        found[next((severity for severity in SEVERITIES if severity == name), "violation")] += 1
    return found


def _make_paragraph(graph: ReportGraph, result: BlankNode | NamedNode, name: str) -> str:
    """Return a result with the label *name*, and the blank nodes reachable from it; its focus node comes first."""
    names: dict[str, BlankNode | NamedNode] = {str(result): BlankNode(name)}
    waiting: list[BlankNode | NamedNode] = [result]
    first = [Triple(_REPORT, _RESULT, names[str(result)])]
    triples: list[Triple] = []
    for node in waiting:
        for triple in sorted(graph.about(node), key=_get_quad_order):
            value = triple.object
            if isinstance(value, BlankNode) and str(value) not in names:
                names[str(value)] = BlankNode(f"{name}x{len(names)}")
                waiting.append(value)
            renamed = Triple(names[str(node)], triple.predicate, names.get(str(value), value))
            (first if node is result and triple.predicate == _FOCUS else triples).append(renamed)
    # N-Triples is a subset of Turtle with one form for each term.
    beginning = (serialize(first, format=RdfFormat.N_TRIPLES) or b"").decode()
    rest = (serialize(triples, format=RdfFormat.TURTLE, prefixes={"sh": SH}) or b"").decode()
    return (beginning + rest.removeprefix(_PREFIX)).rstrip("\n")


def _get_quad_order(triple: Triple) -> tuple[bool, str, str]:
    value = "" if isinstance(triple.object, BlankNode) else str(triple.object)
    return triple.predicate != _FOCUS, triple.predicate.value, value
