"""What an answer depends on, as a key: an answer kept under a key is the answer that would be made now.

The key is the SHA-256 of a JSON object whose fields are readable; changing any of them misses. It covers the graph and
the source of every module it can reach, the prompt files, the options, what was left out, the condition, for each role
the model with its revision, engine version and configuration (decoding and seed in it; a steering plan too, once one
is an option), the embedder, the calibration, the data set's revision, the input, and the epoch.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import json
from collections.abc import Collection
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from affectgraph.backends.base import Backend
from affectgraph.backends.config import BackendConfig
from affectgraph.graphs.recipes import Recipe
from affectgraph.graphs.settings import Settings
from affectgraph.graphs.steps import Models

__all__ = ["code_revision", "key", "prompts_revision", "run_fields"]

_ROOT = "affectgraph"
# What runs every graph, beside its own module.
_RUNS = ("affectgraph.graphs.running", "affectgraph.backends.opening")
# What a configuration says about waiting, paying and permission changes no answer.
_WITHOUT_EFFECT = (
    "api_key_env",
    "consent",
    "timeout_s",
    "max_retries",
    "concurrency",
    "max_tokens_per_run",
    "max_cost_per_run",
    "price_in",
    "price_out",
)
_ENGINES = {"embedded": ("xllamacpp",), "transformers": ("torch", "transformers"), "remote": (), "scripted": ()}
_ALWAYS = ("instructor", "langchain-core")
_EMBEDDING = ("torch", "transformers")


def key(fields: dict[str, Any]) -> str:
    """SHA-256 of the fields as canonical JSON, 64 hexadecimal digits."""
    return hashlib.sha256(json.dumps(fields, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def run_fields(recipe: Recipe, models: Models, settings: Settings, without: Collection[str]) -> dict[str, Any]:
    """The fields that all answers of one run share.

    Args:
        recipe: the graph.
        models: its backends, opened.
        settings: what they were opened with.
        without: nodes that are left out.
    """
    options = getattr(settings, recipe.section)
    roles = [*recipe.roles, *(["condense"] if settings.roles.condense else [])]
    return {
        "graph": recipe.name,
        "code": code_revision((recipe.build.__module__, *_RUNS)),
        "prompts": prompts_revision(recipe.prompts),
        # Where the link lies changes no answer; what it says does, below.
        "options": options.model_dump(mode="json", exclude={"link"}),
        "without": sorted(without),
        "backends": {role: _backend(getattr(models, role), settings) for role in roles},
        "embedder": {"identity": models.embedder().identity, **_versions(_EMBEDDING)}
        if recipe.embeds(options)
        else None,
        "link": _link(models) if recipe.links(options) else None,
        "calibration": _calibration(recipe, models, options) if recipe.calibrates(options) else None,
        **({"steering": _steering(models)} if recipe.steers(options) else {}),
        "packages": _versions(_ALWAYS),
    }


def _backend(backend: Backend, settings: Settings) -> dict[str, Any]:
    config = settings.backends.get(backend.label)
    return {"identity": backend.identity, **(_configured(config) if config else {})}


def _configured(config: BackendConfig) -> dict[str, Any]:
    said = config.model_dump(mode="json", exclude=set(_WITHOUT_EFFECT))
    return {"config": said, "engines": _versions(_ENGINES[config.kind])}


def _link(models: Models) -> str | None:
    """First 16 digits of a SHA-256 over the fitted link, but for the day and the figures of its fit."""
    link = models.link()
    if link is None:
        return None
    said = link.model_dump_json(exclude={"source": {"fitted", "versions"}, "metrics": True})
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _calibration(recipe: Recipe, models: Models, options: Any) -> list[Any]:
    """The curves that may be applied to these models in this mode, each with its label space."""
    identity = models.identity(recipe.roles)
    known = [one for one in models.calibrations().entries if (one.identity, one.mode) == (identity, options.mode)]
    return [one.model_dump(mode="json", include={"labels", "curves", "fitted_on"}) for one in known]


def _steering(models: Models) -> list[str]:
    """What was kept of the heads of the model that perceives, and of when to steer it, in the order of the files."""
    identity = models.perceive.identity
    kept = [one.model_dump_json() for one in models.profiles().entries if one.identity == identity]
    kept += [one.model_dump_json() for one in models.routers().entries if one.identity == identity]
    return [hashlib.sha256(one.encode()).hexdigest()[:16] for one in kept]


def _versions(packages: Collection[str]) -> dict[str, str | None]:
    return {name: _version(name) for name in packages}


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


@cache
def prompts_revision(folders: Collection[str]) -> str:
    """First 16 digits of a SHA-256 over the prompt files of `folders`, names and contents."""
    from affectgraph import prompts

    root = Path(str(prompts.__file__)).parent
    return _digest(path for folder in sorted(folders) for path in sorted((root / folder).glob("*.md")))


@cache
def code_revision(modules: tuple[str, ...]) -> str:
    """First 16 digits of a SHA-256 over the source of `modules` and of every module of this project that they import.

    Imports inside functions count too. What a module reads from a file beside it (tables and weights of the safety
    screen) counts with it: all TOML and NPZ files of the folders concerned are part of the digest.
    """
    files = {path for name in _reachable(modules) for path in _sources(name)}
    return _digest(sorted(files))


def _sources(module: str) -> list[Path]:
    path = _path(module)
    return [path, *path.parent.glob("*.toml"), *path.parent.glob("*.npz")] if path else []


def _digest(paths: Any) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _reachable(modules: tuple[str, ...]) -> set[str]:
    seen: set[str] = set()
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        path = _path(name)
        if name in seen or path is None:
            continue
        seen.add(name)
        waiting += _imports(path)
    return seen


def _imports(path: Path) -> list[str]:
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return [name for name in found if name.startswith(f"{_ROOT}.")]


@cache
def _path(module: str) -> Path | None:
    try:
        spec = importlib.util.find_spec(module)
    except ModuleNotFoundError:  # `package.module.name`: a name inside a module
        return None
    return Path(spec.origin) if spec and spec.origin else None
