"""Tests of the link check against real servers: dead, moved and unclear links, and hosts that are never contacted."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from urllib.parse import unquote

import pytest
from pyoxigraph import RdfFormat, Store

from jwpgraph.problems import ProblemError
from jwpgraph.validation.history import ValidationHistory
from jwpgraph.validation.job_file import ValidationJob, read_jobs
from jwpgraph.validation.link_check import DEAD, MOVED, check_links
from jwpgraph.validation.link_requests import is_public_address
from jwpgraph.validation.link_rules import LinkRules
from jwpgraph.validation.report_formats import FORMATS
from jwpgraph.validation.result_queries import ResultFilter, get_latest_run, list_results
from jwpgraph.validation.runs import RunRequest, perform_run

PREFIXES = """
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix schema: <https://schema.org/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
#: The test servers listen on loopback.
RULES = LinkRules(private=True, pause=0, timeout=5)


class Site(BaseHTTPRequestHandler):
    """Web server whose paths select the response status; ``/301/404`` redirects with 301 to ``/404``."""

    def do_HEAD(self):
        self.answer()

    def do_GET(self):
        self.answer()

    def answer(self):
        with self.server.counting:
            self.server.asked.append((self.command, self.path, self.headers["Host"], time.monotonic()))
            self.server.now += 1
            self.server.most = max(self.server.most, self.server.now)
        time.sleep(self.server.slow)
        status, _, rest = unquote(self.path).strip("/").partition("/")
        if status == "silent":
            self.server.release.wait(10)
            return
        if status == "noise":
            self.wfile.write(b"\x00\x01\x02 not HTTP\r\n\r\n")
            return
        if status == "headless":
            status = "405" if self.command == "HEAD" else "200"
        self.send_response(int(status) if status.isdecimal() else 200)
        if status.startswith("3"):
            self.send_header("Location", rest.replace("_", ":") if "://" in rest.replace("_", ":") else f"/{rest}")
        self.end_headers()
        with self.server.counting:
            self.server.now -= 1

    def log_message(self, *_):
        pass


@contextmanager
def listening():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.asked, server.counting, server.release = [], threading.Lock(), threading.Event()
    server.now = server.most = 0
    server.slow = 0.0
    server.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield server
    finally:
        server.release.set()
        server.shutdown()
        server.server_close()


@pytest.fixture
def site():
    with listening() as server:
        yield server


def data(*triples: str) -> Store:
    store = Store()
    store.load((PREFIXES + "".join(f"{triple} .\n" for triple in triples)).encode(), format=RdfFormat.TURTLE)
    return store


def told(site, path: str, predicate: str = "dcterms:source", rules: LinkRules = RULES) -> list[tuple[str, str, str]]:
    """Return the results for a link to *path*, checked together with a working link."""
    store = data(f"<urn:a> {predicate} <{site.url}{path}>", f"<urn:b> rdfs:seeAlso <{site.url}/200>")
    return [(one.shape, one.severity, one.message()) for one in check_links(store, rules, 20).results]


@pytest.mark.parametrize("path", ["/200", "/headless", "/302/200", "/303/200", "/307/302/200", "/401", "/403", "/429"])
def test_reachable_links_have_no_result(site, path):
    assert told(site, path) == []


@pytest.mark.parametrize("path", ["/404", "/410", "/302/404", "/301/404"])
def test_dead_links_are_warnings(site, path):
    ((shape, severity, message),) = told(site, path)
    assert (shape, severity) == (DEAD, "warning")
    assert f"{site.url}{path}" in message
    assert path[-3:] in message


@pytest.mark.parametrize("path", ["/500", "/503", "/noise", "/301/301/301/301/301/301/301/200", "/302/ftp_//h/"])
def test_unclear_links_are_notes(site, path):
    ((shape, severity, _),) = told(site, path)
    assert (shape, severity) == (DEAD, "info")


@pytest.mark.parametrize(
    ("path", "target"), [("/301/200", "/200"), ("/308/301/200", "/200"), ("/301/302/200", "/302/200")]
)
def test_permanently_moved_links_are_notes_with_the_new_address(site, path, target):
    ((shape, severity, message),) = told(site, path)
    assert (shape, severity) == (MOVED, "info")
    assert f"link to {site.url}{target} instead" in message


def test_redirects_of_identifiers_are_not_reported_but_checked(site):
    assert told(site, "/301/200", "skos:exactMatch") == []
    assert [shape for shape, _, _ in told(site, "/404", "skos:exactMatch")] == [DEAD]


