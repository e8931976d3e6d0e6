"""A router for module-level handlers, and the parts of the application that they receive as dependencies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict

from jwpgraph.entities.app_context import AppContext
from jwpgraph.http.access_tokens import Access
from jwpgraph.releases.changes import ReleaseWriter

Handler = TypeVar("Handler", bound=Callable[..., Any])


async def get_site(request: Request) -> AppContext:
    """Return the context of the application that serves *request*."""
    site: AppContext = request.app.state.site
    return site


#: The type of the parameter by which a handler receives the application context.
Site = Annotated[AppContext, Depends(get_site)]


async def get_writer(request: Request) -> ReleaseWriter | None:
    """Return what turns changes into releases; ``None`` if the service only reads."""
    writer: ReleaseWriter | None = request.app.state.writer
    return writer


async def get_access(request: Request) -> Access:
    """Return the tokens of the application that serves *request*."""
    access: Access = request.app.state.access
    return access


#: The types of the parameters by which a handler receives the writer and the tokens.
Writer = Annotated[ReleaseWriter | None, Depends(get_writer)]
Tokens = Annotated[Access, Depends(get_access)]


class NoParameters(BaseModel):
    """The query parameters of a resource that has none."""

    model_config = ConfigDict(extra="forbid")


class ReadRouter(APIRouter):
    """A router of resources that are read with GET and HEAD."""

    def read(self, path: str, **documentation: Any) -> Callable[[Handler], Handler]:
        """Return a decorator that adds a handler; only GET is in the OpenAPI document.

        Args:
            path: the path below the prefix of the router.
            documentation: further arguments of ``add_api_route``.
        """

        def add(handler: Handler) -> Handler:
            self.add_api_route(path, handler, methods=["GET"], **documentation)
            self.add_api_route(path, handler, methods=["HEAD"], include_in_schema=False)
            return handler

        return add

    def read_undocumented(self, *paths: str) -> Callable[[Handler], Handler]:
        """Return a decorator that adds a handler under *paths*, without documentation in the OpenAPI document."""

        def add(handler: Handler) -> Handler:
            for path in paths:
                self.add_api_route(path, handler, methods=["GET", "HEAD"], include_in_schema=False)
            return handler

        return add
