"""The graph `appraise` on scripted models, vectors and a store in memory; at the end on the real model."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import BaseMessage
from langgraph.store.memory import InMemoryStore

from affectgraph.backends.errors import InputError, SettingsError
from affectgraph.backends.scripted import Reply, ScriptedBackend
from affectgraph.graphs import Graph, load, load_settings
from affectgraph.graphs.appraise import RECIPE
from affectgraph.graphs.appraise_types import AppraiseOutput
from affectgraph.graphs.checkpoints import open_sessions, sessions_of
from affectgraph.graphs.options import AppraiseOptions
from affectgraph.graphs.steps import Models
from affectgraph.prompts import prompt
from affectgraph.tools.appraisal_link import AppraisalLink
from affectgraph.tools.appraisals import APPRAISALS
from affectgraph.tools.emotions import taxonomy
from affectgraph.tools.episodes import Episode, remember
from affectgraph.tools.persona import TRAITS, Persona, Provenances
from affectgraph.tools.questions import question

EVENT = "My manager praised my colleague, and I had done all the work."
NOW = datetime(2026, 5, 1, tzinfo=UTC)
NAMES = [item.name for item in APPRAISALS]
TRUE = question("appraisal:suddenness").words["en"]


def persona(name: str = "ann", **traits: float) -> Persona:
    provenance = Provenances(**dict.fromkeys(traits, "stated"))
    return Persona(name=name, provenance=provenance, **traits)


class Counting:
    """An embedder of three dimensions: work, animals, all else. Notes what it was given."""

    identity = "counting"

    def __init__(self) -> None:
        self.given: list[list[str]] = []

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        self.given.append(list(texts))
        found = []
        for text in texts:
            work, animal = float("work" in text or "manager" in text), float("dog" in text)
            length = max(1.0, (work + animal) ** 0.5)
            found.append([work / length, animal / length, 0.0 if work or animal else 1.0])
        return found


def by_question(answer: Callable[[str, str], Reply]) -> Callable[[list[BaseMessage]], Reply]:
    """A model that answers by (what was asked, the whole message)."""

    def play(messages: list[BaseMessage]) -> Reply:
        text = str(messages[-1].text)
        if text.endswith("What emotion does this person feel?"):
            return answer("emotion", text)
        if "How strong is this emotion" in text:
            return answer("intensity", text)
        if "Rate from 1" in text:
            return answer("ratings", text)
        name = next(item.name for item in APPRAISALS if f"\n\n{item.en}\n\n" in text)
        return answer(name, text)

    return play


def plain(asked: str, text: str) -> Reply:
    if asked == "emotion":
        return {"anger": 3, "sadness": 1}
    return "high" if asked == "intensity" else TRUE[1]


def graph_of(
    answer: Callable[[str, str], Reply] = plain,
    *,
    link: AppraisalLink | None = None,
    embedder: Any = None,
    store: InMemoryStore | None = None,
    without: Sequence[str] = (),
    **options: Any,
) -> Graph[AppraiseOutput]:
    chosen = AppraiseOptions(**options)
    backend = ScriptedBackend(label="played", replies=by_question(answer))
    models = Models.all(backend, embedder=lambda: embedder or Counting(), link=lambda: link)
    return Graph(
        "appraise",
        RECIPE.build(models, chosen, without).compile(store=store),
        models,
        input_type=RECIPE.input_type,
        state_type=RECIPE.state_type,
        output=lambda state: RECIPE.output(state, None),
    )


def memory(*episodes: tuple[str, Episode]) -> InMemoryStore:
    store = InMemoryStore(index={"dims": 3, "embed": lambda texts: Counting().embed(texts), "fields": ["text"]})
    for person, episode in episodes:
        remember(store, person, episode)
    return store


def episode(event: str, emotion: str, **more: Any) -> Episode:
    return Episode(event=event, emotions={emotion: 1.0}, taxonomy="ekman7", time=NOW, source="stated", **more)


def link_of(labels: Sequence[str] = taxonomy("ekman7").labels, **changed: Any) -> AppraisalLink:
    """A link whose every number is chosen: `work` reads as unpleasant, neuroticism adds to it, and it means anger."""
    zeros = [0.0] * 21
    unpleasant = NAMES.index("unpleasantness")
    reader = [[0.0, 0.0, 0.0] for _ in NAMES]
    reader[unpleasant] = [1.5, 0.0, 0.0]
    shift = [list(zeros) for _ in TRAITS]
    shift[TRAITS.index("neuroticism")][unpleasant] = 2.0
    rows = [list(zeros) for _ in labels]
    rows[0][unpleasant] = 2.0
    head = {"mean": [3.0] * 21, "scale": [1.0] * 21, "coefficients": rows, "intercepts": [0.0] * len(rows), "c": 1.0}
    values = {
        "source": {
            "name": "made", "split": "up", "revision": "0", "rows": 1, "writers": 1, "licence": "none",
            "fitted": "2026-01-01",
        },
        "embedder": "counting",
        "labels": labels,
        "reader": {"coefficients": reader, "intercepts": [3.0] * 21, "alpha": 1.0},
        "shift": {"coefficients": shift, "means": [0.5] * 5, "p": [[0.01] * 21 for _ in TRAITS]},
        "heads": {"rated": head, "read": head},
        **changed,
    }  # fmt: skip
    return AppraisalLink.model_validate(values)


# --- appraise --------------------------------------------------------------------------------------------------------


def test_all_21_are_rated_in_scherers_order_each_with_words_of_the_event() -> None:
    output = graph_of().invoke({"text": EVENT, "persona": persona(openness=0.9)})
    assert list(output.appraisals) == NAMES
    for item in output.appraisals.values():
        assert item.rating == 2.0  # "slightly true"
        assert item.evidence is not None
        assert EVENT[item.evidence.start : item.evidence.end] == item.evidence.text
    assert output.person == "ann"
    assert output.feeling.top2 == ("anger", "sadness")
    assert output.feeling.intensity is not None
    assert output.feeling.intensity.top == "high"
    assert graph_of(intensity=False).invoke({"text": EVENT}).feeling.intensity is None


def test_the_event_comes_first_so_that_people_share_its_prefix() -> None:
    seen: list[str] = []

    def note(asked: str, text: str) -> Reply:
        seen.append(text)
        return plain(asked, text)

    graph = graph_of(note)
    graph.invoke({"text": EVENT, "persona": persona(openness=0.9)})
    shared = prompt("appraise/event", "en").render(text=EVENT)
    assert len(seen) > 23
    assert all(text.startswith(shared) for text in seen)


@pytest.mark.parametrize(
    ("profile", "told"),
    [("none", "an adult like any other"), ("mbti", "INTP"), ("bfi", "neuroticism 0.90"), ("words", "high emotional")],
)
def test_the_profile_is_told_in_the_form_of_the_option(profile: Any, told: str) -> None:
    seen: list[str] = []

    def note(asked: str, text: str) -> Reply:
        seen.append(text)
        return plain(asked, text)

    who = Persona(
        name="ann",
        neuroticism=0.9,
        mbti="INTP",
        provenance=Provenances(neuroticism="stated", mbti="stated"),
    )
    graph_of(note, profile=profile, without=("explain",)).invoke({"text": EVENT, "persona": who})
    assert all(told in text for text in seen)


def test_fill_takes_ratings_and_parts_of_the_event_from_one_answer() -> None:
    asked_for: list[str] = []

    def fill(asked: str, text: str) -> Reply:
        asked_for.append(asked)
        if asked == "ratings":
            return {name: {"part": "c2", "rating": 4} for name in NAMES}
        return plain(asked, text)

    output = graph_of(fill, appraisals="fill", without=("explain",)).invoke({"text": EVENT})
    assert asked_for == ["ratings", "emotion", "intensity"]
    assert {item.rating for item in output.appraisals.values()} == {4.0}
    assert {item.evidence.text for item in output.appraisals.values() if item.evidence} == {
        "and I had done all the work"
    }


def test_a_cited_part_that_is_not_there_is_asked_for_again() -> None:
    answers = iter(["c9", "c1"])

    def fill(asked: str, text: str) -> Reply:
        if asked == "ratings" or "c9" in text:
            part = next(answers)
            return {name: {"part": part, "rating": 4} for name in NAMES}
        return plain(asked, text)

    class Retelling(ScriptedBackend):
        pass

    models = Models.all(Retelling(replies=lambda messages: _retold(messages, fill)), embedder=Counting)
    built = RECIPE.build(models, AppraiseOptions(appraisals="fill"), ("explain",)).compile()
    state = built.invoke({"text": EVENT})
    assert {item["evidence"]["text"] for item in state["appraisals"].values()} == {"My manager praised my colleague"}
    assert list(answers) == []


def _retold(messages: list[BaseMessage], answer: Callable[[str, str], Reply]) -> Reply:
    """Asked again, the question is among the earlier messages."""
    texts = [str(message.text) for message in messages]
    if any("Rate from 1" in text for text in texts):
        return answer("ratings", texts[-1])
    return by_question(answer)(messages)


# --- the fitted link -------------------------------------------------------------------------------------------------


def test_learned_reads_the_event_moves_it_by_traits_and_asks_no_model_for_ratings() -> None:
    asked_for: list[str] = []

    def note(asked: str, text: str) -> Reply:
        asked_for.append(asked)
        return plain(asked, text)

    graph = graph_of(note, link=link_of(), appraisals="learned")
    calm, tense = (graph.invoke({"text": EVENT, "persona": persona(neuroticism=value)}) for value in (0.1, 0.9))
    assert asked_for == ["emotion", "intensity"] * 2
    # 3 + 1.5 for work, and 2 * (trait - 0.5) for neuroticism.
    assert calm.ratings["unpleasantness"] == pytest.approx(3.7)
    assert tense.ratings["unpleasantness"] == pytest.approx(5.0)
    assert tense.ratings["suddenness"] == 3.0
    (moved,) = tense.explanation.moved
    assert (moved.appraisal, moved.trait, moved.value) == ("unpleasantness", "neuroticism", 0.9)
    assert moved.shift == pytest.approx(0.8)
    assert "neuroticism high (0.90)" in tense.explanation.words[0]
    assert "more true" in tense.explanation.words[0]
    assert "less true" in calm.explanation.words[0]


def test_a_trait_shift_that_may_be_noise_is_neither_applied_nor_told() -> None:
    shift = link_of().shift.model_copy(update={"p": tuple((0.2,) * 21 for _ in TRAITS)})
    graph = graph_of(link=link_of().model_copy(update={"shift": shift}), appraisals="learned")
    output = graph.invoke({"text": EVENT, "persona": persona(neuroticism=0.9)})
    assert output.ratings["unpleasantness"] == 4.5
    assert output.explanation.moved == []


def test_the_words_a_learned_rating_rests_on_are_those_without_which_it_changes() -> None:
    output = graph_of(link=link_of(), appraisals="learned").invoke(
        {"text": "The dog barked loudly, my manager shouted."}
    )
    found = output.appraisals["unpleasantness"].evidence
    assert found is not None
    assert found.text == "my manager shouted"


def glad(asked: str, text: str) -> Reply:
    return {"joy": 3, "anger": 1} if asked == "emotion" else plain(asked, text)


def test_the_blend_is_the_log_linear_pool_of_its_parts_by_their_weights() -> None:
    def felt(**weights: float) -> dict[str, float]:
        graph = graph_of(glad, link=link_of(), appraisals="learned", **weights)
        output = graph.invoke({"text": EVENT})
        assert ("model" in output.feeling.parts) == (weights["weight_model"] > 0)
        assert output.feeling.weights == {"model": weights["weight_model"], "link": weights["weight_link"]}
        return output.feeling.emotions.probabilities

    assert felt(weight_model=1.0, weight_link=0.0)["joy"] == 0.75
    # 1.5 above the mean, times 2: e^3 against six others of e^0.
    assert felt(weight_model=0.0, weight_link=1.0)["anger"] == pytest.approx(math.exp(3) / (math.exp(3) + 6))
    both = felt(weight_model=1.0, weight_link=1.0)
    assert both["anger"] / both["joy"] == pytest.approx(math.exp(3) / 3)


def test_a_weight_that_was_fitted_for_this_model_holds_unless_the_settings_say_otherwise() -> None:
    fitted = {"scripted:function": {"model": 0.2, "link": 0.9, "memory": 0.0}}
    given = {"text": EVENT}
    link = link_of(weights=fitted)
    assert graph_of(link=link, appraisals="learned").invoke(given).feeling.weights == {"model": 0.2, "link": 0.9}
    changed = graph_of(link=link, appraisals="learned", weight_link=0.1).invoke(given)
    assert changed.feeling.weights == {"model": 0.2, "link": 0.1}


def test_without_fitted_weights_every_voice_has_an_equal_part() -> None:
    store = memory(("ann", episode("They took credit for my work.", "disgust")))
    given = {"text": EVENT, "persona": persona(openness=0.5), "time": NOW}
    assert graph_of().invoke(given).feeling.weights == {"model": 1.0}
    assert graph_of(store=store).invoke(given).feeling.weights == {"model": 0.5, "memory": 0.5}


def test_a_link_that_does_not_know_every_label_is_left_out() -> None:
    output = graph_of(glad, link=link_of(("anger", "joy")), appraisals="learned").invoke({"text": EVENT})
    assert set(output.feeling.parts) == {"model"}
    assert output.appraisals["unpleasantness"].rating == 4.5


def test_a_learned_reading_without_a_link_is_refused_at_load() -> None:
    with pytest.raises(SettingsError, match="affectgraph link fit"):
        load(
            "appraise",
            model=ScriptedBackend(replies=()),
            settings=load_settings(overrides=["appraise.appraisals=learned"], environment={}).settings,
        )


def test_a_link_that_was_fitted_on_another_embedder_is_refused() -> None:
    graph = graph_of(link=link_of(embedder="another"), appraisals="learned")
    with pytest.raises(SettingsError, match=r"another.*counting"):
        graph.invoke({"text": EVENT})


def test_a_damaged_link_in_the_data_folder_is_a_sentence_and_none_is_none(tmp_path: Path) -> None:
    settings = load_settings(overrides=[f"data_dir={json.dumps(str(tmp_path))}"], environment={}).settings
    assert load("appraise", model=ScriptedBackend(replies=()), settings=settings).models.link() is None
    (tmp_path / "appraisal_link.json").write_text("{}")
    from affectgraph.tools.appraisal_link import LinkError

    with pytest.raises(LinkError, match="affectgraph link fit"):
        load("appraise", model=ScriptedBackend(replies=()), settings=settings).models.link()


# --- memory ----------------------------------------------------------------------------------------------------------


def test_recalled_episodes_are_told_and_vote() -> None:
    seen: list[str] = []

    def note(asked: str, text: str) -> Reply:
        seen.append(text)
        return plain(asked, text)

    store = memory(("ann", episode("They took credit for my work.", "disgust")))
    given = {"text": EVENT, "persona": persona(openness=0.5), "time": NOW}
    output = graph_of(note, store=store, weight_model=0.0, weight_memory=1.0, without=("appraise",)).invoke(given)
    assert [item.own for item in output.recalled] == [True]
    assert all("felt disgust: They took credit for my work." in text for text in seen)
    assert output.feeling.emotions.top == "disgust"
    assert not any("What emotion" in text for text in seen)  # a voice without weight is not asked


def test_another_persons_private_episode_is_neither_recalled_nor_told() -> None:
    seen: list[str] = []

    def note(asked: str, text: str) -> Reply:
        seen.append(text)
        return plain(asked, text)

    store = memory(
        ("bob", episode("My manager read my diary at work.", "fear")),
        ("zoltan", episode("My manager praised my work.", "joy", public=True, traits={"openness": 0.9})),
    )
    output = graph_of(note, store=store).invoke({"text": EVENT, "persona": persona(openness=0.5), "time": NOW})
    assert [item.episode.event for item in output.recalled] == ["My manager praised my work."]
    assert not any("diary" in text for text in seen)
    shown = output.model_dump_json()
    assert "bob" not in shown
    assert "zoltan" not in shown


def test_memory_can_be_switched_off_and_public_episodes_apart() -> None:
    store = memory(
        ("ann", episode("They took credit for my work.", "disgust")),
        ("eve", episode("My manager praised my work.", "joy", public=True)),
    )
    given = {"text": EVENT, "persona": persona(openness=0.5), "time": NOW}
    assert graph_of(store=store, recall=0).invoke(given).recalled == []
    assert len(graph_of(store=store).invoke(given).recalled) == 2
    assert [item.own for item in graph_of(store=store, public=False).invoke(given).recalled] == [True]


def test_a_persons_habit_moves_a_learned_rating() -> None:
    rated = {"unpleasantness": 2.5}
    store = memory(*(("ann", episode(f"At work they forgot me, {n}.", "sadness", appraisals=rated)) for n in range(4)))
    graph = graph_of(link=link_of(), store=store, appraisals="learned")
    output = graph.invoke({"text": EVENT, "persona": persona(openness=0.5), "time": NOW})
    # Four episodes of 2.5 where 4.5 is read: -2 on the mean, halved by a strength of four.
    assert output.ratings["unpleasantness"] == pytest.approx(3.5)
    (moved,) = output.explanation.moved
    assert (moved.trait, moved.shift) == ("habit", pytest.approx(-1.0))
    assert output.explanation.words[0].startswith("As in earlier events, this is less true")


def test_the_trace_holds_no_words_of_event_memory_or_persona() -> None:
    store = memory(("ann", episode("They took credit for my work.", "disgust")))
    output = graph_of(store=store).invoke({"text": EVENT, "persona": persona(openness=0.5), "time": NOW})
    written = json.dumps([entry.model_dump(mode="json") for entry in output.trace])
    for words in ("manager", "credit", "ann"):
        assert words not in written


# --- explain ---------------------------------------------------------------------------------------------------------


def test_a_trait_is_named_where_the_rating_falls_without_it() -> None:
    def anxious(asked: str, text: str) -> Reply:
        if asked == "urgency":
            return TRUE[4] if "neuroticism 0.90" in text else TRUE[1]
        return plain(asked, text)

    output = graph_of(anxious).invoke({"text": EVENT, "persona": persona(neuroticism=0.9, openness=0.4)})
    (moved,) = output.explanation.moved
    assert (moved.appraisal, moved.trait, moved.value, moved.shift) == ("urgency", "neuroticism", 0.9, 3.0)
    assert output.explanation.because == {}  # no link, so nothing measured


def test_no_trait_is_named_where_none_alone_does_it() -> None:
    def touchy(asked: str, text: str) -> Reply:
        if asked == "urgency":
            return TRUE[1] if "neuroticism 0.50" in text and "openness 0.50" in text else TRUE[4]
        return plain(asked, text)

    output = graph_of(touchy).invoke({"text": EVENT, "persona": persona(neuroticism=0.9, openness=0.4)})
    (moved,) = output.explanation.moved
    assert (moved.appraisal, moved.trait, moved.shift) == ("urgency", None, 3.0)
    assert "no single trait says why" in output.explanation.words[0]


def test_a_given_baseline_saves_its_questions_and_means_the_same() -> None:
    count = {"asked": 0}

    def counting(asked: str, text: str) -> Reply:
        count["asked"] += 1
        if asked == "urgency" and "neuroticism 0.90" in text:
            return TRUE[4]
        return plain(asked, text)

    graph, who = graph_of(counting), persona(neuroticism=0.9)
    average = graph.invoke({"text": EVENT})
    assert (count["asked"], average.explanation.moved) == (23, [])
    alone = graph.invoke({"text": EVENT, "persona": who})
    before = count["asked"]
    given = graph.invoke({"text": EVENT, "persona": who, "baseline": average.ratings})
    assert given.explanation == alone.explanation
    assert count["asked"] - before == (before - 23) - 21


# --- input, output, ablation -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"text": " "}, "the text is empty"),
        ({"text": EVENT, "baseline": {"mood": 3.0}}, "unknown appraisal 'mood'"),
        ({"text": EVENT, "baseline": {"effort": 7.0}}, "baseline.effort"),
        ({"text": EVENT, "persona": {"name": "a b"}}, "is no name"),
        ({"text": EVENT, "time": "2026-01-01T00:00:00"}, "time: "),
    ],
)
def test_an_unusable_input_is_refused_in_one_sentence(given: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as refused:
        graph_of().invoke(given)
    assert said in str(refused.value)


def test_without_appraise_the_model_is_asked_for_the_emotion_alone() -> None:
    output = graph_of(without=("appraise", "explain")).invoke({"text": EVENT})
    assert output.appraisals == {}
    assert [entry.node for entry in output.trace] == ["recall", "feel"]
    with pytest.raises(SettingsError, match="feel"):
        load("appraise", model=ScriptedBackend(replies=()), without=("feel",))


def test_the_state_survives_a_checkpoint_which_says_whose_it_is(tmp_path: Path) -> None:
    with open_sessions(tmp_path / "sessions.sqlite") as saver:
        backend = ScriptedBackend(replies=by_question(plain))
        graph = load("appraise", model=backend, checkpointer=saver, without=("appraise", "explain"))
        graph.invoke({"text": EVENT, "persona": persona(openness=0.5)}, {"configurable": {"thread_id": "one"}})
        graph.invoke({"text": EVENT}, {"configurable": {"thread_id": "two"}})
        assert graph.state("one").feeling.emotions.top == "anger"
        assert sessions_of(saver, "ann") == ["one"]


def test_chinese_events_are_asked_about_in_chinese() -> None:
    words = question("appraisal:suddenness").words["zh"]

    def play(messages: list[BaseMessage]) -> Reply:
        text = str(messages[-1].text)
        if text.endswith("这个人会有什么情绪？"):
            return "愤怒"
        return "高" if "这种情绪有多强烈" in text else words[0]

    models = Models.all(ScriptedBackend(replies=play), embedder=Counting)
    state = RECIPE.build(models, AppraiseOptions(), ()).compile().invoke({"text": "经理表扬了同事，活儿是我干的。"})
    assert state["feeling"]["emotions"]["probabilities"]["anger"] == 1.0
    assert state["appraisals"]["effort"]["rating"] == 1.0
