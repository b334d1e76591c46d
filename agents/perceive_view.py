"""A perceived clip in a terminal: each modality alone, where they disagree, what was steered, and the decision."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from affectgraph.agents.bars import bars
from affectgraph.agents.gat_view import cleaned
from affectgraph.agents.perceive_telling import CLASSES, NAMES, cautions, compared, decided_by, moved, reading_of
from affectgraph.backends.steering import Modality
from affectgraph.graphs.perceive_types import Budgets, PerceiveOutput, Steering

__all__ = ["TITLES", "perceive_view"]

TITLES = {
    "availability": "What is there",
    "read_text": "Words",
    "read_audio": "Voice",
    "read_video": "Face",
    "conflict": "Conflict",
    "plain": "Model",
    "steer": "Model under CHASE",
    "decide": "Decision",
}


def perceive_view(output: PerceiveOutput) -> RenderableType:
    """One clip's result, as much as a reader needs; what came from the clip or a model is never markup."""
    output = PerceiveOutput.model_validate(cleaned(output.model_dump(mode="json")))
    parts: list[RenderableType] = [Text(caution, style="yellow") for caution in cautions(output)]
    if output.text:
        parts.append(Text(f"“{output.text}”" if len(output.text) < 400 else f"“{output.text[:399]}…”", style="italic"))
    parts += [_heading("Each alone"), _readings(output)]
    parts += [_heading("Together"), Padding(_conflict(output), (0, 0, 0, 2))]
    if output.steering:
        parts += [_heading("CHASE"), Padding(_steering(output.steering), (0, 0, 0, 2))]
    parts += [_heading("Decision"), Padding(_decision(output), (0, 0, 1, 2))]
    return Group(*parts)


def _heading(words: str) -> Text:
    return Text(words, style="bold cyan")


def _readings(output: PerceiveOutput) -> Table:
    table = Table.grid(padding=(0, 2, 0, 2))
    for modality, reading in output.readings.items():
        style = "dim" if reading.missing is not None else ""
        worth = "" if reading.missing is not None else f"reliability {reading.reliability:.2f}"
        told = Text(reading_of(reading), style=style)
        if reading.missing is None:
            told.append(f"\n{reading.basis}", "dim")
        table.add_row(Text(NAMES[modality], style="bold"), told, Text(worth, style="dim"))
    return table


def _conflict(output: PerceiveOutput) -> Text:
    return Text(compared(output), style="red" if output.conflict.found else "")


def _steering(steering: Steering) -> RenderableType:
    parts: list[RenderableType] = [Text(moved(steering))]
    if steering.unsteered is None:
        table = Table(box=None, header_style="dim", padding=(0, 2, 0, 0))
        for name in ("attention to", "before", "after", "moved heads before", "after"):
            table.add_column(name, justify="left" if name == "attention to" else "right")
        before, after = _mean(steering.before), _mean(steering.after)
        for modality, share in before.items():
            heads = [(one.steered or {}).get(modality, 0.0) for one in (steering.before, steering.after)]
            row = (share, after[modality], *heads)
            table.add_row(NAMES[modality], *(f"{value:.1%}" for value in row))
        parts += [table, Text(f"unsteered it says {CLASSES[steering.without.top]}", style="dim")]
    return Group(*parts)


def _mean(budgets: Budgets) -> dict[Modality, float]:
    """Over layers; the heads are averaged already."""
    return {name: sum(layer[name] for layer in budgets.layers) / len(budgets.layers) for name in budgets.layers[0]}


def _decision(output: PerceiveOutput) -> RenderableType:
    found = output.decision
    line = Text(CLASSES[found.label] if found.label else "no sentiment can be told", style="bold green")
    parts: list[RenderableType] = [line.append(f", by {decided_by(output)}", "dim not bold")]
    if found.sentiment:
        parts.append(
            bars({CLASSES[name]: share for name, share in found.sentiment.probabilities.items()}, ordered=True)
        )
    if found.emotions:
        parts += [Text("emotions", style="dim"), bars(found.emotions.probabilities)]
    scales = [f"{name} {value:.1f}" for name in ("valence", "arousal") if (value := getattr(found, name)) is not None]
    if scales:
        parts.append(Text(f"{', '.join(scales)} (1 to 9, of the experts)", style="dim"))
    return Group(*parts)
