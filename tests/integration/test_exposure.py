"""What a stranger can get out of the service: no links of their choice, no sniffing, no guessing unseen, no flood."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator

import httpx
import pytest
from forked_command import run_command

from jwpgraph.http.client_share import ClientShare
from jwpgraph.http.headers import get_client_address

TOKEN = "a-token-for-tests"
LINKING = (
    "/",
    "/robots.txt",
    "/sitemap.xml",
    "/.well-known/void",
    "/catalog",
    "/api/v1/activities",
    "/sparql",
    "/dataset",
)
FALSE = [
    {"Host": "evil.example"},
    {"X-Forwarded-Host": "evil.example"},
    {"Forwarded": "host=evil.example"},
    {"Forwarded": 'for="_x;host=evil.example";host=evil.example:80'},
    {"Host": "evil.example:80", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"},
]


def slug(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition("/")[2]


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory, serving_at) -> Iterator:
    with serving_at(tmp_path_factory.mktemp("exposure") / "data", "--empty") as served:
        yield served


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory, serving_at) -> Iterator:
    folder = tmp_path_factory.mktemp("public") / "data"
    with serving_at(folder, "--empty", JWPGRAPH_PUBLIC_URL="https://graph.example.org/jwp/") as served:
        yield served


@pytest.mark.parametrize("headers", FALSE, ids=str)
def test_a_host_of_the_clients_choice_is_in_no_link(target, public, headers):
    for served in (target, public):
        with served.client() as client:
            for path in LINKING:
                answer = client.get(path, headers={**headers, "Accept": "text/turtle, application/json, */*;q=0.1"})
                assert "evil.example" not in answer.text + str(answer.headers), path


def test_links_begin_with_the_public_url(public):
    with public.client(token=TOKEN) as client:
        assert "https://graph.example.org/jwp/sitemap.xml" in client.get("/robots.txt").text
        locations = re.findall("<loc>([^<]*)</loc>", client.get("/sitemap.xml").text)
        assert {one[:30] for one in locations} == {"https://graph.example.org/jwp/"}
        created = client.put("/graph-store/g", content="", headers={"Content-Type": "text/turtle"})
        assert created.headers["location"] == "https://graph.example.org/jwp/graph-store/g"


def test_an_allowed_host_is_named(serve):
    with (
        serve("--empty", JWPGRAPH_ALLOWED_HOSTS="graph.example.org other.example") as served,
        served.client() as client,
    ):
        named = client.get("/robots.txt", headers={"Host": "graph.example.org"})
        assert "http://graph.example.org/sitemap.xml" in named.text
        assert "evil.example" not in client.get("/robots.txt", headers={"Host": "evil.example"}).text
        for name, form in (
            ("Forwarded", "host={}"),
            ("Forwarded", 'for=_x;host="{}:8443"'),
            ("X-Forwarded-Host", "{}"),
        ):
            named = client.get("/robots.txt", headers={name: form.format("other.example")})
            assert "http://other.example" in named.text, form
            assert "evil.example" not in client.get("/robots.txt", headers={name: form.format("evil.example")}).text


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/sparql?query=ASK%7B%7D", "/sparql", "/graph-store?default", "/healthz", "/nothing", "/api/docs"),
        *("/robots.txt", "/sparql?query=x", "/api/v1/audit", "/static/site.css", "/search?q=x", "/api/v1/activities"),
    ],
)
def test_no_answer_is_to_be_guessed_at(target, path):
    with target.client() as client:
        for accept in ("*/*", "text/html"):
            for _ in range(3):
                answer = client.get(path, headers={"Accept": accept})
                assert answer.headers["x-content-type-options"] == "nosniff"
                assert answer.headers["content-security-policy"].count("default-src") == 1


@pytest.mark.parametrize("path", ["/sitemap.xml", "/catalog", "/.well-known/void"])
def test_what_has_no_parameters_takes_none(target, path):
    with target.client() as client:
        assert slug(client.get(path, params={"x": "1"})) == (422, "invalid-parameter")
        assert client.get(path).status_code == 200


def test_who_did_what_is_told_to_who_has_the_token(target):
    with target.client() as stranger, target.client(token=TOKEN) as client:
        written = client.put("/graph-store/audited?", content="", headers={"Content-Type": "text/turtle"})
        refused = stranger.post("/sparql", data={"update": "CLEAR ALL"})
        wrong = stranger.delete("/graph-store/audited", headers={"Authorization": "Bearer guessed"})
        assert [answer.status_code for answer in (written, refused, wrong)] == [201, 401, 401]
        assert slug(stranger.get("/api/v1/audit"))[0] == 401
        items = client.get("/api/v1/audit").json()["items"]
        told = [(one["method"], one["path"], one["token"], one["status"], one["release"]) for one in items[:4]]
        assert told == [
            ("GET", "/api/v1/audit", "none", 401, None),
            ("DELETE", "/graph-store/audited", "wrong", 401, None),
            ("POST", "/sparql", "none", 401, None),
            ("PUT", "/graph-store/audited", "right", 201, int(written.headers["x-release"])),
        ]
        assert all(one["client"] == "127.0.0.1" for one in items)
        assert items == sorted(items, key=lambda one: one["at"], reverse=True)
        page = client.get("/api/v1/audit", params={"limit": 2}).json()
        assert page["items"] == client.get("/api/v1/audit").json()["items"][:2]
        following = client.get("/api/v1/audit", params={"limit": 2, "before": page["next"]}).json()["items"]
        assert following[0]["at"] < page["items"][-1]["at"]
        assert slug(client.get("/api/v1/audit", params={"x": "1"})) == (422, "invalid-parameter")
        log = "".join(target.log)
        assert "guessed" not in log + str(items)


def test_wrong_tokens_wait_and_right_ones_do_not(target):
    with target.client() as stranger, target.client(token=TOKEN) as client:
        for _ in range(4):
            began = time.monotonic()
            stranger.get("/sparql/running", headers={"Authorization": "Bearer wrong"})
            waited = time.monotonic() - began
        assert waited > 1.5
        assert client.get("/sparql/running").status_code == 200


@pytest.mark.parametrize("token", ["x", "1234567"])
def test_a_short_token_is_refused_at_the_start(tmp_path, token):
    variables = {"JWPGRAPH_DATA_DIR": str(tmp_path), "JWPGRAPH_ADMIN_TOKEN": token}
    ended = run_command("serve", "--empty", "--port", "0", **variables)
    assert ended.returncode == 2
    assert "JWPGRAPH_ADMIN_TOKEN" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_one_client_has_a_share_and_an_ipv6_network_is_one_client():
    share = ClientShare(2)
    clients = [
        get_client_address({"client": (address, 1)})
        for address in ("2001:db8::1", "2001:db8::ffff:2", "2001:db8:0:1::1")
    ]
    assert clients[0] == clients[1] != clients[2]
    assert get_client_address({"client": ("::ffff:192.0.2.1", 1)}) == "192.0.2.1"
    with share.of(clients[0]) as first, share.of(clients[1]) as second:
        assert first is second is None
        with share.of(clients[0]) as third, share.of(clients[2]) as other:
            assert third is not None
            assert other is None
    with share.of(clients[0]) as again:
        assert again is None


def test_too_many_at_a_time_are_told_to_wait(serve):
    with serve("--empty", JWPGRAPH_REQUESTS_PER_CLIENT="1") as served:
        answers: list[httpx.Response] = []

        def ask(number: int) -> None:
            with served.client() as client:
                answers.extend(client.get(f"/search?q=animal{number}-{one}") for one in range(6))

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        refused = [answer for answer in answers if answer.status_code == 429]
        assert refused
        assert all(slug(answer) == (429, "too-many-requests") and "retry-after" in answer.headers for answer in refused)
        with served.client() as client:
            assert client.get("/search?q=later").status_code == 200


@pytest.mark.parametrize(
    ("line", "status", "text"),
    [
        # RFC 9112, section 3.2.2: the host in the target counts, not the one in the header.
        ("GET http://localhost:99/api/v1/activities?limit=1", 200, '"next": "http://localhost:99/api/v1/activities?'),
        ("GET HTTP://localhost:99/healthz", 200, "alive"),
        ("GET http://localhost:99", 200, "<html"),
        ("GET http://name:secret@localhost/healthz", 400, "/problem/bad-request"),
        ("GET http:///healthz", 400, "/problem/bad-request"),
        ("GET ftp://localhost/healthz", 400, "/problem/bad-request"),
        # Section 3.2.4.
        ("OPTIONS *", 204, "allow: GET, HEAD, OPTIONS"),
        ("GET *", 400, "/problem/bad-request"),
    ],
)
def test_targets_that_are_no_paths(shipped, line: str, status: int, text: str) -> None:
    request = f"{line} HTTP/1.1\r\nHost: 127.0.0.1:98\r\nConnection: close\r\n\r\n"
    address = httpx.URL(shipped.url)
    with socket.create_connection((address.host, address.port), timeout=60) as connection:
        connection.sendall(request.encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
    assert answer.startswith(f"HTTP/1.1 {status} ")
    assert text in answer
