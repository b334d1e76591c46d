import datetime
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from affectgraph.backends import consent
from affectgraph.backends.config import RemoteConfig
from affectgraph.backends.errors import ConsentRequired, SettingsError

REMOTE = "https://api.example.org/v1"


def config(base_url: str | None = REMOTE, model: str = "m", **options: Any) -> RemoteConfig:
    return RemoteConfig(model=model, base_url=base_url, **options)


def refusing(asked: list[str]) -> Callable[[str], bool]:
    def ask(question: str) -> bool:
        asked.append(question)
        return False

    return ask


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.8.7", "localhost", "LOCALHOST", "[::1]"])
def test_loopback_needs_no_consent(host: str, tmp_path: Path) -> None:
    local = config(f"http://{host}:8000/v1")
    assert not consent.needs_consent(local)
    consent.require(local, tmp_path, "near")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "url",
    [
        "http://128.0.0.1/v1",
        "http://127.0.0.1.example.org/v1",
        "http://localhost.example.org/v1",
        "http://example.org/127.0.0.1",
        "http://0.0.0.0/v1",
        "http://[::2]/v1",
        "http://192.168.1.4:8000/v1",
    ],
)
def test_everything_else_needs_consent(url: str, tmp_path: Path) -> None:
    assert consent.needs_consent(config(url))
    with pytest.raises(ConsentRequired):
        consent.require(config(url), tmp_path, "far")


def test_a_refusal_names_the_three_ways_out(tmp_path: Path) -> None:
    asked: list[str] = []
    with pytest.raises(ConsentRequired) as refused:
        consent.require(config(), tmp_path, "far", refusing(asked))
    for way in ("terminal", "`affectgraph backends allow far`", "`consent = true`", "api.example.org"):
        assert way in str(refused.value)
    assert "api.example.org" in asked[0]
    assert "unencrypted" not in asked[0]
    assert not list(tmp_path.iterdir())


def test_the_question_warns_of_an_unencrypted_connection(tmp_path: Path) -> None:
    asked: list[str] = []
    with pytest.raises(ConsentRequired):
        consent.require(config("http://gpu.example.org/v1"), tmp_path, "far", refusing(asked))
    assert "unencrypted" in asked[0]


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, "what people write here to"),
        ({"image": True}, "what people write here and their pictures to"),
        ({"image": True, "audio": True}, "what people write here and their pictures and their voices to"),
    ],
)
def test_the_question_names_all_that_would_be_sent(given: dict[str, bool], named: str, tmp_path: Path) -> None:
    asked: list[str] = []
    far = RemoteConfig(model="m", base_url="https://gpu.example.org/v1", **given)
    with pytest.raises(ConsentRequired):
        consent.require(far, tmp_path, "far", refusing(asked))
    assert named in asked[0]


def test_agreeing_is_asked_once_and_another_endpoint_asks_again(tmp_path: Path) -> None:
    data_dir, asked = tmp_path / "new" / "data", []

    def agree(question: str) -> bool:
        asked.append(question)
        return True

    consent.require(config(), data_dir, "far", agree)
    consent.require(config(), data_dir, "far", agree)
    consent.require(config("https://API.example.org/v2"), data_dir, "far", None)
    assert len(asked) == 1
    consent.require(config("https://other.example.org/v1"), data_dir, "far", agree)
    assert len(asked) == 2
    assert consent.recorded(data_dir, "api.example.org") == datetime.date.today().isoformat()
    assert consent.recorded(data_dir, "third.example.org") is None


def test_consent_in_the_settings_asks_nobody_and_writes_nothing(tmp_path: Path) -> None:
    consent.require(config(consent=True), tmp_path, "far")
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="POSIX file modes")
def test_the_file_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    consent.record(tmp_path, "a")
    consent.record(tmp_path, "b")
    path = tmp_path / "consent.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(json.loads(path.read_text())) == ["a", "b"]
    assert [entry.name for entry in tmp_path.iterdir()] == ["consent.json"]


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    consent.record(tmp_path, "a")
    before = (tmp_path / "consent.json").read_bytes()

    def full_disk(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("affectgraph.backends.consent.os.fsync", full_disk)
    with pytest.raises(SettingsError, match="cannot be written: No space left"):
        consent.record(tmp_path, "b")
    assert (tmp_path / "consent.json").read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"api.example.org": true}', b'{"api.example.org": "yes"}', b"\xff\xfe"],
)
def test_a_damaged_file_is_no_consent_and_is_not_overwritten(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "consent.json"
    path.write_bytes(content)
    assert consent.recorded(tmp_path, "api.example.org") is None
    with pytest.raises(ConsentRequired, match=r"consent\.json is damaged"):
        consent.require(config(), tmp_path, "far", lambda question: True)
    with pytest.raises(SettingsError, match=r"consent\.json is damaged"):
        consent.record(tmp_path, "api.example.org")
    assert path.read_bytes() == content


def test_a_provider_is_an_endpoint_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    assert consent.endpoint(config(None, "openai/gpt-x")) == "openai"
    assert consent.needs_consent(config(None, "anthropic/claude-x"))
    assert not consent.needs_consent(config(None, "ollama/qwen3"))


def test_a_provider_sent_elsewhere_by_its_environment_asks_for_that_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "https://proxy.example.org/v1")
    assert consent.endpoint(config(None, "openai/gpt-x")) == "proxy.example.org"
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:8000/v1")
    assert not consent.needs_consent(config(None, "openai/gpt-x"))


@pytest.mark.parametrize(
    "url",
    [
        "localhost:8000/v1",
        "ftp://example.org",
        "http://",
        "http://[::1",
        "http://example.org:port/v1",
        "http://s3cret@example.org/v1",
    ],
)
def test_an_unusable_url_is_a_settings_error_that_does_not_repeat_it(url: str) -> None:
    with pytest.raises(SettingsError, match="base_url") as refused:
        consent.endpoint(config(url))
    assert "s3cret" not in str(refused.value)
