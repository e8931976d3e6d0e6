"""Tests that every fact has a source or states a weaker evidence level."""

from __future__ import annotations

from typing import Final

import pytest
from pyoxigraph import NamedNode, RdfFormat, parse

from jwpgraph.shipped_files import list_shipped_sources
from jwpgraph.vocabulary import make_entity_iri

#: Properties that are not from the programme: each use in a register needs a sourced statement.
FROM_ELSEWHERE: Final = {
    "jwp:adoptedAt",
    "jwp:adoptedOn",
    "jwp:buildsOn",
    "jwp:coversTaxon",
    "jwp:effectiveFrom",
    "jwp:establishedOn",
    "jwp:hostedBy",
    "jwp:includesTaxon",
    "jwp:informeaTreatyCode",
    "jwp:launchedOn",
    "jwp:legalStatus",
    "jwp:memberFrom",
    "jwp:memberUntil",
    "jwp:openedForSignatureOn",
    "jwp:rangeStateCount",
    "jwp:resolution",
    "jwp:signedOn",
    "jwp:speciesPlusId",
    "jwp:statedSignatoryCount",
    "org:subOrganizationOf",
    "schema:startDate",
    "schema:endDate",
    "jwp:fundedBy",
}
REGISTERS: Final = (
    "bodies",
    "instruments",
    "meetings",
    "memberships",
    "programmes",
    "signatures",
    "species-groups",
    "taxa",
    "tools",
    "work-programme",
)
SOURCED_CLASSES: Final = (
    "Activity",
    "ActivityPart",
    "Body",
    "Convention",
    "Country",
    "Heading",
    "HistoricArea",
    "Instrument",
    "Meeting",
    "Membership",
    "Programme",
    "Region",
    "Signature",
    "SpeciesGroup",
    "TaxonConcept",
    "Taxonomy",
    "Theme",
    "Tool",
    "WorkProgramme",
)


@pytest.fixture(scope="module")
def statements(written):
    """Return (subject, predicate, object) of each sourced statement, with its IRI."""
    found = {}
    for statement in written.of_class("jwp:SourcedStatement"):
        (subject,), (predicate,), (value,) = (
            written.terms(statement, f"rdf:{part}") for part in ("subject", "predicate", "object")
        )
        found[statement] = (subject, predicate, value)
    return found


def test_every_statement_is_about_a_triple_that_is_written_elsewhere(files, statements) -> None:
    elsewhere = {triple for name, triples in files.items() if name != "statements" for triple in triples}
    assert not {iri: triple for iri, triple in statements.items() if triple not in elsewhere}


def test_no_triple_has_two_statements(statements) -> None:
    assert len(set(statements.values())) == len(statements)


def test_evidence_fits_the_sources_given(written, statements) -> None:
    for statement in statements:
        (level,) = written.values(statement, "jwp:evidence")
        sources = written.values(statement, "dcterms:source")
        if level == "evidence-level/general-knowledge":
            assert not sources, statement
        elif level in ("evidence-level/sourced", "evidence-level/programme-text"):
            assert sources, statement
        if level == "evidence-level/programme-text":
            assert sources == {"source/jwp-2015-2020"}, statement


def test_every_fact_from_elsewhere_has_its_statement(files, statements) -> None:
    stated = set(statements.values())
    prefix_of = {
        "jwp": "https://w3id.org/jwpgraph/ontology#",
        "org": "http://www.w3.org/ns/org#",
        "schema": "https://schema.org/",
    }
    wanted = {prefix_of[name.split(":")[0]] + name.split(":")[1] for name in FROM_ELSEWHERE}
    facts = [triple for name in REGISTERS for triple in files[name] if triple[1].value in wanted]
    assert len(facts) > 200
    assert not [triple for triple in facts if triple not in stated]


@pytest.mark.parametrize("name", SOURCED_CLASSES)
def test_every_entity_names_its_source(written, name: str) -> None:
    entities = written.of_class(f"jwp:{name}")
    assert entities
    # Of the family of cownose rays no source was seen; its evidence says so.
    unsourced = [entity for entity in entities if not written.terms(entity, "dcterms:source")]
    assert unsourced == (["taxon/cms/rhinopteridae"] if name == "TaxonConcept" else [])


def test_sources_are_cited_dated_and_used(written) -> None:
    sources = written.of_class("jwp:Source")
    cited = ("dcterms:source", "dcterms:references")
    used = {value for subject in written.subjects() for how in cited for value in written.values(subject, how)}
    assert not sources - used
    for source in sources:
        assert written.values(source, "dcterms:bibliographicCitation")
        # A source that was only found cited names the citing source.
        assert written.values(source, "jwp:consultedOn") or written.values(source, "dcterms:source")


@pytest.mark.parametrize(
    ("statement", "doubt"),
    [
        ("sharks-mou-effective-from", "2011"),
        ("sharks-mou-opened-for-signature-on", "Wikipedia"),
        ("gorilla-agreement-effective-from", "November 2008"),
        ("saiga-mou-kz-signed-on", "25 September 2006"),
        ("blg-itpgrfa-secretariat-member-from", "may have joined earlier"),
        ("argali-action-plan-adopted-on", "once adopted"),
    ],
)
def test_conflicts_and_doubts_are_written_down(written, statement: str, doubt: str) -> None:
    assert any(doubt in comment for comment in written.values(f"statement/{statement}", "rdfs:comment"))


@pytest.mark.parametrize(
    ("subject", "predicate"),
    [
        ("work-programme/jwp-2015-2020", "jwp:adoptedAt"),
        ("instrument/argali-action-plan", "jwp:adoptedOn"),
        ("body/ipbes", "jwp:establishedOn"),
        ("programme/grasp", "jwp:establishedOn"),
        ("instrument/saiga-mtiwp-2016-2020", "jwp:startYear"),
    ],
)
def test_general_knowledge_says_so(written, subject: str, predicate: str) -> None:
    levels = [
        written.values(statement, "jwp:evidence")
        for statement in written.of_class("jwp:SourcedStatement")
        if written.values(statement, "rdf:subject") == {subject}
        and written.values(statement, "rdf:predicate") == {predicate}
    ]
    assert levels
    assert all(level == {"evidence-level/general-knowledge"} for level in levels)


def test_no_table_of_the_project_is_a_source() -> None:
    """The rows of data/curated name their sources; what has none is general knowledge, without a source."""
    sources: dict[str, list[str]] = {}
    for _, path in list_shipped_sources():
        for quad in parse(path=str(path), format=RdfFormat.TURTLE):
            if quad.predicate.value.endswith("/bibliographicCitation") and "data/curated/" in quad.object.value:
                sources.setdefault(quad.subject.value, []).append(quad.object.value)
            if quad.object == NamedNode(make_entity_iri("source", "curated-listings")):
                sources.setdefault(quad.object.value, []).append(str(quad.subject))
    assert sources == {}


def test_each_graph_names_its_sources_or_its_creator() -> None:
    said: dict[str, set[str]] = {}
    for graph, path in list_shipped_sources():
        said.setdefault(graph, set())
        if graph.endswith("/graph-descriptions"):
            for quad in parse(path=str(path), format=RdfFormat.TURTLE):
                said.setdefault(quad.subject.value, set()).add(quad.predicate.value.rpartition("/")[2])
    graphs = {graph: names for graph, names in said.items() if "/graph/" in graph}
    assert len(graphs) > 160
    assert not [graph for graph, names in graphs.items() if not names & {"source", "creator"}]
