"""The content codings of cached responses (RFC 9110, section 8.4.1)."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Final

import brotli
import zstandard

#: Minimum size in bytes; compression of shorter bodies saves nothing.
WORTHWHILE: Final = 512

CODINGS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "zstd": lambda body: bytes(zstandard.compress(body, 6)),
    "br": lambda body: bytes(brotli.compress(body, quality=5)),
    "gzip": lambda body: gzip.compress(body, 6, mtime=0),
}


def compress(body: bytes, coding: str) -> bytes:
    """Return *body* in *coding*: ``zstd``, ``br``, ``gzip`` or ``identity``.

    Raises:
        KeyError: unknown coding.
    """
    return body if coding == "identity" else CODINGS[coding](body)
