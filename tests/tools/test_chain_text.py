"""The single-prompt form: the strict reader is the paper's format, the tolerant one takes what it can tell apart."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectgraph.tools.chain_text import ChainText, read_strict, read_tolerant

GOOD = "<empathy_think>\n<L1>a</L1>\n<L2>b</L2>\n<L3>c</L3>\n<L4>d</L4>\n</empathy_think>\n<answer>e</answer>"
PARTS = ChainText(L1="a", L2="b", L3="c", L4="d", answer="e")
TAGS = ("<empathy_think>", "<L1>", "</L1>", "<L2>", "</L2>", "<L3>", "</L3>", "<L4>", "</L4>", "</empathy_think>")

part = st.text(min_size=1).filter(lambda text: text.strip() and "<" not in text)
gap = st.sampled_from(["", " ", "\n", "\n\n  "])
# Mostly well-formed, with something put in, so that both outcomes of the strict reader come up.
fragments = st.lists(
    st.sampled_from([*TAGS, "<answer>", "</answer>", "< l1 >", "<ANSWER>", "word", " ", "\n", "<L5>", "<", ">"]),
    max_size=4,
).map("".join)


@st.composite
def almost_chains(draw: st.DrawFn) -> str:
    bits = [*TAGS, "<answer>", "text", "</answer>"]
    for opening in (9, 7, 5, 3):
        bits.insert(opening - 1, "text")
    return "".join(draw(st.one_of(st.just(""), fragments)) + bit for bit in bits) + draw(fragments)


@given(st.tuples(part, part, part, part, part), st.lists(gap, min_size=8, max_size=8))
@settings(deadline=None)
def test_a_text_in_the_papers_form_gives_its_parts_in_both_readers(parts: tuple[str, ...], gaps: list[str]) -> None:
    layers = "".join(f"{gaps[i]}<L{i + 1}>{parts[i]}</L{i + 1}>" for i in range(4))
    answer = f"{gaps[5]}<answer>{parts[4]}</answer>{gaps[6]}"
    text = f"{gaps[7]}<empathy_think>{layers}{gaps[4]}</empathy_think>{answer}"
    expected = ChainText(**{f"L{i + 1}": parts[i].strip() for i in range(4)}, answer=parts[4].strip())
    assert read_strict(text) == read_tolerant(text) == expected
    assert expected.complete


@given(st.one_of(almost_chains(), fragments, st.text()))
@settings(deadline=None, max_examples=500)
def test_what_the_strict_reader_accepts_the_tolerant_one_reads_alike(text: str) -> None:
    strict = read_strict(text)
    tolerant = read_tolerant(text)
    assert strict is None or strict == tolerant
    assert strict is None or strict.complete


@given(st.text())
@settings(deadline=None)
def test_a_text_without_tags_is_all_answer(text: str) -> None:
    assert read_tolerant(text) == ChainText(answer=text.strip())
    assert read_strict(text) is None


@pytest.mark.parametrize(
    "text",
    [
        GOOD.replace("<L3>c</L3>\n", ""),
        GOOD.replace("<L1>a</L1>\n<L2>b</L2>", "<L2>b</L2>\n<L1>a</L1>"),
        GOOD.replace("<L2>b</L2>", "<L2> </L2>"),
        GOOD.replace("<answer>e</answer>", "<answer></answer>"),
        GOOD.replace("<answer>e</answer>", ""),
        GOOD.replace("</empathy_think>", ""),
        GOOD.replace("</L4>", ""),
        GOOD.replace("<L1>", "<l1>"),
        GOOD.replace("</L1>\n", "</L1> so\n"),
        f"Sure! {GOOD}",
        f"{GOOD} Bye",
        GOOD.replace("<L1>a", "<L1>a<L1>a"),
        GOOD + GOOD,
        "",
    ],
    ids=[
        "layer missing",
        "order",
        "blank layer",
        "blank answer",
        "no answer",
        "think not closed",
        "layer not closed",
        "letter case",
        "text between",
        "text before",
        "text after",
        "tag inside a part",
        "twice",
        "empty",
    ],
)
def test_the_strict_reader_refuses_any_other_form(text: str) -> None:
    assert read_strict(GOOD) == PARTS
    assert read_strict(text) is None


@pytest.mark.parametrize(
    "text",
    [
        f"Sure, here it is: {GOOD} I hope this helps.",
        GOOD.lower(),
        GOOD.upper()
        .replace(">A<", ">a<")
        .replace(">B<", ">b<")
        .replace(">C<", ">c<")
        .replace(">D<", ">d<")
        .replace(">E<", ">e<"),
        "<L1>a<L2>b<L3>c<L4>d<answer>e",
        "<empathy_think><L1>a</L1>< L2 >b</ L2 ><L3>c</L3><L4>d</empathy_think><answer>e",
        "<L1>a</L1><L2>b</L2><L3>c</L3><L4>d</L4></empathy_think> e",
        GOOD.replace("<L1>a</L1>\n<L2>b</L2>", "<L2>b</L2>\n<L1>a</L1>"),
    ],
    ids=["text around", "lower case", "upper case", "no end tags", "spaces in tags", "no answer tag", "order"],
)
def test_the_tolerant_reader_takes_what_small_models_write(text: str) -> None:
    assert read_tolerant(text) == PARTS


def test_the_tolerant_reader_leaves_out_what_it_cannot_find() -> None:
    found = read_tolerant("<L1>sad</L1> <L3>advice")
    assert found == ChainText(L1="sad", L3="advice")
    assert not found.complete
