"""A conversation as the page shows it: its messages, and what stands beside them.

Text of people and models is escaped, so that none of it is taken for Markdown or HTML; vetted texts are Markdown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from affectgraph.agents import web_panel
from affectgraph.agents.counselling import Conversation
from affectgraph.agents.web_sessions import Written
from affectgraph.agents.web_words import Words
from affectgraph.graphs.counsel_types import CounselState
from affectgraph.graphs.empathy_types import Turn

__all__ = ["TalkView", "plain"]

_MARKS = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~&$=:@^])")
Bubble = dict[str, Any]


def plain(text: str) -> str:
    """`text` so that Markdown shows it as it is."""
    return _MARKS.sub(r"\\\1", text)


class TalkView:
    """One conversation in the words of one language.

    Attributes:
        posture: of the last turn.
    """

    def __init__(self, talk: Conversation, w: Words) -> None:
        self._talk = talk
        self._w = w
        self._state = talk.state()
        self._history = self._state.history if self._state else []
        self._bubbles = [bubble for turn in self._history for bubble in self._exchange(turn)]
        self._pending = talk.pending

    @property
    def state(self) -> CounselState | None:
        """As stored when the view was made."""
        return self._state

    @property
    def pending(self) -> bool:
        """A turn was stopped before its end."""
        return self._pending

    def messages(self, turn: Written | None = None) -> list[Bubble]:
        """The messages, those of a turn that runs or was stopped included."""
        found = list(self._bubbles)
        if turn is None and not self._pending:
            return found
        said = self._said(turn)
        if said:
            found.append({"role": "user", "content": said})
        if turn is not None and turn.sentences:
            found.append({"role": "assistant", "content": self._answered(turn)})
        elif turn is None and self._state is not None and self._state.opened:
            found.append({"role": "assistant", "content": self._state.opened})
        return found

    def _said(self, turn: Written | None) -> str:
        text = turn.text if turn is not None and turn.text is not None else self._state.text if self._state else ""
        names = [self._w.attached.format(name=name) for name in turn.names] if turn is not None else []
        return "\n\n".join(plain(part) for part in (text, *names) if part)

    def _answered(self, turn: Written) -> str:
        """What is said so far: vetted words as they are, the model's escaped."""
        posture = str(turn.values.get("posture", "clear"))
        opened = str(turn.values.get("opened", ""))
        told = "\n\n".join(turn.sentences) if posture == "crisis" else ""
        if told:
            return told
        gap = "" if turn.values.get("language") == "zh" else " "
        first, rest = (opened, turn.sentences[1:]) if opened else ("", turn.sentences)
        if not opened and posture in ("ask", "check_in") and turn.running == "reach_out":
            first, rest = turn.sentences[0], turn.sentences[1:]
        return "\n\n".join(part for part in (first, plain(gap.join(rest))) if part)

    def _exchange(self, turn: Turn) -> list[Bubble]:
        if turn.source == "human":
            reply = f"**{self._w.human}**\n\n{plain(turn.reply)}"
        elif turn.source == "template":
            reply = turn.reply
        else:
            reply = turn.reply[: turn.opened] + plain(turn.reply[turn.opened :])
        bubbles = [{"role": "user", "content": plain(turn.text)}] if turn.text else []
        return [*bubbles, {"role": "assistant", "content": reply}]

    # --- beside ---

    def chain(self, turn: Written | None = None) -> str:
        """The chain of the turn that runs, else of the last one."""
        if turn is not None:
            return web_panel.chain(self._w, turn.entries, turn.values, turn.running)
        if self._state is None:
            return web_panel.chain(self._w, [], {})
        return web_panel.chain(self._w, self._state.trace, self._state.model_dump(mode="json"))

    def feelings(self) -> str:
        """The chart."""
        return web_panel.feelings(self._w, self._history)

    def media(self, turn: Written | None = None) -> str:
        """Readings of pictures and recordings."""
        values = turn.values if turn is not None else self._state.model_dump(mode="json") if self._state else {}
        return web_panel.media(self._w, values.get("heard", []), values.get("perceived", []))

    def banner(self, turn: Written | None = None) -> str:
        """Where to turn, where the posture of the turn calls for it."""
        values: dict[str, Any] = turn.values if turn is not None and "posture" in turn.values else {}
        if not values and self._state is not None:
            values = self._state.model_dump(mode="json", include={"posture", "watch", "safety"})
        if not values:
            return ""
        categories: Sequence[Any] = (values.get("safety") or {}).get("categories", [])
        minor = bool((values.get("watch") or {}).get("minor"))
        return web_panel.banner(self._w, values["posture"], self._talk.country, minor=minor, categories=categories)

    def help(self) -> str:
        """Where to turn, for the panel that is always at hand."""
        minor = bool(self._state and self._state.watch.minor)
        return web_panel.help_lines(self._w, self._talk.country, minor=minor)

    def status(self, turn: Written | None = None) -> str:
        """What is going on."""
        w = self._w
        if turn is None:
            waits = self._state is not None and self._state.waiting
            return web_panel.status(w, w.stopped if self._pending else w.human_asked if waits else "")
        if turn.problem:
            return web_panel.status(w, turn.problem, "problem")
        if turn.stopped:
            return web_panel.status(w, w.stopped)
        if turn.over:
            return ""
        if turn.sentences:
            return web_panel.status(w, w.answering, "running")
        return web_panel.status(w, w.thinking.format(name=w.nodes.get(turn.running, "...")), "running")
