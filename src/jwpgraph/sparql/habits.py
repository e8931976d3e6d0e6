"""What the pool has learned of its clients: whether their queries are done within a time slice."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

#: How much one query weighs against all before it: three slow ones in a row make a client slow, three quick ones quick.
_LEARNING: Final = 0.25
_QUICK: Final = 0.5
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

    def learn(self, client: str, *, quick: bool) -> None:
        """A query of *client* has ended, or was stopped."""
        quickness = self._quickness.pop(client, None)
        if quickness is None and quick:
            return
        before = 1.0 if quickness is None else quickness
        after = before + (quick - before) * _LEARNING
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
