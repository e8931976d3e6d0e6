"""Names that readers use for animals, from a table, and the choice among the common names of a taxon."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import NamedTuple

_WORD = re.compile(r"\w+")


class AnimalName(NamedTuple):
    """A row of the table.

    Attributes:
        name: the name.
        languages: the languages in which it is one.
        taxa: the scientific names of the taxa that it means.
    """

    name: str
    languages: tuple[str, ...]
    taxa: tuple[str, ...]


@cache
def read_animal_names() -> tuple[AnimalName, ...]:
    """Return the rows of the table."""
    text = files(__package__).joinpath("animal_names.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return tuple(
        AnimalName(row["name"], tuple(row["languages"].split()), tuple(row["taxa"].split(";"))) for row in rows
    )


def choose_common_name(names: Iterable[str], iri: str = "") -> str:
    """Return one of the common names of a taxon in one language, for readers of another language than English.

    The sources list them in alphabetical order and prefer none. The name that readers use is the best one. Of the
    others a name whose words begin or end others (“Anguille” of “Anguille argentée”) is better than one that stands
    alone; otherwise the alphabetical order decides.

    Args:
        names: the names, at least one.
        iri: IRI of the taxon, whose last part is made of its scientific name.
    """
    words = {name: _WORD.findall(name.casefold()) for name in names}
    used = _get_used_names(for_english=False).get(iri.rpartition("/")[2], frozenset())

    def is_part(name: str) -> bool:
        own = words[name]
        return any(len(own) < len(one) and own in (one[: len(own)], one[-len(own) :]) for one in words.values())

    return min(words, key=lambda name: (_fold(name) not in used, not is_part(name), name))


def find_used_name(names: Iterable[str], iri: str) -> str | None:
    """Return the one of the English common names of a taxon that readers use; None if they use none of them."""
    used = _get_used_names(for_english=True).get(iri.rpartition("/")[2], frozenset())
    return min((name for name in names if _fold(name) in used), default=None)


def _fold(name: str) -> str:
    plain = unicodedata.normalize("NFD", name.casefold())
    return " ".join(_WORD.findall("".join(char for char in plain if not unicodedata.combining(char))))


@cache
def _get_used_names(*, for_english: bool) -> dict[str, frozenset[str]]:
    """Return the names of single species without accents, in English or in others, by the last part of their IRI."""
    found: dict[str, set[str]] = {}
    for one in read_animal_names():
        fits = "en" in one.languages if for_english else {*one.languages} != {"en"}
        if len(one.taxa) == 1 and fits:
            found.setdefault(one.taxa[0].casefold().replace(" ", "-"), set()).add(_fold(one.name))
    return {slug: frozenset(names) for slug, names in found.items()}
