"""Settings: which layer wins, where a value came from, and sentences for every mistake."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import platformdirs
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from affectgraph.backends.config import EmbeddedConfig, EmbedderConfig, RemoteConfig, ScriptedConfig
from affectgraph.backends.errors import SettingsError
from affectgraph.graphs.options import ReadingOptions, Roles
from affectgraph.graphs.settings import LoadedSettings, Settings, load_settings

REMOTE = '[backends.mine]\nkind = "remote"\nmodel = "m"\nbase_url = "http://127.0.0.1:9/v1"\n'


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder and a user's configuration folder without settings; gives the former."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr(platformdirs, "user_config_dir", lambda *_, **__: str(tmp_path / "user"))
    return here


def load(text: str | None = None, *overrides: str, backend: str | None = None, **environment: str) -> LoadedSettings:
    """The settings of a file with this text, these `--set`, and only these environment variables."""
    file = None
    if text is not None:
        file = Path("affectgraph.toml")
        file.write_text(text, encoding="utf-8")
    return load_settings(file, overrides=overrides, backend=backend, environment=environment)


def refusal(*arguments: Any, **named: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        load(*arguments, **named)
    return str(caught.value)


# --- layers and origins ----------------------------------------------------------------------------------------------


def test_without_anything_the_embedded_backend_has_every_role() -> None:
    found = load()
    assert found.settings.backends == {"embedded": EmbeddedConfig()}
    assert set(found.settings.roles.model_dump(exclude={"condense"}).values()) == {"embedded"}
    assert found.settings.roles.condense is None
    assert (found.origins, found.file) == ({}, None)
    assert {origin for _, _, origin in found.rows()} == {"default"}


def test_each_layer_wins_over_the_one_before() -> None:
    text = "[empathy]\nreply_tokens = 100\n"
    assert load().settings.empathy.reply_tokens not in (100, 200, 300)
    assert load(text).settings.empathy.reply_tokens == 100
    over_file = load(text, AFFECTGRAPH_EMPATHY__REPLY_TOKENS="200")
    assert over_file.settings.empathy.reply_tokens == 200
    over_all = load(text, "empathy.reply_tokens=300", AFFECTGRAPH_EMPATHY__REPLY_TOKENS="200")
    assert over_all.settings.empathy.reply_tokens == 300
    key = "empathy.reply_tokens"
    assert [found.origins[key] for found in (load(text), over_file, over_all)] == [
        "affectgraph.toml",
        "environment",
        "--set",
    ]


def test_the_backend_option_takes_every_role_but_condense() -> None:
    found = load(
        f'{REMOTE}[roles]\nwrite = "embedded"\ncondense = "embedded"\n', "roles.judge=embedded", backend="mine"
    )
    roles = found.settings.roles.model_dump()
    assert roles == dict.fromkeys(roles, "mine") | {"condense": "embedded"}
    assert found.origins["roles.write"] == found.origins["roles.perceive"] == "--backend"
    assert found.origins["roles.condense"] == "affectgraph.toml"


def test_layers_are_merged_key_by_key() -> None:
    found = load("[empathy]\nreply_tokens = 100\n", "empathy.answer_tokens=200", AFFECTGRAPH_EMPATHY__TAXONOMY="ekman7")
    options = found.settings.empathy
    assert (options.reply_tokens, options.answer_tokens, options.taxonomy) == (100, 200, "ekman7")
    assert {key: found.origins[key] for key in found.origins if key.startswith("empathy.")} == {
        "empathy.reply_tokens": "affectgraph.toml",
        "empathy.answer_tokens": "--set",
        "empathy.taxonomy": "environment",
    }


def test_the_rows_give_every_value_with_its_origin() -> None:
    found = load("[backends.embedded.decoding]\ntemperature = 0.5\n", "backends.embedded.context=1024")
    rows = {key: (value, origin) for key, value, origin in found.rows()}
    assert rows["backends.embedded.decoding.temperature"] == (0.5, "affectgraph.toml")
    assert rows["backends.embedded.context"] == (1024, "--set")
    assert rows["backends.embedded.slots"] == (2, "default")
    assert rows["roles.condense"] == (None, "default")
    assert set(found.origins) <= set(rows)


def test_the_embedded_backend_stays_beside_those_of_the_file() -> None:
    found = load(REMOTE)
    assert list(found.settings.backends) == ["embedded", "mine"]
    assert isinstance(found.settings.backend("mine"), RemoteConfig)


# --- the file --------------------------------------------------------------------------------------------------------


def test_a_file_in_the_working_folder_is_found() -> None:
    Path("affectgraph.toml").write_text("[empathy]\nreply_tokens = 99\n")
    found = load()
    assert found.settings.empathy.reply_tokens == 99
    assert found.file == Path("affectgraph.toml")


def test_a_file_of_the_user_is_found_last(tmp_path: Path) -> None:
    (tmp_path / "user").mkdir()
    (tmp_path / "user" / "affectgraph.toml").write_text("[empathy]\nreply_tokens = 98\n")
    assert load().file == tmp_path / "user" / "affectgraph.toml"
    Path("affectgraph.toml").write_text("[empathy]\nreply_tokens = 99\n")
    assert load().file == Path("affectgraph.toml")


def test_a_file_may_be_named_by_the_environment(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text("[empathy]\nreply_tokens = 97\n")
    found = load(AFFECTGRAPH_CONFIG=str(own))
    assert (found.file, found.origins["empathy.reply_tokens"]) == (own, "own.toml")
    named = load("[empathy]\nreply_tokens = 96\n", AFFECTGRAPH_CONFIG=str(own))
    assert named.settings.empathy.reply_tokens == 96


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "missing.toml"
    with pytest.raises(SettingsError, match=r"the settings file .*missing\.toml does not exist"):
        load_settings(missing, environment={})
    assert "missing.toml does not exist" in refusal(AFFECTGRAPH_CONFIG=str(missing))


def test_a_file_that_is_no_toml_is_named_with_its_line() -> None:
    said = refusal("[empathy]\nreply_tokens = \n")
    assert said.startswith("the settings file affectgraph.toml cannot be read: ")
    assert "line 2" in said


def test_a_file_that_is_no_text_is_named() -> None:
    Path("affectgraph.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match=r"affectgraph\.toml cannot be read"):
        load_settings(environment={})


def test_paths_in_a_file_are_relative_to_that_file(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "own.toml").write_text(
        'data_dir = "data"\n[backends.embedded]\nmodel = "w/a.gguf"\nmmproj = "/abs/b.gguf"\n'
        '[backends.script]\nkind = "scripted"\npath = "script.jsonl"\n'
        '[backends.hub]\nkind = "transformers"\nmodel = "Qwen/Qwen3-0.6B"\n'
        '[backends.far]\nkind = "remote"\nmodel = "openai/gpt"\n'
        '[embedder]\nmodel = "encoders/minilm"\n'
    )
    found = load_settings(folder / "own.toml", environment={}).settings
    embedded, script = found.backend("embedded"), found.backend("script")
    assert found.data_dir == folder / "data"
    assert isinstance(embedded, EmbeddedConfig)
    assert (embedded.model, embedded.mmproj) == (folder / "w" / "a.gguf", Path("/abs/b.gguf"))
    assert isinstance(script, ScriptedConfig)
    assert script.path == folder / "script.jsonl"
    assert found.embedder.model == folder / "encoders" / "minilm"
    # A hub id and a provider's model are no paths.
    assert found.backend("hub").model == "Qwen/Qwen3-0.6B"  # type: ignore[union-attr]
    assert found.backend("far").model == "openai/gpt"  # type: ignore[union-attr]


def test_a_tilde_in_a_file_is_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load('data_dir = "~/data"\n').settings.data_dir == tmp_path / "data"


# --- the environment -------------------------------------------------------------------------------------------------


def test_a_backend_may_come_from_the_environment_alone() -> None:
    found = load(
        AFFECTGRAPH_BACKENDS__MINE__KIND="embedded",
        AFFECTGRAPH_BACKENDS__MINE__CONTEXT="4096",
        AFFECTGRAPH_ROLES__WRITE="mine",
    )
    assert found.settings.backend("mine") == EmbeddedConfig(context=4096)
    assert found.settings.roles.write == "mine"
    assert found.origins["backends.mine.context"] == "environment"


def test_a_whole_table_may_be_given_as_json() -> None:
    found = load(AFFECTGRAPH_EMPATHY='{"reply_tokens": 64}')
    assert found.settings.empathy.reply_tokens == 64


@pytest.mark.parametrize("value", ["embedded", "{", "3"])
def test_a_table_that_is_no_json_object_is_refused(value: str) -> None:
    said = refusal(AFFECTGRAPH_ROLES=value)
    assert "roles" in said


@pytest.mark.parametrize(("name", "nearest"), [("AFFECTGRAPH_ROLZ__WRITE", "roles"), ("AFFECTGRAPH_EMPTHY", "empathy")])
def test_a_variable_that_sets_nothing_is_named_with_the_nearest_key(name: str, nearest: str) -> None:
    assert refusal(**{name: "x"}) == f"the environment variable {name} sets nothing; did you mean {nearest!r}?"


def test_variables_of_others_and_those_read_elsewhere_are_left_alone() -> None:
    assert load(AFFECTGRAPH_DATA="/data", AFFECTGRAPH_CONFIG="", PATH="/bin", ROLES="x").origins == {}


# --- --set -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("override", "value"),
    [
        ("empathy.reply_tokens=64", 64),
        (" empathy.reply_tokens = 64 ", 64),
        ("empathy={reply_tokens = 64}", 64),
    ],
)
def test_the_value_of_an_override_is_toml(override: str, value: int) -> None:
    assert load(None, override).settings.empathy.reply_tokens == value


@pytest.mark.parametrize("value", ["ekman7", '"ekman7"', "'ekman7'"])
def test_or_else_the_value_is_text(value: str) -> None:
    assert load(None, f"empathy.taxonomy={value}").settings.empathy.taxonomy == "ekman7"


def test_later_overrides_win_and_values_may_hold_an_equals_sign() -> None:
    url = "http://127.0.0.1/v1?a=b"
    found = load(REMOTE, "backends.mine.base_url=http://x", f"backends.mine.base_url={url}")
    config = found.settings.backend("mine")
    assert isinstance(config, RemoteConfig)
    assert config.base_url == url


@pytest.mark.parametrize("override", ["empathy", "=3", " = 3", ""])
def test_an_override_that_is_no_pair_is_refused_with_an_example(override: str) -> None:
    assert refusal(None, override).startswith(f"--set {override!r} is not of the form key=value, e.g. --set ")


# --- the embedder and the graph `reading` ----------------------------------------------------------------------------


def test_the_embedder_is_set_by_file_environment_and_override() -> None:
    assert load().settings.embedder == EmbedderConfig(model=None, max_tokens=256)
    text = "[embedder]\nmax_tokens = 100\nmodel = '/abs/encoder'\n"
    found = load(text, "embedder.max_tokens=64", AFFECTGRAPH_EMBEDDER__MODEL="encoder").settings.embedder
    assert found == EmbedderConfig(model=Path("encoder"), max_tokens=64)  # where the command is run
    assert load(text).settings.embedder.model == Path("/abs/encoder")


def test_the_options_of_reading_are_set_key_by_key() -> None:
    assert load().settings.reading == ReadingOptions(method="choose", corrected=True)
    found = load("[reading]\nmethod = 'anchor'\n", "reading.sharpness=5", AFFECTGRAPH_READING__CORRECTED="false")
    assert found.settings.reading == ReadingOptions(method="anchor", corrected=False, sharpness=5.0)


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("reading.method=guess", "setting 'reading.method': Input should be 'choose', 'prompt' or 'anchor'"),
        ("reading.sharpness=0", "setting 'reading.sharpness': Input should be greater than 0"),
        ("reading.metod=choose", "unknown setting 'reading.metod'; did you mean 'method'?"),
        ("embedder.modl=x", "unknown setting 'embedder.modl'; did you mean 'model'?"),
        ("embedder.max_tokens=8", "setting 'embedder.max_tokens': Input should be greater than or equal to 16"),
        ("embedder=x", "setting 'embedder': "),
    ],
)
def test_a_mistake_in_these_sections_is_named(override: str, said: str) -> None:
    assert refusal(None, override).startswith(said)


# --- mistakes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "key", "nearest"),
    [
        ("rolez = 1\n", "rolez", "roles"),
        ('[roles]\nwriter = "embedded"\n', "roles.writer", "write"),
        ("[empathy]\nreply_token = 3\n", "empathy.reply_token", "reply_tokens"),
        ("[backends.embedded]\ncontxt = 1024\n", "backends.embedded.contxt", "context"),
        (f"{REMOTE}api_key = 'secret'\n", "backends.mine.api_key", "api_key_env"),
        ("[backends.embedded.decoding]\ntemprature = 1\n", "backends.embedded.decoding.temprature", "temperature"),
    ],
)
def test_an_unknown_key_is_named_with_the_nearest_one(text: str, key: str, nearest: str) -> None:
    said = refusal(text)
    assert said == f"unknown setting {key!r}; did you mean {nearest!r}?"
    assert "secret" not in said


def test_a_key_like_no_other_gets_no_suggestion() -> None:
    assert refusal("[roles]\nqqqq = 'x'\n") == "unknown setting 'roles.qqqq'"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('[empathy]\nreply_tokens = "many"\n', "empathy.reply_tokens"),
        ("[empathy]\nreply_tokens = 3\n", "empathy.reply_tokens"),
        ("empathy = 3\n", "empathy"),
        ("data_dir = 3\n", "data_dir"),
        ("backends = 3\n", "backends"),
        ("[[backends]]\nkind = 'embedded'\n", "backends"),
        ("[backends]\nmine = 3\n", "backends.mine"),
        ("[backends.embedded]\nmodel = 3\n", "backends.embedded.model"),
        ("[backends.embedded]\ncontext = 3\n", "backends.embedded.context"),
        ("[roles]\nwrite = 3\n", "roles.write"),
    ],
)
def test_a_value_of_the_wrong_kind_is_named_by_its_key(text: str, key: str) -> None:
    assert refusal(text).startswith(f"setting {key!r}: ")


def test_an_unknown_taxonomy_is_refused_before_a_graph_runs() -> None:
    said = refusal("[empathy]\ntaxonomy = 'ekman8'\n")
    assert "unknown taxonomy 'ekman8'; did you mean 'ekman7'?" in said
    assert "counselling12" in said


@pytest.mark.parametrize("text", ["[backends.mine]\nmodel = 'x'\n", "[backends.mine]\nkind = 'embeded'\n"])
def test_a_backend_without_a_known_kind_is_told_the_kinds(text: str) -> None:
    expected = "setting 'backends.mine' needs kind = one of embedded, transformers, remote, scripted"
    assert refusal(text) == expected


@pytest.mark.parametrize("role", Roles.model_fields)
def test_a_role_with_an_unknown_backend_is_refused_with_the_nearest(role: str) -> None:
    said = refusal(None, f"roles.{role}=embeded")
    assert said.startswith("there is no backend 'embeded'; did you mean 'embedded'?; configured: embedded")


def test_the_backend_option_needs_a_backend_of_the_settings() -> None:
    assert refusal(REMOTE, backend="mien").startswith("there is no backend 'mien'; did you mean 'mine'?")


def test_several_mistakes_are_told_together() -> None:
    assert refusal("rolez = 1\nempathyy = 2\n").count("unknown setting") == 2


@given(st.dictionaries(st.sampled_from(["AFFECTGRAPH_ROLES", "AFFECTGRAPH_EMPATHY__X", "AFFECTGRAPH_"]), st.text()))
@hypothesis_settings(deadline=None)
def test_no_value_of_the_environment_is_more_than_a_settings_error(environment: dict[str, str]) -> None:
    with suppress(SettingsError):
        load_settings(environment=environment)


@given(st.text())
@hypothesis_settings(deadline=None)
def test_no_override_is_more_than_a_settings_error(text: str) -> None:
    for override in (text, f"{text}=1", f"empathy.taxonomy={text}", f"roles={text}"):
        with suppress(SettingsError):
            load_settings(overrides=[override], environment={})


def test_settings_read_nothing_by_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFFECTGRAPH_EMPATHY__REPLY_TOKENS", "64")
    assert Settings().empathy.reply_tokens != 64
