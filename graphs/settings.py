"""Settings: one typed file, `affectgraph.toml`, overridden by environment and command line.

Order, later wins: defaults, the file, `AFFECTGRAPH_*` variables (`__` between levels, e.g.
`AFFECTGRAPH_ROLES__WRITE`), and `--set key=value`. The options of each floor are defined there and composed here.
Secrets are never in the file: a backend names the environment variable that holds its key.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import platformdirs
from pydantic import BaseModel, Field, ValidationError
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
from affectgraph.graphs.options import (
    AppraiseOptions,
    CounselOptions,
    EmpathyOptions,
    GatOptions,
    GatTextOptions,
    PerceiveOptions,
    ReadingOptions,
    Roles,
    nearest,
)
from affectgraph.graphs.session_options import SESSION_KEY, SessionOptions

__all__ = ["LoadedSettings", "Settings", "load_settings"]

FILE_NAME = "affectgraph.toml"
_PREFIX = "AFFECTGRAPH_"
# Read elsewhere: where this file is, where public data sets lie, and the key of encrypted sessions.
_OTHER_VARIABLES = {_PREFIX + "CONFIG", _PREFIX + "DATA", SESSION_KEY}


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
    counsel: CounselOptions = Field(default_factory=CounselOptions)
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
                f"there is no backend {name!r}{nearest(name, self.backends)}; configured: "
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
            raise SettingsError(f"the environment variable {name} sets nothing{nearest(first, Settings.model_fields)}")
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
        return f"unknown setting {key!r}{nearest(str(location[-1]), valid)}"
    if item["type"] in ("union_tag_not_found", "union_tag_invalid"):
        return f"setting {key!r} needs kind = one of {', '.join(KINDS)}"
    return f"setting {key!r}: {item['msg']}"


def _fields_at(location: Sequence[Any], model: Any) -> Mapping[str, Any]:
    for part in location:
        field = model.model_fields.get(part) if hasattr(model, "model_fields") else None
        model = field.annotation if field else None
    return getattr(model, "model_fields", {})
