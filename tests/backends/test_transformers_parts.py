"""The parts of the transformers backend: prefix caches, growing text, and the choice of a token."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from transformers.cache_utils import DynamicLayer  # noqa: E402

from affectgraph.backends.config import Decoding  # noqa: E402
from affectgraph.backends.transformers_cache import (  # noqa: E402
    EMPTY,
    GrowingLayer,
    Prefix,
    PrefixStore,
    can_reuse,
    stacked,
    unstacked,
)
from affectgraph.backends.transformers_rows import next_token  # noqa: E402
from affectgraph.backends.transformers_text import AnswerText, ChatTokens  # noqa: E402

quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
sequences = st.lists(st.integers(0, 2), max_size=6).map(tuple)


@pytest.fixture(scope="module")
def model(tiny_llama_folder: Path) -> Any:
    return transformers.AutoModelForCausalLM.from_pretrained(tiny_llama_folder, local_files_only=True).eval()


@pytest.fixture(scope="module")
def tokenizer(smollm2_tokenizer_folder: Path) -> Any:
    return transformers.AutoTokenizer.from_pretrained(smollm2_tokenizer_folder, local_files_only=True)


@pytest.fixture(scope="module")
def tokens(tokenizer: Any) -> ChatTokens:
    return ChatTokens(tokenizer, frozenset({2}), 49152)


def prefix_of(model: Any, ids: list[int]) -> Prefix:
    cache = transformers.DynamicCache(config=model.config)
    with torch.inference_mode():
        model(input_ids=torch.tensor([ids]), past_key_values=cache)
    return unstacked(cache, 0, 0, ids)


@quick
@given(kept=st.lists(sequences.filter(bool), max_size=5), wanted=sequences)
def test_the_store_finds_the_longest_kept_beginning(kept: list[tuple[int, ...]], wanted: tuple[int, ...]) -> None:
    store = PrefixStore(5)
    for ids in kept:
        store.put(Prefix(ids, ()))
    beginnings = {ids[:length] for ids in kept for length in range(len(ids) + 1)}
    known = [length for length in range(len(wanted) + 1) if wanted[:length] in beginnings]
    assert store.longest(wanted).ids == wanted[: max(known, default=0)]


@quick
@given(kept=st.lists(sequences.filter(bool), max_size=8), capacity=st.integers(0, 3))
def test_the_store_never_exceeds_its_capacity_and_keeps_the_newest(kept: list[tuple[int, ...]], capacity: int) -> None:
    store = PrefixStore(capacity)
    for ids in kept:
        store.put(Prefix(ids, ()))
        assert len(store) <= capacity
        assert store.longest(ids).ids == (ids if capacity else ())


def test_a_continued_prefix_takes_one_place_and_a_used_one_outlives_an_unused_one() -> None:
    store = PrefixStore(2)
    for ids in ((1,), (1, 2), (1, 2, 3)):
        store.put(Prefix(ids, ()))
    assert len(store) == 1
    store.put(Prefix((7, 8), ()))
    store.longest((1, 2, 9))
    store.put(Prefix((5,), ()))
    assert store.longest((1, 2, 3)).ids == (1, 2, 3)
    assert store.longest((7, 8)) is EMPTY


def test_continuing_a_cropped_cache_gives_the_logits_of_the_whole(model: Any) -> None:
    ids = list(range(100, 140))
    whole = prefix_of(model, ids[:30])
    before = [(k.clone(), v.clone()) for k, v in whole.layers]
    with torch.inference_mode():
        fresh = model(input_ids=torch.tensor([ids])).logits[:, 20:]
        cache = stacked([whole.first(20)], model.config)
        continued = model(input_ids=torch.tensor([ids[20:]]), past_key_values=cache).logits
    torch.testing.assert_close(continued, fresh, atol=1e-4, rtol=0)
    for (k, v), (old_k, old_v) in zip(whole.layers, before, strict=True):
        assert torch.equal(k, old_k)
        assert torch.equal(v, old_v)


def test_a_layer_grows_as_transformers_own_does_and_never_writes_over_what_it_has_handed_out() -> None:
    ours, theirs = GrowingLayer(), DynamicLayer()
    torch.manual_seed(0)
    held: list[tuple[Any, Any]] = []
    for step, added in enumerate([5, 1, 1, 200, 1, 1, 90, 1]):
        new = torch.randn(2, 3, added, 4), torch.randn(2, 3, added, 6)
        for layer in (ours, theirs):
            layer.update(*new)
            if step in (2, 5):
                layer.crop(-3)
            if step == 3:
                layer.batch_select_indices(torch.tensor([1, 0]))
        assert torch.equal(ours.keys, theirs.keys)
        assert torch.equal(ours.values, theirs.values)
        assert ours.get_seq_length() == theirs.get_seq_length()
        held += [(ours.keys, ours.keys.clone()), (ours.values, ours.values.clone())]
    assert all(torch.equal(view, copy) for view, copy in held)


def test_a_layer_copies_what_it_has_once_in_many_steps() -> None:
    layer, places = GrowingLayer(), set()
    for _ in range(128):
        layer.update(torch.zeros(1, 1, 1, 2), torch.zeros(1, 1, 1, 2))
        places.add(layer.keys.data_ptr())
    assert len(places) <= 3


def test_a_stacked_batch_gives_the_logits_of_each_row_alone(model: Any) -> None:
    rows = [[11, 12, 13], [21], [31, 32, 33, 34, 35, 36]]
    width = max(map(len, rows))
    mask = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in rows])
    cache = stacked([prefix_of(model, row[:-1]) if row[:-1] else EMPTY for row in rows], model.config)
    with torch.inference_mode():
        together = model(
            input_ids=torch.tensor([[row[-1]] for row in rows]),
            attention_mask=mask,
            position_ids=torch.tensor([[len(row) - 1] for row in rows]),
            past_key_values=cache,
        ).logits[:, -1]
        alone = torch.stack([model(input_ids=torch.tensor([row])).logits[0, -1] for row in rows])
    torch.testing.assert_close(together, alone, atol=1e-4, rtol=0)
    for index, row in enumerate(rows):
        for (k, v), (one_k, one_v) in zip(
            unstacked(cache, index, width - len(row), row).layers, prefix_of(model, row).layers, strict=True
        ):
            torch.testing.assert_close(k, one_k, atol=1e-4, rtol=0)
            torch.testing.assert_close(v, one_v, atol=1e-4, rtol=0)


def test_a_kept_row_does_not_keep_its_batch_in_memory(model: Any) -> None:
    whole = prefix_of(model, list(range(50)))
    part = whole.first(5)
    assert part.layers[0][0].untyped_storage().nbytes() == whole.layers[0][0].untyped_storage().nbytes()
    assert part.owned().layers[0][0].untyped_storage().nbytes() * 10 == whole.layers[0][0].untyped_storage().nbytes()


def test_only_plain_attention_is_taken_apart(model: Any, tiny_sliding_folder: Path) -> None:
    sliding = transformers.AutoModelForCausalLM.from_pretrained(tiny_sliding_folder, local_files_only=True)
    assert can_reuse(model)
    assert not can_reuse(sliding)


@quick
@example(text="你好，今天我很难过 🙂🧑‍🤝‍🧑 é")
@example(text="  two  spaces\nand a line ")
@given(text=st.text(alphabet=st.characters(exclude_categories=["Cs", "Cn", "Co"]), max_size=40))
def test_pieces_are_whole_characters_and_add_up(tokens: ChatTokens, text: str) -> None:
    ids = tokens.encode(text)
    growing = AnswerText(tokens.decode)
    pieces = [growing.push(token) for token in ids]
    if "\ufffd" not in text:
        assert not any("\ufffd" in piece for piece in pieces)
    assert "".join(pieces) + growing.flush() == tokens.decode(ids)


def test_an_unfinished_character_is_shown_only_at_the_end(tokens: ChatTokens) -> None:
    ids = tokens.encode("ok 🧑")
    growing = AnswerText(tokens.decode)
    pieces = [growing.push(token) for token in ids[:-1]]
    assert "".join(pieces).strip() == "ok"
    assert "\ufffd" in growing.flush()


@quick
@example(text="aab", stops=["ab", "b"])
@given(text=st.text("ab.", max_size=30), stops=st.lists(st.text("ab.", min_size=1, max_size=4), max_size=3))
def test_text_ends_before_the_first_stop(tokens: ChatTokens, text: str, stops: list[str]) -> None:
    growing, pieces = AnswerText(tokens.decode, stops), []
    # One character a token, so that stops are met in every way they can be cut.
    for token in (token for char in text for token in tokens.encode(char)):
        pieces.append(growing.push(token))
        if growing.stopped:
            break
    pieces.append(growing.flush())
    # What a reader sees: the text up to the stop that is completed first; the leftmost if several are at once.
    ends = [end for end in range(len(text) + 1) if any(text[:end].endswith(stop) for stop in stops)]
    expected = text
    if ends:
        expected = min((text[: ends[0] - len(stop)] for stop in stops if text[: ends[0]].endswith(stop)), key=len)
    assert "".join(pieces) == expected
    assert growing.stopped == bool(ends)


def test_temperature_zero_takes_the_best_and_a_tiny_top_p_too() -> None:
    logits = torch.tensor([0.0, 3.0, 1.0, 2.9])
    generator = torch.Generator().manual_seed(1)
    greedy, narrow = Decoding(temperature=0), Decoding(temperature=2.0, top_p=1e-6)
    assert next_token(logits, [], greedy, generator) == 1
    assert {next_token(logits, [], narrow, generator) for _ in range(50)} == {1}


def test_sampling_stays_inside_top_p_and_follows_the_distribution() -> None:
    logits = torch.log(torch.tensor([0.05, 0.4, 0.3, 0.25]))
    generator = torch.Generator().manual_seed(1)
    decoding = Decoding(temperature=1.0, top_p=0.6)
    drawn = [next_token(logits, [], decoding, generator) for _ in range(2000)]
    assert set(drawn) == {1, 2}
    assert drawn.count(1) / 2000 == pytest.approx(4 / 7, abs=0.05)


def test_the_repetition_penalty_lowers_what_the_answer_already_has() -> None:
    decoding = Decoding(temperature=0, repeat_penalty=1.5)
    generator = torch.Generator()
    assert next_token(torch.tensor([2.0, 2.5, -9.0]), [1], decoding, generator) == 0
    assert next_token(torch.tensor([-2.0, -1.5, -9.0]), [1], decoding, generator) == 0
    assert next_token(torch.tensor([-2.0, -1.5, -9.0]), [], decoding, generator) == 1
