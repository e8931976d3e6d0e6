"""The two treaties and the numbers of their Appendices, as pages and addresses call them."""

from __future__ import annotations

from jwpgraph.entities.nodes import get_local_name
from jwpgraph.taxonomy.listing_events import CITES, CMS

#: Names of the two conventions in class names and addresses.
TREATIES = {CMS: "cms", CITES: "cites"}
#: The convention of each of these names.
TREATY_IRIS = {name: iri for iri, name in TREATIES.items()}
_NUMBERS = {"i": "I", "ii": "II", "iii": "III"}

#: Treaty and number of each Appendix, such as ``("cms", "II")``.
TaxonAppendices = tuple[tuple[str, str], ...]


def appendix_number(appendix: str | None) -> str:
    """Return the number of an Appendix: I, II or III."""
    return _NUMBERS.get(get_local_name(appendix or "").rpartition("-")[2], "?")
