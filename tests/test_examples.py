"""The example scripts run as they are."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"


SHORT = {"AFFECTGRAPH_EMPATHY__ANSWER_TOKENS": "400", "AFFECTGRAPH_EMPATHY__REPLY_TOKENS": "32"}


def run(script: Path, cwd: Path, **variables: str) -> str:
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "AFFECTGRAPH_BACKENDS__EMBEDDED__THREADS": "1", **variables},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("name", "told"), [("own_model.py", "Waiting for a call that does not come"), ("appraise.py", "lena: ")]
)
def test_an_example_runs(name: str, told: str, tmp_path: Path) -> None:
    assert told in run(EXAMPLES / name, tmp_path)


@pytest.mark.timeout(600)
def test_the_example_of_a_text_runs_on_a_short_one(tmp_path: Path) -> None:
    """The long text itself is read by the embedded model in `tests/graphs/test_empathy.py`."""
    script = Path(shutil.copy(EXAMPLES / "invoke.py", tmp_path))
    (tmp_path / "long_text.txt").write_text("I shouted at my father, and now I cannot sleep.", encoding="utf-8")
    told = run(script, tmp_path, **SHORT)
    assert "strongest emotion:" in told
    assert "reply: " in told
    assert "strategy: " in told
