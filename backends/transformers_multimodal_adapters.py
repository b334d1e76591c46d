"""What one class of multimodal models wants: the contract of an adapter, and what most of them share.

An adapter knows how pictures, clips and sounds become words of the prompt (placeholder tokens) and inputs of the model.
A family whose processor is like others' is a few lines; which adapter serves a model is in `transformers_multimodal`.
Pictures and sounds go through the model's own processor. Clips do not: the processors of videos need torchvision, so
the frames are prepared here from the processor for images, and a clip is the same with and without torchvision.

Imports torch: load it only through `transformers.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from affectgraph.backends.errors import BackendError, InputError, SettingsError

__all__ = ["Adapter", "Audio", "Clip", "Expanded", "Kind", "Medium", "Still", "same_size", "video_settings"]

Kind = Literal["image", "audio", "video"]
# Our choice. Two tokens for the Qwen families: Qwen2-Audio takes a single one for a prompt of its first release.
_SHORTEST_S = 0.1


@dataclass(frozen=True)
class Still:
    """One picture, RGB."""

    image: Image.Image
    kind: ClassVar[Kind] = "image"


@dataclass(frozen=True)
class Clip:
    """Frames in the order of time, RGB, at least one, and how many a second."""

    frames: tuple[Image.Image, ...]
    fps: float
    kind: ClassVar[Kind] = "video"


@dataclass(frozen=True)
class Audio:
    """Mono sound: float32 of shape (n,) in [-1, 1], and its rate in Hz."""

    samples: NDArray[np.float32]
    rate: int
    kind: ClassVar[Kind] = "audio"


Medium = Still | Clip | Audio


@dataclass(frozen=True)
class Expanded:
    """Media as a model takes them.

    Attributes:
        texts: for each medium, in order, what stands in the prompt in place of the template's placeholder.
        inputs: the model's inputs for all of them together.
    """

    texts: list[str]
    inputs: Mapping[str, Tensor]


class Adapter:
    """Base of all adapters; for one loaded model. Not safe for several threads at a time.

    A subclass names `model_class` (and `processor_class`, where the configuration does not lead to it) and `reads`,
    and overrides what its class does in another way: usually `clips` alone.

    Attributes:
        model_class: name in transformers of the class that answers in text.
        processor_class: name in transformers of its processor; None: the one that belongs to the configuration.
        reads: the kinds of media that the class can take.
        stands_for: the kind of placeholder that the chat template is asked for, where it is another than the medium's.
        closing: how many tokens after a medium's last placeholder the class wants to see in the same pass.
    """

    model_class: ClassVar[str]
    processor_class: ClassVar[str | None] = None
    reads: ClassVar[frozenset[Kind]]
    stands_for: ClassVar[Mapping[Kind, Kind]] = {}
    closing: ClassVar[int] = 0

    def __init__(self, model: Any, processor: Any, video_settings: Mapping[str, Any] | None = None) -> None:
        """Keep what the expansions need.

        Args:
            model: the loaded model, for its configuration.
            processor: its processor, with a tokenizer of its own.
            video_settings: how its class would prepare videos; see `video_settings`.

        Raises:
            SettingsError: the model has no placeholder token for a kind that it reads.
        """
        self.processor, self.tokenizer = processor, processor.tokenizer
        self.video_settings: Mapping[str, Any] = video_settings or {}
        self.config = model.config
        self.token_ids: dict[Kind, int] = {
            kind: self._token_id(self.stands_for.get(kind, kind)) for kind in sorted(self.available)
        }
        self._forward = frozenset(_parameters(model))

    @property
    def available(self) -> frozenset[Kind]:
        """The kinds that this model can take with the packages that are installed."""
        sees = getattr(self.processor, "image_processor", None) is not None
        return self.reads if sees else self.reads - {"image", "video"}

    def placeholder(self, kind: Kind) -> str:
        """What the chat template writes for a medium of this kind."""
        named = getattr(self.processor, f"{kind}_token", None)
        return str(named) if named is not None else str(self.tokenizer.convert_ids_to_tokens(self.token_ids[kind]))

    def expand(self, media: Sequence[Medium]) -> Expanded:
        """Words and inputs of the media of one prompt, in the order in which they stand in it.

        Raises:
            InputError: a medium that the model cannot take.
        """
        texts: dict[int, str] = {}
        inputs: dict[str, Tensor] = {}
        makers: dict[Kind, Callable[[Any], Expanded]] = {
            "image": self.stills,
            "audio": self.sounds,
            "video": self.clips,
        }
        for kind, make in makers.items():
            places = [at for at, medium in enumerate(media) if medium.kind == kind]
            if places:
                made = make([media[at] for at in places])
                texts.update(zip(places, made.texts, strict=True))
                inputs.update(made.inputs)
        return Expanded([texts[at] for at in range(len(media))], inputs)

    def stills(self, stills: Sequence[Still]) -> Expanded:
        """Pictures, by the model's own processor."""
        return self._processed("image", len(stills), images=[[still.image for still in stills]])

    def clips(self, clips: Sequence[Clip]) -> Expanded:
        """Frames."""
        raise NotImplementedError(f"{type(self).__name__} reads no video")

    def sounds(self, sounds: Sequence[Audio], **options: Any) -> Expanded:
        """Sounds, by the model's own processor.

        Args:
            sounds: one or more.
            options: of the processor.

        Raises:
            InputError: another rate than the model's, shorter than 0.1 s, or longer than the model can hear.
        """
        hears = self.hears
        for sound in sounds:
            if sound.rate != hears.sampling_rate:
                raise InputError(
                    f"a sound has {sound.rate:,} samples a second and this model hears {hears.sampling_rate:,}: "
                    "load it with `backends.media.load_audio`"
                )
            if len(sound.samples) < _SHORTEST_S * sound.rate:
                raise InputError(
                    f"a sound lasts {len(sound.samples) / sound.rate:.3f} s, too short to be a token or two: "
                    f"send at least {_SHORTEST_S} s, or leave it out"
                )
            if (longest := getattr(hears, "n_samples", None)) and len(sound.samples) > longest:
                raise InputError(
                    f"a sound lasts {len(sound.samples) / sound.rate:.0f} s and this model hears at most "
                    f"{longest / sound.rate:.0f} s: send a shorter piece"
                )
        return self._processed("audio", len(sounds), audio=[sound.samples for sound in sounds], **options)

    @property
    def hears(self) -> Any:
        """The part of the processor that hears."""
        return self.processor.feature_extractor

    def per_token(self, ids: Sequence[int]) -> dict[str, Tensor]:
        """Inputs of shape (1, n) that say what each token is, for models that want them."""
        numbers = {"image": 1, "video": 2, "audio": 3}
        numbered = {token: numbers[self.stands_for.get(kind, kind)] for kind, token in self.token_ids.items()}
        kinds = torch.tensor([[numbered.get(token, 0) for token in ids]])
        return {name: kinds for name in ("mm_token_type_ids", "token_type_ids") if name in self._forward}

    def positions(self, inputs: Mapping[str, Tensor]) -> dict[str, Any]:
        """The inputs under the names that `get_rope_index` has for them, beyond those that are the same."""
        return {}

    def _processed(self, kind: Kind, count: int, **media: Any) -> Expanded:
        """The processor over nothing but placeholders, each followed by an end marker, at which its words are cut."""
        text = "".join(self.placeholder(kind) + self.tokenizer.eos_token for _ in range(count))
        try:
            made = self.processor(text=[text], add_special_tokens=False, return_tensors="pt", **media)
        except Exception as error:
            sentence = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise BackendError(f"the model's processor refuses these media ({kind}): {sentence}") from error
        ids = made["input_ids"][0].tolist()
        texts = [self._spelled(part) for part in _parts(ids, self.tokenizer.eos_token_id)]
        if len(texts) != count:
            raise BackendError(f"the model's processor makes {len(texts)} of {count} media ({kind})")
        dropped = ("input_ids", "attention_mask", "token_type_ids", "mm_token_type_ids")
        inputs = {name: value for name, value in made.items() if name not in dropped}
        if any(not isinstance(value, Tensor) for value in inputs.values()):
            raise BackendError(f"these media ({kind}) differ too much in size for this model's processor")
        return Expanded(texts, inputs)

    def _spelled(self, ids: list[int]) -> str:
        text = str(self.tokenizer.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False))
        if self.tokenizer(text, add_special_tokens=False)["input_ids"] != ids:
            raise BackendError(f"the tokenizer cannot spell what {type(self.processor).__name__} makes of a medium")
        return text

    def _token_id(self, kind: Kind) -> int:
        for name in (f"{kind}_token_id", f"{kind}_token_index"):
            if isinstance(found := getattr(self.config, name, None), int):
                return found
        raise SettingsError(
            f"the configuration of this {type(self.config).__name__} names no {kind}_token_id; choose another model"
        )


def video_settings(place: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a model's processor for videos, which come as JSON, so that torchvision is not needed.

    As in transformers, a model without settings of its own for videos has those for images.

    Args:
        place: folder or hub id.
        options: of `from_pretrained`.
    """
    from transformers.video_processing_utils import BaseVideoProcessor

    known = {name: options[name] for name in ("revision", "local_files_only") if name in options}
    try:
        described, _ = BaseVideoProcessor.get_video_processor_dict(place, **known)
    except OSError:
        return {}
    return dict(described)


def same_size(clip: Clip) -> list[Image.Image]:
    """The frames of a clip.

    Raises:
        InputError: they differ in size.
    """
    sizes = sorted({frame.size for frame in clip.frames})
    if len(sizes) > 1:
        raise InputError(f"the frames of a video differ in size ({sizes[0]} and {sizes[-1]}): scale them to one size")
    return list(clip.frames)


def _parts(ids: list[int], end: int) -> Iterator[list[int]]:
    start = 0
    for at, token in enumerate(ids):
        if token == end:
            yield ids[start:at]
            start = at + 1


def _parameters(model: Any) -> Iterator[str]:
    import inspect

    yield from inspect.signature(model.forward).parameters
