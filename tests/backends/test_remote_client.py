"""Opening a remote backend: consent, keys, proxies, redirects, what is known of it, and its health check."""

import re
from pathlib import Path

import pytest

from affectgraph.backends.config import RemoteConfig
from affectgraph.backends.errors import BackendError, ConsentRequired, SettingsError
from affectgraph.backends.remote import RemoteBackend
from affectgraph.backends.usage import record
from tests.backends.fake_server import ASK, USAGE, Endpoint, Open, Reply, answer, status


def test_nothing_is_opened_without_consent(tmp_path: Path) -> None:
    config = RemoteConfig(model="m", base_url="https://api.example.org/v1")
    with pytest.raises(ConsentRequired):
        RemoteBackend.open(config, label="far", data_dir=tmp_path)
    RemoteBackend.open(config, label="far", data_dir=tmp_path, ask=lambda question: True).close()
    RemoteBackend.open(config, label="far", data_dir=tmp_path).close()


def test_loopback_does_not_go_through_a_proxy(
    endpoint: Endpoint, remote: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    endpoint.script = [answer()]
    assert remote().invoke(ASK).text == "I hear you."


@pytest.mark.parametrize(("value", "message"), [("", "MY_KEY, which is not set"), ("sk-a\nb", "no header can carry")])
def test_an_unusable_key_names_its_variable(
    value: str, message: str, remote: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_KEY", value)
    with pytest.raises(SettingsError, match=message) as refused:
        remote()
    assert "sk-a" not in str(refused.value)


def test_what_is_known_of_a_backend_comes_from_the_settings_and_hides_the_url(endpoint: Endpoint, remote: Open) -> None:
    backend = remote(image=True, logprobs=True, json_answers="prompt", context=4096, concurrency=3)
    assert backend.capabilities.listed() == ["text", "image", "logprobs"]
    assert backend.capabilities.json_answers == "prompt"
    assert (backend.context_tokens, backend.concurrency) == (4096, 3)
    assert backend.identity == f"{endpoint.url.removeprefix('http://')}/m"
    assert endpoint.url not in repr(backend)


@pytest.mark.parametrize(
    ("reply", "ok", "detail"),
    [
        (status(200, {"object": "list", "data": [{"id": "m", "object": "model"}]}), True, "answers$"),
        (status(200, {"object": "list", "data": [{"id": "n", "object": "model"}]}), True, "does not list 'm'"),
        (status(404, {}), True, "lists no models"),
        (status(401, {}), False, "MY_KEY"),
        (status(500, {}), False, "500"),
        (status(200, b"<html>Welcome</html>"), False, "not in OpenAI's format"),
    ],
)
def test_health_asks_for_the_models_once(reply: Reply, ok: bool, detail: str, endpoint: Endpoint, remote: Open) -> None:
    endpoint.script = [reply]
    backend = remote(max_retries=3)
    with record() as cost:
        health = backend.health()
    assert health.ok is ok
    assert re.search(detail, health.detail)
    assert endpoint.paths == ["/v1/models"]
    assert cost.entries == []


def test_a_health_check_is_no_part_of_the_call_before_it(endpoint: Endpoint, remote: Open) -> None:
    endpoint.script = [answer(), status(500, {"usage": USAGE})]
    backend = remote()
    backend.invoke(ASK)
    backend.health()
    assert backend.spend.tokens == 15


def test_openais_own_key_and_organisation_never_go_to_another_host(
    endpoint: Endpoint, remote: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-openai")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-1")
    endpoint.script = [answer()]
    remote(api_key_env=None).invoke(ASK)
    assert endpoint.headers[0]["authorization"] == "Bearer none"
    assert "sk-openai" not in str(endpoint.headers)
    assert "org-1" not in str(endpoint.headers)


def test_a_redirect_is_not_followed(endpoint: Endpoint, remote: Open) -> None:
    endpoint.script = [status(307, {}, Location=f"{endpoint.url}/elsewhere"), answer()]
    with pytest.raises(BackendError, match=r"redirects elsewhere \(307\)"):
        remote().invoke(ASK)
    assert endpoint.paths == ["/v1/chat/completions"]


def test_an_option_that_the_model_refuses_by_name_is_sent_no_longer(endpoint: Endpoint, remote: Open) -> None:
    def refused(name: str, code: str) -> Reply:
        return status(400, {"error": {"message": "no", "param": name, "code": code}})

    endpoint.script = [refused("max_tokens", "unsupported_parameter"), refused("temperature", "unsupported_value")]
    endpoint.script += [answer(), answer()]
    backend = remote()
    backend.invoke(ASK, max_tokens=9)
    backend.invoke(ASK, max_tokens=9)
    for sent in endpoint.bodies[2:]:
        assert sent["max_completion_tokens"] == 9
        assert not {"max_tokens", "temperature"} & sent.keys()
    assert len(endpoint.bodies) == 4
