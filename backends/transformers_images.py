"""Image-text models: from a conversation with pictures to token ids and pixel values.

The model's own processor scales and cuts the pictures and says how many placeholder tokens stand for each; the engine
gives all pictures of a prompt to the model at once, and from then on the prompt's cache holds them. In the keys of that
cache the placeholders carry a digest of the pictures, so that no cache of other pictures is taken for this one.

Imports torch: load it only through `transformers.py`.
"""

from __future__ import annotations

import hashlib
import inspect
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.messages import BaseMessage
from PIL import Image
from torch import Tensor

from affectgraph.backends.errors import BackendError, SettingsError
from affectgraph.backends.transformers_prompt import Images, Prompt
from affectgraph.backends.transformers_text import ChatTokens
from affectgraph.backends.vision import pictures

__all__ = ["ImageTextTokens", "load_processor", "rope_keeper"]

# What the processor returns for the tokens, not for the pixels: of shape (1, n), like the token ids.
_PER_TOKEN = ("token_type_ids", "mm_token_type_ids", "moe_mm_token_type_ids")
_DROPPED = ("input_ids", "attention_mask")
# Parts of a processor that need torchvision in all (video) or in some classes: they may be missing.
_OPTIONAL = ("video_processor", "image_processor")
_PARTS = {*_OPTIONAL, "tokenizer", "feature_extractor", "audio_processor"}


def rope_keeper(model: Any) -> Any:
    """The part of an M-RoPE model that keeps `rope_deltas` between calls, (batch, 1); None for other models."""
    return next((part for part in model.modules() if hasattr(part, "rope_deltas")), None)


class ImageTextTokens(ChatTokens):
    """The processor of an image-text model; safe to call from several threads."""

    reads = frozenset({"image"})

    def __init__(self, processor: Any, tokenizer: Any, end_ids: frozenset[int], vocabulary: int, model: Any) -> None:
        super().__init__(tokenizer, end_ids, vocabulary)
        self._processor = processor
        # A tokenizer of its own, so that slow pictures do not hold up the decoding of other answers.
        self._processing = threading.Lock()
        self._place = placeholder(model)
        self._rope = getattr(rope_keeper(model), "get_rope_index", None)

    def read(self, messages: Sequence[BaseMessage], lead: str = "") -> Prompt:
        """Token ids and pictures of a conversation, ready for its answer, which begins with `lead`.

        Raises:
            InputError: an image cannot be used.
            BackendError: the chat template or the processor refuses the conversation.
        """
        turns = self._turns(messages)
        seen = pictures(turns)
        text = self._written([{**turn, "content": _for_template(turn.get("content"))} for turn in turns]) + lead
        if not seen:
            return Prompt(self._checked(self.encode(text)))
        digest = hashlib.sha256(b"".join(hashlib.sha256(data).digest() for data, _ in seen)).digest()
        return self._prompt(self._processed(text, [image for _, image in seen]), digest)

    def _apply_template(self, turns: list[dict[str, Any]]) -> str:
        with self._processing:
            return str(self._processor.apply_chat_template(turns, add_generation_prompt=True, tokenize=False))

    def _processed(self, text: str, images: list[Image.Image]) -> dict[str, Tensor]:
        with self._processing:
            try:
                # The template has written the special tokens already.
                made = self._processor(text=[text], images=[images], add_special_tokens=False, return_tensors="pt")
            except Exception as error:
                raise BackendError(f"the model's processor refuses these images: {_sentence(error)}") from error
        inputs = {name: value for name, value in made.items() if isinstance(value, Tensor)}
        if "cross_attention_mask" in inputs or len(inputs) != len(made):
            raise BackendError(
                "this model takes images in a way that this backend does not know; use one that reads them as tokens "
                "(Qwen-VL, LLaVA, Idefics3, Gemma 3, ...)"
            )
        return inputs

    def _prompt(self, inputs: dict[str, Tensor], digest: bytes) -> Prompt:
        ids = tuple(inputs["input_ids"][0].tolist())
        places = [at for at, token in enumerate(ids) if token == self._place]
        if not places:
            raise BackendError("the model's chat template leaves the images out; choose another model")
        if places[-1] == len(ids) - 1:
            raise BackendError("the model's chat template ends with an image; choose another model")
        key = -1 - int.from_bytes(digest, "big")
        kinds = {name: inputs[name] for name in _PER_TOKEN if name in inputs}
        pixels = {name: value for name, value in inputs.items() if name not in (*_PER_TOKEN, *_DROPPED)}
        images = Images(
            keys=tuple(key if token == self._place else token for token in ids),
            end=places[-1] + 1,
            pixels=pixels,
            kinds=kinds,
            shift=self._shift(inputs["input_ids"], {**pixels, **kinds}),
        )
        return Prompt(ids, images)

    def _shift(self, ids: Tensor, inputs: Mapping[str, Tensor]) -> int:
        if self._rope is None:
            return 0
        known = {name: value for name, value in inputs.items() if name in inspect.signature(self._rope).parameters}
        _, deltas = self._rope(input_ids=ids, **known)
        return int(deltas.flatten()[0])


