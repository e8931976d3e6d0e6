"""Rendered answers that are kept: their tag names release, address and format, so an equal tag is an equal answer."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

RenderedResponse = tuple[bytes, Mapping[str, str]]

#: What an answer costs beside its bytes: its tag, headers and tables.
_OVERHEAD = 2048
#: No answer may take more than this part of the memory.
_SHARE = 8


class ResponseCache:
    """The answers used last, bounded in bytes.

    Args:
        capacity: bytes that are kept; 0 keeps none.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._answers: OrderedDict[str, RenderedResponse] = OrderedDict()
        self._size = 0

    def __len__(self) -> int:
        return len(self._answers)

    def get(self, tag: str) -> RenderedResponse | None:
        """The answer with that entity tag."""
        answer = self._answers.get(tag)
        if answer is not None:
            self._answers.move_to_end(tag)
        return answer

    def keep(self, tag: str, answer: RenderedResponse) -> None:
        """Keep *answer*, and let go of what was used longest ago where there is no room."""
        size = len(answer[0]) + _OVERHEAD
        if tag in self._answers or size * _SHARE > self._capacity:
            return
        self._answers[tag] = answer
        self._size += size
        while self._size > self._capacity:
            _, (body, _) = self._answers.popitem(last=False)
            self._size -= len(body) + _OVERHEAD
