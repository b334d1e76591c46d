"""Settings: one typed file, `affectgraph.toml`, overridden by environment and command line.

Order, later wins: defaults, the file, `AFFECTGRAPH_*` variables (`__` between levels, e.g.
`AFFECTGRAPH_ROLES__WRITE`), and `--set key=value`. The options of each floor are defined there and composed here.
Secrets are never in the file: a backend names the environment variable that holds its key.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from pydantic_settings import (
    SettingsError as SourceError,
)

from affectgraph.backends.config import KINDS, BackendConfig, EmbeddedConfig, EmbedderConfig, TranscriberConfig
from affectgraph.backends.errors import SettingsError
from affectgraph.backends.media_files import MediaOptions
from affectgraph.backends.media_policy import FramePolicy, UniformFrames
from affectgraph.graphs.session_options import SESSION_KEY, SessionOptions
from affectgraph.tools.chase.gate import GateKind
from affectgraph.tools.chase.plan import Target
from affectgraph.tools.conflict import USABLE
from affectgraph.tools.emotions import TAXONOMIES
from affectgraph.tools.label_spaces import SPACES
from affectgraph.tools.persona_words import Profile

__all__ = [
    "AppraiseOptions",
    "EmpathyOptions",
    "GatOptions",
    "GatTextOptions",
    "LoadedSettings",
    "PerceiveOptions",
    "ReadingOptions",
    "Roles",
    "Settings",
    "TreeOptions",
    "load_settings",
]

FILE_NAME = "affectgraph.toml"
_PREFIX = "AFFECTGRAPH_"
# Read elsewhere: where this file is, where public data sets lie, and the key of encrypted sessions.
_OTHER_VARIABLES = {_PREFIX + "CONFIG", _PREFIX + "DATA", SESSION_KEY}


class _Options(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Roles(_Options):
    """Which backend does what. `condense` is unset unless a model may put long texts into its own words."""

    perceive: str = "embedded"
    reason: str = "embedded"
    write: str = "embedded"
    judge: str = "embedded"
    condense: str | None = None


class EmpathyOptions(_Options):
    """Options of the graph `empathy`."""

    taxonomy: str = Field(default="counselling12", description=f"one of {', '.join(TAXONOMIES)}")
    reply_tokens: int = Field(default=220, ge=32, le=4096, description="limit of the reply, in tokens")
    answer_tokens: int = Field(default=1000, ge=128, le=8192, description="limit of one structured answer, in tokens")

    @field_validator("taxonomy")
    @classmethod
    def _is_known(cls, name: str) -> str:
        return _known_taxonomy(name)


class ReadingOptions(_Options):
    """Options of the graph `reading`."""

    method: Literal["choose", "prompt", "anchor"] = Field(
        default="choose",
        description="choose: the labels' log-probabilities; prompt: the model writes the label; anchor: the label "
        "whose anchor sentence is nearest to the text, no model",
    )
    corrected: bool = Field(default=True, description="choose: subtract the scores of the question without the text")
    sharpness: float = Field(
        default=20.0, gt=0.0, description="anchor: a cosine times this is a log-probability, up to a constant"
    )


def _weight(of: str) -> Any:
    return Field(
        default=None, ge=0.0, description=f"in the blend, {of}; unset: as fitted for this model, else an equal part"
    )


class AppraiseOptions(_Options):
    """Options of the graph `appraise`."""

    taxonomy: str = Field(default="ekman7", description=f"one of {', '.join(TAXONOMIES)}")
    profile: Profile = Field(
        default="bfi",
        description="what is told of the person: none, mbti (letters), bfi (numbers), words, both (mbti and bfi)",
    )
    perspective: Literal["lived", "read"] = Field(
        default="lived", description="lived: the event happens to the person; read: the person reads about it"
    )
    appraisals: Literal["choose", "fill", "learned"] = Field(
        default="choose",
        description="choose: a closed question for each of the 21; fill: one structured answer, for strong models; "
        "learned: the fitted link reads the event, no chat model (`affectgraph link fit`)",
    )
    evidence: bool = Field(default=True, description="name the words that each rating rests on; needs the embedder")
    corrected: bool = Field(default=True, description="subtract the scores of the question without event and person")
    intensity: bool = Field(default=True, description="ask how strong the emotion is")
    told: bool = Field(default=True, description="tell the model the appraisals before it is asked for the emotion")
    recall: int = Field(default=50, ge=0, le=200, description="episodes that are recalled; 0: no memory")
    told_episodes: int = Field(default=3, ge=0, le=20, description="recalled episodes that the model is told of")
    public: bool = Field(default=True, description="recall public episodes of other people too")
    answer_tokens: int = Field(default=1500, ge=512, le=8192, description="fill: limit of the answer, in tokens")
    link: Path | None = Field(
        default=None, description="the fitted link; unset: DATA_DIR/appraisal_link.json, where there is one"
    )
    weight_model: float | None = _weight("of the model's own distribution")
    weight_link: float | None = _weight("of the link's, from the appraisals")
    weight_words: float | None = _weight("of the link's, straight from the words (with appraisals = learned)")
    weight_memory: float | None = _weight("of what was felt in recalled episodes")

    @field_validator("taxonomy")
    @classmethod
    def _is_known(cls, name: str) -> str:
        return _known_taxonomy(name)


def _known_taxonomy(name: str) -> str:
    if name not in TAXONOMIES:
        raise ValueError(f"unknown taxonomy {name!r}{_nearest(name, TAXONOMIES)}; known: {', '.join(TAXONOMIES)}")
    return name


class TreeOptions(_Options):
    """Options of every graph that builds a tree of hypotheses."""

    labels: str = Field(default="mikels8", description=f"one of {', '.join(SPACES)}")
    hypotheses: int = Field(default=3, ge=1, le=5, description="branches of the tree")
    answer_tokens: int = Field(default=1000, ge=128, le=8192, description="limit of one structured answer, in tokens")

    @field_validator("labels")
    @classmethod
    def _is_known(cls, name: str) -> str:
        if name not in SPACES:
            raise ValueError(f"unknown label space {name!r}{_nearest(name, SPACES)}; known: {', '.join(SPACES)}")
        return name


class GatOptions(TreeOptions):
    """Options of the graph `gat`."""

    mode: Literal["gat", "tree", "scaffold", "cot", "basic", "random"] = Field(
        default="gat",
        description="gat: regions and tree; tree, scaffold: one of them; cot, basic: the baselines; random: gat with "
        "the regions exchanged, the control",
    )
    regions: int = Field(default=8, ge=1, le=26, description="regions of a picture at most")
    calibrate: bool = Field(
        default=True, description="valence and arousal as people rate, where `affectgraph calibrate` fitted a curve"
    )


class GatTextOptions(TreeOptions):
    """Options of the graph `gat_text`."""

    labels: str = Field(default="ekman7", description=f"one of {', '.join(SPACES)}")


class PerceiveOptions(_Options):
    """Options of the graph `perceive`. Unset values of the gate are those that EmoMM published for these modalities."""

    decide: Literal["auto", "experts", "plain", "steer"] = Field(
        default="auto",
        description="experts: the unimodal readings pooled; plain: the multimodal model; steer: the same under CHASE; "
        "auto: the model where it hears or sees, else the experts; steered where the readings conflict and heads were "
        "kept for it",
    )
    corrected: bool = Field(default=True, description="subtract the scores of the question without the clip")
    sampling: FramePolicy = Field(default_factory=UniformFrames, description="which frames of a video are looked at")
    transcribe: bool = Field(default=True, description="read the words out of the sound where none are given")
    usable: float = Field(default=USABLE, ge=0.0, le=1.0, description="reliability from which a reading is compared")
    target: Target | Literal["auto"] = Field(
        default="auto", description="steer: what attention is moved toward; auto: what the heads were chosen for"
    )
    gate: GateKind = Field(default="hard", description="steer: how strength begins at tau")
    eta: float | None = Field(default=None, ge=0.0, le=1.0, description="steer: strength at probability 1")
    tau: float | None = Field(default=None, ge=0.0, le=1.0, description="steer: probability at which the gate opens")
    k: int | None = Field(default=None, ge=1, description="steer: heads in each layer")
    layers: tuple[float, float] | None = Field(
        default=None, description="steer: first and last layer, as shares of the depth; a choice to be validated"
    )
    novelty: float = Field(default=0.0, ge=0.0, le=100.0, description="steer: weight of new tokens inside a modality")
    heads: Literal["auto", "profile", "dominance", "random", "all"] = Field(
        default="auto",
        description="steer: which heads; profile: those that `affectgraph chase profile` kept for this model; "
        "dominance: those that attend most one-sidedly to this clip; auto: the profile where there is one; random, "
        "all: the controls",
    )
    trigger: Literal["auto", "under-use", "conflict", "readings", "always"] = Field(
        default="auto",
        description="steer: what the gate's probability is of; under-use, conflict: by the router that `affectgraph "
        "chase train-router` kept for this model; readings: that two experts differ in sign; auto: the first of "
        "these; always: 1, the control",
    )
    seed: int = Field(default=0, ge=0, description="steer: of the heads of the control `random`")

    @field_validator("layers")
    @classmethod
    def _in_order(cls, layers: tuple[float, float] | None) -> tuple[float, float] | None:
        if layers is not None and not 0.0 <= layers[0] < layers[1] <= 1.0:
            raise ValueError(f"{list(layers)} is no range of layers; give two shares of the depth, e.g. [0.43, 1.0]")
        return layers


def _default_backends() -> dict[str, BackendConfig]:
    return {"embedded": EmbeddedConfig()}


class Settings(BaseSettings):
    """The effective settings of a run."""

    model_config = SettingsConfigDict(extra="forbid", env_prefix=_PREFIX, env_nested_delimiter="__")

    data_dir: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("affectgraph", appauthor=False)),
        description="sessions and consent are kept here",
    )
    backends: dict[str, BackendConfig] = Field(default_factory=_default_backends)
    roles: Roles = Roles()
    embedder: EmbedderConfig = EmbedderConfig()
    transcriber: TranscriberConfig = TranscriberConfig()
    empathy: EmpathyOptions = EmpathyOptions()
    reading: ReadingOptions = ReadingOptions()
    appraise: AppraiseOptions = AppraiseOptions()
    gat: GatOptions = GatOptions()
    gat_text: GatTextOptions = GatTextOptions()
    perceive: PerceiveOptions = PerceiveOptions()
    media: MediaOptions = Field(default_factory=MediaOptions)
    sessions: SessionOptions = SessionOptions()
    tracing: bool = Field(
        default=False, description="let LangSmith trace where its variables say so: it sends texts to its service"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is passed in: `load_settings` merges the layers itself, to know where each value came from."""
        return (init_settings,)

    def backend(self, name: str) -> BackendConfig:
        """The configuration of backend `name`.

        Raises:
            SettingsError: there is no such backend; names the nearest one.
        """
        if name not in self.backends:
            raise SettingsError(
                f"there is no backend {name!r}{_nearest(name, self.backends)}; configured: "
                f"{', '.join(self.backends)} (see `affectgraph backends`)"
            )
        return self.backends[name]


