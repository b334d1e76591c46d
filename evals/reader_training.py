"""Training of the tuned readers: an adapter on a frozen encoder, and heads for messages and replies (`reader_nets`).

Messages: cumulative log-odds of the level (ordinal regression with one binary cross-entropy per
step) and a softmax over categories; sentences of replies: a softmax over what is wrong with them. Words are disturbed
now and then (letters, spaces, stops), because people who type in distress do so.
"""

from __future__ import annotations

import io
import json
import math
import random
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from affectgraph.backends.encoder_qwen import Qwen
from affectgraph.backends.encoder_tuned import Bert, Frozen, Prefix
from affectgraph.evals.reader_nets import net_of
from affectgraph.tools.tuned import CATEGORIES, KINDS, LEVELS

__all__ = ["Example", "noisy", "save", "train"]

# Tokens in a batch, padding counted; texts of like length go together.
_BATCH = 2400
_NEAR = 800
_WARM_UP = 60
# Batches from which the mean and the spread of the encoder's output are taken.
_SEEN = 30
_HEADS_FASTER = 3.0
_CATEGORY_WEIGHT, _LEVEL_WEIGHT, _REPLY_WEIGHT = 0.2, 2.0, 0.7
# Of the steps of the level: those that the screen asks for, 2 or more and 4 or more, count most (our choice).
_STEPS = (0.7, 2.2, 0.7, 1.3, 0.6, 0.5)
_NOISE = 0.25
# How often a text is read without what was said before it: the gate may not know the person's message.
_NO_CONTEXT = {"query": 0.1, "passage": 0.5}
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_STOPS = re.compile("[,.!?;:，。！？；：、]")


@dataclass(frozen=True)
class Example:
    """A text and what is true of it.

    Attributes:
        prefix: `query` for a message, `passage` for a sentence of a reply.
        text: what is read.
        before: what was said before it.
        level: 0-6, of a message.
        category: of its risk.
        kind: what is wrong, of a sentence of a reply.
        weight: beside the others.
        needs_before: it means something else without what was said before it, and is always read with that.
    """

    prefix: Prefix
    text: str
    before: tuple[str, ...] = ()
    level: int = 0
    category: str = "none"
    kind: str = "good"
    weight: float = 1.0
    needs_before: bool = False


