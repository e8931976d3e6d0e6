"""``/api/v1/queries``: every stored query with its example, wrong and hostile values, formats and pages."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from urllib.parse import urlencode

import httpx
import pyoxigraph as ox
import pytest

from jwpgraph.stored_queries.execution import get_columns
from jwpgraph.stored_queries.files import QueryParameter, StoredQuery, read_stored_queries

PATH = "/api/v1/queries"
ALL = read_stored_queries()
BOUND = [query for query in ALL if query.parameters]
INJECTIONS = (
    "x> . ?s ?p ?o . <y",
    '" } UNION { ?s ?p ?o } #',
    "') || true || ('",
    "\\u0022 } #",
    '\\") . ?s ?p ?o . FILTER("',
    "} SELECT * { ?s ?p ?o",
    "*",
    "?s",
    ".*",
    "%22%7D",
    "a\nb",
    "\x00",
    "https://w3id.org/jwpgraph/id/theme/jwp-2015-2020/B> ; ?p ?o . <x",
    "9" * 400,
)


def url_of(query: StoredQuery, **values: str) -> str:
    given = {one.name: one.example for one in query.parameters} | values
    return f"{PATH}/{query.name}?{urlencode(given)}"


@pytest.fixture(scope="module")
def web(shipped) -> Iterator[httpx.Client]:
    """A client of the running service: values reach the worker processes."""
    with shipped.client() as client:
        yield client


@pytest.mark.parametrize("query", ALL, ids=lambda query: query.name)
def test_every_query_answers_within_its_budget(web: httpx.Client, query: StoredQuery) -> None:
    response = web.get(url_of(query), headers={"Accept": "application/json, text/turtle"})
    assert response.status_code == 200, response.text
    if query.form == "graph":
        assert list(ox.parse(response.text, format=ox.RdfFormat.TURTLE))
        return
    found = response.json()
    assert found["columns"] == list(get_columns(query))
    assert found["parameters"].keys() == {one.name for one in query.parameters}
    if query.parameters:
        assert found["items"], "the example finds nothing"


def _places() -> list[tuple[StoredQuery, QueryParameter]]:
    return [(query, parameter) for query in BOUND for parameter in query.parameters]


@pytest.mark.parametrize(("query", "parameter"), _places(), ids=lambda one: one.name)
def test_no_value_becomes_a_part_of_the_query(client, query: StoredQuery, parameter: QueryParameter) -> None:
    for value in INJECTIONS:
        response = client.get(url_of(query, **{parameter.name: value}))
        if response.status_code == 200:
            assert parameter.type.startswith("text")
            for item in response.json()["items"] if query.form == "table" else ():
                texts = " ".join(str(cell) for cell in item.values())
                assert value.casefold() in texts.casefold()
        else:
            assert response.status_code == 422, response.text
            assert response.json()["parameter"] == parameter.name


@pytest.mark.parametrize("query", BOUND, ids=lambda query: query.name)
def test_a_required_parameter_that_is_missing_is_named(client, query: StoredQuery) -> None:
    for parameter in query.parameters:
        given = {one.name: one.example for one in query.parameters if one is not parameter}
        response = client.get(f"{PATH}/{query.name}?{urlencode(given)}")
        if parameter.presence == "required":
            assert (response.status_code, response.json()["parameter"]) == (422, parameter.name)
        else:
            assert response.status_code == 200


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("activities-of-theme?theme=B&thema=A", "thema"),
        ("activities-of-theme?theme=B&theme=A", "theme"),
        ("activities-of-theme?theme=E", "theme"),
        ("activities-of-theme?theme=B&limit=0", "limit"),
        ("activities-of-theme?theme=B&limit=1001", "limit"),
        ("activities-of-theme?theme=B&limit=%2B5", "limit"),
        ("activities-of-theme?theme=B&format=ttl", "format"),
        ("activities-of-theme?theme=B&after=x", "after"),
        ("activity-graph?activity=B16&limit=5", "limit"),
        ("activities-first?count=34", "count"),
        ("activities-first?count=0x5", "count"),
        ("changed-since?since=2026-02-30", "since"),
        ("changed-since?since=today", "since"),
        ("sites-of-country?country=XX", "country"),
        ("sites-of-country?country=", "country"),
        ("activities-of-leo-term?term=synerg", "term"),
        ("species-of-country?country=KE&taxonomy=CITES", "taxonomy"),
        ("common-names-of-taxon?taxon=cites/falco-cherrug&language=x", "language"),
        ("identifiers-of-taxon?taxon=saiga-tatarica", "taxon"),
    ],
)
def test_what_is_wrong_is_named(client, address: str, name: str) -> None:
    response = client.get(f"{PATH}/{address}")
    assert response.status_code == 422, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["parameter"] == name
    assert name in response.json()["detail"]


def test_no_query_of_that_name(client) -> None:
    assert client.get(f"{PATH}/nothing").status_code == 404
    assert client.get(f"{PATH}/activities-of-theme/x").status_code == 404
    assert client.get(f"{PATH}?x=1").status_code == 422


def test_answers_are_right(client) -> None:
    def column(address: str, name: str) -> list[object]:
        return [item.get(name) for item in client.get(f"{PATH}/{address}").json()["items"]]

    assert column("activities-of-programme?programme=mikes", "code") == ["B6", "B7", "B12", "B16"]
    assert column("activities-by-action?action=raise-funds", "code") == ["B2", "B3", "B5", "B10", "C5"]
    assert len(column("activities-of-theme?theme=B", "code")) == 21
    assert column("activities-first?count=3", "code") == ["A1", "A2", "B1"]
    assert set(column("alignments-of-taxon?taxon=cms/ovis-ammon&on=2026-11-22", "relation")) == {"includes"}
    for code in ("KE", "KEN", "404", "https://w3id.org/jwpgraph/id/country/KE"):
        assert len(column(f"sites-of-country?country={code}", "code")) == 4
    assert column("activities-by-words?words=%22", "code") == []


def _get_slug(item: dict[str, object], name: str) -> str:
    return str(item.get(name) or "").rpartition("/")[2]


def test_the_legal_status_comes_with_its_horizon(client) -> None:
    """Elephants of Botswana went to Appendix II in 1997, those of Kenya stayed in I (CITES CoP10)."""
    for country, day, appendix in (("BW", "1995-01-01", "i"), ("BW", "2017-02-01", "ii"), ("KE", "2017-02-01", "i")):
        url = f"{PATH}/legal-status-in-country?taxon=cites/loxodonta-africana&country={country}&on={day}"
        items = client.get(url).json()["items"]
        found = {item["appendix"].rpartition("/")[2] for item in items if item["kind"] == "listing"}
        assert found == {f"cites-{appendix}"}
        treaties = {item["treaty"].rpartition("/")[2] for item in items if item["kind"] == "horizon"}
        assert treaties == {"cites", "cms"}
        assert all(item["completeUntil"] for item in items if item["kind"] == "horizon")
    whole = client.get(f"{PATH}/legal-status?taxon=cites/loxodonta-africana&on=2017-02-01").json()["items"]
    assert {item["appendix"].rpartition("/")[2] for item in whole if "appendix" in item} == {"cites-i", "cites-ii"}


def test_the_legal_status_in_a_country_names_the_parts_that_are_listed_otherwise(client) -> None:
    """The wild asses of India are of a subspecies in Appendix I, which the listing in Appendix II excludes."""
    url = f"{PATH}/legal-status-in-country?taxon=cites/equus-hemionus&country=IN&on=2010-01-01"
    items = [item for item in client.get(url).json()["items"] if item["kind"] == "listing"]
    found = [(_get_slug(item, "appendix"), _get_slug(item, "part"), item["certain"]) for item in items]
    assert found == [("cites-i", "equus-hemionus-khur", True), ("cites-ii", "", False)]


@pytest.mark.parametrize(
    ("taxon", "country", "on", "rows"),
    [
        # The pumas of Costa Rica are of a subspecies in Appendix I: II is certain of no puma there.
        ("puma-concolor", "CR", "2018-01-01", [("i", "puma-concolor-costaricensis", True), ("ii", "", False)]),
        ("puma-concolor", "US", "2018-01-01", None),
        # The listing of the subspecies names India, of which its own range has no record.
        ("ovis-vignei", "IN", "2010-01-01", [("i", "ovis-vignei-vignei", True), ("ii", "", False)]),
        ("loxodonta-africana", "BW", "2018-01-01", [("ii", "", True)]),
        # Appendix I lists the stocks but that of West Greenland, which is in II; others may live off Greenland too.
        ("balaenoptera-acutorostrata", "GL", "1986-01-01", [("i", "", False), ("ii", "", False)]),
    ],
)
def test_the_legal_status_in_a_country_is_no_more_certain_than_the_status(client, taxon, country, on, rows) -> None:
    url = f"{PATH}/legal-status-in-country?taxon=cites/{taxon}&country={country}&on={on}"
    items = [
        item
        for item in client.get(url).json()["items"]
        if item["kind"] == "listing" and item["treaty"].endswith("/cites")
    ]
    found = [(_get_slug(item, "appendix")[len("cites-") :], _get_slug(item, "part"), item["certain"]) for item in items]
    status = client.get(f"/api/v1/taxa/cites/{taxon}/status?country={country}&on={on}").json()
    (cites,) = (one for one in status["treaties"] if one["treaty"]["label"] == "CITES")
    assert {number.upper() for number, _, is_certain in found if is_certain} == set(cites["appendices"])
    assert {number.upper() for number, _, _ in found} == {*cites["appendices"], *cites["possible_appendices"]}
    assert rows is None or found == rows


def test_a_listing_that_may_apply_in_a_country_is_told_as_possible(client) -> None:
    """CMS lists the European populations of the bats' family: Armenia is of no such population for certain."""
    url = f"{PATH}/legal-status-in-country?taxon=cms/myotis-hajastanicus&country=AM&on=1987-01-01"
    items = [item for item in client.get(url).json()["items"] if item["kind"] == "listing"]
    assert [(_get_slug(item, "appendix"), item["certain"]) for item in items] == [("cms-ii", False)]


