"""The judge's voice: it can raise, and whatever else it does changes nothing."""

from collections.abc import Callable

import pytest

from affectgraph.backends.errors import BackendError, Stopped
from affectgraph.backends.scripted import ScriptedBackend
from affectgraph.tools.safety import Category, Said, Voices, assess


def judge(*replies: str) -> ScriptedBackend:
    return ScriptedBackend(label="judge", replies=list(replies))


def level(text: str, backend: ScriptedBackend) -> int:
    return assess([Said(role="person", text=text)], voices=Voices(judge=backend, learned=False)).level


def test_it_raises_what_the_rules_do_not_hear() -> None:
    text = "The water looked so quiet from up there. I may go back."
    found = assess(
        [Said(role="person", text=text)],
        voices=Voices(judge=judge('{"level": 4, "category": "suicide", "confidence": 0.9}'), learned=False),
    )
    assert (found.level, found.categories) == (4, [Category.suicide])
    assert found.voices == {"rules": 0, "judge": 4}
    assert found.findings[0].rule == "judge.suicide"
    assert found.confidence == 0.5


def test_it_lowers_nothing() -> None:
    calm = judge('{"level": 0, "category": "none", "confidence": 1.0}')
    assert level("I am going to kill myself tonight.", calm) >= 4


def test_an_unsure_judge_counts_one_step_less() -> None:
    assert level("hm", judge('{"level": 2, "category": "suicide", "confidence": 0.2}')) == 1


@pytest.mark.parametrize("reply", ["", "I cannot answer that.", '{"level": 11}', "level 0", '{"level": 0'])
def test_nonsense_is_no_voice(reply: str) -> None:
    backend = judge(*[reply] * 6)
    found = assess([Said(role="person", text="I want to die.")], voices=Voices(judge=backend, learned=False))
    assert found.level == 2
    assert "judge" not in found.voices


def test_an_error_is_no_voice_and_a_stop_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    def raising(error: Exception) -> Callable[..., object]:
        def fill(*_: object, **__: object) -> object:
            raise error

        return fill

    backend = judge("x")
    monkeypatch.setattr(type(backend), "fill", raising(BackendError("engine gone")))
    assert level("I want to die.", backend) == 2
    monkeypatch.setattr(type(backend), "fill", raising(Stopped("stopped")))
    with pytest.raises(Stopped):
        level("I want to die.", backend)
