"""The exponents of growth, and their table."""

from __future__ import annotations

import math

import pytest
from benchmarks.growth import calculate_exponent, write_table


@pytest.mark.parametrize(
    ("smaller", "larger", "exponent"),
    [
        ((1_000, 2.0), (10_000, 20.0), 1.0),
        ((1_000, 2.0), (10_000, 2.0), 0.0),
        ((1_000, 2.0), (10_000, 200.0), 2.0),
        ((400_000, 3.0), (1_600_000, 24.0), 1.5),
    ],
)
def test_exponents_are_slopes_on_logarithmic_scales(smaller, larger, exponent: float) -> None:
    assert calculate_exponent(smaller, larger) == pytest.approx(exponent)


def test_a_cost_that_is_not_known_has_no_exponent() -> None:
    assert math.isnan(calculate_exponent((1_000, math.nan), (10_000, 1.0)))
    assert math.isnan(calculate_exponent((1_000, 0.0), (10_000, 1.0)))


def test_the_table_has_a_row_for_each_cost_and_an_exponent_between_neighbours() -> None:
    found = {10_000: {"size, MiB": 30.0, "home page": 0.02}, 1_000: {"size, MiB": 3.0, "home page": 0.02}}
    assert write_table(found | {100_000: {"size, MiB": 3000.0, "home page": 2.0}}).splitlines() == [
        "| cost | 1,000 | 10,000 | 100,000 | exponent to 10,000 | exponent to 100,000 |",
        "|---|---|---|---|---|---|",
        "| size, MiB | 3 | 30 | 3,000 | 1.00 | 2.00 |",
        "| home page | 20 ms | 20 ms | 2 s | 0.00 | 2.00 |",
    ]
