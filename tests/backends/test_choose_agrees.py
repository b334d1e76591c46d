"""`choose` on llama.cpp equals the same arithmetic in torch on the same weights, within quantisation and fp16 caches.

The weights are the GGUF's own (Q4_1), which torch gets dequantised, so the two differ by arithmetic only.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from affectgraph.backends.config import EmbeddedConfig, TransformersConfig
from affectgraph.backends.embedded import EmbeddedBackend

ONE_TOKEN = ["joy", "sadness", "fear", "anger", "surprise"]
MANY_TOKENS = ["guilt about a promise", "anger at my brother", "exhaustion", "schadenfreude"]
CHINESE = ["悲伤", "愤怒", "喜悦"]


def asked(text: str) -> list[BaseMessage]:
    return [SystemMessage("You are kind."), HumanMessage(f"{text}\n\nWhat emotion does the writer feel?")]


@pytest.mark.parametrize(
    ("text", "options", "lead"),
    [
        ("I shouted at my father, and now I cannot sleep.", ONE_TOKEN, "The writer feels"),
        ("I shouted at my father, and now I cannot sleep.", MANY_TOKENS, "The writer feels"),
        ("We are going to be parents!", ONE_TOKEN, ""),
        ("我今天很难过。", CHINESE, "写信人感到"),
    ],
)
def test_choose_on_llama_cpp_equals_torch(smollm2_folder: Path, text: str, options: list[str], lead: str) -> None:
    from affectgraph.backends.transformers import TransformersBackend

    embedded = EmbeddedBackend(config=EmbeddedConfig(reproducible=True, context=1024, threads=1))
    torched = TransformersBackend(config=TransformersConfig(model=str(smollm2_folder), dtype="float32", device="cpu"))
    try:
        here = embedded.choose(asked(text), options, lead=lead).probabilities
        there = torched.choose(asked(text), options, lead=lead).probabilities
    finally:
        embedded.close()
        torched.close()
    # llama.cpp also quantises activations to 8 bits; the largest difference seen is 0.07.
    assert max(abs(here[option] - there[option]) for option in options) < 0.1
    assert max(here, key=here.__getitem__) == max(there, key=there.__getitem__)
