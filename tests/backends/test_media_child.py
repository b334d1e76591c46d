"""Decoding in a process of its own: the same answers, and a crash, a hang or a greedy file costs the child alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from affectgraph.backends import media_child
from affectgraph.backends.media import (
    Frames,
    MediaError,
    MediaOptions,
    MissingModality,
    Sound,
    UniformFrames,
    load_audio,
    load_frames,
    open_media,
)
from tests.backends.clip_files import clip, counting, sample

Pretend = Callable[[str], Path]


@pytest.fixture
def options(tmp_path: Path) -> MediaOptions:
    return MediaOptions(roots=[tmp_path], isolate=True)


@pytest.fixture
def pretend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pretend:
    """A child that runs the given code instead, and a sound file to be asked about."""

    def write(code: str) -> Path:
        (tmp_path / "pretended.py").write_text(code)
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        monkeypatch.setattr(media_child, "_MODULE", "pretended")
        (tmp_path / "a.wav").write_bytes(sample("wav"))
        return tmp_path / "a.wav"

    return write


def test_a_child_gives_the_same_answers(options: MediaOptions, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(sample("mp4"))
    here = options.model_copy(update={"isolate": False})
    ref = open_media(path, options)
    assert ref == open_media(path, here)
    sounds = [load_audio(ref, each) for each in (options, here)]
    assert isinstance(sounds[0], Sound)
    assert isinstance(sounds[1], Sound)
    assert np.array_equal(sounds[0].samples, sounds[1].samples)
    frames = [load_frames(ref, each, UniformFrames(count=2, side=32)) for each in (options, here)]
    assert isinstance(frames[0], Frames)
    assert isinstance(frames[1], Frames)
    assert [frame.tobytes() for frame in frames[0].images] == [frame.tobytes() for frame in frames[1].images]
    assert (frames[0].times_s, frames[0].fps) == (frames[1].times_s, frames[1].fps)


def test_what_is_missing_and_what_is_wrong_come_out_of_the_child(options: MediaOptions, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(clip("mp4", picture=counting))
    ref = open_media(path, options.model_copy(update={"isolate": False}))
    missing = load_audio(ref, options)
    assert isinstance(missing, MissingModality)
    assert missing.reason == "no_stream"
    path.write_bytes(sample("mp4")[:600])
    with pytest.raises(MediaError, match="corrupted"):
        open_media(path, options)


def test_a_crash_of_the_child_is_an_error_about_the_file(pretend: Pretend, options: MediaOptions) -> None:
    path = pretend("import os; os.abort()")
    with pytest.raises(MediaError, match=r"a\.wav crashes its decoder"):
        open_media(path, options)


def test_a_child_that_hangs_is_ended(pretend: Pretend, options: MediaOptions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media_child, "_GRACE_S", 0.2)
    path = pretend("import time; time.sleep(250)")
    with pytest.raises(MediaError, match=r"media\.max_decode_s"):
        open_media(path, options.model_copy(update={"max_decode_s": 0.2}))


def test_a_child_sees_no_keys(pretend: Pretend, options: MediaOptions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "secret")
    path = pretend(
        "import os, sys, json\n"
        "sys.stdin.buffer.read()\n"
        "text = json.dumps({'error': 'keys: ' + ' '.join(os.environ)}).encode()\n"
        "sys.stdout.buffer.write(len(text).to_bytes(8, 'big') + text)\n"
    )
    with pytest.raises(MediaError, match="keys:") as caught:
        open_media(path, options)
    assert "PATH" in str(caught.value)
    assert "SOME_API_KEY" not in str(caught.value)
