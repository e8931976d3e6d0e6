"""Description of the graph in the graph: its named graphs, its coverage, and the entailments of each rule.

Written to ``data/ttl/graph-descriptions.ttl``. Run again when a shipped file, a rule or the coverage has changed:

    python -m jwpgraph.producers.graph_descriptions
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pyoxigraph import DefaultGraph, Literal, NamedNode, QueryTriples, RdfFormat, Store, Triple, parse

from jwpgraph.linked_data.rights import OWN_WORK, PROJECT_LICENSE
from jwpgraph.operations.builder_factory import read_rules
from jwpgraph.query_execution.store_reader import StoreReader
from jwpgraph.releases.entailment import materialise_entailments
from jwpgraph.shipped_files import get_shipped_path, list_shipped_sources
from jwpgraph.sources.statements import Statements, make_typed_literal
from jwpgraph.taxonomy.coverage import FIELDS, FieldState
from jwpgraph.taxonomy.coverage_reader import read_coverage
from jwpgraph.vocabulary import ENTAILED_GRAPH, ID, PREFIXES, make_entity_iri, make_graph_iri

NAME: Final = "graph-descriptions"
_HEADER: Final = """Description of the graph itself: for each named graph its title, sources, rights, date and
generator; how many taxa have a value of each kind; which rule entails which property; and which terms each competency
question and example uses.
Made again with: python -m jwpgraph.producers.graph_descriptions"""
_SOURCE: Final = NamedNode(PREFIXES["dcterms"] + "source")
_CONSULTED: Final = "jwp:consultedOn"
#: Who made the graphs that have no source outside the project.
_CURATORS: Final = make_entity_iri("agent", "jwpgraph-curators")
_SEGMENTS: Final = ("agent", "coverage", "generator", "question", "rule", "source", "taxonomy")
#: Origins of files, by a phrase in the comment at their top; the first match is used.
_GENERATORS: Final = (
    ("import species-collection", "species-collection", "jwpgraph import species-collection"),
    ("producers.work_records", "work-records", "python -m jwpgraph.producers.work_records"),
    ("producers.mappings", "mappings", "python -m jwpgraph.producers.mappings"),
    ("import work-programme", "work-programme", "jwpgraph import work-programme"),
    ("docs/importers.md", "importers", "jwpgraph import, as docs/importers.md tells"),
    ("", "curators", "written by hand by the curators"),
)
#: Prefixes of entities and datatypes, and of the languages that terms are written in.
_NOT_TERMS: Final = {"jwpid", "jwpg", "owl", "rdf", "rdfs", "xsd"}
#: The listing periods, which a program derives; see docs/rules.md.
_PERIODS: Final = "listing-periods"


def make_statements() -> Statements:
    """Return the description of the shipped graphs."""
    statements = Statements()
    consulted = _read_consultation_days()
    used: set[str] = set()
    for graph, path in list_shipped_sources():
        if graph != make_graph_iri(NAME):
            used.add(_describe_graph(graph, path, consulted, statements))
    _describe_own(
        make_graph_iri(NAME),
        "What the graph says about itself",
        "graph-descriptions",
        "python -m jwpgraph.producers.graph_descriptions",
        statements,
    )
    for _, slug, label in _GENERATORS:
        if slug in used:
            statements.describe(make_entity_iri("generator", slug), "prov:Activity", label)
    store = _load()
    _describe_rules(store, statements)
    for row in asyncio.run(_count_coverage(store)):
        _state_coverage(row, statements)
    _state_questions(statements)
    return statements


def _describe_graph(graph: str, path: Path, consulted: dict[str, str], statements: Statements) -> str:
    """Describe one graph; return the slug of its generator."""
    comment = " ".join(
        line.lstrip("# ") for line in path.read_text("utf-8").split("\n@prefix", 1)[0].splitlines() if line
    )
    title = re.split(r"(?<=[a-z0-9)])[.:;] ", comment, maxsplit=1)[0].rstrip(". ")
    if "/species/" in graph:
        title = f"{path.stem.replace('-', ' ').capitalize()}. {title}"
    slug = next(slug for words, slug, _ in _GENERATORS if words in comment)
    statements.add(graph, "rdf:type", PREFIXES["void"] + "Dataset")
    statements.add(graph, "dcterms:title", Literal(title, language="en"))
    statements.add(graph, "prov:wasGeneratedBy", make_entity_iri("generator", slug))
    sources = {
        quad.object.value
        for quad in parse(path=str(path), format=RdfFormat.TURTLE)
        if quad.predicate == _SOURCE and isinstance(quad.object, NamedNode) and quad.object.value.startswith(ID)
    }
    if "/mappings/" in graph:
        sources.add(make_entity_iri("source", path.stem))
    for source in sources:
        statements.add(graph, "dcterms:source", source)
    if sources:
        statements.add(graph, "dcterms:rights", Literal(OWN_WORK))
    else:
        statements.add(graph, "dcterms:license", PROJECT_LICENSE)
        statements.add(graph, "dcterms:creator", _CURATORS)
    days = [consulted[source] for source in sources if source in consulted]
    if days:
        statements.add(graph, "dcterms:modified", make_typed_literal(max(days), "date"))
    return slug


def _read_consultation_days() -> dict[str, str]:
    """Return the day on which each source was read."""
    property_ = NamedNode(PREFIXES["jwp"] + _CONSULTED.removeprefix("jwp:"))
    return {
        quad.subject.value: quad.object.value
        for _, path in list_shipped_sources()
        for quad in parse(path=str(path), format=RdfFormat.TURTLE)
        if quad.predicate == property_ and isinstance(quad.subject, NamedNode) and isinstance(quad.object, Literal)
    }


def _load() -> Store:
    """Return the shipped sources in the default graph, without entailments."""
    store = Store()
    for _, path in list_shipped_sources():
        store.bulk_load(path=str(path), format=RdfFormat.TURTLE)
    return store


def _describe_rules(store: Store, statements: Statements) -> None:
    """State what each rule entails in the shipped data; leave *store* with all entailments."""
    rules = read_rules()
    before = {quad.predicate.value for quad in rules.derivation.derive_all(store)} if rules.derivation else set()
    materialise_entailments(store, rules)
    _state_rule(
        _PERIODS,
        "Listing periods",
        "Periods during which an Appendix held for a taxon, by a replay.",
        before,
        statements,
    )
    asserted = _load()
    entailed = {quad.triple for quad in store.quads_for_pattern(None, None, None, DefaultGraph())}
    entailed -= {quad.triple for quad in asserted.quads_for_pattern(None, None, None, DefaultGraph())}
    for rule in rules.rules:
        # Other rules may entail the same triples: each is evaluated on everything, without its test for existing ones.
        title, description = (line.partition(": ")[2] for line in rule.query.splitlines()[:2])
        found = {triple.predicate.value for triple in _iter_entailed(store, rule.query) if triple in entailed}
        _state_rule(rule.name, title, description, found, statements)
    words = "the rules of queries/rules, and a replay of listing events"
    _describe_own(ENTAILED_GRAPH, "What follows from the other graphs", "rules", words, statements)


def _describe_own(graph: str, title: str, slug: str, generator: str, statements: Statements) -> None:
    """Describe a graph that is made from the others."""
    statements.add(graph, "rdf:type", PREFIXES["void"] + "Dataset")
    statements.add(graph, "dcterms:title", Literal(title, language="en"))
    statements.add(graph, "dcterms:license", PROJECT_LICENSE)
    statements.add(graph, "dcterms:creator", _CURATORS)
    statements.describe(make_entity_iri("generator", slug), "prov:Activity", generator)
    statements.add(graph, "prov:wasGeneratedBy", make_entity_iri("generator", slug))


def _iter_entailed(store: Store, query: str) -> Iterator[Triple]:
    """Yield all triples that a rule entails, by running it without its test for existing ones."""
    pattern = re.compile(r"\n\s*FILTER NOT EXISTS \{ \?\w+ \S+ \?\w+( \. \?\w+ \S+ \?\w+)* \}\n\}\s*$")
    results = store.query(pattern.sub("\n}", query))
    assert isinstance(results, QueryTriples)  # noqa: S101 - every rule is a CONSTRUCT query
    yield from results


def _state_rule(name: str, title: str, description: str, properties: set[str], statements: Statements) -> None:
    iri = make_entity_iri("rule", name)
    statements.describe(iri, "jwp:EntailmentRule", title)
    statements.add(iri, "dcterms:description", description)
    for one in properties:
        statements.add(iri, "jwp:entails", one)


async def _count_coverage(store: Store) -> list[tuple[str, str, str, int, int]]:
    """Return taxonomy, key, title, taxa with a value and taxa to which it applies, for each field."""
    table = await read_coverage(StoreReader(store, 1))
    found = []
    for taxonomy in ("cites", "cms"):
        rows = [row for row in table.rows if row.taxonomy == taxonomy]
        for one in FIELDS:
            counted = table.counted(rows, one)
            total = len(rows) - counted[FieldState.NOT_APPLICABLE]
            if total:
                known = counted[FieldState.PRESENT] + counted[FieldState.INHERITED]
                found.append((taxonomy, one.key, one.title, known, total))
    return found


def _state_coverage(row: tuple[str, str, str, int, int], statements: Statements) -> None:
    taxonomy, key, title, known, total = row
    iri = make_entity_iri("coverage", taxonomy, key)
    statements.describe(iri, "jwp:CoverageFigure", f"{title}: known for {known} of {total} taxa of {taxonomy.upper()}")
    statements.add(iri, "jwp:ofTaxonomy", make_entity_iri("taxonomy", taxonomy))
    statements.add(iri, "jwp:coverageField", Literal(key))
    statements.add(iri, "jwp:taxaWithValue", make_typed_literal(str(known), "integer"))
    statements.add(iri, "jwp:taxaConcerned", make_typed_literal(str(total), "integer"))


def _state_questions(statements: Statements) -> None:
    """State which classes and properties each competency question and example uses, without those of RDF and OWL."""
    term = re.compile(rf"(?<![\w:-])({'|'.join(sorted(PREFIXES.keys() - _NOT_TERMS))}):([A-Za-z]\w*)")
    for folder in ("competency", "examples"):
        for path in sorted(get_shipped_path(f"queries/{folder}").glob("*.rq")):
            query = path.read_text("utf-8")
            head = dict(re.findall(r"^# (title|question): (.+)$", query, re.MULTILINE))
            iri = make_entity_iri("question", folder, path.stem)
            statements.describe(iri, "jwp:CompetencyQuestion", head["title"])
            if "question" in head:
                statements.add(iri, "dcterms:description", Literal(head["question"], language="en"))
            body = re.sub(r"^\s*#.*$", "", query, flags=re.MULTILINE)
            for prefix, name in set(term.findall(body)):
                statements.add(iri, "jwp:usesTerm", PREFIXES[prefix] + name)


def main() -> None:
    """Write ``data/ttl/graph-descriptions.ttl``."""
    path = get_shipped_path("data/ttl") / f"{NAME}.ttl"
    path.write_text(make_statements().turtle(_HEADER, _SEGMENTS), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
