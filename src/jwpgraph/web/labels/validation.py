"""Labels of states, severities and outcomes of validation, and the verdict of a run in one sentence."""

from __future__ import annotations

from jwpgraph.validation.result_queries import RunRecord
from jwpgraph.web.translation import format_enumeration, gettext, mark_for_translation, ngettext

_STATES = {
    "new": mark_for_translation("new"),
    "open": mark_for_translation("open"),
    "regressed": mark_for_translation("back"),
    "acknowledged": mark_for_translation("acknowledged"),
    "fixed": mark_for_translation("fixed"),
}
_SEVERITIES = {
    "violation": mark_for_translation("violation"),
    "warning": mark_for_translation("warning"),
    "info": mark_for_translation("note"),
    "none": mark_for_translation("none now"),
}
_OUTCOMES = {
    "running": mark_for_translation("still in progress"),
    "finished": mark_for_translation("finished"),
    "failed": mark_for_translation("failed"),
    "interrupted": mark_for_translation("interrupted"),
    "cancelled": mark_for_translation("cancelled"),
}


def state_label(state: str) -> str:
    """Return the label of the state of a result."""
    return gettext(_STATES.get(state, state))


def severity_label(severity: str) -> str:
    """Return the label of a severity; ``none`` is that of a shape without results."""
    return gettext(_SEVERITIES.get(severity, severity))


def outcome_label(outcome: str) -> str:
    """Return the label of the outcome of a run."""
    return gettext(_OUTCOMES.get(outcome, outcome))


def run_verdict(run: RunRecord) -> str:
    """Return the verdict of a run in one sentence."""
    what = gettext("Release %(number)s", number=run.release) if run.release else run.subject
    what = what[:1].upper() + what[1:]
    if run.outcome != "finished":
        return gettext("%(what)s was not validated: %(why)s", what=what, why=run.problem or outcome_label(run.outcome))
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