def test_a_silent_server_times_out(site):
    ((shape, severity, message),) = told(site, "/silent", rules=RULES.model_copy(update={"timeout": 0.5}))
    assert (shape, severity) == (DEAD, "info")
    assert "0.5 s" in message


def test_a_server_is_requested_and_authenticated_by_name(site, monkeypatch, certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    names = []
    context.sni_callback = lambda _, name, __: names.append(name)
    with listening() as secure:
        secure.socket = context.wrap_socket(secure.socket, server_side=True)
        address = f"https://localhost:{secure.server_address[1]}/200"
        store = data(f"<urn:a> dcterms:source <{address}>", f"<urn:b> rdfs:seeAlso <{site.url}/200>")
        (found,) = check_links(store, RULES, 20).results
        assert found.severity == "info"
        assert "certificate" in found.message()
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert check_links(store, RULES, 20).results == ()
    assert set(names) == {"localhost"}


def test_a_host_that_is_not_in_the_domain_name_system_is_dead(site, monkeypatch):
    """The system resolver is replaced by one that reports an unknown host."""
    real = socket.getaddrinfo

    def look_up(host, *more, **named):
        if host == "gone.example":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return real(host, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    store = data("<urn:a> dcterms:source <http://gone.example/x>", f"<urn:b> rdfs:seeAlso <{site.url}/200>")
    (found,) = check_links(store, RULES, 20).results
    assert (found.severity, found.value) == ("warning", "<http://gone.example/x>")
    with pytest.raises(ProblemError) as caught:
        check_links(data("<urn:a> dcterms:source <http://gone.example/x>"), RULES, 20)
    assert caught.value.slug == "links-unreachable", "no network is no reason to call everything dead"


def test_an_unreachable_network_is_no_result():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(ProblemError) as caught:
        check_links(data(f"<urn:a> dcterms:source <http://127.0.0.1:{port}/>"), RULES, 20)
    assert (caught.value.slug, caught.value.exit_code) == ("links-unreachable", 2)


def test_private_addresses_are_not_contacted(site):
    public = LinkRules(pause=0)
    port = site.server_address[1]
    for host in ("127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]", "0.0.0.0"):
        report = check_links(data(f"<urn:a> dcterms:source <http://{host}:{port}/404>"), public, 20)
        assert [one.severity for one in report.results] == ["info"]
        assert "was not checked" in report.results[0].message()
    assert site.asked == []


def test_a_redirect_into_the_private_network_is_not_followed(site, monkeypatch):
    """The first server counts as public, the redirect target does not."""
    with listening() as inner:
        inside = f"127.0.0.2:{inner.server_address[1]}"
        monkeypatch.setattr("jwpgraph.validation.link_requests.is_public_address", lambda number: number == "127.0.0.1")
        ((_, severity, message),) = told(site, f"/302/http_//{inside}/200".replace(":", "_"), rules=LinkRules(pause=0))
        assert inner.asked == []
    assert severity == "info"
    assert "127.0.0.2" in message


@pytest.mark.parametrize(
    "number",
    [
        *(
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
        ),
        *("255.255.255.255", "::1", "::", "fe80::1%eth0", "fd00::1", "ff02::1", "::ffff:10.0.0.1", "64:ff9b::7f00:1"),
        *("2002:7f00:1::", "nonsense"),
    ],
)
def test_private_addresses_are_recognised(number):
    assert not is_public_address(number)


@pytest.mark.parametrize("number", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_public_addresses_are_recognised(number):
    assert is_public_address(number)


def test_requests_to_one_host_are_sequential_with_pauses_and_once_per_address(site):
    site.slow = 0.05
    links = [f"<urn:{n}> dcterms:source <{site.url}/200/{n % 4}#part-{n}>" for n in range(8)]
    assert check_links(data(*links), RULES.model_copy(update={"pause": 0.1}), 20).results == ()
    assert sorted(path for _, path, _, _ in site.asked) == [f"/200/{n}" for n in range(4)]
    assert site.most == 1
    times = [moment for *_, moment in site.asked]
    assert all(later - earlier >= 0.1 for earlier, later in pairwise(times))
    assert {host for _, _, host, _ in site.asked} == {site.url.removeprefix("http://")}


def test_only_allowed_hosts_are_contacted(site):
    store = data(f"<urn:a> dcterms:source <{site.url}/404>", "<urn:b> dcterms:source <http://elsewhere.example/>")
    (found,) = check_links(store, RULES.model_copy(update={"hosts": ("127.0.0.1",)}), 20).results
    assert found.focus == "<urn:a>"
    with pytest.raises(ProblemError) as caught:
        check_links(store, RULES.model_copy(update={"hosts": ("nowhere.example",)}), 20)
    assert caught.value.slug == "links-not-allowed"
    assert LinkRules(hosts=("example.org",)).allows("www.Example.org.")
    assert not LinkRules(hosts=("example.org",)).allows("notexample.org")


def test_only_web_addresses_outside_the_data_are_checked(site):
    store = data(
        f'<urn:a> schema:url "{site.url}/404"^^xsd:anyURI , "{site.url}/410"',
        "<urn:a> dcterms:source <https://w3id.org/jwpgraph/id/x> , <urn:isbn:1> , <ftp://example.org/>",
        f"<urn:a> rdfs:label <{site.url}/410>",
    )
    assert [one.value for one in check_links(store, RULES, 20).results if one.severity == "warning"] == [
        f'"{site.url}/404"^^<http://www.w3.org/2001/XMLSchema#anyURI>'
    ]
    assert {path for _, path, _, _ in site.asked} == {"/404"}
    assert check_links(Store(), RULES, 20).conforms("info"), "no links are no problem"


def test_an_invalid_address_stops_nothing(site):
    ((_, severity, _),) = told(site, "/302/http_//%5Bbad")
    assert severity == "info"
    store = data('<urn:a> schema:url "http://[bad"^^xsd:anyURI', f"<urn:a> dcterms:source <{site.url}/200>")
    assert [one.severity for one in check_links(store, RULES, 20).results] == ["warning"]


def test_too_little_time_is_no_result(site):
    store = data(f"<urn:a> dcterms:source <{site.url}/silent>")
    with pytest.raises(ProblemError) as caught:
        check_links(store, RULES, 0.3)
    assert caught.value.slug == "links-unfinished"


def test_the_history_distinguishes_dead_silent_and_fixed_links(site, tmp_path):
    history = ValidationHistory(tmp_path)
    path = tmp_path / "data.ttl"
    job = ValidationJob(name="links", checks="links", files=(path,), links=RULES.model_copy(update={"timeout": 0.5}))
    changes = []
    # The address stays the same; the response behind it changes.
    for answer in ("404", "silent", "200"):
        path.write_text(f"{PREFIXES}<urn:a> dcterms:source <{site.url}/x> . <urn:b> dcterms:source <{site.url}/200> .")
        site.RequestHandlerClass = type("Today", (Site,), {"answer": _answering(answer)})
        run = history.begin("links", job.subject, "nobody", release=1)
        changes.append(history.finish(run, perform_run(RunRequest(job, tmp_path))))
    assert [(len(one.new), len(one.regressed), len(one.fixed)) for one in changes] == [(1, 0, 0), (0, 0, 0), (0, 0, 1)]
    with history.connect() as db:
        (found,) = list_results(db, ResultFilter(job="links", states=("fixed",)))
        assert (found.shape, found.focus) == (DEAD, "<urn:a>")
        assert get_latest_run(db) is None, "the verdict on the data is that of the shapes"


def _answering(answer: str):
    def respond(self):
        if self.path == "/x":
            self.path = f"/{answer}"
        Site.answer(self)

    return respond


def test_all_formats_can_express_the_results(site):
    report = check_links(data(f"<urn:a> dcterms:source <{site.url}/404>"), RULES, 20)
    for name, written in FORMATS.items():
        text = written(report, "warning")
        assert "DeadLink" in text or name == "text", name
        assert f"{site.url}/404" in text or name == "github", name


def test_rules_are_in_the_file_of_jobs(tmp_path):
    path = tmp_path / "jobs.toml"
    path.write_text('[links]\nhosts = ["example.org"]\n[jobs.mine]\nchecks = "links"\n[jobs.mine.links]\npause = 2\n')
    jobs = read_jobs(path)
    assert jobs.job("links").links.hosts == ("example.org",)
    assert (jobs.job("mine").links.hosts, jobs.job("mine").links.pause) == ((), 2)
    assert read_jobs(None).job("links").links == LinkRules()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[links]\nhosts = ['https://example.org']", "links.hosts"),
        ("[links]\npredicates = ['not an IRI']", "links.predicates"),
        ("[links]\npredicates = []", "links.predicates"),
        ("[links]\npolite = true", "links.polite"),
        ("[jobs.a]\nchecks = 'links'\nshapes = 'mine.ttl'", "jobs.a"),
        ("[jobs.a]\nchecks = 'links'\nengine = 'fast'", "jobs.a"),
    ],
)
def test_errors_in_the_rules_are_named(tmp_path, text, named):
    path = tmp_path / "jobs.toml"
    path.write_text(text)
    with pytest.raises(ProblemError) as caught:
        read_jobs(path)
    assert named in caught.value.detail
