"""RDF/XML as XML allows it to be written (RDF 1.1 XML Syntax; XML 1.0; Exclusive XML Canonicalization)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, RdfFormat, Store, Triple, serialize

from jwpgraph.problems import ProblemError
from jwpgraph.releases.changes import Payload
from jwpgraph.releases.rdf_files import is_plain_n_triples, load_plain_n_triples, read_graph, read_graph_quads

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XSD = "http://www.w3.org/2001/XMLSchema#"
S, P, Q = (NamedNode(f"http://e.org/{name}") for name in "spq")
G = "http://e.org/g"


def document(body: str, attributes: str = "", before: str = "") -> str:
    return (
        f'{before}<rdf:RDF xmlns:rdf="{RDF}" xmlns:e="http://e.org/" xmlns:x="http://x.org/"{attributes}>'
        f'<rdf:Description rdf:about="http://e.org/s">{body}</rdf:Description></rdf:RDF>'
    )


@pytest.fixture
def objects(tmp_path: Path):
    """The objects that a document states, sorted."""

    def read(text: str | bytes, media_type: str = "application/rdf+xml", charset: str | None = None) -> list[object]:
        path = tmp_path / "body"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        payload = Payload(path, media_type, "http://base.org/", "the body", charset)
        return sorted((quad.object for quad in read_graph_quads(payload, G)), key=str)

    return read


def xml(text: str) -> Literal:
    return Literal(text, datatype=NamedNode(RDF + "XMLLiteral"))


TEXTS = {
    "CDATA": ("<e:p><![CDATA[a < b & c]]></e:p>", "a < b & c"),
    "text and CDATA": ("<e:p>x <![CDATA[<i>]]> y<![CDATA[]]></e:p>", "x <i> y"),
    "a comment within": ("<e:p>a<!-- c -->b</e:p>", "ab"),
    "an instruction within": ("<e:p>a<?pi c?>b</e:p>", "ab"),
    "line ends": ("<e:p>a\r\nb\rc</e:p>", "a\nb\nc"),
    "a carriage return by reference": ("<e:p>a&#13;&#xA;b</e:p>", "a\r\nb"),
    "blanks alone": ("<e:p> \n </e:p>", " \n "),
    "nothing": ("<e:p></e:p>", ""),
    "no content": ("<e:p/>", ""),
}


@pytest.mark.parametrize("name", TEXTS)
def test_text(objects, name) -> None:
    body, expected = TEXTS[name]
    assert objects(document(body)) == [Literal(expected)]


LANGUAGES = {
    "none below one": ('<e:p xml:lang="">x</e:p>', [Literal("x")]),
    "inherited": ("<e:p>x</e:p>", [Literal("x", language="en")]),
    "another": ('<e:p xml:lang="fr">x</e:p>', [Literal("x", language="fr")]),
    "single quotes": ("<e:p xml:lang=''>x</e:p>", [Literal("x")]),
    "none for those within": (
        '<e:q xml:lang=""><rdf:Description><e:p>x</e:p><e:p xml:lang="de">y</e:p></rdf:Description></e:q>',
        [Literal("x"), Literal("y", language="de")],
    ),
    "of property attributes": ('<e:q><rdf:Description e:p="x"/></e:q>', [Literal("x", language="en")]),
    "none, of property attributes": ('<e:q><rdf:Description e:p="x" xml:lang=""/></e:q>', [Literal("x")]),
    "none, of an empty property element": ('<e:q e:p="x" xml:lang=""/>', [Literal("x")]),
    "of an empty property element": ('<e:q e:p="x"/>', [Literal("x", language="en")]),
    "never of typed literals": (
        f'<e:p rdf:datatype="{XSD}date">2020-01-01</e:p>',
        [Literal("2020-01-01", datatype=NamedNode(XSD + "date"))],
    ),
    "never of XML": ('<e:p rdf:parseType="Literal">x</e:p>', [xml("x")]),
    "within parseType Resource": ('<e:q rdf:parseType="Resource" xml:lang=""><e:p>x</e:p></e:q>', [Literal("x")]),
}


@pytest.mark.parametrize("name", LANGUAGES)
def test_language(objects, name) -> None:
    body, expected = LANGUAGES[name]
    found = [term for term in objects(document(body, ' xml:lang="en"')) if isinstance(term, Literal)]
    assert found == expected


XML_LITERALS = {
    "no elements": ("a &lt; b &amp; c &gt; d", "a &lt; b &amp; c &gt; d"),
    "nothing": ("", ""),
    "an empty element": ("<br/>", "<br></br>"),
    "only the namespaces that are used": ("<x:a><x:b/></x:a>", '<x:a xmlns:x="http://x.org/"><x:b></x:b></x:a>'),
    "each where it is used": (
        '<a xmlns:y="http://y.org/"><y:b/><y:c/></a>',
        '<a><y:b xmlns:y="http://y.org/"></y:b><y:c xmlns:y="http://y.org/"></y:c></a>',
    ),
    "a default namespace and none within": (
        '<a xmlns="http://d.org/"><b xmlns=""/></a>',
        '<a xmlns="http://d.org/"><b xmlns=""></b></a>',
    ),
    "a prefix bound anew": (
        '<x:a><x:b xmlns:x="http://z.org/"/></x:a>',
        '<x:a xmlns:x="http://x.org/"><x:b xmlns:x="http://z.org/"></x:b></x:a>',
    ),
    "attributes in order": (
        """<a x:k="1" b='q"' a="&#10;"/>""",
        '<a xmlns:x="http://x.org/" a="&#xA;" b="q&quot;" x:k="1"></a>',
    ),
    "a language": ('<a xml:lang="en">x</a>', '<a xml:lang="en">x</a>'),
    "comments and instructions": ("a<!-- c --><?t d?>b", "a<!-- c --><?t d?>b"),
    "CDATA": ("<![CDATA[<z>]]>", "&lt;z&gt;"),
}


@pytest.mark.parametrize("name", XML_LITERALS)
@pytest.mark.parametrize("kind", ["Literal", "Unheard-of"])
def test_xml_literals_are_canonical(objects, name, kind) -> None:
    body, expected = XML_LITERALS[name]
    assert objects(document(f'<e:p rdf:parseType="{kind}">{body}</e:p>')) == [xml(expected)]


def test_xml_literal_in_the_documents_default_namespace(objects) -> None:
    text = (
        f'<r:RDF xmlns:r="{RDF}" xmlns:e="http://e.org/" xmlns="http://d.org/"><r:Description r:about="http://e.org/s">'
        '<e:p r:parseType="Literal"><a/></e:p></r:Description></r:RDF>'
    )
    assert objects(text) == [xml('<a xmlns="http://d.org/"></a>')]


ENTITIES = "<!DOCTYPE rdf:RDF [<!ENTITY e 'http://e.org/'> <!ENTITY more \"<e:q>x &amp; y</e:q>\">]>"


def test_entities(objects) -> None:
    text = document('<e:p rdf:resource="&e;o"/>&more;', before=ENTITIES)
    assert objects(text) == [Literal("x & y"), NamedNode("http://e.org/o")]


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252", "us-ascii"])
def test_encodings(objects, coding) -> None:
    value = "é" if coding != "us-ascii" else "e"
    name = coding.removesuffix("-sig")
    text = document(f"<e:p>{value}</e:p>", before=f'<?xml version="1.0" encoding="{name}"?>')
    assert objects(text.encode(coding)) == [Literal(value)]


def test_a_byte_order_mark_has_precedence_over_the_declaration(objects) -> None:
    text = document("<e:p>é</e:p>", before='<?xml version="1.0" encoding="iso-8859-1"?>')
    assert objects(text.encode("utf-8-sig")) == [Literal("é")]


@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "utf-16le", "utf-16be", "iso-8859-1"])
def test_a_charset_parameter_has_precedence_over_the_declaration(objects, charset) -> None:
    """RFC 7303, section 3.2; a byte order mark has precedence over both (section 3.3)."""
    text = document("<e:p>é</e:p>", before='<?xml version="1.0" encoding="us-ascii"?>')
    assert objects(text.encode(charset), charset=charset) == [Literal("é")]
    assert objects(text.encode("utf-16"), charset="iso-8859-1") == [Literal("é")]


def test_types_and_bases_of_attributes(objects) -> None:
    text = document('<e:p><rdf:Description rdf:about="a" rdf:type="T"/></e:p>', ' xml:base="http://z.org/d/"')
    assert objects(text) == [NamedNode("http://z.org/d/T"), NamedNode("http://z.org/d/a")]


FAULTS = {
    "two roots": (document("<e:p>a</e:p>") * 2, "junk after document element"),
    "a control character": (document("<e:p>\x01</e:p>"), "not well-formed"),
    "the end of a section": (document("<e:p>a ]]> b</e:p>"), "not well-formed"),
    "wrong end": (document("\n\n<e:p>a</e:q>"), "line 3, column 9: mismatched tag"),
    "text beside elements": (document("<e:p>a<e:C/></e:p>"), "text beside an element"),
    "text within a node": (document("a<e:p>b</e:p>"), "text where only elements may stand: 'a'"),
    "an undeclared prefix": (document("<y:p>a</y:p>"), "unbound prefix"),
    "an unknown entity": (document("<e:p>&x;</e:p>", before='<!DOCTYPE r SYSTEM "x">'), "entity &x; is not declared"),
    "an unknown encoding": (document("", before='<?xml version="1.0" encoding="x-none"?>'), "encoding"),
    "nothing at all": ("", "no element found"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_malformed_xml_is_refused(objects, name) -> None:
    text, expected = FAULTS[name]
    with pytest.raises(ProblemError) as caught:
        objects(text)
    assert caught.value.slug == "bad-rdf"
    assert expected in caught.value.detail


#: Attributes where the grammar does not have them (RDF 1.1 XML Syntax, 6.2, 7.2.11 and 7.2.14 to 7.2.21).
MISPLACED = {
    "about of a property": document('<e:p rdf:about="http://e.org/o">x</e:p>'),
    "bagID of a node": document('<e:p><rdf:Description rdf:bagID="x"/></e:p>'),
    "bagID of a property": document('<e:p rdf:bagID="x">x</e:p>'),
    "li of a node": document('<e:p><rdf:Description rdf:li="x"/></e:p>'),
    "aboutEach of a node": document('<e:p><rdf:Description rdf:aboutEach="http://e.org/o"/></e:p>'),
    "resource of a node": document('<e:p><rdf:Description rdf:resource="http://e.org/o"/></e:p>'),
    "datatype of a node": document('<e:p><rdf:Description rdf:datatype="http://e.org/o"/></e:p>'),
    "Description of a property": document('<e:p rdf:Description="x"/>'),
    "datatype of a literal of XML": document('<e:p rdf:parseType="Literal" rdf:datatype="http://e.org/t">x</e:p>'),
    "resource beside a resource": document('<e:p rdf:parseType="Resource" rdf:resource="http://e.org/o"/>'),
    "nodeID beside a resource": document('<e:p rdf:parseType="Resource" rdf:nodeID="o"/>'),
    "a property beside a resource": document('<e:p rdf:parseType="Resource" e:q="lost"/>'),
    "a property beside a collection": document('<e:p rdf:parseType="Collection" e:q="lost"/>'),
    "resource and datatype": document('<e:p rdf:resource="http://e.org/o" rdf:datatype="http://e.org/t"/>'),
    "resource and nodeID": document('<e:p rdf:resource="http://e.org/o" rdf:nodeID="n"/>'),
    "an element with a datatype": document('<e:p rdf:datatype="http://e.org/t"><e:C/></e:p>'),
}


@pytest.mark.parametrize("name", MISPLACED)
def test_misplaced_attributes_of_rdf_are_refused(objects, name) -> None:
    with pytest.raises(ProblemError) as caught:
        objects(MISPLACED[name])
    assert "rdf:" in caught.value.detail
    assert "line 1, column" in caught.value.detail


VERSIONS = {
    "none": "",
    "another": ' rdf:version="1.1"',
    "of RDF 1.2": ' rdf:version="1.2"',
}


@pytest.mark.parametrize("name", VERSIONS)
def test_triple_terms_are_of_documents_of_rdf_1_2(objects, name) -> None:
    """Elsewhere the value of rdf:parseType is one of those that stand for Literal (RDF 1.1 XML Syntax, 7.2.20)."""
    inner = '<e:C rdf:about="http://e.org/o"></e:C>'
    found = objects(document(f'<e:p rdf:parseType="Triple">{inner}</e:p>', VERSIONS[name]))
    term = Triple(NamedNode("http://e.org/o"), NamedNode(RDF + "type"), NamedNode("http://e.org/C"))
    literal = f'<e:C xmlns:e="http://e.org/" xmlns:rdf="{RDF}" rdf:about="http://e.org/o"></e:C>'
    assert found == [term if name == "of RDF 1.2" else xml(literal)]


def test_the_version_of_rdf_is_inherited(objects) -> None:
    inner = '<rdf:Description rdf:about="http://e.org/o" e:q="x"/>'
    (found,) = objects(document(f'<e:p rdf:version="1.2" rdf:parseType="Triple">{inner}</e:p>'))
    assert isinstance(found, Triple)


def test_remote_contexts_are_refused_in_plain_words(objects) -> None:
    for context in ('"https://a.example/context"', '{"@import": "https://a.example/context"}', '["context.jsonld"]'):
        with pytest.raises(ProblemError) as caught:
            objects(f'{{"@context": {context}, "@id": "http://e.org/s", "http://e.org/p": 1}}', "application/ld+json")
        assert caught.value.detail == (
            "the body: a remote @context is not fetched; write its content in place of its URL"
        )


def test_external_entities_are_refused(objects) -> None:
    # To leave the reference out would change the literal without a word (XML 1.0, 4.4.3).
    before = '<!DOCTYPE rdf:RDF [<!ENTITY other SYSTEM "other.xml">]>'
    with pytest.raises(ProblemError) as caught:
        objects(document("<e:p>a&other;b</e:p>", before=before))
    assert "external entity 'other.xml'" in caught.value.detail
    assert objects(document("<e:p>ab</e:p>", before=before)) == [Literal("ab")]


@pytest.mark.parametrize("media_type", ["text/turtle", "application/n-triples", "application/n-quads", "text/n3"])
def test_byte_order_marks(objects, media_type) -> None:
    text = '<http://e.org/s> <http://e.org/p> "é" .\n'
    assert objects(text.encode("utf-8-sig"), media_type) == [Literal("é")]


def test_a_byte_order_mark_before_many_triples(tmp_path) -> None:
    line = f'<http://e.org/s> <http://e.org/p> "{"x" * 1_000_000}" .\n'
    path = tmp_path / "big.nt"
    path.write_bytes((line.replace("p>", "q>") + line + line * 3).encode("utf-8-sig"))
    payload = Payload(path, "application/n-triples", None, "big.nt")
    assert not is_plain_n_triples(payload)
    assert len(read_graph(payload, G)) == 2
    plain = tmp_path / "plain.nt"
    plain.write_text(line * 5)
    payload = Payload(plain, "application/n-triples", None, "plain.nt")
    assert is_plain_n_triples(payload)
    store = Store()
    load_plain_n_triples(store, payload, NamedNode(G))
    assert len(store) == 1


@pytest.fixture(scope="module")
def shipped_triples(shipped_store) -> list[Triple]:
    """The shipped triples without blank nodes, which have other labels when they are read."""
    quads = shipped_store.quads_for_pattern(None, None, None, DefaultGraph())
    return [
        quad.triple
        for quad in quads
        if not isinstance(quad.subject, BlankNode) and not isinstance(quad.object, BlankNode)
    ]


def assert_read_alike(triples: Iterable[Triple], path: Path) -> None:
    serialize(triples, str(path), format=RdfFormat.RDF_XML)
    found = read_graph_quads(Payload(path, "application/rdf+xml", None, "all.rdf"), G)
    assert {quad.triple for quad in found} == set(triples)


def test_what_the_engine_writes_is_read_alike(tmp_path, shipped_triples) -> None:
    """One triple of each predicate, kind of object, and set of characters that are neither letters nor digits."""
    kinds = {}
    for triple in shipped_triples:
        term = triple.object
        kind = (term.language, term.datatype) if isinstance(term, Literal) else type(term)
        kinds[triple.predicate, kind, frozenset(re.sub(r"[^\W_]", "", term.value))] = triple
    assert len(kinds) > 1000
    assert_read_alike(kinds.values(), tmp_path / "sample.rdf")


@pytest.mark.thorough
def test_all_that_the_engine_writes_is_read_alike(tmp_path, shipped_triples) -> None:
    assert_read_alike(shipped_triples, tmp_path / "all.rdf")
