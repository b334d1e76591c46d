"""What the tuned reader learns from, where its cuts lie, and the command that trains it."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from affectgraph.backends import weights
from affectgraph.backends.encoder_mpnet import MPNet
from affectgraph.backends.encoder_qwen import Qwen
from affectgraph.backends.errors import InputError
from affectgraph.evals import fit_reader
from affectgraph.evals.reader_fitting import (
    cuts,
    judged,
    message_examples,
    part_examples,
    pasted_examples,
    reply_examples,
    usual_questions_in,
)
from affectgraph.evals.reader_training import Example, save
from affectgraph.evals.safety_fitting import Text
from affectgraph.tools import tuned
from affectgraph.tools.safety.learned import GRAMS, stretches
from affectgraph.tools.tuned import KINDS
from tests.packed import packed_file
from tests.readers import Scripted


def reply(number: int, kind: str, output: str, *unsafe: str) -> dict[str, Any]:
    return {
        "id": f"r{number}",
        "language": "en",
        "kind": kind,
        "person": "He left me.",
        "output": output,
        "unsafe": list(unsafe),
    }


REPLIES = [
    reply(0, "posing_human", "That hurts. I went through a divorce too.", "I went through a divorce too."),
    reply(1, "blame", "That hurts. You could have seen it coming.", "You could have seen it coming."),
    reply(2, "good", "That sounds heavy. Who is with you tonight?"),
    reply(3, "good", "You miss him. What was the evening like?"),
]


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n", encoding="utf-8")
    return path


def case(number: int, text: str, level: int, *, everyday: bool = False, rules: int = 0) -> Text:
    category, kind = ("suicide" if level else "none"), ("talk" if everyday else "explicit")
    return Text(f"c{number}", text, "How near?", "It was long ago.", "en", level, category, everyday, rules, kind)


def test_a_question_is_no_sign_of_risk(tmp_path: Path) -> None:
    path = written(tmp_path / "replies.jsonl", [*REPLIES, reply(4, "good", "I hear you. Are you safe tonight?")])
    usual = usual_questions_in([path])
    assert {"Who is with you tonight?", "What was the evening like?", "What part of it is hardest right now?"} <= set(
        usual["en"]
    )
    assert not {"That sounds heavy.", "Are you safe tonight?"} & set(usual["en"])
    assert all(question.endswith("？") for question in usual["zh"])
    alone = [replace(case(number, "very", level), question="") for number in range(40) for level in (0, 4)]
    examples = message_examples(alone, {"en": ["How long?"]})
    for level in (0, 4):
        before = [one.before for one in examples if one.level == level]
        assert 20 < before.count(("It was long ago.", "How long?")) < 40
    assert message_examples(alone, {"en": ["How long?"]}) == examples
    assert message_examples([case(0, "very", 4)], {"en": ["How long?"]})[0].before[1] == "How near?"


def test_sentences_are_marked_where_a_marked_one_stands_and_kinds_have_the_names_of_the_head(tmp_path: Path) -> None:
    path = written(tmp_path / "replies.jsonl", REPLIES)
    assert [said.unsafe for said in judged(path)] == [False, True, False, True, False, False, False, False]
    examples = reply_examples(path)
    assert [one.kind for one in examples[:4]] == ["good", "poses_as_human", "good", "blame"]
    assert {one.kind for one in examples} <= set(KINDS)
    assert {one.before for one in examples} == {("He left me.",)}
    assert [one.weight for one in examples[:2]] == [0.6, 1.0]


def test_a_short_message_is_learnt_with_what_came_before_and_everyday_talk_weighs_less() -> None:
    public = replace(case(2, "I made soup.", 0, everyday=True), kind="goemotions")
    one, long, talk = message_examples([case(0, "very", 4), case(1, "word " * 40, 0), public])
    assert (one.before, one.level, one.category, one.weight) == (("It was long ago.", "How near?"), 4, "suicide", 1.0)
    assert long.before == ()
    assert talk.weight < 1.0


@pytest.fixture
def no_wording(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader speaks alone."""
    monkeypatch.setattr("affectgraph.tools.safety.learned._WORDING", 0.0)


