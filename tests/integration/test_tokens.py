"""Access tokens, hashed at rest, with scopes and expiry; and the traces of requests, which contain none of them."""

from __future__ import annotations

import http.server
import json
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from forked_command import run_command
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

ADMIN = "a-token-for-tests"


class Collector(http.server.ThreadingHTTPServer):
    """A collector of traces: receives spans over OTLP/HTTP and keeps them as they came."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _CollectorHandler)
        self.spans: list[Any] = []
        self.received = b""
        self.arrived = threading.Condition()

    def wait_for(self, name: str, trace: bytes) -> dict[str, Any]:
        """Return the spans of a trace by name, once there is one with the name."""

        def found() -> dict[str, Any]:
            spans = {span.name: span for span in self.spans if span.trace_id == trace}
            return spans if name in spans else {}

        with self.arrived:
            assert self.arrived.wait_for(found, 60), name
            return found()


class _CollectorHandler(http.server.BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        message = ExportTraceServiceRequest.FromString(body)
        with self.server.arrived:
            self.server.received += body
            for resource in message.resource_spans:
                self.server.spans += [span for scope in resource.scope_spans for span in scope.spans]
            self.server.arrived.notify_all()
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with Collector() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory, serving_at, collector) -> Iterator:
    address = f"http://127.0.0.1:{collector.server_port}"
    traced = {"OTEL_EXPORTER_OTLP_ENDPOINT": address, "OTEL_BSP_SCHEDULE_DELAY": "50"}
    with serving_at(tmp_path_factory.mktemp("tokens") / "data", "--empty", **traced) as served:
        yield served


def run(target, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run_command("token", *arguments, JWPGRAPH_DATA_DIR=str(target.data_dir))


def update(target, token: str) -> httpx.Response:
    with target.client(token=token) as client:
        return client.post("/sparql", data={"update": "INSERT DATA { <urn:a> <urn:p> 1 }"})


def slug(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition("/")[2]


def test_a_token_allows_what_its_scopes_say(target) -> None:
    created = {name: run(target, "create", name, "--scope", name).stdout.strip() for name in ("update", "validate")}
    assert len(set(created.values())) == 2
    assert update(target, created["update"]).status_code == 204
    assert update(target, ADMIN).status_code == 204
    refused = update(target, created["validate"])
    assert slug(refused) == (403, "token-scope")
    assert 'scope="update"' in refused.headers["www-authenticate"]
    with target.client(token=created["validate"]) as client:
        assert client.get("/api/v1/validation/deliveries").status_code == 200
        assert slug(client.get("/api/v1/audit")) == (403, "token-scope")
    with target.client(token=created["update"]) as client:
        assert slug(client.get("/api/v1/validation/deliveries")) == (403, "token-scope")
        assert slug(client.get("/sparql/running")) == (403, "token-scope")
    with target.client(token=ADMIN) as client:
        who = [entry["who"] for entry in client.get("/api/v1/audit").json()["items"] if entry["path"] == "/sparql"]
    assert sorted(set(who)) == ["admin", "update", "validate"]

    with target.client(token=ADMIN) as client:
        # A secret that was sent in a wrong place is not kept in the trail.
        assert client.post("/sparql", params={"access_token": ADMIN, "x": 1}).is_error
        (entry,) = client.get("/api/v1/audit?limit=1").json()["items"]
        assert entry["query"] == "access_token=…&x=1"
        assert slug(client.get("/api/v1/audit?before=yesterday")) == (422, "invalid-parameter")
        same = {"limit": 1, "before": "2999-01-01T00:00:00+02:00"}
        assert client.get("/api/v1/audit", params=same).json()["items"] == [entry]
        assert client.get("/api/v1/audit?before=2015-01-01").json()["items"] == []

    stored = (target.data_dir / "tokens.json").read_text()
    assert not any(token in stored for token in created.values())
    assert (target.data_dir / "tokens.json").stat().st_mode & 0o077 == 0
    assert run(target, "revoke", "update").returncode == 0
    assert slug(update(target, created["update"])) == (401, "token-wrong")
    assert run(target, "revoke", "update").returncode == 2


def test_an_expired_token_is_refused(target) -> None:
    token = json.loads(run(target, "create", "brief", "--scope", "update", "--expires", "1h", "--json").stdout)["token"]
    assert update(target, token).status_code == 204
    path = target.data_dir / "tokens.json"
    tokens = json.loads(path.read_text())
    tokens[-1]["expires"] = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    path.write_text(json.dumps(tokens))
    assert slug(update(target, token)) == (401, "token-wrong")
    assert "(expired)" in run(target, "list").stdout


def test_a_damaged_file_of_tokens_lets_nobody_in(target) -> None:
    path = target.data_dir / "tokens.json"
    kept = path.read_bytes() if path.exists() else b""
    try:
        path.write_text("[{")
        assert slug(update(target, "no-such-token")) == (500, "tokens-unreadable")
        assert update(target, ADMIN).status_code == 204
        ended = run(target, "list")
        assert ended.returncode == 2
        assert "tokens.json" in ended.stderr
        assert "Traceback" not in ended.stderr
    finally:
        path.write_bytes(kept)


@pytest.mark.parametrize(
    "arguments",
    [
        ("create", "admin", "--scope", "update"),
        ("create", "a b", "--scope", "update"),
        ("create", "x", "--scope", "no"),
    ],
)
def test_a_wrong_command_is_refused(target, arguments) -> None:
    ended = run(target, *arguments)
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr


def attributes(span) -> dict[str, Any]:
    return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}


def traced_request(target, method: str, path: str, trace: str, **arguments: Any) -> httpx.Response:
    headers = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    with target.client(token=ADMIN) as client:
        return client.request(method, path, headers=headers, **arguments)


def test_a_request_is_traced_through_the_stages_of_a_query(target, collector) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    query = "SELECT (<urn:private> AS ?x) {}"
    answer = traced_request(target, "GET", "/sparql", trace, params={"query": query})
    spans = collector.wait_for("GET /sparql", bytes.fromhex(trace))
    assert spans.keys() == {"GET /sparql", "sparql parse", "query queue", "query execute"}
    request = spans.pop("GET /sparql")
    # The span of the client in traceparent (W3C Trace Context, section 3.2).
    assert request.parent_span_id.hex() == "00f067aa0ba902b7"
    assert {span.parent_span_id for span in spans.values()} == {request.span_id}
    assert attributes(request) == {
        "http.request.method": "GET",
        "http.route": "/sparql",
        "http.response.status_code": 200,
        "jwpgraph.query_id": answer.headers["x-query-id"],
        "jwpgraph.release": int(answer.headers["x-release"]),
    }
    assert attributes(spans["query execute"])["jwpgraph.query_id"] == answer.headers["x-query-id"]
    assert len({attributes(span)["jwpgraph.query_digest"] for span in spans.values()}) == 1
    assert b"urn:private" not in collector.received
    assert ADMIN.encode() not in collector.received


def test_an_update_is_traced_through_the_stages_of_a_build(target, collector) -> None:
    trace = "5bf92f3577b34da6a3ce929d0e0e4736"
    update = {"update": "INSERT DATA { <urn:private> <urn:p> 2 }"}
    assert traced_request(target, "POST", "/sparql", trace, data=update).status_code == 204
    spans = collector.wait_for("POST /sparql", bytes.fromhex(trace))
    assert {"sparql parse", "write", "build apply", "build gate", "build publish"} <= spans.keys()
    assert spans["write"].parent_span_id == spans["POST /sparql"].span_id
    assert {span.parent_span_id for name, span in spans.items() if name.startswith("build ")} == {
        spans["write"].span_id
    }
    assert b"urn:private" not in collector.received
    with target.client() as client:
        assert 'jwpgraph_build_stage_seconds_count{stage="gate"}' in client.get("/metrics").text


def test_a_validation_run_and_a_refusal_are_traced_with_their_routes(target, collector) -> None:
    trace = "6bf92f3577b34da6a3ce929d0e0e4736"
    answer = traced_request(target, "POST", "/api/v1/validation/runs", trace, json={"job": "release"})
    assert answer.status_code == 202
    run = collector.wait_for("validation run", bytes.fromhex(trace))["validation run"]
    assert attributes(run) == {"jwpgraph.job": "release", "jwpgraph.run": answer.json()["id"]}

    trace = "7bf92f3577b34da6a3ce929d0e0e4736"
    assert traced_request(target, "GET", "/api/v1/activities/nothing", trace).status_code == 404
    name = "GET /api/v1/activities/{name:path}"
    request = collector.wait_for(name, bytes.fromhex(trace))[name]
    assert attributes(request)["http.response.status_code"] == 404
    # A fault of the client is no error of the server (semantic conventions for HTTP spans).
    assert request.status.code == 0


@pytest.mark.parametrize("header", ["", "00-" + "0" * 32 + "-" + "0" * 16 + "-01", "zz-1-2-3", "00-" + "f" * 4000])
def test_a_wrong_traceparent_is_ignored(target, header) -> None:
    with target.client() as client:
        assert client.get("/healthz", headers={"traceparent": header}).status_code == 200
