"""Media: what a graph may look at, as a reference that fits into its state.

Images so far. `open_image` says once what a file is, and `load_image` gives its pixels wherever a node needs them, as
long as the file is still the same. State and checkpoints hold the `MediaRef`, never pixels. A checkpoint can be
changed by hand, so a reference is trusted no more than a path: roots and limits are judged again at every load, and
the bytes that are decoded are the bytes whose hash was taken.
"""

from __future__ import annotations

import hashlib
import os
from typing import Annotated, Literal

from PIL import Image
from pydantic import BaseModel, ConfigDict, Field

from affectgraph.backends.media_files import MediaError, MediaOptions, read_file, shown
from affectgraph.backends.media_images import as_data_url, decode, encoded
from affectgraph.backends.media_sniff import ImageType

__all__ = ["MediaError", "MediaOptions", "MediaRef", "as_data_url", "encoded", "load_image", "open_image"]

_Pixels = Annotated[int, Field(ge=1)]


class MediaRef(BaseModel):
    """A media file that was opened once and found good.

    Attributes:
        path: absolute, with symlinks resolved.
        sha256: of the whole file, 64 hexadecimal digits.
        kind: what it is for a model; audio and video come later.
        type: what it is for a decoder, from its bytes.
        width: in pixels, as seen: after the EXIF orientation.
        height: the same.
        frames: pictures in the file; the first one is used.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    kind: Literal["image"] = "image"
    type: ImageType
    width: _Pixels
    height: _Pixels
    frames: _Pixels = 1


def open_image(path: str | os.PathLike[str], options: MediaOptions | None = None) -> MediaRef:
    """Read and decode an image file once, and refer to it.

    Args:
        path: a local file: PNG, JPEG, WebP or GIF, whatever it is called.
        options: allowed folders and limits; unset: the defaults.

    Raises:
        MediaError: the file cannot be used; names it, the problem and the way out.
    """
    options = options or MediaOptions()
    resolved, data = read_file(path, options)
    picture = decode(data, shown(path), options)
    width, height = picture.image.size
    return MediaRef(
        path=str(resolved),
        sha256=hashlib.sha256(data).hexdigest(),
        type=picture.type,
        width=width,
        height=height,
        frames=picture.frames,
    )


def load_image(ref: MediaRef, options: MediaOptions | None = None) -> Image.Image:
    """The pixels of an image: RGB, 8 bits, upright, first frame, over white, without metadata.

    Raises:
        MediaError: the file has changed since `open_image`, is gone, or lies outside the roots of these options.
    """
    options = options or MediaOptions()
    _, data = read_file(ref.path, options)
    name = shown(ref.path)
    now = hashlib.sha256(data).hexdigest()
    if now != ref.sha256:
        raise MediaError(
            f"{name} has changed since it was opened (sha256 {ref.sha256[:12]}..., now {now[:12]}...): "
            "put the file back as it was, or open it again"
        )
    return decode(data, name, options).image
