"""The page and the figure of grounded affective trees: whole in one file, inert, an element for every claim."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from affectgraph.agents.gat_figure import paint
from affectgraph.agents.gat_outlines import outline, outlines
from affectgraph.agents.gat_page import Made, gat_page
from affectgraph.backends.errors import InputError
from affectgraph.backends.media import MediaError
from affectgraph.backends.scoring import Distribution
from affectgraph.graphs.gat_types import GatOutput, Sentence, Writing
from tests.agents.gat_samples import ENDS, INERT, calibrated_tree, hostile_tree, make_picture, make_tree, media_of

MADE = Made(graph="gat", mode="gat", models=("played: scripted:1",))
VOID = {"img", "meta"}


class Page(HTMLParser):
    """What a browser would find: elements with their attributes, the style, and the text."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.source = source
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.style = ""
        self.text = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attributes}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attributes}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "style":
            self.style += data
        else:
            self.text += f" {' '.join(data.split())} "

    def of(self, tag: str, **wanted: str) -> list[dict[str, str]]:
        """The attributes of the elements of a tag (any, if empty) whose classes and so on hold the words wanted."""
        return [
            found
            for name, found in self.elements
            if tag in ("", name) and all(word in found.get(key, "").split() for key, word in wanted.items())
        ]

    def cited(self) -> set[str]:
        return {id for found in self.of("") for id in found.get("data-cites", "").split()}


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    return make_picture(tmp_path / "night.png")


def page_of(*trees: GatOutput, made: Made = MADE) -> Page:
    return Page(gat_page(trees, made, media_of(Path(trees[0].image.path))))


# --- one file, and inert ---------------------------------------------------------------------------------------------


def assert_self_contained(page: Page) -> None:
    (policy,) = page.of("meta", **{"http-equiv": "Content-Security-Policy"})
    assert policy["content"].startswith("default-src 'none'; img-src data:; style-src 'unsafe-inline'")
    assert "script-src" not in policy["content"]
    assert not page.of("script")
    assert not page.of("link")
    for tag, found in page.elements:
        assert not [name for name in found if name.startswith("on")], (tag, found)
        for name in ("src", "href", "data", "action", "xlink:href", "srcset"):
            assert found.get(name, "#").startswith(("#", "data:image/jpeg;base64,")), (tag, found)
        assert "url(" not in found.get("style", "")
    assert "url(" not in page.style
    assert "@import" not in page.style


def test_the_page_needs_nothing_but_itself(picture: Path) -> None:
    assert_self_contained(page_of(make_tree(picture)))


def test_words_that_attack_the_page_come_out_as_words(picture: Path) -> None:
    plain, attacked = page_of(make_tree(picture)), page_of(hostile_tree(picture))
    assert_self_contained(attacked)
    assert INERT in attacked.text
    assert ENDS in attacked.text
    assert INERT not in attacked.source
    assert attacked.style == plain.style
    assert "{{ 7*7 }}" in attacked.text
    assert Counter(tag for tag, _ in attacked.elements)["img"] == 1
    assert attacked.open == []


def test_a_file_name_and_an_error_are_words_as_well(tmp_path: Path) -> None:
    named = make_picture(tmp_path / "<b onmouseover=x>&amp;.png")
    page = page_of(make_tree(named), made=Made("gat", "gat", failed=((f"{INERT}.jpg", ENDS),)))
    assert_self_contained(page)
    assert "<b onmouseover=x>&amp;.png" in page.text
    assert ENDS in page.text
    assert str(tmp_path) not in page.source  # folders stay private


def test_pictures_are_jpegs_of_at_most_1200_pixels(tmp_path: Path) -> None:
    import base64
    import io

    page = page_of(make_tree(make_picture(tmp_path / "large.png", (2000, 500))))
    (image,) = page.of("img")
    data = base64.b64decode(image["src"].removeprefix("data:image/jpeg;base64,"))
    with Image.open(io.BytesIO(data)) as shown:
        assert (shown.format, shown.size) == ("JPEG", (1200, 300))


# --- what is on it ---------------------------------------------------------------------------------------------------


def test_every_cited_region_has_an_element_and_a_rule(picture: Path) -> None:
    writing = Writing(sentences=[Sentence(text="A dark sky.", regions=["r1", "r3"])], words=3)
    page = page_of(make_tree(picture, writing=writing))
    assert page.cited() == {"r1", "r2", "r3"}
    for id in page.cited():
        (area,) = page.of("path", **{"class": id})
        assert area["id"] == f"p1-{id}"
        assert f'[data-cites~="{id}"]:hover) path.{id}' in page.style


def test_ids_that_the_picture_does_not_have_light_up_nothing(picture: Path) -> None:
    assert page_of(hostile_tree(picture)).cited() == {"r1", "r2", "r3"}


