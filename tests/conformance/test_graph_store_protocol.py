"""W3C Graph Store Protocol tests: nine cases by indirect, four by direct identification, by their names in rdf-tests.

``$HOST`` is the instance; the graphs are below the store's own URL, as in the suite, or elsewhere.
"""

from __future__ import annotations

import httpx
import pytest
from rdflib import Graph
from rdflib.compare import isomorphic

PREFIXES = """
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix v: <http://www.w3.org/2006/vcard/ns#> .
"""
PERSON = "http://www.example/gsp/person/1"
JOHN = PREFIXES + f'<{PERSON}> a foaf:Person; foaf:businessCard [ a v:VCard; v:fn "John Doe" ].'
JANE = PREFIXES + f'<{PERSON}> a foaf:Person; foaf:businessCard [ a v:VCard; v:fn "Jane Doe" ].'
ALICE = PREFIXES + '[] a foaf:Person; foaf:businessCard [ a v:VCard; v:given-name "Alice" ] .'
WHOLE_JANE = JANE + f'<{PERSON}> foaf:givenName "Jane"; foaf:familyName "Doe" .'
TURTLE = {"Content-Type": "text/turtle; charset=utf-8"}
BOUNDARY = "a6fe4cd636164618814be9f8d3d1a0de"


def part(name: str, statement: str) -> str:
    return (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n'
        "Content-Type: text/turtle; charset=utf-8\r\n\r\n"
        f"@prefix foaf: <http://xmlns.com/foaf/0.1/> .\r\n<{PERSON}> {statement} .\r\n\r\n"
    )


FORM_DATA = (
    part("lastName.ttl", 'foaf:familyName "Doe"')
    + part("firstName.ttl", 'foaf:givenName "Jane"')
    + f"--{BOUNDARY}--\r\n"
)


class Store:
    """The store as one way of naming graphs sees it."""

    def __init__(self, client: httpx.Client, template: str) -> None:
        self.client = client
        self.template = template

    def request(self, method: str, name: str, content: str | None = None, **headers: str) -> httpx.Response:
        sent = {"Content-Type": "text/turtle; charset=utf-8"} if content is not None else {}
        return self.client.request(
            method, self.template.format(name), content=content, headers=sent | {"Accept": "text/turtle"} | headers
        )

    def assert_holds(self, name: str, turtle: str) -> None:
        response = self.request("GET", name)
        assert_turtle(response, turtle)


def assert_turtle(response: httpx.Response, turtle: str) -> None:
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/turtle; charset=utf-8"
    assert isomorphic(Graph().parse(data=response.text), Graph().parse(data=turtle))


@pytest.fixture(params=["encoded", "plain", "own"])
def indirect(client: httpx.Client, request: pytest.FixtureRequest) -> Store:
    own = f"{client.base_url}/graph-store/person/"
    templates = {
        "encoded": "/graph-store?graph=http%3A%2F%2Fwww.example%2Fgsp%2Fperson%2F{}.ttl",
        "plain": "/graph-store?graph=http://www.example/gsp/person/{}.ttl",
        "own": f"/graph-store?graph={own}{{}}.ttl",
    }
    return Store(client, templates[request.param])


@pytest.fixture
def direct(client: httpx.Client) -> Store:
    return Store(client, "/graph-store/person/{}.ttl")


def put_get_repeat(store: Store) -> None:
    assert store.request("PUT", "1", JOHN).status_code == 201
    store.assert_holds("1", JOHN)
    assert store.request("PUT", "1", JANE).status_code in {200, 204}
    store.assert_holds("1", JANE)


def put_delete_get_delete(store: Store) -> None:
    assert store.request("PUT", "2", ALICE).status_code == 201
    assert store.request("DELETE", "2").status_code in {200, 204}
    assert store.request("GET", "2").status_code == 404
    assert store.request("DELETE", "2").status_code == 404


def post_get_post_get(store: Store) -> None:
    assert store.request("POST", "1", JANE).status_code == 201
    store.assert_holds("1", JANE)
    content_type = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    assert store.request("POST", "1", FORM_DATA, **content_type).status_code in {200, 204}
    store.assert_holds("1", WHOLE_JANE)


def head_existing(store: Store) -> None:
    assert store.request("PUT", "1", JOHN).status_code == 201
    response = store.request("HEAD", "1", Accept="text/turtle; charset=utf-8")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/turtle; charset=utf-8"
    assert not response.content


def test_put_get_repeat_indirect(indirect: Store) -> None:
    put_get_repeat(indirect)


def test_put_get_default(client: httpx.Client) -> None:
    store = Store(client, "/graph-store?default")
    assert store.request("PUT", "", ALICE).status_code in {200, 201, 204}
    store.assert_holds("", ALICE)


def test_put_delete_get_delete_indirect(indirect: Store) -> None:
    put_delete_get_delete(indirect)


def test_post_get_post_get_indirect(indirect: Store) -> None:
    post_get_post_get(indirect)


def test_post_get_new_graph(client: httpx.Client) -> None:
    response = client.post("/graph-store", content=ALICE, headers=TURTLE)
    assert response.status_code == 201
    location = response.headers["location"]
    accept = {"Accept": "text/turtle"}
    assert_turtle(client.get(f"/graph-store?graph={location}", headers=accept), ALICE)
    assert_turtle(client.get(location, headers=accept), ALICE)


def test_head_existing_indirect(indirect: Store) -> None:
    head_existing(indirect)


def test_head_non_existing_indirect(indirect: Store) -> None:
    assert indirect.request("HEAD", "4").status_code == 404


def test_put_get_uri_pct_encoded_indirect(client: httpx.Client) -> None:
    url = "/graph-store?graph=http%3A%2F%2Fwww.example%2Fgsp%2Fperson%2F1.ttl"
    assert client.put(url, content=JOHN, headers=TURTLE).status_code == 201
    assert_turtle(client.get("/graph-store?graph=http://www.example/gsp/person/1.ttl"), JOHN)


@pytest.mark.parametrize("base", ["http://www.example/gsp/person/", "own"])
def test_put_get_uri_pct_encoded_twice(client: httpx.Client, base: str) -> None:
    if base == "own":
        base = f"{client.base_url}/graph-store/person/"
    assert client.put(f"/graph-store?graph={base}1.ttl", content=JOHN, headers=TURTLE).status_code == 201
    assert_turtle(client.get(httpx.URL(f"{client.base_url}/graph-store", query=f"graph={base}%31.ttl".encode())), JOHN)
    twice = httpx.URL(f"{client.base_url}/graph-store", query=f"graph={base}%2531.ttl".encode())
    assert client.get(twice).status_code == 404


def test_put_get_repeat_direct(direct: Store) -> None:
    put_get_repeat(direct)


def test_put_delete_get_delete_direct(direct: Store) -> None:
    put_delete_get_delete(direct)


def test_post_get_post_get_direct(direct: Store) -> None:
    post_get_post_get(direct)


def test_head_existing_direct(direct: Store) -> None:
    head_existing(direct)
