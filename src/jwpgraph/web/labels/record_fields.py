"""Labels of the forms for records: kinds, fields and choices."""

from __future__ import annotations

from jwpgraph.programme.field_labels import make_field_label
from jwpgraph.web.labels.tables import translate_label
from jwpgraph.web.translation import gettext


def get_form_title(kind: str, *, new: bool) -> str:
    """Return the heading of the form for records of a kind."""
    return translate_label("new_records" if new else "existing_records", kind)


def get_field_label(name: str) -> str:
    """Return the name of a field for readers."""
    return gettext(make_field_label(name))


def get_choice_label(value: str) -> str:
    """Return the label of a choice of a closed list; ``messages`` collects them from the models."""
    return gettext(value.replace("-", " "))
