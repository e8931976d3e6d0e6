"""Parsing of resource paths such as ``Documents('x')/title/$count`` (URL conventions of OData 2 and 4)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from jwpgraph.integrations.odata.edm import KEY, LISTED_SETS, SETS, TYPES, Navigation, ODataEntityType, Property
from jwpgraph.integrations.odata.records import ODataRecord
from jwpgraph.problems import ProblemError

METADATA: Final = "$metadata"
COUNT: Final = "$count"
VALUE: Final = "$value"

_QUOTE: Final = re.compile(r"'|%27")
_SEGMENT: Final = re.compile(r"([A-Za-z_$][\w$]*)(?:\((.*)\))?", re.DOTALL | re.ASCII)
_KEY: Final = re.compile(r"(?:(\w+)=)?(guid)?'((?:[^']|'')*)'", re.DOTALL | re.ASCII | re.IGNORECASE)
_UNIQUE: Final = frozenset({KEY, "UUID"})
_LONGEST: Final = 4096


@dataclass(frozen=True, slots=True)
class Key:
    """A key predicate: the value of a unique property.

    Attributes:
        name: name of the property; None for a GUID, which may be the identifier or the UUID.
    """

    value: str
    name: str | None = KEY


@dataclass(frozen=True, slots=True)
class Target:
    """The resource identified by a path.

    Attributes:
        entity_type: the type of the entity set; None for the service itself.
        key: the key of an entity of the set.
        navigation: a navigation property of that entity.
        member: the key of an entity of the navigation property.
        primitive: a primitive property of the entity.
        ending: ``$count``, ``$value`` or ``$metadata``.
    """

    entity_type: ODataEntityType | None = None
    key: Key | None = None
    navigation: Navigation | None = None
    member: Key | None = None
    primitive: Property | None = None
    ending: str | None = None

    @property
    def result(self) -> ODataEntityType | None:
        """The entity type of the resource."""
        return TYPES[self.navigation.target] if self.navigation else self.entity_type

    @property
    def several(self) -> bool:
        """True for a collection."""
        return self.member is None if self.navigation else self.key is None


def parse_path(path: str) -> Target:
    """Parse a resource path according to the model.

    Args:
        path: the path relative to the service, percent-encoded.

    Raises:
        ProblemError: ``not-found`` (404), or ``bad-path`` (400) for an invalid path.
    """
    if len(path) > _LONGEST:
        raise _make_bad_path_problem(f"it is longer than {_LONGEST} characters")
    segments = _split_segments(path.strip("/"))
    if not segments:
        return Target()
    if segments[0] == METADATA:
        if len(segments) > 1:
            raise make_not_found_problem("/".join(segments))
        return Target(ending=METADATA)
    name, key = _parse_segment(segments[0])
    entity_type = SETS.get(name)
    if entity_type is None:
        raise make_not_found_problem(name, f"there are {', '.join(LISTED_SETS)}")
    target = Target(entity_type, key)
    for segment in segments[1:]:
        target = _follow_segment(target, segment)
    return target


def _follow_segment(target: Target, segment: str) -> Target:
    """Return the resource at *segment* relative to *target*."""
    entity_type, several = target.result, target.several
    assert entity_type is not None  # noqa: S101 - the first segment names a set
    if target.ending is None and target.primitive is None and several and segment == COUNT:
        return Target(target.entity_type, target.key, target.navigation, target.member, ending=COUNT)
    if target.ending is None and target.primitive and segment == VALUE:
        return Target(target.entity_type, target.key, target.navigation, target.member, target.primitive, ending=VALUE)
    if target.ending is None and target.primitive is None and not several:
        name, key = _parse_segment(segment)
        primitive, navigation = entity_type.property(name), entity_type.navigation(name)
        if primitive and "(" not in segment:
            return Target(target.entity_type, target.key, target.navigation, target.member, primitive)
        if navigation and target.navigation is None:
            return Target(target.entity_type, target.key, navigation, key)
    raise make_not_found_problem(
        segment, f"{entity_type.name} has no such property" if not several else "it is not in the path"
    )


def find_record(records: Sequence[ODataRecord], key: Key, where: str) -> ODataRecord:
    """Return the record with that key.

    Raises:
        ProblemError: ``not-found`` (404).
    """
    names = (key.name,) if key.name else (KEY, "UUID")
    for name in names:
        found = next((one for one in records if one.values.get(name) == key.value), None)
        if found:
            return found
    raise make_not_found_problem(f"{where}('{key.value}')")


def make_not_found_problem(what: str, why: str = "") -> ProblemError:
    """Return the problem for a path without a resource."""
    detail = f"{what[:200]}; {why}" if why else what[:200]
    return ProblemError("not-found", "There is no such entity", detail, status=404)


def make_address(record: ODataRecord) -> str:
    """Return the path of an entity relative to the service."""
    return f"{record.type.set_name}({quote_key(record.key)})"


def quote_key(key: str) -> str:
    """Return a quoted, percent-encoded key for a path."""
    return "'" + quote(key.replace("'", "''"), safe="-._~'") + "'"


def _split_segments(path: str) -> list[str]:
    """Split a path into decoded segments; a quoted slash belongs to a key."""
    segments: list[str] = []
    begin = 0
    for place in _find_separators(path):
        segments.append(path[begin:place])
        begin = place + 1
    segments.append(path[begin:])
    if segments == [""]:
        return []
    try:
        decoded = [unquote_to_bytes(segment).decode("utf-8") for segment in segments]
    except UnicodeDecodeError:
        raise _make_bad_path_problem("it is not UTF-8") from None
    if any("\0" in segment or not segment for segment in decoded):
        raise _make_bad_path_problem("a part of it is empty")
    return decoded


def _find_separators(path: str) -> Sequence[int]:
    """Return the positions of the slashes outside quotes."""
    if path.count("'") + path.count("%27") == 0:
        return [place for place, character in enumerate(path) if character == "/"]
    quotes = [match.start() for match in _QUOTE.finditer(path)]
    if len(quotes) % 2:
        raise _make_bad_path_problem("a quotation mark is missing")
    spans = list(zip(quotes[::2], quotes[1::2], strict=True))
    inside = [False] * len(path)
    for first, last in spans:
        inside[first:last] = [True] * (last - first)
    return [place for place, character in enumerate(path) if character == "/" and not inside[place]]


def _parse_segment(segment: str) -> tuple[str, Key | None]:
    match = _SEGMENT.fullmatch(segment)
    if match is None:
        raise make_not_found_problem(segment)
    if match[2] is None or not match[2].strip():
        return match[1], None
    key = _KEY.fullmatch(match[2].strip())
    if key is None:
        raise _make_bad_path_problem(f"{match[2][:100]} is not a key such as 'cms'")
    name, guid, value = key[1], key[2], key[3].replace("''", "'")
    if name is not None and name not in _UNIQUE:
        raise _make_bad_path_problem(f"{name[:60]} is not a key; id is")
    return match[1], Key(value, name or (None if guid else KEY))


def _make_bad_path_problem(why: str) -> ProblemError:
    return ProblemError("bad-path", "The path cannot be read", why, status=400)
