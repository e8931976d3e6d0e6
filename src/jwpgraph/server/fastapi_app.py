"""The FastAPI application: API, linked data and pages."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from jwpgraph.api.about import router as about_router
from jwpgraph.api.alignments import router as alignments_router
from jwpgraph.api.animals import router as animals_router
from jwpgraph.api.changes import router as changes_router
from jwpgraph.api.countries import router as countries_router
from jwpgraph.api.coverage import router as coverage_router
from jwpgraph.api.leo import router as leo_router
from jwpgraph.api.lookup import router as lookup_router
from jwpgraph.api.neighbourhood import router as neighbourhood_router
from jwpgraph.api.openapi import OpenApiDocument
from jwpgraph.api.programme_records import router as programme_records_router
from jwpgraph.api.release_differences import router as release_differences_router
from jwpgraph.api.rights import router as rights_router
from jwpgraph.api.routes import router as resource_router
from jwpgraph.api.search import router as search_router
from jwpgraph.api.stored_queries import router as stored_queries_router
from jwpgraph.api.taxa import router as taxa_router
from jwpgraph.api.validation import documents_router as validation_documents_router
from jwpgraph.api.validation import router as validation_router
from jwpgraph.api.validation_control import router as validation_control_router
from jwpgraph.api.what_if import router as what_if_router
from jwpgraph.entities.app_context import AppContext
from jwpgraph.http.access_tokens import Access
from jwpgraph.integrations.feeds.routes import router as feeds_router
from jwpgraph.integrations.informea_json.portal import router as informea_portal_router
from jwpgraph.integrations.informea_json.routes import router as informea_json_router
from jwpgraph.integrations.odata.routes import router as odata_router
from jwpgraph.integrations.reconciliation.routes import router as reconciliation_router
from jwpgraph.linked_data import error_handlers
from jwpgraph.linked_data.routes import router as linked_data_router
from jwpgraph.problems import ProblemError
from jwpgraph.releases.changes import ReleaseWriter
from jwpgraph.server.dump_builder import DumpBuilder
from jwpgraph.server.dump_routes import router as dumps_router
from jwpgraph.server.request_spans import RouteRecorder
from jwpgraph.settings import Settings
from jwpgraph.sparql_protocol.idempotency import Attempts
from jwpgraph.tracing import is_tracing
from jwpgraph.validation.service import ValidationService
from jwpgraph.web.editor import show_editor
from jwpgraph.web.routes import make_problem_page
from jwpgraph.web.routes import router as pages_router
from jwpgraph.web.search import router as search_page_router
from jwpgraph.web.steward.record_pages import router as record_pages_router
from jwpgraph.web.steward.relation_pages import router as relation_pages_router
from jwpgraph.web.steward.result_pages import router as result_pages_router
from jwpgraph.web.steward.sessions import StewardSessions
from jwpgraph.web.steward.sign_in import router as sign_in_router
from jwpgraph.web.validation import router as validation_pages_router


def create_fastapi_app(
    site: AppContext,
    validation: ValidationService,
    settings: Settings,
    writer: ReleaseWriter | None,
    dumps: DumpBuilder | None = None,
    attempts: Attempts | None = None,
) -> FastAPI:
    """Return the application for all paths that are not separate ASGI applications.

    Args:
        site: the context of the views.
        validation: the validation history and jobs.
        settings: with ``JWPGRAPH_ADMIN_TOKEN``, required for control of validation and for writing records.
        writer: turns records into releases; None if nothing is written.
        dumps: makes dumps of releases; None if they are kept elsewhere.
        attempts: the idempotency keys of earlier writes.
    """
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    if is_tracing():
        app.add_middleware(RouteRecorder)
    app.state.site, app.state.validation, app.state.dumps = site, validation, dumps
    app.state.writer, app.state.attempts, app.state.access = writer, attempts, Access.of(settings)
    app.state.sessions = StewardSessions(settings.data_dir, app.state.access if writer else Access())
    status_routers = (taxa_router, countries_router, alignments_router, coverage_router)
    routers = (
        search_router,
        lookup_router,
        leo_router,
        neighbourhood_router,
        *status_routers,
        animals_router,
        resource_router,
        changes_router,
        release_differences_router,
        about_router,
        rights_router,
        stored_queries_router,
        validation_router,
        validation_control_router,
        programme_records_router,
        what_if_router,
    )
    openapi = OpenApiDocument(site, *routers)
    app.state.openapi = openapi.document
    views = (
        reconciliation_router,
        odata_router,
        informea_json_router,
        informea_portal_router,
        feeds_router,
        linked_data_router,
    )
    pages = (
        search_page_router,
        pages_router,
        validation_pages_router,
        sign_in_router,
        record_pages_router,
        relation_pages_router,
        result_pages_router,
    )
    dump_routers = () if dumps is None else (dumps_router,)
    # Not by ``include_router``, which makes each route again.
    for router in (*dump_routers, *routers, openapi.router(), *views, *pages, validation_documents_router):
        app.router.routes.extend(router.routes)
    error_handlers.install_error_handlers(app, make_problem_page(site))
    return app


def make_editor_page(site: AppContext) -> ASGIApp:
    """Return the SPARQL editor page, an ASGI application for ``/sparql`` without a query."""

    show_problem = make_problem_page(site)

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        try:
            answer = await show_editor(request, site)
        except ProblemError as problem:
            answer = await show_problem(request, problem)
        await answer(scope, receive, send)

    return page
