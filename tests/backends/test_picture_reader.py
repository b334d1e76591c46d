"""The words in a picture: drawn English, a committed Chinese picture, and what has no words or is no whole picture."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont, ImageOps

from affectgraph.backends import picture_reader as module
from affectgraph.backends.base import PictureReader
from affectgraph.backends.errors import BackendError, InputError, MissingDependency
from affectgraph.backends.picture_reader import RapidReader, picture_reader, pieces

ENGLISH = ["I can't sleep any more.", "Nobody would notice."]
CHINESE = Path(__file__).parent / "words_zh.png"  # committed: no Chinese font is sure to be installed


@pytest.fixture(scope="module")
def reader() -> PictureReader:
    found = picture_reader()
    assert found is not None
    return found


def page(lines: list[str], size: tuple[int, int] = (480, 130), letter: int = 28) -> Image.Image:
    drawn = Image.new("RGB", size, "white")
    for row, line in enumerate(lines):
        ImageDraw.Draw(drawn).text((20, 15 + row * letter * 1.6), line, "black", ImageFont.load_default(letter))
    return drawn


def test_english_is_read_line_by_line(reader: PictureReader) -> None:
    assert isinstance(reader, RapidReader)
    assert reader.read(page(ENGLISH)).splitlines() == ENGLISH
    assert picture_reader() is reader


def test_chinese_is_read(reader: PictureReader) -> None:
    with Image.open(CHINESE) as drawn:
        assert reader.read(drawn) == "我真的撑不下去了\n没有人在乎我。"


def test_a_chat_is_read_from_top_to_bottom_whichever_side_speaks(reader: PictureReader) -> None:
    chat = Image.new("RGB", (540, 400), (237, 237, 237))
    draw, font = ImageDraw.Draw(chat), ImageFont.load_default(24)
    said = ["are you home yet?", "yes, but I am scared", "of him again?", "I locked the door"]
    for turn, words in enumerate(said):
        width = font.getlength(words) + 30
        left, top = (520 - width if turn % 2 else 20), 15 + turn * 95
        draw.rounded_rectangle((left, top, left + width, top + 55), 14, "#95ec69" if turn % 2 else "white")
        draw.text((left + 15, top + 12), words, "black", font)
    assert reader.read(chat).splitlines() == said


def test_what_stands_side_by_side_is_one_line(reader: PictureReader) -> None:
    drawn = page(["22:41"], (640, 90))
    ImageDraw.Draw(drawn).text((420, 16), "battery 9%", "black", ImageFont.load_default(28))
    assert reader.read(drawn) == "22:41 battery 9%"


@pytest.mark.parametrize("turn", [Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270])
def test_a_turned_picture_is_read_in_the_same_order(reader: PictureReader, turn: Image.Transpose) -> None:
    assert reader.read(page(ENGLISH).transpose(turn)).splitlines() == ENGLISH


def test_a_tilted_picture_is_read(reader: PictureReader) -> None:
    tilted = page(ENGLISH).rotate(7, Image.Resampling.BICUBIC, expand=True, fillcolor="white")
    assert reader.read(tilted).splitlines() == ENGLISH


def test_the_orientation_of_a_camera_is_followed(reader: PictureReader, monkeypatch: pytest.MonkeyPatch) -> None:
    saved = BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 5  # mirrored along a diagonal, which no turning undoes
    page(ENGLISH).transpose(Image.Transpose.TRANSPOSE).save(saved, "JPEG", exif=exif)
    with Image.open(saved) as photograph:
        assert reader.read(photograph).splitlines() == ENGLISH


@pytest.mark.parametrize("ink", [0, 255])
def test_transparent_pictures_are_seen_over_what_shows_them(reader: PictureReader, ink: int) -> None:
    letters = ImageOps.invert(page(ENGLISH).convert("L"))
    drawn = Image.merge("LA", [Image.new("L", letters.size, ink), letters])
    assert reader.read(drawn).splitlines() == ENGLISH
    assert reader.read(drawn.convert("RGBA")).splitlines() == ENGLISH


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "YCbCr", "I;16"])
def test_other_modes_are_read(reader: PictureReader, mode: str) -> None:
    drawn = page(ENGLISH)
    if mode == "I;16":
        turned = Image.fromarray(np.asarray(drawn.convert("L")).astype(np.uint16) * 257)
        assert turned.mode == mode
    else:
        turned = drawn.convert(mode)
    assert reader.read(turned).splitlines() == ENGLISH


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (200, 2), (640, 480), (0, 5)])
def test_where_there_are_no_words_nothing_is_read(reader: PictureReader, size: tuple[int, int]) -> None:
    assert reader.read(Image.new("RGB", size, "white")) == ""


def test_noise_has_no_words(reader: PictureReader) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (300, 400, 3), dtype=np.uint8)
    assert reader.read(Image.fromarray(noise)) == ""


def test_small_letters_are_read(reader: PictureReader) -> None:
    assert reader.read(page(ENGLISH, (200, 50), letter=11)).splitlines() == ENGLISH


def test_a_large_photograph_is_scaled_down_and_read(reader: PictureReader) -> None:
    assert reader.read(page(ENGLISH, (4000, 3000), letter=150)).splitlines() == ENGLISH
    assert module._pixels(Image.new("RGB", (8000, 6000))).size <= 3 * module._MOST_PIXELS


def test_a_long_scroll_loses_no_line(reader: PictureReader) -> None:
    said = [f"message number {count}" for count in range(24)]
    assert reader.read(page(said, (330, 24 * 54), letter=28)).splitlines() == said


def test_the_same_picture_gives_the_same_words_in_every_thread(reader: PictureReader) -> None:
    drawn = page(ENGLISH)
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(reader.read, [drawn] * 8)) == {"\n".join(ENGLISH)}


def test_a_truncated_file_is_an_input_error(reader: PictureReader) -> None:
    saved = BytesIO()
    page(ENGLISH).save(saved, "PNG")
    with Image.open(BytesIO(saved.getvalue()[:400])) as cut, pytest.raises(InputError, match="truncated"):
        reader.read(cut)


def test_without_the_package_there_is_no_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda name: None)
    assert picture_reader() is None
    with pytest.raises(MissingDependency, match=r"affectgraph\[ocr\]"):
        RapidReader().read(page(ENGLISH))


def test_models_that_are_lacking_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(module._MODELS, "Rec", "PP-OCRv9_rec.onnx")
    with pytest.raises(MissingDependency, match=r"lacks PP-OCRv9_rec\.onnx: pip install"):
        RapidReader().read(page(ENGLISH))


def test_a_damaged_model_is_a_backend_error_without_the_engine_s_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = RapidReader()
    (tmp_path / "no.onnx").write_bytes(b"no model")
    monkeypatch.setattr(broken, "_models", dict.fromkeys(module._MODELS, tmp_path / "no.onnx"))
    with pytest.raises(BackendError, match=r"failed at a picture of 960 x 260 pixels \(\w+\); leave the picture out"):
        broken.read(page(ENGLISH))


def test_identity_names_the_version_and_the_models(reader: PictureReader) -> None:
    assert reader.identity.startswith("rapidocr-3.10.")
    assert reader.identity.count("+") == 2


ALONE = """
import sys
from PIL import Image
from affectgraph.backends.picture_reader import picture_reader

