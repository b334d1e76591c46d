"""Readers together: a message is read by the first and by that of its language, all else by the first alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from affectgraph.backends import weights
from affectgraph.backends.encoder_e5 import TunedE5
from affectgraph.backends.encoder_mpnet import TunedMPNet
from affectgraph.backends.encoder_qwen import TunedQwen
from affectgraph.backends.errors import BackendError, MissingDependency
from affectgraph.tools import tuned
from affectgraph.tools.language import detect
from affectgraph.tools.safety.learned import GRAMS
from affectgraph.tools.tuned import CATEGORIES, RISK, Pair, at_risk


class Says:
    """A reader that gives the same windows whatever it is asked, and remembers what that was."""

    def __init__(self, name: str, risk: Sequence[float]) -> None:
        self.identity = name
        self.asked: list[tuple[str, ...]] = []
        self._level = np.zeros((len(risk), 6), dtype=np.float32)
        self._level[:, RISK] = risk
        self._category = np.eye(len(CATEGORIES), dtype=np.float32)[: len(risk)]

    def read(self, prefix: str, text: str, before: Sequence[str] = ()) -> Mapping[str, NDArray[np.float32]]:
        self.asked.append((prefix, text, *before))
        return {"level": self._level, "category": self._category, "reply": self._level}


OTHER = Says("of conversations", [99.0])


def test_an_english_message_in_a_conversation_is_read_by_both_readers_of_conversations() -> None:
    first, english, turns, own = Says("a", [1.0]), Says("b", [5.0]), Says("c", [7.0, 2.0]), Says("d", [3.0])
    pair = Pair(first, {"en": english}, turns, {"en": own})
    found = pair.read("turn", "I cannot sleep.", ("Hello.", "Since when?"))
    assert found["level"].shape == (1, 6)
    # 0.35 of the worst window of the first.
    assert found["level"][0, RISK] == pytest.approx(4.4)
    assert (first.asked, english.asked) == ([], [])
    assert turns.asked == own.asked == [("query", "I cannot sleep.", "Hello.", "Since when?")]


@pytest.mark.parametrize(
    ("text", "before"), [("yes", ("你好。", "多久了？")), ("Я не могу спать", ("Hello.",)), ("👍", ("Hello.",))]
)
def test_any_other_message_in_a_conversation_is_read_by_the_first_of_them_alone(
    text: str, before: tuple[str, ...]
) -> None:
    turns, own = Says("c", [7.0, 2.0]), Says("d", [3.0])
    found = Pair(Says("a", [1.0]), {"zh": Says("b", [5.0])}, turns, {"en": own}).read("turn", text, before)
    assert found["level"][:, RISK].tolist() == [7.0, 2.0]
    assert own.asked == []


def test_of_an_english_message_a_mean_of_the_worst_windows_counts_the_second_more() -> None:
    first, english = Says("a", [1.0, 3.0]), Says("b", [5.0])
    found = Pair(first, {"en": english}, OTHER, {}).read("query", "I cannot sleep.", ("Since when?",))
    assert found["level"].shape == (1, 6)
    assert found["level"][0, RISK] == pytest.approx(4.6)
    assert found["category"][0, :3] == pytest.approx([0.8, 0.2, 0.0])
    assert first.asked == english.asked == [("query", "I cannot sleep.", "Since when?")]


def test_risk_is_the_mean_of_what_the_levels_and_the_categories_say() -> None:
    level = np.zeros((2, 6), dtype=np.float32)
    level[:, RISK] = 2.0, -4.0
    category = np.full((2, len(CATEGORIES)), -50.0, dtype=np.float32)
    # Of the first window any of two categories, e to one; of the second none, e cubed to one.
    category[0, [0, 2, -1]] = 0.0, np.log(np.e - 1), 0.0
    category[1, [0, -1]] = 0.0, 3.0
    assert at_risk({"level": level, "category": category}) == pytest.approx([(2 + 1) / 2, (-4 - 3) / 2])


@pytest.mark.parametrize(
    ("prefix", "text", "before"),
    [
        ("query", "我睡不着。", ()),
        ("query", "yes", ("你想过自杀吗？",)),
        ("query", "I had such a long day at work 想死", ()),
        ("query", "Я не могу спать", ()),
        ("query", "ｗａｎｔ ｔｏ ｄｉｅ", ()),
        ("query", "wanttodie" * 20, ()),
        ("passage", "That sounds heavy.", ()),
    ],
)
def test_all_else_is_read_by_the_first_alone(prefix: str, text: str, before: tuple[str, ...]) -> None:
    first, english = Says("a", [1.0, 3.0]), Says("b", [5.0])
    found = Pair(first, {"en": english}, OTHER, {}).read(prefix, text, before)  # type: ignore[arg-type]
    assert found["level"][:, RISK].tolist() == [1.0, 3.0]
    assert english.asked == []


@pytest.mark.parametrize("sign", ["👍", "42", "..."])
def test_a_number_or_a_sign_before_a_message_is_of_every_language(sign: str) -> None:
    turns, own = Says("c", [7.0]), Says("d", [3.0])
    Pair(Says("a", [1.0]), {}, turns, {"en": own}).read("turn", "I cannot sleep.", ("Hello.", sign))
    assert own.asked == turns.asked == [("query", "I cannot sleep.", "Hello.", sign)]


def test_where_a_reader_of_english_fails_the_first_speaks_alone() -> None:
    class Fails(Says):
        def read(self, prefix: str, text: str, before: Sequence[str] = ()) -> Mapping[str, NDArray[np.float32]]:
            raise BackendError("no memory")

    pair = Pair(Says("a", [1.0, 3.0]), {"en": Fails("b", [5.0])}, OTHER, {"en": Fails("d", [5.0])})
    assert pair.read("query", "I cannot sleep.")["level"][:, RISK].tolist() == [1.0, 3.0]
    assert pair.read("turn", "I cannot sleep.", ("Hello.",))["level"][:, RISK].tolist() == [99.0]


def test_of_a_chinese_message_a_mean_counts_whatever_the_language_of_the_question() -> None:
    first, chinese = Says("a", [1.0, 3.0]), Says("b", [5.0])
    for before in ("多久了？", "Since when?"):
        found = Pair(first, {"en": Says("c", [9.0]), "zh": chinese}, OTHER, {}).read("query", "我睡不着。", (before,))
        # 0.35 of the worst window of the first.
        assert found["level"][0, RISK] == pytest.approx(4.3)
    assert [asked[1] for asked in chinese.asked] == ["我睡不着。"] * 2


@pytest.mark.parametrize(
    ("gone", "there"),
    [
        (["TunedMPNet"], "tuned, tuned_zh, tuned_turns"),
        (["TunedQwen"], "tuned, tuned_en, tuned_turns, tuned_turns_en"),
        (["TunedMPNet", "TunedQwen"], "tuned, tuned_turns"),
    ],
)
def test_without_the_weights_of_a_larger_reader_the_others_read(
    gone: list[str], there: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(path: object) -> None:
        raise MissingDependency("no weights")

    for name in ("TunedE5", "TunedMPNet", "TunedQwen"):
        monkeypatch.setattr(tuned, name, missing if name in gone else lambda path: Says(path.stem, [0.0]))
    made = tuned._made.__wrapped__()
    assert made is not None
    assert made.identity == there


@pytest.mark.parametrize(
    ("risky", "harmless"),
    [("I want to kill myself tonight.", "The soup was good."), ("我今晚就想自杀。", "今天的汤很好喝。")],
)
def test_the_shipped_readers_read(risky: str, harmless: str) -> None:
    reader = tuned.tuned_reader()
    assert reader is not None
    own = TunedQwen(tuned.CHINESE) if detect(risky) == "zh" else TunedMPNet(tuned.ENGLISH)
    for one in (TunedE5(tuned.FITTED), own, reader):
        level = one.read("query", risky)["level"]
        assert level.shape == (1, 6)
        assert level[0, RISK] > 2.0 > one.read("query", harmless)["level"][0, RISK]


def test_the_shipped_readers_of_conversations_read() -> None:
    reader = tuned.tuned_reader()
    assert reader is not None
    before = ("Mum moved in with us in March.", "The nurse left her box of tablets here.")
    risky, harmless = "I've taken every one of them.", "I brought it back to the pharmacy."
    both = []
    for one in (TunedE5(tuned.TURNS), TunedMPNet(tuned.TURNS_ENGLISH)):
        both.append(one.read("query", risky, before)["level"][0, RISK])
        assert both[-1] > one.read("query", harmless, before)["level"][0, RISK]
    found = reader.read("turn", risky, before)["level"][0, RISK]
    assert found == pytest.approx(0.35 * both[0] + 0.65 * both[1], abs=1e-3)


def test_the_shipped_cuts_were_chosen_with_the_other_shipped_readers_and_ngrams() -> None:
    assert tuned.about()["english"] == weights.sha256_of(tuned.ENGLISH)
    assert tuned.about()["chinese"] == weights.sha256_of(tuned.CHINESE)
    assert tuned.about()["turns"] == weights.sha256_of(tuned.TURNS)
    assert tuned.about()["turns_english"] == weights.sha256_of(tuned.TURNS_ENGLISH)
    assert tuned.about()["grams"] == weights.sha256_of(GRAMS)


def test_a_chinese_message_in_a_conversation_is_read_by_both_readers_of_conversations() -> None:
    turns, own = Says("c", [7.0, 2.0]), Says("d", [3.0])
    found = Pair(Says("a", [1.0]), {}, turns, {"zh": own}).read("turn", "我睡不着。", ("Hello.", "多久了？"))
    assert found["level"][0, RISK] == pytest.approx(5.0)
    assert own.asked == turns.asked == [("query", "我睡不着。", "Hello.", "多久了？")]


def test_a_few_words_of_chinese_alone_are_left_to_the_first() -> None:
    pair = Pair(Says("a", [1.0]), {"zh": Says("b", [9.0])}, OTHER, {})
    risk = {text: pair.read("query", text)["level"][0, 1] for text in ("今" * 18, "今" * 19)}
    assert risk["今" * 18] == 1.0 < risk["今" * 19]
    assert pair.read("query", "今" * 18, ("多久了？",))["level"][0, 1] > 1.0


def test_it_is_known_by_all() -> None:
    pair = Pair(Says("a", [0.0]), {"en": Says("b", [0.0])}, Says("c", [0.0]), {"en": Says("d", [0.0])})
    assert pair.identity == "a, b, c, d"
    assert isinstance(pair, tuned.Reader)
