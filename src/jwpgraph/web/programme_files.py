"""The progress report as a Word document (Office Open XML), in the reader's language."""

from __future__ import annotations

import io
from datetime import datetime

from jwpgraph.programme.report import ProgressReport, ReportRow
from jwpgraph.programme.word_documents import make_document
from jwpgraph.web.labels.properties import format_date
from jwpgraph.web.languages import get_current_locale
from jwpgraph.web.translation import get_colon, gettext


def write_docx(report: ProgressReport, created: datetime) -> bytes:
    """Return the report as a document.

    Args:
        report: the report.
        created: when its release was made.
    """
    title = report.programme.programme.name + get_colon() + gettext("Progress report")
    document = make_document(title, get_current_locale(), created)
    period = {"since": report.since, "until": report.until, "number": report.release}
    document.add_paragraph(gettext("%(since)s to %(until)s, from release %(number)s.", **period))
    for theme, activities in report.themes:
        if theme is not None:
            document.add_heading(f"{theme.notation or ''} {theme.name}".strip(), level=1)
        for one in activities:
            activity = one.work.activity
            document.add_heading(f"{activity.notation or ''} {activity.name}".strip(), level=2)
            for row in one.rows:
                document.add_paragraph(describe_row(row), style="List Bullet")
            if not one.rows:
                document.add_paragraph(gettext("Nothing is recorded for this activity in this period."))
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def describe_row(row: ReportRow) -> str:
    """Return a line about a record: when, what, how far, by whom, and on what it rests."""
    days = [format_date(day[:10]) for day in dict.fromkeys(filter(None, (row.start, row.end)))]
    when = " – ".join(days) or gettext("date not recorded")
    rests = "; ".join(row.sources) or (gettext(row.evidence.replace("-", " ")) if row.evidence else "")
    said = ", ".join(filter(None, (row.record.name, gettext(row.status) if row.status else "", *row.by)))
    return when + get_colon() + said + (f" [{rests}]" if rests else "")
