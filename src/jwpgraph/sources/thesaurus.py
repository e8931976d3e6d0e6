"""Importer for the Law and Environment Ontology (LEO) of InforMEA: IRIs, English labels, hierarchy, and links to it.

InforMEA finds documents by the English labels of LEO, so activities tagged with its concepts can be found there. The
definitions are not imported for reasons of copyright. Every link is a proposal that is marked as awaiting review.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from jwpgraph.problems import ProblemError
from jwpgraph.shipped_files import get_shipped_path
from jwpgraph.sources.cited_tables import RegisterInput
from jwpgraph.sources.import_report import ImportReport, RejectedRow
from jwpgraph.sources.statements import KnownDataset, SourceFile, Statements, expand_term, normalise_text, state_source
from jwpgraph.sources.text_files import read_text
from jwpgraph.vocabulary import PREFIXES, make_entity_iri, make_graph_iri

GRAPH: Final = make_graph_iri("leo")
HEADER: Final = """\
The Law and Environment Ontology (LEO) of InforMEA: addresses, labels and hierarchy, without definitions; and
proposals which of its concepts the activities and our own concepts go with.
docs/importers.md tells how this file is made."""
SEGMENTS: Final = (
    "action-type",
    "audience",
    "data-kind",
    "evidence-level",
    "information-kind",
    "instrument-kind",
    "source",
    "statement",
    "topic",
)

_SKOS: Final = PREFIXES["skos"]
_LABEL_CLASS: Final = PREFIXES["skosxl"] + "Label"
#: Labels of LEO proposed for activities after reading both; labels missing from LEO are reported.
_TAGS: Final = "data/curated/leo-tags.csv"
#: Our classes of concepts with the same subject matter as LEO.
_KINDS: Final = ("ActionType", "Audience", "DataKind", "InformationKind", "InstrumentKind", "Topic")


@dataclass(frozen=True)
class _ThesaurusTerm:
    iri: str
    label: str
    broader: str


def import_thesaurus(register: RegisterInput) -> Statements:
    """Read LEO's SKOS-XL as JSON and state its concepts, with proposed links from our activities and concepts.

    Args:
        register: the input; its files are the JSON files.

    Returns:
        The statements.

    Raises:
        ProblemError: ``unknown-format`` if a file is not JSON or has another structure; in a strict import, for the
            first rejected concept.
    """
    statements = Statements()
    for path in register.files:
        nodes = _read_nodes(path)
        source = state_source(path, register.known, statements, register.citation)
        terms = _select_sound_terms(path, nodes, register.report)
        _state_terms(terms, nodes, source, statements)
        _propose_links(terms, register.known, source, statements, register.report)
        if progress := register.get_progress(path):
            size = path.stat().st_size
            progress(size, size)
    return statements


def is_thesaurus(path: Path) -> bool:
    """Return whether a file is a thesaurus that :func:`import_thesaurus` reads."""
    try:
        return any(_is_instance(node, _SKOS + "Concept") and "prefLabel" in node for node in _read_nodes(path))
    except ProblemError:
        return False


def _read_nodes(path: Path) -> list[dict[str, Any]]:
    text = read_text(path).text
    try:
        document = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        where = (
            f"line {error.lineno}, column {error.colno}: {error.msg}"
            if isinstance(error, json.JSONDecodeError)
            else "nested too deeply"
        )
        raise ProblemError("unknown-format", "The file is not JSON", f"{path.name}, {where}.") from None
    nodes = document.get("Description") if isinstance(document, dict) else None
    if not isinstance(nodes, list) or not nodes:
        expected = (
            'an object whose member "Description" lists nodes with "@about", "type" and "prefLabel" (LEO as SKOS-XL)'
        )
        raise ProblemError("unknown-format", "Unknown thesaurus format", f"{path.name}: known is {expected}.")
    return [node for node in nodes if isinstance(node, dict)]


def _select_sound_terms(path: Path, nodes: list[dict[str, Any]], report: ImportReport) -> list[_ThesaurusTerm]:
    """Return the concepts that have an IRI, one label and no cycle in their hierarchy."""
    labels = {
        str(node.get("@about")): _read_literal(node.get("literalForm"))
        for node in nodes
        if _is_instance(node, _LABEL_CLASS)
    }
    found: dict[str, _ThesaurusTerm] = {}
    for position, node in enumerate(nodes, 1):
        if not _is_instance(node, _SKOS + "Concept"):
            continue
        report.read += 1
        iri = str(node.get("@about") or "")
        label = labels.get(_read_resource(node.get("prefLabel")), "")
        broader = _read_resource(node.get("broader"))
        fault = ""
        if not iri.startswith(("http://", "https://")) or any(char in iri for char in ' <>"{}|\\^`'):
            fault = "has no address"
        elif not label:
            fault = "has no English label"
        elif iri in found:
            fault = "repeats an address"
        elif broader == iri:
            fault = "is broader than itself"
        if fault:
            report.reject(RejectedRow(path.name, position, "Description", f"the concept {fault}", iri))
            continue
        found[iri] = _ThesaurusTerm(iri, label, broader)
    return list(_drop_cycles(path, found, report))


def _drop_cycles(path: Path, found: dict[str, _ThesaurusTerm], report: ImportReport) -> Iterator[_ThesaurusTerm]:
    for item in found.values():
        seen, above = {item.iri}, item.broader
        while above in found and above not in seen:
            seen.add(above)
            above = found[above].broader
        if above == item.iri:
            report.reject(RejectedRow(path.name, 0, "broader", "the concept stands below itself", item.iri))
            continue
        report.imported += 1
        if item.broader and item.broader not in found:
            report.note(f"{item.label}: the broader concept {item.broader} is not in the file; the link is left out.")
            yield _ThesaurusTerm(item.iri, item.label, "")
        else:
            yield item


def _state_terms(
    terms: list[_ThesaurusTerm], nodes: list[dict[str, Any]], source: SourceFile, statements: Statements
) -> None:
    scheme = next((str(node["@about"]) for node in nodes if _is_instance(node, _SKOS + "ConceptScheme")), "")
    if scheme:
        statements.describe(scheme, "skos:ConceptScheme", "Law and Environment Ontology (LEO)")
        statements.add(scheme, "dcterms:source", source.iri)
    stated = {item.iri for item in terms}
    for item in terms:
        statements.describe(item.iri, "skos:Concept", item.label)
        if item.broader in stated:
            statements.add(item.iri, "skos:broader", item.broader)
        # LEO marks every concept as a top concept; only those without a broader concept are.
        if scheme:
            statements.add(item.iri, "skos:inScheme" if item.broader in stated else "skos:topConceptOf", scheme)


def _read_tags() -> list[tuple[str, str]]:
    """Return the slugs of activities and the labels of the concepts that are proposed for them."""
    with get_shipped_path(_TAGS).open(encoding="utf-8", newline="") as rows:
        return [(row["activity"], row["label"]) for row in csv.DictReader(rows)]


def _propose_links(
    terms: list[_ThesaurusTerm], known: KnownDataset, source: SourceFile, statements: Statements, report: ImportReport
) -> None:
    by_label = {normalise_text(item.label): item for item in terms}
    for slug, label in _read_tags():
        activity, code = make_entity_iri("activity", *slug.split("/")), slug.rpartition("/")[2]
        if not known.types(activity):
            continue
        if (item := by_label.get(normalise_text(label))) is None:
            report.note(f"{code}: LEO has no concept “{label}”, so that the activity is not tagged with it.")
            continue
        why = "Proposed by reading the activity and the thesaurus; awaits review."
        _state_link(activity, f"activity-{code.lower()}", code, "dcterms:subject", item, why, source, statements)
    classes = " ".join(f"jwp:{name}" for name in _KINDS)
    for concept, label in known.rows(
        f"VALUES ?class {{ {classes} }} ?c a ?class ; skos:prefLabel|skos:altLabel ?label FILTER(lang(?label) = 'en')",
        "?c ?label",
    ):
        if item := by_label.get(normalise_text(label)) or by_label.get(normalise_text(label).removesuffix("s")):
            name = "-".join(concept.split("/")[-2:])
            why = "Proposed because the labels are alike; awaits review."
            _state_link(concept, name, label, "skos:closeMatch", item, why, source, statements)


def _state_link(
    subject: str,
    name: str,
    label: str,
    predicate: str,
    item: _ThesaurusTerm,
    why: str,
    source: SourceFile,
    statements: Statements,
) -> None:
    statements.add(subject, predicate, item.iri)
    statement = make_entity_iri("statement", f"leo-{name}-{item.iri.rpartition('/')[2]}")
    statements.describe(statement, "jwp:SourcedStatement", f"{label} goes with LEO’s {item.label}")
    statements.add(statement, "rdf:subject", subject)
    statements.add(statement, "rdf:predicate", expand_term(predicate).value)
    statements.add(statement, "rdf:object", item.iri)
    statements.add(statement, "jwp:evidence", make_entity_iri("evidence-level", "inferred"))
    statements.add(statement, "dcterms:source", source.iri)
    statements.add(statement, "rdfs:comment", why)


def _is_instance(node: dict[str, Any], class_iri: str) -> bool:
    types = node.get("type")
    return any(_read_resource(one) == class_iri for one in (types if isinstance(types, list) else [types]))


def _read_resource(value: Any) -> str:
    if isinstance(value, list):
        return _read_resource(value[0]) if value else ""
    return str(value.get("@resource") or "") if isinstance(value, dict) else ""


def _read_literal(value: Any) -> str:
    """Return the text of a literal in English or without a language."""
    if isinstance(value, dict) and value.get("@lang", "en") == "en":
        return " ".join(str(value.get("#text") or "").split())
    return " ".join(value.split()) if isinstance(value, str) else ""
