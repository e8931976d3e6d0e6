"""Entity types with their own lists in the API, the pages and the sitemap."""

from __future__ import annotations

from dataclasses import dataclass

from jwpgraph.vocabulary import JWP


@dataclass(frozen=True, slots=True)
class EntityType:
    """A class of entities with URLs.

    Attributes:
        segment: the type segment of their IRIs (``species-group``).
        class_name: the class's local name in the ontology (``SpeciesGroup``).
        plural: the path of their list (``species-groups``).
        singular_label: label of one entity.
        plural_label: label of several entities.
    """

    segment: str
    class_name: str
    plural: str
    singular_label: str
    plural_label: str

    @property
    def class_iri(self) -> str:
        """Return the IRI of the class."""
        return JWP + self.class_name


def _make_type(
    segment: str, class_name: str, plural: str | None = None, plural_label: str | None = None, label: str | None = None
) -> EntityType:
    name = segment.replace("-", " ")
    plural = plural or segment + "s"
    return EntityType(
        segment, class_name, plural, label or name.capitalize(), plural_label or plural.replace("-", " ").capitalize()
    )


KINDS: tuple[EntityType, ...] = (
    _make_type("work-programme", "WorkProgramme"),
    _make_type("theme", "Theme"),
    _make_type("heading", "Heading"),
    _make_type("activity", "Activity", "activities"),
    _make_type("species-group", "SpeciesGroup"),
    _make_type("instrument", "Instrument"),
    _make_type("body", "Body", "bodies"),
    _make_type("programme", "Programme"),
    _make_type("tool", "Tool"),
    _make_type("meeting", "Meeting"),
    _make_type("action", "Action"),
    _make_type("proposal", "AmendmentProposal"),
    _make_type("comment", "Comment", None, "Comments on proposals", "Comment on a proposal"),
    _make_type("progress", "ProgressJudgement", "progress", "Judgements of progress", "Judgement of progress"),
    _make_type("country", "Country", "countries"),
    _make_type("region", "Region"),
    _make_type("historic-area", "HistoricArea"),
    _make_type("taxon", "TaxonConcept", "taxa"),
    _make_type("population", "Population"),
    _make_type("audience", "Audience"),
    _make_type("action-type", "ActionType"),
    _make_type("topic", "Topic"),
    _make_type("qualifier", "Qualifier"),
    _make_type("trigger", "Trigger"),
    _make_type("information-kind", "InformationKind"),
    _make_type("data-kind", "DataKind"),
    _make_type("instrument-kind", "InstrumentKind"),
    _make_type("body-kind", "BodyKind"),
    _make_type("legal-status", "LegalStatus", "legal-statuses"),
    _make_type("membership", "Membership"),
    _make_type("national-role", "NationalRole"),
    _make_type("signature", "Signature"),
    _make_type("party-status", "PartyStatus", "party-statuses"),
    _make_type("site", "Site"),
    _make_type("source", "Source"),
)

BY_SEGMENT: dict[str, EntityType] = {kind.segment: kind for kind in KINDS}
BY_PLURAL: dict[str, EntityType] = {kind.plural: kind for kind in KINDS}
BY_CLASS: dict[str, EntityType] = {kind.class_name: kind for kind in KINDS}
