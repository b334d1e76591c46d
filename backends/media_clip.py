"""A sound or video file taken apart: its tracks, their packets and times, nothing decoded yet.

A clip is data from anywhere. PyAV (FFmpeg) reads it from memory with one demuxer, chosen by the file's first bytes, and
only the decoders named here: nothing in a file can make it open another file or an address. Headers lie: the length of
a clip is taken from its packets, and a size or rate that a header claims is judged before anything is decoded. Every
loop looks at a clock.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, NoReturn

from affectgraph.backends.media_files import MediaError, MediaOptions
from affectgraph.backends.media_sniff import ClipType

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream

__all__ = ["MAX_PACKETS", "Clip", "Clock", "Track", "decoded", "opened"]

# Above any recording under the limit of 600 s: uncompressed sound at 96 kHz in 8 channels is some 340,000 packets.
MAX_PACKETS = 500_000

_RATES = range(1_000, 768_001)
_MOST_CHANNELS = 8

_DEMUXERS: dict[ClipType, str] = {
    "wav": "wav",
    "flac": "flac",
    "mp3": "mp3",
    "aac": "aac",
    "ogg": "ogg",
    "m4a": "mov",
    "mp4": "mov",
    "mov": "mov",
    "webm": "matroska",
    "mkv": "matroska",
}
_VIDEO_CODECS = frozenset({"h264", "hevc", "vp8", "vp9", "libdav1d", "av1", "mpeg4", "mjpeg"})
_AUDIO_CODECS = frozenset({"aac", "mp3", "mp3float", "flac", "opus", "libopus", "vorbis", "alac"})
_PCM = frozenset(
    {f"pcm_{form}" for form in ("u8", "s8", "alaw", "mulaw")}
    | {f"pcm_{form}{end}" for form in ("s16", "s24", "s32", "f32", "f64") for end in ("le", "be")}
)


class Clock:
    """The processor time that reading one clip may take, in the thread that made the clock.

    On a busy machine a sound file is not refused for the time that others take. Decoders run in this one thread.
    """

    def __init__(self, name: str, limit_s: float) -> None:
        self._name = name
        self._limit = limit_s
        self._end = time.thread_time() + limit_s

    def check(self) -> None:
        """Raise a `MediaError` when the time is over."""
        if time.thread_time() > self._end:
            raise MediaError(
                f"{self._name} takes more than {self._limit:g} s of processor time to decode: "
                "cut or scale it down, or raise `media.max_decode_s`"
            )


@dataclass(frozen=True)
class Track:
    """One stream of a clip, and its packets in the order of decoding.

    Attributes:
        start_s: when its content begins, in the file's own time.
        end_s: when it ends; not before `start_s`.
        readable: whether its codec is one of those that are decoded.
        keys: times of the packets that can be decoded by themselves, ascending, and `key_at` where they stand.
    """

    stream: Stream
    packets: list[Packet[Stream]]
    start_s: float
    end_s: float
    readable: bool
    keys: list[float]
    key_at: list[int]

    @property
    def codec(self) -> str:
        """Its name in FFmpeg, or its four letters where no decoder knows it."""
        context = self.stream.codec_context
        return "unknown" if context is None else str(context.name)

    def entry(self, time_s: float) -> int:
        """The packet from which to decode in order to see what is shown at a time."""
        found = bisect_right(self.keys, time_s) - 1
        return self.key_at[found] if found >= 0 else 0


@dataclass(frozen=True)
class Clip:
    """An open file. Times of a track count from `start_s`."""

    name: str
    clock: Clock
    picture: Track | None
    sound: Track | None

    @property
    def tracks(self) -> list[Track]:
        """Those that hold packets."""
        return [track for track in (self.picture, self.sound) if track is not None and track.packets]

    @property
    def start_s(self) -> float:
        """Where the first of the tracks begins; what a codec puts before time 0 to get going is not counted."""
        first = min((track.start_s for track in self.tracks), default=0.0)
        return max(first, 0.0) if self._end_s > 0 else first

    @property
    def duration_s(self) -> float:
        """From the beginning of the first to the end of the last track."""
        return self._end_s - self.start_s

    @property
    def _end_s(self) -> float:
        return max((track.end_s for track in self.tracks), default=0.0)


@contextmanager
def opened(
    data: bytes,
    type: ClipType,
    name: str,
    options: MediaOptions,
) -> Iterator[Clip]:
    """A file's tracks, for as long as the block runs.

    Raises:
        MediaError: over a limit, no sound or video file, without any track of sound or picture, or damaged; also for
            whatever a decoder raises within the block.
    """
    import av

    clock = Clock(name, options.max_decode_s)
    with (
        _guarded(name, type),
        av.open(
            _Timed(data, clock),
            "r",
            format=_DEMUXERS[type],
            options=_options(type, options),
            metadata_errors="ignore",
            io_open=_refuse,
        ) as container,
    ):
        _check_streams(container, name, options)
        picture, sound = _best(container.streams.video), _best(container.streams.audio)
        if picture is None and sound is None:
            raise MediaError(f"{name} holds neither sound nor pictures: give a recording")
        packets = _packets(container, [stream for stream in (picture, sound) if stream is not None], name, clock)
        clip = Clip(
            name,
            clock,
            None if picture is None else _track(picture, packets.get(picture.index, []), _VIDEO_CODECS, options),
            None if sound is None else _track(sound, packets.get(sound.index, []), _AUDIO_CODECS | _PCM, options),
        )
        if clip.duration_s > options.max_duration_s:
            raise _too_long(name, clip.duration_s, options)
        yield clip


def decoded(track: Track, packets: Iterable[Packet[Stream]], clock: Clock, lost: list[int]) -> Iterator[Any]:
    """The frames of some packets, the decoder's own delay included; `lost[0]` counts the packets that were damaged."""
    from av.error import FFmpegError

    context: Any = track.stream.codec_context
    for packet in packets:
        clock.check()
        try:
            frames = context.decode(packet)
        except FFmpegError:
            lost[0] += 1
            continue
        yield from frames
    try:
        yield from context.decode(None)
    except FFmpegError:
        lost[0] += 1


