"""Texts of the links to the pages that answer a question."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from jwpgraph.answers.further_pages import FurtherPage, PageKind
from jwpgraph.web.translation import gettext, ngettext


def describe_page(page: FurtherPage) -> str:
    """Return the text of the link to a page, with the number of what it has."""
    texts: Mapping[PageKind, Callable[[], str]] = {
        "changes": lambda: gettext("Changes of the Appendices in that period"),
        "additions": lambda: gettext("Additions to the Appendices in that period"),
        "meeting-changes": lambda: gettext("Changes of the Appendices by %(meeting)s", meeting=page.label),
        "definitions": lambda: gettext("Definitions of the Appendices"),
        "lists": lambda: gettext("Animals by Appendix of each treaty, with filters"),
        "comparison": lambda: gettext("Comparison of both days"),
        "country": lambda: page.label,
        "countries": lambda: gettext("Countries"),
    }
    text = texts[page.kind]()
    if page.kind == "lists" and page.label:
        text = f"{text}: {page.label}"
    if page.number is None:
        return text
    number = (
        ngettext("%(num)s animal, as far as is recorded.", "%(num)s animals, as far as is recorded.", page.number)
        if page.kind == "lists"
        else ngettext("%(num)s change, as far as is recorded.", "%(num)s changes, as far as is recorded.", page.number)
    )
    return f"{text}: {number}"


def explain_none(pages: Sequence[FurtherPage]) -> list[str]:
    """Return what it means that a list has animals that a treaty does not list."""
    if not any(one.kind == "lists" and one.number is not None and "=none" in one.path for one in pages):
        return []
    return [
        gettext(
            "The list has animals of which no listing by a treaty is recorded. Some are not in the graph's taxonomy of "
            "that treaty, which may list them all the same."
        )
    ]
