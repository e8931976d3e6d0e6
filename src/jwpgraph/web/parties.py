"""Members of each instrument, read once per release because every map of the world needs them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from jwpgraph.entities.app_context import AppContext
from jwpgraph.taxonomy.dates import DateInterval, PartialDate
from jwpgraph.vocabulary import PREFIX_LINES

_QUERY = f"""{PREFIX_LINES}
SELECT ?instrument ?country ?kind ?from ?until WHERE {{
  {{ ?joining jwp:partyTo ?instrument ; jwp:party ?country . BIND("party" AS ?kind)
     OPTIONAL {{ ?joining jwp:effectiveFrom ?from }} OPTIONAL {{ ?joining jwp:effectiveUntil ?until }} }}
  UNION
  {{ ?joining jwp:signedInstrument ?instrument ; jwp:signatory ?country . BIND("signatory" AS ?kind)
     OPTIONAL {{ ?joining jwp:signedOn ?from }} }}
  FILTER NOT EXISTS {{ ?joining prov:alternateOf ?preferred }}
}}"""


@dataclass(frozen=True, slots=True)
class InstrumentMembership:
    """The membership of a country in an instrument.

    Attributes:
        country: its IRI.
        kind: ``party`` or ``signatory``.
        time: when, as far as it is known.
    """

    country: str
    kind: str
    time: DateInterval


async def read_memberships(site: AppContext) -> Mapping[str, list[InstrumentMembership]]:
    """Return all memberships by instrument."""

    async def read() -> Mapping[str, list[InstrumentMembership]]:
        found: dict[str, list[InstrumentMembership]] = defaultdict(list)
        for row in await site.queries.select(_QUERY):
            since, until = (_parse_date(row[name].value) if name in row else None for name in ("from", "until"))
            one = InstrumentMembership(row["country"].value, row["kind"].value, DateInterval(since, until))
            found[row["instrument"].value].append(one)
        return found

    return await site.once_per_release("joinings", read)


async def list_parties_on(site: AppContext, on: date) -> dict[str, frozenset[str]]:
    """Return the IRIs of the Parties to each instrument on the day *on*; undated accessions count."""
    return {
        instrument: frozenset(one.country for one in joined if one.kind == "party" and one.time.holds(on) is not False)
        for instrument, joined in (await read_memberships(site)).items()
    }


async def list_territories(site: AppContext) -> frozenset[str]:
    """Return the IRIs of the territories for which another State joins conventions."""

    async def read() -> frozenset[str]:
        rows = await site.queries.select(
            f"{PREFIX_LINES}SELECT ?territory WHERE {{ ?territory jwp:territoryOf ?state }}"
        )
        return frozenset(row["territory"].value for row in rows)

    return await site.once_per_release("territories", read)


def _parse_date(text: str) -> PartialDate | None:
    try:
        return PartialDate.parse(text)
    except ValueError:
        return None
