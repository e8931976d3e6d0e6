"""Screenshots for the documentation: ``make screenshots`` serves the shipped data and photographs a species page."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.request import urlopen

from playwright.sync_api import sync_playwright

_TARGET = Path(__file__).resolve().parents[2] / "docs/images/species-page.png"
_PAGE = "/species/loxodonta-africana?in=BW&on=2016-05-01&ui=en"
_MOST_BYTES = 150_000
#: Seconds until the shipped data has to be published.
_PATIENCE = 180


def main() -> None:
    """Write the image; exit with a message if there is no Chromium or the file is too large for a README."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("There is no Chromium (Debian: apt-get install chromium).")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        settings = {"JWPGRAPH_DATA_DIR": folder, "JWPGRAPH_HOST": "127.0.0.1", "JWPGRAPH_PORT": str(port)}
        command = [str(Path(sys.executable).with_name("jwpgraph")), "serve"]
        service = subprocess.Popen(command, env={**os.environ, **settings}, stderr=subprocess.DEVNULL)
        try:
            _wait_until_ready(f"http://127.0.0.1:{port}")
            _photograph(chromium, f"http://127.0.0.1:{port}{_PAGE}")
        finally:
            service.terminate()
            service.wait(30)
    if (size := _TARGET.stat().st_size) > _MOST_BYTES:
        sys.exit(f"{_TARGET} has {size} bytes; at most {_MOST_BYTES} are wanted.")


def _wait_until_ready(origin: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            with urlopen(f"{origin}/readyz", timeout=10):
                return
        except OSError:
            if time.monotonic() > deadline:
                sys.exit("The service did not become ready.")
            time.sleep(1)


def _photograph(chromium: str, url: str) -> None:
    with sync_playwright() as playwright:
        options = ["--disable-gpu", "--disable-dev-shm-usage"]
        browser = playwright.chromium.launch(executable_path=chromium, args=options)
        page = browser.new_page(viewport={"width": 1040, "height": 800}, color_scheme="light", locale="en-GB")
        page.goto(url, wait_until="load")
        _TARGET.parent.mkdir(exist_ok=True)
        page.screenshot(path=_TARGET)
        browser.close()


if __name__ == "__main__":
    main()