@pytest.mark.parametrize(
    ("taxon", "on", "certain"),
    [
        # CMS lists the European populations of the family; no record says that this bat lives in Europe.
        ("cms/myotis-hajastanicus", "1987-01-01", "false"),
        ("cms/barbastella-leucomelas", "2012-06-01", "false"),
        ("cms/barbastella-barbastellus", "2012-06-01", "true"),
    ],
)
def test_a_listing_of_some_populations_of_a_family_is_certain_of_species_among_them(client, taxon, on, certain) -> None:
    items = client.get(f"{PATH}/legal-status?taxon={taxon}&on={on}").json()["items"]
    found = {item["appendix"].rpartition("/")[2]: str(item["certain"]).lower() for item in items if "appendix" in item}
    assert found == {"cms-ii": certain}
    status = client.get(f"/api/v1/taxa/{taxon}/status?on={on}").json()
    (cms,) = (one for one in status["treaties"] if one["treaty"]["label"] == "CMS")
    assert cms["appendices" if certain == "true" else "possible_appendices"] == ["II"]


def test_the_reservations_of_a_country_are_told_with_their_end(client) -> None:
    def told(country: str, name: str):
        rows = client.get(f"{PATH}/reservations-of-country?country={country}&limit=1000").json()["items"]
        return [
            (row["entered"], row.get("withdrawn"), row.get("onBehalfOf", "").rpartition("/")[2])
            for row in rows
            if row["name"] == name
        ]

    # The second reservation of Japan replaced the first on the day of its withdrawal.
    assert told("JP", "Balaenoptera physalus") == [("1980-11-04", "1981-06-06", ""), ("1981-06-06", None, "")]
    assert told("HK", "Elephas maximus") == told("GB", "Elephas maximus") == [("1976-10-31", "1978-07-03", "HK")]
    assert told("PL", "Orcinus orca") == [("1996-01-18", "2013", "")]  # known to be over by then


