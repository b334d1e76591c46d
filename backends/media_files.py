"""What may be read as media, and its bytes.

A path can come from a data set, a chat page or a model's answer, so it is not trusted: it may lead out of the folders
that the person meant (`..`, a symlink), name something that blocks or never ends (a pipe, a device), be far too big, or
be a URL. Every path is resolved before it is judged, only regular files are opened, never more than `max_bytes` are
read, and no URL is fetched. Not covered: somebody who can rename folders below a root while a file is being opened.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from affectgraph.backends.errors import InputError

__all__ = ["ByteLimit", "MediaError", "MediaOptions", "check_bytes", "read_file", "shown"]

ByteLimit = Literal["max_bytes", "max_clip_bytes"]

# A scheme has two letters or more (`C:` is a drive); `Path` makes one slash of two.
_URL = re.compile(r"\s*(?:[a-z][a-z0-9+.-]+:/|data:)", re.IGNORECASE)
_FLAGS = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOFOLLOW", "O_NOCTTY", "O_BINARY"))
_SPECIAL = {
    stat.S_IFDIR: "a folder: name one file of it",
    stat.S_IFIFO: "a named pipe: save what it gives to a file first",
    stat.S_IFCHR: "a device: copy what it gives to a file first",
    stat.S_IFBLK: "a device: copy what it gives to a file first",
    stat.S_IFSOCK: "a socket: save what it gives to a file first",
}


class MediaError(InputError):
    """A media file cannot be used; names the file, the problem and the way out."""


def _default_roots() -> list[Path]:
    roots = []
    for place in (Path.cwd, Path.home):
        try:
            roots.append(place())
        except (OSError, RuntimeError):  # the folder is gone, or nobody's home is known
            continue
    # A service often runs in `/` with no home of its own: that must not open the whole disk.
    return [root for index, root in enumerate(roots) if root != root.parent and root not in roots[:index]]


class MediaOptions(BaseModel):
    """Which media files may be read, and how large they may be: the section `[media]` of the settings.

    Our choice of roots: the current folder and the home of whoever runs the program, but never the whole disk unless
    it is asked for. A service that takes paths from others should be given one folder.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    roots: list[Path] = Field(
        default_factory=_default_roots, description="folders that media may be read from, with all below them"
    )
    max_bytes: int = Field(default=50_000_000, ge=1, description="largest image file that is read, in bytes")
    # Above 89,478,485 Pillow warns of a decompression bomb, and then refuses.
    max_pixels: int = Field(
        default=50_000_000, ge=1, le=89_478_485, description="largest image that is decoded, width times height"
    )
    max_side: int = Field(
        default=16_384, ge=1, le=100_000, description="largest width or height of an image that is decoded, in pixels"
    )
    max_clip_bytes: int = Field(
        default=200_000_000, ge=1, description="largest sound or video file that is read, in bytes"
    )
    max_duration_s: float = Field(
        default=600.0, gt=0, le=86_400, description="longest sound or video that is decoded, in seconds"
    )
    max_streams: int = Field(default=16, ge=1, le=1_000, description="most streams (tracks) in a sound or video file")
    max_frames: int = Field(default=256, ge=1, le=10_000, description="most frames that are taken from a video")
    max_decode_s: float = Field(
        default=60.0, gt=0, le=3_600, description="most processor time to read one sound or video, in seconds"
    )
    isolate: bool = Field(
        default=False, description="decode sound and video in a process of its own, for files from strangers (slower)"
    )

    @field_validator("roots")
    @classmethod
    def _absolute(cls, roots: list[Path]) -> list[Path]:
        return [Path(os.path.abspath(root.expanduser())) for root in roots]


def shown(path: str | os.PathLike[str]) -> str:
    """A path as it may stand in a message: on one line, of bearable length, without control characters."""
    text = os.fspath(path)
    short = text if len(text) <= 160 else f"{text[:80]}...{text[-60:]}"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in short)


def read_file(
    path: str | os.PathLike[str], options: MediaOptions, limit: ByteLimit = "max_bytes"
) -> tuple[Path, bytes]:
    """The resolved path of a regular file below an allowed root, and its bytes, read once.

    Args:
        path: what was given.
        options: allowed folders and limits.
        limit: which of the limits holds.

    Raises:
        MediaError: a URL, a path outside the roots, anything but a readable regular file, empty, or over the limit.
    """
    name = shown(path)
    resolved = _allowed(path, name, options)
    try:
        # Opening a device can do something to it, so its kind is looked at first, and again once it is open.
        _check_regular(os.stat(resolved), name, options, limit)
        with open(os.open(resolved, _FLAGS), "rb") as file:
            _check_regular(os.fstat(file.fileno()), name, options, limit)
            data = file.read(getattr(options, limit) + 1)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise MediaError(f"{name} does not exist: check the path") from error
    except PermissionError as error:
        raise MediaError(f"{name} may not be read by this user: change its permissions, or copy it") from error
    except OSError as error:
        raise MediaError(f"{name} cannot be read ({error.strerror}): check the path and the disk") from error
    check_bytes(len(data), name, options, limit)
    return resolved, data


def check_bytes(size: int, name: str, options: MediaOptions, limit: ByteLimit = "max_bytes") -> None:
    """Raise a `MediaError` for a file of more bytes than one of the limits allows."""
    most = getattr(options, limit)
    if size > most:
        raise MediaError(
            f"{name} has {size:,} bytes or more, over the limit of {most:,}: "
            f"save a smaller copy, or raise `media.{limit}`"
        )


def _allowed(path: str | os.PathLike[str], name: str, options: MediaOptions) -> Path:
    text = os.fspath(path)
    if _URL.match(text):
        raise MediaError(f"{name} is a URL, and no URL is fetched: save the file and give its path")
    if not text or "\0" in text:
        raise MediaError(f"{name or 'an empty path'} names no file: give the path of a media file")
    try:
        resolved = Path(text).resolve()
        allowed = any(resolved.is_relative_to(root.resolve()) for root in options.roots)
    except (OSError, RuntimeError) as error:  # a loop of symlinks
        raise MediaError(f"{name} cannot be followed to a file: check its symlinks") from error
    if not allowed:
        leads = "" if name == shown(resolved) else f" (it is {shown(resolved)})"
        roots = ", ".join(shown(root) for root in options.roots[:4]) or "none"
        raise MediaError(
            f"{name}{leads} lies outside the folders that media may be read from ({roots}): "
            "move it there, or add its folder to `media.roots`"
        )
    try:
        str(resolved).encode()
    except UnicodeEncodeError:
        raise MediaError(f"the name {name} is not UTF-8 and cannot be kept in a session: rename it") from None
    return resolved


def _check_regular(found: os.stat_result, name: str, options: MediaOptions, limit: ByteLimit) -> None:
    if not stat.S_ISREG(found.st_mode):
        kind = _SPECIAL.get(stat.S_IFMT(found.st_mode), "not a regular file: name a media file")
        raise MediaError(f"{name} is {kind}")
    if found.st_size == 0:
        raise MediaError(f"{name} is empty (0 bytes): get a whole copy of it")
    check_bytes(found.st_size, name, options, limit)
