"""A table of clips and EmoMM's layout with media, made of half a second of tone and counting frames."""

from __future__ import annotations

import json
from pathlib import Path

from tests.backends.clip_files import clip, counting, tone

__all__ = ["write_emomm", "write_table"]


def write_table(folder: Path) -> Path:
    """Three clips of one file: with all modalities, without sound, and the picture alone."""
    folder.mkdir(parents=True)
    (folder / "a.webm").write_bytes(clip("webm", sound=tone(0.5), picture=counting, frames=8))
    (folder / "clips.csv").write_text(
        "id,text,audio,video,label,source\n1,I am glad.,a.webm,a.webm,P,x\n2,Leave me.,,a.webm,N,y\n3,,,a.webm,Neu,z\n"
    )
    return folder


def write_emomm(folder: Path) -> Path:
    """Two variants of one clip, whose words the second lacks."""
    media = folder / "ch-sims" / "Raw" / "video_1"
    media.mkdir(parents=True)
    (media / "0001.mp4").write_bytes(clip("mp4", sound=tone(0.5), picture=counting, frames=8))
    base = {"set": "ch-sims", "source": "ch-sims/video_1", "clip": "video_1/0001", "language": "zh", "split": "test"}
    lines = [
        {**base, "id": name, "text": text, "modalities": name, "label": "P", "relation": relation}
        for name, relation, text in [("TAV", "conflict", "我很好。"), ("AV", "align", "")]
    ]
    path = folder / "emomm.jsonl"
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return path
