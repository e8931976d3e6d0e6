"""Records over HTTP and from tables, against a running service."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import httpx
import pytest
from forked_command import run_command

from jwpgraph.operations.builder_factory import make_builder
from jwpgraph.problems import ProblemError
from jwpgraph.programme.record_models import ActionRecord
from jwpgraph.programme.record_writer import name_field
from jwpgraph.releases.changes import SparqlUpdate
from jwpgraph.settings import Settings

TOKEN = "a-token-for-tests"
SOURCE = "https://example.org/document"
#: Whatever the state of the record is (RFC 9110, section 13.1.1).
ANY = {"If-Match": "*"}
PERIOD = {"format": "csv", "from": "2024", "to": "2026"}
ACTION = {
    "title": "A workshop on sharks",
    "activities": ["B17"],
    "start": "2024-05",
    "end": "2024-06",
    "source": SOURCE,
}


@pytest.fixture(scope="module")
def folder(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shutil.copytree(published, tmp_path_factory.mktemp("records") / "data")


@pytest.fixture(scope="module")
def steward(folder: Path, serving_at):
    with serving_at(folder) as served, served.client(token=TOKEN) as client:
        yield client


def get_slug(answer: httpx.Response) -> str:
    return str(answer.json()["type"]).rpartition("/")[2]


def test_who_has_no_token_writes_nothing(steward: httpx.Client) -> None:
    answer = httpx.post(f"{steward.base_url}/api/v1/actions", json=ACTION)
    assert answer.status_code == 401


def test_an_action_is_a_release_with_its_author(steward: httpx.Client) -> None:
    created = steward.post("/api/v1/actions?author=CMS+Secretariat&message=After+the+workshop", json=ACTION)
    assert created.status_code == 201
    assert created.headers["location"].endswith("/api/v1/actions/a-workshop-on-sharks")
    release = steward.get(f"/api/v1/releases/{created.headers['x-release']}").json()
    assert (release["author"], release["message"]) == ("CMS Secretariat", "After the workshop")
    read = steward.get(created.headers["location"]).json()
    assert read["start_date"] == "2024-05"
    assert [one["notation"] for one in read["had_plan"]] == ["B17"]
    assert "A workshop on sharks" in steward.get("/doc/activity/jwp-2015-2020/B17").text
    assert "A workshop on sharks" in steward.get("/programme").text


@pytest.mark.parametrize(
    ("kind", "field", "change"),
    [
        ("actions", "country", {"country": "XX"}),
        ("actions", "end", {"end": "2024-04"}),
        ("actions", "activities", {"activities": ["Z9"]}),
        ("actions", "activities", {"activities": []}),
        ("actions", "description", {"description": "Write to a.b@example.org"}),
        ("actions", "participants", {"participants": ["Jane Doe"]}),
        ("actions", "start", {"start": "2024-02-30"}),
        ("actions", "sources", {"source": "no-such-source"}),
        ("actions", "evidence", {"source": []}),
        ("actions", "nonsense", {"nonsense": 1}),
        ("actions", "status", {"status": "whatever"}),
        ("actions", "source", {"source": "http://"}),
        ("actions", "currency", {"amount": 5}),
        ("actions", "currency", {"currency": "EUR"}),
        ("actions", "currency", {"amount": 5, "currency": "ZZZ"}),
        ("actions", "source", {"source": "https://example.org/mail?to=a@example.org"}),
    ],
)
def test_a_wrong_field_is_named(steward: httpx.Client, kind: str, field: str, change: dict[str, object]) -> None:
    answer = steward.post(f"/api/v1/{kind}", json=ACTION | {"title": "Another one"} | change)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["field"] == field
    assert field in answer.json()["detail"]


def test_countries_are_named_by_any_code_of_iso_3166(steward: httpx.Client) -> None:
    body = ACTION | {"country": ["KEN", "834", "ug"]}
    assert steward.put("/api/v1/actions/three-countries", json=body).status_code == 201
    found = steward.get("/api/v1/actions/three-countries").json()
    assert sorted(one["notation"] for one in found["host_countries"]) == ["KE", "TZ", "UG"]


@pytest.mark.parametrize("key", ["a/b/c", "A-B", "a--b", "a."])
def test_new_keys_have_the_form_that_tables_take(steward: httpx.Client, key: str) -> None:
    answer = steward.put(f"/api/v1/actions/{key}", json=ACTION)
    assert (answer.status_code, answer.json()["field"]) == (422, "key")


def test_a_title_stands_on_one_line(steward: httpx.Client) -> None:
    assert steward.put("/api/v1/actions/two-lines", json=ACTION | {"title": "One \r\n two"}).status_code == 201
    assert steward.get("/api/v1/actions/two-lines").json()["label"] == "One two"


def test_every_wrong_field_is_named(steward: httpx.Client) -> None:
    faults = {"start": "2026-02-30", "status": "whatever", "nonsense": 1}
    answer = steward.post("/api/v1/actions", json=ACTION | faults).json()
    assert {one["field"] for one in answer["errors"]} == set(faults)
    unknown = {"activities": ["B17", "Z8", "Z9"], "country": "XX", "sources": "no-such-source"}
    answer = steward.post("/api/v1/actions", json={"title": "Unknown"} | unknown).json()
    assert [one["field"] for one in answer["errors"]].count("activities") == 2
    assert {one["field"] for one in answer["errors"]} == set(unknown)
    (first,) = {one["field"] for one in answer["errors"][:1]}
    assert answer["field"] == first


def test_invalid_fields_and_unknown_names_are_named_together(steward: httpx.Client) -> None:
    faults = {"start": "2026-02-30", "activities": ["Z9", "B17"], "country": "XX", "participants": "nobody"}
    answer = steward.post("/api/v1/actions", json=ACTION | faults).json()
    assert [one["field"] for one in answer["errors"]] == ["start", "activities", "country", "participants"]
    assert (answer["field"], answer["value"]) == ("start", "2026-02-30")
    proposal = {"title": "Sharks", "treaty": "", "meeting": "nothing", "taxa": ["Nothing"], "appendices": ["IX"]}
    answer = steward.post("/api/v1/proposals", json=proposal | {"source": SOURCE}).json()
    assert {one["field"] for one in answer["errors"]} == {"treaty", "meeting"}, "without a treaty no taxon is unknown"


def test_what_if_names_the_faults_of_every_proposal(steward: httpx.Client) -> None:
    sound = {"title": "A", "treaty": "cites", "meeting": "cites-cop20", "taxa": ["Rhincodon typus"], "source": SOURCE}
    given = [sound, sound | {"taxa": ["Nothing"], "outcome": "maybe"}, sound | {"key": "three", "appendices": ["IX"]}]
    answer = steward.post("/api/v1/what-if", json={"proposals": given})
    assert answer.status_code == 422
    named = [(one["proposal"], one["field"]) for one in answer.json()["errors"]]
    assert named == [("2", "outcome"), ("2", "taxa"), ("three", "appendices")]
    assert answer.json()["detail"].startswith("proposal 2: outcome: ")


def test_what_if_tells_proposals_apart(steward: httpx.Client) -> None:
    one = {"title": "A", "treaty": "cites", "meeting": "cites-cop20", "taxa": ["Rhincodon typus"], "source": SOURCE}
    given = [one | {"key": "first"}, one, one | {"key": "first"}, one | {"key": "02"}]
    answer = steward.post("/api/v1/what-if", json={"proposals": given}).json()
    assert [(fault["proposal"], fault["field"]) for fault in answer["errors"]] == [("first", "key")]


def test_two_who_edit_the_same_thing_lose_nothing(steward: httpx.Client) -> None:
    path = "/api/v1/actions/two-editors"
    assert steward.put(path, json=ACTION).status_code == 201
    seen = steward.get(path).headers["etag"]
    assert steward.put("/api/v1/actions/something-else", json=ACTION).status_code == 201
    first = steward.put(path, json=ACTION | {"status": "completed"}, headers={"If-Match": seen})
    assert first.status_code == 204, "another record does not count"
    second = steward.put(path, json=ACTION | {"status": "planned"}, headers={"If-Match": seen})
    assert second.status_code == 412
    assert steward.delete(path, headers={"If-Match": seen}).status_code == 412
    assert steward.get(path).json()["action_status"]["label"] == "Completed"
    for unconditional in (steward.delete(path), steward.put(path, json=ACTION | {"status": "planned"})):
        # RFC 6585, section 3: who has not said what they have read would undo the change of another.
        assert (unconditional.status_code, get_slug(unconditional)) == (428, "precondition-required")
    assert steward.get(path).json()["action_status"]["label"] == "Completed"
    now = {"If-Match": steward.get(path).headers["etag"]}
    assert steward.delete(path, headers=now).status_code == 204
    assert steward.get(path).status_code in {404, 410}
    assert steward.delete(path).status_code == 404
    assert steward.put(path, json=ACTION, headers=now).status_code == 412, "there is no record to replace"


@pytest.mark.parametrize("kind", ["actions", "meetings", "proposals", "comments", "progress"])
def test_every_kind_describes_its_conditions(steward: httpx.Client, kind: str) -> None:
    path = steward.get("/api/openapi.json").json()["paths"][f"/api/v1/{kind}/{{name}}"]
    for method, headers in (("put", {"If-Match", "If-None-Match"}), ("delete", {"If-Match"})):
        assert {"412", "428"} <= set(path[method]["responses"])
        assert headers <= {one["name"] for one in path[method]["parameters"] if one["in"] == "header"}


def test_a_key_is_taken_once(steward: httpx.Client) -> None:
    body = ACTION | {"key": "taken"}
    assert steward.post("/api/v1/actions", json=body).status_code == 201
    assert steward.post("/api/v1/actions", json=body).status_code == 409
    assert steward.put("/api/v1/actions/taken", json=body, headers={"If-None-Match": "*"}).status_code == 412
    etag = steward.get("/api/v1/actions/taken").headers["etag"]
    for condition in (etag, f"W/{etag}"):
        # RFC 9110, section 13.1.2: 412, by weak comparison.
        refused = steward.put("/api/v1/actions/taken", json=body, headers={"If-None-Match": condition})
        assert (refused.status_code, get_slug(refused)) == (412, "record-exists")


def test_a_repeated_request_with_a_key_is_not_executed_again(steward: httpx.Client) -> None:
    body, key = ACTION | {"title": "Sent twice"}, {"Idempotency-Key": '"7d1f0f4e"'}
    first, again = (steward.post("/api/v1/actions", json=body, headers=key) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert [one.headers.get("idempotency-replayed") for one in (first, again)] == [None, "true"]
    for name in ("location", "x-release", "etag"):
        assert first.headers[name] == again.headers[name]
    assert steward.get("/api/v1/actions/sent-twice-2").status_code == 404
    other = steward.post("/api/v1/actions", json=ACTION | {"title": "Another"}, headers=key)
    assert (other.status_code, other.json()["type"].rpartition("/")[2]) == (422, "idempotency-key-reused")
    path = "/api/v1/actions/sent-twice"
    removed = [steward.delete(path, headers=ANY | {"Idempotency-Key": "gone"}).status_code for _ in range(2)]
    assert removed == [204, 204]
    refused = [steward.post("/api/v1/actions", json={}, headers={"Idempotency-Key": "bad"}) for _ in range(2)]
    assert refused[0].status_code == 422
    assert refused[0].json() == refused[1].json()


def test_a_proposal_with_a_comment_cannot_vanish(steward: httpx.Client) -> None:
    proposal = {
        "key": "lion",
        "title": "Lion to Appendix I",
        "treaty": "cms",
        "meeting": "cms-cop15",
        "taxa": ["Panthera leo"],
        "change": "addition",
        "appendices": ["I"],
        "source": SOURCE,
    }
    assert steward.post("/api/v1/proposals", json=proposal).status_code == 201
    comment = {"key": "on-lion", "proposal": "lion", "by": "cites-secretariat", "due": "2026-01-01", "source": SOURCE}
    assert steward.post("/api/v1/comments", json=comment).status_code == 201
    label = steward.get("/api/v1/comments/on-lion").json()["label"]
    assert label == "Comment by CITES Secretariat on Lion to Appendix I"
    refused = steward.delete("/api/v1/proposals/lion", headers=ANY)
    assert refused.status_code == 422
    assert "Comment-commentOn" in refused.text
    assert "comment/on-lion refers to it" in refused.json()["detail"]
    assert steward.post("/api/v1/comments", json=comment | {"key": "later", "given": "2999-01-01"}).status_code == 422
    for fault in (
        {"taxa": ["Panthera nothing"]},
        {"appendices": ["III"]},
        {"meeting": "no-meeting"},
        {"meeting": "cites-cop20"},
    ):
        answer = steward.put("/api/v1/proposals/lion", json=proposal | fault, headers=ANY)
        assert (answer.status_code, answer.json()["field"]) == (422, next(iter(fault)))


def test_a_judgement_is_kept_when_another_one_takes_its_place(steward: httpx.Client) -> None:
    path = "/api/v1/progress/b17-now"
    body = {"activity": "B17", "value": "under-way", "date": "2025-01-01", "source": SOURCE}
    assert steward.put(path, json=body).status_code == 201
    assert steward.put(path, json=body | {"value": "completed"}, headers=ANY).status_code == 204
    before = steward.get(f"{path}/version/1").json()
    assert before["progress_value"]["label"] == "Under way"
    assert before["invalidated_at"]
    assert steward.delete(path, headers=ANY).status_code == 204
    assert steward.get(f"{path}/version/2").json()["progress_value"]["label"] == "Completed"


def test_what_a_judgement_rests_on_stays(steward: httpx.Client) -> None:
    action = {"key": "evidence", "title": "A survey", "activities": ["B18"], "source": SOURCE}
    release = steward.post("/api/v1/actions", json=action).headers["x-release"]
    judgement = {"key": "b18", "activity": "B18", "value": "completed", "date": "2025-01-01", "based_on": ["evidence"]}
    assert steward.post("/api/v1/progress", json=judgement | {"source": SOURCE}).status_code == 201
    refused = steward.delete("/api/v1/actions/evidence", headers=ANY)
    assert (refused.status_code, "progress/b18 refers to it" in refused.json()["detail"]) == (422, True)
    reports = [steward.get("/programme/report", params=one | PERIOD).text for one in ({"release": release}, {})]
    assert ["judgement,b18," in text for text in reports] == [False, True]


def test_what_a_record_does_not_say_is_kept(steward: httpx.Client) -> None:
    path = "/api/v1/meetings/cites-cop20"
    body = {
        "title": "Twentieth meeting of the Conference of the Parties to CITES",
        "conventions": ["cites"],
        "start": "2025-11-24",
        "end": "2025-12-05",
        "short_title": "CITES CoP20",
        "kind": "conference-of-the-parties",
        "place": "Samarkand",
        "country": "UZ",
        "sources": ["gov-uz-cop20"],
    }
    read = steward.get(path)
    before = read.json()
    assert steward.put(path, json=body, headers={"If-Match": read.headers["etag"]}).status_code == 204
    after = steward.get(path).json()
    assert after["comment"] == before["comment"]
    assert [one["notation"] for one in after["host_countries"]] == ["UZ"]


def test_what_if_publishes_nothing(steward: httpx.Client) -> None:
    release = steward.get("/api/v1/actions").headers["x-release"]
    proposal = {
        "title": "Whale shark",
        "treaty": "cites",
        "meeting": "cites-cop20",
        "taxa": ["Rhincodon typus"],
        "change": "amendment",
        "appendices": ["I", "II"],
        "source": SOURCE,
    }
    answer = steward.post("/api/v1/what-if", json={"proposals": [proposal], "on": "2025-12-01"}).json()
    (found,) = answer["differences"]
    assert (found["name"], found["before"], found["after"]) == ("Rhincodon typus", ["II"], ["I"])
    assert len(found["countries"]) > 100
    (other,) = found["counterparts"]
    assert other["appendices"] == ["I", "II"]
    assert steward.get("/api/v1/actions").headers["x-release"] == release
    unknown = steward.post("/api/v1/what-if", json={"proposals": [proposal | {"taxa": ["Rhincodon nothing"]}]})
    assert (unknown.status_code, unknown.json()["field"]) == (422, "taxa")


def test_a_meeting_is_not_its_own_series(steward: httpx.Client) -> None:
    body = {"key": "one-of-a-series", "title": "One of a series", "source": SOURCE}
    assert steward.post("/api/v1/meetings", json=body).status_code == 201
    refused = steward.put("/api/v1/meetings/one-of-a-series", json=body | {"series": "one-of-a-series"}, headers=ANY)
    assert (refused.status_code, refused.json()["field"]) == (422, "series")


def test_a_broken_shape_names_the_field() -> None:
    iri = "https://w3id.org/jwpgraph/id/action/one"
    example = {"focus": f"<{iri}>", "path": "<https://schema.org/endDate>", "message": "It ends too early."}
    problem = ProblemError("not-valid", "Refused", shapes=[{"severity": "violation", "examples": [example]}])
    name_field(problem, ActionRecord, iri)
    assert (problem.members["field"], problem.detail) == ("end", "end: It ends too early.")


def test_a_meeting_with_a_time_has_it_in_odata(steward: httpx.Client) -> None:
    body = {"title": "A call", "start": "2027-03-04T09:30:00+01:00", "source": SOURCE}
    assert steward.put("/api/v1/meetings/a-call", json=body).status_code == 201
    found = steward.get("/informea.svc/Meetings('a-call')?$format=json").json()["d"]
    assert found["start"] == "/Date(1804149000000)/"


def jwpgraph(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return run_command(*arguments, JWPGRAPH_DATA_DIR=str(folder))


@pytest.mark.parametrize("kind", ["actions", "meetings", "proposals", "comments", "progress"])
def test_each_kind_has_a_template_that_begins_with_the_key(kind: str, tmp_path: Path) -> None:
    printed = jwpgraph(tmp_path, "template", kind)
    assert printed.returncode == 0
    assert printed.stdout.startswith("key,")
    assert printed.stdout.count("\n") == 1
    assert jwpgraph(tmp_path, "template", "nothing").returncode == 2


def test_a_table_is_imported_row_by_row_and_once(published: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(published, tmp_path / "data")
    table = tmp_path / "actions.csv"
    table.write_text(
        "key,title,activities,start,end,country,sources,evidence\n"
        f"one,First,B17; B16,2024-05,2024-06,KE,{SOURCE},\n"
        f"two,Second,B17,2024-05,2024-06,ZZ,{SOURCE},\n"
        f"three,Third,B17,2024-05-02,2024-05-01,KE,{SOURCE},\n"
        "four,Fourth,B17,,,,,\n"
        "five,Fifth,B17,,,,,general knowledge\n"
    )
    first = jwpgraph(folder, "import", "actions", table, "--author", "somebody")
    assert first.returncode == 0
    assert "2 created" in first.stdout
    for told in ("line 3, column country", "line 4, column end", "line 5, column evidence"):
        assert told in first.stdout
    again = jwpgraph(folder, "import", "actions", table)
    assert "0 created, 0 changed, 2 unchanged" in again.stdout
    assert "no release was made" in again.stdout
    table.write_text(
        f"key,title,activities,start,country,sources,status\n,Sixth,B17,2026-02-30,KE,{SOURCE},whatever\n"
        f"seven,Seventh,B17; Z9,2026,ZZ,{SOURCE},\neight,Eighth,B17,2026,KE,{SOURCE},\n"
    )
    several = jwpgraph(folder, "import", "actions", table, "--dry-run")
    assert "3 rows read, 1 imported, 2 rejected" in several.stdout
    for line, columns in ((2, ("key", "start", "status")), (3, ("activities", "country"))):
        for column in columns:
            assert several.stdout.count(f"line {line}, column {column}:") == 1
    strict = jwpgraph(folder, "import", "actions", table, "--strict")
    assert all(f"column {column}" in strict.stderr for column in ("key", "start", "status"))
    assert strict.returncode == 1


PLACE_ADDED = """INSERT DATA { GRAPH <https://w3id.org/jwpgraph/graph/records/actions> {
<https://w3id.org/jwpgraph/id/action/one> <https://schema.org/location> "Nairobi" } }"""


def test_an_import_does_not_undo_an_edit_unasked(published: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(published, tmp_path / "data")
    table = tmp_path / "actions.csv"

    def write(start: str) -> None:
        rows = f"one,First,B17,{start},KE,,{SOURCE}\ntwo,Second,B17,{start},KE,,{SOURCE}\n"
        table.write_text(f"key,title,activities,start,country,place,sources\n{rows}")

    write("2024-05")
    assert "2 created" in jwpgraph(folder, "import", "actions", table, "--message", "First table").stdout
    write("2024-06")
    assert "2 changed" in jwpgraph(folder, "import", "actions", table).stdout, "nobody has edited them"
    builder = make_builder(Settings(data_dir=folder))
    builder.build(SparqlUpdate(PLACE_ADDED), author="A steward", message="Add the place")
    write("2024-07")
    refused = jwpgraph(folder, "import", "actions", table, "--json")
    report = json.loads(refused.stdout)
    assert (report["changed"], report["edited"]) == (["two"], [])
    (rejection,) = report["rejections"]
    assert (rejection["line"], rejection["column"], rejection["value"]) == (2, "key", "one")
    assert "(Add the place), which this row would undo; --replace replaces it" in rejection["reason"]
    replaced = jwpgraph(folder, "import", "actions", table, "--replace")
    assert "1 changed, 1 unchanged; 1 edited after the last import replaced: one" in replaced.stdout
