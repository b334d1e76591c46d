import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectgraph.tools.normalise import normalise

# Single characters alone seldom meet a rule, so that the tricks themselves are drawn too.
PIECES = st.lists(
    st.sampled_from(
        [
            *"abdeikllmsu yo.-_*/,013478$!|@' \n\t我想死自杀殺・…Ａ①ﬁѕкі🔪\u200b\u0301\u3000",
            *("k i l l", "\n\n", "su1cide", "kiiill", "k*ll", "50 "),
        ]
    ),
    max_size=40,
).map("".join)
TEXTS = st.one_of(st.text(max_size=60), PIECES)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Kill", "kill"),
        ("ｋｉｌｌ", "kill"),
        ("𝓀𝒾𝓁𝓁", "kill"),
        ("🅺🅸🅻🅻", "kill"),
        ("kіll", "kill"),  # Cyrillic
        ("k\u200bi\u00adll", "kill"),
        ("ki\u0301ll", "kill"),
        ("k i l l  m y s e l f", "kill myself"),
        ("k.i.l.l", "kill"),
        ("k1ll mys3lf", "kill myself"),
        ("k!ll", "kill"),
        ("su1c1de", "suicide"),
        ("k*ll", "kill"),
        ("s**t", "s**t"),
        ("kiiiill", "kill"),
        ("sooo", "so"),
        ("don’t", "don't"),
        ("我想自殺", "我想自杀"),
        ("我 想 死", "我想死"),
        ("自🔪杀", "自杀"),
        ("自.杀", "自杀"),
        ("好，真的！", "好,真的!"),
        ("one\ntwo", "one two"),
        ("one\n\n\ntwo", "one\n\ntwo"),
    ],
)
def test_tricks_are_undone(written: str, read: str) -> None:
    assert normalise(written).text == read


@pytest.mark.parametrize("text", ["50 pills at 1 pm", "mp3", "gpt4", "a b c d e", "j. r. r. tolkien", "u.s.a.", "3.5"])
def test_plain_text_stays(text: str) -> None:
    assert normalise(text).text == text


def test_a_match_is_reported_in_the_original() -> None:
    text = "Well: K.1.L.L   ｍｙｓｅｌｆ!"
    normal = normalise(text)
    start = normal.text.index("kill myself")
    first, last = normal.original(start, start + len("kill myself"))
    assert text[first:last] == "K.1.L.L   ｍｙｓｅｌｆ"


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_the_offset_map_is_in_range_and_monotone(text: str) -> None:
    normal = normalise(text)
    assert len(normal.spans) == len(normal.text)
    assert all(0 <= start < end <= len(text) for start, end in normal.spans)
    for (start, end), (next_start, next_end) in zip(normal.spans, normal.spans[1:], strict=False):
        assert start <= next_start
        assert end <= next_end


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text).text
    assert normalise(once).text == once


@pytest.mark.parametrize("unit", ["k i l l ", "a", "1", "k*", "自 ", "\n", "\u0301", "！"])
def test_a_long_monotonous_text_finishes(unit: str) -> None:
    found = normalise((unit * 20_000)[:20_000])
    assert len(found.text) == len(found.spans) <= 20_000
