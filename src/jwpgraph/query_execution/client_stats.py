"""What the pool has learned of its clients: whether their queries are done within a time slice, or even at once."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

#: How much one query weighs against all before it: three slow ones in a row make a client slow, three quick ones quick.
_LEARNING_RATE: Final = 0.25
_QUICK: Final = 0.5
#: Time slices after which one query tells enough of who asked it.
_DECISIVE_SLICES: Final = 10
_NEARLY_ALWAYS: Final = 0.9
#: So near to always quick that there is nothing to remember.
_FULL_TRUST: Final = 0.99
#: Queries that must have been over at once, after one that was not, until the next is expected to be.
_BRIEF_QUERIES_OWED: Final = 16
#: Queries that must have been answered, after one that broke a limit, until the next is expected to keep them.
_ANSWERS_OWED: Final = 3
#: Clients that are remembered, those that asked last.
_MOST_CLIENTS: Final = 1000


class ClientStats:
    """Which clients keep workers for long; of strangers the best is assumed."""

    def __init__(self) -> None:
        #: Moves between 0 (all slow) and 1; who is not here stands at 1.
        self._quickness: OrderedDict[str, float] = OrderedDict()
        #: How many queries that are over at once are missing; who is not here owes none.
        self._owed_brief_queries: OrderedDict[str, int] = OrderedDict()
        #: Answers that are missing until a client is trusted again; who is not here is.
        self._owed_answers: OrderedDict[str, int] = OrderedDict()

    def learn(self, client: str, slices: float, *, brief: bool = False) -> None:
        """A query of *client* has ended, or was stopped, after so many time slices.

        Args:
            client: who asked it.
            slices: for how long it kept its worker.
            brief: whether it was over at once.
        """
        before = self._quickness.pop(client, 1.0)
        after = before + ((slices < 1) - before) * _LEARNING_RATE
        if slices > _DECISIVE_SLICES:
            after = min(after, _LEARNING_RATE)
        if after < _FULL_TRUST:
            self._quickness[client] = after
        if len(self._quickness) > _MOST_CLIENTS:
            self._quickness.popitem(last=False)
        missing = self._owed_brief_queries.pop(client, 0) - 1 if brief else _BRIEF_QUERIES_OWED
        if missing > 0:
            self._owed_brief_queries[client] = missing
            self._owed_brief_queries.move_to_end(client)
            if len(self._owed_brief_queries) > _MOST_CLIENTS:
                self._owed_brief_queries.popitem(last=False)

    def brief(self, client: str) -> bool:
        """Whether all that *client* asked lately was over at once, so that little harm is in waiting behind it."""
        return client not in self._owed_brief_queries

    def quick(self, client: str) -> bool:
        """Whether most of what *client* asked lately was quick."""
        return self._quickness.get(client, 1.0) >= _QUICK

    def is_almost_always_quick(self, client: str) -> bool:
        """Whether a slow query of *client* is an exception."""
        return self._quickness.get(client, 1.0) >= _NEARLY_ALWAYS

    def record_broken_limit(self, client: str) -> None:
        """A query of *client* was stopped at a limit: its deadline, its memory or what its worker survives."""
        self._owed_answers[client] = _ANSWERS_OWED
        self._owed_answers.move_to_end(client)
        if len(self._owed_answers) > _MOST_CLIENTS:
            self._owed_answers.popitem(last=False)

    def kept(self, client: str) -> None:
        """A query of *client* was answered."""
        missing = self._owed_answers.get(client)
        if missing == 1:
            del self._owed_answers[client]
        elif missing is not None:
            self._owed_answers[client] = missing - 1

    def breaks_limits(self, client: str) -> bool:
        """Whether *client* has lately asked what breaks limits, so that its next query may well be hostile."""
        return client in self._owed_answers
