"""Embeddings from an OpenAI-compatible endpoint, on a server of our own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from affectgraph.backends.config import RemoteConfig
from affectgraph.backends.embedder_remote import RemoteEmbedder
from affectgraph.backends.errors import BackendError, ConsentRequired, SettingsError
from affectgraph.graphs import load_settings
from affectgraph.graphs.embedding import embedder_of
from tests.backends.fake_server import Endpoint, Reply, status

_OPEN: list[RemoteEmbedder] = []


@pytest.fixture
def server() -> Iterator[Endpoint]:
    made = Endpoint()
    yield made
    while _OPEN:
        _OPEN.pop().close()
    made.close()


def vectors(*rows: list[float], order: list[int] | None = None) -> Reply:
    data = [{"object": "embedding", "index": place, "embedding": row} for place, row in enumerate(rows)]
    data = [data[place] for place in order] if order else data
    return status(200, {"object": "list", "model": "e", "data": data, "usage": {"prompt_tokens": 1, "total_tokens": 1}})


def opened(server: Endpoint, tmp_path: Path, **options: Any) -> RemoteEmbedder:
    config = RemoteConfig(model="chat", base_url=f"{server.url}/v1", max_retries=0, **options)
    _OPEN.append(RemoteEmbedder(config, "e-small", label="near", data_dir=tmp_path))
    return _OPEN[-1]


def test_texts_go_to_the_endpoint_and_come_back_as_unit_vectors_in_their_order(
    server: Endpoint, tmp_path: Path
) -> None:
    server.script.append(vectors([3.0, 4.0], [0.0, 2.0], order=[1, 0]))
    found = opened(server, tmp_path).embed(["one", ""])
    assert found == [[0.6, 0.8], [0.0, 1.0]]
    assert server.paths == ["/v1/embeddings"]
    assert (server.bodies[0]["model"], server.bodies[0]["input"]) == ("e-small", ["one", " "])


def test_many_texts_go_in_batches(server: Endpoint, tmp_path: Path) -> None:
    server.script += [vectors(*[[1.0]] * 64), vectors(*[[1.0]] * 6)]
    assert len(opened(server, tmp_path).embed([str(number) for number in range(70)])) == 70
    assert [len(body["input"]) for body in server.bodies] == [64, 6]


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (vectors([1.0]), "not in OpenAI's format"),
        (vectors([0.0], [1.0]), "not in OpenAI's format"),
        (status(404, {"error": {"message": "no"}}), "e-small"),
        (status(401, {"error": {"message": "secret text"}}), "refuses access"),
        (status(200, b"<html>"), "not in OpenAI's format"),
    ],
)
def test_a_useless_answer_is_one_sentence(server: Endpoint, tmp_path: Path, reply: Reply, told: str) -> None:
    server.script.append(reply)
    with pytest.raises(BackendError) as refused:
        opened(server, tmp_path).embed(["one", "two"])
    assert told in str(refused.value)
    assert "secret text" not in str(refused.value)


def test_another_machine_needs_consent_before_anything_is_sent(tmp_path: Path) -> None:
    config = RemoteConfig(model="chat", base_url="https://embed.example/v1")
    with pytest.raises(ConsentRequired, match=r"embed\.example"):
        RemoteEmbedder(config, "e", label="far", data_dir=tmp_path)


def test_the_settings_choose_it_by_the_name_of_a_backend(server: Endpoint, tmp_path: Path) -> None:
    said = [
        f'data_dir="{tmp_path}"',
        f'backends.near={{kind="remote", model="chat", base_url="{server.url}/v1"}}',
        "embedder.backend=near",
        "embedder.remote_model=e-small",
    ]
    chosen = embedder_of(load_settings(overrides=said, environment={}).settings)
    assert isinstance(chosen, RemoteEmbedder)
    _OPEN.append(chosen)
    assert chosen.identity == "127.0.0.1/e-small"
    server.script.append(vectors([2.0, 0.0]))
    assert chosen.embed(["one"]) == [[1.0, 0.0]]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (["embedder.backend=embedded", "embedder.remote_model=e"], "is embedded; name a remote one"),
        (["embedder.backend=embeded", "embedder.remote_model=e"], "did you mean 'embedded'"),
        (["embedder.backend=near"], "belong together"),
        (["embedder.backend=near", "embedder.remote_model=e", "embedder.model=/x"], "give one of them"),
    ],
)
def test_a_choice_that_cannot_be_is_refused(said: list[str], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        embedder_of(load_settings(overrides=said, environment={}).settings)
