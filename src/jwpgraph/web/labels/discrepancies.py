"""Labels of discrepancies and of the curators' worklist: causes, task types and suggestions."""

from __future__ import annotations

from collections.abc import Mapping

from jwpgraph.taxonomy.concepts import TaxonConcept
from jwpgraph.taxonomy.discrepancies import Discrepancy, DiscrepancyCause
from jwpgraph.web.labels.tables import TABLES, translate_label
from jwpgraph.web.translation import gettext

#: The kinds of task, most urgent first.
TASK_KINDS = tuple(TABLES["tasks"])
#: The causes in the order of their importance: those that mislead readers come first.
CAUSES = tuple(map(DiscrepancyCause, TABLES["discrepancy_causes"]))


def get_cause_label(cause: DiscrepancyCause) -> str:
    """Return the label of the cause of a difference."""
    return translate_label("discrepancy_causes", cause.value)


def suggest_decision(one: Discrepancy) -> str:
    """Return the suggested decision; a relation suggested only by names has to be confirmed first."""
    if not one.curated and one.object is not None:
        return gettext("First decide how the two relate: so far only their names suggest it.")
    return translate_label("discrepancy_suggestions", one.cause.value)


def get_task_label(kind: str) -> str:
    """Return the label of a task type."""
    return translate_label("tasks", kind, kind.replace("-", " "))


def get_reason_label(reason: str) -> str:
    """Return the reason for the position of a task in the worklist."""
    return translate_label("task_reasons", reason, reason)


def describe(one: Discrepancy, concepts: Mapping[str, TaxonConcept]) -> str | None:
    """Return a sentence about a difference of names; ``None`` for other differences, which only have an English one."""
    if one.object is None:
        return gettext("The taxonomy of CITES has no such concept.")
    mine, theirs = (f"{concepts[iri].name} {concepts[iri].authorship}".strip() for iri in (one.subject, one.object))
    match one.cause:
        case DiscrepancyCause.NAME_ONLY | DiscrepancyCause.SPELLING:
            return gettext("The same taxon is %(cms)s for CMS and %(cites)s for CITES.", cms=mine, cites=theirs)
        case DiscrepancyCause.AUTHORSHIP:
            return gettext("CMS writes %(cms)s, CITES %(cites)s.", cms=mine, cites=theirs)
        case DiscrepancyCause.DOMESTIC_FORM:
            return gettext(
                "Between %(cms)s of CMS and %(cites)s of CITES a domestic form plays a part.", cms=mine, cites=theirs
            )
    return None
