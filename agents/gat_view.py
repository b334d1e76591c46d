"""The tree of `gat` in a terminal: each node as it decides, and the finished tree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from affectgraph.agents.bars import bars
from affectgraph.agents.gat_telling import (
    NOBODY,
    UNSEEN,
    Branch,
    Told,
    branches,
    calibrated,
    cautions,
    concluded_from,
    looked_at,
    name_of,
    problems,
)
from affectgraph.graphs.gat_types import GatOutput
from affectgraph.graphs.steps import TraceEntry

__all__ = ["BODIES", "TITLES", "cleaned", "gat_view", "heading", "label_line", "tree_view"]

TITLES = {
    "look": "Look",
    "scan": "Scan",
    "think": "Think",
    "hypothesize": "Hypotheses",
    "verify": "Verdicts",
    "affect_tot": "Tree in one prompt",
    "conclude": "Conclusion",
    "write": "Writing",
}


# --- the finished tree -----------------------------------------------------------------------------------------------


def gat_view(output: GatOutput) -> RenderableType:
    """One picture's result, as much as a reader needs; what came from a model is never markup."""
    output = GatOutput.model_validate(cleaned(output.model_dump(mode="json")))
    image = output.image
    parts: list[RenderableType] = [
        Rule(Text(name_of(output), style="bold"), align="left"),
        Text(f"{image.width} x {image.height} pixels, {looked_at(output)}", style="dim"),
    ]
    parts += [Text(caution, style="yellow") for caution in cautions(output)]
    if output.observations:
        parts += [heading("Regions"), _regions(output)]
    if output.hypotheses:
        parts += [heading("Tree"), tree_view(output, "the picture")]
    parts += [heading("Conclusion"), _conclusion(output)]
    if output.writing:
        parts += [heading("Written"), _written(output)]
    return Padding(Group(*parts), (0, 0, 1, 0))


def cleaned(value: Any) -> Any:
    """The same JSON value, in which no text can steer a terminal: escape characters and their like become `�`."""
    if isinstance(value, str):
        return "".join(char if char.isprintable() or char in "\n\t" else "\N{REPLACEMENT CHARACTER}" for char in value)
    if isinstance(value, dict):
        return {cleaned(name): cleaned(item) for name, item in value.items()}
    return [cleaned(item) for item in value] if isinstance(value, list) else value


def heading(words: str) -> Text:
    """The title of a part."""
    return Text(words, style="bold cyan")


def _regions(output: GatOutput) -> Table:
    table = Table.grid(padding=(0, 2, 0, 2))
    for item in output.observations:
        table.add_row(Text(item.region, style="bold"), Text(item.contents, style="dim" if item.measured else ""))
    return table


def tree_view(output: Told, root: str, quoted: Callable[[Any], Sequence[Text]] = lambda claim: ()) -> Tree:
    """The hypotheses with what became of them.

    Args:
        output: of a finished run.
        root: what the tree is about.
        quoted: hypothesis or contradiction -> quotes to show below it.
    """
    tree = Tree(Text(root, style="dim"), guide_style="dim")
    for branch in branches(output):
        limb = tree.add(_claim(branch))
        for line in quoted(branch.hypothesis):
            limb.add(line)
        for item in branch.verdict.contradictions if branch.verdict else ():
            against = limb.add(Text("against: ", style="red").append_text(_fact(item.cited, item.fact)))
            for line in quoted(item):
                against.add(line)
        limb.add(_verdict(branch))
    return tree


def _claim(branch: Branch) -> Text:
    item, kept, pruned = branch.hypothesis, branch.state == "kept", branch.state == "pruned"
    line = Text(f"{item.id}  ", style="dim")
    line.append(item.emotion, "dim strike" if pruned else "bold green" if kept else "bold")
    cited = f" ({', '.join(item.cited)})" if item.cited else ""
    return line.append(f", {item.intensity}{cited}: {item.reason}", "dim" if pruned else "")


def _fact(region: str | None, fact: str) -> Text:
    return Text(f"{region}  " if region else "", style="bold").append(fact, "not bold")


def _verdict(branch: Branch) -> Text:
    mark, word, style = {
        "kept": ("✓", "kept", "green"),
        "pruned": ("✗", "pruned", "dim"),
        "aside": ("○", "set aside", "dim"),
    }[branch.state]
    sure = f" (confidence {branch.verdict.confidence:.2f})" if branch.verdict else ""
    return Text(f"{mark} {word}: {branch.told}{sure}", style=style)


