"""A queue with round-robin between clients, so that many queries of one client do not delay those of others."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

Item = TypeVar("Item")


class FairQueue(Generic[Item]):
    """A queue that is FIFO within a client and round-robin between clients."""

    def __init__(self) -> None:
        self._clients: OrderedDict[str, deque[Item]] = OrderedDict()
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Item]:
        """Iterate over the waiting items, client by client."""
        for items in list(self._clients.values()):
            yield from list(items)

    def put(self, client: str, item: Item) -> None:
        """Append *item* to the queue of *client*."""
        self._clients.setdefault(client, deque()).append(item)
        self._length += 1

    def first(self, allowed: Callable[[Item], bool] = lambda _: True) -> Item | None:
        """Return the next *allowed* item, or ``None``."""
        return next((items[0] for items in self._clients.values() if allowed(items[0])), None)

    def take(self, allowed: Callable[[Item], bool] = lambda _: True) -> Item | None:
        """Remove and return the next *allowed* item, or ``None``; its client moves to the end of the round."""
        for client, items in self._clients.items():
            if allowed(items[0]):
                item = items.popleft()
                self._length -= 1
                self._clients.move_to_end(client)
                if not items:
                    del self._clients[client]
                return item
        return None

    def remove(self, client: str, item: Item) -> bool:
        """Remove *item*; return whether it was in the queue."""
        items = self._clients.get(client)
        if items is None or item not in items:
            return False
        items.remove(item)
        self._length -= 1
        if not items:
            del self._clients[client]
        return True
