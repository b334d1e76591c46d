"""`affectgraph run appraise` as a person meets it: a text, people, and what of them is shown side by side."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from affectgraph.agents.cli import app
from affectgraph.backends.errors import AffectgraphError, BackendError
from affectgraph.backends.scripted import Reply, ScriptedBackend
from affectgraph.graphs import loading
from affectgraph.graphs.memory import open_memory
from affectgraph.graphs.settings import load_settings
from tests.agents.test_cli import in_a_process
from tests.graphs.test_appraise import EVENT, NAMES, TRUE, by_question, plain

EXAMPLES = Path(__file__).parents[2] / "examples" / "personas"
Answering = Callable[[str, str], Reply]


def tense_or_calm(asked: str, text: str) -> Reply:
    """Who is high in neuroticism finds things urgent and is afraid; who is low is glad; the average person neither."""
    if asked == "emotion":
        felt = "fear" if "neuroticism 0.90" in text else "joy" if "neuroticism 0.10" in text else "neutral"
        return {felt: 3, "sadness": 1}
    if asked == "urgency":
        return TRUE[4] if "neuroticism 0.90" in text else TRUE[1]
    return plain(asked, text)


class Asked(list[str]):
    """Everything that the model was shown."""

    def of(self, words: str) -> list[str]:
        return [text for text in self if words in text]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """The configured backend is `tense_or_calm`; what it is shown is noted."""
    seen = Asked()

    def note(asked: str, text: str) -> Reply:
        seen.append(text)
        return tense_or_calm(asked, text)

    backend = ScriptedBackend(label="played", replies=by_question(note))
    monkeypatch.setattr(loading, "open_backend", lambda *arguments, **named: backend)
    return seen


def write_persona(path: Path, name: str, neuroticism: float) -> None:
    values = f'name = "{name}"\nneuroticism = {neuroticism}\n[provenance]\nneuroticism = "stated"\n'
    path.write_text(values, encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: Asked) -> Path:
    """A working folder with two personas in files, ann (tense) and bob (calm)."""
    (tmp_path / "affectgraph.toml").write_text('data_dir = "data"\n[appraise]\nevidence = false\n')
    write_persona(tmp_path / "a.toml", "ann", 0.9)
    write_persona(tmp_path / "b.toml", "bob", 0.1)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["run", *arguments])


def shown(*arguments: str) -> list[str]:
    """The lines of the answer, spaces folded."""
    result = run("appraise", *arguments)
    assert result.exit_code == 0, result.exception
    return [" ".join(line.split()) for line in result.stdout.splitlines()]


def answered(*arguments: str) -> Any:
    result = run("appraise", *arguments, "--json")
    assert result.exit_code == 0, result.exception
    return json.loads(result.stdout)


def told(*arguments: str) -> str:
    """The words of the refusal."""
    error = run(*arguments).exception
    assert isinstance(error, AffectgraphError), error
    assert error.exit_code == 2
    return str(error)


def felt(result: Any) -> str:
    shares: dict[str, float] = result["feeling"]["emotions"]["probabilities"]
    return max(shares, key=shares.__getitem__)


# --- side by side ----------------------------------------------------------------------------------------------------


def test_the_average_person_and_each_persona_stand_side_by_side(folder: Path) -> None:
    lines = shown(EVENT, "--persona", "a.toml", "b.toml")
    assert lines[0] == "average ann bob"
    assert lines[1] == "feels neutral 75% fear 75% joy 75%"
    assert lines[2] == "then sadness 25% sadness 25% sadness 25%"
    assert lines[3] == "strength high high high"
    (urgent,) = (line for line in lines if line.endswith("▲ 2.0"))
    assert urgent.endswith("2.0 5.0 ▲ 2.0")
    assert "how true is it, 1 to 5 (what differs most)" in lines
    assert "Why ann" in lines
    assert "{" not in lines
    assert "Why bob" not in lines  # nothing was measured of him
    (reason,) = (line for line in lines if line.startswith("- "))
    assert "neuroticism high (0.90)" in reason


def test_without_personas_the_average_person_stands_alone(folder: Path) -> None:
    lines = shown(EVENT)
    assert lines[:2] == ["average", "feels neutral 75%"]
    assert answered(EVENT)["people"] == []


def test_json_holds_event_average_and_people_and_nothing_else_is_printed(folder: Path) -> None:
    result = run("appraise", EVENT, "--persona", "a.toml", "b.toml", "--json")
    found = json.loads(result.stdout)
    assert result.stderr == ""
    assert list(found) == ["event", "average", "people"]
    assert found["event"] == EVENT
    assert found["average"]["person"] is None
    assert [person["person"] for person in found["people"]] == ["ann", "bob"]
    assert [felt(one) for one in (found["average"], *found["people"])] == ["neutral", "fear", "joy"]
    assert list(found["average"]["appraisals"]) == NAMES
    (moved,) = found["people"][0]["explanation"]["moved"]
    assert (moved["appraisal"], moved["trait"], moved["shift"]) == ("urgency", "neuroticism", 3.0)


def test_people_are_compared_with_the_average_persons_ratings_which_are_asked_for_once(
    folder: Path, asked: Asked
) -> None:
    answered(EVENT, "-p", "a.toml", "-p", "b.toml")
    # 21 ratings, emotion and strength of three people; one trait of two of them, for three ratings each.
    assert len(asked) == 3 * 23 + 2 * 3


def test_output_writes_the_same_json_and_trace_shows_what_each_person_cost(folder: Path) -> None:
    lines = shown(EVENT, "-p", "a.toml", "--output", "result.json", "--trace")
    assert json.loads((folder / "result.json").read_text())["people"][0]["person"] == "ann"
    assert lines[-1] == "written to result.json"
    assert [line for line in lines if line in ("average", "ann")] == ["average", "ann"]
    assert sum("explain" in line for line in lines) == 2
    assert not list(folder.glob(".*.part"))


def test_a_missing_folder_of_output_is_said_before_anything_is_asked(folder: Path, asked: Asked) -> None:
    assert "the folder no/such of --output does not exist" in told("appraise", EVENT, "--output", "no/such/out.json")
    assert asked == []


# --- what is on the command line -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        ["TEXT", "--persona", "a.toml", "b.toml"],
        ["--persona", "a.toml", "b.toml", "TEXT"],
        ["--persona", "a.toml", "TEXT", "b.toml"],
        ["TEXT", "-p", "a.toml", "-p", "b.toml"],
        ["-p", "a.toml", "b.toml", "--file", "event.txt"],
        ["--file", "event.txt", "-p", "a.toml", "b.toml"],
    ],
    ids=" ".join,
)
def test_files_are_taken_as_a_shell_expands_them_in_any_order(folder: Path, words: list[str]) -> None:
    (folder / "event.txt").write_text(EVENT, encoding="utf-8")
    found = answered(*(EVENT if word == "TEXT" else word for word in words))
    assert found["event"] == EVENT
    assert [person["person"] for person in found["people"]] == ["ann", "bob"]


def test_a_stored_persona_is_named_alone_or_beside_a_file(folder: Path) -> None:
    CliRunner().invoke(app, ["persona", "new", "cara", "--neuroticism", "0.9"])
    found = answered(EVENT, "-p", "cara", "-p", "b.toml")
    assert [(person["person"], felt(person)) for person in found["people"]] == [("cara", "fear"), ("bob", "joy")]
    assert "nobody" in told("appraise", EVENT, "-p", "nobody")


def test_shuffled_gives_each_the_profile_of_the_next_under_their_own_name(folder: Path) -> None:
    found = answered(EVENT, "-p", "a.toml", "b.toml", "--shuffled")
    assert [(person["person"], felt(person)) for person in found["people"]] == [("ann", "joy"), ("bob", "fear")]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["appraise", "TEXT", "-p", "a.toml", "--shuffled"], "between two personas or more"),
        (["appraise", "TEXT", "--shuffled"], "between two personas or more"),
        (["appraise", "TEXT", "Another text."], "2 texts were given; put one text in quotes"),
        (["appraise", "My", "day", "-p", "a.toml"], "2 texts were given ('My', 'day'); put one text in quotes"),
        (["appraise", "TEXT", "a.toml", "b.toml"], "3 texts were given"),
        (["appraise", "-p", "a.toml", "b.toml"], "--file PATH"),
        (["appraise", "TEXT", "-p", "a.toml", "--file", "a.toml"], "either as an argument or with --file"),
        (["appraise", " ", "-p", "a.toml"], "the text is empty"),
        (["empathy", "TEXT", "--persona", "a.toml"], "the graph 'empathy' knows no personas"),
        (["empathy", "TEXT", "--shuffled"], "the graph 'empathy' knows no personas"),
        (["appraise", "TEXT", "-p", "a.toml", "a.toml"], "the persona 'ann' is given twice"),
        (["appraise", "TEXT", "-p", "a.toml", "again.toml"], "the persona 'ann' is given twice"),
        (["appraise", "TEXT", "-p", "a.toml", "-p", "bob", "-p", "b.toml"], "the persona 'bob' is given twice"),
        (["appraise", "TEXT", "-p", "none.toml"], "none.toml"),
        (["appraise", "TEXT", "-p", "../ann"], "is no name"),
        (["appraise", "TEXT", "--set", "appraise.appraisals=learned"], "affectgraph link fit"),
    ],
)
def test_a_mistake_is_said_in_one_sentence_and_no_model_is_asked(
    folder: Path, asked: Asked, arguments: list[str], words: str
) -> None:
    write_persona(folder / "again.toml", "ann", 0.5)
    CliRunner().invoke(app, ["persona", "new", "bob", "--neuroticism", "0.2"])
    said = told(*(EVENT if word == "TEXT" else word for word in arguments))
    assert words in said
    assert "\n" not in said
    assert asked == []


def test_nothing_is_written_where_the_model_fails_for_one_person(
    folder: Path, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = ScriptedBackend._reply

    def failing(self: ScriptedBackend, messages: Any) -> Reply:
        if "neuroticism 0.10" in str(messages[-1].text):
            raise BackendError("the engine stopped")
        return real(self, messages)

    monkeypatch.setattr(ScriptedBackend, "_reply", failing)
    result = run("appraise", EVENT, "-p", "a.toml", "b.toml", "--json", "--output", "result.json")
    assert str(result.exception) == "the engine stopped"
    assert result.stdout == ""
    assert not (folder / "result.json").exists()


# --- memory, with the real store and embedder ------------------------------------------------------------------------


def remembered(person: str, event: str, *more: str) -> None:
    result = CliRunner().invoke(app, ["memory", "add", person, event, "--when", "2026-01-02", *more])
    assert result.exit_code == 0, result.exception


def test_a_persona_recalls_their_own_episodes_and_public_ones_and_no_private_one_of_another(
    folder: Path, asked: Asked
) -> None:
    remembered("ann", "My manager praised Jo for my work.", "-e", "anger")
    remembered("bob", "My manager read my diary.", "-e", "fear")
    remembered("zoltan", "My colleague was praised for nothing.", "-e", "sadness", "--public")
    found = answered(EVENT, "-p", "a.toml")
    (ann,) = found["people"]
    recalled = {item["episode"]["event"]: item["own"] for item in ann["recalled"]}
    assert recalled == {"My manager praised Jo for my work.": True, "My colleague was praised for nothing.": False}
    assert [item["own"] for item in found["average"]["recalled"]] == [False]
    written = json.dumps(found)
    assert "diary" not in written
    assert "zoltan" not in written
    assert "bob" not in written
    assert not asked.of("diary")
    # Her own are told where she is asked about, not where the average person is.
    assert {("neuroticism 0.90" in text or "neuroticism 0.50" in text) for text in asked.of("praised Jo")} == {True}
    assert len(asked.of("praised Jo")) == 23 + 3
    lines = shown(EVENT, "-p", "a.toml", "b.toml")
    assert "recalled 0 own, 1 public 1 own, 1 public 1 own, 1 public" in lines


def test_recall_can_be_switched_off_and_no_memory_is_made_where_there_is_none(folder: Path) -> None:
    assert answered(EVENT, "-p", "a.toml")["people"][0]["recalled"] == []
    assert not (folder / "data" / "memory").exists()
    remembered("ann", "My manager praised Jo for my work.", "-e", "anger")
    with open_memory(load_settings().settings):  # where it is not needed, it may be in use elsewhere
        assert answered(EVENT, "-p", "a.toml", "--set", "appraise.recall=0")["people"][0]["recalled"] == []
    assert len(answered(EVENT, "-p", "a.toml")["people"][0]["recalled"]) == 1


def test_the_memory_is_free_again_after_a_run(folder: Path) -> None:
    remembered("ann", "My manager praised Jo for my work.", "-e", "anger")
    answered(EVENT, "-p", "a.toml")
    remembered("ann", "It rained.")  # a second one at a time is refused


def test_shuffled_people_keep_their_own_memory(folder: Path) -> None:
    remembered("ann", "My manager praised Jo for my work.", "-e", "anger")
    ann, bob = answered(EVENT, "-p", "a.toml", "b.toml", "--shuffled")["people"]
    assert [item["own"] for item in ann["recalled"]] == [True]
    assert bob["recalled"] == []


# --- the command in a process of its own, on the embedded model -------------------------------------------------------


@pytest.mark.timeout(600)
def test_the_command_appraises_on_the_embedded_model(tmp_path: Path) -> None:
    chosen = ("appraise.evidence=false", "appraise.corrected=false", "backends.embedded.threads=1")
    options = [word for one in chosen for word in ("--set", one)]
    done = in_a_process(
        tmp_path, "run", "appraise", "I won.", "--persona", str(EXAMPLES / "lena.toml"), "--json", *options
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    found = json.loads(done.stdout)
    (lena,) = found["people"]
    assert (found["event"], lena["person"]) == ("I won.", "lena")
    assert list(lena["appraisals"]) == NAMES
    assert sum(lena["feeling"]["emotions"]["probabilities"].values()) == pytest.approx(1.0)
    assert lena["appraisals"] != found["average"]["appraisals"]
    assert [entry["node"] for entry in lena["trace"]] == ["recall", "appraise", "feel", "explain"]
    cost = lena["trace"][1]["usage"]
    assert cost["tokens_cached"] > 0.5 * cost["tokens_in"]
