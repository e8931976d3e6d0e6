"""A router for reading whose handlers are module-level functions, and the application context as their dependency."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Request

from jwpgraph.entities.app_context import AppContext

Handler = TypeVar("Handler", bound=Callable[..., Any])


async def get_site(request: Request) -> AppContext:
    """Return the context of the application that serves *request*."""
    site: AppContext = request.app.state.site
    return site


#: The type of the parameter by which a handler receives the application context.
Site = Annotated[AppContext, Depends(get_site)]


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
