"""Access tokens: hashed at rest, with scopes and expiry, several at a time, created and revoked without a restart."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from forked_command import run_command

ADMIN = "a-token-for-tests"


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory, serving_at) -> Iterator:
    with serving_at(tmp_path_factory.mktemp("tokens") / "data", "--empty") as served:
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
