"""Images from files: what is opened, what is refused, and what the pixels are."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageOps
from pydantic import ValidationError

from affectgraph.backends import media_files
from affectgraph.backends.errors import InputError
from affectgraph.backends.media import (
    MediaError,
    MediaOptions,
    MediaRef,
    as_data_url,
    encoded,
    load_image,
    open_image,
)
from affectgraph.backends.media_structure import MAX_PARTS, MAX_SCANS, first_picture
from tests.backends.image_files import BLUE, GREEN, RED, WHITE, chunk, corners, exif, file_of, png, webp_header

FORMATS = ("PNG", "JPEG", "WebP", "GIF")
Put = Callable[..., Path]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    return folder.resolve()


@pytest.fixture
def options(root: Path) -> MediaOptions:
    return MediaOptions(roots=[root])


@pytest.fixture
def put(root: Path) -> Put:
    def write(data: bytes, name: str = "a.img") -> Path:
        (root / name).write_bytes(data)
        return root / name

    return write


@pytest.fixture
def pixels(put: Put, options: MediaOptions) -> Callable[[bytes], list[Any]]:
    """The pixels of a file's bytes, row by row."""

    def read(data: bytes) -> list[Any]:
        image = load_image(open_image(put(data), options), options)
        assert image.mode == "RGB"
        return [image.getpixel((x, y)) for y in range(image.height) for x in range(image.width)]

    return read


def alike(one: Image.Image, other: Image.Image, most: int = 12) -> bool:
    extrema: Any = ImageChops.difference(one, other).getextrema()
    return one.size == other.size and all(high <= most for _, high in extrema)


def refused(path: str | Path, options: MediaOptions) -> str:
    with pytest.raises(MediaError) as caught:
        open_image(path, options)
    return str(caught.value)


# --- what a reference is ---------------------------------------------------------------------------------------------


def test_a_reference_says_what_the_file_is_and_goes_through_json(put: Put, options: MediaOptions) -> None:
    data = file_of(corners(), "PNG")
    ref = open_image(put(data), options)
    assert ref.model_dump() == {
        "path": str(options.roots[0] / "a.img"),
        "sha256": hashlib.sha256(data).hexdigest(),
        "kind": "image",
        "type": "png",
        "width": 24,
        "height": 16,
        "frames": 1,
        "duration_s": 0.0,
        "fps": 0.0,
        "sound": False,
    }
    assert MediaRef.model_validate_json(ref.model_dump_json()) == ref


@pytest.mark.parametrize("change", [{"sha256": "x"}, {"kind": "audio"}, {"type": "tiff"}, {"width": 0}, {"more": 1}])
def test_a_reference_changed_into_something_else_is_refused(
    change: dict[str, Any], put: Put, options: MediaOptions
) -> None:
    ref = open_image(put(file_of(corners(), "PNG")), options)
    with pytest.raises(ValidationError):
        MediaRef.model_validate(ref.model_dump() | change)
    with pytest.raises(ValidationError):
        ref.path = "elsewhere"


def test_a_media_error_is_an_input_error() -> None:
    assert issubclass(MediaError, InputError)
    assert MediaError.exit_code == 2


