"""What stewards do in the browser, against a running service, without scripts."""

from __future__ import annotations

import errno
import re
import shutil
from pathlib import Path

import httpx
import pytest
from forked_command import run_command
from pydantic import SecretStr

from jwpgraph.http.access_tokens import Access
from jwpgraph.problems import ProblemError
from jwpgraph.programme.alignment_decisions import list_standing_alignments
from jwpgraph.vocabulary import ID
from jwpgraph.web.steward.sessions import StewardSessions

TOKEN = "a-token-for-tests"
SOURCE = "https://example.org/document"
ACTION = {"title": "A workshop on elephants", "activities": "B14", "start": "2024-05", "sources": SOURCE}
NEW = "/steward/records/actions"


@pytest.fixture(scope="module")
def service(published: Path, tmp_path_factory: pytest.TempPathFactory, serving_at):
    folder = shutil.copytree(published, tmp_path_factory.mktemp("steward") / "data")
    with serving_at(folder) as served:
        yield served


@pytest.fixture(scope="module")
def steward(service):
    with service.client() as client:
        answer = client.post("/steward/sign-in", data={"name": "CMS Secretariat", "token": TOKEN, "next": NEW})
        assert (answer.status_code, answer.headers["location"]) == (303, NEW)
        yield client


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None
    return found[1].replace("&#34;", '"')


def send(client: httpx.Client, path: str, **fields: str) -> httpx.Response:
    page = client.get(path).text
    return client.post(path, data={"form_key": hidden(page, "form_key"), "seen": hidden(page, "seen"), **fields})


def test_sign_in_requires_a_token(client) -> None:
    for path in ("/steward", "/steward/sign-in", NEW, "/steward/relation", "/steward/results/x"):
        assert client.get(path).status_code == 403, path
    assert "/steward" not in client.get("/").text


def test_forms_need_the_scope_that_the_api_needs(service, steward) -> None:
    """A token that writes records acknowledged results and ran jobs by the forms, which the API refused it."""
    results = steward.get("/validation/results").text
    (path, *_) = re.findall(r'href="(/steward/results/[^"]+)"', results)
    made = run_command("token", "create", "records", "--scope", "update", JWPGRAPH_DATA_DIR=str(service.data_dir))
    with service.client() as client:
        signed_in = {"name": "Records", "token": made.stdout.strip(), "next": NEW}
        assert client.post("/steward/sign-in", data=signed_in).status_code == 303
        page = client.get("/steward").text
        key = hidden(page, "form_key")
        assert "/steward/jobs/" not in page
        assert "/steward/results/" not in client.get("/validation/results").text
        for refused in ("/steward/jobs/shapes", path):
            answer = client.post(refused, data={"form_key": key, "reason": "known"})
            assert (answer.status_code, "token-scope" in answer.text) == (403, True), refused
        assert client.post(NEW, data={"form_key": key, "title": ""}).status_code == 422
    assert path in steward.get("/validation/results").text


@pytest.mark.parametrize("following", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_sign_in_leads_to_pages_of_this_service_only(service, following: str) -> None:
    with service.client() as client:
        answer = client.post("/steward/sign-in", data={"name": "A", "token": TOKEN, "next": following})
        assert answer.headers["location"] == "/steward"


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(service) -> None:
    with service.client() as client:
        assert client.get("/steward").headers["location"] == "/steward/sign-in?next=%2Fsteward"
        wrong = client.post("/steward/sign-in", data={"name": "A", "token": "wrong"})
        assert (wrong.status_code, "set-cookie" in wrong.headers) == (401, False)
        cookie = client.post("/steward/sign-in", data={"name": "A", "token": TOKEN}).headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert client.post("/api/v1/actions", json={}).status_code == 401, "the API wants the token"
        value = client.cookies["jwpgraph-steward"]
        assert client.get("/steward").headers["cache-control"] == "no-store"
        assert client.get("/worklist").headers["cache-control"] == "private, no-cache"
        key = hidden(client.get("/steward").text, "form_key")
        assert client.post("/steward/sign-out", data={"form_key": key}).status_code == 303
        again = client.get("/steward", headers={"Cookie": f"jwpgraph-steward={value}"})
        assert again.status_code == 303, "who has signed out is out"


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}],
)
def test_forms_of_other_sites_are_refused(steward: httpx.Client, headers: dict[str, str]) -> None:
    answer = steward.post(NEW, data={**ACTION, "form_key": hidden(steward.get(NEW).text, "form_key")}, headers=headers)
    assert answer.status_code == 403
    assert answer.json()["type"].endswith("/cross-site")


