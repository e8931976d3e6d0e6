"""The audit trail of requests with a token, or refused for lack of the right one.

Each request is one line of JSON in ``audit.jsonl`` in the data directory; ``GET /api/v1/audit`` reads it.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import re
import threading
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jwpgraph.http.access_tokens import Access
from jwpgraph.http.authorization import USED_NAMES, require_token
from jwpgraph.http.declared_parameters import refuse_unknown
from jwpgraph.http.headers import encode_headers, get_client_address, get_header, make_options_headers
from jwpgraph.http.parameters import get_single, parse_parameters
from jwpgraph.http.request_lifecycle import run_with_problems
from jwpgraph.http.responses import CompleteResponse
from jwpgraph.http.unknown_names import make_wrong_parameter_problem
from jwpgraph.problems import ProblemError
from jwpgraph.state_files import open_state_file

PATH: Final = "/api/v1/audit"
#: The key under which a request's scope has what pages report about a signed-in steward.
STEWARD: Final = "jwpgraph.steward"
_FILE: Final = "audit.jsonl"
_log = logging.getLogger(__name__)
#: Size in bytes above which a new file is started; the previous file is kept.
_LONGEST: Final = 16 * 2**20
_MOST_ITEMS: Final = 1000
#: Entries that are kept in memory while the file cannot be written.
_MOST_UNWRITTEN: Final = 1000
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS", "QUERY"})
_METHODS: Final = "GET, HEAD, OPTIONS"
#: Delay in seconds of the response to a wrong token. It doubles with each one, and is reset after a while without.
_DELAY: Final = 0.25
_LONGEST_DELAY: Final = 8.0
_RESET_AFTER: Final = 300.0
_MOST_CLIENTS: Final = 10_000
_NAME: Final = "audit trail"
#: Parameters in which a client sends a secret by mistake; the service has none of these names.
_SECRET: Final = re.compile(r"([\w.%-]*(?:token|secret|passw|api[_-]?key|authorization)[\w.%-]*)=[^&]*", re.IGNORECASE)


class AuditTrail:
    """Records requests with tokens and serves the records.

    Args:
        folder: the data directory.
        access: the tokens; reading the trail needs the scope ``admin``.
        report: called with a name and the reason why nothing can be recorded, or ``None`` once it can.
    """

    def __init__(
        self, folder: Path, access: Access, report: Callable[[str, str | None], None] = lambda *_: None
    ) -> None:
        self._report = report
        self._path = folder / _FILE
        self._access = access
        self._wrong: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._unwritten: deque[bytes] = deque(maxlen=_MOST_UNWRITTEN)
        self._writing = threading.Lock()

    async def watch(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Run *app* and record the request if its response concerns a token."""
        began = datetime.now(UTC)
        scope = {**scope, STEWARD: {}, USED_NAMES: []}

        async def recording_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                await self._record(scope, message, began)
            await send(message)

        await app(scope, receive, recording_send)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer ``GET /api/v1/audit``."""
        await run_with_problems(self._serve, scope, receive, send, [])

    async def _record(self, scope: Scope, message: Message, began: datetime) -> None:
        status: int = message["status"]
        bears_token = get_header(scope, b"authorization") is not None
        steward: dict[str, Any] = scope[STEWARD]
        if status not in {401, 403} and not ((bears_token or steward) and scope["method"] not in _READING):
            return
        headers = {name.lower(): value for name, value in message["headers"]}
        release = headers.get(b"x-release")
        entry: dict[str, Any] = {
            "at": _write_time(began),
            "client": get_client_address(scope),
            "who": next(iter(scope[USED_NAMES]), None),
            "token": "none" if not bears_token else "wrong" if status == 401 else "right",
            "method": scope["method"],
            "path": scope["path"][:500],
            "query": _SECRET.sub(r"\1=…", scope["query_string"].decode("latin-1"))[:500],
            "agent": (get_header(scope, b"user-agent") or "")[:200],
            "status": status,
            "release": int(release) if release and status < 400 else None,
        }
        if steward:
            entry |= {"who": steward["who"], "token": steward["token"]}
        if b"idempotency-replayed" in headers:
            entry["replayed"] = True
        try:
            await asyncio.to_thread(self._append, orjson.dumps(entry, option=orjson.OPT_APPEND_NEWLINE))
        except OSError as error:
            _log.error("the audit trail cannot be written: %s; %s", error.strerror, orjson.dumps(entry).decode())
            self._report(_NAME, self._explain(error))
        else:
            self._report(_NAME, None)
        if status == 401 and (bears_token or steward):
            _log.warning("a wrong token was sent from %s for %s", entry["client"], entry["path"])
            await asyncio.sleep(self._delay(entry["client"]))

    def find_trouble(self) -> str | None:
        """Write the entries that could not be written before; return why none can be written, or ``None``."""
        try:
            self._append(None)
        except OSError as error:
            return self._explain(error)
        return None

    def _explain(self, error: OSError) -> str:
        return (
            f"{self._path.name} cannot be written ({error.strerror}); until it can, entries are in the log and the "
            f"latest {_MOST_UNWRITTEN:,} in memory"
        )

    def _append(self, line: bytes | None) -> None:
        """Append a line and those that could not be written before; ``None`` stands for no further one."""
        with self._writing:
            if line is not None:
                self._unwritten.append(line)
            with suppress(FileNotFoundError):
                if self._path.stat().st_size > _LONGEST:
                    self._path.replace(self._path.with_suffix(".jsonl.1"))
            try:
                create = os.O_CREAT if self._unwritten else 0
                descriptor = open_state_file(self._path, os.O_RDWR | os.O_APPEND | create)
            except FileNotFoundError:
                if self._unwritten:
                    raise
                return
            try:
                if self._unwritten:
                    _write_whole(descriptor, b"".join(self._unwritten))
            finally:
                os.close(descriptor)
            self._unwritten.clear()

    def _delay(self, client: str) -> float:
        times, last = self._wrong.pop(client, (0, 0.0))
        now = time.monotonic()
        times = times + 1 if now - last < _RESET_AFTER else 1
        self._wrong[client] = times, now
        while len(self._wrong) > _MOST_CLIENTS:
            self._wrong.popitem(last=False)
        return min(_LONGEST_DELAY, _DELAY * 2.0 ** min(times - 1, 10))

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "OPTIONS":
            await CompleteResponse(204, encode_headers(make_options_headers(_METHODS)))(scope, receive, send)
            return
        if scope["method"] not in {"GET", "HEAD"}:
            raise ProblemError(
                "method-not-allowed",
                "The method is not allowed here",
                scope["method"],
                status=405,
                headers={"Allow": _METHODS},
            )
        require_token(scope, self._access, "admin")
        parameters = parse_parameters(scope["query_string"])
        refuse_unknown(parameters, ("limit", "before"))
        limit = get_single(parameters, "limit")
        limit = "100" if limit is None else limit
        if not (limit.isascii() and limit.isdecimal() and len(limit) < 9 and 1 <= int(limit) <= _MOST_ITEMS):
            raise make_wrong_parameter_problem("limit", f"write a whole number from 1 to {_MOST_ITEMS}")
        before = Position.parse(get_single(parameters, "before"))
        try:
            items, last = await asyncio.to_thread(self._read, int(limit), before)
        except OSError as error:
            detail = f"{self._path.name} cannot be read ({error.strerror}); moved away, a new one begins"
            raise ProblemError("data-dir-damaged", "The data directory is damaged", detail, status=500) from None
        headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
        await CompleteResponse(200, encode_headers(headers), orjson.dumps({"items": items, "next": last}))(
            scope, receive, send
        )

    def _read(self, limit: int, before: Position) -> tuple[list[dict[str, Any]], str | None]:
        """Return the latest entries, the latest first, and the position of the last one if there may be more."""
        entries: list[dict[str, Any]] = []
        seen: Counter[str] = Counter()
        passed = not before.count
        for path in (self._path, self._path.with_suffix(".jsonl.1")):
            for line in reversed(_read_end(path).splitlines()):
                try:
                    entry = orjson.loads(line)
                except orjson.JSONDecodeError:
                    # A line that is incomplete because the disk was full.
                    continue
                if not isinstance(entry, dict) or not isinstance(entry.get("at"), str):
                    continue
                seen[entry["at"]] += 1
                # The clock may have been set, so that times alone do not tell what comes before a position.
                if passed and (before.count or before.time is None or entry["at"] < before.time):
                    entries.append(entry)
                passed = passed or seen[before.time or ""] == before.count
                if len(entries) == limit:
                    return entries, f"{entry['at']}~{seen[entry['at']]}"
        return entries, None


def _write_whole(descriptor: int, lines: bytes) -> None:
    """Append lines to a file, the last line of which may have been cut off when the disk was full."""
    size = os.fstat(descriptor).st_size
    if size and os.pread(descriptor, 1, size - 1) != b"\n":
        lines = b"\n" + lines
    if os.write(descriptor, lines) < len(lines):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _read_end(path: Path) -> bytes:
    """Return the end of a file, whatever its length; nothing if it does not exist."""
    try:
        descriptor = open_state_file(path, os.O_RDONLY)
    except FileNotFoundError:
        return b""
    with os.fdopen(descriptor, "rb") as file:
        file.seek(max(0, os.fstat(descriptor).st_size - 2 * _LONGEST))
        return file.read(2 * _LONGEST)


@dataclass(frozen=True, slots=True)
class Position:
    """A position in the trail: a time or, with *count*, the entry that is the last of so many with this time."""

    time: str | None
    count: int = 0

    @classmethod
    def parse(cls, text: str | None) -> Self:
        """Return the position in *text*; a time without an offset is in UTC.

        Raises:
            ProblemError: ``invalid-parameter`` (422).
        """
        if text is None:
            return cls(None)
        time_, _, count = text.partition("~")
        try:
            moment = datetime.fromisoformat(time_)
            moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
            return cls(_write_time(moment), int(count or 0))
        except (ValueError, OverflowError):
            fault = "write a time such as 2026-11-29T10:00:00Z, or what an answer has as next"
            raise make_wrong_parameter_problem("before", fault) from None


def _write_time(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
