"""What passes between the service and a query worker, over two socket pairs.

Queries are packets of a ``SOCK_SEQPACKET`` pair, one each, so that one which the worker has not taken up can be taken
back whole. One that is longer than a packet is announced by a ``LONG`` frame without payload and follows as plain bytes
on the other pair, a stream.

On the stream the worker answers in tagged, length-prefixed frames: one tag byte, a 32-bit little-endian length and that
many bytes. ``READY`` comes once, when its release is open, and for each query either ``WHOLE``, for an answer that was
complete before any of it was sent, or ``HEAD``, ``DATA`` …, ``END``; ``ERROR`` comes in place of whatever would have
come next.
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
#: What a ``WHOLE`` begins with: whether the worker wants replacing, and the lengths of the two names that stand before
#: the answer, that of its kind and that of its media type.
WHOLE_HEAD: Final = struct.Struct("<?BB")
#: Bytes of the longest query that is sent as a packet.
PACKET_BYTES: Final = 16 * 1024


def encode_frame(tag: bytes, payload: bytes = b"") -> bytes:
    """One frame, ready to send."""
    return PREFIX.pack(tag, len(payload)) + payload
