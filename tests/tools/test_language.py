import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectgraph.tools.language import detect, script_share


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I can't sleep and I don't know why.", "en"),
        ("Je n'arrive pas à dormir.", "en"),  # Latin letters are treated as English
        ("ｆｕｌｌ ｗｉｄｔｈ", "en"),
        ("我睡不着，也不知道为什么。", "zh"),
        ("我睡不著，也不知道為什麼。", "zh"),
        ("我今天用 Photoshop 改了一整天的图", "zh"),
        ("My teacher wrote 心 on the board and asked what it means to us.", "en"),
        ("眠れなくて、どうしてかわかりません。", "other"),
        ("잠이 오지 않아요.", "other"),
        ("Я не могу уснуть.", "other"),
        ("لا أستطيع النوم", "other"),
        ("", "other"),
        ("12:30 ... ?! 😢", "other"),
    ],
)
def test_the_prompt_language_follows_the_script(text: str, language: str) -> None:
    assert detect(text) == language


def test_share_counts_letters_only() -> None:
    assert script_share("我, 123 !?") == 1.0
    assert script_share("我a") == 0.5
    assert script_share("123 😢") == 0.0


@given(st.text())
def test_share_is_a_share(text: str) -> None:
    assert 0.0 <= script_share(text) <= 1.0


@given(st.text())
def test_white_space_and_punctuation_change_nothing(text: str) -> None:
    assert detect(f"  {text} ... \n") == detect(text)
