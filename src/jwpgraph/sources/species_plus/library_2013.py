"""Works and notices of the tables of 2013 by number, with a record of which are used."""

from __future__ import annotations

from jwpgraph.sources.import_report import ImportReport, RowRejectedError
from jwpgraph.sources.species_plus.names import strip_markup
from jwpgraph.sources.species_plus.references import CitedWork
from jwpgraph.sources.tables import TableRecord


class WorksLibrary2013:
    """Rows of the tables of references and of events.

    Args:
        slug: the slug of their source; the IRIs of works begin with it.
    """

    def __init__(self, slug: str) -> None:
        self._slug = slug
        self._works: dict[str, TableRecord] = {}
        self._notices: dict[str, TableRecord] = {}
        self._used: set[tuple[str, str]] = set()
        self._missing = 0

    def add_work(self, number: str, row: TableRecord) -> None:
        """Add a row of the table of references.

        Raises:
            RowRejectedError: if an earlier row has the number.
        """
        _add_row(self._works, "DscRecID", number, row)

    def add_notice(self, number: str, row: TableRecord) -> None:
        """Add a row of the table of events.

        Raises:
            RowRejectedError: if an earlier row has the number.
        """
        _add_row(self._notices, "Legacy_ID", number, row)

    def work(self, number: str) -> CitedWork | None:
        """Return the work with a number; ``None`` if the table of references lacks it or was not given."""
        row = self._works.get(number)
        if row is None:
            self._missing += 1
            return None
        self._used.add(("work", number))
        # Underscores mark italics.
        return CitedWork(
            f"{self._slug}-work-{number}", strip_markup(row["Full_citation"].replace("_", "")), row["Year"]
        )

    def notice(self, number: str) -> TableRecord | None:
        """Return the notice with a number; ``None`` if there is none."""
        if number in self._notices:
            self._used.add(("notice", number))
        return self._notices.get(number)

    def account(self, report: ImportReport) -> None:
        """Count the rows: used rows as imported, the others as skipped."""
        for kind, rows, reason in (
            ("work", self._works, "a work that nothing among the tables refers to"),
            ("notice", self._notices, "a notice that no suspension refers to"),
        ):
            for number in rows:
                if (kind, number) in self._used:
                    report.imported += 1
                else:
                    report.skip(reason)
        if self._works and self._missing:
            report.note(f"{self._missing} rows name a work that the table of references does not have.")


def _add_row(rows: dict[str, TableRecord], column: str, number: str, row: TableRecord) -> None:
    if number in rows:
        raise RowRejectedError(column, f"line {rows[number].line} has a row with this number", number)
    rows[number] = row