def placeholder(model: Any) -> int:
    """Id of the token that stands for a part of a picture.

    Raises:
        SettingsError: the model has none, so it takes pictures in another way.
    """
    for name in ("image_token_id", "image_token_index"):
        if isinstance(found := getattr(model.config, name, None), int):
            return found
    raise SettingsError(
        f"{type(model).__name__} does not read images as tokens, which this backend needs; choose another model"
    )


def load_processor(place: str, model_config: Any, options: Mapping[str, Any], kind: Any = None) -> Any:
    """The model's processor; where torchvision is missing, without the parts that need it: the one for video at least.

    Args:
        place: folder or hub id.
        model_config: the model's configuration, which leads to its class of processors.
        options: of `from_pretrained`.
        kind: the class of processors, where the configuration does not lead to it.
    """
    from transformers import AutoProcessor
    from transformers.models.auto.processing_auto import PROCESSOR_MAPPING
    from transformers.utils.import_utils import is_torchvision_available

    auto: Any = kind or AutoProcessor
    try:
        return auto.from_pretrained(place, **options)
    except Exception:
        kind = kind or PROCESSOR_MAPPING.get(type(model_config), None)
        # It fails in several ways, some of which do not name torchvision.
        if is_torchvision_available() or kind is None or not _lacks_torchvision(kind):
            raise
    return _without_torchvision(kind, place, options)


def _lacks_torchvision(kind: Any) -> bool:
    parts = set(kind.get_attributes())
    return parts <= _PARTS and not parts.isdisjoint(_OPTIONAL)


def _without_torchvision(kind: Any, place: str, options: Mapping[str, Any]) -> Any:
    from transformers import AutoFeatureExtractor, AutoImageProcessor, AutoTokenizer

    class Partial(kind):  # type: ignore[misc]
        def check_argument_for_proper_class(self, name: str, argument: Any) -> Any:
            return None if argument is None else super().check_argument_for_proper_class(name, argument)

    loaders: dict[str, Any] = {
        "image_processor": AutoImageProcessor,
        "tokenizer": AutoTokenizer,
        "feature_extractor": AutoFeatureExtractor,
        "audio_processor": AutoFeatureExtractor,
    }

    def loaded(name: str) -> Any:
        try:
            return loaders[name].from_pretrained(place, **options) if name in loaders else None
        except (ImportError, ValueError):
            # A few classes look at pictures through torchvision alone; what they hear is left.
            if name != "image_processor" or "audio_processor" not in kind.get_attributes():
                raise
            return None

    parts = [loaded(name) for name in kind.get_attributes()]
    described, _ = kind.get_processor_dict(place, **options)
    # The class writes its name into what it makes: it goes by its parent's.
    Partial.__name__ = kind.__name__
    return Partial.from_args_and_dict(parts, described)


def _for_template(content: Any) -> Any:
    """Content as the templates of image-text models take it: always a list of parts; pictures come separately."""
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    if isinstance(content, list):
        return [{"type": "image"} if part.get("type") == "image_url" else part for part in content]
    return content


def _sentence(error: Exception) -> str:
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0]
