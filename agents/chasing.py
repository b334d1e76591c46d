"""What the commands `affectgraph chase ...` share: a model and clips opened, or refused with one sentence; progress."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from affectgraph.backends.errors import CapabilityError, InputError, MissingDependency, Stopped
from affectgraph.graphs.settings import Settings, load_settings
from affectgraph.tools.chase.profiles import SelectedOn

if TYPE_CHECKING:
    from affectgraph.backends.base import Backend
    from affectgraph.evals.chase.asking import Asker, Clip
    from affectgraph.evals.datasets.items import Dataset, Item

__all__ = ["Session", "Wanted", "opened", "told_missing"]

ANSWERS_FILE = "answers.sqlite"


@dataclass(frozen=True)
class Wanted:
    """What a command was asked for.

    Attributes:
        backend: its name in the settings.
        data: clips, see `affectgraph.evals.datasets.clips`.
        media: where the clips of an EmoMM file lie.
        limit: at most so many clips.
        seed: of the choice of clips and of everything after it.
        frames: of each video.
        settings: overrides, `key=value`.
        config: settings file.
    """

    backend: str
    data: Path
    media: Path | None
    limit: int | None
    seed: int
    frames: int
    settings: tuple[str, ...] = ()
    config: Path | None = None


@dataclass(frozen=True)
class Session:
    """A model and its clips.

    Attributes:
        clips: those that have two modalities or more.
        alone: how many others there were.
    """

    wanted: Wanted
    settings: Settings
    backend: Backend
    dataset: Dataset
    asker: Asker
    clips: list[Clip]
    alone: int
    progress: Progress = field(repr=False)

    def each(self, title: str, function: Callable[[Clip], Any], clips: Sequence[Clip]) -> list[Any]:
        """Apply a function to clips, as many at a time as the engine serves, in order of the clips."""
        return _mapped(self.progress, title, function, clips, self.backend.concurrency)

    def step(self, title: str) -> Callable[[int, int], None]:
        """A bar that is told how much is done, and of how much."""
        task = self.progress.add_task(title, total=None)
        return lambda done, of: self.progress.update(task, completed=done, total=of)

    def selected_on(self, clips: Sequence[Clip]) -> SelectedOn:
        """For the record: these clips of this set, today."""
        return SelectedOn(
            name=self.dataset.name,
            split="/".join(sorted({clip.item.slices.get("split", "all") for clip in clips})),
            revision=self.dataset.revision,
            n=len(clips),
            sources=len({clip.source for clip in clips}),
            seed=self.wanted.seed,
            made=date.today().isoformat(),
        )


@contextmanager
def opened(wanted: Wanted, *, testing: bool = False) -> Iterator[Session]:
    """Open model and clips; close the model afterwards.

    Args:
        wanted: see there.
        testing: clips of a split called `test` are taken too; what chooses or fits never reads them.

    Raises:
        CapabilityError: the backend cannot read attention heads; says what to set.
        InputError: the set has no clip with two modalities.
        Stopped: by Ctrl-C; what was answered is kept.
    """
    settings = load_settings(wanted.config, overrides=wanted.settings).settings
    _refuse(settings, wanted.backend)
    try:
        from affectgraph.evals.answers import Answers
        from affectgraph.evals.chase.asking import Asker
        from affectgraph.evals.chase.readings import Readings
        from affectgraph.evals.datasets import clips as clip_sets
    except ImportError as error:
        raise MissingDependency(f"`affectgraph chase` needs {error.name}: pip install 'affectgraph[evals]'") from error
    from affectgraph.backends.opening import open_backend

    dataset = clip_sets.load(wanted.data, wanted.media)
    items = _chosen(dataset, wanted, testing)
    config = settings.backend(wanted.backend)
    folder = settings.data_dir / "chase"
    backend = open_backend(config, wanted.backend, data_dir=settings.data_dir)
    answers = Answers(folder / ANSWERS_FILE)
    try:
        if not backend.capabilities.steering:
            raise CapabilityError(f"the backend {wanted.backend!r} ({backend.identity}) cannot read attention heads")
        asker = Asker(
            backend,
            dataset,
            answers=answers,
            readings=Readings(folder / "readings"),
            media=settings.media,
            frames=wanted.frames,
            about=config.model_dump(mode="json"),
        )
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as progress:
            every = _mapped(progress, "opening", asker.open, items, backend.concurrency)
            several = [clip for clip in every if len(clip.present) > 1]
            if not several:
                raise InputError(
                    f"none of {len(every)} clips of {dataset.name} shows this model two modalities"
                    f"{told_missing(every)}; with one there is nothing to steer"
                )
            yield Session(wanted, settings, backend, dataset, asker, several, len(every) - len(several), progress)
    except KeyboardInterrupt:
        backend.cancel()
        raise Stopped("stopped; what was answered and read is kept, and the same command goes on") from None
    finally:
        answers.close()
        backend.close()


def _refuse(settings: Settings, name: str) -> None:
    """Refuse before weights are loaded what cannot read heads.

    Raises:
        SettingsError: there is no such backend.
        CapabilityError: it cannot; says what to set.
    """
    config = settings.backend(name)
    if config.kind != "transformers":
        raise CapabilityError(
            f"the backend {name!r} is of kind {config.kind!r}, and attention heads are read and steered in kind "
            "'transformers' alone; configure one with `kind = \"transformers\"` and `steering = true`"
        )
    if not getattr(config, "steering", False):
        raise CapabilityError(
            f"the backend {name!r} does not read attention heads; set `steering = true` under [backends.{name}], "
            f"or add `--set backends.{name}.steering=true`"
        )


def _chosen(dataset: Dataset, wanted: Wanted, testing: bool) -> list[Item]:
    """The clips that are asked about: without those of a test split, a random sample of them."""
    items = [item for item in dataset.items if testing or item.slices.get("split") != "test"]
    if not items:
        raise InputError(f"every clip of {dataset.name} is in the split 'test', which nothing is chosen on")
    random.Random(wanted.seed).shuffle(items)
    return items[: wanted.limit]


def told_missing(clips: Sequence[Clip]) -> str:
    """What clips should have and do not, in words; empty where nothing is missing."""
    counts: dict[str, int] = {}
    for clip in clips:
        for modality, reason in clip.missing.items():
            counts[f"{modality}: {reason}"] = counts.get(f"{modality}: {reason}", 0) + 1
    told = ", ".join(f"{name} in {count}" for name, count in sorted(counts.items()))
    return f" ({told})" if told else ""


def _mapped(
    progress: Progress, title: str, function: Callable[[Any], Any], values: Sequence[Any], workers: int
) -> list[Any]:
    task = progress.add_task(title, total=len(values))
    pool = ThreadPoolExecutor(max_workers=max(1, workers))
    try:
        found = []
        for one in pool.map(function, values):
            found.append(one)
            progress.advance(task)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        progress.remove_task(task)
    return found
