"""What one `steered` block asks for, as tensors: where the spans of each row are, and which heads go how far.

Imports torch: load it only through `transformers_steering.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from affectgraph.backends.errors import InputError
from affectgraph.backends.steering import MODALITIES, SteeringPlan
from affectgraph.backends.transformers_prompt import Spans
from affectgraph.backends.transformers_reweight import Layout, Move, novelty

__all__ = ["Pass", "RowSteering", "Session", "Table"]


@dataclass(frozen=True)
class RowSteering:
    """One row of a batch.

    Attributes:
        spans: where its modalities are, as positions in its own prompt (padding not counted).
        plan: what is moved; None to read only.
        prompt_length: tokens of its prompt; the answer query is the last of them.
    """

    spans: Spans
    plan: SteeringPlan | None
    prompt_length: int

    @property
    def moves(self) -> bool:
        """Whether anything is steered."""
        return self.plan is not None and not self.plan.off

    def check(self, layers: int, heads: int) -> None:
        """See that it fits a model of so many layers and heads.

        Raises:
            InputError: it does not.
        """
        self._check_spans()
        for layer, head in self.plan.heads if self.plan else ():
            if layer >= layers or head >= heads:
                raise InputError(
                    f"the steering plan names head {head} of layer {layer}, and the model has {layers} layers of "
                    f"{heads} heads, both counted from 0; make a plan for this model"
                )
        if self.plan:
            self.plan.target_over(self.spans.modalities)

    def _check_spans(self) -> None:
        if not self.spans.modalities:
            raise InputError("the prompt has no span of any modality, so there is nothing to steer or read")
        taken: dict[int, str] = {}
        for modality in self.spans.modalities:
            places = self.spans.positions(modality)
            if not places:
                raise InputError(f"the {modality} span is empty; leave out a modality that the prompt does not have")
            if min(places) < 0 or max(places) >= self.prompt_length:
                raise InputError(
                    f"the {modality} span covers positions {min(places)} to {max(places)}, outside the prompt of "
                    f"{self.prompt_length} tokens; spans count a row's own tokens, without padding"
                )
            for at in places:
                if at in taken:
                    raise InputError(f"position {at} is in the {taken[at]} span and (again) in the {modality} span")
                taken[at] = modality


@dataclass(frozen=True)
class Pass:
    """One forward pass of the decoder.

    Attributes:
        session: what it is steered by.
        starts: padding before each row's first token.
        length: tokens up to the end of this pass, padding and cache included; `width` of them are new.
        steered: how many of its last positions hold rows to be steered; 0 for none.
        read: the same for answer queries to be read.
        reading: whether hidden states are collected in this pass.
    """

    session: Session
    starts: tuple[int, ...]
    length: int
    width: int
    steered: int
    read: int
    reading: bool


@dataclass
class Table:
    """The heads of one layer that any row steers (or, to be read, all heads), on one device.

    Attributes:
        heads: (k,) query heads; `keys` are the key heads that they read.
        strength: (b, k); `gamma` likewise.
        target: (b, m).
        chosen: bool (b, k), which of the heads a row steers; None where every row steers all.
        novel: whether any gamma is above 0.
    """

    heads: Tensor
    keys: Tensor
    strength: Tensor
    gamma: Tensor
    target: Tensor
    chosen: Tensor | None
    novel: bool
    _novelty: tuple[tuple[int, ...], Tensor] | None = None

    def move(self, values: Tensor, layout: Layout, passing: Pass) -> Move:
        """What `reweighted` needs; `values` are the heads' own, (b, k, t, d)."""
        if not self.novel:
            return Move(self.strength, self.target)
        if self._novelty is None or self._novelty[0] != passing.starts:
            reach = layout.which.shape[1]
            found = self.gamma[:, :, None] * novelty(values[:, :, :reach], layout)
            if passing.length < passing.session.reach(passing.starts):
                return Move(self.strength, self.target, found)  # some row's prompt is not whole yet
            self._novelty = (passing.starts, found)
        return Move(self.strength, self.target, self._novelty[1])


