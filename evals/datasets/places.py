"""Where the public development sets lie on this machine, and where to get them.

The sets are third parties' and are never bundled: a folder with one subfolder per set is named by the environment
variable `AFFECTGRAPH_DATA`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from affectgraph.backends.errors import InputError

__all__ = ["ORIGINS", "VARIABLE", "DataMissing", "Origin", "data_folder", "find", "located"]

VARIABLE = "AFFECTGRAPH_DATA"
_BESIDE = Path("..") / "shared" / "data"


class DataMissing(InputError):
    """A file or folder of a set is not on this machine. Says where to get it."""


@dataclass(frozen=True)
class Origin:
    """A set's public home: GitHub repository, the commit that was read, and licence."""

    repository: str
    commit: str
    licence: str


ORIGINS = {
    "crema_d": Origin("CheyneyComputerScience/CREMA-D", "1658cd34", "ODbL 1.0"),
    "crowd_envent": Origin("alokdebnath/appraise-PLM", "4297ee3f", "CC BY 4.0"),
    "emobank": Origin("JULIELab/EmoBank", "248ce2a4", "CC BY-SA 4.0"),
    "edos": Origin("anuradha1992/EDOS", "25680d7e", "CC BY 4.0"),
    "smile": Origin("qiuhuachuan/smile", "9f8afc0b", "CC0 1.0"),
    "cpsycoun": Origin("CAS-SIAT-XinHai/CPsyCoun", "1954f2e2", "CC BY 4.0"),
    "goemotions": Origin("monologg/GoEmotions-pytorch", "b75f9d3a", "Apache-2.0"),
    "mustard": Origin("soujanyaporia/MUStARD", "b34b5134", "MIT"),
    "xstest": Origin("paul-rottger/exaggerated-safety", "d7bb5bd7", "CC BY 4.0"),
    "notinject": Origin("leolee99/InjecGuard", "588f555c", "MIT"),
}


def data_folder() -> Path:
    """The folder that holds the sets: `AFFECTGRAPH_DATA`, else `../shared/data` if that is there.

    Raises:
        DataMissing: the variable names no folder, or neither is there.
    """
    named = os.environ.get(VARIABLE)
    if named:
        folder = Path(named).expanduser()
        if not folder.is_dir():
            raise DataMissing(
                f"{VARIABLE} is {named!r}, which is not a folder; set it to the folder that holds the sets."
            )
        return folder
    if _BESIDE.is_dir():
        return _BESIDE
    raise DataMissing(f"No data sets are on this machine; set {VARIABLE} to the folder that holds them.")


def located(folder: str | Path | None, name: str) -> Path:
    """`folder` where one is given, else that of the set `name`; see `find`."""
    return Path(folder) if folder else find(name)


def find(name: str) -> Path:
    """The folder of the set `name`, one of `ORIGINS`.

    Raises:
        DataMissing: it is not there; says which repository it comes from and under which licence.
        KeyError: no set goes by that name.
    """
    origin = ORIGINS[name]
    way_out = (
        f"get it from https://github.com/{origin.repository} (read at commit {origin.commit}; {origin.licence}), put "
        f"its files into a folder '{name}', and set {VARIABLE} to the folder above it."
    )
    try:
        folder = data_folder() / name
    except DataMissing as error:
        raise DataMissing(f"The set '{name}' is not on this machine: {way_out}") from error
    if not folder.is_dir():
        raise DataMissing(f"The set '{name}' is not in {folder.parent}: {way_out}")
    return folder
