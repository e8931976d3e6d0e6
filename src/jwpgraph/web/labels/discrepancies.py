"""Labels of discrepancies and of the curators' worklist: causes, task types and suggestions."""

from __future__ import annotations

from collections.abc import Mapping

from jwpgraph.answers.words import fold
from jwpgraph.entities.iri_mapping import get_slug
from jwpgraph.taxonomy.discrepancies import DetailValue, Discrepancy, DiscrepancyCause, ListedScope
from jwpgraph.taxonomy.population_scope import NamedPopulation, PopulationScope
from jwpgraph.taxonomy.worklist import CuratorTask
from jwpgraph.web.labels.tables import TABLES, translate_label
from jwpgraph.web.translation import format_enumeration, gettext, translate_explanation

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


def describe_task(one: CuratorTask) -> str:
    """Return the question of a task and the evidence on it in the language of the page."""
    found = "; ".join(translate_explanation(text) or text for text in one.evidence)
    return f"{translate_explanation(one.question)} {found}".strip()


def describe(one: Discrepancy, places: Mapping[str, str]) -> str:
    """Return a sentence about a difference in the language of the page.

    Args:
        one: the difference.
        places: names of places, by IRI.
    """
    return gettext(one.message, **{name: _format_value(name, value, places) for name, value in one.values})


def _format_value(name: str, value: DetailValue, places: Mapping[str, str]) -> str:
    if isinstance(value, str):
        return translate_label("ranks", value, value) if name.endswith("_rank") else value
    if not value:
        return gettext("all populations")
    if isinstance(value[0], str):
        return format_enumeration([str(number) for number in value])
    parts = [
        gettext("Appendix %(number)s: %(scope)s", number=listed.number, scope=_describe_scope(listed.scope, places))
        for listed in value
        if isinstance(listed, ListedScope)
    ]
    return "; ".join(parts)


def _describe_scope(scope: PopulationScope, places: Mapping[str, str]) -> str:
    if scope.is_everything:
        return gettext("all populations")
    named = sorted(
        (places.get(place, get_slug(place)) for place in scope.places if not isinstance(place, NamedPopulation)),
        key=fold,
    )
    if len(named) < len(scope.places):
        named.append(gettext("the rest of a named population"))
    if scope.all_but:
        return gettext("all populations but those of %(places)s", places=", ".join(named))
    return gettext("only the populations of %(places)s", places=", ".join(named))
