"""Statistics of clients: fast, very short, and broken limits."""

from __future__ import annotations

from jwpgraph.query_execution.scheduler import ClientStats

QUICK, SLOW, ENDLESS = 0.1, 2.0, 20.0


def test_three_slow_queries_in_a_row_make_a_client_slow() -> None:
    client_stats = ClientStats()
    assert client_stats.quick("stranger")
    seen = []
    for slices in (SLOW, SLOW, SLOW, QUICK, QUICK, QUICK):
        client_stats.learn("a", slices)
        seen.append(client_stats.quick("a"))
    assert seen == [True, True, False, True, True, True]
    assert client_stats.quick("b")


def test_three_quick_queries_make_any_client_quick_again() -> None:
    client_stats = ClientStats()
    for _ in range(20):
        client_stats.learn("a", SLOW)
    for _ in range(3):
        client_stats.learn("a", QUICK)
    assert client_stats.quick("a")


def test_memory_is_bounded() -> None:
    client_stats = ClientStats()
    for _ in range(3):
        client_stats.learn("first", SLOW)
    for number in range(2000):
        client_stats.learn(str(number), SLOW)
        client_stats.learn(f"quick {number}", QUICK)
    assert client_stats.quick("first")


def test_one_query_over_the_deadline_makes_a_client_slow() -> None:
    client_stats = ClientStats()
    client_stats.learn("a", ENDLESS)
    assert not client_stats.quick("a")
    for _ in range(3):
        client_stats.learn("a", QUICK)
    assert client_stats.quick("a")
    assert not client_stats.is_almost_always_quick("a")


def test_a_longer_query_requires_several_brief_ones_before_trust() -> None:
    client_stats = ClientStats()
    assert client_stats.brief("stranger")
    client_stats.learn("a", QUICK)
    seen = []
    for _ in range(20):
        seen.append(client_stats.brief("a"))
        client_stats.learn("a", QUICK / 100, brief=True)
    assert seen == [False] * 16 + [True] * 4
    for number in range(2000):
        client_stats.learn(str(number), QUICK)
    assert len(client_stats) == 1000
