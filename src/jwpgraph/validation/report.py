"""SHACL validation report, independent of the engine that wrote it (SHACL, section 3.6)."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pyoxigraph import BlankNode, NamedNode, RdfFormat, Triple, parse
from pyoxigraph import Literal as RdfLiteral

from jwpgraph.vocabulary import PREFIXES

SH = PREFIXES["sh"]
_RDF = PREFIXES["rdf"]

Severity = Literal["violation", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("violation", "warning", "info")
_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class ValidationResult:
    """One validation result; terms are in N-Triples syntax, which distinguishes IRIs from literals."""

    focus: str
    shape: str
    component: str
    severity: Severity
    path: str | None = None
    value: str | None = None
    messages: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def fingerprint(self) -> str:
        """Return the identity of the result across runs: a hash of shape, focus node, path, component and value."""
        parts = (self.shape, self.focus, self.path or "", self.component, self.value or "")
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]

    def message(self, language: str = "en") -> str:
        """Return the shape's message, in *language* if available."""
        return choose_message(self.messages, language)


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """All results of one run."""

    results: tuple[ValidationResult, ...]
    turtle: str
    engine: str
    engine_version: str
    seconds: float

    def count(self, severity: Severity) -> int:
        """Return the number of results with this severity."""
        return sum(result.severity == severity for result in self.results)

    def conforms(self, least: Severity = "violation") -> bool:
        """Return whether there is no result of severity *least* or above."""
        blocking = SEVERITIES[: SEVERITIES.index(least) + 1]
        return not any(result.severity in blocking for result in self.results)

    def by_shape(self) -> list[dict[str, Any]]:
        """Return the results grouped by shape, most frequent first, each with its first few examples."""
        groups: dict[tuple[str, Severity], list[ValidationResult]] = {}
        for result in self.results:
            groups.setdefault((result.shape, result.severity), []).append(result)
        ordered = sorted(groups.items(), key=lambda item: (SEVERITIES.index(item[0][1]), -len(item[1]), item[0][0]))
        return [
            {
                "shape": shape,
                "severity": severity,
                "count": len(results),
                "message": results[0].message(),
                "examples": [_get_example_value(result) for result in results[:_EXAMPLES]],
            }
            for (shape, severity), results in ordered
        ]


def choose_language(messages: Mapping[str, str], language: str) -> str | None:
    """Return the best language of *messages*: *language*, a regional variant, English, no language, or any."""
    regional = (key for key in messages if key.partition("-")[0] == language)
    wanted = (key for key in (language, *regional, "en", "", *messages) if messages.get(key))
    return next(wanted, None)


def choose_message(messages: Mapping[str, str], language: str) -> str:
    """Return the message in the best language for a reader of *language*."""
    return messages.get(choose_language(messages, language) or "", "")


class ReportGraph:
    """Triples of a report or of shapes in Turtle; unlike a store, it keeps the lexical forms of literals.

    Raises:
        SyntaxError: if the text cannot be read.
    """

    def __init__(self, turtle: str) -> None:
        self._of: dict[str, dict[Triple, None]] = {}
        self.results: list[NamedNode | BlankNode] = []
        for quad in parse(turtle, format=RdfFormat.TURTLE, base_iri="urn:report"):
            self._of.setdefault(str(quad.subject), {})[quad.triple] = None
            if quad.predicate.value == SH + "result" and isinstance(quad.object, NamedNode | BlankNode):
                self.results.append(quad.object)

    def subjects(self) -> list[Any]:
        """Return the subjects of the triples."""
        return [next(iter(triples)).subject for triples in self._of.values()]

    def about(self, node: Any) -> Iterable[Triple]:
        """Return the triples of a subject."""
        return self._of.get(str(node), ())

    def objects(self, node: Any, predicate: str) -> list[Any]:
        """Return the objects of *node* and *predicate*."""
        return [triple.object for triple in self.about(node) if triple.predicate.value == predicate]


def read_report(turtle: str) -> tuple[ValidationResult, ...]:
    """Return the results of a validation report in Turtle, in a stable order.

    Raises:
        SyntaxError: if the report cannot be read.
    """
    graph = ReportGraph(turtle)
    results = [_read_result(graph, node) for node in graph.results]
    return tuple(sorted(results, key=lambda result: (SEVERITIES.index(result.severity), result.shape, result.focus)))


def count_fingerprints(results: Iterable[ValidationResult]) -> Counter[str]:
    """Return the number of results with each fingerprint; used to compare engines."""
    return Counter(result.fingerprint for result in results)


def _get_example_value(result: ValidationResult) -> dict[str, Any]:
    known = {"focus": result.focus, "path": result.path, "value": result.value, "message": result.message()}
    return {key: value for key, value in known.items() if value}


def _read_result(graph: ReportGraph, node: Any) -> ValidationResult:
    def one(name: str) -> Any:
        return next(iter(graph.objects(node, SH + name)), None)

    value, path, severity = one("value"), one("resultPath"), one("resultSeverity")
    level = severity.value.removeprefix(SH).lower() if severity is not None else "violation"
    texts = [text for text in graph.objects(node, SH + "resultMessage") if isinstance(text, RdfLiteral)]
    return ValidationResult(
        focus=_write_term(one("focusNode")),
        shape=_write_term(one("sourceShape")),
        component=_write_term(one("sourceConstraintComponent")),
        severity=level if level in SEVERITIES else "violation",
        path=None if path is None else _write_path(graph, path),
        value=None if value is None else _write_term(value),
        messages={text.language or "": text.value for text in texts},
    )


def _write_term(term: Any) -> str:
    if term is None:
        return ""
    if isinstance(term, Triple):
        return f"<<( {_write_term(term.subject)} {term.predicate} {_write_term(term.object)} )>>"
    return "_:b" if isinstance(term, BlankNode) else str(term)


def _write_path(graph: ReportGraph, node: Any) -> str:
    """Return a property path in SPARQL syntax (SHACL, section 2.3.1)."""
    if isinstance(node, NamedNode):
        return str(node)
    wrappers = {"inversePath": "^{}", "zeroOrMorePath": "{}*", "oneOrMorePath": "{}+", "zeroOrOnePath": "{}?"}
    for name, form in wrappers.items():
        for inner in graph.objects(node, SH + name):
            return form.format(f"({_write_path(graph, inner)})")
    for alternatives in graph.objects(node, SH + "alternativePath"):
        return "|".join(_write_path(graph, item) for item in _list_items(graph, alternatives))
    return "/".join(_write_path(graph, item) for item in _list_items(graph, node))


def _list_items(graph: ReportGraph, head: Any) -> Iterable[Any]:
    seen = set()
    while head not in seen:
        seen.add(head)
        yield from graph.objects(head, _RDF + "first")
        rest = list(graph.objects(head, _RDF + "rest"))
        if not rest:
            return
        head = rest[0]
