"""Sessions of stewards while the clock is set."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from pydantic import SecretStr
from starlette.requests import Request

from jwpgraph.http.access_tokens import Access
from jwpgraph.web.steward import sessions
from jwpgraph.web.steward.sessions import COOKIE, LIFETIME, StewardSessions

TOKEN = "a-token-for-tests"
MINUTE, HOUR, YEAR = 60, 3600, 365 * 24 * 3600


@pytest.mark.parametrize(
    ("turn", "valid"),
    [
        (0, True),
        (LIFETIME - MINUTE, True),
        (LIFETIME + MINUTE, False),
        # Set back: a little ends no session; one that began in another year does not last until then.
        (-HOUR + MINUTE, True),
        (-YEAR, False),
    ],
)
def test_a_session_lasts_for_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, turn: int, *, valid: bool
) -> None:
    stewards = StewardSessions(tmp_path, Access(SecretStr(TOKEN)))
    session = stewards.sign_in(TOKEN, "CMS Secretariat")
    assert session is not None
    now = time.time()
    monkeypatch.setattr(sessions, "time", SimpleNamespace(time=lambda: now + turn))
    cookie = f"{COOKIE}={session.value}".encode()
    request = Request({"type": "http", "headers": [(b"cookie", cookie)]})
    assert (stewards.find(request) is not None) == valid
