"""The kinds of things that have a list of their own: in the facade, in the pages, in the sitemap."""

from __future__ import annotations

from dataclasses import dataclass

from jwpgraph.vocabulary import JWP


@dataclass(frozen=True, slots=True)
class Kind:
    """A class of things with an address.

    Attributes:
        segment: the type segment of their IRIs (``species-group``).
        class_name: the class's local name in the ontology (``SpeciesGroup``).
        plural: the path of their list (``species-groups``).
        singular_label: what a reader calls one of them.
        plural_label: what a reader calls several.
    """

    segment: str
    class_name: str
    plural: str
    singular_label: str
    plural_label: str

    @property
    def class_iri(self) -> str:
        """The IRI of the class."""
        return JWP + self.class_name


def _kind(segment: str, class_name: str, plural: str | None = None, plural_label: str | None = None) -> Kind:
    name = segment.replace("-", " ")
    plural = plural or segment + "s"
    return Kind(segment, class_name, plural, name.capitalize(), plural_label or plural.replace("-", " ").capitalize())


KINDS: tuple[Kind, ...] = (
    _kind("work-programme", "WorkProgramme"),
    _kind("theme", "Theme"),
    _kind("heading", "Heading"),
    _kind("activity", "Activity", "activities"),
    _kind("species-group", "SpeciesGroup"),
    _kind("instrument", "Instrument"),
    _kind("body", "Body", "bodies"),
    _kind("programme", "Programme"),
    _kind("tool", "Tool"),
    _kind("meeting", "Meeting"),
    _kind("country", "Country", "countries"),
    _kind("region", "Region"),
    _kind("historic-area", "HistoricArea"),
    _kind("taxon", "TaxonConcept", "taxa"),
    _kind("audience", "Audience"),
    _kind("action-type", "ActionType"),
    _kind("topic", "Topic"),
    _kind("qualifier", "Qualifier"),
    _kind("trigger", "Trigger"),
    _kind("information-kind", "InformationKind"),
    _kind("data-kind", "DataKind"),
    _kind("instrument-kind", "InstrumentKind"),
    _kind("body-kind", "BodyKind"),
    _kind("legal-status", "LegalStatus", "legal-statuses"),
    _kind("membership", "Membership"),
    _kind("signature", "Signature"),
    _kind("party-status", "PartyStatus", "party-statuses"),
    _kind("site", "Site"),
    _kind("source", "Source"),
)

BY_SEGMENT: dict[str, Kind] = {kind.segment: kind for kind in KINDS}
BY_PLURAL: dict[str, Kind] = {kind.plural: kind for kind in KINDS}
BY_CLASS: dict[str, Kind] = {kind.class_name: kind for kind in KINDS}
