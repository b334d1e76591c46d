"""How numbers and the names of figures are printed, alike in the page and in the Markdown."""

from __future__ import annotations

import math
from typing import Any

__all__ = ["NONE", "interval", "number", "p_value", "signed", "words"]

NONE = "–"
_SPOKEN = {
    **{name: name.upper() for name in ("aica", "bleu", "ccc", "ece", "f1", "jsd", "mae", "rouge")},
    **{name: name.capitalize() for name in ("brier", "pearson", "spearman")},
}


def number(value: float | None) -> str:
    """Three decimals below ten, one below a thousand, none above; a dash where there is no value."""
    if value is None or math.isnan(value):
        return NONE
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}" if abs(value) < 1000 else f"{value:,.0f}"


def signed(value: float | None) -> str:
    """As `number`, with its sign."""
    text = number(value)
    return text if text == NONE or text.startswith("-") else f"+{text}"


def interval(measured: Any, with_sign: bool = False) -> str:
    """`[low, high]` of a figure or comparison; says so where there is none."""
    if math.isnan(measured.low) or math.isnan(measured.high):
        return "no interval"
    show = signed if with_sign else number
    return f"[{show(measured.low)}, {show(measured.high)}]"


def p_value(value: float | None) -> str:
    """Two significant digits are enough; never 0."""
    if value is None or math.isnan(value):
        return NONE
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def words(name: str) -> str:
    """A figure's name as a reader says it: `macro_f1` is macro F1, `rouge_l` ROUGE-L."""
    spoken = " ".join(_SPOKEN.get(word, word) for word in name.split("_"))
    return spoken.replace("ROUGE l", "ROUGE-L").replace("distinct ", "Distinct-")