def noisy(text: str, draw: random.Random) -> str:
    """The text as somebody in a hurry would type it, one time in four; else as it is."""
    if draw.random() > _NOISE or not text:
        return text
    chance = draw.random()
    if chance < 0.25:
        return text.lower()
    if chance < 0.45:
        return _STOPS.sub("", text) or text
    if chance < 0.6:
        return _spaced(text, draw)
    letters = list(text)
    for _ in range(max(1, len(letters) // 25)):
        place, chance = draw.randrange(len(letters)), draw.random()
        if chance < 0.4:
            letters[place] = ""
        elif chance < 0.7 and place + 1 < len(letters):
            letters[place], letters[place + 1] = letters[place + 1], letters[place]
        elif letters[place].isascii() and letters[place].isalpha():
            letters[place] = draw.choice(_LETTERS)
    return "".join(letters) or text


def _spaced(text: str, draw: random.Random) -> str:
    """One stretch with a space between its letters."""
    shortest, longest = (6, 14) if text.isascii() else (3, 8)
    start = draw.randrange(max(1, len(text) - longest + 2))
    end = start + draw.randrange(shortest, longest)
    return f"{text[:start]}{' '.join(text[start:end].replace(' ', ''))} {text[end:]}"


@dataclass
class _Course:
    """The order of work: batches of each epoch, and how far it is."""

    examples: Sequence[Example]
    frozen: Frozen
    draw: random.Random
    steps: int = 0
    loss: float = 0.0
    started: float = field(default_factory=time.monotonic)

    def batches(self) -> list[list[tuple[Example, list[int]]]]:
        """One epoch, newly disturbed and shuffled."""
        read = [(example, self._ids(example)) for example in self.examples]
        self.draw.shuffle(read)
        found = []
        for start in range(0, len(read), _NEAR):
            batch: list[tuple[Example, list[int]]] = []
            for one in sorted(read[start : start + _NEAR], key=lambda pair: len(pair[1])):
                if batch and len(one[1]) * (len(batch) + 1) > _BATCH:
                    found.append(batch)
                    batch = []
                batch.append(one)
            found.append(batch)
        self.draw.shuffle(found)
        return found

    def _ids(self, example: Example) -> list[int]:
        text = noisy(example.text, self.draw)
        left_out = not example.needs_before and self.draw.random() < _NO_CONTEXT[example.prefix]
        before = () if left_out else example.before
        # Where in a long text its risk lies is not known: its first window is read, as most have but one.
        return self.frozen.windows(example.prefix, text, before)[0]


def train(
    examples: Sequence[Example],
    frozen: Bert | Qwen,
    *,
    epochs: float,
    rate: float = 1e-3,
    seed: int = 0,
    start: Mapping[str, NDArray[Any]] | None = None,
    say: Callable[[str], Any] = lambda line: None,
    kept: Callable[[Mapping[str, NDArray[np.float32]]], Any] = lambda arrays: None,
    fast: bool = False,
) -> dict[str, NDArray[np.float32]]:
    """The arrays of an adapter file.

    Args:
        examples: to learn from.
        frozen: the encoder that stays as it is.
        epochs: passes over them; the rate falls to nothing over all of them.
        rate: of the adapter; the heads learn three times as fast.
        seed: of order, disturbance and first weights.
        start: arrays to go on from.
        say: is told how it goes.
        kept: is given the arrays after every epoch, so that a long training that stops is not lost.
        fast: compile the layers; a compiler for C++ is needed.
    """
    torch.manual_seed(seed)
    net = net_of(frozen)
    course = _Course(examples, frozen, random.Random(seed))
    net.standardise([ids for batch in course.batches()[:_SEEN] for _, ids in batch])
    if start is not None:
        net.take(start)
    if fast:
        net.fast()
    adapter, heads = list(net.adapter), list(net.heads.parameters())
    groups = [{"params": adapter, "lr": rate}, {"params": heads, "lr": rate * _HEADS_FASTER}]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01)
    total = 0
    for epoch in range(math.ceil(epochs)):
        batches = course.batches()
        total = total or max(1, int(len(batches) * epochs))
        net.train()
        for batch in batches[: total - course.steps]:
            pace = min(1.0, (course.steps + 1) / _WARM_UP) * max(0.02, 1 - course.steps / total)
            for group, factor in zip(optimiser.param_groups, (1.0, _HEADS_FASTER), strict=True):
                group["lr"] = rate * factor * pace
            loss = _loss(net([ids for _, ids in batch]), [example for example, _ in batch])
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_([*adapter, *heads], 1.0)
            optimiser.step()
            _report(course, float(loss.detach()), total, epoch, say)
        kept(net.arrays())
    return net.arrays()


def _report(course: _Course, loss: float, total: int, epoch: int, say: Callable[[str], Any]) -> None:
    course.steps += 1
    course.loss += 0.02 * (loss - course.loss) if course.steps > 1 else loss
    if course.steps % 50 == 0 or course.steps == total:
        seconds = time.monotonic() - course.started
        left = seconds / course.steps * (total - course.steps)
        say(f"epoch {epoch + 1}, step {course.steps} of {total}, loss {course.loss:.3f}, {left / 60:.0f} minutes left")


def _loss(outputs: Mapping[str, Tensor], examples: Sequence[Example]) -> Tensor:
    weight = torch.tensor([example.weight for example in examples])
    messages = torch.tensor([float(example.prefix == "query") for example in examples])
    level = torch.tensor([example.level for example in examples])
    steps = (level[:, None] >= torch.arange(1, LEVELS + 1)).to(torch.float32)
    of_level = functional.binary_cross_entropy_with_logits(
        outputs["level"], steps, weight=torch.tensor(_STEPS), reduction="none"
    ).mean(1)
    category = torch.tensor([CATEGORIES.index(example.category) for example in examples])
    of_category = functional.cross_entropy(outputs["category"], category, reduction="none")
    kind = torch.tensor([KINDS.index(example.kind) for example in examples])
    of_reply = functional.cross_entropy(outputs["reply"], kind, reduction="none")
    said = messages * (_LEVEL_WEIGHT * of_level + _CATEGORY_WEIGHT * of_category)
    return (weight * (said + (1 - messages) * _REPLY_WEIGHT * of_reply)).mean()


def save(path: Path, arrays: Mapping[str, NDArray[np.float32]], about: Mapping[str, Any]) -> None:
    """Write an adapter file: half precision, no pickle, `about` as JSON text."""
    told = np.array(json.dumps(about, ensure_ascii=False, sort_keys=True))
    halves: dict[str, Any] = {name: array.astype(np.float16) for name, array in arrays.items()}
    made = io.BytesIO()
    np.savez_compressed(made, about=told, **halves)
    # Whole or not at all: a training that is killed while it writes keeps what it had.
    beside = path.with_name(f"{path.name}.part")
    beside.write_bytes(made.getvalue())
    beside.replace(path)
