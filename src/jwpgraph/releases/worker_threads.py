"""Threads for the stages of a build that can run side by side."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class WorkerThreads(ThreadPoolExecutor):
    """Threads whose failed calls leave nothing open.

    The frames of an exception's traceback keep the iterators of the engine, and with them its store, which continues to
    write files. Such an iterator can be closed only by the thread that made it; another thread prints an error instead.
    """

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Submit a call, as :meth:`concurrent.futures.Executor.submit`."""

        def call() -> T:
            try:
                return fn(*args, **kwargs)
            except BaseException as error:
                traceback.clear_frames(error.__traceback__)
                raise

        return super().submit(call)
