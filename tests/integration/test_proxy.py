"""The service below a path of another site, behind the nginx configuration that is shipped."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from ports import free_port

BUFFERS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
CONFIGURATION = Path(__file__).parents[2] / "deploy/nginx/jwpgraph.conf"
pytestmark = pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")


@pytest.fixture(scope="module")
def proxied(shipped, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of the shipped service below ``/jwpgraph`` and below ``/graph`` of a proxy, without TLS."""
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    text = CONFIGURATION.read_text().replace("127.0.0.1:8000", shipped.url.removeprefix("http://"))
    text = text.replace("listen 443 ssl http2;", f"listen 127.0.0.1:{port};").partition("server {\n    listen 80;")[0]
    text = re.sub(r"^\s*ssl_.*;\n", "", text, flags=re.MULTILINE)
    location = re.search(r"    location /jwpgraph/ \{.*?\n    \}\n", text, re.DOTALL)
    assert location is not None
    # "graph" is a path of the service as well; the proxy of "kept" passes the prefix on.
    graph, kept = (re.sub(r"(location |Prefix )/jwpgraph", rf"\1/{name}", location[0]) for name in ("graph", "kept"))
    text = text.replace(location[0], location[0] + graph + kept.replace("http://jwpgraph/;", "http://jwpgraph;"))
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log;\nevents {{}}\nhttp {{\naccess_log off;\n"
        + "".join(f"{name}_temp_path {folder}/{name};\n" for name in BUFFERS)
        + text + "}\n"
    )  # fmt: skip
    process = subprocess.Popen(["nginx", "-c", str(folder / "nginx.conf")], stderr=subprocess.PIPE)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            for _ in range(100):
                if process.poll() is not None:
                    pytest.fail((process.stderr.read() if process.stderr else b"").decode())
                try:
                    client.get("/jwpgraph/healthz")
                    break
                except httpx.ConnectError:
                    time.sleep(0.05)
            yield client
    finally:
        process.terminate()
        process.wait(10)


PAGES = ("/", "/browse/activities", "/doc/body/iccwc", "/species/loxodonta-africana", "/search?q=saiga", "/releases",
         "/programme", "/programme/report", "/sparql", "/validation", "/api/docs", "/trees/themes",
         "/compare")  # fmt: skip


@pytest.mark.parametrize("prefix", ["/jwpgraph", "/graph", "/kept"])
def test_every_link_of_pages_stays_below_the_prefix(proxied: httpx.Client, prefix: str) -> None:
    links: set[str] = set()
    for page in PAGES:
        answer = proxied.get(prefix + page, headers={"Accept": "text/html"})
        assert answer.status_code == 200, page
        found = re.findall(r'(?:href|src|action|data-[a-z]+)="(/[^"]*)"', answer.text)
        assert found
        assert [link for link in found if not f"{link}/".startswith(f"{prefix}/")] == [], page
        links.update(link.replace("&amp;", "&").partition("#")[0] for link in found)
    assets = sorted(link for link in links if "/static/" in link)
    assert assets
    sample = sorted(links - {*assets, prefix})
    for link in (*assets, *sample[:: max(1, len(sample) // 40)]):
        status = proxied.get(link, headers={"Accept": "text/html, */*;q=0.5"}).status_code
        assert status in {200, 303}, link


@pytest.mark.parametrize("prefix", ["/jwpgraph", "/graph", "/kept"])
def test_redirects_and_links_of_data_have_the_prefix(proxied: httpx.Client, prefix: str) -> None:
    base = f"{str(proxied.base_url).rstrip('/')}{prefix}"
    answer = proxied.get(f"{prefix}/id/body/iccwc", headers={"Accept": "text/turtle"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{base}/data/body/iccwc")
    assert proxied.get(answer.headers["location"]).status_code == 200
    answer = proxied.get(f"{prefix}/graph/activities")
    assert answer.headers["location"].startswith(f"{base}/graph-store?graph=")
    assert proxied.get(answer.headers["location"]).status_code == 200
    page = proxied.get(f"{prefix}/api/v1/activities?limit=1")
    assert page.json()["next"].startswith(f"{base}/api/v1/activities?")
    assert proxied.get(page.json()["next"]).status_code == 200
    stored = proxied.get(f"{prefix}/api/v1/queries/range-of-taxon?taxon=cites/loxodonta-africana&limit=1").json()[
        "next"
    ]
    assert stored.startswith(f"{base}/api/v1/queries/range-of-taxon?")
    assert proxied.get(stored).status_code == 200
    document = proxied.get(f"{prefix}/api/openapi.json").json()
    assert document["servers"] == [{"url": base}]
    assert proxied.get(f"{prefix}/sparql?query=ASK{{}}").json() == {"head": {}, "boolean": True}
    assert base in proxied.get(f"{prefix}/informea.svc/$metadata").headers.get("link", base)
    assert f"{base}/sitemap.xml" in proxied.get(f"{prefix}/robots.txt").text


def test_forwarded_names_scheme_and_host(shipped) -> None:
    with shipped.client() as client:
        names = {"Forwarded": 'for=192.0.2.1;proto=https;host="localhost:8443"', "X-Forwarded-Prefix": "/p"}
        page = client.get("/api/v1/activities?limit=1", headers=names).json()
        assert page["next"].startswith("https://localhost:8443/p/api/v1/activities?")
        # The address of the client has a port in the headers of some proxies (RFC 7239, section 6).
        with_port = {"X-Forwarded-For": "192.0.2.1:4711", "Forwarded": 'for="192.0.2.1:4711";host="localhost:8443"'}
        page = client.get("/api/v1/activities?limit=1", headers=with_port).json()
        assert page["next"].startswith("http://localhost:8443/api/v1/activities?")
        for wrong in ("//evil.example", "/../x", "/a b", 'x"><script>', "https://evil.example"):
            page = client.get("/api/v1/activities?limit=1", headers={"X-Forwarded-Prefix": wrong}).json()
            assert page["next"].startswith(shipped.url + "/api/v1/"), wrong


@pytest.mark.parametrize(
    "url",
    ["/sparql?query=ASK{}&nonsense=1", "/sparql?nonsense=1", "/graph-store?default&nonsense=1",
     "/graph-store/activities?nonsense=1", "/healthz?nonsense=1", "/readyz?nonsense=1", "/metrics?nonsense=1",
     "/releases/1/dump.nq.gz?nonsense=1", "/api/v1/activities?release=1&nonsense=1"],
)  # fmt: skip
def test_undeclared_parameters_are_refused_beside_the_api(shipped, url: str) -> None:
    with shipped.client() as client:
        answer = client.get(url)
        assert answer.status_code in {400, 422}
        assert answer.headers["content-type"] == "application/problem+json"
        assert "nonsense" in answer.json()["detail"]


def test_a_long_address_is_414(shipped) -> None:
    with shipped.client() as client:
        for path in ("/api/v1/search?q=" + "a" * 20_000, "/id/" + "a" * 20_000, "/" + "a" * 20_000):
            answer = client.get(path)
            assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (414, "target-too-long")
        assert client.get("/sparql", params={"query": "ASK {}" + "#" * 20_000}).status_code == 200


@pytest.mark.parametrize(
    "path", ["/sparql", "/id/body/iccwc", "/timegate/body/iccwc", "/informea.svc/Decisions", "/api/v1/taxa"]
)
def test_pages_of_other_origins_may_send_the_headers_of_protocols(shipped, path: str) -> None:
    with shipped.client() as client:
        answer = client.options(
            path, headers={"Origin": "https://portal.example", "Access-Control-Request-Method": "GET"}
        )
        allowed = answer.headers["access-control-allow-headers"].lower()
        for name in (
            "accept-datetime",
            "dataserviceversion",
            "maxdataserviceversion",
            "prefer",
            "if-none-match",
            "range",
        ):
            assert name in allowed


@pytest.mark.parametrize(
    "path", ["/dataset", "/graph/tools", "/table/sites", "/service/sparql", "/id/body/iccwc", "/api"]
)
def test_pages_of_other_origins_may_follow_redirects(shipped, path: str) -> None:
    # A browser checks the headers of each step (Fetch, section 4.4).
    with shipped.client() as client:
        answer = client.get(path, headers={"Origin": "https://portal.example", "Accept": "text/turtle"})
        assert answer.is_redirect
        assert answer.headers.get_list("access-control-allow-origin") == ["*"]


@pytest.mark.parametrize(
    "wrong",
    ["Sun, 22 Nov 2026 12:00:00 EST", "Sun, 22 Nov 2026 12:00:00 +0000", "2026-11-22T12:00:00Z",
     "22 Nov 2026 12:00:00 GMT",
     "Mon, 22 Nov 2026 12:00:00 GMT", "Sun, 22 Nov 26 12:00:00 GMT", "Sun, 31 Feb 2026 12:00:00 GMT", "yesterday", ""],
)  # fmt: skip
def test_only_http_dates_select_a_memento(shipped, wrong: str) -> None:
    with shipped.client() as client:
        answer = client.get("/timegate/body/iccwc", headers={"Accept-Datetime": wrong})
        assert answer.status_code == 400
        right = client.get("/timegate/body/iccwc", headers={"Accept-Datetime": "Sun, 22 Nov 2026 12:00:00 GMT"})
        assert right.status_code == 302
