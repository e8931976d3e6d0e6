"""Bounded memoisation of functions whose arguments come from clients."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, update_wrapper
from typing import Any, Generic, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Remembered(Generic[P, T]):
    """A memoised function with an LRU cache that is bounded in entries and in the length of the arguments.

    Args:
        function: the function; its results must not be much larger than its arguments.
        entries: maximum number of cached results.
        longest: maximum total length, in characters, of arguments whose result is cached.
    """

    def __init__(self, function: Callable[P, T], entries: int, longest: int) -> None:
        self.entries = entries
        self.longest = longest
        self._function = function
        self._cached = lru_cache(maxsize=entries)(function)
        update_wrapper(self, function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """Return the result of the function, from the cache if possible."""
        if _measure_length((*args, *kwargs.values())) > self.longest:
            return self._function(*args, **kwargs)
        return self._cached(*args, **kwargs)  # type: ignore[arg-type]  # lru_cache raises if not hashable

    @property
    def count(self) -> int:
        """The number of cached results."""
        return self._cached.cache_info().currsize


def remember(*, entries: int, longest: int) -> Callable[[Callable[P, T]], Remembered[P, T]]:
    """Return a decorator that makes a function :class:`Remembered`."""
    return lambda function: Remembered(function, entries, longest)


def _measure_length(arguments: tuple[Any, ...]) -> int:
    total = 0
    for argument in arguments:
        if isinstance(argument, str | bytes):
            total += len(argument)
        elif isinstance(argument, tuple):
            total += _measure_length(argument)
    return total
