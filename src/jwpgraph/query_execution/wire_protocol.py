"""The protocol between the service and a query worker, over two socket pairs.

Queries are sent on a ``SOCK_SEQPACKET`` pair, one packet each, so that the service can retract a query that the worker
has not read. A query longer than a packet is announced there by a ``LONG`` frame header and sent on the stream pair.

On the stream the worker sends frames: a tag byte, a 32-bit little-endian length and the payload. ``READY`` is sent
once, when the release is open. For each query the worker sends either ``WHOLE``, if the result was complete before any
of it was sent, or ``HEAD``, ``DATA`` …, ``END``. ``ERROR`` replaces the next frame of any of these.
"""

from __future__ import annotations

import struct
from typing import Final

LONG: Final = b"L"
WHOLE: Final = b"W"
READY: Final = b"R"
HEAD: Final = b"H"
DATA: Final = b"D"
END: Final = b"E"
ERROR: Final = b"X"

PREFIX: Final = struct.Struct("<cI")
#: Header of a ``WHOLE`` payload: whether the worker should be replaced, and the lengths of the names of the result's
#: kind and media type, which precede the result.
WHOLE_HEAD: Final = struct.Struct("<?BB")
#: Maximum size in bytes of a query that is sent as a packet.
PACKET_BYTES: Final = 16 * 1024


def encode_frame(tag: bytes, payload: bytes = b"") -> bytes:
    """Return a frame as bytes."""
    return PREFIX.pack(tag, len(payload)) + payload
