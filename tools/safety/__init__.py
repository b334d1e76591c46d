"""The safety layer: what a conversation says of risk, what follows from it, and where help is to be had.

Code around the chain, not words in a prompt. Three voices (rules, a fitted model, a judge where one is configured)
read the last message in the light of all that came before; any of them can raise the level and none can lower it.
What holds for the conversation (`Watch`) falls one step at a time, or by a human.
"""

from affectgraph.tools.safety.assessing import Said, Voices, assess
from affectgraph.tools.safety.contacts import COUNTRIES, Resource, resources, told
from affectgraph.tools.safety.findings import Assessment, Category, Finding
from affectgraph.tools.safety.minors import says_minor
from affectgraph.tools.safety.screening import screen
from affectgraph.tools.safety.vetted import vetted
from affectgraph.tools.safety.watching import Posture, Watch, follow, lowered, posture

__all__ = [
    "COUNTRIES",
    "Assessment",
    "Category",
    "Finding",
    "Posture",
    "Resource",
    "Said",
    "Voices",
    "Watch",
    "assess",
    "follow",
    "lowered",
    "posture",
    "resources",
    "says_minor",
    "screen",
    "told",
    "vetted",
]
