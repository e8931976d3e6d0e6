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
