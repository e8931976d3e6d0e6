"""The answer to a question on the search page, as text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Final
from urllib.parse import urlencode

from jwpgraph.answers.answer import QuestionAnswer
from jwpgraph.answers.further_pages import FurtherPage
from jwpgraph.answers.list_conditions import is_denial
from jwpgraph.answers.occurrence import Occurrence, Occurs, RecordedRange
from jwpgraph.answers.parsed_question import Question
from jwpgraph.answers.statuses import AnimalStatus, TreatyAnswer
from jwpgraph.answers.words import fold
from jwpgraph.entities.iri_mapping import get_slug
from jwpgraph.entities.nodes import EntityNode
from jwpgraph.taxon_facets.appendices import get_appendix_number
from jwpgraph.taxonomy.treaty_status import ReservationInForce
from jwpgraph.web.further_page_words import describe_page, explain_none
from jwpgraph.web.horizon_words import Note, note_horizon, state_words
from jwpgraph.web.labels.evidence import describe_doubt
from jwpgraph.web.labels.species import format_effective_since, get_range_label
from jwpgraph.web.translation import format_day, gettext, name_language, ngettext

#: Number of statuses shown; the API returns all.
_MOST: Final = 40


@dataclass(slots=True)
class TreatyLine:
    """The listing of an animal under one treaty.

    Attributes:
        short: what the treaty is called in class names.
        numbers: of the Appendices that list it.
        state: what stands where there are none.
        since: the beginning of each listing, by number, if the question asks for it.
        reservations: Parties with a reservation that is, or may be, in force; ``None`` if the question does not ask.
        excluded: numbers of Appendices that list it, but not the populations of the country.
        parts: subspecies and the like that are listed in their own right, with the numbers.
        evidence: the level of evidence of each listing that no source states, by number.
    """

    short: str
    numbers: list[str]
    state: str
    since: dict[str, str]
    reservations: list[str] | None
    excluded: list[str]
    parts: list[tuple[str, list[str]]]
    evidence: dict[str, str]


@dataclass(slots=True)
class AnimalAnswer:
    """The answer about one animal.

    Attributes:
        name: what it is called.
        scientific: its scientific name, where that is another.
        href: the address of its page.
        heading: what is answered.
        occurs: whether it is recorded from the country, or the countries from which it is.
        treaties: what each treaty says that was asked for.
    """

    name: str
    scientific: str | None
    href: str
    heading: str
    occurs: str | None
    treaties: list[TreatyLine]


@dataclass(slots=True)
class AnswerView:
    """The answer to a question.

    Attributes:
        verdict: the answer in one word, if the question asks for yes or no.
        animals: what is answered of each animal.
        more: how many more animals there are.
        reason: why there is no answer.
        advice: pages that tell more, or what to ask instead: a text and an address each.
        notes: the day until which the listings are complete.
        readings: what is said of names that are, or are not, understood in another language than that of the question.
    """

    verdict: str | None = None
    animals: list[AnimalAnswer] = field(default_factory=list)
    more: int = 0
    reason: str | None = None
    advice: list[tuple[str, str]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    readings: list[str] = field(default_factory=list)


def make_answer_view(
    found: QuestionAnswer,
    names: Mapping[str, str],
    parties: Mapping[str, str] = MappingProxyType({}),
    pages: Sequence[FurtherPage] = (),
) -> AnswerView | None:
    """Return the answer for the page; ``None`` if there is nothing to show.

    Args:
        found: the answer.
        names: common names in the language of names and texts, by concept.
        parties: names of countries, by IRI.
        pages: the pages that answer the question.
    """
    advice = [(describe_page(one), one.path) for one in pages]
    if found.statuses:
        parts = [part for one in found.statuses for part in _list_stretches(one)]
        shown = _count_shown([one for one, _ in parts])
        return AnswerView(
            _get_verdict(found),
            [_make_animal(found, one, last, names, parties) for one, last in parts[:shown]],
            len({one.animal.iri for one, _ in parts[shown:]}),
            advice=advice,
            notes=_get_notes(found.question, found.statuses),
            readings=_explain_foreign_names(found),
        )
    readings = [*_explain_other_meanings(found), *_explain_days(found), *explain_none(pages)]
    reason = None if readings and len(found.question.left) == 1 else _explain(found)
    advice += _advise(found)
    notes = [
        note
        for short, outlook in (pages[0].outlooks.items() if pages else ())
        if pages[0].on and (note := note_horizon(short, outlook, pages[0].on))
    ]
    view = AnswerView(reason=reason, advice=advice, notes=notes, readings=readings)
    return view if reason or readings or advice else None


def _count_shown(statuses: Sequence[AnimalStatus]) -> int:
    """Return how many statuses to show: at least :data:`_MOST`, and all of the last animal."""
    count = min(_MOST, len(statuses))
    while 0 < count < len(statuses) and statuses[count].animal.iri == statuses[count - 1].animal.iri:
        count += 1
    return count


def _list_stretches(status: AnimalStatus) -> list[tuple[AnimalStatus, date | None]]:
    """Return the status of each stretch of a period with the stretch's last day, or that of the day and None."""
    if not status.during:
        return [(status, None)]
    return [(replace(status, on=one.first, treaties=one.treaties), one.last) for one in status.during]


