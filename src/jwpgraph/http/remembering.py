"""Remembering what was computed from what clients send: never more bytes than are allowed for it."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, update_wrapper
from typing import Any, Generic, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Remembered(Generic[P, T]):
    """A function whose latest results are remembered, for arguments that are short.

    Args:
        function: what is computed; its results are not much longer than its arguments.
        entries: how many results are remembered.
        longest: characters that the arguments of a remembered result may have together.
    """

    def __init__(self, function: Callable[P, T], entries: int, longest: int) -> None:
        self.entries = entries
        self.longest = longest
        self._function = function
        self._cached = lru_cache(maxsize=entries)(function)
        update_wrapper(self, function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """The function's result, computed or remembered."""
        if _length((*args, *kwargs.values())) > self.longest:
            return self._function(*args, **kwargs)
        return self._cached(*args, **kwargs)  # type: ignore[arg-type]  # they can be hashed, or it says so

    @property
    def count(self) -> int:
        """How many results are remembered now."""
        return self._cached.cache_info().currsize


def remember(*, entries: int, longest: int) -> Callable[[Callable[P, T]], Remembered[P, T]]:
    """A decorator that makes :class:`Remembered` functions."""
    return lambda function: Remembered(function, entries, longest)


def _length(arguments: tuple[Any, ...]) -> int:
    total = 0
    for argument in arguments:
        if isinstance(argument, str | bytes):
            total += len(argument)
        elif isinstance(argument, tuple):
            total += _length(argument)
    return total
