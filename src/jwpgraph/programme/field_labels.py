"""Names of the fields of records for readers, in forms and in headers of tables."""

from __future__ import annotations

from typing import Final

_LABELS: Final = {
    "by": "Body",
    "comment": "Grounds",
    "conventions": "Treaties",
    "country": "Countries",
    "date": "Day",
    "due": "Due on",
    "evidence": "Level of evidence",
    "funding_kind": "Kind of funding",
    "funding_year": "Year of funding",
    "given": "Given on",
    "outputs": "Outputs and evidence",
    "represented": "Represented body",
    "scope": "Scope in words",
    "short_title": "Short name",
    "url": "Web address",
    "value": "How far",
}


def make_field_label(name: str) -> str:
    """Return the label of a field in English."""
    return _LABELS.get(name, name.replace("_", " ").capitalize())
