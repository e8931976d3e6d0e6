"""What passes between the service and a query worker: tagged, length-prefixed frames over a socket pair.

A frame is one tag byte, a 32-bit little-endian length and that many bytes. The service sends ``QUERY``; the worker
answers ``READY`` once when its release is open, and for each query either ``WHOLE``, for an answer that was complete
before any of it was sent, or ``HEAD``, ``DATA`` …, ``END``; ``ERROR`` comes in place of whatever would have come next.
"""

from __future__ import annotations

import struct
from typing import Final

QUERY: Final = b"Q"
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


def frame(tag: bytes, payload: bytes = b"") -> bytes:
    """One frame, ready to send."""
    return PREFIX.pack(tag, len(payload)) + payload
