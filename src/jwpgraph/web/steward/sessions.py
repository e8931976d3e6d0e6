"""Sessions of stewards in the browser: the token is exchanged for a cookie.

A session is a file in the data directory, named by a digest of the cookie's value, so that all processes know it, and
signing out ends it. It is bound to the token, and ends with it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson
from starlette.requests import Request

from jwpgraph.durable_storage import report_storage_problems, write_durably
from jwpgraph.http.access_tokens import Access, AccessToken
from jwpgraph.http.headers import get_header
from jwpgraph.state_files import read_state_file

COOKIE: Final = "jwpgraph-steward"
#: Seconds until a session ends.
LIFETIME: Final = 8 * 60 * 60
#: Seconds by which the clock may be set back without ending sessions.
_CLOCK_SECONDS: Final = 60 * 60
_FOLDER: Final = "sessions"
_VALUE: Final = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Session:
    """A session.

    Attributes:
        value: the value of the cookie.
        who: the name under which the steward writes.
        token: the token that it was started with.
    """

    value: str
    who: str
    token: AccessToken

    @property
    def form_key(self) -> str:
        """Return the token that each form of this session contains and that other sites cannot know."""
        return hmac.new(self.value.encode(), b"form", hashlib.sha256).hexdigest()[:32]

    def is_form_key(self, given: str) -> bool:
        """Return whether *given* is the token of the forms of this session."""
        return hmac.compare_digest(self.form_key.encode(), given.encode())


class StewardSessions:
    """The sessions of one service.

    Args:
        folder: the data directory.
        access: the tokens; those with the scope ``update`` or ``admin`` sign in.
    """

    def __init__(self, folder: Path, access: Access) -> None:
        self._folder = folder / _FOLDER
        self._access = access

    @property
    def enabled(self) -> bool:
        """True if a steward can sign in."""
        return bool(self._list_tokens())

    def sign_in(self, token: str, who: str) -> Session | None:
        """Return a new session, or ``None`` if the token is wrong.

        Raises:
            ProblemError: ``no-space`` (507) or ``data-dir-not-writable`` (500).
        """
        given = hashlib.sha256(token.encode()).hexdigest()
        tokens = [token for token in self._list_tokens() if hmac.compare_digest(given, token.sha256)]
        if not tokens:
            return None
        session = Session(secrets.token_urlsafe(32), who, tokens[0])
        with report_storage_problems(self._folder.parent):
            self._write(session)
        return session

    def _write(self, session: Session) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._remove_ended()
        record = {
            "who": session.who,
            "until": time.time() + LIFETIME,
            "seal": _seal(session.token.sha256, session.value),
        }
        write_durably(self._path(session.value), orjson.dumps(record), mode=0o600)

    def find(self, request: Request) -> Session | None:
        """Return the session of a request, if it has a valid one."""
        value = read_cookie(request)
        if value is None or not _VALUE.fullmatch(value):
            return None
        try:
            record = orjson.loads(read_state_file(self._path(value)))
            who, until, seal = str(record["who"]), float(record["until"]), str(record["seal"])
        except (OSError, orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            return None
        tokens = [token for token in self._list_tokens() if hmac.compare_digest(seal, _seal(token.sha256, value))]
        # A session that began while the clock was ahead does not last until then.
        lasts = 0 < until - time.time() <= LIFETIME + _CLOCK_SECONDS
        return Session(value, who, tokens[0]) if tokens and lasts else None

    def sign_out(self, session: Session) -> None:
        """End a session."""
        self._path(session.value).unlink(missing_ok=True)

    def _path(self, value: str) -> Path:
        return self._folder / hashlib.sha256(value.encode()).hexdigest()

    def _list_tokens(self) -> list[AccessToken]:
        """Return the tokens that sign in."""
        return [token for token in self._access.list_valid() if token.allows("update")]

    def _remove_ended(self) -> None:
        oldest = time.time() - LIFETIME
        for path in self._folder.iterdir():
            # Another process may remove it at the same time.
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < oldest:
                    path.unlink()


def _seal(key: str, value: str) -> str:
    return hmac.new(key.encode(), value.encode(), hashlib.sha256).hexdigest()


def read_cookie(request: Request) -> str | None:
    """Return the value of the session cookie."""
    for cookie in (get_header(request.scope, b"cookie") or "").split(";"):
        name, _, value = cookie.strip().partition("=")
        if name == COOKIE:
            return value
    return None


def make_cookie(request: Request, value: str) -> str:
    """Return the Set-Cookie header of a session; an empty *value* removes the cookie (RFC 6265, section 4.1)."""
    path = request.scope.get("root_path", "") or "/"
    age = LIFETIME if value else 0
    secure = "; Secure" if request.scope["scheme"] == "https" else ""
    return f"{COOKIE}={value}; Path={path}; Max-Age={age}; HttpOnly; SameSite=Strict{secure}"


def find_sessions(request: Request) -> StewardSessions | None:
    """Return the sessions of the service that answers *request*."""
    app = request.scope.get("app")
    found = getattr(app.state, "sessions", None) if app is not None else None
    return found if isinstance(found, StewardSessions) else None


def find_session(request: Request) -> Session | None:
    """Return the session of *request*, if the steward is signed in."""
    sessions = find_sessions(request)
    return sessions.find(request) if sessions is not None else None
