"""Checks of the values of a record: dates with their precision, and texts without personal data."""

from __future__ import annotations

import html
import re
import unicodedata
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Final

from babel.core import get_global
from pydantic import AfterValidator, BeforeValidator, HttpUrl, StringConstraints, TypeAdapter, ValidationError

_YEAR: Final = re.compile(r"[12]\d{3}")
_MONTH: Final = re.compile(r"[12]\d{3}-\d{2}")
_DAY: Final = re.compile(r"[12]\d{3}-\d{2}-\d{2}")
_MOMENT: Final = re.compile(r"([12]\d{3}-\d{2}-\d{2}T\d{2}:\d{2})(:\d{2})?(Z|[+-]\d{2}:\d{2})")
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u2028\u2029\ufffe\uffff]")
#: Characters that are not seen and change how others are shown: spaces without width, and marks, embeddings, overrides
#: and isolates of a direction of writing.
_UNSEEN: Final = re.compile(
    r"[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
#: Also with letters of any script, with "(at)" or "[at]" in place of the sign, with spaces around it, and in words.
#: With "at" alone, two words and a dot before it are wanted: "published at cites.org" is no address.
_EMAIL: Final = re.compile(
    r"[\w.%+-]+(@|\s*[(\[{]\s*(at|@)\s*[)\]}]\s*)[\w-]+(\s*[(\[{]\s*dot\s*[)\]}]\s*|\.)\w"
    r"|[\w.%+-]+\s+@\s*[\w-]+(\.[\w-]+)*\.\w{2,}|[\w.%+-]+@\s+[\w-]+(\.[\w-]+)*\.\w{2,}"
    r"|[\w.%+-]+ at ([\w-]+ dot )+(com|org|net|int|edu|gov|info|eu|uk|de|fr|ch|nl|ke|za|au)\b"
    r"|\b[^\W\d_]+\.[^\W\d_]+ at ([\w-]+\.)+[^\W\d_]{2,}\b",
    re.IGNORECASE,
)
#: In texts without accents: "tél." is "tel.", and "Teléfono" is "Telefono".
_LABELLED: Final = re.compile(
    r"(tel|telefon[eo]?|phone|fax|mobile|movil|whatsapp)\.?:?\s*[+(0-9][0-9 ()/.-]{5,}", re.IGNORECASE
)
_INTERNATIONAL: Final = re.compile(r"(?<![0-9A-Za-z])(\+[1-9]|00[1-9])[0-9 ()/.-]{6,}[0-9]")
_DEGREES: Final = r"[+-](?:0?\d{1,2}|1[0-7]\d|180)\.\d{1,7}"
#: Signed decimal degrees, alone, in a list, or joined as in ISO 6709. A national telephone number after a country code
#: and a dot (RFC 5733) has eight digits or more, or follows a code above 180.
_COORDINATES: Final = re.compile(
    rf"(^|[^0-9+])(?:{_DEGREES}(?:[ ,;/]+{_DEGREES})*|[+-]\d\d\.\d{{3,7}}[+-]\d{{3}}\.\d{{3,7}}/?)"
    r"([^0-9 ()/.-]|[ ()/.-]+[^0-9 ()/.-]|[ ()/.-]*$)"
)
#: In the address of a page, where a user's page may begin with the sign: https://example.org/@user.
_EMAIL_IN_ADDRESS: Final = re.compile(r"[^\s@<>()/:]+(@|%40)[^\s@<>()/:]+\.[^\s@<>()/:.]+")
#: A title in English, French, Spanish or German, and what may be a name: "Mr J. Doe", "Mme O'Neill", "Dr MÜLLER".
_PERSON: Final = re.compile(
    r"\b(Mr|Mrs|Ms|Miss|Mx|Dra?|Prof|Professor|Sir|Dame|Mme|Mlle|Madame|Monsieur|Sra?|Srta|Señora?|Herr|Frau"
    r"|MR|MRS|MX|PROF|PROFESSOR|MME|MLLE|MADAME|MONSIEUR|SRTA|SEÑORA?|HERR|FRAU)\.?"
    r"\s+(?P<name>[^\W\d_][\w.'’-]*)|\bM\. +(?P<initialled>[^\W\d_][\w'’-]+)"
)
#: What follows a title in the name of a place: Sir Bani Yas Island. Words that are also family names (Hill, Park, Lake)
#: do not tell a place.
_PLACE_AFTER: Final = re.compile(
    r"(\s+([A-ZÀ-ÖØ-Þ][\w'’-]*|de|du|del|la|al|el|bin)){0,3}\s+(Islands?|Islets?|Isles?|Archipelago|Peninsula|Atoll"
    r"|Reefs?|Lagoon|Inlet|Estuary|Mountains?|Glacier|Strait|Seamount"
    r"|(National|Marine|Nature|Game|Forest|Wildlife|Biosphere) (Park|Reserve|Sanctuary|Refuge))\b"
)
#: What precedes a title in the name of a place: Mount Sir Donald, Île de Sir Bani Yas.
_PLACE_BEFORE: Final = re.compile(r"\b(Mount|Mont|Monte|Île|Ile|Îlot|Isla|Islas|Îles|Iles|Cabo)( de)? $")
_ADDRESS: Final = TypeAdapter(HttpUrl)
_DURATION: Final = re.compile(r"P(?=\d)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?")


def check_when(text: str) -> str:
    """Return *text* if it is a year, a month, a day, or a moment with its time zone, that exist.

    Raises:
        ValueError: it is none of them.
    """
    try:
        if _DAY.fullmatch(text):
            date.fromisoformat(text)
            return text
        if moment := _MOMENT.fullmatch(text):
            datetime.fromisoformat(text)
            return f"{moment[1]}{moment[2] or ':00'}{moment[3]}"
        if _MONTH.fullmatch(text):
            date.fromisoformat(f"{text}-01")
            return text
    except ValueError:
        raise ValueError("there is no such day" if "T" not in text else "there is no such day or time") from None
    if _YEAR.fullmatch(text):
        return text
    raise ValueError("a year, month or day is wanted (2026, 2026-11, 2026-11-29), or a time with its time zone")


def check_day(text: str) -> str:
    """Return *text* if it is a day that exists."""
    if not _DAY.fullmatch(text):
        raise ValueError("a day is wanted, such as 2026-11-29")
    return check_when(text)


def check_text(text: str) -> str:
    """Return *text* if it holds nothing that public graphs must not hold.

    Raises:
        ValueError: it holds control characters or characters that are not seen, an e-mail address, a telephone
            number, or a person's name with a title.
    """
    if _CONTROLS.search(text):
        raise ValueError("it holds control characters")
    if unseen := _UNSEEN.search(text):
        raise ValueError(f"it holds a character that is not seen (U+{ord(unseen[0]):04X}); delete it")
    shown = html.unescape(text)
    compared = unicodedata.normalize("NFKC", "".join(one for one in shown if unicodedata.category(one) != "Cf"))
    if _EMAIL.search(compared.replace("%40", "@")):
        raise ValueError("it holds an e-mail address, which is not published")
    if _has_telephone(compared):
        raise ValueError("it holds a telephone number, which is not published")
    for found in _PERSON.finditer(compared):
        if (found["name"] or found["initialled"])[0].isupper() and not _is_in_place_name(compared, found):
            raise ValueError(
                f"it names a person ({found[0]}); name the organisation, or for a place add “Island” or so"
            )
    return text


def _has_telephone(text: str) -> bool:
    plain = "".join(one for one in unicodedata.normalize("NFD", text) if unicodedata.category(one) != "Mn")
    without_coordinates = _COORDINATES.sub(r"\1~\2", plain)
    return bool(_INTERNATIONAL.search(without_coordinates) or _LABELLED.search(plain))


def _is_in_place_name(text: str, title: re.Match[str]) -> bool:
    return bool(_PLACE_AFTER.match(text, title.end()) or _PLACE_BEFORE.search(text[: title.start()]))


def check_address(text: str) -> str:
    """Return *text*, with its scheme in lower case, if it is the address of a page or document.

    Raises:
        ValueError: it is no HTTP URL, or it holds a user name, an e-mail address or a telephone number.
    """
    try:
        address = _ADDRESS.validate_python(text)
    except ValidationError as error:
        reason = error.errors()[0]["msg"].removeprefix("Input should be a valid URL, ")
        raise ValueError(f"it is no address: {reason}") from None
    if address.username is not None or address.password is not None:
        raise ValueError("it holds a user name, which is not published")
    if not (address.host or "").strip(".") or re.search(r"[\s<>\"{}|\\^`]", text):
        raise ValueError("it is no address: http:// or https://, a host and a path are wanted, without spaces")
    if _EMAIL_IN_ADDRESS.search(text):
        raise ValueError("it holds an e-mail address, which is not published")
    if _has_telephone(text):
        raise ValueError("it holds what looks like a telephone number, which is not published")
    scheme, colon, rest = text.partition(":")
    return scheme.lower() + colon + rest


def check_past_day(text: str) -> str:
    """Return *text* if it is a day that exists and that has begun somewhere on earth."""
    latest = (datetime.now(UTC) + timedelta(hours=14)).date()
    if date.fromisoformat(check_day(text)) > latest:
        raise ValueError("that day is still to come")
    return text


def check_currency(code: str) -> str:
    """Return *code* if it is a currency of ISO 4217, in use or withdrawn."""
    if code not in get_global("all_currencies"):
        raise ValueError("it is no currency of ISO 4217, such as EUR")
    return code


def check_duration(text: str) -> str:
    """Return *text* if it is a duration of years, months, weeks or days (ISO 8601), such as ``P1Y``."""
    if not _DURATION.fullmatch(text) or not re.search("[1-9]", text):
        raise ValueError("an interval is wanted, such as P1Y (every year) or P6M (every six months)")
    return text


def is_before(end: str, start: str) -> bool:
    """Return whether *end* is certainly before *start*; values are compared at the precision of the coarser one."""
    if "T" in end and "T" in start:
        return datetime.fromisoformat(end) < datetime.fromisoformat(start)
    length = min(len(end), len(start), 10)
    return end[:length] < start[:length]


def split_names(given: Any) -> Any:
    """Return the names in a cell of a table, or in a list."""
    if isinstance(given, str):
        return [one.strip() for one in re.split(r"\s*\|\s*|;\s+|;$", given) if one.strip()]
    return given


def join_lines(given: Any) -> Any:
    """Return a text with its lines joined, as of a cell of a spreadsheet with several."""
    return re.sub(r"\s*[\r\n\t\v\f\x85]\s*", " ", given) if isinstance(given, str) else given


def as_slug(given: Any) -> Any:
    """Return a value of a closed list in its canonical form: ``under-way`` for ``Under way``."""
    return re.sub(r"[\s_]+", "-", given.strip().lower()) if isinstance(given, str) else given


def as_slugs(given: Any) -> Any:
    """Return the values in a cell of a table, or in a list, in their canonical form."""
    names = split_names(given)
    return [as_slug(one) for one in names] if isinstance(names, list) else names


Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000), AfterValidator(check_text)
]
Line = Annotated[
    str,
    BeforeValidator(join_lines),
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
    AfterValidator(check_text),
]
When = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(check_when)]
Day = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(check_day)]
PastDay = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(check_past_day)]
Address = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2_000), AfterValidator(check_address)]
Currency = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(check_currency)]
Duration = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(check_duration)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Names = Annotated[list[Name], BeforeValidator(split_names)]
