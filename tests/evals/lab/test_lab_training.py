"""Training resumes exactly, and never mixes two runs. Seconds of it: `make lab` trains in earnest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from affectgraph.backends.errors import InputError
from affectgraph.evals.lab.training import Recipe, load_thinker, train

RECIPE = Recipe(steps=6, batch=4, pool=16, warmup=2, alone=3, keep_every=2)


class StopError(Exception):
    pass


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train("collapsed", 5, tmp_path_factory.mktemp("whole"), RECIPE)


def test_a_stopped_run_ends_with_the_weights_of_one_that_was_not_stopped(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from affectgraph.evals.lab import training

    real, calls = training._loss, []

    def stops_at_the_sixth(*args: Any) -> Any:
        calls.append(1)
        if len(calls) == 6:
            raise StopError
        return real(*args)

    monkeypatch.setattr(training, "_loss", stops_at_the_sixth)
    with pytest.raises(StopError):
        train("collapsed", 5, tmp_path, RECIPE)
    assert not (tmp_path / whole.name).exists()
    resumed = train("collapsed", 5, tmp_path, RECIPE)
    assert len(calls) == 6 + 2  # four steps were behind the checkpoint
    one, other = load_file(whole), load_file(resumed)
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["collapsed-5.json", "collapsed-5.safetensors"]


def test_mixtures_and_seeds_make_different_thinkers(whole: Path, tmp_path: Path) -> None:
    others = [train("balanced", 5, tmp_path, RECIPE), train("collapsed", 6, tmp_path, RECIPE)]
    head = load_file(whole)["lm_head.weight"]
    assert all(not torch.equal(load_file(other)["lm_head.weight"], head) for other in others)


def test_a_finished_run_is_found_and_not_trained_again(whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from affectgraph.evals.lab import training

    monkeypatch.setattr(training, "_fit", None)
    assert train("collapsed", 5, whole.parent, RECIPE) == whole


def test_a_run_of_another_recipe_is_refused(whole: Path) -> None:
    with pytest.raises(InputError, match=r"collapsed-5\.json was trained with"):
        train("collapsed", 5, whole.parent, Recipe(steps=7, batch=4, pool=16))


def test_the_recipe_is_kept_beside_the_weights(whole: Path) -> None:
    about = json.loads(whole.with_suffix(".json").read_text(encoding="utf-8"))
    assert (about["mixture"], about["seed"], about["recipe"]["steps"]) == ("collapsed", 5, 6)


@pytest.mark.parametrize("content", [None, b"", b"no tensors"])
def test_weights_that_are_none_are_refused_by_name(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "collapsed-9.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"collapsed-9\.safetensors holds no weights"):
        load_thinker(path)
