"""A reply put together from vetted sentences: the chain decides which, and no word of it is a model's.

Each move of the plan (L4) has its sentences in `prompts/counsel/say_*.md`, one a line. The first layer gives the
feeling that is named, the second the person's words that are quoted, the third how the reply ends; which question is
asked, or which step suggested, the model chooses among the lines. What was said in the last replies is not said again.
The lines were read for harm in any context (abuse, loss, mania, a dull matter), since most are said unseen.
"""

from __future__ import annotations

from dataclasses import dataclass

from affectgraph.backends.base import Backend
from affectgraph.backends.errors import BackendError
from affectgraph.graphs.counsel_types import CounselState
from affectgraph.graphs.counsel_words import aim, asked_directly, counsel_prompt, own_words
from affectgraph.graphs.empathy import closed_question
from affectgraph.graphs.empathy_frame import opening
from affectgraph.graphs.options import CounselOptions
from affectgraph.graphs.replying import prompt_language
from affectgraph.graphs.steps import Models
from affectgraph.prompts import Prompt
from affectgraph.tools.emotions import Emotion, taxonomy
from affectgraph.tools.safety import Category
from affectgraph.tools.sentences import ends_like_a_sentence

__all__ = ["Composed", "composed", "composes"]

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
# What the model chooses among the lines, and how many of them, the first, fit any message where it does not.
_CHOSEN = {"explore": 6, "explore_glad": 5, "suggest": 4}
# Feelings that are not named to somebody to whom harm is done: even a guess takes the wrong side.
_TURNED_INWARDS = ("guilt", "shame")


@dataclass(frozen=True)
class Composed:
    """A reply.

    Attributes:
        sentences: in order.
        moves: what they do.
        lines: which of the vetted lines they are, from 0.
        references: the prompt files that were used.
        chosen: the model was asked, and chose.
    """

    sentences: list[str]
    moves: list[str]
    lines: list[int]
    references: tuple[str, ...]
    chosen: bool = False

    def text(self, language: str) -> str:
        """As one text."""
        return ("" if language == "zh" else " ").join(self.sentences)


def composes(models: Models, options: CounselOptions) -> bool:
    """Whether replies are put together here; else the model writes them."""
    # A model that is there for trying is no judge.
    judged = options.judge and not models.judge.notice
    return options.replies == "vetted" or (options.replies == "auto" and not judged)


def composed(state: CounselState, backend: Backend | None, *, quoting: bool = True, asking: bool = True) -> Composed:
    """The reply to a turn whose layers have run, as far as they did.

    Args:
        state: of the turn.
        backend: chooses the question or the step; without one, or where it fails, they come in turn.
        quoting: say words of the person's own back to them.
        asking: it may hold a question.
    """
    moves = [move for move in _moves(state, asking=asking) if quoting or move != "take_up"]
    sources = [counsel_prompt(f"say_{move}", state) for move in moves]
    said, chosen = [], False
    for move, source in zip(moves, sources, strict=True):
        ranked = _ranked(source, state, backend) if move in _CHOSEN else None
        chosen = chosen or ranked is not None
        said.append(_unsaid(ranked or _in_turn(source, state, _CHOSEN.get(move)), state))
    asked = [counsel_prompt("say_next", state)] if chosen else []
    return Composed(
        sentences=[_filled(line, state) for line in said],
        moves=moves,
        lines=[source.body.splitlines().index(line) for source, line in zip(sources, said, strict=True)],
        references=tuple(source.reference for source in (*sources, *asked)),
        chosen=chosen,
    )


