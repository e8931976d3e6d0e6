"""Reports as text with one paragraph for each result, so that results can be carried from report to report unread.

It is plain Turtle (SHACL, section 3.6) to everyone else. Results are the same text whenever they are the same, whatever
the order in which an engine found them.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterable
from typing import Final

from pyoxigraph import BlankNode, NamedNode, Quad, RdfFormat, Store

from jwpgraph.validation.report import SEVERITIES, SH, Severity
from jwpgraph.vocabulary import PREFIXES

_MARK: Final = "# One paragraph for each result."
_PREFIXES: Final = f"{_MARK}\n@prefix sh: <{SH}> ."
_BEFORE_FOCUS, _AFTER_FOCUS = " sh:focusNode ", " ;\n"
_TYPE: Final = PREFIXES["rdf"] + "type"
_RESULT = NamedNode(SH + "result")
_FOCUS = NamedNode(SH + "focusNode")
_SEVERITY: Final = re.compile(r"^  sh:resultSeverity sh:(\w+) [;.]", re.MULTILINE)


def paragraphs_of(turtle: str) -> list[str]:
    """The results of an engine's report, one paragraph each, in a stable order."""
    store = Store()
    store.load(turtle.encode(), format=RdfFormat.TURTLE, base_iri="urn:report")
    times: Counter[str] = Counter()
    paragraphs: list[str] = []
    for quad in store.quads_for_pattern(None, _RESULT, None):
        if isinstance(quad.object, (BlankNode, NamedNode)):
            digest = hashlib.sha256(_paragraph(store, quad.object, "_:r").encode()).hexdigest()[:24]
            times[digest] += 1
            name = f"_:r{digest}" if times[digest] == 1 else f"_:r{digest}n{times[digest]}"
            paragraphs.append(_paragraph(store, quad.object, name))
    return sorted(paragraphs)


def report_of(paragraphs: Collection[str]) -> str:
    """The report that holds these results."""
    conforms = "false" if paragraphs else "true"
    head = f"_:report a sh:ValidationReport ; sh:conforms {conforms} ."
    return "\n\n".join([_PREFIXES, head, *paragraphs]) + "\n"


def paragraphs_in(report: str) -> list[str] | None:
    """The results of a report that :func:`report_of` wrote; ``None`` for any other."""
    marked, _, results = report.rstrip("\n").partition("\n\n")
    return results.split("\n\n")[1:] if marked == _PREFIXES else None


def focus_in(paragraph: str) -> str:
    """The focus node of a result, in N-Triples syntax."""
    return paragraph.partition(_BEFORE_FOCUS)[2].partition(_AFTER_FOCUS)[0]


def severities_in(paragraphs: Iterable[str]) -> Counter[Severity]:
    """How many of the results have each severity; one of its own counts as a violation."""
    found: Counter[Severity] = Counter()
    for paragraph in paragraphs:
        match = _SEVERITY.search(paragraph)
        name = match[1].lower() if match else ""
        found[next((severity for severity in SEVERITIES if severity == name), "violation")] += 1
    return found


def _paragraph(store: Store, result: BlankNode | NamedNode, name: str) -> str:
    """A result that is to be called *name*, and the blank nodes that it leads to; its focus node comes first."""
    names: dict[str, str] = {str(result): name}
    waiting: list[BlankNode | NamedNode] = [result]
    sentences: list[str] = [f"_:report sh:result {name} ."]
    for node in waiting:
        about: list[str] = []
        for quad in sorted(store.quads_for_pattern(node, None, None), key=_order):
            value = quad.object
            if isinstance(value, BlankNode) and str(value) not in names:
                names[str(value)] = f"{name}x{len(names)}"
                waiting.append(value)
            about.append(f"{_written(quad.predicate)} {names.get(str(value)) or _written(value)}")
        if about:
            sentences.append(f"{names[str(node)]} " + " ;\n  ".join(about) + " .")
    return "\n".join(sentences)


def _order(quad: Quad) -> tuple[bool, str, str]:
    value = "" if isinstance(quad.object, BlankNode) else str(quad.object)
    return quad.predicate != _FOCUS, quad.predicate.value, value


def _written(term: object) -> str:
    if isinstance(term, NamedNode):
        if term.value == _TYPE:
            return "a"
        local = term.value.removeprefix(SH)
        if local != term.value and local.isascii() and local.isalpha():
            return f"sh:{local}"
    return str(term)
