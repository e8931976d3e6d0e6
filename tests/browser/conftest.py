"""A real browser against the running service: Debian's Chromium, driven by Playwright, with axe-core from npm."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

_HERE = Path(__file__).resolve().parent
_AXE = _HERE / "node_modules/axe-core/axe.min.js"
#: WCAG 2.2 AA and what axe calls good practice.
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser; one for each module, as Playwright's event loop would stand in the way of other tests' own."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--disable-gpu", "--disable-dev-shm-usage"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, installed from npm when it is not there yet."""
    if not _AXE.is_file():
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip("axe-core is not installed, and there is no npm to install it with")
        done = subprocess.run([npm, "ci"], cwd=_HERE, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"axe-core could not be installed from npm: {done.stderr.strip()[-300:]}")
    return _AXE.read_text("utf-8")


@dataclass
class Reader:
    """Somebody at a browser, who notices what the page complains of."""

    page: Page
    origin: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Go to *path*; a page that complains of something is noticed."""
        self.page.goto(self.origin + path, wait_until="load")
        return self.page

    @property
    def path(self) -> str:
        """Where the reader is."""
        return self.page.url.removeprefix(self.origin)


@pytest.fixture(scope="module")
def contexts() -> dict[str, BrowserContext]:
    """The contexts of the browser by their options.

    Tests share them, as a new one fetches and compiles all scripts and styles again: two thirds of what a page costs.
    """
    return {}


@pytest.fixture
def reader(chromium: Browser, contexts: dict[str, BrowserContext], shipped) -> Iterator[Callable[..., Reader]]:
    """A function that gives a reader: ``reader(color_scheme="dark", java_script_enabled=False)``.

    A reader has what a new browser has, but for the cache; with ``fresh=True`` nothing is cached either. At the end
    nobody may have seen an error in the console; a breach of the content security policy is one.
    """
    own: list[BrowserContext] = []
    readers: list[Reader] = []

    def come(*, fresh: bool = False, **options: object) -> Reader:
        key = repr(sorted(options.items()))
        if fresh or key not in contexts or any(one.page.context is contexts[key] for one in readers):
            context = chromium.new_context(**{"viewport": {"width": 1200, "height": 900}, **options})
            context.set_default_timeout(60_000)
            if fresh or key in contexts:
                own.append(context)
            else:
                contexts[key] = context
        else:
            context = contexts[key]
        one = Reader(context.new_page(), shipped.url)
        readers.append(one)
        one.page.on("console", lambda message: message.type == "error" and one.complaints.append(message.text))
        one.page.on("pageerror", lambda error: one.complaints.append(str(error)))
        elsewhere = lambda request: not request.url.startswith((one.origin, "data:", "blob:"))  # noqa: E731
        one.page.on("request", lambda request: elsewhere(request) and one.complaints.append(f"asks {request.url}"))
        return one

    yield come
    for context in own:
        context.close()
    for one in readers:
        if one.page.context not in own:
            forget(one)
    assert [complaint for one in readers for complaint in one.complaints] == []


def forget(reader: Reader) -> None:
    """Remove what the pages of a reader's context have stored, and close them."""
    context = reader.page.context
    session = context.new_cdp_session(reader.page)
    stored = "cookies,local_storage,indexeddb,websql,service_workers,cache_storage"
    session.send("Storage.clearDataForOrigin", {"origin": reader.origin, "storageTypes": stored})
    context.clear_cookies()
    for page in context.pages:
        page.close()


@pytest.fixture
def violations(axe: str) -> Callable[[Page], list[str]]:
    """A function that lists what axe finds wrong with a page."""

    def check(page: Page) -> list[str]:
        if page.evaluate("typeof axe === 'undefined'"):
            page.evaluate(axe)
        # What passes is counted and not described: half the time.
        options = {"runOnly": {"type": "tag", "values": _TAGS}, "resultTypes": ["violations"]}
        found = page.evaluate("options => axe.run(document, options)", options)
        return [
            f"{one['id']}: {one['help']} at {node['target']} {node['html'][:120]}"
            for one in found["violations"]
            for node in one["nodes"]
        ]

    return check
