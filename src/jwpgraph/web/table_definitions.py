"""Definitions of the lists on entity pages, by entity type; :mod:`~jwpgraph.web.tables` reads and renders them."""

from __future__ import annotations

from typing import Final

from jwpgraph.entities.list_filters import ACTIVITY_LINKS
from jwpgraph.web.tables import TableColumn, TableDefinition
from jwpgraph.web.translation import mark_for_translation

_ORIGIN: Final = "OPTIONAL { ?record dcterms:source ?source }"
_PREFERRED: Final = "FILTER NOT EXISTS { ?record prov:alternateOf ?version }"
_ACTIVITY: Final = (
    "?activity a jwp:Activity . OPTIONAL { ?activity dcterms:source ?source } "
    "OPTIONAL { ?activity jwp:actionType ?action } OPTIONAL { ?activity jwp:speciesGroup ?group }"
)
_ACTIVITY_COLUMNS: Final = (
    TableColumn("activity", mark_for_translation("Activity")),
    TableColumn("action", mark_for_translation("What is to be done"), many=True),
    TableColumn("group", mark_for_translation("Species"), many=True),
)
#: The property by which an activity names each kind of thing, and the key under which its incoming links are grouped.
_LINKS: Final = dict(ACTIVITY_LINKS.values())


def _make_activity_table(segment: str) -> TableDefinition:
    return TableDefinition(
        "activities",
        mark_for_translation("Activities"),
        _ACTIVITY_COLUMNS,
        f"?activity {_LINKS[segment]} ?this . {_ACTIVITY}",
        links=frozenset({_LINKS[segment]}),
    )


