"""The schemes: each concept is in its place, explained, and where others expect it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rdflib import OWL, RDF, RDFS, SKOS, Graph, Literal, Namespace, URIRef

JWP = Namespace("https://w3id.org/jwpgraph/ontology#")
ID = "https://w3id.org/jwpgraph/id/"
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

#: Slugs that the data, the shapes and the importers are written against.
AGREED = {
    "action-type": """harmonize link-databases coordinate implement-jointly collaborate cooperate exchange-information
        raise-funds organize-meeting maximize-synergies review build-capacity attend-or-represent promote-dissemination
        develop-process investigate staff-exchange reach-out facilitate apply-protocol ensure-connectivity
        contribute-to-policy enforce seek-comments encourage""",
    "alignment-relation": "congruent includes is-included-in overlaps disjoint",
    "appendix": "cites-i cites-ii cites-iii cms-i cms-ii",
    "audience": "cites-authorities cms-focal-points range-states consumer-states parties signatories experts",
    "body-kind": """secretariat specialized-agency consortium liaison-group platform group partnership task-force
        class-of-bodies intergovernmental-organization""",
    "data-kind": "taxonomy nomenclature common-names range-states conservation-status legal-status",
    "discrepancy-cause": """name-only authorship spelling rank circumscription domestic-form population-scope
        listed-in-one-only appendix-differs""",
    "distribution-status": "native introduced possibly-introduced reintroduced extinct possibly-extinct uncertain",
    "evidence-level": "programme-text sourced inferred general-knowledge",
    "information-kind": """meeting-calendars meeting-invitations contact-lists draft-documents procedural-developments
        guidelines""",
    "instrument-kind": """convention agreement memorandum-of-understanding action-plan international-work-programme
        initiative strategy targets protocol class-of-instruments work-programme""",
    "legal-status": "binding non-binding",
    "listing-change-type": "addition deletion reservation reservation-withdrawal amendment exception",
    "listing-coverage": "included partly-included not-included",
    "name-status": "accepted synonym hybrid trade-name unplaced",
    "qualifier": """once-adopted as-appropriate where-appropriate where-known as-required regular such-as including
        at-key-moments long-term shall-facilitate may-include""",
    "red-list-category": "ex ew cr en vu nt lc dd ne",
    "taxon-rank": "kingdom phylum class order family genus species subspecies",
    "trigger": "sudden-major-change",
}

#: Schemes in which every concept is known, so that one more would be a mistake.
CLOSED = (
    "alignment-relation",
    "appendix",
    "data-kind",
    "evidence-level",
    "legal-status",
    "listing-coverage",
    "red-list-category",
)


def kebab(name: str) -> str:
    """A class's name as it stands in IRIs: ``ActionType`` is ``action-type``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


def concepts(graph: Graph, ontology: Graph) -> list[tuple[URIRef, URIRef]]:
    """Each concept of the schemes with its class."""
    return [
        (concept, kind)
        for concept, kind in graph.subject_objects(RDF.type)
        if (kind, RDFS.subClassOf, SKOS.Concept) in ontology
    ]


def test_each_file_holds_the_scheme_that_it_is_named_after(scheme_files: list[Path]) -> None:
    assert scheme_files
    for path in scheme_files:
        graph = Graph().parse(path)
        assert [*graph.subjects(RDF.type, SKOS.ConceptScheme)] == [URIRef(f"{ID}scheme/{path.stem}")], path.name


def test_each_concept_is_in_its_place(schemes: Graph, ontology: Graph) -> None:
    faults = []
    found = concepts(schemes, ontology)
    assert len(found) > 250
    for concept, kind in found:
        segment, slug = str(concept).removeprefix(ID).split("/", 1)
        if segment != kebab(str(kind).removeprefix(JWP)) or not SLUG.fullmatch(slug):
            faults.append(f"{concept} is not where a {kind} belongs")
        in_schemes = [*schemes.objects(concept, SKOS.inScheme)]
        if len(in_schemes) != 1:
            faults.append(f"{concept} is in {len(in_schemes)} schemes")
        top, broader = [*schemes.objects(concept, SKOS.topConceptOf)], [*schemes.objects(concept, SKOS.broader)]
        if (top != in_schemes) == (not broader):
            faults.append(f"{concept} is neither at the top of its scheme nor below another concept, or both")
        if any((other, SKOS.inScheme, in_schemes[0]) not in schemes for other in broader):
            faults.append(f"{concept} is below a concept that is not in its scheme")
    assert not faults


