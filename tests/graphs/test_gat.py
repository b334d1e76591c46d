"""The graph `gat`: its modes and tasks, and what is concluded and written; at the end on the real model.

What is shown is in `test_gat_shown`, how wrong answers are met in `test_gat_answers`, sessions in `test_gat_runs`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
from langchain_core.messages import BaseMessage
from pydantic import Field

from affectgraph.backends.embedded import EmbeddedBackend
from affectgraph.backends.errors import InputError
from affectgraph.backends.scripted import Reply, ScriptedBackend
from affectgraph.graphs import load, load_settings
from affectgraph.tools.label_spaces import SPACES
from tests.graphs.gat_play import EYES, Player, asked, chinese, graph_of, nodes, picture, run, verdict

IMAGES = Path(__file__).parents[2] / "examples" / "images"
TREE = ["hypothesize", "verify"]


# --- routes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "between"),
    [
        ("basic", []),
        ("cot", ["think"]),
        ("scaffold", ["scan"]),
        ("tree", TREE),
        ("gat", ["scan", *TREE]),
        ("random", ["scan", *TREE]),
    ],
)
@pytest.mark.parametrize("eyes", [True, False])
def test_each_mode_has_its_nodes(tmp_path: Path, mode: str, between: list[str], eyes: bool) -> None:
    output = run(tmp_path, f"gat.mode={mode}", eyes=eyes)
    assert nodes(output) == ["look", *between, "conclude"]
    assert output.perception == ("image" if eyes else "facts-only")
    assert bool(output.hypotheses) == ("verify" in between)
    assert bool(output.observations) == ("scan" in between)
    assert (output.conclusion.kept is None) == ("verify" not in between)


@pytest.mark.parametrize("mode", ["gat", "scaffold", "random"])
@pytest.mark.parametrize(("task", "given"), [("ER", {}), ("EGCG", {"target": "awe"})])
def test_writing_has_no_tree_and_ends_with_sentences_that_cite_regions(
    tmp_path: Path, mode: str, task: str, given: dict[str, Any]
) -> None:
    output = run(tmp_path, f"gat.mode={mode}", eyes=True, task=task, **given)
    assert nodes(output) == ["look", "scan", "conclude", "write"]
    assert output.hypotheses == []
    assert [sentence.regions for sentence in output.writing.sentences] == [["r1"], ["r2"], ["r3"]]
    assert output.writing.text.startswith(("The red wall stands close. The green", "A red wall rises"))


@pytest.mark.parametrize("mode", ["basic", "cot", "tree"])
def test_writing_is_refused_where_the_mode_has_no_regions_before_the_picture_is_opened(
    tmp_path: Path, mode: str
) -> None:
    with pytest.raises(InputError, match=f"ER cites regions, and the mode '{mode}' has none; set gat.mode to one of"):
        graph_of(Player(), tmp_path, f"gat.mode={mode}").invoke({"image": "nowhere.png", "task": "ER"})


def test_an_explanation_is_of_the_concluded_emotion_unless_one_is_given(tmp_path: Path) -> None:
    cases: list[tuple[dict[str, Any], str]] = [({}, "contentment"), ({"target": "fear"}, "fear")]
    for given, emotion in cases:
        player = Player()
        run(tmp_path, player=player, task="ER", **given)
        assert f"feels {emotion}." in str(player.seen[-1][1][-1].text)


# --- what is concluded -----------------------------------------------------------------------------------------------


def test_a_contradicted_branch_is_pruned_and_the_other_is_kept(tmp_path: Path) -> None:
    output = run(tmp_path)
    assert [item.pruned for item in output.verdicts] == [True, False, True]
    assert (output.conclusion.kept, output.conclusion.label, output.conclusion.intensity) == (
        "h2",
        "contentment",
        "low",
    )
    assert not output.conclusion.all_contradicted
    assert [(item.region, item.fact) for item in output.verdicts[0].contradictions] == [("r1", "the wall is plain")]
    assert output.trace[-2].decided["pruned"] == ["h1", "h3"]


def test_where_all_are_contradicted_the_least_contradicted_is_kept_and_that_is_flagged(tmp_path: Path) -> None:
    facts = [("r1", "it is plain"), ("r2", "it is empty")]
    found = {"awe": verdict(0.9, *facts), "contentment": verdict(0.9, *facts), "fear": verdict(0.1, facts[0])}
    output = run(tmp_path, player=Player(verdict=_by_emotion(found)))
    assert output.conclusion.kept == "h3"
    assert output.conclusion.all_contradicted
    assert [item.pruned for item in output.verdicts] == [True, True, False]


@pytest.mark.parametrize(
    ("confidences", "kept"), [((0.2, 0.9, 0.5), "h2"), ((0.5, 0.5, 0.5), "h1"), ((0.1, 0.4, 0.4), "h2")]
)
def test_a_tie_goes_to_the_critics_confidence_and_then_to_the_first(
    tmp_path: Path, confidences: tuple[float, ...], kept: str
) -> None:
    found = {name: verdict(value) for name, value in zip(("awe", "contentment", "fear"), confidences, strict=True)}
    output = run(tmp_path, player=Player(verdict=_by_emotion(found)))
    assert output.conclusion.kept == kept
    assert not any(item.pruned for item in output.verdicts)


def test_what_a_critic_says_twice_counts_once(tmp_path: Path) -> None:
    twice = verdict(0.9, ("r1", "It is plain"), ("r1", "it is plain"))
    output = run(tmp_path, player=Player(verdict=_by_emotion({"awe": twice, "contentment": twice, "fear": twice})))
    assert [len(item.contradictions) for item in output.verdicts] == [1, 1, 1]


def _by_emotion(found: dict[str, Any]) -> Any:
    def judged(messages: list[BaseMessage]) -> Reply:
        said = str(messages[-1].text)
        return cast(Reply, next(answer for emotion, answer in found.items() if f"feels {emotion}," in said))

    return judged


@pytest.mark.parametrize(
    ("share", "intensity", "arousal"),
    [({"low": 1.0}, "low", 2.0), ({"high": 1.0}, "high", 8.0), ({"low": 0.5, "high": 0.5}, "low", 5.0)],
)
def test_without_a_tree_arousal_is_the_mean_over_the_intensities(
    tmp_path: Path, share: dict[str, float], intensity: str, arousal: float
) -> None:
    found = run(tmp_path, "gat.mode=basic", player=Player(intensity=share)).conclusion
    assert (found.intensity, found.arousal) == (intensity, pytest.approx(arousal))
    assert (found.label, found.kept) == ("contentment", None)


def test_with_a_tree_the_critics_confidence_says_how_much_the_hypothesis_weighs_in_arousal(tmp_path: Path) -> None:
    certain = run(tmp_path, player=Player(verdict=_sure(1.0), intensity="high")).conclusion
    unsure = run(tmp_path, player=Player(verdict=_sure(0.25), intensity="high")).conclusion
    assert (certain.label, certain.intensity, certain.arousal) == ("awe", "high", pytest.approx(8.0))
    assert run(tmp_path).conclusion.arousal == pytest.approx(0.8 * 2.0 + 0.2 * 4.25)
    assert unsure.arousal == pytest.approx(8.0)


def _sure(confidence: float) -> Any:
    return lambda messages: verdict(confidence)


@pytest.mark.parametrize(
    ("share", "valence"),
    [({"very unpleasant": 1}, 1.0), ({"very pleasant": 1}, 9.0), ({"neutral": 3, "pleasant": 1}, 5.5)],
)
def test_valence_is_the_mean_over_five_points(tmp_path: Path, share: dict[str, float], valence: float) -> None:
    assert run(tmp_path, "gat.mode=basic", player=Player(valence=share)).conclusion.valence == pytest.approx(valence)


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_label_space_gives_a_distribution_over_its_keys(tmp_path: Path, space: str, language: str) -> None:
    backend = _Choosing(replies=Player())
    settings = load_settings(
        environment={}, overrides=[f'media.roots=["{tmp_path}"]', "gat.mode=basic", f"gat.labels={space}"]
    )
    graph = load("gat", model=backend, settings=settings.settings)
    output = graph.invoke({"image": str(picture(tmp_path)), "language": language})
    assert tuple(output.conclusion.emotions.probabilities) == SPACES[space]
    assert output.conclusion.label == SPACES[space][-1]


def test_the_same_question_of_no_picture_is_subtracted_but_not_where_no_would_be_its_answer(tmp_path: Path) -> None:
    class Priors(ScriptedBackend):
        told: dict[str, Any] = Field(default_factory=dict)

        def choose(self, messages: Any, options: Any, **rest: Any) -> Any:
            self.told[asked(messages)] = rest["neutral"]
            return super().choose(messages, options, **rest)

    backend = Priors(replies=Player(person="yes"), abilities=EYES)
    settings = load_settings(environment={}, overrides=[f'media.roots=["{tmp_path}"]']).settings
    load("gat", model=backend, settings=settings).invoke({"image": str(picture(tmp_path))})
    assert set(backend.told) == {"evoked", "person", "expressed", "intensity", "valence"}
    assert backend.told.pop("person") is None
    for neutral in backend.told.values():
        (message,) = neutral
        assert message.text.startswith("There is a picture that you cannot see. This was measured of it.\n\nN/A\n\n")


class _Choosing(ScriptedBackend):
    """Takes the last option."""

    def choose(self, messages: Any, options: Any, **rest: Any) -> Any:
        return ScriptedBackend(replies=[options[-1]]).choose(messages, options)


def test_people_show_something_where_a_model_with_eyes_sees_people(tmp_path: Path) -> None:
    assert run(tmp_path, eyes=True).conclusion.expressed is None
    found = run(tmp_path, eyes=True, player=Player(person="yes")).conclusion.expressed
    assert found.top == "awe"
    player = Player(person="yes")
    assert run(tmp_path, player=player).conclusion.expressed is None  # no eyes, no face: nobody is known of
    assert "person" not in player.names()


def test_a_face_that_was_found_is_asked_about_without_eyes_too() -> None:
    player = Player(
        hypotheses={
            "hypotheses": [
                {"emotion": e, "intensity": "low", "regions": ["r1"], "reason": "its red"}
                for e in ("awe", "fear", "anger")
            ]
        }
    )
    output = graph_of(player, IMAGES).invoke({"image": str(IMAGES / "astronaut.jpg")})
    assert output.faces
    assert output.conclusion.expressed is not None
    held = next(item for item in output.observations if item.region == output.faces[0].region)
    assert "frontal face" in held.contents


# --- writing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentences", "problems"),
    [
        ([("The red wall is wide.", "r1"), ("A field of green.", "r2"), ("The waters are blue.", "r3")], []),
        ([("The red wall is wide.", "r1"), ("The red wall is wide.", "r1"), ("The waters.", "r3")], ["repetition"]),
        ([("The red wall is wide.", "r1"), ("Joy is everywhere.", "r2"), ("The waters.", "r3")], ["ungrounded"]),
        ([("The red wall is wide.", "r3"), ("A field of green.", "r2"), ("The waters.", "r3")], ["ungrounded"]),
    ],
)
def test_a_sentence_shares_a_word_with_what_is_known_of_its_regions_or_is_marked(
    tmp_path: Path, sentences: list[tuple[str, str]], problems: list[str]
) -> None:
    answer = {"sentences": [{"text": text, "regions": [region, region]} for text, region in sentences]}
    output = run(tmp_path, eyes=True, player=Player(explain=answer), task="ER")
    assert output.writing.problems == problems
    assert all(len(sentence.regions) == 1 for sentence in output.writing.sentences)  # cited twice, named once


@pytest.mark.parametrize(("count", "problems"), [(49, ["length"]), (50, []), (100, []), (101, ["length"])])
def test_a_text_in_an_emotion_has_50_to_100_words(tmp_path: Path, count: int, problems: list[str]) -> None:
    far = count - 8
    words = ["red wall here " + "far " * (far // 2), "green field here", "blue water " + "far " * (far - far // 2)]
    answer = {"sentences": [{"text": text, "regions": [f"r{n}"]} for n, text in enumerate(words, 1)]}
    output = run(tmp_path, eyes=True, player=Player(generate=answer), task="EGCG", target="awe")
    assert (output.writing.words, output.writing.problems) == (count, problems)


def test_chinese_writing_counts_characters_and_has_no_spaces(tmp_path: Path) -> None:
    sentences = [{"text": "红色的墙很宽，" + "远" * 20 + "。", "regions": ["r1"]}] + [
        {"text": f"{colour}很静，" + "远" * 20 + "。", "regions": [name]}
        for name, colour in (("r2", "绿色"), ("r3", "蓝色"))
    ]
    player = Player(**chinese(), generate={"sentences": sentences})
    output = run(tmp_path, player=player, task="EGCG", target="awe", language="zh")
    assert (output.writing.words, output.writing.problems) == (74, [])
    assert "。绿色" in output.writing.text
    assert "请以敬畏的情绪" in str(player.seen[-1][1][-1].text)


def test_the_embedded_model_judges_a_photograph_from_its_facts(embedded: EmbeddedBackend) -> None:
    settings = load_settings(environment={}, overrides=[f'media.roots=["{IMAGES}"]', "gat.mode=basic"]).settings
    output = load("gat", model=embedded, settings=settings).invoke({"image": str(IMAGES / "cat.jpg")})
    assert nodes(output) == ["look", "conclude"]
    assert output.perception == "facts-only"
    assert tuple(output.conclusion.emotions.probabilities) == SPACES["mikels8"]
    assert output.conclusion.emotions.calibration == "prior-corrected"
    assert output.conclusion.label == output.conclusion.emotions.top
    assert output.notice is not None
