"""A scripted model that plays one whole run of `empathy`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.messages import BaseMessage

from affectgraph.backends.scripted import Reply, ScriptedBackend

TEXT = (
    "My father has dementia and I look after him every day. Yesterday I shouted at him.\n\n"
    "I promised my mother that I would never put him in a home. I should be able to do this. What should I do?"
)
GOOD_REPLY = (
    "It sounds as if you carry a great deal alone. That promise to your mother sounds heavy to carry. "
    "What would help you most this week?"
)


def player(**changed: Any) -> Callable[[list[BaseMessage]], Reply]:
    """Answers by what the last message asks for; `changed` replaces single answers."""
    answers: dict[str, Reply] = {
        "emotion": {"guilt": 0.7, "sadness": 0.3},
        "strong": {"high": 0.8, "medium": 0.2},
        "situation": {"situation": "Cares for a father with dementia."},
        "causes": {
            "causes": [{"cause": "She shouted at her father.", "segments": ["s1"]}],
            "beliefs": [
                {"belief": "She must manage alone.", "distortion": "should_statements", "segments": ["s2", "s2"]}
            ],
        },
        "seek": {"understanding": 0.6, "advice": 0.4},
        "Plan": {"moves": [{"move": "name", "reason": "guilt is loud"}, {"move": "explore", "reason": "what helps"}]},
        "speak": GOOD_REPLY,
        "Answer them": "You are welcome, and take care.",
        **changed,
    }
    keys = ("What emotion", "How strong", "situation of the person", "Why does", "seek most", "Plan the", "Now speak")
    names = ("emotion", "strong", "situation", "causes", "seek", "Plan", "speak")

    def play(messages: list[BaseMessage]) -> Reply:
        last = str(messages[-1].text)
        for key, name in zip(keys, names, strict=True):
            if key in last:
                return answers[name]
        return answers["Answer them"]

    return play


@pytest.fixture
def scripted() -> Callable[..., ScriptedBackend]:
    """Builds a scripted backend; keyword arguments change single answers of `player`."""
    return lambda **changed: ScriptedBackend(label="scripted", replies=player(**changed))
