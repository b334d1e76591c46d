"""Persona-E2: both column spellings, the consensus check, and the three levels of items."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectgraph.evals.datasets import SchemaError, persona_e2

DATA = Path(__file__).parents[3] / "examples" / "data" / "persona_e2"
EVENTS, GROUPS, PROFILES = persona_e2.FILES


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA, tmp_path / "persona"))


def changed(folder: Path, name: str, old: str, new: str, count: int = -1) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, count), encoding="utf-8")


@pytest.mark.parametrize(
    ("votes", "score"),
    [
        (["joy"] * 3, 100.0),
        (list(persona_e2.LABELS), 0.0),
        (["joy", "joy", "anger"], 67.29),
        (["joy", "anger", "fear"], 43.54),
    ],
)
def test_consensus_is_one_minus_the_normalised_entropy(votes: list[str], score: float) -> None:
    assert persona_e2.consensus(votes) == pytest.approx(score, abs=0.005)


@given(st.lists(st.sampled_from(persona_e2.LABELS), min_size=1, max_size=36))
def test_consensus_is_from_0_to_100_whatever_the_order(votes: list[str]) -> None:
    score = persona_e2.consensus(votes)
    assert -1e-9 <= score <= 100 + 1e-9
    assert persona_e2.consensus(reversed(votes)) == pytest.approx(score)


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ([("joy", 65.0), ("anger", 100.0)], True),
        ([("joy", 64.9), ("anger", 100.0)], False),
        ([("joy", 80.0), ("joy", 80.0), ("anger", 20.0)], False),
        ([], False),
    ],
)
def test_divergence_needs_two_agreed_groups_with_different_labels(
    groups: list[tuple[str, float]], expected: bool
) -> None:
    assert persona_e2.divergent(groups) is expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("ABC News", "news"),
        ("Today’s Headlines", "news"),
        ("Wechat Article", "news"),
        ("SocialChemistry", "social"),
        ("reddit", "social"),
        ("FMyLife", "life"),
        ("IUTB", "life"),
        ("Elsewhere", "other"),
    ],
)
def test_a_source_has_a_domain(source: str, expected: str) -> None:
    assert persona_e2.domain(source) == expected


def test_a_person_is_one_item_an_event() -> None:
    found = persona_e2.load(DATA)
    assert len(found.items) == 12 * 6
    item = found.items[0]
    assert item.fields["event"] == "An old bridge was closed a day before the flood; nobody was hurt."
    assert item.fields["annotator"] == "E1"
    assert set(item.fields["profile"]) == {*persona_e2.TRAITS, "mbti"}
    assert (item.id, item.group, item.target, item.language) == ("1/E1", "1", "joy", "en")
    assert item.slices == {"domain": "news", "subset": "other", "confidence": "4"}


def test_a_group_is_one_item_an_event_with_the_shares_of_its_members() -> None:
    found = persona_e2.load(DATA, "group", language="zh")
    item = next(item for item in found.items if item.id == "9/g1")
    assert item.fields["event"] == "我在面试时打翻了咖啡，他们还是录用了我。"
    assert item.target == "surprise"
    assert item.shares == pytest.approx({"joy": 1 / 3, "surprise": 2 / 3})
    assert item.fields["profile"]["mbti"] == "ESTP"
    assert item.fields["profile"]["openness"] == pytest.approx((0.42 + 0.55 + 0.48) / 3)
    assert [member["mbti"] for member in item.fields["members"]] == ["ESTP"] * 3
    mixed = next(item for item in found.items if item.id == "9/g2")
    assert "mbti" not in mixed.fields["profile"]


@pytest.mark.parametrize("level", ["individual", "group", "event"])
def test_shares_sum_to_one_and_groups_are_events(level: str) -> None:
    found = persona_e2.load(DATA, level)  # type: ignore[arg-type]
    assert {item.group for item in found.items} == {str(number) for number in range(1, 13)}
    for item in found.items:
        assert item.shares is not None
        assert sum(item.shares.values()) == pytest.approx(1)
        assert item.target in found.labels


def test_the_consensus_of_a_group_follows_from_its_shares() -> None:
    for item in persona_e2.load(DATA, "group").items:
        assert item.shares is not None
        votes = [label for label, share in item.shares.items() for _ in range(round(share * 3))]
        largest = max(item.shares.values())
        assert item.shares[item.target] == largest
        assert persona_e2.consensus(votes) == pytest.approx(
            100 if largest == 1 else 67.29 if largest > 0.5 else 43.54, abs=0.01
        )


def test_the_divergent_subset_keeps_whole_events() -> None:
    found = persona_e2.load(DATA, "group", subset="divergent")
    assert {item.group for item in found.items} == {"2", "4", "7", "9", "10"}
    assert {item.slices["subset"] for item in found.items} == {"divergent"}
    assert len(found.items) == 10


def test_both_spellings_of_the_columns_give_the_same_items(copy: Path) -> None:
    before = persona_e2.load(DATA, "group").items, persona_e2.load(DATA).items
    header = (copy / EVENTS).read_text(encoding="utf-8").splitlines()[0]
    changed(copy, EVENTS, header, header.replace("_emotion,", "_emo,").replace("top1_emo,", "top1_emotion,"))
    header = (copy / GROUPS).read_text(encoding="utf-8").splitlines()[0]
    changed(copy, GROUPS, header, header.replace("_emo,", "_emotion,"))
    assert (persona_e2.load(copy, "group").items, persona_e2.load(copy).items) == before


def test_a_person_without_a_label_is_counted(copy: Path) -> None:
    # E6 of event 1 belongs to g1, which would lose a member; so the label goes and the membership too.
    changed(copy, EVENTS, "joy,joy,fear,sadness,neutral,joy", "joy,joy,fear,sadness,neutral,", 1)
    changed(copy, GROUPS, "E1/E2/E6", "E1/E2", 1)
    found = persona_e2.load(copy)
    assert (len(found.items), found.dropped) == (71, {"no label": 1})


def test_a_tied_group_label_is_counted(copy: Path) -> None:
    changed(copy, GROUPS, "fear,E3/E4/E5", "fear/sadness,E3/E4/E5", 1)
    found = persona_e2.load(copy, "group")
    assert (len(found.items), found.dropped) == (23, {"tied group label": 1})


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        (GROUPS, "E1/E2/E6,100.0", "E1/E2/E6,99.94", "row 2, column 'g1_consensus_score': expected 100.00"),
        (GROUPS, "E1/E2/E6", "E1/E2/E9", "row 2, column 'g1_members': expected people with a label in 1_dataset"),
        (GROUPS, "g2_emo,", "g2_label,", "row 2: no column 'g2_emotion'"),
        (GROUPS, "\n1,0,", "\n77,0,", "row 2, column 'id': expected an event of 1_dataset_all_annotators.csv"),
        (EVENTS, "E3_emotion", "E3_feeling", "row 2: no column 'E3_emotion'"),
        (EVENTS, ",joy,joy,fear", ",joy,bliss,fear", "row 2, column 'E2_emotion': expected one of anger, disgust"),
        (EVENTS, '""fear"": 1', '""dread"": 1', "row 2, column 'emotion_distribution': expected counts or shares of"),
        (EVENTS, '"{""fear""', '"(""fear""', "row 2, column 'emotion_distribution': expected a JSON object"),
        (PROFILES, "0.42", "42", "row 2, column 'Open.': expected a number from 0 to 1, found '42'"),
        (PROFILES, "Neuro.", "Neuro", "row 1: no column 'Neuro.'; nearest is 'Neuro'"),
    ],
)
def test_a_file_that_does_not_agree_is_refused(copy: Path, name: str, old: str, new: str, message: str) -> None:
    changed(copy, name, old, new, 1)
    with pytest.raises(SchemaError) as refused:
        persona_e2.load(copy)
    assert str(refused.value).startswith(f"{name}, {message}")


def test_a_score_rounded_to_one_decimal_is_accepted(copy: Path) -> None:
    changed(copy, GROUPS, "67.29", "67.3")
    assert len(persona_e2.load(copy, "event").items) == 12


def test_gender_is_not_read() -> None:
    assert "GNDR" not in str(persona_e2.load(DATA, "group").items[0].fields)