def test_claims_and_regions_can_be_reached_with_the_keyboard_and_have_names(picture: Path) -> None:
    page = page_of(make_tree(picture))
    claims = page.of("div", **{"class": "claim"})
    assert [claim["tabindex"] for claim in claims] == ["0", "0", "0"]
    assert claims[1]["aria-label"] == "hypothesis h2: awe, medium intensity"
    areas = page.of("path", **{"class": "area"})
    assert [area["tabindex"] for area in areas] == ["0", "0", "0"]
    assert all(area["aria-label"].startswith(f"region {number}: ") for number, area in enumerate(areas, 1))
    (plane,) = page.of("svg", **{"class": "plane"})
    assert plane["aria-label"] == "valence 6.5 and arousal 5.0, on scales from 1 to 9"


def test_branches_say_in_words_what_became_of_them(picture: Path) -> None:
    page = page_of(make_tree(picture))
    assert [found["class"] for found in page.of("li", **{"class": "branch"})] == [
        "branch pruned",
        "branch kept",
        "branch aside",
    ]
    for words in (
        "✓ kept",
        "✗ pruned",
        "○ set aside",
        "1 contradiction; the critic's confidence in it 0.30",
        "no contradiction, but the critic is less sure; the critic's confidence in it 0.60",
        "“The square is bright.”",
        "concluded from hypothesis h2",
    ):
        assert words in page.text
    (struck,) = re.findall(r"<s>(.*?)</s>", page.source)
    assert struck == "fear"


def test_whether_valence_and_arousal_are_calibrated_is_said(picture: Path, tmp_path: Path) -> None:
    assert "not calibrated" in page_of(make_tree(picture)).text
    told = page_of(calibrated_tree(picture)).text
    assert "calibrated on greys (1 to 7), 30 pictures; the model said valence 5.5" in told
    assert "not calibrated" not in told
    paint(calibrated_tree(picture), tmp_path / "figure.png", media_of(picture))


def test_a_model_without_eyes_is_said_so(picture: Path) -> None:
    told = "The model did not see this picture"
    assert told not in page_of(make_tree(picture)).text
    unseen = page_of(make_tree(picture, perception="facts-only"))
    assert told in unseen.text
    assert "the plain thing" not in unseen.text  # nobody saw it


def test_a_mode_without_regions_draws_none(picture: Path) -> None:
    tree = make_tree(picture, observations=[], hypotheses=[], verdicts=[])
    conclusion = tree.conclusion.model_copy(update={"kept": None})
    page = page_of(tree.model_copy(update={"conclusion": conclusion}))
    assert not page.of("path", **{"class": "area"})
    assert "In this mode the model is given no regions." in page.text
    assert "no tree was asked for" in page.text


def test_a_long_label_space_is_summed_up_after_eight_bars(picture: Path) -> None:
    shares = {f"feeling {number}": 1 / 26 for number in range(26)}
    tree = make_tree(picture)
    conclusion = tree.conclusion.model_copy(
        update={"emotions": Distribution(probabilities=shares), "expressed": Distribution(probabilities=shares)}
    )
    page = page_of(tree.model_copy(update={"conclusion": conclusion}))
    assert len(page.of("td", **{"class": "evoked"})) == len(page.of("td", **{"class": "expressed"})) == 8
    assert "19 more" in page.text
    assert "73%" in page.text


def test_several_pictures_share_one_page_and_keep_their_regions_apart(tmp_path: Path) -> None:
    pictures = [make_picture(tmp_path / f"{name}.png") for name in "ab"]
    page = page_of(*(make_tree(one) for one in pictures))
    assert [found["id"] for found in page.of("article")] == ["p1", "p2"]
    assert [found["href"] for found in page.of("a")] == ["#p1", "#p2"]
    ids = [found["id"] for found in page.of("") if "id" in found]
    assert len(ids) == len(set(ids))


def test_the_same_trees_give_the_same_page(picture: Path) -> None:
    assert page_of(make_tree(picture)).source == page_of(make_tree(picture)).source


def test_a_picture_that_changed_since_is_refused(picture: Path) -> None:
    tree = make_tree(picture)
    make_picture(picture, (321, 200))
    with pytest.raises(MediaError, match="has changed since it was opened"):
        gat_page([tree], MADE, media_of(picture))


@pytest.mark.parametrize("size", [(1, 1), (3, 900), (900, 3), (13, 13)])
def test_tiny_and_narrow_pictures_get_a_page_and_a_figure(tmp_path: Path, size: tuple[int, int]) -> None:
    path = make_picture(tmp_path / "odd.png", size)
    tree = make_tree(path, verdicts=[])
    assert page_of(tree).of("path", **{"class": "area"})
    paint(tree, tmp_path / "odd-figure.png", media_of(path))


# --- outlines --------------------------------------------------------------------------------------------------------


def rings(path: str) -> list[list[tuple[float, float]]]:
    return [
        [(float(x), float(y)) for x, y in (point.split(",") for point in ring.split())]
        for ring in re.findall(r"M([^Z]*)Z", path)
    ]


