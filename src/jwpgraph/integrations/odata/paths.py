"""Resource paths: ``Documents('x')/title/$count`` and the like (the URL conventions of OData 2 and 4)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from jwpgraph.integrations.odata.edm import KEY, LISTED_SETS, SETS, TYPES, EntityType, Navigation, Property
from jwpgraph.integrations.odata.records import Record
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
    """A key predicate: the value of a property that is unique in its set.

    Attributes:
        name: the property; None where the key was given as a GUID, which may be the identifier or the UUID.
    """

    value: str
    name: str | None = KEY


@dataclass(frozen=True, slots=True)
class Target:
    """The resource that a path leads to.

    Attributes:
        entity_type: the type of the set that it begins with; None for the service itself.
        key: which entity of that set.
        navigation: the navigation property of that entity.
        member: which of the entities that the navigation property leads to.
        primitive: the primitive property of the entity.
        ending: ``$count``, ``$value`` or ``$metadata``.
    """

    entity_type: EntityType | None = None
    key: Key | None = None
    navigation: Navigation | None = None
    member: Key | None = None
    primitive: Property | None = None
    ending: str | None = None

    @property
    def result(self) -> EntityType | None:
        """The type of the entity or entities that the path leads to."""
        return TYPES[self.navigation.target] if self.navigation else self.entity_type

    @property
    def several(self) -> bool:
        """Whether the path leads to a collection."""
        return self.member is None if self.navigation else self.key is None


def parse_path(path: str) -> Target:
    """Return what *path* leads to, according to the model.

    Args:
        path: the path below the service, percent-encoded as it was sent.

    Raises:
        ProblemError: ``not-found`` (404), or ``bad-path`` (400) for what no path is.
    """
    if len(path) > _LONGEST:
        raise _bad(f"it is longer than {_LONGEST} characters")
    segments = _segments(path.strip("/"))
    if not segments:
        return Target()
    if segments[0] == METADATA:
        if len(segments) > 1:
            raise not_found_problem("/".join(segments))
        return Target(ending=METADATA)
    name, key = _parse_segment(segments[0])
    entity_type = SETS.get(name)
    if entity_type is None:
        raise not_found_problem(name, f"there are {', '.join(LISTED_SETS)}")
    target = Target(entity_type, key)
    for segment in segments[1:]:
        target = _follow_segment(target, segment)
    return target


def _follow_segment(target: Target, segment: str) -> Target:
    """Return the target that *segment* leads to from *target*."""
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
    raise not_found_problem(
        segment, f"{entity_type.name} has no such property" if not several else "it is not in the path"
    )


def find_record(records: Sequence[Record], key: Key, where: str) -> Record:
    """Return the one of *records* with that key.

    Raises:
        ProblemError: ``not-found`` (404).
    """
    names = (key.name,) if key.name else (KEY, "UUID")
    for name in names:
        found = next((one for one in records if one.values.get(name) == key.value), None)
        if found:
            return found
    raise not_found_problem(f"{where}('{key.value}')")


def not_found_problem(what: str, why: str = "") -> ProblemError:
    """Return the problem for a path at which there is nothing."""
    detail = f"{what[:200]}; {why}" if why else what[:200]
    return ProblemError("not-found", "There is no such entity", detail, status=404)


def address(record: Record) -> str:
    """Return the path of an entity below the service: that of its set, with its key."""
    return f"{record.type.set_name}({quote_key(record.key)})"


def quote_key(key: str) -> str:
    """Return a key as it stands in a path, percent-encoded."""
    return "'" + quote(key.replace("'", "''"), safe="-._~'") + "'"


def _segments(path: str) -> list[str]:
    """Return the decoded segments; a slash between quotes belongs to a key."""
    segments: list[str] = []
    begin = 0
    for place in _separator_positions(path):
        segments.append(path[begin:place])
        begin = place + 1
    segments.append(path[begin:])
    if segments == [""]:
        return []
    try:
        decoded = [unquote_to_bytes(segment).decode("utf-8") for segment in segments]
    except UnicodeDecodeError:
        raise _bad("it is not UTF-8") from None
    if any("\0" in segment or not segment for segment in decoded):
        raise _bad("a part of it is empty")
    return decoded


def _separator_positions(path: str) -> Sequence[int]:
    """Return the positions of the slashes outside quotes."""
    if path.count("'") + path.count("%27") == 0:
        return [place for place, character in enumerate(path) if character == "/"]
    quotes = [match.start() for match in _QUOTE.finditer(path)]
    if len(quotes) % 2:
        raise _bad("a quotation mark is missing")
    spans = list(zip(quotes[::2], quotes[1::2], strict=True))
    inside = [False] * len(path)
    for first, last in spans:
        inside[first:last] = [True] * (last - first)
    return [place for place, character in enumerate(path) if character == "/" and not inside[place]]


def _parse_segment(segment: str) -> tuple[str, Key | None]:
    match = _SEGMENT.fullmatch(segment)
    if match is None:
        raise not_found_problem(segment)
    if match[2] is None or not match[2].strip():
        return match[1], None
    key = _KEY.fullmatch(match[2].strip())
    if key is None:
        raise _bad(f"{match[2][:100]} is not a key such as 'cms'")
    name, guid, value = key[1], key[2], key[3].replace("''", "'")
    if name is not None and name not in _UNIQUE:
        raise _bad(f"{name[:60]} is not a key; id is")
    return match[1], Key(value, name or (None if guid else KEY))


def _bad(why: str) -> ProblemError:
    return ProblemError("bad-path", "The path cannot be read", why, status=400)
