"""What the benchmarks share: fresh texts, medians with their range, a table, and SmolLM2 on either engine."""

from __future__ import annotations

import platform
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from affectgraph.backends.base import Backend
from affectgraph.backends.config import EmbeddedConfig, TransformersConfig

EXAMPLES = Path(__file__).parent.parent / "examples"
LONG_TEXT = (EXAMPLES / "long_text.txt").read_text(encoding="utf-8")


def fresh(text: str, number: int) -> str:
    """`text` with an opening of its own, so that no prefix but the system message is cached from another run."""
    days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    return f"It is {days[number % 7]}, and this is letter number {number} that I begin.\n\n{text}"


def median_range(values: Sequence[float], digits: int = 2) -> str:
    """Median (smallest to largest), n."""
    middle = statistics.median(values)
    return f"{middle:.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f}), n={len(values)}"


def table(title: str, rows: Sequence[tuple[str, str]]) -> None:
    """Print a Markdown table."""
    print(f"\n### {title}\n\n| what | median (range), n |\n|---|---|")
    for name, value in rows:
        print(f"| {name} | {value} |")
    sys.stdout.flush()


def machine() -> str:
    """What the numbers were measured on, in a line."""
    import os

    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def smollm2(kind: str) -> Backend:
    """The embedded weights on llama.cpp (`embedded`), or the same ones in float32 on torch (`transformers`)."""
    if kind == "embedded":
        from affectgraph.backends.embedded import EmbeddedBackend

        return EmbeddedBackend(label=kind, config=EmbeddedConfig())
    from affectgraph.backends.transformers import TransformersBackend

    return TransformersBackend(label=kind, config=TransformersConfig(model=_as_safetensors(), dtype="float32"))


def _as_safetensors() -> str:
    """A folder with SmolLM2: a GGUF takes 17 s to load, and transformers refuses to save it directly."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from affectgraph.backends import weights

    gguf, folder = weights.require(), tempfile.mkdtemp()
    AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name).save_pretrained(folder)
    loaded = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32)
    model = type(loaded)(loaded.config)
    model.load_state_dict(loaded.state_dict())
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    model.save_pretrained(folder)
    return folder
