"""No container engine runs here; what its files promise is checked against the project instead."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from jwpgraph.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = {f"JWPGRAPH_{name.upper()}" for name in Settings.model_fields}


def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text())
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in lines]


def test_what_the_image_copies_exists_and_is_let_through():
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = [rest.split()[:-1] for name, rest in instructions() if name == "COPY" and "--from" not in rest]
    assert copied
    for source in (one for sources in copied for one in sources):
        assert (ROOT / source).exists(), source
        assert allowed & {source, *map(str, Path(source).parents)}, source


def test_the_image_builds_the_assets_of_the_pages_from_the_lock_file():
    stages = [rest for name, rest in instructions() if name in {"FROM", "RUN", "COPY"}]
    first = stages[: next(place for place, one in enumerate(stages) if one.endswith("AS build"))]
    assert first[0] == "node:20-slim AS assets"
    assert "npm ci && npm run build" in first
    assert any(one.startswith("--from=assets") and one.endswith("src/jwpgraph/web/built") for one in stages)


def test_the_image_installs_what_the_wheel_test_installs():
    steps = " ".join(rest for name, rest in instructions() if name == "RUN")
    assert "pip wheel" in steps
    assert "--constraint" in steps
    assert "useradd" in steps


def test_the_settings_of_image_and_compose_exist():
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    named = set(compose["services"]["jwpgraph"]["environment"])
    for name, rest in instructions():
        if name == "ENV":
            named |= set(re.findall(r"(JWPGRAPH_\w+)=", rest))
    assert named <= SETTINGS


def test_the_compose_file_mounts_the_folder_that_the_image_writes_to():
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    service = compose["services"]["jwpgraph"]
    assert ("VOLUME", "/data") in instructions()
    assert any(volume.endswith(":/data") for volume in service["volumes"])
    mounted = {volume.split(":")[0] for each in compose["services"].values() for volume in each["volumes"]}
    assert {name for name in mounted if not name.startswith("./")} == set(compose["volumes"])
    assert service["read_only"] is True
