"""Candidates, consistency, discrepancies, worklist and SSSOM on taxonomies made for the purpose."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from sssom_tables import read_sssom

from jwpgraph.taxonomy import reports, sssom
from jwpgraph.taxonomy.alignments import Alignment, AlignmentIndex
from jwpgraph.taxonomy.assessment import assess_alignments
from jwpgraph.taxonomy.candidates import find_candidates
from jwpgraph.taxonomy.concepts import CITES_TAXONOMY, CMS_TAXONOMY, TaxonConcept, index_taxa
from jwpgraph.taxonomy.consistency import check_consistency
from jwpgraph.taxonomy.dates import DateInterval, PartialDate
from jwpgraph.taxonomy.discrepancies import DiscrepancyCause
from jwpgraph.taxonomy.relations import Rcc5Relation
from jwpgraph.taxonomy.snapshot import TaxonomySnapshot
from jwpgraph.vocabulary import ID

DAY = date(2020, 1, 1)


def concept(side: str, name: str, author: str = "", rank: str = "species", **more: object) -> TaxonConcept:
    slug = name.lower().replace(" ", "-")
    taxonomy = CMS_TAXONOMY if side == "cms" else CITES_TAXONOMY
    parent = more.pop("parent", None)
    iri_of_parent = f"{ID}taxon/{side}/{parent}" if parent else None
    return TaxonConcept(f"{ID}taxon/{side}/{slug}", taxonomy, name, author, rank, iri_of_parent, **more)  # type: ignore[arg-type]


def align(subject: str, relation: str, other: str, **more: object) -> Alignment:
    iri = f"{ID}alignment/{subject}-{relation}-{other}".replace("/", "-")
    given = {"authors": ("someone",), "created": "2020-01-01", "sources": ("a source",), **more}
    return Alignment(iri, f"{ID}taxon/{subject}", Rcc5Relation(relation), f"{ID}taxon/{other}", **given)  # type: ignore[arg-type]


def pairs(taxa):
    return {(one.subject.name, one.object.name): one for one in find_candidates(index_taxa(taxa))}


class TestCandidates:
    def test_the_same_name_and_author(self):
        found = pairs(
            [concept("cms", "Falco cherrug", "Gray, 1834"), concept("cites", "Falco cherrug", "J. E. Gray, 1834")]
        )
        one = found["Falco cherrug", "Falco cherrug"]
        assert one.relation is Rcc5Relation.CONGRUENT
        assert one.confidence >= 0.95
        assert [piece.kind for piece in one.evidence] == ["same-name-and-author"]

    def test_a_scientific_name_as_the_label_is_no_common_name(self):
        def kinds(label: str) -> list[str]:
            both = [concept(side, "Glaucostegus cemiculus", common_name=label) for side in ("cms", "cites")]
            (found,) = pairs(both).values()
            return [piece.kind for piece in found.evidence]

        assert "common-name" not in kinds("Glaucostegus cemiculus")
        assert "common-name" in kinds("Blackchin guitarfish")

    def test_a_synonym_of_the_other_taxonomy(self):
        cites = concept("cites", "Panthera uncia", "(Schreber, 1775)", synonyms=("Uncia uncia (Schreber, 1775)",))
        found = pairs([concept("cms", "Uncia uncia", "(Schreber, 1775)"), cites])
        one = found["Uncia uncia", "Panthera uncia"]
        assert one.relation is Rcc5Relation.CONGRUENT
        assert {piece.kind for piece in one.evidence} == {"synonym", "other-genus"}

    def test_a_species_that_the_other_taxonomy_splits(self):
        cites = concept("cites", "Loxodonta africana", "(Blumenbach, 1797)", synonyms=("Loxodonta cyclotis",))
        found = pairs(
            [
                cites,
                concept("cms", "Loxodonta africana", "(Blumenbach, 1797)"),
                concept("cms", "Loxodonta cyclotis", "(Matschie, 1900)"),
            ]
        )
        assert {name: one.relation for (name, _), one in found.items()} == {
            "Loxodonta africana": Rcc5Relation.IS_INCLUDED_IN,
            "Loxodonta cyclotis": Rcc5Relation.IS_INCLUDED_IN,
        }
        assert "CITES counts Loxodonta cyclotis as part" in found["Loxodonta africana", "Loxodonta africana"].lumping[0]

    def test_spellings_are_found_and_less_certain(self):
        found = pairs(
            [concept("cms", "Acipenser baerii", "Brandt, 1869"), concept("cites", "Acipenser baeri", "Brandt, 1869")]
        )
        assert 0.3 < found["Acipenser baerii", "Acipenser baeri"].confidence < 0.8

    def test_others_of_the_genus_are_no_candidates(self):
        assert not pairs([concept("cms", "Pan troglodytes"), concept("cites", "Pan paniscus")])


class TestConsistency:
    argali = (concept("cms", "Ovis ammon"), concept("cites", "Ovis ammon"), concept("cites", "Ovis darwini"))

    def kinds(self, taxa, *alignments, listed=()):
        return {one.kind for one in check_consistency(index_taxa(taxa), AlignmentIndex(tuple(alignments)), DAY, listed)}

    def test_one_species_that_includes_two_is_consistent(self):
        assert not self.kinds(
            self.argali,
            align("cms/ovis-ammon", "includes", "cites/ovis-ammon"),
            align("cms/ovis-ammon", "includes", "cites/ovis-darwini"),
        )

    def test_being_congruent_with_two_species_is_not(self):
        assert self.kinds(
            self.argali,
            align("cms/ovis-ammon", "congruent", "cites/ovis-ammon"),
            align("cms/ovis-ammon", "congruent", "cites/ovis-darwini"),
        ) == {"composition"}

    def test_congruent_with_one_leaves_no_room_for_another(self):
        assert self.kinds(
            self.argali,
            align("cms/ovis-ammon", "congruent", "cites/ovis-ammon"),
            align("cms/ovis-ammon", "includes", "cites/ovis-darwini"),
        ) == {"composition"}

    def test_what_a_rule_has_drawn_of_higher_taxa_restricts_nothing(self):
        sheep = [concept(side, "Ovis", rank="genus") for side in ("cms", "cites")]
        argali = [concept(side, "Ovis ammon", parent="ovis") for side in ("cms", "cites")]
        taxa = [*sheep, *argali, concept("cites", "Ovis darwini", parent="ovis")]
        species = align("cms/ovis-ammon", "congruent", "cites/ovis-ammon")
        lexical = "https://w3id.org/semapv/vocab/LexicalMatching"
        assert not self.kinds(taxa, species, align("cms/ovis", "congruent", "cites/ovis", justification=lexical))
        assert self.kinds(taxa, species, align("cms/ovis", "congruent", "cites/ovis")) == {"children-differ"}

    def test_contradictions_are_found_in_a_network_of_any_size(self):
        many = [concept("cites", f"Ovis ammon{number}") for number in range(90)]
        parts = [align("cms/ovis-ammon", "includes", f"cites/ovis-ammon{number}") for number in range(90)]
        other = align("cms/ovis-ammon", "congruent", "cites/ovis-darwini")
        assert self.kinds([*self.argali, *many], *parts) == set()
        assert "composition" in self.kinds([*self.argali, *many], *parts, other)

    def test_a_contradiction_is_found_in_either_direction(self):
        assert "contradiction" in self.kinds(
            self.argali,
            align("cms/ovis-ammon", "includes", "cites/ovis-ammon"),
            align("cites/ovis-ammon", "congruent", "cms/ovis-ammon"),
        )

    def test_the_same_said_from_both_sides_is_no_contradiction(self):
        assert not self.kinds(
            self.argali,
            align("cms/ovis-ammon", "includes", "cites/ovis-ammon"),
            align("cites/ovis-ammon", "is-included-in", "cms/ovis-ammon"),
        )

    def test_what_held_at_another_time_contradicts_nothing(self):
        until = DateInterval(end=PartialDate.parse("2019-11-25"))
        assert not self.kinds(
            self.argali,
            align("cms/ovis-ammon", "congruent", "cites/ovis-ammon", valid=until),
            align("cms/ovis-ammon", "includes", "cites/ovis-darwini"),
        )

    def test_a_chain_is_followed_to_its_end(self):
        chain = [
            align("x/a", "includes", "y/b"),
            align("y/b", "includes", "z/c"),
            align("z/c", "includes", "w/d"),
            align("w/d", "includes", "x/a"),
        ]
        assert "composition" in self.kinds((), *chain)

    def test_children_without_a_counterpart(self):
        taxa = [
            concept("cms", "Saiga tatarica"),
            concept("cms", "Saiga tatarica mongolica", rank="subspecies", parent="saiga-tatarica"),
            concept("cites", "Saiga tatarica"),
            concept("cites", "Saiga tatarica tatarica", rank="subspecies", parent="saiga-tatarica"),
        ]
        found = self.kinds(taxa, align("cms/saiga-tatarica", "congruent", "cites/saiga-tatarica"))
        assert found == {"children-differ"}

    def test_listed_by_both_and_aligned_by_nobody(self):
        taxa = (concept("cms", "Falco cherrug"), concept("cites", "Falco cherrug"))
        assert self.kinds(taxa, listed=[one.iri for one in taxa]) == {"no-mapping"}
        assert not self.kinds(
            taxa, align("cms/falco-cherrug", "congruent", "cites/falco-cherrug"), listed=[one.iri for one in taxa]
        )

    def test_alignments_need_author_date_and_source(self):
        bare = align("cms/ovis-ammon", "includes", "cites/ovis-ammon", authors=(), created=None, sources=())
        assert self.kinds(self.argali, bare) == {"unsourced"}

    def test_concepts_must_exist(self):
        assert "unknown-concept" in self.kinds(self.argali, align("cms/ovis-ammon", "includes", "cites/ovis-nowhere"))


@pytest.fixture
def assessment(event):
    """Snow leopard, saker, cheetah and argali, listed as they were at the end of 2019."""
    made = [
        concept("cms", "Uncia uncia", "(Schreber, 1775)"),
        concept("cites", "Panthera uncia", "(Schreber, 1775)", synonyms=("Uncia uncia (Schreber, 1775)",)),
        concept("cms", "Falco cherrug", "Gray, 1834"),
        concept("cites", "Falco cherrug", "J. E. Gray, 1834"),
        concept("cms", "Acinonyx jubatus", "(Schreber, 1775)"),
        concept("cites", "Acinonyx jubatus", "(Schreber, 1776)"),
        concept("cms", "Ovis ammon"),
        concept("cites", "Ovis darwini"),
        concept("cms", "Anser anser"),
        concept("cms", "Bos grunniens", remarks=("The name of the domestic form.",)),
        concept("cites", "Bos mutus"),
    ]
    events = [
        event("+ CMS I", "1986-01-01", taxon=f"{ID}taxon/cms/uncia-uncia"),
        event("+ I", "1975-07-01", taxon=f"{ID}taxon/cites/panthera-uncia"),
        event("+ CMS I", "2012-02-23", taxon=f"{ID}taxon/cms/falco-cherrug", places_out=f"{ID}country/MN"),
        event("+ II", "1979-06-28", taxon=f"{ID}taxon/cites/falco-cherrug"),
        event("+ CMS II", "1983-11-01", taxon=f"{ID}taxon/cms/anser-anser"),
        event("+ CMS II", "2012-02-23", taxon=f"{ID}taxon/cms/ovis-ammon"),
    ]
    alignments = AlignmentIndex(
        (
            align("cms/ovis-ammon", "includes", "cites/ovis-darwini"),
            align("cms/bos-grunniens", "congruent", "cites/bos-mutus"),
        )
    )
    return assess_alignments(
        TaxonomySnapshot(index_taxa(made), tuple(events), alignments), DAY, frozenset({f"{ID}taxon/cms/falco-cherrug"})
    )


@pytest.mark.parametrize(
    ("cause", "subjects"),
    [
        (DiscrepancyCause.NAME_ONLY, {"Uncia uncia", "Bos grunniens"}),
        (DiscrepancyCause.AUTHORSHIP, {"Acinonyx jubatus"}),
        (DiscrepancyCause.CIRCUMSCRIPTION, {"Ovis ammon"}),
        (DiscrepancyCause.APPENDIX_DIFFERS, {"Falco cherrug"}),
        (DiscrepancyCause.POPULATION_SCOPE, {"Falco cherrug"}),
        (DiscrepancyCause.LISTED_IN_ONE_ONLY, {"Anser anser", "Ovis ammon"}),
        (DiscrepancyCause.DOMESTIC_FORM, {"Bos grunniens"}),
        (DiscrepancyCause.SPELLING, set()),
        (DiscrepancyCause.RANK, set()),
    ],
)
def test_discrepancies_by_cause(assessment, cause, subjects):
    assert {assessment.name(one.subject) for one in assessment.discrepancies if one.cause is cause} == subjects


def test_a_curator_overrides_candidates(assessment):
    curated = [one for one in assessment.mappings if one.curated]
    assert {(assessment.name(one.subject), one.relation) for one in curated} == {
        ("Ovis ammon", Rcc5Relation.INCLUDES),
        ("Bos grunniens", Rcc5Relation.CONGRUENT),
    }
    ends = [one.subject for one in assessment.mappings]
    assert len(ends) == len(set(ends))


def test_the_worklist_puts_the_programme_first(assessment):
    scores = [one.score for one in assessment.tasks]
    assert scores == sorted(scores, reverse=True)
    reviews = [one for one in assessment.tasks if one.kind == "review-mapping"]
    assert f"{ID}taxon/cms/falco-cherrug" in reviews[0].concepts
    assert "in a species group of the work programme" in reviews[0].reasons


def test_reports_say_the_same(assessment):
    document = reports.assessment_to_json(assessment)
    rows = list(csv.DictReader(io.StringIO(reports.discrepancies_to_csv(assessment))))
    html = reports.assessment_to_html(assessment)
    assert len(rows) == len(document["discrepancies"]) == sum(document["counts"]["discrepancies"].values())
    for row in rows:
        assert row["cms_name"] in html
    subjects = {triple.subject for triple in reports.make_discrepancy_triples(assessment)}
    assert len(subjects) == len(rows)


def test_reports_escape_what_others_write(event):
    evil = concept("cms", "=HYPERLINK(1)<script>", remarks=("domestic",))
    found = assess_alignments(
        TaxonomySnapshot(index_taxa([evil]), (event("+ CMS I", "1986-01-01", taxon=evil.iri),)),
        DAY,
    )
    assert "<script>" not in reports.assessment_to_html(found)
    assert ",'=HYPERLINK" in reports.discrepancies_to_csv(found)


def test_sssom_round_trip(assessment):
    text = sssom.write_sssom(assessment.reading.taxa, assessment.mappings, DAY, "1")
    prefixes, rows = read_sssom(text)
    assert prefixes == sssom.PREFIX_MAP
    assert len(rows) == len(assessment.mappings)
    by_subject = {row["subject_id"]: row for row in rows}
    argali = by_subject["cmstaxon:ovis-ammon"]
    assert argali["predicate_id"] == "skos:narrowMatch"
    assert argali["mapping_justification"] == "semapv:ManualMappingCuration"
    assert argali["other"].startswith("RCC-5 >")
    assert by_subject["cmstaxon:uncia-uncia"]["mapping_justification"] == "semapv:LexicalMatching"
