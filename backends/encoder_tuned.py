"""Encoders that the project tuned: a frozen sentence encoder with a LoRA adapter and linear heads, on torch.

The adapter (Hu et al. 2021, arXiv 2106.09685) is merged into the weights once they are loaded. Which encoder lies under
it is told by `encoder_e5`, `encoder_mpnet` and `encoder_qwen`; what the heads mean is the caller's.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal, Protocol
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from affectgraph.backends import weights
from affectgraph.backends.errors import BackendError, MissingDependency

__all__ = [
    "BEFORE",
    "LINEAR",
    "LONGEST",
    "NORMS",
    "Added",
    "Bert",
    "Floats",
    "Frozen",
    "Prefix",
    "TunedEncoder",
    "bert",
    "mean_of",
    "merged",
    "torch_for_readers",
    "whole",
    "windows",
]

BEFORE = 48
"""Tokens of each text before the one that is read: its end counts."""
LONGEST = 220
"""Tokens of a window of the text itself; a longer text is read in windows that overlap by a quarter."""
_STEP = 165
# Readings that are kept, by a keyed digest of what was read: no text outlives its turn.
_KEPT = 512

LINEAR = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
}
"""The linear parts of a layer: short name -> name in `BertModel`."""
NORMS = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}
"""The layer norms of a layer, named so too."""

Floats = NDArray[np.float32]
Added = tuple[Floats, Floats]
"""What an adapter adds to a linear part: the product of [out, rank] and [rank, in]."""
Prefix = Literal["query", "passage"]


class Frozen(Protocol):
    """A frozen encoder."""

    @property
    def sizes(self) -> Mapping[str, int]:
        """`hidden` and `layers` among others."""
        ...

    def rows(self, ids: Sequence[int]) -> Floats:
        """[n, hidden] the word vectors of tokens."""
        ...

    def windows(self, prefix: Prefix, text: str, before: Sequence[str] = ()) -> list[list[int]]:
        """What the encoder reads, once for each window of a long text."""
        ...

    def under(self, added: Mapping[str, Added]) -> Callable[[Sequence[int]], Floats]:
        """What tells ids by one vector, under a merged adapter: `{layer}.{part}` -> what is added to a linear part."""
        ...


class Bert(Frozen, Protocol):
    """A frozen encoder of the BERT kind, as its file keeps it: its `sizes` are `hidden`, `layers`, `heads`, `inner`,
    `positions`."""

    @property
    def eps(self) -> float:
        """Of the layer norms."""
        ...

    def tensor(self, name: str) -> Floats:
        """A tensor in full, flat: `emb.pos`, `emb.type`, `emb.ln.w|b`, or `l{layer}.{part}.w|b`."""
        ...

    def apart(self, length: int) -> Floats | None:
        """[heads, length, length] what is added to the scaled scores of attention of one token (second) to another
        (third), for how far apart they are; None for nothing."""
        ...


def whole(text: str) -> str:
    """Without halves of surrogate pairs, which are no characters."""
    return text.encode("utf-8", "replace").decode("utf-8")


def merged(weight: Floats, added: Added | None) -> Floats:
    """A linear part with what an adapter adds to it."""
    return weight if added is None else weight + added[0] @ added[1]


def windows(start: Sequence[int], ids: Sequence[int], closed: int) -> list[list[int]]:
    """`start`, a window of `ids` and `closed`, for each window."""
    places = range(0, max(1, len(ids) - LONGEST + _STEP), _STEP)
    return [[*start, *ids[place : place + LONGEST], closed] for place in places]


class TunedEncoder:
    """Reads texts with the heads of an adapter file. Nothing is loaded before the first text.

    A reading depends on its text alone, not on what is read with it.
    """

    def __init__(self, adapter: Path, of: weights.Weights, load: Callable[[Path], Frozen]) -> None:
        """Find the weights.

        Args:
            adapter: `.npz` as `evals.fit_reader` writes it: `lora.{layer}.{part}.A|B`, `head.{name}.w|b`.
            of: the weights of the frozen encoder.
            load: reads their file.

        Raises:
            MissingDependency: the weights are not installed.
        """
        weights.require(of)
        self._path, self._of, self._load = adapter, of, load
        self._loading, self._keeping = threading.Lock(), threading.Lock()
        self._kept: OrderedDict[bytes, Mapping[str, Floats]] = OrderedDict()
        self._secret = secrets.token_bytes(32)

    @cached_property
    def identity(self) -> str:
        """Package and version of the weights, and the first 12 digits of the sha256 of weights and adapter."""
        adapter = weights.sha256_of(self._path)[:12]
        return f"{self._of.package}-{self._of.version}:{self._of.sha256[:12]}+{adapter}"

    def read(self, prefix: Prefix, text: str, before: Sequence[str] = ()) -> Mapping[str, Floats]:
        """Head -> its outputs [windows, n]; a text of up to 220 tokens is one window.

        Args:
            prefix: `query` for what a person says, `passage` for a sentence of a reply: the adapter was fitted so.
            text: what is read.
            before: what was said before it, the nearest last; of each, the last 48 tokens are read with every window.

        Raises:
            MissingDependency: torch or transformers is not installed.
            BackendError: the weights are not the pinned ones, or the adapter or the machine fails.
        """
        said = "\0".join([prefix, text, *before]).encode("utf-8", "replace")
        key = hashlib.blake2b(said, key=self._secret).digest()
        with self._keeping:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
                return found
        try:
            found = self._read(prefix, text, before)
        except (OSError, LookupError, ValueError, RuntimeError, BadZipFile) as error:
            raise BackendError(f"the tuned reader cannot read: {type(error).__name__}") from error
        with self._keeping:
            self._kept[key] = found
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return found

    def _read(self, prefix: Prefix, text: str, before: Sequence[str]) -> Mapping[str, Floats]:
        loaded = self._ready
        found: dict[str, list[Floats]] = {name: [] for name in loaded.heads}
        for ids in loaded.frozen.windows(prefix, text, before):
            vector = loaded.vector(ids)
            for name, (weight, bias) in loaded.heads.items():
                found[name].append(weight @ vector + bias)
        stacked = {name: np.stack(outputs) for name, outputs in found.items()}
        for outputs in stacked.values():
            outputs.flags.writeable = False
        return stacked

    @property
    def _ready(self) -> _Loaded:
        with self._loading:
            return self._loaded

    @cached_property
    def _loaded(self) -> _Loaded:
        # Before anything is opened: what is missing is told.
        torch_for_readers()
        with _SHARING:
            frozen = _shared(self._load, weights.require_pinned(self._of))
        with np.load(self._path, allow_pickle=False) as kept:
            arrays = {name: kept[name].astype(np.float32) for name in kept.files if name != "about"}
        added = {
            name.removeprefix("lora.").removesuffix(".A"): (arrays[name.removesuffix("A") + "B"], arrays[name])
            for name in arrays
            if name.startswith("lora.") and name.endswith(".A")
        }
        names = {name.split(".")[1] for name in arrays if name.startswith("head.")}
        heads = {name: (arrays[f"head.{name}.w"], arrays[f"head.{name}.b"]) for name in names}
        return _Loaded(frozen, frozen.under(added), heads)


_SHARING = threading.Lock()


@cache
def _shared(load: Callable[[Path], Frozen], path: Path) -> Frozen:
    """The encoder in a file, once in a process: adapters on it share its vocabulary and its words."""
    return load(path)


@dataclass(frozen=True)
class _Loaded:
    frozen: Frozen
    vector: Callable[[Sequence[int]], Floats]
    heads: Mapping[str, tuple[Floats, Floats]]


def mean_of(frozen: Bert, added: Mapping[str, Added]) -> Callable[[Sequence[int]], Floats]:
    """Ids -> [hidden] the mean over their tokens, under a merged adapter.

    Raises:
        MissingDependency: torch or transformers is not installed.
    """
    torch, model = torch_for_readers(), bert(frozen, added)

    def vector(ids: Sequence[int]) -> Floats:
        given = torch.from_numpy(frozen.rows(ids))[None]
        apart = frozen.apart(len(ids))
        # `BertModel` adds a mask of four dimensions to the scores as it is.
        mask = None if apart is None else torch.from_numpy(apart)[None]
        with torch.inference_mode():
            found: Floats = model(inputs_embeds=given, attention_mask=mask).last_hidden_state[0].mean(0).numpy()
        return found

    return vector


def bert(frozen: Bert, added: Mapping[str, Added]) -> Any:
    """The encoder as a `transformers.BertModel` that takes word vectors (`inputs_embeds`); its vocabulary is left out.

    Args:
        frozen: the encoder.
        added: `{layer}.{part}` -> what is added to a linear part: a merged adapter.

    Raises:
        MissingDependency: torch or transformers is not installed.
    """
    torch = torch_for_readers()
    from transformers import BertConfig, BertModel

    sizes = frozen.sizes
    shapes = {"fi": (sizes["inner"], sizes["hidden"]), "fo": (sizes["hidden"], sizes["inner"])}
    square = (sizes["hidden"], sizes["hidden"])
    config = BertConfig(
        vocab_size=1,
        hidden_size=sizes["hidden"],
        num_hidden_layers=sizes["layers"],
        num_attention_heads=sizes["heads"],
        intermediate_size=sizes["inner"],
        max_position_embeddings=sizes["positions"],
        type_vocab_size=1,
        layer_norm_eps=frozen.eps,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    state = {
        "embeddings.word_embeddings.weight": np.zeros((1, sizes["hidden"]), dtype=np.float32),
        "embeddings.position_embeddings.weight": frozen.tensor("emb.pos").reshape(-1, sizes["hidden"]),
        "embeddings.token_type_embeddings.weight": frozen.tensor("emb.type").reshape(-1, sizes["hidden"])[:1],
        "embeddings.LayerNorm.weight": frozen.tensor("emb.ln.w"),
        "embeddings.LayerNorm.bias": frozen.tensor("emb.ln.b"),
    }
    for layer in range(sizes["layers"]):
        inside = f"encoder.layer.{layer}."
        for part, name in LINEAR.items():
            weight = frozen.tensor(f"l{layer}.{part}.w").reshape(shapes.get(part, square))
            state[f"{inside}{name}.weight"] = merged(weight, added.get(f"{layer}.{part}"))
            state[f"{inside}{name}.bias"] = frozen.tensor(f"l{layer}.{part}.b")
        for part, name in NORMS.items():
            state[f"{inside}{name}.weight"] = frozen.tensor(f"l{layer}.{part}.w")
            state[f"{inside}{name}.bias"] = frozen.tensor(f"l{layer}.{part}.b")
    with torch.device("meta"):
        model: Any = BertModel(config, add_pooling_layer=False)
    given = {name: torch.from_numpy(np.require(array, requirements="W")) for name, array in state.items()}
    model.load_state_dict(given, strict=False, assign=True)
    # What the file does not hold are numbers 0 to 511 and zeros.
    positions = torch.arange(sizes["positions"])[None]
    model.embeddings.position_ids = positions
    model.embeddings.token_type_ids = torch.zeros_like(positions)
    return model.eval()


def torch_for_readers() -> Any:
    """torch, once it is known that all that the encoder needs is there.

    Raises:
        MissingDependency: torch, transformers or tokenizers is not installed.
    """
    try:
        import tokenizers  # noqa: F401
        import torch
        import transformers  # noqa: F401
    except ImportError as error:
        raise MissingDependency("the tuned reader needs torch: pip install 'affectgraph[transformers]'") from error
    return torch
