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


def test_queries_are_passed_on_and_guarded(shipped, serve):
    options = {"JWPGRAPH_SPARQL_BACKEND": f"{shipped.url}/sparql", "JWPGRAPH_SPARQL_PASS_THROUGH": "true"}
    with serve("--empty", **options) as served, served.client() as client, shipped.client() as there:
        queries = {
            "SELECT ?s ?o { ?s a ?o } ORDER BY ?s ?o": "text/csv",
            "ASK { ?s ?p ?o }": "application/sparql-results+json",
            "CONSTRUCT { ?s a ?o } WHERE { ?s a ?o } ORDER BY ?s ?o LIMIT 100": "application/n-triples",
        }
        for query, media_type in queries.items():
            asked = {"params": {"query": query}, "headers": {"Accept": media_type}}
            here = client.get("/sparql", **asked)
            assert (here.status_code, here.headers["content-type"].partition(";")[0]) == (200, media_type)
            assert here.content == there.get("/sparql", **asked).content
            assert client.head("/sparql", **asked).content == b""
        wrong = client.get("/sparql", params={"query": "SELECT * { ?s ?p }"})
        assert (wrong.status_code, wrong.json()["type"].rpartition("/")[2]) == (400, "query-syntax")
        refused = client.get("/sparql", params={"query": "SELECT * { SERVICE <http://192.0.2.9/> { ?s ?p ?o } }"})
        assert refused.status_code in {400, 403}
        assert "192.0.2.9" in refused.text
        assert client.get("/sparql", params={"query": "ASK {}", "release": "99"}).status_code == 404
        endless = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
        late = client.get("/sparql", params={"query": endless, "timeout": "0.5"})
        assert (late.status_code, late.json()["type"].rpartition("/")[2]) == (503, "query-timeout")
