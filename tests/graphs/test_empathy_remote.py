"""The embedded engine's own HTTP address as `remote` backend: same graph, same result shape."""

from __future__ import annotations

from pathlib import Path

import pytest

from affectgraph.backends.embedded import EmbeddedBackend
from affectgraph.graphs import load, load_settings

TEXT = (
    "My father has dementia and I look after him every day. Yesterday I shouted at him, and I feel so guilty.\n\n"
    "I promised my mother that I would never put him in a home. What should I do?"
)


def shape(value: object) -> object:
    """Keys and types, without the values."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    return [shape(value[0])] if isinstance(value, list) and value else type(value).__name__


@pytest.mark.timeout(600)
def test_the_same_graph_runs_on_a_remote_backend(
    embedded: EmbeddedBackend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENGINE_KEY", embedded.api_key)
    short = ["empathy.answer_tokens=400", "empathy.reply_tokens=32"]
    settings = load_settings(
        environment={},
        overrides=[
            *short,
            "backends.served.kind=remote",
            f"backends.served.base_url={embedded.address}/v1",
            "backends.served.model=smollm2",
            "backends.served.api_key_env=ENGINE_KEY",
            "backends.served.logprobs=true",
            "backends.served.timeout_s=300",
            f"data_dir={tmp_path}",
        ],
        backend="served",
    ).settings
    there = load("empathy", settings=settings).invoke({"text": TEXT})
    own = load_settings(environment={}, overrides=short).settings
    here = load("empathy", model=embedded, settings=own).invoke({"text": TEXT})
    assert [entry.node for entry in there.trace] == [entry.node for entry in here.trace]
    assert {entry.backend for entry in there.trace} == {None, "served"}
    for layer in ("L1", "L3"):
        assert shape(there.model_dump(mode="json")["chain"][layer]) == shape(
            here.model_dump(mode="json")["chain"][layer]
        )
    assert all(quote.text in TEXT for cause in there.chain.L2.causes for quote in cause.quotes)
    assert sum(entry.usage.tokens_out for entry in there.trace) > 20
