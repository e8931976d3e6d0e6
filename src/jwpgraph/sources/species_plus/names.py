"""Scientific and common names as exports write them: names with authors in one string, lists separated by commas."""

from __future__ import annotations

import re
from html import unescape
from typing import Final

_EPITHET: Final = r"[a-z\u00df-\u00ff][a-z\u00df-\u00ff-]+"
_GENUS: Final = r"[A-Z][a-z\u00df-\u00ff-]+"
#: Small words that begin an author's name or join two, not an epithet.
_SMALL_WORDS: Final = (
    "and auct de del della der des di do dos du en et ex fide hort in la le non of sensu the van vel von"
)
_PARTICLES: Final = frozenset(_SMALL_WORDS.split())
_MARKS: Final = frozenset(("var.", "subsp.", "ssp.", "f.", "forma", "cf.", "x", "×", "nothosubsp."))
_NEXT_SPECIES: Final = re.compile(rf", (?={_GENUS}(?: \({_GENUS}\))? (?:[x×] )?({_EPITHET})(?:[ ,]|$))")
_AFTER_YEAR: Final = re.compile(r"(?<=\d{4}), |(?<=\d{4}\)), ")
_TAG: Final = re.compile(r"<[^>]*>")
_ITALIC: Final = re.compile(r"</?(?:i|em|b|strong|span|sup|sub)\b[^>]*>", re.IGNORECASE)


def split_synonyms(text: str, *, of_species: bool) -> list[tuple[str, str]]:
    """The names, each with its author, of a list such as ``Ovis jubata Peters, 1876, Ovis arabica Sopin``.

    Args:
        text: the list; authors and years hold commas themselves.
        of_species: whether the names are of species or lower, and so have an epithet to tell them by.
    """
    parts, start = [], 0
    for found in (_NEXT_SPECIES if of_species else _AFTER_YEAR).finditer(text):
        if of_species and found.group(1) in _PARTICLES:
            continue
        parts.append(text[start : found.start()])
        start = found.end()
    parts.append(text[start:])
    return [split_author(part.strip(" ,")) for part in parts if part.strip(" ,")]


def split_author(text: str) -> tuple[str, str]:
    """A scientific name and its author, where one string holds both."""
    words = text.split()
    end = 1
    while end < len(words):
        word = words[end]
        subgenus = end == 1 and re.fullmatch(rf"\({_GENUS}\)", word) and end + 1 < len(words)
        if subgenus and not re.fullmatch(_EPITHET, words[end + 1]):
            break
        if not (subgenus or word in _MARKS or (re.fullmatch(_EPITHET, word) and word not in _PARTICLES)):
            break
        end += 1
    return " ".join(words[:end]), " ".join(words[end:]).strip(" ,")


def split_common_names(text: str) -> list[str]:
    """The names of a list; a comma or semicolon inside parentheses does not separate."""
    names, depth, name = [], 0, ""
    for char in text.replace(";", ",").replace(" eller ", ", "):
        depth += (char == "(") - (char == ")")
        if char == "," and depth <= 0:
            names.append(name)
            name = ""
        else:
            name += char
    return [" ".join(one.split()) for one in [*names, name] if one.strip()]


def strip_markup(markup: str) -> str:
    """The words of a note that holds HTML."""
    return " ".join(unescape(_TAG.sub(" ", _ITALIC.sub("", markup))).split())


def capitalise_name(name: str) -> str:
    """A name of a higher taxon that is written in capitals, as a name is written."""
    return name.capitalize() if name.isupper() else name
