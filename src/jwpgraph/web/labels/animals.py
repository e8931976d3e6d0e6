"""Labels of tables of animals: classes, Red List categories and changes of listings."""

from __future__ import annotations

from jwpgraph.web.labels.tables import translate_label
from jwpgraph.web.translation import gettext, pgettext


def get_class_label(slug: str) -> str:
    """Return the name of a class of animals, or its scientific name if there is none."""
    return translate_label("animal_classes", slug, slug.capitalize())


def get_red_list_label(slug: str) -> str:
    """Return the name of a Red List category."""
    return translate_label("red_list", slug, slug.upper())


def get_side_label(value: str) -> str:
    """Return the label of a treaty's filter option."""
    match value:
        case "any":
            return gettext("listed in any Appendix")
        case "none":
            return pgettext("Appendix", "none")
    return gettext("Appendix %(number)s", number=value)


def get_change_type_label(slug: str) -> str:
    """Return the label of a change type; *slug* is the last segment of its IRI."""
    return translate_label("listing_changes", slug, slug.replace("-", " "))
