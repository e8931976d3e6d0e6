"""Labels of properties on a page, in both directions, and formats of literals."""

from __future__ import annotations

import re
from datetime import date

from jwpgraph.entities.description import EntityDescription
from jwpgraph.entities.nodes import get_local_name
from jwpgraph.linked_data.compaction import compact_property
from jwpgraph.query_execution.queries import QueryTerm
from jwpgraph.vocabulary import PREFIXES
from jwpgraph.web.labels.record_properties import RECORD_WORDS
from jwpgraph.web.translation import format_day, format_month, gettext, mark_for_translation, ngettext

_XSD = PREFIXES["xsd"]

#: Outgoing and incoming label by the property's key, in the order of a page.
_WORDS: dict[str, tuple[str, str]] = {
    "action_types": (mark_for_translation("What is to be done"), mark_for_translation("Activities of this type")),
    "species_groups": (mark_for_translation("Species"), mark_for_translation("Activities that concern them")),
    "instruments": (mark_for_translation("Instruments"), mark_for_translation("Activities that name it")),
    "programmes": (mark_for_translation("Programmes"), mark_for_translation("Activities that name it")),
    "bodies": (mark_for_translation("With whom"), mark_for_translation("Activities that name it")),
    "meetings": (mark_for_translation("Meetings"), mark_for_translation("Activities that name it")),
    "tools": (mark_for_translation("Tools"), mark_for_translation("Activities that name it")),
    "audiences": (mark_for_translation("For whom"), mark_for_translation("Activities addressed to them")),
    "regions": (mark_for_translation("Where"), mark_for_translation("Activities there")),
    "concerns_appendix": (mark_for_translation("Appendices"), mark_for_translation("Activities that concern them")),
    "funded_by": (mark_for_translation("Funded by"), mark_for_translation("Funds")),
    "scheduled_year": (mark_for_translation("Year"), mark_for_translation("Year")),
    "repeat_frequency": (mark_for_translation("How often"), mark_for_translation("How often")),
    "triggers": (mark_for_translation("When this happens"), mark_for_translation("Activities that it triggers")),
    "topics": (mark_for_translation("Topics"), mark_for_translation("Activities on this topic")),
    "information_kinds": (
        mark_for_translation("Kinds of information"),
        mark_for_translation("Activities that exchange it"),
    ),
    "data_kinds": (mark_for_translation("Kinds of data"), mark_for_translation("Activities that concern them")),
    "delivered_within": (
        mark_for_translation("Delivered within"),
        mark_for_translation("Activities delivered within it"),
    ),
    "qualifiers": (mark_for_translation("Qualifying words"), mark_for_translation("Activities with this qualifier")),
    "siblings": (mark_for_translation("Same template as"), mark_for_translation("Activities after the same template")),
    "instrument_kinds": (mark_for_translation("Kind"), mark_for_translation("Instruments of this kind")),
    "body_kinds": (mark_for_translation("Kind"), mark_for_translation("Bodies of this kind")),
    "programme_kinds": (mark_for_translation("Kind"), mark_for_translation("Programmes of this kind")),
    "tool_kinds": (mark_for_translation("Kind"), mark_for_translation("Tools of this kind")),
    "meeting_kinds": (mark_for_translation("Kind"), mark_for_translation("Meetings of this kind")),
    "legal_status": (mark_for_translation("Legal status"), mark_for_translation("Instruments of this status")),
    "parent_conventions": (mark_for_translation("Under"), mark_for_translation("Made under it")),
    "subordinate_to": (mark_for_translation("Under"), mark_for_translation("Below it")),
    "hosted_by": (mark_for_translation("Hosted by"), mark_for_translation("Hosts")),
    "secretariat_of": (mark_for_translation("Secretariat of"), mark_for_translation("Its secretariat")),
    "builds_on": (mark_for_translation("Builds on"), mark_for_translation("Built on by")),
    "different_from": (
        mark_for_translation("Not to be confused with"),
        mark_for_translation("Not to be confused with"),
    ),
    "name_as_written": (
        mark_for_translation("Name as the programme writes it"),
        mark_for_translation("Name as written"),
    ),
    "includes_taxa": (mark_for_translation("Taxa today"), mark_for_translation("Species groups that include it")),
    "taxonomy": (mark_for_translation("According to"), mark_for_translation("Taxa")),
    "covers_species_groups": (mark_for_translation("Covers"), mark_for_translation("Covered by")),
    "covers_taxa": (mark_for_translation("Covers the taxa"), mark_for_translation("Covered by")),
    "member": (mark_for_translation("Member"), mark_for_translation("Memberships")),
    "organization": (mark_for_translation("Of"), mark_for_translation("Members")),
    "member_from": (mark_for_translation("Member since"), mark_for_translation("Member since")),
    "member_until": (mark_for_translation("Member until"), mark_for_translation("Member until")),
    "signatory": (mark_for_translation("Signatory"), mark_for_translation("Signatures")),
    "signed_instrument": (mark_for_translation("Instrument"), mark_for_translation("Signatures")),
    "signed_on": (mark_for_translation("Signed"), mark_for_translation("Signed")),
    "adopted_on": (mark_for_translation("Adopted"), mark_for_translation("Adopted")),
    "adopted_at": (mark_for_translation("Adopted at"), mark_for_translation("Adopted at")),
    "resolution": (mark_for_translation("Resolution"), mark_for_translation("Resolution")),
    "opened_for_signature_on": (
        mark_for_translation("Opened for signature"),
        mark_for_translation("Opened for signature"),
    ),
    "effective_from": (mark_for_translation("In effect since"), mark_for_translation("In effect since")),
    "established_on": (mark_for_translation("Established"), mark_for_translation("Established")),
    "launched_on": (mark_for_translation("Launched"), mark_for_translation("Launched")),
    "start_year": (mark_for_translation("From"), mark_for_translation("From")),
    "end_year": (mark_for_translation("Until"), mark_for_translation("Until")),
    "stated_signatory_count": (mark_for_translation("Signatories, as stated"), mark_for_translation("Signatories")),
    "range_state_count": (mark_for_translation("Range States"), mark_for_translation("Range States")),
    "citation": (mark_for_translation("Citation"), mark_for_translation("Citation")),
    "issued": (mark_for_translation("Published"), mark_for_translation("Published")),
    "consulted_on": (mark_for_translation("Consulted"), mark_for_translation("Consulted")),
    "url": (mark_for_translation("Web"), mark_for_translation("Web")),
    "ecolex_id": (mark_for_translation("Number in ECOLEX"), mark_for_translation("Number in ECOLEX")),
    "informea_treaty_code": (mark_for_translation("Code in InforMEA"), mark_for_translation("Code in InforMEA")),
    "listed_taxon": (mark_for_translation("Taxon"), mark_for_translation("Listing events")),
    "of_taxon": (mark_for_translation("Taxon"), mark_for_translation("Records of ranges, names and assessments")),
    "subject_concept": (mark_for_translation("From"), mark_for_translation("Alignments from it")),
    "object_concept": (mark_for_translation("To"), mark_for_translation("Alignments to it")),
    "parent_taxon": (mark_for_translation("Higher taxon"), mark_for_translation("Taxa directly below")),
    "taxon_name": (mark_for_translation("Name"), mark_for_translation("Taxa of this name")),
    "synonyms": (mark_for_translation("Synonyms"), mark_for_translation("Taxa of which it is a synonym")),
    "full_scientific_name": (mark_for_translation("Name with author"), mark_for_translation("Name with author")),
    "scientific_name": (mark_for_translation("Scientific name"), mark_for_translation("Scientific name")),
    "via_higher_taxon": (mark_for_translation("Through the higher taxon"), mark_for_translation("Listings through it")),
    "excludes_taxon": (mark_for_translation("Leaves out"), mark_for_translation("Listings that leave it out")),
    "appendix": (mark_for_translation("Appendix"), mark_for_translation("Listing events")),
    "designation": (mark_for_translation("Convention"), mark_for_translation("Listing events")),
    "change_type": (mark_for_translation("What happened"), mark_for_translation("Listing events")),
    "effective_on": (mark_for_translation("In effect"), mark_for_translation("In effect")),
    "effective_by": (mark_for_translation("In force by"), mark_for_translation("In force by")),
    "modifies_event": (mark_for_translation("Relates to"), mark_for_translation("Later events about it")),
    "population_in": (
        mark_for_translation("Only the populations of"),
        mark_for_translation("Listings of its populations"),
    ),
    "population_out": (
        mark_for_translation("Not the populations of"),
        mark_for_translation("Listings that leave its populations out"),
    ),
    "party": (mark_for_translation("Party"), mark_for_translation("As a Party")),
    "party_to": (mark_for_translation("Party to"), mark_for_translation("Parties")),
    "in_place": (mark_for_translation("Place"), mark_for_translation("Taxa recorded there")),
    "distribution_status": (
        mark_for_translation("How it comes to be there"),
        mark_for_translation("Records of this status"),
    ),
    "red_list_category": (mark_for_translation("Category"), mark_for_translation("Assessments")),
    "contained_in": (mark_for_translation("Within"), mark_for_translation("Places within")),
    "historic_names": (mark_for_translation("Formerly"), mark_for_translation("Formerly")),
    "theme": (mark_for_translation("Theme"), mark_for_translation("Activities of this theme")),
    "heading": (mark_for_translation("Under the heading"), mark_for_translation("Activities under this heading")),
    "is_part_of": (mark_for_translation("Part of"), mark_for_translation("What it holds")),
    "parts": (mark_for_translation("Parts"), mark_for_translation("Part of")),
    "broader": (mark_for_translation("Broader"), mark_for_translation("Narrower")),
    "narrower": (mark_for_translation("Narrower"), mark_for_translation("Broader")),
    "top_concepts": (mark_for_translation("Top level"), mark_for_translation("Top concept of")),
    "relation": (mark_for_translation("Belongs with"), mark_for_translation("Belongs with it")),
    "related": (mark_for_translation("Related"), mark_for_translation("Related")),
    "exact_matches": (mark_for_translation("Same as"), mark_for_translation("Same as")),
    "close_matches": (mark_for_translation("Close to"), mark_for_translation("Close to")),
    "related_matches": (mark_for_translation("Related"), mark_for_translation("Related")),
    "broad_matches": (mark_for_translation("Broader elsewhere"), mark_for_translation("Narrower elsewhere")),
    "narrow_matches": (mark_for_translation("Narrower elsewhere"), mark_for_translation("Broader elsewhere")),
    "see_also": (mark_for_translation("See also"), mark_for_translation("Referred to by")),
    **RECORD_WORDS,
    "excerpt_of": (mark_for_translation("Stands for"), mark_for_translation("In the document")),
    "evidence": (mark_for_translation("Rests on"), mark_for_translation("Statements that rest on it")),
    "sources": (mark_for_translation("Sources"), mark_for_translation("Rests on this source")),
    "definition": (mark_for_translation("Definition"), mark_for_translation("Definition")),
    "comment": (mark_for_translation("Note"), mark_for_translation("Note")),
    "editorial_note": (mark_for_translation("Editor's note"), mark_for_translation("Editor's note")),
    "alternative_labels": (mark_for_translation("Also called"), mark_for_translation("Also called")),
    "hidden_labels": (mark_for_translation("Also found as"), mark_for_translation("Also found as")),
    "position": (mark_for_translation("Place in the document"), mark_for_translation("Place in the document")),
    "locator": (mark_for_translation("Stands at"), mark_for_translation("Stands at")),
    "number_of_items": (mark_for_translation("How many it lists"), mark_for_translation("How many it lists")),
    "in_schemes": (mark_for_translation("In the list"), mark_for_translation("What it holds")),
    "top_concept_of": (mark_for_translation("Top concept of"), mark_for_translation("Top level")),
}
#: Less important properties, shown on demand.
MINOR = frozenset(
    {
        "position",
        "locator",
        "in_schemes",
        "top_concept_of",
        "number_of_items",
        "hidden_labels",
        "sha256",
        "avibase_id",
        "col_id",
        "eol_id",
        "gbif_id",
        "itis_id",
        "iucn_id",
        "msw_id",
        "ncbi_id",
        "species_plus_id",
        "wikidata_id",
        "worms_id",
        "common_name_records",
        "synonyms",
        "taxon_name",
        "is_defined_by",
    }
)
#: Properties that the head of a page shows.
IN_HEAD = frozenset(
    {
        "labels",
        "description",
        "definition",
        "notation",
        "official_text",
        "alternative_labels",
        "parts",
        "common_names",
    }
)
#: Symmetric links; shown once.
MIRRORS = {
    "siblings": "siblings",
    "related": "related",
    "related_matches": "related_matches",
    "different_from": "different_from",
    "top_concepts": "top_concept_of",
    "top_concept_of": "top_concepts",
    "narrower": "broader",
    "broader": "narrower",
}
#: Links to entities of any type, shown with the type.
OF_ANY_KIND = frozenset({"related", "related_matches", "relation", "see_also", "exact_matches", "close_matches"})
_DURATION = re.compile(r"P(\d+)([YMWD])")
_ORDER = {name: place for place, name in enumerate(_WORDS)}
_NOTES = _ORDER["definition"]


