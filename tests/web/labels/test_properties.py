"""Values in the reader's words: as precise as the source, never more."""

from __future__ import annotations

import pytest

from jwpgraph.linked_data.json_ld_context import get_property_terms
from jwpgraph.query_execution.queries import QueryTerm
from jwpgraph.vocabulary import PREFIXES
from jwpgraph.web.labels.properties import LABELS, format_date, format_literal


@pytest.mark.parametrize(
    ("value", "datatype", "text"),
    [
        ("2006-09-24", "date", "24 September 2006"),
        ("2006-09", "gYearMonth", "September 2006"),
        ("2006", "gYear", "2006"),
        ("2006-13-01", "date", "2006-13-01"),
        ("P1Y", "duration", "every year"),
        ("P3M", "duration", "every 3 months"),
        ("PT1H", "duration", "PT1H"),
        ("true", "boolean", "yes"),
        ("14", "integer", "14"),
    ],
)
def test_literals_in_words(value: str, datatype: str, text: str) -> None:
    assert format_literal(QueryTerm("literal", value, None, PREFIXES["xsd"] + datatype)) == text


def test_a_text_that_looks_like_a_date_stays_as_it_is() -> None:
    assert format_literal(QueryTerm("literal", "2006-09-24")) == "2006-09-24"
    assert format_date("no date") == "no date"


def test_every_word_is_for_a_property_that_there_is() -> None:
    assert {name for name in LABELS if ":" not in name} <= {term.name for term in get_property_terms().values()}
