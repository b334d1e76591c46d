"""A server of the page and a browser, one of each for a module of tests."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

__all__ = ["Site", "Visitor", "browser", "send", "site", "visit"]

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
# Playwright is an ordinary package here: the browser is the system's own.
pytest.importorskip("playwright", reason="playwright is not installed (extra dev)")
pytest.importorskip("gradio", reason="gradio is not installed (extra web)")
if CHROMIUM is None:
    pytest.skip("no chromium on this machine", allow_module_level=True)


@dataclass
class Site:
    """The server: its address, and the folder that it works in."""

    url: str
    folder: Path

    def hold(self, where: str) -> None:
        """Let the model wait at the question that holds `where`."""
        (self.folder / "hold").write_text(where)

    def let_go(self) -> None:
        (self.folder / "hold").unlink(missing_ok=True)


@dataclass
class Visitor:
    """A page, what it asked the network for, and what it complained of."""

    page: Any
    context: Any
    requests: list[str]
    complaints: list[str]


@pytest.fixture(scope="module")
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The server, with the settings of `counsel` as they are shipped where the module says `AS_SHIPPED = True`."""
    asked = ["--as-shipped"] if getattr(request.module, "AS_SHIPPED", False) else []
    folder = tmp_path_factory.mktemp("site")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AFFECTGRAPH_")}
    errors = (folder / "errors.txt").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.agents.web_server", str(folder), *asked],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        stderr=errors,
        env={**clean, "XDG_DATA_HOME": str(folder / "xdg"), "XDG_CONFIG_HOME": str(folder / "xdg")},
    )
    errors.close()
    assert process.stdout is not None
    line = process.stdout.readline().decode()
    found = re.search(r"http://[^/]+/", line)
    assert found, (folder / "errors.txt").read_text()
    yield Site(found.group(), folder)
    process.send_signal(signal.SIGINT)
    process.wait(20)
    process.stdout.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        found = play.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"],
        )
        yield found
        found.close()


@pytest.fixture
def visit(site: Site, browser: Any) -> Iterator[Callable[..., Visitor]]:
    """Opens the page in a browser of its own, that has read the notice unless `seen` is false."""
    site.let_go()
    opened = []

    def visiting(path: str = "", *, seen: bool = True, context: Any = None, **options: Any) -> Visitor:
        if context is None:
            context = browser.new_context(**{"locale": "en-US", "viewport": {"width": 1280, "height": 860}, **options})
            context.set_default_timeout(60_000)
            opened.append(context)
            if seen:
                context.add_init_script("localStorage.setItem('affectgraph-seen', '1')")
        visitor = Visitor(context.new_page(), context, [], [])
        page = visitor.page
        page.on("request", lambda request: visitor.requests.append(request.url))
        page.on("console", lambda said: visitor.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
        page.goto(site.url + path)
        page.wait_for_selector("#say textarea")
        return visitor

    yield visiting
    site.let_go()
    for context in opened:
        context.close()


def send(page: Any, text: str) -> str:
    """Send a message with the keyboard and wait for the whole answer."""
    answers = page.locator("#chat [data-testid=bot]")
    before = answers.count()
    page.locator("#say textarea").fill(text)
    page.keyboard.press("Enter")
    page.wait_for_function(
        "before => document.querySelectorAll('#chat [data-testid=bot]').length > before"
        " && !document.querySelector('#status .running, #stop')",
        arg=before,
    )
    return str(answers.last.inner_text())
