"""Models of the responses of the API, for the OpenAPI document.

The responses are written by :mod:`jwpgraph.linked_data.compaction`; tests validate every shipped entity against these
models.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field

from jwpgraph.http.api_model import ApiModel
from jwpgraph.linked_data.paging import PageLinks

Text = dict[str, str | list[str]]
Texts = dict[str, list[str]]
#: A date as precise as its source: ``2006-09-24``, ``2006-09`` or ``2006``.
Date = str


class JsonLdModel(ApiModel):
    """Base of all objects of a response: an optional JSON-LD context, and terms added by later versions."""

    model_config = ConfigDict(extra="allow")

    context: Any = Field(None, alias="@context", description="JSON-LD context; plain JSON clients can ignore it.")


class Reference(JsonLdModel):
    """A reference to an entity. An entity outside this graph has only an id."""

    id: str = Field(description="IRI of the entity.")
    type: str | None = Field(None, description="The most specific class.")
    notation: str | None = Field(None, description="Its code, such as B16, B or KE.")
    label: str | None = Field(None, description="Its name, in English if it has an English name.")


class SourceReference(Reference):
    """A source, with the fields needed to cite it."""

    citation: str | None = None
    issued: Date | None = None
    consulted_on: Date | None = None
    url: list[Any] | None = None


class StatementReference(Reference):
    """A statement with a source of its own."""

    predicate: str = Field(description="The key of the object that it is about.")
    object: Any = Field(description="The value that it is about.")
    sources: list[SourceReference] | None = None
    evidence: Reference | None = Field(None, description="The level of evidence of a statement without a source.")
    comment: Texts | None = None


class IncomingLinks(ApiModel):
    """Incoming links of one property."""

    property: str = Field(description="The key that holds the link on the other side.")
    iri: str
    label: str
    total: int
    offset: int
    items: list[Reference]
    next: str | None = Field(None, description="URL of the next page of these links.")


class Links(ApiModel):
    """Other representations of the entity."""

    self: str
    page: str
    turtle: str
    json_ld: str


class Thing(Reference):
    """Fields of every entity."""

    labels: Text | None = Field(None, description="Its name by language.")
    alternative_labels: Texts | None = None
    description: Text | None = None
    definition: Text | None = None
    comment: Texts | None = None
    sources: list[SourceReference] | None = Field(
        None, description="Sources of fields without an entry in `statements`."
    )
    statements: list[StatementReference] | None = Field(None, description="Statements with a source of their own.")
    incoming: list[IncomingLinks] | None = Field(None, description="Incoming links; only for a single entity.")
    links: Links | None = None
    updated: str | None = Field(
        None,
        description="When its description last changed in this graph (RFC 3339).",
        json_schema_extra={"format": "date-time"},
    )
    release: int | None = Field(None, description="The release that was read.")


class Involving(Thing):
    """Links of activities and their parts."""

    position: int | None = Field(None, description="Place in the order of the document.")
    locator: str | None = Field(None, description="Its location in the document.")
    species_groups: list[Reference] | None = None
    instruments: list[Reference] | None = None
    bodies: list[Reference] | None = None
    programmes: list[Reference] | None = None
    tools: list[Reference] | None = None
    meetings: list[Reference] | None = None
    audiences: list[Reference] | None = None
    regions: list[Reference] | None = None
    topics: list[Reference] | None = None
    action_types: list[Reference] | None = None
    information_kinds: list[Reference] | None = None
    data_kinds: list[Reference] | None = None
    qualifiers: list[Reference] | None = None
    triggers: list[Reference] | None = None
    official_text: Text | None = Field(None, description="The verbatim text, if its document has been imported.")


class ActivityPart(Involving):
    """A part that the text of an activity enumerates."""

    bullet: int | None = None


class Activity(Involving):
    """An activity of a work programme. Fields that its text does not state are absent."""

    theme: Reference
    heading: Reference | None = None
    is_part_of: list[Reference]
    number_of_items: int | None = Field(None, description="How many parts its text enumerates.")
    parts: list[ActivityPart | Reference] | None = Field(None, description="In source order.")
    siblings: list[Reference] | None = Field(None, description="Activities written after the same template.")
    repeat_frequency: str | None = Field(None, description="How often it recurs, as an ISO 8601 duration.")
    scheduled_year: str | None = None
    delivered_within: list[Reference] | None = None


class Theme(Thing):
    """A main theme of the work programme."""

    narrower: list[Reference] | None = None
    number_of_items: int | None = None


class Heading(Thing):
    """A heading below a theme."""

    broader: list[Reference] | None = None


class SpeciesGroup(Thing):
    """A species group of the programme."""

    name_as_written: list[str] | None = None
    includes_taxa: list[Reference] | None = None


class Instrument(Thing):
    """A convention, agreement, memorandum, plan, initiative or set of targets."""

    instrument_kinds: list[Reference] | None = None
    legal_status: Reference | None = None
    parent_conventions: list[Reference] | None = None
    subordinate_to: list[Reference] | None = None
    adopted_on: Date | None = None
    effective_from: Date | None = None
    informea_treaty_code: str | None = None
    ecolex_id: str | None = None
    covers_species_groups: list[Reference] | None = None


class Body(Thing):
    """An organisation, group, platform or task force."""

    body_kinds: list[Reference] | None = None
    established_on: Date | None = None
    secretariat_of: list[Reference] | None = None


class Programme(Thing):
    """A programme, project, partnership or fund."""

    builds_on: list[Reference] | None = None
    hosted_by: list[Reference] | None = None
    launched_on: Date | None = None
    different_from: list[Reference] | None = None


class Tool(Thing):
    """An information or capacity-building tool."""

    launched_on: Date | None = None


class Recorded(Thing):
    """Fields of what sources or curators record."""

    evidence: Reference | None = None
    editorial_note: Texts | None = None


class MeetingItem(Recorded):
    """A meeting, or a kind of meetings that the programme calls for."""

    start_date: Date | None = None
    end_date: Date | None = None
    appendices_effective_on: Date | None = None
    location: str | None = None
    host_countries: list[Reference] | None = None
    meeting_kinds: list[Reference] | None = None
    meeting_status: Reference | None = None
    parent_conventions: list[Reference] | None = None
    designation: list[Reference] | None = None
    listing_coverage: list[Reference] | None = None
    series: Reference | None = None
    repeat_frequency: str | None = None
    concerns_activity: list[Reference] | None = None
    relation: list[Reference] | None = None


class TaxonItem(Recorded):
    """A taxon as one taxonomy circumscribes it."""

    scientific_name: str | None = None
    scientific_name_authorship: str | None = None
    full_scientific_name: str | None = None
    rank: list[Reference] | None = None
    taxonomy: Reference | None = None
    taxon_name: Reference | None = None
    parent_taxon: Reference | None = None
    synonyms: list[Reference] | None = None
    common_names: Texts | None = None
    common_name_records: list[Reference] | None = None
    valid_from: Date | None = None
    valid_until: Date | None = None
    in_standard_reference: list[bool] | None = None
    references: list[Reference] | None = None
    see_also: list[Reference] | None = None
    avibase_id: list[str] | None = None
    col_id: list[str] | None = None
    eol_id: list[str] | None = None
    gbif_id: list[str] | None = None
    itis_id: list[str] | None = None
    iucn_id: list[str] | None = None
    msw_id: list[str] | None = None
    ncbi_id: list[str] | None = None
    species_plus_id: list[str] | None = None
    wikidata_id: list[str] | None = None
    worms_id: list[str] | None = None


class Site(Recorded):
    """A site of the MIKE programme."""

    latitude: str | None = None
    longitude: str | None = None
    geometry: Reference | None = None
    area_km2: str | None = None
    contained_in: list[Reference] | None = None
    monitored_by: list[Reference] | None = None


class Action(Recorded):
    """Something that was done, is under way or is planned under a work programme."""

    had_plan: list[Reference] | None = None
    start_date: Date | None = None
    end_date: Date | None = None
    action_status: Reference | None = None
    location: str | None = None
    host_countries: list[Reference] | None = None
    participants: list[Reference] | None = None
    action_meeting: list[Reference] | None = None
    outputs: list[Reference] | None = None
    representative: list[Reference] | None = None
    represented_body: list[Reference] | None = None
    funding_kind: list[Reference] | None = None
    amount: str | None = None
    currency: list[str] | None = None
    funding_year: str | None = None


class AmendmentProposal(Recorded):
    """A proposal to amend the Appendices."""

    designation: list[Reference] | None = None
    proposed_to: list[Reference] | None = None
    proposed_taxa: list[Reference] | None = None
    proposed_change: list[Reference] | None = None
    proposed_appendix: list[Reference] | None = None
    proposed_population: list[Reference] | None = None
    population_note: list[Any] | None = None
    proposal_number: list[str] | None = None
    proponents: list[Reference] | None = None
    outcome: Reference | None = None
    led_to: list[Reference] | None = None


class Comment(Recorded):
    """A comment of a body on an amendment proposal."""

    comment_on: list[Reference] | None = None
    comment_by: list[Reference] | None = None
    due_on: Date | None = None
    given_on: Date | None = None
    jwp_position: list[Reference] | None = None


class ProgressJudgement(Recorded):
    """A judgement of how far an activity had come on a day."""

    judged_activity: list[Reference] | None = None
    progress_value: Reference | None = None
    judged_on: Date | None = None
    judged_by: list[Reference] | None = None
    used: list[Reference] | None = None
    revision_of: Reference | None = None
    invalidated_at: str | None = None


class Membership(Recorded):
    """A membership of an organisation in another."""

    member: Reference | None = None
    organization: Reference | None = None
    member_from: Date | None = None
    member_until: Date | None = None


class NationalRole(Recorded):
    """A role of an organisation of a country under an instrument."""

    role: Reference | None = None
    post_in: Reference | None = None
    designated_by: list[Reference] | None = None
    designated_under: list[Reference] | None = None
    effective_by: Date | None = None


class Signature(Recorded):
    """The statement of a register about a Party to or a signatory of an instrument."""

    signatory: Reference | None = None
    signed_instrument: Reference | None = None
    signed_on: Date | None = None
    ratified_on: Date | None = None
    effective_from: Date | None = None
    preferred: list[bool] | None = None
    alternate_of: Reference | None = None


class Page(PageLinks):
    """A page of a list."""

    context: Any = Field(alias="@context")
    id: str
    type: Literal["Collection"]
    total: int = Field(description="Number of items on all pages.")
    limit: int
    offset: int


MODELS: dict[str, type[Thing]] = {
    "activity": Activity,
    "theme": Theme,
    "heading": Heading,
    "species-group": SpeciesGroup,
    "instrument": Instrument,
    "body": Body,
    "programme": Programme,
    "tool": Tool,
    "meeting": MeetingItem,
    "taxon": TaxonItem,
    "site": Site,
    "action": Action,
    "proposal": AmendmentProposal,
    "comment": Comment,
    "progress": ProgressJudgement,
    "membership": Membership,
    "national-role": NationalRole,
    "signature": Signature,
}
