"""The wheel carries all that serving needs: built, installed into an empty environment, and served from there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(command, check=True)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_every_shipped_file(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder, pattern in (
        ("ontology", "*.ttl"),
        ("shapes", "*.ttl"),
        ("quality", "*.ttl"),
        ("data/ttl", "*.ttl"),
        ("queries", "*.rq"),
    ):
        for path in (ROOT / folder).rglob(pattern):
            assert f"jwpgraph/shipped/{path.relative_to(ROOT).as_posix()}" in names
    for path in (ROOT / "src/jwpgraph/web/templates").rglob("*.html"):
        assert path.relative_to(ROOT / "src").as_posix() in names
    for path in (ROOT / "src/jwpgraph/web/built").glob("*"):
        assert path.relative_to(ROOT / "src").as_posix() in names
    assert not any(name.startswith(("tests/", "benchmarks/")) or "/frontend/" in name for name in names)


@pytest.mark.timeout(420)
def test_installed_in_an_empty_environment_it_serves(wheel, tmp_path):
    environment = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)
    pip = [sys.executable, "-m", "pip", "--python", str(environment), "--quiet", "--disable-pip-version-check"]
    install = [*pip, "install", "--no-compile"]
    subprocess.run([*install, "--constraint", str(ROOT / "constraints.txt"), str(wheel)], check=True)
    process = subprocess.Popen(
        [str(environment / "bin/jwpgraph"), "serve", "--port", "0"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
        env={"PATH": os.environ["PATH"], "JWPGRAPH_DATA_DIR": str(tmp_path / "data")},
    )
    try:
        assert process.stderr is not None
        log = ""
        for line in process.stderr:
            log += line
            if "startup complete" in line:
                break
        address = re.search(r"http://\S+?:\d+", log)
        assert address is not None, log
        with urllib.request.urlopen(f"{address[0]}/readyz", timeout=60) as answer:
            assert json.load(answer)["conforms"] is True
        with urllib.request.urlopen(f"{address[0]}/api/v1/activities?limit=1", timeout=60) as answer:
            assert json.load(answer)["total"] == 33
    finally:
        process.terminate()
        process.wait(30)
