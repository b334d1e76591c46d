"""The tree of `gat_text` in a terminal: hypotheses with the words that they rest on, verdicts, and the conclusion."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from affectgraph.agents.bars import bars
from affectgraph.agents.gat_telling import cautions
from affectgraph.agents.gat_view import cleaned, heading, label_line, tree_view
from affectgraph.graphs.empathy_types import Quote
from affectgraph.graphs.gat_text_types import GatTextOutput, TextContradiction, TextHypothesis

__all__ = ["gat_text_view"]

_QUOTE = 100


def gat_text_view(output: GatTextOutput) -> RenderableType:
    """One text's result; what came from a model or the text is never markup."""
    output = GatTextOutput.model_validate(cleaned(output.model_dump(mode="json")))
    count = len(output.spans)
    parts: list[RenderableType] = [Text(f"{count} span{'s' if count != 1 else ''}", style="dim")]
    parts += [Text(caution, style="yellow") for caution in cautions(output)]
    if output.hypotheses:
        parts += [heading("Tree"), tree_view(output, "the text", _quoted)]
    parts += [heading("Conclusion"), _conclusion(output)]
    return Padding(Group(*parts), (0, 0, 1, 0))


def _quoted(claim: Any) -> list[Text]:
    if isinstance(claim, TextHypothesis):
        return [_line(item) for item in claim.quotes]
    return [_line(claim.quote)] if isinstance(claim, TextContradiction) else []


def _line(item: Quote) -> Text:
    words = " ".join(item.text.split())
    shown = words if len(words) <= _QUOTE else f"{words[: _QUOTE - 1]}…"
    return Text(f"{item.segment} ", style="dim").append(f"“{shown}”", "italic")


def _conclusion(output: GatTextOutput) -> RenderableType:
    found = output.conclusion
    parts: list[RenderableType] = [
        label_line(output),
        Text(f"valence {found.valence:.1f}, arousal {found.arousal:.1f} (1 to 9)"),
        Text("not calibrated", style="dim"),
        Text("expressed by the person", style="dim"),
        bars(found.expressed.probabilities),
        Text("evoked in readers", style="dim"),
        bars(found.evoked.probabilities),
    ]
    if "uncalibrated" in {found.expressed.calibration, found.evoked.calibration}:
        parts.append(Text("shares from a structured answer: rank them, do not trust them", style="yellow"))
    return Padding(Group(*parts), (0, 0, 0, 2))
