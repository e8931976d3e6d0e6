"""A transport that sends what is written in one turn of the event loop as one packet."""

from __future__ import annotations

import asyncio
from typing import Any, Final

#: Bytes that are kept at most. The system's transport, which gets the rest, lets the writer wait if it has too many.
_MOST_PENDING: Final = 65_536


class CoalescingTransport(asyncio.Transport):
    """A transport that combines the writes of one event loop iteration into one packet.

    Uvicorn writes headers and body separately, which would cost two system calls and two packets.

    Attributes:
        written: the number of bytes written so far.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._transport = transport
        self._loop = loop
        self._pending: list[bytes | bytearray | memoryview] = []
        self._pending_bytes = 0
        self._has_ended = False
        self.written = 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send *data* at the end of this iteration, or at once if there is much."""
        if self._has_ended:
            return
        if not self._pending:
            self._loop.call_soon(self._flush)
        self._pending.append(data)
        self.written += len(data)
        self._pending_bytes += len(data)
        if self._pending_bytes > _MOST_PENDING:
            self._flush()

    def get_write_buffer_size(self) -> int:
        """Return the number of bytes that are still to be sent."""
        return self._pending_bytes + self._transport.get_write_buffer_size()

    def can_write_eof(self) -> bool:
        """Return whether :meth:`write_eof` is possible."""
        return self._transport.can_write_eof()

    def write_eof(self) -> None:
        """Send pending data and close this side of the connection; further data is dropped."""
        self._flush()
        self._has_ended = True
        if not self._transport.is_closing():
            self._transport.write_eof()

    def close(self) -> None:
        """Send pending data and close."""
        self._flush()
        self._transport.close()

    def abort(self) -> None:
        """Close without sending pending data."""
        self._pending.clear()
        self._transport.abort()

    def is_closing(self) -> bool:
        """Return whether nothing more can be sent."""
        return self._has_ended or self._transport.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return information of the wrapped transport."""
        return self._transport.get_extra_info(name, default)

    def pause_reading(self) -> None:
        """Pause reading."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Resume reading."""
        self._transport.resume_reading()

    def _flush(self) -> None:
        pending, self._pending, self._pending_bytes = self._pending, [], 0
        if pending and not self._transport.is_closing():
            self._transport.write(pending[0] if len(pending) == 1 else b"".join(pending))