class LoadedSettings(BaseModel):
    """Settings, and where each value came from.

    Attributes:
        origins: dotted key -> `affectgraph.toml`, `environment`, `--set` or `--backend`; defaults are left out.
        file: the settings file that was read, if any.
    """

    settings: Settings
    origins: dict[str, str]
    file: Path | None = None

    def rows(self) -> list[tuple[str, Any, str]]:
        """(dotted key, value, origin) of every setting."""
        values = self.settings.model_dump(mode="json")
        return [(key, value, self.origins.get(key, "default")) for key, value in _leaves(values)]


def load_settings(
    file: Path | None = None,
    *,
    overrides: Sequence[str] = (),
    backend: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> LoadedSettings:
    """Read and merge all layers.

    Args:
        file: a settings file; None looks at `AFFECTGRAPH_CONFIG`, `./affectgraph.toml`, then the user's configuration
            folder.
        overrides: `key=value` with dotted keys; the value is TOML, or else text.
        backend: the backend that takes every role (but `condense`).
        environment: variables to read instead of `os.environ`; for tests.

    Raises:
        SettingsError: a file that is missing or no TOML, an unknown key, a wrong value, or a role without its backend.
    """
    variables = os.environ if environment is None else environment
    found = _find_file(file, variables)
    layers: list[tuple[str, dict[str, Any]]] = [("default", {"backends": {"embedded": {"kind": "embedded"}}})]
    if found:
        layers.append((found.name, _read_file(found)))
    layers.append(("environment", _from_environment(variables)))
    layers.append(("--set", _from_overrides(overrides)))
    if backend is not None:
        roles = {role: backend for role in Roles.model_fields if role != "condense"}
        layers.append(("--backend", {"roles": roles}))
    merged: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for origin, values in layers:
        merged = _merge(merged, values)
        if origin != "default":
            origins |= {key: origin for key, _ in _leaves(values)}
    settings = _validate(merged)
    for role in Roles.model_fields:
        name = getattr(settings.roles, role)
        if name is not None:
            settings.backend(name)
    return LoadedSettings(settings=settings, origins=origins, file=found)


def _find_file(file: Path | None, variables: Mapping[str, str]) -> Path | None:
    named = file or (Path(variables[_PREFIX + "CONFIG"]) if variables.get(_PREFIX + "CONFIG") else None)
    if named is not None:
        if not named.is_file():
            raise SettingsError(f"the settings file {named} does not exist")
        return named
    user = Path(platformdirs.user_config_dir("affectgraph", appauthor=False)) / FILE_NAME
    return next((path for path in (Path(FILE_NAME), user) if path.is_file()), None)


def _read_file(path: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"the settings file {path} cannot be read: {error}") from error
    # Paths in a file are relative to that file, wherever the command is run.
    _resolve(values, ("data_dir",), path.parent)
    backends = values.get("backends")
    for options in backends.values() if isinstance(backends, dict) else ():
        if isinstance(options, dict) and options.get("kind", "embedded") in ("embedded", "scripted"):
            _resolve(options, ("model", "mmproj", "path"), path.parent)
    media = values.get("media")
    if isinstance(media, dict) and isinstance(media.get("roots"), list):
        media["roots"] = [
            str(path.parent / Path(root).expanduser()) if isinstance(root, str) else root for root in media["roots"]
        ]
    for section, key in (("embedder", "model"), ("transcriber", "model"), ("appraise", "link")):
        if isinstance(values.get(section), dict):
            _resolve(values[section], (key,), path.parent)
    return values


def _resolve(options: dict[str, Any], keys: Sequence[str], folder: Path) -> None:
    for key in keys:
        if isinstance(options.get(key), str):  # validation reports anything else
            options[key] = str(folder / Path(options[key]).expanduser())


def _from_environment(variables: Mapping[str, str]) -> dict[str, Any]:
    for name in variables:
        first = name.removeprefix(_PREFIX).split("__")[0].lower()
        if name.startswith(_PREFIX) and name not in _OTHER_VARIABLES and first not in Settings.model_fields:
            raise SettingsError(f"the environment variable {name} sets nothing{_nearest(first, Settings.model_fields)}")
    source = EnvSettingsSource(Settings)
    source.env_vars = {name.lower(): value for name, value in variables.items()}
    try:
        return dict(source())
    except SourceError as error:
        raise SettingsError(
            f"environment variables {_PREFIX}*: {error}; give a whole table as JSON, or one key each, e.g. "
            f"{_PREFIX}ROLES__WRITE=embedded"
        ) from error


def _from_overrides(overrides: Sequence[str]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for override in overrides:
        key, equals, text = override.partition("=")
        if not equals or not key.strip():
            raise SettingsError(f"--set {override!r} is not of the form key=value, e.g. --set empathy.reply_tokens=120")
        value: Any = _toml_value(text.strip())
        for part in reversed(key.strip().split(".")):
            value = {part: value}
        merged = _merge(merged, value)
    return merged


def _toml_value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _merge(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(old)
    for key, value in new.items():
        known = merged.get(key)
        merged[key] = _merge(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return merged


def _leaves(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _validate(merged: dict[str, Any]) -> Settings:
    try:
        return Settings(**merged)
    except ValidationError as error:
        raise SettingsError("; ".join(_sentence(item) for item in error.errors()[:3])) from None


def _sentence(item: Any) -> str:
    location = list(item["loc"])
    # pydantic puts the tag of a union into the place; the file has no such level.
    if location[:1] == ["backends"] and len(location) > 2 and location[2] in KINDS:
        kind = location.pop(2)
        valid = _fields_at(location[2:-1], KINDS[kind])
    else:
        valid = _fields_at(location[:-1], Settings)
    key = ".".join(map(str, location))
    if item["type"] == "extra_forbidden":
        return f"unknown setting {key!r}{_nearest(str(location[-1]), valid)}"
    if item["type"] in ("union_tag_not_found", "union_tag_invalid"):
        return f"setting {key!r} needs kind = one of {', '.join(KINDS)}"
    return f"setting {key!r}: {item['msg']}"


def _fields_at(location: Sequence[Any], model: Any) -> Mapping[str, Any]:
    for part in location:
        field = model.model_fields.get(part) if hasattr(model, "model_fields") else None
        model = field.annotation if field else None
    return getattr(model, "model_fields", {})


def _nearest(key: str, valid: Mapping[str, Any]) -> str:
    close = difflib.get_close_matches(key, list(valid), n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else ""