reader = picture_reader()
assert "rapidocr" not in sys.modules and "onnxruntime" not in sys.modules
print(reader.read(Image.open(sys.argv[1])))
"""


def test_nothing_is_loaded_early_nor_written_or_logged_later(tmp_path: Path) -> None:
    quiet = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    # In continuous integration onnxruntime reports nothing of its own accord; here it is to be us who stopped it.
    kept = {name: value for name, value in os.environ.items() if name not in ("CI", "ORT_DISABLE_TELEMETRY")}
    done = subprocess.run(
        [sys.executable, "-c", ALONE, str(CHINESE)], env=kept | quiet, capture_output=True, text=True, encoding="utf-8"
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("我真的")
    assert list(tmp_path.rglob("*")) == []


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 40), st.integers(1, 400), st.integers(0, 2**32 - 1))
def test_pieces_are_together_the_whole(width: int, height: int, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8)
    found = list(pieces(pixels))
    assert np.array_equal(np.concatenate(found), pixels)
    assert all(len(piece) <= max(2.5 * width, 2) for piece in found)


def test_a_scroll_is_cut_between_its_lines() -> None:
    pixels = np.zeros((900, 100, 3), np.uint8)
    pixels[:, ::2] = 255
    pixels[140:160] = 0
    first = next(pieces(pixels))
    assert 140 <= len(first) <= 160