def _get_verdict(found: QuestionAnswer) -> str | None:
    unanswered = {
        "permission": lambda: gettext(
            "What is permitted is not answered here: that depends on national law and on permits. What the treaties "
            "list:"
        ),
        "reasons": lambda: gettext("The reasons of listings are not recorded here. What the treaties list:"),
        "number": lambda: gettext("The number of animals in the wild is not recorded here. What the treaties list:"),
        "changes": lambda: gettext("What is shown is the state at the end of that time, not what changed in it."),
        "comparison": lambda: gettext(
            "The earlier day is not named: ask with a year, such as “2010 and today”. What the treaties list today:"
        ),
    }
    if told := next((unanswered[name]() for name in found.not_answered if name in unanswered), None):
        return told
    if (number := found.listed_number) is not None:
        return ngettext("%(num)s animal, as far as is recorded.", "%(num)s animals, as far as is recorded.", number)
    question = found.question
    if found.verdict == "unknown" and (question.denies or any(map(is_denial, question.sides.values()))):
        return gettext("A question with “not” is not answered with yes or no here: see below what the treaties list.")
    words = {
        # The graph does not have every member of a group.
        "yes": gettext("Yes: those below.") if found.is_group else gettext("Yes."),
        "no": gettext("No."),
        "not-recorded": gettext("Not recorded there."),
        "unknown": gettext("Neither yes nor no: see below what is known."),
    }
    return words[found.verdict] if found.verdict else None


def _explain_foreign_names(found: QuestionAnswer) -> list[str]:
    return [
        gettext(
            "“%(name)s” is understood as a name in another language (%(languages)s): no animal in this graph has it as "
            "a name in the language of the question (%(own)s).",
            name=one.name,
            languages=", ".join(map(name_language, one.languages)),
            own=name_language(found.question.language),
        )
        for one in found.foreign_names
    ]


def _explain_other_meanings(found: QuestionAnswer) -> list[str]:
    return [
        gettext(
            "“%(name)s” means something else in the language of the question (%(own)s). As a name in another language "
            "(%(languages)s) it stands for animals of this graph: ask in that language.",
            name=one.name,
            languages=", ".join(map(name_language, one.languages)),
            own=name_language(found.question.language),
        )
        for one in found.other_meanings
    ]


def _explain_days(found: QuestionAnswer) -> list[str]:
    """Return how the day or year of a question for activities, instruments or proposals is used."""
    if found.ignores_day:
        return [gettext("The day or year in the question is not used: what was found has no dates to compare it with.")]
    if found.reason == "activities" and found.question.days:
        return [
            gettext(
                "Only the activities whose text names that year, or that recur every year of the programme. The others "
                "have no dates but those of the programme."
            )
        ]
    return []


