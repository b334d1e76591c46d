"""A process that writes into a memory until it is killed; a line on its output is an acknowledged batch.

`python -m tests.tools.memory.writer FOLDER SEED`
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

from langgraph.store.base import PutOp

from affectgraph.tools.memory import MemoryStore, chroma
from tests.tools.memory.fakes import HashEmbedder


def main() -> None:
    folder, seed = Path(sys.argv[1]), sys.argv[2]
    chance = random.Random(seed)
    # Chroma's files are written every thousand vectors by default: here every few, so that a kill meets it.
    chroma.HNSW.update(batch_size=10, sync_threshold=20)
    with MemoryStore(folder, HashEmbedder()) as store:
        sys.stdout.write("open\n")
        sys.stdout.flush()
        for number in range(100_000):
            place = ("people", f"person {number % 3}")
            names = [f"{seed}-{number}-{part}" for part in range(chance.choice([1, 5, 60]))]
            store.batch([PutOp(place, name, {"text": name, "of": len(names)}) for name in names])
            sys.stdout.write(" ".join([str(number % 3), *names]) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
