"""`perceive` with a model that hears, sees and can be steered: a tiny random Qwen2.5-Omni thinker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from langchain_core.messages import HumanMessage

pytest.importorskip("torch")
pytest.importorskip("transformers")

from affectgraph.backends.config import TransformersConfig
from affectgraph.backends.errors import SettingsError
from affectgraph.backends.media_parts import marked_text
from affectgraph.backends.transformers import TransformersBackend
from affectgraph.graphs import Graph, load, load_settings
from affectgraph.tools.chase.profiles import (
    HeadMethod,
    HeadProfile,
    HeadProfiles,
    SelectedOn,
    Trial,
    profiles_path,
    save_profiles,
)
from affectgraph.tools.experts.readings import ModalityReading
from tests.backends import tiny_multimodal
from tests.backends.clip_files import clip, counting, tone

WORDS = "I am so happy for you!"
FEW = 'perceive.sampling={kind = "uniform", count = 2, side = 16}'


@pytest.fixture(scope="module")
def thinker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TransformersBackend]:
    folder = tiny_multimodal.qwen2_5_omni(tmp_path_factory.mktemp("thinker"))
    config = TransformersConfig(model=str(folder), task="multimodal", device="cpu", steering=True)
    backend = TransformersBackend(label="thinker", config=config)
    yield backend
    backend.close()


@pytest.fixture
def clash(monkeypatch: pytest.MonkeyPatch) -> None:
    """Experts that disagree as far as they can: the tiny model's own reading of the words is noise."""
    for name, modality, sentiment in (("read_text", "text", "P"), ("read_face", "video", "N")):
        shares = {label: float(label == sentiment) for label in ("N", "WN", "Neu", "WP", "P")}
        reading = ModalityReading.model_validate(
            {
                "modality": modality,
                "sentiment": {"probabilities": shares},
                "reliability": 0.9,
                "basis": "what the test says",
            }
        )
        monkeypatch.setattr(f"affectgraph.graphs.perceive.{name}", lambda *_, said=reading, **__: said)


def graph(backend: TransformersBackend, tmp_path: Path, *overrides: str) -> Graph[Any]:
    roots = f'media.roots=["{tmp_path}"]'
    settings = load_settings(overrides=[f"data_dir={tmp_path}", roots, FEW, *overrides], environment={}).settings
    return load("perceive", model=backend, settings=settings)


def run(backend: TransformersBackend, tmp_path: Path, *overrides: str, decide: str = "steer") -> Any:
    (tmp_path / "clip.webm").write_bytes(clip("webm", sound=tone(1.5), picture=counting))
    return graph(backend, tmp_path, f"perceive.decide={decide}", *overrides).invoke(
        {"text": WORDS, "video": str(tmp_path / "clip.webm")}
    )


def test_a_conflict_moves_the_budgets_of_the_named_heads_to_their_target(
    thinker: TransformersBackend, tmp_path: Path, clash: None
) -> None:
    result = run(thinker, tmp_path)
    steering = result.steering
    assert result.decision.by == "steer"
    assert steering.probability == pytest.approx(1.0)
    assert steering.rests_on == "readings"
    assert steering.strength == pytest.approx(0.6)
    for modality, share in steering.after.steered.items():
        expected = 0.4 * steering.before.steered[modality] + 0.6 / 3
        # Deeper heads read what moved heads above them wrote, so only the mean of the first layer's is exact.
        assert share == pytest.approx(expected, abs=0.1)
    assert sum(steering.after.steered.values()) == pytest.approx(1.0, abs=1e-5)
    assert result.decision.sentiment != steering.without
    assert result.decision.sentiment.probabilities != pytest.approx(steering.without.probabilities, abs=1e-6)


def test_where_the_readings_agree_the_model_decides_as_it_is(thinker: TransformersBackend, tmp_path: Path) -> None:
    keep(thinker, tmp_path, 2)
    result = run(thinker, tmp_path, "perceive.usable=1.0", decide="auto")
    assert result.decision.by == "plain"
    assert result.steering is None


