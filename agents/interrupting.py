"""Ctrl-C during a run. LangGraph waits for the running node, so the backends are told to end it first."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from affectgraph.graphs import Graph

__all__ = ["interruptible"]


@contextmanager
def interruptible(graph: Graph[Any]) -> Iterator[None]:
    """Inside the block the first Ctrl-C ends the run with `KeyboardInterrupt`, a second one the process.

    Nothing is lost by the second: a session is on disk before each node, and files are replaced only when complete.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # signals belong to the main thread
        return
    pressed = False

    def on_interrupt(number: int, frame: Any) -> None:
        nonlocal pressed
        if pressed:
            os._exit(1)
        pressed = True
        sys.stderr.write("\nstopping ... (Ctrl-C again to leave at once)\n")
        graph.cancel()
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
