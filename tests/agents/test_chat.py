"""`affectgraph chat`, killed and resumed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.agents.test_cli import SCRIPT, affectgraph
from tests.agents.test_cli import folder as bare_folder
from tests.graphs.conftest import GOOD_REPLY, TEXT

__all__ = ["bare_folder"]

ONE_LINE = TEXT.replace("\n", " ")


@pytest.fixture
def folder(bare_folder: Path) -> Path:
    """A working folder in which the scripted model's reply is the last thing asked for, and is said."""
    with (bare_folder / "affectgraph.toml").open("a", encoding="utf-8") as settings:
        settings.write('\n[counsel]\nreplies = "model"\n')
    return bare_folder


def exported(folder: Path, name: str) -> list[dict[str, str]]:
    done = affectgraph(folder, "sessions", "export", name)
    assert done.returncode == 0, done.stderr
    turns: list[dict[str, str]] = json.loads(done.stdout)["state"]["history"]
    return turns


def test_a_session_answers_and_is_kept(folder: Path) -> None:
    done = affectgraph(folder, "chat", "--name", "ann", given=f"{ONE_LINE}\n/why\n/quit\n")
    assert done.returncode == 0, done.stderr
    assert "not a person and not a clinician" in done.stdout
    assert "What would help you most this week?" in " ".join(done.stdout.split())
    assert "L3  Intent" in done.stdout  # /why
    assert [turn["reply"] for turn in exported(folder, "ann")] == [GOOD_REPLY]
    assert "ann" in affectgraph(folder, "sessions", "list").stdout


def test_by_default_the_reply_is_put_together_from_vetted_sentences(folder: Path) -> None:
    done = affectgraph(folder, "chat", "--name", "ann", "--set", "counsel.replies=auto", given=f"{ONE_LINE}\n/quit\n")
    assert done.returncode == 0, done.stderr
    assert "put together from vetted sentences" in " ".join(done.stdout.split())
    (turn,) = exported(folder, "ann")
    assert turn["source"] == "composed"
    assert turn["reply"].startswith("You wrote:")


def test_a_taken_or_unusable_name_is_refused(folder: Path) -> None:
    affectgraph(folder, "chat", "--name", "ann", given=f"{ONE_LINE}\n")
    taken = affectgraph(folder, "chat", "--name", "ann")
    assert taken.returncode == 2
    assert "--resume ann" in taken.stderr
    assert affectgraph(folder, "chat", "--name", "../x").returncode == 2


def test_erase_leaves_nothing(folder: Path) -> None:
    affectgraph(folder, "chat", "--name", "ann", given=f"{ONE_LINE}\n")
    assert affectgraph(folder, "sessions", "erase", "ann", "--yes").returncode == 0
    assert b"dementia" not in b"".join(file.read_bytes() for file in (folder / "data").rglob("*") if file.is_file())


def test_a_crisis_message_is_answered_with_vetted_words(folder: Path) -> None:
    done = affectgraph(folder, "chat", "--name", "ann", given="I want to kill myself.\n/quit\n")
    assert done.returncode == 0, done.stderr
    assert "emergency" in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_kill_minus_nine_in_mid_turn_loses_and_repeats_nothing(folder: Path) -> None:
    """The script lacks the reply, so the first process stops in the last node; it is killed there."""
    slow = (
        "import time\n"
        "from affectgraph.backends import scripted\n"
        "reply = scripted.ScriptedBackend._reply\n"
        "def held(self, messages):\n"
        "    if 'Now speak' in str(messages[-1].text):\n"
        "        print('HELD', flush=True)\n"
        "        time.sleep(600)\n"
        "    return reply(self, messages)\n"
        "scripted.ScriptedBackend._reply = held\n"
        "from affectgraph.agents.cli import main\n"
        "main()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", slow, "chat", "--name", "ann"],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "COLUMNS": "100", "NO_COLOR": "1"},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{ONE_LINE}\n".encode())
    process.stdin.flush()
    deadline = time.monotonic() + 60
    while b"HELD" not in process.stdout.readline():
        assert time.monotonic() < deadline
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdin.close()
    process.stdout.close()

    # Only the reply is scripted now: had a node been repeated, it would have taken this line as its answer.
    (folder / "script.jsonl").write_text(json.dumps(SCRIPT[-1]) + "\n" + json.dumps("Never said."))
    resumed = affectgraph(folder, "chat", "--resume", "ann", given="/quit\n")
    assert resumed.returncode == 0, resumed.stderr
    assert "Continuing the turn that was interrupted." in resumed.stdout
    assert [(turn["text"], turn["reply"]) for turn in exported(folder, "ann")] == [(ONE_LINE, GOOD_REPLY)]


def test_a_failure_in_mid_turn_keeps_the_turn_for_retry(folder: Path) -> None:
    whole = (folder / "script.jsonl").read_text()
    (folder / "affectgraph.toml").write_text((folder / "affectgraph.toml").read_text().replace("cycle = true\n", ""))
    (folder / "script.jsonl").write_text("\n".join(whole.splitlines()[:4]))
    first = affectgraph(folder, "chat", "--name", "ann", given=f"{ONE_LINE}\n/quit\n")
    assert first.returncode == 0
    assert "/retry continues this turn" in " ".join(first.stdout.split())
    (folder / "script.jsonl").write_text("\n".join(whole.splitlines()[4:]))
    affectgraph(folder, "chat", "--resume", "ann", given="/quit\n")
    assert [turn["reply"] for turn in exported(folder, "ann")] == [GOOD_REPLY]
