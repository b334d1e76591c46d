"""What of the page needs no server: what `serve` refuses, the texts, the chart, escaping."""

from __future__ import annotations

import importlib.util
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectgraph.agents import web_panel
from affectgraph.agents.web import serve
from affectgraph.agents.web_plot import HEIGHT, plot
from affectgraph.agents.web_words import preferred, words
from affectgraph.backends.errors import InputError, MissingDependency
from affectgraph.graphs.empathy_types import Turn
from affectgraph.graphs.settings import Settings
from affectgraph.graphs.steps import TraceEntry

SHARES = st.dictionaries(st.sampled_from("abcdefgh"), st.floats(0, 1), max_size=8)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "example.org", "::"])
def test_another_host_than_loopback_is_refused(host: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="would open the page to other machines"):
        serve(Settings(data_dir=tmp_path), host=host)


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(InputError, match="--port names another"):
            serve(Settings(data_dir=tmp_path), port=taken.getsockname()[1])


def test_without_gradio_the_way_to_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingDependency, match=r"pip install 'affectgraph\[web\]'"):
        serve(Settings(data_dir=tmp_path))


def test_a_country_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no country code"):
        serve(Settings(data_dir=tmp_path), country="Ireland")


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("de-DE,de;q=0.9,en;q=0.5", "en"),
        ("fr,zh-TW", "zh"),
        (";;,", "en"),
    ],
)
def test_the_language_that_the_browser_lists_first_is_spoken(accepted: str, language: str) -> None:
    assert preferred(accepted) == language


def test_both_languages_have_the_same_texts_with_the_same_gaps() -> None:
    english, chinese = words("en").model_dump(), words("zh").model_dump()
    for name, text in english.items():
        if isinstance(text, dict):
            assert text.keys() == chinese[name].keys(), name
        elif isinstance(text, str):
            assert text.count("{") == chinese[name].count("{"), name
        else:
            assert len(text) == len(chinese[name]), name


@given(st.lists(st.tuples(SHARES, st.integers(0, 6)), min_size=1, max_size=30))
def test_columns_fill_the_chart_and_never_leave_it(turns: list[tuple[dict[str, float], int]]) -> None:
    found = plot([Turn(text="x", reply="y", emotions=shares, level=level) for shares, level in turns])
    assert found is not None
    assert len(found.columns) == len(turns)
    for column in found.columns:
        assert 0 <= column.x <= column.x + column.width <= found.width + 0.01
        if column.parts:
            assert sum(part.height for part in column.parts) == pytest.approx(HEIGHT, abs=0.1)
            assert all(-0.01 <= part.y <= HEIGHT for part in column.parts)


def test_a_turn_in_which_a_human_wrote_unasked_is_no_column() -> None:
    assert plot([Turn(text="", reply="I am here.", source="human")]) is None


def test_nothing_that_somebody_wrote_becomes_markup() -> None:
    evil = "<img src=x onerror=alert(1)>"
    heard = [{"name": evil, "text": evil, "why": evil}, {"name": evil, "text": None, "why": evil}]
    layer = {"emotions": {evil: 1.0}, "intensity": {"high": 1.0}}
    one = {name: {"probabilities": shares} for name, shares in layer.items()} | {"situation": evil}
    shown = web_panel.media(words("en"), heard, []) + web_panel.chain(
        words("en"), [TraceEntry(node=evil)], {"emotions_and_context": one}
    )
    shown += web_panel.feelings(words("en"), [Turn(text="x", reply="y", emotions={evil: 1.0})])
    assert "<img" not in shown
    assert shown.count("&lt;img") >= 5
