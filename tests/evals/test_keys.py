"""Whatever an answer depends on changes its key; what changes no answer does not."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectgraph import prompts
from affectgraph.backends.config import EmbeddedConfig, RemoteConfig
from affectgraph.backends.scripted import ScriptedBackend
from affectgraph.evals import keys
from affectgraph.evals.keys import code_revision, key, prompts_revision, run_fields
from affectgraph.graphs.loading import NAMES, recipe
from affectgraph.graphs.settings import Settings, load_settings
from affectgraph.graphs.steps import Models
from affectgraph.tools.calibration import Calibration, Calibrations, Curve, FittedOn

FIELDS = st.dictionaries(st.text(max_size=8), st.one_of(st.text(max_size=8), st.integers(), st.none()), max_size=5)


def fields(
    name: str = "reading", settings: Settings | None = None, backend: Any = None, without: Any = ()
) -> dict[str, Any]:
    used = backend or ScriptedBackend(label="embedded", replies=["joy"])
    return run_fields(recipe(name), Models.all(used), settings or Settings(), without)


def with_backend(config: Any) -> Settings:
    return Settings(backends={"embedded": config})


@given(FIELDS, FIELDS)
def test_different_fields_have_different_keys(one: dict[str, Any], two: dict[str, Any]) -> None:
    assert (key(one) == key(two)) == (one == two)


def test_the_order_of_fields_changes_nothing() -> None:
    assert key({"a": 1, "b": "二"}) == key({"b": "二", "a": 1})


@pytest.mark.parametrize(
    "other",
    [
        fields("empathy"),
        fields("empathy", without=["intent"]),
        fields("empathy_single"),
        fields(settings=load_settings(overrides=["reading.corrected=false"], environment={}).settings),
        fields(settings=load_settings(overrides=["reading.method=prompt"], environment={}).settings),
        fields(backend=ScriptedBackend(label="embedded", replies=["sadness"])),
        fields(settings=with_backend(EmbeddedConfig(reproducible=True))),
        fields(settings=with_backend(EmbeddedConfig(context=4096))),
        fields(settings=with_backend(EmbeddedConfig(decoding={"seed": 8}))),
        fields(settings=with_backend(EmbeddedConfig(decoding={"temperature": 0.9}))),
    ],
    ids=["graph", "layer left out", "single", "corrected", "method", "model", "reproducible", "context", "seed", "T"],
)
def test_what_an_answer_depends_on_changes_the_key(other: dict[str, Any]) -> None:
    assert key(other) != key(fields())


def test_each_of_these_differs_from_the_others_too() -> None:
    made = [fields("empathy"), fields("empathy", without=["intent"]), fields("empathy", without=["strategy"])]
    assert len({key(one) for one in made}) == 3


def test_prices_caps_and_waiting_change_nothing() -> None:
    plain = RemoteConfig(model="m", base_url="http://127.0.0.1:1/v1")
    dear = plain.model_copy(update={"price_in": 3.0, "max_tokens_per_run": 9, "timeout_s": 1.0, "consent": True})
    assert fields(settings=with_backend(plain)) == fields(settings=with_backend(dear))


def test_the_curves_that_may_be_applied_are_part_of_the_key() -> None:
    backend = ScriptedBackend(label="embedded", replies=["joy"])
    curves = {"arousal": Curve(kind="linear", x=(1.0, 9.0), y=(2.0, 8.0))}
    source = FittedOn(name="set", split="all", revision="r", low=1, high=9, n=20, fitted="2026-11-28")

    def of(settings: Settings, **changed: Any) -> dict[str, Any]:
        given = {"identity": backend.identity, "mode": "gat", "labels": ("awe", "fear"), **changed}
        kept = Calibrations(entries=(Calibration(**given, curves=curves, fitted_on=source),))
        return run_fields(recipe("gat"), Models.all(backend, calibrations=lambda: kept), settings, ())

    plain, off = Settings(), load_settings(overrides=["gat.calibrate=false"], environment={}).settings
    nothing = fields("gat", backend=backend)
    assert of(plain) != nothing
    assert of(plain, mode="basic") == of(plain, identity="another") == nothing
    assert of(off) == fields("gat", off, backend)


def test_another_url_or_model_of_a_remote_backend_is_another_key() -> None:
    plain = RemoteConfig(model="m", base_url="http://127.0.0.1:1/v1")
    for change in ({"model": "n"}, {"base_url": "http://127.0.0.1:2/v1"}):
        assert fields(settings=with_backend(plain.model_copy(update=change))) != fields(settings=with_backend(plain))


def test_a_changed_prompt_changes_the_prompts_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copied = tmp_path / "prompts"
    shutil.copytree(Path(str(prompts.__file__)).parent, copied)
    monkeypatch.setattr(prompts, "__file__", str(copied / "__init__.py"))
    prompts_revision.cache_clear()
    before = {folder: prompts_revision((folder,)) for folder in ("reading", "empathy")}
    kept = key(fields())
    file = copied / "reading" / "emotion.en.md"
    text = file.read_text(encoding="utf-8")
    file.unlink()  # the copy may be a link to the original
    file.write_text(text.replace("version: 1", "version: 2"), encoding="utf-8")
    prompts_revision.cache_clear()
    assert prompts_revision(("reading",)) != before["reading"]
    assert prompts_revision(("empathy",)) == before["empathy"]
    assert key(fields()) != kept  # an answer under the old wording is not found again
    prompts_revision.cache_clear()


@pytest.mark.parametrize("name", NAMES)
def test_the_code_of_a_graph_reaches_its_tools_and_engines_and_no_floor_above(name: str) -> None:
    reached = keys._reachable((recipe(name).build.__module__, *keys._RUNS))
    wanted = {
        "backends.embedded",
        "backends.remote",
        "backends.scoring",
        "backends.transformers_rows",
        "prompts._files",
    }
    assert {f"affectgraph.{one}" for one in wanted} <= reached
    assert not any(one.startswith(("affectgraph.evals", "affectgraph.agents")) for one in reached)


def test_the_graphs_own_modules_differ() -> None:
    reading = keys._reachable((recipe("reading").build.__module__,))
    assert "affectgraph.graphs.empathy" not in reading
    assert code_revision(("affectgraph.graphs.reading",)) != code_revision(("affectgraph.graphs.empathy",))


def test_changed_code_packages_and_embedder_miss(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = key(fields())
    with monkeypatch.context() as changed:
        changed.setattr(keys, "code_revision", lambda modules: "0" * 16)
        assert key(fields()) != kept
    anchored = load_settings(overrides=["reading.method=anchor"], environment={}).settings
    made = fields(settings=anchored)
    assert made["embedder"]["identity"].startswith("all-MiniLM-L6-v2:")
    with monkeypatch.context() as changed:
        changed.setattr(keys, "version", lambda package: "99.0")
        assert key(fields()) != kept
        assert fields(settings=anchored)["embedder"] != made["embedder"]


def test_the_code_revision_is_of_names_and_bytes(tmp_path: Path) -> None:
    one, two = tmp_path / "one.py", tmp_path / "two.py"
    one.write_bytes(b"x = 1\n")
    two.write_bytes(b"x = 1\n")
    first = keys._digest([one])
    assert first != keys._digest([two])
    one.write_bytes(b"x = 2\n")
    assert keys._digest([one]) != first
