"""The recipes of docs/recipes.md print what the page says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

TEXT_PATH = Path(__file__).resolve().parents[2] / "docs/recipes.md"
TEXT = TEXT_PATH.read_text()
RECIPES = re.findall(r"^## (.+?)\n.*?^```(bash|python|javascript)\n(.*?)^```\n\n```text\n(.*?)^```", TEXT, re.M | re.S)
COMMANDS = {
    "bash": ("bash", "-e", "-o", "pipefail", "-c"),
    "python": (sys.executable, "-c"),
    "javascript": ("node", "--input-type=module", "-e"),
}


def test_every_recipe_is_found() -> None:
    assert len(RECIPES) == len(re.findall(r"^## ", TEXT, re.M)) >= 9


@pytest.mark.parametrize(("title", "language", "program", "output"), RECIPES, ids=[one[0] for one in RECIPES])
def test_a_recipe_prints_what_the_page_says(
    shipped, tmp_path: Path, title: str, language: str, program: str, output: str
) -> None:
    # The client of SPARQL that the programs in JavaScript import.
    modules = TEXT_PATH.parents[1] / "tests/conformance/node_modules"
    if "@comunica/" in program and not modules.exists():
        pytest.skip("make test installs Comunica")
    (tmp_path / "node_modules").symlink_to(modules)
    command = [*COMMANDS[language], program.replace("https://jwpgraph.example.org", shipped.url)]
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (found.stdout, found.returncode) == (output, 0), title + found.stderr
