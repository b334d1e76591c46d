"""What steering costs, beside plain `generate` and other ways to intervene, and which of these keep their promises.

python -m benchmarks.steering [rounds] [threads]

A random Llama of about 180M parameters reads a prompt of 800 tokens and writes 32, with 4 heads in 6 of 12 layers
steered. All ways take turns on the same model in one process; ratios are of medians to plain `generate`, of wall time
and of CPU time (which other work on the machine disturbs less). pyvene and nnsight take part where they are installed.
The checks run on a tiny model with large weights: a left-padded batch must give what its rows give alone, a cache what
no cache gives, and two threads that steer one model differently what each gives alone. Logits are compared, not tokens.
"""

from __future__ import annotations

import statistics
import sys
import threading
import time
from typing import Any

import torch
import transformers
from torch import Tensor

from benchmarks.common import machine, median_range
from benchmarks.steering_ways import WAYS, Edit, Way, prompt_batch

PROMPT, ANSWER = 800, 32


def main(rounds: int, threads: int) -> None:
    """Print the table."""
    torch.set_num_threads(threads)
    transformers.logging.set_verbosity_error()
    tokenizer = _tokenizer()
    checks = {name: _checked(way, tokenizer) for name, way in WAYS.items()}
    model = _model(hidden_size=1024, intermediate_size=2816, num_hidden_layers=12, num_attention_heads=16)
    runs = [name for name in WAYS if not checks[name].startswith("not run")]
    edit = Edit({layer: [0, 5, 9, 14] for layer in range(6, 12)}, 0.6, (PROMPT,))
    times: dict[str, list[tuple[float, float, float]]] = {name: [] for name in runs}
    for number in range(rounds + 1):
        for name in runs if number % 2 else reversed(runs):
            took = _timed(WAYS[name], model, tokenizer, edit)
            if number:  # the first round warms up
                times[name].append(took)
    _print(times, checks, model.num_parameters(), threads)


def _print(times: dict[str, list[tuple[float, float, float]]], checks: dict[str, str], size: int, threads: int) -> None:
    print(
        f"\n### Steering, {size / 1e6:.0f}M parameters, {PROMPT} + {ANSWER} tokens, {threads} thread(s), {machine()}\n"
    )
    print("| way | wall, of plain | CPU, of plain | CPU of the answer alone, of plain | seconds | checks |")
    print("|---|---|---|---|---|---|")
    base = [statistics.median(column) for column in zip(*times["plain generate"], strict=True)]
    for name, check in checks.items():
        if name not in times:
            print(f"| {name} | - | - | - | - | {check} |")
            continue
        columns = list(zip(*times[name], strict=True))
        ratios = [statistics.median(column) / other for column, other in zip(columns, base, strict=True)]
        cells = " | ".join(f"{ratio:.3f}" for ratio in ratios)
        print(f"| {name} | {cells} | {median_range(columns[0])} | {check} |")


def _timed(way: Way, model: Any, tokenizer: Any, edit: Edit) -> tuple[float, float, float]:
    """Seconds of wall and CPU for prompt and answer, and CPU seconds from the first token of the answer on."""
    ids = torch.randint(3, model.config.vocab_size, (PROMPT,), generator=torch.Generator().manual_seed(0))
    clock = _Clock()
    with torch.inference_mode(), way(model, tokenizer, edit) as generate:
        began = time.perf_counter(), time.process_time()
        generate(
            **prompt_batch([ids]),
            max_new_tokens=ANSWER,
            do_sample=False,
            logits_processor=[clock],
        )
        ended = time.perf_counter(), time.process_time()
    return ended[0] - began[0], ended[1] - began[1], ended[1] - clock.first


class _Clock(transformers.LogitsProcessor):
    """Notes when the first logits of a generation are there."""

    def __init__(self) -> None:
        self.first = 0.0

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        self.first = self.first or time.process_time()
        return scores


