"""Files under deploy/ conform to the schemas and tools of their systems, and name settings and metrics that exist."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from jwpgraph.settings import Settings, load_settings

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
SETTINGS = {f"JWPGRAPH_{name.upper()}" for name in Settings.model_fields}
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
MANIFESTS = [
    (path.name, document)
    for path in sorted((DEPLOY / "kubernetes").glob("*.yaml"))
    for document in yaml.safe_load_all(path.read_text())
]


def needs(command: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(command) is None, reason=f"{command} is not installed")


def exposed_metrics() -> set[str]:
    """Return the series of the metrics that docs/operations.md lists, which a test holds against /metrics."""
    rows = re.findall(r"^\| `(jwpgraph_\w+)` \| (\w+) \|", (ROOT / "docs/operations.md").read_text(), re.MULTILINE)
    series = {name for name, _ in rows}
    for name, kind in rows:
        if kind == "histogram":
            series |= {f"{name}_bucket", f"{name}_count", f"{name}_sum"}
    return series


@pytest.mark.parametrize(("file", "manifest"), MANIFESTS, ids=[f"{name}:{one['kind']}" for name, one in MANIFESTS])
def test_manifests_conform_to_the_schemas_of_kubernetes(file, manifest):
    kubernetes_validate.validate(manifest, "1.33", strict=True)


def test_the_backup_job_mounts_the_volume_of_the_service():
    kinds = {manifest["kind"]: manifest for _, manifest in MANIFESTS}
    service = kinds["StatefulSet"]
    claim = f"{service['spec']['volumeClaimTemplates'][0]['metadata']['name']}-{service['metadata']['name']}-0"
    volumes = kinds["CronJob"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]["volumes"]
    assert claim in {volume.get("persistentVolumeClaim", {}).get("claimName") for volume in volumes}


def test_every_container_runs_without_privileges_and_within_limits():
    for name, service in COMPOSE["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["mem_limit"], name
        assert service["pids_limit"], name


def test_services_beside_the_own_one_are_started_only_when_asked_for():
    profiles = {name: service.get("profiles") for name, service in COMPOSE["services"].items()}
    assert [name for name, one in profiles.items() if not one] == ["jwpgraph"]
    assert {profile for one in profiles.values() for profile in one or ()} == {"backup", "engine", "observability"}


def test_mounted_files_and_volumes_exist():
    for name, service in COMPOSE["services"].items():
        for volume in service["volumes"]:
            source = volume.split(":")[0]
            assert (ROOT / source).exists() if source.startswith("./") else source in COMPOSE["volumes"], (name, source)


def test_settings_named_in_deployment_files_exist():
    for path in (path for path in DEPLOY.rglob("*") if path.is_file()):
        named = set(re.findall(r"JWPGRAPH_[A-Z_]+[A-Z]", path.read_text())) - {"JWPGRAPH_ADMIN_TOKEN_FILE"}
        assert named <= SETTINGS, path.name


def test_alerts_and_dashboard_ask_for_metrics_that_exist():
    known = exposed_metrics()
    for path in (DEPLOY / "prometheus/alerts.yml", DEPLOY / "grafana/dashboard.json"):
        asked = set(re.findall(r"\bjwpgraph_\w+", path.read_text()))
        assert asked
        assert asked <= known, path.name


def test_panels_have_ids_of_their_own_and_do_not_overlap():
    panels = json.loads((DEPLOY / "grafana/dashboard.json").read_text())["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells = [
        (x, y)
        for panel in panels
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(cells) == len(set(cells))


@needs("promtool")
def test_prometheus_accepts_its_configuration():
    configuration = str(DEPLOY / "prometheus/prometheus.yml")
    done = subprocess.run(["promtool", "check", "config", configuration], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@needs("systemd-analyze")
@pytest.mark.parametrize("unit", ["jwpgraph.service", "jwpgraph-backup.service", "jwpgraph-backup.timer"])
def test_systemd_accepts_the_units(unit):
    done = subprocess.run(
        ["systemd-analyze", "verify", str(DEPLOY / "systemd" / unit)], capture_output=True, text=True, check=False
    )
    own = [line for line in done.stderr.splitlines() if line.startswith("jwpgraph") or "/systemd/jwpgraph" in line]
    assert not [line for line in own if "is not executable" not in line]


@needs("systemd-analyze")
def test_systemd_finds_the_service_little_exposed():
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(DEPLOY / "systemd/jwpgraph.service")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-300:] + done.stderr


def test_a_secret_in_a_file_is_read(tmp_path, monkeypatch):
    (tmp_path / "jwpgraph_admin_token").write_text("a token of some length from a file\n")
    monkeypatch.delenv("JWPGRAPH_ADMIN_TOKEN", raising=False)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    token = load_settings().admin_token
    assert token is not None
    assert token.get_secret_value() == "a token of some length from a file"


def test_an_empty_secret_leaves_the_service_read_only(tmp_path, monkeypatch):
    (tmp_path / "jwpgraph_admin_token").write_text("")
    monkeypatch.delenv("JWPGRAPH_ADMIN_TOKEN", raising=False)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert load_settings().admin_token is None


def test_the_environment_goes_before_a_file(tmp_path, monkeypatch):
    (tmp_path / "jwpgraph_query_timeout").write_text("7")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert load_settings().query_timeout == 7
    monkeypatch.setenv("JWPGRAPH_QUERY_TIMEOUT", "9")
    assert load_settings().query_timeout == 9