# --- the type comes from the bytes -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.txt", "a", "图.bmp"])
@pytest.mark.parametrize("format", FORMATS)
def test_each_type_is_read_whatever_the_file_is_called(format: str, name: str, put: Put, options: MediaOptions) -> None:
    ref = open_image(put(file_of(corners(), format), name), options)
    assert (ref.type, ref.width, ref.height) == (format.lower(), 24, 16)
    # JPEG and lossy WebP spread colour over the borders of the quarters: compare within them.
    image = load_image(ref, options)
    for at, colour in {(4, 3): RED, (20, 3): GREEN, (4, 13): BLUE, (20, 13): WHITE}.items():
        assert alike(image.crop((*at, at[0] + 1, at[1] + 1)), Image.new("RGB", (1, 1), colour), 25)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"Dear diary, today I was sad.\n", "not an image but text"),
        ("今天我很难过。".encode(), "not an image but text"),
        (b"\x07\x13\x99\x02" * 9, "a file of an unknown type"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "an SVG drawing"),
        (b'<?xml version="1.0"?>\n<!-- by hand -->\n<svg/>', "an SVG drawing"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "a HEIC image"),
        (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1", "an AVIF image"),
        (b"\0\0\0\x20ftypisom\0\0\2\0isomiso2", "a video"),
        (b"II*\0\x08\0\0\0", "a TIFF image"),
        (b"MM\0*\0\0\0\x08", "a TIFF image"),
        (file_of(Image.new("RGB", (2, 2)), "BMP"), "a BMP image"),
        (file_of(Image.new("RGB", (2, 2)), "PDF"), "a PDF document"),
        (file_of(Image.new("RGB", (16, 16)), "ICO"), "an icon"),
        (file_of(Image.new("RGB", (2, 2)), "JPEG2000"), "a JPEG 2000 image"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "a sound file"),
        (b"PK\x03\x04\x14\0", "an archive or an office document"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "git lfs pull"),
        (bytes(100), "a file of zeros"),
    ],
)
def test_what_is_no_supported_image_is_named_with_a_way_out(
    data: bytes, says: str, put: Put, options: MediaOptions
) -> None:
    message = refused(put(data, "a.png"), options)
    assert says in message
    assert "a.png" in message
    assert ": " in message  # the way out follows


# --- the pixels ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WebP"])
def test_an_image_is_turned_as_its_camera_says(
    format: str, orientation: int, order: str, put: Put, options: MediaOptions
) -> None:
    lossless = {"lossless": True} if format == "WebP" else {"quality": 100} if format == "JPEG" else {}
    data = file_of(corners(), format, exif=exif(orientation, order), **lossless)
    expected = ImageOps.exif_transpose(Image.open(BytesIO(data))).convert("RGB")
    ref = open_image(put(data), options)
    assert (ref.width, ref.height) == expected.size == ((24, 16) if orientation < 5 else (16, 24))
    assert load_image(ref, options).tobytes() == expected.tobytes()


