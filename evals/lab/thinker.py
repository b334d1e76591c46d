"""A Qwen2.5-Omni thinker of half a million parameters: the real class with a tiny config, its inputs and their spans.

The prompt of a clip is `video (16 tokens) | audio (16 tokens) | sentence (7 tokens) | question`; the answer is the next
token. A missing modality leaves its tokens and markers out. torch and transformers are imported at the first call.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.evals.lab.clips import ANSWERS, FRAMES, MEL_BINS, MEL_FRAMES, SENTENCE, SIDE, WORDS, Clips

__all__ = [
    "ANSWER_IDS",
    "EVERYTHING",
    "HEADS",
    "LAYERS",
    "Layout",
    "layout",
    "media_inputs",
    "new_thinker",
    "positions",
]

LAYERS, HEADS = 4, 6
EVERYTHING = (0, 1, 2)  # text, audio, video

_PATCH, _MERGE, _TEMPORAL = 12, 1, 2
_TOKENS_A_PAIR = (SIDE // _PATCH // _MERGE) ** 2
AUDIO_TOKENS = MEL_FRAMES // 4
_SPECIALS = ("<pad>", "<video>", "<image>", "<audio>", "<v+>", "<v->", "<a+>", "<a->", "<user>")
_QUESTION = ("feels", "?")
_TOKENS = (*_SPECIALS, *_QUESTION, *ANSWERS, *WORDS)
_ID = {token: place for place, token in enumerate(_TOKENS[: len(_SPECIALS) + len(_QUESTION) + len(ANSWERS)])}
_FIRST_WORD = len(_ID)
ANSWER_IDS = tuple(_ID[answer] for answer in ANSWERS)


@dataclass(frozen=True)
class Layout:
    """Where a prompt's tokens are; the same for every clip with the same modalities.

    Attributes:
        present: which of text (0), audio (1), video (2).
        template: (length,) token ids, with 0 where the clip's words go.
        spans: (3, length) whether a token belongs to text, audio, video.
        frames: of the video, thinned or not; they stand for the same time however many they are.
    """

    present: tuple[int, ...]
    template: NDArray[np.int64]
    spans: NDArray[np.bool_]
    frames: int = FRAMES

    @property
    def grid(self) -> list[int]:
        """Pairs of frames, rows and columns of patches."""
        return [self.frames // _TEMPORAL, SIDE // _PATCH, SIDE // _PATCH]

    @property
    def seconds(self) -> float:
        """That one pair of frames stands for."""
        return FRAMES / self.frames

    @property
    def length(self) -> int:
        """Tokens in the prompt."""
        return len(self.template)

    def ids(self, clips: Clips) -> NDArray[np.int64]:
        """(n, length) the clips' token ids."""
        ids = np.repeat(self.template[None], len(clips), axis=0)
        ids[:, self.spans[0]] = clips.words[:, : int(self.spans[0].sum())] + _FIRST_WORD
        return ids


def layout(present: Sequence[int] = EVERYTHING, frames: int = FRAMES) -> Layout:
    """The prompt with these modalities, and so many frames of video.

    Raises:
        ValueError: no modality, or one that is not 0, 1 or 2; an odd number of frames.
    """
    kept = tuple(sorted(set(present)))
    if not kept or not set(kept) <= set(EVERYTHING):
        raise ValueError(f"modalities {list(present)}; expected some of 0 (text), 1 (audio) and 2 (video)")
    if frames < _TEMPORAL or frames % _TEMPORAL:
        raise ValueError(f"{frames} frames; expected pairs of them")
    video_tokens = frames // _TEMPORAL * _TOKENS_A_PAIR
    tokens: list[str] = []
    owner: list[int] = []

    def add(words: Sequence[str], modality: int = -1) -> None:
        tokens.extend(words)
        owner.extend([modality] * len(words))

    for modality, before, token, after, count in (
        (2, ["<v+>"], "<video>", ["<v->"], video_tokens),
        (1, ["<a+>"], "<audio>", ["<a->"], AUDIO_TOKENS),
        (0, [], "<pad>", [], SENTENCE),
    ):
        if modality in kept:
            add(before)
            add([token] * count, modality)
            add(after)
    add(_QUESTION)
    spans = np.array(owner)[None] == np.arange(3)[:, None]
    return Layout(kept, np.array([_ID[token] for token in tokens], dtype=np.int64), spans, frames)


