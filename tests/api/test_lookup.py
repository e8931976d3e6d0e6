"""``/api/v1/lookup``: identifiers are matched exactly, in every way of writing them."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

ID = "https://w3id.org/jwpgraph/id/"
ELEPHANT = {ID + "taxon/cites/loxodonta-africana"}


def find(client, text: str) -> list[tuple[str, str]]:
    response = client.get(f"/api/v1/lookup?{urlencode({'id': text})}")
    assert response.status_code == 200, response.text
    found = response.json()
    assert found["total"] == len(found["items"])
    return [(item["id"].removeprefix(ID), item["scheme"]) for item in found["items"]]


@pytest.mark.parametrize(
    ("text", "thing", "scheme"),
    [
        ("speciesplus:4521", "taxon/cites/loxodonta-africana", "speciesplus"),
        ("https://speciesplus.net/species#/taxon_concepts/4521/legal", "taxon/cites/loxodonta-africana", "speciesplus"),
        ("https://www.speciesplus.net/#/taxon_concepts/8765/legal", "taxon/cites/saiga-tatarica", "speciesplus"),
        ("Q23907", "taxon/cites/acinonyx-jubatus", "wikidata"),
        ("wikidata:Q23907", "taxon/cites/acinonyx-jubatus", "wikidata"),
        ("http://www.wikidata.org/entity/Q23907", "taxon/cites/acinonyx-jubatus", "wikidata"),
        ("itis:183813", "taxon/cites/acinonyx-jubatus", "itis"),
        ("NCBITaxon:32536", "taxon/cites/acinonyx-jubatus", "ncbi"),
        ("http://purl.obolibrary.org/obo/NCBITaxon_32536", "taxon/cites/acinonyx-jubatus", "ncbi"),
        ("KE", "country/KE", "iso3166-1-alpha-2"),
        ("ken", "country/KE", "iso3166-1-alpha-3"),
        ("404", "country/KE", "iso3166-1-numeric"),
        ("m49:404", "country/KE", "iso3166-1-numeric"),
        ("m49:002", "region/africa", "m49"),
        ("saiga-antelope", "instrument/saiga-mou", "informea"),
        ("iosea-marine-turtles", "instrument/iosea-turtles-mou", "informea"),
        ("CMS Resolution 10.28", "instrument/sakergap", "resolution"),
        ("resolution:10.28", "instrument/sakergap", "resolution"),
        ("B14", "activity/jwp-2015-2020/B14", "notation"),
        (ID + "body/iccwc", "body/iccwc", "iri"),
    ],
)
def test_an_identifier_is_found(client, text: str, thing: str, scheme: str) -> None:
    assert (thing, scheme) in find(client, text)


@pytest.mark.parametrize(
    "text",
    [
        "Q126684",
        "Q2390",
        "q23907x",
        "wikidata:23907",
        "speciesplus:Q23907",
        "itis:32536",
        "Saiga tatarica",
        "saiga",
        "KENY",
        "m49:4",
        ID + "body/iccw",
        "https://www.wikidata.org/wiki/Q2390700",
        "http://[",
        "x> ?p ?o",
        '"',
        "http://x/\\u003e",
    ],
)
def test_nothing_is_matched_by_resemblance(client, text: str) -> None:
    assert find(client, text) == []


def test_the_saiga_is_found_by_its_own_identifier(client) -> None:
    assert ("taxon/cites/saiga-tatarica", "wikidata") in find(client, "Q126683")


def test_every_external_identifier_of_the_data_leads_back(client, shipped_store) -> None:
    query = (
        """SELECT ?s ?o WHERE { VALUES ?p { jwp:wikidataId jwp:wormsId jwp:iucnId jwp:informeaTreatyCode } ?s ?p ?o }"""
    )
    rows = list(shipped_store.query(query, prefixes={"jwp": "https://w3id.org/jwpgraph/ontology#"}))
    assert len(rows) > 500
    for subject, value in rows[::25]:
        assert subject.value.removeprefix(ID) in {thing for thing, _ in find(client, value.value)}


@pytest.mark.parametrize("query", ["", "id=", "id=a&x=1"])
def test_a_request_without_an_identifier_is_refused(client, query: str) -> None:
    assert client.get(f"/api/v1/lookup?{query}").status_code == 422


@pytest.mark.parametrize("path", ["countries/KE", "countries/KEN", "countries/404", "countries/ken"])
def test_codes_are_names(client, path: str) -> None:
    assert client.get(f"/api/v1/{path}").json()["id"] == ID + "country/KE"
