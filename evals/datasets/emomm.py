"""EmoMM (arXiv 2605.01024): sentiment of a clip when text, audio and video disagree or one of them is absent.

Built from two label files that everyone must fetch under their own licence; no media is read here.

- CH-SIMS v2 (zh), `meta.csv`: video_id, clip_id, text, label, label_T, label_A, label_V, each label in [-1, 1].
- CMU-MOSI (en), `label.csv` as MMSA writes it: video_id, clip_id, text, label in [-3, 3].
- The votes on MOSI's modalities, which the paper collected: video_id, clip_id, label_T, label_A, label_V, each the mean
  of five votes in {-1, 0, 1}. Without this file there is no MOSI half, and the set's name says so.

Every base sample gives four variants: all modalities (TAV) and one dropped (TA, TV, AV). `build` writes them as JSON
Lines, `load` reads them. The target is always the multimodal label.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from affectgraph.backends.errors import InputError
from affectgraph.evals.datasets.items import Dataset, Item
from affectgraph.evals.datasets.layout import Record, SchemaError, collect, is_fixture, read_records, read_table
from affectgraph.tools.sentiment import SENTIMENTS, in_conflict, level

__all__ = ["LABELS", "VARIANTS", "Subset", "build", "load"]

LABELS = SENTIMENTS
VARIANTS = ("TAV", "TA", "TV", "AV")
Subset = Literal["overall", "align", "conflict", "missing", "missing-align", "missing-conflict"]
_TEST_SHARE = 0.2  # 800 of the paper's 4,000
_MOSI_SCALE = 3.0
_SAID = ("text", "audio", "video")
_COUNTED = ("base", "align", "conflict", "missing", "missing-align", "missing-conflict", "train", "test", "unannotated")
_NAMES = {
    frozenset({"ch-sims", "cmu-mosi"}): "EmoMM",
    frozenset({"ch-sims"}): "EmoMM (CH-SIMS half)",
    frozenset({"cmu-mosi"}): "EmoMM (CMU-MOSI half)",
}


@dataclass(frozen=True)
class _Sample:
    half: str
    language: str
    video: str
    clip: str
    text: str
    score: float
    modalities: dict[str, float]

    @property
    def source(self) -> str:
        return f"{self.half}/{self.video}"

    @property
    def id(self) -> str:
        return f"{self.source}/{self.clip}"


def build(
    sims: Path | None,
    mosi: Path | None,
    mosi_annotations: Path | None,
    out: Path,
    seed: int = 0,
    per_half: int = 2000,
) -> dict[str, int]:
    """Write EmoMM to `out`, whole or not at all.

    Our choices, since the paper's lists are not public. Sampling: the `per_half` samples of each half whose seeded hash
    is smallest. Split: by video, which is stricter than the paper's 800 test clips: videos in the order of their seeded
    hash go to test until a fifth of the half's clips (800 of 4,000) is there, so test is at least that large and no
    speaker or scene is in both parts; a half with one video is all train. Seeds of one number give the same file
    everywhere.

    Args:
        sims, mosi, mosi_annotations: the three files; `mosi` is left out while `mosi_annotations` is None.

    Returns:
        Counts: `base`, `align`, `conflict`, `missing`, `missing-align`, `missing-conflict`, `train` and `test`
        (variants), and `unannotated` (MOSI clips without votes).

    Raises:
        InputError: no half can be made.
        DataMissing, SchemaError: as `affectgraph.evals.datasets.layout` says.
    """
    halves = [] if sims is None else [_sims(sims)]
    counts: Counter[str] = Counter()
    if mosi is not None and mosi_annotations is not None:
        annotated, counts["unannotated"] = _mosi(mosi, mosi_annotations)
        halves.append(annotated)
    if not halves:
        raise InputError("EmoMM needs CH-SIMS v2's meta.csv, or CMU-MOSI's label.csv together with the modality votes.")
    # Told in every row, because the built file lies elsewhere.
    made_up = {"fixture": "yes"} if any(is_fixture(path) for path in (sims, mosi) if path is not None) else {}
    lines = []
    for half in halves:
        chosen = sorted(sorted(half, key=lambda sample: _order(seed, sample.id))[:per_half], key=lambda one: one.id)
        test = _test_sources(chosen, seed)
        counts["base"] += len(chosen)
        for sample in chosen:
            for modalities in VARIANTS:
                row = _variant(sample, modalities, "test" if sample.source in test else "train")
                missing = modalities != "TAV"
                counts["missing"] += missing
                counts[f"missing-{row['relation']}" if missing else row["relation"]] += 1
                counts[row["split"]] += 1
                lines.append(json.dumps({**row, **made_up}, ensure_ascii=False) + "\n")
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f"{out.name}.partial")
    partial.write_text("".join(lines), encoding="utf-8", newline="\n")
    os.replace(partial, out)
    return {name: counts[name] for name in _COUNTED}


def _order(seed: int, name: str) -> str:
    return hashlib.sha256(f"{seed}/{name}".encode()).hexdigest()


def _test_sources(samples: list[_Sample], seed: int) -> set[str]:
    clips = Counter(sample.source for sample in samples)
    test: set[str] = set()
    # The last source in the order stays in train, whatever its size.
    for source in sorted(clips, key=lambda source: _order(seed, source))[:-1]:
        if sum(clips[one] for one in test) >= _TEST_SHARE * len(samples):
            break
        test.add(source)
    return test


def _variant(sample: _Sample, modalities: str, split: str) -> dict[str, str]:
    conflict = in_conflict(sample.score, sample.modalities, modalities)
    return {
        "id": f"{sample.id}/{modalities}",
        "set": sample.half,
        "source": sample.source,
        "clip": f"{sample.video}/{sample.clip}",
        "language": sample.language,
        "text": sample.text if "T" in modalities else "",
        "modalities": modalities,
        "label": level(sample.score),
        "relation": "conflict" if conflict else "align",
        "split": split,
        **{f"label_{modality}": level(score) for modality, score in sample.modalities.items()},
    }


def _modalities(row: Record) -> dict[str, float]:
    return {modality: row.number(f"label_{modality}", -1, 1) for modality in "TAV"}


def _sims(path: Path) -> list[_Sample]:
    samples = []
    for row in read_table(path, ("video_id", "clip_id", "text", "label", "label_T", "label_A", "label_V")):
        video, clip, score = row.text("video_id"), row.text("clip_id"), row.number("label", -1, 1)
        samples.append(_Sample("ch-sims", "zh", video, clip, row.text("text", empty=True), score, _modalities(row)))
    return _once(path, samples)


def _mosi(path: Path, annotations: Path) -> tuple[list[_Sample], int]:
    votes: dict[tuple[str, str], Record] = {}
    for row in read_table(annotations, ("video_id", "clip_id", "label_T", "label_A", "label_V")):
        key = (row.text("video_id"), row.text("clip_id"))
        if key in votes:
            raise row.wrong("clip_id", "one row a clip", show=True)
        votes[key] = row
    samples, unannotated = [], 0
    for row in read_table(path, ("video_id", "clip_id", "text", "label")):
        video, clip = row.text("video_id"), row.text("clip_id")
        score = row.number("label", -_MOSI_SCALE, _MOSI_SCALE) / _MOSI_SCALE
        vote = votes.pop((video, clip), None)
        if vote is None:
            unannotated += 1
            continue
        samples.append(_Sample("cmu-mosi", "en", video, clip, row.text("text", empty=True), score, _modalities(vote)))
    for row in votes.values():
        raise row.wrong("clip_id", f"a clip of {path.name}")
    return _once(path, samples), unannotated


def _once(path: Path, samples: list[_Sample]) -> list[_Sample]:
    twice = [identifier for identifier, count in Counter(sample.id for sample in samples).items() if count > 1]
    if twice:
        raise SchemaError(f"{path.name}: expected one row a clip, found several of {twice[0]}")
    return samples


def load(path: Path, subset: Subset = "overall", split: Literal["train", "test"] | None = None) -> Dataset:
    """The variants that `build` wrote.

    `fields`: `text` (empty where T is missing), `modalities` (TAV, TA, TV or AV), `clip` (`video/clip`, the media
    file's name under the set's `Raw` folder, without its ending), `said` (modality -> what people said of it alone, in
    the same classes; only in files that hold it). `target`: N, WN, Neu, WP or P. `group`: the video.
    Slices: `subset` (align, conflict, missing), `relation` (align, conflict), `modalities`, `split`, `language`.

    Args:
        subset: `overall` is all of it, as in the paper; `align` and `conflict` have all modalities.

    Raises:
        DataMissing, SchemaError: as `affectgraph.evals.datasets.layout` says.
    """
    if subset not in get_args(Subset):
        raise InputError(f"EmoMM has no subset {subset!r}; it has {', '.join(get_args(Subset))}.")
    items, halves, made_up = [], set(), False
    for row in read_records(path, ("id", "set", "source", "clip", "language", "text", "modalities", "label")):
        halves.add(row.choice("set", ("ch-sims", "cmu-mosi")))
        made_up = made_up or "fixture" in row.values
        part, relation = row.choice("split", ("train", "test")), row.choice("relation", ("align", "conflict"))
        modalities = row.choice("modalities", VARIANTS)
        if split not in (None, part) or subset not in _subsets(modalities, relation):
            continue
        fields: dict[str, Any] = {"text": row.text("text", empty=True), "modalities": modalities}
        fields["clip"] = row.text("clip")
        if "label_T" in row.values:
            fields["said"] = {name: row.choice(f"label_{name[0].upper()}", LABELS) for name in _SAID}
        language = row.choice("language", ("zh", "en"))
        slices = {
            "subset": relation if modalities == "TAV" else "missing",
            "relation": relation,
            "modalities": modalities,
            "split": part,
            "language": language,
        }
        label = row.choice("label", LABELS)
        items.append(Item(row.text("id"), row.text("source"), fields, label, language=language, slices=slices))
    name = _NAMES.get(frozenset(halves), "EmoMM") + " (fixture)" * made_up
    return collect(name, f"{split or 'all'}/{subset}", (path,), items, labels=LABELS)


def _subsets(modalities: str, relation: str) -> tuple[str, ...]:
    return ("overall", relation) if modalities == "TAV" else ("overall", "missing", f"missing-{relation}")
