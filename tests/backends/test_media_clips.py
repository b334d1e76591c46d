"""Sound and video from files: what a reference says, what is heard and seen, what counts as missing."""

from __future__ import annotations

import hashlib
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from affectgraph.backends import media_clip
from affectgraph.backends.media import (
    Frames,
    MediaError,
    MediaOptions,
    MediaRef,
    MissingModality,
    Sound,
    UniformFrames,
    load_audio,
    load_frames,
    open_media,
)
from affectgraph.backends.media_parts import audio_of, audio_part, frames_of, video_part
from tests.backends.clip_files import FORMS, clip, counting, ebml_float, flat, only, rotated, sample, tone, wav
from tests.backends.image_files import corners, file_of

Put = Callable[..., Path]
VIDEOS = [form for form, (_, video, _) in FORMS.items() if video]


@pytest.fixture
def options(tmp_path: Path) -> MediaOptions:
    return MediaOptions(roots=[tmp_path])


@pytest.fixture
def put(tmp_path: Path) -> Put:
    def write(data: bytes, name: str = "clip.bin") -> Path:
        (tmp_path / name).write_bytes(data)
        return tmp_path / name

    return write


@pytest.fixture
def hear(put: Put, options: MediaOptions) -> Callable[[bytes], Sound | MissingModality]:
    return lambda data: load_audio(open_media(put(data), options), options)


@pytest.fixture
def see(put: Put, options: MediaOptions) -> Callable[..., Frames | MissingModality]:
    return lambda data, policy=None: load_frames(open_media(put(data), options), options, policy)


def numbers(frames: Frames) -> list[int]:
    """Which of the `counting` pictures these are."""
    marks = [np.asarray(frame)[-8:, -8:].mean() for frame in frames.images]
    return [round((mark - 20) / 5) for mark in marks]


# --- what a reference is ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_each_type_is_opened_by_its_bytes_whatever_it_is_called(form: str, put: Put, options: MediaOptions) -> None:
    ref = open_media(put(sample(form), "clip.png"), options)
    moving = form in VIDEOS
    assert (ref.kind, ref.type, ref.sound) == ("video" if moving else "audio", form, True)
    assert (ref.width, ref.height, ref.frames) == ((64, 48, 25) if moving else (0, 0, 0))
    assert ref.duration_s == pytest.approx(1, abs=0.04)
    assert ref.fps == pytest.approx(25 if moving else 0, abs=0.1)
    assert ref.sha256 == hashlib.sha256(sample(form)).hexdigest()
    assert MediaRef.model_validate_json(ref.model_dump_json()) == ref


def test_an_image_is_opened_as_before_and_is_one_frame(put: Put, options: MediaOptions) -> None:
    ref = open_media(put(file_of(corners((40, 20)), "PNG")), options)
    assert (ref.kind, ref.type, ref.width) == ("image", "png", 40)
    frames = load_frames(ref, options, UniformFrames(side=20))
    assert isinstance(frames, Frames)
    assert [image.size for image in frames.images] == [(20, 10)]
    assert (frames.times_s, frames.fps) == ([0.0], 1.0)
    missing = load_audio(ref, options)
    assert isinstance(missing, MissingModality)
    assert (missing.modality, missing.reason) == ("audio", "no_stream")


def test_a_reference_of_a_checkpoint_from_before_there_were_clips_still_loads() -> None:
    old = {"path": "/a.png", "sha256": "0" * 64, "kind": "image", "type": "png", "width": 4, "height": 3, "frames": 1}
    ref = MediaRef.model_validate(old)
    assert (ref.width, ref.duration_s, ref.sound) == (4, 0.0, False)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "image"},
        {"type": "png"},
        {"type": "avi"},
        {"duration_s": -1},
        {"duration_s": float("inf")},
        {"fps": -1},
    ],
)
def test_a_reference_changed_into_something_else_is_refused(
    change: dict[str, Any], put: Put, options: MediaOptions
) -> None:
    ref = open_media(put(sample("mp4")), options)
    with pytest.raises(ValidationError):
        MediaRef.model_validate(ref.model_dump() | change)


@pytest.mark.parametrize("form", ["wav", "mp4"])
def test_a_file_that_changed_or_went_since_it_was_opened_is_refused(form: str, put: Put, options: MediaOptions) -> None:
    path = put(sample(form))
    ref = open_media(path, options)
    put(sample("mp3"))
    for load in (load_audio, load_frames):
        with pytest.raises(MediaError, match="has changed"):
            load(ref, options)
        with pytest.raises(MediaError, match="lies outside"):
            load(ref, MediaOptions(roots=[path.parent / "inner"]))
    path.unlink()
    with pytest.raises(MediaError, match="does not exist"):
        load_audio(ref, options)


