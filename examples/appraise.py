"""What would different people feel about one event? Two invented personas, and what one of them remembers."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from affectgraph.graphs import load, load_settings
from affectgraph.graphs.memory import open_memory
from affectgraph.tools.episodes import Episode, remember
from affectgraph.tools.personas import read_persona

EVENT = "My manager praised my colleague for my work."
PERSONAS = Path(__file__).parent / "personas"


def main() -> None:
    """Remember one episode of Lena's, then appraise the event as Lena and as Tomas."""
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(overrides=[f"data_dir={folder!r}"]).settings
        with open_memory(settings) as store:
            earlier = Episode(
                event="They used my drawings without my name.",
                emotions={"anger": 1.0},
                taxonomy="ekman7",
                time=datetime(2026, 3, 1, tzinfo=UTC),
                source="stated",
            )
            remember(store, "lena", earlier)
            # Without `appraise` and `explain` two questions are left: the emotion, and how strong it is.
            graph = load("appraise", settings=settings, store=store, without=("appraise", "explain"))
            for name in ("lena", "tomas"):
                result = graph.invoke({"text": EVENT, "persona": read_persona(PERSONAS / f"{name}.toml")})
                first, second = result.feeling.top2
                print(f"{name}: {first}, then {second}; recalled {len(result.recalled)} episode(s)")
            graph.close()


if __name__ == "__main__":
    main()
