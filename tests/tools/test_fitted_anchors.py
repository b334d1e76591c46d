"""The kernel machine over embeddings: what lies near an anchor gets its kind, and the file gives the same."""

from pathlib import Path

import numpy as np
import pytest

from affectgraph.tools.fitted_anchors import FittedAnchors, fit_anchors

GENERATOR = np.random.default_rng(0)


def unit(centre: list[float], count: int) -> np.ndarray:
    points = np.array(centre) + 0.1 * GENERATOR.standard_normal((count, len(centre)))
    return (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)


VECTORS = np.concatenate([unit([1, 0, 0, 0], 12), unit([0, 1, 0, 0], 12)])
LABELS = {"risk": [1] * 12 + [0] * 12}


@pytest.fixture(scope="module")
def machine() -> FittedAnchors:
    return fit_anchors(VECTORS, LABELS, "test:1:64")


def test_a_vector_gets_the_kind_of_the_anchors_near_it(machine: FittedAnchors) -> None:
    near, far = machine.scores([[0.99, 0.1, 0.0, 0.0], [0.1, 0.99, 0.0, 0.0]])
    assert near["risk"] > 0.5
    assert far["risk"] < -0.5


def test_the_file_gives_nearly_the_same(machine: FittedAnchors, tmp_path: Path) -> None:
    machine.save(tmp_path / "anchors.npz")
    again = FittedAnchors.load(tmp_path / "anchors.npz")
    assert (again.identity, again.heads) == ("test:1:64", ("risk",))
    given = VECTORS.tolist()
    for one, other in zip(machine.scores(given), again.scores(given), strict=True):
        assert one["risk"] == pytest.approx(other["risk"], abs=0.02)


def test_another_file_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", vectors=VECTORS)
    with pytest.raises(ValueError, match="lacks"):
        FittedAnchors.load(tmp_path / "other.npz")


def test_a_text_of_little_weight_pulls_less() -> None:
    labels = {"risk": [*LABELS["risk"][:-1], 1]}
    odd = VECTORS[-1].tolist()
    (full,) = fit_anchors(VECTORS, labels, "t").scores([odd])
    (light,) = fit_anchors(VECTORS, labels, "t", weights=[1.0] * 23 + [0.01]).scores([odd])
    assert light["risk"] < full["risk"]
