"""Parts of messages for sound, frames and marked words: what goes in comes out, and nothing unsound is taken."""

from __future__ import annotations

import base64
import json
import wave
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from affectgraph.backends.errors import InputError
from affectgraph.backends.media_parts import audio_of, audio_part, frames_of, marked_text, video_part
from tests.backends.image_files import corners

TONE = np.sin(np.linspace(0, 200, 1_600)).astype(np.float32) * 0.5


def wav_part(channels: int = 1, width: int = 2, rate: int = 16_000, data: bytes = bytes(64)) -> dict[str, Any]:
    with wave.open(buffer := BytesIO(), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(data)
    return sound_part(buffer.getvalue())


def sound_part(content: bytes) -> dict[str, Any]:
    return {
        "type": "input_audio",
        "input_audio": {"data": base64.b64encode(content).decode(), "format": "wav"},
    }


def test_what_the_person_said_is_marked_as_text() -> None:
    assert marked_text("I am fine.") == {"type": "text", "text": "I am fine.", "modality": "text"}


@given(st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=50), st.sampled_from([8_000, 16_000, 44_100]))
def test_samples_come_back_to_within_half_a_16_bit_step(values: list[float], rate: int) -> None:
    samples = np.array(values, np.float32)
    back, back_rate = audio_of(audio_part(samples, rate))
    assert back_rate == rate
    assert back.dtype == np.float32
    inside = np.minimum(samples, 32_767 / 32_768)  # +1.0 itself has no 16-bit value
    assert np.abs(back - inside).max() <= 0.5 / 32_768
    assert audio_part(back, rate) == audio_part(samples, rate)


def test_samples_beyond_the_range_are_clipped() -> None:
    back, _ = audio_of(audio_part(np.array([-3.0, 2.0]), 16_000))
    assert back.tolist() == [-1.0, 32_767 / 32_768]


def test_parts_are_json_and_the_same_for_the_same_content() -> None:
    frames = [corners(), corners((30, 20))]
    assert json.dumps(audio_part(TONE, 16_000)) == json.dumps(audio_part(TONE, 16_000))
    assert json.dumps(video_part(frames, 2)) == json.dumps(video_part(frames, 2))


@pytest.mark.parametrize(
    "samples",
    [np.zeros(0), np.zeros((2, 4)), np.zeros(4, np.int16), np.array([0.0, np.nan]), np.array([np.inf])],
)
def test_samples_that_are_no_mono_sound_are_refused(samples: Any) -> None:
    with pytest.raises(InputError, match="samples"):
        audio_part(samples, 16_000)


@pytest.mark.parametrize("rate", [0, -1, 999, 384_001, 16_000.5, 10**9])
def test_a_rate_that_no_sound_has_is_refused(rate: Any) -> None:
    with pytest.raises(InputError, match="rate"):
        audio_part(TONE, rate)


@pytest.mark.parametrize(
    ("part", "says"),
    [
        ({"type": "text", "text": "x"}, "'text' is not 'input_audio'"),
        ({"type": "input_audio"}, "format"),
        ({"type": "input_audio", "input_audio": {"data": "AAAA", "format": "mp3"}}, "'mp3'"),
        ({"type": "input_audio", "input_audio": {"data": 3, "format": "wav"}}, "'wav'"),
        ({"type": "input_audio", "input_audio": {"data": "?", "format": "wav"}}, "base64"),
        (sound_part(b""), "no sound WAV"),
        (sound_part(b"RIFF\0\0\0\0WAVE"), "no sound WAV"),
        (sound_part(b"ID3\x03" + bytes(99)), "no sound WAV"),
        (wav_part(channels=2), "2 channels"),
        (wav_part(width=1), "8 bits"),
        (wav_part(rate=10), "10 Hz"),
        (wav_part(rate=1_000, data=bytes(2 * 601_000)), "longer than 600 s"),
    ],
)
def test_a_part_that_holds_no_sound_of_ours_is_refused(part: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        audio_of(part)
    assert "\n" not in str(caught.value)


def test_a_wav_that_is_cut_off_gives_what_is_there_or_an_error() -> None:
    whole = base64.b64decode(audio_part(TONE, 16_000)["input_audio"]["data"])
    for length in range(len(whole)):
        try:
            samples, _ = audio_of(sound_part(whole[:length]))
        except InputError:
            continue
        assert samples.size <= TONE.size


def test_frames_come_back_in_order_upright_and_scaled() -> None:
    frames = [Image.new("RGB", (64, 32), (shade, 10, 10)) for shade in (0, 120, 240)]
    part = video_part(frames, 2.5, side=16)
    assert part["type"] == "video"
    back, fps = frames_of(part)
    assert fps == 2.5
    assert [frame.size for frame in back] == [(16, 8)] * 3
    reds = [frame.getpixel((8, 4))[0] for frame in back]  # type: ignore[index]
    assert np.abs(np.array(reds) - [0, 120, 240]).max() < 8


@pytest.mark.parametrize("fps", [0, -1, float("nan"), float("inf"), 1e9, None, "2", True])
def test_a_frame_rate_that_is_no_positive_number_is_refused(fps: Any) -> None:
    with pytest.raises(InputError, match="fps"):
        video_part([corners()], fps)
    with pytest.raises(InputError, match="fps"):
        frames_of(video_part([corners()], 1) | {"fps": fps})


def test_no_frames_make_no_part() -> None:
    with pytest.raises(InputError, match="at least one frame"):
        video_part([], 1)


URL = video_part([corners()], 1)["video"][0]


@pytest.mark.parametrize(
    ("video", "says"),
    [
        (None, "no list"),
        ([], "no list"),
        (URL, "no list"),
        ([URL, "https://example.org/a.jpg"], "frame 2 of a video part"),
        ([3], "frame 1"),
        ([URL[:-9] + "?"], "base64"),
        (["data:image/png;base64,AAAA"], "frame 1"),
        ([URL] * 257, "257 frames"),
    ],
)
def test_a_part_that_holds_no_frames_is_refused(video: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        frames_of({"type": "video", "video": video, "fps": 1})
