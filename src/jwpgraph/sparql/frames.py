"""What passes between the service and a query worker: tagged, length-prefixed frames over a socket pair.

A frame is one tag byte, a 32-bit little-endian length and that many bytes. The service sends ``QUERY``; the worker
answers ``READY`` once when its release is open, and for each query ``HEAD``, ``DATA`` …, ``END``, or ``ERROR`` in place
of whatever would have come next.
"""

from __future__ import annotations

import struct
from typing import Final

QUERY: Final = b"Q"
READY: Final = b"R"
HEAD: Final = b"H"
DATA: Final = b"D"
END: Final = b"E"
ERROR: Final = b"X"

PREFIX: Final = struct.Struct("<cI")


def frame(tag: bytes, payload: bytes = b"") -> bytes:
    """One frame, ready to send."""
    return PREFIX.pack(tag, len(payload)) + payload