def test_lists_of_a_country_tell_their_evidence_and_how_far_listings_are_known(client) -> None:
    reservations = client.get(f"{PATH}/reservations-of-country?country=JP&limit=1000").json()["items"]
    known = {(row["name"], row["evidence"].rpartition("/")[2], row["completeUntil"]) for row in reservations}
    # The whales of CITES are known to November 2022, its reptiles to July 2023.
    assert ("Physeter macrocephalus", "sourced", "2022-11-27") in known
    assert ("Chelonia mydas", "sourced", "2023-07-01") in known
    species = client.get(f"{PATH}/species-of-country?country=KE&limit=1000").json()["items"]
    until = {(row["taxonomy"], row["name"]): row["completeUntil"] for row in species}
    assert until["cites", "Falco naumanni"] == "2017-04-21"
    assert until["cms", "Balaenoptera borealis"] == "2020-05-22"
    assert {row["evidence"].rpartition("/")[2] for row in species} <= {"sourced", "inferred"}


def test_the_rows_of_a_parametrised_query_are_those_of_the_competency_question(client) -> None:
    asked = client.get(f"{PATH}/cites-changes-of-cms-taxa?effective=2019-11-26&limit=1000").json()
    known = client.get(f"{PATH}/cq20-cites-changes-of-cms-taxa?limit=1000").json()
    assert {(item["name"], item["cmsName"]) for item in asked["items"]} == {
        (item["citesName"], item["cmsName"]) for item in known["items"]
    }


