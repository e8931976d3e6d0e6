"""A briefing as a Word document (Office Open XML) and as tables, in the reader's language."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from jwpgraph.answers.animal_selection import SIDES
from jwpgraph.answers.briefing import AnimalBrief, Briefing
from jwpgraph.answers.listed_animals import TreatySide
from jwpgraph.answers.listing_changes import AppendixChange
from jwpgraph.entities.nodes import EntityNode
from jwpgraph.programme.word_documents import make_document
from jwpgraph.web.horizon_words import Note, state_words
from jwpgraph.web.labels.animals import get_change_type_label, get_red_list_label
from jwpgraph.web.labels.evidence import describe_doubt
from jwpgraph.web.labels.species import format_effective_date, format_since, get_range_label
from jwpgraph.web.languages import get_current_locale
from jwpgraph.web.listings import HEADER as LISTED
from jwpgraph.web.listings import make_animal_row
from jwpgraph.web.table_files import Sheet
from jwpgraph.web.translation import get_colon, gettext

#: The columns of the single table that holds everything.
HEADER: Final = (
    *("animal", "scientific_name", "common_name", "aspect", "treaty", "appendix", "value", "date", "thing", "detail"),
)


def write_docx(briefing: Briefing, title: str, lines: Sequence[str], notes: Sequence[Note], created: datetime) -> bytes:
    """Return the briefing as a document.

    Args:
        briefing: the briefing.
        title: its title.
        lines: what stands below the title.
        notes: how far the listings are complete.
        created: when the release was made.
    """
    document = make_document(title, get_current_locale(), created)
    for line in lines:
        document.add_paragraph(line)
    for note in notes:
        document.add_paragraph(
            f"{note.short.upper()}{get_colon()}{note.text} " + " ".join(text for text, _ in note.meetings)
        )
    for one in briefing.animals:
        document.add_heading(make_heading(one), level=1)
        for line in describe(one, briefing):
            document.add_paragraph(line, style="List Bullet")
    document.add_heading(gettext("Sources"), level=1)
    for source in briefing.sources:
        document.add_paragraph(cite(source), style="List Bullet")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def make_heading(one: AnimalBrief) -> str:
    """Return the animal's common and scientific names."""
    animal = one.listed.animal
    return f"{animal.common_name} ({animal.concept.name})" if animal.common_name else animal.concept.name


def cite(source: EntityNode) -> str:
    """Return a citation of a source."""
    citation = source.first("http://purl.org/dc/terms/bibliographicCitation")
    return citation.value if citation else source.name


def describe_side(side: TreatySide) -> str:
    """Return the listing of an animal under a treaty, as a sentence without full stop."""
    parts = []
    for number in side.numbers:
        since = side.first_since(number)
        when = format_since(since.isoformat()) if since else gettext("since a day that is not known")
        part = gettext("Appendix %(number)s", number=number) + " " + when
        part += ", " + gettext("in part") if side.in_part(number) else ""
        doubt = describe_doubt(side.get_evidence(number))
        parts.append(part + (f" [{doubt}]" if doubt else ""))
    named = side.names
    text = "; ".join(parts) or state_words(side.state, side.possible_numbers, is_beyond=side.is_beyond)
    return text + (" " + gettext("(as %(names)s)", names=", ".join(named)) if named else "")


def describe_change(change: AppendixChange) -> str:
    """Return a short description of a change of an Appendix."""
    what = f"{change.treaty.upper()} {change.number} {get_change_type_label(change.change)}"
    part = f", {gettext('in part')}" if change.in_part else ""
    return f"{format_effective_date(change.effective)}{get_colon()}{what}{part} ({change.taxon.name})"


def describe_range(one: AnimalBrief) -> list[tuple[str, str]]:
    """Return the ways in which the animal occurs, each with the names of its places."""
    found: dict[str, list[str]] = {}
    for node, statuses in one.ranges:
        for status in statuses:
            found.setdefault(status, []).append(node.name)
    return [(get_range_label(status), ", ".join(names)) for status, names in sorted(found.items())]


