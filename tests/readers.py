"""Tuned readers of tests: one that says what it is told, and one that cannot answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from affectgraph.backends.errors import BackendError
from affectgraph.tools.tuned import KINDS


class Scripted:
    """A reader that gives the log-odds it is told: for a text, for one with something before it, and for one in a
    conversation (`talk`; as the text by itself where none is told)."""

    identity = "scripted"

    def __init__(
        self, of: Mapping[str, float], *, after: float = -99.0, urgent: float = -99.0, talk: float | None = None
    ) -> None:
        self.of, self.after, self.urgent, self.talk = of, after, urgent, talk
        self.asked = list[tuple[str, tuple[str, ...]]]()
        self.talked = list[tuple[str, tuple[str, ...]]]()

    def read(self, prefix: str, text: str, before: Sequence[str] = ()) -> Mapping[str, NDArray[np.float32]]:
        (self.talked if prefix == "turn" else self.asked).append((text, tuple(before)))
        risk = self.after if before else self.of.get(text, -99.0)
        if prefix == "turn":
            risk = self.of.get(text, -99.0) if self.talk is None else self.talk
        level = np.array([[risk, risk, self.urgent, self.urgent, -99.0, -99.0]], dtype=np.float32)
        # Any category, violence most of all, against none: with the log-odds of the level.
        category = np.array([[0.0, 0.0, 5.0, 0.0, 0.0, 0.0, 0.0, 0.0]], dtype=np.float32)
        category[0, -1] = np.logaddexp.reduce(category[0, :-1]) - risk
        reply = np.full((1, len(KINDS)), -99.0, dtype=np.float32)
        reply[0, :2] = 0.0, risk
        return {"level": level, "category": category, "reply": reply}


class Broken(Scripted):
    def read(self, prefix: str, text: str, before: Sequence[str] = ()) -> Mapping[str, NDArray[np.float32]]:
        raise BackendError("no memory")