def test_a_clip_with_the_reference_of_an_image_does_not_reach_its_decoder(put: Put, options: MediaOptions) -> None:
    ref = open_media(put(sample("mp4")), options)
    image = file_of(corners(), "PNG")
    put(image)
    forged = ref.model_copy(update={"sha256": hashlib.sha256(image).hexdigest()})
    with pytest.raises(MediaError, match="is an image and no clip"):
        load_audio(forged, options)


def test_the_decoder_is_not_imported_before_it_is_needed() -> None:
    code = "import sys, affectgraph.backends.media, affectgraph.backends.media_parts; sys.exit('av' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- sound -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_sound_is_mono_16_khz_at_the_level_of_its_channels(form: str, hear: Any) -> None:
    sound = hear(sample(form))
    assert (sound.rate, sound.samples.dtype, sound.samples.ndim) == (16_000, np.float32, 1)
    assert sound.duration_s == pytest.approx(1, abs=0.04)
    middle = sound.samples[4_000:12_000]
    assert np.sqrt(2 * np.mean(middle**2)) == pytest.approx(0.5, abs=0.03)  # not 0.71: two channels of the same
    spectrum = np.abs(np.fft.rfft(middle))
    assert spectrum.argmax() * 16_000 / len(middle) == pytest.approx(440, abs=3)
    assert sound.lost == 0


@pytest.mark.parametrize(("rate", "layout"), [(8_000, "mono"), (44_100, "5.1"), (96_000, "stereo")])
def test_any_rate_and_number_of_channels_comes_out_alike(rate: int, layout: str, hear: Any) -> None:
    sound = hear(clip("wav", sound=tone(0.5, rate), rate=rate, layout=layout))
    assert len(sound.samples) == pytest.approx(8_000, abs=2)
    assert np.abs(sound.samples).max() == pytest.approx(0.5, abs=0.02)


def test_loud_floats_and_floats_that_are_no_numbers_are_brought_into_range(hear: Any) -> None:
    values = struct.pack("<4d", 0.5, float("nan"), 1e300, -7) * 4_000
    samples = hear(wav(values, bits=64, code=3)).samples
    assert np.isfinite(samples).all()
    assert (samples.min(), samples.max()) == (-1, 1)


def test_sound_that_begins_after_the_picture_says_so(hear: Any) -> None:
    late = clip("mkv", sound=tone(), picture=counting, at=[number + 12 for number in range(25)])
    assert hear(late).start_s == 0
    data = clip("mkv", sound=np.concatenate([tone(0.5), tone(0.5)]), picture=counting, sound_at=24_000)
    assert hear(data).start_s == pytest.approx(0.5, abs=0.01)


def test_sound_and_frames_of_a_clip_go_through_message_parts(hear: Any, see: Any) -> None:
    sound, frames = hear(sample("mp4")), see(sample("mp4"))
    samples, rate = audio_of(audio_part(sound.samples, sound.rate))
    assert rate == 16_000
    assert np.abs(samples - sound.samples).max() < 1e-4
    images, fps = frames_of(video_part(frames.images, frames.fps))
    assert len(images) == 8
    assert fps == pytest.approx(8)


# --- frames ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", VIDEOS)
def test_evenly_spaced_frames_are_those_that_a_viewer_sees(form: str, see: Any) -> None:
    frames = see(sample(form), UniformFrames(count=5))
    assert numbers(frames) == [2, 7, 12, 17, 22]  # in the middles of five fifths of 25
    assert frames.times_s == pytest.approx([number / 25 for number in (2, 7, 12, 17, 22)], abs=0.005)
    assert frames.fps == pytest.approx(5, abs=0.1)
    assert all(frame.mode == "RGB" and not frame.info for frame in frames.images)


@pytest.mark.parametrize("form", VIDEOS)
def test_frames_of_uneven_pace_are_found_by_their_times(form: str, see: Any) -> None:
    at = [0, 1, 2, 3, 4, 5, 6, 7, 8, 90]  # the ninth stays for more than three seconds
    frames = see(clip(form, picture=counting, frames=10, at=at), UniformFrames(count=4))
    assert numbers(frames)[0] == 8
    assert frames.times_s[0] == pytest.approx(8 / 25, abs=0.005)
    assert len(frames.images) == 1  # the same picture is seen at every one of the four times


