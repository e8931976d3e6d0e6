"""Conditional requests: comparison of entity tags for If-Match and If-None-Match (RFC 9110 §13)."""

from __future__ import annotations

import re
from typing import Final

from starlette.types import Scope

from jwpgraph.http.headers import get_header

_ENTITY_TAG: Final = re.compile(r'(W/)?("[\x21\x23-\x7e\x80-\xff]*")')


def parse_entity_tags(value: str) -> list[tuple[bool, str]]:
    """Return the entity tags of a header value as pairs ``(weak, opaque tag with quotes)``."""
    return [(bool(weak), tag) for weak, tag in _ENTITY_TAG.findall(value)]


def is_not_modified(scope: Scope, etag: str) -> bool:
    """Return whether If-None-Match matches *etag* by weak comparison, so that the answer is 304 (RFC 9110 §13.1.2)."""
    condition = get_header(scope, b"if-none-match")
    if condition is None:
        return False
    return condition.strip() == "*" or any(tag == etag.removeprefix("W/") for _, tag in parse_entity_tags(condition))


def is_precondition_failed(scope: Scope, *etags: str) -> bool:
    """Return whether If-Match matches none of the current *etags* by strong comparison (RFC 9110 §13.1.1)."""
    condition = get_header(scope, b"if-match")
    if condition is None:
        return False
    if condition.strip() == "*":
        return not etags
    return not any(not weak and tag in etags for weak, tag in parse_entity_tags(condition))
