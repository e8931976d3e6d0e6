"""The API and the pages over another SPARQL endpoint: a second service, reached over HTTP."""

from __future__ import annotations


def test_the_facade_reads_from_a_backend(shipped, serve):
    with serve("--empty", JWPGRAPH_SPARQL_BACKEND=f"{shipped.url}/sparql") as served, served.client() as client:
        assert client.get("/api/v1/activities").json()["total"] == 33
        assert client.get("/doc/body/iccwc", headers={"Accept": "text/html"}).status_code == 200
        counted = client.get("/sparql", params={"query": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"}).json()
        assert counted["results"]["bindings"][0]["n"]["value"] == "0"


def test_a_backend_that_is_away_is_said(serve):
    with serve("--empty", JWPGRAPH_SPARQL_BACKEND="http://127.0.0.1:9/sparql") as served, served.client() as client:
        answer = client.get("/api/v1/activities")
        assert answer.status_code == 502
        assert answer.json()["type"].endswith("/backend-unreachable")
        assert client.get("/readyz").status_code == 503
        assert client.get("/healthz").status_code == 200
