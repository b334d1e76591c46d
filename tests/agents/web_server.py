"""The page with a scripted model that can be held: `python -m tests.agents.web_server FOLDER [--as-shipped]`.

While the file `hold` lies in the folder the model answers nothing, until it is cancelled; `held` says that it waits.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from langchain_core.messages import BaseMessage

from affectgraph.agents.web import serve
from affectgraph.backends import scripted
from affectgraph.backends.errors import Stopped
from affectgraph.graphs.settings import load_settings
from tests.graphs.conftest import player

SETTINGS = """
data_dir = "data"
[backends.played]
kind = "scripted"
path = "script.jsonl"
[roles]
perceive = "played"
reason = "played"
write = "played"
judge = "played"
"""
# Most tests look at what the page does with a reply: one that the model writes, without waiting for the readers.
COUNSEL = """
[counsel]
learned = false
replies = "model"
"""


class HeldModel:
    """What takes the place of the scripted backend's answers."""

    def __init__(self, folder: Path) -> None:
        self._hold = folder / "hold"
        self._held = folder / "held"
        self._stops = 0
        brief: Any = {"causes": [{"cause": "It is too much for one person.", "segments": ["s1"]}], "beliefs": []}
        self._play = player(causes=brief)

    def answer(self, backend: object, messages: list[BaseMessage]) -> Any:
        stops = self._stops
        # A stop in the middle of the reply, not of the first node.
        while self._hold.exists() and self._hold.read_text() in str(messages[-1].text):
            self._held.touch()
            if self._stops != stops:
                raise Stopped("stopped")
            time.sleep(0.02)
        self._held.unlink(missing_ok=True)
        return self._play(messages)

    def cancel(self, backend: object) -> None:
        self._stops += 1


def main(folder: Path, *, as_shipped: bool) -> None:
    (folder / "script.jsonl").write_text("1\n")
    (folder / "affectgraph.toml").write_text(SETTINGS if as_shipped else SETTINGS + COUNSEL)
    model = HeldModel(folder)
    scripted.ScriptedBackend._reply = lambda self, messages: model.answer(self, messages)  # type: ignore[method-assign]
    scripted.ScriptedBackend.cancel = lambda self: model.cancel(self)  # type: ignore[method-assign]
    settings = load_settings(folder / "affectgraph.toml").settings
    serve(settings, port=0, said=lambda text: print(text, flush=True))  # noqa: T201 - the test reads the address


if __name__ == "__main__":
    main(Path(sys.argv[1]), as_shipped="--as-shipped" in sys.argv)