def _explain(found: QuestionAnswer) -> str | None:
    question = found.question
    reasons = {
        "not-in-graph": lambda: (
            gettext(
                "No animal in this graph is known as “%(name)s”. That does not mean that no treaty lists it: of the "
                "species of CITES the graph holds those that CMS lists or the work programme names, and not every "
                "animal of a listed family. It may also be here under another name, such as its scientific one.",
                name=question.subject,
            )
            if question.kind is None
            else gettext("Nothing in this graph is known as “%(name)s”.", name=question.subject)
        ),
        "no-such-entity": lambda: gettext(
            "There is nothing in this graph with the code “%(code)s”.",
            code=question.code if question.kind == "activity" else f"COP{question.code}",
        ),
        "not-listed": lambda: (
            gettext(
                "No animal of that name meets the conditions, as far as is recorded: “%(name)s”.", name=question.subject
            )
            if question.appendices or question.sides or question.denies
            else gettext("No animal of that name is listed, as far as is recorded: “%(name)s”.", name=question.subject)
        ),
        "not-a-country": lambda: gettext(
            "“%(place)s” is no country of this graph, so no status can be given for it. Ask for a country, or "
            "for the animal alone.",
            place=question.elsewhere,
        ),
        "no-such-day": lambda: gettext("There is no such day: %(day)s.", day=question.no_such_day),
        "ambiguous-day": lambda: gettext(
            "%(day)s can be two days: write it as 1975-07-01 or 1 July 1975.", day=question.ambiguous_day
        ),
        "proposals": lambda: gettext(
            "The graph has some of the proposals to amend the Appendices, and the proponents of some of these."
        ),
        "lists": lambda: gettext("That is a question about the lists of both treaties."),
        "too-many-taxa": lambda: gettext(
            "That name stands for too many taxa to give the status of each: ask for one of them, or use the list."
        ),
        "red-list": lambda: gettext(
            "Whether animals are threatened is not answered by their listings. Their Red List category, where it is "
            "recorded, is on their pages and in the lists."
        ),
        "meanings": lambda: gettext("That is a question about the meaning of an Appendix."),
        "meetings": lambda: gettext(
            "The meetings found are those that the graph records. It does not have every meeting, nor the days and the "
            "host country of each."
        ),
        "parties": lambda: gettext(
            "That is a question about the Parties: the page of each country tells its memberships."
        ),
    }
    return reasons[found.reason]() if found.reason in reasons else None


def _advise(found: QuestionAnswer) -> list[tuple[str, str]]:
    """Return the search for the animal that a question names, if that is all that is known of it."""
    question = found.question
    if found.reason not in ("not-in-graph", "not-a-country", "red-list") or not question.animals:
        return []
    known = question.understood
    text = (
        gettext("Search for “%(name)s”", name=known)
        if found.reason != "not-in-graph"
        else gettext("Of these words only “%(name)s” is known here: search for it.", name=known)
    )
    return [(text, _search_url(known))]


def _search_url(text: str) -> str:
    return f"/search?{urlencode({'q': text})}"


def _make_animal(
    found: QuestionAnswer,
    status: AnimalStatus,
    last: date | None,
    names: Mapping[str, str],
    countries: Mapping[str, str],
) -> AnimalAnswer:
    question, animal, country = found.question, status.animal, status.country
    recorded = found.ranges.get(animal.iri)
    own = next((names[iri] for iri in (animal.iri, *sorted(animal.concepts)) if iri in names), None)
    name = own[:1].upper() + own[1:] if own else animal.common_name or animal.concept.name
    day = format_day(status.on) if question.days else None
    values = {"in": (country.notation or get_slug(country.iri)) if country else None}
    values["on"] = status.on.isoformat() if question.days else None
    query = urlencode({key: value for key, value in values.items() if value})
    return AnimalAnswer(
        name=name,
        scientific=animal.concept.name if animal.concept.name != name else None,
        href=f"/species/{animal.slug}" + (f"?{query}" if query else ""),
        heading=_get_heading(name, country, day, format_day(last) if last else None),
        occurs=_list_countries(recorded, countries)
        if recorded is not None
        else _occurs(country, status.occurrence)
        if country and status.occurrence
        else None,
        treaties=[_make_line(question, one, country, countries) for one in _describe_question(question, status)],
    )


def _get_heading(name: str, country: EntityNode | None, day: str | None, until: str | None) -> str:
    if until and country:
        return gettext(
            "%(name)s in %(country)s from %(day)s to %(until)s", name=name, country=country.name, day=day, until=until
        )
    if until:
        return gettext("%(name)s from %(day)s to %(until)s", name=name, day=day, until=until)
    if country and day:
        return gettext("%(name)s in %(country)s on %(day)s", name=name, country=country.name, day=day)
    if country:
        return gettext("%(name)s in %(country)s", name=name, country=country.name)
    return gettext("%(name)s on %(day)s", name=name, day=day) if day else name


