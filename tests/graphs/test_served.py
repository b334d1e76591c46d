"""`langgraph.json` names factories that exist and give every graph."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

from affectgraph.graphs import NAMES
from affectgraph.graphs.loading import recipe

ROOT = Path(__file__).parents[2]


def test_every_graph_is_listed_and_its_factory_gives_a_compiled_graph() -> None:
    listed = json.loads((ROOT / "langgraph.json").read_text(encoding="utf-8"))["graphs"]
    assert set(listed) == set(NAMES)
    for name, place in listed.items():
        file, factory = place.removeprefix("./").split(":")
        assert (ROOT / file).is_file()
        module = importlib.import_module(f"affectgraph.{file.removesuffix('.py').replace('/', '.')}")
        compiled = getattr(module, factory)()
        assert compiled.name == name
        nodes = set(compiled.get_graph().nodes) - {"__start__", "__end__"}
        # A graph that answers a person screens the text; the others measure a text or look at a picture.
        assert ({"screen", "crisis", "segment"} <= nodes) == (recipe(name).section == "empathy")