def _moves(state: CounselState, *, asking: bool) -> list[str]:
    if state.depth == "short" or not state.text:
        return ["brief"]
    if asked_directly(state):
        # The question about safety is not buried under others, nor under comfort.
        return ["respect", "first"]
    quote = ["take_up"] if own_words(state) else []
    ends = asking and not state.opened  # what was asked before the chain is question enough
    feeling, wanted = _feeling(state), aim(state)
    # Sudden relief after danger is no good news.
    if feeling is not None and feeling.valence > 0 and state.posture == "clear":
        return [*quote, "glad", "explore_glad" if ends and wanted != "validation" else "invite"]
    taken = _taken_up(state, feeling)[: _MOST[wanted]]
    last = {"advice": "suggest", "understanding": "explore" if ends else "invite"}.get(wanted)
    if last is None and len(taken) < _MOST["validation"]:
        last = "support" if "support" not in taken else "invite"
    return [*quote, *taken, *([last] if last else [])]


def _taken_up(state: CounselState, feeling: Emotion | None) -> list[str]:
    """The moves of the plan that take up what was said, or the usual ones of the aim; each once."""
    planned: list[str] = [item.move for item in state.strategy.moves] if state.strategy else []
    found = [move for move in planned if move in _TAKING_UP] or list(_USUAL[aim(state)])
    if feeling is None or feeling.valence > 0:
        found = ["understand" if move == "name" else move for move in found]
    if not _weighs(state):
        # A dull message is not told that it is hard.
        found = ["support" if move == "understand" else move for move in found]
    return list(dict.fromkeys(found))


def _feeling(state: CounselState) -> Emotion | None:
    """The feeling to name; None where there is none, it is not sure, or it would take a wrong side."""
    layer = state.emotions_and_context
    if layer is None or layer.emotions.probabilities[layer.emotions.top] < _SURE:
        return None
    found = next(emotion for emotion in taxonomy(layer.taxonomy).emotions if emotion.name == layer.emotions.top)
    harmed = state.safety is not None and Category.abuse in state.safety.categories
    return None if found.valence == 0 or (harmed and found.name in _TURNED_INWARDS) else found


def _weighs(state: CounselState) -> bool:
    """Whether unpleasant feelings together are likelier than not; where none were read, the text is taken to weigh."""
    layer = state.emotions_and_context
    if layer is None:
        return True
    unpleasant = {emotion.name for emotion in taxonomy(layer.taxonomy).emotions if emotion.valence < 0}
    return sum(share for name, share in layer.emotions.probabilities.items() if name in unpleasant) >= _SURE


def _filled(line: str, state: CounselState) -> str:
    spoken = prompt_language(state.language)
    if "{{quote}}" in line:
        quote = own_words(state)
        stop = "" if ends_like_a_sentence(quote) else "。" if spoken == "zh" else "."
        return line.replace("{{quote}}", f"{quote}{stop}")
    feeling = _feeling(state)
    if feeling is None:
        return line
    return line.replace("{{feeling}}", feeling.zh if spoken == "zh" else feeling.name)


def _in_turn(source: Prompt, state: CounselState, most: int | None) -> list[str]:
    lines = source.body.splitlines()[:most]
    turn = len(state.history)
    return [lines[(turn + offset) % len(lines)] for offset in range(len(lines))]


def _ranked(source: Prompt, state: CounselState, backend: Backend | None) -> list[str] | None:
    """The lines in the order in which the model would say them; None where it cannot tell."""
    if backend is None:
        return None
    lines = source.body.splitlines()
    messages = state.messages or opening(state, state.kept, [])
    try:
        found, _ = closed_question(state, backend, messages, counsel_prompt("say_next", state), lines, lines)
    except BackendError:
        return None
    return sorted(lines, key=lambda line: -found.probabilities[line])


def _unsaid(lines: list[str], state: CounselState) -> str:
    """The first line that was not said in as many replies as there are other lines; else the first."""
    earlier = "\n".join(turn.reply for turn in state.history[-(len(lines) - 1) :])
    # The longest piece around what is filled in tells whether a line was said.
    for line in lines:
        pieces = line.replace("{{feeling}}", "{{quote}}").split("{{quote}}")
        if max(pieces, key=len).strip(' "“”') not in earlier:
            return line
    return lines[0]
