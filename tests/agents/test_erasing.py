"""Export and erasure of all of a person: what is gone is searched for in every byte, what others have is kept."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TypedDict

import pytest
from langgraph.graph import END, START, StateGraph
from typer.testing import CliRunner, Result

from affectgraph.agents.cli import app
from affectgraph.agents.erasing import holding
from affectgraph.backends.embedder import SentenceEmbedder
from affectgraph.backends.errors import AffectgraphError
from affectgraph.graphs.checkpoints import open_sessions, session_names
from affectgraph.graphs.memory import person_folder
from affectgraph.graphs.settings import load_settings
from affectgraph.tools.memory.vectors import as_bytes, unit

PRIVATE = "Quixotic zebras trampled my marigolds."
PUBLIC = "Nobody clapped at my xylophone recital."
OTHERS = {"private": "The ferry to the island was late.", "public": "A stranger returned my umbrella."}


class Told(TypedDict):
    text: str
    reply: str


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder of its own, with the data beside it."""
    (tmp_path / "affectgraph.toml").write_text('data_dir = "data"\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    return tmp_path


def command(*arguments: str, given: str = "") -> Result:
    return CliRunner().invoke(app, list(arguments), input=given)


def done(*arguments: str, given: str = "") -> str:
    result = command(*arguments, given=given)
    assert result.exit_code == 0, result.exception
    return " ".join(result.output.split())


def speak(session: str, text: str, person: str | None) -> None:
    """One turn of a small graph, kept in the session file."""
    graph = StateGraph(Told)
    graph.add_node("answer", lambda state: {"reply": f"You said: {state['text']}"})
    graph.add_edge(START, "answer")
    graph.add_edge("answer", END)
    configurable = {"thread_id": session} | ({"person": person} if person else {})
    with open_sessions(Path("data/sessions.sqlite")) as saver:
        compiled = graph.compile(checkpointer=saver)
        compiled.invoke({"text": text, "reply": ""}, {"configurable": configurable}, durability="sync")


def live(person: str, private: str, public: str) -> list[str]:
    """A life in the data folder; the keys of the episodes."""
    done("persona", "new", person, "--openness", "0.7", "--note", f"note: {private}")
    keys = [json.loads(command("memory", "add", person, private, "-e", "anger", "--json").output)["key"]]
    keys += [json.loads(command("memory", "add", person, public, "--public", "--json").output)["key"]]
    speak(f"session-of-{person}", private, person)
    uploads = person_folder(load_settings().settings, person) / "uploads" / "deep"
    uploads.mkdir(parents=True)
    (uploads / "letter.txt").write_text(private * 1000)
    (uploads / "empty").touch()
    return keys


def traces(person: str, keys: list[str]) -> dict[str, bytes]:
    """What would give the person away, as bytes."""
    found = {}
    for name, text in {"private": PRIVATE, "public": PUBLIC, "name": person}.items():
        found |= {f"{name} in {code}": text.encode(code) for code in ("utf-8", "utf-16-le")}
    for number, key in enumerate(keys):
        found[f"key {number}"] = key.encode()
        found[f"key {number} in bytes"] = bytes.fromhex(key.replace("-", ""))
    for text in (PRIVATE, PUBLIC):
        (vector,) = SentenceEmbedder().embed([text])
        found[f"vector of {text}"] = as_bytes(unit(vector))[:24]
    return found


def seen(traces: dict[str, bytes], folder: Path) -> set[str]:
    """Which traces stand in some file below `folder`, or in its name."""
    every = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    every += [str(path.relative_to(folder)).encode() for path in folder.rglob("*")]
    return {name for name, trace in traces.items() if any(trace in content for content in every)}


def test_of_an_erased_person_no_byte_is_left_and_others_keep_everything(folder: Path) -> None:
    keys = live("zebedee", PRIVATE, PUBLIC)
    live("ben", **OTHERS)
    speak("nobodys", "The kettle is on.", None)
    wanted = traces("zebedee", keys)
    before = seen(wanted, folder / "data")
    # The search finds what is there: words, names and vectors before they are erased.
    words = {"private in utf-8", "public in utf-8", "name in utf-8"}
    assert words | {"key 0", f"vector of {PRIVATE}", f"vector of {PUBLIC}"} <= before
    bens = command("persona", "export", "ben").output

    said = done("persona", "erase", "zebedee", "--yes")
    assert seen(wanted, folder / "data") == set()
    assert "Sessions erased: session-of-zebedee." in said
    assert "Memory erased: 2 episodes." in said
    assert "people/zebedee with 2 files" in said
    assert "The persona 'zebedee' is erased: openness, note." in said
    assert "Out of reach: files that you exported elsewhere, backups, and copies" in said
    assert "What was public may have been recalled before" in said

    assert command("persona", "export", "ben").output == bens
    hits = json.loads(command("memory", "recall", "ben", OTHERS["private"], "--json").output)
    assert {hit["episode"]["event"] for hit in hits} == set(OTHERS.values())
    assert hits[0]["similarity"] > 0.99
    with open_sessions(Path("data/sessions.sqlite")) as saver:
        assert session_names(saver) == ["nobodys", "session-of-ben"]
    assert seen(wanted, folder / "data") == set()


def test_what_was_forgotten_leaves_no_byte_either(folder: Path) -> None:
    key = json.loads(command("memory", "add", "zebedee", PRIVATE, "--json").output)["key"]
    done("memory", "recall", "zebedee", "zebras")
    assert f"vector of {PRIVATE}" in seen(traces("zebedee", [key]), folder / "data")
    done("memory", "add", "ben", OTHERS["private"])
    done("memory", "forget", "zebedee", key)
    assert seen(traces("zebedee", [key]), folder / "data") == set()
    assert json.loads(command("memory", "recall", "ben", OTHERS["private"], "--json").output)[0]["similarity"] > 0.99


def test_export_holds_persona_episodes_sessions_and_names_of_files(folder: Path) -> None:
    keys = live("zebedee", PRIVATE, PUBLIC)
    live("ben", **OTHERS)
    output = command("persona", "export", "zebedee").output
    exported = json.loads(output)
    assert exported["persona"] == "zebedee"
    assert exported["profile"]["openness"] == 0.7
    assert exported["last_change"]
    assert {PRIVATE, PUBLIC, *keys} <= {part for part in json.dumps(exported["episodes"]).split('"') if part}
    assert len(exported["episodes"]) == 2
    (session,) = exported["sessions"]
    assert session["session"] == "session-of-zebedee"
    assert session["state"]["reply"] == f"You said: {PRIVATE}"
    assert [Path(file).name for file in exported["files"]] == ["empty", "letter.txt"]
    assert not any(words in output for words in OTHERS.values())


def test_only_a_memory_and_no_persona_can_be_exported_and_erased(folder: Path) -> None:
    done("memory", "add", "ann", PRIVATE)
    exported = json.loads(command("persona", "export", "ann").output)
    assert (exported["profile"], exported["last_change"], exported["sessions"], exported["files"]) == (
        None,
        None,
        [],
        [],
    )
    assert len(exported["episodes"]) == 1
    said = done("persona", "erase", "ann", given="y\n")
    assert "Stored of 'ann': 1 episode. Erase all of it for good?" in said
    assert "The persona" not in said
    assert json.loads(command("memory", "list", "ann", "--json").output) == []


def test_the_question_names_what_there_is_and_no_keeps_all_of_it(folder: Path) -> None:
    live("ann", PRIVATE, PUBLIC)
    before = holding(load_settings().settings, "ann")
    result = command("persona", "erase", "ann", given="n\n")
    assert result.exit_code == 1
    told = " ".join(result.output.split())
    assert "the persona, 2 episodes (1 of them public), 1 session (session-of-ann), 2 files" in told
    assert holding(load_settings().settings, "ann") == before
    assert seen(traces("ann", []), folder / "data") >= {"private in utf-8", "public in utf-8"}


def test_without_a_memory_neither_torch_nor_chroma_is_loaded_and_nothing_is_made(folder: Path) -> None:
    done("persona", "new", "ann", "--openness", "0.7")
    (folder / "data" / "people" / "ann").mkdir(parents=True)
    (folder / "data" / "people" / "ann" / "letter.txt").write_text(PRIVATE)
    watch = (
        "import sys\nfrom typer.testing import CliRunner\nfrom affectgraph.agents.cli import app\n"
        "for line in (['export', 'ann'], ['erase', 'ann', '--yes']):\n"
        "    assert CliRunner().invoke(app, ['persona', *line]).exit_code == 0, line\n"
        "print(sorted({'torch', 'chromadb', 'transformers'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", watch], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
    assert [path for path in (folder / "data").rglob("*") if path.is_file()] == []
    assert not (folder / "data" / "memory").exists()


def test_of_nobody_there_is_nothing_to_erase(folder: Path) -> None:
    done("memory", "add", "ben", OTHERS["private"])
    speak("bens", OTHERS["private"], "ben")
    for arguments in (["erase", "ann", "--yes"], ["erase", "ann"], ["export", "ann"]):
        error = command("persona", *arguments).exception
        assert isinstance(error, AffectgraphError)
        assert "there is no persona 'ann'" in str(error)
    error = command("persona", "erase", "../ben", "--yes").exception
    assert isinstance(error, AffectgraphError)
    assert "is no name" in str(error)
    assert len(json.loads(command("memory", "list", "ben", "--json").output)) == 1


def test_a_link_among_the_files_is_removed_and_what_it_leads_to_is_left_alone(folder: Path) -> None:
    mine = folder / "mine.txt"
    mine.write_text("keep me")
    files = person_folder(load_settings().settings, "ann")
    files.mkdir(parents=True)
    (files / "link").symlink_to(mine)
    (files / "folder").symlink_to(folder)
    said = done("persona", "erase", "ann", "--yes")
    assert "with 2 files" in said
    assert mine.read_text() == "keep me"
    assert (folder / "affectgraph.toml").is_file()
    assert not files.exists()
    files.symlink_to(folder)
    assert "What it led to is left alone." in done("persona", "erase", "ann", "--yes")
    assert mine.read_text() == "keep me"


def test_erasing_works_when_the_embedder_is_another_one_by_now(folder: Path) -> None:
    live("ann", PRIVATE, PUBLIC)
    Path("affectgraph.toml").write_text('data_dir = "data"\n[embedder]\nmax_tokens = 64\n')
    assert len(json.loads(command("persona", "export", "ann").output)["episodes"]) == 2
    done("persona", "erase", "ann", "--yes")
    assert seen(traces("zzz", []), folder / "data") == set()
