"""The words of `counsel`: what its models are told, and the vetted texts that it says itself."""

from __future__ import annotations

from functools import cache
from typing import Literal

from affectgraph.graphs.counsel_types import WISHES, CounselState
from affectgraph.graphs.replying import prompt_language
from affectgraph.graphs.steps import Message
from affectgraph.prompts import Prompt, prompt
from affectgraph.tools.intent import Intent
from affectgraph.tools.safety import resources, screen, told, vetted
from affectgraph.tools.sentences import sentences

__all__ = [
    "Answering",
    "aim",
    "asked_directly",
    "counsel_prompt",
    "instructions",
    "last_replies",
    "not_understood",
    "notes",
    "own_words",
    "past",
    "vetted_reply",
]

# How many replies back a phrasing may not come again.
REMEMBERED_REPLIES = 3
_INSTRUCTIONS = (
    *(f"counsel/{name}" for name in ("system", "reply", "brief", "repair", "one_question", "no_question")),
    *(f"empathy/{name}" for name in ("system", "emotion", "intensity", "situation", "causes_and_beliefs", "intent")),
    "empathy/strategy",
)
# What can be said back to a person, in Latin letters: our choice.
_SHORTEST, _LONGEST = 18, 160
_MARKS = frozenset('"“”„«»「」『』{}')
_MODALITY_WORDS = {"zh": {"text": "言语", "audio": "声音", "video": "表情"}, "en": {}}
_SENTIMENT_WORDS = {
    "en": {"N": "negative", "WN": "weakly negative", "Neu": "neutral", "WP": "weakly positive", "P": "positive"},
    "zh": {"N": "消极", "WN": "略微消极", "Neu": "平静", "WP": "略微积极", "P": "积极"},
}


def counsel_prompt(name: str, state: CounselState) -> Prompt:
    """The prompt `counsel/NAME` in the language of the turn."""
    return prompt(f"counsel/{name}", prompt_language(state.language))


# --- what the models are told ----------------------------------------------------------------------------------------


def past(state: CounselState) -> list[Message]:
    """The system message, what was said in turns that were put together, and the later turns word by word."""
    system = counsel_prompt("system", state).render()
    if state.digest:
        system += "\n\n" + counsel_prompt("digest", state).render(said=state.digest)
    messages = [Message(role="system", content=system)]
    for turn in state.history[state.digested :]:
        if turn.text:
            messages.append(Message(role="user", content=turn.text))
        # A human may have written twice; two turns of one side are refused by some chat templates.
        if messages[-1].role == "assistant":
            messages[-1] = Message(role="assistant", content=f"{messages[-1].content}\n\n{turn.reply}")
        elif messages[-1].role == "user":
            messages.append(Message(role="assistant", content=turn.reply))
    return messages


def notes(state: CounselState) -> str:
    """What stands below the person's text: how media came across, memories, how such an event is usually felt."""
    lines = [counsel_prompt("perceived", state).render(reading=reading) for reading in _readings(state)]
    if state.recalled:
        lines.append(counsel_prompt("recalled", state).render(said=" / ".join(state.recalled)))
    if state.feeling is not None:
        lines.append(counsel_prompt("appraised", state).render(feeling=state.feeling.emotions.top))
    return "\n".join(lines)


def _readings(state: CounselState) -> list[str]:
    language = prompt_language(state.language)
    found = []
    for item in state.perceived:
        if item.decision.label is None:
            continue
        reading = _SENTIMENT_WORDS[language][item.decision.label]
        if item.conflict.kind == "polarity" and item.conflict.odd:
            odd = _MODALITY_WORDS[language].get(item.conflict.odd, item.conflict.odd)
            reading = counsel_prompt("disagree", state).render(reading=reading, odd=odd)
        found.append(reading)
    return found


def aim(state: CounselState) -> Intent:
    """What the reply is aimed at: what the person picked, else what the third layer found."""
    if state.wish is not None:
        return WISHES[state.wish]
    found: Intent = state.intent.intent.top if state.intent else "validation"  # type: ignore[assignment]  # a label of L3
    return found


class Answering:
    """How the reply is asked for: the prompt, and how many questions it may hold."""

    def __init__(self, state: CounselState) -> None:
        self.questions = 0 if state.opened else 1
        name = "one_question" if self.questions else "no_question"
        limit = counsel_prompt(name, state).render()
        if state.depth == "short":
            self.prompt = counsel_prompt("brief", state)
            self.text = self.prompt.render(questions=limit)
        else:
            self.prompt = counsel_prompt("reply", state)
            self.text = self.prompt.render(aim=counsel_prompt(f"aim_{aim(state)}", state).render(), questions=limit)


@cache
def instructions(language: Literal["en", "zh"]) -> tuple[str, ...]:
    """What the models are told to be and to do: a reply that recites it is no reply."""
    aims = tuple(f"counsel/aim_{wanted}" for wanted in WISHES.values())
    return tuple(prompt(name, language).body for name in (*_INSTRUCTIONS, *aims))


# --- what is said without a model ------------------------------------------------------------------------------------


def last_replies(state: CounselState) -> list[str]:
    """The last three replies without the vetted words that opened them: those may come again."""
    own = [turn.reply[turn.opened :] for turn in state.history if turn.source not in ("template", "human")]
    return [text for text in own[-REMEMBERED_REPLIES:] if text]


def vetted_reply(state: CounselState) -> tuple[str, Prompt]:
    """The vetted text for a turn whose posture needs one, with the resources of the person's country."""
    assert state.safety is not None
    language = prompt_language(state.language)
    again = bool(state.history) and state.history[-1].level >= 4  # the levels of a crisis
    chosen = vetted(state.posture, state.safety, language, minor=state.watch.minor, again=again)
    found = resources(state.country, minor=state.watch.minor, categories=state.safety.categories)
    return chosen.render(resources=told(found, language)), chosen


def not_understood(state: CounselState) -> str:
    """The sentence that says which recordings and pictures were not understood; empty where all were."""
    names = [item.name for item in state.heard if item.text is None]
    joined = ("、" if state.language == "zh" else ", ").join(names)
    return counsel_prompt("not_understood", state).render(names=joined) if names else ""


def asked_directly(state: CounselState) -> bool:
    """Whether this turn opens with a vetted question about safety."""
    return state.posture == "ask" or (state.posture == "check_in" and state.watch.clear_turns == 1)


def own_words(state: CounselState) -> str:
    """A sentence that the person wrote and that can be said back to them; empty where there is none.

    One that a cause rests on, where the second layer ran, else any; a statement rather than a question; the last, since
    people come to the point at the end. Never one in which the screen found risk, and never the words of a picture or
    a recording.
    """
    risk = [(found.start, found.end) for found in state.safety.findings if found.part == 0] if state.safety else []
    fitting = [
        state.written[start:end].strip()
        for start, end in sentences(state.written)
        if not any(start < last and first < end for first, last in risk) and not screen(state.written[start:end]).level
    ]
    fitting = [said for said in fitting if _SHORTEST <= _width(said) <= _LONGEST and not _MARKS & set(said)]
    layer = state.causes_and_beliefs
    rests = [quote.text for cause in layer.causes for quote in cause.quotes] if layer else []
    caused = [said for said in fitting if any(said in text or text in said for text in rests)]
    stated = [said for said in caused or fitting if not said.endswith(("?", "？"))]
    return (stated or caused or fitting or [""])[-1]


def _width(text: str) -> int:
    """Length in Latin letters; an ideograph says as much as three."""
    return sum(3 if "\u3400" <= character <= "\u9fff" else 1 for character in text)
