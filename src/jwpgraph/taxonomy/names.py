"""Parsing and comparison of scientific names.

Names are parsed by GBIF's name parser. Text that it cannot parse (a virus, an empty string, free text) becomes an
unparsed name that equals only itself.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum

import nameparser
from rapidfuzz.distance import DamerauLevenshtein

from jwpgraph.http.remembering import remember

#: Endings of epithets that depend on the gender of the genus, and interchangeable spellings. Longest first.
_ENDINGS = re.compile(r"(?:ii|i|iae|ae|us|um|a|is|e|os|on|er|ra|rum)$")
_SPELLINGS = (("ae", "e"), ("oe", "e"), ("y", "i"), ("ph", "f"), ("rh", "r"), ("th", "t"), ("j", "i"), ("k", "c"))
_DOUBLED = re.compile(r"(.)\1+")
_LONGEST_NAME = 500
#: German and Scandinavian letters written without diacritics (ICZN, article 32.5.2.1, for ü).
_EXPANSIONS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "æ": "ae", "œ": "oe"})
_EXPANDED = re.compile(r"(?<![aeiou])([aou])e")
#: Open nomenclature, which identifies no taxon with certainty: "sp. 1", "cf. maculata", "ssp. nov.".
_PROVISIONAL = re.compile(
    r"""(?<!\S)(?: (?:sp|spp|ssp|subsp|var|gen)\.?(?=\s*(?:$|,|n(?:ov)?\b|[A-Z0-9([\"'?]))
      | (?:cf|aff|nr|indet|inquirenda)\b | \? )""",
    re.VERBOSE,
)
#: Remarks in place of an author, with all following text.
_NO_AUTHOR = re.compile(
    r"""[\s,;([]*(?<!\w)(?: (?i:auct(?:t|orum)?|hort|sensu|non|nec|emend|unknown|n/a)\b | s\.\s?(?:l|lat|s|str)\.
      | (?i:n\.\s?d\.) | (?i:except|excl(?:uding|\.)|incl(?:uding|\.))(?!\w)
      | (?i:et\ al|in\ litt|(?:in\ |pro\ )?part(?:e|im)?|p\.\s?p\.|nom(?:en|\.)\s?(?:nud|dub|obl)\w*)(?!\w)
      | (?i:append(?:ix|ices)|annex)\b | (?:(?<=[\s([])(?:[A-Z]\w*|all|and|of)\s+)*
        (?i:(?:sub)?populations?|stocks?)\b )""",
    re.VERBOSE,
)
#: Normalisation of transliterations from Cyrillic: Poliakov, Poljakov and Polyakov; Dybowski and Dybovsky.
_TRANSLITERATIONS = (
    (re.compile(r"(?<![aeiou])[jy](?=[aeou])"), "i"),
    (re.compile(r"o(?:ff|w)$"), "ov"),
    (re.compile(r"e(?:ff|w)$"), "ev"),
    (re.compile(r"sk(?:y|i[iyj]?|yi)$"), "ski"),
    (re.compile(r"w(?=ski$)"), "v"),
    (re.compile(r"^t(?:s?ch)"), "ch"),
    (re.compile(r"kh"), "h"),
)


@dataclass(frozen=True, slots=True)
class ScientificName:
    """A scientific name.

    Attributes:
        text: the original text, without author.
        genus: the genus, or the only word of a name of higher rank; empty if the name could not be parsed.
        epithets: the specific and infraspecific epithets.
        authors: surnames of the authors of the description, folded to plain lower-case letters.
        year: year of the description.
    """

    text: str
    genus: str = ""
    epithets: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    year: str | None = None

    @property
    def canonical(self) -> str:
        """The name without author."""
        return " ".join((self.genus, *self.epithets)) if self.genus else self.text

    @property
    def has_author(self) -> bool:
        """True if an author or year is known."""
        return bool(self.authors or self.year)


class NameSimilarity(Enum):
    """Degree of similarity of two names, the closest first."""

    SAME = "same name and author"
    SAME_WORDS = "same name, author missing on one side"
    SAME_WORDS_OTHER_AUTHOR = "same name, other author or year"
    SPELLING = "names that differ in spelling"
    OTHER_GENUS = "same epithet and author in another genus"
    OTHER_RANK = "same epithet and author at another rank"
    NONE = "no resemblance"


@remember(entries=100_000, longest=512)
def parse_name(text: str, authorship: str = "") -> ScientificName:
    """Parse a scientific name.

    Args:
        text: the name, with or without author.
        authorship: author and year if given separately, such as ``(Linnaeus, 1758)``.
    """
    text = " ".join(text.split())[:_LONGEST_NAME]
    if _PROVISIONAL.search(text):
        return ScientificName(text)
    # The space lets the author be a remark as a whole, as it may be after a name.
    written = f"{_without_remarks(text)}{_without_remarks(f' {authorship}')}".strip()[:_LONGEST_NAME]
    try:
        parsed = nameparser.parse(written)
    except nameparser.UnparsableNameError:
        return ScientificName(text)
    genus = getattr(parsed, "genus", None) or getattr(parsed, "uninomial", None) or ""
    epithets = tuple(
        part
        for part in (getattr(parsed, "specific_epithet", None), getattr(parsed, "infraspecific_epithet", None))
        if part
    )
    # The author of the description takes precedence over the author of the current combination.
    original = getattr(parsed, "basionym_authorship", None)
    combined = getattr(parsed, "combination_authorship", None)
    described = original if original is not None and (original.authors or original.year) else combined
    authors = tuple(fold_text(author) for author in described.authors) if described is not None else ()
    return ScientificName(text, genus, epithets, authors, described.year if described is not None else None)


def _without_remarks(text: str) -> str:
    """Return *text* up to the first remark that is neither name nor author."""
    remark = _NO_AUTHOR.search(text)
    return text[: remark.start()] if remark else text


def fold_text(text: str) -> str:
    """Return *text* in plain lower-case letters, without accents, dots, initials and spaces."""
    plain = unicodedata.normalize("NFKD", text.replace("ø", "o").replace("Ø", "O").replace("ß", "ss"))
    letters = "".join(char for char in plain if not unicodedata.combining(char)).lower()
    words = [word for word in re.split(r"[^a-z]+", letters) if len(word) > 1]
    return words[-1] if words else letters.strip()


def stem_epithet(epithet: str) -> str:
    """Return an epithet without ending, variant spellings and doubled letters: ``baerii`` and ``baeri`` agree."""
    text = fold_text(epithet)
    for written, plain in _SPELLINGS:
        text = text.replace(written, plain)
    text = _DOUBLED.sub(r"\1", text)
    return _ENDINGS.sub("", text) or text


@remember(entries=20_000, longest=128)
def list_stems(epithet: str) -> frozenset[str]:
    """Return the stems of an epithet with diacritics removed and expanded: ``güldenstädtii``, ``gueldenstaedtii``."""
    written = unicodedata.normalize("NFC", epithet.lower())
    return frozenset(
        stem_epithet(form) for form in (written, written.translate(_EXPANSIONS), _EXPANDED.sub(r"\1", written))
    )


def is_same_author(one: ScientificName, other: ScientificName) -> bool | None:
    """Return whether two names have the same author and year; None if one of them has neither."""
    if not one.has_author or not other.has_author:
        return None
    if one.year and other.year and one.year != other.year:
        return False
    return (
        not one.authors or not other.authors or _get_plain_author(one.authors[0]) == _get_plain_author(other.authors[0])
    )


def _get_plain_author(folded: str) -> str:
    """Return a folded surname in a normal form of diacritics and transliterations."""
    folded = _EXPANDED.sub(r"\1", folded)
    for written, plain in _TRANSLITERATIONS:
        folded = written.sub(plain, folded)
    return folded


def compare_names(one: ScientificName, other: ScientificName) -> NameSimilarity:
    """Return the similarity of two names."""
    author = is_same_author(one, other)
    if one.canonical == other.canonical:
        if author is None:
            return NameSimilarity.SAME_WORDS
        return NameSimilarity.SAME if author else NameSimilarity.SAME_WORDS_OTHER_AUTHOR
    if not (one.epithets and other.epithets):
        # Unparsed names are not similar to others: "sp. 1" is not a spelling of "sp. 2".
        read = one.genus and other.genus
        return (
            NameSimilarity.SPELLING if read and is_misspelling(one.canonical, other.canonical) else NameSimilarity.NONE
        )
    if len(one.epithets) == len(other.epithets) and _is_spelt_alike(one, other):
        return NameSimilarity.SPELLING
    same_epithet = _is_same_stem(one.epithets[-1], other.epithets[-1])
    if same_epithet and author:
        return NameSimilarity.OTHER_GENUS if len(one.epithets) == len(other.epithets) else NameSimilarity.OTHER_RANK
    return NameSimilarity.NONE


def _is_spelt_alike(one: ScientificName, other: ScientificName) -> bool:
    pairs = list(zip((one.genus, *one.epithets), (other.genus, *other.epithets), strict=True))
    return all(a == b or _is_same_stem(a, b) or is_misspelling(a, b) for a, b in pairs) and (
        sum(a != b for a, b in pairs) == 1 or is_same_author(one, other) is True
    )


def _is_same_stem(one: str, other: str) -> bool:
    return not list_stems(one).isdisjoint(list_stems(other))


def is_misspelling(one: str, other: str) -> bool:
    """Return whether two words differ by one edit, or by two if they are long (Damerau-Levenshtein distance)."""
    allowed = 1 if min(len(one), len(other)) < 10 else 2
    if min(len(one), len(other)) < 5 or one[:1].lower() != other[:1].lower():
        return False
    return DamerauLevenshtein.distance(one.lower(), other.lower(), score_cutoff=allowed) <= allowed
