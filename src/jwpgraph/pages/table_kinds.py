"""The lists that the pages of things show, by kind of thing; :mod:`~jwpgraph.pages.tables` reads and writes them."""

from __future__ import annotations

from typing import Final

from jwpgraph.linked_data.filters import ACTIVITY_LINKS
from jwpgraph.pages.tables import Column, Table
from jwpgraph.pages.translation import marked

_ORIGIN: Final = "OPTIONAL { ?record dcterms:source ?source }"
_PREFERRED: Final = "FILTER NOT EXISTS { ?record prov:alternateOf ?version }"
_ACTIVITY: Final = (
    "?activity a jwp:Activity . OPTIONAL { ?activity dcterms:source ?source } "
    "OPTIONAL { ?activity jwp:actionType ?action } OPTIONAL { ?activity jwp:speciesGroup ?group }"
)
_ACTIVITY_COLUMNS: Final = (
    Column("activity", marked("Activity")),
    Column("action", marked("What is to be done"), many=True),
    Column("group", marked("Species"), many=True),
)
#: The property by which an activity names each kind of thing, and the key under which its incoming links are grouped.
_LINKS: Final = dict(ACTIVITY_LINKS.values())


def _activities(segment: str) -> Table:
    return Table(
        "activities",
        marked("Activities"),
        _ACTIVITY_COLUMNS,
        f"?activity {_LINKS[segment]} ?this . {_ACTIVITY}",
        links=frozenset({_LINKS[segment]}),
    )


