"""Texts in the language that the page speaks: messages from gettext catalogues, days and numbers by CLDR.

The catalogues are ``locale/<language>/LC_MESSAGES/messages.po``; they are read as they are and kept in memory. ``make
messages`` (:mod:`jwpgraph.pages.messages`) gathers what is to be translated.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Final, Literal

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import Translations

from jwpgraph.pages.languages import INTERFACE, spoken

LOCALE: Final = Path(__file__).resolve().parent / "locale"
#: The messages themselves are English, and write the day before the month.
_LOCALES: Final = {"en": "en_GB"}


def catalogue_path(language: str) -> Path:
    """The file that holds the messages in *language*."""
    return LOCALE / language / "LC_MESSAGES" / "messages.po"


@cache
def catalogue(language: str) -> NullTranslations:
    """The messages in *language*; English ones stand for themselves."""
    if language == "en":
        return NullTranslations()
    with catalogue_path(language).open("rb") as file:
        messages = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return Translations(compiled)


def read_catalogues() -> None:
    """Read every catalogue now rather than when the first page speaks its language."""
    for language in INTERFACE:
        catalogue(language)


@cache
def _locale_of(language: str) -> Locale:
    return Locale.parse(_LOCALES.get(language, language))


def _locale() -> Locale:
    return _locale_of(spoken())


def marked(message: str) -> str:
    """*message* itself, marked for translation where it is written; :func:`gettext` is called where it is shown."""
    return message


def gettext(message: str, /, **values: object) -> str:
    """*message* in the language of the page, with *values* in the places that it names: ``%(name)s``."""
    return _filled(catalogue(spoken()).gettext(message), values)


def pgettext(context: str, message: str, /, **values: object) -> str:
    """As :func:`gettext`, where one English text has several meanings: *context* tells which."""
    return _filled(catalogue(spoken()).pgettext(context, message), values)


def ngettext(singular: str, plural: str, number: int, /, **values: object) -> str:
    """The form for *number*; ``%(num)s`` is the number as a reader writes it."""
    return _filled(catalogue(spoken()).ngettext(singular, plural, number), {"num": written_number(number), **values})


def _filled(text: str, values: dict[str, object]) -> str:
    return text % values if values else text


def written_number(number: float) -> str:
    """A number with its thousands apart: ``1,234``, ``1 234``, ``1.234``."""
    return format_decimal(number, locale=_locale())


def written_day(day: date) -> str:
    """A day in words: “24 September 2006”."""
    text = format_date(day, "long", locale=_locale())
    # French counts the first of a month as an ordinal, which the patterns of CLDR cannot say.
    return "1er" + text[1:] if day.day == 1 and spoken() == "fr" else text


def written_month(month: date) -> str:
    """The month of a day in words: “September 2006”."""
    return format_skeleton("yMMMM", datetime(month.year, month.month, 1), locale=_locale())


def written_moment(moment: datetime | str) -> str:
    """A moment to the minute, as its clock shows it: “24 Sept 2006, 13:05”."""
    shown = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    day, time = (format_skeleton(part, shown.replace(tzinfo=None), locale=_locale()) for part in ("yMMMd", "Hm"))
    return f"{day}, {time}"


def enumerated(texts: Sequence[str], style: Literal["standard", "or"] = "standard") -> str:
    """“A, B and C”; with *style* ``or`` “A, B or C”."""
    return format_list(texts, style=style, locale=_locale())
