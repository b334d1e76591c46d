"""`python -m affectgraph.evals.fit_reader CASES... --out FILE`: train a tuned reader and choose its cuts.

Trained on cases of risk (`affectgraph.evals.datasets.risk`), sessions without risk, everyday talk of the public sets
and sentences of replies; cuts are chosen on files of the same kinds that it was not trained on (`--choose-...`).
An epoch of 50,000 texts takes half an hour, compiled, on two cores that multiply in bfloat16; on MPNet or Qwen an hour
and more. The adapter is written after every epoch: a training that stopped goes on with `--start`, and `--epochs 0`
only chooses cuts. Readers of English stand on MPNet (`--base mpnet`), those of Chinese on Qwen (`--base qwen`), and
learn from messages and not from replies. Cuts are chosen for all readers together.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from affectgraph.backends import weights
from affectgraph.backends.encoder_e5 import Packed, TunedE5
from affectgraph.backends.encoder_mpnet import MPNet, TunedMPNet
from affectgraph.backends.encoder_qwen import Qwen, TunedQwen
from affectgraph.backends.encoder_tuned import Bert
from affectgraph.backends.errors import AffectgraphError, InputError
from affectgraph.evals.datasets.items import Item
from affectgraph.evals.datasets.risk import load_cases, load_sessions
from affectgraph.evals.fit_replies import read_cases
from affectgraph.evals.reader_fitting import (
    case_examples,
    cuts,
    judged,
    message_examples,
    part_examples,
    pasted_examples,
    reply_examples,
    usual_questions_in,
)
from affectgraph.evals.reader_training import Example, save, train
from affectgraph.evals.safety_fitting import case_texts, everyday_texts, opening_texts, talk_texts
from affectgraph.evals.turn_fitting import turn_alarms, turn_cuts, turn_examples
from affectgraph.tools.safety.learned import GRAMS
from affectgraph.tools.tuned import CHINESE, ENGLISH, TURNS, TURNS_ENGLISH, Pair

__all__ = ["main"]

# Encoder -> the language that its readers read (E5: all), its weights, and what reads their file.
_BASES: dict[str, tuple[str | None, weights.Weights, Callable[[Path], Bert | Qwen]]] = {
    "e5": (None, weights.E5, Packed.load),
    "mpnet": ("en", weights.MPNET, MPNet.load),
    "qwen": ("zh", weights.QWEN, Qwen.load),
}
# Weight of the adapter before in a mean with the one that was trained from it: our choice, the newer counts more.
_BEFORE = 0.3


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit status."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if not given.epochs and given.start is None:
        parser.error("--epochs 0 only chooses cuts, of an adapter that --start names")
    if given.soup and not given.epochs:
        parser.error("--soup goes with a training: it needs --epochs")
    given.language = _BASES[given.base][0]
    if given.turns == "only" and (given.choose_cases or given.start is None):
        parser.error(
            "a reader of conversations alone (--turns only) goes on from an adapter (--start), and chooses no cuts"
        )
    if given.turns == "also" and given.base != "qwen":
        parser.error("one reader of messages by themselves and in conversations (--turns also) is that of --base qwen")
    if given.language and (given.choose_cases or given.choose_talk or given.choose_replies):
        parser.error("cuts are chosen for all languages: with --base e5, and with --english and --chinese")
    if given.choose_cases and not given.choose_talk:
        parser.error("cuts are chosen on sessions too: --choose-cases goes with --choose-talk")
    if given.epochs and not given.plain and not shutil.which((os.environ.get("CXX") or "g++").split()[0]):
        parser.error("layers are compiled, and there is no compiler for C++ (g++, or what CXX names): give --plain")
    console = Console(stderr=True)
    try:
        arrays = _trained(given, console) if given.epochs else _arrays(given.start)
        found, report = _chosen(given, console)
    except AffectgraphError as error:
        console.print(f"[red]{error}[/red]")
        return error.exit_code
    shares = {"false_alarms": _false_alarms(given), "talk_alarms": _talk_alarms(given)}
    about = {"cuts": found, "report": report, **shares}
    files = {"english": given.english, "chinese": given.chinese, "grams": GRAMS}
    files |= {"turns": given.turns_reader, "turns_english": given.turns_english}
    save(given.out, arrays, about | {name: weights.sha256_of(path) for name, path in files.items() if found})
    console.print(f"written to {given.out}")
    Console().print_json(json.dumps(report))
    return 0


def _trained(given: argparse.Namespace, console: Console) -> Mapping[str, NDArray[Any]]:
    frozen = _frozen(given.base)
    # Read first: `--out` may name the same file, and is written after every epoch.
    start, before = (_on(frozen, path) if path else None for path in (given.start, given.soup))
    examples = _examples(given)
    console.print(f"{len(examples)} examples, {sum(one.prefix == 'query' for one in examples)} of them messages")
    trained = train(
        examples,
        frozen,
        epochs=given.epochs,
        rate=given.rate,
        seed=given.seed,
        start=start,
        say=console.print,
        kept=lambda arrays: save(given.out, arrays, {}),
        fast=not given.plain,
    )
    if before is None:
        return trained
    mean = soup(before, trained)
    # Cuts are chosen for the file.
    save(given.out, mean, {})
    return mean


def soup(one: Mapping[str, NDArray[Any]], other: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[np.float32]]:
    """The weighted mean of an adapter and one that was trained from it (Wortsman et al. 2022, arXiv 2203.05482)."""
    return {
        name: (_BEFORE * one[name].astype(np.float32) + (1 - _BEFORE) * other[name]).astype(np.float32)
        for name in other
    }


def _examples(given: argparse.Namespace) -> list[Example]:
    if given.turns == "only":
        return _turn_examples(given)
    texts = [*case_texts(given.cases, ruled=False), *opening_texts(given.cases, ruled=False), *talk_texts(given.talk)]
    if given.everyday:
        texts += everyday_texts(given.everyday)
    if given.language:
        texts = [text for text in texts if text.language == given.language]
    questions = usual_questions_in(given.replies)
    examples = [*message_examples(texts, questions, given.seed), *part_examples(texts)]
    examples += pasted_examples(texts, given.seed)
    if given.language:
        return [*examples, *(_turn_examples(given) if given.turns else [])]
    for path in given.sentences:
        examples += case_examples(read_cases(path))
    for path in given.replies:
        examples += reply_examples(path)
    return examples


def _turn_examples(given: argparse.Namespace) -> list[Example]:
    cases, sessions = (
        [item for item in items if given.language in (None, item.language)]
        for items in (load_cases(given.cases).items, _sessions(given.talk))
    )
    return turn_examples(cases, sessions, alone=given.alone, seed=given.seed)


def _chosen(given: argparse.Namespace, console: Console) -> tuple[dict[str, Any], dict[str, Any]]:
    if not given.choose_cases:
        return {}, {}
    chosen_on = case_texts(given.choose_cases) + opening_texts(given.choose_cases)
    texts = chosen_on + talk_texts(given.choose_talk)
    replies = [said for path in given.choose_replies for said in judged(path)]
    chinese = TunedQwen(given.chinese)
    reader = Pair(
        TunedE5(given.out if given.epochs else given.start),
        {"en": TunedMPNet(given.english), "zh": chinese},
        TunedE5(given.turns_reader),
        {"en": TunedMPNet(given.turns_english), "zh": chinese},
    )
    found, report = cuts(
        reader,
        texts,
        replies,
        false_alarms=_false_alarms(given),
        false_rejects=given.false_rejects,
        say=console.print,
    )
    cases, sessions = load_cases(given.choose_cases).items, _sessions(given.choose_talk)
    for language in found:
        own, talk = ([item for item in items if item.language == language] for items in (cases, sessions))
        late, told = turn_cuts(reader, own, talk, allowed=turn_alarms(_talk_alarms(given)[language]))
        for head, cut in late.items():
            found[language][head]["talk"] = cut
        report[language]["turns"] = told
    return found, report


def _sessions(paths: Sequence[Path]) -> list[Item]:
    return [item for path in paths for item in load_sessions(path).items]


def _false_alarms(given: argparse.Namespace) -> dict[str, float]:
    return _by_language(given.false_alarms, given.false_alarms_zh)


def _talk_alarms(given: argparse.Namespace) -> dict[str, float]:
    return _by_language(given.talk_alarms, given.talk_alarms_zh)


def _by_language(share: float, chinese: float | None) -> dict[str, float]:
    return {"en": share, "zh": share if chinese is None else chinese}


def _frozen(base: str) -> Bert | Qwen:
    _, of, load = _BASES[base]
    return load(weights.require_pinned(of))


def _on(frozen: Bert | Qwen, path: Path) -> dict[str, NDArray[np.float32]]:
    """The arrays of an adapter of this encoder.

    Raises:
        InputError: it is one of another encoder.
    """
    arrays, sizes = _arrays(path), frozen.sizes
    last = arrays.get(f"lora.{sizes['layers'] - 1}.q.A", np.empty((0, 0)))
    if last.shape[1] != sizes["hidden"] or f"lora.{sizes['layers']}.q.A" in arrays:
        raise InputError(f"{path} is an adapter of another encoder than --base names")
    return arrays


def _arrays(path: Path) -> dict[str, NDArray[np.float32]]:
    with np.load(path, allow_pickle=False) as kept:
        return {name: kept[name].astype(np.float32) for name in kept.files if name != "about"}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m affectgraph.evals.fit_reader", description=__doc__)
    files: dict[str, Any] = {"nargs": "*", "type": Path, "default": []}
    parser.add_argument("cases", nargs="+", type=Path, help="files of cases, JSON Lines")
    parser.add_argument("--out", required=True, type=Path, help="file of the adapter, .npz")
    parser.add_argument(
        "--base", choices=tuple(_BASES), default="e5", help="the encoder under it (default e5, of all languages)"
    )
    parser.add_argument("--talk", **files, help="files of sessions without risk")
    parser.add_argument("--sentences", **files, help="files of single sentences of replies (fit_replies)")
    parser.add_argument("--replies", **files, help="files of whole replies (measure_replies)")
    parser.add_argument("--everyday", type=int, default=500, help="texts of each public set (default 500; 0 for none)")
    parser.add_argument("--choose-cases", **files, help="cases to choose cuts on; without them there are none")
    parser.add_argument("--choose-talk", **files, help="sessions without risk to choose cuts on")
    parser.add_argument("--choose-replies", **files, help="unsafe and good replies to choose cuts on")
    parser.add_argument("--english", type=Path, default=ENGLISH, help="reader of English (default: the shipped one)")
    parser.add_argument("--chinese", type=Path, default=CHINESE, help="reader of Chinese (default: the shipped one)")
    parser.add_argument("--turns-reader", type=Path, default=TURNS, help="of conversations (default: the shipped one)")
    parser.add_argument(
        "--turns-english",
        type=Path,
        default=TURNS_ENGLISH,
        help="of conversations in English (default: the shipped one)",
    )
    parser.add_argument(
        "--turns",
        choices=("only", "also"),
        help="train a reader of conversations, on cases and --talk: only of these, or of messages by themselves also",
    )
    parser.add_argument(
        "--alone",
        type=int,
        default=4_500,
        help="so many cases that stand alone, at risk and not, go into conversations",
    )
    parser.add_argument(
        "--talk-alarms",
        type=float,
        default=0.025,
        help="share of the messages of running sessions, from the third on (default 0.025; of 4 or above a fifth)",
    )
    parser.add_argument("--talk-alarms-zh", type=float, help="the same of Chinese sessions, where it differs")
    parser.add_argument("--false-alarms", type=float, default=0.03, help="share of cases without risk (default 0.03)")
    parser.add_argument("--false-alarms-zh", type=float, help="the same of Chinese cases, where it differs")
    parser.add_argument("--false-rejects", type=float, default=0.35, help="share of good replies (default 0.35)")
    parser.add_argument("--epochs", type=float, default=3, help="passes over all examples (default 3)")
    parser.add_argument("--rate", type=float, default=1e-3, help="learning rate of the adapter (default 0.001)")
    parser.add_argument("--seed", type=int, default=0, help="of order, disturbance and first weights (default 0)")
    parser.add_argument(
        "--plain", action="store_true", help="do not compile, where there is no compiler for C++: slower"
    )
    parser.add_argument("--start", type=Path, help="an adapter file to go on from")
    parser.add_argument(
        "--soup",
        type=Path,
        help="keep a mean of the trained adapter and of this file's, from which training once began",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
