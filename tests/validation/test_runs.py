"""Tests of runs: input, engines, limits and schedule."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import orjson
import pytest
from pyoxigraph import QueryResultsFormat, QuerySolutions, RdfFormat, Store

from jwpgraph.problems import ProblemError
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.gate import ShapesGraph
from jwpgraph.validation import runner
from jwpgraph.validation.history import FILE, ValidationHistory, format_time, get_current_time
from jwpgraph.validation.inputs import read_endpoint
from jwpgraph.validation.job_file import ValidationJob, read_jobs
from jwpgraph.validation.report import ValidationReport, ValidationResult
from jwpgraph.validation.report_formats import FORMATS
from jwpgraph.validation.result_queries import get_latest_run, get_run, list_runs
from jwpgraph.validation.runs import ENGINES_DISAGREE, RunRequest, check_store, compare_reports, perform_run
from jwpgraph.validation.service import ValidationService

SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
<urn:Shape> a sh:NodeShape ; sh:targetClass <urn:Thing> ; sh:property <urn:Shape-p> .
<urn:Shape-p> a sh:PropertyShape ; sh:path <urn:p> ; sh:minCount 1 ; sh:message "Say p."@en .
"""
DATA = "<urn:a> a <urn:Thing> . <urn:b> a <urn:Thing> ; <urn:p> 1 ."


class Endpoint(BaseHTTPRequestHandler):
    """SPARQL endpoint that truncates results to ``server.most`` triples."""

    def do_POST(self):
        query = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())["query"][0]
        results = self.server.store.query(query)
        if isinstance(results, QuerySolutions):
            kind, body = "application/sparql-results+json", results.serialize(format=QueryResultsFormat.JSON)
        else:
            body = b"".join(results.serialize(format=RdfFormat.N_TRIPLES).splitlines(keepends=True)[: self.server.most])
            kind = "application/n-triples"
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def endpoint():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    server.store, server.most = Store(), None
    server.store.load(DATA.encode(), format=RdfFormat.TURTLE)
    server.store.load(b"<urn:g> { <urn:c> a <urn:Thing> }", format=RdfFormat.TRIG)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.url = f"http://127.0.0.1:{server.server_address[1]}/"
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def shapes(tmp_path):
    path = tmp_path / "shapes.ttl"
    path.write_text(SHAPES)
    return path


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "data.ttl"
    path.write_text(DATA)
    return path


def focus_nodes(findings) -> set[str]:
    return {result.focus for result in findings.results}


def test_files_and_endpoints_are_validated_alike(tmp_path, shapes, data, endpoint):
    of_file = perform_run(RunRequest(ValidationJob(files=(data,), shapes=shapes), tmp_path))
    of_web = perform_run(RunRequest(ValidationJob(endpoint=endpoint.url, shapes=shapes), tmp_path))
    of_graph = perform_run(RunRequest(ValidationJob(endpoint=endpoint.url, graphs=("urn:g",), shapes=shapes), tmp_path))
    assert focus_nodes(of_file) == focus_nodes(of_web) == {"<urn:a>"}
    assert focus_nodes(of_graph) == {"<urn:c>"}
    assert (of_file.conforms, of_file.engine) == (False, "shacl")


@pytest.mark.parametrize("page", [1, 2, 100])
def test_an_endpoint_is_read_page_by_page(endpoint, page):
    assert len({quad.triple for quad in read_endpoint(endpoint.url, page=page).store}) == 3


def test_an_endpoint_with_shorter_pages_is_read_completely(endpoint):
    endpoint.most = 1
    assert len({quad.triple for quad in read_endpoint(endpoint.url).store}) == 3


def test_a_truncating_endpoint_is_a_problem(endpoint):
    endpoint.most = 0
    with pytest.raises(ProblemError) as caught:
        read_endpoint(endpoint.url)
    assert caught.value.slug == "endpoint-incomplete"


def test_an_endpoint_that_is_not_there_is_a_problem(endpoint):
    for url, slug in (("http://127.0.0.1:1/", "endpoint-unreachable"), (endpoint.url, "endpoint-failed")):
        if slug == "endpoint-failed":
            endpoint.RequestHandlerClass = BaseHTTPRequestHandler
        with pytest.raises(ProblemError) as caught:
            read_endpoint(url)
        assert caught.value.slug == slug


