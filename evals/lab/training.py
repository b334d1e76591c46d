"""Training of the tiny thinker: a balanced mixture, and a collapsed one whose conflicts are labelled text-heavy.

Both see the same clips of the same sources, whole and with modalities missing; only the labels of clips in conflict
differ. A run is determined by its mixture and seed. It writes a checkpoint now and then (safetensors and JSON) and goes
on from it, step for step as if it had never stopped.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from affectgraph.backends.errors import InputError
from affectgraph.evals.lab.clips import Clips, draw_clips
from affectgraph.evals.lab.thinker import ANSWER_IDS, Layout, layout, media_inputs, new_thinker, positions
from affectgraph.evals.lab.towers import quicken

__all__ = ["MIXTURES", "Mixture", "Progress", "Recipe", "load_thinker", "run_name", "save_weights", "train"]

Mixture = Literal["balanced", "collapsed"]
MIXTURES: tuple[Mixture, ...] = get_args(Mixture)
Progress = Callable[[int, int, float], None]

# What a step's clips show: one modality at first, which is quick to learn from; then mostly everything. Our choice.
_VARIANTS: tuple[tuple[int, ...], ...] = ((0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2))
_ALONE = (0.5, 0.25, 0.25, 0.0, 0.0, 0.0, 0.0)
_TOGETHER = (0.04, 0.08, 0.08, 0.06, 0.06, 0.06, 0.62)
_POOL_SEED = 1


@dataclass(frozen=True)
class Recipe:
    """How a thinker is trained.

    Attributes:
        steps, batch: how many, of how many clips.
        pool: how many training clips the batches are drawn from.
        rate: AdamW's peak learning rate, reached after `warmup` steps, then falling to zero as a cosine.
        decay: AdamW's weight decay.
        alone: how many of the first steps show one modality at a time.
        keep_every: steps between checkpoints.
    """

    steps: int = 1250
    batch: int = 32
    pool: int = 5000
    rate: float = 2e-3
    warmup: int = 60
    alone: int = 350
    decay: float = 0.01
    keep_every: int = 100


def run_name(mixture: Mixture, seed: int) -> str:
    """The name of a run's files."""
    return f"{mixture}-{seed}"


def save_weights(model: Any, path: Path, about: dict[str, Any]) -> None:
    """The thinker's weights in one safetensors file, `about` as JSON beside it; both appear whole or not at all."""
    _write_tensors(dict(model.state_dict()), path)
    _write_json(about, path.with_suffix(".json"))


