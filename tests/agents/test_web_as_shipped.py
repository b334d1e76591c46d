"""The page with the settings of `counsel` that people get: every voice of the screen, and vetted replies."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from affectgraph.tools.safety import screen
from tests.agents.web_fixtures import Visitor, browser, send, site, visit
from tests.graphs.conftest import GOOD_REPLY, TEXT

__all__ = ["browser", "site", "visit"]

AS_SHIPPED = True
# As in `test_web`.
pytestmark = [
    pytest.mark.flaky(reruns=2),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
Visit = Callable[..., Visitor]
# No rule hears it; the readers do.
UNNAMED = "I worked out which trains do not stop at our station. I stand there longer every evening."


def test_no_word_of_the_model_is_said_and_the_persons_own_are(visit: Visit) -> None:
    visitor = visit()
    answer = send(visitor.page, TEXT)
    sentences = [one.strip() for one in GOOD_REPLY.split(".") if one.strip()]
    assert not any(one in answer for one in sentences)
    words = TEXT.split()
    assert any(" ".join(words[place : place + 3]) in answer for place in range(len(words) - 2))
    assert not visitor.page.locator("#banner [role=alert]").is_visible()
    assert visitor.complaints == []


def test_risk_that_no_rule_hears_is_asked_about(visit: Visit) -> None:
    assert screen(UNNAMED).level == 0
    page = visit().page
    answer = send(page, UNNAMED)
    assert "Thank you for telling me." in answer
    assert "?" in answer
    assert page.locator("#banner [role=alert]").is_visible()