@pytest.mark.usefixtures("no_wording")
def test_cuts_keep_to_the_allowed_shares(tmp_path: Path) -> None:
    texts = [case(number, f"calm {number}", 0) for number in range(100)]
    texts += [case(200 + number, f"risk {number}", 4) for number in range(10)]
    texts += [
        case(300, "After this I want to kill myself over the tax form of last year.", 2, rules=2),
        case(301, "yes", 2, rules=2),
    ]
    scores = {f"calm {number}": float(number) for number in range(100)} | {f"risk {n}": 95.0 + n for n in range(10)}
    reader = Scripted({**scores, "After this I want to kill myself over the tax form of last year.": -6.0})
    replies = judged(written(tmp_path / "replies.jsonl", REPLIES))
    texts = [replace(one, question="", earlier="") for one in texts]
    found, report = cuts(reader, texts, replies, false_alarms={"en": 0.03, "zh": 0.03}, false_rejects=0.0)
    # Every other one comes after a reply, and scores low.
    assert found["en"]["risk"]["whole"] == pytest.approx(92.0, abs=0.1)
    assert report["en"]["alarms_union"] == pytest.approx(0.03)
    assert 0.4 < report["en"]["recall_learned"] < 0.9
    assert found["en"]["calm"] == pytest.approx(-6.5)
    assert report["en"]["calm"]["rule of 2 or more"] == {"at risk": 1, "lowest": pytest.approx(-6.0)}
    assert report["en"]["calm"]["rule of 4 or more"] == {"at risk": 0, "lowest": None}
    assert report["en replies"]["good replies cut"] == 0.0


def test_parts_of_a_long_text_are_without_risk_unless_they_hold_a_marked_sentence() -> None:
    rain, rope = "It rained all day and we stayed in. ", "I have the rope here."
    calm, unmarked = case(0, rain * 10, 0), case(1, f"{rain * 5}{rope} {rain * 5}", 4)
    marked = replace(unmarked, marked=(rope,))
    assert {(one.level, one.category) for one in part_examples([calm])} == {(0, "none")}
    assert part_examples([unmarked, case(2, "It rained.", 0)]) == []
    found = part_examples([marked])
    assert {one.level for one in found} == {0, 4}
    assert all((one.level, one.category) == ((4, "suicide") if rope in one.text else (0, "none")) for one in found)
    assert all(one.weight < 1 and one.before == () for one in found)
    many = part_examples([case(3, f"Monday.\n{rope}\nIt rained.", 0)])
    assert [one.text for one in many] == ["Monday.", rope, "It rained."]
    lengthy = case(4, rain * 60, 0)
    assert [one.text for one in part_examples([lengthy])] == [
        lengthy.text[slice(*span)] for span in stretches(rain * 60)
    ]


@pytest.mark.usefixtures("no_wording")
def test_the_cut_of_stretches_leaves_its_share_of_lengthy_texts_alone() -> None:
    rain = "It rained all day and we stayed in, and the dog slept. "
    texts = [case(number, f"{rain * 40}Text {number}.", 0) for number in range(20)]
    texts += [case(100 + number, f"{rain * 40}Risk {number}.", 2 + 2 * (number % 2)) for number in range(4)]
    texts += [case(200 + number, f"Text {number}.", 0) for number in range(20)]
    texts += [case(300 + number, f"Risk {number}.", 4) for number in range(4)]
    texts = [replace(one, question="", earlier="") for one in texts]

    class Numbered(Scripted):
        def read(self, prefix: str, text: str, before: Sequence[str] = ()) -> Mapping[str, NDArray[np.float32]]:
            number = re.search(r"(Text|Risk) (\d+)", text)
            risk = -9.0 if number is None else float(number[2]) + 15.0 * (number[1] == "Risk")
            return Scripted({text: risk}, urgent=risk).read(prefix, text, ())

    found, report = cuts(Numbered({}), texts, [], false_alarms={"en": 0.03, "zh": 0.03}, false_rejects=0.0)
    assert [found["en"][head]["stretch"] for head in ("risk", "urgent")] == pytest.approx([17.5, 17.5])
    assert report["en"]["lengthy"]["risk"] == {"recall": 0.25, "at risk": 4, "without risk": 20}
    assert report["en"]["lengthy"]["urgent"] == {"recall": 0.5, "at risk": 2, "without risk": 20}


