"""The values of a record's fields as the graph has them, in the spelling that forms and tables use."""

from __future__ import annotations

from pyoxigraph import Literal, NamedNode

from jwpgraph.programme.record_models import Record, Stated
from jwpgraph.programme.record_statements import StoredRecord
from jwpgraph.sources.statements import expand_term
from jwpgraph.vocabulary import ID


def read_field_values(model: type[Record], stored: StoredRecord) -> dict[str, list[str]]:
    """Return the values of each field of a stored record; fields without a value are omitted.

    Args:
        model: the kind of record.
        stored: the record.
    """
    values: dict[str, list[str]] = {}
    for name, stated in model.stated_fields().items():
        predicate = expand_term(stated.predicate)
        found = [
            _write(triple.object, stated)
            for triple in stored.triples
            if triple.predicate == predicate and (isinstance(triple.object, NamedNode) or _is_of_field(triple.object))
        ]
        if found:
            values[name] = sorted(found)
    return values


def _is_of_field(term: object) -> bool:
    return isinstance(term, Literal) and term.language in {None, "en"}


def _write(term: object, stated: Stated) -> str:
    if not isinstance(term, NamedNode):
        assert isinstance(term, Literal)  # noqa: S101 - blank nodes are no values of fields
        return term.value
    segments = stated.targets or ("source",)
    rest = term.value.removeprefix(ID)
    segment, _, slug = rest.partition("/")
    if rest == term.value or segment not in segments:
        return term.value
    # A tool and a source can have the same slug: without its kind, a name stands for the first kind that has it.
    return slug if segment in {segments[0], "country"} else rest
