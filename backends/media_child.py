"""A sound or video file decoded in a process of its own, for services that take files from strangers.

FFmpeg is written in C, and a fault in it ends the process that it runs in. With `media.isolate` that is a child: it
gets the bytes and the limits, no keys from the environment, a ceiling on memory, and is killed when its time is over. A
file that crashes it is a `MediaError` like any other. Not covered: a fault that takes the child over; it runs as the
same user. The price is a start of Python for every file that is opened or loaded, see `docs/media.md`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any, BinaryIO

import numpy as np

from affectgraph.backends.media_decode import Answer, Job, Survey, answer
from affectgraph.backends.media_files import MediaError, MediaOptions
from affectgraph.backends.media_frames import Pixels
from affectgraph.backends.media_missing import MissingModality
from affectgraph.backends.media_policy import FramePolicy, policy_from_json
from affectgraph.backends.media_sniff import ClipType
from affectgraph.backends.media_sound import Sound

__all__ = ["ask", "main"]

_KEPT = ("PATH", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "SYSTEMROOT")
# A child may wait for a busy machine, so its own clock counts processor time; these bound what it takes by the wall.
_PATIENCE = 4
_GRACE_S = 15.0
_MEMORY = 8 << 30
_MODULE = "affectgraph.backends.media_child"


def ask(
    job: Job, data: bytes, type: ClipType, name: str, options: MediaOptions, policy: FramePolicy | None = None
) -> Answer:
    """What `media_decode.answer` gives, from a child process.

    Raises:
        MediaError: as there; and when the child crashes or its time is over.
    """
    question = {
        "job": job,
        "type": type,
        "name": name,
        "options": options.model_dump_json(),
        "policy": policy.model_dump_json() if policy is not None else None,
    }
    environment = {key: os.environ[key] for key in _KEPT if key in os.environ}
    command = [sys.executable, "-P", "-m", _MODULE]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    ) as child:
        try:
            said, _ = child.communicate(_packed(question, data), timeout=_PATIENCE * options.max_decode_s + _GRACE_S)
        except subprocess.TimeoutExpired:
            child.kill()
            raise MediaError(
                f"{name} takes far longer than {options.max_decode_s:g} s to decode: "
                "cut or scale it down, or raise `media.max_decode_s`"
            ) from None
        except BaseException:  # Ctrl-C: leave nothing running
            child.kill()
            raise
    if child.returncode != 0:
        raise MediaError(f"{name} crashes its decoder: it is damaged or made to do so; get another copy of it")
    return _answer(*_unpacked(said))


def main(source: BinaryIO | None = None, sink: BinaryIO | None = None) -> None:
    """Answer one question from standard input on standard output."""
    _limit_memory()
    question, data = _unpacked((source or sys.stdin.buffer).read())
    options = MediaOptions.model_validate_json(question["options"])
    policy = policy_from_json(question["policy"]) if question["policy"] else None
    try:
        said = _said(answer(question["job"], data, question["type"], question["name"], options, policy))
    except MediaError as error:
        said = _packed({"error": str(error)}, b"")
    (sink or sys.stdout.buffer).write(said)


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = _MEMORY if hard == resource.RLIM_INFINITY else min(_MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))


def _packed(head: dict[str, Any], data: bytes) -> bytes:
    text = json.dumps(head).encode()
    return len(text).to_bytes(8, "big") + text + data


def _unpacked(message: bytes) -> tuple[dict[str, Any], bytes]:
    size = 8 + int.from_bytes(message[:8], "big")
    head: dict[str, Any] = json.loads(message[8:size])
    return head, message[size:]


def _said(found: Answer) -> bytes:
    match found:
        case Sound():
            values: dict[str, Any] = {"rate": found.rate, "start_s": found.start_s, "lost": found.lost}
            return _packed({"sound": values}, found.samples.tobytes())
        case Pixels():
            shapes = [frame.shape for frame in found.frames]
            values = {"times_s": found.times_s, "fps": found.fps, "lost": found.lost}
            return _packed({"frames": values, "shapes": shapes}, b"".join(frame.tobytes() for frame in found.frames))
        case Survey():
            return _packed({"survey": found.model_dump()}, b"")
        case _:
            return _packed({"missing": found.model_dump()}, b"")


def _answer(head: dict[str, Any], data: bytes) -> Answer:
    if "sound" in head:
        return Sound(np.frombuffer(data, np.float32).copy(), **head["sound"])
    if "frames" in head:
        frames, at = [], 0
        for shape in head["shapes"]:
            size = int(np.prod(shape))
            frames.append(np.frombuffer(data, np.uint8, size, at).reshape(shape).copy())
            at += size
        return Pixels(frames, **head["frames"])
    if "survey" in head:
        return Survey.model_validate(head["survey"])
    if "missing" in head:
        return MissingModality.model_validate(head["missing"])
    raise MediaError(str(head.get("error")))


if __name__ == "__main__":
    main()