@pytest.mark.parametrize("format_", ["json", "csv", "srj"])
def test_pages_follow_the_link_header(client, format_: str) -> None:
    seen: list[str] = []
    url = f"{PATH}/activities-of-theme?theme=B&limit=8&format={format_}"
    for _ in range(3):
        response = client.get(url)
        if format_ == "csv":
            rows = list(csv.DictReader(io.StringIO(response.text)))
            codes = [row["code"] for row in rows]
        elif format_ == "srj":
            codes = [row["code"]["value"] for row in response.json()["results"]["bindings"]]
        else:
            codes = [item["code"] for item in response.json()["items"]]
        assert len(codes) <= 8
        seen += codes
        link = re.search(r'<([^>]+)>; rel="next"', response.headers.get("link", ""))
        if link is None:
            break
        url = link[1]
    assert seen == [f"B{number}" for number in range(1, 22)]


def test_a_graph_in_every_format(client) -> None:
    base = f"{PATH}/activity-graph?activity=B16"
    triples = set(ox.parse(client.get(base).text, format=ox.RdfFormat.TURTLE))
    assert len(triples) > 20
    lines = client.get(base, accept="application/n-triples").text
    assert set(ox.parse(lines, format=ox.RdfFormat.N_TRIPLES)) == triples
    framed = client.get(base, accept="application/ld+json").json()
    assert framed["@graph"][0]["notation"] == "B16"
    assert any("label" in one or "labels" in one for one in framed["@graph"][0]["programmes"])
    assert client.get(base, accept="text/csv").status_code == 406


def test_answers_are_conditional_and_have_heads(client) -> None:
    url = f"{PATH}/activities-of-theme?theme=B"
    first = client.get(url)
    assert client.get(url, if_none_match=first.headers["etag"]).status_code == 304
    assert client.request("HEAD", url).headers["etag"] == first.headers["etag"]


def test_the_list_says_what_each_takes_and_openapi_agrees(client) -> None:
    listed = client.get(PATH).json()
    assert [entry["name"] for entry in listed["items"]] == [query.name for query in ALL]
    document = client.get("/api/openapi.json").json()
    common = {"format", "limit", "after", "release"}
    for entry in listed["items"]:
        operation = document["paths"][f"{PATH}/{entry['name']}"]["get"]
        names = [one["name"] for one in operation["parameters"] if one["name"] not in common]
        assert names == [one["name"] for one in entry["parameters"]]
        assert operation["responses"]["200"]["content"].keys() == set(entry["formats"])
    assert client.get(next(one["example"] for one in listed["items"] if one["name"] == "activities-first")).json()[
        "items"
    ]
