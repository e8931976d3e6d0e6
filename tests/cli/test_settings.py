"""Values of settings that make no sense are refused with one line that names the setting, and exit code 2."""

from __future__ import annotations

import pytest
from annotated_types import Ge, Gt, Le

from jwpgraph.problems import ProblemError
from jwpgraph.settings import Settings, load_settings

NUMBERS = sorted(
    name for name, field in Settings.model_fields.items() if any(isinstance(m, Ge | Gt) for m in field.metadata)
)
ABSURD = ("-1", "nan", "inf", "-inf", "1e999", "9" * 40, "garbage", "0x10", "\u0661\u0662x")
ADDRESSES = ("http://", "http://[", "http://a:b/", "http://a:99999/", "ftp://a/", "garbage", "a\nb")


def refusal(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setenv(f"JWPGRAPH_{name.upper()}", value)
        with pytest.raises(ProblemError) as caught:
            load_settings()
    assert caught.value.exit_code == 2, (name, value)
    assert f"JWPGRAPH_{name.upper()}" in caught.value.line(), (name, value)


def test_numbers(monkeypatch):
    assert len(NUMBERS) > 15
    for name in NUMBERS:
        assert any(isinstance(limit, Le) for limit in Settings.model_fields[name].metadata), name
        for value in ABSURD:
            refusal(name, value, monkeypatch)


def test_addresses(monkeypatch):
    for name in ("public_url", "publisher_url", "sparql_backend", "service_allowlist"):
        for value in ADDRESSES:
            refusal(name, value, monkeypatch)
    for name in ("public_url", "publisher_url", "contact"):
        refusal(name, "https://user:secret@example.org/", monkeypatch)


def test_hosts_and_proxies_that_never_match(monkeypatch):
    for host in ("https://graph.example", "graph.example:8080", "graph.example/x", "*.example", "a graph.example:80"):
        refusal("allowed_hosts", host, monkeypatch)
    for proxy in ("proxy", "10.0.0.1/8", "10.0.0", "127.0.0.1 10.0.0.1", "http://10.0.0.1"):
        refusal("forwarded_allow_ips", proxy, monkeypatch)
    monkeypatch.setenv("JWPGRAPH_ALLOWED_HOSTS", "graph.example, other.example localhost 10.0.0.1 [::1]")
    monkeypatch.setenv("JWPGRAPH_FORWARDED_ALLOW_IPS", "127.0.0.1, 10.0.0.0/8,::1")
    assert load_settings().allowed_hosts[0] == "graph.example"
    monkeypatch.setenv("JWPGRAPH_ALLOWED_HOSTS", "*")
    monkeypatch.setenv("JWPGRAPH_FORWARDED_ALLOW_IPS", "*")
    assert load_settings().forwarded_allow_ips == "*"


def test_a_data_directory_that_is_a_file(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    refusal("data_dir", str(tmp_path / "file"), monkeypatch)
