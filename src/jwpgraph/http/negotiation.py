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
#: Maximum number of elements read from a header. Clients send about ten; each is compared with every offered format.
MOST_ELEMENTS: Final = 64
#: Longest header, in characters, whose parsed form is cached.
_LONGEST: Final = 512
#: Parameters ignored in a comparison of media types: all text is UTF-8.
_IMMATERIAL: Final = frozenset({"charset", "version"})


#: Names of formats from before their registration.
_ALIASES: Final[dict[tuple[str, str], tuple[str, str]]] = {
    ("application", "x-turtle"): ("text", "turtle"),
    ("application", "turtle"): ("text", "turtle"),
    ("text", "x-turtle"): ("text", "turtle"),
    ("text", "rdf+n3"): ("text", "n3"),
    ("application", "n3"): ("text", "n3"),
    ("application", "rdf+n3"): ("text", "n3"),
    ("application", "x-trig"): ("application", "trig"),
    ("text", "x-nquads"): ("application", "n-quads"),
    ("text", "nquads"): ("application", "n-quads"),
    ("text", "ntriples"): ("application", "n-triples"),
    ("application", "x-ld+json"): ("application", "ld+json"),
    ("application", "rdf"): ("application", "rdf+xml"),
}
#: Types that name a format only where they are not offered themselves: Turtle is N3, JSON-LD is JSON.
_NARROWER: Final[dict[str, str]] = {
    "text/n3": "text/turtle",
    "application/json": "application/ld+json",
    "application/xml": "application/rdf+xml",
    "text/xml": "application/rdf+xml",
    "text/plain": "application/n-triples",
}


@dataclass(frozen=True, slots=True)
class MediaRange:
    """One media range of an Accept header (RFC 9110 §12.5.1)."""

    type: str
    subtype: str
    parameters: frozenset[tuple[str, str]]
    quality: float

    def specificity(self, offer: MediaRange, material: frozenset[str] = frozenset()) -> int:
        """Return how specifically this range matches *offer*: 0 for no match, more for a more specific one.

        Parameters that the offer does not have make no difference, but for those named in *material*.
        """
        if self.type == "*":
            return 1
        if self.type != offer.type:
            return 0
        if self.subtype == "*":
            return 2
        if self.subtype != offer.subtype:
            return 0
        known = material.union(name for name, _ in offer.parameters)
        compared = {pair for pair in self.parameters if pair[0] in known}
        return 3 + len(compared) if compared <= offer.parameters else 0


@remember(entries=512, longest=_LONGEST)
def parse_accept(accept: str) -> tuple[MediaRange, ...]:
    """Return the media ranges of an Accept header, without malformed ones and those after the first 64."""
    ranges = (_parse_range(element) for element in _split_elements(accept)[:MOST_ELEMENTS])
    return tuple(range_ for range_ in ranges if range_ is not None)


def negotiate(
    accept: str | None, offers: Sequence[MediaType], material: frozenset[str] = frozenset()
) -> MediaType | None:
    """Return the offer that the client prefers, or ``None`` if it accepts none (406 Not Acceptable).

    Offers of equal quality are ordered by how specifically the client names them, then by their position. Without a
    usable Accept header the first offer is returned (RFC 9110 §12.5.1).

    Args:
        accept: value of the Accept header, or ``None``.
        offers: media types in the order of the service's preference, with parameters where they distinguish types.
        material: names of parameters that an offer must have if the client names them; others are ignored.
    """
    return next(iter(rank_offers(accept, offers, material)), None)


def rank_offers(
    accept: str | None, offers: Sequence[MediaType], material: frozenset[str] = frozenset()
) -> Sequence[MediaType]:
    """Return the offers that the client accepts, in the order in which :func:`negotiate` prefers them."""
    ranges = parse_accept(accept) if accept else ()
    # Browsers name XML beside HTML, and mean no RDF/XML by it.
    if not any((one.type, one.subtype) == ("text", "html") for one in ranges):
        ranges = tuple(_narrow(one, offers) for one in ranges)
    if not ranges:
        return offers
    ranked = [(_rank_offer(ranges, offer, material), offer) for offer in offers]
    ranked.sort(key=lambda pair: pair[0], reverse=True)  # stable: the service's order among equals
    return [offer for (quality, _), offer in ranked if quality > 0]