class Session:
    """The rows of one block; its tensors are made when they are first needed, and kept.

    Attributes:
        rows: one for each row of the batch.
        layers: which layers steer any head.
    """

    def __init__(self, rows: Sequence[RowSteering | None], heads: int) -> None:
        self.rows = tuple(rows)
        self._all_heads = heads
        self.layers = frozenset(layer for row in self.rows for layer, _ in _heads(row))
        self._tables: dict[tuple[int, bool, torch.device], Table] = {}
        self._layouts: dict[tuple[tuple[int, ...], int, torch.device], Layout] = {}

    def lasts(self, starts: Sequence[int]) -> tuple[int | None, ...]:
        """Position of each row's answer query in the padded batch; None for rows that ask for nothing."""
        return tuple(
            None if row is None else start + row.prompt_length - 1 for start, row in zip(starts, self.rows, strict=True)
        )

    def reach(self, starts: Sequence[int]) -> int:
        """Positions that hold any prompt's tokens."""
        return max((last + 1 for last in self.lasts(starts) if last is not None), default=0)

    def layout(self, passing: Pass, device: torch.device) -> Layout:
        """Where the spans are among the positions of a pass."""
        reach = min(self.reach(passing.starts), passing.length)
        key = (passing.starts, reach, device)
        if key not in self._layouts:
            self._layouts = {known: kept for known, kept in self._layouts.items() if known[:2] == key[:2]}
            self._layouts[key] = self._laid_out(passing.starts, reach, device)
        return self._layouts[key]

    def _laid_out(self, starts: Sequence[int], reach: int, device: torch.device) -> Layout:
        which = torch.full((len(self.rows), reach), len(MODALITIES), dtype=torch.long)
        for number, (start, row) in enumerate(zip(starts, self.rows, strict=True)):
            for modality in row.spans.modalities if row else ():
                places = torch.tensor(row.spans.positions(modality)) + start if row else torch.tensor([])
                which[number, places[places < reach]] = MODALITIES.index(modality)
        inside = which[:, None] == torch.arange(len(MODALITIES))[None, :, None]
        return Layout(inside.to(device), which.to(device))

    def table(self, layer: int, like: Tensor, key: Tensor, *, whole: bool = False) -> Table:
        """The heads of a layer that are steered, or with `whole` all of them."""
        place = (layer, whole, like.device)
        if place not in self._tables:
            self._tables[place] = self._tabled(layer, key.shape[1], like.device, whole)
        return self._tables[place]

    def _tabled(self, layer: int, key_heads: int, device: torch.device, whole: bool) -> Table:
        wanted = [[head for at, head in _heads(row) if at == layer] for row in self.rows]
        union = list(range(self._all_heads)) if whole else sorted(set().union(*wanted))
        chosen = torch.tensor([[head in own for head in union] for own in wanted])
        strengths = torch.tensor([row.plan.strength if row and row.plan else 0.0 for row in self.rows])
        gammas = torch.tensor([row.plan.novelty if row and row.plan else 0.0 for row in self.rows])
        heads = torch.tensor(union)
        return Table(
            heads=heads.to(device),
            keys=(heads // (self._all_heads // key_heads)).to(device),
            strength=(strengths[:, None] * chosen).to(device),
            gamma=(gammas[:, None] * chosen).to(device),
            target=self._target.to(device),
            chosen=None if bool(chosen.all()) else chosen.to(device),
            novel=bool((gammas[:, None] * chosen).any()),
        )

    @cached_property
    def _target(self) -> Tensor:
        aims = torch.zeros((len(self.rows), len(MODALITIES)))
        for number, row in enumerate(self.rows):
            if row and row.plan:
                present = row.spans.modalities
                for modality, share in zip(present, row.plan.target_over(present), strict=True):
                    aims[number, MODALITIES.index(modality)] = share
        return aims


def _heads(row: RowSteering | None) -> tuple[tuple[int, int], ...]:
    return row.plan.heads if row and row.plan and row.moves else ()
