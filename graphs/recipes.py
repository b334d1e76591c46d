"""What a graph is made of: the one value that each graph's module gives, and all that `load` knows of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from affectgraph.graphs.steps import Models

__all__ = ["Cost", "Recipe"]


@dataclass(frozen=True)
class Cost:
    """What one run asks of a model, roughly: our estimate, for the question "what will this cost?" before it is spent.

    Attributes:
        calls: requests, each of which sends the text again.
        instructions: prompt tokens of a request beside the text.
        answer: generated tokens of a request.
        grows: an answer joins the prompt of the requests after it.
    """

    calls: int
    instructions: int
    answer: int
    grows: bool = True

    def tokens(self, text: int) -> tuple[int, int]:
        """(prompt tokens, generated tokens) of a run on a text of `text` tokens."""
        grown = self.answer * self.calls * (self.calls - 1) // 2 if self.grows else 0
        return self.calls * (text + self.instructions) + grown, self.calls * self.answer


@dataclass(frozen=True)
class Recipe:
    """A graph, not yet loaded.

    Attributes:
        name: as in `load(name)`.
        section: the section of the settings that holds its options.
        input_type: what goes in.
        state_type: what the nodes share.
        build: (models, options, nodes to leave out) -> LangGraph's state graph, not yet compiled.
        output: (last state, notice about the model that writes) -> what comes out.
        optional: nodes that can be left out, in the order in which they run: what an ablation drops.
        roles: the roles that it asks.
        prompts: the folders of prompt files that it uses.
        embeds: options -> whether it asks the embedder.
        recalls: options -> whether it reads a store of memories.
        links: options -> whether it uses the fitted link from appraisals to emotions.
        calibrates: options -> whether it applies a fitted calibration.
        steers: options -> whether it uses head profiles and routers that were kept for a model.
        cost: input -> what one run asks of a model.
    """

    name: str
    section: str
    input_type: type[BaseModel]
    state_type: type[BaseModel]
    build: Callable[[Models, Any, Collection[str]], Any]
    output: Callable[[Any, str | None], Any]
    cost: Callable[[Mapping[str, Any]], Cost]
    prompts: tuple[str, ...]
    embeds: Callable[[Any], bool] = lambda options: False
    recalls: Callable[[Any], bool] = lambda options: False
    links: Callable[[Any], bool] = lambda options: False
    calibrates: Callable[[Any], bool] = lambda options: False
    steers: Callable[[Any], bool] = lambda options: False
    optional: tuple[str, ...] = ()
    roles: tuple[str, ...] = ("perceive", "reason", "write")