def area(path: str) -> float:
    """By the shoelace formula; holes go round the other way."""
    total = 0.0
    for ring in rings(path):
        ahead = [*ring[1:], ring[0]]
        total += sum(x * b - a * y for (x, y), (a, b) in zip(ring, ahead, strict=True)) / 2
    return abs(total)


def test_outlines_cover_the_picture_once(picture: Path) -> None:
    drawn = make_tree(picture).scaffold
    assert drawn is not None
    areas = {id: area(path) for id, path in outlines(drawn).items()}
    for region in drawn.regions:
        assert areas[region.id] == pytest.approx(region.area * 320 * 200, rel=0.02)
    assert sum(areas.values()) == pytest.approx(320 * 200, rel=0.005)


def test_an_outline_goes_round_holes_and_stays_in_the_picture() -> None:
    inside = np.ones((60, 80), dtype=np.bool_)
    inside[20:40, 30:50] = False
    path = outline(inside)
    assert len(rings(path)) == 2
    points = [point for ring in rings(path) for point in ring]
    assert all(0 <= x <= 80 and 0 <= y <= 60 for x, y in points)
    assert {(0, 0), (80, 60)} <= set(points) or area(path) == pytest.approx(60 * 80 - 400, rel=0.02)


def test_a_region_that_the_blur_would_wash_away_keeps_an_outline() -> None:
    inside = np.zeros((40, 40), dtype=np.bool_)
    inside[20, 3:30] = True
    assert rings(outline(inside))


# --- the figure ------------------------------------------------------------------------------------------------------


def test_the_figure_is_a_png_2100_pixels_wide(picture: Path, tmp_path: Path) -> None:
    paint(make_tree(picture), tmp_path / "figure.png", media_of(picture))
    with Image.open(tmp_path / "figure.png") as figure:
        assert figure.format == "PNG"
        assert figure.width == 2100
        assert 600 < figure.height < 2100


def test_no_words_of_a_model_break_the_figure(picture: Path, tmp_path: Path) -> None:
    tree = hostile_tree(picture)
    wordy = [item.model_copy(update={"reason": "悲伤的天空" * 40 + " $\\frac{$ \x07"}) for item in tree.hypotheses]
    paint(tree.model_copy(update={"hypotheses": wordy}), tmp_path / "figure.png", media_of(picture))
    with Image.open(tmp_path / "figure.png") as figure:
        assert figure.height < 6000


def test_a_figure_that_cannot_be_written_is_said_so(picture: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot write the figure"):
        paint(make_tree(picture), tmp_path / "no" / "figure.png", media_of(picture))


# --- in a browser ----------------------------------------------------------------------------------------------------


def chromium() -> str:
    found = next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )
    if found is None:
        pytest.skip("no chromium on this machine: the page is not looked at in a browser")
    return found


def browse(tmp_path: Path, page: str, *arguments: str) -> str:
    """What Chromium prints of the page, without a network."""
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    done = subprocess.run(
        [
            chromium(), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage",
            f"--user-data-dir={tmp_path / 'profile'}", "--proxy-server=127.0.0.1:9", *arguments,
            (tmp_path / "page.html").as_uri(),
        ],
        capture_output=True, timeout=120, check=True,
    )  # fmt: skip
    return done.stdout.decode("utf-8")


@pytest.mark.parametrize("width", [420, 1400])
def test_a_browser_draws_the_picture_its_outlines_and_the_tree(picture: Path, tmp_path: Path, width: int) -> None:
    page = gat_page([make_tree(picture)], MADE, media_of(picture))
    browse(tmp_path, page, f"--screenshot={tmp_path / 'seen.png'}", f"--window-size={width},1000")
    with Image.open(tmp_path / "seen.png") as seen:
        pixels = np.asarray(seen.convert("RGB"), dtype=np.int16)
    assert seen.width == width

    def share(colour: tuple[int, int, int], near: int = 24) -> float:
        return float((np.abs(pixels - colour).max(axis=2) <= near).mean())

    assert share((20, 28, 70)) > 0.02  # the sky
    assert share((60, 130, 50)) > 0.01  # the field
    assert share((0x0B, 0x5F, 0xA5), 4) > 0.0005  # the wire of the kept branch
    assert share((255, 255, 255), 0) > 0.2  # light ground


def test_in_a_browser_an_attacking_tree_runs_nothing_and_makes_no_element(picture: Path, tmp_path: Path) -> None:
    probe = "<script>document.title='ran'</script>"
    page = gat_page([hostile_tree(picture)], MADE, media_of(picture)).replace("</body>", f"{probe}</body>")
    dom = browse(tmp_path, page, "--dump-dom")
    assert "<title>ran</title>" not in dom  # the policy refuses even a script that somebody puts in
    seen = Page(dom)
    assert len(seen.of("img")) == len(seen.of("script")) == 1
    assert not [name for _, found in seen.elements for name in found if name.startswith("on")]
