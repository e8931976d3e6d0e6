"""Tests of the ranges of mammals in the Mammal Diversity Database, whose countries have names of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from jwpgraph.producers.further_ranges import read_further_ranges
from jwpgraph.vocabulary import ID

TAXON = f"{ID}taxon/cms/otocolobus-manul"


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Russia", "RU"),
        ("Republic of the Congo", "CG"),
        ("Democratic Republic of the Congo", "CD"),
        ("North Korea", "KP"),
        ("South Korea", "KR"),
        ("Vietnam", "VN"),
        ("Taiwan", "TW"),
        ("Brunei", "BN"),
        ("East Timor", "TL"),
        ("Palestine", "PS"),
        ("Alaska", "US"),
        ("Canary Islands", "ES"),
    ],
)
def test_countries_are_known_by_the_names_of_the_database(tmp_path: Path, written: str, code: str) -> None:
    (tmp_path / "mdd.csv").write_text(f"sciName,countryDistribution\nOtocolobus_manul,{written}\n", encoding="utf-8")
    (found,) = read_further_ranges(tmp_path, {"Otocolobus manul": [TAXON]}, [])
    assert found.place == f"{ID}country/{code}"
