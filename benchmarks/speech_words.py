"""Word errors of the speech-to-text model on sentences that espeak-ng speaks.

Synthetic voices are unlike people's and unlike what the model was trained on, so this shows that the code is right and
roughly what to expect, not what the model can do on recordings. Needs espeak-ng and `affectgraph weights fetch
--speech`.

    python -m benchmarks.speech_words
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
import wave
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from affectgraph.backends.config import TranscriberConfig
from affectgraph.backends.transcriber import MoonshineTranscriber
from affectgraph.evals.metrics import bootstrap
from affectgraph.graphs.settings import load_settings

VOICES = ("en-us", "en-gb", "en-us+f3", "en-us+m3")
# What the actors of CREMA-D say, without contractions, and lists 1 and 2 of the Harvard sentences (IEEE 1969).
SENTENCES = (
    "That is exactly what happened.",
    "I wonder what this is about.",
    "The airplane is almost full.",
    "Maybe tomorrow it will be cold.",
    "I would like a new alarm clock.",
    "I think I have a doctor's appointment.",
    "The surface is slick.",
    "The birch canoe slid on the smooth planks.",
    "Glue the sheet to the dark blue background.",
    "It is easy to tell the depth of a well.",
    "These days a chicken leg is a rare dish.",
    "Rice is often served in round bowls.",
    "The juice of lemons makes fine punch.",
    "The box was thrown beside the parked truck.",
    "The hogs were fed chopped corn and garbage.",
    "Four hours of steady work faced us.",
    "A large size in stockings is hard to sell.",
    "The boy was there when the sun rose.",
    "A rod is used to catch pink salmon.",
    "The source of the huge river is the clear spring.",
)


def words(text: str) -> list[str]:
    """Lower case, letters and apostrophes only."""
    return re.findall(r"[a-z']+", text.lower())


def edits(said: list[str], heard: list[str]) -> int:
    """Words to insert, delete or replace (Levenshtein)."""
    row = list(range(len(heard) + 1))
    for i, word in enumerate(said, start=1):
        before, row[0] = row[0], i
        for j, other in enumerate(heard, start=1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (word != other))
    return row[-1]


def main() -> None:
    """Print one line for each voice, and the whole with its 95 % interval over sentences."""
    transcriber = MoonshineTranscriber(TranscriberConfig(threads=1), load_settings(None).settings.data_dir)
    rows: list[tuple[str, str, int, int, float, float]] = []
    with TemporaryDirectory() as place:
        path = Path(place) / "said.wav"
        for voice in VOICES:
            for sentence in SENTENCES:
                subprocess.run(["espeak-ng", "-v", voice, "-s", "150", "-w", str(path), sentence], check=True)
                with wave.open(str(path)) as file:
                    rate = file.getframerate()
                    sound = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32_768
                started = time.perf_counter()
                heard = transcriber.transcribe(sound, rate, "en")
                spent = time.perf_counter() - started
                rows.append(
                    (
                        voice,
                        sentence,
                        edits(words(sentence), words(heard)),
                        len(words(sentence)),
                        spent,
                        len(sound) / rate,
                    )
                )
    wrong, said = (np.array([row[place] for row in rows], dtype=float) for place in (2, 3))
    found = bootstrap(lambda chosen: wrong[chosen].sum() / said[chosen].sum(), [row[1] for row in rows])
    by_voice = {
        voice: round(sum(row[2] for row in rows if row[0] == voice) / sum(row[3] for row in rows if row[0] == voice), 3)
        for voice in VOICES
    }
    told = {
        "word error rate": round(found.value, 3),
        "interval": [round(found.low, 3), round(found.high, 3)],
        "utterances": len(rows),
        "words": int(said.sum()),
        "by voice": by_voice,
        "seconds a second of sound": round(sum(row[4] for row in rows) / sum(row[5] for row in rows), 2),
    }
    sys.stdout.write(json.dumps(told, indent=2) + "\n")


if __name__ == "__main__":
    main()
