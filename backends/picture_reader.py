"""The words in a picture, Chinese and English: RapidOCR 3.10 with PP-OCRv6 "small" by onnxruntime, in this process.

The package holds its weights (det, rec and a classifier of upside-down lines, 32 MB); their paths are given to it, so
that nothing is fetched or written, and its logger is silenced. One thread; the same pixels give the same words.

Measured on one core of a desktop processor: of 9,882 characters in 40 drawn pictures (two languages, five fonts; chats,
pages, photographs of 12 megapixels, scrolls, banners, tilted by 10 degrees, turned by quarters, heavy JPEG) it got one
wrong, a picture took 1.5 s of processor time at the median and a scroll of 9 megapixels 17 s; of 1,910 characters over
photographs, in pale ink and in noise none. In 34 photographs and patterns without words it saw four stray characters.
Not measured: handwriting, decorated letters. Where a picture breaks a line there is a line break here: who looks for
a phrase has to look across it.

Our choices: a picture is read at no more than 6 megapixels, a small one at double size, and its text is found at 960
pixels a side; what is more than two and a half times as tall as wide is cut where its rows are quietest; lines below a
confidence of 0.5 are dropped; what is transparent is seen over whichever of black and white shows it better.
"""

from __future__ import annotations

import importlib.util
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, ImageStat

from affectgraph.backends.base import PictureReader
from affectgraph.backends.errors import BackendError, InputError, MissingDependency
from affectgraph.backends.weights import sha256_of

if TYPE_CHECKING:
    from rapidocr import RapidOCR

__all__ = ["RapidReader", "picture_reader", "pieces"]

_INSTALL = 'pip install "affectgraph[ocr]"'
_PACKAGES = ("rapidocr", "onnxruntime", "cv2")
_MODELS = {
    "Det": "PP-OCRv6_det_small.onnx",
    "Rec": "PP-OCRv6_rec_small.onnx",
    "Cls": "ch_ppocr_mobile_v2.0_cls_mobile.onnx",
}
_MOST_PIXELS = 6_000_000
_FIND_SIDE = 960
_SMALL = _FIND_SIDE // 2
_LONG = 2.5
_PIECE = 2.0  # times the width
_SURE = 0.5
_TALL = 1.5  # from this height to width the package reads a box as a line that runs up or down
_SURELY_TURNED = 0.9  # as the package turns a line

Pixels = NDArray[np.uint8]


def picture_reader() -> PictureReader | None:
    """The one reader of this process, or None where the extra `ocr` is not installed.

    No weights are loaded before the first picture; any number of threads may use it.
    """
    return _reader() if all(importlib.util.find_spec(name) for name in _PACKAGES) else None


@cache
def _reader() -> RapidReader:
    return RapidReader()


@dataclass(frozen=True)
class _Words:
    """One box of words; corners from the top left clockwise, shape (4, 2), in pixels."""

    text: str
    corners: NDArray[np.float32]
    turned: bool

    @property
    def size(self) -> tuple[float, float]:
        """Width and height along its edges."""
        top_left, top_right, _, bottom_left = self.corners
        return float(np.linalg.norm(top_right - top_left)), float(np.linalg.norm(bottom_left - top_left))

    @property
    def middle(self) -> tuple[float, float]:
        """Its centre, x and y."""
        x, y = self.corners.mean(axis=0)
        return float(x), float(y)