PARTIES = TableDefinition(
    "parties",
    mark_for_translation("Parties"),
    (
        TableColumn("country", mark_for_translation("Party")),
        TableColumn("since", mark_for_translation("Since"), "date"),
        TableColumn("until", mark_for_translation("Until"), "date"),
        TableColumn("how", mark_for_translation("How"), "text"),
    ),
    f"""?record jwp:partyTo ?this ; jwp:party ?country . {_PREFERRED} {_ORIGIN}
  OPTIONAL {{ ?record jwp:effectiveFrom ?since }} OPTIONAL {{ ?record jwp:effectiveUntil ?until }}
  OPTIONAL {{ ?record jwp:joinedBy ?how }}""",
    links=frozenset({"jwp:partyTo"}),
)
SIGNATORIES = TableDefinition(
    "signatories",
    mark_for_translation("Signatories"),
    (
        TableColumn("country", mark_for_translation("Signatory")),
        TableColumn("signed", mark_for_translation("Signed"), "date"),
    ),
    f"""?record jwp:signedInstrument ?this ; jwp:signatory ?country . {_PREFERRED} {_ORIGIN}
  OPTIONAL {{ ?record jwp:signedOn ?signed }}""",
    links=frozenset({"jwp:signedInstrument"}),
)
RANGE_STATES = TableDefinition(
    "range-states",
    mark_for_translation("Where its species are recorded"),
    (
        TableColumn("country", mark_for_translation("Country")),
        TableColumn("taxon", mark_for_translation("Species"), many=True),
        TableColumn("joined", mark_for_translation("Has joined or signed"), "word"),
    ),
    """{ ?this jwp:coversTaxon ?covered } UNION { ?this jwp:coversSpeciesGroup/jwp:includesTaxon ?covered }
  ?covered gbif:canonicalName ?name . ?taxon gbif:canonicalName ?name .
  ?place jwp:ofTaxon ?taxon ; jwp:inPlace ?country . ?country a jwp:Country . OPTIONAL { ?place dcterms:source ?source }
  OPTIONAL { { SELECT DISTINCT ?country ?joining WHERE {
    { ?r jwp:signedInstrument ?this ; jwp:signatory ?country } UNION { ?r jwp:partyTo ?this ; jwp:party ?country }
    BIND("yes" AS ?joining) } } }
  BIND(COALESCE(?joining, "no") AS ?joined)""",
)
COVERED = TableDefinition(
    "species",
    mark_for_translation("Species that it covers"),
    (
        TableColumn("taxon", mark_for_translation("Species")),
        TableColumn("listed", mark_for_translation("Listed"), "appendices"),
    ),
    """{ ?this jwp:coversTaxon ?taxon } UNION { ?this jwp:coversSpeciesGroup/jwp:includesTaxon ?taxon }
  OPTIONAL { ?this dcterms:source ?source }""",
    facts=frozenset({"covers_taxa"}),
)
UNDER_IT = TableDefinition(
    "made-under",
    mark_for_translation("Made under it"),
    (
        TableColumn("instrument", mark_for_translation("Instrument")),
        TableColumn("kind", mark_for_translation("Kind"), many=True),
        TableColumn("since", mark_for_translation("In effect since"), "date"),
    ),
    """?instrument jwp:parentConvention ?this . OPTIONAL { ?instrument dcterms:source ?source }
  OPTIONAL { ?instrument jwp:instrumentKind ?kind } OPTIONAL { ?instrument jwp:effectiveFrom ?since }""",
    links=frozenset({"jwp:parentConvention"}),
)
_MEMBERSHIP = (
    "OPTIONAL { ?record jwp:memberFrom ?since } OPTIONAL { ?record jwp:memberUntil ?until } "
    "OPTIONAL { ?record rdfs:comment ?note FILTER(LANG(?note) = 'en') } " + _ORIGIN
)
_MEMBERSHIP_COLUMNS = (
    TableColumn("since", mark_for_translation("Since"), "date"),
    TableColumn("until", mark_for_translation("Until"), "date"),
    TableColumn("note", mark_for_translation("Note"), "text", many=True),
)
MEMBERS = TableDefinition(
    "members",
    mark_for_translation("Members"),
    (TableColumn("body", mark_for_translation("Member")), *_MEMBERSHIP_COLUMNS),
    f"?record org:organization ?this ; org:member ?body . {_MEMBERSHIP}",
    links=frozenset({"org:organization"}),
)
MEMBERSHIPS = TableDefinition(
    "memberships",
    mark_for_translation("Member of"),
    (TableColumn("body", mark_for_translation("Body")), *_MEMBERSHIP_COLUMNS),
    f"?record org:member ?this ; org:organization ?body . {_MEMBERSHIP}",
    links=frozenset({"org:member"}),
)
HOSTED = TableDefinition(
    "hosted",
    mark_for_translation("What it hosts"),
    (TableColumn("tool", mark_for_translation("Tool")),),
    "?tool jwp:hostedBy ?this . OPTIONAL { ?tool dcterms:source ?source }",
    links=frozenset({"jwp:hostedBy"}),
)
HEADINGS = TableDefinition(
    "headings",
    mark_for_translation("Headings"),
    (
        TableColumn("heading", mark_for_translation("Heading")),
        TableColumn("activities", mark_for_translation("Activities"), many=True),
    ),
    """?heading skos:broader ?this ; a jwp:Heading . OPTIONAL { ?heading dcterms:source ?source }
  OPTIONAL { ?activities jwp:heading ?heading }""",
    links=frozenset({"skos:broader"}),
)
ALL_ACTIVITIES = TableDefinition(
    "all-activities",
    mark_for_translation("Activities"),
    (
        TableColumn("activity", mark_for_translation("Activity")),
        TableColumn("theme", mark_for_translation("Theme")),
        *_ACTIVITY_COLUMNS[1:],
    ),
    f"?activity dcterms:isPartOf ?this . OPTIONAL {{ ?activity jwp:theme ?theme }} {_ACTIVITY}",
    links=frozenset({"dcterms:isPartOf"}),
)
GROUP_TAXA = TableDefinition(
    "taxa",
    mark_for_translation("Taxa today"),
    (
        TableColumn("taxon", mark_for_translation("Taxon")),
        TableColumn("taxonomy", mark_for_translation("According to"), "word"),
        TableColumn("listed", mark_for_translation("Listed"), "appendices"),
    ),
    """{ ?this jwp:includesTaxon ?taxon }
  UNION { ?statement rdf:subject ?this ; rdf:object ?taxon ; dcterms:source ?source . ?this jwp:includesTaxon ?taxon }
  OPTIONAL { ?taxon tcs:accordingTo ?taxonomy }""",
    facts=frozenset({"includes_taxa"}),
)
GROUP_INSTRUMENTS = TableDefinition(
    "instruments",
    mark_for_translation("Instruments that cover it"),
    (
        TableColumn("instrument", mark_for_translation("Instrument")),
        TableColumn("kind", mark_for_translation("Kind"), many=True),
    ),
    """?instrument jwp:coversSpeciesGroup ?this . OPTIONAL { ?instrument jwp:instrumentKind ?kind }
  OPTIONAL { ?instrument dcterms:source ?source }""",
    links=frozenset({"jwp:coversSpeciesGroup"}),
)
JOINED = TableDefinition(
    "joined",
    mark_for_translation("Joined"),
    (
        TableColumn("instrument", mark_for_translation("Instrument")),
        TableColumn("since", mark_for_translation("Since"), "date"),
        TableColumn("until", mark_for_translation("Until"), "date"),
        TableColumn("how", mark_for_translation("How"), "text"),
    ),
    f"""?record jwp:party ?this ; jwp:partyTo ?instrument . {_PREFERRED} {_ORIGIN}
  OPTIONAL {{ ?record jwp:effectiveFrom ?since }} OPTIONAL {{ ?record jwp:effectiveUntil ?until }}
  OPTIONAL {{ ?record jwp:joinedBy ?how }}""",
    empty=mark_for_translation("This release does not record it as a Party to any instrument."),
    links=frozenset({"jwp:party"}),
)
SIGNED = TableDefinition(
    "signed",
    mark_for_translation("Signed"),
    (
        TableColumn("instrument", mark_for_translation("Instrument")),
        TableColumn("signed", mark_for_translation("Signed"), "date"),
    ),
    f"""?record jwp:signatory ?this ; jwp:signedInstrument ?instrument . {_PREFERRED} {_ORIGIN}
  OPTIONAL {{ ?record jwp:signedOn ?signed }}""",
    links=frozenset({"jwp:signatory"}),
)
RESERVATIONS = TableDefinition(
    "reservations",
    mark_for_translation("Reservations"),
    (
        TableColumn("taxon", mark_for_translation("Species")),
        TableColumn("appendix", mark_for_translation("Appendix"), "word"),
        TableColumn("change", mark_for_translation("What happened"), "word"),
        TableColumn("date", mark_for_translation("Date"), "date"),
    ),
    f"""?record jwp:party ?this ; jwp:listedTaxon ?taxon ; jwp:changeType ?change . {_ORIGIN}
  FILTER(?change IN (<https://w3id.org/jwpgraph/id/listing-change-type/reservation>,
    <https://w3id.org/jwpgraph/id/listing-change-type/reservation-withdrawal>))
  OPTIONAL {{ ?record jwp:appendix ?appendix }} OPTIONAL {{ ?record jwp:effectiveOn|jwp:effectiveBy ?date }}""",
    order="-date",
)
SITES = TableDefinition(
    "sites",
    mark_for_translation("Sites"),
    (
        TableColumn("site", mark_for_translation("Site")),
        TableColumn("country", mark_for_translation("Country"), many=True),
    ),
    """?site jwp:monitoredBy ?this . OPTIONAL { ?site jwp:containedIn ?country }
  OPTIONAL { ?site dcterms:source ?source }""",
    links=frozenset({"jwp:monitoredBy"}),
)
DONE = TableDefinition(
    "done",
    mark_for_translation("Done so far"),
    (
        TableColumn("done", mark_for_translation("What")),
        TableColumn("started", mark_for_translation("From"), "date"),
        TableColumn("ended", mark_for_translation("Until"), "date"),
        TableColumn("who", mark_for_translation("By whom"), many=True),
    ),
    """?done prov:hadPlan|prov:qualifiedAssociation/prov:hadPlan ?this .
  OPTIONAL { ?done schema:startDate|prov:startedAtTime ?started }
  OPTIONAL { ?done schema:endDate|prov:endedAtTime ?ended }
  OPTIONAL { ?done jwp:participant|prov:wasAssociatedWith ?who } OPTIONAL { ?done dcterms:source ?source }""",
    order="started",
    empty=mark_for_translation(
        "This release records nothing that was done for it: the programme is a plan; "
        "its implementation is recorded separately."
    ),
    links=frozenset({"prov:hadPlan"}),
)
MEETINGS_FOR = TableDefinition(
    "meetings-for",
    mark_for_translation("Meetings for it"),
    (
        TableColumn("meeting", mark_for_translation("Meeting")),
        TableColumn("started", mark_for_translation("From"), "date"),
        TableColumn("ended", mark_for_translation("Until"), "date"),
    ),
    """?meeting jwp:concernsActivity ?this .
  OPTIONAL { ?meeting schema:startDate ?started } OPTIONAL { ?meeting schema:endDate ?ended }
  OPTIONAL { ?meeting dcterms:source ?source }""",
    order="started",
    links=frozenset({"jwp:concernsActivity"}),
)
JUDGED = TableDefinition(
    "judged",
    mark_for_translation("How far it was judged to be"),
    (
        TableColumn("judgement", mark_for_translation("Judgement")),
        TableColumn("value", mark_for_translation("Judged progress"), "word"),
        TableColumn("judged", mark_for_translation("Date"), "date"),
        TableColumn("who", mark_for_translation("By whom"), many=True),
    ),
    """?judgement jwp:judgedActivity ?this ; jwp:progressValue ?value ; jwp:judgedOn ?judged .
  OPTIONAL { ?judgement jwp:judgedBy ?who } OPTIONAL { ?judgement dcterms:source ?source }""",
    order="-judged",
    links=frozenset({"jwp:judgedActivity"}),
)