def _occurs(country: EntityNode, occurrence: Occurrence) -> str:
    how = ", ".join(map(get_range_label, occurrence.presences))
    if occurrence.presences:
        return gettext("Recorded from %(country)s: %(how)s.", country=country.name, how=how)
    if occurrence.occurs is Occurs.NO:
        return gettext(
            "Not recorded from %(country)s. Its listings are shown nevertheless: they apply where it lives.",
            country=country.name,
        )
    return gettext("Its range is not recorded: whether it lives in %(country)s is not known.", country=country.name)


def _list_countries(recorded: RecordedRange, countries: Mapping[str, str]) -> str:
    """Return the countries from which an animal is recorded, with their statuses unless it is native."""
    if not recorded:
        return gettext("Its range is not recorded.")
    named = sorted(
        ((countries.get(iri) or get_slug(iri), statuses) for iri, statuses in recorded.items()),
        key=lambda one: (fold(one[0]), one),
    )
    plain = {("native",), ("occurs",)}
    parts = [
        name if statuses in plain else f"{name} ({', '.join(map(get_range_label, statuses))})"
        for name, statuses in named
    ]
    return ngettext(
        "Recorded from %(num)s country: %(countries)s.",
        "Recorded from %(num)s countries: %(countries)s.",
        len(parts),
        countries=", ".join(parts),
    )


def _describe_question(question: Question, status: AnimalStatus) -> list[TreatyAnswer]:
    return [one for one in status.treaties if not question.treaties or one.short in question.treaties]


def _make_line(
    question: Question, one: TreatyAnswer, country: EntityNode | None, parties: Mapping[str, str]
) -> TreatyLine:
    found = one.found
    possible = [get_appendix_number(each) for each in found.possible if each not in one.appendices]
    excluded = {
        listing.appendix
        for concept in found.concepts
        for listing in concept.status.listings
        if country and listing.certain and listing.scope.covers(country.iri) is False
    }
    return TreatyLine(
        one.short,
        [get_appendix_number(each) for each in one.appendices],
        state_words(found.state, possible, is_beyond=found.outlook.beyond),
        _list_beginnings(one, country.iri if country else None) if question.asks_since else {},
        _list_reservations(one, parties, country.iri if country else None) if question.asks_reservations else None,
        sorted(get_appendix_number(each) for each in excluded - set(one.appendices)),
        [(taxon.name, [get_appendix_number(each) for each in numbers]) for taxon, numbers in one.parts],
        {get_appendix_number(each): doubt for each, level in one.evidence.items() if (doubt := describe_doubt(level))},
    )


def _list_beginnings(one: TreatyAnswer, place: str | None) -> dict[str, str]:
    """Return since when the Appendices list the animal, by number; without a number where concepts differ."""
    found: dict[str, set[str]] = {}
    for concept in one.found.concepts:
        for listing in concept.status.listings:
            if listing.surely_covers(place) and listing.appendix in one.appendices:
                since = format_effective_since(listing.continuous_since or listing.since)
                found.setdefault(get_appendix_number(listing.appendix), set()).add(since)
    return {number: these.pop() for number, these in found.items() if len(these) == 1}


def _list_reservations(one: TreatyAnswer, parties: Mapping[str, str], place: str | None) -> list[str]:
    """Return the Parties with a reservation in force, each with the number of the Appendix.

    Those of the requested country are named even if the listing covers only populations elsewhere.
    """
    found = {
        (_name_reserving(each, parties), get_appendix_number(each.appendix), each.certain)
        for concept in one.found.concepts
        for each in concept.status.reservations
        if each.appendix in one.appendices or (place is not None and each.released == place)
    }
    doubt = gettext("not known whether still in force")
    return [f"{name} ({number})" if sure else f"{name} ({number}, {doubt})" for name, number, sure in sorted(found)]


def _name_reserving(reservation: ReservationInForce, parties: Mapping[str, str]) -> str:
    party = parties.get(reservation.party or "") or gettext("a Party that is not named")
    territory = parties.get(reservation.event.on_behalf_of or "")
    if territory is None:
        return party
    return gettext("%(party)s on behalf of %(territory)s", party=party, territory=territory)


def _get_notes(question: Question, statuses: Iterable[AnimalStatus]) -> list[Note]:
    """Return the notes of all animals without duplicates."""
    notes = [
        note
        for status in statuses
        for one in _describe_question(question, status)
        if (note := note_horizon(one.short, one.found.outlook, status.on))
    ]
    return list(dict.fromkeys(notes))
