"""The fetched speech model, where there is one, and words that espeak-ng speaks."""

from __future__ import annotations

import shutil
import subprocess
import wave
from io import BytesIO
from pathlib import Path

import numpy as np
import platformdirs
import pytest
from numpy.typing import NDArray

from affectgraph.backends.speech_weights import FETCH, pinned, speech_folder

# Taken before a fixture moves the data folder of whoever runs the tests.
DATA_DIR = Path(platformdirs.user_data_dir("affectgraph", appauthor=False))
needs_model = pytest.mark.skipif(not pinned(speech_folder(DATA_DIR)), reason=f"needs the speech model: {FETCH}")
needs_espeak = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="needs espeak-ng, which speaks the words")


def spoken(words: str, *options: str) -> tuple[NDArray[np.float32], int]:
    """Samples and rate of `words`, as espeak-ng says them."""
    done = subprocess.run(["espeak-ng", "--stdout", *options, words], check=True, capture_output=True, timeout=60)
    with wave.open(BytesIO(done.stdout)) as file:
        # The header of a stream holds no length, so the rest is read.
        pcm = np.frombuffer(done.stdout[44 : len(done.stdout) // 2 * 2], "<i2")
        return pcm.astype(np.float32) / np.float32(32_768), file.getframerate()
