"""Loaders of the sets that affectgraph is measured on. One module per set, each gives a `Dataset`.

| module | set | `target` |
|---|---|---|
| `emomm` | EmoMM, built from CH-SIMS v2 and CMU-MOSI labels | sentiment N, WN, Neu, WP, P |
| `clips` | your own clips in a table, or EmoMM with its media | sentiment, or any closed set of words |
| `aica` | AICA-Bench | emotion (EU), reference texts (ER, EGCG) |
| `persona_e2` | Persona-E2 | Ekman 6 + neutral, of a person, a group or an event |
| `empathy_qa` | Empathy-QA, and PsyQA's layout | reference answers |
| `goemotions` | GoEmotions | Ekman 6 + neutral |
| `edos` | EDOS | 32 emotions + 9 intents |
| `emobank` | EmoBank | valence, arousal, dominance, 1 to 5 |
| `crowd_envent` | crowd-enVENT | emotion; 21 appraisals, 1 to 5 |
| `crema_d` | CREMA-D crowd votes | emotion heard and seen |
| `mustard` | MUStARD | sarcastic, sincere |
| `counselling` | SMILE, CPsyCoun | the counsellor's reply |
| `false_alarms` | XSTest, NotInject | whether an alarm is due |

No set is bundled, and nothing is fetched unless a source is given as `hf:owner/name` (see `hub`).
"""

from __future__ import annotations

from affectgraph.evals.datasets.items import Dataset, Item
from affectgraph.evals.datasets.layout import DataMissing, SchemaError

__all__ = ["DataMissing", "Dataset", "Item", "SchemaError"]
