"""The form of a record, made from its model: the same fields, help and checks as in the API."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from jwpgraph.programme.record_models import Record, Stated
from jwpgraph.programme.record_validation import InvalidRecordError, R, validate_record
from jwpgraph.programme.record_writer import RecordWriter
from jwpgraph.programme.references import ReferenceIndex
from jwpgraph.web.labels.record_fields import get_choice_label, get_field_label
from jwpgraph.web.languages import PageLanguages, use_locale
from jwpgraph.web.translation import gettext

_PROSE: Final = frozenset({"description", "note", "scope", "comment"})
_DAYS: Final = frozenset({"date", "due", "given"})
#: Kinds of which a release has few enough to be offered as they are typed.
_OFFERED: Final = frozenset({"activity", "body", "meeting", "meeting-kind", "proposal"})
#: Fields that are seldom filled; the form shows them last.
_SELDOM: Final = frozenset(
    {"key", "note", "funding_kind", "amount", "currency", "funding_year", "series", "recurrence"}
)


@dataclass(slots=True)
class FormField:
    """A field as a form shows it.

    Attributes:
        name: its name in the record.
        label: its name for readers.
        help: what belongs into it.
        control: ``line``, ``prose``, ``lines``, ``day`` or ``choice``.
        value: what stands in it.
        required: whether it must be filled.
        choices: values with labels; of a line, what is offered.
        faults: why the value was refused.
        current: what another steward has written meanwhile, where that differs.
    """

    name: str
    label: str
    help: str
    control: Literal["line", "prose", "lines", "day", "choice"]
    value: str = ""
    required: bool = False
    choices: Sequence[tuple[str, str]] = ()
    faults: list[str] = field(default_factory=list)
    current: str | None = None


def make_fields(
    model: type[Record], values: Mapping[str, str], index: ReferenceIndex, *, new: bool, without: Sequence[str] = ()
) -> list[FormField]:
    """Return the fields of a form, those that must be filled first.

    Args:
        model: the kind of record.
        values: what stands in the fields.
        index: what records may name.
        new: whether the record is new, so that its key can be chosen.
        without: names of omitted fields.
    """
    described = model.stated_fields()
    names = [name for name in model.model_fields if name not in without and (new or name != "key")]
    names.sort(key=lambda name: (name in _SELDOM, not _is_required(model, name)))
    return [_make_field(model, name, described.get(name), values.get(name, ""), index) for name in names]


def validate_fields(model: type[R], fields: Mapping[str, str]) -> R:
    """Return the record that a form describes.

    Args:
        model: the kind of record.
        fields: the values by name; several values of a field stand on lines.

    Raises:
        InvalidRecordError: fields are invalid or missing.
    """
    given: dict[str, Any] = {}
    for name, value in fields.items():
        if value and name in model.model_fields:
            given[name] = _split_lines(value) if _is_list(model, name) else value
    return validate_record(model, given)


async def list_form_faults(
    records: RecordWriter, error: InvalidRecordError, languages: PageLanguages
) -> dict[str, list[str]]:
    """Return why a form was refused, by field, with the names in its valid fields that are not in the graph.

    Args:
        records: knows what records may name.
        error: the invalid fields.
        languages: the languages of the page.
    """
    unknown = await records.list_unknown_names(error.valid_part)
    found: dict[str, list[str]] = {}
    with use_locale(languages):
        for one in (*error.faults, *unknown):
            reason = gettext("This field is required.") if one.missing else one.reason
            found.setdefault(one.field, []).append(reason)
    return found


def list_choices_of(model: type[Record], name: str) -> tuple[str, ...]:
    """Return the values of a closed list; empty for other fields."""
    return tuple(
        value
        for one in _iter_types(model.model_fields[name].annotation)
        if typing.get_origin(one) is Literal
        for value in typing.get_args(one)
    )


def _make_field(model: type[Record], name: str, stated: Stated | None, value: str, index: ReferenceIndex) -> FormField:
    made = FormField(
        name,
        get_field_label(name),
        gettext(description) if (description := model.model_fields[name].description) else "",
        "line",
        value,
        _is_required(model, name),
    )
    closed = list_choices_of(model, name)
    if name == "treaty":
        made.control, made.choices = "choice", (("cms", "CMS"), ("cites", "CITES"))
    elif closed:
        made.control, made.choices = "choice", [(one, get_choice_label(one)) for one in closed]
    elif name in _PROSE:
        made.control = "prose"
    elif name in _DAYS:
        made.control = "day"
    elif _is_list(model, name):
        made.control = "lines"
    elif stated is not None and stated.form == "link" and stated.targets[0] in _OFFERED:
        made.choices = index.list_choices(stated.targets[0])
    return made


def _is_required(model: type[Record], name: str) -> bool:
    return model.model_fields[name].is_required()


def _is_list(model: type[Record], name: str) -> bool:
    return any(typing.get_origin(one) is list for one in _iter_types(model.model_fields[name].annotation))


def _iter_types(annotation: Any) -> list[Any]:
    """Return the alternatives of a type, without what annotates them."""
    origin = typing.get_origin(annotation)
    if origin in {types.UnionType, typing.Union}:
        return [inner for one in typing.get_args(annotation) for inner in _iter_types(one)]
    if origin is typing.Annotated:
        return _iter_types(typing.get_args(annotation)[0])
    return [annotation]


def _split_lines(value: str) -> str:
    """Return values on lines as the models separate them."""
    return "; ".join(line.strip() for line in value.splitlines() if line.strip())
