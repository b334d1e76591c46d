"""Depth: only courtesies are short; whatever else a message holds, it gets the full chain."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectgraph.tools.depth import depth

COURTESIES = [
    "hi",
    "Hello!",
    "HEY THERE",
    "heyyy",
    "Good morning :)",
    "thanks",
    "Thank you so much!",
    "thanks a lot, that helped",
    "Many thanks for listening.",
    "ok great, thank you",
    "bye",
    "good night 🌙",
    "你好",
    "您好！",
    "谢谢你",
    "谢谢你的倾听！",
    "非常感谢",
    "好的，谢谢",
    "晚安～",
    "拜拜",
]
SUBSTANCE = [
    "thanks for nothing, I want to die",
    "thanks for nothing",
    "yes",
    "no",
    "goodbye everyone, thank you for everything",
    "ok great thanks 🔪",
    "再见",
    "Thank you, but I can't go on",
    "hello, I lost my job",
    "I can't sleep",
    "help",
    "please help me",
    "bye forever",
    "goodbye cruel world",
    "see you never",
    "ok I give up",
    "hi I'm sad",
    "nothing",
    "allergic",
    "him",
    "nothere",
    "noplease",
    "hellothere7",
    "谢谢，可是我不想活了",
    "你好，我很难过",
    "我睡不着",
    "好累",
    "再见了世界",
    "谢谢你的虚伪",
]


@pytest.mark.parametrize("text", COURTESIES)
def test_a_courtesy_is_short(text: str) -> None:
    assert depth(text) == "short"
    assert depth(f"  {text} \n") == "short"


@pytest.mark.parametrize("text", SUBSTANCE)
def test_anything_else_is_full(text: str) -> None:
    assert depth(text) == "full"


@pytest.mark.parametrize("text", ["", "   ", "...", "?!", "😭😭😭", "42"])
def test_a_message_without_a_courtesy_is_full(text: str) -> None:
    assert depth(text) == "full"


@given(st.sampled_from(COURTESIES), st.sampled_from(SUBSTANCE), st.booleans())
@settings(deadline=None)
def test_courtesies_around_it_never_make_a_message_short(courtesy: str, substance: str, before: bool) -> None:
    assert depth(f"{courtesy}, {substance}" if before else f"{substance}. {courtesy}") == "full"


@given(st.lists(st.sampled_from(COURTESIES), min_size=1, max_size=3))
@settings(deadline=None)
def test_courtesies_together_stay_short_up_to_80_characters(parts: list[str]) -> None:
    text = ", ".join(parts)
    assert depth(text) == ("short" if len(text) <= 80 else "full")


def test_the_limit_is_80_characters() -> None:
    assert depth("hi" + "!" * 78) == "short"
    assert depth("hi" + "!" * 79) == "full"
