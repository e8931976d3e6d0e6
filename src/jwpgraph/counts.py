"""Numbers with nouns in English messages; pages use the message catalogues instead."""

from __future__ import annotations


def format_count(number: int, noun: str, plural: str | None = None) -> str:
    """Return “1 result”, “2 results”.

    Args:
        number: the number of things.
        noun: the noun in the singular.
        plural: its plural; default: with *s*.
    """
    return f"{number} {noun}" if number == 1 else f"{number} {plural or noun + 's'}"


def format_severities(violations: int, warnings: int, infos: int) -> str:
    """Return the numbers of SHACL results by severity: “1 violation, 2 warnings, 0 notes”."""
    counts = ((violations, "violation"), (warnings, "warning"), (infos, "note"))
    return ", ".join(format_count(number, noun) for number, noun in counts)
