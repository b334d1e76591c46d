"""Graph `reading`: closed questions about one text (an emotion, a rating on a scale, an appraisal), each answered as a
distribution.

The smallest graph, and the baseline of every other one: no chain, no reply. A question is answered in one of three
ways (`reading.method`): `choose` scores each label as the continuation of the prompt's lead, corrected by the same
question without the text or not; `prompt` lets the model write the label, the zero-shot form of the papers; `anchor`
asks no model and takes the label whose anchor sentence lies nearest to the text in an embedding space.

    read
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache, partial
from typing import Annotated, Any, cast

from langgraph.graph import END, START, StateGraph
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from affectgraph.backends.base import Embedder
from affectgraph.backends.scoring import Distribution
from affectgraph.graphs.options import ReadingOptions
from affectgraph.graphs.recipes import Cost, Recipe
from affectgraph.graphs.replying import prompt_language
from affectgraph.graphs.steps import Message, Models, Step, TraceEntry, extend, node, to_langchain
from affectgraph.graphs.texts import NOTHING, checked_text
from affectgraph.prompts import Prompt, prompt
from affectgraph.tools.answer_words import read_answer
from affectgraph.tools.language import Language, detect
from affectgraph.tools.questions import Question, question

__all__ = ["RECIPE", "Reading", "ReadingInput", "ReadingOutput", "ReadingState", "build"]

# Tokens of a freely written label; the longest listed ones take five.
_ANSWER_TOKENS = 24


class ReadingInput(BaseModel):
    """What is asked of which text.

    Attributes:
        text: 1 to 20,000 characters.
        questions: names as in `tools.questions.QUESTIONS`.
        labels: the answers of questions about emotions; None means Ekman's six and neutral.
        profile: of whom `person_emotion` asks, in words.
    """

    text: Annotated[str, AfterValidator(checked_text)]
    questions: list[str] = Field(default=["emotion", "valence", "arousal"], min_length=1)
    labels: list[str] | None = Field(default=None, min_length=2)
    profile: str | None = None

    @model_validator(mode="after")
    def _can_be_asked(self) -> ReadingInput:
        if self.labels is not None and len(set(self.labels)) != len(self.labels):
            raise ValueError("labels: one is given twice")
        if not all(label.strip() for label in self.labels or ()):
            raise ValueError("labels: one is empty")
        for name in self.questions:
            try:
                question(name)
            except KeyError as error:
                raise ValueError(error.args[0]) from None
        if "person_emotion" in self.questions and not self.profile:
            raise ValueError("the question 'person_emotion' needs a profile of the person")
        return self


class Reading(BaseModel):
    """The answer to one question.

    Attributes:
        label: the answer; None where the model's words named none, or several.
        distribution: over the question's labels; None for the method `prompt`, which gives none.
        rating: mean of the scale under the distribution, or the point named; None without a scale or an answer.
        said: what the model wrote where no answer could be told.
    """

    model_config = ConfigDict(frozen=True)

    label: str | None
    distribution: Distribution | None = None
    rating: float | None = None
    said: str | None = None


class ReadingState(ReadingInput):
    """The state of the graph."""

    language: Language = "en"
    readings: dict[str, Reading] = {}
    trace: Annotated[list[TraceEntry], extend] = []


class ReadingOutput(BaseModel):
    """The result: question -> reading."""

    model_config = ConfigDict(frozen=True)

    language: Language
    readings: dict[str, Reading]
    notice: str | None = None
    trace: list[TraceEntry]


# --- the node --------------------------------------------------------------------------------------------------------


def read(state: ReadingState, models: Models, options: ReadingOptions) -> Step:
    """Answer the questions one by one; each sees the text alone, so that no answer leans on another."""
    language = detect(state.text)
    asked = [question(name, state.labels) for name in state.questions]
    ways = {"choose": _chosen, "prompt": _written, "anchor": _nearest}
    readings, prompts = {}, []
    for item in asked:
        phrased = prompt(item.prompt, prompt_language(language))
        readings[item.name] = ways[options.method](state, item, phrased, models, options)
        prompts.append(phrased.reference)
    if options.method != "anchor":
        shared = ("reading/text", "reading/listed") if options.method == "prompt" else ("reading/text",)
        prompts += [prompt(name, prompt_language(language)).reference for name in shared]
    decided = {name: _decision(reading) for name, reading in readings.items()}
    backend = None if options.method == "anchor" else models.perceive
    return Step({"readings": readings, "language": language}, decided, backend=backend, prompts=tuple(prompts))


def _chosen(state: ReadingState, item: Question, phrased: Prompt, models: Models, options: ReadingOptions) -> Reading:
    asked = phrased.render(**_variables(state, item, phrased))
    messages = _about(state.text, asked, phrased.language)
    neutral = _about(NOTHING[phrased.language], asked, phrased.language) if options.corrected else None
    found = models.perceive.choose(messages, item.words[phrased.language], lead=phrased.lead, neutral=neutral)
    return _distributed(item, found)


def _written(state: ReadingState, item: Question, phrased: Prompt, models: Models, options: ReadingOptions) -> Reading:
    words = item.words[phrased.language]
    listed = prompt("reading/listed", phrased.language)
    asked = listed.render(
        question=phrased.render(**_variables(state, item, phrased)),
        options=("、" if phrased.language == "zh" else ", ").join(words),
    )
    messages = _about(state.text, asked, phrased.language)
    answer = models.perceive.invoke(messages, config={"tags": ["nostream"]}, max_tokens=_ANSWER_TOKENS)
    index = read_answer(str(answer.text), words)
    if index is None:
        return Reading(label=None, said=str(answer.text))
    return Reading(label=item.labels[index], rating=item.values[index] if item.values else None)


def _nearest(state: ReadingState, item: Question, phrased: Prompt, models: Models, options: ReadingOptions) -> Reading:
    variables = _variables(state, item, phrased)
    anchors = [phrased.anchored(word, **variables) for word in item.words[phrased.language]]
    near = _cosines(models.embedder(), state.text, tuple(anchors))
    scores = [options.sharpness * cosine for cosine in near]
    return _distributed(item, Distribution.from_scores(item.labels, scores, calibration="uncalibrated"))


def _distributed(item: Question, found: Distribution) -> Reading:
    named = found.renamed(item.labels)
    points = zip(item.values or (), named.probabilities.values(), strict=False)
    rating = sum(value * share for value, share in points) if item.values else None
    return Reading(label=named.top, distribution=named, rating=rating)


def _variables(state: ReadingState, item: Question, phrased: Prompt) -> dict[str, str]:
    known = {**item.variables.get(phrased.language, {}), "profile": state.profile or ""}
    return {name: known[name] for name in phrased.variables}


def _about(text: str, asked: str, language: str) -> list[Any]:
    shown = prompt("reading/text", language).render(text=text)
    return to_langchain([Message(role="user", content=f"{shown}\n\n{asked}")])


def _cosines(embedder: Embedder, text: str, anchors: tuple[str, ...]) -> list[float]:
    vector = embedder.embed([text])[0]
    others = cast(Any, _anchor_vectors)(embedder, anchors)
    return [sum(a * b for a, b in zip(vector, other, strict=True)) for other in others]


@lru_cache(maxsize=256)
def _anchor_vectors(embedder: Embedder, anchors: tuple[str, ...]) -> list[list[float]]:
    return embedder.embed(anchors)


def _decision(reading: Reading) -> Any:
    return reading.distribution.probabilities if reading.distribution else reading.label


# --- the graph -------------------------------------------------------------------------------------------------------

_Builder = StateGraph[ReadingState, None, ReadingInput, ReadingState]


def build(models: Models, options: ReadingOptions, without: Collection[str] = ()) -> Any:
    """The graph, not yet compiled. It has no part that could be left out."""
    graph: _Builder = StateGraph(ReadingState, input_schema=ReadingInput)
    work = partial(read, models=models, options=options)
    cast(Any, graph).add_node("read", node("read", work, first=True))
    graph.add_edge(START, "read")
    graph.add_edge("read", END)
    return graph


def _output(state: ReadingState, notice: str | None) -> ReadingOutput:
    return ReadingOutput(language=state.language, readings=state.readings, notice=notice, trace=state.trace)


RECIPE = Recipe(
    name="reading",
    section="reading",
    input_type=ReadingInput,
    state_type=ReadingState,
    build=build,
    output=_output,
    cost=lambda given: Cost(calls=len(ReadingInput(**given).questions), instructions=100, answer=30, grows=False),
    prompts=("reading",),
    embeds=lambda options: options.method == "anchor",
    roles=("perceive",),
)
