"""Negotiation of the version and format of OData.

Version 4 is requested by a path below ``/informea.svc/v4``, by ``OData-Version`` or ``OData-MaxVersion``, or by
the parameter ``odata.metadata`` of a media type in ``Accept`` or ``$format``. Other responses are in version 2,
or in version 3 if ``MaxDataServiceVersion`` allows it; the two differ only in a header.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from starlette.requests import Request

from jwpgraph.http.headers import get_header
from jwpgraph.http.negotiation import negotiate
from jwpgraph.integrations.odata.options import Resource, make_bad_option_problem
from jwpgraph.problems import ProblemError

Style = Literal["json", "atom", "xml", "text"]

JSON: Final = "application/json"
ATOM: Final = "application/atom+xml"
XML: Final = "application/xml"
SERVICE: Final = "application/atomsvc+xml"

_VERSION: Final = re.compile(r"\s*([1-9]\d{0,2})\.(\d{1,2})\s*(?:;.*)?", re.DOTALL)
#: Media type parameters without effect: of numbers, streams and characters, and the type of an Atom document.
_IMMATERIAL: Final = re.compile(
    r";\s*(?:IEEE754Compatible|odata\.streaming|streaming|ExponentialDecimals|charset|type)\s*=\s*(?:\"[^\"]*\"|[^;,\s]*)",
    re.IGNORECASE,
)
_VERSION_4: Final = re.compile(r"odata\.metadata\s*=", re.IGNORECASE)
_NAMES: Final = {"json": JSON, "atom": ATOM, "xml": XML, "verbosejson": f"{JSON};odata=verbose"}
_MEDIA_TYPE: Final = re.compile(r"[\w.+-]+/[\w.+-]+(?:\s*;\s*[\w.-]+=[\w.+\"-]+)*", re.ASCII)

#: Media type parameters that select a form of JSON; unsupported values are not acceptable.
_MATERIAL: Final = frozenset({"odata", "odata.metadata"})

_VERBOSE: Final = (JSON, f"{JSON};odata=verbose")
_MINIMAL: Final = (JSON, f"{JSON};odata.metadata=minimal", f"{JSON};odata.metadata=none", f"{JSON};odata.metadata=full")


@dataclass(frozen=True, slots=True)
class Form:
    """The version and format of a response.

    Attributes:
        version: 2, 3 or 4.
        style: the kind of format.
        media_type: the Content-Type.
        metadata: level of metadata in JSON of version 4: ``minimal``, ``none`` or ``full``.
    """

    version: int
    style: Style
    media_type: str
    metadata: str = "minimal"

    @property
    def headers(self) -> dict[str, str]:
        """Headers with the version."""
        return make_version_headers(self.version)


def make_version_headers(version: int) -> dict[str, str]:
    """Return the headers with the version of OData, and ``Vary``."""
    name = "OData-Version" if version == 4 else "DataServiceVersion"
    return {name: f"{version}.0", "Vary": "Accept, OData-Version, OData-MaxVersion, MaxDataServiceVersion, Prefer"}


def negotiate_version(request: Request, form: str | None, below_v4: bool) -> int:
    """Return the version of OData of the response.

    Args:
        request: the request.
                form: the value of ``$format``.
        below_v4: whether the path requires version 4.

    Raises:
        ProblemError: ``bad-header`` (400): a version is invalid or too old.
    """
    newest = _parse_version(request, b"odata-maxversion")
    of_request = _parse_version(request, b"odata-version")
    most = _parse_version(request, b"maxdataserviceversion")
    said = form if form is not None else (get_header(request.scope, b"accept") or "")
    if below_v4 or _VERSION_4.search(said):
        return 4
    if any(version and version >= (4, 0) for version in (newest, of_request)):
        return 4
    if most and most < (2, 0):
        raise _make_bad_header_problem("MaxDataServiceVersion", "answers are of version 2.0 at least")
    return 3 if most and most >= (3, 0) else 2


def _parse_version(request: Request, name: bytes) -> tuple[int, int] | None:
    value = get_header(request.scope, name)
    if value is None:
        return None
    match = _VERSION.fullmatch(value)
    if match is None:
        raise _make_bad_header_problem(name.decode(), f"{value[:40]!r} is not a version such as 4.0")
    return int(match[1]), int(match[2])


def _make_bad_header_problem(name: str, why: str) -> ProblemError:
    return ProblemError("bad-header", "A header is invalid", f"{name}: {why}", status=400)


def negotiate_format(request: Request, version: int, resource: Resource, wanted: str | None, collection: bool) -> Form:
    """Return the format of the response: JSON, Atom or XML.

    Args:
        request: what was asked.
        version: the version of OData of the response.
        resource: the kind of resource; ``value`` means a property.
        wanted: the value of ``$format``, which overrides ``Accept``.
        collection: whether the response is a collection of entities.

    Raises:
        ProblemError: ``not-acceptable`` (406), or ``bad-query-option`` (400) for an invalid ``$format``.
    """
    accept = get_header(request.scope, b"accept")
    offers: tuple[str, ...] = _MINIMAL if version == 4 else (*_VERBOSE, *_list_markup_types(resource))
    if wanted is not None:
        name, _, parameters = wanted.partition(";")
        accept = _NAMES.get(name.strip().lower(), name) + (f";{parameters}" if parameters else "")
        if _MEDIA_TYPE.fullmatch(accept.strip()) is None:
            raise make_bad_option_problem("$format", "it takes json, atom, xml or a media type")
    chosen = negotiate(_IMMATERIAL.sub("", accept) if accept else None, offers, _MATERIAL)
    if chosen is None:
        raise make_not_acceptable_problem(accept or "", offers)
    base, _, parameters = chosen.partition(";")
    if base == JSON:
        metadata = parameters.partition("=")[2] if version == 4 and parameters else "minimal"
        media_type = f"{JSON};odata.metadata={metadata}" if version == 4 else chosen
        return Form(version, "json", media_type, metadata)
    if base == ATOM:
        return Form(version, "atom", f"{ATOM};type={'feed' if collection else 'entry'}")
    return Form(version, "xml", base)


def _list_markup_types(resource: Resource) -> tuple[str, ...]:
    """Return the media types of a resource in versions 2 and 3 other than JSON."""
    return {"document": (SERVICE, XML), "value": (XML,)}.get(resource, (ATOM,))


def make_not_acceptable_problem(accept: str, offers: Sequence[str]) -> ProblemError:
    """Return the problem for a request that accepts none of the available formats."""
    return ProblemError(
        "not-acceptable",
        "None of the formats that you accept is available",
        f"{accept[:200]}. This resource is available as {', '.join(offers)}.",
        status=406,
        headers={"Vary": "Accept"},
        available=list(offers),
    )
