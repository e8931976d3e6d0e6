"""Content negotiation: media types (RFC 9110 §12.5.1) and content codings (§12.5.3)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from jwpgraph.http.remembering import remember

MediaType = str

_WORD: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_RANGE: Final = re.compile(rf"\s*({_WORD})/({_WORD})\s*")
_PARAMETER: Final = re.compile(rf";\s*(?:({_WORD})=({_WORD}|\"(?:[^\"\\]|\\.)*\"))?\s*")
_CODING: Final = re.compile(rf"\s*({_WORD})\s*(?:;\s*[qQ]=([0-9.]+)\s*)?\Z")
_QUALITY: Final = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")
#: No client names more than some ten; each costs time for every format that there is.
MOST_ELEMENTS: Final = 64
#: Characters of a header that what it says is remembered of.
_LONGEST: Final = 512
#: Says how a text is encoded, never which type it is; there is UTF-8 and nothing else here.
_IMMATERIAL: Final = frozenset({"charset", "version"})


@dataclass(frozen=True, slots=True)
class MediaRange:
    """One element of an Accept header."""

    type: str
    subtype: str
    parameters: frozenset[tuple[str, str]]
    quality: float

    def specificity(self, offer: MediaRange) -> int:
        """How closely this range fits *offer*: 0 not at all, more is closer."""
        if self.type == "*":
            return 1
        if self.type != offer.type:
            return 0
        if self.subtype == "*":
            return 2
        if self.subtype != offer.subtype or not self.parameters <= offer.parameters:
            return 0
        return 3 + len(self.parameters)


@remember(entries=512, longest=_LONGEST)
def parse_accept(accept: str) -> tuple[MediaRange, ...]:
    """The first elements of an Accept header; those that are malformed are left out."""
    ranges = (_parse_range(element) for element in _split_elements(accept)[:MOST_ELEMENTS])
    return tuple(range_ for range_ in ranges if range_ is not None)


def negotiate(accept: str | None, offers: Sequence[MediaType]) -> MediaType | None:
    """The offer that *accept* likes best, or ``None`` when it likes none (406).

    Among equals the more closely named wins, then the earlier offer. Without a usable Accept header it is the first.

    Args:
        accept: the Accept header as it came, if it came.
        offers: media types, the service's favourite first, with parameters where they matter.
    """
    ranges = parse_accept(accept) if accept else ()
    if not ranges:
        return offers[0] if offers else None
    best: MediaType | None = None
    best_rank = (0.0, 0)
    for offer in offers:
        rank = _rank_offer(ranges, offer)
        if rank[0] > 0 and rank > best_rank:
            best, best_rank = offer, rank
    return best


def accepts_html(accept: str | None) -> bool:
    """Whether the client names HTML, as browsers do, rather than merely allowing anything."""
    return any((range_.type, range_.subtype) == ("text", "html") for range_ in parse_accept(accept or ""))


def parse_content_type(content_type: str) -> tuple[str, dict[str, str]]:
    """A Content-Type header as the media type in lower case and its parameters."""
    range_ = _RANGE.match(content_type)
    if range_ is None:
        return content_type.strip().lower(), {}
    return f"{range_[1]}/{range_[2]}".lower(), dict(_parse_parameters(content_type[range_.end() :]))


def negotiate_coding(accept_encoding: str | None, available: Sequence[str]) -> str:
    """The content coding to use, ``identity`` where the client wants none of the *available* ones (best first)."""
    if not accept_encoding:
        return "identity"
    return _negotiate_coding(accept_encoding, tuple(available))


@remember(entries=512, longest=_LONGEST)
def _negotiate_coding(accept_encoding: str, available: tuple[str, ...]) -> str:
    wanted: dict[str, float] = {}
    for element in accept_encoding.lower().split(",")[:MOST_ELEMENTS]:
        coding = _CODING.match(element)
        if coding is not None:
            wanted[coding[1]] = _parse_quality(coding[2]) if coding[2] else 1.0
    anything = wanted.get("*", 0.0)
    ranked = [(wanted.get(coding, anything), coding) for coding in available]
    quality, best = max(ranked, key=lambda pair: pair[0], default=(0.0, "identity"))
    return best if quality > 0 and quality >= wanted.get("identity", 0.0) else "identity"


@lru_cache(maxsize=256)
def _parse_offer(media_type: MediaType) -> MediaRange:
    parsed = _parse_range(media_type)
    if parsed is None:
        raise ValueError(f"not a media type: {media_type!r}")
    return parsed


def _rank_offer(ranges: tuple[MediaRange, ...], offer: MediaType) -> tuple[float, int]:
    """The quality that the most specific matching range gives the offer, and how specific that is."""
    parsed = _parse_offer(offer)
    specificity, quality = max((range_.specificity(parsed), range_.quality) for range_ in ranges)
    return (quality, specificity) if specificity else (0.0, 0)


def _split_elements(text: str) -> list[str]:
    """Split at the commas outside quoted strings."""
    if '"' not in text:
        return text.split(",")
    return re.findall(r'(?:[^",]|"(?:[^"\\]|\\.)*+"?)++', text)


def _parse_range(element: str) -> MediaRange | None:
    range_ = _RANGE.match(element)
    if range_ is None or (range_[1] == "*" and range_[2] != "*"):
        return None
    quality = 1.0
    parameters: list[tuple[str, str]] = []
    for name, value in _parse_parameters(element[range_.end() :]):
        if name == "q":
            quality = _parse_quality(value)
        elif name not in _IMMATERIAL:
            parameters.append((name, value))
    return MediaRange(range_[1].lower(), range_[2].lower(), frozenset(parameters), quality)


def _parse_parameters(text: str) -> list[tuple[str, str]]:
    found = []
    position = 0
    while match := _PARAMETER.match(text, position):
        if match[1]:
            value = re.sub(r"\\(.)", r"\1", match[2][1:-1]) if match[2].startswith('"') else match[2]
            found.append((match[1].lower(), value))
        position = match.end()
    return found


def _parse_quality(text: str) -> float:
    """A malformed weight counts as none given would, but least: the client wanted it ranked."""
    return float(text) if _QUALITY.fullmatch(text) else 0.001
