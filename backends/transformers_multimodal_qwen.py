"""Adapters of the Qwen families: Qwen2.5-Omni (its thinker), Qwen2-VL, Qwen2.5-VL, Qwen3-VL, Qwen2-Audio.

Imports torch: load it only through `transformers.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from affectgraph.backends.transformers_multimodal_adapters import Adapter, Audio, Clip, Expanded, same_size

__all__ = ["Qwen2Audio", "Qwen2VL", "Qwen3VL", "Qwen25Omni", "Qwen25VL"]


class Qwen2VL(Adapter):
    """Qwen2-VL: pictures and frames are cut into patches; two frames make one patch in time."""

    model_class = "Qwen2VLForConditionalGeneration"
    reads = frozenset({"image", "video"})

    def clips(self, clips: Sequence[Clip]) -> Expanded:
        """Frames, through the processor for images.

        `pixel_values_videos` has shape (patches of all clips, 3 * 2 * p * p) and `video_grid_thw` (clips, 3): pairs of
        frames, and patches along height and width. An odd last frame is shown twice, as the video processors do.
        """
        made = [self._patches(clip) for clip in clips]
        grids = torch.tensor([grid for _, grid in made])
        inputs = {"pixel_values_videos": torch.cat([patches for patches, _ in made]), "video_grid_thw": grids}
        texts = [self.spelled(grid, clip) for (_, grid), clip in zip(made, clips, strict=True)]
        return Expanded(texts, {**inputs, **self.times(clips)})

    def spelled(self, grid: Sequence[int], clip: Clip) -> str:
        """What stands in the prompt for a clip."""
        return self.placeholder("video") * (grid[0] * self.tokens_per_step(grid))

    def tokens_per_step(self, grid: Sequence[int]) -> int:
        """Tokens of one pair of frames."""
        return int(grid[1] * grid[2] // self.processor.image_processor.merge_size**2)

    def times(self, clips: Sequence[Clip]) -> dict[str, Tensor]:
        """Inputs that tell the model how fast the frames follow each other; none here."""
        return {}

    def size(self, frames: int) -> dict[str, int]:
        """Smallest and largest area of a frame in pixels, under the processor's names."""
        given = self.video_settings
        known = {"shortest_edge": given.get("min_pixels"), "longest_edge": given.get("max_pixels")}
        sized = {**(given.get("size") or {}), **{edge: area for edge, area in known.items() if area}}
        own = self.processor.image_processor.size
        return {edge: int(sized.get(edge) or own[edge]) for edge in known}

    def _patches(self, clip: Clip) -> tuple[Tensor, tuple[int, int, int]]:
        frames = same_size(clip)
        looks = self.processor.image_processor
        together, side = int(looks.temporal_patch_size), int(looks.patch_size)
        frames += frames[-1:] * (-len(frames) % together)
        # One frame a patch; the pairs are made here.
        made = looks(images=frames, temporal_patch_size=1, size=self.size(len(frames)), return_tensors="pt")
        _, high, wide = made["image_grid_thw"][0].tolist()
        steps = len(frames) // together
        patches = made["pixel_values"].view(steps, together, high * wide, -1, side, side).permute(0, 2, 3, 1, 4, 5)
        return patches.reshape(steps * high * wide, -1), (steps, high, wide)

    def _seconds_per_step(self, clips: Sequence[Clip]) -> Tensor:
        # Double precision: half would move the positions in time, and the engine halves single precision only.
        together = self.processor.image_processor.temporal_patch_size
        return torch.tensor([together / clip.fps for clip in clips], dtype=torch.float64)


class Qwen25VL(Qwen2VL):
    """Qwen2.5-VL: as Qwen2-VL, and positions in time follow the clock."""

    model_class = "Qwen2_5_VLForConditionalGeneration"

    def times(self, clips: Sequence[Clip]) -> dict[str, Tensor]:
        """Seconds from one pair of frames to the next, (clips,)."""
        return {"second_per_grid_ts": self._seconds_per_step(clips)}


class Qwen3VL(Qwen2VL):
    """Qwen3-VL: every pair of frames is a block of its own, behind its time in words."""

    model_class = "Qwen3VLForConditionalGeneration"

    def size(self, frames: int) -> dict[str, int]:
        """This class shares its area out over the frames."""
        return {edge: max(1, area // frames) for edge, area in super().size(frames).items()}

    def spelled(self, grid: Sequence[int], clip: Clip) -> str:
        """A block of placeholders for each pair of frames, with the middle of their times before it."""
        together = self.processor.image_processor.temporal_patch_size
        block = self.placeholder("video") * self.tokens_per_step(grid)
        start, end = self.processor.vision_start_token, self.processor.vision_end_token
        last = len(clip.frames) - 1
        pieces = []
        for step in range(grid[0]):
            first, second = step * together, min(step * together + together - 1, last)
            pieces.append(f"<{(first + second) / 2 / clip.fps:.1f} seconds>{start}{block}{end}")
        return "".join(pieces)


class Qwen25Omni(Qwen2VL):
    """Qwen2.5-Omni's thinker, from a whole checkpoint or alone: pictures, frames and sound; no speech is made."""

    model_class = "Qwen2_5OmniThinkerForConditionalGeneration"
    processor_class = "Qwen2_5OmniProcessor"
    reads = frozenset({"image", "audio", "video"})
    closing = 1  # positions are counted with the marker that ends a medium

    def times(self, clips: Sequence[Clip]) -> dict[str, Tensor]:
        """Seconds from one pair of frames to the next, (clips,)."""
        return {"video_second_per_grid": self._seconds_per_step(clips)}

    def sounds(self, sounds: Sequence[Audio], **options: Any) -> Expanded:
        """Mel features without the padding to the longest sound that the model could hear: it ignores it.

        Making it would cost half a second a sound. A little silence is left behind the longest, as it would be there.
        """
        step = int(self.hears.hop_length)
        longest = max(len(sound.samples) for sound in sounds)
        heard = min((longest // step + 5) * step, int(self.hears.n_samples))
        made = super().sounds(sounds, audio_kwargs={"max_length": heard})
        mask = made.inputs["feature_attention_mask"]
        frames = int(mask.sum(-1).max())
        features = made.inputs["input_features"][..., :frames]
        return Expanded(made.texts, {"input_features": features, "feature_attention_mask": mask[:, :frames]})

    def positions(self, inputs: Mapping[str, Tensor]) -> dict[str, Any]:
        """Sound counts in the positions of what follows, and the thinker names its arguments in its own way."""
        named: dict[str, Any] = {}
        if "feature_attention_mask" in inputs:
            named["audio_seqlens"] = inputs["feature_attention_mask"].sum(-1)
        if "video_second_per_grid" in inputs:
            named["second_per_grids"] = inputs["video_second_per_grid"]
        return named


class Qwen2Audio(Adapter):
    """Qwen2-Audio: sounds of up to 30 s each."""

    model_class = "Qwen2AudioForConditionalGeneration"
    reads = frozenset({"audio"})
