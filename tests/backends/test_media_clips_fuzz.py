"""300 sound and video files that were damaged at random: an answer or a `MediaError`, no crash, no hang.

They are decoded in one process of their own, so that a fault in a decoder's C code fails this test and not the run.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

from affectgraph.backends.media import MediaError, MediaOptions, SceneFrames
from affectgraph.backends.media_decode import Job, answer
from affectgraph.backends.media_missing import MissingModality
from affectgraph.backends.media_sniff import is_clip, media_type
from tests.backends.clip_files import FORMS, sample
from tests.backends.test_media_fuzz import damaged

EACH = 30  # files of each of the ten forms
JOBS: tuple[Job, ...] = ("survey", "sound", "frames")


def outcome(data: bytes, options: MediaOptions) -> str:
    found = []
    for job in JOBS:
        try:
            type = media_type(data, "clip")
            if not is_clip(type):
                return "an image"
            given = answer(job, data, type, "clip", options, SceneFrames(side=64))
        except MediaError as error:
            found.append("refused" if "clip" in str(error) and "\n" not in str(error) else f"unclear: {error}")
        else:
            found.append("missing" if isinstance(given, MissingModality) else "read")
    return " ".join(found)


def main() -> None:
    """Decode all of them and write how often each outcome came; the last line says which file is being decoded."""
    options, everything = MediaOptions(max_decode_s=20), [sample(form) for form in FORMS]
    counts: Counter[str] = Counter()
    for form in FORMS:
        for number in range(EACH):
            sys.stderr.write(f"{form} {number}\n")
            sys.stderr.flush()
            counts[outcome(damaged(random.Random(f"{form} {number}"), sample(form), everything), options)] += 1
    sys.stdout.write(json.dumps(counts))


def test_a_damaged_clip_gives_an_answer_or_a_media_error() -> None:
    code = f"from {__name__} import main; main()"
    root = Path(__file__).parents[2]
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=root, capture_output=True, text=True, timeout=240, check=False
    )
    assert ran.returncode == 0, ran.stderr[-2_000:]
    counts = json.loads(ran.stdout)
    assert sum(counts.values()) == 10 * EACH
    assert not [found for found in counts if "unclear" in found]
    whole = sum(number for found, number in counts.items() if found.startswith("read"))
    assert 30 < whole < 10 * EACH - 30  # the damage is neither always fatal nor never
