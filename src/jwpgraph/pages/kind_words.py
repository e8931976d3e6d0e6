"""What readers call the kinds of things: the labels of :mod:`jwpgraph.linked_data.kinds`, translated."""

from __future__ import annotations

import orjson

from jwpgraph.linked_data.kinds import KINDS
from jwpgraph.pages.translation import gettext, marked

#: All of them; templates translate the label of a kind where they show it.
KIND_LABELS = frozenset(
    {
        marked("Work programme"),
        marked("Work programmes"),
        marked("Theme"),
        marked("Themes"),
        marked("Heading"),
        marked("Headings"),
        marked("Activity"),
        marked("Activities"),
        marked("Species group"),
        marked("Species groups"),
        marked("Instrument"),
        marked("Instruments"),
        marked("Body"),
        marked("Bodies"),
        marked("Programme"),
        marked("Programmes"),
        marked("Tool"),
        marked("Tools"),
        marked("Meeting"),
        marked("Meetings"),
        marked("Country"),
        marked("Countries"),
        marked("Region"),
        marked("Regions"),
        marked("Historic area"),
        marked("Historic areas"),
        marked("Taxon"),
        marked("Taxa"),
        marked("Audience"),
        marked("Audiences"),
        marked("Action type"),
        marked("Action types"),
        marked("Topic"),
        marked("Topics"),
        marked("Qualifier"),
        marked("Qualifiers"),
        marked("Trigger"),
        marked("Triggers"),
        marked("Information kind"),
        marked("Information kinds"),
        marked("Data kind"),
        marked("Data kinds"),
        marked("Instrument kind"),
        marked("Instrument kinds"),
        marked("Body kind"),
        marked("Body kinds"),
        marked("Legal status"),
        marked("Legal statuses"),
        marked("Membership"),
        marked("Memberships"),
        marked("Signature"),
        marked("Signatures"),
        marked("Party status"),
        marked("Party statuses"),
        marked("Site"),
        marked("Sites"),
        marked("Source"),
        marked("Sources"),
    }
)


def kinds_in_words() -> str:
    """The labels by class as JSON, for the script that completes what is typed."""
    return orjson.dumps({kind.class_name: gettext(kind.singular_label) for kind in KINDS}).decode()
