"""Sets on the Hugging Face hub, fetched only when a source is written `hf:owner/name` or `hf:owner/name@revision`.

A path is used as it is and never leads to the network.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from affectgraph.backends.errors import InputError, MissingDependency
from affectgraph.evals.datasets.places import DataMissing

__all__ = ["resolve"]

_PREFIX = "hf:"
_NAME = re.compile(r"(?P<name>[\w.-]+/[\w.-]+)(?:@(?P<revision>[\w./-]+))?")


def resolve(source: str | Path, *, files: Sequence[str]) -> Path:
    """The local path of `source`: itself, or the folder of a snapshot of the named hub data set.

    Args:
        files: the file names (or patterns) that are fetched; nothing else of the repository is.

    Raises:
        InputError: `hf:` is not followed by `owner/name`.
        MissingDependency: `huggingface_hub` is not installed.
        DataMissing: the path is not there, or the snapshot could not be had.
    """
    if isinstance(source, Path) or not source.startswith(_PREFIX):
        path = Path(source)
        if not path.exists():
            raise DataMissing(f"There is no file or folder {path}; give the set's path, or hf:owner/name.")
        return path
    match = _NAME.fullmatch(source.removeprefix(_PREFIX))
    if match is None:
        raise InputError(f"{source!r} is no data set on the hub; write hf:owner/name or hf:owner/name@revision.")
    try:
        import huggingface_hub
    except ImportError as error:
        raise MissingDependency(
            "Sets on the hub need the package huggingface_hub; install affectgraph[evals], or give a local path."
        ) from error
    try:
        folder = huggingface_hub.snapshot_download(
            match["name"], repo_type="dataset", revision=match["revision"], allow_patterns=list(files)
        )
    # Every failure of the hub's client is one of these: HTTP and connection errors are OSError, a refused name
    # ValueError, and an unknown revision or an unreadable cache plain Exception; the way out is the same.
    except Exception as error:
        raise DataMissing(
            f"{source} could not be fetched ({type(error).__name__}); check the name, the licence gate and the "
            "network, or download it yourself and give its path."
        ) from error
    return Path(folder)
