"""The live view of a run in a terminal: each layer as it decides, the reply sentence by sentence."""

from __future__ import annotations

from typing import Any, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.panel import Panel
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from affectgraph.agents.bars import bars
from affectgraph.agents.gat_text_view import gat_text_view
from affectgraph.agents.gat_view import BODIES, TITLES, cleaned
from affectgraph.graphs.running import Event, Finished, NodeFinished, NodeStarted, Sentence
from affectgraph.graphs.steps import TraceEntry

__all__ = ["ReplyView", "RunView", "TreeView", "chain_view", "trace_table"]

_TITLES = {
    "screen": "Safety screen",
    "segment": "Segments",
    "condense": "Condense",
    "emotions_and_context": "L1  Emotions and context",
    "causes_and_beliefs": "L2  Causes and beliefs",
    "intent": "L3  Intent",
    "strategy": "L4  Strategy",
    "chain_of_empathy": "L1-L4 in one prompt",
    "reply": "Reply",
    "courtesy": "Reply",
    "crisis": "Reply",
    "read": "Reading",
    **TITLES,
}
_REPLYING = ("reply", "courtesy", "crisis", "chain_of_empathy")
_QUOTE = 100


class _View:
    """A live tail at the bottom of the terminal: what is going on, and the reply so far.

    A context manager; feed it events with `show`. Without a terminal it prints each finished piece once.
    """

    titles = _TITLES

    def __init__(self, console: Console) -> None:
        self._console = console
        self._running = ""
        self._sentences: list[str] = []
        self._live = Live(console=console, transient=True, refresh_per_second=12, get_renderable=self._tail)

    def __enter__(self) -> Self:
        self._live.__enter__()
        return self

    def __exit__(self, *details: Any) -> None:
        self._live.__exit__(*details)

    def show(self, event: Event) -> None:
        """Show one event; what is finished scrolls up, what is going on stays at the bottom."""
        match event:
            case NodeStarted(node):
                self._running = node
            case Sentence(text):
                self._sentences.append(text)
            case NodeFinished(node, entry, values):
                self._running = ""
                self.decided(node, entry, values)
            case Finished(output):
                self._sentences = []
                self._console.print(self.reply(output))

    def decided(self, node: str, entry: TraceEntry, values: dict[str, Any]) -> None:
        """Called for every finished node."""

    def reply(self, output: Any) -> RenderableType:
        """How the finished reply is drawn; of a graph that gives none, the notice about its model."""
        if not hasattr(output, "reply"):
            return Text(output.notice or "", style="yellow")
        return reply_panel(output.reply, output.notice)

    def _tail(self) -> RenderableType:
        parts: list[RenderableType] = []
        if self._sentences:
            parts.append(Panel(Text(" ".join(self._sentences)), title="Reply", border_style="green", padding=(1, 2)))
        if self._running:
            label = self.titles.get(self._running, self._running)
            parts.append(Spinner("dots", text=Text(f" {label} ...", style="dim")))
        return Group(*parts)


class RunView(_View):
    """For researchers: each layer is shown as it decides, then the reply."""

    def decided(self, node: str, entry: TraceEntry, values: dict[str, Any]) -> None:
        """Show what the node decided, and how long it took."""
        if node not in _REPLYING:
            self._console.print(_layer(node, entry, values))


class ReplyView(_View):
    """For a conversation: the chain stays hidden, the reply appears by sentence."""

    def reply(self, output: Any) -> RenderableType:
        """The reply without a frame, and the resources beside it."""
        parts: list[RenderableType] = [Text(output.reply.text, style="green")]
        if output.reply.resources:
            parts.append(Text(f"\n{output.reply.resources}", style="cyan"))
        return Padding(Group(*parts), (0, 0, 1, 2))


class TreeView(_View):
    """For a text as a tree: what is going on, then the finished tree at once, since a branch changes when judged."""

    def reply(self, output: Any) -> RenderableType:
        """The tree."""
        return gat_text_view(output)


def chain_view(state: Any) -> RenderableType:
    """The layers behind the last reply of a session, and what each node cost."""
    values = cleaned(state.model_dump(mode="json"))
    layers = [_layer(entry.node, entry, values) for entry in state.trace if entry.node in _COUNSELLING]
    return Group(*layers, trace_table(state.trace))


def reply_panel(reply: Any, notice: str | None) -> RenderableType:
    """The reply as the person reads it, with resources and the notice about the model below it."""
    origin = {
        "composed": "vetted sentences that the chain decided on",
        "fallback": "vetted text: the first reply was rejected",
        "mixed": "completed with vetted text: the rest was rejected",
        "template": "vetted text",
    }.get(reply.source, "")
    if reply.rejected and origin:
        origin += f" ({', '.join(kind.replace('_', ' ') for kind in reply.rejected)})"
    parts: list[RenderableType] = [Text(reply.text)]
    if reply.resources:
        parts.append(Padding(Text(reply.resources, style="cyan"), (1, 0, 0, 0)))
    panel = Panel(Group(*parts), title="Reply", subtitle=origin or None, border_style="green", padding=(1, 2))
    return Group(panel, Text(f"  {notice}", style="yellow")) if notice else panel


