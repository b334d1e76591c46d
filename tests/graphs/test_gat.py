"""The graph `gat`: its modes and tasks, what each backend is shown, and what is concluded; at the end the real model.

How wrong answers are met is in `test_gat_answers`.
"""

from __future__ import annotations

import json
import threading
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import BaseMessage

from affectgraph.backends.config import EmbeddedConfig
from affectgraph.backends.embedded import EmbeddedBackend
from affectgraph.backends.errors import BackendError, InputError
from affectgraph.backends.media import MediaError, MediaOptions
from affectgraph.backends.scripted import Reply, ScriptedBackend
from affectgraph.graphs import NodeFinished, load, load_settings
from affectgraph.graphs.checkpoints import open_sessions
from affectgraph.graphs.gat import RECIPE
from affectgraph.graphs.settings import GatOptions
from affectgraph.graphs.steps import Message, Models
from affectgraph.tools.label_spaces import SPACES
from tests.graphs.gat_play import EYES, IDS, SCAN, Player, graph_of, picture, verdict

IMAGES = Path(__file__).parents[2] / "examples" / "images"
TREE = ["hypothesize", "verify"]


def run(folder: Path, *settings: str, eyes: bool = False, player: Player | None = None, **given: Any) -> Any:
    graph = graph_of(player or Player(), folder, *settings, eyes=eyes)
    return graph.invoke({"image": str(picture(folder)), **given})


def nodes(output: Any) -> list[str]:
    return [entry.node for entry in output.trace]


def contents(message: BaseMessage) -> list[Any]:
    return [message.content] if isinstance(message.content, str) else list(message.content)


def pictures(messages: list[BaseMessage]) -> list[list[str]]:
    """The pictures of each message, as URLs."""
    return [
        [part["image_url"]["url"] for part in contents(m) if isinstance(part, dict) and "image_url" in part]
        for m in messages
    ]


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
    for given, emotion in (({}, "contentment"), ({"target": "fear"}, "fear")):
        player = Player()
        run(tmp_path, player=player, task="ER", **given)
        assert f"feels {emotion}." in str(player.seen[-1][1][-1].text)


# --- what is shown ---------------------------------------------------------------------------------------------------


def test_the_first_message_holds_picture_and_overlay_and_the_later_ones_only_text(tmp_path: Path) -> None:
    player = Player()
    run(tmp_path, eyes=True, player=player)
    first = pictures(player.seen[0][1])[0]
    assert len(set(first)) == 2
    for _, messages in player.seen:
        shown = pictures(messages)
        assert shown[0] == first
        assert not any(shown[1:])
        assert all(url.startswith("data:image/") for url in first)
        assert messages[0].content[-1]["type"] == "text"  # type: ignore[index]


@pytest.mark.parametrize("mode", ["basic", "cot", "tree"])
def test_without_regions_the_picture_is_shown_alone_and_nothing_is_told_of_it(tmp_path: Path, mode: str) -> None:
    player = Player()
    run(tmp_path, f"gat.mode={mode}", eyes=True, player=player)
    for _, messages in player.seen:
        assert [len(found) for found in pictures(messages)] == [1, *[0] * (len(messages) - 1)]
        assert str(messages[0].text).startswith("You see a picture.\n\n")
        assert "saturation" not in "".join(str(message.text) for message in messages)


