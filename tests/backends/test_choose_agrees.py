"""`choose` on llama.cpp equals the same arithmetic in torch on the same weights, within quantisation and fp16 caches.

The weights are the GGUF's own (Q4_1), which torch gets dequantised, so the two differ by arithmetic only.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from affectgraph.backends.config import EmbeddedConfig
from affectgraph.backends.embedded import EmbeddedBackend
from affectgraph.backends.transformers import TransformersBackend

ONE_TOKEN = ["joy", "sadness", "fear", "anger", "surprise"]
MANY_TOKENS = ["guilt about a promise", "anger at my brother", "exhaustion", "schadenfreude"]
CHINESE = ["悲伤", "愤怒", "喜悦"]


def asked(text: str) -> list[BaseMessage]:
    return [SystemMessage("You are kind."), HumanMessage(f"{text}\n\nWhat emotion does the writer feel?")]


@pytest.fixture(scope="module")
def on_llama_cpp() -> Iterator[EmbeddedBackend]:
    backend = EmbeddedBackend(config=EmbeddedConfig(reproducible=True, context=1024, threads=1))
    yield backend
    backend.close()


@pytest.mark.parametrize(
    ("text", "options", "lead"),
    [
        ("I shouted at my father, and now I cannot sleep.", ONE_TOKEN, "The writer feels"),
        ("I shouted at my father, and now I cannot sleep.", MANY_TOKENS, "The writer feels"),
        ("We are going to be parents!", ONE_TOKEN, ""),
        ("我今天很难过。", CHINESE, "写信人感到"),
    ],
)
def test_choose_on_llama_cpp_equals_torch(
    on_llama_cpp: EmbeddedBackend, smollm2_in_torch: TransformersBackend, text: str, options: list[str], lead: str
) -> None:
    here = on_llama_cpp.choose(asked(text), options, lead=lead).probabilities
    there = smollm2_in_torch.choose(asked(text), options, lead=lead).probabilities
    # llama.cpp also quantises activations to 8 bits; the largest difference seen is 0.07.
    assert max(abs(here[option] - there[option]) for option in options) < 0.1
    assert max(here, key=here.__getitem__) == max(there, key=there.__getitem__)
