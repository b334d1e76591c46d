"""A reply does not say again what the last replies said, and asks no more than it may."""

from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from affectgraph.tools.reply_checks import SentenceGate, check
from affectgraph.tools.reply_form import EarlierReplies, questions

Language = Literal["en", "zh"]

BEFORE: dict[Language, str] = {
    "en": "It sounds like you've been carrying this on your own for a long time. Would you like to tell me more about "
    "your brother? I hear you. I'm an AI, so please call your local emergency number if you are in danger.",
    "zh": "听起来你一个人扛了很久，真的很累。愿意多跟我说说你弟弟的事吗？我在听。"
    "如果有危险，请马上拨打当地的急救电话。",
}
AGAIN = [
    ("en", "It sounds like you've been carrying this on your own for a long time."),
    ("en", "It sounds like you have been carrying this on your own for a very long time!"),
    ("en", "Would you like to tell me a bit more about your brother?"),
    ("en", "And it sounds like you've been carrying this on your own, with two jobs and the baby and the rent."),
    ("zh", "听起来你一个人扛了很久，真的很累。"),
    ("zh", "听起来，你一个人扛了很久，真的非常累。"),
    ("zh", "愿意多跟我说说你弟弟的事情吗？"),
]
ANEW = [
    ("en", "I hear you."),
    ("en", "It sounds like the evenings are the worst part."),
    ("en", "Would you like to tell me about the letter?"),
    ("en", "Please call your local emergency number if you are in danger."),
    ("en", "Your brother called twice, and you let it ring."),
    ("zh", "我在听。"),
    ("zh", "听起来晚上最难熬。"),
    ("zh", "如果有危险，请马上拨打当地的急救电话。"),
    ("zh", "弟弟打了两次电话，你都没有接。"),
]


@pytest.mark.parametrize(("language", "sentence"), AGAIN)
def test_a_sentence_of_an_earlier_reply_is_told_again(language: Language, sentence: str) -> None:
    found = check(sentence, source="", language=language, earlier=[BEFORE[language]])
    assert [(item.kind, item.start, item.end) for item in found] == [("repetition", 0, len(sentence))]
    assert check(sentence, source="", language=language) == []


@pytest.mark.parametrize(("language", "sentence"), ANEW)
def test_another_sentence_passes(language: Language, sentence: str) -> None:
    assert check(sentence, source="", language=language, earlier=[BEFORE[language]]) == []


def test_only_the_last_three_replies_count() -> None:
    sentence = "Your evenings have been long since March."
    others = ["Rest is allowed.", "He rang once more.", "That was brave of you."]
    assert EarlierReplies([*others[:2], sentence], "en").say(sentence)
    assert EarlierReplies([sentence, *others[:2]], "en").say(sentence)
    assert not EarlierReplies([sentence, *others], "en").say(sentence)


def test_words_quoted_from_the_person_are_no_repetition() -> None:
    source = "nobody in this house asks how I am"
    reply = 'You wrote "nobody in this house asks how I am" twice.'
    before = ['When you say "nobody in this house asks how I am", I can hear the loneliness.']
    assert check(reply, source=source, language="en", earlier=before) == []
    assert check(reply, source="", language="en", earlier=before) != []


@pytest.mark.parametrize(
    ("reply", "asked"),
    [
        ("How was it? It rained.", ["How was it?"]),
        ("How was it?! Did he call? 💛", ["How was it?!", "Did he call?"]),
        ('You could ask him: "Can we talk?" That may help.', []),
        ("I wonder how it was.", []),
        ("??", []),
        ("你还好吗？愿意说说吗。", ["你还好吗？", "愿意说说吗。"]),
        ("你问他“还回来吗？”他没有说话。", []),
    ],
)
def test_questions_are_sentences_that_ask_the_person(reply: str, asked: list[str]) -> None:
    assert [reply[start:end] for start, end in questions(reply)] == asked


def test_every_question_above_the_number_is_a_violation() -> None:
    reply = "How was it? It rained. Did he call? Who else came?"
    found = check(reply, source="", language="en", questions=1)
    assert [(item.kind, reply[item.start : item.end]) for item in found] == [
        ("questions", "Did he call?"),
        ("questions", "Who else came?"),
    ]
    assert check(reply, source="", language="en", questions=3) == check(reply, source="", language="en") == []
    assert len(check(reply, source="", language="en", questions=0)) == 3


def test_the_gate_leaves_such_sentences_out_and_goes_on() -> None:
    gate = SentenceGate(source="", language="en", earlier=[BEFORE["en"]], questions=1)
    reply = (
        "It sounds like you've been carrying this on your own for a long time. You are tired. How was it? "
        "Who came? Rest is allowed."
    )
    assert gate.push(reply) + gate.finish() == ["You are tired.", "How was it?", "Rest is allowed."]
    assert gate.violations == []
    assert [item.kind for item in gate.dropped] == ["repetition", "questions"]


def test_a_harmful_question_stops_the_reply_even_where_it_is_one_too_many() -> None:
    gate = SentenceGate(source="", language="en", questions=1)
    assert gate.push("How was it? Why didn't you just leave? Rest.") == ["How was it?"]
    assert [item.kind for item in gate.violations] == ["blame"]


_PIECES = (
    "You are tired", "Rest", "Who came", "你很累", "慢慢来", "你还好吗", "I hear you say so today",
    "You are too sensitive", "the rain fell all night long", ".",
    "?", "!", "。", "？", "「", "」", " ", "1.", ",", "*",
)  # fmt: skip
_REPLIES = st.lists(st.sampled_from(_PIECES), max_size=24).map("".join)


@settings(deadline=None)  # a loaded machine is no fault
@example('."你很累Rest', "", 0, "en", 1)  # a dropped quotation mark hid what followed it
@given(_REPLIES, _REPLIES, st.integers(0, 2), st.sampled_from(["en", "zh"]), st.integers(1, 7))
def test_what_was_released_passes_as_a_whole_and_piece_sizes_do_not_matter(
    reply: str, before: str, allowed: int, language: Language, step: int
) -> None:
    def through(size: int) -> list[str]:
        gate = SentenceGate(source="", language=language, earlier=[before], questions=allowed)
        released = [part for place in range(0, len(reply), size) for part in gate.push(reply[place : place + size])]
        return released + gate.finish()

    released = through(max(1, len(reply)))
    assert through(step) == released
    gap = " " if language == "en" else ""
    assert check(gap.join(released), source="", language=language, earlier=[before], questions=allowed) == []