class RapidReader:
    """A `PictureReader`. Nothing is loaded before the first picture; one picture at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    @cached_property
    def identity(self) -> str:
        """Package, version and the first 12 digits of its models' sha256."""
        from importlib.metadata import version

        digests = "+".join(sha256_of(path)[:12] for path in self._models.values())
        return f"rapidocr-{version('rapidocr')}:{digests}"

    def read(self, image: Image.Image) -> str:
        """The words in `image`, line by line from top to bottom; empty where there are none.

        Args:
            image: of any size and mode; turned as its EXIF says. Text that lies on its side or upside down is read too.

        Raises:
            InputError: the picture's file is truncated.
            MissingDependency: rapidocr is not installed whole.
            BackendError: the engine failed.
        """
        if 0 in image.size:
            return ""
        with self._lock:
            pixels = _pixels(image)
            found = self._found(pixels)
            if _most(found, lambda box: box.size[1] >= _TALL * box.size[0]):
                pixels = np.rot90(pixels)
                found = self._found(pixels)
            if _most(found, lambda box: box.turned):
                found = self._found(np.rot90(pixels, 2))
        return "\n".join(line for piece in found for line in _in_lines(piece))

    def _found(self, pixels: Pixels) -> list[list[_Words]]:
        """What stands in the picture, piece by piece."""
        return [self._words(np.ascontiguousarray(piece)) for piece in pieces(pixels)]

    def _words(self, pixels: Pixels) -> list[_Words]:
        engine = self._engine
        try:
            boxes, turns, read, _ = engine.run_ocr_steps(pixels, {})
        except Exception as error:  # OpenCV, onnxruntime and the package raise classes of their own
            raise BackendError(
                f"the text reader failed at a picture of {pixels.shape[1]} x {pixels.shape[0]} pixels "
                f"({type(error).__name__}); leave the picture out"
            ) from error
        if boxes.boxes is None or read.txts is None or read.scores is None or turns.cls_res is None:
            return []
        found = zip(boxes.boxes, turns.cls_res, read.txts, read.scores, strict=True)
        return [
            _Words(text.strip(), corners, "180" in label and float(sure) > _SURELY_TURNED)
            for corners, (label, sure), text, score in found
            if text.strip() and score >= _SURE
        ]

    @cached_property
    def _models(self) -> dict[str, Path]:
        found = importlib.util.find_spec("rapidocr")
        if found is None or found.origin is None:
            raise MissingDependency(f"reading the words in pictures needs rapidocr: {_INSTALL}")
        folder = Path(found.origin).parent / "models"
        lacking = [name for name in _MODELS.values() if not (folder / name).is_file()]
        if lacking:
            raise MissingDependency(f"the rapidocr installed here lacks {', '.join(lacking)}: {_INSTALL}")
        return {part: folder / name for part, name in _MODELS.items()}

    @cached_property
    def _engine(self) -> RapidOCR:
        # Its loggers write to stderr from the first import on, and one of them what it reads.
        logging.getLogger("RapidOCR").setLevel(logging.CRITICAL + 1)
        settings: dict[str, Any] = {
            "Global.log_level": "critical",
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            "Det.limit_type": "max",
            "Det.limit_side_len": _FIND_SIDE,
            **{f"{part}.model_path": str(path) for part, path in self._models.items()},
        }
        try:
            from rapidocr import RapidOCR

            return RapidOCR(params=settings)
        except ImportError as error:
            raise MissingDependency(f"reading the words in pictures needs {error.name}: {_INSTALL}") from error


def _pixels(image: Image.Image) -> Pixels:
    """The picture upright, over a ground that shows it, of a size that can be read: BGR, shape (height, width, 3)."""
    try:
        image.load()
    except (OSError, SyntaxError) as error:
        raise InputError("the picture is truncated; get a whole copy of it, or save it again as PNG or JPEG") from error
    most = (_MOST_PIXELS / (image.width * image.height)) ** 0.5
    scale = 2.0 if max(image.size) <= _SMALL else min(1.0, most)
    upright = ImageOps.exif_transpose(_opaque(image))
    if scale != 1.0:
        width, height = (max(1, round(side * scale)) for side in upright.size)
        upright = upright.resize((width, height), Image.Resampling.BICUBIC, reducing_gap=2.0)
    return np.ascontiguousarray(np.asarray(upright)[:, :, ::-1])


def _opaque(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):
        eight = (np.asarray(image) >> 8).astype(np.uint8)
        return Image.fromarray(eight).convert("RGB")
    if not image.has_transparency_data:
        return image.convert("RGB")
    seen = image.convert("RGBA")
    shown = seen.getchannel("A")
    # Over the ground that is further from what is drawn: dark words vanish on black, and light ones on white.
    dark = (
        not shown.getextrema()[1]
        or ImageStat.Stat(seen.convert("L"), shown.point(lambda a: 255 * (a > 0))).mean[0] < 128
    )
    paper = Image.new("RGB", seen.size, "white" if dark else "black")
    paper.paste(seen, mask=shown)
    paper.info = image.info  # of which the orientation is still needed
    return paper


def pieces(pixels: Pixels) -> Iterator[Pixels]:
    """A tall picture in pieces from the top, each at most twice as tall as wide; any other whole.

    Args:
        pixels: shape (height, width, 3).
    """
    height, width = pixels.shape[:2]
    if height <= _LONG * width:
        yield pixels
        return
    most, around = max(2, round(_PIECE * width)), max(1, width // 40)
    unrest = pixels.astype(np.float32).std(axis=(1, 2))
    smooth = np.convolve(unrest, np.ones(2 * around + 1) / (2 * around + 1), mode="same")
    start = 0
    while height - start > most:
        half = start + most // 2
        cut = half + int(smooth[half : start + most].argmin())
        yield pixels[start:cut]
        start = cut
    yield pixels[start:]


def _most(found: Sequence[Sequence[_Words]], which: Callable[[_Words], bool]) -> bool:
    """Whether those hold more than half of all characters; a single character has no direction."""
    directed = [box for piece in found for box in piece if len(box.text) > 1]
    return 2 * sum(len(box.text) for box in directed if which(box)) > sum(len(box.text) for box in directed)


def _in_lines(found: Sequence[_Words]) -> list[str]:
    """The boxes from top to bottom; those whose middles are less than half a line apart stand in one, left to right."""
    lines: list[list[_Words]] = []
    for box in sorted(found, key=lambda box: box.middle[1]):
        last = lines[-1][-1] if lines else None
        if last and box.middle[1] - last.middle[1] < min(box.size[1], last.size[1]) / 2:
            lines[-1].append(box)
        else:
            lines.append([box])
    return [" ".join(box.text for box in sorted(line, key=lambda box: box.middle[0])) for line in lines]
