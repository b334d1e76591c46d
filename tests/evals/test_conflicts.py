"""The conflict tool scored against labels: every question has the right answer on clips where it is known."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from affectgraph.evals.conflicts import crema_d_questions, mustard_question, vote_reading
from affectgraph.evals.datasets import Dataset, Item

VOTES = {"joy": 60.0}


def clip(number: int, voice: dict[str, float], face: dict[str, float], target: str) -> Item:
    heard, seen = target in voice, target in face
    slices = {
        "relation": "align" if heard and seen else "conflict",
        "follows": "both" if heard and seen else "voice" if heard else "face" if seen else "neither",
    }
    fields = {"text": "It's eleven o'clock.", "voice": voice, "face": face}
    return Item(f"clip-{number}", f"actor-{number % 4}", fields, target, slices=slices)


def clips(follow: str) -> Dataset:
    """Twelve clips; in half of them voice and face disagree, and the more intense of the two is `follow`."""
    items = []
    for number in range(12):
        voice, face = ({"joy": 90.0}, {"anger": 30.0}) if follow == "voice" else ({"joy": 30.0}, {"anger": 90.0})
        if number % 2:
            items.append(clip(number, VOTES, VOTES, "joy"))
        else:
            items.append(clip(number, voice, face, "joy" if follow == "voice" else "anger"))
    return Dataset("made up", "all", "0", tuple(items))


@pytest.mark.parametrize("follow", ["voice", "face"])
def test_people_who_follow_the_more_intense_channel_are_understood(follow: str) -> None:
    conflict, odd, fused = crema_d_questions(clips(follow))
    assert conflict.scores["tool"].value == conflict.scores["polarity"].value == 1.0
    assert (odd.scores["tool"].value, odd.scores["tool"].n) == (1.0, 6)
    assert odd.scores["always_voice"].value == float(follow == "face")
    assert fused.scores["tool"].value == 1.0
    assert fused.scores[follow].value == 1.0
    assert fused.scores["face" if follow == "voice" else "voice"].value == 0.5


def test_the_difference_is_the_tool_minus_its_control() -> None:
    _, _, fused = crema_d_questions(clips("voice"))
    assert set(fused.differences) == {"face", "voice"}
    assert fused.differences["face"].difference == pytest.approx(0.5)
    assert fused.differences["voice"].difference == 0.0
    assert fused.scores["tool"].groups == 4


def test_a_face_of_another_clip_says_less() -> None:
    conflict, _, _ = crema_d_questions(clips("voice"))
    assert conflict.scores["shuffled"].value < 0.9


def test_two_unpleasant_emotions_are_apart_but_not_in_polarity() -> None:
    items = [
        clip(number, {"anger": 80.0}, {"fear": 40.0} if number % 2 else {"anger": 80.0}, "anger") for number in range(8)
    ]
    conflict, odd, _ = crema_d_questions(Dataset("made up", "all", "0", tuple(items)))
    assert conflict.scores["tool"].value == 1.0
    assert conflict.scores["polarity"].value == 0.5  # the predicate sees none of them
    assert odd.scores["tool"].value == 0.0  # so no odd one is named, which counts as wrong
    assert odd.scores["tool_by_intensity"].value == 1.0


def test_a_tied_vote_is_shared_and_its_intensity_is_the_reliability() -> None:
    reading = vote_reading("audio", {"joy": 80.0, "neutral": 60.0})
    assert reading.emotions is not None
    assert reading.emotions.probabilities["joy"] == reading.emotions.probabilities["neutral"] == pytest.approx(0.45)
    assert sum(reading.emotions.probabilities.values()) == pytest.approx(1.0)
    assert reading.reliability == pytest.approx(0.7)


class Signed:
    """An embedder with one direction: what is good, and what is bad."""

    identity = "signed:1"

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        return [
            [1.0, 0.0] if "positive" in text or "joy" in text else [0.0, 1.0] if "negative" in text else [0.7, 0.7]
            for text in texts
        ]


def test_words_that_differ_from_the_turns_before_are_far_from_them() -> None:
    items = []
    for number in range(12):
        sarcastic = number % 2 == 0
        fields = {
            "text": "how positive",
            "speaker": "A",
            "context": [{"speaker": "B", "text": "negative" if sarcastic else "positive"}],
        }
        target = "sarcastic" if sarcastic else "sincere"
        items.append(Item(str(number), f"show/{number % 3}", fields, target, slices={"show": "show"}))
    alone = Item("alone", "show/0", {"text": "x", "speaker": "A", "context": []}, "sincere", slices={"show": "show"})
    found = mustard_question(Dataset("made up", "all", "0", (*items, alone)), Signed())
    assert found.scores["tool"].value == 1.0
    assert found.scores["tool"].n == 12  # without turns before there is nothing to compare
    assert found.scores["words_alone"].value == 0.5
