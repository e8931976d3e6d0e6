"""Entities in the format of InforMEA's Drupal providers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from jwpgraph.integrations.odata.edm import TYPES
from jwpgraph.integrations.odata.records import Absolute, ODataRecord, count_milliseconds

Json = dict[str, Any]

#: Navigation properties that repeat others for clients of the older protocol.
_REPEATED: Final = frozenset({"titles", "descriptions"})
#: Metadata of the older protocol.
_PROTOCOL: Final = frozenset({"protocolVersion", "schemaVersion"})
_CHANGED: Final = "updated"
_COUNTRY: Final = "country"


def to_drupal_record(record: ODataRecord, absolute: Absolute, alpha_3: Mapping[str, str]) -> Json:
    """Return an entity in the format of the Drupal module.

    Args:
        record: the entity.
        absolute: makes a path of this server absolute.
        alpha_3: the three-letter codes of countries by their two-letter codes.

    Returns:
        The fields: days as ``2015-10-26``, ``updated`` as seconds since 1970, countries as three-letter codes, texts
        by language, treaties as codes, keywords with ``term`` and ``uri``. Unknown values are null.
    """
    fields: Json = {}
    for known in record.type.properties:
        if known.name in _PROTOCOL:
            continue
        value = record.value(known.name, absolute)
        if isinstance(value, datetime):
            fields[known.name] = (
                count_milliseconds(value) // 1000 if known.name == _CHANGED else value.strftime("%Y-%m-%d")
            )
        elif known.name == _COUNTRY:
            fields[known.name] = [alpha_3.get(str(value), str(value))] if value else []
        else:
            fields[known.name] = value
    for navigation in record.type.navigations:
        if navigation.name not in _REPEATED:
            write = _MEMBERS.get(navigation.target, _list_plain_values)
            members = [write(one, absolute) for one in record.linked(navigation.name)]
            languages = TYPES[navigation.target].name == "LocalizableString"
            fields[navigation.name] = dict(members) if languages else members
    return fields


def _list_plain_values(record: ODataRecord, absolute: Absolute) -> Any:
    return {known.name: record.value(known.name, absolute) for known in record.type.properties if known.name != "id"}


def _make_file(record: ODataRecord, absolute: Absolute) -> Any:
    names = ("id", "url", "mimeType", "language", "filename")
    return {name: record.value(name, absolute) for name in names} | {"content": None}


_MEMBERS: Final[dict[str, Callable[[ODataRecord, Absolute], Any]]] = {
    "LocalizableString": lambda one, absolute: (one.value("language", absolute), one.value("value", absolute)),
    "VocabularyTerm": lambda one, absolute: {
        "term": one.value("term", absolute),
        "uri": one.value("termURI", absolute),
    },
    "TreatyReference": lambda one, absolute: one.value("treaty", absolute),
    "DocumentType": lambda one, absolute: one.value("value", absolute),
    "File": _make_file,
}
