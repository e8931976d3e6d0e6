"""Tests of the mapping between IRIs and paths, and of quoting: no input can end an IRI or string in a query."""

from __future__ import annotations

from urllib.parse import quote

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jwpgraph.entities.iri_mapping import get_slug, get_type_segment, iri_to_path, path_to_iris, quote_iri, quote_string
from jwpgraph.vocabulary import GRAPH, ID, JWP, make_entity_iri


@pytest.mark.parametrize(
    ("iri", "path"),
    [
        (ID + "body/iccwc", "/id/body/iccwc"),
        (ID + "activity/jwp-2015-2020/D2/part/1", "/id/activity/jwp-2015-2020/D2/part/1"),
        (make_entity_iri("taxon", "cms", "a b/c"), "/id/taxon/cms/a%20b%2Fc"),
        (JWP + "Activity", "/ontology#Activity"),
        (GRAPH + "ontology/jwp", "/graph/ontology/jwp"),
    ],
)
def test_an_iri_is_the_path_below_the_base(iri: str, path: str) -> None:
    assert iri_to_path(iri) == path
    if "#" not in path:
        assert path_to_iris(path)[0] == iri


def test_views_and_extensions() -> None:
    assert iri_to_path(ID + "body/iccwc", "doc") == "/doc/body/iccwc"
    assert iri_to_path(ID + "body/iccwc", "data", "ttl") == "/data/body/iccwc.ttl"
    assert iri_to_path("https://example.org/id/body/iccwc") is None
    assert (get_type_segment(ID + "body/iccwc"), get_slug(ID + "body/iccwc")) == ("body", "iccwc")


@given(st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=3))
def test_whatever_a_slug_holds_its_path_leads_back(parts: list[str]) -> None:
    iri = make_entity_iri("taxon", *parts)
    path = iri_to_path(iri)
    assert path is not None
    assert path.isascii()
    assert path_to_iris(path)[0] == iri


def test_unencoded_iris_are_found_under_their_encoded_path() -> None:
    iri = ID + "body/café"
    path = iri_to_path(iri)
    assert path == "/id/body/caf%C3%A9"
    assert iri in path_to_iris(path)


@pytest.mark.parametrize(
    ("sent", "normal"),
    [
        ("/id/body/%69ccwc", "iccwc"),
        ("/id/body/a%2fb", "a%2Fb"),
        ("/id/body/a%zz", "a%25zz"),
        ("/id/body/a>b", "a%3Eb"),
    ],
)
def test_equal_paths_are_one(sent: str, normal: str) -> None:
    assert path_to_iris(sent)[0] == ID + "body/" + normal


@given(st.text(max_size=40), st.booleans())
def test_no_path_can_end_an_iri_of_a_query(path: str, encoded: bool) -> None:
    store = ox.Store()
    path = quote(path.encode("utf-8", "surrogatepass")) if encoded else path.encode("utf-8", "replace").decode()
    for iri in path_to_iris("/id/" + path):
        assert store.query(f"ASK {{ {quote_iri(iri)} ?p ?o }}") is not None
        assert quote_iri(iri).count(">") == 1


@given(st.text(max_size=40).filter(lambda text: not any("\ud800" <= char <= "\udfff" for char in text)))
def test_a_string_comes_back_from_a_query_as_it_went_in(text: str) -> None:
    (solution,) = ox.Store().query(f"SELECT ({quote_string(text)} AS ?text) {{}}")
    assert solution["text"].value == text
