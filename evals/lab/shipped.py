"""The two thinkers that ship with the package, so that nothing need be trained to see the collapse and the steering.

Trained on drawn clips alone; about 1.8 MB each; weights in safetensors with their recipe beside them in JSON.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from affectgraph.backends.errors import InputError
from affectgraph.evals.lab.training import Mixture, run_name

__all__ = ["SHIPPED_SEED", "shipped_weights"]

SHIPPED_SEED = 0


def shipped_weights(mixture: Mixture) -> Path:
    """The weights of the shipped thinker of this mixture.

    Raises:
        InputError: the installation lacks them.
    """
    path = Path(str(files("affectgraph.evals.lab") / "weights" / f"{run_name(mixture, SHIPPED_SEED)}.safetensors"))
    if not path.is_file():
        raise InputError(
            f"{path} is missing from the installation; install affectgraph again, or train with `make lab`"
        )
    return path
