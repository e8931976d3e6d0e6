"""Validation as a steward meets it: break a datum, run, mend it, run; and what happens when things go wrong."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import socket
import socketserver
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.etree import ElementTree as ET

import pytest

TOKEN = "a-token-for-tests"
BODY = "https://w3id.org/jwpgraph/id/body/test-body"
GRAPH = "https://w3id.org/jwpgraph/graph/test"
JWP = "https://w3id.org/jwpgraph/ontology#"
MENDED = f"""
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<{BODY}> a <{JWP}Body> ; skos:prefLabel "Test body"@en ; <https://schema.org/url> <https://example.org/> .
"""
BROKEN = MENDED.replace("; <https://schema.org/url> <https://example.org/>", "")
SHAPES = f"""
@prefix sh: <http://www.w3.org/ns/shacl#> .
<urn:test:BodyShape> a sh:NodeShape ; sh:targetClass <{JWP}Body> ; sh:property <urn:test:BodyShape-url> .
<urn:test:BodyShape-url> a sh:PropertyShape ; sh:path <https://schema.org/url> ; sh:minCount 1 ;
  sh:name "web address"@en ; sh:message "Add the body's web address."@en .
"""
ATOM = "{http://www.w3.org/2005/Atom}"


class Hook(BaseHTTPRequestHandler):
    """Receives webhooks, and has something at every address but one."""

    def do_GET(self):
        self.send_response(404 if self.path == "/gone" else 204)
        self.end_headers()

    do_HEAD = do_GET

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((dict(self.headers), body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


class Mailbox(socketserver.StreamRequestHandler):
    """Receives mail, as little of SMTP (RFC 5321) as the client needs."""

    def handle(self):
        self.wfile.write(b"220 test\r\n")
        in_data, lines = False, []
        for raw in self.rfile:
            line = raw.decode().rstrip("\r\n")
            if in_data and line != ".":
                lines.append(line)
                continue
            if in_data:
                self.server.received.append("\n".join(lines))
                in_data, answer = False, "250 kept"
            elif line.upper().startswith("DATA"):
                in_data, answer = True, "354 go on"
            elif line.upper().startswith("QUIT"):
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                answer = "250 ok"
            self.wfile.write(f"{answer}\r\n".encode())


@contextmanager
def listening(kind, handler, port=0):
    server = kind(("127.0.0.1", port), handler)
    server.received = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def until(condition, what):
    """Wait for *condition*; a test that waits in vain fails saying for what."""
    for _ in range(300):
        if found := condition():
            return found
        time.sleep(0.1)
    pytest.fail(f"in vain: {what}")


def run(client, job):
    """Run *job* and wait for its end."""
    started = client.post("/api/v1/validation/runs", json={"job": job})
    assert started.status_code == 202, started.text
    place = started.headers["location"]

    def ended():
        document = client.get(place).json()
        return document if document["outcome"] != "running" else None

    return until(ended, f"the end of {job}")


def metric(client, start):
    return [
        float(line.rpartition(" ")[2]) for line in client.get("/metrics").text.splitlines() if line.startswith(start)
    ]


def put(client, turtle):
    answer = client.put(
        "/graph-store", params={"graph": GRAPH}, content=turtle, headers={"Content-Type": "text/turtle"}
    )
    assert answer.status_code in {200, 201, 204}, answer.text


def jobs_file(tmp_path, text):
    (tmp_path / "shapes.ttl").write_text(SHAPES)
    path = tmp_path / "jobs.toml"
    path.write_text(text)
    return str(path)


def test_break_run_mend_run(serve, tmp_path):
    with listening(ThreadingHTTPServer, Hook) as hook, listening(socketserver.ThreadingTCPServer, Mailbox) as mailbox:
        file = jobs_file(
            tmp_path,
            f"""
            [jobs.bodies]
            shapes = "shapes.ttl"
            tell = ["robot", "steward"]
            [tell.robot]
            webhook = "http://127.0.0.1:{hook.server_address[1]}/hook"
            secret = "s3cret"
            [tell.steward]
            email = ["steward@example.org"]
            smtp = "smtp://127.0.0.1:{mailbox.server_address[1]}"
            """,
        )
        with serve("--empty", JWPGRAPH_JOBS_FILE=file) as served, served.client(token=TOKEN) as client:
            put(client, BROKEN)
            first = run(client, "bodies")
            assert (first["outcome"], first["conforms"], first["violations"]) == ("finished", False, 1)
            assert len(first["new"]) == 1

            page = client.get("/validation?job=bodies").text
            assert "does not conform" in page
            assert 'href="/doc/body/test-body"' in page
            assert "Add the body&#39;s web address." in page
            assert "Test body" in page
            assert "web address" in re.findall(r"By shape.*?</table>", page, re.DOTALL)[0]
            entity = client.get("/doc/body/test-body", headers={"Accept": "text/html"})
            assert "What validation found" in entity.text
            assert "Add the body&#39;s web address." in entity.text
            again = client.get(
                "/doc/body/test-body", headers={"Accept": "text/html", "If-None-Match": entity.headers["etag"]}
            )
            assert again.status_code == 304
            assert metric(client, 'jwpgraph_shacl_results{job="bodies",severity="violation"') == [1]
            assert metric(client, 'jwpgraph_shacl_conforms{job="bodies"') == [0]
            headers, body = until(lambda: hook.received, "the webhook")[0]
            expected = "sha256=" + hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
            assert headers["X-Jwpgraph-Signature"] == expected
            told = json.loads(body)
            assert (told["job"], told["counts"]) == ("bodies", {"new": 1, "regressed": 0, "fixed": 0})
            assert told["new"][0]["focus"] == f"<{BODY}>"
            assert "1 new" in until(lambda: mailbox.received, "the mail")[0]

            put(client, MENDED)
            second = run(client, "bodies")
            assert (second["conforms"], second["fixed"]) == (True, first["new"])
            entity = client.get(
                "/doc/body/test-body", headers={"Accept": "text/html", "If-None-Match": entity.headers["etag"]}
            )
            assert entity.status_code == 200
            assert "web address" not in entity.text
            (result,) = client.get("/api/v1/validation/results?job=bodies&state=fixed").json()["items"]
            assert result["first_seen"] == first["started"] == result["last_seen"]
            assert result["fixed"] == second["started"]
            assert metric(client, 'jwpgraph_shacl_results{job="bodies",severity="violation"') == [0]
            until(lambda: len(hook.received) == 2, "the second webhook")
            assert json.loads(hook.received[1][1])["counts"] == {"new": 0, "regressed": 0, "fixed": 1}

            feed = ET.fromstring(client.get("/validation/feed.atom?job=bodies").content)
            titles = [entry.findtext(f"{ATOM}title") for entry in feed.iter(f"{ATOM}entry")]
            assert ["1 fixed" in titles[0], "1 new" in titles[1], len(titles)] == [True, True, 2]
            entries = [entry.findtext(f"{ATOM}updated") for entry in feed.iter(f"{ATOM}entry")]
            assert entries == [second["finished"], first["finished"]]


def test_what_is_remembered_outlives_the_service_and_can_be_downloaded(serve, tmp_path):
    file = jobs_file(tmp_path, '[jobs.bodies]\nshapes = "shapes.ttl"\n')
    with serve("--empty", JWPGRAPH_JOBS_FILE=file) as served, served.client(token=TOKEN) as client:
        put(client, BROKEN)
        number = run(client, "bodies")["id"]
    with serve(JWPGRAPH_JOBS_FILE=file) as served, served.client() as client:
        place = f"/api/v1/validation/runs/{number}"
        assert client.get(place).json()["violations"] == 1
        assert "ValidationReport" in client.get(f"{place}.ttl").text
        assert (
            client.get(place, headers={"Accept": "application/ld+json"}).headers["content-type"]
            == "application/ld+json"
        )
        rows = client.get(f"{place}.csv").text.splitlines()
        assert rows[0].startswith("fingerprint,job,state,severity")
        assert len(rows) == 2
        assert BODY in client.get("/api/v1/validation/history.ttl").text
        for path in ("/validation", f"/validation/runs/{number}", "/validation/results", "/validation?job=gate"):
            page = client.get(path)
            assert page.status_code == 200
            assert "script" not in re.findall(r"<(\w+)", page.text)
            assert not re.findall(r'\sstyle="', page.text)
            assert client.get(path, headers={"If-None-Match": page.headers["etag"]}).status_code == 304
        iri = re.search(r"<https://w3id.org/jwpgraph(/validation/results/\w+/\d+)>", client.get(f"{place}.ttl").text)
        run_page = client.get(iri[1], follow_redirects=True)
        assert (run_page.status_code, run_page.url.path) == (200, f"/validation/runs/{number}")
        assert f'id="{run_page.url.fragment}"' in run_page.text
        assert client.get("/validation/jobs/bodies", follow_redirects=True).status_code == 200
        assert client.get("/validation/badge.svg").headers["content-type"] == "image/svg+xml"
        releases = [one["release"] for one in client.get("/api/v1/validation/runs?job=gate").json()["items"]]
        assert releases == [2, 1]


def test_a_shape_without_a_name_speaks_the_language_of_the_reader(serve, tmp_path):
    file = jobs_file(tmp_path, '[jobs.bodies]\nshapes = "inline.ttl"\n')
    (tmp_path / "inline.ttl").write_text(f"""
        @prefix sh: <http://www.w3.org/ns/shacl#> .
        <urn:test:Body> a sh:NodeShape ; sh:targetClass <{JWP}Body> ;
          sh:property [ sh:path <https://schema.org/url> ; sh:minCount 1 ;
            sh:message "Add the body's web address."@en , "Ajoutez l'adresse du site."@fr ] .""")
    with serve("--empty", JWPGRAPH_JOBS_FILE=file) as served, served.client(token=TOKEN) as client:
        put(client, BROKEN)
        (result,) = run(client, "bodies")["results"]
        assert result["shape"] == "<urn:test:Body-url>"
        page = client.get("/validation?job=bodies", headers={"Accept-Language": "fr"}).text
        assert "Ajoutez l&#39;adresse du site." in page
        assert "Body-url" in page
        entity = "/doc/body/test-body"
        assert "Ajoutez l&#39;adresse du site." in client.get(entity, headers={"Accept-Language": "fr"}).text
        spanish = client.get(entity, headers={"Accept-Language": "es"}).text
        assert '<span lang="en" dir="auto">Add the body&#39;s web address.</span>' in spanish


def test_steering_needs_the_token(serve, tmp_path):
    file = jobs_file(tmp_path, '[jobs.bodies]\nshapes = "shapes.ttl"\n')
    with serve("--empty", JWPGRAPH_JOBS_FILE=file) as served, served.client(token=TOKEN) as client:
        put(client, BROKEN)
        (fingerprint,) = run(client, "bodies")["new"]
        place = f"/api/v1/validation/results/{fingerprint}/acknowledge"
        words = {"reason": "The body has no web site.", "who": "Ada"}
        with served.client() as stranger:
            for path in ("/api/v1/validation/runs", "/api/v1/validation/runs/1/cancel", place):
                assert stranger.post(path, json={}).status_code == 401
            assert stranger.get("/api/v1/validation/deliveries").status_code == 401
        assert client.post(place, json={"who": "Ada"}).status_code == 422
        assert client.post(place, json=words | {"expires": "2020-01-01T00:00:00Z"}).status_code == 422
        for out_of_range in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999+14:00x"):
            assert client.post(place, json=words | {"expires": out_of_range}).status_code == 422
        assert client.post(place, json=words | {"expires": "9999-12-31T23:59:59-14:00"}).status_code == 200
        assert client.post(place, json={"reason": " ", "who": "\t"}).status_code == 422
        assert client.post(place, content=b"{").status_code == 400
        assert client.post("/api/v1/validation/runs", json={"job": "nonsense"}).status_code == 404
        assert client.post(place, json=words | {"expires": "2999-01-01"}).status_code == 200
        (known,) = client.get("/api/v1/validation/results?job=bodies&state=acknowledged").json()["items"]
        assert known["acknowledgement"]["who"] == "Ada"
        assert "The body has no web site." in client.get("/validation?job=bodies").text
        assert client.delete(place).status_code == 204
        assert client.delete(place).status_code == 404


def test_killed_in_the_middle(serve, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        file = jobs_file(
            tmp_path,
            f"""
            [jobs.elsewhere]
            endpoint = "http://127.0.0.1:{silent.getsockname()[1]}/"
            shapes = "shapes.ttl"
            tell = ["robot"]
            [tell.robot]
            webhook = "http://127.0.0.1:{silent.getsockname()[1]}/"
            """,
        )
        with serve("--empty", JWPGRAPH_JOBS_FILE=file) as served, served.client(token=TOKEN) as client:
            number = client.post("/api/v1/validation/runs", json={"job": "elsewhere"}).json()["id"]
            second = client.post("/api/v1/validation/runs", json={"job": "elsewhere"})
            assert (second.status_code, second.json()["run"]) == (409, number)
            served.process.kill()
            served.process.wait()
        with serve(JWPGRAPH_JOBS_FILE=file) as served, served.client(token=TOKEN) as client:
            place = f"/api/v1/validation/runs/{number}"
            assert client.get(place).json()["outcome"] == "interrupted"
            (told,) = client.get("/api/v1/validation/deliveries").json()["items"]
            assert (told["run"], told["payload"]["event"]) == (number, "validation.interrupted")
            assert metric(client, 'jwpgraph_shacl_last_run_failed{job="elsewhere"') == [1]
            again = client.post("/api/v1/validation/runs", json={"job": "elsewhere"})
            assert again.status_code == 202
            assert metric(client, 'jwpgraph_shacl_last_run_failed{job="elsewhere"') == [1], "until it has ended"
            stopped = client.post(f"/api/v1/validation/runs/{again.json()['id']}/cancel")
            assert stopped.status_code == 202
            until(lambda: client.get(again.headers["location"]).json()["outcome"] == "cancelled", "the cancellation")
            assert metric(client, 'jwpgraph_shacl_last_run_failed{job="elsewhere"') == [0]
            assert client.post(f"{place}/cancel").status_code == 409
            assert run(client, "release")["outcome"] == "finished"


def test_a_shapes_file_with_a_slip_fails_loudly_and_the_last_good_state_stays(serve, tmp_path):
    file = jobs_file(tmp_path, '[jobs.bodies]\nshapes = "shapes.ttl"\n')
    with serve("--empty", JWPGRAPH_JOBS_FILE=file) as served, served.client(token=TOKEN) as client:
        put(client, BROKEN)
        good = run(client, "bodies")
        (tmp_path / "shapes.ttl").write_text("this is not Turtle")
        bad = run(client, "bodies")
        assert bad["outcome"] == "failed"
        assert "shapes.ttl, line 1" in bad["problem"]
        page = client.get("/validation?job=bodies").text
        assert "did not finish" in page
        assert f"/validation/runs/{good['id']}" in page
        assert metric(client, 'jwpgraph_shacl_results{job="bodies",severity="violation"') == [1]
        assert metric(client, 'jwpgraph_shacl_last_run_failed{job="bodies"') == [1]


def test_a_webhook_that_is_down_is_tried_again_and_then_kept_as_dead(serve, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    file = jobs_file(
        tmp_path,
        f"""
        [jobs.bodies]
        shapes = "shapes.ttl"
        tell = ["robot"]
        [tell.robot]
        webhook = "http://127.0.0.1:{port}/"
        attempts = 2
        backoff = 0.1
        """,
    )
    with serve("--empty", JWPGRAPH_JOBS_FILE=file) as served, served.client(token=TOKEN) as client:
        put(client, BROKEN)
        run(client, "bodies")
        dead = until(lambda: client.get("/api/v1/validation/deliveries?state=dead").json()["items"], "a dead delivery")[
            0
        ]
        assert (dead["attempts"], dead["target"]) == (2, "robot")
        assert dead["error"]
        with listening(ThreadingHTTPServer, Hook, port) as hook:
            assert client.post(f"/api/v1/validation/deliveries/{dead['id']}/redeliver").status_code == 202
            until(lambda: hook.received, "the webhook")
        assert "X-Jwpgraph-Signature" not in hook.received[0][0]


def test_links_are_asked_when_somebody_wants_it(serve, tmp_path):
    file = jobs_file(tmp_path, '[links]\nhosts = ["127.0.0.1"]\nprivate = true\npause = 0\n')
    with (
        listening(ThreadingHTTPServer, Hook) as hook,
        serve("--empty", JWPGRAPH_JOBS_FILE=file) as served,
        served.client(token=TOKEN) as client,
    ):
        site, see = f"http://127.0.0.1:{hook.server_address[1]}", "http://www.w3.org/2000/01/rdf-schema#seeAlso"
        put(client, f"{MENDED} <{BODY}> <{see}> <{site}/gone> .")
        (result,) = run(client, "links")["results"]
        assert (result["severity"], result["value"]) == ("warning", f"<{site}/gone>")
        page = client.get("/validation?job=links").text
        assert "dead link" in page
        assert f"{site}/gone" in page
        assert "link check" not in client.get("/validation").text
        put(client, f"{MENDED} <{BODY}> <{see}> <{site}/here> .")
        assert run(client, "links")["fixed"] == [result["fingerprint"]]


def test_a_memory_that_is_damaged_keeps_nobody_from_reading(serve, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "validation.sqlite").write_text("not a database " * 1000)
    with serve("--empty") as served, served.client(token=TOKEN) as client:
        put(client, MENDED)
        assert client.get("/doc/body/test-body", headers={"Accept": "text/html"}).status_code == 200
        assert client.get("/metrics").status_code == 200
        refused = client.get("/api/v1/validation/runs")
        assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (503, "history-unavailable")
        assert refused.headers["retry-after"]
        assert refused.json()["detail"].startswith("validation.sqlite: ")
        page = client.get("/validation", headers={"Accept": "text/html"})
        for answer in (refused, page, client.get("/readyz")):
            assert str(served.data_dir) not in answer.text
        assert client.get("/validation", headers={"Accept": "text/html"}).status_code == 503
        assert client.post("/api/v1/validation/runs", json={}).status_code == 503
