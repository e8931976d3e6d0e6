"""A process that answers reads beside the writer of a service, on the same listening socket.

What it cannot answer alone, it passes on to the writer: writes, requests with a token or of a signed-in steward, and
everything of which only the writer knows. It ends when its standard input ends, with the writer.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from contextlib import suppress
from typing import Final
from urllib.parse import parse_qsl

import orjson
from starlette.types import Message, Receive, Scope, Send

from jwpgraph.free_memory import limit_arenas
from jwpgraph.http.headers import get_header
from jwpgraph.http.negotiation import parse_content_type
from jwpgraph.http.request_bodies import ClientGoneError
from jwpgraph.integrations.assistants.endpoint import PATH as ASSISTANTS
from jwpgraph.operations.audit import PATH as AUDIT
from jwpgraph.operations.logs import configure_logs
from jwpgraph.process_protocol import PROCESS_VERSION
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.server.app import Application
from jwpgraph.server.front_processes import share_settings
from jwpgraph.server.internal_requests import LOOPBACK, InternalRequests, Peer
from jwpgraph.server.startup import find_served_release, run_application
from jwpgraph.settings import load_settings
from jwpgraph.sparql_protocol.request_parser import FORM, QUERY
from jwpgraph.sparql_protocol.sparql_endpoint import ENDPOINT
from jwpgraph.tracing import start_tracing
from jwpgraph.web.steward.sessions import COOKIE

_READING: Final = frozenset({"GET", "HEAD", "OPTIONS", "QUERY"})
#: Paths, with those below them, that the writer answers: it collects them from all processes, makes the dumps, runs
#: the jobs, and keeps sessions of assistants.
_OF_WRITER: Final = (
    *("/metrics", "/readyz", "/sparql/running"),
    *("/catalog", "/dataset", "/releases", "/validation", "/api/v1/validation"),
    ASSISTANTS,
    AUDIT,
)
#: Bytes of a form that are read to find out whether it is a query; longer ones go to the writer.
_LONGEST_FORM: Final = 4 * 2**20


class ReaderApplication:
    """The ASGI application of a reader.

    Args:
        application: answers what this process can answer.
        internal: recognises requests that the writer has passed on, which are always answered here.
        writer: answers everything else.
    """

    def __init__(self, application: Application, internal: InternalRequests, writer: Peer) -> None:
        self._application = application
        self._internal = internal
        self._writer = writer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        passed_on = self._internal.restore(scope)
        if passed_on is not None:
            await self._application(passed_on, receive, send)
        elif _has_identity(scope) or self._is_of_writer(scope):
            await self._writer.answer(scope, receive, send)
        elif scope["method"] in _READING:
            await self._application(scope, receive, send)
        else:
            await self._answer_post(scope, receive, send)

    def _is_of_writer(self, scope: Scope) -> bool:
        if not any(prefix in scope["path"] for prefix in _OF_WRITER):
            # Most paths need no look at the prefix of a proxy.
            return False
        path = self._application.path_of(scope)
        return any(path == prefix or path.startswith(prefix + "/") for prefix in _OF_WRITER)

    async def _answer_post(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a query here, and pass everything else on (SPARQL 1.1 Protocol, section 2.1)."""
        media_type = parse_content_type(get_header(scope, b"content-type") or "")[0]
        is_query = False
        if scope["method"] == "POST" and self._application.path_of(scope) == ENDPOINT:
            is_query = media_type == QUERY
            if media_type == FORM and get_header(scope, b"content-encoding") is None:
                try:
                    is_query, receive = await _inspect_form(receive)
                except ClientGoneError:
                    return
        await (self._application if is_query else self._writer.answer)(scope, receive, send)


def _has_identity(scope: Scope) -> bool:
    """Return whether a request has a token or the cookie of a steward's session."""
    return any(
        name == b"authorization" or (name == b"cookie" and COOKIE.encode() in value) for name, value in scope["headers"]
    )


async def _inspect_form(receive: Receive) -> tuple[bool, Receive]:
    """Return whether a form has a query and no update, and a *receive* that gives its whole body."""
    messages: list[Message] = []
    size, more = 0, True
    while more and size <= _LONGEST_FORM:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        messages.append(message)
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    names: set[str] = set()
    if not more:
        body = b"".join(message.get("body", b"") for message in messages)
        names = {name for name, _ in parse_qsl(body.decode("latin-1"), keep_blank_values=True)}
    waiting = iter(messages)

    async def replay() -> Message:
        message = next(waiting, None)
        return await receive() if message is None else message

    return "query" in names and "update" not in names, replay


def main() -> None:
    """Answer reads until the writer ends."""
    # Ctrl-C in a terminal signals the whole process group, but the writer decides when this process ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    told = orjson.loads(sys.stdin.buffer.readline())
    limit_arenas()
    settings = share_settings(load_settings())
    configure_logs(settings)
    start_tracing()
    release = find_served_release(ReleaseDirectory(settings.data_dir))
    application = Application(settings, release, reads_only=True)
    internal = socket.create_server((LOOPBACK, 0))
    listener = socket.socket(fileno=told["listener"])
    listener.set_inheritable(False)
    app = ReaderApplication(
        application, InternalRequests(application, told["secret"]), Peer(told["writer"], told["secret"])
    )

    def greet() -> None:
        greeting = {"version": PROCESS_VERSION, "port": internal.getsockname()[1]}
        # The writer may have been killed.
        with suppress(BrokenPipeError):
            replies.write(orjson.dumps(greeting, option=orjson.OPT_APPEND_NEWLINE))

    threading.Thread(target=_end_with_writer, daemon=True).start()
    run_application(app, application, [listener, internal], started=greet)


def _end_with_writer() -> None:
    """Terminate this process when the writer has ended, even where the kernel does not kill it."""
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
