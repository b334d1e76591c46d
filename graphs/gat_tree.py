"""The tree of `gat` and `gat_text`: competing hypotheses of emotion and intensity, and a critic for each.

Source: AICA-Bench (arXiv 2604.05900), AffectToT: depth three (the scan before this, hypotheses, grounded verification),
breadth three.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Any

from affectgraph.backends.base import Backend
from affectgraph.backends.config import EmbeddedConfig
from affectgraph.backends.errors import MalformedAnswer
from affectgraph.graphs.gat_answers import hypotheses_schema, hypothesis_ids, verdict_schema
from affectgraph.graphs.gat_ask import INTENSITIES, INTENSITY_WORDS, Asking, asked_after
from affectgraph.graphs.gat_types import Contradiction, Hypothesis, Verdict
from affectgraph.graphs.steps import Message, Step
from affectgraph.tools.tree import kept, pruned

__all__ = [
    "findings",
    "hypotheses_of",
    "hypothesize",
    "intensity_words",
    "most_probable",
    "put_forward",
    "verdict_of",
    "verify",
]


# --- nodes, in execution order ---------------------------------------------------------------------------------------


def hypothesize(asking: Asking[Any]) -> Step:
    """Different hypotheses of emotion and intensity, each citing parts that exist."""
    state, options, backend = asking.state, asking.options, asking.models.reason
    asked = asking.prompt("hypothesize")
    which = asking.prompt(f"which_{asking.part}s").render() if asking.ids else ""
    question = asked.render(count=options.hypotheses, labels=", ".join(asking.words), cited=which)
    told = asking.with_expressions(state.messages)
    messages = asked_after(told, question)
    schema = hypotheses_schema(
        asking.words,
        intensity_words(asking),
        asking.ids,
        options.hypotheses,
        options.answer_tokens,
        part=asking.part,
    )
    fallback = False
    try:
        found = hypotheses_of(asking, asking.fill(backend, messages, schema).hypotheses)
    except MalformedAnswer:
        # A grammar cannot forbid that a weak model says one hypothesis three times.
        found, fallback = most_probable(asking, backend), True
    said = Message(role="assistant", content=put_forward(asking, found))
    return Step(
        {"hypotheses": found, "messages": [*messages, said]},
        {"hypotheses": [[item.emotion, item.intensity, item.regions] for item in found], "from_labels": fallback},
        backend=backend,
        prompts=(*((asking.prompt("expressions").reference,) if told != state.messages else ()), asked.reference),
    )


def verify(asking: Asking[Any]) -> Step:
    """A critic for each hypothesis, on the trunk they share; contradictions quote a part."""
    state, backend = asking.state, asking.models.judge
    judge = partial(_judged, asking, backend)
    with ThreadPoolExecutor(max_workers=_width(backend, len(state.hypotheses))) as pool:
        # Each branch in a copy of the context: its usage is recorded for this node.
        branches = [pool.submit(copy_context().run, judge, item) for item in state.hypotheses]
        verdicts = [branch.result() for branch in branches]
    survivor = kept(state.hypotheses, verdicts)
    verdicts = pruned(verdicts, survivor.id if survivor else None)
    asked = (asking.prompt("verify"), asking.prompt("verified"))
    told = asked[1].render(verdicts=findings(asking, verdicts))
    return Step(
        {"verdicts": verdicts, "messages": asked_after(state.messages, told)},
        {
            "contradictions": {item.hypothesis: len(item.contradictions) for item in verdicts},
            "confidence": {item.hypothesis: item.confidence for item in verdicts},
            "pruned": [item.hypothesis for item in verdicts if item.pruned],
        },
        backend=backend,
        prompts=tuple(item.reference for item in asked),
    )


def _width(backend: Backend, branches: int) -> int:
    """How many branches are asked at a time.

    Each slot of the embedded engine has a prefix cache of its own: side by side every branch reads the trunk again
    (three branches took 13 times one), in turn on the trunk's slot they share it (2.7 to 3.8 times).
    """
    in_turn = isinstance(getattr(backend, "config", None), EmbeddedConfig)
    return 1 if in_turn else max(1, min(branches, backend.concurrency))


def _judged(asking: Asking[Any], backend: Backend, hypothesis: Hypothesis) -> Verdict:
    state, options = asking.state, asking.options
    intensity = dict(zip(INTENSITIES, intensity_words(asking), strict=True))[hypothesis.intensity]
    question = asking.prompt("verify").render(
        emotion=asking.word(hypothesis.emotion),
        intensity=intensity,
        cited=", ".join(hypothesis.regions) or asking.prompt("whole").render(),
        reason=hypothesis.reason,
    )
    schema = verdict_schema(asking.ids, options.answer_tokens, part=asking.part)
    return verdict_of(asking, hypothesis.id, asking.fill(backend, asked_after(state.messages, question), schema))


# --- from answers to values, and back into words ---------------------------------------------------------------------


def intensity_words(asking: Asking[Any]) -> tuple[str, ...]:
    """What the prompts call `INTENSITIES`, in their order."""
    return INTENSITY_WORDS[asking.language]


def hypotheses_of(asking: Asking[Any], answers: Sequence[Any]) -> list[Hypothesis]:
    """The hypotheses of an answer, under keys instead of words."""
    emotions = dict(zip(asking.words, asking.labels, strict=True))
    intensities: dict[str, Any] = dict(zip(intensity_words(asking), INTENSITIES, strict=True))
    return [
        Hypothesis(
            id=name,
            emotion=emotions[item.emotion],
            intensity=intensities[item.intensity],
            regions=list(dict.fromkeys(getattr(item, f"{asking.part}s", ()))),
            reason=item.reason,
        )
        for name, item in zip(hypothesis_ids(len(answers)), answers, strict=True)
    ]


def most_probable(asking: Asking[Any], backend: Backend) -> list[Hypothesis]:
    """In place of an answer that cannot be used: the most probable labels, of the most probable intensity.

    They cite no part, since nothing says on which they rest. Where there are fewer labels than hypotheses, the labels
    follow again with the next intensity.
    """
    labels = asking.choose(backend, asking.state.messages, asking.question, asking.words).renamed(asking.labels)
    strength = asking.choose(backend, asking.state.messages, "intensity", intensity_words(asking))
    intensities: list[Any] = [name for name, _ in strength.renamed(INTENSITIES).ranked()]
    pairs = [(label, intensity) for intensity in intensities for label, _ in labels.ranked()]
    pairs = pairs[: asking.options.hypotheses]
    reason = asking.prompt("no_reason").render()
    return [
        Hypothesis(id=name, emotion=label, intensity=intensity, regions=[], reason=reason)
        for name, (label, intensity) in zip(hypothesis_ids(len(pairs)), pairs, strict=True)
    ]


def verdict_of(asking: Asking[Any], hypothesis: str, answer: Any) -> Verdict:
    """A critic's answer; what it says twice counts once."""
    said = [Contradiction(region=getattr(item, asking.part, None), fact=item.fact) for item in answer.contradictions]
    once = {(item.region, item.fact.casefold()): item for item in reversed(said)}
    return Verdict(hypothesis=hypothesis, contradictions=list(once.values())[::-1], confidence=answer.confidence)


def put_forward(asking: Asking[Any], hypotheses: Sequence[Hypothesis]) -> str:
    """The hypotheses as the model's own turn, one a line."""
    intensities = dict(zip(INTENSITIES, intensity_words(asking), strict=True))
    lines = []
    for item in hypotheses:
        cited = f" ({', '.join(item.regions)})" if item.regions else ""
        lines.append(f"{item.id}: {asking.word(item.emotion)}, {intensities[item.intensity]}{cited}: {item.reason}")
    return "\n".join(lines)


def findings(asking: Asking[Any], verdicts: Sequence[Verdict]) -> str:
    """What the critic found, one hypothesis a line."""
    none = asking.prompt("uncontradicted").render()
    lines = []
    for verdict in verdicts:
        facts = [f"{item.region}: {item.fact}" if item.region else item.fact for item in verdict.contradictions]
        lines.append(f"{verdict.hypothesis}: {'; '.join(facts) or none}")
    return "\n".join(lines)
