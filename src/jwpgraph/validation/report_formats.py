"""Output formats of a validation report: text, Turtle, JSON, HTML, JUnit, SARIF and GitHub annotations."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from html import escape
from typing import Any
from xml.etree import ElementTree as ET  # noqa: ICN001, RUF100, S405 - only written with, never parsed with

import orjson
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse, serialize

from jwpgraph import __version__
from jwpgraph.counts import format_count, format_severities
from jwpgraph.validation.provenance import make_result_quads
from jwpgraph.validation.report import SH, Severity, ValidationReport, ValidationResult, count_fingerprints, read_report
from jwpgraph.validation.target_checks import TARGETS_NOTHING
from jwpgraph.vocabulary import PREFIXES

#: So many results of a group are named in a text.
_EXAMPLES = 5
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LEVELS: dict[Severity, str] = {"violation": "error", "warning": "warning", "info": "note"}
_SARIF = "https://json.schemastore.org/sarif-2.1.0.json"


def report_to_text(report: ValidationReport, least: Severity) -> str:
    """Return the results grouped by shape and message, one line for all shapes without focus nodes, and the verdict.

    A group has a heading if it has several results, and names the first ones.
    """
    lines = []
    idle = []
    groups: dict[tuple[Severity, str, str], list[str]] = {}
    for result in report.results:
        if result.component == TARGETS_NOTHING and result.severity == "info":
            idle.append(result)
            continue
        value = f" → {result.value}" if result.value not in (None, "", result.focus) else ""
        place = f"{result.focus} {result.path or ''}{value}"
        groups.setdefault((result.severity, result.shape, result.message()), []).append(place)
    for (severity, shape, message), places in groups.items():
        if len(places) == 1:
            lines += [f"{severity}  {places[0]}", f"    {message}"]
            continue
        lines += [f"{severity} ×{len(places)}  {shape}", f"    {message}"]
        lines += [f"    · {place}" for place in places[:_EXAMPLES]]
        if len(places) > _EXAMPLES:
            lines.append(f"    · {len(places) - _EXAMPLES} more; the other formats name all")
    if idle:
        names = ", ".join(re.split(r"[/#]", one.shape.strip("<>"))[-1] for one in idle)
        lines.append(f"info  {len(idle)} shapes have no focus nodes, an unmet target or no target: {names}")
    return "\n".join([*lines, summarise_report(report, least)]) + "\n"


def summarise_report(report: ValidationReport, least: Severity) -> str:
    """Return the verdict and the counts in one line."""
    word = "Conforms" if report.conforms(least) else "Does not conform"
    return f"{word}: {count_by_severity(report)} ({report.engine} {report.engine_version})."


def count_by_severity(report: ValidationReport) -> str:
    """Return the number of results by severity."""
    return format_severities(report.count("violation"), report.count("warning"), report.count("info"))


def report_to_json(report: ValidationReport, least: Severity) -> str:
    """Return the results as JSON; terms are in N-Triples syntax."""
    document = {
        "conforms": report.conforms(least),
        "violations": report.count("violation"),
        "warnings": report.count("warning"),
        "infos": report.count("info"),
        "engine": f"{report.engine} {report.engine_version}",
        "results": [
            {
                "fingerprint": result.fingerprint,
                "severity": result.severity,
                "shape": result.shape,
                "focus": result.focus,
                "path": result.path,
                "component": result.component,
                "value": result.value,
                "message": result.message(),
            }
            for result in report.results
        ],
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def report_to_html(report: ValidationReport, least: Severity) -> str:
    """Return a self-contained page with the results grouped by shape."""
    groups: dict[tuple[Severity, str], list[ValidationResult]] = {}
    for result in report.results:
        groups.setdefault((result.severity, result.shape), []).append(result)
    sections = "".join(_make_html_section(severity, shape, results) for (severity, shape), results in groups.items())
    summary = escape(summarise_report(report, least))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>SHACL report</title><style>'
        "body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
        "table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.25rem .5rem;"
        "border-top:1px solid #ccc;overflow-wrap:anywhere}</style></head>\n"
        f"<body><h1>SHACL report</h1><p>{summary}</p>{sections}</body></html>\n"
    )


def _make_html_section(severity: Severity, shape: str, results: list[ValidationResult]) -> str:
    rows = "".join(
        f"<tr><td>{escape(result.focus)}</td><td>{escape(result.path or '')}</td>"
        f"<td>{escape(result.value or '')}</td><td>{escape(result.message())}</td></tr>\n"
        for result in results
    )
    return (
        f"<section><h2>{escape(shape)}</h2><p>{severity}, {format_count(len(results), 'result')}</p>"
        '<table><thead><tr><th scope="col">Focus node</th><th scope="col">Path</th><th scope="col">Value</th>'
        f'<th scope="col">What to do</th></tr></thead><tbody>\n{rows}</tbody></table></section>\n'
    )


def report_to_junit(report: ValidationReport, least: Severity) -> str:
    """Return one test case for each shape with results; it fails if a result has severity *least* or above."""
    groups: dict[str, list[ValidationResult]] = {}
    for result in report.results:
        groups.setdefault(result.shape, []).append(result)
    failing = [shape for shape, results in groups.items() if not _narrow_report(report, results).conforms(least)]
    suite = ET.Element(
        "testsuite",
        name="SHACL",
        tests=str(max(1, len(groups))),
        failures=str(len(failing)),
        errors="0",
        time=f"{report.seconds:.3f}",
    )
    for shape, results in groups.items():
        case = ET.SubElement(suite, "testcase", classname="shapes", name=replace_non_xml_characters(shape.strip("<>")))
        text = replace_non_xml_characters(
            "\n".join(f"{one.focus} {one.path or ''} {one.value or ''}: {one.message()}" for one in results)
        )
        if shape in failing:
            failure = ET.SubElement(
                case, "failure", type=results[0].severity, message=format_count(len(results), "result")
            )
            failure.text = text
        else:
            ET.SubElement(case, "system-out").text = text
    if not groups:
        ET.SubElement(suite, "testcase", classname="shapes", name="all shapes")
    document = ET.Element("testsuites")
    document.append(suite)
    ET.indent(document)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(document, encoding="unicode") + "\n"


def _narrow_report(report: ValidationReport, results: list[ValidationResult]) -> ValidationReport:
    return ValidationReport(tuple(results), "", report.engine, report.engine_version, 0.0)


def replace_non_xml_characters(text: str) -> str:
    """Return *text* with characters that XML cannot express (section 2.2) replaced by U+FFFD."""
    return _NOT_XML.sub("\ufffd", text)


def report_to_sarif(report: ValidationReport, least: Severity) -> str:
    """Return SARIF 2.1.0: a rule for each shape, focus nodes as logical locations, fingerprints as partial ones."""
    del least  # SARIF has levels and no overall verdict
    shapes = list(dict.fromkeys(result.shape for result in report.results))
    rules = []
    for shape in shapes:
        first = next(result for result in report.results if result.shape == shape)
        text = first.message() or shape
        rules.append({"id": shape.strip("<>"), "shortDescription": {"text": text}, "help": {"text": text}})
    results = [
        {
            "ruleId": result.shape.strip("<>"),
            "ruleIndex": shapes.index(result.shape),
            "level": _LEVELS[result.severity],
            "message": {"text": _make_result_sentence(result)},
            "locations": [{"logicalLocations": [{"fullyQualifiedName": result.focus.strip("<>"), "kind": "resource"}]}],
            "partialFingerprints": {"shaclResult/v1": result.fingerprint},
        }
        for result in report.results
    ]
    driver: dict[str, Any] = {
        "name": "jwpgraph",
        "version": __version__,
        "informationUri": "https://w3id.org/jwpgraph/",
        "rules": rules,
    }
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    document = {"$schema": _SARIF, "version": "2.1.0", "runs": [run]}
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def report_to_github(report: ValidationReport, least: Severity) -> str:
    """Return workflow commands, which GitHub Actions shows as annotations."""
    names: dict[Severity, str] = {"violation": "error", "warning": "warning", "info": "notice"}
    lines = []
    for result in report.results:
        title = _escape_command(result.shape.strip("<>")).replace(":", "%3A").replace(",", "%2C")
        lines.append(f"::{names[result.severity]} title={title}::{_escape_command(_make_result_sentence(result))}")
    return "\n".join([*lines, summarise_report(report, least)]) + "\n"


def _escape_command(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _make_result_sentence(result: ValidationResult) -> str:
    value = f" → {result.value}" if result.value else ""
    return f"{result.focus} {result.path or ''}{value}: {result.message()}"


def report_to_turtle(report: ValidationReport, least: Severity) -> str:
    """Return the engine's report, with the results added outside the engine.

    ``sh:conforms`` is true only if there are no results (SHACL, section 3.6.1.1); engines differ for custom severities.
    """
    del least
    known = count_fingerprints(read_report(report.turtle)) if report.turtle else Counter[str]()
    added = []
    for result in report.results:
        if known[result.fingerprint]:
            known[result.fingerprint] -= 1
        else:
            added.append(result)
    conforms, verdict_of_all = NamedNode(SH + "conforms"), Literal(not report.results)
    quads = list(parse(report.turtle, format=RdfFormat.TURTLE, base_iri="urn:report"))
    if not added and all(quad.object == verdict_of_all for quad in quads if quad.predicate == conforms):
        return report.turtle
    triples: list[Triple] = []
    for quad in quads:
        if quad.predicate != conforms:
            triples.append(quad.triple)
            continue
        triples.append(Triple(quad.subject, conforms, verdict_of_all))
        for result in added:
            node = BlankNode()
            triples.append(Triple(quad.subject, NamedNode(SH + "result"), node))
            triples += [Triple(node, one.predicate, one.object) for one in make_result_quads(result)]
    prefixes = {name: PREFIXES[name] for name in ("sh", "xsd", "rdf")}
    return (serialize(triples, format=RdfFormat.TURTLE, prefixes=prefixes) or b"").decode()


FORMATS: dict[str, Callable[[ValidationReport, Severity], str]] = {
    "text": report_to_text,
    "turtle": report_to_turtle,
    "json": report_to_json,
    "html": report_to_html,
    "junit": report_to_junit,
    "sarif": report_to_sarif,
    "github": report_to_github,
}