PROPOSALS = TableDefinition(
    "proposals",
    mark_for_translation("Proposals to it"),
    (
        TableColumn("proposal", mark_for_translation("Proposal")),
        TableColumn("taxon", mark_for_translation("Species"), many=True),
        TableColumn("appendix", mark_for_translation("Appendix proposed"), "text", many=True),
        TableColumn("proponent", mark_for_translation("Proposed by"), many=True),
        TableColumn("outcome", mark_for_translation("Outcome"), "word"),
    ),
    """?proposal jwp:proposedTo ?this . OPTIONAL { ?proposal jwp:proposedTaxon ?taxon }
  OPTIONAL { ?proposal jwp:proposedAppendix/skos:notation ?appendix } OPTIONAL { ?proposal jwp:proponent ?proponent }
  OPTIONAL { ?proposal jwp:outcome ?outcome } OPTIONAL { ?proposal dcterms:source ?source }""",
    links=frozenset({"jwp:proposedTo"}),
)
DECIDED = TableDefinition(
    "decided",
    mark_for_translation("Changes of the Appendices that it decided"),
    (
        TableColumn("taxon", mark_for_translation("Species")),
        TableColumn("appendix", mark_for_translation("Appendix"), "text"),
        TableColumn("change", mark_for_translation("What happened"), "word"),
        TableColumn("effective", mark_for_translation("In effect"), "date"),
    ),
    """?record jwp:decidedAt ?this ; jwp:listedTaxon ?taxon . OPTIONAL { ?record jwp:appendix/skos:notation ?appendix }
  OPTIONAL { ?record jwp:changeType ?change } OPTIONAL { ?record jwp:effectiveOn ?effective }
  OPTIONAL { ?record dcterms:source ?source }""",
    links=frozenset({"jwp:decidedAt"}),
)

