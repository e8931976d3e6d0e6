"""Validation of records: all invalid fields, and the valid rest, so that what it names can be looked up, too."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final, TypeVar

from pydantic import AliasChoices, ValidationError

from jwpgraph.problems import get_fault_reason
from jwpgraph.programme.record_models import Record, RecordFault

R = TypeVar("R", bound=Record)
_PATTERNS: Final = {
    "key": "lower-case letters, digits and hyphens are wanted",
    "funding_year": "a year is wanted, such as 2026",
}


class InvalidRecordError(Exception):
    """Raised when fields of a record are invalid or missing.

    Args:
        faults: the fields, in the order of the model.
        valid_part: a record with the valid fields; all others are empty, even those that a record must have.
    """

    def __init__(self, faults: list[RecordFault], valid_part: Record) -> None:
        super().__init__("; ".join(f"{one.field}: {one.reason}" for one in faults))
        self.faults = faults
        self.valid_part = valid_part


def validate_record(model: type[R], given: object) -> R:
    """Return the record that *given* describes.

    Raises:
        InvalidRecordError: fields are invalid or missing.
    """
    try:
        return model.model_validate(given)
    except ValidationError as error:
        faults = list_faults(error.errors(include_url=False))
        raise InvalidRecordError(faults, _make_valid_part(model, given)) from None


def list_faults(errors: list[Any]) -> list[RecordFault]:
    """Return the faults of a record from pydantic's *errors*, in their order."""
    return [
        RecordFault(
            ".".join(str(part) for part in one["loc"] if not isinstance(part, int)) or "body",
            _explain(one),
            one["input"],
            missing=one["type"] == "missing",
        )
        for one in errors
    ]


def _explain(error: Any) -> str:
    """Return the reason of an error of pydantic, in words for stewards where its own are about patterns or items."""
    if not error["loc"]:
        return "a JSON object with the fields of the record is wanted"
    if error["type"] == "string_pattern_mismatch":
        return _PATTERNS.get(str(error["loc"][-1])) or get_fault_reason(error)
    if error["type"] == "too_long" and isinstance(error["input"], str):
        return f"at most {error['ctx']['max_length']:,} characters are allowed"
    return get_fault_reason(error)


def _make_valid_part(model: type[Record], given: object) -> Record:
    part = model.model_construct()
    for name, field in model.model_fields.items():
        part.__dict__.setdefault(name, None)
        alias = field.validation_alias
        spellings = [name, *(alias.choices if isinstance(alias, AliasChoices) else ())]
        values = [given[one] for one in spellings if one in given] if isinstance(given, Mapping) else []
        if values:
            with suppress(ValidationError):
                model.__pydantic_validator__.validate_assignment(part, name, values[0])
    return part