PARTIES = Table(
    "parties",
    marked("Parties"),
    (
        Column("country", marked("Party")),
        Column("since", marked("Since"), "date"),
        Column("until", marked("Until"), "date"),
        Column("how", marked("How"), "text"),
    ),
    f"""?record jwp:partyTo ?this ; jwp:party ?country . {_PREFERRED} {_ORIGIN}
  OPTIONAL {{ ?record jwp:effectiveFrom ?since }} OPTIONAL {{ ?record jwp:effectiveUntil ?until }}
  OPTIONAL {{ ?record jwp:joinedBy ?how }}""",
    links=frozenset({"jwp:partyTo"}),
)
SIGNATORIES = Table(
    "signatories",
    marked("Signatories"),
    (Column("country", marked("Signatory")), Column("signed", marked("Signed"), "date")),
    f"""?record jwp:signedInstrument ?this ; jwp:signatory ?country . {_PREFERRED} {_ORIGIN}
  OPTIONAL {{ ?record jwp:signedOn ?signed }}""",
    links=frozenset({"jwp:signedInstrument"}),
)
RANGE_STATES = Table(
    "range-states",
    marked("Where its species are recorded"),
    (
        Column("country", marked("Country")),
        Column("taxon", marked("Species"), many=True),
        Column("joined", marked("Has joined or signed"), "word"),
    ),
    """{ ?this jwp:coversTaxon ?covered } UNION { ?this jwp:coversSpeciesGroup/jwp:includesTaxon ?covered }
  ?covered dwc:scientificName ?name . ?taxon dwc:scientificName ?name .
  ?place jwp:ofTaxon ?taxon ; jwp:inPlace ?country . ?country a jwp:Country . OPTIONAL { ?place dcterms:source ?source }
  OPTIONAL { { SELECT DISTINCT ?country ?joining WHERE {
    { ?r jwp:signedInstrument ?this ; jwp:signatory ?country } UNION { ?r jwp:partyTo ?this ; jwp:party ?country }
    BIND("yes" AS ?joining) } } }
  BIND(COALESCE(?joining, "no") AS ?joined)""",
)
COVERED = Table(
    "species",
    marked("Species that it covers"),
    (Column("taxon", marked("Species")), Column("listed", marked("Listed"), "appendices")),
    """{ ?this jwp:coversTaxon ?taxon } UNION { ?this jwp:coversSpeciesGroup/jwp:includesTaxon ?taxon }
  OPTIONAL { ?this dcterms:source ?source }""",
    facts=frozenset({"covers_taxa"}),
)
UNDER_IT = Table(
    "made-under",
    marked("Made under it"),
    (
        Column("instrument", marked("Instrument")),
        Column("kind", marked("Kind"), many=True),
        Column("since", marked("In effect since"), "date"),
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
    Column("since", marked("Since"), "date"),
    Column("until", marked("Until"), "date"),
    Column("note", marked("Note"), "text", many=True),
)
MEMBERS = Table(
    "members",
    marked("Members"),
    (Column("body", marked("Member")), *_MEMBERSHIP_COLUMNS),
    f"?record org:organization ?this ; org:member ?body . {_MEMBERSHIP}",
    links=frozenset({"org:organization"}),
)
MEMBERSHIPS = Table(
    "memberships",
    marked("Member of"),
    (Column("body", marked("Body")), *_MEMBERSHIP_COLUMNS),
    f"?record org:member ?this ; org:organization ?body . {_MEMBERSHIP}",
    links=frozenset({"org:member"}),
)
HOSTED = Table(
    "hosted",
    marked("What it hosts"),
    (Column("tool", marked("Tool")),),
    "?tool jwp:hostedBy ?this . OPTIONAL { ?tool dcterms:source ?source }",
    links=frozenset({"jwp:hostedBy"}),
)
HEADINGS = Table(
    "headings",
    marked("Headings"),
    (Column("heading", marked("Heading")), Column("activities", marked("Activities"), many=True)),
    """?heading skos:broader ?this ; a jwp:Heading . OPTIONAL { ?heading dcterms:source ?source }
  OPTIONAL { ?activities jwp:heading ?heading }""",
    links=frozenset({"skos:broader"}),
)
ALL_ACTIVITIES = Table(
    "all-activities",
    marked("Activities"),
    (Column("activity", marked("Activity")), Column("theme", marked("Theme")), *_ACTIVITY_COLUMNS[1:]),
    f"?activity dcterms:isPartOf ?this . OPTIONAL {{ ?activity jwp:theme ?theme }} {_ACTIVITY}",
    links=frozenset({"dcterms:isPartOf"}),
)
GROUP_TAXA = Table(
    "taxa",
    marked("Taxa today"),
    (
        Column("taxon", marked("Taxon")),
        Column("taxonomy", marked("According to"), "word"),
        Column("listed", marked("Listed"), "appendices"),
    ),
    """{ ?this jwp:includesTaxon ?taxon }
  UNION { ?statement rdf:subject ?this ; rdf:object ?taxon ; dcterms:source ?source . ?this jwp:includesTaxon ?taxon }
  OPTIONAL { ?taxon tcs:accordingTo ?taxonomy }""",
    facts=frozenset({"includes_taxa"}),
)
GROUP_INSTRUMENTS = Table(
    "instruments",
    marked("Instruments that cover it"),
    (Column("instrument", marked("Instrument")), Column("kind", marked("Kind"), many=True)),
    """?instrument jwp:coversSpeciesGroup ?this . OPTIONAL { ?instrument jwp:instrumentKind ?kind }
  OPTIONAL { ?instrument dcterms:source ?source }""",
    links=frozenset({"jwp:coversSpeciesGroup"}),
)
JOINED = Table(
    "joined",
    marked("Joined"),
    (
        Column("instrument", marked("Instrument")),
        Column("since", marked("Since"), "date"),
        Column("until", marked("Until"), "date"),
        Column("how", marked("How"), "text"),
    ),
    f"""?record jwp:party ?this ; jwp:partyTo ?instrument . {_PREFERRED} {_ORIGIN}
  OPTIONAL {{ ?record jwp:effectiveFrom ?since }} OPTIONAL {{ ?record jwp:effectiveUntil ?until }}
  OPTIONAL {{ ?record jwp:joinedBy ?how }}""",
    empty=marked("This release does not record it as a Party to any instrument."),
    links=frozenset({"jwp:party"}),
)
SIGNED = Table(
    "signed",
    marked("Signed"),
    (Column("instrument", marked("Instrument")), Column("signed", marked("Signed"), "date")),
    f"""?record jwp:signatory ?this ; jwp:signedInstrument ?instrument . {_PREFERRED} {_ORIGIN}
  OPTIONAL {{ ?record jwp:signedOn ?signed }}""",
    links=frozenset({"jwp:signatory"}),
)
RESERVATIONS = Table(
    "reservations",
    marked("Reservations"),
    (
        Column("taxon", marked("Species")),
        Column("appendix", marked("Appendix"), "word"),
        Column("change", marked("What happened"), "word"),
        Column("date", marked("Date"), "date"),
    ),
    f"""?record jwp:party ?this ; jwp:listedTaxon ?taxon ; jwp:changeType ?change . {_ORIGIN}
  FILTER(?change IN (<https://w3id.org/jwpgraph/id/listing-change-type/reservation>,
    <https://w3id.org/jwpgraph/id/listing-change-type/reservation-withdrawal>))
  OPTIONAL {{ ?record jwp:appendix ?appendix }} OPTIONAL {{ ?record jwp:effectiveOn|jwp:effectiveBy ?date }}""",
    order="-date",
)
SITES = Table(
    "sites",
    marked("Sites"),
    (Column("site", marked("Site")), Column("country", marked("Country"), many=True)),
    """?site jwp:monitoredBy ?this . OPTIONAL { ?site jwp:containedIn ?country }
  OPTIONAL { ?site dcterms:source ?source }""",
    links=frozenset({"jwp:monitoredBy"}),
)
DONE = Table(
    "done",
    marked("Done so far"),
    (
        Column("done", marked("What")),
        Column("started", marked("From"), "date"),
        Column("ended", marked("Until"), "date"),
        Column("who", marked("By whom"), many=True),
    ),
    """?done prov:hadPlan|prov:qualifiedAssociation/prov:hadPlan ?this .
  OPTIONAL { ?done prov:startedAtTime ?started } OPTIONAL { ?done prov:endedAtTime ?ended }
  OPTIONAL { ?done prov:wasAssociatedWith ?who } OPTIONAL { ?done dcterms:source ?source }""",
    empty=marked(
        "This release records nothing that was done for it: the programme is a plan, and further data tells more."
    ),
    links=frozenset({"prov:hadPlan"}),
)

#: The lists of each kind of thing, in the order of its page.
BY_KIND: Final[dict[str, tuple[Table, ...]]] = {
    "instrument": (PARTIES, SIGNATORIES, RANGE_STATES, COVERED, UNDER_IT, _activities("instrument")),
    "body": (MEMBERS, MEMBERSHIPS, _activities("body"), HOSTED),
    "programme": (_activities("programme"), SITES),
    "species-group": (GROUP_TAXA, _activities("species-group"), GROUP_INSTRUMENTS),
    "theme": (HEADINGS, _activities("theme")),
    "work-programme": (ALL_ACTIVITIES,),
    "country": (JOINED, SIGNED, RESERVATIONS),
    "activity": (DONE,),
} | {
    segment: (_activities(segment),)
    for segment in _LINKS
    if segment not in {"instrument", "body", "programme", "species-group", "theme"}
}

#: Keys of links that the sections of a page show in words of their own.
SHOWN_ELSEWHERE: Final[dict[str, frozenset[str]]] = {
    "taxon": frozenset(
        {
            "jwp:listedTaxon",
            "jwp:ofTaxon",
            "jwp:includesTaxon",
            "jwp:coversTaxon",
            "jwp:subjectConcept",
            "jwp:objectConcept",
        }
    ),
    "country": frozenset({"jwp:inPlace"}),
    "instrument": frozenset({"jwp:designation"}),
}