def test_a_closed_gate_leaves_the_model_as_it_is_and_says_so(thinker: TransformersBackend, tmp_path: Path) -> None:
    result = run(thinker, tmp_path, "perceive.usable=1.0")
    assert result.steering.unsteered == "gate closed"
    assert result.steering.strength == 0.0
    assert result.decision.sentiment == result.steering.without
    assert result.steering.before == result.steering.after


def test_one_modality_has_nothing_to_shift(thinker: TransformersBackend, tmp_path: Path) -> None:
    result = graph(thinker, tmp_path, "perceive.decide=steer").invoke({"text": WORDS})
    assert result.steering.unsteered == "one modality"


def test_a_target_moves_attention_to_what_it_names(thinker: TransformersBackend, tmp_path: Path, clash: None) -> None:
    result = run(thinker, tmp_path, "perceive.target=video")
    before, after = result.steering.before.steered, result.steering.after.steered
    assert result.steering.target == {"text": 0.0, "audio": 0.0, "video": 1.0}
    assert after["video"] > before["video"]
    assert after["text"] < before["text"]


def keep(backend: TransformersBackend, tmp_path: Path, head: int, method: HeadMethod = "causal") -> None:
    """A profile of the tiny model in which `head` is the best of every layer."""
    shape = backend.read_attention([HumanMessage([marked_text(WORDS)])]).budgets.shape[:2]
    scores = np.zeros(shape)
    scores[:, head] = 1.0
    profile = HeadProfile.of(
        scores,
        identity=backend.identity,
        method=method,
        modalities="TAV",
        trial=Trial(strength=0.6, target={"video": 1.0}) if method == "causal" else None,
        selected_on=SelectedOn(name="a test", split="all", revision="1", n=2, sources=2, made="2026-01-01"),
    )
    save_profiles(HeadProfiles(entries=(profile,)), profiles_path(tmp_path))


def test_by_default_only_causal_heads_that_were_kept_for_the_model_are_moved(
    thinker: TransformersBackend, tmp_path: Path, clash: None
) -> None:
    assert run(thinker, tmp_path, decide="auto").decision.by == "plain"
    keep(thinker, tmp_path, 2, "dominance")
    assert run(thinker, tmp_path, decide="auto").decision.by == "plain"
    keep(thinker, tmp_path, 2)
    result = run(thinker, tmp_path, "perceive.k=1", decide="auto")
    assert result.decision.by == "steer"
    assert result.steering.chosen_by == "profile"
    assert {head for _, head in result.steering.heads} == {2}
    assert result.steering.target == {"text": 0.0, "audio": 0.0, "video": 1.0}  # what they were chosen for
    assert run(thinker, tmp_path, "perceive.k=1", "perceive.heads=dominance").steering.chosen_by == "dominance"


def test_the_controls_move_other_heads_and_say_so(thinker: TransformersBackend, tmp_path: Path, clash: None) -> None:
    every = run(thinker, tmp_path, "perceive.heads=all").steering
    some = run(thinker, tmp_path, "perceive.heads=random", "perceive.k=1").steering
    assert (every.chosen_by, some.chosen_by) == ("all", "random")
    assert set(some.heads) < set(every.heads)
    always = run(thinker, tmp_path, "perceive.usable=1.0", "perceive.trigger=always").steering
    assert (always.rests_on, always.strength) == ("always", pytest.approx(0.6))


@pytest.mark.parametrize("override", ["perceive.heads=profile", "perceive.trigger=under-use"])
def test_what_was_never_made_for_the_model_is_refused_at_load(
    thinker: TransformersBackend, tmp_path: Path, override: str
) -> None:
    with pytest.raises(SettingsError, match="affectgraph chase"):
        graph(thinker, tmp_path, override)
