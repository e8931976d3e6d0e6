"""The form in which a steward decides how two taxa relate."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from fastapi import Request
from starlette.responses import Response

from jwpgraph.entities.app_context import AppContext
from jwpgraph.http.declared_parameters import takes
from jwpgraph.linked_data.routing import Site, Writer
from jwpgraph.problems import ProblemError, explain
from jwpgraph.programme.alignment_decisions import AlignmentRecord, AlignmentWriter, list_standing_alignments
from jwpgraph.programme.record_validation import InvalidRecordError
from jwpgraph.programme.record_writer import WriteConditions
from jwpgraph.releases.changes import ReleaseWriter
from jwpgraph.taxon_facets.assessment_cache import get_assessment
from jwpgraph.taxon_facets.clock import get_today
from jwpgraph.taxonomy.concepts import TaxonConcept
from jwpgraph.taxonomy.relations import Rcc5Relation
from jwpgraph.vocabulary import ID
from jwpgraph.web.labels.resource_names import make_taxon_value
from jwpgraph.web.labels.species import get_relation_label
from jwpgraph.web.languages import choose_languages, use_locale
from jwpgraph.web.page_router import PageRouter
from jwpgraph.web.steward.access import (
    answer_page,
    read_form,
    redirect_to_sign_in,
    refuse_where_nobody_writes,
    see_other,
)
from jwpgraph.web.steward.record_forms import list_form_faults, make_fields, validate_fields
from jwpgraph.web.steward.record_pages import list_messages
from jwpgraph.web.steward.sessions import find_session
from jwpgraph.web.translation import translate_explanation

_SEEN: Final = "seen"
_FIXED: Final = ("subject", "object", "title", "description", "note", "created", "key")


router = PageRouter()


async def _show_relation(
    request: Request,
    site: AppContext,
    writer: ReleaseWriter | None,
    ends: tuple[str, str],
    values: dict[str, str],
    status: int = 200,
    faults: dict[str, list[str]] | None = None,
    problem: ProblemError | None = None,
) -> Response:
    records = AlignmentWriter(site, refuse_where_nobody_writes(request, writer))
    assessment = await get_assessment(site, get_today(), None)
    subject, object_ = (_find_concept(assessment.reading.taxa.concepts, iri) for iri in ends)
    standing = await _list_standing(site, ends)
    suggested = next((one for one in assessment.mappings if (one.subject, one.object) == ends), None)
    if not values and suggested is not None:
        values = {"relation": suggested.relation.value}
    remaining = dict(faults or {})
    with use_locale(choose_languages(request)):
        fields = make_fields(AlignmentRecord, values, await records.read_references(), new=True, without=_FIXED)
        for one in fields:
            one.faults = remaining.pop(one.name, [])
            if one.name == "relation":
                one.choices = [(value, _get_relation_words(value)) for value, _ in one.choices]
        evidence = [translate_explanation(text) or text for text in suggested.evidence] if suggested else []
        holding = [_get_relation_words(one.relation, inverse=one.subject != ends[0]) for one in standing]
    return answer_page(
        request,
        site,
        "steward_relation.html",
        status,
        one=make_taxon_value(subject),
        other=make_taxon_value(object_),
        ends=[iri.removeprefix(f"{ID}taxon/") for iri in ends],
        holding=holding,
        evidence=evidence,
        fields=fields,
        failed=[one for one in fields if one.faults],
        faults=remaining,
        problem=problem,
        shapes=list_messages(problem),
        seen=" ".join(one.iri.removeprefix(ID) for one in standing),
    )


@router.read_undocumented("/steward/relation")
@takes("subject", "object")
async def show_relation_form(request: Request, site: Site, writer: Writer) -> Response:
    """Return the form for the relation of two taxa."""
    refuse_where_nobody_writes(request, writer)
    if find_session(request) is None:
        return redirect_to_sign_in(request)
    return await _show_relation(request, site, writer, _parse_ends(dict(request.query_params)), {})


@router.post("/steward/relation", include_in_schema=False)
@takes()
async def decide_relation(request: Request, site: Site, writer: Writer) -> Response:
    """Record the relation of two taxa."""
    records = AlignmentWriter(site, refuse_where_nobody_writes(request, writer))
    form = await read_form(request, "update")
    if isinstance(form, Response):
        return form
    fields = dict(form.fields)
    ends, seen = _parse_ends(fields), fields.pop(_SEEN, "")
    try:
        record = validate_fields(AlignmentRecord, fields)
    except InvalidRecordError as error:
        faults = await list_form_faults(records, error, choose_languages(request))
        return await _show_relation(request, site, writer, ends, fields, 422, faults)
    conditions = WriteConditions(author=form.session.who)
    try:
        written = await records.decide(record, frozenset(ID + one for one in seen.split()), conditions)
    except ProblemError as problem:
        if problem.slug not in {"record-changed", "invalid-record", "not-valid"}:
            raise
        where = str(problem.members.get("field", ""))
        named = {where: [problem.detail.removeprefix(f"{where}: ")]} if where else {}
        return await _show_relation(
            request, site, writer, ends, fields, problem.status, named, None if where else problem
        )
    path = f"/doc/alignment/{written.key}"
    return see_other(request, path, {"X-Release": str(written.release.number)})


def _parse_ends(given: dict[str, str]) -> tuple[str, str]:
    """Return the IRIs of the two taxa, that of CMS first."""
    names = [given.get(name, "")[:200] for name in ("subject", "object")]
    if not (names[0].startswith("cms/") and names[1].startswith("cites/")):
        detail = explain("subject is a taxon of CMS and object one of CITES: cms/panthera-leo, cites/panthera-leo")
        raise ProblemError("invalid-parameter", "A parameter is wrong", detail, status=422)
    return f"{ID}taxon/{names[0]}", f"{ID}taxon/{names[1]}"


def _find_concept(concepts: Any, iri: str) -> TaxonConcept:
    found = concepts.get(iri)
    if not isinstance(found, TaxonConcept):
        raise ProblemError(
            "not-found", "Not found", explain("No taxon “%(name)s”.", name=iri.removeprefix(ID)), status=404
        )
    return found


async def _list_standing(site: AppContext, ends: tuple[str, str]) -> list[Any]:
    release = site.served_release()
    if release is None:
        return []
    return await asyncio.to_thread(lambda: list_standing_alignments(release.open_store(), *ends))


def _get_relation_words(value: str, *, inverse: bool = False) -> str:
    relation = Rcc5Relation(value)
    return get_relation_label(relation.inverse if inverse else relation)