#: The lists of each entity type, in the order of its page.
BY_KIND: Final[dict[str, tuple[TableDefinition, ...]]] = {
    "instrument": (PARTIES, SIGNATORIES, RANGE_STATES, COVERED, UNDER_IT, _make_activity_table("instrument")),
    "body": (MEMBERS, MEMBERSHIPS, _make_activity_table("body"), HOSTED),
    "programme": (_make_activity_table("programme"), SITES),
    "species-group": (GROUP_TAXA, _make_activity_table("species-group"), GROUP_INSTRUMENTS),
    "theme": (HEADINGS, _make_activity_table("theme")),
    "work-programme": (ALL_ACTIVITIES,),
    "country": (JOINED, SIGNED, RESERVATIONS),
    "activity": (DONE, MEETINGS_FOR, JUDGED),
} | {
    segment: ((DECIDED, PROPOSALS) if segment == "meeting" else ()) + (_make_activity_table(segment),)
    for segment in _LINKS
    if segment not in {"instrument", "body", "programme", "species-group", "theme"}
}

#: Keys of links that other sections of a page show.
SHOWN_ELSEWHERE: Final[dict[str, frozenset[str]]] = {
    "taxon": frozenset(
        {
            "jwp:listedTaxon",
            "jwp:ofTaxon",
            "jwp:includesTaxon",
            "jwp:coversTaxon",
            "jwp:subjectConcept",
            "jwp:objectConcept",
            "jwp:subjectTaxon",
            "jwp:objectTaxon",
        }
    ),
    "country": frozenset({"jwp:inPlace"}),
    "instrument": frozenset({"jwp:designation"}),
}