def test_a_clip_of_fewer_frames_gives_each_once(see: Any) -> None:
    frames = see(clip("mp4", picture=counting, frames=3), UniformFrames(count=50))
    assert numbers(frames) == [0, 1, 2]
    assert frames.times_s == sorted(frames.times_s)


def test_one_frame_makes_a_video_of_one_frame(see: Any) -> None:
    frames = see(clip("mp4", picture=counting, frames=1))
    assert numbers(frames) == [0]
    assert frames.fps == 1


@pytest.mark.parametrize(("degrees", "mark"), [(90, (1, 0)), (180, (1, 1)), (270, (0, 1))])
def test_a_rotation_mark_is_followed(degrees: int, mark: tuple[int, int], put: Put, options: MediaOptions) -> None:
    ref = open_media(put(rotated(clip("mp4", picture=counting), degrees)), options)
    size = (64, 48) if degrees == 180 else (48, 64)
    assert (ref.width, ref.height) == size
    frames = load_frames(ref, options)
    assert isinstance(frames, Frames)
    image = frames.images[0]
    assert image.size == size
    x, y = (int((0.25 + 0.5 * part) * side) for part, side in zip(mark, size, strict=True))
    red, green, _ = image.getpixel((x, y))  # type: ignore[misc]
    assert red > 180 > 80 > green


def test_frames_are_scaled_down_and_never_up(see: Any) -> None:
    assert see(sample("mp4"), UniformFrames(side=32)).images[0].size == (32, 24)
    assert see(sample("mp4"), UniformFrames(side=4_096)).images[0].size == (64, 48)


def test_only_what_leads_to_the_wanted_frames_is_decoded(see: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    fed: list[Any] = []
    real = media_clip.decoded

    def counted(track: Any, packets: Any, clock: Any, lost: list[int]) -> Any:
        def one_by_one() -> Any:
            for packet in packets:
                fed.append(packet)
                yield packet

        return real(track, one_by_one(), clock, lost)

    monkeypatch.setattr("affectgraph.backends.media_frames.decoded", counted)
    data = clip("webm", picture=lambda number: counting(number % 40), frames=300, gop=10)
    frames = see(data, UniformFrames(count=4))
    assert len(frames.images) == 4
    assert len(fed) < 60  # of 300


# --- what is missing -------------------------------------------------------------------------------------------------


def hum(level: float) -> bytes:
    noise = np.random.default_rng(0).normal(0, level, 48_000).astype(np.float32)
    return clip("mp4", sound=noise, picture=counting)


def noisy(level: int) -> Callable[[int], Any]:
    def picture(number: int) -> Any:
        rng = np.random.default_rng(number)
        return np.clip(rng.normal(level, 4, (96, 128, 3)), 0, 255).astype(np.uint8)

    return picture


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (clip("mp4", picture=counting), "no_stream"),
        (wav(b""), "empty"),
        (wav(bytes(32_000)), "silent"),
        (wav(b"\0\x20" * 16_000), "silent"),  # a constant offset
        (hum(10 ** (-66 / 20)), "silent"),
        (clip("mkv", sound=np.zeros(48_000, np.float32), picture=counting), "silent"),
    ],
    ids=["mute", "no samples", "zeros", "offset", "hiss", "silence"],
)
def test_sound_that_is_not_there_is_missing(data: bytes, reason: str, hear: Any) -> None:
    missing = hear(data)
    assert isinstance(missing, MissingModality)
    assert (missing.modality, missing.reason) == ("audio", reason)
    assert "clip.bin" in missing.detail
    assert MissingModality.model_validate_json(missing.model_dump_json()) == missing


@pytest.mark.parametrize(
    "sound", [hum(10 ** (-54 / 20)), wav(bytes(60_000) + b"\0\x10\0\xf0" * 500)], ids=["faint", "one word"]
)
def test_faint_or_rare_sound_is_not_missing(sound: bytes, hear: Any) -> None:
    assert isinstance(hear(sound), Sound)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (sample("mp3"), "no_stream"),
        (clip("mp4", sound=tone()), "no_stream"),
        (clip("mp4", picture=flat(0)), "black"),
        (clip("webm", picture=noisy(12)), "black"),
        (clip("mp4", picture=flat(255)), "blank"),
        (clip("webm", picture=noisy(128)), "blank"),
    ],
    ids=["sound file", "no picture", "black", "dark noise", "white", "grey noise"],
)
def test_pictures_that_show_nothing_are_missing(data: bytes, reason: str, see: Any) -> None:
    missing = see(data)
    assert isinstance(missing, MissingModality)
    assert (missing.modality, missing.reason) == ("video", reason)
    assert "clip.bin" in missing.detail


