"""Affective reasoning as explicit state machines.

from affectgraph.graphs import load
result = load("empathy").invoke({"text": "..."})
"""

from affectgraph.graphs.loading import NAMES, load
from affectgraph.graphs.running import Event, Finished, Graph, Kept, NodeFinished, NodeStarted, Sentence
from affectgraph.graphs.settings import Settings, load_settings
from affectgraph.graphs.steps import Models, TraceEntry

__all__ = [
    "NAMES",
    "Event",
    "Finished",
    "Graph",
    "Kept",
    "Models",
    "NodeFinished",
    "NodeStarted",
    "Sentence",
    "Settings",
    "TraceEntry",
    "load",
    "load_settings",
]
