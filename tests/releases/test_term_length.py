"""One limit on terms and statements for every format and every way in: a 400 that names it, and nothing changed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from jwpgraph.releases.term_length import LONGEST_STATEMENT, LONGEST_TERM

TOKEN = "a-token-for-tests"
LONG = "x" * (LONGEST_TERM + 1)
VAST = "x" * (LONGEST_STATEMENT + 1_000_000)
XML = (
    '{}<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="urn:e#">'
    '<rdf:Description rdf:about="urn:a"><e:p>{}</e:p></rdf:Description></rdf:RDF>'
)
NAME = "n" * 300
DOCUMENTS = {
    "turtle": ("text/turtle", lambda text: f'<urn:a> <urn:p> "{text}" .'),
    "long quotes": ("text/turtle", lambda text: f"<urn:a> <urn:p> '''{text}''' ."),
    "an IRI": ("text/turtle", lambda text: f"<urn:a> <urn:p> <urn:{text}> ."),
    "lines": ("application/n-triples", lambda text: f'<urn:a> <urn:p> "{text}" .'),
    "lines with a blank node": ("application/n-triples", lambda text: f'_:a <urn:p> "{text}" .'),
    "a triple term": ("application/n-triples", lambda text: f'<urn:a> <urn:p> <<( <urn:a> <urn:p> "{text}" )>> .'),
    "XML": ("application/rdf+xml", lambda text: XML.format("", text)),
    "JSON-LD": ("application/ld+json", lambda text: f'{{"@id": "urn:a", "urn:p": "{text}"}}'),
    "N3": ("text/n3", lambda text: f'<urn:a> <urn:p> "{text}" .'),
}


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory, serving_at) -> Iterator:
    with serving_at(tmp_path_factory.mktemp("terms") / "data", "--empty") as served:
        yield served


def put(target, media_type: str, document: str):
    with target.client(token=TOKEN) as client:
        return client.put("/graph-store/long", content=document.encode(), headers={"Content-Type": media_type})


def slug(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition("/")[2]


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("text", [LONG, VAST], ids=["a term too long", "a statement too long"])
def test_terms_that_are_too_long_are_refused_by_all_interfaces(target, name, text):
    media_type, document = DOCUMENTS[name]
    answer = put(target, media_type, document(text))
    assert slug(answer) == (400, "term-too-long")
    assert f"{LONGEST_TERM:,}" in answer.json()["detail"]
    with target.client() as client:
        assert client.get("/graph-store/long").status_code == 404


def test_a_long_literal_in_xml_is_refused_before_all_of_it_is_read(target):
    unfinished = XML.format("", VAST).partition("</e:p>")[0]
    assert slug(put(target, "application/rdf+xml", unfinished)) == (400, "term-too-long")
    indented = XML.format("", "v").replace("<rdf:Description", " " * (LONGEST_TERM + 1) + "<rdf:Description")
    assert put(target, "application/rdf+xml", indented).status_code == 201
    with target.client(token=TOKEN) as client:
        assert client.delete("/graph-store/long").status_code == 204


@pytest.mark.parametrize("quote", ['"', "'"])
@pytest.mark.parametrize("name", ["e", NAME])
def test_entities_count_whatever_they_are_called(target, name, quote):
    declared = f"<!DOCTYPE r [<!ENTITY {name} {quote}{'y' * 100_000}{quote}>]>"
    answer = put(target, "application/rdf+xml", XML.format(declared, f"&{name};" * 3000))
    assert answer.status_code == 400
    short = put(target, "application/rdf+xml", XML.format(declared, f"&{name};" * 45))
    assert slug(short) in {(400, "term-too-long"), (400, "bad-rdf")}


def test_what_grows_by_updates_is_bounded_too(target):
    with target.client(token=TOKEN) as client:
        text = "x" * 600_000
        answer = client.post("/sparql", data={"update": f"INSERT DATA {{ <urn:grows> <urn:p> '{text}' }}"})
        assert answer.status_code == 204
        double = "DELETE { ?s ?p ?o } INSERT { ?s ?p ?d } WHERE { ?s ?p ?o BIND(CONCAT(?o, ?o) AS ?d) }"
        answers = [client.post("/sparql", data={"update": double}) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [204, 204, 400]
        assert slug(answers[-1]) == (400, "term-too-long")
