"""What is remembered of clients, and what is not."""

from __future__ import annotations

from jwpgraph.sparql.habits import Habits

QUICK, SLOW, ENDLESS = 0.1, 2.0, 20.0


def test_three_slow_queries_in_a_row_make_a_client_slow() -> None:
    habits = Habits()
    assert habits.quick("stranger")
    seen = []
    for slices in (SLOW, SLOW, SLOW, QUICK, QUICK, QUICK):
        habits.learn("a", slices)
        seen.append(habits.quick("a"))
    assert seen == [True, True, False, True, True, True]
    assert habits.quick("b")


def test_three_quick_queries_make_any_client_quick_again() -> None:
    habits = Habits()
    for _ in range(20):
        habits.learn("a", SLOW)
    for _ in range(3):
        habits.learn("a", QUICK)
    assert habits.quick("a")


def test_memory_is_bounded() -> None:
    habits = Habits()
    for _ in range(3):
        habits.learn("first", SLOW)
    for number in range(2000):
        habits.learn(str(number), SLOW)
        habits.learn(f"quick {number}", QUICK)
    assert habits.quick("first")


def test_one_query_that_would_not_end_is_enough() -> None:
    habits = Habits()
    habits.learn("a", ENDLESS)
    assert not habits.quick("a")
    for _ in range(3):
        habits.learn("a", QUICK)
    assert habits.quick("a")
    assert not habits.nearly_always_quick("a")


def test_who_asked_something_longer_owes_a_row_of_brief_queries() -> None:
    habits = Habits()
    assert habits.brief("stranger")
    habits.learn("a", QUICK)
    seen = []
    for _ in range(20):
        seen.append(habits.brief("a"))
        habits.learn("a", QUICK / 100, brief=True)
    assert seen == [False] * 16 + [True] * 4
    for number in range(2000):
        habits.learn(str(number), QUICK)
    assert len(habits._missing) == 1000
