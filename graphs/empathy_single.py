"""Graph `empathy_single`: Chain-of-Empathy as one prompt, the baseline that every extra node must beat.

Source: Empathy-R1 (arXiv 2509.14851): one generation of `<empathy_think> L1..L4 </empathy_think> <answer>`. The exact
prompt is not public; ours asks for that form. The frame (safety screen, condensing, checks of the answer) is that of
`empathy`.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from affectgraph.graphs import replying
from affectgraph.graphs.empathy_frame import Tools, answered, empathy_prompt, framed, opening, past
from affectgraph.graphs.empathy_types import EmpathyInput, EmpathyState, output
from affectgraph.graphs.options import EmpathyOptions
from affectgraph.graphs.recipes import Cost, Recipe
from affectgraph.graphs.steps import Message, Models, Step, to_langchain
from affectgraph.tools.chain_text import read_strict, read_tolerant

__all__ = ["RECIPE", "build"]


def chain_of_empathy(state: EmpathyState, tools: Tools) -> Step:
    """All four layers and the answer in one generation; the answer passes the same checks, after it is complete."""
    asked = empathy_prompt("single", state)
    messages = state.messages or opening(state, state.kept, past(state))
    messages = [*messages[:-1], Message(role="user", content=asked.render(text=messages[-1].content))]
    backend = tools.models.write
    limit = tools.options.answer_tokens + tools.options.reply_tokens
    written = backend.invoke(to_langchain(messages), config={"tags": ["nostream"]}, max_tokens=limit)
    text = str(written.text)
    chain = read_strict(text)
    strict = chain is not None
    chain = chain or read_tolerant(text)
    checked = replying.release_checked([chain.answer], source=state.text, language=state.language)
    update, decided = answered(state, checked)
    return Step(
        {**update, "chain_text": chain, "messages": messages},
        {**decided, "format": "strict" if strict else "tolerant", "complete": chain.complete},
        backend=backend,
        prompts=(asked.reference,),
    )


def build(models: Models, options: EmpathyOptions, without: Collection[str] = ()) -> Any:
    """The graph, not yet compiled. It has no part that could be left out."""
    return framed((chain_of_empathy,), models, options)


RECIPE = Recipe(
    name="empathy_single",
    section="empathy",
    input_type=EmpathyInput,
    state_type=EmpathyState,
    build=build,
    output=output,
    cost=lambda given: Cost(calls=1, instructions=400, answer=600),
    prompts=("empathy", "safety"),
    roles=("perceive", "reason", "write"),  # the frame keeps what the narrowest of them can read
)
