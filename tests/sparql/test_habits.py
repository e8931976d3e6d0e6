"""What is remembered of clients, and what is not."""

from __future__ import annotations

from jwpgraph.sparql.habits import Habits


def test_three_slow_queries_in_a_row_make_a_client_slow() -> None:
    habits = Habits()
    assert habits.quick("stranger")
    seen = []
    for quick in (False, False, False, True, True, True):
        habits.learn("a", quick=quick)
        seen.append(habits.quick("a"))
    assert seen == [True, True, False, True, True, True]
    assert habits.quick("b")


def test_three_quick_queries_make_any_client_quick_again() -> None:
    habits = Habits()
    for _ in range(20):
        habits.learn("a", quick=False)
    for _ in range(3):
        habits.learn("a", quick=True)
    assert habits.quick("a")


def test_memory_is_bounded() -> None:
    habits = Habits()
    for _ in range(3):
        habits.learn("first", quick=False)
    for number in range(2000):
        habits.learn(str(number), quick=False)
        habits.learn(f"quick {number}", quick=True)
    assert habits.quick("first")