def new_thinker(seed: int) -> Any:
    """A `Qwen2_5OmniThinkerForConditionalGeneration` with random weights; the caller's random state is left alone."""
    import torch
    from transformers import Qwen2_5OmniThinkerForConditionalGeneration

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Qwen2_5OmniThinkerForConditionalGeneration(_config())


def _config() -> Any:
    from transformers import Qwen2_5OmniThinkerConfig

    text = {
        "vocab_size": len(_TOKENS),
        "hidden_size": 96,
        "intermediate_size": 160,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "num_key_value_heads": 2,
        "max_position_embeddings": 256,
        "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [2, 3, 3]},
        "tie_word_embeddings": False,
        "initializer_range": 0.05,
        "pad_token_id": 0,
    }
    vision = {
        "depth": 2,
        "hidden_size": 48,
        "intermediate_size": 96,
        "num_heads": 3,
        "patch_size": _PATCH,
        "spatial_merge_size": _MERGE,
        "temporal_patch_size": _TEMPORAL,
        "window_size": SIDE,
        "out_hidden_size": 96,
        "fullatt_block_indexes": [0, 1],
        "initializer_range": 0.05,
    }
    audio = {
        "num_mel_bins": MEL_BINS,
        "encoder_layers": 2,
        "encoder_attention_heads": 3,
        "encoder_ffn_dim": 96,
        "d_model": 48,
        "max_source_positions": MEL_FRAMES,
        "n_window": MEL_FRAMES // 2,
        "output_dim": 96,
        "initializer_range": 0.05,
    }
    # Not in the signature of the class's own config, yet its positions need it.
    markers: dict[str, Any] = {"vision_start_token_id": _ID["<v+>"], "vision_end_token_id": _ID["<v->"]}
    return Qwen2_5OmniThinkerConfig(
        text_config=text,
        vision_config=vision,
        audio_config=audio,
        audio_token_index=_ID["<audio>"],
        image_token_index=_ID["<image>"],
        video_token_index=_ID["<video>"],
        audio_start_token_id=_ID["<a+>"],
        audio_end_token_id=_ID["<a->"],
        user_token_id=_ID["<user>"],
        **markers,
        position_id_per_seconds=2,
        tie_word_embeddings=False,
        initializer_range=0.05,
    )


def media_inputs(clips: Clips, where: Layout) -> dict[str, Any]:
    """What the thinker's `forward` takes besides token ids and positions: features of the present modalities."""
    import torch

    inputs: dict[str, Any] = {}
    number = len(clips)
    if 1 in where.present:
        inputs["input_features"] = torch.from_numpy(clips.mel)
        inputs["feature_attention_mask"] = torch.ones(number, MEL_FRAMES, dtype=torch.long)
    if 2 in where.present:
        inputs["pixel_values_videos"] = torch.from_numpy(patches(clips.frames))
        inputs["video_grid_thw"] = torch.tensor([where.grid]).repeat(number, 1)
        inputs["video_second_per_grid"] = torch.full((number,), where.seconds)
    return inputs


def patches(frames: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Frames as the vision tower takes them: (n * 16, 864), two frames of 12 x 12 pixels a patch, in merge order.

    Args:
        frames: (n, 8 or fewer, 24, 24, 3) uint8.
    """
    number, side = len(frames), SIDE // _PATCH // _MERGE
    scaled = frames.astype(np.float32) / 127.5 - 1
    cells = scaled.reshape(
        number, frames.shape[1] // _TEMPORAL, _TEMPORAL, side, _MERGE, _PATCH, side, _MERGE, _PATCH, 3
    )  # n, t, pair, merged row, row, y, merged column, column, x, colour
    ordered = cells.transpose(0, 1, 3, 6, 4, 7, 9, 2, 5, 8)
    return np.ascontiguousarray(ordered.reshape(-1, 3 * _TEMPORAL * _PATCH * _PATCH))


def positions(model: Any, where: Layout) -> Any:
    """(3, 1, length) rotary positions, the same for every clip; the class finds them row by row in Python."""
    import torch

    ids = torch.from_numpy(where.template)[None]
    video = 2 in where.present
    found, _ = model.get_rope_index(
        ids,
        video_grid_thw=torch.tensor([where.grid]) if video else None,
        attention_mask=torch.ones_like(ids),
        audio_seqlens=torch.tensor([MEL_FRAMES]) if 1 in where.present else None,
        second_per_grids=torch.tensor([where.seconds]) if video else None,
    )
    return found
