"""Labels of states, severities and outcomes of validation, and the verdict of a run in one sentence."""

from __future__ import annotations

import re
from typing import Final

from jwpgraph.linked_data.json_ld_context import compact_iri
from jwpgraph.validation.result_queries import RunRecord
from jwpgraph.web.labels.tables import translate_label
from jwpgraph.web.translation import format_enumeration, gettext, ngettext

_BRACKETED: Final = re.compile(r"<([^<>\s]+)>")


def state_label(state: str) -> str:
    """Return the label of the state of a result."""
    return translate_label("result_states", state, state)


def label_filter(name: str, value: str) -> tuple[str, str]:
    """Return the name and the value of a filter of results in the language of the page."""
    names = {
        "job": gettext("Job"),
        "severity": gettext("Severity"),
        "shape": gettext("Shape"),
        "focus": gettext("Subject"),
        "state": gettext("State of a result"),
    }
    values = {"state": state_label, "severity": get_severity_label}
    return names.get(name, name), values.get(name, shorten_iris)(value)


def get_severity_label(severity: str) -> str:
    """Return the label of a severity; ``none`` is that of a shape without results."""
    return translate_label("severities", severity, severity)


def get_outcome_label(outcome: str) -> str:
    """Return the label of the outcome of a run."""
    return translate_label("outcomes", outcome, outcome)


def shorten_iris(message: str) -> str:
    """Return a message of a result with prefixed names instead of IRIs in angle brackets that have a prefix."""
    return _BRACKETED.sub(lambda found: found[0] if (name := compact_iri(found[1])) == found[1] else name, message)


def run_verdict(run: RunRecord) -> str:
    """Return the verdict of a run in one sentence."""
    what = gettext("Release %(number)s", number=run.release) if run.release else run.subject
    what = what[:1].upper() + what[1:]
    if run.outcome != "finished":
        return gettext(
            "%(what)s was not validated: %(why)s", what=what, why=run.problem or get_outcome_label(run.outcome)
        )
    found = [
        text
        for count, text in (
            (run.violations, ngettext("%(num)s violation", "%(num)s violations", run.violations or 0)),
            (run.warnings, ngettext("%(num)s warning", "%(num)s warnings", run.warnings or 0)),
            (run.infos, ngettext("%(num)s note", "%(num)s notes", run.infos or 0)),
        )
        if count
    ]
    results = format_enumeration(found) if found else gettext("no results")
    if run.conforms:
        return gettext("%(what)s conforms: %(results)s.", what=what, results=results)
    return gettext("%(what)s does not conform: %(results)s.", what=what, results=results)
