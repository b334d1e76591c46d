"""The page in a real browser, against a real server on a scripted model."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from affectgraph.tools.safety import COUNTRIES, resources
from tests.agents.web_fixtures import Site, Visitor, browser, send, site, visit
from tests.backends.clip_files import tone, wav
from tests.graphs.conftest import GOOD_REPLY, TEXT

__all__ = ["browser", "site", "visit"]

# A browser that a test leaves behind closes its pipes late.
pytestmark = [
    # A real browser on a busy machine: what fails is tried again, twice.
    pytest.mark.flaky(reruns=2),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
Visit = Callable[..., Visitor]
ONE = "My father has dementia and I look after him every day. Yesterday I shouted at him."
CRISIS = "I want to kill myself tonight. I have the pills here."
EXAMPLES = Path(__file__).parents[2] / "examples"


def exported(visitor: Visitor) -> dict[str, Any]:
    show_part(visitor.page, "session")
    href = visitor.page.locator("#export a").get_attribute("href")
    answer = visitor.context.request.get(visitor.page.evaluate("location.origin") + href)
    assert answer.status == 200
    found: dict[str, Any] = json.loads(answer.text())
    return found


def show_part(page: Any, name: str) -> None:
    head = page.locator(f"#{name} .label-wrap").first
    if "open" not in head.get_attribute("class").split():
        head.click()


# --- talking ---


def test_a_message_is_answered_kept_and_there_after_a_reload(visit: Visit) -> None:
    visitor = visit()
    page = visitor.page
    assert "carry a great deal alone" in send(page, TEXT)
    assert page.locator("#say textarea").input_value() == ""
    show_part(page, "chain")
    page.wait_for_selector("#chain .bar >> nth=2")
    assert "guilt" in page.locator("#feelings table").inner_text()
    [turn] = exported(visitor)["state"]["history"]
    assert (turn["text"], turn["reply"]) == (TEXT, GOOD_REPLY)
    page.reload()
    page.wait_for_selector("#chat [data-testid=bot]")
    assert "carry a great deal alone" in page.locator("#chat [data-testid=bot]").inner_text()
    assert visitor.complaints == []


def test_the_answer_comes_by_sentence_and_after_the_chain(visit: Visit, site: Site) -> None:
    page = visit().page
    show_part(page, "chain")
    page.evaluate(
        """() => { window.seen = [];
        new MutationObserver(() => {
          const told = document.querySelector('#chat [data-testid=bot]')?.innerText ?? '';
          const steps = document.querySelectorAll('#chain .steps .done').length;
          if (window.seen.at(-1)?.[0] !== told) window.seen.push([told, steps]);
        }).observe(document.body, {subtree: true, childList: true, characterData: true}); }"""
    )
    site.hold("Now speak")
    page.locator("#say textarea").fill(TEXT)
    page.keyboard.press("Enter")
    page.wait_for_selector("#chain .bar", state="attached")
    page.wait_for_selector("#chain .steps .running >> text=Answer")
    assert page.locator("#chat [data-testid=bot]").count() == 0
    site.let_go()
    page.wait_for_selector("#stop", state="detached")
    told = [text for text, _ in page.evaluate("window.seen") if text]
    assert all(later.startswith(earlier) for earlier, later in pairwise(told))
    assert told[-1] == GOOD_REPLY
    assert page.evaluate("window.seen")[-1][1] >= 8


def test_stop_ends_the_turn_and_continue_goes_on_with_it(visit: Visit, site: Site) -> None:
    visitor = visit()
    page = visitor.page
    site.hold("Now speak")
    page.locator("#say textarea").fill(TEXT)
    page.keyboard.press("Enter")
    page.wait_for_selector("#status .running >> text=Answer")
    page.locator("#stop").click()
    page.wait_for_selector("#go-on")
    assert page.locator("#stop").count() == 0
    page.locator("#say textarea").fill("Something else.")
    page.keyboard.press("Enter")
    page.wait_for_selector("#status .problem")
    assert page.locator("#say textarea").input_value() == "Something else."
    page.reload()
    page.wait_for_selector("#go-on")
    site.let_go()
    page.locator("#go-on").click()
    page.wait_for_selector("#chat [data-testid=bot]")
    page.wait_for_selector("#stop", state="detached")
    [turn] = exported(visitor)["state"]["history"]
    assert (turn["text"], turn["reply"]) == (TEXT, GOOD_REPLY)
    assert page.locator("#chat [data-testid=user]").count() == 1


def test_a_turn_goes_on_when_its_browser_leaves_and_is_found_again(visit: Visit, site: Site) -> None:
    visitor = visit()
    site.hold("Now speak")
    visitor.page.locator("#say textarea").fill(TEXT)
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_selector("#status .running >> text=Answer")
    visitor.page.reload()
    visitor.page.wait_for_selector("#stop")
    site.let_go()
    visitor.page.wait_for_selector("#chat [data-testid=bot]")
    visitor.page.wait_for_selector("#stop", state="detached")
    assert len(exported(visitor)["state"]["history"]) == 1


def test_what_the_person_wishes_holds_from_the_next_message_on(visit: Visit) -> None:
    visitor = visit()
    visitor.page.locator("#wish label", has_text="Advised").click()
    send(visitor.page, TEXT)
    assert exported(visitor)["state"]["wish"] == "advised"
    visitor.page.locator("#wish label", has_text="Heard").click()
    send(visitor.page, ONE)
    assert exported(visitor)["state"]["wish"] == "heard"


# --- danger ---


def _country() -> tuple[str, str]:
    for code in COUNTRIES:
        numbers = [row.contact for row in resources(code) if row.country and len(row.contact) > 5]
        if numbers:
            return code, numbers[0]
    pytest.skip("no contact of any country has been verified")


def test_a_crisis_shows_the_banner_with_the_numbers_of_the_country_that_was_chosen(visit: Visit) -> None:
    code, number = _country()
    page = visit().page
    page.locator("[data-act=help]").first.click()
    page.locator("#country input").click()
    page.get_by_role("option", name=COUNTRIES[code]["en"], exact=True).click()
    page.wait_for_function("number => document.querySelector('#help-lines').innerText.includes(number)", arg=number)
    page.keyboard.press("Escape")
    answer = send(page, CRISIS)
    assert number in answer
    banner = page.locator("#banner [role=alert]")
    assert banner.is_visible()
    assert number in banner.inner_text()
    page.reload()
    page.wait_for_selector("#banner [role=alert]")
    assert number in page.locator("#banner").inner_text()


def test_help_is_one_press_away_and_needs_no_server(visit: Visit) -> None:
    visitor = visit()
    visitor.context.set_offline(True)
    page = visitor.page
    assert not page.locator("#help-lines").is_visible()
    page.locator(".tool.help").focus()
    page.keyboard.press("Enter")
    assert "findahelpline.com" in page.locator("#help-lines").inner_text()
    assert page.locator(".tool.help").get_attribute("aria-expanded") == "true"
    page.keyboard.press("Escape")
    assert not page.locator("#help-lines").is_visible()
    assert page.evaluate("document.activeElement.dataset.act") == "help"


# --- files ---


def test_a_picture_is_taken_and_deleted_once_it_is_answered(visit: Visit, site: Site) -> None:
    visitor = visit()
    page = visitor.page
    picture = next((EXAMPLES / "images").glob("*.jpg"))
    page.locator("#say [type=file]").set_input_files(str(picture))
    page.wait_for_selector("#say .thumbnail-item, #say [data-testid=detailed-image], #say img")
    send(page, "This is where we used to walk.")
    show_part(page, "media")
    page.wait_for_selector(f"#media >> text={picture.name}")
    assert picture.name in page.locator("#chat [data-testid=user]").inner_text() or exported(visitor)["state"]["heard"]
    assert not list((site.folder / "data").rglob("*.jpg"))


@pytest.mark.parametrize("kind", ["voice.wav", "clip.webm"])
def test_a_recording_and_a_clip_are_taken_and_deleted(visit: Visit, site: Site, tmp_path: Path, kind: str) -> None:
    visitor = visit()
    page = visitor.page
    file = tmp_path / kind
    if kind == "voice.wav":
        file.write_bytes(wav((tone(1.0, 16_000) * 32_000).astype("<i2").tobytes()))
    else:
        shutil.copy(next((EXAMPLES / "clips").glob("*.webm")), file)
    page.locator("#say [type=file]").set_input_files(str(file))
    page.wait_for_selector("#say .thumbnail-item", state="attached")
    # Nothing on this server turns speech into words, and the person is told.
    assert f"could not understand {kind}" in send(page, "This is how the evening was.")
    show_part(page, "media")
    page.wait_for_selector(f"#media >> text={kind}")
    assert not list((site.folder / "data").rglob(f"*{file.suffix}"))
    assert visitor.complaints == []


def test_what_is_recorded_on_the_page_is_sent(visit: Visit) -> None:
    visitor = visit(permissions=["microphone"])
    page = visitor.page
    page.locator("#say [data-testid=microphone-button]").click()
    page.locator("#say .record-button").click()
    page.wait_for_timeout(1_000)
    page.locator("#say .stop-button").first.click()
    page.wait_for_selector("#say .confirm-button")
    assert "could not understand audio.wav" in send(page, "I said it aloud.")
    assert visitor.complaints == []


def test_a_damaged_file_ends_no_turn(visit: Visit, tmp_path: Path) -> None:
    page = visit().page
    damaged = tmp_path / "holiday.png"
    damaged.write_bytes(b"\x89PNG\r\n\x1a\n damaged")
    page.locator("#say [type=file]").set_input_files(str(damaged))
    page.wait_for_selector("#say .thumbnail-item, #say [data-testid=detailed-image], #say img", state="attached")
    assert "holiday.png" in send(page, TEXT)
    show_part(page, "media")
    page.wait_for_selector("#media >> text=was not understood")


# --- what is kept ---


def test_erasing_asks_first_and_leaves_nothing(visit: Visit, site: Site) -> None:
    visitor = visit()
    page = visitor.page
    send(page, TEXT.replace("dementia", "xylophonitis"))
    show_part(page, "session")
    name = page.locator("#kept").inner_text()
    page.locator("#erase").click()
    page.locator("#erase-no").click()
    page.wait_for_selector("#erase-yes", state="detached")
    assert page.locator("#chat [data-testid=user]").count() == 1
    page.locator("#erase").click()
    page.locator("#erase-yes").click()
    page.wait_for_selector("#chat [data-testid=user]", state="detached")
    assert page.locator("#kept").inner_text() != name
    files = [file for file in (site.folder / "data").rglob("*") if file.is_file()]
    assert b"xylophonitis" not in b"".join(file.read_bytes() for file in files)


def test_memory_is_under_the_persons_control(visit: Visit) -> None:
    visitor = visit()
    page = visitor.page
    show_part(page, "memory")
    page.locator("#name input").fill("Mei 美")
    page.locator("#use-name").click()
    page.wait_for_selector("#unremembered >> text=Nothing is remembered of you.")
    send(page, TEXT)
    page.wait_for_selector("#memories label")
    assert page.locator("#memories label").count() == 1
    page.locator("#remember input").uncheck()
    send(page, ONE)
    assert page.locator("#memories label").count() == 1
    page.locator("#memories input").check()
    page.locator("#forget").click()
    page.wait_for_selector("#memories", state="detached")
    page.reload()
    page.wait_for_selector("#chat [data-testid=bot]")
    show_part(page, "memory")
    assert "Mei 美" in page.locator("#name input").input_value()


def test_a_new_conversation_begins_empty_and_the_old_one_can_be_chosen(visit: Visit) -> None:
    page = visit().page
    send(page, ONE)
    show_part(page, "session")
    page.locator("#new").click()
    page.wait_for_selector("#chat [data-testid=user]", state="detached")
    page.wait_for_function("document.querySelector('#past input').value === 'New conversation'")
    page.locator("#past input").click()
    page.get_by_role("option", name=re.compile("messages")).first.click()
    page.wait_for_selector("#chat [data-testid=user]")


def test_two_browsers_see_nothing_of_each_other(visit: Visit) -> None:
    one, other = visit(), visit()
    send(one.page, ONE)
    exported(one)
    href = one.page.evaluate("location.origin") + one.page.locator("#export a").get_attribute("href")
    other.page.reload()
    other.page.wait_for_selector("#say textarea")
    show_part(other.page, "session")
    other.page.wait_for_selector("#export a")
    assert other.page.locator("#chat [data-testid=user]").count() == 0
    assert other.context.request.get(href).status == 404
    other.page.locator("#past input").click()
    [told] = other.page.get_by_role("option").all()
    assert "New conversation" in told.inner_text()
    tokens = {cookie["value"] for visitor in (one, other) for cookie in visitor.context.cookies()}
    assert len(tokens) == 2
    assert all(cookie["httpOnly"] for cookie in other.context.cookies())


# --- the page itself ---


def test_everything_comes_from_this_machine(visit: Visit, site: Site) -> None:
    visitor = visit()
    send(visitor.page, TEXT)
    visitor.page.locator("[data-act=theme]").click()
    assert len(visitor.requests) > 20
    foreign = [url for url in visitor.requests if not url.startswith((site.url, "data:", "blob:"))]
    assert foreign == []
    loaded = "[...document.querySelectorAll('[src], link[href]')].map(part => part.src || part.href).filter(Boolean)"
    assert all(url.startswith((site.url, "data:", "blob:")) for url in visitor.page.evaluate(loaded))


def test_the_first_visit_is_told_what_this_is_once(visit: Visit) -> None:
    visitor = visit(seen=False)
    page = visitor.page
    told = page.locator("#notice").inner_text()
    assert "not a clinician" in told
    assert "sessions.sqlite" in told
    page.locator("[data-act=understood]").click()
    assert not page.locator("#notice").is_visible()
    page.reload()
    page.wait_for_selector("#say textarea")
    assert not page.locator("#notice").is_visible()
    page.locator("[data-act=about]").click()
    assert page.locator("#notice").is_visible()


def test_the_language_of_the_browser_is_spoken_and_can_be_changed(visit: Visit) -> None:
    page = visit(locale="zh-CN").page
    assert page.url.endswith("/zh/")
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    assert "立即求助" in page.locator(".tool.help").inner_text()
    page.locator(".tool[hreflang=en]").click()
    page.wait_for_selector("text=Help now")
    assert page.evaluate("document.documentElement.lang") == "en"


def test_light_and_dark_follow_the_system_and_can_be_changed(visit: Visit) -> None:
    page = visit(color_scheme="dark").page
    is_dark = "document.body.classList.contains('dark')"
    assert page.evaluate(is_dark)
    page.locator("[data-act=theme]").click()
    assert not page.evaluate(is_dark)
    page.reload()
    page.wait_for_selector("#say textarea")
    page.wait_for_function(f"!{is_dark}")


def test_the_keyboard_alone_is_enough(visit: Visit) -> None:
    page = visit().page
    reached = []
    for _ in range(14):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                "(e => e.className + ' ' + (e.closest('[id]')?.id ?? '') + ' ' + (e.ariaLabel ?? '')"
                ")(document.activeElement)"
            )
        )
        if "Your message" in reached[-1]:
            break
    assert "skip" in reached[0]
    assert any("help" in name for name in reached)
    assert "Your message" in reached[-1]
    page.keyboard.type("First line.")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type(ONE)
    assert page.locator("#say textarea").input_value() == f"First line.\n{ONE}"
    page.keyboard.press("Enter")
    page.wait_for_selector("#chat [data-testid=bot]")


UNNAMED = """() => [...document.querySelectorAll('button, input, textarea, select, a')]
  .filter(part => part.offsetParent !== null && part.type !== 'file')
  .filter(part => !(part.ariaLabel || part.innerText?.trim() || part.labels?.length || part.title))
  .map(part => part.outerHTML.slice(0, 160))"""


def test_every_control_has_a_name_and_the_log_is_announced(visit: Visit) -> None:
    page = visit().page
    send(page, ONE)
    for name in ("chain", "media", "memory", "session"):
        show_part(page, name)
    assert page.evaluate(UNNAMED) == []
    log = page.locator("#chat [role=log]")
    assert log.get_attribute("aria-live") == "polite"
    assert log.get_attribute("aria-label") == "Conversation"


CONTRAST = """() => {
  const bright = c => { const v = c.map(x => x / 255).map(x => x <= .03928 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4);
    return .2126 * v[0] + .7152 * v[1] + .0722 * v[2]; };
  const rgba = text => { const n = text.match(/[\\d.]+/g).map(Number); return n.length > 3 ? n : [...n, 1]; };
  const behind = part => { for (let at = part; at; at = at.parentElement) {
    const found = rgba(getComputedStyle(at).backgroundColor); if (found[3] > .99) return found; }
    return [255, 255, 255, 1]; };
  const low = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const part = walk.currentNode.parentElement;
    if (!walk.currentNode.textContent.trim()) continue;
    if (!part.checkVisibility({opacityProperty: true, visibilityProperty: true})) continue;
    if (part.closest('svg, script, style, .sr-only, .hide, .skip')) continue;
    const [a, b] = [bright(rgba(getComputedStyle(part).color)), bright(behind(part))].sort((x, y) => y - x);
    const ratio = (a + .05) / (b + .05);
    if (ratio < 4.5) low.push(ratio.toFixed(2) + ' ' + part.outerHTML.slice(0, 120));
  }
  return low; }"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(visit: Visit, scheme: str) -> None:
    page = visit(color_scheme=scheme, reduced_motion="reduce").page
    send(page, CRISIS)
    for name in ("chain", "media", "memory", "session"):
        show_part(page, name)
    page.locator(".tool.help").click()
    page.wait_for_timeout(400)  # colours fade in
    assert page.evaluate(CONTRAST) == []


def test_a_telephone_scrolls_in_one_direction_only(visit: Visit) -> None:
    page = visit(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True).page
    send(page, CRISIS)
    for name in ("chain", "media", "memory", "session"):
        show_part(page, name)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.locator("#say textarea").is_visible()
