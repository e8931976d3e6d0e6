"""The reader's words: what properties are called on a page, seen from either end, and how values are written."""

from __future__ import annotations

import re
from datetime import date

from jwpgraph.linked_data.compaction import property_name
from jwpgraph.linked_data.description import Description
from jwpgraph.linked_data.nodes import local_name
from jwpgraph.pages.translation import gettext, ngettext, written_day, written_month
from jwpgraph.sparql.queries import Term
from jwpgraph.vocabulary import PREFIXES

_XSD = PREFIXES["xsd"]

#: By the property's key, in the order in which a page shows them: what its values are called beside a thing, and what
#: the things that point here are called.
_WORDS: dict[str, tuple[str, str]] = {
    "action_types": ("What is to be done", "Activities that do this"),
    "species_groups": ("Species", "Activities that concern them"),
    "instruments": ("Instruments", "Activities that name it"),
    "programmes": ("Programmes", "Activities that name it"),
    "bodies": ("With whom", "Activities that name it"),
    "meetings": ("Meetings", "Activities that name it"),
    "tools": ("Tools", "Activities that name it"),
    "audiences": ("For whom", "Activities addressed to them"),
    "regions": ("Where", "Activities there"),
    "scheduled_year": ("Year", "Year"),
    "repeat_frequency": ("How often", "How often"),
    "triggers": ("When this happens", "Activities that it sets off"),
    "topics": ("Topics", "Activities on this topic"),
    "information_kinds": ("Kinds of information", "Activities that exchange it"),
    "data_kinds": ("Kinds of data", "Activities that concern them"),
    "delivered_within": ("Delivered within", "Activities delivered within it"),
    "qualifiers": ("In words that qualify it", "Activities so qualified"),
    "siblings": ("Written like", "Activities written like it"),
    "instrument_kinds": ("Kind", "Instruments of this kind"),
    "body_kinds": ("Kind", "Bodies of this kind"),
    "programme_kinds": ("Kind", "Programmes of this kind"),
    "tool_kinds": ("Kind", "Tools of this kind"),
    "meeting_kinds": ("Kind", "Meetings of this kind"),
    "legal_status": ("Legal status", "Instruments of this status"),
    "parent_conventions": ("Under", "Made under it"),
    "subordinate_to": ("Under", "Below it"),
    "hosted_by": ("Hosted by", "Hosts"),
    "secretariat_of": ("Secretariat of", "Its secretariat"),
    "builds_on": ("Builds on", "Built on by"),
    "different_from": ("Not to be confused with", "Not to be confused with"),
    "name_as_written": ("Name as the programme writes it", "Name as written"),
    "includes_taxa": ("Taxa today", "Species groups that include it"),
    "taxonomy": ("According to", "Taxa"),
    "covers_species_groups": ("Covers", "Covered by"),
    "covers_taxa": ("Covers the taxa", "Covered by"),
    "member": ("Member", "Memberships"),
    "organization": ("Of", "Members"),
    "member_from": ("Member since", "Member since"),
    "member_until": ("Member until", "Member until"),
    "signatory": ("Signatory", "Signatures"),
    "signed_instrument": ("Instrument", "Signatures"),
    "signed_on": ("Signed", "Signed"),
    "adopted_on": ("Adopted", "Adopted"),
    "adopted_at": ("Adopted at", "Adopted at"),
    "resolution": ("Resolution", "Resolution"),
    "opened_for_signature_on": ("Opened for signature", "Opened for signature"),
    "effective_from": ("In effect since", "In effect since"),
    "established_on": ("Established", "Established"),
    "launched_on": ("Launched", "Launched"),
    "start_year": ("From", "From"),
    "end_year": ("Until", "Until"),
    "stated_signatory_count": ("Signatories, as stated", "Signatories"),
    "range_state_count": ("Range States", "Range States"),
    "citation": ("Citation", "Citation"),
    "issued": ("Published", "Published"),
    "consulted_on": ("Consulted", "Consulted"),
    "url": ("Web", "Web"),
    "informea_treaty_code": ("Code in InforMEA", "Code in InforMEA"),
    "listed_taxon": ("Taxon", "Listing events"),
    "of_taxon": ("Taxon", "Records of ranges, names and assessments"),
    "subject_concept": ("From", "Alignments from it"),
    "object_concept": ("To", "Alignments to it"),
    "tcs:parentTaxonConcept": ("Higher taxon", "Taxa directly below"),
    "tcs:taxonName": ("Name", "Taxa of this name"),
    "tcs:synonym": ("Synonyms", "Taxa of which it is a synonym"),
    "scientific_name": ("Scientific name", "Scientific name"),
    "via_higher_taxon": ("Through the higher taxon", "Listings through it"),
    "excludes_taxon": ("Leaves out", "Listings that leave it out"),
    "appendix": ("Appendix", "Listing events"),
    "designation": ("Convention", "Listing events"),
    "change_type": ("What happened", "Listing events"),
    "effective_on": ("In effect", "In effect"),
    "effective_by": ("In effect at the latest", "In effect at the latest"),
    "modifies_event": ("Relates to", "Later events about it"),
    "population_in": ("Only the populations of", "Listings of its populations"),
    "population_out": ("Not the populations of", "Listings that leave its populations out"),
    "party": ("Party", "As a Party"),
    "party_to": ("Party to", "Parties"),
    "in_place": ("Place", "Taxa recorded there"),
    "distribution_status": ("How it comes to be there", "Records of this status"),
    "red_list_category": ("Category", "Assessments"),
    "contained_in": ("Within", "Places within"),
    "historic_names": ("Formerly", "Formerly"),
    "theme": ("Theme", "Activities of this theme"),
    "heading": ("Under the heading", "Activities under this heading"),
    "is_part_of": ("Part of", "What it holds"),
    "parts": ("Parts", "Part of"),
    "broader": ("Broader", "Narrower"),
    "narrower": ("Narrower", "Broader"),
    "top_concepts": ("At its top", "At the top of"),
    "relation": ("Belongs with", "Belongs with it"),
    "related": ("Related", "Related"),
    "exact_matches": ("Same as", "Same as"),
    "close_matches": ("Close to", "Close to"),
    "related_matches": ("Related", "Related"),
    "broad_matches": ("Broader elsewhere", "Narrower elsewhere"),
    "narrow_matches": ("Narrower elsewhere", "Broader elsewhere"),
    "see_also": ("See also", "Referred to by"),
    "excerpt_of": ("Stands for", "In the document"),
    "evidence": ("Rests on", "Statements that rest on it"),
    "sources": ("Sources", "Rests on this source"),
    "definition": ("Definition", "Definition"),
    "comment": ("Note", "Note"),
    "editorial_note": ("Editor's note", "Editor's note"),
    "alternative_labels": ("Also called", "Also called"),
    "hidden_labels": ("Also found as", "Also found as"),
    "position": ("Place in the document", "Place in the document"),
    "locator": ("Stands at", "Stands at"),
    "number_of_items": ("How many it lists", "How many it lists"),
    "in_schemes": ("In the list", "What it holds"),
    "top_concept_of": ("At the top of", "At its top"),
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


def _word(predicate: str, description: Description, side: int) -> str:
    known = _WORDS.get(property_name(predicate))
    if known:
        return known[side]
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
