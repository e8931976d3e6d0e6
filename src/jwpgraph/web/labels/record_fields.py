"""Labels of the forms for records: kinds, fields and choices."""

from __future__ import annotations

from jwpgraph.web.translation import gettext, mark_for_translation

_KINDS = {
    "actions": (mark_for_translation("Record an action"), mark_for_translation("Change an action")),
    "meetings": (mark_for_translation("Record a meeting"), mark_for_translation("Change a meeting")),
    "proposals": (mark_for_translation("Record a proposal"), mark_for_translation("Change a proposal")),
    "comments": (mark_for_translation("Record a comment"), mark_for_translation("Change a comment")),
    "progress": (mark_for_translation("Judge the progress"), mark_for_translation("Change a judgement of progress")),
}
#: Labels that differ from the names of the fields.
_FIELDS = {
    "by": mark_for_translation("Body"),
    "comment": mark_for_translation("Grounds"),
    "conventions": mark_for_translation("Treaties"),
    "country": mark_for_translation("Countries"),
    "date": mark_for_translation("Day"),
    "due": mark_for_translation("Due on"),
    "evidence": mark_for_translation("Level of evidence"),
    "funding_kind": mark_for_translation("Kind of funding"),
    "funding_year": mark_for_translation("Year of funding"),
    "given": mark_for_translation("Given on"),
    "outputs": mark_for_translation("Outputs and evidence"),
    "represented": mark_for_translation("Represented body"),
    "scope": mark_for_translation("Scope in words"),
    "short_title": mark_for_translation("Short name"),
    "url": mark_for_translation("Web address"),
    "value": mark_for_translation("How far"),
}


def form_title(kind: str, *, new: bool) -> str:
    """Return the heading of the form for records of a kind."""
    return gettext(_KINDS[kind][0 if new else 1])


def field_label(name: str) -> str:
    """Return the name of a field for readers."""
    return gettext(make_field_label(name))


def make_field_label(name: str) -> str:
    """Return the label of a field in English; ``messages`` collects them from the models."""
    return _FIELDS.get(name, name.replace("_", " ").capitalize())


def choice_label(value: str) -> str:
    """Return the label of a choice of a closed list; ``messages`` collects them from the models."""
    return gettext(value.replace("-", " "))
