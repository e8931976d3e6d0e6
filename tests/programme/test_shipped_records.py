"""The shipped actions, meetings and proposals: what they rest on, and that they are made from their tables."""

from __future__ import annotations

import pytest

from jwpgraph.producers.work_records import make_files
from jwpgraph.shipped_files import get_shipped_path
from jwpgraph.vocabulary import PREFIX_LINES


def rows(store, query: str) -> list[tuple[str, ...]]:
    return [tuple(str(value) for value in row) for row in store.query(PREFIX_LINES + query)]


def test_the_files_are_what_their_tables_give() -> None:
    for name, text in make_files():
        assert (get_shipped_path("data/ttl") / f"{name}.ttl").read_text("utf-8") == text, name


@pytest.mark.parametrize("class_name", ["Action", "Meeting", "AmendmentProposal"])
def test_every_record_has_a_source_or_a_level_of_evidence(shipped_store, class_name: str) -> None:
    query = f"SELECT ?s WHERE {{ ?s a jwp:{class_name} FILTER NOT EXISTS {{ ?s dcterms:source|jwp:evidence ?why }} }}"
    assert rows(shipped_store, f"SELECT ?s WHERE {{ ?s a jwp:{class_name} }}")
    assert rows(shipped_store, query) == []


def test_no_progress_is_invented(shipped_store) -> None:
    assert rows(shipped_store, "SELECT ?s WHERE { ?s a jwp:ProgressJudgement }") == []


def test_an_outcome_that_was_not_seen_is_absent(shipped_store) -> None:
    query = "SELECT ?o WHERE { ?s jwp:proposedTo <https://w3id.org/jwpgraph/id/meeting/cms-cop15> ; jwp:outcome ?o }"
    assert rows(shipped_store, query) == []


def test_dates_have_the_precision_of_their_source(shipped_store) -> None:
    query = """SELECT ?date WHERE {
      <https://w3id.org/jwpgraph/id/action/african-carnivores-initiative-established> schema:startDate ?date }"""
    assert rows(shipped_store, query) == [('"2018-11"^^<http://www.w3.org/2001/XMLSchema#gYearMonth>',)]
