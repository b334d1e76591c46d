"""Sound, frames and marked words as parts of a message, and back.

An image has OpenAI's form already (see `vision.py`). The other parts that a multimodal model can be given:

- `{"type": "text", "text": ..., "modality": "text"}`: what the person said, as against what we say about it. Only
  marked words count as the text modality when attention is read or steered.
- `{"type": "video", "video": ["data:image/jpeg;base64,...", ...], "fps": 2.0}`: frames in the order of time.
- `{"type": "input_audio", "input_audio": {"data": ..., "format": "wav"}}`: base64 of a WAV file, 16-bit PCM, mono.

Media come first in a message and the words after them, so that a cached prefix holds. The same samples and pixels give
the same bytes. A part may come from anywhere, so what is read back is checked like a file.
"""

from __future__ import annotations

import base64
import binascii
import math
import wave
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.backends.errors import InputError
from affectgraph.backends.media_files import MediaOptions
from affectgraph.backends.media_images import as_data_url, decode

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["audio_of", "audio_part", "frames_of", "marked_text", "video_part"]

# Our choice. 384 kHz is the fastest that any recorder offers; below 1 kHz no speech is left.
_RATES = range(1_000, 384_001)
_FASTEST = 1_000.0
_LOUDEST = 32_768  # a 16-bit sample of -1.0


def marked_text(text: str) -> dict[str, Any]:
    """What the person said, as a part that counts as the text modality."""
    return {"type": "text", "text": text, "modality": "text"}


def audio_part(samples: NDArray[np.floating[Any]], rate: int) -> dict[str, Any]:
    """Sound as a part.

    Args:
        samples: mono, shape (n,), in [-1, 1]; what lies beyond is clipped.
        rate: samples a second, 1,000 to 384,000.

    Raises:
        InputError: no samples, more than one channel, a sample that is no number, or a rate out of range.
    """
    sound = np.asarray(samples)
    if sound.ndim != 1 or sound.size == 0 or not np.issubdtype(sound.dtype, np.floating):
        raise InputError(
            f"samples are {sound.dtype} of shape {sound.shape}, not mono floats of shape (n,) with n > 0: "
            "load them with `backends.media.load_audio`"
        )
    if not np.isfinite(sound).all():
        raise InputError("samples hold a value that is no finite number: compute them again")
    if rate not in _RATES:
        raise InputError(f"rate is {rate}, not a whole number from {_RATES[0]:,} to {_RATES[-1]:,}: resample the sound")
    pcm = np.clip(np.rint(sound.astype(np.float64) * _LOUDEST), -_LOUDEST, _LOUDEST - 1).astype("<i2")
    with wave.open(buffer := BytesIO(), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(pcm.tobytes())
    return {
        "type": "input_audio",
        "input_audio": {"data": base64.b64encode(buffer.getvalue()).decode("ascii"), "format": "wav"},
    }


def audio_of(part: Mapping[str, Any]) -> tuple[NDArray[np.float32], int]:
    """The sound of an `input_audio` part: samples of shape (n,), float32 in [-1, 1], and their rate in Hz.

    Raises:
        InputError: another part, another format, damaged, or longer than the default of `media.max_duration_s`.
    """
    given = _payload(part, "input_audio", "audio_part")
    data, format = (given.get("data"), given.get("format")) if isinstance(given, Mapping) else (None, None)
    if format != "wav" or not isinstance(data, str):
        raise InputError(
            f"an input_audio part holds the format {str(format)[:40]!r}, not a WAV file in base64: "
            "make it with `backends.media_parts.audio_part`"
        )
    limits = MediaOptions()
    content = _bytes(data, "the sound of an input_audio part", limits)
    try:
        with wave.open(BytesIO(content)) as file:
            form = (file.getnchannels(), file.getsampwidth(), file.getframerate())
            pcm = np.frombuffer(file.readframes(file.getnframes()), "<i2") if form[:2] == (1, 2) else np.empty(0, "<i2")
    except (wave.Error, EOFError, ValueError) as error:
        raise InputError("an input_audio part holds no sound WAV file: send the sound again") from error
    if form[:2] != (1, 2) or form[2] not in _RATES:
        raise InputError(
            f"an input_audio part has {form[0]} channels of {8 * form[1]} bits at {form[2]:,} Hz, "
            "not one of 16 bits at a usual rate: make it with `backends.media_parts.audio_part`"
        )
    if pcm.size > form[2] * limits.max_duration_s:
        raise InputError(f"an input_audio part lasts longer than {limits.max_duration_s:g} s: send a shorter piece")
    return pcm.astype(np.float32) / np.float32(_LOUDEST), form[2]


def video_part(frames: Sequence[Image.Image], fps: float, *, side: int = 512) -> dict[str, Any]:
    """Frames as a part: JPEG without metadata, scaled down to at most `side` pixels a side.

    Args:
        frames: in the order of time, at least one.
        fps: frames a second, over the whole; how far apart they are for the model.
        side: longest side in pixels.

    Raises:
        InputError: no frames, or a rate that is no positive number.
    """
    if not frames:
        raise InputError("a video part needs at least one frame; where there is none, leave the video out")
    return {"type": "video", "video": [as_data_url(frame, side) for frame in frames], "fps": _sound_fps(fps)}


def frames_of(part: Mapping[str, Any]) -> tuple[list[Image.Image], float]:
    """The frames of a `video` part, RGB, in the order of time, and how many a second.

    Raises:
        InputError: another part, no or too many frames, one that is no sound image, or no rate.
    """
    given = _payload(part, "video", "video_part")
    if isinstance(given, str) or not isinstance(given, Sequence) or not given:
        raise InputError("a video part holds no list of frames: make it with `backends.media_parts.video_part`")
    limits = MediaOptions()
    if len(given) > limits.max_frames:
        raise InputError(f"a video part holds {len(given):,} frames, over {limits.max_frames:,}: sample fewer")
    frames = []
    for number, url in enumerate(given, 1):
        name = f"frame {number} of a video part"
        head, _, data = url.partition(",") if isinstance(url, str) else ("", "", "")
        if not (head.startswith("data:image/") and head.endswith(";base64")):
            raise InputError(
                f"{name} is no data:image/...;base64 URL, and no address is fetched: "
                "make the part with `backends.media_parts.video_part`"
            )
        frames.append(decode(_bytes(data, name, limits), name, limits).image)
    return frames, _sound_fps(part.get("fps"))


def _payload(part: Mapping[str, Any], kind: str, maker: str) -> Any:
    if part.get("type") != kind:
        raise InputError(
            f"a part of type {str(part.get('type'))[:40]!r} is not {kind!r}: "
            f"make it with `backends.media_parts.{maker}`"
        )
    return part.get(kind)


def _sound_fps(fps: Any) -> float:
    if isinstance(fps, bool) or not isinstance(fps, int | float) or not math.isfinite(fps) or not 0 < fps <= _FASTEST:
        raise InputError(
            f"fps is {str(fps)[:40]}, not a number above 0 and up to {_FASTEST:,.0f}: give frames a second"
        )
    return float(fps)


def _bytes(text: str, name: str, limits: MediaOptions) -> bytes:
    if len(text) > limits.max_bytes:
        raise InputError(f"{name} has {len(text):,} letters of base64, over {limits.max_bytes:,}: send a smaller one")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InputError(f"{name} is not valid base64: send it again") from error
