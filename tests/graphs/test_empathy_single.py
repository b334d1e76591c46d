"""The single-prompt form: one generation, the same frame."""

from __future__ import annotations

import pytest

from affectgraph.backends.embedded import EmbeddedBackend
from affectgraph.backends.scripted import ScriptedBackend
from affectgraph.graphs import load, load_settings
from tests.graphs.conftest import GOOD_REPLY, TEXT

WRITTEN = (
    "<empathy_think><L1>guilt</L1><L2>a promise (s2)</L2><L3>understanding</L3><L4>name, explore</L4></empathy_think>"
    f"<answer>{GOOD_REPLY}</answer>"
)


def test_the_papers_form_is_read_strictly() -> None:
    output = load("empathy_single", model=ScriptedBackend(replies=[WRITTEN])).invoke({"text": TEXT})
    assert output.chain_text.L3 == "understanding"
    assert output.decided("chain_of_empathy")["format"] == "strict"
    assert output.reply.text == GOOD_REPLY


def test_a_form_with_holes_is_read_tolerantly_and_its_answer_checked() -> None:
    written = "<L1>guilt <L2>a promise</L2> <answer>It is your fault."
    output = load("empathy_single", model=ScriptedBackend(replies=[written])).invoke({"text": TEXT})
    assert output.decided("chain_of_empathy") == {
        "source": "fallback",
        "rejected": ["blame"],
        "sentences": 0,
        "format": "tolerant",
        "complete": False,
    }
    assert "fault" not in output.reply.text


def test_it_shares_the_frame_with_the_graph() -> None:
    silent = ScriptedBackend(replies=())
    assert load("empathy_single", model=silent).invoke({"text": "I want to end my life."}).depth == "crisis"


@pytest.mark.parametrize(
    "text", [TEXT, "我父亲得了失智症，我每天照顾他，昨天我对他大喊，觉得很内疚。我答应过母亲不送他去养老院。"]
)
def test_it_runs_on_the_embedded_model(embedded: EmbeddedBackend, text: str) -> None:
    settings = load_settings(
        environment={}, overrides=["empathy.answer_tokens=128", "empathy.reply_tokens=32"]
    ).settings
    output = load("empathy_single", model=embedded, settings=settings).invoke({"text": text})
    assert [entry.node for entry in output.trace] == ["screen", "segment", "chain_of_empathy"]
    assert output.reply.text
