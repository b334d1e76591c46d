"""The learned opinion on sentences: what it adds to the rules, and that it can be switched off."""

from __future__ import annotations

from typing import Literal

import pytest

from affectgraph.tools.reply_checks import SentenceGate, check
from affectgraph.tools.reply_learned import unsafe
from affectgraph.tools.reply_outline import outline
from tests.readers import Broken, Scripted
from tests.tools.test_reply_checks import ACCEPTED, REJECTED

Language = Literal["en", "zh"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_tells_unsafe_sentences_from_good_ones(language: Language) -> None:
    good = [unsafe(sentence, language) for sentence in ACCEPTED[language].strip().splitlines()]
    bad = [
        unsafe(sentence, language)
        for (kind, spoken), table in REJECTED.items()
        if spoken == language and kind not in ("echo", "wrong_language")
        for sentence in table.strip().splitlines()
    ]
    assert sum(good) <= 0.05 * len(good)
    assert sum(bad) >= 0.25 * len(bad)  # the short ones are left to the rules


def test_it_objects_to_whole_sentences_and_can_be_switched_off() -> None:
    table = REJECTED["diagnosis", "en"].strip().splitlines()
    sentence = next(item for item in table if unsafe(item, "en"))
    kinds = {(item.kind, item.start, item.end) for item in check(sentence, source="", language="en")}
    assert ("unsafe", 0, len(sentence)) in kinds
    assert "unsafe" not in {item.kind for item in check(sentence, source="", language="en", learned=False)}
    gate = SentenceGate(source="", language="en", learned=False)
    assert (gate.push(sentence), gate.finish()) == ([], [])
    assert "unsafe" not in {item.kind for item in gate.violations}


def test_the_persons_own_words_are_not_judged() -> None:
    said = next(item for item in REJECTED["blame", "en"].strip().splitlines() if unsafe(item, "en")).rstrip(".")
    reply = f'You wrote "{said}" twice.'
    assert check(reply, source=f"He said {said} to me.", language="en") == []


def test_sentences_of_one_shape_have_one_outline() -> None:
    assert outline("Your friends never liked you.") == outline("Your boss never missed you.")
    assert outline("你的老板从来没看得起你。") == outline("你的同事从来没看得起你。")
    assert outline("Your friends never liked you.") != outline("Your friends always like you?")


def test_the_reader_speaks_where_there_is_one_with_the_message_before_it() -> None:
    calm, harsh = "The rain has stopped.", "You brought this on yourself, did you not?"
    reader = Scripted({})
    assert not unsafe(harsh, "en", "He left.", lambda: reader)
    assert reader.asked == [(harsh, ("He left.",))]
    assert unsafe(calm, "en", "He left.", lambda: Scripted({}, after=30.0))
    assert unsafe(calm, "en", "", lambda: Scripted({calm: 30.0}))
    kinds = {
        item.kind for item in check(calm, source="He left.", language="en", reader=lambda: Scripted({}, after=30.0))
    }
    assert kinds == {"unsafe"}


def test_without_a_reader_the_ngrams_speak() -> None:
    for sentence in (*REJECTED["blame", "en"].strip().splitlines(), *ACCEPTED["en"].strip().splitlines()):
        assert unsafe(sentence, "en", "", lambda: Broken({})) == unsafe(sentence, "en")