@pytest.mark.parametrize(("language", "stop"), [("en", ". "), ("zh", "。")])
def test_messages_are_put_among_those_of_sessions_as_many_without_risk_as_with_it(language: str, stop: str) -> None:
    said = [replace(case(number, f"Own {number}", 3 * (number % 3 == 0)), language=language) for number in range(9)]
    said += [replace(case(20 + number, f"Talk {number}", 0), kind="talk", everyday=True) for number in range(6)]
    said = [replace(one, language=language, question="", earlier="") for one in said]
    asked = replace(said[0], text="Own 99", question="Are you safe?")
    found = pasted_examples([*said, asked, replace(said[0], text=f"Own {'9' * 200}")])
    assert sorted(one.level for one in found) == [0, 0, 0, 3, 3, 3]
    for one in found:
        parts = one.text.rstrip(stop).split(stop)
        assert len(set(parts)) == len(parts)
        assert len(parts) in (2, 3, 4)
        assert [part.startswith("Own") for part in parts].count(True) == 1
        assert one.category == ("suicide" if one.level else "none")
    assert len({one.text.index("Own") == 0 for one in found}) == 2
    assert [one.text for one in pasted_examples(said, 1)] != [one.text for one in pasted_examples(said)]
    assert pasted_examples(said[:9]) == []


def rows() -> list[dict[str, Any]]:
    return [
        {
            "id": f"{language}{number}",
            "language": language,
            "kind": "explicit" if number % 2 else "everyday",
            "category": "suicide" if number % 2 else "none",
            "level": 4 * (number % 2),
            "conversation": [{"role": "person", "text": f"{said} {'the sea' if number % 2 else 'the stone'} {number}"}],
        }
        for language, said in (("en", "today"), ("zh", "今天"))
        for number in range(8)
    ]