def test_a_form_without_its_key_is_refused(steward: httpx.Client) -> None:
    assert steward.post(NEW, data=ACTION).status_code == 403
    assert steward.post(NEW, data={**ACTION, "form_key": "0" * 32}).status_code == 403


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("country", "XX"),
        ("end", "2024-04"),
        ("activities", "Z9"),
        ("activities", ""),
        ("description", "Write to a.b@example.org"),
        ("sources", ""),
        ("status", "whatever"),
    ],
)
def test_a_wrong_field_is_named_and_what_was_written_stays(steward: httpx.Client, field: str, value: str) -> None:
    answer = send(steward, NEW, **{**ACTION, field: value})
    named = "evidence" if field == "sources" else field
    assert answer.status_code == 422
    assert f'<a href="#{named}">' in answer.text
    assert "A workshop on elephants" in answer.text


def test_two_stewards_who_edit_one_record_lose_nothing(steward: httpx.Client, service) -> None:
    created = send(steward, NEW, **ACTION, key="workshop", message="After the workshop")
    assert (created.status_code, created.headers["location"]) == (303, "/doc/action/workshop")
    release = steward.get(f"/api/v1/releases/{created.headers['x-release']}").json()
    assert (release["author"], release["message"]) == ("CMS Secretariat", "After the workshop")
    assert "A workshop on elephants" in steward.get("/doc/activity/jwp-2015-2020/B14").text
    page = steward.get(f"{NEW}/workshop").text
    fields = {**ACTION, "form_key": hidden(page, "form_key"), "seen": hidden(page, "seen")}
    assert steward.post(f"{NEW}/workshop", data={**fields, "place": "Nairobi"}).status_code == 303
    late = steward.post(f"{NEW}/workshop", data={**fields, "place": "Bonn"})
    assert late.status_code == 412
    assert "Somebody else has changed this" in late.text
    assert "<q>Nairobi</q>" in late.text
    assert 'value="Bonn"' in late.text
    unseen = steward.post(f"{NEW}/workshop", data={**fields, "seen": "", "place": "Bonn"})
    assert (unseen.status_code, "<q>Nairobi</q>" in unseen.text) == (428, True)
    assert steward.post(f"{NEW}/workshop/remove", data={**fields, "seen": ""}).status_code == 428
    fields["seen"] = hidden(late.text, "seen")
    assert steward.post(f"{NEW}/workshop", data={**fields, "place": "Bonn"}).status_code == 303
    with service.client(token=TOKEN) as admin:
        entry = admin.get("/api/v1/audit?limit=1").json()["items"][0]
    assert (entry["who"], entry["token"], entry["path"]) == ("CMS Secretariat", "session", f"{NEW}/workshop")


@pytest.mark.parametrize(("field", "value"), [("comment", ""), ("sources", ""), ("by", "nobody"), ("relation", "")])
def test_a_decision_needs_its_grounds(steward: httpx.Client, field: str, value: str) -> None:
    decision = {"relation": "overlaps", "comment": "A test.", "by": "cms-secretariat", "sources": SOURCE}
    path = "/steward/relation?subject=cms/falco-cherrug&object=cites/falco-cherrug"
    page = steward.get(path).text
    form = {name: hidden(page, name) for name in ("form_key", "seen", "subject", "object")}
    answer = steward.post("/steward/relation", data={**form, **decision, field: value})
    assert answer.status_code == 422
    assert f'<a href="#{"evidence" if field == "sources" else field}">' in answer.text
    outdated = steward.post("/steward/relation", data={**form, **decision, "seen": "alignment/another"})
    assert outdated.status_code == 412


