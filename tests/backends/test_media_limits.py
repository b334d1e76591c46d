"""Sound and video that are too much, lie about themselves or want something else: refused in one sentence."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import av
import pytest

from affectgraph.backends import media_clip, media_sound
from affectgraph.backends.media import (
    Frames,
    MediaError,
    MediaOptions,
    MissingModality,
    SceneFrames,
    Sound,
    TokenBudgetFrames,
    UniformFrames,
    load_audio,
    load_frames,
    open_media,
)
from tests.backends.clip_files import FORMS, box, clip, counting, ebml_float, sample, tone, wav
from tests.backends.image_files import corners, file_of

Put = Callable[..., Path]
THREE_HOURS = 10_800


@pytest.fixture
def options(tmp_path: Path) -> MediaOptions:
    return MediaOptions(roots=[tmp_path])


@pytest.fixture
def put(tmp_path: Path) -> Put:
    def write(data: bytes, name: str = "clip.bin") -> Path:
        (tmp_path / name).write_bytes(data)
        return tmp_path / name

    return write


def refused(path: str | Path, options: MediaOptions) -> str:
    """The sentence with which a file is refused, at the latest when it is loaded."""

    def use() -> None:
        ref = open_media(path, options)
        load_audio(ref, options)
        load_frames(ref, options)

    with pytest.raises(MediaError) as caught:
        use()
    message = str(caught.value)
    assert "\n" not in message
    assert Path(path).name in message
    return message


# --- limits ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "enough", "too_little"),
    [
        # An encoder's sizes may differ from process to process; the names of tests may not.
        pytest.param("max_clip_bytes", len(sample("mp4")), len(sample("mp4")) - 1, id="max_clip_bytes"),
        ("max_duration_s", 1.1, 0.9),
        ("max_streams", 2, 1),
        ("max_side", 64, 63),
        ("max_pixels", 64 * 48, 64 * 48 - 1),
        ("max_decode_s", 60.0, 1e-6),
    ],
)
def test_every_limit_holds_to_the_last_and_is_named(
    name: str, enough: float, too_little: float, put: Put, options: MediaOptions
) -> None:
    path = put(sample("mp4"))
    ref = open_media(path, options.model_copy(update={name: enough}))
    less = options.model_copy(update={name: too_little})
    assert f"media.{name}" in refused(path, less)
    with pytest.raises(MediaError, match=f"media.{name}"):  # a reference in hand opens no way around it
        load_frames(ref, less)


def test_images_and_clips_have_a_limit_of_bytes_each(put: Put, options: MediaOptions) -> None:
    image, sound = put(file_of(corners(), "PNG"), "a.png"), put(sample("wav"), "a.wav")
    small = options.model_copy(update={"max_bytes": 50})
    assert "media.max_bytes" in refused(image, small)
    assert open_media(sound, small).kind == "audio"
    small = options.model_copy(update={"max_clip_bytes": 50})
    assert "media.max_clip_bytes" in refused(sound, small)
    assert open_media(image, small).kind == "image"


def test_no_more_frames_than_allowed_are_taken(put: Put, options: MediaOptions) -> None:
    few = options.model_copy(update={"max_frames": 3})
    ref = open_media(put(sample("mp4")), few)
    for policy in (UniformFrames(count=4), SceneFrames(count=4)):
        with pytest.raises(MediaError, match=r"media\.max_frames"):
            load_frames(ref, few, policy)
    frames = load_frames(ref, few, TokenBudgetFrames(tokens=1_000, tokens_per_frame=10))
    assert isinstance(frames, Frames)
    assert len(frames.images) == 3


def test_a_file_of_endless_packets_is_refused(put: Put, options: MediaOptions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media_clip, "MAX_PACKETS", 71)
    path = put(sample("mp4"))
    assert "more than 71 packets" in refused(path, options)
    monkeypatch.setattr(media_clip, "MAX_PACKETS", 75)
    assert open_media(path, options).frames == 25


def test_sound_that_changes_its_form_all_the_time_is_refused(
    put: Put, options: MediaOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media_sound, "_MOST_CHANGES", 0)
    assert "corrupted" in refused(put(sample("wav")), options)


# --- headers that lie ------------------------------------------------------------------------------------------------


def scale_of(data: bytes, name: bytes) -> int:
    at = data.index(name) + 4 + 12
    return int.from_bytes(data[at : at + 4], "big")


def claims_three_hours(form: str) -> bytes:
    data = sample(form)
    if form in ("webm", "mkv"):
        return ebml_float(data, b"\x44\x89", THREE_HOURS * 1_000.0)
    if form == "wav":
        return wav(data[44:], rate=48_000, channels=2, claims=48_000 * 4 * THREE_HOURS)
    for name, at in ((b"mvhd", 16), (b"mdhd", 16), (b"tkhd", 20)):
        data = box(data, name, at, THREE_HOURS * scale_of(data, b"mdhd" if name == b"mdhd" else b"mvhd"))
    return data


@pytest.mark.parametrize("form", ["mp4", "mov", "webm", "mkv", "wav"])
def test_a_header_of_three_hours_is_not_believed(form: str, put: Put, options: MediaOptions) -> None:
    ref = open_media(put(claims_three_hours(form)), options)
    assert ref.duration_s == pytest.approx(1, abs=0.04)
    sound = load_audio(ref, options)
    assert isinstance(sound, Sound)
    assert sound.duration_s == pytest.approx(1, abs=0.04)
    if ref.kind == "video":
        frames = load_frames(ref, options)
        assert isinstance(frames, Frames)
        assert len(frames.images) == 8


def test_pictures_spread_over_three_hours_are_refused(put: Put, options: MediaOptions) -> None:
    data = clip("mp4", picture=counting, frames=4, at=[0, 1, 2, THREE_HOURS * 25])
    message = refused(put(data), options)
    assert "lasts 3:00:00 (h:mm:ss), over the limit of 600 s" in message
    assert "media.max_duration_s" in message


def test_sound_that_is_longer_than_its_packets_say_is_refused(put: Put, options: MediaOptions) -> None:
    data = clip("m4a", sound=tone(3.0))
    hidden = box(data, b"mdhd", 12, 48_000_000)  # a thousandth of the time for each packet
    ref = open_media(put(hidden), options)
    assert ref.duration_s < 0.01
    assert isinstance(load_audio(ref, options), Sound)
    with pytest.raises(MediaError, match="whatever its header says"):
        load_audio(ref, options.model_copy(update={"max_duration_s": 1.5}))


def test_pictures_at_a_thousand_million_a_second_are_still_told_apart(put: Put, options: MediaOptions) -> None:
    data = clip("mp4", picture=counting)
    ref = open_media(put(box(data, b"mdhd", 12, 1_000_000_000)), options)
    assert ref.fps == 1_000  # the most that is said
    frames = load_frames(ref, options)
    assert isinstance(frames, Frames)
    assert len(frames.images) == 8
    assert frames.fps == 1_000


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (wav(bytes(3_200), rate=0), "corrupted"),
        (wav(bytes(3_200), rate=1), "has 1 samples a second"),
        (wav(bytes(3_200), rate=2_000_000_000), "2,000,000,000 samples a second"),
        (wav(bytes(3_200), rate=2**32 - 1), "corrupted"),
        (wav(bytes(3_200), channels=0), "nothing in"),
        (wav(bytes(32_000), channels=64), "64 channels"),
        (wav(bytes(32_000), channels=65_535), "nothing in"),
        (wav(bytes(32_000), bits=0), "nothing in|corrupted"),
        (wav(bytes(3_200), bits=4, code=2), "adpcm_ms"),
        (sample("mp4")[:400], "corrupted"),
        (sample("webm")[:400], "corrupted"),
        (sample("flac")[:60], "corrupted|nothing in"),
        (b"ID3\x03" + bytes(60) + b"#EXTM3U\nhttp://example.org/a.mp3\n", "corrupted"),
        (b"", "is empty \\(0 bytes\\)"),
    ],
)
def test_absurd_and_broken_files_are_refused(data: bytes, says: str, put: Put, options: MediaOptions) -> None:
    import re

    assert re.search(says, refused(put(data), options))


def test_every_cut_of_a_file_is_read_as_far_as_it_goes_or_refused(put: Put, options: MediaOptions) -> None:
    for form in FORMS:
        data = sample(form)
        for part in (0.02, 0.3, 0.7, 0.97):
            path = put(data[: round(len(data) * part)])
            try:
                ref = open_media(path, options)
                sound = load_audio(ref, options)
            except MediaError:
                continue
            assert isinstance(sound, Sound | MissingModality)
            assert ref.duration_s < 1.05


# --- what is no recording --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"#EXTM3U\n#EXTINF:1,\nhttp://example.org/a.ts\n", "a playlist"),
        (b"ffconcat version 1.0\nfile '/etc/passwd'\n", "a playlist"),
        (b'<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"></MPD>', "a playlist"),
        (b"WEBVTT\n\n00:00.000 --> 00:01.000\nI am fine.\n", "subtitles"),
        (b"1\n00:00:00,000 --> 00:00:01,000\nI am fine.\n", "subtitles"),
        (b"RIFF\0\0\0\0AVI LIST", "an AVI video"),
        (b"FLV\x01\x05", "a Flash video"),
        (b"\0\0\x01\xba" + bytes(20), "an MPEG stream"),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11" + bytes(20), "a Windows Media file"),
        (b"FORM\0\0\0\0AIFF", "an AIFF sound"),
        (b"#!AMR\n", "AMR"),
        (b"MThd\0\0\0\6", "a MIDI file"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "a HEIC image"),
        (b"%PDF-1.7", "a PDF document"),
        (b"I am fine, thank you.", "no image, sound or video but text"),
        (b"\x01\x02\x03\x04" * 8, "no image, sound or video but a file of an unknown type"),
    ],
)
def test_what_is_no_recording_never_reaches_a_decoder(
    data: bytes, says: str, put: Put, options: MediaOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(av, "open", lambda *_, **__: pytest.fail("a decoder was started"))
    assert says in refused(put(data, "clip.mp4"), options)


@pytest.mark.parametrize(
    "path",
    [
        "https://example.org/a.mp4",
        "concat:a.mp4|b.mp4",
        "file:///etc/passwd",
        "rtsp://example.org/",
        "data:video/mp4;base64,AAAA",
    ],
)
def test_no_address_is_opened(path: str, options: MediaOptions) -> None:
    with pytest.raises(MediaError, match=r"URL|lies outside|does not exist"):
        open_media(path, options)


def test_a_folder_and_a_link_out_of_the_roots_are_refused(put: Put, options: MediaOptions, tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "link.mp4").symlink_to(put(sample("mp4")))
    narrow = MediaOptions(roots=[inner])
    assert "lies outside" in refused(inner / "link.mp4", narrow)
    assert "is a folder" in refused(inner, narrow)


def test_a_file_that_wants_another_file_does_not_get_it(
    put: Put, options: MediaOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = put(sample("wav"), "other.wav")
    wants = f"ffconcat version 1.0\nfile '{other}'\n".encode()
    with av.open(BytesIO(wants), "r", format="concat", options={"safe": "0"}) as file:
        assert len(file.streams) == 1  # so it would, were it let
    monkeypatch.setitem(media_clip._DEMUXERS, "wav", "concat")
    real = media_clip._options
    monkeypatch.setattr(media_clip, "_options", lambda *given: real(*given) | {"safe": "0"})
    with pytest.raises(MediaError), media_clip.opened(wants, "wav", "clip", options):
        pass
    given = real("wav", options)
    for guard in ("protocol_whitelist", "format_whitelist"):  # each is enough by itself
        only = {"safe": "0", guard: given[guard]}
        monkeypatch.setattr(media_clip, "_options", lambda *_, only=only: only)
        with pytest.raises(MediaError), media_clip.opened(wants, "wav", "clip", options):
            pass


def test_a_file_of_subtitles_alone_holds_nothing_for_us(put: Put, options: MediaOptions) -> None:
    data = clip("mkv", sound=tone(0.1)).replace(b"\x83\x81\x02", b"\x83\x81\x11")  # the type of the track
    assert "neither sound nor pictures" in refused(put(data), options)