@pytest.mark.parametrize("graph", ["urn:misspelt", None])
def test_an_endpoint_without_anything_does_not_conform_but_fails(endpoint, graph):
    if graph is None:
        endpoint.store.clear()
    with pytest.raises(ProblemError) as caught:
        read_endpoint(endpoint.url, [graph] if graph else ())
    assert caught.value.slug == "endpoint-empty"


def test_a_graph_whose_name_is_no_iri_is_a_problem(endpoint):
    with pytest.raises(ProblemError) as caught:
        read_endpoint(endpoint.url, ["not an IRI"])
    assert caught.value.slug == "bad-graph-name"


def test_a_folder_with_the_suffix_of_a_shapes_file_is_not_read_as_one(tmp_path, shapes):
    (tmp_path / "shapes.d" / "x.ttl").mkdir(parents=True)
    with pytest.raises(ProblemError) as caught:
        ShapesGraph.read(tmp_path / "shapes.d")
    assert caught.value.slug == "bad-shapes"
    shapes.rename(tmp_path / "shapes.d" / "y.ttl")
    assert "urn:Shape" in ShapesGraph.read(tmp_path / "shapes.d").text


def test_an_unreadable_shapes_file_is_a_problem(tmp_path, data):
    """Uses a link to a path that the operating system does not allow anyone to read."""
    (tmp_path / "shapes.d").mkdir()
    (tmp_path / "shapes.d" / "x.ttl").symlink_to("/proc/self/mem")
    (tmp_path / "jobs.toml").write_text('[jobs.a]\nfiles = ["data.ttl"]\nshapes = "shapes.d"\n')
    jobs = read_jobs(tmp_path / "jobs.toml")

    async def run() -> int:
        service = ValidationService(ReleaseDirectory(tmp_path), jobs)
        await service.prepare()
        try:
            return await service.run("a")
        finally:
            await service.stop()

    number = asyncio.run(run())
    with ValidationHistory(tmp_path).connect() as db:
        found = get_run(db, number)
    assert found.outcome == "failed"
    assert "The shapes cannot be read" in found.problem
    assert "memory" not in found.problem


def report(engine: str, *names: str) -> ValidationReport:
    results = (ValidationResult(f"<urn:{name}>", "<urn:s>", "<urn:c>", "violation", "<urn:p>") for name in names)
    return ValidationReport(tuple(results), "", engine, "1", 0.1)


def test_a_result_of_only_one_engine_is_reported():
    found = compare_reports(report("one", "a", "b"), report("other", "b", "c"))
    assert {result.focus for result in found.results if result.component != ENGINES_DISAGREE} == {
        "<urn:a>",
        "<urn:b>",
        "<urn:c>",
    }
    apart = {result.focus: result.message() for result in found.results if result.component == ENGINES_DISAGREE}
    assert apart.keys() == {"<urn:a>", "<urn:c>"}
    assert "one 1 reports" in apart["<urn:a>"]
    assert "other 1 reports" in apart["<urn:c>"]
    assert compare_reports(report("one", "a"), report("other", "a")).conforms() is False
    assert compare_reports(report("one"), report("other")).conforms()


def test_an_idle_shape_fails_where_it_is_to_fail(shapes):
    empty = Store()
    for idle, conforms in (("ignore", True), ("info", True), ("violation", False)):
        assert check_store(empty, ShapesGraph.read(shapes), ValidationJob(idle=idle)).conforms() is conforms


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_contains_the_result(shapes, form):
    store = Store()
    store.load(DATA.encode(), format=RdfFormat.TURTLE)
    store.load(b'<urn:<&"> a <urn:Thing> .'.replace(b'<&"', b"x&y"), format=RdfFormat.TURTLE)
    text = FORMATS[form](check_store(store, ShapesGraph.read(shapes), ValidationJob(idle="warning")), "violation")
    assert "Say p." in text
    assert "urn:a" in text
    if form in {"json", "sarif"}:
        orjson.loads(text)
    if form == "turtle":
        Store().load(text.encode(), format=RdfFormat.TURTLE)
    if form == "html":
        assert "x&amp;y" in text


def test_a_turtle_report_holds_idle_shapes_too(shapes):
    text = FORMATS["turtle"](check_store(Store(), ShapesGraph.read(shapes), ValidationJob()), "violation")
    assert "TargetsNothing" in text
    assert "sh:conforms false" in text


