"""What the pages take from npm: versions that were tested together, from whatever registry the machine uses."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FRONTEND = ROOT / "src/jwpgraph/web/frontend"


def test_every_package_is_pinned_and_has_a_digest():
    package, lock = (json.loads((FRONTEND / name).read_text()) for name in ("package.json", "package-lock.json"))
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in package["devDependencies"].values())
    assert lock["packages"][""]["devDependencies"] == package["devDependencies"]
    for name, one in lock["packages"].items():
        assert name == "" or one["integrity"].startswith("sha512-"), name


@pytest.mark.parametrize("name", ["package.json", "package-lock.json", ".npmrc"])
def test_no_file_names_a_registry(name: str):
    text = (FRONTEND / name).read_text()
    assert 'resolved":' not in text
    assert "http" not in re.sub(r'"url": "https://[^"]*fund[^"]*"|"url": "https?://[^"]*"', "", text)


def test_nothing_that_is_built_is_committed():
    listed = subprocess.run(
        ["git", "check-ignore", "src/jwpgraph/web/built/world.json", "src/jwpgraph/web/frontend/node_modules"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert len(listed.stdout.splitlines()) == 2
