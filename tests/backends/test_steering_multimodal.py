"""Steering through the whole path of a multimodal backend: words, sound and frames in, spans found, heads moved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from langchain_core.messages import HumanMessage
from numpy.typing import NDArray

pytest.importorskip("torch")
pytest.importorskip("transformers")

from affectgraph.backends.errors import SettingsError
from affectgraph.backends.media_parts import marked_text
from affectgraph.backends.scoring import Distribution
from affectgraph.backends.steering import Modality, SteeringPlan, shifted
from affectgraph.backends.transformers import TransformersBackend
from tests.backends import tiny_multimodal
from tests.backends.test_multimodal_transformers import SAID, asked, some_of_each

Open = Callable[..., TransformersBackend]
OPTIONS = ("joy", "sadness", "anger")
HEADS = ((0, 1), (0, 3))


@pytest.mark.parametrize(
    ("kind", "present"),
    [
        ("qwen2_5_omni", ("text", "audio", "video")),
        ("qwen2_vl", ("text", "video")),
        ("qwen2_audio", ("text", "audio")),
        ("phi4_multimodal", ("text", "audio")),
    ],
)
def test_a_multimodal_request_is_read_and_steered(
    opened: Open, tmp_path: Path, kind: str, present: tuple[Modality, ...]
) -> None:
    backend = opened(getattr(tiny_multimodal, kind)(tmp_path), task="multimodal", steering=True)
    messages = asked(*some_of_each(backend))
    plan = SteeringPlan(heads=HEADS, strength=0.7, target={present[-1]: 1.0})
    before, after = backend.read_attention(messages), backend.read_attention(messages, steering=plan)
    assert before.modalities == present
    aim = np.array([float(modality == present[-1]) for modality in present])
    assert np.abs(after.budgets[0, [1, 3]] - shifted(before.budgets[0, [1, 3]], 0.7, aim)).max() < 1e-5
    assert np.abs(after.masses[0].sum(-1) - before.masses[0].sum(-1)).max() < 1e-5
    assert (after.budgets[0, [0, 2]] == before.budgets[0, [0, 2]]).all()
    # A prompt that continues from the reading's cache scores as one that is read anew.
    steered = _logs(backend.choose(messages, OPTIONS, steering=plan))
    backend._engine._store.clear()
    assert np.abs(_logs(backend.choose(messages, OPTIONS, steering=plan)) - steered).max() < 1e-3
    assert np.abs(_logs(backend.choose(messages, OPTIONS)) - steered).max() > 1e-2


def _logs(shares: Distribution) -> NDArray[np.float64]:
    """A random model is sure of itself: differences show in logarithms."""
    return np.log([shares.probabilities[option] for option in OPTIONS])


def test_the_windows_of_gemma_3_are_refused_when_it_is_to_be_steered(opened: Open, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="sliding window"):
        opened(tiny_multimodal.gemma3(tmp_path), task="multimodal", steering=True)


def test_marked_words_are_the_text_span_of_a_text_model(opened: Open) -> None:
    backend = opened(steering=True)
    prompt = backend._tokens.read([HumanMessage([marked_text(SAID), {"type": "text", "text": "How is he?"}])])
    plain = backend._tokens.read([HumanMessage(f"{SAID}\nHow is he?")])
    assert prompt.ids == plain.ids
    assert plain.spans is None
    assert prompt.spans is not None
    assert prompt.spans.modalities == ("text",)
    said = backend._tokens.decode([prompt.ids[at] for at in prompt.spans.positions("text")])
    assert said.strip() == SAID
    reading = backend.read_attention([HumanMessage([marked_text(SAID), {"type": "text", "text": "How is he?"}])])
    assert (reading.budgets == 1.0).all()
