"""Citations of entities and pages: as text, BibTeX and RIS, with publisher, date and release."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode

from fastapi import Request
from markupsafe import Markup
from starlette.responses import Response

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.description import describe
from jwpgraph.entities.iri_mapping import path_to_iris
from jwpgraph.http.declared_parameters import takes
from jwpgraph.http.unknown_names import make_wrong_choice_problem
from jwpgraph.linked_data.responses import get_raw_path, send_conditionally
from jwpgraph.linked_data.routes import make_unknown_entity_problem
from jwpgraph.linked_data.routing import Site
from jwpgraph.vocabulary import ID
from jwpgraph.web.country_choice import get_requested_country
from jwpgraph.web.languages import list_parameters
from jwpgraph.web.page_router import PageRouter
from jwpgraph.web.requested_day import parse_requested_day
from jwpgraph.web.translation import format_day, gettext

if TYPE_CHECKING:
    from jwpgraph.releases.release import ReleaseManifest

PUBLISHER: Final = "jwpgraph"
_SUFFIX: Final = f" · {PUBLISHER}"
#: Media type and extension of each format, by its name in ``?format=``.
_FORMATS: Final = {
    "text": ("text/plain", "txt"),
    "bibtex": ("application/x-bibtex", "bib"),
    "ris": ("application/x-research-info-systems", "ris"),
}
_SPECIAL: Final = {
    **{char: "\\" + char for char in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}


@dataclass(frozen=True, slots=True)
class Citation:
    """The data of a citation.

    Attributes:
        iri: its IRI.
        name: what it is called.
        release: the number of the cited release.
        published: the day of the release, where it is known.
    """

    iri: str
    name: str
    release: int
    published: date | None

    def as_text(self) -> str:
        """Return the citation as a sentence, in the language of the page."""
        # The name stands in quotation marks, so those within it are single ones.
        name = self.name.translate({ord("“"): "‘", ord("”"): "’"})
        values = {"name": name, "publisher": PUBLISHER, "number": self.release, "iri": self.iri}
        if self.published is None:
            return gettext("“%(name)s”. %(publisher)s, release %(number)s. %(iri)s", **values)
        return gettext(
            "“%(name)s”. %(publisher)s, release %(number)s, %(day)s. %(iri)s", day=format_day(self.published), **values
        )

    def as_bibtex(self) -> str:
        """Return the citation as an entry of BibTeX."""
        named = re.sub(r"^https?://[^/]+/", "", self.iri.removeprefix(ID))
        key = re.sub(r"[^A-Za-z0-9]+", "-", named).strip("-") or "home"
        fields = {
            "title": "{" + _escape(self.name) + "}",
            "publisher": PUBLISHER,
            "howpublished": rf"\url{{{self.iri}}}",
            "note": f"Release {self.release}",
        }
        if self.published is not None:
            fields |= {"year": f"{self.published:%Y}", "date": self.published.isoformat()}
        lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items())
        return f"@misc{{{PUBLISHER}-{key}-r{self.release},\n{lines}}}\n"

    def as_ris(self) -> str:
        """Return the citation as a record of RIS."""
        lines = [("TY", "DATA"), ("TI", " ".join(self.name.split())), ("PB", PUBLISHER)]
        if self.published is not None:
            lines += [("PY", f"{self.published:%Y}"), ("DA", f"{self.published:%Y/%m/%d}")]
        lines += [("ET", f"Release {self.release}"), ("UR", self.iri), ("ER", "")]
        return "".join(f"{tag}  - {value}\r\n" for tag, value in lines)

    def list_files(self) -> list[tuple[str, str, str]]:
        """Return the name of each format, the file's name and its content as a ``data:`` URL."""
        files = [("BibTeX", "bibtex", self.as_bibtex()), ("RIS", "ris", self.as_ris())]
        files.append((gettext("text"), "text", self.as_text()))
        return [
            (name, f"citation.{_FORMATS[form][1]}", f"data:{_FORMATS[form][0]};charset=utf-8,{quote(text)}")
            for name, form, text in files
        ]


async def make_citation(site: AppContext, request: Request, iri: str, name: str) -> Citation:
    """Return the citation of an entity in the served release, with the day and the country of ``?on=`` and ``?in=``."""
    day = parse_requested_day(request) if request.query_params.get("on") else None
    country = await get_requested_country(site, request)
    if country is not None:
        name = f"{name} – {country.name}"
    if day is not None:
        name = gettext("%(name)s, as at %(day)s", name=name, day=format_day(day))
    return cite_release(site, iri, name)


def make_scope_query(request: Request) -> dict[str, str]:
    """Return the parameters of the address that a citation repeats."""
    return {key: request.query_params[key] for key in ("on", "in") if request.query_params.get(key)}


def cite_release(site: AppContext, iri: str, name: str) -> Citation:
    """Return the citation of something with this name and address in the served release."""
    served = site.served_release()
    return Citation(iri, name, site.release_number, served.manifest.created.date() if served else None)


def cite_page(site: AppContext, request: Request, title: str, cited: ReleaseManifest | None = None) -> Citation:
    """Return the citation of the requested page.

    Args:
        site: where it is read from.
        request: what was asked; its parameters but those of languages are part of the address.
        title: the title of the page, as HTML.
        cited: the release that the page describes, if that is not the served one.
    """
    name = Markup(title).striptags().removesuffix(_SUFFIX)  # noqa: S704 - only its text is used
    query = urlencode(list_parameters(request))
    address = site.url(request, get_raw_path(request)) + (f"?{query}" if query else "")
    if cited is not None:
        return Citation(address, name, cited.number, cited.created.date())
    return cite_release(site, address, name)


router = PageRouter()


@router.read_undocumented("/cite/{name:path}")
@takes("format", "on", "in")
async def send_citation(request: Request, site: Site, name: str) -> Response:
    form = request.query_params.get("format") or "text"
    if form not in _FORMATS:
        raise make_wrong_choice_problem("format", form, _FORMATS)
    media_type, extension = _FORMATS[form]

    async def make() -> tuple[bytes, Mapping[str, str]]:
        iris = path_to_iris("/id/" + name)
        found = await describe(site, iris)
        if found is None:
            raise await make_unknown_entity_problem(site, iris[0])
        citation = await make_citation(site, request, found.node.iri, found.node.name)
        text = {"text": citation.as_text, "bibtex": citation.as_bibtex, "ris": citation.as_ris}[form]()
        file = re.sub(r"[^A-Za-z0-9.-]+", "-", name)[:80]
        return text.encode(), {"Content-Disposition": f'attachment; filename="{file}.{extension}"'}

    return await send_conditionally(request, site, f"{media_type}; charset=utf-8", make)


def _escape(text: str) -> str:
    """Return *text* with the special characters of TeX escaped."""
    return "".join(_SPECIAL.get(char, char) for char in " ".join(text.split()))