def trace_table(trace: list[TraceEntry]) -> Table:
    """What each node cost: tokens in, the cached share of them, tokens out, milliseconds."""
    table = Table(title="Trace", title_justify="left", box=None, header_style="bold", padding=(0, 2, 0, 0))
    for name in ("node", "backend"):
        table.add_column(name)
    for name in ("tokens in", "cached", "out", "calls", "ms"):
        table.add_column(name, justify="right")
    for entry in trace:
        usage = entry.usage
        share = f"{usage.tokens_cached / usage.tokens_in:.0%}" if usage.tokens_in else ""
        cells = [str(number) if usage.calls else "" for number in (usage.tokens_in, usage.tokens_out, usage.calls)]
        table.add_row(
            entry.node, entry.backend or "code", cells[0], share, cells[1], cells[2], f"{entry.milliseconds:,.0f}"
        )
    return table


def _layer(node: str, entry: TraceEntry, values: dict[str, Any]) -> RenderableType:
    cost = Text(f"  {entry.milliseconds / 1000:.1f} s", style="dim")
    heading = Text(_TITLES.get(node, node), style="bold cyan").append_text(cost)
    drawn = _gave_up if "gave_up" in entry.decided else _BODIES.get(node)
    return Group(heading, Padding(drawn(entry, values), (0, 0, 1, 2))) if drawn else heading


def _screen(entry: TraceEntry, values: dict[str, Any]) -> RenderableType:
    level = entry.decided["level"]
    found = ", ".join(str(name) for name in values["safety"]["categories"]) or "nothing found"
    return Text(f"level {level} of 6: {found}", style="red" if level else "")


def _segments(entry: TraceEntry, values: dict[str, Any]) -> RenderableType:
    fits = "" if entry.decided["fits"] else ", too long for the model's context"
    return Text(f"{entry.decided['segments']} segments{fits}")


def _condense(entry: TraceEntry, values: dict[str, Any]) -> RenderableType:
    kept = values["kept"]
    return Text(f"the model reads {len(kept)} of {entry.decided['of']} segments: {', '.join(kept)}", style="yellow")


def _emotions(entry: TraceEntry, values: dict[str, Any]) -> RenderableType:
    layer = values["emotions_and_context"]
    return Group(
        bars(layer["emotions"]["probabilities"]),
        Text("intensity", style="dim"),
        bars(layer["intensity"]["probabilities"], ordered=True),
        Text(f"situation: {layer['situation']}"),
    )


def _causes(entry: TraceEntry, values: dict[str, Any]) -> RenderableType:
    layer = values["causes_and_beliefs"]
    parts: list[RenderableType] = []
    for cause in layer["causes"]:
        parts += [Text(f"- {cause['cause']}"), *_quoted(cause["quotes"])]
    for belief in layer["beliefs"]:
        kind = belief["distortion"].replace("_", " ")
        parts += [Text(f"- believes: {belief['belief']}  ").append(f"({kind}?)", "magenta"), *_quoted(belief["quotes"])]
    return Group(*parts)


def _quoted(quotes: list[dict[str, Any]]) -> list[Text]:
    lines = []
    for item in quotes:
        words = " ".join(item["text"].split())
        shown = words if len(words) <= _QUOTE else f"{words[: _QUOTE - 1]}…"
        lines.append(Text(f"    {item['segment']} ", style="dim").append(f"“{shown}”", "italic"))
    return lines


def _intent(entry: TraceEntry, values: dict[str, Any]) -> RenderableType:
    return bars(values["intent"]["intent"]["probabilities"])


def _strategy(entry: TraceEntry, values: dict[str, Any]) -> RenderableType:
    moves = values["strategy"]["moves"]
    return Group(*(Text(f"{number}. {move['move']}: {move['reason']}") for number, move in enumerate(moves, 1)))


def _readings(entry: TraceEntry, values: dict[str, Any]) -> RenderableType:
    parts: list[RenderableType] = []
    for name, reading in values["readings"].items():
        rating = "" if reading["rating"] is None else f"  {reading['rating']:.2f}"
        parts.append(Text(f"{name.replace('_', ' ')}{rating}", style="dim"))
        if reading["distribution"]:
            parts.append(bars(reading["distribution"]["probabilities"], ordered=reading["rating"] is not None))
        else:
            parts.append(Text(reading["label"] or f"no answer could be read: {reading['said']}"))
    return Group(*parts)


def _gave_up(entry: TraceEntry, values: dict[str, Any]) -> RenderableType:
    return Text("the model gave no usable answer; the reply was written without this layer", style="yellow")


_COUNSELLING = {
    "screen": _screen,
    "segment": _segments,
    "condense": _condense,
    "emotions_and_context": _emotions,
    "causes_and_beliefs": _causes,
    "intent": _intent,
    "strategy": _strategy,
}
_BODIES = {**_COUNSELLING, "read": _readings, **BODIES}
