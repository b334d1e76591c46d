"""What a judge says of the replies of `counsel`, with the single prompt `empathy_single` as baseline.

EPITOME and CounselBench by `evals.judging`. A number is only given where the judge is another model than the one under
test, and neither the small embedded model nor a script; otherwise it is said why there is none. And no judge certifies
safety (CounselBench): a flag that is not raised says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from langchain_core.messages import BaseMessage

from affectgraph.backends.base import Backend
from affectgraph.backends.errors import BackendError
from affectgraph.backends.scripted import Reply
from affectgraph.evals.counsel.stage import Actor
from affectgraph.evals.datasets import Dataset, counselling, edos
from affectgraph.evals.judging import RUBRICS, judge
from affectgraph.graphs.running import Graph

__all__ = ["GRAPHS", "RATED", "SETS", "judged", "no_score", "scripted_judge", "set_of", "shape"]

GRAPHS = ("counsel", "empathy_single")
SETS: tuple[Literal["smile", "cpsycoun", "edos"], ...] = ("smile", "cpsycoun", "edos")
RATED = ("epitome", "counselbench")
# Of film dialogues, turns too short to answer are left out: our choice.
_SHORTEST = 40


def set_of(name: str, data: str | None) -> Dataset:
    """The set whose texts are answered: `smile` and `cpsycoun` in Chinese, `edos` in English.

    Raises:
        ValueError: no such set.
        DataMissing, SchemaError: see the loaders.
    """
    if name == "edos":
        found = edos.load(data)
        items = tuple(item for item in found.items if len(item.fields["text"]) >= _SHORTEST)
        return Dataset(found.name, found.split, found.revision, items, found.labels, found.dropped)
    if name == "smile":
        return counselling.load_smile(data, exchange="middle")
    if name == "cpsycoun":
        return counselling.load_cpsycoun(data, exchange="middle")
    raise ValueError(f"there is no set {name!r} for this task; there are {', '.join(SETS)}")


def no_score(judging: Backend, writing: Backend) -> str | None:
    """Why the judge's numbers are none; None where they may be shown."""
    if judging.identity.startswith("scripted:"):
        return "no score: the judge is a script; only the shape of the answers was checked"
    if judging.identity == writing.identity:
        return "no score: the judge is the model under test"
    if judging.notice:
        return f"no score: {judging.notice}"
    return None


def judged(text: str, language: str, graphs: Mapping[str, Graph[Any]], judging: Backend) -> dict[str, Any]:
    """Graph -> its reply's length and source, and rubric -> what the judge said, None where it gave no valid answer."""
    found: dict[str, Any] = {}
    for name, graph in graphs.items():
        config: Any = {"configurable": {"thread_id": text[:40]}} if graph.compiled.checkpointer else None
        reply = graph.invoke({"text": text}, config).reply
        spoken: dict[str, Any] = {"source": reply.source, "characters": len(reply.text)}
        for rubric in RATED:
            spoken[rubric] = _said(judging, rubric, text, reply.text, language)
        found[name] = spoken
    return found


def _said(judging: Backend, rubric: str, context: str, reply: str, language: str) -> dict[str, int] | None:
    try:
        given = judge(judging, rubric, context=context, reply=reply, language=language)
    except BackendError:
        return None
    return {**given.scores, **{name: int(raised) for name, raised in given.flags.items()}}


def shape(rows: Sequence[Mapping[str, Any]], why: str | None) -> dict[str, float]:
    """What is told of a run: how many answers were valid; and per graph the mean of each dimension, if `why` is None.

    `scored` is 1 where there are means. A judge's means are published with its agreement with people, or not at all.

    Args:
        rows: from `judged`.
        why: see `no_score`.
    """
    told: dict[str, float] = {"scored": float(why is None)}
    for name in rows[0] if rows else ():
        for rubric in RATED:
            answers = [row[name][rubric] for row in rows]
            valid = [answer for answer in answers if answer is not None]
            told[f"{name}.{rubric}.valid"] = len(valid)
            told[f"{name}.{rubric}.n"] = len(answers)
            for key in RUBRICS[rubric].dimensions if why is None else ():
                # A dimension on which the judge abstained is in no mean.
                numbers = [answer[key] for answer in valid if key in answer]
                if numbers:
                    told[f"{name}.{rubric}.{key}"] = sum(numbers) / len(numbers)
    return told


def scripted_judge() -> Actor:
    """A judge that gives the lowest number of every scale and raises no flag: for the shape of a run, never a score."""

    def speak(messages: Sequence[BaseMessage]) -> str:
        return "It is one."

    class Lowest(Actor):
        def _reply(self, messages: list[BaseMessage]) -> Reply:
            told = "\n".join(str(message.text) for message in messages)
            asked = next(RUBRICS[name] for name in RATED if all(key in told for key in RUBRICS[name].dimensions))
            lowest = {key: False if scale.flag else scale.low for key, scale in asked.dimensions.items()}
            return {"rationale": "A script.", **lowest}

    return Lowest(label="judge", speak=speak)
