"""Tests of withdrawn identifiers: they redirect to the same view of their replacement, or are gone."""

from __future__ import annotations

import pytest

from jwpgraph.vocabulary import ID, JWP, PREFIXES

REPLACED = f"<{PREFIXES['dcterms']}isReplacedBy>"
DEPRECATED = f"<{PREFIXES['owl']}deprecated>"
TURTLE = f"""
<{ID}body/older> {REPLACED} <{ID}body/old> .
<{ID}body/old> {REPLACED} <{ID}body/iccwc> ; {DEPRECATED} true .
<{ID}body/gone> a <{JWP}Body> ; {DEPRECATED} true .
<{ID}body/away> {REPLACED} <https://example.org/body> .
<{ID}body/a> {REPLACED} <{ID}body/b> . <{ID}body/b> {REPLACED} <{ID}body/a> .
"""


@pytest.fixture(scope="module")
def client(client_with):
    """Return a client of a service with withdrawn identifiers."""
    return client_with(TURTLE)


@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("/id/body/old", "http://jwp.example/id/body/iccwc"),
        ("/id/body/older", "http://jwp.example/id/body/iccwc"),
        ("/doc/body/old", "http://jwp.example/doc/body/iccwc"),
        ("/data/body/old", "http://jwp.example/data/body/iccwc"),
        ("/data/body/old.ttl", "http://jwp.example/data/body/iccwc.ttl"),
        ("/id/body/away", "https://example.org/body"),
        ("/id/taxon/cms/diomedea-irrorata", "http://jwp.example/id/taxon/cms/phoebastria-irrorata"),
        ("/doc/taxon/cites/uncia-uncia", "http://jwp.example/doc/taxon/cites/panthera-uncia"),
    ],
)
def test_a_replaced_identifier_leads_on(client, path: str, there: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["location"]) == (301, there)


@pytest.mark.parametrize("path", ["/id/body/gone", "/doc/body/gone", "/data/body/gone.ttl"])
def test_one_without_successor_is_gone(client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 410
    assert answer.json()["type"].endswith("/problem/gone")


def test_a_cycle_of_replacements_ends(client) -> None:
    assert client.get("/id/body/a").status_code == 301


def test_other_entities_are_not_redirected(client) -> None:
    assert client.get("/id/body/iccwc").status_code == 303
    unknown = client.get("/id/body/icwc")
    assert unknown.status_code == 404
    assert any(one["id"] == ID + "body/iccwc" for one in unknown.json()["near"])
