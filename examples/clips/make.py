"""Makes the example clips anew: speech by espeak-ng over a drawn face, encoded with VP8 and Opus.

python examples/clips/make.py [folder]

Nothing is downloaded and nobody was recorded. Needs the program espeak-ng (`apt-get install espeak-ng`).
"""

from __future__ import annotations

import math
import subprocess
import sys
import tempfile
import wave
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

NAME = "cheerful_words_sad_face"
WORDS = "Oh, I am so happy for you! Really, this is the best news I have heard all week."
# A narrow range of pitch: the voice does not rise with the words.
SPOKEN = f'<speak><prosody range="x-low" pitch="low" rate="medium">{WORDS}</prosody></speak>'
RATE = 48_000
FPS = 15
SIZE = (320, 320)
DRAWN = 4  # drawn this many times larger, then scaled down: smooth edges
SKIN, SHADE, HAIR, IRIS, LIP, WALL = "#e6b899", "#c8926f", "#4a3226", "#5a4632", "#a8594f", "#8d9aa5"


def speech() -> NDArray[np.float32]:
    """The spoken words, mono, at `RATE`, in [-1, 1]."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "speech.wav"
        subprocess.run(["espeak-ng", "-v", "en-gb", "-m", "-s", "180", "-w", str(path), SPOKEN], check=True)
        with wave.open(str(path)) as file:
            rate = file.getframerate()
            samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32_768
    times = np.arange(round(len(samples) / rate * RATE)) / RATE
    return np.interp(times, np.arange(len(samples)) / rate, samples).astype(np.float32)


def face(openness: float, blink: float, sway: float) -> Image.Image:
    """A sad face: inner brows up, upper lids low, corners of the mouth down.

    Args:
        openness: of the mouth, 0 to 1.
        blink: how far the lids are closed, 0 to 1.
        sway: shift to the right in pixels of the finished picture.
    """
    image = Image.new("RGB", (SIZE[0] * DRAWN, SIZE[1] * DRAWN), WALL)
    draw = ImageDraw.Draw(image)

    def at(x: float, y: float) -> tuple[float, float]:
        return (160 + x + sway) * DRAWN, (160 + y) * DRAWN

    def oval(x: float, y: float, width: float, height: float, fill: str) -> None:
        draw.ellipse((*at(x - width, y - height), *at(x + width, y + height)), fill=fill)

    def line(points: list[tuple[float, float]], width: float, fill: str) -> None:
        draw.line([at(*point) for point in points], fill=fill, width=round(width * DRAWN), joint="curve")

    oval(0, 190, 120, 80, "#4f6079")  # shoulders
    draw.rectangle((*at(-30, 85), *at(30, 130)), fill=SHADE)
    oval(0, -22, 98, 112, HAIR)
    oval(0, 4, 84, 108, SKIN)
    draw.chord((*at(-86, -112), *at(86, 0)), 182, 358, fill=HAIR)
    oval(0, 34, 11, 8, SHADE)  # nose
    line([(4, -12), (8, 14), (11, 30)], 3, SHADE)
    for side in (-1, 1):
        x = 34 * side
        oval(x, -8, 25, 18, SHADE)
        oval(x, -8, 19, 11, "#f6f1ea")
        oval(x, -5, 9, 9, IRIS)
        oval(x, -5, 4, 4, "#15110e")
        lid = -19 + 9 + 15 * blink  # low lids, even between two blinks
        draw.chord((*at(x - 21, -21), *at(x + 21, lid + 10)), 180, 360, fill=SKIN)
        line([(x - 19, -5 + 12 * blink), (x, lid - 1 + 6 * blink), (x + 19, -5 + 12 * blink)], 2.5, "#3a2a20")
        line([(14 * side, -48), (30 * side, -42), (56 * side, -28)], 7, HAIR)  # the inner end is the higher one
    drop = 5 + 16 * openness
    oval(0, 64 + drop / 2, 15, 2 + drop / 2, "#5b2320")
    line([(x, 62 + 0.013 * x * x) for x in range(-32, 33, 4)], 6, LIP)
    line([(x, 64 + drop + 0.008 * x * x) for x in range(-22, 23, 4)], 6, LIP)
    return image.resize(SIZE, Image.Resampling.LANCZOS).filter(ImageFilter.GaussianBlur(0.6))


def frames(sound: NDArray[np.float32]) -> list[Image.Image]:
    """The face while it says the words: the mouth follows the level of the sound."""
    step = RATE // FPS
    levels = [float(np.abs(sound[start : start + step]).mean()) for start in range(0, len(sound), step)]
    loudest = max(levels)
    pictures = []
    for number, level in enumerate(levels):
        seconds = number / FPS
        blink = max(0.0, 1 - abs((seconds % 2.2) - 1.1) / 0.12)
        pictures.append(face(level / loudest, blink, 3 * math.sin(1.4 * seconds)))
    return pictures


def write(path: Path, sound: NDArray[np.float32], pictures: list[Image.Image]) -> None:
    """A WebM file that is the same whenever it is made with the same versions of the encoders."""
    with av.open(str(path), "w", format="webm", container_options={"fflags": "+bitexact"}) as file:
        video = file.add_stream("libvpx", rate=FPS, options={"crf": "12", "deadline": "best", "flags": "+bitexact"})
        video.width, video.height = SIZE
        video.pix_fmt, video.bit_rate, video.codec_context.thread_count = "yuv420p", 150_000, 1
        audio = file.add_stream("libopus", rate=RATE, layout="mono")
        audio.bit_rate = 32_000
        packets = []
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_image(picture)
            frame.pts = number
            packets += video.encode(frame)
        packets += video.encode(None)
        for start in range(0, len(sound), 960):
            piece = av.AudioFrame.from_ndarray(sound[None, start : start + 960], format="flt", layout="mono")
            piece.sample_rate, piece.pts = RATE, start
            packets += audio.encode(piece)
        packets += audio.encode(None)
        for packet in sorted(packets, key=lambda each: each.dts * each.time_base):
            file.mux(packet)


def main(folder: Path) -> None:
    """Write the clip and its transcript."""
    sound = speech()
    write(folder / f"{NAME}.webm", sound, frames(sound))
    (folder / f"{NAME}.txt").write_text(WORDS + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
