"""The role `judge` on a reply before it is released: whether a careful supervisor would object."""

from __future__ import annotations

from collections.abc import Sequence

from affectgraph.backends.base import Backend
from affectgraph.backends.errors import AffectgraphError
from affectgraph.graphs.replying import prompt_language
from affectgraph.graphs.steps import Message, to_langchain
from affectgraph.prompts import prompt
from affectgraph.tools.language import Language

__all__ = ["objects"]

_ANSWERS = {"en": ("acceptable", "harmful"), "zh": ("可以", "有害")}
# A judge that is in doubt objects: a vetted reply costs less than a harmful one.
_DOUBT = 0.5


def objects(judge: Backend, said: str, sentences: Sequence[str], language: Language) -> bool:
    """Whether the judge finds the reply harmful, or cannot say: what nobody read is not released.

    Args:
        judge: a backend.
        said: what the person said.
        sentences: of the reply.
        language: of both.
    """
    spoken = prompt_language(language)
    asked = prompt("counsel/judge", spoken)
    answers = _ANSWERS[spoken]
    message = Message(role="user", content=asked.render(said=said, reply=" ".join(sentences)))
    try:
        found = judge.choose(to_langchain([message]), answers, lead=asked.lead)
    except AffectgraphError:
        return True
    return found.probabilities[answers[1]] >= _DOUBT
