"""Adapters of the families that look at video frame by frame: LLaVA-OneVision, InternVL, SmolVLM, Gemma 3, Phi-4.

All but LLaVA-OneVision take frames as pictures: the chat template is asked for a picture where a clip stands.

Imports torch: load it only through `transformers.py`.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor

from affectgraph.backends.errors import InputError
from affectgraph.backends.transformers_multimodal_adapters import Adapter, Audio, Clip, Expanded, Kind, Medium, Still

__all__ = ["Gemma3", "InternVL", "LlavaOneVision", "Phi4", "SmolVLM"]


class LlavaOneVision(Adapter):
    """LLaVA-OneVision: every frame is scaled to the tower's square; its features are pooled two by two."""

    model_class = "LlavaOnevisionForConditionalGeneration"
    reads = frozenset({"image", "video"})

    def clips(self, clips: Sequence[Clip]) -> Expanded:
        """Frames, through the processor for images: the one whole view that it makes beside the tiles.

        `pixel_values_videos` has shape (clips, frames, 3, side, side).

        Raises:
            InputError: several clips, not of the same number of frames.
        """
        counts = sorted({len(clip.frames) for clip in clips})
        if len(counts) > 1:
            raise InputError(
                f"this model takes several videos in one conversation only with the same number of frames, not "
                f"{counts[0]} and {counts[-1]}: sample them alike"
            )
        looks = self.processor.image_processor
        pixels = []
        for clip in clips:
            frames = [[frame] for frame in clip.frames]
            made = looks(images=frames, image_grid_pinpoints=[self._side(looks)], return_tensors="pt")
            pixels.append(made["pixel_values"][:, 0])
        pooled = math.ceil(math.isqrt(self.processor.num_image_tokens) / 2)
        text = self.placeholder("video") * (counts[0] * pooled * pooled + 1)
        return Expanded([text] * len(clips), {"pixel_values_videos": torch.stack(pixels)})

    @staticmethod
    def _side(looks: Any) -> list[int]:
        size = looks.size
        return [size.get("height") or size["shortest_edge"], size.get("width") or size["shortest_edge"]]


class _FramesAsPictures(Adapter):
    """A clip is a row of pictures, all through the processor at once."""

    stands_for: ClassVar[Mapping[Kind, Kind]] = {"video": "image"}

    def expand(self, media: Sequence[Medium]) -> Expanded:
        """See `Adapter.expand`; pictures and frames share one input, in the order of the prompt."""
        seen = [medium for medium in media if not isinstance(medium, Audio)]
        heard = [medium for medium in media if isinstance(medium, Audio)]
        looked = self.visuals(seen) if seen else Expanded([], {})
        listened = self.sounds(heard) if heard else Expanded([], {})
        eyes, ears = iter(looked.texts), iter(listened.texts)
        texts = [next(ears) if isinstance(medium, Audio) else next(eyes) for medium in media]
        return Expanded(texts, {**looked.inputs, **listened.inputs})

    def visuals(self, media: Sequence[Still | Clip]) -> Expanded:
        """Pictures and clips, in order."""
        rows = [medium.frames if isinstance(medium, Clip) else (medium.image,) for medium in media]
        flat = [image for row in rows for image in row]
        made = self._processed("image", len(flat), images=[flat])
        texts = iter(made.texts)
        return Expanded(["".join(next(texts) for _ in row) for row in rows], made.inputs)


class Gemma3(_FramesAsPictures):
    """Gemma 3: every picture and every frame takes the same number of tokens."""

    model_class = "Gemma3ForConditionalGeneration"
    reads = frozenset({"image", "video"})

    def placeholder(self, kind: str) -> str:
        """The template writes the marker before a picture, not what stands for its parts."""
        return str(self.processor.boi_token)


class Phi4(_FramesAsPictures):
    """Phi-4-multimodal: sound, and pictures where torchvision is installed, which its image processor needs."""

    model_class = "Phi4MultimodalForCausalLM"
    reads = frozenset({"image", "audio", "video"})

    @property
    def hears(self) -> Any:
        """The part of the processor that hears."""
        return self.processor.audio_processor

    def _token_id(self, kind: str) -> int:
        part = self.config.audio_config if kind == "audio" else self.config.vision_config
        return int(part.audio_token_id if kind == "audio" else part.image_token_id)


class _OneByOne(_FramesAsPictures):
    """Pictures are cut into tiles, frames are not: so each medium goes alone and the pixels are put in a row.

    Attributes:
        along: dimension of `pixel_values` that counts pictures.
    """

    along = 0

    def visuals(self, media: Sequence[Still | Clip]) -> Expanded:
        """Pictures and clips, in order."""
        made = [self.clip(medium) if isinstance(medium, Clip) else self.stills([medium]) for medium in media]
        inputs: dict[str, Tensor] = {
            name: torch.cat([one.inputs[name] for one in made], dim=self.along) for name in made[0].inputs
        }
        return Expanded([one.texts[0] for one in made], inputs)

    def clip(self, clip: Clip) -> Expanded:
        """The frames of one clip."""
        raise NotImplementedError


class InternVL(_OneByOne):
    """InternVL: frames are numbered pictures that are not cut into tiles."""

    model_class = "InternVLForConditionalGeneration"
    reads = frozenset({"image", "video"})

    def clip(self, clip: Clip) -> Expanded:
        """As its own processor writes a video."""
        has = self.processor
        made = has.image_processor(images=list(clip.frames), crop_to_patches=False, return_tensors="pt")
        block = f"{has.start_image_token}{has.image_token * has.image_seq_length}{has.end_image_token}"
        text = "\n".join(f"Frame{at + 1}: {block}" for at in range(len(clip.frames)))
        return Expanded([text], {"pixel_values": made["pixel_values"]})


class SmolVLM(_OneByOne):
    """SmolVLM: frames are pictures that are not cut into tiles, each behind its time."""

    model_class = "SmolVLMForConditionalGeneration"
    reads = frozenset({"image", "video"})
    along = 1

    def clip(self, clip: Clip) -> Expanded:
        """As its own processor writes a video."""
        from num2words import num2words
        from transformers.models.smolvlm import processing_smolvlm as words

        has = self.processor
        made = has.image_processor(images=[list(clip.frames)], do_image_splitting=False, return_tensors="pt")
        block = words.get_image_prompt_string(  # type: ignore[no-untyped-call]
            0, 0, has.image_seq_len, has.fake_image_token, has.image_token, has.global_image_token
        )
        seconds = [at / clip.fps for at in range(len(clip.frames))]
        duration = datetime.timedelta(seconds=int(len(clip.frames) / clip.fps))
        pieces = [
            words.DEFAULT_VIDEO_INTRO.format(frame_count=num2words(len(clip.frames)), video_duration=str(duration))
        ]
        for second in seconds:
            stamp = f"{int(second // 60):02d}:{int(second % 60):02d}"
            pieces.append(words.FRAME_TIMESTAMP_MESSAGE.format(timestamp=stamp) + block)
        kept = {name: made[name] for name in ("pixel_values", "pixel_attention_mask") if name in made}
        return Expanded(["".join([*pieces, words.DEFAULT_MEDIA_OUTTRO])], kept)
