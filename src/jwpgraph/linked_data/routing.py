"""A router for module-level handlers, and the parts of the application that they receive as dependencies."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Annotated, Any, TypeVar, cast

from fastapi import APIRouter, Depends, Request
from fastapi.routing import APIRoute
from pydantic import ConfigDict

from jwpgraph.entities.app_context import AppContext
from jwpgraph.http.access_tokens import Access
from jwpgraph.http.api_model import ApiModel
from jwpgraph.http.declared_parameters import refuse_undeclared
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


class NoParameters(ApiModel):
    """The query parameters of a resource that has none."""

    model_config = ConfigDict(extra="forbid")


class ReadRouter(APIRouter):
    """A router whose routes refuse undeclared query parameters, with routes that are read with GET and HEAD.

    Routers are joined with :meth:`extend`: unlike ``include_router``, it does not make each route again.

    Args:
        parameters: query parameters that each of the routes takes, with their values.
        arguments: those of ``APIRouter``.
    """

    def __init__(self, parameters: Mapping[str, Collection[str]] | None = None, **arguments: Any) -> None:
        super().__init__(dependencies=[Depends(refuse_undeclared(parameters))], **arguments)

    def read(self, path: str, **documentation: Any) -> Callable[[Handler], Handler]:
        """Return a decorator that adds a handler for GET and HEAD.

        Args:
            path: the path below the prefix of the router.
            documentation: further arguments of ``add_api_route``.
        """

        def add(handler: Handler) -> Handler:
            self.add_api_route(path, handler, methods=["GET"], **documentation)
            # Added later, so that the identifier of the operation is that of GET.
            cast("APIRoute", self.routes[-1]).methods = {"GET", "HEAD"}
            return handler

        return add

    def read_undocumented(self, *paths: str) -> Callable[[Handler], Handler]:
        """Return a decorator that adds a handler under *paths*, without documentation in the OpenAPI document."""

        def add(handler: Handler) -> Handler:
            for path in paths:
                self.read(path, include_in_schema=False)(handler)
            return handler

        return add

    def extend(self, *routers: APIRouter) -> None:
        """Add the routes of *routers*, which have their prefixes already, after those of this router."""
        for router in routers:
            self.routes.extend(router.routes)
