"""W3C's SPARQL update evaluation tests on a running service, against expected results.

    jwpgraph serve --empty        # with JWPGRAPH_ADMIN_TOKEN; its graphs are deleted
    python benchmarks/w3c_updates.py http://localhost:8000 TOKEN path/to/data-sparql11

The folder is that of W3C's suite, which the source distributions of RDFLib 6.1 hold below test/DAWG.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
from rdflib import RDF, RDFS, Graph, Namespace
from rdflib.compare import isomorphic
from rdflib.term import Node

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
UT = Namespace("http://www.w3.org/2009/sparql/tests/test-update#")
#: The graph of triples that are sent without a graph.
DEFAULT = "https://w3id.org/jwpgraph/graph/default"


def _path(iri: object) -> Path:
    return Path(str(iri).removeprefix("file://"))


def list_tests(folder: Path) -> Iterator[tuple[Graph, Node]]:
    for path in sorted(folder.rglob("manifest.ttl")):
        manifest = Graph().parse(path, publicID=path.resolve().as_uri())
        tests = {*manifest.subjects(RDF.type, MF.UpdateEvaluationTest)}
        for test in sorted(tests | {*manifest.subjects(RDF.type, UT.UpdateEvaluationTest)}, key=str):
            yield manifest, test


def list_graphs(manifest: Graph, state: Node | None) -> dict[str, Path]:
    """Return the files of a state of the graph store by the names of their graphs."""
    default = manifest.value(state, UT.data)
    graphs = {} if default is None else {DEFAULT: _path(default)}
    for named in manifest.objects(state, UT.graphData):
        file = manifest.value(named, UT.graph) or manifest.value(named, UT.data)
        graphs[str(manifest.value(named, RDFS.label))] = _path(file)
    return graphs


def read_store(client: httpx.Client) -> dict[str, Graph]:
    answer = client.get("/sparql", params={"query": "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"}).raise_for_status()
    names = [row["g"]["value"] for row in answer.json()["results"]["bindings"]]
    headers = {"Accept": "application/n-triples"}
    return {
        name: Graph().parse(data=client.get("/graph-store", params={"graph": name}, headers=headers).text, format="nt")
        for name in names
    }


def run_test(client: httpx.Client, manifest: Graph, test: Node) -> str:
    """Return what is wrong after the update of a test, or an empty text."""
    action = manifest.value(test, MF.action)
    client.post("/sparql", data={"update": "DROP ALL"}).raise_for_status()
    for name, path in list_graphs(manifest, action).items():
        headers = {"Content-Type": "text/turtle"}
        client.put(
            "/graph-store", params={"graph": name}, content=path.read_bytes(), headers=headers
        ).raise_for_status()
    answer = client.post("/sparql", data={"update": _path(manifest.value(action, UT.request)).read_text("utf-8")})
    if not answer.is_success:
        return answer.text[:200]
    expected = {
        name: Graph().parse(path, format="turtle", publicID=name)
        for name, path in list_graphs(manifest, manifest.value(test, MF.result)).items()
    }
    found = read_store(client)
    differing = [
        name for name in {*expected, *found} if not isomorphic(found.get(name, Graph()), expected.get(name, Graph()))
    ]
    return " ".join(sorted(differing))


def main(origin: str, token: str, folder: str) -> None:
    count = right = 0
    with httpx.Client(base_url=origin, headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
        for manifest, test in list_tests(Path(folder).resolve()):
            wrong = run_test(client, manifest, test)
            count += 1
            right += not wrong
            if wrong:
                print("not as expected", str(test).rpartition("#")[2], wrong)
    print({"tests": count, "as expected": right})


if __name__ == "__main__":
    main(*sys.argv[1:])
