"""W3C's SPARQL query evaluation tests, on a running service, on its engine alone, and against expected results.

    jwpgraph serve --empty        # with JWPGRAPH_ADMIN_TOKEN
    python benchmarks/w3c_queries.py http://localhost:8000 TOKEN path/to/data-r2 path/to/data-sparql11

The folders are those of W3C's suites, which the source distributions of RDFLib 6.1 hold below test/DAWG. Expected
results in RDF's own vocabulary of result sets are not compared.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import httpx
from pyoxigraph import NamedNode, Quad, QueryResultsFormat, RdfFormat, Store, parse
from rdflib import RDF, XSD, BNode, Graph, Literal, Namespace, URIRef
from rdflib.compare import isomorphic
from rdflib.query import Result

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
ENTAILMENT = URIRef("http://www.w3.org/ns/entailment/")
JSON = "application/sparql-results+json"


class Case:
    """A test: a query, its dataset, and the result that is expected."""

    def __init__(self, manifest: Graph, test: URIRef) -> None:
        action = manifest.value(test, MF.action)
        self.name = f"{str(test).rsplit('/', 2)[-2]}/{str(test).rpartition('#')[2]}"
        self.query = _path(manifest.value(action, QT.query))
        self.default = [str(iri) for iri in manifest.objects(action, QT.data)]
        self.named = [str(iri) for iri in manifest.objects(action, QT.graphData)]
        self.expected = _path(manifest.value(test, MF.result))
        self.regime = manifest.value(action, SD.entailmentRegime) is not None or "entailment" in self.name
        self.service = bool(manifest.value(action, QT.serviceData))


def _path(iri: object) -> Path:
    return Path(str(iri).removeprefix("file://"))


def list_cases(folder: Path) -> Iterator[Case]:
    for path in sorted(folder.rglob("manifest.ttl")):
        manifest = Graph().parse(path, publicID=path.resolve().as_uri())
        for test in manifest.subjects(RDF.type, MF.QueryEvaluationTest):
            case = Case(manifest, test)
            if not (case.regime or case.service) and case.query.is_file() and case.expected.is_file():
                yield case


def bag(result: Result) -> object:
    """Return a result as a multiset that can be compared; all blank nodes count as equal."""
    if result.type == "ASK":
        return result.askAnswer
    rows = Counter()
    for row in result.bindings:
        cells = []
        for name, term in row.items():
            cells.append((str(name), _cell(term)))
        rows[tuple(sorted(cells))] += 1
    return rows


def _cell(term: object) -> str:
    if isinstance(term, BNode):
        return "_:"
    if isinstance(term, Literal) and isinstance(term.value, (int, float, Decimal)) and term.datatype != XSD.boolean:
        return f"number {float(term.value):.9g}"
    if isinstance(term, Literal) and term.datatype == XSD.string:
        return Literal(str(term)).n3()
    return term.n3() if isinstance(term, (Literal, URIRef)) else str(term)


def read_result(body: bytes, media_type: str) -> object:
    if media_type.startswith("text/turtle"):
        return Graph().parse(data=body, format="turtle")
    return bag(Result.parse(BytesIO(body), format={JSON: "json"}.get(media_type, "xml")))


def read_expected(case: Case) -> object:
    suffix = case.expected.suffix
    if suffix in {".srx", ".srj", ".csv", ".tsv"}:
        form = {".srx": "xml", ".srj": "json", ".csv": "csv", ".tsv": "tsv"}[suffix]
        with case.expected.open("rb") as file:
            return bag(Result.parse(file, format=form))
    graph = Graph().parse(
        case.expected, format="xml" if suffix == ".rdf" else "turtle", publicID=case.expected.as_uri()
    )
    return graph if not any(graph.subjects(RDF.type, None)) or "construct" in case.name else None


def same(one: object, other: object) -> bool:
    if isinstance(one, Graph) and isinstance(other, Graph):
        return isomorphic(one, other)
    return type(one) is type(other) and one == other


def ask_engine(case: Case, text: str) -> object:
    store = Store()
    for iri in {*case.default, *case.named}:
        store.extend(_quads(iri))
    default = [NamedNode(iri) for iri in case.default]
    named = [NamedNode(iri) for iri in case.named]
    found = store.query(text, base_iri=case.query.as_uri(), default_graph=default, named_graphs=named)
    if hasattr(found, "variables") or isinstance(found, bool) or type(found).__name__ == "QueryBoolean":
        return read_result(found.serialize(format=QueryResultsFormat.JSON), JSON)
    return read_result(found.serialize(format=RdfFormat.TURTLE), "text/turtle")


def _quads(iri: str) -> list:
    path = _path(iri)
    form = RdfFormat.from_extension(path.suffix.removeprefix(".")) or RdfFormat.TURTLE
    quads = parse(path=path, format=form, base_iri=iri, rename_blank_nodes=True)
    return [Quad(q.subject, q.predicate, q.object, NamedNode(iri)) for q in quads]


def main(origin: str, token: str, *folders: str) -> None:
    client = httpx.Client(base_url=origin, timeout=60)
    cases = [case for folder in folders for case in list_cases(Path(folder).resolve())]
    sent: set[str] = set()
    counts: Counter[str] = Counter()
    for case in cases:
        text = case.query.read_text("utf-8")
        try:
            for iri in {*case.default, *case.named} - sent:
                body = _path(iri).read_bytes()
                kind = (RdfFormat.from_extension(_path(iri).suffix.removeprefix(".")) or RdfFormat.TURTLE).media_type
                headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
                client.put("/graph-store", params={"graph": iri}, content=body, headers=headers).raise_for_status()
                sent.add(iri)
            engine = ask_engine(case, text)
        except (SyntaxError, ValueError, OSError, httpx.HTTPError) as error:
            counts["not run"] += 1
            print("not run", case.name, str(error).splitlines()[0][:120])
            continue
        pairs = [("default-graph-uri", iri) for iri in case.default] + [("named-graph-uri", iri) for iri in case.named]
        base = f"BASE <{case.query.as_uri()}>\n{text}"
        answer = client.get("/sparql", params=[("query", base), *pairs], headers={"Accept": f"{JSON}, text/turtle"})
        served = read_result(answer.content, answer.headers["content-type"]) if answer.is_success else answer.text[:200]
        try:
            expected = read_expected(case)
        except (IndexError, ValueError, SyntaxError):  # what RDFLib's readers do not take
            expected = None
        counts["tests"] += 1
        if same(served, engine):
            counts["service as engine"] += 1
        else:
            print("service differs", case.name, str(served)[:200])
        if expected is None:
            counts["expected result not comparable"] += 1
        elif same(served, expected):
            counts["service as expected"] += 1
        else:
            print("not as expected", case.name)
    print(dict(counts))


if __name__ == "__main__":
    main(*sys.argv[1:])
