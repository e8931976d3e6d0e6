"""What the pool has learned of its clients: whether their queries are done within a time slice."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

#: How much one query weighs against all before it: three slow ones in a row make a client slow, three quick ones quick.
_LEARNING: Final = 0.25
_QUICK: Final = 0.5
#: Time slices after which one query tells enough of who asked it.
_NO_DOUBT: Final = 10
_NEARLY_ALWAYS: Final = 0.9
#: So near to always quick that there is nothing to remember.
_FORGOTTEN: Final = 0.99
#: Clients that are remembered, those that asked last.
_KNOWN: Final = 1000


class Habits:
    """Which clients keep workers for long; of strangers the best is assumed."""

    def __init__(self) -> None:
        #: Moves between 0 (all slow) and 1; who is not here stands at 1.
        self._quickness: OrderedDict[str, float] = OrderedDict()

    def learn(self, client: str, slices: float) -> None:
        """A query of *client* has ended, or was stopped, after so many time slices."""
        before = self._quickness.pop(client, 1.0)
        after = before + ((slices < 1) - before) * _LEARNING
        if slices > _NO_DOUBT:
            after = min(after, _LEARNING)
        if after < _FORGOTTEN:
            self._quickness[client] = after
        if len(self._quickness) > _KNOWN:
            self._quickness.popitem(last=False)

    def quick(self, client: str) -> bool:
        """Whether most of what *client* asked lately was quick."""
        return self._quickness.get(client, 1.0) >= _QUICK

    def nearly_always_quick(self, client: str) -> bool:
        """Whether a slow query of *client* is an exception."""
        return self._quickness.get(client, 1.0) >= _NEARLY_ALWAYS
