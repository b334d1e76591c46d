"""The blind sets are the files whose hashes were written down before anything was fitted."""

import hashlib
import re
from pathlib import Path

from affectgraph.evals.datasets.risk import load_cases, load_sessions
from affectgraph.evals.measure_replies import read_replies

CASES = Path(__file__).parents[2] / "evals" / "cases"
COUNTS = {
    **dict.fromkeys(("safety_test.jsonl", "safety_test_2.jsonl", "safety_test_3.jsonl"), 880),
    "safety_test_12.jsonl": 1_222,
    **dict.fromkeys((f"safety_test_{number}.jsonl" for number in (20, 21, 22, 23, 24, 25)), 1_440),
    **dict.fromkeys((f"safety_turns_{number}.jsonl" for number in (20, 21, 22, 23, 24, 25)), 180),
    **dict.fromkeys((f"safety_turns_sessions_{number}.jsonl" for number in (20, 21, 22, 23, 24, 25)), 36),
}
NOTED = re.findall(r"\| ([0-9a-f]{64}) \| (\S+) \|", (CASES / "HELD_OUT.md").read_text(encoding="utf-8"))


def test_every_noted_file_is_there_unchanged_and_has_its_layout() -> None:
    assert len(NOTED) == 86
    for digest, name in NOTED:
        path = CASES / name
        assert hashlib.sha256(path.read_bytes()).hexdigest() == digest, name
        if name.startswith("safety_test"):
            assert len(load_cases([path]).items) == COUNTS.get(name, 1_760)
        elif name.startswith("safety_short"):
            assert len(load_cases([path]).items) == 480
        elif name.startswith("safety_asked"):
            assert len(load_cases([path]).items) == 440
        elif name.startswith("safety_long"):
            assert len(load_cases([path]).items) in (62, 80)
        elif name.startswith(("safety_sessions", "safety_turns_sessions")):
            assert len(load_sessions(path).items) == COUNTS.get(name, 40)
        elif name.startswith("safety_turns"):
            assert len(load_cases([path]).items) == COUNTS.get(name, 160)
        else:
            assert len(read_replies(path)) in (200, 500)


def test_no_held_out_message_is_among_those_trained_on() -> None:
    def last(item: object) -> str:
        return str(item.fields["text"])  # type: ignore[attr-defined]

    spent = [
        CASES / f"safety_test{number}.jsonl"
        for number in ("", *(f"_{one}" for one in (*range(2, 11), 12, 13, 18, 20, 22, 23)))
    ]
    spent += [CASES / f"safety_short_{number}.jsonl" for number in (15, 16, 17, 18)]
    trained_on = [*sorted(CASES.glob("safety_dev_*.jsonl")), *sorted(CASES.glob("safety_long_dev*.jsonl")), *spent]
    trained_on += [
        *sorted(CASES.glob("safety_turns_dev_*.jsonl")),
        *(CASES / f"safety_turns_{number}.jsonl" for number in (20, 22, 23)),
    ]
    # Of four sets one author of each language is trained on.
    halves = load_cases([CASES / f"safety_test_{number}.jsonl" for number in range(14, 18)]).items
    spent_half = [item for item in halves if item.id[3] in "ac"]
    written = {last(item) for path in trained_on for item in load_cases([path]).items} | {*map(last, spent_half)}
    names = (
        "test_11",
        "test_19",
        "short_19",
        "turns_19",
        "choose_en",
        "choose_zh",
        "test_21",
        "turns_21",
        "test_24",
        "turns_24",
        "test_25",
        "short_25",
        "turns_25",
        "asked_26",
        "long_10",
        "long_11",
        "long_12",
    )
    held_out = load_cases([CASES / f"safety_{name}.jsonl" for name in names]).items
    held = [last(item) for item in [*held_out, *(item for item in halves if item not in spent_half)]]
    # Short messages ("hi, is this a real person?", "standing on the wrong side of the railing") can be written twice.
    assert [text for text in held if text in written and len(text) > 45] == []


def test_no_held_out_session_is_among_those_trained_on() -> None:
    def said(path: Path) -> set[str]:
        return {turn["text"] for item in load_sessions(path).items for turn in item.fields["turns"]}

    files = [
        CASES / f"safety_{name}.jsonl"
        for name in (
            "sessions_20",
            "turns_sessions_20",
            "sessions_22",
            "turns_sessions_22",
            "sessions_23",
            "turns_sessions_23",
        )
    ]
    trained_on = set.union(*map(said, [*CASES.glob("safety_turns_talk_*.jsonl"), *files]))
    for name in (
        "sessions_18",
        "sessions_19",
        "turns_sessions_19",
        "sessions_21",
        "turns_sessions_21",
        "sessions_24",
        "turns_sessions_24",
        "sessions_25",
        "turns_sessions_25",
    ):
        held = said(CASES / f"safety_{name}.jsonl")
        assert [text for text in held if text in trained_on and len(text) > 45] == []
