"""Which worker a query may have: two lanes, and lines behind busy workers. Here it is decided; the pool acts on it.

Queries start in the *quick* lane, whose last free worker is kept for those who do not keep workers for long. As soon as
the processors are busy, a query of somebody whose queries are over at once stands in line behind one of the same kind,
which spares both processes most of the switching to and fro; it is taken back where that turns out to take longer.

One that is still running after a time slice while no quick worker is free moves, with its worker, to the *slow* lane,
which has as many places and a lower priority, and a fresh worker takes over the quick one's place. With the slow lane
full, and somebody waiting whose queries are quick, it is started over in the slow lane when its turn comes. So short
queries stay short whatever else is asked (``docs/isolation.md``).
"""

from __future__ import annotations

import os
import time
from collections import Counter
from typing import Final

from jwpgraph.sparql.channel import Channel, is_short
from jwpgraph.sparql.evaluation import Evaluation
from jwpgraph.sparql.fair_queue import FairQueue
from jwpgraph.sparql.habits import Habits
from jwpgraph.sparql.limits import Limits
from jwpgraph.sparql.workforce import Workforce

#: Queries that a worker is given at most: the one that it evaluates and those that stand in line.
_LINE: Final = 6
#: Workers that the machine can run beside this process; more would only take turns.
_AT_ONCE: Final = max(1, len(os.sched_getaffinity(0)) - 1 if hasattr(os, "sched_getaffinity") else 1)


class Lanes:
    """The queries that wait, and where they may go.

    Args:
        limits: places and times.
        workforce: the workers that there are.
    """

    def __init__(self, limits: Limits, workforce: Workforce) -> None:
        #: Queries that wait for a quick worker.
        self.quick: FairQueue[Evaluation] = FairQueue()
        #: Queries that were started over and wait for a place in the slow lane.
        self.slow: FairQueue[Evaluation] = FairQueue()
        self.habits = Habits()
        #: Places in the slow lane for which a worker is being started, by client.
        self.launching_slow: Counter[str] = Counter()
        self._limits = limits
        self._workforce = workforce

    @property
    def waiting(self) -> int:
        """How many queries wait."""
        return len(self.quick) + len(self.slow)

    def learn(self, evaluation: Evaluation) -> None:
        """Remembers of the client whether it kept a worker for longer than a time slice."""
        if evaluation.started is not None:
            seconds = time.monotonic() - evaluation.started
            self.habits.learn(evaluation.client, seconds / self._limits.time_slice, brief=seconds <= self._limits.brief)

    def may_be_quick(self, evaluation: Evaluation) -> bool:
        """Whether a query may have a free quick worker; the last one is not for those who keep others busy for long."""
        if len(self._workforce.idle) > 1 or self._workforce.places == 1:
            return True
        if not self.habits.quick(evaluation.client):
            return False
        channels = self._workforce.channels
        burdens = {at.evaluation.client for at in channels if at.slowed and at.evaluation is not None}
        return evaluation.client not in burdens and not any(slow.client == evaluation.client for slow in self.slow)

    def is_of_the_quick(self, evaluation: Evaluation) -> bool:
        """Whether a query is of somebody most of whose queries are quick."""
        return self.habits.quick(evaluation.client)

    def pick(self, evaluation: Evaluation) -> Channel:
        """The free quick worker that suits a query: one that yields to others, for those whose queries are slow."""
        idle, slow = self._workforce.idle, not self.habits.quick(evaluation.client)
        channel = next((channel for channel in reversed(idle) if channel.slowed == slow), idle[-1])
        idle.remove(channel)
        return channel

    def suits(self, channel: Channel, evaluation: Evaluation) -> bool:
        """Whether a quick worker may go on after a query, or yields more than the next one is owed."""
        client = evaluation.client
        return not (channel.slowed and self.habits.quick(client)) and not (
            channel.confined and not self.habits.breaks(client)
        )

    def is_brief(self, evaluation: Evaluation) -> bool:
        """Whether a query may stand in line, or others behind it."""
        return self.habits.brief(evaluation.client) and is_short(evaluation)

    def room(self) -> Channel | None:
        """A quick worker that will soon be done with what it was given, and may be given more; the least busy one.

        There is none as long as another worker would really be another processor.
        """
        best: Channel | None = None
        if len(self._workforce.channels) - len(self._workforce.idle) < _AT_ONCE:
            return None
        since = time.monotonic() - self._limits.brief
        for channel in self._workforce.channels:
            ahead = channel.evaluation
            if (
                ahead is not None
                and len(channel.given) < (len(best.given) if best else _LINE)
                and channel.lane == "quick"
                and not channel.slowed
                and channel.release_number == self._workforce.release_number
                and not ahead.begun
                and ahead.started is not None
                and ahead.started > since
                and self.is_brief(ahead)
            ):
                best = channel
        return best

    def may_be_slow(self, evaluation: Evaluation) -> bool:
        """Whether the slow lane has a place for a query; no client may take all of it."""
        held = Counter(self.launching_slow)
        channels = self._workforce.channels
        held.update(at.evaluation.client for at in channels if at.lane == "slow" and at.evaluation is not None)
        places = self._limits.workers
        return held.total() < places and held[evaluation.client] < max(1, places - 1)

    def quick_waiting(self, client: str) -> int:
        """How many wait for a quick worker that a slow query of *client* should make way for.

        Whose own queries are slow gains nothing by it; for a client's own sake it is only done when few of them are.
        """
        return sum(
            self.habits.nearly_always_quick(client) if other.client == client else self.habits.quick(other.client)
            for other in self.quick
        )

    def all_slow(self, now: float) -> bool:
        """Whether every quick worker is held by a slow query, so that none will soon be free for who may come next."""
        young = now - self._limits.time_slice
        return not any(
            at.lane == "quick" and at.evaluation is not None and (at.evaluation.started or now) > young
            for at in self._workforce.channels
        )