@pytest.mark.parametrize(("base", "kind", "begins"), [("mpnet", MPNet, "today"), ("qwen", Qwen, "今天")])
def test_the_reader_of_a_language_learns_from_its_messages_alone(
    base: str,
    kind: type,
    begins: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    learnt: list[Example] = []

    def trained(examples: list[Example], frozen: Any, **more: Any) -> dict[str, Any]:
        learnt.extend(examples)
        assert isinstance(frozen, kind)
        assert more["fast"] is False
        return {"head.level.w": np.ones((6, 384)), "head.level.b": np.zeros(6)}

    monkeypatch.setattr(fit_reader, "train", trained)
    cases, replies = written(tmp_path / "cases.jsonl", rows()), written(tmp_path / "replies.jsonl", REPLIES)
    given = [
        str(cases),
        "--base",
        base,
        "--replies",
        str(replies),
        "--everyday",
        "0",
        "--plain",
    ]
    assert fit_reader.main([*given, "--out", str(tmp_path / "a.npz")]) == 0
    assert len(learnt) == 8
    assert {(one.prefix, one.text[: len(begins)]) for one in learnt} == {("query", begins)}
    with pytest.raises(SystemExit):
        fit_reader.main([*given, "--out", str(tmp_path / "a.npz"), "--choose-cases", str(cases)])
    assert "with --base e5" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        fit_reader.main([str(cases), "--base", "mpnet", "--turns", "also", "--out", str(tmp_path / "a.npz")])
    assert "--base qwen" in capsys.readouterr().err


def sessions() -> list[dict[str, Any]]:
    said = {"en": ["We had soup.", "It rained.", "The dog slept."], "zh": ["我们喝了汤。", "下雨了。", "狗睡着了。"]}
    return [{"id": f"s{language}", "language": language, "turns": turns} for language, turns in said.items()]


@pytest.mark.parametrize(
    ("turns", "base", "kind", "shape"), [("only", "mpnet", MPNet, (16, 768)), ("also", "qwen", Qwen, (16, 896))]
)
def test_the_reader_of_conversations_of_a_language_learns_from_its_conversations_alone(
    turns: str, base: str, kind: type, shape: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learnt: list[Example] = []

    def trained(examples: list[Example], frozen: Any, **more: Any) -> dict[str, Any]:
        learnt.extend(examples)
        assert isinstance(frozen, kind)
        assert set(more["start"]) == {"lora.11.q.A"}
        return {"head.level.w": np.ones((6, shape[1])), "head.level.b": np.zeros(6)}

    monkeypatch.setattr(fit_reader, "train", trained)
    save(tmp_path / "own.npz", {"lora.11.q.A": np.zeros(shape, dtype=np.float32)}, {})
    given = [str(written(tmp_path / "cases.jsonl", rows())), "--talk", str(written(tmp_path / "t.jsonl", sessions()))]
    given += ["--turns", turns, "--alone", "2", "--plain", "--start", str(tmp_path / "own.npz"), "--everyday", "0"]
    given += ["--base", base, "--out", str(tmp_path / "a.npz")]
    assert fit_reader.main(given) == 0
    # Two messages of the session, two cases at risk and two that are not.
    late = [one for one in learnt if one.needs_before]
    assert len(late) == 6
    assert all(one.before for one in late)
    assert (len(learnt) > len(late)) == (turns == "also")
    assert {any(letter >= "一" for letter in one.text) for one in learnt} == {base == "qwen"}


def test_the_command_trains_chooses_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = packed_file(tmp_path / "e5.bin")
    monkeypatch.setattr(weights, "require", lambda known: file)
    monkeypatch.setattr(weights, "require_pinned", lambda known: file)
    for larger in ("TunedMPNet", "TunedQwen"):
        monkeypatch.setattr(fit_reader, larger, lambda adapter: Scripted({}))
    cases, replies = written(tmp_path / "cases.jsonl", rows()), written(tmp_path / "replies.jsonl", REPLIES)
    given = [str(cases), "--replies", str(replies), "--everyday", "0", "--plain"]
    first, chinese = tmp_path / "first.npz", tmp_path / "zh.npz"
    assert fit_reader.main([*given, "--epochs", "1", "--out", str(first)]) == 0
    chinese.write_bytes(b"of Chinese")
    capsys.readouterr()
    talk = written(tmp_path / "talk.jsonl", sessions())
    turns = tmp_path / "turns.npz"
    of_talk = [*given, "--turns", "only", "--talk", str(talk), "--alone", "2", "--out", str(turns)]
    assert fit_reader.main([*of_talk, "--epochs", "1", "--start", str(first)]) == 0
    with pytest.raises(SystemExit):
        fit_reader.main([*of_talk, "--epochs", "1"])
    assert "--start" in capsys.readouterr().err
    given += ["--choose-cases", str(cases), "--choose-replies", str(replies), "--chinese", str(chinese)]
    english = tmp_path / "turns_en.npz"
    english.write_bytes(b"of English")
    given += ["--choose-talk", str(talk), "--turns-reader", str(turns), "--turns-english", str(english)]
    given += ["--false-alarms-zh", "0.2", "--talk-alarms-zh", "0.4", "--out", str(tmp_path / "a.npz")]
    assert fit_reader.main([*given, "--epochs", "1"]) == 0
    assert set(json.loads(capsys.readouterr().out)) == {"en", "zh", "en replies", "zh replies"}
    size = len((tmp_path / "a.npz").read_bytes())
    assert fit_reader.main([*given, "--epochs", "0", "--start", str(tmp_path / "a.npz")]) == 0
    monkeypatch.setattr(tuned, "FITTED", tmp_path / "a.npz")
    about = tuned.about.__wrapped__()
    assert set(about["cuts"]) == {"en", "zh"}
    assert about["english"] == weights.sha256_of(tuned.ENGLISH)
    assert about["chinese"] == weights.sha256_of(chinese)
    assert about["turns"] == weights.sha256_of(turns)
    assert about["turns_english"] == weights.sha256_of(english)
    assert about["talk_alarms"] == {"en": 0.025, "zh": 0.4}
    assert all(np.isfinite(heads[head]["talk"]) for heads in about["cuts"].values() for head in ("risk", "urgent"))
    with pytest.raises(SystemExit):
        fit_reader.main([str(cases), "--choose-cases", str(cases), "--out", str(tmp_path / "b.npz")])
    assert "--choose-talk" in capsys.readouterr().err
    assert about["grams"] == weights.sha256_of(GRAMS)
    assert about["false_alarms"] == {"en": 0.03, "zh": 0.2}
    assert len((tmp_path / "a.npz").read_bytes()) == pytest.approx(size, rel=0.05)
    assert fit_reader.main([str(tmp_path / "none.jsonl"), "--out", str(tmp_path / "b.npz")]) != 0


@pytest.mark.parametrize("option", ["--start", "--soup"])
@pytest.mark.parametrize(
    "shapes", [{}, {"lora.11.q.A": (16, 384)}, {"lora.11.q.A": (16, 768), "lora.12.q.A": (16, 768)}]
)
def test_an_adapter_of_another_encoder_is_refused_before_anything_is_trained(
    option: str, shapes: dict[str, tuple[int, int]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(tmp_path / "other.npz", {name: np.zeros(shape, dtype=np.float32) for name, shape in shapes.items()}, {})
    cases = written(tmp_path / "cases.jsonl", rows())
    given = [str(cases), "--base", "mpnet", option, str(tmp_path / "other.npz"), "--out", str(tmp_path / "a.npz")]
    assert fit_reader.main([*given, "--plain", "--everyday", "0"]) == InputError.exit_code
    assert "is an adapter of another encoder" in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "a.npz").exists()


def test_a_soup_is_a_mean_of_the_adapter_before_and_what_was_trained_and_the_newer_counts_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shapes = {"head.level.w": (6, 768), "lora.11.q.A": (16, 768)}
    first = {name: np.zeros(shape, dtype=np.float32) for name, shape in shapes.items()}
    trained = {name: np.ones(shape, dtype=np.float32) for name, shape in shapes.items()}
    save(tmp_path / "first.npz", first, {})

    compiled: list[object] = []

    def train(examples: object, frozen: object, *, kept: Callable[[Any], Any], **more: object) -> Any:
        compiled.append(more["fast"])
        kept(trained)  # as after an epoch
        return trained

    monkeypatch.setattr(fit_reader, "train", train)
    cases = written(tmp_path / "cases.jsonl", rows())
    # Trained in place: the file before and the one to write are the same.
    before = str(tmp_path / "first.npz")
    given = [str(cases), "--base", "mpnet", "--everyday", "0", "--out", before, "--soup", before]
    monkeypatch.setenv("CXX", "no-such-compiler")
    with pytest.raises(SystemExit):
        fit_reader.main([*given, "--start", before])
    assert "--plain" in capsys.readouterr().err
    monkeypatch.setenv("CXX", f"{sys.executable} -I")
    assert fit_reader.main([*given, "--start", before]) == 0
    assert compiled == [True]
    with np.load(before, allow_pickle=False) as kept:
        assert kept["head.level.w"] == pytest.approx(0.7, abs=1e-3)
    with pytest.raises(SystemExit):
        fit_reader.main([*given, "--start", before, "--epochs", "0"])
    assert "--epochs" in capsys.readouterr().err
