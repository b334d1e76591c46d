"""LangGraph's SQLite saver with three things more: owners, metadata without text, and word of what is on disk.

Several threads share the one connection behind the saver's lock. A config names the owner beside the session,
`{"configurable": {"thread_id": SESSION, "owner": OWNER}}`; without one it is the user of the terminal, `""`.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from typing import Any, cast

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata, CheckpointTuple
from langgraph.checkpoint.sqlite import SqliteSaver

from affectgraph.backends.errors import CheckpointError
from affectgraph.graphs.session_table import names_of, no_such_session

__all__ = ["Keeping", "SessionSaver"]

# What LangGraph would store of the configuration beside a checkpoint, as plain JSON: these, and nothing a caller adds.
_TOLD = ("thread_id", "checkpoint_ns", "checkpoint_id", "owner", "person", "graph")
_PATIENCE = 60.0  # seconds; longer than SQLite waits for another process


class Keeping:
    """Waits until the text that begins a turn is committed.

    LangGraph saves it in another thread, and starts the first node meanwhile: that a node has begun says nothing.
    """

    _current: ContextVar[Keeping | None] = ContextVar("affectgraph_keeping", default=None)

    def __init__(self) -> None:
        self._done = threading.Event()
        self._error: BaseException | None = None

    def watch(self) -> None:
        """From here on, in this context and the threads that LangGraph starts from it."""
        self._current.set(self)

    def wait(self) -> None:
        """Return once the text is on disk.

        Raises:
            Exception: what kept it from being written.
        """
        if not self._done.wait(_PATIENCE):
            raise CheckpointError(f"the text could not be kept within {_PATIENCE:.0f} s; nothing was answered")
        if self._error is not None:
            raise self._error

    @classmethod
    def told(cls, error: BaseException | None) -> None:
        """An input was committed, or could not be."""
        waiting = cls._current.get()
        if waiting is not None:
            waiting._error = error
            waiting._done.set()


class SessionSaver(SqliteSaver):
    """Checkpoints of sessions, each of which is its owner's alone.

    A session of another owner is none: reading finds nothing, writing is refused as for a name that does not exist.
    """

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """As LangGraph's; None for a session of another owner."""
        return super().get_tuple(config) if self._may(config) else None

    def list(self, config: RunnableConfig | None, **narrowed: Any) -> Iterator[CheckpointTuple]:
        """As LangGraph's; nothing for a session of another owner, and nothing without naming a session."""
        if config is not None and self._may(config):
            yield from super().list(config, **narrowed)

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """As LangGraph's, without what a caller's configuration would add to the metadata.

        Raises:
            InputError: the session is another owner's.
        """
        kept = {key: value for key, value in config["configurable"].items() if key in _TOLD}
        starts = metadata.get("source") == "input" and not kept.get("checkpoint_ns")
        try:
            self._demand(config)
            written = super().put({"configurable": kept}, checkpoint, metadata, new_versions)
            if starts:
                self.to_disk()
        except BaseException as error:
            if starts:
                Keeping.told(error)
            raise
        if starts:
            Keeping.told(None)
        return cast(RunnableConfig, {"configurable": {**kept, **written["configurable"]}})

    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """As LangGraph's.

        Raises:
            InputError: the session is another owner's.
        """
        self._demand(config)
        super().put_writes(config, writes, task_id, task_path)

    def to_disk(self) -> None:
        """Wait until all that is committed would survive a power cut too.

        Once for the text that begins a turn and once at its end, and outside of the lock: SQLite itself would wait
        within it for each of some twenty-five commits of a turn, one session after the other. What a power cut may take
        between is nodes that run again.
        """
        with self.cursor(transaction=False) as cursor:
            (_, _, file) = cursor.execute("PRAGMA database_list").fetchone()
        try:
            log = os.open(f"{file}-wal", os.O_RDWR)
        except FileNotFoundError:  # in memory, or all of it is in the file itself by now
            return
        try:
            os.fsync(log)
        finally:
            os.close(log)

    def _may(self, config: RunnableConfig) -> bool:
        asked = config["configurable"]
        with self.cursor(transaction=False) as cursor:
            found = cursor.execute("SELECT owner FROM sessions WHERE name = ?", (str(asked["thread_id"]),)).fetchone()
        return found is None or found[0] == asked.get("owner", "")

    def _demand(self, config: RunnableConfig) -> None:
        if not self._may(config):
            asked = config["configurable"]
            with self.cursor(transaction=False) as cursor:
                raise no_such_session(str(asked["thread_id"]), names_of(cursor, asked.get("owner", "")))