@pytest.mark.parametrize(
    "broken",
    [b"", b"II*\0", b"II*\0\xff\xff\xff\xff", exif(6)[6:24], exif(9)[6:], exif(0)[6:], b"what", exif(6)[6:16]],
)
def test_a_broken_orientation_mark_leaves_the_image_as_it_is(broken: bytes, put: Put, options: MediaOptions) -> None:
    whole = file_of(corners(), "PNG")
    ref = open_image(put(whole[:33] + chunk(b"eXIf", broken) + whole[33:]), options)
    assert load_image(ref, options).tobytes() == corners().tobytes()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        # 16-bit grey: Pillow alone clips it to white.
        (png((2, 1), 16, 0, b"\0\x80\xff\x10\x00"), [(128, 128, 128), (16, 16, 16)]),
        (png((2, 1), 16, 0, b"\0\x80\xff\x80\x00", key=b"\x80\x00"), [(128, 128, 128), WHITE]),
        (png((1, 1), 16, 2, b"\0\x80\xff\x10\x00\x20\x00"), [(128, 16, 32)]),
        (png((2, 1), 16, 2, b"\0" + b"\x80\0\x10\0\x20\0" + b"\x90\0\x10\0\x20\0", key=b"\x80\0\x10\0\x20\0"), None),
        (png((1, 1), 16, 4, b"\0\x00\x00\x80\x00"), [(127, 127, 127)]),
        (png((1, 1), 16, 6, b"\0\xff\xff\x00\x00\x00\x00\x00\x00"), [WHITE]),
        # Grey of 1, 2 and 4 bits with a transparent value, which Pillow alone does not scale.
        (png((2, 1), 1, 0, b"\0\x40", key=b"\0\0"), [WHITE, WHITE]),
        (png((2, 1), 2, 0, b"\0\x40", key=b"\0\1"), [WHITE, (0, 0, 0)]),
        (png((2, 1), 4, 0, b"\0\x50", key=b"\0\5"), [WHITE, (0, 0, 0)]),
        (png((2, 1), 8, 0, b"\0\x05\x00", key=b"\0\5"), [WHITE, (0, 0, 0)]),
        (png((2, 1), 8, 2, b"\0" + bytes(RED + BLUE), key=b"\0\xff\0\0\0\0"), [WHITE, BLUE]),
        (png((1, 1), 8, 4, b"\0\x00\x00"), [WHITE]),
        (png((1, 1), 8, 6, b"\0" + bytes(RED) + b"\x80"), [(255, 127, 127)]),
        (
            png((3, 1), 8, 3, b"\0\0\1\2", key=b"\0\x80", before=chunk(b"PLTE", bytes(RED + BLUE + GREEN))),
            [WHITE, (127, 127, 255), GREEN],
        ),
        (file_of(Image.new("RGB", (1, 1), GREEN), "GIF"), [GREEN]),
        (file_of(Image.new("RGB", (1, 1), GREEN), "PNG"), [GREEN]),
        (file_of(Image.new("L", (1, 1), 77), "JPEG"), [(77, 77, 77)]),
        (file_of(Image.new("RGBA", (1, 1), (255, 0, 0, 0)), "WebP", lossless=True), [WHITE]),
        (file_of(Image.new("RGBA", (1, 1), (255, 0, 0, 0)), "GIF"), [WHITE]),
    ],
)
def test_odd_pixels_become_right_rgb_with_white_behind_the_transparent(
    data: bytes, expected: list[tuple[int, int, int]] | None, pixels: Callable[[bytes], list[Any]]
) -> None:
    assert pixels(data) == (expected or [WHITE, (144, 16, 32)])


def test_cmyk_comes_out_in_its_own_colours(put: Put, options: MediaOptions) -> None:
    for colour in (RED, GREEN, BLUE, WHITE):
        data = file_of(Image.new("RGB", (16, 16), colour).convert("CMYK"), "JPEG", quality=100)
        image = load_image(open_image(put(data), options), options)
        assert alike(image, Image.new("RGB", (16, 16), colour))


def test_a_jpeg_that_stores_rgb_itself_keeps_its_colours(put: Put, options: MediaOptions) -> None:
    data = file_of(Image.new("RGB", (16, 16), BLUE), "JPEG", quality=100, keep_rgb=True)
    # Without component names that spell RGB, Adobe's mark alone says so.
    data = data.replace(b"\x03R\x11\0G\x11\0B\x11\0", b"\x03\1\x11\0\2\x11\0\3\x11\0")
    data = data.replace(b"\x03R\0G\0B\0", b"\x03\1\0\2\0\3\0")
    assert alike(load_image(open_image(put(data), options), options), Image.new("RGB", (16, 16), BLUE))


@pytest.mark.parametrize("format", ["GIF", "WebP", "PNG"])
def test_the_first_frame_stands_for_an_animation(format: str, put: Put, options: MediaOptions) -> None:
    more = {"lossless": True} if format == "WebP" else {}
    frames = [Image.new("RGB", (8, 8), colour) for colour in (BLUE, RED)]
    data = file_of(Image.new("RGB", (8, 8), GREEN), format, save_all=True, append_images=frames, **more)
    ref = open_image(put(data), options)
    assert ref.frames == 3
    assert load_image(ref, options).getpixel((4, 4)) == GREEN


# --- damaged files ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("format", FORMATS)
def test_a_truncated_file_is_refused_when_it_is_opened(
    format: str, part: float, put: Put, options: MediaOptions
) -> None:
    data = file_of(Image.effect_noise((64, 64), 90).convert("RGB"), format)
    message = refused(put(data[: int(len(data) * part)]), options)
    assert "a.img" in message
    assert "get a whole copy of it" in message