def test_the_alignment_that_holds_is_found_from_both_ends(shipped_store) -> None:
    ends = (f"{ID}taxon/cms/bos-grunniens", f"{ID}taxon/cites/bos-mutus")
    for one, other in (ends, ends[::-1]):
        (found,) = list_standing_alignments(shipped_store, one, other)
        assert (found.iri, found.relation) == (f"{ID}alignment/bos-grunniens--bos-mutus", "includes")


def test_a_result_is_acknowledged_until_a_day(steward: httpx.Client) -> None:
    links = re.findall(r'href="(/steward/results/[^"]+)"', steward.get("/validation/results").text)
    page = steward.get(links[0]).text
    assert re.search(r'<a href="/doc/[^"]+"[^>]*>[^<:/]+, CITES Appendix III', page)  # its name, not its IRI
    form = {"form_key": hidden(page, "form_key"), "who": "CITES Secretariat"}
    assert steward.post(links[0], data={**form, "reason": ""}).status_code == 422
    assert steward.post(links[0], data={**form, "reason": "known", "expires": "2001-01-01"}).status_code == 422
    assert steward.post(links[0], data={**form, "reason": "known", "expires": "2999-01-01"}).status_code == 303
    assert "CITES Secretariat: known" in steward.get("/validation/results?state=acknowledged").text
    assert steward.post(links[0], data={**form, "withdraw": "1"}).status_code == 303
    assert "CITES Secretariat: known" not in steward.get("/validation/results?state=acknowledged").text


def test_filters_of_results_are_in_the_language_of_the_page(steward: httpx.Client) -> None:
    path = "/validation/results?state=acknowledged&severity=info"
    page = steward.get(path, headers={"Accept-Language": "fr"}).text
    chips = re.findall('<span class="chip">([^<]*)</span>', page)
    assert [chip.replace("\u00a0", " ") for chip in chips[:2]] == ["État : pris en compte", "Gravité : remarque"]


def test_a_job_is_run_by_its_button(tmp_path: Path, published: Path, serving_at) -> None:
    folder = shutil.copytree(published, tmp_path / "data")
    jobs = tmp_path / "jobs.toml"
    jobs.write_text("[jobs.everything]\n", "utf-8")
    with serving_at(folder, JWPGRAPH_JOBS_FILE=str(jobs)) as served, served.client() as client:
        stranger = client.post("/steward/jobs/everything", data={"form_key": "none"})
        assert stranger.headers["location"].startswith("/steward/sign-in")
        client.post("/steward/sign-in", data={"name": "CMS Secretariat", "token": TOKEN})
        page = client.get("/steward").text
        assert 'formaction="/steward/jobs/everything"' in page
        form = {"form_key": hidden(page, "form_key")}
        assert client.post("/steward/jobs/everything", data={"form_key": "wrong"}).status_code == 403
        assert client.post("/steward/jobs/nonesuch", data=form).status_code == 404
        started = client.post("/steward/jobs/everything", data=form)
        assert started.status_code == 303
        assert "everything" in client.get(started.headers["location"]).text
        again = client.post("/steward/jobs/everything", data=form)
        assert again.status_code in (303, 409)


def test_the_evidence_for_a_relation_is_in_the_language_of_the_page(steward: httpx.Client) -> None:
    path = "/steward/relation?subject=cms/glaucostegus-cemiculus&object=cites/glaucostegus-cemiculus"
    page = steward.get(path, headers={"Accept-Language": "es"}).text
    assert "mismo nombre" in page
    assert "same name" not in page


def test_signing_in_on_a_full_disk_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    token = "a-token-of-some-length"
    sessions = StewardSessions(tmp_path, Access(SecretStr(token)))
    assert sessions.sign_in(token, "A steward") is not None
    monkeypatch.setattr("os.open", fail)
    with pytest.raises(ProblemError) as caught:
        sessions.sign_in(token, "A steward")
    assert (caught.value.slug, caught.value.status) == ("no-space", 507)
