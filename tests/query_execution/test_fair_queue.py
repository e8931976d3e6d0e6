"""Turns between clients."""

from __future__ import annotations

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from jwpgraph.query_execution.scheduler import FairQueue


def test_clients_take_turns_in_the_order_in_which_they_came() -> None:
    queue: FairQueue[str] = FairQueue()
    for item in ("a1", "a2", "a3", "b1", "c1", "c2"):
        queue.put(item[0], item)
    assert [queue.take() for _ in range(7)] == ["a1", "b1", "c1", "a2", "c2", "a3", None]


def test_items_can_be_removed_from_the_middle() -> None:
    queue: FairQueue[str] = FairQueue()
    queue.put("a", "a1")
    queue.put("a", "a2")
    assert queue.remove("a", "a1")
    assert not queue.remove("a", "a1")
    assert not queue.remove("b", "b1")
    assert list(queue) == ["a2"]
    assert queue.take(lambda item: item != "a2") is None
    assert queue.take() == "a2"
    assert len(queue) == 0


@given(st.lists(st.one_of(st.sampled_from("abc"), st.none()), max_size=80))
def test_nothing_is_lost_and_each_client_keeps_its_order(steps: list[str | None]) -> None:
    queue: FairQueue[tuple[str, int]] = FairQueue()
    put: dict[str, list[int]] = defaultdict(list)
    taken: dict[str, list[int]] = defaultdict(list)
    for number, client in enumerate(steps):
        if client is None:
            item = queue.take()
            if item is not None:
                taken[item[0]].append(item[1])
        else:
            put[client].append(number)
            queue.put(client, (client, number))
        assert len(queue) == len(list(queue))
    while (item := queue.take()) is not None:
        taken[item[0]].append(item[1])
    assert taken == put
