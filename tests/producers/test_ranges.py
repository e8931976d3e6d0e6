"""Tests of ranges: conflicts between sources are resolved, and places are grouped into as few records as possible."""

from __future__ import annotations

from jwpgraph.producers.ranges import MergedRanges, RangeStatement, list_occurrences, settle
from jwpgraph.producers.triples import StatedTriple
from jwpgraph.vocabulary import ID, JWP

OLD, INDEX, LATER, INDIA = (
    f"{ID}source/{slug}" for slug in ("species-plus-2013", "cites-index-2017", "species-plus-updates", "soib-2025")
)
CHEETAH = f"{ID}taxon/cites/acinonyx-jubatus"


def occurs(place: str, source: str, *statuses: str, taxon: str = CHEETAH) -> RangeStatement:
    how = frozenset(f"{ID}distribution-status/{status}" for status in statuses)
    return RangeStatement(taxon, f"{ID}country/{place}", how, source)


def told(ranges: MergedRanges) -> set[tuple[str, str, str, str]]:
    """Return taxon, place, status and source of each record."""
    found = set()
    for said in ranges.records.values():
        values = {name: {one.object.value for one in said if one.predicate == JWP + name} for name in _NAMES}
        sources = {one.object.value for one in said if one.predicate.endswith("terms/source")}
        for place in values["inPlace"]:
            for status in values["distributionStatus"] or {""}:
                for taxon in values["ofTaxon"]:
                    found |= {(_last(taxon), _last(place), _last(status), _last(source)) for source in sources}
    return found


_NAMES = ("inPlace", "distributionStatus", "ofTaxon")


def _last(iri: str) -> str:
    return iri.rpartition("/")[2]


def test_places_that_are_alike_share_a_record() -> None:
    ranges = settle([occurs("KE", INDEX, "native"), occurs("TZ", INDEX, "native"), occurs("IN", INDEX, "extinct")])
    assert len(ranges.records) == 2
    assert told(ranges) == {
        ("acinonyx-jubatus", "KE", "native", "cites-index-2017"),
        ("acinonyx-jubatus", "TZ", "native", "cites-index-2017"),
        ("acinonyx-jubatus", "IN", "extinct", "cites-index-2017"),
    }
    assert not ranges.contradictions


def test_of_contradicting_sources_the_latest_is_followed_and_it_is_reported() -> None:
    ranges = settle([occurs("KE", OLD, "extinct"), occurs("KE", INDEX, "native")])
    assert told(ranges) == {("acinonyx-jubatus", "KE", "native", "cites-index-2017")}
    (one,) = ranges.contradictions
    assert one.sentence() == (
        "acinonyx-jubatus in KE: cites-index-2017 says native and is followed, as the latest;"
        " species-plus-2013 says extinct."
    )


def test_sources_that_agree_are_all_named() -> None:
    ranges = settle([occurs("IN", OLD, "extinct"), occurs("IN", INDEX, "extinct")])
    assert {source for *_, source in told(ranges)} == {"species-plus-2013", "cites-index-2017"}
    assert not ranges.contradictions


def test_what_one_source_says_in_two_words_is_no_contradiction() -> None:
    ranges = settle([occurs("SZ", INDEX, "extinct", "reintroduced")])
    assert {status for _, _, status, _ in told(ranges)} == {"extinct", "reintroduced"}
    assert not ranges.contradictions


def test_a_later_source_without_a_status_does_not_take_one_away() -> None:
    ranges = settle([occurs("IN", INDEX, "native"), occurs("IN", INDIA)])
    assert {status for _, _, status, _ in told(ranges)} == {"native"}
    assert {source for *_, source in told(ranges)} == {"cites-index-2017", "soib-2025"}


def test_an_older_tag_of_the_other_taxonomy_gives_way() -> None:
    cms = CHEETAH.replace("/cites/", "/cms/")
    ranges = settle([occurs("KE", OLD, "extinct", taxon=cms), occurs("KE", INDEX, "native")])
    assert told(ranges) == {("acinonyx-jubatus", "KE", "native", "cites-index-2017")}
    assert [one.taxon for one in ranges.contradictions] == [cms]


def test_a_list_of_some_places_says_so() -> None:
    for source, partial in ((INDIA, True), (OLD, True), (INDEX, False)):
        (said,) = settle([occurs("IN", source, "native")]).records.values()
        assert any(one.predicate == JWP + "partialRange" for one in said) is partial


def test_the_same_occurrences_in_any_order_give_the_same_records() -> None:
    found = [
        occurs("KE", OLD, "extinct"),
        occurs("KE", INDEX, "native"),
        occurs("TZ", INDEX, "native"),
        occurs("IN", INDIA),
    ]
    assert settle(found).records == settle(found[::-1]).records


def test_records_of_an_export_are_read_place_by_place() -> None:
    said = [one for record in settle([occurs("KE", INDEX, "native")]).records.values() for one in record]
    assert list_occurrences([*said, StatedTriple(CHEETAH, JWP + "rank", said[0].object)]) == [
        occurs("KE", INDEX, "native")
    ]
