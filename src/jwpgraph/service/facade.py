"""What FastAPI routes: the facade, things under their own IRIs, and the pages."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from jwpgraph.api.about import create_router as about_router
from jwpgraph.api.informea import create_router as informea_router
from jwpgraph.api.openapi import OpenApi
from jwpgraph.api.routes import create_router as resource_router
from jwpgraph.api.search import create_router as search_router
from jwpgraph.linked_data import errors
from jwpgraph.linked_data.routes import create_router as linked_data_router
from jwpgraph.linked_data.site import Site
from jwpgraph.pages.editor import render_editor
from jwpgraph.pages.rendering import SECURITY_HEADERS
from jwpgraph.pages.routes import create_router as pages_router
from jwpgraph.pages.routes import problem_page
from jwpgraph.pages.search import create_router as search_page_router


def create_facade(site: Site) -> FastAPI:
    """The application behind every path that is not plain ASGI.

    Args:
        site: what its views read from.
    """
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    routers = (search_router(site), resource_router(site), about_router(site))
    openapi = OpenApi(site, *routers)
    views = (
        informea_router(site),
        linked_data_router(site),
        search_page_router(site),
        pages_router(site, openapi.document),
    )
    for router in (*routers, openapi.router(), *views):
        app.include_router(router)
    errors.install(app, problem_page(site))
    return app


def editor_page(site: Site) -> ASGIApp:
    """The page that a browser gets at ``/sparql`` when it asks nothing."""

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        text = render_editor(site, Request(scope))
        headers = {**SECURITY_HEADERS, "Vary": "Accept", "Cache-Control": "no-cache"}
        await HTMLResponse(text, headers=headers)(scope, receive, send)

    return page
