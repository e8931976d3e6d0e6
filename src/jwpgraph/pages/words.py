"""The reader's words: what properties are called on a page, seen from either end, and how values are written."""

from __future__ import annotations

import re
from datetime import date

from jwpgraph.linked_data.compaction import property_name
from jwpgraph.linked_data.description import Description
from jwpgraph.linked_data.nodes import local_name
from jwpgraph.pages.translation import gettext, marked, ngettext, written_day, written_month
from jwpgraph.sparql.queries import Term
from jwpgraph.vocabulary import PREFIXES

_XSD = PREFIXES["xsd"]

#: By the property's key, in the order in which a page shows them: what its values are called beside a thing, and what
#: the things that point here are called.
_WORDS: dict[str, tuple[str, str]] = {
    "action_types": (marked("What is to be done"), marked("Activities that do this")),
    "species_groups": (marked("Species"), marked("Activities that concern them")),
    "instruments": (marked("Instruments"), marked("Activities that name it")),
    "programmes": (marked("Programmes"), marked("Activities that name it")),
    "bodies": (marked("With whom"), marked("Activities that name it")),
    "meetings": (marked("Meetings"), marked("Activities that name it")),
    "tools": (marked("Tools"), marked("Activities that name it")),
    "audiences": (marked("For whom"), marked("Activities addressed to them")),
    "regions": (marked("Where"), marked("Activities there")),
    "scheduled_year": (marked("Year"), marked("Year")),
    "repeat_frequency": (marked("How often"), marked("How often")),
    "triggers": (marked("When this happens"), marked("Activities that it sets off")),
    "topics": (marked("Topics"), marked("Activities on this topic")),
    "information_kinds": (marked("Kinds of information"), marked("Activities that exchange it")),
    "data_kinds": (marked("Kinds of data"), marked("Activities that concern them")),
    "delivered_within": (marked("Delivered within"), marked("Activities delivered within it")),
    "qualifiers": (marked("In words that qualify it"), marked("Activities so qualified")),
    "siblings": (marked("Written like"), marked("Activities written like it")),
    "instrument_kinds": (marked("Kind"), marked("Instruments of this kind")),
    "body_kinds": (marked("Kind"), marked("Bodies of this kind")),
    "programme_kinds": (marked("Kind"), marked("Programmes of this kind")),
    "tool_kinds": (marked("Kind"), marked("Tools of this kind")),
    "meeting_kinds": (marked("Kind"), marked("Meetings of this kind")),
    "legal_status": (marked("Legal status"), marked("Instruments of this status")),
    "parent_conventions": (marked("Under"), marked("Made under it")),
    "subordinate_to": (marked("Under"), marked("Below it")),
    "hosted_by": (marked("Hosted by"), marked("Hosts")),
    "secretariat_of": (marked("Secretariat of"), marked("Its secretariat")),
    "builds_on": (marked("Builds on"), marked("Built on by")),
    "different_from": (marked("Not to be confused with"), marked("Not to be confused with")),
    "name_as_written": (marked("Name as the programme writes it"), marked("Name as written")),
    "includes_taxa": (marked("Taxa today"), marked("Species groups that include it")),
    "taxonomy": (marked("According to"), marked("Taxa")),
    "covers_species_groups": (marked("Covers"), marked("Covered by")),
    "covers_taxa": (marked("Covers the taxa"), marked("Covered by")),
    "member": (marked("Member"), marked("Memberships")),
    "organization": (marked("Of"), marked("Members")),
    "member_from": (marked("Member since"), marked("Member since")),
    "member_until": (marked("Member until"), marked("Member until")),
    "signatory": (marked("Signatory"), marked("Signatures")),
    "signed_instrument": (marked("Instrument"), marked("Signatures")),
    "signed_on": (marked("Signed"), marked("Signed")),
    "adopted_on": (marked("Adopted"), marked("Adopted")),
    "adopted_at": (marked("Adopted at"), marked("Adopted at")),
    "resolution": (marked("Resolution"), marked("Resolution")),
    "opened_for_signature_on": (marked("Opened for signature"), marked("Opened for signature")),
    "effective_from": (marked("In effect since"), marked("In effect since")),
    "established_on": (marked("Established"), marked("Established")),
    "launched_on": (marked("Launched"), marked("Launched")),
    "start_year": (marked("From"), marked("From")),
    "end_year": (marked("Until"), marked("Until")),
    "stated_signatory_count": (marked("Signatories, as stated"), marked("Signatories")),
    "range_state_count": (marked("Range States"), marked("Range States")),
    "citation": (marked("Citation"), marked("Citation")),
    "issued": (marked("Published"), marked("Published")),
    "consulted_on": (marked("Consulted"), marked("Consulted")),
    "url": (marked("Web"), marked("Web")),
    "informea_treaty_code": (marked("Code in InforMEA"), marked("Code in InforMEA")),
    "listed_taxon": (marked("Taxon"), marked("Listing events")),
    "of_taxon": (marked("Taxon"), marked("Records of ranges, names and assessments")),
    "subject_concept": (marked("From"), marked("Alignments from it")),
    "object_concept": (marked("To"), marked("Alignments to it")),
    "tcs:parentTaxonConcept": (marked("Higher taxon"), marked("Taxa directly below")),
    "tcs:taxonName": (marked("Name"), marked("Taxa of this name")),
    "tcs:synonym": (marked("Synonyms"), marked("Taxa of which it is a synonym")),
    "scientific_name": (marked("Scientific name"), marked("Scientific name")),
    "via_higher_taxon": (marked("Through the higher taxon"), marked("Listings through it")),
    "excludes_taxon": (marked("Leaves out"), marked("Listings that leave it out")),
    "appendix": (marked("Appendix"), marked("Listing events")),
    "designation": (marked("Convention"), marked("Listing events")),
    "change_type": (marked("What happened"), marked("Listing events")),
    "effective_on": (marked("In effect"), marked("In effect")),
    "effective_by": (marked("In effect at the latest"), marked("In effect at the latest")),
    "modifies_event": (marked("Relates to"), marked("Later events about it")),
    "population_in": (marked("Only the populations of"), marked("Listings of its populations")),
    "population_out": (marked("Not the populations of"), marked("Listings that leave its populations out")),
    "party": (marked("Party"), marked("As a Party")),
    "party_to": (marked("Party to"), marked("Parties")),
    "in_place": (marked("Place"), marked("Taxa recorded there")),
    "distribution_status": (marked("How it comes to be there"), marked("Records of this status")),
    "red_list_category": (marked("Category"), marked("Assessments")),
    "contained_in": (marked("Within"), marked("Places within")),
    "historic_names": (marked("Formerly"), marked("Formerly")),
    "theme": (marked("Theme"), marked("Activities of this theme")),
    "heading": (marked("Under the heading"), marked("Activities under this heading")),
    "is_part_of": (marked("Part of"), marked("What it holds")),
    "parts": (marked("Parts"), marked("Part of")),
    "broader": (marked("Broader"), marked("Narrower")),
    "narrower": (marked("Narrower"), marked("Broader")),
    "top_concepts": (marked("At its top"), marked("At the top of")),
    "relation": (marked("Belongs with"), marked("Belongs with it")),
    "related": (marked("Related"), marked("Related")),
    "exact_matches": (marked("Same as"), marked("Same as")),
    "close_matches": (marked("Close to"), marked("Close to")),
    "related_matches": (marked("Related"), marked("Related")),
    "broad_matches": (marked("Broader elsewhere"), marked("Narrower elsewhere")),
    "narrow_matches": (marked("Narrower elsewhere"), marked("Broader elsewhere")),
    "see_also": (marked("See also"), marked("Referred to by")),
    "excerpt_of": (marked("Stands for"), marked("In the document")),
    "evidence": (marked("Rests on"), marked("Statements that rest on it")),
    "sources": (marked("Sources"), marked("Rests on this source")),
    "definition": (marked("Definition"), marked("Definition")),
    "comment": (marked("Note"), marked("Note")),
    "editorial_note": (marked("Editor's note"), marked("Editor's note")),
    "alternative_labels": (marked("Also called"), marked("Also called")),
    "hidden_labels": (marked("Also found as"), marked("Also found as")),
    "position": (marked("Place in the document"), marked("Place in the document")),
    "locator": (marked("Stands at"), marked("Stands at")),
    "number_of_items": (marked("How many it lists"), marked("How many it lists")),
    "in_schemes": (marked("In the list"), marked("What it holds")),
    "top_concept_of": (marked("At the top of"), marked("At its top")),
}
#: What matters less than the rest, shown on demand.
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
        "tcs:vernacularName",
        "tcs:synonym",
        "tcs:taxonName",
        "is_defined_by",
    }
)
#: What the head of a page shows already.
IN_HEAD = frozenset(
    {
        "labels",
        "description",
        "definition",
        "notation",
        "official_text",
        "alternative_labels",
        "parts",
        "dwc:vernacularName",
    }
)
#: Links that say the same from both ends; shown once.
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
#: Links whose other end may be anything, so that a page says what it is.
OF_ANY_KIND = frozenset({"related", "related_matches", "relation", "see_also", "exact_matches", "close_matches"})
_DURATION = re.compile(r"P(\d+)([YMWD])")
_ORDER = {name: place for place, name in enumerate(_WORDS)}
_NOTES = _ORDER["definition"]