def property_order(predicate: str) -> tuple[float, str]:
    """Return the position of a fact on a page: the order of the table, unknown properties before the notes."""
    name = compact_property(predicate)
    return _ORDER.get(name, _NOTES - 0.5), name


def outgoing_label(predicate: str, description: EntityDescription) -> str:
    """Return the label of the values of *predicate* on the page of their subject."""
    return _property_label(predicate, description, 0)


def incoming_label(predicate: str, description: EntityDescription) -> str:
    """Return the label of the subjects of *predicate* on the page of its object."""
    return _property_label(predicate, description, 1)


def label_language(predicate: str) -> str | None:
    """Return the language of the label of *predicate* if it is not the interface's: the ontology is in English."""
    return None if compact_property(predicate) in _WORDS else "en"


def _property_label(predicate: str, description: EntityDescription, side: int) -> str:
    known = _WORDS.get(compact_property(predicate))
    if known:
        return gettext(known[side])
    name = description.terms.label(predicate) or re.sub(r"(?<=[a-z])(?=[A-Z])", " ", get_local_name(predicate)).lower()
    return name[:1].upper() + name[1:] + (" (of)" if side else "")


def format_literal(term: QueryTerm) -> str:
    """Return a literal for readers: dates with the precision of the source, durations in words."""
    datatype = (term.datatype or "").removeprefix(_XSD)
    if datatype in {"date", "gYearMonth", "dateTime"}:
        return format_date(term.value)
    duration = _DURATION.fullmatch(term.value) if datatype == "duration" else None
    if duration:
        return _format_recurrence(int(duration[1]), duration[2])
    if datatype == "boolean":
        return gettext("yes") if term.value in {"true", "1"} else gettext("no")
    return term.value


def _format_recurrence(count: int, unit: str) -> str:
    """Return a duration as a frequency: every so many years, months, weeks or days."""
    match unit:
        case "Y":
            return ngettext("every year", "every %(num)s years", count)
        case "M":
            return ngettext("every month", "every %(num)s months", count)
        case "W":
            return ngettext("every week", "every %(num)s weeks", count)
    return ngettext("every day", "every %(num)s days", count)


def format_date(value: str) -> str:
    """Return ``2006-09-24`` as “24 September 2006”, ``2006-09`` as “September 2006”; anything else unchanged."""
    match = re.match(r"(\d{4})-(\d\d)(?:-(\d\d))?", value)
    try:
        day = date(int(match[1]), int(match[2]), int(match[3] or 1)) if match else None
    except ValueError:
        day = None
    if match is None or day is None:
        return value
    return format_day(day) if match[3] else format_month(day)
