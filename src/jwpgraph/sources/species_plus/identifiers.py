"""IRIs of taxa, names, listings and distributions, derived from their content rather than row numbers.

The same taxon of the same taxonomy has the same IRI in every export, and so has a listing event, so that a later export
extends an earlier one. If two taxa of one taxonomy share a name, the first has the plain slug; the slug of the other is
extended by its Species+ identifier or its rank.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Final

from jwpgraph.vocabulary import make_entity_iri

_TRANSLITERATED: Final = str.maketrans(
    {"×": "x", "ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "æ": "ae", "œ": "oe", "đ": "d"}
)
_SEPARATORS: Final = re.compile(r"[^a-z0-9]+")


def make_slug(text: str) -> str:
    """Return a name in lower-case ASCII letters, digits and hyphens; for other scripts, a stable digest."""
    plain = unicodedata.normalize("NFKD", text.translate(_TRANSLITERATED)).encode("ascii", "ignore").decode()
    made = _SEPARATORS.sub("-", plain.lower()).strip("-")
    letters = sum(char.isalnum() for char in text)
    if made and len(made.replace("-", "")) * 2 >= letters:
        return made
    return hashlib.sha256(unicodedata.normalize("NFC", text).encode()).hexdigest()[:12]


def _make_slug_digest(text: str) -> str:
    """Return a digest that distinguishes spellings with the same slug (capitals, accents or hyphens)."""
    return hashlib.sha256(unicodedata.normalize("NFC", text).encode()).hexdigest()[:6]


def make_name_iri(name: str, author: str) -> str:
    """Return the IRI of a scientific name with its author; taxonomies share it."""
    made = make_slug(f"{name} {author}".strip())
    usual = make_slug(name) == "-".join(name.lower().split())
    return make_entity_iri("taxon-name", made if usual else f"{made}-{_make_slug_digest(name)}")


def make_common_name_iri(taxonomy: str, taxon: str, language: str, name: str) -> str:
    """Return the IRI of a common name of a taxon in a language."""
    made = make_slug(name)
    usual = name == " ".join(word.capitalize() for word in made.split("-"))
    return make_entity_iri(
        "common-name", taxonomy, taxon, language, made if usual else f"{made}-{_make_slug_digest(name)}"
    )


def make_distribution_iri(taxonomy: str, taxon: str, place: str) -> str:
    """Return the IRI of the distribution record of a taxon in a place."""
    return make_entity_iri("distribution", taxonomy, taxon, place)


class TaxonSlugs:
    """Slugs of the taxa of one taxonomy."""

    def __init__(self) -> None:
        self._taken: dict[str, tuple[str, str, str]] = {}

    def slug(self, name: str, rank: str, number: str = "") -> str:
        """Return the slug of a taxon; a known taxon keeps its slug.

        Args:
            name: the scientific name.
            rank: the rank's slug.
            number: the identifier in the export, if any.
        """
        plain = make_slug(name)
        there = self._taken.get(plain)
        if there is None:
            self._taken[plain] = name, rank, number
            return plain
        if there[:2] == (name, rank) and (not number or not there[2] or there[2] == number):
            if number and not there[2]:
                self._taken[plain] = name, rank, number
            return plain
        return f"{plain}-{number or rank}"


class EventNumbers:
    """IRIs of listing events; further events with the same key are numbered."""

    def __init__(self) -> None:
        self._seen: dict[str, dict[str, int]] = {}

    def iri(self, taxonomy: str, taxon: str, parts: list[str], content: str) -> str:
        """Return the IRI of an event.

        Args:
            taxonomy: ``cites`` or ``cms``.
            taxon: the taxon's slug.
            parts: the distinguishing parts: Appendix, kind of change, date, Party.
            content: the remaining content; the same content has the same number.
        """
        key = "-".join(make_slug(part) for part in parts if part)
        alike = self._seen.setdefault(f"{taxonomy}/{taxon}/{key}", {})
        number = alike.setdefault(content, len(alike) + 1)
        return make_entity_iri("listing-event", taxonomy, taxon, key if number == 1 else f"{key}-{number}")