def name_as_asked(accept: str | None, media_type: MediaType) -> MediaType:
    """Return ``text/n3`` for Turtle, which is N3, if the client accepts only N3; otherwise *media_type*.

    The Content-Type of a response is then one that was asked for (RFC 9110, section 15.5.7).
    """
    if media_type != "text/turtle" or not accept or "n3" not in accept.lower():
        return media_type
    ranges = parse_accept(accept)
    is_accepted = ranges and _rank_offer(ranges, media_type, frozenset())[0] > 0
    return media_type if is_accepted else "text/n3"


def get_parameter(accept: str | None, media_type: MediaType, name: str) -> str | None:
    """Return a parameter of the range that names *media_type*, such as ``profile``; ``None`` if absent."""
    for range_ in parse_accept(accept or ""):
        if f"{range_.type}/{range_.subtype}" == media_type:
            return dict(range_.parameters).get(name)
    return None


def accepts_html(accept: str | None) -> bool:
    """Return whether the Accept header names ``text/html``, as browsers do; ``*/*`` alone does not count."""
    return any((range_.type, range_.subtype) == ("text", "html") for range_ in parse_accept(accept or ""))


def parse_content_type(content_type: str) -> tuple[str, dict[str, str]]:
    """Return the media type, in lower case, and the parameters of a Content-Type header."""
    range_ = _RANGE.match(content_type)
    if range_ is None or content_type[range_.end() : range_.end() + 1] not in {"", ";"}:
        return content_type.strip().lower(), {}
    return f"{range_[1]}/{range_[2]}".lower(), dict(_parse_parameters(content_type[range_.end() :]))


def negotiate_coding(accept_encoding: str | None, available: Sequence[str]) -> str:
    """Return the content coding to use (RFC 9110 §12.5.3).

    Args:
        accept_encoding: value of the Accept-Encoding header, or ``None``.
        available: codings the service can produce, preferred first.

    Returns:
        One of *available*, or ``identity`` if the client accepts none of them.
    """
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


def _rank_offer(ranges: tuple[MediaRange, ...], offer: MediaType, material: frozenset[str]) -> tuple[float, int]:
    """Return the quality that the most specific matching range assigns to *offer*, and its specificity."""
    parsed = _parse_offer(offer)
    specificity, quality = max((range_.specificity(parsed, material), range_.quality) for range_ in ranges)
    return (quality, specificity) if specificity else (0.0, 0)


def _narrow(range_: MediaRange, offers: Sequence[MediaType]) -> MediaRange:
    """Return a range that names a format by a wider type as the type that is offered for it."""
    wider = f"{range_.type}/{range_.subtype}"
    narrower = _NARROWER.get(wider)
    if narrower is None or narrower not in offers or any(offer.partition(";")[0] == wider for offer in offers):
        return range_
    type_, _, subtype = narrower.partition("/")
    return MediaRange(type_, subtype, range_.parameters, range_.quality)


def _split_elements(text: str) -> list[str]:
    """Split *text* at commas outside quoted strings."""
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
    named = (range_[1].lower(), range_[2].lower())
    type_, subtype = _ALIASES.get(named, named)
    return MediaRange(type_, subtype, frozenset(parameters), quality)


def _parse_parameters(text: str) -> list[tuple[str, str]]:
    parameters = []
    position = 0
    while match := _PARAMETER.match(text, position):
        if match[1]:
            value = re.sub(r"\\(.)", r"\1", match[2][1:-1]) if match[2].startswith('"') else match[2]
            parameters.append((match[1].lower(), value))
        position = match.end()
    return parameters


def _parse_quality(text: str) -> float:
    """Return a quality value; a malformed one becomes the lowest quality that is still acceptable."""
    return float(text) if _QUALITY.fullmatch(text) else 0.001
