"""A human is asked for, reads what was said, and answers, from another process than the person's."""

from __future__ import annotations

from pathlib import Path

from tests.agents.test_cli import affectgraph, folder, in_a_process

__all__ = ["folder"]

CRISIS = "I am going to kill myself tonight, the pills are in my hand.\n/quit\n"
HANDOVER = ("--set", "counsel.handover=true", "--set", "counsel.learned=false")


def test_who_waits_is_listed_answered_and_reads_the_answer(folder: Path) -> None:
    said = in_a_process(folder, "chat", "--name", "ann", *HANDOVER, given=CRISIS)
    assert "A human has been asked" in " ".join(said.stdout.split())
    queue = affectgraph(folder, "sessions", "queue")
    assert "ann" in queue.stdout
    assert "pills" not in queue.stdout
    assert "pills" in affectgraph(folder, "sessions", "queue", "ann").stdout
    too_high = affectgraph(folder, "sessions", "answer", "ann", "--approve", "--level", "6")
    assert too_high.returncode == 2
    assert affectgraph(folder, "sessions", "answer", "ann", "--text", "This is Jo.", "--level", "2").returncode == 0
    assert "Nobody waits" in affectgraph(folder, "sessions", "queue").stdout
    back = affectgraph(folder, "chat", "--resume", "ann", given="/quit\n")
    assert "This is Jo." in back.stdout


def test_nobody_waits_where_no_human_was_asked_for(folder: Path) -> None:
    affectgraph(folder, "chat", "--name", "ann", "--set", "counsel.learned=false", given=CRISIS)
    assert "handover = true" in affectgraph(folder, "sessions", "queue").stdout
    refused = affectgraph(folder, "sessions", "answer", "ann", "--approve")
    assert refused.returncode == 2
    assert "nobody waits" in refused.stderr
    assert affectgraph(folder, "sessions", "answer", "ann").returncode == 2
