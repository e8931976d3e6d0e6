"""Days that questions name by a meeting: "before COP12", "as of CoP18"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Final

from jwpgraph.answers.days import NamedDay
from jwpgraph.entities.app_context import AppContext
from jwpgraph.taxon_facets.appendices import TREATIES
from jwpgraph.vocabulary import PREFIX_LINES

#: Days since when the decisions of a meeting are in effect, by the name of the treaty and the number of the meeting.
MeetingDays = Mapping[tuple[str, int], date]

_TREATY: Final = r"(?P<{0}>CMS|CITES)"
_UNTIL: Final = r"(?P<until>up\s+to|until|till|jusqu[’'](?:à|au)|hasta)"
_OTHERS: Final = (
    r"before|prior\s+to|avant|antes\s+del?|after|since|as\s+(?:of|from)|apr[èe]s|depuis|d[èe]s|[àa]\s+partir\s+de|"
    r"despu[ée]s\s+del?|tras|desde"
)
_MEETING: Final = re.compile(
    rf"(?<!\w)(?:{_UNTIL}|{_OTHERS})\s+(?P<meeting>(?:(?:the|la|el)\s+)?(?:{_TREATY.format('one')}\s+)?"
    rf"(?:COP|CdP)[\s-]?(?P<number>\d{{1,2}})(?!\w)(?:\s+(?:of|(?:de|à|a)\s+la)\s+(?:the\s+)?{_TREATY.format('other')})?)",
    re.IGNORECASE,
)
_QUERY: Final = f"""{PREFIX_LINES}
SELECT ?convention ?name ?day WHERE {{
  ?meeting a jwp:Meeting ; jwp:parentConvention ?convention ; jwp:appendicesEffectiveOn ?day ; skos:altLabel ?name
}}"""


def find_meeting_days(text: str, meetings: MeetingDays) -> Iterator[NamedDay]:
    """Return the days that words such as "before" and "since" name by a meeting of the Parties.

    Decisions apply since they are in effect, not since the meeting. A number that meetings of both treaties have
    names no day unless the treaty is named.

    Args:
        text: the question.
        meetings: the days of the meetings.
    """
    for match in _MEETING.finditer(text):
        treaty, number = (match["one"] or match["other"] or "").casefold(), int(match["number"])
        days = [day for (short, count), day in meetings.items() if count == number and treaty in ("", short)]
        if len(days) != 1:
            continue
        # "Until" a meeting does not include the day on which its decisions take effect.
        day = days[0] - timedelta(days=1) if match["until"] else days[0]
        yield NamedDay(day, day, match.start("meeting"), match.end("meeting"))


async def get_meeting_days(site: AppContext) -> MeetingDays:
    """Return the days since when what each meeting of the Parties decided is in effect."""

    async def read() -> MeetingDays:
        found: dict[tuple[str, int], date] = {}
        for row in await site.queries.select(_QUERY):
            number = re.search(r"\d+$", row["name"].value)
            short = TREATIES.get(row["convention"].value)
            if number and short:
                found[short, int(number[0])] = date.fromisoformat(row["day"].value)
        return found

    return await site.once_per_release("days of meetings", read)
