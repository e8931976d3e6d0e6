"""Labels of tables of animals: classes, Red List categories and listing states."""

from __future__ import annotations

from jwpgraph.web.translation import gettext, mark_for_translation, pgettext

_CLASSES = {
    "actinopterygii": mark_for_translation("Bony fish"),
    "aves": mark_for_translation("Birds"),
    "elasmobranchii": mark_for_translation("Sharks and rays"),
    "insecta": mark_for_translation("Insects"),
    "mammalia": mark_for_translation("Mammals"),
    "reptilia": mark_for_translation("Reptiles"),
}
_RED_LIST = {
    "ex": mark_for_translation("Extinct"),
    "ew": mark_for_translation("Extinct in the Wild"),
    "cr": mark_for_translation("Critically Endangered"),
    "en": mark_for_translation("Endangered"),
    "vu": mark_for_translation("Vulnerable"),
    "nt": mark_for_translation("Near Threatened"),
    "lc": mark_for_translation("Least Concern"),
    "dd": mark_for_translation("Data Deficient"),
    "none": mark_for_translation("not recorded"),
}
_STATES = {
    "listed": mark_for_translation("listed"),
    "possibly": mark_for_translation("not known, possibly listed"),
    "not-listed": mark_for_translation("not listed"),
    "none-recorded": mark_for_translation("no listing recorded"),
    "no-concept": mark_for_translation("no listing recorded"),
}
_CHANGES = {
    "addition": mark_for_translation("listed"),
    "deletion": mark_for_translation("deleted"),
    "amendment": mark_for_translation("listing amended"),
    "exception": mark_for_translation("exception"),
    "reservation": mark_for_translation("reservation"),
    "reservation-withdrawal": mark_for_translation("reservation withdrawn"),
}


def class_label(slug: str) -> str:
    """Return the name of a class of animals, or its scientific name if there is none."""
    return gettext(_CLASSES[slug]) if slug in _CLASSES else slug.capitalize()


def red_list_label(slug: str) -> str:
    """Return the name of a Red List category."""
    return gettext(_RED_LIST[slug]) if slug in _RED_LIST else slug.upper()


def state_label(state: str) -> str:
    """Return the label of a listing state without a certain Appendix."""
    return gettext(_STATES[state])


def side_label(value: str) -> str:
    """Return the label of a treaty's filter option."""
    match value:
        case "any":
            return gettext("listed in any Appendix")
        case "none":
            return pgettext("Appendix", "none")
    return gettext("Appendix %(number)s", number=value)


def change_type_label(slug: str) -> str:
    """Return the label of a change type; *slug* is the last segment of its IRI."""
    return gettext(_CHANGES[slug]) if slug in _CHANGES else slug.replace("-", " ")
