"""A reply put together from vetted sentences: the chain decides what is said, and no word of it is a model's.

Each move of the plan (L4) has its sentences in `prompts/counsel/say_*.md`, one a line. The first layer gives the
feeling that is named, the second the person's words that are quoted, the third how the reply ends; which question is
asked, or which step suggested, the model chooses among the lines. What was said in the last replies is not said again.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from affectgraph.backends.base import Backend
from affectgraph.backends.errors import BackendError
from affectgraph.graphs.counsel_types import CounselState
from affectgraph.graphs.counsel_words import aim, counsel_prompt, own_words
from affectgraph.graphs.empathy import closed_question
from affectgraph.graphs.empathy_frame import opening
from affectgraph.graphs.replying import prompt_language
from affectgraph.prompts import Prompt
from affectgraph.tools.emotions import Emotion, taxonomy

__all__ = ["Composed", "composed"]

# From this share of the first layer on a feeling is named: our choice, more likely than all others together.
_SURE = 0.5
# Moves that take up what was said; `explore` and `suggest` end a reply.
_TAKING_UP = ("name", "understand", "respect", "support")
_USUAL = {
    "validation": ("name", "support"),
    "understanding": ("name",),
    "advice": ("understand",),
}
# A person who wants to be heard is asked nothing and told nothing to do.
_MOST = {"validation": 2, "understanding": 1, "advice": 1}
_CHOSEN = ("explore", "explore_glad", "suggest")


@dataclass(frozen=True)
class Composed:
    """Sentences in order, what they do, and the prompt files that they come from."""

    sentences: list[str]
    moves: list[str]
    references: tuple[str, ...]

    def text(self, language: str) -> str:
        """As one text."""
        return ("" if language == "zh" else " ").join(self.sentences)


def composed(state: CounselState, backend: Backend | None, *, quoting: bool = True) -> Composed:
    """The reply to a turn whose layers have run, as far as they did.

    Args:
        state: of the turn.
        backend: chooses the question or the step; without one, or where it fails, they come in turn.
        quoting: say words of the person's own back to them.
    """
    sentences, references = [], []
    moves = [move for move in _moves(state) if quoting or move != "take_up"]
    for move in moves:
        source = counsel_prompt(f"say_{move}", state)
        line = _chosen(source, state, backend) if move in _CHOSEN and backend is not None else _next(source, state)
        sentences.append(_filled(line, state))
        references.append(source.reference)
    return Composed(sentences, moves, tuple(references))


def _moves(state: CounselState) -> list[str]:
    if state.depth == "short" or not state.text:
        return ["brief"]
    ends = not state.opened  # what was asked before the chain is question enough
    quote = ["take_up"] if own_words(state) else []
    feeling = _feeling(state)
    if feeling is not None and feeling.valence > 0:
        return [*quote, "glad", "explore_glad" if ends and aim(state) != "validation" else "invite"]
    planned: list[str] = [item.move for item in state.strategy.moves] if state.strategy else []
    soft = [move for move in planned if move in _TAKING_UP] or list(_USUAL[aim(state)])
    if feeling is None:
        soft = ["understand" if move == "name" else move for move in soft]
    taken: list[str] = list(dict.fromkeys(soft))[: _MOST[aim(state)]]
    last = {"advice": "suggest", "understanding": "explore" if ends else "invite"}.get(aim(state))
    if last is None and len(taken) < _MOST["validation"]:
        last = "support" if "support" not in taken else "invite"
    return [*quote, *taken, *([last] if last else [])]


def _feeling(state: CounselState) -> Emotion | None:
    """The feeling to name; None where there is none, or it is not sure."""
    layer = state.emotions_and_context
    if layer is None or layer.emotions.probabilities[layer.emotions.top] < _SURE:
        return None
    known = {emotion.name: emotion for emotion in taxonomy(layer.taxonomy).emotions}
    found = known[layer.emotions.top]
    return None if found.valence == 0 else found


def _filled(line: str, state: CounselState) -> str:
    if "{{quote}}" in line:
        return line.replace("{{quote}}", own_words(state))
    feeling = _feeling(state)
    if feeling is None:
        return line
    return line.replace("{{feeling}}", feeling.zh if prompt_language(state.language) == "zh" else feeling.name)


def _next(source: Prompt, state: CounselState) -> str:
    lines = source.body.splitlines()
    turn = len(state.history)
    return _unsaid([lines[(turn + offset) % len(lines)] for offset in range(len(lines))], state)


def _chosen(source: Prompt, state: CounselState, backend: Backend) -> str:
    lines = source.body.splitlines()
    messages = state.messages or opening(state, state.kept, [])
    with suppress(BackendError):
        found, _ = closed_question(state, backend, messages, counsel_prompt("say_next", state), lines, lines)
        return _unsaid(sorted(lines, key=lambda line: -found.probabilities[line]), state)
    return _next(source, state)


def _unsaid(lines: list[str], state: CounselState) -> str:
    """The first line that was not said in as many replies as there are other lines; else the first."""
    earlier = "\n".join(turn.reply for turn in state.history[-(len(lines) - 1) :])
    # The longest piece around what is filled in tells whether a line was said.
    for line in lines:
        pieces = line.replace("{{feeling}}", "{{quote}}").split("{{quote}}")
        if max(pieces, key=len).strip(' "“”') not in earlier:
            return line
    return lines[0]
