"""The tools for assistants, through the client of the package ``mcp``: over HTTP and over standard input and output."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine
from typing import Any

import httpx
import pytest
from forked_command import run_command
from mcp import Client, StdioServerParameters

TOOLS = {"legal_status", "listings_by_country", "search", "lookup", "activities", "changes", "sparql"}
UNLISTED = """PREFIX jwp: <https://w3id.org/jwpgraph/ontology#>
SELECT (COUNT(?activity) AS ?count) WHERE { ?activity a jwp:Activity }"""


def ask(server: Any, questions: Callable[[Client], Coroutine[Any, Any, Any]]) -> Any:
    async def run() -> Any:
        async with Client(server) as client:
            return await questions(client)

    return asyncio.run(asyncio.wait_for(run(), 60))


def call(server: Any, tool: str, /, **arguments: Any) -> dict[str, Any]:
    async def question(client: Client) -> Any:
        return await client.call_tool(tool, arguments)

    answer = ask(server, question)
    assert not answer.is_error, answer.content
    assert answer.structured_content is not None
    return answer.structured_content


@pytest.fixture(scope="module")
def mcp_url(shipped) -> str:
    return f"{shipped.url}/mcp"


def test_the_tools_are_listed_as_read_only(mcp_url: str) -> None:
    tools = ask(mcp_url, lambda client: client.list_tools()).tools
    assert {tool.name for tool in tools} >= TOOLS
    for tool in tools:
        assert tool.annotations.read_only_hint is True
        assert tool.description
        assert all(one.get("description") for one in tool.input_schema["properties"].values()), tool.name


def test_a_legal_status_has_horizon_evidence_and_sources(mcp_url: str) -> None:
    found = call(mcp_url, "legal_status", taxon="Saiga tatarica", on="2016-05-01")
    assert found["known"] is True
    states = {one["treaty"]["label"]: one for one in found["treaties"]}
    assert states["CITES"]["appendices"] == ["II"]
    assert states["CITES"]["horizon"]["complete_until"]
    assert "CITES: listed in Appendix II on 2016-05-01" in found["summary"][0] + found["summary"][1]
    listings = [one for treaty in found["treaties"] for concept in treaty["concepts"] for one in concept["listings"]]
    assert listings
    assert all(one["sources"] for one in listings)


def test_the_summary_says_what_no_source_states(mcp_url: str) -> None:
    found = call(mcp_url, "legal_status", taxon="cites/gyps-africanus", on="2026-11-29")
    assert any("CITES: listed in Appendix I (general knowledge) on 2026-11-29" in one for one in found["summary"])


def test_the_summary_of_a_country_tells_of_its_reservations(mcp_url: str) -> None:
    found = call(mcp_url, "legal_status", taxon="Chelonia mydas", on="1985-01-01", country="JP")
    sentence = "CITES: a reservation was in force on 1985-01-01; the listing in Appendix I does not bind Japan then."
    assert sentence in found["summary"]
    assert not any("reservation" in one for one in call(mcp_url, "legal_status", taxon="Chelonia mydas")["summary"])


def test_a_candidate_of_an_answer_can_be_asked_for(mcp_url: str) -> None:
    found = call(mcp_url, "legal_status", taxon="cites/saiga-tatarica", on="2016-05-01")
    assert found["taxon"]["id"].endswith("/id/taxon/cites/saiga-tatarica")


def test_what_is_beyond_the_horizon_is_not_known(mcp_url: str) -> None:
    found = call(mcp_url, "legal_status", taxon="Saiga tatarica", on="2126-05-01")
    assert [one["horizon"]["beyond"] for one in found["treaties"]] == [True, True]
    assert all("lies beyond that" in one for one in found["summary"])


def test_a_taxon_that_is_not_here_has_no_status(mcp_url: str) -> None:
    found = call(mcp_url, "legal_status", taxon="Saiga")
    assert found["known"] is False
    assert "says nothing about its legal status" in found["reason"]
    assert "treaties" not in found


def test_listings_of_a_country_say_how_complete_they_are(mcp_url: str) -> None:
    found = call(mcp_url, "listings_by_country", country="KE", treaty="CITES", appendix="I", limit=5)
    (group,) = found["species"]
    assert group["matching"] >= len(group["items"]) > 0
    assert all("I" in one["appendices"] for one in group["items"])
    assert "may still occur" in found["completeness"]
    assert {"treaty", "complete_until"} <= found["horizons"][0].keys()


def test_lookup_search_activities_changes_and_queries(mcp_url: str) -> None:
    assert call(mcp_url, "lookup", id="iso:KEN")["items"][0]["id"].endswith("/id/country/KE")
    assert call(mcp_url, "lookup", id="Q126684xyz")["known"] is False
    assert call(mcp_url, "search", q="saiga", limit=3)["total"] > 0
    assert call(mcp_url, "activities", species_group="saiga-antelope")["total"] > 0
    assert call(mcp_url, "changes", limit=1)["items"]
    assert call(mcp_url, "stored_queries")["total"] >= 38
    rows = call(mcp_url, "run_stored_query", name="range-of-taxon", parameters={"taxon": "cites/loxodonta-africana"})
    assert rows["items"]
    result = call(mcp_url, "sparql", query=UNLISTED)["result"]
    assert result["results"]["bindings"][0]["count"]["value"] == "33"


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("sparql", {"query": "DELETE WHERE { ?s ?p ?o }"}, "update"),
        ("sparql", {"query": "SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }"}, "SERVICE"),
        ("sparql", {"query": "SELECT * {"}, "not valid SPARQL"),
        ("activities", {"theme": "Z"}, "theme"),
        ("legal_status", {"taxon": "Saiga tatarica", "on": "yesterday"}, "on"),
        ("run_stored_query", {"name": "range-of-taxon", "parameters": {"colour": "x"}}, "colour"),
        ("run_stored_query", {"name": "../../sparql", "parameters": {}}, "name"),
        ("search", {"q": ""}, "q"),
        ("activities", {"nonsense": 1}, "no argument nonsense"),
        ("listings_by_country", {"country": "KE", "tready": "cms"}, "no argument tready"),
        ("listings_by_country", {"country": ".."}, "no country '..'"),
        ("listings_by_country", {"country": "."}, "no country '.'"),
        ("changes", {"after": "x"}, "after"),
        ("changes", {"release": "99"}, "no such release"),
        ("sparql", {"query": "SELECT * { ?s ?p ?o } LIMIT 20000"}, "too long"),
        ("sparql", {"query": "CONSTRUCT WHERE { ?s ?p ?o }"}, "too long"),
    ],
)
def test_a_tool_says_what_is_wrong(mcp_url: str, name: str, arguments: dict[str, Any], said: str) -> None:
    answer = ask(mcp_url, lambda client: client.call_tool(name, arguments))
    assert answer.is_error
    assert said.lower() in answer.content[0].text.lower()


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("legal_status", {}, "legal_status needs taxon."),
        ("search", {}, "search needs q."),
        ("run_stored_query", {}, "run_stored_query needs name."),
        ("legal_status", {"taxon": 5}, "taxon: input should be a valid string."),
        ("listings_by_country", {"country": "KE", "treaty": "cites"}, "treaty: input should be 'CITES' or 'CMS'."),
        (
            "listings_by_country",
            {"limit": 0, "offset": -1},
            "listings_by_country needs country; limit: input should be greater than or equal to 1; "
            "offset: input should be greater than or equal to 0.",
        ),
        ("stored_queries", {"q": "x"}, "stored_queries has no argument q; it has none."),
    ],
)
def test_one_sentence_names_missing_and_invalid_arguments(mcp_url: str, name: str, arguments: Any, said: str) -> None:
    answer = ask(mcp_url, lambda client: client.call_tool(name, arguments))
    assert (answer.is_error, answer.content[0].text) == (True, said)


def test_reasons_do_not_name_exceptions(mcp_url: str) -> None:
    arguments = {"taxon": "Saiga tatarica", "on": "2016-02-30"}
    answer = ask(mcp_url, lambda client: client.call_tool("legal_status", arguments))
    assert "on: there is no day 2016-02-30" in answer.content[0].text


@pytest.mark.parametrize(
    ("tool", "arguments", "total"),
    [
        ("changes", {"limit": 100}, lambda found: min(found["total"], 500)),
        ("activities", {"limit": 10}, lambda found: found["total"]),
        ("search", {"q": "saiga", "limit": 7}, lambda found: found["total"]),
        (
            "run_stored_query",
            {"name": "range-of-taxon", "parameters": {"taxon": "cites/loxodonta-africana", "limit": "20"}},
            lambda found: found["total"],
        ),
    ],
)
def test_lists_are_read_to_their_end(mcp_url: str, tool: str, arguments: dict[str, Any], total: Any) -> None:
    found = call(mcp_url, tool, **arguments)
    seen = list(found["items"])
    while "next_arguments" in found and len(seen) < 500:
        found = call(mcp_url, tool, **found["next_arguments"])
        seen += found["items"]
    keys = {str(one) if tool == "run_stored_query" else one["id"] for one in seen}
    assert len(keys) == len(seen) == total(found)


def test_the_listings_of_a_country_are_read_to_their_end(mcp_url: str) -> None:
    arguments = {"country": "KE", "treaty": "CITES", "limit": 30}
    seen: list[str] = []
    while arguments:
        found = call(mcp_url, "listings_by_country", **arguments)
        (group,) = found["species"]
        seen += [one["taxon"]["id"] for one in group["items"]]
        arguments = found.get("next_arguments")
    assert len(set(seen)) == len(seen) == group["matching"]


def test_a_taxon_is_found_by_the_name_that_candidates_and_stored_queries_use(mcp_url: str) -> None:
    iri = "https://w3id.org/jwpgraph/id/taxon/cites/saiga-tatarica"
    for name in ("cites/saiga-tatarica", iri):
        assert call(mcp_url, "legal_status", taxon=name)["taxon"]["id"] == iri
    found = call(mcp_url, "legal_status", taxon="\N{GRINNING FACE}")
    assert (found["known"], found["candidates"]) == (False, [])


def test_a_query_ends_when_its_client_leaves(mcp_url: str, shipped) -> None:
    slow = {"query": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o . ?a ?b ?c . ?d ?e ?f }"}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "sparql", "arguments": slow}}
    headers = {"Accept": "application/json, text/event-stream"}

    def count_running() -> float:
        lines = client.get("/metrics").text.splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith("jwpgraph_queries_running"))

    with shipped.client() as client:
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(mcp_url, json=message, headers=headers, timeout=1)
        deadline = time.monotonic() + 5
        while count_running() and time.monotonic() < deadline:
            time.sleep(0.1)
        assert count_running() == 0


def test_other_methods_and_parameters_are_refused(shipped) -> None:
    with shipped.client() as client:
        answer = client.get("/mcp", headers={"Accept": "text/event-stream"})
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST, OPTIONS")
        assert client.post("/mcp?nonsense=1", json={}).status_code == 422
        assert client.options("/mcp").headers["access-control-allow-headers"]
        assert client.post("/mcp", content=b"{", headers={"Content-Type": "application/json"}).status_code == 400


def test_pages_of_other_origins_may_use_it(shipped) -> None:
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    accept = {"Accept": "application/json, text/event-stream"}
    with shipped.client() as client:
        answers = (client.post("/mcp", json=ping, headers=accept), client.get("/mcp"), client.options("/mcp"))
        assert [answer.status_code for answer in answers] == [200, 405, 204]
        # Two lines are refused by browsers as one wrong value.
        assert [answer.headers.get_list("access-control-allow-origin") for answer in answers] == [["*"]] * 3


def test_the_command_serves_a_release_over_standard_input_and_output(published, tmp_path) -> None:
    folder = shutil.copytree(published, tmp_path / "data")
    server = StdioServerParameters(
        command=sys.executable, args=["-m", "jwpgraph", "mcp"], env=os.environ | {"JWPGRAPH_DATA_DIR": str(folder)}
    )
    found = call(server, "legal_status", taxon="Loxodonta africana", on="2016-05-01", country="BW")
    assert {one["treaty"]["label"]: one["appendices"] for one in found["treaties"]}["CITES"] == ["II"]


def test_the_command_asks_a_running_service(shipped) -> None:
    server = StdioServerParameters(command=sys.executable, args=["-m", "jwpgraph", "mcp", "--url", shipped.url])
    assert call(server, "lookup", id="iso:KEN")["known"] is True


def test_the_command_needs_a_release_or_an_address(tmp_path) -> None:
    for arguments, said in (([], "run jwpgraph load"), (["--url", "ftp://x"], "http://")):
        ended = run_command("mcp", *arguments, JWPGRAPH_DATA_DIR=str(tmp_path))
        assert (ended.returncode, ended.stdout) == (2, "")
        assert said in ended.stderr
        assert "Traceback" not in ended.stderr


def test_the_service_starts_without_loading_the_protocol() -> None:
    code = "import sys, jwpgraph.server.app, jwpgraph.cli; sys.exit('mcp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
