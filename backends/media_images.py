"""Pixels: an image file decoded into plain RGB, and RGB written for a model to look at.

A picture is data from anywhere. Its header may claim a size that no memory holds or that its data does not have, and
whatever fails in a decoder, in whatever way, is a fact about the file: one `MediaError`. The size is judged by the
header, before a pixel is decoded. What is written out is encoded anew from bare pixels, so that no place, name or
thumbnail from a camera's metadata leaves this machine. Not covered: a fault in the C code of a decoder, which runs in
this process; keep Pillow current.

Our choices: what is transparent is seen over white; colour profiles are ignored; 16 bits become 8 by dropping the low
byte; the first frame stands for an animation; a broken orientation mark counts as none.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Literal

import numpy as np
from PIL import Image

from affectgraph.backends.media_files import MediaError, MediaOptions
from affectgraph.backends.media_png import check_rows
from affectgraph.backends.media_sniff import ImageType, image_type
from affectgraph.backends.media_structure import FirstPicture, Malformed, first_picture

__all__ = ["Picture", "as_data_url", "decode", "encoded"]

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_QUALITY = 90
_PNG_DEPTH = 24  # where the bits per sample stand


@dataclass(frozen=True)
class Picture:
    """A decoded file: 8-bit RGB, upright, without metadata; `frames` is how many pictures the file holds."""

    image: Image.Image
    type: ImageType
    frames: int


def decode(data: bytes, name: str, options: MediaOptions) -> Picture:
    """Decode the first picture in `data`; `name` stands in the errors.

    Raises:
        MediaError: no PNG, JPEG, WebP or GIF, larger than the options allow, truncated or corrupted.
    """
    type = image_type(data, name)
    with _guarded(name, type):
        first = first_picture(data, type)
        _check_size(first.size, name, options)
        if type == "png":
            check_rows(first.data)
        with Image.open(BytesIO(first.data), formats=[type.upper()]) as file:
            _check_size(file.size, name, options)  # should the decoder read the header otherwise
            file.load()
            image = _rgb(_eight_bits(file, first, type))
        if first.orientation in _TURNS:
            image = image.transpose(_TURNS[first.orientation])
        image.info = {}  # Pillow would write a profile or a comment from here
        return Picture(image, type, first.frames)


def encoded(image: Image.Image, max_side: int = 1024, format: Literal["jpeg", "png"] = "jpeg") -> bytes:
    """The image as a file, scaled down to at most `max_side` pixels a side, without metadata.

    The same pixels give the same bytes, so that a model's cached prefix holds. PNG keeps lines and letters crisp.
    """
    plain = _rgb(image)
    plain.info = {}
    scale = max_side / max(plain.size)
    if scale < 1:
        width, height = (max(1, round(side * scale)) for side in plain.size)
        plain = plain.resize((width, height), Image.Resampling.LANCZOS)
    plain.save(buffer := BytesIO(), format.upper(), **({"quality": _QUALITY} if format == "jpeg" else {}))
    return buffer.getvalue()


def as_data_url(image: Image.Image, max_side: int = 1024, format: Literal["jpeg", "png"] = "jpeg") -> str:
    """The image as a `data:` URL, for the image parts of OpenAI-style messages; see `encoded`."""
    return f"data:image/{format};base64,{base64.b64encode(encoded(image, max_side, format)).decode('ascii')}"


@contextmanager
def _guarded(name: str, type: ImageType) -> Iterator[None]:
    again = "get a whole copy of it, or save it again as PNG or JPEG"
    try:
        yield
    except MediaError:
        raise
    except Malformed as error:
        raise MediaError(f"{name} {error}: it is no sound {type.upper()} file; {again}") from error
    except MemoryError as error:
        raise MediaError(f"{name} does not fit into memory: scale it down, or lower `media.max_pixels`") from error
    except Exception as error:  # decoders raise nearly anything
        raise MediaError(f"{name} begins as {type.upper()} but is truncated or corrupted: {again}") from error


def _check_size(size: tuple[int, int], name: str, options: MediaOptions) -> None:
    width, height = size
    says = f"{name} says that it is {width:,} x {height:,} pixels"
    if max(size) > options.max_side:
        raise MediaError(f"{says}, over {options.max_side:,} a side: scale it down, or raise `media.max_side`")
    if width * height > options.max_pixels:
        raise MediaError(f"{says}, over {options.max_pixels:,} in all: scale it down, or raise `media.max_pixels`")


def _eight_bits(image: Image.Image, first: FirstPicture, type: ImageType) -> Image.Image:
    """A PNG of other depths as Pillow should give it: it clips 16-bit grey, and keeps a transparent colour unscaled."""
    depth = first.data[_PNG_DEPTH] if type == "png" else 8
    key = image.info.get("transparency")
    if image.mode.startswith("I"):
        grey = np.asarray(image)
        opaque = np.full(grey.shape, 255, np.uint8) if key is None else np.where(grey == key, 0, 255).astype(np.uint8)
        return Image.merge("LA", [Image.fromarray((grey >> 8).astype(np.uint8)), Image.fromarray(opaque)])
    if image.mode == "L" and isinstance(key, int):
        image.info["transparency"] = key * 255 // (2**depth - 1)
    if depth == 16 and isinstance(key, tuple):  # pixels that differ from the colour in the low byte only go with it
        image.info["transparency"] = tuple(value >> 8 for value in key)
    return image


def _rgb(image: Image.Image) -> Image.Image:
    """A new image of 8-bit RGB; over white where it is transparent."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    seen = image.convert("RGBA")
    paper = Image.new("RGB", seen.size, "white")
    paper.paste(seen, mask=seen)
    return paper
