"""Labels of entity types (:mod:`jwpgraph.entities.entity_types`) for readers, translated."""

from __future__ import annotations

import orjson

from jwpgraph.entities.entity_types import KINDS
from jwpgraph.web.translation import gettext, mark_for_translation

#: All of them; templates translate the label of a kind where they show it.
KIND_LABELS = frozenset(
    {
        mark_for_translation("Work programme"),
        mark_for_translation("Work programmes"),
        mark_for_translation("Theme"),
        mark_for_translation("Themes"),
        mark_for_translation("Heading"),
        mark_for_translation("Headings"),
        mark_for_translation("Activity"),
        mark_for_translation("Activities"),
        mark_for_translation("Species group"),
        mark_for_translation("Species groups"),
        mark_for_translation("Instrument"),
        mark_for_translation("Instruments"),
        mark_for_translation("Body"),
        mark_for_translation("Bodies"),
        mark_for_translation("Programme"),
        mark_for_translation("Programmes"),
        mark_for_translation("Tool"),
        mark_for_translation("Tools"),
        mark_for_translation("Meeting"),
        mark_for_translation("Meetings"),
        mark_for_translation("Action"),
        mark_for_translation("Actions"),
        mark_for_translation("Proposal"),
        mark_for_translation("Proposals"),
        mark_for_translation("Comment on a proposal"),
        mark_for_translation("Comments on proposals"),
        mark_for_translation("Judgement of progress"),
        mark_for_translation("Judgements of progress"),
        mark_for_translation("Country"),
        mark_for_translation("Countries"),
        mark_for_translation("Region"),
        mark_for_translation("Regions"),
        mark_for_translation("Historic area"),
        mark_for_translation("Historic areas"),
        mark_for_translation("Taxon"),
        mark_for_translation("Taxa"),
        mark_for_translation("Population"),
        mark_for_translation("Populations"),
        mark_for_translation("Audience"),
        mark_for_translation("Audiences"),
        mark_for_translation("Action type"),
        mark_for_translation("Action types"),
        mark_for_translation("Topic"),
        mark_for_translation("Topics"),
        mark_for_translation("Qualifier"),
        mark_for_translation("Qualifiers"),
        mark_for_translation("Trigger"),
        mark_for_translation("Triggers"),
        mark_for_translation("Information kind"),
        mark_for_translation("Information kinds"),
        mark_for_translation("Data kind"),
        mark_for_translation("Data kinds"),
        mark_for_translation("Instrument kind"),
        mark_for_translation("Instrument kinds"),
        mark_for_translation("Body kind"),
        mark_for_translation("Body kinds"),
        mark_for_translation("Legal status"),
        mark_for_translation("Legal statuses"),
        mark_for_translation("Membership"),
        mark_for_translation("Memberships"),
        mark_for_translation("National role"),
        mark_for_translation("National roles"),
        mark_for_translation("Signature"),
        mark_for_translation("Signatures"),
        mark_for_translation("Party status"),
        mark_for_translation("Party statuses"),
        mark_for_translation("Site"),
        mark_for_translation("Sites"),
        mark_for_translation("Source"),
        mark_for_translation("Sources"),
    }
)


def type_labels_as_json() -> str:
    """Return the type labels by class as JSON, for the completion script."""
    return orjson.dumps({kind.class_name: gettext(kind.singular_label) for kind in KINDS}).decode()
