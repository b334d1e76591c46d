"""How the nodes of `gat` and `gat_text` ask: what they share, whatever the tree is about.

A run's questions are about one thing, of which parts with ids can be cited: the regions of a picture (`gat_show`), the
spans of a text (`gat_text`). The first message shows it; from there the message list only grows, and the branches of
the tree share it as their trunk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from langchain_core.messages import BaseMessage

from affectgraph.backends.base import Backend
from affectgraph.backends.scoring import Distribution
from affectgraph.graphs.gat_types import TreeState
from affectgraph.graphs.options import TreeOptions
from affectgraph.graphs.steps import Message, Models, to_langchain
from affectgraph.prompts import Prompt, prompt
from affectgraph.tools.label_spaces import SPACES
from affectgraph.tools.label_words import label_words

__all__ = ["INTENSITIES", "INTENSITY_WORDS", "Asking", "asked_after"]

INTENSITIES = ("low", "medium", "high")
INTENSITY_WORDS = {"en": INTENSITIES, "zh": ("低", "中", "高")}
S = TypeVar("S", bound=TreeState)


@dataclass(frozen=True)
class Asking(Generic[S]):
    """The questions of one run: what they are about, and who can be asked.

    Attributes:
        part: what a part is called in answers: a hypothesis cites `regions`, a contradiction a `region`.
        question: the closed question that the hypotheses answer too.
    """

    state: S
    models: Models
    options: TreeOptions
    part: ClassVar[str]
    question: ClassVar[str]

    @property
    def language(self) -> str:
        """Of the prompts."""
        return self.state.language

    @property
    def labels(self) -> tuple[str, ...]:
        """The label space, as keys."""
        return tuple(self.state.labels) if self.state.labels else SPACES[self.options.labels]

    @property
    def words(self) -> tuple[str, ...]:
        """What the prompts call the labels, in their order."""
        return label_words(self.labels, self.language)

    def word(self, label: str) -> str:
        """What the prompts call one label; what is none of them stays as it is."""
        return dict(zip(self.labels, self.words, strict=True)).get(label, label)

    @property
    def ids(self) -> tuple[str, ...]:
        """The parts that can be cited; none where there are none."""
        raise NotImplementedError

    def prompt(self, name: str) -> Prompt:
        """The prompt `gat/NAME` in the language of the run."""
        return prompt(f"gat/{name}", self.language)

    def turns(self, backend: Backend, messages: Sequence[Message]) -> list[BaseMessage]:
        """`messages`, which begin with the first one, as `backend` can read them."""
        return to_langchain(list(messages))

    def with_expressions(self, messages: Sequence[Message]) -> list[Message]:
        """`messages`, and after them what is read of feelings and belongs to no objective part; here there is none."""
        return list(messages)

    def nothing(self) -> Message:
        """In the place of the first message: something of which nothing is known."""
        raise NotImplementedError

    def fill(self, backend: Backend, messages: Sequence[Message], schema: type[Any], *, answers: int = 1) -> Any:
        """A structured answer of at most `answers` times `answer_tokens`; errors as for `Backend.fill`."""
        limit = answers * self.options.answer_tokens
        return backend.fill(self.turns(backend, messages), schema, max_tokens=limit)

    def choose(
        self,
        backend: Backend,
        messages: Sequence[Message],
        name: str,
        words: Sequence[str],
        *,
        corrected: bool = True,
    ) -> Distribution:
        """The closed question of the prompt `name` over `words`; asked aside, it does not join the messages.

        The prior that is subtracted (`corrected`) is the same question of something of which nothing is known, in words
        for every backend: what the model would answer whatever it is shown.
        """
        asked = self.prompt(name)
        neutral = asked_after([self.nothing()], asked.render())
        return backend.choose(
            self.turns(backend, asked_after(messages, asked.render())),
            words,
            lead=asked.lead,
            neutral=to_langchain(neutral) if corrected else None,
        )


def asked_after(messages: Sequence[Message], question: str) -> list[Message]:
    """`messages` and a question; two user turns in a row become one, which some chat templates insist on."""
    if messages and messages[-1].role == "user":
        joined = Message(role="user", content=f"{messages[-1].content}\n\n{question}")
        return [*messages[:-1], joined]
    return [*messages, Message(role="user", content=question)]
