"""Recipes: what a graph is made of, what can be left out of it, and that the rest goes on."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import BaseMessage

from affectgraph.backends.errors import SettingsError
from affectgraph.backends.media import MediaOptions
from affectgraph.backends.scripted import Reply, ScriptedBackend
from affectgraph.graphs import NAMES, Settings, load, load_settings
from affectgraph.graphs.empathy_types import EmpathyOutput
from affectgraph.graphs.loading import recipe
from affectgraph.graphs.recipes import Cost
from affectgraph.graphs.steps import Models
from affectgraph.prompts import _files, prompt, prompt_names
from tests.graphs import test_gat_text, test_perceive
from tests.graphs.conftest import GOOD_REPLY, TEXT, player
from tests.graphs.gat_play import EYES, Player, picture
from tests.graphs.test_appraise import by_question, persona, plain

Scripted = Callable[..., ScriptedBackend]
LAYERS = ("emotions_and_context", "causes_and_beliefs", "intent", "strategy")
LISTED = "emotions_and_context, causes_and_beliefs, intent, strategy"
DROPPED = [left_out for count in range(5) for left_out in combinations(LAYERS, count)]
SINGLE = f"<empathy_think><L1>guilt</L1></empathy_think><answer>{GOOD_REPLY}</answer>"
CHINESE = "我父亲得了失智症，我每天照顾他。昨天我对他大喊，觉得很内疚。我该怎么办？"
AT_RISK = "I want to kill myself and I have saved up pills."

some_left_out = pytest.mark.parametrize("left_out", DROPPED, ids="+".join)


class Narrow(ScriptedBackend):
    """A scripted model with a small context window."""

    @property
    def context_tokens(self) -> int | None:
        return 3_000


def nodes(output: EmpathyOutput) -> list[str]:
    return [entry.node for entry in output.trace]


# --- leaving layers out ----------------------------------------------------------------------------------------------


@some_left_out
def test_the_rest_of_the_chain_runs_and_answers(scripted: Scripted, left_out: tuple[str, ...]) -> None:
    graph = load("empathy", model=scripted(), without=left_out)
    output = graph.invoke({"text": TEXT})
    rest = [layer for layer in LAYERS if layer not in left_out]
    assert nodes(output) == ["screen", "segment", *rest, "reply"]
    assert set(left_out).isdisjoint(graph.compiled.get_graph().nodes)
    assert output.reply.text == GOOD_REPLY
    assert (output.chain is None) == bool(left_out)
    assert all(output.decided(layer) for layer in rest)


@some_left_out
def test_a_chat_template_that_wants_turns_to_alternate_is_content(left_out: tuple[str, ...]) -> None:
    asked: list[list[BaseMessage]] = []

    def play(messages: list[BaseMessage]) -> Reply:
        asked.append(messages)
        return player()(messages)

    load("empathy", model=ScriptedBackend(replies=play), without=left_out).invoke({"text": TEXT})
    assert asked
    for messages in asked:
        turns = [message.type for message in messages]
        assert turns == ["system", *(("human", "ai") * len(turns))[: len(turns) - 1]]
        assert turns[-1] == "human"
        assert "dementia" in str(messages[1].text)


@some_left_out
def test_a_rejected_reply_is_replaced_by_vetted_words(scripted: Scripted, left_out: tuple[str, ...]) -> None:
    reply = "It is your fault that he is ill."
    output = load("empathy", model=scripted(speak=reply), without=left_out).invoke({"text": TEXT})
    assert output.reply.source == "fallback"
    assert reply not in output.reply.text
    # Only with the causes is there something to quote, and only with the intent a reply that fits it.
    quoted = {"causes_and_beliefs", "intent"}.isdisjoint(left_out)
    assert (output.reply.text == prompt("empathy/fallback_brief", "en").render()) == (not quoted)


@pytest.mark.parametrize(("text", "path"), [("Thank you so much!", "courtesy"), (AT_RISK, "crisis")])
def test_other_paths_do_not_change_when_all_layers_are_left_out(scripted: Scripted, text: str, path: str) -> None:
    whole = load("empathy", model=scripted()).invoke({"text": text})
    left = load("empathy", model=scripted(), without=LAYERS).invoke({"text": text})
    assert nodes(left) == nodes(whole)
    assert nodes(left)[-1] == path
    assert left.reply == whole.reply


@pytest.mark.parametrize("left_out", [(), LAYERS[:1], LAYERS], ids=["none", "the first", "all"])
def test_a_text_beyond_the_context_is_condensed_before_whatever_comes_first(
    scripted: Scripted, left_out: tuple[str, ...]
) -> None:
    text = "\n\n".join(f"On day {number} my brother said that the garden was too wet to dig." for number in range(150))
    output = load("empathy", model=Narrow(replies=scripted().replies), without=left_out).invoke({"text": text})
    rest = [layer for layer in LAYERS if layer not in left_out]
    assert nodes(output) == ["screen", "segment", "condense", *rest, "reply"]
    assert 1 < len(output.condensed) < 150


def test_the_order_and_repetition_of_what_is_left_out_do_not_matter(scripted: Scripted) -> None:
    output = load("empathy", model=scripted(), without=["strategy", "intent", "strategy"]).invoke({"text": TEXT})
    assert nodes(output) == ["screen", "segment", *LAYERS[:2], "reply"]


@pytest.mark.parametrize(
    ("name", "left_out", "optional"),
    [
        ("empathy", ["reply"], LISTED),
        ("empathy", ["intent", "screen"], LISTED),
        ("empathy", ["crisis"], LISTED),
        ("empathy", ["intents"], LISTED),
        ("empathy_single", ["intent"], "nothing"),
        ("reading", ["read"], "nothing"),
    ],
)
def test_what_is_needed_or_unknown_cannot_be_left_out(name: str, left_out: list[str], optional: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(name, model=ScriptedBackend(), without=left_out)
    said = f"graph {name!r} cannot run without {left_out[-1]!r}; what can be left out: {optional}"
    assert str(caught.value) == said


# --- recipes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_fits_its_graph(name: str) -> None:
    made = recipe(name)
    assert made.name == name
    graph = load(name, model=ScriptedBackend()).compiled.get_graph()
    order = [node for node in graph.nodes if node in made.optional]
    assert tuple(order) == made.optional
    assert made.section in Settings.model_fields
    assert made.roles
    assert set(made.roles) <= set(Models.__dataclass_fields__)


def test_the_layers_of_empathy_can_be_left_out() -> None:
    assert recipe("empathy").optional == LAYERS


def test_an_unknown_graph_is_answered_with_the_known_ones() -> None:
    with pytest.raises(SettingsError, match="there is no graph 'empaty'; there are: empathy, empathy_single, reading"):
        recipe("empaty")


# Inputs that together take every path of a graph: (settings, what the model says, input).
def paths() -> Iterator[tuple[str, str, tuple[str, ...], Callable[[list[BaseMessage]], Reply], dict[str, Any]]]:
    bad = player(speak="It is your fault.", **{"Answer them": "It is your fault."})
    long = {"text": "\n\n".join(f"On day {number} the garden was too wet to dig, he said." for number in range(200))}
    for reply in (player(), bad, player(speak="It is your fault.", seek="advice")):
        yield "empathy", "full", (), reply, {"text": TEXT}
    yield "empathy", "resources beside", (), player(), {"text": f"{TEXT}\n\nI can't go on like this."}
    yield "empathy", "too long", (), player(), long
    yield "empathy", "courtesy", (), bad, {"text": "Thank you so much!"}
    yield "empathy", "crisis", (), player(), {"text": AT_RISK}
    yield "empathy", "crisis in Chinese", (), player(), {"text": "我不想活了，遗书已经写好了。"}
    for said in (SINGLE, "<answer>It is your fault."):
        yield "empathy_single", "full", (), lambda _, said=said: said, {"text": TEXT}
    yield "empathy_single", "Chinese", (), lambda _: "<answer>这一定很难。</answer>", {"text": CHINESE}
    for text in (TEXT, CHINESE):
        asked = {"text": text, "questions": ["emotion"], "labels": ["grief", "awe"]}
        for method in ("choose", "prompt"):
            yield "reading", method, (f"reading.method={method}",), lambda _: "awe", asked


@pytest.fixture
def only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[tuple[str, ...]], None]]:
    """Leaves only some folders of prompts where prompts are read."""
    ours = _files._FOLDER

    def leave(folders: tuple[str, ...]) -> None:
        for folder in folders:
            shutil.copytree(ours / folder, tmp_path / "prompts" / folder)
        monkeypatch.setattr(_files, "_FOLDER", tmp_path / "prompts")

    prompt.cache_clear()
    yield leave
    prompt.cache_clear()


@pytest.mark.parametrize(
    ("name", "path", "overrides", "reply", "given"),
    list(paths()),
    ids=lambda value: value if type(value) is str else "",
)
def test_a_run_reads_no_prompt_outside_the_folders_of_its_recipe(
    only: Callable[[tuple[str, ...]], None],
    name: str,
    path: str,
    overrides: tuple[str, ...],
    reply: Callable[[list[BaseMessage]], Reply],
    given: dict[str, Any],
) -> None:
    folders = recipe(name).prompts
    only(folders)
    settings = load_settings(overrides=overrides, environment={}).settings
    output = load(name, model=Narrow(replies=reply), settings=settings).invoke(given)
    cited = [reference for entry in output.trace for reference in entry.prompts]
    assert cited
    known = {
        f"{prompt_name}@{prompt(prompt_name, language).version}.{language}" for prompt_name, language in prompt_names()
    }
    assert set(cited) <= known
    assert {reference.split("/")[0] for reference in cited} <= set(folders)


GIVEN: dict[str, dict[str, Any]] = {
    "counsel": {"text": TEXT},
    "empathy": {"text": TEXT},
    "empathy_single": {"text": TEXT},
    "gat_text": {"text": test_gat_text.TEXT},
    "perceive": {"text": "I am so happy."},
    "reading": {"text": TEXT, "questions": ["emotion", "speaker_emotion"], "labels": ["awe", "grief"]},
    "appraise": {"text": "My manager praised my colleague.", "persona": persona(openness=0.9, neuroticism=0.2)},
}
PLAYED: dict[str, Any] = {
    "counsel": player(),
    "empathy": player(),
    "empathy_single": [SINGLE],
    "reading": ["awe", "grief"],
    "appraise": by_question(plain),
    "gat": Player(),
    "gat_single": Player(),
    "gat_text": test_gat_text.Player(),
    "perceive": test_perceive.cheerful,
}


@pytest.mark.parametrize("name", NAMES)
def test_a_graph_asks_only_the_roles_of_its_recipe_and_as_often_as_it_says(name: str, tmp_path: Path) -> None:
    made = recipe(name)
    looks = name in ("gat", "gat_single")
    given = {"image": str(picture(tmp_path))} if looks else GIVEN[name]
    silent = ScriptedBackend(label="silent", replies=())  # any request would be an error
    asked = ScriptedBackend(label="asked", replies=PLAYED[name], **({"abilities": EYES} if looks else {}))
    roles: dict[str, Any] = {
        role: asked if role in made.roles else silent for role in ("perceive", "reason", "write", "judge")
    }
    settings = load_settings(environment={}).settings
    models = Models(**roles, media=MediaOptions(roots=[tmp_path]))
    compiled = made.build(models, getattr(settings, made.section), ()).compile()
    state = made.state_type.model_validate(compiled.invoke(given))
    trace = state.trace  # type: ignore[attr-defined]
    assert {entry.backend for entry in trace} - {None} == {"asked"}
    assert sum(entry.usage.calls for entry in trace) == made.cost(given).calls


@pytest.mark.parametrize("grows", [True, False])
def test_the_tokens_of_a_run_are_those_of_its_requests(grows: bool) -> None:
    cost = Cost(calls=4, instructions=30, answer=7, grows=grows)
    read = sum(100 + 30 + (7 * number if grows else 0) for number in range(4))
    assert cost.tokens(100) == (read, 28)
