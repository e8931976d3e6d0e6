"""Conditional requests (RFC 9110 §13): entity tags compared as If-Match and If-None-Match ask."""

from __future__ import annotations

import re
from typing import Final

from starlette.types import Scope

from jwpgraph.http.headers import get_header

_ENTITY_TAG: Final = re.compile(r'(W/)?("[\x21\x23-\x7e\x80-\xff]*")')


def parse_entity_tags(value: str) -> list[tuple[bool, str]]:
    """The entity tags of a condition, each with whether it is weak."""
    return [(bool(weak), tag) for weak, tag in _ENTITY_TAG.findall(value)]


def is_not_modified(scope: Scope, etag: str) -> bool:
    """Return whether If-None-Match says that the client has *etag* already (weak comparison)."""
    condition = get_header(scope, b"if-none-match")
    if condition is None:
        return False
    return condition.strip() == "*" or any(tag == etag.removeprefix("W/") for _, tag in parse_entity_tags(condition))


def is_precondition_failed(scope: Scope, *etags: str) -> bool:
    """Whether If-Match asks for a state that none of *etags* (the current ones) is; strong comparison."""
    condition = get_header(scope, b"if-match")
    if condition is None:
        return False
    if condition.strip() == "*":
        return not etags
    return not any(not weak and tag in etags for weak, tag in parse_entity_tags(condition))
