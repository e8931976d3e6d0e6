"""Tests of the Index of CITES Species: an undated state in which genera include the listings of lower taxa."""

from __future__ import annotations

import gzip

import pytest

from jwpgraph.problems import ProblemError

AFRICANA = "taxon/cites/loxodonta-africana"
MOUSE = {"TaxonId": "9", "Species": "minor", "FullName": "Loxodonta minor", "SynonymsWithAuthors": ""}


def test_a_taxon_has_its_name_rank_number_and_lineage(run, index) -> None:
    found = run({"index.csv": index()})
    assert found.values(AFRICANA, "gbif:canonicalName") == {"Loxodonta africana"}
    assert found.values(AFRICANA, "jwp:rank") == {"taxon-rank/species"}
    assert found.values(AFRICANA, "jwp:speciesPlusId") == {"4521"}
    assert found.values(AFRICANA, "tcs:taxonName") == {"taxon-name/loxodonta-africana-blumenbach-1797"}
    lineage, at = [], AFRICANA
    while above := found.values(at, "tcs:parentTaxonConcept"):
        (at,) = above
        lineage.append(at.rpartition("/")[2])
    assert lineage == ["loxodonta", "elephantidae", "proboscidea", "mammalia", "chordata", "animalia"]


def test_names_are_labels_with_author_and_language(run, index) -> None:
    found = run({"index.csv": index()})
    assert found.values(AFRICANA, "tcs:synonym") == {"taxon-name/loxodonta-cyclotis-matschie-1900"}
    assert found.values(AFRICANA, "dwc:vernacularName") == {"African Elephant", "African Savannah Elephant"}
    assert found.values("common-name/cites/loxodonta-africana/en/african-elephant", "skosxl:literalForm")


def test_two_appendices_are_in_force_at_once_by_population(run, index) -> None:
    found = run({"index.csv": index()})
    first, second = (f"listing-event/cites/loxodonta-africana/{n}-addition-by-2017-04-21" for n in ("i", "ii"))
    four = {f"country/{code}" for code in ("BW", "NA", "ZA", "ZW")}
    assert found.values(first, "jwp:populationOut") == four
    assert found.values(second, "jwp:populationIn") == four
    assert found.values(first, "jwp:effectiveBy") == {"2017-04-21"}
    assert not found.values(first, "jwp:effectiveOn")


def test_each_occurrence_keeps_every_status(run, index) -> None:
    found = run({"index.csv": index()})
    place = "distribution/cites/loxodonta-africana"
    assert found.values(f"{place}/SZ", "jwp:distributionStatus") == {
        "distribution-status/extinct",
        "distribution-status/reintroduced",
    }
    assert found.values(f"{place}/HK", "jwp:distributionStatus") == {"distribution-status/introduced"}
    assert found.values(f"{place}/KE", "jwp:inPlace") == {"country/KE"}


def test_an_appendix_that_only_species_below_are_in_is_not_the_genus_s_own(run, index) -> None:
    genus = {"TaxonId": "2", "FullName": "Loxodonta", "RankName": "GENUS", "AnnotationEnglish": "Appendix II: "}
    found = run({"index.csv": index(genus)})
    assert found.ask(
        "SELECT ?a { ?e jwp:listedTaxon <https://w3id.org/jwpgraph/id/taxon/cites/loxodonta> ; jwp:appendix ?a }"
    ) == [("appendix/cites-ii",)]


def test_a_listing_of_all_but_the_populations_of_the_other_appendix_leaves_those_out(run, index) -> None:
    note = "Appendix I:All populations except those included in Appendix II. \nAppendix II:Population of AU, ID. "
    found = run({"index.csv": index({**MOUSE, "AnnotationEnglish": note})})
    event = "listing-event/cites/loxodonta-minor/i-addition-by-2017-04-21"
    assert found.values(event, "jwp:populationOut") == {"country/AU", "country/ID"}


@pytest.mark.parametrize(
    "note", ["Appendix II:Population of West Greenland. ", "Appendix II:Parts of populations of AR and CL. "]
)
def test_a_scope_that_codes_do_not_tell_says_so(run, index, note: str) -> None:
    found = run({"index.csv": index({**MOUSE, "AnnotationEnglish": note})})
    assert found.values("listing-event/cites/loxodonta-minor/ii-addition-by-2017-04-21", "jwp:populationNote")


def test_prose_stays_out_unless_asked_for_and_comes_without_markup(run, index) -> None:
    row = {**MOUSE, "AnnotationEnglish": "Appendix II:Except <i>L. a.</i> &amp; others<p>of MX. "}
    assert "Except" not in run({"index.csv": index(row)}).ntriples
    found = run({"index.csv": index(row)}, annotations=True)
    notes = found.values("listing-event/cites/loxodonta-minor/ii-addition-by-2017-04-21", "jwp:shortNote")
    assert notes == {"Except L. a. & others of MX."}


def test_everything_cites_the_export_with_its_day(run, index) -> None:
    found = run({"Index_of_CITES_Species_2017-04-21_17-27.csv": index()}, day=None)
    uncited = "SELECT ?s { ?s a ?type FILTER NOT EXISTS { ?s dcterms:source ?source . ?source dcterms:issued ?day } }"
    assert found.ask(uncited) == [("source/index-of-cites-species-2017-04-21",)]
    assert found.values("source/index-of-cites-species-2017-04-21", "dcterms:issued") == {"2017-04-21"}


def test_the_same_rows_in_any_order_and_compressed_give_the_same_bytes(run, index) -> None:
    one, other = index(MOUSE), index().splitlines(keepends=True)
    mixed = other[0] + "".join(reversed(run_rows(index(MOUSE))))
    first = run({"index.csv": one}).ntriples
    assert run({"index.csv": mixed}).ntriples == first
    assert run({"index.csv.gz": gzip.compress(one.encode())}).ntriples == first


