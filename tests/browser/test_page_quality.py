"""What a page costs its reader and owes him: its weight, nothing that blocks it or jumps, words for who finds it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pytest

#: One page of every type; the SPARQL page is weighed without its editor.
PAGES = (
    "/",
    "/browse",
    "/browse/activities?theme=B",
    "/search?q=falco",
    "/doc/activity/jwp-2015-2020/D2",
    "/doc/taxon/cites/falco-cherrug",
    "/doc/taxon/cms/chelonia-mydas",
    "/doc/species-group/great-apes",
    "/doc/instrument/cms",
    "/doc/instrument/cites",
    "/doc/body/iccwc",
    "/doc/programme/mike",
    "/doc/tool/informea",
    "/doc/theme/jwp-2015-2020/B",
    "/doc/country/MN",
    "/doc/source/jwp-2015-2020",
    "/shared-species",
    "/compare?a=taxon/cites/falco-cherrug&b=taxon/cms/falco-cherrug",
    "/validation",
    "/problem/unknown-value",
    "/releases",
    "/releases/1",
    "/coverage",
    "/doc/meeting/cms-cop13",
    "/api/docs",
    "/sparql",
)
HEAVIEST = 200 * 1024
EDITOR = "/static/built/sparql-"

#: How far what stands on the page has moved by itself (the web's Cumulative Layout Shift).
SHIFT = """new Promise(resolve => {
  let shift = 0;
  new PerformanceObserver(list => list.getEntries().forEach(one => { if (!one.hadRecentInput) shift += one.value }))
    .observe({type: "layout-shift", buffered: true});
  requestAnimationFrame(() => setTimeout(() => resolve(shift)));
})"""
#: Scripts that stop the page from being built, and everything but our own styles that stops it from being shown.
BLOCKING = """[
  ...[...document.querySelectorAll("script[src]")].filter(one => !one.defer && !one.async && one.type !== "module")
    .map(one => one.src),
  ...performance.getEntriesByType("resource").filter(one => one.renderBlockingStatus === "blocking")
    .map(one => one.name).filter(name => !name.endsWith(".css") && !name.includes(".css?")),
]"""
OWED = """({
  lang: document.documentElement.lang,
  title: document.title,
  description: document.querySelector("meta[name=description]")?.content ?? "",
  viewport: document.querySelector("meta[name=viewport]")?.content ?? "",
  headings: document.querySelectorAll("h1").length,
  times: [...document.querySelectorAll("time[datetime]")].map(one => one.dateTime),
  unsized: [...document.querySelectorAll("img, svg.world")].filter(one => !one.getAttribute("width")).length,
})"""


@dataclass
class Visit:
    """What was transferred for one page, by address, and what it was."""

    transferred: dict[str, int] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)


@pytest.fixture
def visited(reader):
    """A function that opens a page in a browser that has cached nothing and tells what came over the wire."""
    one = reader(fresh=True)
    wire = one.page.context.new_cdp_session(one.page)
    wire.send("Network.enable")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
    visits, addresses = [Visit()], {}
    wire.on("Network.responseReceived", lambda event: addresses.update({event["requestId"]: event}))

    def finished(event: dict) -> None:
        response = addresses[event["requestId"]]
        visits[-1].transferred[response["response"]["url"]] = int(event["encodedDataLength"])
        visits[-1].kinds[response["response"]["url"]] = response["type"]

    wire.on("Network.loadingFinished", finished)

    def visit(path: str) -> tuple[object, Visit]:
        visits.append(Visit())
        page = one.open(path)
        page.wait_for_load_state("networkidle")
        return page, visits[-1]

    return visit


@pytest.mark.timeout(300)
def test_every_page_is_light_still_and_well_described(visited) -> None:
    found: dict[str, list[str]] = {}
    for path in PAGES:
        page, seen = visited(path)
        weight = sum(size for url, size in seen.transferred.items() if EDITOR not in url)
        owed = page.evaluate(OWED)
        wrong = [
            f"{weight} bytes" if weight > HEAVIEST else "",
            f"blocked by {blocking}" if (blocking := page.evaluate(BLOCKING)) else "",
            f"moves by {shift:.3f}" if (shift := page.evaluate(SHIFT)) > 0.02 else "",
            "loads a font" if "Font" in seen.kinds.values() else "",
            "" if owed["lang"] in {"en", "fr", "es"} else "no language",
            "" if 5 < len(owed["title"]) < 200 else f"title {owed['title']!r}",
            "" if 20 < len(owed["description"]) <= 200 else f"description {owed['description']!r}",
            "" if "width=device-width" in owed["viewport"] else "no viewport",
            "" if owed["headings"] == 1 else f"{owed['headings']} main headings",
            # HTML, "valid global date and time string": at most three digits of a second.
            f"times {bad}" if (bad := [one for one in owed["times"] if re.search(r"\.\d{4}", one)]) else "",
            f"{owed['unsized']} pictures without a size" if owed["unsized"] else "",
        ]
        if any(wrong):
            found[path] = [one for one in wrong if one]
    assert found == {}