def test_one_frame_that_shows_something_or_a_small_face_in_the_dark_is_a_picture(see: Any) -> None:
    def small(_: int) -> Any:
        frame = np.full((96, 128, 3), 4, np.uint8)
        frame[40:46, 60:66] = (230, 190, 160)
        return frame

    assert isinstance(see(clip("mp4", picture=small)), Frames)
    mostly = see(clip("mp4", picture=lambda number: counting(number) if number > 20 else flat(0)(number)))
    assert isinstance(mostly, Frames)
    assert len(mostly.images) == 8


@pytest.mark.parametrize("which", ["sound", "picture"])
def test_a_track_that_cannot_be_decoded_is_missing_while_the_other_is_read(which: str, hear: Any, see: Any) -> None:
    codec = {"sound": "ac3"} if which == "sound" else {"video": "mpeg2video"}
    data = clip("mkv", sound=tone(), picture=counting, codec=codec)
    heard, seen = hear(data), see(data)
    missing, there = (heard, seen) if which == "sound" else (seen, heard)
    assert isinstance(missing, MissingModality)
    assert missing.reason == "undecodable"
    assert codec.popitem()[1] in missing.detail
    assert isinstance(there, Sound | Frames)


def test_a_damaged_packet_costs_its_own_frames_and_is_counted(hear: Any) -> None:
    data = bytearray(sample("flac"))
    data[12_000:12_040] = bytes(40)
    sound = hear(bytes(data))
    assert 0.5 < sound.duration_s < 1.02


def test_a_cover_picture_is_no_video(put: Put, options: MediaOptions) -> None:
    ref = open_media(put(clip("mp3", sound=tone(), cover=file_of(Image.new("RGB", (16, 16), "red"), "PNG"))), options)
    assert ref.kind == "audio"


# --- the example -----------------------------------------------------------------------------------------------------


def test_the_example_clip_has_sound_and_pictures_and_its_licence_stated() -> None:
    folder = Path(__file__).parents[2] / "examples" / "clips"
    options = MediaOptions(roots=[folder], max_clip_bytes=200_000, max_duration_s=6)
    ref = open_media(folder / "cheerful_words_sad_face.webm", options)
    assert (ref.kind, ref.type, ref.width, ref.height) == ("video", "webm", 320, 320)
    assert 3 < ref.duration_s < 5.5
    sound, frames = load_audio(ref, options), load_frames(ref, options)
    assert isinstance(sound, Sound)
    assert isinstance(frames, Frames)
    assert (sound.lost, frames.lost, len(frames.images)) == (0, 0, 8)
    assert "so happy" in (folder / "cheerful_words_sad_face.txt").read_text(encoding="utf-8")
    assert "Apache-2.0" in (folder / "README.md").read_text(encoding="utf-8")


EXAMPLE = Path(__file__).parents[2] / "examples" / "clips" / "cheerful_words_sad_face.webm"


@pytest.mark.parametrize(
    ("harm", "kind", "sound", "frames"),
    [
        (lambda data: data, "video", None, None),
        (lambda data: only(data, "video"), "video", "no_stream", None),
        (lambda data: only(data, "audio"), "audio", None, "no_stream"),
        (lambda data: ebml_float(data, b"\x44\x89", 10_800_000.0), "video", None, None),
        (lambda data: data[: len(data) // 2], "video", None, None),
    ],
    ids=["whole", "without sound", "without pictures", "a header of three hours", "cut off"],
)
def test_the_example_clip_harmed_is_what_the_documentation_says(
    harm: Callable[[bytes], bytes], kind: str, sound: str | None, frames: str | None, put: Put, options: MediaOptions
) -> None:
    ref = open_media(put(harm(EXAMPLE.read_bytes())), options)
    assert ref.kind == kind
    assert 1 < ref.duration_s < 4.8
    assert getattr(load_audio(ref, options), "reason", None) == sound
    assert getattr(load_frames(ref, options), "reason", None) == frames


def test_the_example_clip_of_0_bytes_is_an_error(put: Put, options: MediaOptions) -> None:
    with pytest.raises(MediaError, match=r"is empty \(0 bytes\)"):
        open_media(put(b""), options)
