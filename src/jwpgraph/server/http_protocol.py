"""HTTP connections that strangers can neither hold nor flood: bounded heads, bounded patience, problems for answers.

Uvicorn's own protocol waits for a request's head without end and lets it grow without end. And its parser, httptools,
takes what follows a head with ``Connection: Upgrade`` for another protocol: the request's body would be lost.
"""

from __future__ import annotations

import asyncio
import resource
from typing import Any, Final

import httptools
import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from jwpgraph.problems import ProblemError

#: The longest request target: a query of a million bytes, percent-encoded.
LONGEST_TARGET: Final = 3_200_000
LONGEST_HEADERS: Final = 65_536
MOST_HEADERS: Final = 200
#: The longest header field, as of other servers.
LONGEST_FIELD: Final = 8192
#: Seconds that a request's head may take, from its first byte, or from the connection for the first one.
HEAD_SECONDS: Final = 20.0
#: Seconds that a client may leave unread what was written, with more to come.
WRITE_SECONDS: Final = 120.0
#: Connections at a time; some descriptors are left for files and processes.
MOST_CONNECTIONS: Final = max(64, min(10_000, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 256))
#: Header fields, and options of Connection, that are about an upgrade (RFC 9110, section 7.8; RFC 7540, section 3.2.1).
_UPGRADING: Final = frozenset({b"upgrade", b"http2-settings"})


