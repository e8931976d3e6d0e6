"""Labels of entity types (:mod:`jwpgraph.entities.entity_types`) for readers, translated."""

from __future__ import annotations

import orjson

from jwpgraph.entities.entity_types import KINDS
from jwpgraph.web.translation import gettext


def type_labels_as_json() -> str:
    """Return the type labels by class as JSON, for the completion script."""
    return orjson.dumps({kind.class_name: gettext(kind.singular_label) for kind in KINDS}).decode()
