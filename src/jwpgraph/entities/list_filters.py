"""Listed entity types and the filters of each list, for the API and the pages.

Every filter is a SPARQL property path from the listed entity to the entity that the parameter names. Most filters
derive from the links of activities: a body is linked to a species group through the activities that name both.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from jwpgraph.entities.entity_types import BY_SEGMENT, KINDS, EntityType

#: Links of an activity, by parameter name: entity type and property.
ACTIVITY_LINKS: dict[str, tuple[str, str]] = {
    "theme": ("theme", "jwp:theme"),
    "heading": ("heading", "jwp:heading"),
    "species_group": ("species-group", "jwp:speciesGroup"),
    "instrument": ("instrument", "jwp:involvesInstrument"),
    "body": ("body", "jwp:involvesBody"),
    "programme": ("programme", "jwp:involvesProgramme"),
    "tool": ("tool", "jwp:involvesTool"),
    "meeting": ("meeting", "jwp:involvesMeeting"),
    "audience": ("audience", "jwp:aimedAt"),
    "action_type": ("action-type", "jwp:actionType"),
    "topic": ("topic", "jwp:topic"),
    "region": ("region", "jwp:region"),
    "qualifier": ("qualifier", "jwp:qualifier"),
    "trigger": ("trigger", "jwp:trigger"),
    "information_kind": ("information-kind", "jwp:informationKind"),
    "data_kind": ("data-kind", "jwp:dataKind"),
}
#: Other links, by listed type and parameter: alternatives to, or replacements for, links through activities.
_OTHER_LINKS: dict[str, dict[str, tuple[str, str]]] = {
    "activity": {"work_programme": ("work-programme", "dcterms:isPartOf")},
    "heading": {"theme": ("theme", "skos:broader")},
    "species-group": {
        "instrument": ("instrument", "^jwp:coversSpeciesGroup"),
        "taxon": ("taxon", "jwp:includesTaxon"),
    },
    "instrument": {
        "species_group": ("species-group", "jwp:coversSpeciesGroup"),
        "convention": ("instrument", "jwp:parentConvention"),
        "instrument_kind": ("instrument-kind", "jwp:instrumentKind"),
        "legal_status": ("legal-status", "jwp:legalStatus"),
        "signatory": ("country", "^jwp:signedInstrument/jwp:signatory"),
    },
    "body": {
        "body_kind": ("body-kind", "jwp:bodyKind"),
        "member": ("body", "^org:organization/org:member"),
        "member_of": ("body", "^org:member/org:organization"),
    },
    "country": {"instrument": ("instrument", "^jwp:signatory/jwp:signedInstrument")},
    "taxon": {"species_group": ("species-group", "^jwp:includesTaxon")},
    "meeting": {
        "convention": ("instrument", "jwp:parentConvention"),
        "country": ("country", "jwp:hostCountry"),
        "activity": ("activity", "jwp:concernsActivity"),
    },
    "action": {
        "activity": ("activity", "prov:hadPlan"),
        "meeting": ("meeting", "jwp:actionMeeting"),
        "body": ("body", "jwp:participant"),
        "country": ("country", "jwp:hostCountry"),
    },
    "proposal": {
        "convention": ("instrument", "jwp:designation"),
        "meeting": ("meeting", "jwp:proposedTo"),
        "taxon": ("taxon", "jwp:proposedTaxon"),
    },
    "comment": {"proposal": ("proposal", "jwp:commentOn"), "body": ("body", "jwp:commentBy")},
    "progress": {"activity": ("activity", "jwp:judgedActivity"), "body": ("body", "jwp:judgedBy")},
    "national-role": {
        "country": ("country", "jwp:designatedBy"),
        "instrument": ("instrument", "jwp:designatedUnder"),
        "body": ("body", "org:postIn"),
    },
    "membership": {"member": ("body", "org:member"), "organization": ("body", "org:organization")},
    "signature": {
        "country": ("country", "jwp:signatory"),
        "instrument": ("instrument", "jwp:signedInstrument"),
    },
}


@dataclass(frozen=True, slots=True)
class LinkFilter:
    """A parameter that names an entity.

    Attributes:
        kind: the type of the named entity.
        path: the SPARQL property path from the listed entity to the named one.
    """

    kind: EntityType
    path: str


@dataclass(frozen=True, slots=True)
class ListResource:
    """A listed entity type."""

    kind: EntityType
    filters: dict[str, LinkFilter] = field(default_factory=dict)

    @property
    def is_activity(self) -> bool:
        """Return whether the parameters for activities apply."""
        return self.kind.segment == "activity"


def _make_filters(kind: EntityType) -> dict[str, LinkFilter]:
    by_segment = {segment: (name, path) for name, (segment, path) in ACTIVITY_LINKS.items()}
    found: dict[str, LinkFilter] = {}
    if kind.segment == "activity":
        found = {name: LinkFilter(BY_SEGMENT[segment], path) for name, (segment, path) in ACTIVITY_LINKS.items()}
    elif kind.segment in by_segment:
        own, path = by_segment[kind.segment]
        found["activity"] = LinkFilter(BY_SEGMENT["activity"], f"^{path}")
        for name, (segment, other) in ACTIVITY_LINKS.items():
            if name != own:
                found[name] = LinkFilter(BY_SEGMENT[segment], f"^{path}/{other}")
    for name, (segment, path) in _OTHER_LINKS.get(kind.segment, {}).items():
        through_activities = f"{found[name].path}|" if name in found else ""
        found[name] = LinkFilter(BY_SEGMENT[segment], through_activities + path)
    return found


RESOURCES: dict[str, ListResource] = {kind.plural: ListResource(kind, _make_filters(kind)) for kind in KINDS}
