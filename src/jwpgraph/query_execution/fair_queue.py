"""A queue that takes turns between clients, so that one that asks much does not make the others wait."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

Item = TypeVar("Item")


class FairQueue(Generic[Item]):
    """First come, first served within a client; round-robin between clients."""

    def __init__(self) -> None:
        self._clients: OrderedDict[str, deque[Item]] = OrderedDict()
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Item]:
        """The waiting items, client by client."""
        for items in list(self._clients.values()):
            yield from list(items)

    def put(self, client: str, item: Item) -> None:
        """Adds *item* behind what *client* already waits for."""
        self._clients.setdefault(client, deque()).append(item)
        self._length += 1

    def first(self, allowed: Callable[[Item], bool] = lambda _: True) -> Item | None:
        """The *allowed* item whose turn it is; None when there is none."""
        return next((items[0] for items in self._clients.values() if allowed(items[0])), None)

    def take(self, allowed: Callable[[Item], bool] = lambda _: True) -> Item | None:
        """As :meth:`first`, and takes it out; its client has its next turn after all others."""
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
        """Takes *item* out of turn; whether it was there."""
        items = self._clients.get(client)
        if items is None or item not in items:
            return False
        items.remove(item)
        self._length -= 1
        if not items:
            del self._clients[client]
        return True
