"""Replies that the chain puts together from vetted sentences: no word of a model, one question, nothing said again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import pytest

from affectgraph.backends.errors import BackendError
from affectgraph.backends.scoring import Distribution
from affectgraph.backends.scripted import ScriptedBackend
from affectgraph.evals.counsel.stage import Actor, Stage
from affectgraph.evals.measure_replies import read_replies
from affectgraph.graphs import Sentence, load_settings
from affectgraph.graphs.counsel_composed import composed, composes
from affectgraph.graphs.counsel_types import CounselState
from affectgraph.graphs.counsel_words import own_words
from affectgraph.graphs.empathy_types import EmotionsAndContext, Intent, PlannedMove, Strategy, Turn
from affectgraph.graphs.options import CounselOptions
from affectgraph.graphs.steps import Models
from affectgraph.prompts import prompt, prompt_names
from affectgraph.tools.intent import INTENTS
from affectgraph.tools.reply_checks import check
from affectgraph.tools.safety import Assessment, Category, Finding, Watch, screen
from tests.graphs.conftest import GOOD_REPLY, TEXT
from tests.graphs.test_counsel import CALM, Session, decided

VETTED = ("counsel.replies=vetted",)
SAY = sorted({name for name, _ in prompt_names() if name.startswith("counsel/say_")} - {"counsel/say_next"})


def lines(move: str, language: str = "en") -> list[str]:
    return prompt(f"counsel/say_{move}", language).body.splitlines()


def certain(labels: Sequence[str], top: str, share: float) -> Distribution:
    rest = (1.0 - share) / (len(labels) - 1)
    return Distribution(
        probabilities={label: share if label == top else rest for label in labels}, calibration="stated"
    )


def turn(
    text: str = CALM,
    *,
    aim: str = "understanding",
    feeling: str = "sadness",
    share: float = 0.8,
    moves: Sequence[Any] = (),
    **given: Any,
) -> CounselState:
    felt = certain(("sadness", "joy", "neutral"), feeling, share)
    return CounselState(
        text=text,
        written=text,
        emotions_and_context=EmotionsAndContext(
            taxonomy="counselling12",
            emotions=felt,
            intensity=certain(("low", "high"), "low", 0.8),
            situation="At work.",
        ),
        intent=Intent(intent=certain(INTENTS, aim, 0.8)),
        strategy=Strategy(moves=[PlannedMove(move=move, reason="It fits.") for move in moves]) if moves else None,
        **given,
    )


class Noticed(ScriptedBackend):
    """A model that is there for trying."""

    @property
    def notice(self) -> str:
        return "It is there for trying."


class Choosing(ScriptedBackend):
    """Chooses the option that holds `word`, or fails."""

    word: str = ""

    def choose(self, messages: Any, options: Sequence[str], **given: Any) -> Distribution:
        if not self.word:
            raise BackendError("gone")
        return certain(options, next(option for option in options if self.word in option), 0.9)


def test_no_word_of_a_model_reaches_the_person() -> None:
    session = Session(GOOD_REPLY, *VETTED)
    output = session.say(TEXT)
    assert output.reply.source == "composed"
    assert output.chain is not None
    assert not any("Now speak" in str(asked[-1].text) for asked in session.asked)
    assert GOOD_REPLY.split(".")[0] not in output.reply.text
    assert decided(output, "reply")["moves"][0] == "take_up"


def test_it_is_what_a_person_gets_unless_a_judge_reads_or_the_settings_say_otherwise() -> None:
    assert Session(GOOD_REPLY, "counsel.replies=auto").say(TEXT).reply.source == "composed"
    judged = Session(GOOD_REPLY, "counsel.replies=auto", "counsel.judge=true")
    assert judged.say(TEXT).reply.source != "composed"
    assert any("Now speak" in str(asked[-1].text) for asked in judged.asked)
    trying = Models.all(ScriptedBackend(label="packaged"))
    assert not composes(trying, CounselOptions(judge=True))
    assert composes(Models.all(Noticed(label="packaged")), CounselOptions(judge=True))
    assert Session(GOOD_REPLY, "counsel.replies=vetted", "counsel.judge=true").say(TEXT).reply.source == "composed"


def test_it_is_released_by_sentence() -> None:
    session = Session(GOOD_REPLY, *VETTED)
    events = list(session.graph.events({"text": CALM}, session.config))
    assert len([event for event in events if isinstance(event, Sentence)]) >= 2


@pytest.mark.parametrize(
    ("aim", "moves"),
    [
        ("validation", ["take_up", "name", "support"]),
        ("understanding", ["take_up", "name", "explore"]),
        ("advice", ["take_up", "understand", "suggest"]),
    ],
)
def test_the_aim_decides_how_it_ends(aim: str, moves: list[str]) -> None:
    assert composed(turn(aim=aim), None).moves == moves


def test_the_plan_decides_how_what_was_said_is_taken_up() -> None:
    planned = turn(aim="validation", moves=["respect", "understand", "explore"])
    assert composed(planned, None).moves == ["take_up", "respect", "understand"]
    assert composed(turn(aim="validation", moves=["respect"]), None).moves == ["take_up", "respect", "support"]
    assert composed(turn(aim="advice", moves=["explore"]), None).moves[-1] == "suggest"


def test_a_feeling_is_named_where_it_is_sure() -> None:
    assert "sadness" in composed(turn(), None).text("en")
    assert "name" not in composed(turn(share=0.4), None).moves
    assert "name" not in composed(turn(feeling="neutral"), None).moves
    said = composed(turn("我妈妈总是拿我和别人比，我觉得自己永远不够好。", language="zh"), None).text("zh")
    assert "悲伤" in said
    assert " " not in said


def test_a_pleasant_feeling_is_not_answered_with_comfort() -> None:
    assert composed(turn(feeling="joy"), None).moves == ["take_up", "glad", "explore_glad"]
    assert composed(turn(feeling="joy", aim="validation"), None).moves == ["take_up", "glad", "invite"]


def test_relief_after_danger_is_no_good_news() -> None:
    assert "glad" not in composed(turn(feeling="joy", posture="resources"), None).moves


@pytest.mark.parametrize("posture", ["ask", "check_in"])
def test_the_question_about_safety_comes_first(posture: Any) -> None:
    watch = Watch(level=4, clear_turns=1)
    found = composed(turn(opened="Are you safe?", posture=posture, watch=watch, feeling="joy", aim="advice"), None)
    assert found.moves == ["respect", "first"]
    assert "?" not in found.text("en")


def test_no_second_question_follows_what_was_asked_before_the_chain() -> None:
    heard = turn(opened="I could not understand it. Could you write it?", posture="resources")
    assert composed(heard, None).moves == ["take_up", "name", "invite"]
    assert "?" not in composed(heard, None).text("en")


def test_guilt_is_not_named_to_somebody_who_is_harmed() -> None:
    found = Finding(category=Category.abuse, level=1, start=0, end=4, rule="rule")
    harm = Assessment(level=1, categories=[Category.abuse], findings=[found], confidence=1.0, voices={"rules": 1})
    ashamed = EmotionsAndContext(
        taxonomy="counselling12",
        emotions=certain(("shame", "sadness"), "shame", 0.9),
        intensity=certain(("low", "high"), "low", 0.8),
        situation="At home.",
    )
    said = turn().model_copy(update={"emotions_and_context": ashamed})
    assert "shame" in composed(said, None).text("en")
    assert "shame" not in composed(said.model_copy(update={"safety": harm}), None).text("en")


def test_a_dull_message_is_not_told_that_it_is_hard() -> None:
    assert composed(turn(feeling="neutral", share=0.9, aim="advice"), None).moves == ["take_up", "support", "suggest"]
    assert composed(turn(share=0.45, aim="advice"), None).moves[1] == "support"


def test_a_quotation_ends_before_the_next_sentence_begins() -> None:
    assert '"my dog died last night."' in composed(turn("my dog died last night"), None).text("en")
    assert "昨天我被公司开除了。”" in composed(turn("昨天我被公司开除了", language="zh"), None).text("zh")


def test_a_statement_is_quoted_rather_than_a_question() -> None:
    assert '"My dog died last night."' in composed(turn("My dog died last night. What should I do now?"), None).text(
        "en"
    )


@pytest.mark.parametrize(("aim", "move", "most"), [("understanding", "explore", 6), ("advice", "suggest", 4)])
def test_lines_that_are_drawn_unread_fit_anything(aim: str, move: str, most: int) -> None:
    histories = [[Turn(text="a", reply="b")] * number for number in range(20)]
    drawn = {composed(turn(aim=aim, history=history), None).sentences[-1] for history in histories}
    assert drawn == set(lines(move)[:most])


def test_the_model_chooses_the_question_and_where_it_fails_they_come_in_turn() -> None:
    assert composed(turn(), Choosing(word="Is this new")).sentences[-1].startswith("Is this new")
    assert composed(turn(), Choosing()).sentences[-1] == lines("explore")[0]


def test_what_was_said_in_the_last_replies_is_not_said_again() -> None:
    said, history = [], []
    for _ in range(8):
        found = composed(turn(history=list(history)), Choosing(word="Is this new"))
        said.append(found.sentences)
        history.append(Turn(text=CALM, reply=found.text("en")))
    for one, two in pairwise(said):
        assert not set(one) & set(two)
    assert len({sentences[-1] for sentences in said}) == len(said)


def test_the_trace_tells_which_lines_were_said_and_whether_the_model_chose() -> None:
    found = decided(Session(GOOD_REPLY, *VETTED).say(CALM), "reply")
    assert found["moves"] == ["take_up", "name", "explore"]
    assert (found["lines"], found["chosen"]) == ([0, 0, 0], False)
    asked = composed(turn(), Choosing(word="Is this new"))
    assert asked.chosen is True
    assert lines("explore")[asked.lines[-1]].startswith("Is this new")
    assert any("say_next" in name for name in asked.references)


def test_a_greeting_gets_a_short_answer_and_wordless_media_too() -> None:
    assert composed(turn("Hi", depth="short"), None).moves == ["brief"]
    assert composed(turn("", depth="full"), None).moves == ["brief"]


def test_words_that_cannot_be_said_back_are_not_quoted() -> None:
    assert "take_up" not in composed(turn("Well."), None).moves


def test_neither_risk_nor_words_of_a_picture_are_said_back() -> None:
    risk = "I keep thinking about killing myself."
    output = Session(GOOD_REPLY, *VETTED).say(f"{risk} {CALM} {risk}")
    assert output.posture == "ask"
    assert "You wrote" not in output.reply.text
    assert risk not in output.reply.text
    assert own_words(turn(f"{CALM} {risk}")) == CALM
    shown = turn(f"{CALM}\n\nThe sign on the wall says that the shop is closed.").model_copy(update={"written": CALM})
    assert f'"{CALM}"' in composed(shown, None).text("en")
    assert composed(shown.model_copy(update={"written": ""}), None).moves[0] != "take_up"


def test_a_quotation_that_the_rules_reject_is_not_said(monkeypatch: pytest.MonkeyPatch) -> None:
    # Not the person's own words, so that the rules read them as said by the program.
    monkeypatch.setattr("affectgraph.graphs.counsel_composed.own_words", lambda state: 'Hm." It is all your fault. "Hm')
    output = Session(GOOD_REPLY, *VETTED).say(CALM)
    assert output.reply.rejected == ["blame"]
    assert "fault" not in output.reply.text
    assert output.reply.text


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", SAY)
def test_every_vetted_sentence_passes_the_checks_and_asks_at_most_once(
    name: str, language: Literal["en", "zh"]
) -> None:
    text = TEXT if language == "en" else "我妈妈总是拿我和别人比，我觉得自己永远不够好。"
    for line in prompt(name, language).body.splitlines():
        quote = "The deadline was moved again." if language == "en" else "我妈妈总是拿我和别人比"
        said = line.replace("{{quote}}", quote).replace("{{feeling}}", "sadness" if language == "en" else "悲伤")
        assert check(said, source=f"{text} {quote}", language=language, learned=False) == []
        assert screen(line).level == 0
        assert len(re.findall("[?？]", line)) == ("explore" in name)


def test_every_move_has_as_many_sentences_in_both_languages() -> None:
    for name in SAY:
        en, zh = prompt(name, "en"), prompt(name, "zh")
        assert len(en.body.splitlines()) == len(zh.body.splitlines()) == len(set(zh.body.splitlines())) >= 5
        assert en.variables == zh.variables


def test_whatever_the_model_says_in_any_node_none_of_it_is_read() -> None:
    path = Path(__file__).parents[2] / "evals" / "cases" / "adversarial_outputs_2.jsonl"
    made = load_settings(overrides=["counsel.learned=false"], environment={}).settings
    for case in read_replies(path)[::10]:
        said = str(case["output"])
        played = Stage(Actor(speak=lambda _, said=said: said, said=said[:150]), settings=made).say(str(case["person"]))
        assert played.output.reply.source in ("composed", "template")
        assert not [unsafe for unsafe in case["unsafe"] if unsafe in played.output.reply.text], case["id"]
