"""Repair of texts that were decoded with the wrong character encoding before they reached a source."""

from __future__ import annotations

import re
from typing import Final

#: UTF-8 decoded as Windows-1252: "Ã¶" instead of "ö".
_UTF_8_AS_1252: Final = re.compile("Ã|Â|â€|\ufffd")
#: Windows-1252 decoded as Mac OS Roman: "È" instead of "é". A capital with an accent does not stand within a word.
_1252_AS_MAC: Final = re.compile("[a-zà-öø-ÿ][À-ÖØ-Þ][a-zà-öø-ÿ]")


def repair_encoding(text: str) -> str | None:
    """Return *text* with its characters put right, unchanged if none is wrong, or ``None`` if it is beyond repair."""
    if _UTF_8_AS_1252.search(text):
        encoding, real, damage = "cp1252", "utf-8", _UTF_8_AS_1252
    elif _1252_AS_MAC.search(text):
        encoding, real, damage = "mac_roman", "cp1252", _1252_AS_MAC
    else:
        return text
    try:
        repaired = text.encode(encoding).decode(real)
    except UnicodeError:
        return None
    return None if damage.search(repaired) else repaired
