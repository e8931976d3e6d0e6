"""Cache of rendered responses by entity tag; equal tags (release, address and format) mean equal responses."""

from __future__ import annotations

from collections.abc import Mapping

from jwpgraph.http.bounded_cache import BoundedCache

RenderedResponse = tuple[bytes, Mapping[str, str]]
ResponseCache = BoundedCache[str, RenderedResponse]

#: Memory for a response besides its body: tag, headers and tables, in bytes.
_OVERHEAD = 2048
#: A response may use at most one part in this number of the capacity.
_SHARE = 8


def make_response_cache(capacity: int) -> ResponseCache:
    """Return a cache of at most *capacity* bytes; 0 disables it."""
    return BoundedCache(capacity, _SHARE, lambda response: len(response[0]) + _OVERHEAD)
