"""The router of pages: besides its own query parameters, each page takes those that choose languages."""

from __future__ import annotations

from jwpgraph.linked_data.routing import ReadRouter
from jwpgraph.web.languages import PARAMETERS


class PageRouter(ReadRouter):
    """A router of pages."""

    def __init__(self) -> None:
        super().__init__(PARAMETERS)
