"""The FastAPI application: API, linked data and pages."""

from __future__ import annotations

from functools import partial

from fastapi import Depends, FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from jwpgraph.api.about import create_router as about_router
from jwpgraph.api.alignments import create_router as alignments_router
from jwpgraph.api.animals import create_router as animals_router
from jwpgraph.api.changes import create_router as changes_router
from jwpgraph.api.countries import create_router as countries_router
from jwpgraph.api.coverage import create_router as coverage_router
from jwpgraph.api.leo import create_router as leo_router
from jwpgraph.api.lookup import create_router as lookup_router
from jwpgraph.api.neighbourhood import create_router as neighbourhood_router
from jwpgraph.api.openapi import OpenApiDocument
from jwpgraph.api.programme_records import create_router as programme_records_router
from jwpgraph.api.release_differences import create_router as release_differences_router
from jwpgraph.api.rights import create_router as rights_router
from jwpgraph.api.routes import create_router as resource_router
from jwpgraph.api.search import create_router as search_router
from jwpgraph.api.stored_queries import create_router as stored_queries_router
from jwpgraph.api.taxa import create_router as taxa_router
from jwpgraph.api.validation import create_documents_router as validation_documents_router
from jwpgraph.api.validation import create_router as validation_router
from jwpgraph.api.validation_control import create_router as validation_control_router
from jwpgraph.api.what_if import create_router as what_if_router
from jwpgraph.entities.app_context import AppContext
from jwpgraph.http.access_tokens import Access
from jwpgraph.http.declared_parameters import refuse_undeclared
from jwpgraph.integrations.feeds.routes import create_router as feeds_router
from jwpgraph.integrations.informea_json.portal import create_router as informea_portal_router
from jwpgraph.integrations.informea_json.routes import create_router as informea_json_router
from jwpgraph.integrations.odata.routes import create_router as odata_router
from jwpgraph.integrations.reconciliation.routes import create_router as reconciliation_router
from jwpgraph.linked_data import error_handlers
from jwpgraph.linked_data.routes import create_router as linked_data_router
from jwpgraph.releases.changes import ReleaseWriter
from jwpgraph.server.dump_builder import DumpBuilder
from jwpgraph.server.dump_routes import create_router as dumps_router
from jwpgraph.server.request_spans import record_route
from jwpgraph.settings import Settings
from jwpgraph.sparql_protocol.idempotency import Attempts
from jwpgraph.tracing import is_tracing
from jwpgraph.validation.service import ValidationService
from jwpgraph.web.editor import render_editor
from jwpgraph.web.languages import PARAMETERS, choose_languages, use_locale
from jwpgraph.web.rendering import make_page_headers
from jwpgraph.web.routes import create_router as pages_router
from jwpgraph.web.routes import make_problem_page
from jwpgraph.web.search import create_router as search_page_router
from jwpgraph.web.steward.record_pages import create_router as record_pages_router
from jwpgraph.web.steward.relation_pages import create_router as relation_pages_router
from jwpgraph.web.steward.result_pages import create_router as result_pages_router
from jwpgraph.web.steward.sessions import StewardSessions
from jwpgraph.web.steward.sign_in import create_router as sign_in_router
from jwpgraph.web.validation import create_router as validation_pages_router
from jwpgraph.web.validation import read_open_results


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
    traced = [Depends(record_route)] if is_tracing() else []
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False, dependencies=traced)
    app.state.sessions = StewardSessions(settings.data_dir, Access.of(settings) if writer else Access())
    status_routers = (taxa_router(site), countries_router(site), alignments_router(site), coverage_router(site))
    routers = (
        search_router(site),
        lookup_router(site),
        leo_router(site),
        neighbourhood_router(site),
        *status_routers,
        animals_router(site),
        resource_router(site),
        changes_router(site),
        release_differences_router(site),
        about_router(site),
        rights_router(site),
        stored_queries_router(site),
        validation_router(site, validation),
        validation_control_router(site, validation, Access.of(settings)),
        programme_records_router(site, settings, writer, attempts),
        what_if_router(site),
    )
    openapi = OpenApiDocument(site, *routers)
    views = (
        reconciliation_router(site),
        odata_router(site),
        informea_json_router(site),
        informea_portal_router(site),
        feeds_router(site),
        linked_data_router(site),
    )
    pages = (
        search_page_router(site),
        pages_router(site, openapi.document, partial(read_open_results, validation)),
        validation_pages_router(site, validation),
        sign_in_router(site, writer),
        record_pages_router(site, writer),
        relation_pages_router(site, writer),
        result_pages_router(site, writer, validation),
    )
    if dumps is not None:
        app.include_router(dumps_router(site, dumps), dependencies=[Depends(refuse_undeclared())])
    for router in (*routers, openapi.router(), *views):
        app.include_router(router, dependencies=[Depends(refuse_undeclared())])
    for router in pages:
        app.include_router(router, dependencies=[Depends(refuse_undeclared(PARAMETERS))])
    app.include_router(validation_documents_router(site, validation), dependencies=[Depends(refuse_undeclared())])
    error_handlers.install_error_handlers(app, make_problem_page(site))
    return app


def make_editor_page(site: AppContext) -> ASGIApp:
    """Return the SPARQL editor page, an ASGI application for ``/sparql`` without a query."""

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        languages = choose_languages(request)
        with use_locale(languages):
            text = render_editor(site, request)
        headers = {**make_page_headers(request, languages), "Cache-Control": "no-cache"}
        await HTMLResponse(text, headers=headers)(scope, receive, send)

    return page
