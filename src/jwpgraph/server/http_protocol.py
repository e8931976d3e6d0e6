"""The HTTP/1.1 server protocol with limits on header size, time and connections.

Uvicorn's own protocol limits neither the size of a request's header section nor the time to receive it. Its parser,
httptools, also treats the data after a request with ``Connection: Upgrade`` as another protocol, which would lose the
body.
"""

from __future__ import annotations

import asyncio
import re
import resource
from collections import Counter
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import ClassVar, Final

import httptools
import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from jwpgraph.http.headers import FOR_PROGRAMS, get_client_address
from jwpgraph.http.request_origin import is_trusted_proxy
from jwpgraph.problems import ProblemError
from jwpgraph.server.coalescing_transport import CoalescingTransport

#: Maximum length of a request target in bytes: the parser of addresses reads no more.
LONGEST_TARGET: Final = 65_535
LONGEST_HEADERS: Final = 65_536
MOST_HEADERS: Final = 200
#: Maximum length of a header field in bytes, as in other servers.
LONGEST_FIELD: Final = 8192
#: Maximum number of seconds to receive a header section, from its first byte or from the connection.
HEAD_SECONDS: Final = 20.0
#: Maximum number of seconds for which a client may not read while more data waits to be sent.
WRITE_SECONDS: Final = 120.0
#: Maximum number of connections; some descriptors are left for files and processes.
MOST_CONNECTIONS: Final = max(64, min(10_000, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 256))
#: Maximum number of connections of one client, so that none takes them all.
MOST_PER_CLIENT: Final = MOST_CONNECTIONS // 4
#: Maximum number of seconds to receive the rest of a body after its request has been answered.
DRAIN_SECONDS: Final = 30.0
#: Seconds for which data is received and discarded after a connection has been refused. Where unread data is left, the
#: system resets the connection, and the client may lose the reason (RFC 9112, section 9.6).
LINGER_SECONDS: Final = 2.0
#: Seconds for which the answer, or more of it, to a client that has closed its side of the connection is awaited. Most
#: such clients have gone, which shows only when something is sent to them.
HALF_CLOSED_SECONDS: Final = 2.0
#: ``Host`` (RFC 9110, section 7.2): ``uri-host`` of RFC 3986, section 3.2.2, and a port.
_HOST: Final = re.compile(rb"(?:(?:[\w.~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*|\[[0-9A-Za-z:.]+\])(?::[0-9]*)?", re.ASCII)
#: Fields that decide how a request is understood, of which a recipient might use either (RFC 9110, section 5.3).
_SINGLE: Final = (b"content-type", b"authorization")
_CHECKED: Final = frozenset({b"host", b"transfer-encoding", *_SINGLE})
#: A request target in absolute form (RFC 9112, section 3.2.2), and what follows its authority.
_ABSOLUTE: Final = re.compile(rb"https?://([^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)
#: The beginning of a request line (RFC 9112, section 3), with any method.
_REQUEST_LINE: Final = re.compile(rb"(?:\r\n)?[\w!#$%&'*+.^`|~-]+ [!-~]+ HTTP/1\.[01]\r\n", re.ASCII)
_VERSIONS: Final = frozenset({"1.0", "1.1"})
#: Methods that change nothing.
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
#: Header fields and options of Connection for upgrades (RFC 9110, section 7.8; RFC 7540, section 3.2.1).
_UPGRADING: Final = frozenset({b"upgrade", b"http2-settings"})


class BoundedHttpProtocol(HttpToolsProtocol):
    """Uvicorn's HTTP/1.1 protocol with limits on the header section, and without upgrades.

    A server may ignore ``Upgrade`` (RFC 9110, section 7.8); this one always does.
    """

    #: Proxies, which hold connections for many clients: addresses separated by commas, or ``*``.
    proxies: ClassVar[str] = "127.0.0.1"
    _held: ClassVar[Counter[str]] = Counter()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the timer for the first request, or refuse the connection if there are too many."""
        self._output = CoalescingTransport(transport, self.loop)
        super().connection_made(self._output)
        self._client = get_client_address({"client": self.client})
        self._held[self._client] += 1
        self._refusal: ProblemError | None = None
        #: The timer that runs while the client does not read.
        self._unread: asyncio.TimerHandle | None = None
        #: Whether to receive data for a while after a refusal.
        self._linger = True
        self._in_head = True
        #: Whether the data received last ended with a complete request.
        self._is_idle = False
        #: Whether the data received last had the end of a request.
        self._has_completed = False
        self._head_bytes = 0
        self._header_bytes = 0
        #: Whether the header section just read requests an upgrade; it is then parsed again without the request.
        self._upgrading = False
        self._timer: asyncio.TimerHandle | None = self.loop.call_later(HEAD_SECONDS, self._on_timeout)
        of_client = self._held[self._client] > MOST_PER_CLIENT and not self._is_proxy()
        if of_client or len(self.connections) > MOST_CONNECTIONS:
            most = f"{MOST_PER_CLIENT} of one client" if of_client else str(MOST_CONNECTIONS)
            self._refusal = ProblemError(
                "too-many-connections",
                "The service has too many connections",
                f"at most {most} at a time",
                status=503,
                headers={"Retry-After": "5"},
            )
            # Of those refused, too, at most so many are open at a time.
            is_far_over = of_client and self._held[self._client] > MOST_PER_CLIENT * 5 // 4
            self._linger = not is_far_over and len(self.connections) <= MOST_CONNECTIONS * 5 // 4
            self.send_400_response("")

    def _is_proxy(self) -> bool:
        return is_trusted_proxy(self.client[0] if self.client else "", self.proxies)

    def pause_writing(self) -> None:
        """Start the write timer; the client does not read."""
        super().pause_writing()
        if self._unread is None:
            self._unread = self.loop.call_later(WRITE_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """Stop the write timer; the client reads again."""
        self._stop_write_timer()
        super().resume_writing()

    def _stop_write_timer(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop all timers."""
        self._stop_timer()
        self._stop_write_timer()
        self._held[self._client] -= 1
        if not self._held[self._client]:
            del self._held[self._client]
        super().connection_lost(exc)

    def eof_received(self) -> bool:  # type: ignore[override]  # uvicorn's returns None, asyncio's may return either
        """Return whether to keep the connection to answer a complete request: its client may still read.

        A change is not begun for a client that may have gone.
        """
        if self.transport.is_closing() or not self._in_head or self.cycle is None or self.cycle.response_complete:
            return False
        if self.cycle.scope["method"] not in _SAFE:
            return False
        self.cycle.keep_alive = False
        self.loop.call_later(HALF_CLOSED_SECONDS, self._leave_half_closed, self._output.written)
        return True

    def _leave_half_closed(self, written: int) -> None:
        """Close the connection unless something is being sent, or has been since *written* bytes were."""
        if self.transport.is_closing():
            return
        if self._output.written == written and not self._output.get_write_buffer_size():
            self.transport.close()
        else:
            self.loop.call_later(HALF_CLOSED_SECONDS, self._leave_half_closed, self._output.written)

    def data_received(self, data: bytes) -> None:
        """Parse *data*; refuse an incomplete header section that is too long. Discard it after a refusal."""
        if self.transport.is_closing():
            return
        self._is_idle = False
        self._feed(data)
        # A timer only for what is still to come: most requests arrive in one piece.
        if self._in_head and not self._is_idle and not self.transport.is_closing():
            if self._timer is None:
                self._timer = self.loop.call_later(HEAD_SECONDS, self._on_timeout)
            self._head_bytes += len(data)
            if self._head_bytes > LONGEST_TARGET + LONGEST_HEADERS:
                # The parser tells a target piece by piece, and a header field when it is complete.
                self._refusal = _make_too_large_problem()
                self.send_400_response("")

    def _feed(self, data: bytes) -> None:
        """Parse *data*; the parser stops after an upgrade request, and a new parser continues."""
        self._unset_keepalive_if_required()
        self._has_completed = False
        while True:
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as stop:
                # The new parser gets the header section as the first one understood it.
                data = self._head_without_upgrade() + data[stop.args[0] :]
                self._upgrading = False
                self.parser = httptools.HttpRequestParser(self)
                self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
            except httptools.HttpParserError as error:
                if self._refusal is None:
                    self._refusal = _make_unreadable_problem(error, b"" if self._has_completed else data)
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
        """Reset the counters for a new request."""
        super().on_message_begin()
        self._is_idle = False
        self._header_bytes = 0

    def on_url(self, url: bytes) -> None:
        """Raise if the request target is too long."""
        super().on_url(url)
        if len(self.url) > LONGEST_TARGET:
            self._refusal = _make_too_long_problem()
            raise ValueError("target too long")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Raise if headers are too long or too many.

        Trailer fields are not merged into the headers (RFC 9110, section 6.5.1). The parser leaves whitespace after the
        value, which is not part of it (section 5.5).
        """
        value = value.strip(b" \t")
        self._header_bytes += len(name) + len(value)
        if self._in_head:
            super().on_header(name, value)
        too_long = len(name) + len(value) > LONGEST_FIELD
        if too_long or self._header_bytes > LONGEST_HEADERS or len(self.headers) > MOST_HEADERS:
            self._refusal = _make_too_large_problem()
            raise ValueError("headers too large")

    def on_headers_complete(self) -> None:
        """Check the complete header section against RFC 9112 before the request is processed."""
        version = self.parser.get_http_version()
        refusal = self._check_fields(version) or (None if self.url[:1] == b"/" else self._take_target())
        if refusal is not None:
            self._refusal = refusal
            raise ValueError(refusal.detail)
        self._upgrading = self.parser.should_upgrade()
        if self._upgrading:
            return
        self._in_head = False
        self._head_bytes = 0
        self._stop_timer()
        if version == "1.0":
            # An HTTP/1.0 client would mistake an interim response for the final one (RFC 9110, section 10.1.1).
            self.expect_100_continue = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Expect another header section."""
        if self._upgrading:
            return
        self._in_head = True
        self._is_idle = True
        self._has_completed = True
        self._stop_timer()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Start a timer if the rest of the request's body is still to come."""
        super().on_response_complete()
        if self._is_draining() and self._timer is None:
            self._timer = self.loop.call_later(DRAIN_SECONDS, self._on_timeout)

    def _is_draining(self) -> bool:
        return not self._in_head and self.cycle is not None and self.cycle.response_complete

    def _check_fields(self, version: str) -> ProblemError | None:
        """Return the problem of a header section that the parser accepts (RFC 9112, sections 3.2 and 6.1)."""
        fields: dict[bytes, list[bytes]] = {}
        for name, value in self.headers:
            if name in _CHECKED:
                fields.setdefault(name, []).append(value)
        fault = "CONNECT is for proxies." if self.parser.get_method() == b"CONNECT" else _find_fault(version, fields)
        if fault is not None:
            return _make_bad_request_problem(fault)
        if any(value.strip().lower() != b"chunked" for value in fields.get(b"transfer-encoding", ())):
            # The parser would give the content in a coding that nothing below decodes (RFC 9112, section 6.1).
            return ProblemError(
                "transfer-coding-unknown",
                "The transfer coding is not supported",
                "Send Transfer-Encoding: chunked, or none; Content-Encoding compresses a body.",
                status=501,
            )
        return None

    def _take_target(self) -> ProblemError | None:
        """Replace a request target that is not a path by one (RFC 9112, sections 3.2.2 and 3.2.4); return its problem.

        The host in an absolute form counts instead of the Host header.
        """
        if self.url == b"*" and self.parser.get_method() == b"OPTIONS":
            self.url = b"/"
            return None
        match = _ABSOLUTE.fullmatch(self.url)
        if match is None or not match[1] or not _HOST.fullmatch(match[1]):
            return _make_bad_request_problem("Its target must be a path, or a URL of http or https.")
        self.headers[:] = [(b"host", match[1]), *(pair for pair in self.headers if pair[0] != b"host")]
        self.url = match[2] if match[2].startswith(b"/") else b"/" + match[2]
        return None

    def send_400_response(self, msg: str) -> None:
        """Send a problem for a malformed request and close the connection.

        An unanswered previous request on the connection is aborted: the malformed request may be its unannounced body.
        """
        del msg
        is_answering = False
        if self.cycle is not None and not self.cycle.response_complete:
            is_answering = self.cycle.response_started
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self.transport.is_closing():
            return
        self._stop_timer()
        if not is_answering:
            # It would be taken for a part of the other response.
            problem = self._refusal or _make_bad_request_problem("It could not be read.")
            self.transport.write(_encode_problem(problem))
        if self._linger and self.transport.can_write_eof():
            self.transport.write_eof()
            self._timer = self.loop.call_later(LINGER_SECONDS, self.transport.close)
        else:
            self.transport.close()

    def _on_timeout(self) -> None:
        self._timer = None
        if (self._in_head or self._is_draining()) and not self.transport.is_closing():
            self.transport.close()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _find_fault(version: str, fields: Mapping[bytes, Sequence[bytes]]) -> str | None:
    """Return what is wrong with a version of HTTP and the values of the checked header fields by name."""
    hosts = fields.get(b"host", ())
    if version not in _VERSIONS:
        return f"HTTP/{version} is not supported; use HTTP/1.1."
    if len(hosts) > 1 or (not hosts and version == "1.1") or not all(map(_HOST.fullmatch, hosts)):
        return f"It must have one Host header, not {len(hosts)}, with a host and perhaps a port."
    for name in _SINGLE:
        if len(fields.get(name, ())) > 1:
            return f"It has more than one {name.decode()} header."
    return "HTTP/1.0 has no Transfer-Encoding." if version == "1.0" and b"transfer-encoding" in fields else None


def _make_bad_request_problem(detail: str) -> ProblemError:
    return ProblemError("bad-request", "The request is not HTTP", detail, status=400)


def _make_unreadable_problem(error: httptools.HttpParserError, data: bytes) -> ProblemError:
    """Return the problem of *data*, which the parser has read from its beginning until *error*."""
    if isinstance(error, httptools.HttpParserInvalidMethodError) and _REQUEST_LINE.match(data):
        # RFC 9110, section 9.1: the status of a method that the server does not recognise.
        detail = "Methods are case-sensitive: GET, not get."
        return ProblemError("method-unknown", "The method is not known", detail, status=501)
    reason = str(error).rstrip(".")
    return _make_bad_request_problem(f"It could not be read: {reason}." if reason else "It could not be read.")


def _make_too_large_problem() -> ProblemError:
    return ProblemError(
        "headers-too-large",
        "The request's headers are too large",
        f"at most {MOST_HEADERS} headers of {LONGEST_FIELD} bytes each, {LONGEST_HEADERS} bytes in total",
        status=431,
    )


def _make_too_long_problem() -> ProblemError:
    return ProblemError(
        "target-too-long",
        "The request's address is too long",
        f"at most {LONGEST_TARGET} bytes are allowed; send long queries by POST",
        status=414,
    )


def _encode_problem(problem: ProblemError) -> bytes:
    body = orjson.dumps(problem.document())
    head = (
        f"HTTP/1.1 {problem.status} {HTTPStatus(problem.status).phrase}\r\n"
        "content-type: application/problem+json\r\n"
        f"content-length: {len(body)}\r\n"
        + "".join(f"{name.decode()}: {value.decode()}\r\n" for name, value in FOR_PROGRAMS)
        + "".join(f"{name.lower()}: {value}\r\n" for name, value in problem.headers.items())
        + "connection: close\r\n\r\n"
    )
    return head.encode("ascii") + body
