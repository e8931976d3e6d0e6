"""Texts in the language of the page: messages from gettext catalogues, dates and numbers by CLDR.

The catalogues ``locale/<language>/LC_MESSAGES/messages.po`` are read without compilation and kept in memory. ``make
messages`` (:mod:`jwpgraph.web.messages`) extracts the messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Final, Literal

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import Translations

from jwpgraph.problems import Explanation
from jwpgraph.web.languages import get_current_locale

LOCALE: Final = Path(__file__).resolve().parent / "locale"
#: The messages are in British English.
_LOCALES: Final = {"en": "en_GB"}


def get_catalogue_path(language: str) -> Path:
    """Return the path of the catalogue of *language*."""
    return LOCALE / language / "LC_MESSAGES" / "messages.po"


@cache
def get_catalogue(language: str) -> NullTranslations:
    """Return the messages in *language*; English messages are their own translation."""
    if language == "en":
        return NullTranslations()
    with get_catalogue_path(language).open("rb") as file:
        messages = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return Translations(compiled)


@cache
def _get_locale(language: str) -> Locale:
    return Locale.parse(_LOCALES.get(language, language))


def _get_current_babel_locale() -> Locale:
    return _get_locale(get_current_locale())


def mark_for_translation(message: str) -> str:
    """Return *message* unchanged; marks it for extraction. :func:`gettext` translates it later."""
    return message


def gettext(message: str, /, **values: object) -> str:
    """Return *message* in the language of the page, with *values* for placeholders such as ``%(name)s``."""
    return _fill_placeholders(get_catalogue(get_current_locale()).gettext(message), values)


def pgettext(context: str, message: str, /, **values: object) -> str:
    """Return the translation of an English text that has several meanings; *context* selects one."""
    return _fill_placeholders(get_catalogue(get_current_locale()).pgettext(context, message), values)


def ngettext(singular: str, plural: str, number: int, /, **values: object) -> str:
    """Return the plural form for *number*; ``%(num)s`` is the formatted number."""
    return _fill_placeholders(
        get_catalogue(get_current_locale()).ngettext(singular, plural, number), {"num": format_number(number), **values}
    )


def translate_explanation(detail: object) -> str | None:
    """Return the detail of a problem in the language of the page; None if it is no message."""
    if not isinstance(detail, Explanation):
        return None
    return gettext(
        detail.message, **{name: translate_explanation(value) or value for name, value in detail.values.items()}
    )


def _fill_placeholders(text: str, values: dict[str, object]) -> str:
    return text % values if values else text


def name_language(tag: str) -> str:
    """Return the name of the language with a BCP 47 tag, or the tag if it has none here."""
    try:
        name = Locale.parse(tag, sep="-").get_display_name(_get_current_babel_locale())
    except (UnknownLocaleError, ValueError):
        return tag
    return name or tag


def get_colon() -> str:
    """Return what stands between a label and its value: a colon with the spaces of the language."""
    return pgettext("between a label and its value", ": ")


def format_number(number: float) -> str:
    """Return a number with grouped thousands: ``1,234``, ``1 234``, ``1.234``."""
    return format_decimal(number, locale=_get_current_babel_locale())


def format_day(day: date) -> str:
    """Return a date in words: “24 September 2006”."""
    text = format_date(day, "long", locale=_get_current_babel_locale())
    # French counts the first of a month as an ordinal, which the patterns of CLDR cannot say.
    return "1er" + text[1:] if day.day == 1 and get_current_locale() == "fr" else text


def format_month(month: date) -> str:
    """Return the month of a date in words: “September 2006”."""
    return format_skeleton("yMMMM", datetime(month.year, month.month, 1), locale=_get_current_babel_locale())


def format_moment(moment: datetime | str) -> str:
    """Return a time to the minute: “24 Sept 2006, 13:05”."""
    shown = _parse_moment(moment)
    day, time = (
        format_skeleton(part, shown.replace(tzinfo=None), locale=_get_current_babel_locale())
        for part in ("yMMMd", "Hm")
    )
    return f"{day}, {time}"


def format_timestamp(moment: datetime | str) -> str:
    """Return a time as HTML's attribute ``datetime`` takes it, with at most three digits of a second."""
    return _parse_moment(moment).isoformat(timespec="milliseconds")


def _parse_moment(moment: datetime | str) -> datetime:
    return datetime.fromisoformat(moment) if isinstance(moment, str) else moment


def format_enumeration(texts: Sequence[str], style: Literal["standard", "or"] = "standard") -> str:
    """Return “A, B and C”; with *style* ``or`` “A, B or C”."""
    return format_list(texts, style=style, locale=_get_current_babel_locale())
