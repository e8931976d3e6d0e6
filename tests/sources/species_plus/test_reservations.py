"""Tests of the events that a table of reservations adds to other tables."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode

from jwpgraph.producers.reservations import Reservations, is_table
from jwpgraph.producers.triples import StatedTriple, iter_triples
from jwpgraph.sources.import_report import ImportReport
from jwpgraph.sources.species_plus.sorted_statements import SortedStatements, expand_term
from jwpgraph.vocabulary import ID

HEADER = "start_date,end_date,taxon_name,taxon_concept_id,rank,iso_code2,notes,Internal Notes\n"
TYPE = expand_term("rdf:type")
EVENT = f"{ID}listing-event/cites/mus-minor"


def known(change: str, appendix: str, day: str, party: str = "") -> list[StatedTriple]:
    iri = f"{EVENT}/{appendix}-{change}-{day}-{party}"
    links = {
        "listedTaxon": "taxon/cites/mus-minor",
        "changeType": f"listing-change-type/{change}",
        "appendix": f"appendix/cites-{appendix}",
    } | ({"party": f"country/{party}"} if party else {})
    said = [StatedTriple(iri, expand_term(f"jwp:{name}"), NamedNode(ID + value)) for name, value in links.items()]
    return [*said, StatedTriple(iri, expand_term("jwp:effectiveOn"), Literal(day))]


@pytest.fixture
def state(tmp_path: Path):
    def stating(row: str, *events: list[StatedTriple]) -> tuple[list[StatedTriple], ImportReport]:
        path = tmp_path / "reservations.csv"
        path.write_text(HEADER + row, encoding="utf-8")
        assert is_table(path)
        report = ImportReport()
        with SortedStatements() as statements:
            Reservations({"7": "mus-minor"}, [one for event in events for one in event], statements, report).read(path)
            return iter_triples(triple for triples in statements.by_subject() for triple in triples), report

    return stating


@pytest.fixture
def read(state):
    def reading(row: str, *events: list[StatedTriple]) -> tuple[set[str], ImportReport]:
        stated, report = state(row, *events)
        return {one.subject.removeprefix(f"{EVENT}/") for one in stated if one.predicate == TYPE}, report

    return reading


ADDED = known("addition", "ii", "2013-06-12")


def test_a_reservation_that_is_known_gets_its_end(read) -> None:
    made, _ = read(
        "12/06/2013,20/05/2015,Mus minor,7,SPECIES,CA,,\n", ADDED, known("reservation", "ii", "2013-06-12", "CA")
    )
    assert made == {"ii-reservation-withdrawal-2015-05-20-ca"}


def test_a_reservation_that_is_known_gets_the_table_as_a_source(state) -> None:
    reserved = known("reservation", "ii", "1996-06-10", "SA")
    stated, _ = state("10/06/1996,,Mus minor,7,SPECIES,SA,,\n", ADDED, reserved)
    assert [(one.subject, one.predicate, one.object.value) for one in stated] == [
        (reserved[0].subject, expand_term("dcterms:source"), f"{ID}source/species-plus-reservations-2024")
    ]


@pytest.mark.parametrize("note", ["On behalf of HK. ", "On behalf of Hong Kong. Formerly listed under Mus."])
def test_a_reservation_for_a_territory_names_it(state, note) -> None:
    stated, _ = state(f"31/10/1976,03/07/1978,Mus minor,7,SPECIES,GB,{note},\n", known("addition", "i", "1975-07-01"))
    represented = {one.object.value for one in stated if one.predicate == expand_term("jwp:onBehalfOf")}
    events = {one.subject for one in stated if one.predicate == expand_term("jwp:onBehalfOf")}
    assert (represented, len(events)) == ({f"{ID}country/HK"}, 2)


def test_a_new_reservation_is_against_the_appendix_of_that_day(read) -> None:
    made, _ = read("26/11/2019,,Mus minor,7,SPECIES,CA,,\n", ADDED, known("addition", "i", "2019-11-26"))
    assert made == {"i-reservation-2019-11-26-ca"}


def test_an_end_that_is_known_is_not_told_twice(read) -> None:
    ended = known("reservation-withdrawal", "ii", "2015-05-20", "CA")
    events = ADDED, known("reservation", "ii", "2013-06-12", "CA"), ended
    made, _ = read("12/06/2013,20/05/2015,Mus minor,7,SPECIES,CA,,\n", *events)
    assert made == set()


def test_a_reservation_against_who_knows_which_appendix_is_refused(read) -> None:
    both = ADDED, known("addition", "i", "2013-06-12")
    made, report = read("01/01/2016,,Mus minor,7,SPECIES,CA,,\n", *both)
    assert made == set()
    assert [(one.line, one.column) for one in report.rejections] == [(2, "start_date")]


def test_other_tables_with_such_columns_are_none(tmp_path: Path) -> None:
    path = tmp_path / "suspensions.csv"
    path.write_text("start_date,end_date,taxon_name,taxon_concept_id,rank,iso_code2,unit,term,source,purpose,notes\n")
    assert not is_table(path)
