"""Closed questions: distinct answers in both languages, and a prompt for each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectgraph.prompts import prompt
from affectgraph.tools.appraisals import APPRAISALS
from affectgraph.tools.emotions import TAXONOMIES, taxonomy
from affectgraph.tools.language import script_share
from affectgraph.tools.questions import QUESTIONS, question

every = pytest.mark.parametrize("name", QUESTIONS)
languages = pytest.mark.parametrize("language", ["en", "zh"])
ABOUT_EMOTIONS = [name for name in QUESTIONS if name.endswith("emotion")]
known_labels = sorted({label for known in TAXONOMIES.values() for label in known.labels})


def test_no_question_is_listed_twice() -> None:
    assert len(set(QUESTIONS)) == len(QUESTIONS)


@every
@languages
def test_the_answers_are_distinct_and_have_a_word_each(name: str, language: str) -> None:
    asked = question(name)
    assert asked.name == name
    assert len(asked.labels) == len(set(asked.labels)) >= 2
    words = asked.words[language]
    assert len(words) == len(set(words)) == len(asked.labels)
    assert all(word == word.strip() and word for word in words)
    if language == "zh":
        assert all(script_share(word) == 1.0 for word in words)


@every
@languages
def test_every_question_has_a_prompt_with_a_lead_and_an_anchor(name: str, language: str) -> None:
    asked = question(name)
    phrased = prompt(asked.prompt, language)
    assert phrased.lead
    own = asked.variables.get(language, {})
    assert phrased.variables == {*own, *(["profile"] if name == "person_emotion" else [])}
    values = {variable: own.get(variable, "a baker") for variable in phrased.variables}
    anchors = [phrased.anchored(word, **values) for word in asked.words[language]]
    assert len(set(anchors)) == len(anchors)
    assert all(word in anchor for word, anchor in zip(asked.words[language], anchors, strict=True))


@every
def test_the_points_of_a_scale_rise_and_are_its_labels(name: str) -> None:
    asked = question(name)
    if asked.values is None:
        assert name in {*ABOUT_EMOTIONS, "sarcasm"}
        return
    assert len(asked.values) == len(asked.labels) == 5
    assert list(asked.values) == sorted(set(asked.values))
    if name != "sentiment":  # EmoMM names its classes
        assert [float(label) for label in asked.labels] == list(asked.values)


def test_sentiment_runs_from_negative_to_positive() -> None:
    asked = question("sentiment")
    assert asked.labels == ("N", "WN", "Neu", "WP", "P")
    assert asked.values == (-1.0, -0.5, 0.0, 0.5, 1.0)
    assert (asked.words["en"][0], asked.words["en"][-1]) == ("negative", "positive")
    assert (asked.words["zh"][0], asked.words["zh"][-1]) == ("消极", "积极")


def test_every_appraisal_can_be_asked_with_its_own_statement() -> None:
    for item in APPRAISALS:
        asked = question(f"appraisal:{item.name}")
        assert asked.variables == {"en": {"statement": item.en}, "zh": {"statement": item.zh}}
        assert asked.prompt == "reading/appraisal"


@pytest.mark.parametrize("name", ABOUT_EMOTIONS)
def test_the_caller_names_the_emotions_and_ekmans_are_the_default(name: str) -> None:
    assert question(name).labels == taxonomy("ekman7").labels
    assert question(name).words["zh"] == taxonomy("ekman7").words("zh")
    assert question(name, ["awe", "joy"]).labels == ("awe", "joy")
    assert question(name, ["awe", "joy"]).words == {"en": ("awe", "joy"), "zh": ("awe", "喜悦")}


@pytest.mark.parametrize("name", ["valence", "reader_dominance", "sentiment", "sarcasm", "appraisal:urgency"])
def test_other_questions_keep_their_own_answers(name: str) -> None:
    assert question(name, ["awe", "joy"]) == question(name)


@given(st.lists(st.sampled_from([*known_labels, "awe", "平静"]), min_size=2, unique=True))
def test_the_words_of_any_labels_are_distinct(labels: list[str]) -> None:
    asked = question("emotion", labels)
    for words in asked.words.values():
        assert len(set(words)) == len(words) == len(labels)


@pytest.mark.parametrize("name", ["emotions", "", "appraisal", "appraisal:", "appraisal:luck", "Emotion"])
def test_an_unknown_question_is_answered_with_the_known_ones(name: str) -> None:
    with pytest.raises(KeyError) as caught:
        question(name)
    said = caught.value.args[0]
    assert said.startswith(f"unknown question {name!r}; known: emotion, person_emotion")
    assert said.endswith("sarcasm, appraisal:VARIABLE")