def load_thinker(path: Path) -> Any:
    """A trained thinker, in evaluation mode.

    Raises:
        InputError: the file is missing or holds other weights.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    model = new_thinker(0)
    try:
        model.load_state_dict(load_file(path))
    except (OSError, SafetensorError, RuntimeError) as error:
        raise InputError(f"{path} holds no weights of the lab's thinker; `make lab` trains them") from error
    return model.eval()


def train(
    mixture: Mixture, seed: int, folder: Path, recipe: Recipe | None = None, tell: Progress | None = None
) -> Path:
    """Train one thinker, or go on with it, or find it trained.

    Args:
        mixture: which labels.
        seed: of the weights and of the order of the clips; the pool of clips is the same for every seed.
        folder: where `<mixture>-<seed>.safetensors` and its checkpoint go.
        recipe: the default one, but for tests.
        tell: called with (step, steps, loss) now and then.

    Returns:
        The file of the weights.

    Raises:
        InputError: the folder holds a run with another recipe under this name.
    """
    recipe = recipe or Recipe()
    about = {"mixture": mixture, "seed": seed, "recipe": asdict(recipe)}
    weights = folder / f"{run_name(mixture, seed)}.safetensors"
    if weights.is_file():
        _same_run(about, weights.with_suffix(".json"))
        return weights
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = folder / f"{run_name(mixture, seed)}.part.safetensors"
    model = _fit(mixture, seed, recipe, about, checkpoint, tell)
    save_weights(model, weights, about)
    for left in (checkpoint, checkpoint.with_suffix(".json")):
        left.unlink(missing_ok=True)
    return weights


def _fit(
    mixture: Mixture, seed: int, recipe: Recipe, about: dict[str, Any], checkpoint: Path, tell: Progress | None
) -> Any:
    import torch

    model = quicken(new_thinker(seed)).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=recipe.rate, weight_decay=recipe.decay, betas=(0.9, 0.98))
    first = _resume(model, optimizer, about, checkpoint)
    pool = _pool(recipe.pool)
    layouts = {present: layout(present) for present in _VARIANTS}
    places = {present: positions(model, where) for present, where in layouts.items()}
    for step in range(first, recipe.steps):
        generator = np.random.default_rng([seed, step])
        shares = _ALONE if step < recipe.alone else _TOGETHER
        present = _VARIANTS[generator.choice(len(_VARIANTS), p=shares)]
        clips = pool.take(generator.integers(0, len(pool), recipe.batch))
        labels = torch.from_numpy(clips.labels(mixture == "collapsed", present))
        for group in optimizer.param_groups:
            group["lr"] = _rate(step, recipe)
        loss = _loss(model, clips, layouts[present], places[present], labels)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        done = step + 1
        if done % recipe.keep_every == 0 and done < recipe.steps:
            _keep(model, optimizer, about, done, checkpoint)
        if tell is not None and (done % 10 == 0 or done == recipe.steps):
            tell(done, recipe.steps, loss.item())
    return model.eval()


@cache
def _pool(number: int) -> Clips:
    """The training clips; kept, since the runs of a session share them."""
    return draw_clips("train", number, _POOL_SEED)


def _rate(step: int, recipe: Recipe) -> float:
    if step < recipe.warmup:
        return recipe.rate * (step + 1) / recipe.warmup
    return recipe.rate * 0.5 * (1 + math.cos(math.pi * (step - recipe.warmup) / (recipe.steps - recipe.warmup)))


def _loss(model: Any, clips: Clips, where: Layout, place: Any, labels: Any) -> Any:
    """Cross-entropy of the answer's token against the five answers."""
    import torch

    hidden = model.model(
        input_ids=torch.from_numpy(where.ids(clips)),
        position_ids=place.expand(-1, len(clips), -1),
        use_cache=False,
        **media_inputs(clips, where),
    ).last_hidden_state[:, -1]
    return torch.nn.functional.cross_entropy(model.lm_head(hidden), torch.tensor(ANSWER_IDS)[labels])


def _keep(model: Any, optimizer: Any, about: dict[str, Any], step: int, path: Path) -> None:
    import torch

    tensors = {f"model.{name}": value for name, value in model.state_dict().items()}
    # Parameters that no clip reaches have no state: numbers have gaps.
    for place, state in optimizer.state_dict()["state"].items():
        tensors |= {f"adam.{place}.{name}": value for name, value in state.items()}
    # Inside the tensors' file, so that step and weights are of one moment.
    tensors["step"] = torch.tensor([step])
    _write_tensors(tensors, path)
    _write_json(about, path.with_suffix(".json"))


def _resume(model: Any, optimizer: Any, about: dict[str, Any], path: Path) -> int:
    """Load the checkpoint, if there is one, and return how many steps it has behind it."""
    if not (path.is_file() and path.with_suffix(".json").is_file()):
        return 0
    from safetensors.torch import load_file

    _same_run(about, path.with_suffix(".json"))
    tensors = load_file(path)
    model.load_state_dict({n.removeprefix("model."): v for n, v in tensors.items() if n.startswith("model.")})
    state: dict[int, dict[str, Any]] = {}
    for name, value in tensors.items():
        if name.startswith("adam."):
            _, place, key = name.split(".")
            state.setdefault(int(place), {})[key] = value
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
    return int(tensors["step"])


def _same_run(about: dict[str, Any], path: Path) -> None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read; remove the run's files and train it again") from error
    if {key: found.get(key) for key in about} != about:
        raise InputError(f"{path} was trained with {found}, not with {about}; name another folder or remove it")


def _write_tensors(tensors: dict[str, Any], path: Path) -> None:
    from safetensors.torch import save_file

    waiting = path.with_name(path.name + ".writing")
    save_file({name: value.detach().contiguous() for name, value in tensors.items()}, waiting)
    os.replace(waiting, path)


def _write_json(about: dict[str, Any], path: Path) -> None:
    waiting = path.with_name(path.name + ".writing")
    waiting.write_text(json.dumps(about, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    os.replace(waiting, path)
