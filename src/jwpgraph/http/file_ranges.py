"""Files of which a client may request ranges (RFC 9110, section 14)."""

from __future__ import annotations

import re
from typing import Final

from starlette.responses import FileResponse
from starlette.types import Message, Receive, Scope, Send

from jwpgraph.http.headers import get_header
from jwpgraph.http.problem_response import make_problem_response
from jwpgraph.problems import ProblemError

_RANGE: Final = r"(?:\d{1,18}-\d{0,18}|-\d{1,18})"
_RANGES: Final = re.compile(rf"bytes=\s*{_RANGE}(?:\s*,\s*{_RANGE}){{0,15}}\s*", re.IGNORECASE)
_BOUNDS: Final = re.compile(r"(\d+)-(\d+)")


class RangedFileResponse(FileResponse):
    """A file response that ignores what it does not understand as a range, and refuses others with a problem."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file, the requested ranges of it, or the problem ``range-not-satisfiable`` (416)."""
        if scope["method"] != "GET" or not _are_ranges(get_header(scope, b"range") or ""):
            scope = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"range"]}
        refused = False

        async def send_or_refuse(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start" and message["status"] == 416:
                refused = True
                found = dict(message["headers"]).get(b"content-range", b"").decode("latin-1")
                detail = f"the file has {found.rpartition('/')[2]} bytes"
                problem = ProblemError(
                    "range-not-satisfiable",
                    "The range is not in the file",
                    detail,
                    status=416,
                    headers={"Content-Range": found},
                )
                await make_problem_response(problem, scope)(scope, receive, send)
            elif not refused:
                await send(message)

        await super().__call__(scope, receive, send_or_refuse)


def _are_ranges(header: str) -> bool:
    """Return whether a Range header has up to 16 ranges of bytes, none of which ends before it begins."""
    if not _RANGES.fullmatch(header):
        return False
    return all(int(bounds[1]) <= int(bounds[2]) for bounds in _BOUNDS.finditer(header))