def page_order(predicate: str) -> tuple[float, str]:
    """Where a fact stands on a page: in the order of the table, what it does not have before the notes."""
    name = property_name(predicate)
    return _ORDER.get(name, _NOTES - 0.5), name


def outgoing_word(predicate: str, description: Description) -> str:
    """What the values of *predicate* are called on the page of the thing that has them."""
    return _word(predicate, description, 0)


def incoming_word(predicate: str, description: Description) -> str:
    """What the things that point here with *predicate* are called."""
    return _word(predicate, description, 1)


def word_language(predicate: str) -> str | None:
    """The language of what *predicate* is called, where that is not the interface's: the ontology is in English."""
    return None if property_name(predicate) in _WORDS else "en"


def _word(predicate: str, description: Description, side: int) -> str:
    known = _WORDS.get(property_name(predicate))
    if known:
        return gettext(known[side])
    name = description.terms.label(predicate) or re.sub(r"(?<=[a-z])(?=[A-Z])", " ", local_name(predicate)).lower()
    return name[:1].upper() + name[1:] + (" (of)" if side else "")


def literal_text(term: Term) -> str:
    """A literal as a reader writes it: dates as precise as the source gives them, durations in words."""
    datatype = (term.datatype or "").removeprefix(_XSD)
    if datatype in {"date", "gYearMonth", "dateTime"}:
        return written_date(term.value)
    duration = _DURATION.fullmatch(term.value) if datatype == "duration" else None
    if duration:
        return _repeated(int(duration[1]), duration[2])
    if datatype == "boolean":
        return gettext("yes") if term.value in {"true", "1"} else gettext("no")
    return term.value


def _repeated(count: int, unit: str) -> str:
    """How often: every so many years, months, weeks or days."""
    match unit:
        case "Y":
            return ngettext("every year", "every %(num)s years", count)
        case "M":
            return ngettext("every month", "every %(num)s months", count)
        case "W":
            return ngettext("every week", "every %(num)s weeks", count)
    return ngettext("every day", "every %(num)s days", count)


def written_date(value: str) -> str:
    """``2006-09-24`` as “24 September 2006”, ``2006-09`` as “September 2006”; anything else unchanged."""
    match = re.match(r"(\d{4})-(\d\d)(?:-(\d\d))?", value)
    try:
        day = date(int(match[1]), int(match[2]), int(match[3] or 1)) if match else None
    except ValueError:
        day = None
    if match is None or day is None:
        return value
    return written_day(day) if match[3] else written_month(day)