def describe(one: AnimalBrief, briefing: Briefing) -> list[str]:
    """Return the records about an animal, one line for each aspect."""
    colon = get_colon()
    lines = [f"{short.upper()}{colon}{describe_side(one.listed.sides[short])}." for short in SIDES]
    if one.listed.red_list:
        category, year = one.listed.red_list
        lines.append(gettext("Red List") + f"{colon}{get_red_list_label(category)}" + (f" ({year})" if year else ""))
    if one.changes:
        lines.append(gettext("Changes of the Appendices") + colon + "; ".join(map(describe_change, one.changes)))
    for change in one.reservations:
        party = briefing.parties.get(change.party or "")
        what = f"{change.treaty.upper()} {change.number}"
        name = party.name if party else gettext("a Party that is not recorded")
        lines.append(
            gettext("Reservation recorded and not withdrawn")
            + f"{colon}{name}, {what} ({change.taxon.name}), {format_effective_date(change.effective)}"
        )
    for how, places in describe_range(one):
        lines.append(f"{gettext('Range')}, {how}{colon}{places}")
    if not one.ranges:
        lines.append(gettext("Range") + colon + gettext("not recorded"))
    if one.instruments:
        lines.append(gettext("Instruments that cover it") + colon + "; ".join(_name_joined(one, briefing)))
    if one.activities:
        lines.append(gettext("Activities") + colon + ", ".join(node.notation or node.name for node in one.activities))
    return lines


def _name_joined(one: AnimalBrief, briefing: Briefing) -> list[str]:
    country = briefing.selection.asked.country
    joined = gettext("%(country)s has joined it", country=country.name) if country else ""
    return [node.name + (f" ({joined})" if node.iri in briefing.joined else "") for node in one.instruments]


def make_sheets(briefing: Briefing, address: str) -> list[Sheet]:
    """Return the briefing as tables: animals, changes, ranges, links and sources.

    Args:
        briefing: the briefing.
        address: the URL below which the pages of animals stand, with a slash at its end.
    """
    rows = _list_facts(briefing)
    header = ("animal", "scientific_name", "common_name")
    animals = [
        make_animal_row(
            one.listed, briefing.selection, one.listed.animal.common_name or "", address + one.listed.animal.slug
        )
        for one in briefing.animals
    ]
    aspects = {
        "changes": ("change", "reservation"),
        "ranges": ("range",),
        "instruments": ("instrument",),
        "activities": ("activity",),
    }
    return [
        Sheet("animals", LISTED, animals),
        *(
            Sheet(name, (*header, *HEADER[3:]), [row for row in rows if row[3] in kinds])
            for name, kinds in aspects.items()
        ),
        Sheet("sources", ("id", "citation"), [(node.iri, cite(node)) for node in briefing.sources]),
    ]


def make_single_sheet(briefing: Briefing) -> Sheet:
    """Return the briefing as one table, with a row for each record."""
    return Sheet("briefing", HEADER, _list_facts(briefing))


def _list_facts(briefing: Briefing) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for one in briefing.animals:
        animal = one.listed.animal
        head = (animal.iri, animal.concept.name, animal.common_name or "")
        for side in one.listed.sides.values():
            rows += [
                (
                    *(*head, "status", side.treaty, number, side.state, str(side.first_since(number) or ""), ""),
                    side.get_evidence(number),
                )
                for number in side.numbers
            ] or [(*head, "status", side.treaty, "", side.state, "", "", "")]
        if one.listed.red_list:
            category, year = one.listed.red_list
            rows.append((*head, "red-list", "", "", category.upper(), year, "", ""))
        rows += [
            (
                *head,
                *("change", change.treaty, change.number, change.change),
                *(str(change.effective) if change.effective else "", change.iri),
                change.taxon.name + (" (in part)" if change.in_part else ""),
            )
            for change in one.changes
        ]
        rows += [
            (
                *head,
                *("reservation", change.treaty, change.number, "recorded, not withdrawn"),
                *(str(change.effective) if change.effective else "", change.iri),
                f"{change.taxon.name}; {node.name if (node := briefing.parties.get(change.party or '')) else ''}",
            )
            for change in one.reservations
        ]
        rows += [(*head, "range", "", "", " ".join(how), "", node.iri, node.name) for node, how in one.ranges]
        rows += [(*head, "instrument", "", "", "covers it", "", node.iri, node.name) for node in one.instruments]
        rows += [(*head, "activity", "", "", node.notation or "", "", node.iri, node.name) for node in one.activities]
        rows += [(*head, "source", "", "", "", "", node.iri, cite(node)) for node in one.sources]
    return rows
