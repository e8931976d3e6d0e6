"""Labels of discrepancies and of the curators' worklist: causes, task types and suggestions."""

from __future__ import annotations

from collections.abc import Mapping

from jwpgraph.taxonomy.concepts import TaxonConcept
from jwpgraph.taxonomy.discrepancies import Discrepancy, DiscrepancyCause
from jwpgraph.web.translation import gettext, mark_for_translation

_CAUSES = {
    DiscrepancyCause.CIRCUMSCRIPTION: mark_for_translation("The treaties draw the species differently"),
    DiscrepancyCause.RANK: mark_for_translation("The treaties give it different ranks"),
    DiscrepancyCause.NAME_ONLY: mark_for_translation("One animal has two names"),
    DiscrepancyCause.SPELLING: mark_for_translation("The names are spelled differently"),
    DiscrepancyCause.AUTHORSHIP: mark_for_translation("The names have different authors"),
    DiscrepancyCause.DOMESTIC_FORM: mark_for_translation("A domestic form plays a part"),
    DiscrepancyCause.LISTED_IN_ONE_ONLY: mark_for_translation("Only one treaty lists it"),
    DiscrepancyCause.APPENDIX_DIFFERS: mark_for_translation("The Appendices differ in strictness"),
    DiscrepancyCause.POPULATION_SCOPE: mark_for_translation("The treaties list different populations"),
}
_SUGGESTIONS = {
    DiscrepancyCause.CIRCUMSCRIPTION: mark_for_translation(
        "Compare listings through the recorded relation, not through the name."
    ),
    DiscrepancyCause.RANK: mark_for_translation(
        "Compare listings through the recorded relation, not through the name."
    ),
    DiscrepancyCause.NAME_ONLY: mark_for_translation(
        "Ask both nomenclature experts for one standard reference; until then both names are kept."
    ),
    DiscrepancyCause.SPELLING: mark_for_translation(
        "Check the spelling in the standard references, and report the wrong one."
    ),
    DiscrepancyCause.AUTHORSHIP: mark_for_translation(
        "Check author and year in the standard references, and report the wrong one."
    ),
    DiscrepancyCause.DOMESTIC_FORM: mark_for_translation("State whether the listing means the domestic form."),
    DiscrepancyCause.LISTED_IN_ONE_ONLY: mark_for_translation(
        "Check the Appendices in force; whether to list it is for the Parties to decide."
    ),
    DiscrepancyCause.APPENDIX_DIFFERS: mark_for_translation(
        "Nothing to fix in the data; whether to change an Appendix is for the Parties to decide."
    ),
    DiscrepancyCause.POPULATION_SCOPE: mark_for_translation(
        "Compare the populations before a listing of one treaty is read as one of the other."
    ),
}
_TASKS = {
    "contradiction": mark_for_translation("Two alignments contradict each other"),
    "composition": mark_for_translation("Alignments that cannot all be true"),
    "unknown-concept": mark_for_translation("An alignment names a taxon that is not there"),
    "children-differ": mark_for_translation("The parts of two aligned taxa do not match"),
    "no-mapping": mark_for_translation("No relation to the other treaty’s taxonomy is recorded"),
    "unsourced": mark_for_translation("An alignment lacks author, date or source"),
    "review-mapping": mark_for_translation("A relation that names suggest awaits review"),
}
#: The kinds of task, most urgent first.
TASK_KINDS = tuple(_TASKS)
#: The causes in the order of their importance: those that mislead readers come first.
CAUSES = tuple(_CAUSES)
_REASONS = {
    "in a species group of the work programme": mark_for_translation("in a species group of the work programme"),
    "listed under both conventions": mark_for_translation("listed under both treaties"),
    "listed": mark_for_translation("listed"),
}


def cause_label(cause: DiscrepancyCause) -> str:
    """Return the label of the cause of a difference."""
    return gettext(_CAUSES[cause])


def suggestion(one: Discrepancy) -> str:
    """Return the suggested decision; a relation suggested only by names has to be confirmed first."""
    if not one.curated and one.object is not None:
        return gettext("First decide how the two relate: so far only their names suggest it.")
    return gettext(_SUGGESTIONS[one.cause])


def task_label(kind: str) -> str:
    """Return the label of a task type."""
    return gettext(_TASKS[kind]) if kind in _TASKS else kind.replace("-", " ")


def reason_label(reason: str) -> str:
    """Return the reason for the position of a task in the worklist."""
    return gettext(_REASONS[reason]) if reason in _REASONS else reason


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
