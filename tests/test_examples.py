"""The example scripts run as they are."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("invoke.py", "strongest emotion:"),
        ("own_model.py", "Waiting for a call that does not come"),
        ("appraise.py", "lena: "),
    ],
)
def test_an_example_runs(name: str, told: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / name)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "AFFECTGRAPH_BACKENDS__EMBEDDED__THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    assert told in done.stdout
