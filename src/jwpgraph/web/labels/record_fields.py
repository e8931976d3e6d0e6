"""Labels of the forms for records: kinds, fields and choices."""

from __future__ import annotations

from jwpgraph.web.translation import gettext, mark_for_translation

_KINDS = {
    "actions": (mark_for_translation("Record an action"), mark_for_translation("Change an action")),
    "meetings": (mark_for_translation("Record a meeting"), mark_for_translation("Change a meeting")),
    "proposals": (mark_for_translation("Record a proposal"), mark_for_translation("Change a proposal")),
    "comments": (mark_for_translation("Record a comment"), mark_for_translation("Change a comment")),
    "progress": (mark_for_translation("Judge the progress"), mark_for_translation("Change a judgement of progress")),
}
_FIELDS = {
    "activities": mark_for_translation("Activities"),
    "activity": mark_for_translation("Activity"),
    "amount": mark_for_translation("Amount"),
    "appendices": mark_for_translation("Appendices"),
    "based_on": mark_for_translation("Based on"),
    "by": mark_for_translation("Body"),
    "change": mark_for_translation("Change"),
    "comment": mark_for_translation("Grounds"),
    "confidence": mark_for_translation("Confidence"),
    "conventions": mark_for_translation("Treaties"),
    "country": mark_for_translation("Countries"),
    "currency": mark_for_translation("Currency"),
    "date": mark_for_translation("Day"),
    "description": mark_for_translation("Description"),
    "due": mark_for_translation("Due on"),
    "end": mark_for_translation("End"),
    "evidence": mark_for_translation("Level of evidence"),
    "funding_kind": mark_for_translation("Kind of funding"),
    "funding_year": mark_for_translation("Year of funding"),
    "given": mark_for_translation("Given on"),
    "key": mark_for_translation("Key"),
    "kind": mark_for_translation("Kind"),
    "listing_events": mark_for_translation("Listing events"),
    "meeting": mark_for_translation("Meeting"),
    "meetings": mark_for_translation("Meetings"),
    "note": mark_for_translation("Note"),
    "number": mark_for_translation("Number"),
    "outcome": mark_for_translation("Outcome"),
    "outputs": mark_for_translation("Outputs and evidence"),
    "participants": mark_for_translation("Participants"),
    "place": mark_for_translation("Place"),
    "populations": mark_for_translation("Populations"),
    "position": mark_for_translation("Position"),
    "proponents": mark_for_translation("Proponents"),
    "proposal": mark_for_translation("Proposal"),
    "recurrence": mark_for_translation("Recurrence"),
    "relation": mark_for_translation("Relation"),
    "represented": mark_for_translation("Represented body"),
    "representative": mark_for_translation("Representative"),
    "scope": mark_for_translation("Scope in words"),
    "series": mark_for_translation("Series"),
    "short_title": mark_for_translation("Short name"),
    "sources": mark_for_translation("Sources"),
    "start": mark_for_translation("Start"),
    "status": mark_for_translation("Status"),
    "taxa": mark_for_translation("Taxa"),
    "title": mark_for_translation("Title"),
    "treaty": mark_for_translation("Treaty"),
    "url": mark_for_translation("Web address"),
    "value": mark_for_translation("How far"),
}


def form_title(kind: str, *, new: bool) -> str:
    """Return the heading of the form for records of a kind."""
    return gettext(_KINDS[kind][0 if new else 1])


def field_label(name: str) -> str:
    """Return the name of a field for readers."""
    return gettext(_FIELDS[name]) if name in _FIELDS else name.replace("_", " ").capitalize()


def choice_label(value: str) -> str:
    """Return the label of a choice of a closed list; ``messages`` collects them from the models."""
    return gettext(value.replace("-", " "))
