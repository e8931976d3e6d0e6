"""The content codings in which cached answers are kept (RFC 9110, section 8.4.1)."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Final

import brotli
import zstandard

#: Shorter bodies grow, or save nothing worth a second form.
WORTHWHILE: Final = 512

CODINGS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "zstd": lambda body: bytes(zstandard.compress(body, 6)),
    "br": lambda body: bytes(brotli.compress(body, quality=5)),
    "gzip": lambda body: gzip.compress(body, 6, mtime=0),
}


def compress(body: bytes, coding: str) -> bytes:
    """*body* in *coding*: ``zstd``, ``br``, ``gzip`` or ``identity``.

    Raises:
        KeyError: another coding.
    """
    return body if coding == "identity" else CODINGS[coding](body)