def _checked(way: Way, tokenizer: Any) -> str:
    """What holds: padding, cache and threads, each with "yes", or "no" and the largest difference of logits."""
    found = []
    for name, check in (("padding", _padding), ("cache", _cache), ("threads", _threads)):
        try:
            worst = check(way, tokenizer)
        except ImportError as error:
            return f"not run: {error}"
        except Exception as error:  # what another library raises is its result
            found.append(f"{name} no ({type(error).__name__})")
        else:
            found.append(f"{name} yes" if worst < 1e-3 else f"{name} no ({worst:.2g})")
    return ", ".join(found)


def _answered(way: Way, model: Any, tokenizer: Any, ids: list[Tensor], strength: float = 0.9, **options: Any) -> Tensor:
    edit = Edit({0: [1], 1: [0, 3], 2: [2]}, strength, tuple(len(one) for one in ids))
    kept = _Kept()
    with torch.no_grad(), way(model, tokenizer, edit) as generate:
        generate(
            **prompt_batch(ids),
            max_new_tokens=6,
            do_sample=False,
            logits_processor=[kept],
            **options,
        )
    return torch.stack(kept.scores, 1)


class _Kept(transformers.LogitsProcessor):
    def __init__(self) -> None:
        self.scores: list[Tensor] = []

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        self.scores.append(scores.clone())
        return scores


def _padding(way: Way, tokenizer: Any) -> float:
    model, ids = _tiny()
    together = _answered(way, model, tokenizer, ids)
    alone = [_answered(way, model, tokenizer, [one])[0] for one in ids]
    return float((together - torch.stack(alone)).abs().max())


def _cache(way: Way, tokenizer: Any) -> float:
    model, ids = _tiny()
    cached = _answered(way, model, tokenizer, ids[:1])
    return float((cached - _answered(way, model, tokenizer, ids[:1], use_cache=False)).abs().max())


def _threads(way: Way, tokenizer: Any) -> float:
    model, ids = _tiny()
    strengths = (0.2, 1.0)
    alone = [_answered(way, model, tokenizer, ids[:1], strength) for strength in strengths]
    worst, failed = [0.0, 0.0], []
    start = threading.Barrier(2)

    def run(number: int) -> None:
        try:
            start.wait()
            for _ in range(8):
                found = _answered(way, model, tokenizer, ids[:1], strengths[number])
                worst[number] = max(worst[number], float((found - alone[number]).abs().max()))
        except Exception as error:
            failed.append(error)

    workers = [threading.Thread(target=run, args=(number,)) for number in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if failed:
        raise failed[0]
    return max(worst)


def _tiny() -> tuple[Any, list[Tensor]]:
    model = _model(hidden_size=64, intermediate_size=96, num_hidden_layers=3, num_attention_heads=4)
    with torch.no_grad():
        for weight in model.parameters():
            if weight.ndim > 1:
                weight.normal_(0.0, 0.2)
    generator = torch.Generator().manual_seed(1)
    return model, [torch.randint(3, 30000, (length,), generator=generator) for length in (38, 26)]


def _model(**sizes: int) -> Any:
    torch.manual_seed(0)
    keys = {"num_key_value_heads": sizes["num_attention_heads"] // 2, "max_position_embeddings": 2048}
    tokens = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": None, "tie_word_embeddings": True}
    config = transformers.LlamaConfig(vocab_size=32000, **sizes, **keys, **tokens)
    return transformers.LlamaForCausalLM(config).eval()


def _tokenizer() -> Any:
    """One that nnsight may hold; prompts are token ids."""
    from tokenizers import Tokenizer, models

    made = Tokenizer(models.WordLevel({"<pad>": 0, "<s>": 1, "</s>": 2}, unk_token="<pad>"))
    return transformers.PreTrainedTokenizerFast(tokenizer_object=made, pad_token="<pad>", eos_token="</s>")


if __name__ == "__main__":
    main(*(int(argument) for argument in (sys.argv[1:] + ["7", "1"][len(sys.argv) - 1 :])))
