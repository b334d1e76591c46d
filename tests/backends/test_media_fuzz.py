"""Decoding files that were damaged at random: an image or a `MediaError`, never anything else, no warning either.

Warnings are errors in these tests, so one raised while decoding would fail them as a foreign exception.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from affectgraph.backends.media import MediaError, MediaOptions, load_image, open_image
from tests.backends.image_files import corners, exif, file_of

EACH = 50  # files of each type


def scene(shift: int = 0) -> Image.Image:
    image = Image.effect_noise((48, 32), 40).convert("RGB")
    ImageDraw.Draw(image).ellipse((8 + shift, 4, 36 + shift, 28), fill=(250, 200, 20))
    return image


def originals() -> dict[str, list[bytes]]:
    """Whole files, in the forms that take different ways through the decoders."""
    frames = [scene(4), scene(8)]
    clear = corners((48, 32)).convert("RGBA")
    clear.putalpha(Image.linear_gradient("L").resize((48, 32)))
    movie = {"save_all": True, "append_images": frames}
    return {
        "png": [
            file_of(scene(), "PNG", exif=exif(6)),
            file_of(clear, "PNG"),
            file_of(scene().quantize(16), "PNG", transparency=3),
            file_of(Image.linear_gradient("L").convert("I;16"), "PNG"),
            file_of(scene(), "PNG", **movie),
        ],
        "jpeg": [
            file_of(scene(), "JPEG", exif=exif(6), icc_profile=b"profile" * 9),
            file_of(scene(), "JPEG", progressive=True),
            file_of(scene().convert("CMYK"), "JPEG"),
            file_of(scene().convert("L"), "JPEG", comment=b"words"),
        ],
        "webp": [
            file_of(scene(), "WebP", exif=exif(6)),
            file_of(clear, "WebP", lossless=True),
            file_of(scene(), "WebP", **movie),
        ],
        "gif": [file_of(scene(), "GIF"), file_of(clear, "GIF", transparency=0), file_of(scene(), "GIF", **movie)],
    }


def damaged(rng: random.Random, data: bytes, others: list[bytes]) -> bytes:
    """A file with some bits turned, cut off, or with a piece left out, repeated or taken from another file."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4))):
        kind = rng.choice(("bits", "bits", "header", "cut", "splice", "repeat", "drop", "number"))
        at, length = rng.randrange(len(changed)), rng.randrange(1, 64)
        if kind == "bits":
            for _ in range(rng.choice((1, 8, 64))):
                changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
        elif kind == "header":
            changed[rng.randrange(min(64, len(changed)))] = rng.randrange(256)
        elif kind == "cut":
            changed = changed[: max(at, 12)]
        elif kind == "splice":
            other = rng.choice(others)
            start = rng.randrange(len(other))
            changed[at : at + rng.choice((0, length))] = other[start : start + length * 4]
        elif kind == "repeat":
            changed[at:at] = changed[at : at + length] * rng.choice((1, 40))
        elif kind == "drop":
            del changed[at : at + length]
        else:
            changed[at : at + 4] = rng.choice((b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff", b"\x80\0\0\0"))
        if not changed:
            return bytes(data[:12])
    return bytes(changed)


def resealed(data: bytes) -> bytes:
    """A PNG with right checksums, so that what is damaged gets past them."""
    sealed, at = data[:8], 8
    while at + 12 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        sealed += data[at : end - 4] + zlib.crc32(data[at + 4 : end - 4]).to_bytes(4, "big")
        at = end
    return sealed + data[at:]


def mutations(type: str, count: int, seed: int) -> Iterator[bytes]:
    files = originals()
    everything = [data for group in files.values() for data in group]
    rng = random.Random(f"{type} {seed}")
    for _ in range(count):
        data = damaged(rng, rng.choice(files[type]), everything)
        yield resealed(data) if type == "png" and rng.random() < 0.7 else data


def outcome(path: Path, options: MediaOptions) -> str:
    try:
        ref = open_image(path, options)
        image = load_image(ref, options)
    except MediaError as error:
        return "refused" if path.name in str(error) and "\n" not in str(error) else f"unclear: {error}"
    assert image.mode == "RGB"
    assert image.size == (ref.width, ref.height)
    image.tobytes()
    return "image"


@pytest.mark.parametrize("type", ["png", "jpeg", "webp", "gif"])
def test_a_damaged_file_gives_an_image_or_a_media_error(type: str, tmp_path: Path) -> None:
    options = MediaOptions(roots=[tmp_path])
    found = []
    for number, data in enumerate(mutations(type, EACH, seed=0)):
        path = tmp_path / f"{number}.{type}"
        path.write_bytes(data)
        found.append(outcome(path, options))
    assert len(found) == EACH
    assert set(found) == {"image", "refused"}  # the damage is neither always fatal nor never


def test_the_files_before_their_damage_are_all_good(tmp_path: Path) -> None:
    for type, files in originals().items():
        for number, data in enumerate(files):
            path = tmp_path / f"{number}.{type}"
            path.write_bytes(data)
            assert outcome(path, MediaOptions(roots=[tmp_path])) == "image"
            assert open_image(path, MediaOptions(roots=[tmp_path])).type == type
