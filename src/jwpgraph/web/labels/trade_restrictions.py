"""Sentences about quotas and suspensions of trade."""

from __future__ import annotations

from datetime import date

from jwpgraph.taxonomy.trade_restrictions import InForce, TradeRestriction, describe_restriction, format_amount
from jwpgraph.web.labels.species import format_since, format_until
from jwpgraph.web.languages import get_current_locale
from jwpgraph.web.translation import gettext


def make_restriction_sentence(one: TradeRestriction, place: str, day: date) -> tuple[str, str]:
    """Return a sentence about a restriction in the language of the page, and its conditions in English, if any.

    Args:
        one: the restriction.
        place: the name of its country; empty if it has none or the context gives it.
        day: the day for which it is shown.
    """
    if get_current_locale() == "en":
        text = describe_restriction(one, place, day)
        return text[0].upper() + text[1:] + ".", ""
    parts = [_get_subject(one, place)]
    if one.valid.start:
        parts.append(format_since(str(one.valid.start)))
    if one.valid.end:
        parts.append(format_until(str(one.valid.end)))
    if one.may_not_have_begun(day):
        parts.append(gettext("not known whether already in force"))
    elif one.in_force(day) is InForce.UNKNOWN:
        parts.append(gettext("not known whether still in force"))
    return ", ".join(parts) + ".", one.words if one.words.startswith("For ") else ""


def _get_subject(one: TradeRestriction, place: str) -> str:
    if one.kind == "suspension":
        return gettext("Trade suspension with %(place)s", place=place) if place else gettext("Trade suspension")
    if one.is_annotation:
        return gettext("Zero export quota of %(place)s", place=place) if place else gettext("Zero export quota")
    number = format_amount(one)
    if place:
        return gettext("Export quota of %(place)s: %(number)s", place=place, number=number)
    return gettext("Export quota: %(number)s", number=number)
