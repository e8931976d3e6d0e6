"""One-to-one mapping between IRIs of the graph and paths of this server.

``https://w3id.org/jwpgraph/id/body/iccwc`` is served as ``/id/body/iccwc`` on any host; its page is ``/doc/body/iccwc``
and its data ``/data/body/iccwc``. Percent-encoding is preserved, apart from the normalisation of RFC 3986, section
6.2.2: ``%7e`` and ``~``, lower-case hex digits, and characters that IRIs do not allow.
"""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import quote, unquote

from jwpgraph.vocabulary import BASE, ID

PathView = Literal["id", "doc", "data"]

_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
#: Characters allowed in the path of an IRI besides letters and digits (RFC 3987, section 2.2), and the percent sign.
_PATH_SAFE = "/~-._!$&'()*+,;=:@%"
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_NON_ASCII_ESCAPES = re.compile(r"(?:%[89A-F][0-9A-F])+")
_PLANES = "".join(rf"\U{plane:04x}0000-\U{plane:04x}fffd" for plane in range(1, 14)) + r"\U000e1000-\U000efffd"
#: Characters beyond ASCII that IRIs allow (RFC 3987, section 2.2, ``ucschar``).
_UCSCHAR = rf"\xa0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef{_PLANES}"
#: Characters not allowed in an IRIREF (SPARQL 1.1, rule 139) or in any IRI.
_NOT_IN_IRIREF = re.compile(rf"[^\x21\x23-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e{_UCSCHAR}]")


def _normalise_path(path: str) -> str:
    def keep(match: re.Match[str]) -> str:
        octet = int(match[1], 16)
        return chr(octet) if octet in _UNRESERVED else match[0].upper()

    return _ESCAPE.sub(keep, _STRAY_PERCENT.sub("%25", quote(path, safe=_PATH_SAFE)))


def path_to_iris(path: str) -> tuple[str, ...]:
    """Return the IRIs that an encoded URL path may denote, most likely first.

    Our own IRIs are ASCII, so they have one result. Loaded data may contain ``café`` unencoded, which a browser sends
    as ``caf%C3%A9``; then both spellings are returned.

    Args:
        path: an absolute path as sent by the client, such as ``/id/body/iccwc``.
    """
    exact = BASE + _normalise_path(path.lstrip("/"))
    readable = _NON_ASCII_ESCAPES.sub(_decode_escapes, exact)
    return (exact,) if readable == exact else (exact, readable)


def _decode_escapes(match: re.Match[str]) -> str:
    try:
        text = unquote(match[0], errors="strict")
    except UnicodeDecodeError:
        return match[0]
    return match[0] if _NOT_IN_IRIREF.search(text) else text


def iri_to_path(iri: str, view: PathView = "id", extension: str = "") -> str | None:
    """Return the path of *iri* on this server; ``None`` if it is not one of our IRIs.

    Args:
        iri: any IRI.
        view: the view of an entity; ignored for other resources (graphs, ontology terms).
        extension: a file name extension without the dot, such as ``ttl``.
    """
    if not iri.startswith(BASE) or iri == BASE:
        return None
    if iri.startswith(ID):
        rest = quote(iri[len(ID) :], safe=_PATH_SAFE)
        return f"/{view}/{rest}" + (f".{extension}" if extension else "")
    return "/" + quote(iri[len(BASE) :], safe=_PATH_SAFE + "#")


def get_type_segment(iri: str) -> str | None:
    """Return the type segment of an entity's IRI (``body``); ``None`` if *iri* is not an entity's."""
    return iri[len(ID) :].partition("/")[0] or None if iri.startswith(ID) else None


def get_slug(iri: str) -> str:
    """Return the part after the type segment: ``jwp-2015-2020/B16``."""
    return iri[len(ID) :].partition("/")[2]


def quote_iri(iri: str) -> str:
    """Return *iri* in angle brackets for a query; characters not allowed in an IRIREF are percent-encoded."""
    return "<" + _NOT_IN_IRIREF.sub(lambda match: quote(match[0]), iri) + ">"


def quote_string(text: str) -> str:
    """Return *text* as a quoted SPARQL string (SPARQL 1.1, rules 156 and 160)."""
    escaped = text.translate(
        {ord("\\"): "\\\\", ord('"'): '\\"', ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\\t", 8: "\\b", 12: "\\f"}
    )
    return f'"{escaped}"'
