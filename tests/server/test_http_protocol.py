"""What is written in one turn of the event loop leaves together, in order, and nothing is lost at the end."""

from __future__ import annotations

import asyncio
import socket

from jwpgraph.server import http_protocol
from jwpgraph.server.coalescing_transport import CoalescingTransport


class Recorder(asyncio.Transport):
    """Keeps what would be sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []

    def is_closing(self) -> bool:
        return self.sent[-1:] in ([b"closed"], [b"aborted"])

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent.append(bytes(data))

    def close(self) -> None:
        self.sent.append(b"closed")

    def abort(self) -> None:
        self.sent.append(b"aborted")


def test_one_turn_is_one_write() -> None:
    async def main() -> None:
        recorder = Recorder()
        transport = CoalescingTransport(recorder, asyncio.get_running_loop())
        transport.write(b"head ")
        transport.write(b"body")
        assert recorder.sent == []
        await asyncio.sleep(0)
        assert recorder.sent == [b"head body"]
        transport.write(b"more")
        await asyncio.sleep(0)
        assert recorder.sent == [b"head body", b"more"]

    asyncio.run(main())


def test_much_is_sent_at_once() -> None:
    """An application that never waits would otherwise fill the memory, as nothing tells it to wait."""

    async def main() -> None:
        recorder = Recorder()
        transport = CoalescingTransport(recorder, asyncio.get_running_loop())
        for _ in range(100):
            transport.write(b"x" * 10_000)
        assert sum(map(len, recorder.sent)) > 900_000
        await asyncio.sleep(0)
        assert sum(map(len, recorder.sent)) == 1_000_000

    asyncio.run(main())


def test_closing_sends_what_is_left_and_aborting_does_not() -> None:
    async def main() -> None:
        closed, aborted = Recorder(), Recorder()
        for recorder, end in ((closed, "close"), (aborted, "abort")):
            transport = CoalescingTransport(recorder, asyncio.get_running_loop())
            transport.write(b"last words")
            getattr(transport, end)()
        await asyncio.sleep(0)
        assert closed.sent == [b"last words", b"closed"]
        assert aborted.sent == [b"aborted"]

    asyncio.run(main())


def test_a_real_connection_gets_all_of_it() -> None:
    async def main() -> None:
        ours, theirs = socket.socketpair()
        transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, sock=ours)
        joined = CoalescingTransport(transport, asyncio.get_running_loop())
        for number in range(1000):
            joined.write(b"%04d" % number)
        joined.close()
        assert joined.is_closing()
        received = b""
        while piece := await asyncio.to_thread(theirs.recv, 65_536):
            received += piece
        assert received == b"".join(b"%04d" % number for number in range(1000))
        theirs.close()

    asyncio.run(main())


HOSTS = ("graph.example.org", "graph.example.org:8000", "localhost:", "192.0.2.1:80", "[2001:db8::1]:443", "", "x%20y")
WRONG_HOSTS = (
    *("exa mple", "192.0.2.1, example.org", "user@example.org", "example.org/path", "[2001:db8::1", "2001:db8::1"),
    *("example.org:port", "example.org?x", 'a"b', "exämple", "a\tb", "%zz"),
)


def test_a_host_is_a_host_and_a_port() -> None:
    """RFC 9112, section 3.2: an invalid field value is answered with 400."""
    for host in HOSTS:
        assert http_protocol._HOST.fullmatch(host.encode()), host
    for host in WRONG_HOSTS:
        assert not http_protocol._HOST.fullmatch(host.encode()), host
