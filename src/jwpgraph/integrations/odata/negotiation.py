"""Which version and which format of OData answers a request.

Version 4 answers who asks for it: below ``/informea.svc/v4``, by ``OData-Version`` or ``OData-MaxVersion``, or by
the parameter ``odata.metadata`` of a media type in ``Accept`` or ``$format``. All others are answered in version 2,
or 3 where ``MaxDataServiceVersion`` allows it; the two differ in a header only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from starlette.requests import Request

from jwpgraph.http.headers import get_header
from jwpgraph.http.negotiation import negotiate
from jwpgraph.integrations.odata.options import Resource, bad_option_problem
from jwpgraph.problems import ProblemError

Style = Literal["json", "atom", "xml", "text"]

JSON: Final = "application/json"
ATOM: Final = "application/atom+xml"
XML: Final = "application/xml"
SERVICE: Final = "application/atomsvc+xml"

_VERSION: Final = re.compile(r"\s*([1-9]\d{0,2})\.(\d{1,2})\s*(?:;.*)?", re.DOTALL)
#: What is about numbers, streams and characters, which are the same in every answer, and the kind of an Atom document.
_IMMATERIAL: Final = re.compile(
    r";\s*(?:IEEE754Compatible|odata\.streaming|streaming|ExponentialDecimals|charset|type)\s*=\s*(?:\"[^\"]*\"|[^;,\s]*)",
    re.IGNORECASE,
)
_VERSION_4: Final = re.compile(r"odata\.metadata\s*=", re.IGNORECASE)
_NAMES: Final = {"json": JSON, "atom": ATOM, "xml": XML, "verbosejson": f"{JSON};odata=verbose"}
_MEDIA_TYPE: Final = re.compile(r"[\w.+-]+/[\w.+-]+(?:\s*;\s*[\w.-]+=[\w.+\"-]+)*", re.ASCII)

#: Parameters that choose a form of JSON: one that is not offered is not acceptable.
_MATERIAL: Final = frozenset({"odata", "odata.metadata"})

_VERBOSE: Final = (JSON, f"{JSON};odata=verbose")
_MINIMAL: Final = (JSON, f"{JSON};odata.metadata=minimal", f"{JSON};odata.metadata=none", f"{JSON};odata.metadata=full")


@dataclass(frozen=True, slots=True)
class Form:
    """The version and format of an answer.

    Attributes:
        version: 2, 3 or 4.
        style: how it is written.
        media_type: its Content-Type.
        metadata: how much JSON of version 4 says about itself: ``minimal``, ``none`` or ``full``.
    """

    version: int
    style: Style
    media_type: str
    metadata: str = "minimal"

    @property
    def headers(self) -> dict[str, str]:
        """The headers that name the version."""
        return version_headers(self.version)


def version_headers(version: int) -> dict[str, str]:
    """Return the headers that name the version of OData, and those that the answer depends on."""
    name = "OData-Version" if version == 4 else "DataServiceVersion"
    return {name: f"{version}.0", "Vary": "Accept, OData-Version, OData-MaxVersion, MaxDataServiceVersion, Prefer"}


def negotiate_version(request: Request, form: str | None, below_v4: bool) -> int:
    """Return the version of OData in which the request is answered.

    Args:
        request: what was asked.
        form: the value of ``$format``.
        below_v4: whether the path says version 4.

    Raises:
        ProblemError: ``bad-header`` (400): a version cannot be read, or is too old for an answer.
    """
    newest = _version(request, b"odata-maxversion")
    of_request = _version(request, b"odata-version")
    most = _version(request, b"maxdataserviceversion")
    said = form if form is not None else (get_header(request.scope, b"accept") or "")
    if below_v4 or _VERSION_4.search(said):
        return 4
    if any(version and version >= (4, 0) for version in (newest, of_request)):
        return 4
    if most and most < (2, 0):
        raise _bad_header("MaxDataServiceVersion", "answers are of version 2.0 at least")
    return 3 if most and most >= (3, 0) else 2


def _version(request: Request, name: bytes) -> tuple[int, int] | None:
    value = get_header(request.scope, name)
    if value is None:
        return None
    match = _VERSION.fullmatch(value)
    if match is None:
        raise _bad_header(name.decode(), f"{value[:40]!r} is not a version such as 4.0")
    return int(match[1]), int(match[2])


def _bad_header(name: str, why: str) -> ProblemError:
    return ProblemError("bad-header", "A header is invalid", f"{name}: {why}", status=400)


def negotiate_format(request: Request, version: int, resource: Resource, wanted: str | None, collection: bool) -> Form:
    """Return the format of the answer to a request for JSON, Atom or XML.

    Args:
        request: what was asked.
        version: the version that it is answered in.
        resource: what is asked for; ``value`` stands for a property.
        wanted: the value of ``$format``, which outweighs ``Accept``.
        collection: whether the answer is a collection of entities.

    Raises:
        ProblemError: ``not-acceptable`` (406), or ``bad-query-option`` (400) for a ``$format`` that names no format.
    """
    accept = get_header(request.scope, b"accept")
    offers: tuple[str, ...] = _MINIMAL if version == 4 else (*_VERBOSE, *_markup(resource))
    if wanted is not None:
        name, _, parameters = wanted.partition(";")
        accept = _NAMES.get(name.strip().lower(), name) + (f";{parameters}" if parameters else "")
        if _MEDIA_TYPE.fullmatch(accept.strip()) is None:
            raise bad_option_problem("$format", "it takes json, atom, xml or a media type")
    chosen = negotiate(_IMMATERIAL.sub("", accept) if accept else None, offers, _MATERIAL)
    if chosen is None:
        raise not_acceptable_problem(accept or "", offers)
    base, _, parameters = chosen.partition(";")
    if base == JSON:
        metadata = parameters.partition("=")[2] if version == 4 and parameters else "minimal"
        media_type = f"{JSON};odata.metadata={metadata}" if version == 4 else chosen
        return Form(version, "json", media_type, metadata)
    if base == ATOM:
        return Form(version, "atom", f"{ATOM};type={'feed' if collection else 'entry'}")
    return Form(version, "xml", base)


def _markup(resource: Resource) -> tuple[str, ...]:
    """Return the media types other than JSON that a resource has in versions 2 and 3."""
    return {"document": (SERVICE, XML), "value": (XML,)}.get(resource, (ATOM,))


def not_acceptable_problem(accept: str, offers: Sequence[str]) -> ProblemError:
    """Return the problem for a request that accepts none of the available formats."""
    return ProblemError(
        "not-acceptable",
        "None of the formats that you accept is available",
        f"{accept[:200]}. This resource is available as {', '.join(offers)}.",
        status=406,
        headers={"Vary": "Accept"},
        available=list(offers),
    )