def run_rows(text: str) -> list[str]:
    """Return the records of a table, keeping line ends within quotes."""
    records, record = [], ""
    for line in text.splitlines(keepends=True)[1:]:
        record += line
        if record.count('"') % 2 == 0:
            records.append(record)
            record = ""
    return records


def test_only_what_is_asked_for_is_imported(run, index) -> None:
    found = run({"index.csv": index(MOUSE)}, only=frozenset({"Loxodonta minor"}))
    assert found.report.imported == 1
    assert found.report.skipped == {"outside the taxa asked for": 1}
    assert not found.values(AFRICANA, "jwp:rank")


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"TaxonId": "4521"}, "TaxonId"),
        ({"TaxonId": "x"}, "TaxonId"),
        ({"TaxonId": "7", "RankName": "TRIBE"}, "RankName"),
        ({"TaxonId": "7", "FullName": ""}, "FullName"),
    ],
)
def test_a_bad_row_is_refused_with_line_and_column_and_the_rest_is_imported(run, index, change, column) -> None:
    found = run({"index.csv": index(change, MOUSE)})
    assert [at for _, at in found.rejected()] == [column]
    assert found.report.imported == 2


def test_an_unknown_country_costs_the_place_alone(run, index) -> None:
    row = {**MOUSE, "All_DistributionISOCodes": "KE, QQ", "All_DistributionFullNames": "Kenya, Nowhere"}
    row |= {"NativeDistributionFullNames": "Kenya, Nowhere", "Introduced_Distribution": ""}
    row |= {"Reintroduced_Distribution": "", "Extinct_Distribution": ""}
    found = run({"index.csv": index(row)})
    assert [(one.column, one.value) for one in found.report.rejections] == [("All_DistributionISOCodes", "QQ")]
    assert found.values("distribution/cites/loxodonta-minor/KE", "jwp:inPlace")


def test_latin_1_and_a_truncated_row_cost_their_rows(run, index) -> None:
    lines = index(MOUSE, {**MOUSE, "TaxonId": "10", "FullName": "Loxodonta maior", "EnglishNames": "Éléphant"})
    whole = lines.encode("latin-1") + b'11,Animalia,"Chordata\n'
    found = run({"index.csv": whole})
    assert found.report.imported == 2
    assert [(one.line, one.column) for one in found.report.rejections] == [(6, "EnglishNames"), (8, "")]
    assert "UTF-8" in found.report.rejections[0].reason


def test_a_surplus_field_costs_its_row(run, index) -> None:
    row = {**MOUSE, "AnnotationEnglish": "Appendix II: "}
    found = run({"index.csv": index(row).rstrip("\n") + ",surplus\n"})
    assert [one.line for one in found.report.rejections] == [4]
    assert "fields" in found.report.rejections[0].reason
    assert found.report.imported == 1


def test_another_delimiter_is_told_from_the_header(run, index) -> None:
    assert run({"index.csv": index(delimiter=";")}).report.imported == 1


def test_an_unknown_header_names_those_that_are_known(run) -> None:
    with pytest.raises(ProblemError) as refused:
        run({"index.csv": "name,colour\nOvis,brown\n"})
    assert refused.value.slug == "unknown-header"
    assert refused.value.exit_code == 2
    assert "index-of-cites-species" in refused.value.detail


def test_without_a_day_the_index_is_refused(run, index) -> None:
    with pytest.raises(ProblemError) as refused:
        run({"index.csv": index()}, day=None)
    assert refused.value.slug == "date-needed"


def test_strict_stops_at_the_first_bad_row(run, index) -> None:
    with pytest.raises(ProblemError) as refused:
        run({"index.csv": index({"TaxonId": "x"})}, strict=True)
    assert (refused.value.slug, refused.value.exit_code) == ("rows-rejected", 1)


def test_a_delayed_listing_takes_effect_on_the_day_of_its_note(run, index) -> None:
    note = "Appendix II:Entry into effect delayed by 12 months, i.e. until 4 October 2017"
    found = run({"index.csv": index({**MOUSE, "AnnotationEnglish": note})})
    event = "listing-event/cites/loxodonta-minor/ii-addition-2017-10-04"
    assert found.values(event, "jwp:effectiveOn") == {"2017-10-04"}
    assert not found.values(event, "jwp:effectiveBy")
    # Twelve months from the end of CoP17, on 4 October 2016.
    assert found.values(event, "jwp:decidedAt") == {"meeting/cites-cop17"}
    assert found.values(event, "jwp:adoptedOn") == {"2016-10-04"}


def test_populations_are_read_from_names_and_short_words_and_domesticated_forms_are_none(run, index) -> None:
    event = "listing-event/cites/loxodonta-minor"
    named = "Appendix I:Only the populations of Bhutan, China and Mongolia; all other populations are in Appendix II."
    found = run({"index.csv": index({**MOUSE, "AnnotationEnglish": named})})
    three = {"country/BT", "country/CN", "country/MN"}
    assert found.values(f"{event}/i-addition-by-2017-04-21", "jwp:populationIn") == three
    found = run({"index.csv": index({**MOUSE, "AnnotationEnglish": "Appendix I:Popns of BT, CN, MN."})})
    assert found.values(f"{event}/i-addition-by-2017-04-21", "jwp:populationIn") == three
    domestic = "Appendix II:Specimens of the domesticated form are not subject to the provisions of the Convention."
    found = run({"index.csv": index({**MOUSE, "AnnotationEnglish": domestic})})
    assert found.values(f"{event}/ii-addition-by-2017-04-21", "jwp:listedTaxon")
    assert not found.values(f"{event}/ii-addition-by-2017-04-21", "jwp:populationNote")