@pytest.mark.parametrize("start", [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"RIFF\x10\0\0\0WEBP"])
def test_a_file_of_nothing_but_its_first_bytes_is_refused(start: bytes, put: Put, options: MediaOptions) -> None:
    assert "get a whole copy of it" in refused(put(start), options)


@pytest.mark.parametrize(("depth", "colour", "row"), [(8, 0, 9), (1, 0, 2), (16, 6, 72), (8, 3, 9)])
def test_a_png_that_claims_more_rows_than_it_has_is_refused(
    depth: int, colour: int, row: int, put: Put, options: MediaOptions
) -> None:
    palette = chunk(b"PLTE", bytes(768)) if colour == 3 else b""
    whole = png((9, 9), depth, colour, bytes(1 + row) * 9, before=palette)
    assert open_image(put(whole), options).height == 9
    short = png((9, 9), depth, colour, bytes(1 + row) * 8 + bytes(row), before=palette)
    assert "less of the picture than its header says" in refused(put(short), options)


@pytest.mark.parametrize("width", [1, 2, 5, 9])
@pytest.mark.parametrize("height", [1, 3, 5, 8])
def test_an_interlaced_png_is_counted_by_its_passes(width: int, height: int, put: Put, options: MediaOptions) -> None:
    rows = b""
    for x, y, across, down in ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2)):
        columns = len(range(x, width, across))
        rows += (b"\0" + b"\x40" * columns) * len(range(y, height, down)) if columns else b""
    rows += (b"\0" + b"\x40" * width) * len(range(1, height, 2))
    whole = png((width, height), 8, 0, rows, interlaced=True)
    image = load_image(open_image(put(whole), options), options)
    assert image.tobytes() == b"\x40" * 3 * width * height
    short = png((width, height), 8, 0, rows[:-1], interlaced=True)
    assert "less of the picture than its header says" in refused(put(short), options)


@pytest.mark.parametrize("size", [(0, 5), (5, 0)])
def test_an_image_without_pixels_is_refused(size: tuple[int, int], put: Put, options: MediaOptions) -> None:
    assert "truncated or corrupted" in refused(put(png(size, 8, 0, b"")), options)


