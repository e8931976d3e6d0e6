"""What the pages of validation call states, severities and outcomes, and the verdict of a run in one sentence."""

from __future__ import annotations

from jwpgraph.pages.translation import enumerated, gettext, marked, ngettext
from jwpgraph.validation.findings import Run

_STATES = {
    "new": marked("new"),
    "open": marked("open"),
    "regressed": marked("back"),
    "acknowledged": marked("acknowledged"),
    "fixed": marked("fixed"),
}
_SEVERITIES = {
    "violation": marked("violation"),
    "warning": marked("warning"),
    "info": marked("note"),
    "none": marked("none now"),
}
_OUTCOMES = {
    "running": marked("still going on"),
    "finished": marked("finished"),
    "failed": marked("failed"),
    "interrupted": marked("interrupted"),
    "cancelled": marked("cancelled"),
}


def state_word(state: str) -> str:
    """What a reader calls the state of a result."""
    return gettext(_STATES.get(state, state))


def severity_word(severity: str) -> str:
    """What a reader calls a severity; ``none`` is that of a shape without results."""
    return gettext(_SEVERITIES.get(severity, severity))


def outcome_word(outcome: str) -> str:
    """How a run ended."""
    return gettext(_OUTCOMES.get(outcome, outcome))


def verdict(run: Run) -> str:
    """The verdict of a run in one sentence."""
    what = gettext("Release %(number)s", number=run.release) if run.release else run.subject
    what = what[:1].upper() + what[1:]
    if run.outcome != "finished":
        return gettext("%(what)s was not validated: %(why)s", what=what, why=run.problem or outcome_word(run.outcome))
    found = [
        text
        for count, text in (
            (run.violations, ngettext("%(num)s violation", "%(num)s violations", run.violations or 0)),
            (run.warnings, ngettext("%(num)s warning", "%(num)s warnings", run.warnings or 0)),
            (run.infos, ngettext("%(num)s note", "%(num)s notes", run.infos or 0)),
        )
        if count
    ]
    results = enumerated(found) if found else gettext("no results")
    if run.conforms:
        return gettext("%(what)s conforms: %(results)s.", what=what, results=results)
    return gettext("%(what)s does not conform: %(results)s.", what=what, results=results)
