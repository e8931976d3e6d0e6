"""Cache of rendered responses by entity tag; equal tags (release, address and format) mean equal responses."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

RenderedResponse = tuple[bytes, Mapping[str, str]]

#: Memory for a response besides its body: tag, headers and tables, in bytes.
_OVERHEAD = 2048
#: A response may use at most one part in this number of the capacity.
_SHARE = 8


class ResponseCache:
    """Least-recently-used cache of responses, bounded in bytes.

    Args:
        capacity: maximum size in bytes; 0 disables the cache.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._answers: OrderedDict[str, RenderedResponse] = OrderedDict()
        self._size = 0

    def __len__(self) -> int:
        return len(self._answers)

    def get(self, tag: str) -> RenderedResponse | None:
        """Return the response with that entity tag."""
        answer = self._answers.get(tag)
        if answer is not None:
            self._answers.move_to_end(tag)
        return answer

    def keep(self, tag: str, answer: RenderedResponse) -> None:
        """Store *answer*, and evict the least recently used responses if necessary."""
        size = len(answer[0]) + _OVERHEAD
        if tag in self._answers or size * _SHARE > self._capacity:
            return
        self._answers[tag] = answer
        self._size += size
        while self._size > self._capacity:
            _, (body, _) = self._answers.popitem(last=False)
            self._size -= len(body) + _OVERHEAD