def service(tmp_path, toml: str) -> ValidationService:
    file = tmp_path / "jobs.toml"
    file.write_text(toml)
    return ValidationService(ReleaseDirectory(tmp_path / "var"), read_jobs(file))


def run_in(validation: ValidationService, job: str):
    async def run():
        await validation.prepare()
        try:
            return await validation.run(job)
        finally:
            await validation.stop()

    number = asyncio.run(run())
    with validation.history.connect() as db:
        return get_run(db, number)


def test_a_run_that_takes_too_long_is_stopped(tmp_path, shapes, data):
    toml = '[jobs.slow]\nfiles = ["data.ttl"]\nshapes = "shapes.ttl"\ndeadline = 0.01\n'
    run = run_in(service(tmp_path, toml), "slow")
    assert run.outcome == "failed"
    assert "deadline" in run.problem


def test_a_run_that_needs_too_much_memory_takes_nothing_else_with_it(tmp_path, shapes):
    with (tmp_path / "data.nt").open("w") as file:
        file.writelines(f'<urn:{i}> <urn:p> "{"x" * 2000}{i}" .\n' for i in range(60_000))
    toml = '[jobs.big]\nfiles = ["data.nt"]\nshapes = "shapes.ttl"\nmemory_mb = 512\n'
    run = run_in(service(tmp_path, toml), "big")
    assert run.outcome == "failed"
    assert "memory" in run.problem


def test_an_end_that_cannot_be_recorded_is_recorded_later(tmp_path, shapes, data, monkeypatch, caplog):
    monkeypatch.setattr(runner, "_RETRY_SECONDS", 0.05)
    validation = service(tmp_path, '[jobs.a]\nfiles = ["data.ttl"]\nshapes = "shapes.ttl"\n')
    history, kept = tmp_path / "var" / FILE, tmp_path / "kept"

    async def until(holds) -> None:
        async with asyncio.timeout(60):
            while True:
                if holds():
                    return
                await asyncio.sleep(0.01)

    async def run():
        await validation.prepare()
        try:
            first = asyncio.create_task(validation.run("a"))
            await until(lambda: history.is_file() and bool(validation.history.list_running()))
            history.rename(kept)
            history.mkdir()
            await until(lambda: "not recorded yet" in caplog.text)
            history.rmdir()
            kept.rename(history)
            return await first, await validation.run("a")
        finally:
            await validation.stop()

    numbers = asyncio.run(run())
    with validation.history.connect() as db:
        assert [get_run(db, number).outcome for number in numbers] == ["failed", "finished"]


def test_a_job_that_missed_its_time_runs_once_when_something_runs_again(tmp_path, shapes, data):
    common = 'files = ["data.ttl"]\nshapes = "shapes.ttl"\nschedule = "0 0 1 1 *"\n'
    toml = f'[jobs.late]\n{common}[jobs.skipping]\nmissed = "skip"\n{common}'
    history = ValidationHistory(tmp_path / "var")
    for job in ("late", "skipping"):
        history.fail(history.begin(job, "x", "nobody"), "failed", "why")
    with history.transaction() as db:
        db.execute("UPDATE run SET started = ?", (format_time(get_current_time() - timedelta(days=800)),))

    async def run():
        validation = service(tmp_path, toml)
        await validation.start()
        try:
            async with asyncio.timeout(60):
                while True:
                    with history.connect() as db:
                        if (one := get_latest_run(db, "late")) is not None:
                            return one
                    await asyncio.sleep(0.05)
        finally:
            await validation.stop()

    assert asyncio.run(run()).violations == 1
    with history.connect() as db:
        assert len(list_runs(db, "late")) == 2
        assert len(list_runs(db, "skipping")) == 1


def test_a_run_keeps_a_limit_of_the_service_that_is_lower_than_its_own(tmp_path):
    """A process cannot exceed the hard limit that it was started with (setrlimit(2))."""
    job = ValidationJob(memory_mb=8192).model_dump(mode="json")
    request = {"job": job, "data_dir": str(tmp_path), "release": 1, "shapes_dir": None}
    command = f"ulimit -v {4 << 20}; exec {sys.executable} -m jwpgraph.validation.run_process"  # in KiB
    with subprocess.Popen(["/bin/sh", "-c", command], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdin.write(orjson.dumps(request) + b"\n")
        process.stdin.flush()
        answer = process.stdout.read()
    assert orjson.loads(answer)["problem"]["slug"] == "no-such-release"
