"""Sentences on the memberships of countries in the two treaties."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from jwpgraph.answers.parsed_question import Question
from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.entity_index import get_entity_index
from jwpgraph.entities.entity_types import BY_SEGMENT
from jwpgraph.entities.nodes import EntityNode
from jwpgraph.taxon_facets.appendices import TREATIES, TREATY_IRIS
from jwpgraph.web.labels.species import format_on_day, format_since, format_until
from jwpgraph.web.parties import InstrumentMembership, list_territories, read_memberships
from jwpgraph.web.translation import format_day, gettext


async def describe_memberships(site: AppContext, question: Question, today: date) -> list[str]:
    """Return whether the countries of a question are, or were, Parties to the treaties that it names, or to both.

    Without countries it returns the number of the Parties if the question asks for that.

    Args:
        site: the application context.
        question: the question.
        today: the day to use if the question names none.
    """
    memberships, territories = await read_memberships(site), await list_territories(site)
    day = question.days[-1].on if question.days else today
    found: list[str] = []
    if question.asks_number and not question.countries:
        return [
            gettext(
                "Recorded here as Parties to %(treaty)s on %(day)s: %(number)s.",
                treaty=treaty.upper(),
                day=format_day(day),
                number=len({one.country for one in memberships.get(TREATY_IRIS[treaty], ()) if _is_party(one, day)}),
            )
            for treaty in question.treaties or sorted(TREATIES.values())
        ]
    instruments = {treaty.upper(): TREATY_IRIS[treaty] for treaty in question.treaties or sorted(TREATIES.values())}
    if question.instruments:
        nodes = (await get_entity_index(site, BY_SEGMENT["instrument"])).nodes
        instruments = {node.name: node.iri for node in nodes if node.iri in question.instruments}
    for country in question.countries:
        for name, instrument in instruments.items():
            joined = [one for one in memberships.get(instrument, ()) if one.country == country.iri]
            periods = [one for one in joined if one.kind == "party"]
            if joined and not periods:
                found.append(_describe_signature(country, name, joined[0]))
                continue
            found.append(_describe(country, name, periods, day, today, is_territory=country.iri in territories))
    return found


def _is_party(one: InstrumentMembership, day: date) -> bool:
    return one.kind == "party" and one.time.holds(day) is True


def _describe_signature(country: EntityNode, instrument: str, one: InstrumentMembership) -> str:
    names = {"country": country.name, "treaty": instrument}
    if one.time.start is None:
        return gettext("%(country)s has signed %(treaty)s.", **names)
    return gettext("%(country)s signed %(treaty)s %(on_day)s.", on_day=format_on_day(str(one.time.start)), **names)


def _describe(
    country: EntityNode,
    treaty: str,
    periods: Sequence[InstrumentMembership],
    day: date,
    today: date,
    *,
    is_territory: bool,
) -> str:
    names = {"country": country.name, "treaty": treaty}
    if not periods and is_territory:
        return gettext(
            "%(country)s is a territory of a State: whether its membership of %(treaty)s extends there is not "
            "recorded.",
            **names,
        )
    if not periods:
        return gettext("This release does not record %(country)s as a Party to %(treaty)s.", **names)
    # The one in force, else the latest.
    one = max(periods, key=lambda each: (each.time.holds(day) is True, str(each.time.start or "")))
    since, until = one.time.start, one.time.end
    holds = one.time.holds(day)
    if holds is True:
        names["since"] = format_since(str(since)) if since else gettext("since a day that is not known")
        if day == today:
            return gettext("%(country)s is a Party to %(treaty)s, %(since)s.", **names)
        return gettext("%(country)s was a Party to %(treaty)s, %(since)s.", **names)
    if holds is None:
        text = gettext("Whether %(country)s was a Party to %(treaty)s on that day is not known.", **names)
    elif day == today:
        text = gettext("%(country)s is not a Party to %(treaty)s today.", **names)
    else:
        text = gettext("%(country)s was not a Party to %(treaty)s on that day.", **names)
    became = gettext("It became one %(on_day)s.", on_day=format_on_day(str(since))) if since else ""
    ended = gettext("It was one %(until)s.", until=format_until(str(until))) if until else ""
    return " ".join(part for part in (text, became, ended) if part)
