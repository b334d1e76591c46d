"""Grounded generation of `gat`: an explanation (ER) or a text in an emotion (EGCG), each sentence tied to regions.

Source: AICA-Bench (arXiv 2604.05900): no tree; the scaffold's clues are handed to the writer. What is checked, and that
a text which fails is marked and not written again, is our choice.
"""

from __future__ import annotations

from collections.abc import Sequence

from affectgraph.graphs.gat_answers import writing_schema
from affectgraph.graphs.gat_ask import asked_after
from affectgraph.graphs.gat_show import PictureAsking
from affectgraph.graphs.gat_types import Sentence, Writing
from affectgraph.graphs.steps import Message, Step
from affectgraph.tools.grounding import is_grounded
from affectgraph.tools.region_words import facts_text

__all__ = ["word_count", "write"]

# Sentences at least and at most; the words of EGCG are the paper's.
_SENTENCES = {"explain": (3, 5), "generate": (3, 6)}
_WORDS = (50, 100)
# A text may take as many tokens as two other answers: in one, long sentences would not fit.
_ANSWERS = 2


def write(asking: PictureAsking) -> Step:
    """ER: why a viewer feels so. EGCG: a text in the target emotion. Each sentence cites regions, and is checked."""
    state, backend = asking.state, asking.models.write
    assert state.conclusion is not None
    task, emotion = "generate" if state.task == "EGCG" else "explain", state.target or state.conclusion.label
    asked = asking.prompt(task)
    messages = asked_after(state.messages, asked.render(emotion=asking.word(emotion)))
    schema = writing_schema(asking.ids, *_SENTENCES[task], tokens=_ANSWERS * asking.options.answer_tokens)
    filled = asking.fill(backend, messages, schema, answers=_ANSWERS)
    sentences = [Sentence(text=item.text, regions=list(dict.fromkeys(item.regions))) for item in filled.sentences]
    written = Writing(sentences=sentences, words=sum(word_count(item.text) for item in sentences))
    ungrounded = _ungrounded(asking, sentences)
    problems = {
        "length": task == "generate" and not _WORDS[0] <= written.words <= _WORDS[1],
        "repetition": len({item.text.casefold() for item in sentences}) < len(sentences),
        "ungrounded": bool(ungrounded),
    }
    written = written.model_copy(update={"problems": [name for name, is_one in problems.items() if is_one]})
    said = Message(role="assistant", content=written.text)
    return Step(
        {"writing": written, "messages": [*messages, said]},
        {
            "words": written.words,
            "problems": written.problems,
            "ungrounded": ungrounded,
            "cited": [item.regions for item in sentences],
        },
        backend=backend,
        prompts=(asked.reference,),
    )


def word_count(text: str) -> int:
    """Words; a Chinese character counts as one, punctuation as none."""
    wide = [char for char in text if ord(char) >= 0x2E80]
    narrow = "".join(" " if ord(char) >= 0x2E80 else char for char in text)
    words = [word for word in narrow.split() if any(char.isalnum() for char in word)]
    return sum(char.isalnum() for char in wide) + len(words)


def _ungrounded(asking: PictureAsking, sentences: Sequence[Sentence]) -> list[int]:
    """Which sentences, from 1, share no content word with what is known of the regions that they cite."""
    known = {region.id: facts_text(region, asking.language) for region in asking.told()}
    for item in asking.state.observations:
        known[item.region] += f"\n{item.contents}"
    return [
        place
        for place, sentence in enumerate(sentences, 1)
        if not is_grounded(sentence.text, "\n".join(known[region] for region in sentence.regions))
    ]
