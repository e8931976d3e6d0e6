"""Names of the two treaties and numbers of their Appendices in pages and URLs."""

from __future__ import annotations

from jwpgraph.entities.nodes import get_local_name
from jwpgraph.taxonomy.listing_events import CITES, CMS

#: Short names of the two conventions in CSS classes and URLs, by IRI.
TREATIES = {CMS: "cms", CITES: "cites"}
#: IRIs of the conventions by short name.
TREATY_IRIS = {name: iri for iri, name in TREATIES.items()}
_NUMBERS = {"i": "I", "ii": "II", "iii": "III"}

#: Short name and number of each Appendix, such as ``("cms", "II")``.
TaxonAppendices = tuple[tuple[str, str], ...]


def get_appendix_number(appendix: str | None) -> str:
    """Return the number of an Appendix: ``I``, ``II`` or ``III``."""
    return _NUMBERS.get(get_local_name(appendix or "").rpartition("-")[2], "?")
