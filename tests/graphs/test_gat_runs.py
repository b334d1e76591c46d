"""Runs of `gat`: what goes in, what the trace holds, branches side by side or in turn, sessions."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import BaseMessage
from pydantic import Field

from affectgraph.backends.config import EmbeddedConfig
from affectgraph.backends.errors import BackendError, InputError
from affectgraph.backends.media import MediaError
from affectgraph.backends.scripted import Reply, ScriptedBackend
from affectgraph.graphs import load, load_settings
from affectgraph.graphs.checkpoints import open_sessions
from tests.graphs.gat_play import IDS, Player, graph_of, nodes, picture, run

TREE = ["hypothesize", "verify"]


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
    """Holds every verdict until another one is asked for, or for a moment where none comes."""

    config: Any = None
    gate: Any = None
    asked: list[str] = Field(default_factory=list)

    def _reply(self, messages: list[BaseMessage]) -> Reply:
        said = str(messages[-1].text)
        if "You are the critic" in said:
            self.asked.append(said.partition("feels ")[2].partition(",")[0])
            with suppress(threading.BrokenBarrierError):
                self.gate.wait()
                self.asked.append("together")
        return super()._reply(messages)


def _watched(folder: Path, config: Any, gate: threading.Barrier) -> tuple[list[str], Any]:
    backend = Watched(replies=Player(), config=config, gate=gate)
    settings = load_settings(environment={}, overrides=[f'media.roots=["{folder}"]']).settings
    output = load("gat", model=backend, settings=settings).invoke({"image": str(picture(folder))})
    return backend.asked, output


def test_branches_are_judged_side_by_side_where_the_engine_shares_their_trunk(tmp_path: Path) -> None:
    asked, output = _watched(tmp_path, None, threading.Barrier(3, timeout=30.0))  # opens when three have come
    assert asked.count("together") == 3
    assert [item.hypothesis for item in output.verdicts] == ["h1", "h2", "h3"]


def test_branches_are_judged_in_turn_on_the_embedded_engine_whatever_its_slots(tmp_path: Path) -> None:
    # A barrier that nobody else reaches in time stays broken: the later ones are not held.
    asked, _ = _watched(tmp_path, EmbeddedConfig(slots=4), threading.Barrier(2, timeout=0.5))
    assert asked == ["awe", "contentment", "fear"]


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
