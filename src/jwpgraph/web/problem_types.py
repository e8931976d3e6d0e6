"""Pages of the types of problem documents: what happened and what to do, as in ``docs/problems.md``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from fastapi import Request
from markupsafe import Markup, escape
from starlette.responses import Response

from jwpgraph.http.unknown_names import make_unknown_name_problem
from jwpgraph.linked_data.routing import Site
from jwpgraph.shipped_files import get_shipped_path
from jwpgraph.vocabulary import BASE
from jwpgraph.web.page_router import PageRouter
from jwpgraph.web.rendering import make_page
from jwpgraph.web.translation import gettext

_SEPARATOR = re.compile(r"(?<!\\)\|")
_CODE = re.compile(r"`([^`]*)`")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A row of the table.

    Attributes:
        slug: the last segment of its IRI.
        group: the heading above it, a message.
        status: its status codes.
        what: what happened, a message in which code stands between backquotes.
        remedy: what to do, as ``what``.
    """

    slug: str
    group: str
    status: str
    what: str
    remedy: str

    @property
    def iri(self) -> str:
        """Return the ``type`` of its problem documents."""
        return f"{BASE}problem/{self.slug}"


@cache
def read_problem_types() -> tuple[ProblemType, ...]:
    """Return all types, in the order of the documentation."""
    return tuple(_parse_types(get_shipped_path("docs/problems.md").read_text("utf-8")))


def _parse_types(text: str) -> list[ProblemType]:
    found, group = [], ""
    for line in text.splitlines():
        if line.startswith("## "):
            group = line[3:].strip()
        cells = [cell.strip() for cell in _SEPARATOR.split(line)[1:-1]]
        if len(cells) == 4 and cells[0].startswith("`"):
            # Links lead to other documents, which the service does not have.
            what, remedy = (_LINK.sub(r"\1", cell).replace("\\|", "|") for cell in cells[2:])
            found += [ProblemType(slug, group, cells[1], what, remedy) for slug in _CODE.findall(cells[0])]
    return found


def list_messages() -> Iterator[str]:
    """Return the texts of the types for the message catalogues."""
    for one in read_problem_types():
        yield from (one.group, one.what, one.remedy)


def translate_to_html(message: str) -> Markup:
    """Return a text of a type as HTML in the language of the page, with its code marked up."""
    safe = str(escape(gettext(message)))
    return Markup(_CODE.sub(r"<code>\1</code>", safe))  # noqa: S704 - escaped above


router = PageRouter()


@router.read_undocumented("/problem")
async def list_problem_types(request: Request, site: Site) -> Response:
    async def make() -> Mapping[str, Any]:
        groups: dict[str, list[ProblemType]] = {}
        for one in read_problem_types():
            groups.setdefault(one.group, []).append(one)
        return {"groups": groups, "html": translate_to_html}

    return await make_page(request, site, "problems.html", make, to_document=_list_documents)


@router.read_undocumented("/problem/{slug}")
async def show_problem_type(request: Request, site: Site, slug: str) -> Response:
    found = next((one for one in read_problem_types() if one.slug == slug), None)
    if found is None:
        raise make_unknown_name_problem(slug)

    async def make() -> Mapping[str, Any]:
        return {"type": found, "html": translate_to_html}

    return await make_page(
        request, site, "problem_type.html", make, to_document=lambda values: _make_document(values["type"])
    )


def _list_documents(values: Mapping[str, Any]) -> object:
    items = [_make_document(one) for group in values["groups"].values() for one in group]
    return {"total": len(items), "items": items}


def _make_document(one: ProblemType) -> dict[str, str]:
    what, remedy = one.what.replace("`", ""), one.remedy.replace("`", "")
    return {"type": one.iri, "group": one.group, "status": one.status, "what": what, "remedy": remedy}