class BoundedHttpProtocol(HttpToolsProtocol):
    """Uvicorn's HTTP/1.1 protocol with limits on the head of a request, and without upgrades.

    A server may ignore ``Upgrade`` (RFC 9110, section 7.8), and this one always does.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock for the first request."""
        super().connection_made(CoalescingTransport(transport, self.loop))
        self._refusal: ProblemError | None = None
        #: Runs while the client leaves unread what was written.
        self._unread: asyncio.TimerHandle | None = None
        self._in_head = True
        self._head_bytes = 0
        self._header_bytes = 0
        #: Whether the head that was just read asks for an upgrade; it is read once more without.
        self._upgrading = False
        self._clock: asyncio.TimerHandle | None = self.loop.call_later(HEAD_SECONDS, self._on_timeout)
        if len(self.connections) > MOST_CONNECTIONS:
            self._refusal = ProblemError(
                "too-many-connections",
                "The service has too many connections",
                f"at most {MOST_CONNECTIONS} at a time",
                status=503,
                headers={"Retry-After": "5"},
            )
            self.send_400_response("")

    def pause_writing(self) -> None:
        """The client does not read; it has a while to begin again."""
        super().pause_writing()
        if self._unread is None:
            self._unread = self.loop.call_later(WRITE_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """The client reads again."""
        self._read_again()
        super().resume_writing()

    def _read_again(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop_clock()
        self._read_again()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read, and refuse a head that grows too long before it is complete."""
        if self._in_head and self._clock is None:
            self._clock = self.loop.call_later(HEAD_SECONDS, self._on_timeout)
        self._feed(data)
        if self._in_head and not self.transport.is_closing():
            self._head_bytes += len(data)
            if self._head_bytes > LONGEST_TARGET + LONGEST_HEADERS:
                self._refusal = _too_long_problem()
                self.send_400_response("")

    def _feed(self, data: bytes) -> None:
        """Read *data*; where a head asks for an upgrade, the parser stops behind it and another one goes on."""
        self._unset_keepalive_if_required()
        while True:
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as stop:
                # What the parser has understood is written down again, so there is nothing to misunderstand in it.
                data = self._head_without_upgrade() + data[stop.args[0] :]
                self._upgrading = False
                self.parser = httptools.HttpRequestParser(self)
                self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
            except httptools.HttpParserError:
                self.send_400_response("")
                return
            else:
                return

    def _head_without_upgrade(self) -> bytes:
        lines = [b"%s %s HTTP/%s" % (self.parser.get_method(), self.url, self.parser.get_http_version().encode())]
        for name, value in self.headers:
            if name == b"connection":
                options = [option.strip() for option in value.split(b",")]
                value = b", ".join(option for option in options if option.lower() not in _UPGRADING)  # noqa: PLW2901
            if name not in _UPGRADING:
                lines.append(b"%s: %s" % (name, value))
        return b"\r\n".join([*lines, b"", b""])

    def on_message_begin(self) -> None:
        """A new request: count anew."""
        super().on_message_begin()
        self._header_bytes = 0

    def on_url(self, url: bytes) -> None:
        """Refuse a target that is too long."""
        super().on_url(url)
        if len(self.url) > LONGEST_TARGET:
            self._refusal = _too_long_problem()
            raise ValueError("target too long")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Refuse headers that are too long or too many.

        What comes behind a body is not merged into them (RFC 9110, section 6.5.1).
        """
        self._header_bytes += len(name) + len(value)
        if self._in_head:
            super().on_header(name, value)
        too_long = len(name) + len(value) > LONGEST_FIELD
        if too_long or self._header_bytes > LONGEST_HEADERS or len(self.headers) > MOST_HEADERS:
            self._refusal = ProblemError(
                "headers-too-large",
                "The request's headers are too large",
                f"at most {MOST_HEADERS} headers of {LONGEST_FIELD} bytes each and {LONGEST_HEADERS} together are read",
                status=431,
            )
            raise ValueError("headers too large")

    def on_headers_complete(self) -> None:
        """The head is whole: check what RFC 9112 asks of it, before anything acts on it."""
        fault = self._fault()
        if fault is not None:
            self._refusal = ProblemError("bad-request", "The request is not HTTP", fault, status=400)
            raise ValueError(fault)
        self._upgrading = self.parser.should_upgrade()
        if self._upgrading:
            return
        self._in_head = False
        self._head_bytes = 0
        self._stop_clock()
        if self.parser.get_http_version() == "1.0":
            # Who speaks HTTP/1.0 would take an interim answer for the answer (RFC 9110, section 10.1.1).
            self.expect_100_continue = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The next bytes begin another head."""
        if self._upgrading:
            return
        self._in_head = True
        super().on_message_complete()

    def _fault(self) -> str | None:
        """What is wrong with a head that the parser accepts (RFC 9112, sections 3.2 and 6.1)."""
        version = self.parser.get_http_version()
        hosts = sum(name == b"host" for name, _ in self.headers)
        if version not in {"1.0", "1.1"}:
            return f"HTTP/{version} is not spoken here; HTTP/1.1 is."
        if hosts > 1 or (hosts == 0 and version == "1.1"):
            return f"It must have one Host header, not {hosts}."
        if version == "1.0" and any(name == b"transfer-encoding" for name, _ in self.headers):
            return "HTTP/1.0 knows no Transfer-Encoding."
        if self.parser.get_method() == b"CONNECT":
            return "CONNECT is for proxies."
        return None

    def send_400_response(self, msg: str) -> None:
        """Answer what cannot be read with a problem and close the connection.

        What came before it on the connection and has not been answered is not acted on: where a request's body was not
        announced, this is the body.
        """
        del msg
        if self.cycle is not None and not self.cycle.response_started:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        problem = self._refusal or ProblemError(
            "bad-request", "The request is not HTTP", "It could not be read.", status=400
        )
        if not self.transport.is_closing():
            self.transport.write(_encode_problem(problem))
            self.transport.close()

    def _on_timeout(self) -> None:
        self._clock = None
        if self._in_head and not self.transport.is_closing():
            self.transport.close()

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None


class CoalescingTransport(asyncio.Transport):
    """A transport that sends in one packet what is written in one turn of the event loop.

    Uvicorn writes a response's head and its body separately; each would be a system call, a packet and a client woken.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._transport = transport
        self._loop = loop
        self._pending: list[bytes | bytearray | memoryview] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send *data* when this turn is over."""
        if not self._pending:
            self._loop.call_soon(self._flush)
        self._pending.append(data)

    def close(self) -> None:
        """Send what is left, then close."""
        self._flush()
        self._transport.close()

    def abort(self) -> None:
        """Close, and send nothing any more."""
        self._pending.clear()
        self._transport.abort()

    def is_closing(self) -> bool:
        """Whether it is closed, or about to be."""
        return self._transport.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """As the transport says."""
        return self._transport.get_extra_info(name, default)

    def pause_reading(self) -> None:
        """Leave what comes unread."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Read again."""
        self._transport.resume_reading()

    def _flush(self) -> None:
        pending, self._pending = self._pending, []
        if pending and not self._transport.is_closing():
            self._transport.write(pending[0] if len(pending) == 1 else b"".join(pending))


def _too_long_problem() -> ProblemError:
    return ProblemError(
        "target-too-long",
        "The request's address is too long",
        f"at most {LONGEST_TARGET} bytes are read; send long queries by POST",
        status=414,
    )


def _encode_problem(problem: ProblemError) -> bytes:
    body = orjson.dumps(problem.document())
    reasons = {
        400: "Bad Request",
        503: "Service Unavailable",
        414: "URI Too Long",
        431: "Request Header Fields Too Large",
    }
    head = (
        f"HTTP/1.1 {problem.status} {reasons[problem.status]}\r\n"
        "content-type: application/problem+json\r\n"
        f"content-length: {len(body)}\r\n"
        "x-content-type-options: nosniff\r\n"
        + "".join(f"{name.lower()}: {value}\r\n" for name, value in problem.headers.items())
        + "connection: close\r\n\r\n"
    )
    return head.encode("ascii") + body