class _Timed(BytesIO):
    """The file in memory; a demuxer that keeps on reading is stopped here."""

    def __init__(self, data: bytes, clock: Clock) -> None:
        super().__init__(data)
        self._clock = clock

    def read(self, size: int | None = -1, /) -> bytes:
        self._clock.check()
        return super().read(size)


def _refuse(*_: Any) -> NoReturn:
    raise MediaError("a media file may not open another file or an address: give the recording itself")


def _options(type: ClipType, options: MediaOptions) -> dict[str, str]:
    return {
        "protocol_whitelist": "",
        "format_whitelist": _DEMUXERS[type],
        "codec_whitelist": ",".join(sorted(_VIDEO_CODECS | _AUDIO_CODECS | _PCM)),
        "max_streams": "2000",
        "max_pixels": str(options.max_pixels),
        "enable_drefs": "0",
        "threads": "1",
    }


@contextmanager
def _guarded(name: str, type: ClipType) -> Iterator[None]:
    try:
        yield
    except MediaError:
        raise
    except MemoryError as error:
        raise MediaError(
            f"{name} asks for more memory than there is: its header is damaged, or it is too large; "
            "get a whole copy of it, or cut or scale it down"
        ) from error
    except Exception as error:  # decoders raise nearly anything
        raise MediaError(
            f"{name} begins as {type.upper()} but is truncated or corrupted: "
            "get a whole copy of it, or convert it to MP4 or WAV"
        ) from error


def _check_streams(container: InputContainer, name: str, options: MediaOptions) -> None:
    if len(container.streams) > options.max_streams:
        raise MediaError(
            f"{name} holds {len(container.streams)} streams or more, over the limit of {options.max_streams}: "
            "keep one of picture and one of sound, or raise `media.max_streams`"
        )
    for stream in container.streams.video:
        context = stream.codec_context
        if context is not None and (
            max(context.width, context.height) > options.max_side or context.width * context.height > options.max_pixels
        ):
            raise MediaError(
                f"{name} says that its pictures are {context.width:,} x {context.height:,} pixels, over "
                f"{options.max_side:,} a side or {options.max_pixels:,} in all: scale it down, "
                "or raise `media.max_side` or `media.max_pixels`"
            )
    for sound in container.streams.audio:
        codec: Any = sound.codec_context
        if codec is None:  # of no codec that is known; the types do not say so
            continue
        if sound.channels > _MOST_CHANNELS:
            raise MediaError(
                f"the sound of {name} has {sound.channels} channels, over {_MOST_CHANNELS}: mix it down to one or two"
            )
        if sound.rate not in _RATES:
            raise MediaError(
                f"{name} says that its sound has {sound.rate:,} samples a second, not {_RATES[0]:,} to {_RATES[-1]:,}: "
                "its header is damaged; convert the sound to WAV again"
            )


def _best(streams: Any) -> Any:
    """The track that a player would take: the one marked as default, else the first; a cover picture is no video."""
    from av.stream import Disposition

    real = [stream for stream in streams if not stream.disposition & Disposition.attached_pic]
    return next((stream for stream in real if stream.disposition & Disposition.default), real[0] if real else None)


def _packets(
    container: InputContainer, streams: list[Stream], name: str, clock: Clock
) -> dict[int, list[Packet[Stream]]]:
    found: dict[int, list[Packet[Stream]]] = {stream.index: [] for stream in streams}
    count = 0
    for packet in container.demux(streams):
        clock.check()
        if packet.size == 0:  # the marks at the end
            continue
        count += 1
        if count > MAX_PACKETS:
            raise MediaError(
                f"{name} is made of more than {MAX_PACKETS:,} packets: cut it, or convert it to MP4 or WAV"
            )
        found[packet.stream_index].append(packet)
    return found


def _track(stream: Stream, packets: list[Packet[Stream]], codecs: frozenset[str], options: MediaOptions) -> Track:
    context = stream.codec_context
    readable = context is not None and context.name in codecs
    if context is not None:
        context.thread_count = 1  # the same file gives the same result, damaged or not
        context.options = {"max_pixels": str(options.max_pixels)}  # a later header may claim more than the first
    base = float(stream.time_base or 0)
    start, end, at = None, None, 0.0
    keys: list[tuple[float, int]] = []
    for number, packet in enumerate(packets):
        stamp = packet.pts if packet.pts is not None else packet.dts
        begin = stamp * base if stamp is not None else at
        at = begin + max(packet.duration or 0, 0) * base
        start, end = min(begin, begin if start is None else start), max(at, at if end is None else end)
        if packet.is_keyframe:
            keys.append((begin, number))
    keys.sort()
    return Track(
        stream,
        packets,
        start or 0.0,
        end or 0.0,
        readable,
        [begin for begin, _ in keys],
        [number for _, number in keys],
    )


def _too_long(name: str, seconds: float, options: MediaOptions) -> MediaError:
    whole = round(min(seconds, 1e9))
    lasts = f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
    return MediaError(
        f"the content of {name} lasts {lasts} (h:mm:ss), over the limit of {options.max_duration_s:g} s: "
        "cut a piece out of it, or raise `media.max_duration_s`"
    )
