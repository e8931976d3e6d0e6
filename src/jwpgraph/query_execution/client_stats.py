"""Statistics of clients for scheduling: whether their recent queries were fast, very short, or broke a limit."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

#: Weight of the latest query in the moving average; three slow queries in a row make a client slow.
_LEARNING_RATE: Final = 0.25
_QUICK: Final = 0.5
#: Time slices after which a single query makes a client slow.
_DECISIVE_SLICES: Final = 10
_NEARLY_ALWAYS: Final = 0.9
#: Average above which a client's entry is dropped.
_FULL_TRUST: Final = 0.99
#: Number of very short queries required after one that was not, before the next is expected to be very short.
_BRIEF_QUERIES_OWED: Final = 16
#: Number of answered queries required after a broken limit, before the client is trusted again.
_ANSWERS_OWED: Final = 3
#: Maximum number of clients with entries; the least recent ones are dropped.
_MOST_CLIENTS: Final = 1000


class ClientStats:
    """Statistics per client address; unknown clients are assumed to be fast."""

    def __init__(self) -> None:
        #: Moving average of "query was fast", from 0 to 1; 1 for clients without an entry.
        self._quickness: OrderedDict[str, float] = OrderedDict()
        #: Number of very short queries still required; 0 for clients without an entry.
        self._owed_brief_queries: OrderedDict[str, int] = OrderedDict()
        #: Number of answered queries still required after a broken limit; 0 for clients without an entry.
        self._owed_answers: OrderedDict[str, int] = OrderedDict()

    def learn(self, client: str, slices: float, *, brief: bool = False) -> None:
        """Record a query of *client* that has ended or was stopped.

        Args:
            client: address of the client.
            slices: time for which the query occupied its worker, in time slices.
            brief: whether it was very short (:attr:`.QueryLimits.brief`).
        """
        before = self._quickness.pop(client, 1.0)
        after = before + ((slices < 1) - before) * _LEARNING_RATE
        if slices > _DECISIVE_SLICES:
            after = min(after, _LEARNING_RATE)
        if after < _FULL_TRUST:
            self._quickness[client] = after
        if len(self._quickness) > _MOST_CLIENTS:
            self._quickness.popitem(last=False)
        required = self._owed_brief_queries.pop(client, 0) - 1 if brief else _BRIEF_QUERIES_OWED
        if required > 0:
            self._owed_brief_queries[client] = required
            self._owed_brief_queries.move_to_end(client)
            if len(self._owed_brief_queries) > _MOST_CLIENTS:
                self._owed_brief_queries.popitem(last=False)

    def brief(self, client: str) -> bool:
        """Return whether recent queries of *client* were very short, so that others can queue behind them."""
        return client not in self._owed_brief_queries

    def quick(self, client: str) -> bool:
        """Return whether most recent queries of *client* were fast."""
        return self._quickness.get(client, 1.0) >= _QUICK

    def is_almost_always_quick(self, client: str) -> bool:
        """Return whether slow queries of *client* are rare exceptions."""
        return self._quickness.get(client, 1.0) >= _NEARLY_ALWAYS

    def record_broken_limit(self, client: str) -> None:
        """Record that a query of *client* exceeded its deadline or memory, or crashed its worker."""
        self._owed_answers[client] = _ANSWERS_OWED
        self._owed_answers.move_to_end(client)
        if len(self._owed_answers) > _MOST_CLIENTS:
            self._owed_answers.popitem(last=False)

    def record_answer(self, client: str) -> None:
        """Record that a query of *client* was answered."""
        required = self._owed_answers.get(client)
        if required == 1:
            del self._owed_answers[client]
        elif required is not None:
            self._owed_answers[client] = required - 1

    def breaks_limits(self, client: str) -> bool:
        """Return whether *client* has recently broken limits, so that its next query may do so, too."""
        return client in self._owed_answers
