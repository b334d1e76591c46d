"""Scoring: by hand, by symmetry, and every refusal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectgraph.tools.persona import TRAITS
from affectgraph.tools.questionnaires import (
    KEYS,
    MINI_IPIP,
    TIPI,
    TIPI_COLUMNS,
    AnswerError,
    Questionnaire,
    read_answers,
    read_key,
    tipi_answers,
)

# One sheet by hand. Extraversion 5 and 8 - 2 = 6; agreeableness 8 - 3 = 5 and 6; conscientiousness 7 and 8 - 1 = 7;
# emotional stability 8 - 6 = 2 and 3, so neuroticism 8 - 2.5 = 5.5; openness 4 and 8 - 7 = 1.
TIPI_SHEET = {str(number): answer for number, answer in enumerate([5, 3, 7, 6, 4, 2, 6, 1, 3, 7], 1)}
TIPI_TRAITS = {
    "openness": 1.5 / 6,
    "conscientiousness": 1.0,
    "extraversion": 4.5 / 6,
    "agreeableness": 4.5 / 6,
    "neuroticism": 4.5 / 6,
}
# The published keys as they are printed, apart from the table that is tested. Emotional stability is 4R, 9.
PRINTED_TIPI = {"extraversion": "1 6R", "agreeableness": "2R 7", "conscientiousness": "3 8R", "openness": "5 10R"}
PRINTED_MINI_IPIP = {
    "extraversion": "1 6R 11 16R",
    "agreeableness": "2 7R 12 17R",
    "conscientiousness": "3 8R 13 18R",
    "neuroticism": "4 9R 14 19R",
    "openness": "5 10R 15R 20R",
}


def printed(key: Questionnaire, trait: str) -> str:
    return " ".join(item.id + "R" * item.reverse for item in key.items if item.trait == trait)


def sheets(key: Questionnaire) -> st.SearchStrategy[dict[str, int]]:
    return st.fixed_dictionaries({item.id: st.integers(key.low, key.high) for item in key.items})


def test_tipi_by_hand() -> None:
    assert TIPI.score(TIPI_SHEET) == pytest.approx(TIPI_TRAITS)
    assert tuple(TIPI.score(TIPI_SHEET)) == TRAITS


def test_the_keys_are_the_published_ones() -> None:
    assert {trait: printed(TIPI, trait) for trait in PRINTED_TIPI} == PRINTED_TIPI
    assert printed(TIPI, "neuroticism") == "4 9R"
    assert {trait: printed(MINI_IPIP, trait) for trait in TRAITS} == PRINTED_MINI_IPIP


def test_mini_ipip_by_hand() -> None:
    answers = {str(number): 3 for number in range(1, 21)}
    # Openness 5, 6 - 1, 6 - 2, 6 - 4: mean 16 / 4; extraversion 1, 6 - 5, 2, 6 - 4: mean 6 / 4.
    answers |= {"5": 5, "10": 1, "15": 2, "20": 4, "1": 1, "6": 5, "11": 2, "16": 4}
    traits = MINI_IPIP.score(answers)
    assert traits["openness"] == pytest.approx(0.75)
    assert traits["extraversion"] == pytest.approx(0.125)
    assert traits["neuroticism"] == 0.5


@pytest.mark.parametrize("key", KEYS.values(), ids=list(KEYS))
def test_the_middle_of_the_scale_is_a_half(key: Questionnaire) -> None:
    middle = (key.low + key.high) // 2
    assert key.score({item.id: middle for item in key.items}) == dict.fromkeys(TRAITS, 0.5)


@pytest.mark.parametrize("key", KEYS.values(), ids=list(KEYS))
@given(data=st.data())
def test_opposite_answers_mirror_every_trait(key: Questionnaire, data: st.DataObject) -> None:
    answers = data.draw(sheets(key))
    traits = key.score(answers)
    mirrored = key.score({item: key.low + key.high - answer for item, answer in answers.items()})
    for trait in TRAITS:
        assert 0.0 <= traits[trait] <= 1.0
        assert mirrored[trait] == pytest.approx(1.0 - traits[trait])


@given(answers=sheets(TIPI), item=st.sampled_from(TIPI.items))
def test_one_item_moves_its_own_trait_alone_in_its_own_direction(answers: dict[str, int], item: Any) -> None:
    low, high = TIPI.score({**answers, item.id: 1}), TIPI.score({**answers, item.id: 7})
    moved = {trait: high[trait] - low[trait] for trait in TRAITS if high[trait] != low[trait]}
    assert moved == {item.trait: pytest.approx(-0.5 if item.reverse else 0.5)}


def test_a_row_of_crowd_envent_is_the_ten_items_in_order() -> None:
    row = dict(zip(TIPI_COLUMNS, map(str, TIPI_SHEET.values()), strict=True))
    assert TIPI.score(tipi_answers({"emotion": "joy", **row})) == pytest.approx(TIPI_TRAITS)
    del row["calm"]
    with pytest.raises(AnswerError, match=r"the column 'calm', the answer to item 9 .'Calm, emotionally stable"):
        tipi_answers(row)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (0, "is 0; give a whole number from 1 to 7"),
        (8, "is 8;"),
        (3.5, "is 3.5;"),
        (True, "is True;"),
        ("often", "is 'often';"),
        (float("nan"), "is nan;"),
        (10**400, "is 1000"),
        ([4], "is [4];"),
    ],
)
def test_an_answer_out_of_range_names_its_item(answer: object, told: str) -> None:
    with pytest.raises(AnswerError) as caught:
        TIPI.score({**TIPI_SHEET, "6": answer})
    assert f"tipi: the answer to item 6 ('Reserved, quiet.') {told}" in str(caught.value)


@pytest.mark.parametrize("nothing", [None, ""])
def test_a_missing_answer_names_its_item(nothing: object) -> None:
    with pytest.raises(
        AnswerError, match=r"tipi: the answer to item 10 \('Conventional, uncreative.'\) is missing; give"
    ):
        TIPI.score({**TIPI_SHEET, "10": nothing})


def test_an_answer_to_no_item_is_refused() -> None:
    with pytest.raises(AnswerError, match="tipi has no item '11'; its items are 1, 2,"):
        TIPI.score({**TIPI_SHEET, "11": 4})


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 2, "b": "5"}',
        "item,answer\na,2\nb,5\n",
        "a,2\nb,5\n\n",
        "\ufeffItem,Answer\r\na, 2\r\nb, 5.0\r\n",
        "a,b,c\n2,5,1\n",
    ],
)
def test_answers_are_read_from_json_and_csv(tmp_path: Path, text: str) -> None:
    (tmp_path / "answers").write_text(text, encoding="utf-8", newline="")
    answers = read_answers(tmp_path / "answers")
    assert [float(str(answers[item])) for item in ("a", "b")] == [2, 5]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"[1, 2]", "are no JSON object"),
        (b'{"a": 2', "are no JSON"),
        (b'{"a": 2, "a": 3}', "answer item 'a' twice; keep one"),
        (b"a,2\na,3\n", "answer item 'a' twice; keep one"),
        (b"a,b,c\n1,2,3\n4,5,6\n", "are not one person's: write `item,answer` lines"),
        (b"", "are not one person's"),
        (b"\xff\xfe", "is not UTF-8 text; save it as UTF-8"),
        (b"x" * 1_000_001, "is larger than 1,000,000 bytes"),
        (b"[" * 100_000, "are no JSON"),
    ],
)
def test_a_sheet_that_cannot_be_read_is_named(tmp_path: Path, data: bytes, told: str) -> None:
    (tmp_path / "sheet").write_bytes(data)
    with pytest.raises(AnswerError) as caught:
        read_answers(tmp_path / "sheet")
    assert told in str(caught.value)
    assert str(tmp_path / "sheet") in str(caught.value)


def test_a_sheet_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(AnswerError, match=r"cannot read .*none.csv: No such file or directory; check the path"):
        read_answers(tmp_path / "none.csv")


KEY = """
name = "short"
low = 1
high = 5
[[item]]
id = 1
trait = "extraversion"
reverse = true
[[item]]
id = "b"
trait = "emotional_stability"
reverse = false
text = "Am relaxed."
"""


def test_a_key_file_scores_what_it_measures(tmp_path: Path) -> None:
    (tmp_path / "key.toml").write_text(KEY)
    assert read_key(tmp_path / "key.toml").score({"1": 2, "b": 5}) == {"extraversion": 0.75, "neuroticism": 0.0}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('name = "short"', "", "give it a name"),
        ("low = 1", "low = 5", "low and high are the ends of the answers"),
        ("high = 5", "high = true", "low and high are the ends of the answers"),
        ('"extraversion"', '"warmth"', "item 1: trait is 'warmth'; give one of openness"),
        ("reverse = true", "reverse = 1", "item 1: reverse is true or false"),
        ('id = "b"', "id = 1", "two items have the id '1'"),
        ('id = "b"', "id = []", "item 2: id is what the answers call it"),
        ("text =", "words =", "item 2: the fields are id, trait, reverse and text"),
        ("[[item]]", "[[items]]", "holds no items; add [[item]] tables"),
        ("high", "high high", "is no TOML"),
    ],
)
def test_a_key_file_that_is_wrong_names_the_field(tmp_path: Path, old: str, new: str, told: str) -> None:
    (tmp_path / "key.toml").write_text(KEY.replace(old, new))
    with pytest.raises(AnswerError) as caught:
        read_key(tmp_path / "key.toml")
    assert told in str(caught.value)
    assert "key.toml" in str(caught.value)