# --- limits, judged before a pixel is decoded ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        png((60_000, 60_000), 8, 2, b""),
        b"GIF89a" + b"\x60\xea\x60\xea" + b"\0\0\0" + b"\x2c\0\0\0\0\1\0\1\0\0\2\2D\1\0;",
        b"GIF89a" + b"\1\0\1\0" + b"\0\0\0" + b"\x2c\0\0\0\0\x60\xea\1\0\0\2\2D\1\0;",
        b"GIF89a" + b"\1\0\1\0" + b"\0\0\0" + b"\x2c\0\0\xff\xff\1\0\x60\xea\0\2\2D\1\0;",
        webp_header(16_000_000, 16_000_000),
        file_of(corners(), "JPEG").replace(b"\x08\x00\x10\x00\x18\x03", b"\x08\xea\x60\xea\x60\x03"),
    ],
    ids=["png", "gif", "gif-wide-frame", "gif-high-frame", "webp", "jpeg"],
)
def test_a_decompression_bomb_is_refused_by_its_header(
    data: bytes, put: Put, options: MediaOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("PIL.Image.open", lambda *_, **__: pytest.fail("given to the decoder"))
    message = refused(put(data), options)
    assert "over 16,384 a side" in message
    assert "media.max_side" in message


def test_a_second_header_cannot_enlarge_what_the_first_one_claimed(put: Put, options: MediaOptions) -> None:
    larger = png((20_000, 4_000), 8, 0, b"")[8:33]
    assert "20,000 x 4,000 pixels" in refused(put(png((1, 1), 8, 0, b"\0\0", before=larger)), options)


@pytest.mark.parametrize(
    ("format", "more"),
    [
        ("PNG", {}),
        ("GIF", {}),
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("WebP", {}),
        ("WebP", {"lossless": True}),
        ("WebP", {"save_all": True, "append_images": [corners((1234, 56)).rotate(180)]}),
    ],
)
def test_the_size_is_known_without_the_decoder(format: str, more: dict[str, Any]) -> None:
    data = file_of(corners((1234, 56)), format, **more)
    type: Any = format.lower()
    assert first_picture(data, type).size == (1234, 56)
    if format == "WebP" and not more:  # the two bits above the size ask for scaling, which nobody does
        assert first_picture(data[:27] + bytes([data[27] | 0x40]) + data[28:], type).size == (1234, 56)


def test_an_image_that_memory_does_not_hold_is_refused(
    put: Put, options: MediaOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_memory(*_: Any) -> None:
        raise MemoryError

    monkeypatch.setattr("PIL.PngImagePlugin.PngImageFile.load_prepare", no_memory)
    assert "does not fit into memory" in refused(put(file_of(corners(), "PNG")), options)


def test_a_side_of_20_000_pixels_is_refused_unless_it_is_allowed(put: Put, options: MediaOptions) -> None:
    path = put(file_of(Image.new("1", (20_000, 2)), "PNG"))
    assert "20,000 x 2 pixels" in refused(path, options)
    assert open_image(path, options.model_copy(update={"max_side": 20_000})).width == 20_000


def test_limits_of_pixels_and_bytes_hold_to_the_last_one(put: Put, options: MediaOptions) -> None:
    data = file_of(corners(), "PNG")
    exact = options.model_copy(update={"max_pixels": 24 * 16, "max_side": 24, "max_bytes": len(data)})
    path = put(data)
    assert open_image(path, exact).width == 24
    for key, value in exact.model_dump(include={"max_pixels", "max_side", "max_bytes"}).items():
        assert f"media.{key}" in refused(path, exact.model_copy(update={key: value - 1}))


def test_a_file_that_grows_while_it_is_read_is_refused(
    put: Put, options: MediaOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(file_of(corners(), "PNG"))
    small = options.model_copy(update={"max_bytes": path.stat().st_size})
    monkeypatch.setattr(media_files, "_check_regular", lambda *_: path.write_bytes(path.read_bytes() + b"\0"))
    assert "media.max_bytes" in refused(path, small)


@pytest.mark.parametrize(
    "data",
    [
        png((1, 1), 8, 0, b"\0\0", before=chunk(b"teXt") * MAX_PARTS),
        b"\xff\xd8" + b"\xff\xe5\0\2" * MAX_PARTS + file_of(corners(), "JPEG")[2:],
        b"\xff\xd8" + b"\xff" * MAX_PARTS + file_of(corners(), "JPEG")[2:],
        b"GIF89a\1\0\1\0\0\0\0\x21\xfe" + b"\1x" * MAX_PARTS + b"\0;",
        b"GIF89a\1\0\1\0\0\0\0" + bytes(MAX_PARTS + 1) + b";",
        file_of(corners(), "WebP") + b"what\0\0\0\0" * MAX_PARTS,
    ],
    ids=["png", "jpeg", "jpeg-padding", "gif-blocks", "gif-stray", "webp"],
)
def test_a_file_of_endless_parts_is_refused(data: bytes, put: Put, options: MediaOptions) -> None:
    assert "more than 200,000 parts" in refused(put(data), options)


def test_a_progressive_jpeg_of_endless_scans_is_refused(put: Put, options: MediaOptions) -> None:
    data = file_of(Image.effect_noise((32, 32), 50).convert("RGB"), "JPEG", progressive=True)
    last = data[data.rindex(b"\xff\xda") : -2]
    few = MAX_SCANS - data.count(b"\xff\xda")
    assert open_image(put(data[:-2] + last * few + data[-2:]), options).type == "jpeg"
    assert "more than 100 scans" in refused(put(data[:-2] + last * (few + 1) + data[-2:]), options)
    hidden = b"\xff\x01\xff\xff"  # a marker without a length, which could pass for one that hides what follows
    assert "more than 100 scans" in refused(put(data[:-2] + hidden + last * (few + 1) + data[-2:]), options)


# --- metadata --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WebP"])
def test_no_metadata_is_kept_or_sent(format: str, put: Put, options: MediaOptions) -> None:
    tags = Image.Exif()
    tags[0x010E] = tags[0x8298] = "SECRET-PLACE"
    more = {"comment": b"SECRET-PLACE"} if format == "JPEG" else {}
    data = file_of(corners(), format, exif=tags, icc_profile=b"SECRET-PROFILE", xmp=b"SECRET-XMP", **more)
    assert b"SECRET" in data
    image = load_image(open_image(put(data), options), options)
    assert image.info == {}
    for original in (image, Image.open(BytesIO(data))):
        for target in ("jpeg", "png"):
            sent = encoded(original, format=target)  # type: ignore[arg-type]
            assert not any(word in sent for word in (b"SECRET", b"Exif", b"iCCP", b"ICC_PROFILE"))


# --- which files may be read -----------------------------------------------------------------------------------------


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A good image outside the root, beside a name that begins like the root's."""
    folder = tmp_path / "pictures-of-others"
    folder.mkdir()
    (folder / "b.png").write_bytes(file_of(corners(), "PNG"))
    return folder / "b.png"


def test_a_path_outside_the_roots_is_refused_whichever_way_it_leads_there(
    secret: Path, root: Path, options: MediaOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root)
    (root / "link.png").symlink_to(secret)
    (root / "folder").symlink_to(secret.parent)
    there = f"../{secret.parent.name}/b.png"
    for path in (secret, there, root / there, root / "link.png", "link.png", root / "folder" / "b.png"):
        message = refused(path, options)
        assert "outside the folders" in message
        assert "media.roots" in message
    assert open_image(secret, MediaOptions(roots=[root, secret.parent])).width == 24


def test_nobody_learns_whether_a_file_outside_the_roots_exists(secret: Path, options: MediaOptions) -> None:
    there, missing = (refused(path, options) for path in (secret, secret.with_name("c.png")))
    assert there.replace("b.png", "c.png") == missing


def test_links_that_stay_inside_are_followed_and_the_reference_has_the_real_path(
    put: Put, root: Path, tmp_path: Path, options: MediaOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(file_of(corners(), "PNG"))
    (root / "link").symlink_to(path)
    (tmp_path / "other-name").symlink_to(root)
    monkeypatch.chdir(root)
    for way in (root / "link", "link", "./x/../a.img", tmp_path / "other-name" / "a.img"):
        assert open_image(way, options).path == str(path)
    assert open_image(path, MediaOptions(roots=[tmp_path / "other-name"])).path == str(path)


def test_roots_are_the_current_folder_and_home_but_never_the_whole_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert MediaOptions().roots == [Path.cwd(), tmp_path / "home"]
    monkeypatch.setenv("HOME", str(tmp_path))
    assert MediaOptions().roots == [Path.cwd()]
    monkeypatch.setenv("HOME", "/")
    assert MediaOptions().roots == [Path.cwd()]
    monkeypatch.chdir("/")
    assert MediaOptions().roots == []
    assert "(none)" in refused(tmp_path / "a.png", MediaOptions())
    assert MediaOptions(roots=["/"]).roots == [Path("/")]  # type: ignore[list-item]


def test_roots_may_be_relative_or_begin_with_a_tilde(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/ana")
    assert MediaOptions(roots=[Path("~/p"), Path("q")]).roots == [Path("/home/ana/p"), Path.cwd() / "q"]
    assert MediaOptions.model_validate_json(MediaOptions().model_dump_json()) == MediaOptions()
    with pytest.raises(ValidationError):
        MediaOptions.model_validate({"max_pixel": 1})


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/a.png",
        "HTTPS://example.org/a.png",
        "file:///etc/passwd",
        "s3://bucket/a.png",
        "data:image/png;base64,iVBORw0KGgo=",
        " http://example.org/a.png",
        Path("http://example.org/a.png"),
    ],
)
def test_a_url_is_not_fetched(url: str | Path, options: MediaOptions) -> None:
    assert "no URL is fetched: save the file" in refused(url, options)


def test_a_long_or_crooked_path_stands_in_the_message_on_one_short_line(options: MediaOptions) -> None:
    assert len(refused("data:image/png;base64," + "A" * 100_000, options)) < 300
    message = refused(options.roots[0] / "a\x1b[31m\n.png", options)
    assert "\\x1b[31m\\n.png does not exist" in message


# --- what is not an ordinary file ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["", "a\0b.png"])
def test_a_path_that_names_nothing_is_refused(path: str, options: MediaOptions) -> None:
    assert "names no file" in refused(path, options)


def test_a_missing_empty_or_looping_file_or_a_folder_is_refused(put: Put, root: Path, options: MediaOptions) -> None:
    put(b"", "empty.png")
    (root / "loop").symlink_to(root / "loop")
    (root / "nowhere").symlink_to(root / "gone.png")
    for name, says in {
        "gone.png": "does not exist",
        "nowhere": "does not exist",
        "empty.png/x": "does not exist",
        "empty.png": "is empty (0 bytes)",
        ".": "is a folder",
        "loop": "cannot be followed",
        "x" * 300: "cannot be read",
    }.items():
        assert says in refused(root / name, options)


def test_a_name_that_is_not_utf8_is_refused(root: Path, options: MediaOptions) -> None:
    name = os.fsdecode(os.fsencode(root) + b"/\xff.png")
    Path(name).write_bytes(file_of(corners(), "PNG"))
    assert "not UTF-8" in refused(name, options)


@pytest.mark.timeout(30)
def test_pipes_sockets_and_devices_are_refused_at_once(root: Path, options: MediaOptions) -> None:
    os.mkfifo(root / "pipe.png")
    assert "a named pipe" in refused(root / "pipe.png", options)
    assert "a device" in refused("/dev/zero", MediaOptions(roots=[Path("/dev")]))
    with tempfile.TemporaryDirectory() as short, socket.socket(socket.AF_UNIX) as server:
        server.bind(f"{short}/s")
        assert "a socket" in refused(f"{short}/s", MediaOptions(roots=[Path(short)]))


@pytest.mark.timeout(30)
@pytest.mark.parametrize("swap", ["pipe", "link"])
def test_a_file_swapped_just_before_it_is_opened_is_refused(
    swap: str, secret: Path, put: Put, options: MediaOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(file_of(corners(), "PNG"))
    real = os.open

    def swap_then_open(file: Any, flags: int) -> int:
        path.unlink()
        if swap == "pipe":
            os.mkfifo(path)
        else:
            path.symlink_to(secret)
        return real(file, flags)

    monkeypatch.setattr(media_files.os, "open", swap_then_open)
    assert ("a named pipe" if swap == "pipe" else "cannot be read") in refused(path, options)


@pytest.fixture
def as_nobody() -> Iterator[Path]:
    """A folder that everyone may look into, while this process is not root."""
    folder = Path(tempfile.mkdtemp()).resolve()
    folder.chmod(0o755)
    was_root = os.geteuid() == 0
    try:
        yield folder
    finally:
        if was_root:
            os.seteuid(0)
        shutil.rmtree(folder)


def test_a_file_that_this_user_may_not_read_is_refused(as_nobody: Path) -> None:
    path = as_nobody / "a.png"
    path.write_bytes(file_of(corners(), "PNG"))
    path.chmod(0)
    options = MediaOptions(roots=[as_nobody])
    if os.geteuid() == 0:
        os.seteuid(65534)
    assert "may not be read by this user" in refused(path, options)


# --- from reference to pixels ----------------------------------------------------------------------------------------


def test_a_file_that_changed_since_is_not_taken_for_the_same(put: Put, options: MediaOptions) -> None:
    ref = open_image(put(file_of(corners(), "PNG")), options)
    put(file_of(corners().rotate(180), "PNG"))
    with pytest.raises(MediaError, match="has changed since it was opened") as caught:
        load_image(ref, options)
    assert ref.sha256[:12] in str(caught.value)


def test_a_reference_is_held_to_the_roots_and_limits_of_now(secret: Path, put: Put, options: MediaOptions) -> None:
    foreign = open_image(secret, MediaOptions(roots=[secret.parent]))
    with pytest.raises(MediaError, match="outside the folders"):
        load_image(foreign, options)
    own = open_image(put(file_of(corners(), "PNG")), options)
    with pytest.raises(MediaError, match=r"media\.max_pixels"):
        load_image(own, options.model_copy(update={"max_pixels": 9}))


def test_the_file_is_read_once_so_that_what_is_hashed_is_what_is_decoded(
    put: Put, options: MediaOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(file_of(corners(), "PNG"))
    other = file_of(corners().rotate(180), "PNG")
    real = media_files.read_file

    def read_then_change(*given: Any) -> Any:
        result = real(*given)
        path.write_bytes(other)
        return result

    monkeypatch.setattr("affectgraph.backends.media.read_file", read_then_change)
    before = path.read_bytes()
    ref = open_image(path, options)
    assert ref.sha256 == hashlib.sha256(before).hexdigest()
    path.write_bytes(before)
    assert load_image(ref, options).tobytes() == corners().tobytes()


# --- what is sent to a model -----------------------------------------------------------------------------------------


def test_an_image_is_sent_within_the_side_that_is_asked_for_and_never_enlarged() -> None:
    for size, most, expected in [((400, 100), 200, (200, 50)), ((30, 40), 200, (30, 40)), ((5000, 2), 100, (100, 1))]:
        for format in ("jpeg", "png"):
            sent = Image.open(BytesIO(encoded(corners(size), most, format)))  # type: ignore[arg-type]
            assert (sent.size, sent.format) == (expected, format.upper())


def test_png_is_sent_without_loss_and_the_same_pixels_give_the_same_bytes() -> None:
    assert Image.open(BytesIO(encoded(corners(), format="png"))).tobytes() == corners().tobytes()
    assert encoded(corners()) == encoded(corners().copy())


def test_a_data_url_holds_the_encoded_image() -> None:
    for format in ("jpeg", "png"):
        url = as_data_url(corners(), 8, format)  # type: ignore[arg-type]
        head, _, body = url.partition(",")
        assert head == f"data:image/{format};base64"
        assert base64.b64decode(body, validate=True) == encoded(corners(), 8, format)  # type: ignore[arg-type]


def test_an_overlay_with_transparency_is_sent_over_white() -> None:
    clear = Image.new("RGBA", (4, 4), (255, 0, 0, 0))
    assert Image.open(BytesIO(encoded(clear, format="png"))).getpixel((0, 0)) == WHITE
    assert clear.mode == "RGBA"


# --- the examples ----------------------------------------------------------------------------------------------------


def test_the_example_photographs_open_are_small_and_have_their_licence_stated() -> None:
    folder = Path(__file__).parents[2] / "examples" / "images"
    readme = (folder / "README.md").read_text(encoding="utf-8")
    photographs = sorted(folder.glob("*.jpg"))
    assert len(photographs) >= 4
    for path in photographs:
        ref = open_image(path, MediaOptions(roots=[folder], max_side=800, max_bytes=150_000))
        row = next(line for line in readme.splitlines() if line.startswith(f"| `{path.name}`"))
        assert ref.type == "jpeg"
        assert any(licence in row for licence in ("CC0", "public domain"))
        assert b"Exif" not in path.read_bytes()
