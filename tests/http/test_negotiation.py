from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jwpgraph.http.negotiation import accepts_html, negotiate, negotiate_coding, parse_content_type

JSON, XML, CSV, TURTLE = "application/sparql-results+json", "application/sparql-results+xml", "text/csv", "text/turtle"
OFFERS = (JSON, XML, CSV, TURTLE)


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("text/turtle", TURTLE),
        ("text/*", CSV),
        ("text/turtle, */*", TURTLE),
        ("*/*;q=0.1, text/csv;q=0.2", CSV),
        ("text/csv;q=0.2, application/sparql-results+xml;q=0.9", XML),
        ("application/sparql-results+json;q=0, */*", XML),
        ("text/*;q=0.5, text/csv;q=0.1", TURTLE),
        ("TEXT/TURTLE ; Q=0.5", TURTLE),
        ("text/turtle; charset=utf-8", TURTLE),
        # Parameters that mean nothing here make no difference.
        ('text/turtle;note="a, b;q=0";q=1, text/csv;q=0.9', TURTLE),
        ("text/html", None),
        ("text/turtle;q=0", None),
        ("nonsense, text/csv", CSV),
        ("nonsense", JSON),
        ("*/turtle", JSON),
        ("text/csv;q=abc, text/turtle;q=0.5", TURTLE),
    ],
)
def test_the_best_offer_is_chosen(accept: str | None, expected: str | None) -> None:
    assert negotiate(accept, OFFERS) == expected


def test_a_profile_makes_a_difference_where_one_is_offered() -> None:
    profiled = 'application/ld+json;profile="http://www.w3.org/ns/json-ld#framed"'
    other = 'application/ld+json;profile="http://www.w3.org/ns/json-ld#flattened"'
    assert negotiate(profiled, ["application/ld+json"]) == "application/ld+json"
    assert negotiate(profiled, ["application/ld+json", profiled]) == profiled
    assert negotiate(other, [profiled]) is None
    assert negotiate(profiled, ["application/ld+json"], frozenset({"profile"})) is None


@given(st.text(max_size=200))
def test_any_accept_header_is_survived(accept: str) -> None:
    assert negotiate(accept, OFFERS) in {*OFFERS, None}


@given(st.permutations(OFFERS), st.lists(st.integers(1, 1000), min_size=4, max_size=4, unique=True))
def test_the_highest_weight_wins_in_any_order(offers: list[str], weights: list[int]) -> None:
    pairs = list(zip(offers, weights, strict=True))
    accept = ", ".join(f"{offer};q={weight / 1000:.3f}" for offer, weight in pairs)
    assert negotiate(accept, OFFERS) == max(pairs, key=lambda pair: pair[1])[0]


@pytest.mark.parametrize(
    ("accept_encoding", "expected"),
    [
        (None, "identity"),
        ("", "identity"),
        ("gzip", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("*", "zstd"),
        ("zstd;q=0, *", "br"),
        ("identity, gzip;q=0.5", "identity"),
        ("identity;q=0.5, gzip", "gzip"),
        ("compress", "identity"),
        ("GZIP", "gzip"),
        ("gzip;q=0", "identity"),
    ],
)
def test_the_best_coding_is_chosen(accept_encoding: str | None, expected: str) -> None:
    assert negotiate_coding(accept_encoding, ("zstd", "br", "gzip")) == expected


def test_a_browser_names_html() -> None:
    assert accepts_html("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
    assert not accepts_html("*/*")
    assert not accepts_html(None)


def test_content_types_are_taken_apart() -> None:
    assert parse_content_type('Text/Turtle; Charset="UTF-8"') == ("text/turtle", {"charset": "UTF-8"})
    assert parse_content_type("") == ("", {})
    assert parse_content_type("multipart/form-data; boundary=a=b") == ("multipart/form-data", {"boundary": "a"})
