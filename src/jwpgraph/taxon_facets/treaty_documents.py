"""JSON of treaties, Appendices and horizons in documents about legal status."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from jwpgraph.entities.nodes import get_local_name
from jwpgraph.taxonomy.evidence import EVIDENCE_LEVELS, get_level
from jwpgraph.taxonomy.horizon import Outlook
from jwpgraph.taxonomy.listing_events import CITES, CMS
from jwpgraph.taxonomy.treaty_status import CITES_I, CITES_II, CITES_III, CMS_I, CMS_II

Json = dict[str, Any]

_TREATIES: Final = {CITES: "CITES", CMS: "CMS"}
_APPENDICES: Final = {CITES_I: "I", CITES_II: "II", CITES_III: "III", CMS_I: "I", CMS_II: "II"}


def make_treaty(iri: str) -> Json:
    """Return a convention with IRI and name."""
    return {"id": iri, "label": _TREATIES.get(iri, get_local_name(iri))}


def make_evidence(level: str | None) -> Json | None:
    """Return a level of evidence with IRI and name, given its IRI or slug; ``None`` if none is recorded."""
    slug = get_level(level)
    return {"id": EVIDENCE_LEVELS + slug, "label": slug.replace("-", " ")} if slug else None


def make_appendix(iri: str | None) -> Json | None:
    """Return an Appendix with IRI, name and number."""
    if iri is None:
        return None
    convention, _, _ = get_local_name(iri).partition("-")
    number = _APPENDICES.get(iri, get_local_name(iri))
    return {"id": iri, "label": f"{convention.upper()} Appendix {number}", "notation": number}


def list_numbers(appendices: Iterable[str]) -> list[str]:
    """Return the sorted numbers of Appendices."""
    return sorted(_APPENDICES[one] for one in appendices)


def make_horizon(outlook: Outlook) -> Json:
    """Return the horizon of a treaty and the meetings that changed the Appendices after it."""
    return {
        "complete_until": outlook.complete_until.isoformat() if outlook.complete_until else None,
        "beyond": outlook.beyond,
        "later_meetings": [
            {"id": one.iri, "label": one.label, "effective_on": one.effective.isoformat(), "coverage": one.coverage}
            for one in outlook.later
        ],
    }