@pytest.mark.parametrize("mode", ["basic", "cot", "tree", "scaffold", "gat", "random"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_facts_only_sends_no_picture_and_begins_with_what_was_measured(
    tmp_path: Path, mode: str, language: str
) -> None:
    player = Player(person="没有", valence=lambda messages: "pleasant" if language == "en" else "有点愉快")
    player.answers |= _chinese() if language == "zh" else {}
    output = run(tmp_path, f"gat.mode={mode}", player=player, language=language)
    begins = {"en": "There is a picture that you cannot see.", "zh": "有一幅你看不到的图片。"}[language]
    assert output.perception == "facts-only"
    for _, messages in player.seen:
        assert not any(pictures(messages)[0])
        assert messages[0].text.startswith(begins)
        regions = mode in ("scaffold", "gat", "random")
        assert ("r2" in messages[0].text) == regions  # ids are not told where there are no regions
    assert "scan" not in player.names()
    assert all(item.measured for item in output.observations)


def test_the_message_list_begins_with_the_opening_and_only_grows(tmp_path: Path) -> None:
    for mode in ("gat", "tree", "cot", "basic", "random"):
        seen: list[list[Message]] = []
        graph = graph_of(Player(), tmp_path, f"gat.mode={mode}", eyes=True)
        for event in graph.events({"image": str(picture(tmp_path))}):
            if isinstance(event, NodeFinished) and event.values.get("messages"):
                seen.append([Message.model_validate(message) for message in event.values["messages"]])
        assert seen[0][0].content.startswith("You see a picture")
        for before, after in pairwise(seen):
            # A question joins the user's turn that it follows.
            assert after[: len(before) - 1] == before[:-1]
            assert after[len(before) - 1].content.startswith(before[-1].content)
            assert len(after) > len(before)


class Both:
    """Two backends, of which one sees."""

    def __init__(self, blind: str) -> None:
        self.blind, self.seeing = Player(), Player()
        backends = {
            name: ScriptedBackend(label="seeing", replies=self.seeing, abilities=EYES)
            for name in ("perceive", "reason", "write", "judge")
        }
        backends[blind] = ScriptedBackend(label="blind", replies=self.blind)
        self.backends = backends


def test_a_role_without_eyes_reads_what_was_measured_in_place_of_the_pictures(tmp_path: Path) -> None:
    both = Both("judge")
    models = Models(**both.backends, media=MediaOptions(roots=[tmp_path]))  # type: ignore[arg-type]
    state = RECIPE.build(models, GatOptions(), ()).compile().invoke({"image": str(picture(tmp_path))})
    assert state["perception"] == "image"
    assert both.blind.names() == ["verdict"] * 3
    for _, messages in both.blind.seen:
        assert not any(pictures(messages))
        assert messages[0].text.startswith("There is a picture that you cannot see.")
        assert messages[0].text.endswith("no word of emotion or mood.")  # the question that followed is still there
        assert messages[1].text.startswith("r1: a red wall")
    assert all(len(pictures(messages)[0]) == 2 for _, messages in both.seeing.seen)


def test_the_critics_findings_are_told_before_the_last_questions(tmp_path: Path) -> None:
    player = Player()
    run(tmp_path, player=player)
    said = [str(messages[-1].text) for name, messages in player.seen if name == "evoked"]
    assert said == [
        "A critic checked the hypotheses:\nh1: r1: the wall is plain\nh2: no visual fact contradicts it\n"
        "h3: r4: the door is open\n\nWhat does a viewer of this picture feel?"
    ]


# --- the control -----------------------------------------------------------------------------------------------------


def test_in_the_control_what_was_seen_is_told_under_the_id_of_another_region(tmp_path: Path) -> None:
    player = Player()
    output = run(tmp_path, "gat.mode=random", eyes=True, player=player)
    assert sorted(output.exchanged) == sorted(output.exchanged.values()) == list(IDS)
    assert all(name != other for name, other in output.exchanged.items())
    assert {item.region: item.contents for item in output.observations} == {
        name: SCAN[other] for name, other in output.exchanged.items()
    }
    assert output.scaffold == run(tmp_path, eyes=True).scaffold  # the regions themselves stay true
    assert output.trace[0].decided["exchanged"] == output.exchanged
    told = {name: str(messages[0].text) for name, messages in player.seen}
    line = next(line for line in told["hypotheses"].splitlines() if line.startswith("r1:"))
    assert line.startswith("r1: centre, 57% of the image;")
    assert output.scaffold.region(output.exchanged["r1"]).facts.colour_hex in line
    # The scan itself looks at the regions as they are.
    assert "r1: centre, 57% of the image; mean colour red" in told["scan"]


def test_in_the_control_facts_only_tells_one_regions_measures_at_the_place_of_another(tmp_path: Path) -> None:
    plain, control = run(tmp_path), run(tmp_path, "gat.mode=random")
    for item, true in zip(control.observations, plain.observations, strict=True):
        place, _, measures = item.contents.partition("; ")
        assert place == true.contents.partition("; ")[0]
        other = control.scaffold.region(control.exchanged[item.region]).facts.colour_hex
        assert other in measures
    assert run(tmp_path, "gat.mode=random").exchanged == control.exchanged


def test_a_picture_of_one_region_has_nothing_to_exchange(tmp_path: Path) -> None:
    output = run(tmp_path, "gat.mode=random", "gat.regions=1", player=Player(hypotheses=lambda m: _one_region(3)))
    assert output.exchanged == {}


def _one_region(count: int) -> Any:
    return {
        "hypotheses": [
            {"emotion": e, "intensity": "low", "regions": ["r1"], "reason": "its red"}
            for e in ("awe", "fear", "anger")[:count]
        ]
    }


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
        return next(answer for emotion, answer in found.items() if f"feels {emotion}," in said)

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
    output = run(
        tmp_path, "gat.answer_tokens=4000", eyes=True, player=Player(generate=answer), task="EGCG", target="awe"
    )
    assert (output.writing.words, output.writing.problems) == (count, problems)


def test_chinese_writing_counts_characters_and_has_no_spaces(tmp_path: Path) -> None:
    sentences = [{"text": "红色的墙很宽，" + "远" * 20 + "。", "regions": ["r1"]}] + [
        {"text": f"{colour}很静，" + "远" * 20 + "。", "regions": [name]}
        for name, colour in (("r2", "绿色"), ("r3", "蓝色"))
    ]
    player = Player(**_chinese(), generate={"sentences": sentences})
    output = run(tmp_path, player=player, task="EGCG", target="awe", language="zh")
    assert (output.writing.words, output.writing.problems) == (74, [])
    assert "。绿色" in output.writing.text
    assert "请以敬畏的情绪" in str(player.seen[-1][1][-1].text)


# --- Chinese ---------------------------------------------------------------------------------------------------------


def _chinese() -> dict[str, Any]:
    words = (("敬畏", "高"), ("满足", "低"), ("恐惧", "中"))
    return {
        "scan": {"r1": "红色的墙", "r2": "绿色的田野", "r3": "蓝色的水", "r4": "黄色的门"},
        "hypotheses": {
            "hypotheses": [{"emotion": e, "intensity": i, "regions": ["r1"], "reason": "颜色鲜艳"} for e, i in words]
        },
        "verdict": verdict(0.5),
        "evoked": "满足",
        "intensity": "低",
        "valence": "有点愉快",
        "person": "没有",
    }


def test_chinese_prompts_hold_chinese_words_and_the_output_holds_the_keys(tmp_path: Path) -> None:
    player = Player(**_chinese())
    output = run(tmp_path, eyes=True, player=player, language="zh")
    assert [(item.emotion, item.intensity) for item in output.hypotheses] == [
        ("awe", "high"),
        ("contentment", "low"),
        ("fear", "medium"),
    ]
    assert output.conclusion.emotions.top == "contentment"
    assert output.conclusion.valence == 7.0
    said = "".join(str(message.text) for message in player.seen[-1][1])
    assert "h1: 敬畏, 高 (r1): 颜色鲜艳" in said
    assert "awe" not in said
    verdicts = [str(messages[-1].text) for name, messages in player.seen if name == "verdict"]
    assert any("观看者感到敬畏，强度为高" in question for question in verdicts)
    assert all(entry.prompts == [] or all(name.endswith(".zh") for name in entry.prompts) for entry in output.trace)


# --- input, trace, sessions ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"task": "EGCG"}, "give one as `target`"),
        ({"task": "EGCG", "target": " "}, "the target emotion is empty"),
        ({"labels": ["joy"]}, "2 to 64 different labels"),
        ({"labels": ["joy", "joy "]}, "2 to 64 different labels"),
        ({"labels": ["joy", "fear\nof"]}, "not on one line"),
        ({"task": "XX"}, "task: "),
    ],
)
def test_an_unusable_input_is_refused_in_one_sentence(tmp_path: Path, given: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as refused:
        run(tmp_path, **given)
    assert said in str(refused.value)


def test_own_labels_are_a_label_space(tmp_path: Path) -> None:
    labels = ["awe", "contentment", "fear", "nostalgia"]
    assert list(run(tmp_path, labels=labels).conclusion.emotions.probabilities) == labels


def test_a_picture_outside_the_allowed_folders_is_refused_with_its_sentence(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    with pytest.raises(MediaError, match=r"lies outside the folders that media may be read from .* `media\.roots`"):
        graph_of(Player(), inside).invoke({"image": str(picture(tmp_path))})
    with pytest.raises(MediaError, match="no URL is fetched"):
        graph_of(Player(), inside).invoke({"image": "https://example.org/a.png"})


def test_the_trace_holds_no_text_and_counts_every_branch(tmp_path: Path) -> None:
    graph = graph_of(Player(), tmp_path, eyes=True)
    for given in ({}, {"task": "ER"}):
        output = graph.invoke({"image": str(picture(tmp_path)), **given})
        trace = json.dumps([entry.model_dump(mode="json") for entry in output.trace])
        for words in ("wall", "is plain", "water", "its colours", "stands", "data:", "four.png"):
            assert words not in trace
    output = graph.invoke({"image": str(picture(tmp_path))})
    calls = {entry.node: entry.usage.calls for entry in output.trace}
    assert calls == {"look": 0, "scan": 1, "hypothesize": 1, "verify": 3, "conclude": 4}
    assert output.trace[3].usage.tokens_in > 0


class Watched(ScriptedBackend):
    """Counts how many requests are under way at a time, and holds each one until another has come or cannot."""

    config: Any = None
    most: Any = None

    def _reply(self, messages: list[BaseMessage]) -> Reply:
        if "You are the critic" not in str(messages[-1].text):
            return super()._reply(messages)
        with self.most["lock"]:
            self.most["now"] += 1
            self.most["most"] = max(self.most["most"], self.most["now"])
            self.most["thread"].append(str(messages[-1].text).partition("feels ")[2].partition(",")[0])
        self.most["gate"].wait(timeout=self.most["patience"])
        with self.most["lock"]:
            self.most["now"] -= 1
        return super()._reply(messages)


def _watched(folder: Path, config: Any, gate: Any, patience: float) -> tuple[dict[str, Any], Any]:
    most = {"now": 0, "most": 0, "lock": threading.Lock(), "gate": gate, "patience": patience, "thread": []}
    backend = Watched(replies=Player(), config=config, most=most)
    settings = load_settings(environment={}, overrides=[f'media.roots=["{folder}"]']).settings
    return most, load("gat", model=backend, settings=settings).invoke({"image": str(picture(folder))})


def test_branches_are_judged_side_by_side_where_the_engine_shares_their_trunk(tmp_path: Path) -> None:
    most, output = _watched(tmp_path, None, threading.Barrier(3), 30.0)  # passes when three have come
    assert most["most"] == 3
    assert [item.hypothesis for item in output.verdicts] == ["h1", "h2", "h3"]


def test_branches_are_judged_in_turn_on_the_embedded_engine_whatever_its_slots(tmp_path: Path) -> None:
    gate = threading.Event()
    gate.set()
    most, _ = _watched(tmp_path, EmbeddedConfig(slots=4), gate, 0.0)
    assert most["most"] == 1
    assert most["thread"] == ["awe", "contentment", "fear"]


def test_the_same_picture_gives_the_same_result(tmp_path: Path) -> None:
    def plain(output: Any) -> Any:
        return output.model_dump(mode="json", exclude={"trace": {"__all__": {"milliseconds", "usage"}}})

    assert plain(run(tmp_path, eyes=True)) == plain(run(tmp_path, eyes=True))


def test_a_run_that_broke_off_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    broken = Player(verdict=_fails)
    config = {"configurable": {"thread_id": "one"}}
    with open_sessions(tmp_path / "sessions.sqlite") as saver:
        graph = graph_of(broken, tmp_path, eyes=True, checkpointer=saver)
        with pytest.raises(BackendError, match="gone"):
            graph.invoke({"image": str(picture(tmp_path))}, config)  # type: ignore[arg-type]
        whole = graph_of(Player(), tmp_path, eyes=True, checkpointer=saver)
        assert whole.pending("one")
        state = whole.state("one")
        json.dumps(whole.compiled.get_state(config).values)  # type: ignore[arg-type]  # primitives only
        assert (state.image.width, state.image.height, state.scaffold.ids) == (96, 64, IDS)
        output = list(whole.events(None, config))[-1].output  # type: ignore[arg-type,union-attr]
        assert nodes(output) == ["look", "scan", *TREE, "conclude"]
        assert output.conclusion.label == "contentment"


def _fails(messages: list[BaseMessage]) -> Reply:
    raise BackendError("the engine is gone")


@pytest.mark.parametrize(
    ("change", "said"), [({"path": "/etc/hostname"}, "lies outside"), ({"sha256": "0" * 64}, "has changed")]
)
def test_a_checkpoint_whose_reference_was_changed_is_refused(tmp_path: Path, change: dict[str, str], said: str) -> None:
    config: Any = {"configurable": {"thread_id": "one"}}
    with open_sessions(tmp_path / "sessions.sqlite") as saver:
        graph = graph_of(Player(verdict=_fails), tmp_path, eyes=True, checkpointer=saver)
        with pytest.raises(BackendError, match="gone"):
            graph.invoke({"image": str(picture(tmp_path))}, config)
        ref = graph.state("one").image.model_dump(mode="json")
        graph.compiled.update_state(config, {"image": {**ref, **change}}, as_node="hypothesize")
        with pytest.raises(MediaError, match=said):
            list(graph_of(Player(), tmp_path, eyes=True, checkpointer=saver).events(None, config))


def test_a_second_picture_in_a_session_begins_anew(tmp_path: Path) -> None:
    config: Any = {"configurable": {"thread_id": "one"}}
    first, second = picture(tmp_path), picture(tmp_path, "wide.png", (128, 64))
    with open_sessions(tmp_path / "sessions.sqlite") as saver:
        graph_of(Player(), tmp_path, checkpointer=saver).invoke({"image": str(first)}, config)
        player = Player()
        basic = graph_of(player, tmp_path, "gat.mode=basic", checkpointer=saver)
        output = basic.invoke({"image": str(second)}, config)
        assert (output.hypotheses, output.verdicts, output.observations) == ([], [], [])
        assert output.image.path.endswith("wide.png")
        assert nodes(output) == ["look", "conclude"]
        assert all(len(messages) == 1 for _, messages in player.seen)


def test_the_embedded_model_judges_a_photograph_from_its_facts(embedded: EmbeddedBackend) -> None:
    settings = load_settings(environment={}, overrides=[f'media.roots=["{IMAGES}"]', "gat.mode=basic"]).settings
    output = load("gat", model=embedded, settings=settings).invoke({"image": str(IMAGES / "cat.jpg")})
    assert nodes(output) == ["look", "conclude"]
    assert output.perception == "facts-only"
    assert tuple(output.conclusion.emotions.probabilities) == SPACES["mikels8"]
    assert output.conclusion.emotions.calibration == "prior-corrected"
    assert output.conclusion.label == output.conclusion.emotions.top
    assert output.notice is not None
