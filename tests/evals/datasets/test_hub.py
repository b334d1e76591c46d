"""The hub is asked only for a source written `hf:`, and only for the named files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest

from affectgraph.backends.errors import InputError, MissingDependency
from affectgraph.evals.datasets import DataMissing, persona_e2
from affectgraph.evals.datasets.hub import resolve

PERSONA = Path(__file__).parents[3] / "examples" / "data" / "persona_e2"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    calls: list[dict[str, Any]] = []

    def snapshot_download(name: str, **options: Any) -> str:
        calls.append({"name": name, **options})
        return str(PERSONA)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    return calls


def test_a_path_never_reaches_the_hub(tmp_path: Path, asked: list[dict[str, Any]]) -> None:
    assert resolve(tmp_path, files=("a",)) == tmp_path
    assert resolve(str(tmp_path), files=("a",)) == tmp_path
    with pytest.raises(DataMissing, match="give the set's path, or hf:owner/name"):
        resolve("owner/name", files=("a",))
    assert asked == []


@pytest.mark.parametrize(
    ("source", "name", "revision"),
    [("hf:own-er/na.me", "own-er/na.me", None), ("hf:owner/name@v1.0", "owner/name", "v1.0")],
)
def test_a_hub_source_fetches_the_named_files_at_the_revision(
    source: str, name: str, revision: str | None, asked: list[dict[str, Any]]
) -> None:
    assert resolve(source, files=("a.csv",)) == PERSONA
    assert asked == [{"name": name, "repo_type": "dataset", "revision": revision, "allow_patterns": ["a.csv"]}]


def test_persona_e2_is_loaded_from_the_hub(asked: list[dict[str, Any]]) -> None:
    assert len(persona_e2.load("hf:CRIS-Yang/Persona-E2-Dataset", "event").items) == 12
    assert asked[0]["allow_patterns"] == list(persona_e2.FILES)


@pytest.mark.parametrize("source", ["hf:", "hf:name", "hf:a/b/c", "hf:a/b@", "hf:a b/c", "hf:../../etc/passwd"])
def test_a_name_that_is_none_is_refused(source: str, asked: list[dict[str, Any]]) -> None:
    with pytest.raises(InputError, match="write hf:owner/name"):
        resolve(source, files=())
    assert asked == []


@pytest.mark.parametrize("error", [OSError("no network"), ValueError("bad name"), RuntimeError("cache")])
def test_a_failed_fetch_says_what_to_do(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> str:
        raise error

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fail)
    with pytest.raises(DataMissing, match=rf"hf:a/b could not be fetched \({type(error).__name__}\).*give its path"):
        resolve("hf:a/b", files=())


def test_without_the_package_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(MissingDependency, match="huggingface_hub"):
        resolve("hf:a/b", files=())
