"""Messages that the service gives releases itself, in the language of the page; those of people stay as they are."""

from __future__ import annotations

import re
from typing import Final

from jwpgraph.web.languages import get_current_locale
from jwpgraph.web.translation import gettext, mark_for_translation

_MESSAGES: Final = (
    mark_for_translation("Shipped ontology and data"),
    mark_for_translation("SPARQL Update over HTTP"),
    mark_for_translation("Empty"),
    mark_for_translation("History of validation"),
)
_OF_GRAPH: Final = re.compile(r"(GET|PUT|POST|PATCH|DELETE) (\S+) over HTTP")
_OF_RECORD: Final = re.compile(r"(Record|Remove) ((?:actions|meetings|proposals|comments|progress)/\S+)")


def translate_release_message(message: str) -> tuple[str, str]:
    """Return the message of a release and its language, English if it is not one of the service's own."""
    if message in _MESSAGES:
        return gettext(message), get_current_locale()
    if found := _OF_GRAPH.fullmatch(message):
        return gettext("%(method)s %(graph)s over HTTP", method=found[1], graph=found[2]), get_current_locale()
    if found := _OF_RECORD.fullmatch(message):
        is_removal = found[1] == "Remove"
        text = (
            gettext("Remove %(record)s", record=found[2])
            if is_removal
            else gettext("Record %(record)s", record=found[2])
        )
        return text, get_current_locale()
    return message, "en"