def label_line(output: Told) -> Text:
    """What is concluded, and from what."""
    found = output.conclusion
    line = Text(found.label, style="bold green").append(f", {found.intensity} intensity", "not bold")
    return line.append(f", from {concluded_from(output)}", "dim not bold")


def _conclusion(output: GatOutput) -> RenderableType:
    found = output.conclusion
    parts: list[RenderableType] = [
        label_line(output),
        Text(f"valence {found.valence:.1f}, arousal {found.arousal:.1f} (1 to 9)"),
        Text(calibrated(output), style="dim"),
        Text("evoked in viewers", style="dim"),
        bars(found.emotions.probabilities),
        Text("expressed by people in it", style="dim"),
        bars(found.expressed.probabilities) if found.expressed else Text(NOBODY),
    ]
    if "uncalibrated" in {found.emotions.calibration, found.expressed and found.expressed.calibration}:
        parts.append(Text("shares from a structured answer: rank them, do not trust them", style="yellow"))
    return Padding(Group(*parts), (0, 0, 0, 2))


def _written(output: GatOutput) -> RenderableType:
    assert output.writing is not None
    lines = [_sentence(item.text, item.regions) for item in output.writing.sentences]
    told = f"{output.writing.words} words"
    if problems(output):
        told += f"; {problems(output)}"
    lines.append(Text(told, style="yellow" if problems(output) else "dim"))
    return Padding(Group(*lines), (0, 0, 0, 2))


def _sentence(text: str, regions: list[str]) -> Text:
    return Text(text).append(f"  [{', '.join(regions)}]" if regions else "", "dim")


# --- each node as it decides: trace entry and state values, as JSON primitives ---------------------------------------


def _look(entry: TraceEntry, values: dict[str, Any]) -> RenderableType:
    told = ", ".join(f"{name}: {value}" for name, value in entry.decided.items())
    unseen = values.get("perception") == "facts-only"
    return Group(Text(told), *([Text(UNSEEN, style="yellow")] if unseen else []))


def _scan(entry: TraceEntry, values: dict[str, Any]) -> RenderableType:
    return Group(*(_fact(item["region"], item["contents"]) for item in values["observations"]))


def _think(entry: TraceEntry, values: dict[str, Any]) -> RenderableType:
    return Text(values["messages"][-1]["content"])


def _hypothesize(entry: TraceEntry, values: dict[str, Any]) -> RenderableType:
    lines = []
    for item in values["hypotheses"]:
        cited = f" ({', '.join(item['regions'])})" if item["regions"] else ""
        line = Text(f"{item['id']}  ", style="dim").append(item["emotion"], "bold not dim")
        lines.append(line.append(f", {item['intensity']}{cited}: {item['reason']}", "not dim"))
    return Group(*lines)


def _verify(entry: TraceEntry, values: dict[str, Any]) -> RenderableType:
    lines = []
    for item in values["verdicts"]:
        stands = "pruned" if item["pruned"] else "stands"
        style = "dim" if item["pruned"] else ""
        lines.append(Text(f"{item['hypothesis']}  {stands}, confidence {item['confidence']:.2f}", style=style))
        lines += [Text("    ").append_text(_fact(each.get("region"), each["fact"])) for each in item["contradictions"]]
    return Group(*lines)


def _conclude(entry: TraceEntry, values: dict[str, Any]) -> RenderableType:
    found = values["conclusion"]
    scales = f"valence {found['valence']:.1f}, arousal {found['arousal']:.1f} (1 to 9)"
    line = Text(found["label"], style="bold").append(f", {found['intensity']} intensity; {scales}", "not bold")
    return Group(line, bars(found["emotions"]["probabilities"]))


def _write(entry: TraceEntry, values: dict[str, Any]) -> RenderableType:
    return Group(*(_sentence(item["text"], item["regions"]) for item in values["writing"]["sentences"]))


Body = Callable[[TraceEntry, dict[str, Any]], RenderableType]


def _safe(body: Body) -> Body:
    return lambda entry, values: body(entry, cleaned(values))


BODIES: dict[str, Body] = {
    "look": _safe(_look),
    "scan": _safe(_scan),
    "think": _safe(_think),
    "hypothesize": _safe(_hypothesize),
    "verify": _safe(_verify),
    "conclude": _safe(_conclude),
    "write": _safe(_write),
}