def test_each_concept_and_scheme_is_explained(schemes: Graph, ontology: Graph) -> None:
    dcterms = Namespace("http://purl.org/dc/terms/")
    wanted = {concept: SKOS.definition for concept, _ in concepts(schemes, ontology)}
    wanted |= dict.fromkeys(schemes.subjects(RDF.type, SKOS.ConceptScheme), dcterms.description)
    faults = []
    for thing, explanation in wanted.items():
        for predicate in (SKOS.prefLabel, explanation):
            if [text.language for text in schemes.objects(thing, predicate)].count("en") != 1:
                faults.append(f"{thing} lacks {predicate} in English")
        languages = sorted(str(label.language) for label in schemes.objects(thing, SKOS.prefLabel))
        if not {"en", "es", "fr"} <= {*languages} or len({*languages}) != len(languages):
            faults.append(f"{thing} has labels in {languages}")
    assert not faults


def test_no_two_concepts_of_a_scheme_share_a_label(schemes: Graph) -> None:
    labels: dict[tuple[URIRef, str, str], list[URIRef]] = {}
    for concept, scheme in schemes.subject_objects(SKOS.inScheme):
        for label in schemes.objects(concept, SKOS.prefLabel):
            labels.setdefault((scheme, str(label).casefold(), str(label.language)), []).append(concept)
    assert not {key: shared for key, shared in labels.items() if len(shared) > 1}


def test_translations_are_marked_for_review(schemes: Graph) -> None:
    note = Literal("translation awaiting review", lang="en")
    for concept, scheme in schemes.subject_objects(SKOS.inScheme):
        if any(label.language != "en" for label in schemes.objects(concept, SKOS.prefLabel)):
            assert (scheme, SKOS.editorialNote, note) in schemes, scheme


def test_a_direction_is_stated_once(schemes: Graph) -> None:
    assert not list(schemes.subject_objects(SKOS.narrower))
    assert not list(schemes.subject_objects(SKOS.hasTopConcept))


@pytest.mark.parametrize("segment", AGREED)
def test_the_agreed_concepts_are_there(schemes: Graph, segment: str) -> None:
    slugs = {
        str(concept).rsplit("/", 1)[1]
        for concept in schemes.subjects(SKOS.inScheme)
        if str(concept).startswith(f"{ID}{segment}/")
    }
    agreed = set(AGREED[segment].split())
    assert agreed <= slugs
    if segment in CLOSED:
        assert agreed == slugs


def test_every_kind_of_concept_has_its_scheme(ontology: Graph, union: Graph) -> None:
    kinds = {
        kind
        for kind in ontology.subjects(RDFS.subClassOf, SKOS.Concept)
        if (kind, RDF.type, OWL.Class) in ontology and str(kind).startswith(JWP)
    }
    assert not [kind for kind in kinds if not any(union.subjects(RDF.type, kind))]


def test_the_alignment_relations_mirror_each_other(schemes: Graph) -> None:
    for relation, inverse in schemes.subject_objects(JWP.inverseRelation):
        assert (inverse, JWP.inverseRelation, relation) in schemes
    asymmetric = {
        str(relation).rsplit("/", 1)[1]
        for relation, inverse in schemes.subject_objects(JWP.inverseRelation)
        if relation != inverse
    }
    assert asymmetric == {"includes", "is-included-in"}


def test_ranks_can_be_sorted(schemes: Graph) -> None:
    order = sorted(
        (int(number), str(rank).rsplit("/", 1)[1]) for rank, number in schemes.subject_objects(JWP.rankOrder)
    )
    assert len({number for number, _ in order}) == len(order) == len([*schemes.subjects(RDF.type, JWP.TaxonRank)])
    names = [name for _, name in order]
    wanted = ["kingdom", "phylum", "class", "order", "family", "genus", "species", "subspecies"]
    assert [name for name in names if name in wanted] == wanted


def test_every_concept_that_the_data_refers_to_exists(union: Graph, schemes: Graph, ontology: Graph) -> None:
    segments = {f"{ID}{kebab(str(kind).removeprefix(JWP))}/" for _, kind in concepts(schemes, ontology)}
    known = {*union.subjects(RDF.type)}
    missing = {
        f"{subject} {predicate} {value}"
        for subject, predicate, value in union
        if isinstance(value, URIRef) and value not in known and any(str(value).startswith(base) for base in segments)
    }
    assert not missing
