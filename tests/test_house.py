"""The rules of the house, read from the source: floors, forbidden calls, lengths of files and functions."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# From the top floor down; a folder imports from its own floor and those below it.
FLOORS = ("agents", "evals", "graphs", "tools", "backends", "prompts")
FILES = sorted(path for folder in FLOORS for path in (ROOT / folder).rglob("*.py"))
PICKLES = {"pickle", "cPickle", "_pickle", "cloudpickle", "dill", "shelve", "joblib"}
LONGEST_FILE = 500
LONGEST_FUNCTION = 60

Trees = dict[Path, ast.Module]


def imported(tree: ast.AST) -> Iterator[str]:
    """The dotted names that a module imports; a relative import begins with a dot."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            # `from affectgraph import graphs` names a floor too.
            yield from (f"{module}.{alias.name}" for alias in node.names)


def above(tree: ast.AST, folder: str) -> list[str]:
    """Imports of `affectgraph` from above `folder`, or of no floor at all, and relative imports."""
    allowed = FLOORS[FLOORS.index(folder) :]
    wrong = []
    for name in imported(tree):
        parts = name.split(".")
        if parts[0] == "" or (parts[0] == "affectgraph" and (len(parts) == 1 or parts[1] not in allowed)):
            wrong.append(name)
    return wrong


def pickling(tree: ast.AST) -> list[str]:
    return [name for name in imported(tree) if name.split(".")[0] in PICKLES]


def printing(tree: ast.AST) -> list[str]:
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [f"line {func.lineno}" for func in calls if isinstance(func, ast.Name) and func.id == "print"]


def _trusts(node: ast.AST) -> bool:
    pairs: list[tuple[object, ast.AST | None]] = []
    if isinstance(node, ast.keyword):
        pairs.append((node.arg, node.value))
    elif isinstance(node, ast.Dict):
        pairs += [(getattr(key, "value", None), value) for key, value in zip(node.keys, node.values, strict=True)]
    elif isinstance(node, ast.Assign):
        pairs += [(getattr(target, "id", None) or getattr(target, "attr", None), node.value) for target in node.targets]
    elif isinstance(node, ast.AnnAssign):
        value = node.value
        if isinstance(value, ast.Call):  # a field's default
            given = [*value.args, *(item.value for item in value.keywords if item.arg == "default")]
            value = given[0] if given else None
        pairs.append((getattr(node.target, "id", None), value))
    return any(
        name == "trust_remote_code" and isinstance(value, ast.Constant) and value.value is True for name, value in pairs
    )


def trusting(tree: ast.AST) -> list[str]:
    return [f"line {getattr(node, 'lineno', '?')}" for node in ast.walk(tree) if _trusts(node)]


def long_functions(tree: ast.AST) -> list[str]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > LONGEST_FUNCTION:
                found.append(f"{node.name}: {length} lines")
    return found


@pytest.fixture(scope="module")
def trees() -> Trees:
    """The path of every file, from the root of the repository, and what it holds."""
    return {path.relative_to(ROOT): ast.parse(path.read_text(encoding="utf-8"), str(path)) for path in FILES}


def offenders(found: dict[Path, list[str]]) -> dict[str, list[str]]:
    return {str(path): wrong for path, wrong in found.items() if wrong}


def test_the_rules_read_every_floor() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in FILES} == set(FLOORS)


def test_a_folder_imports_only_from_its_floor_and_those_below(trees: Trees) -> None:
    found = {path: above(tree, path.parts[0]) for path, tree in trees.items()}
    assert offenders(found) == {}


@pytest.mark.parametrize("rule", [pickling, printing, trusting, long_functions])
def test_nothing_is_pickled_printed_trusted_or_long(rule: Callable[[ast.AST], list[str]], trees: Trees) -> None:
    assert offenders({path: rule(tree) for path, tree in trees.items()}) == {}


def test_a_file_is_short() -> None:
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    assert {str(path): count for path, count in lines.items() if count > LONGEST_FILE} == {}


# --- the rules themselves --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("folder", "source", "wrong"),
    [
        ("tools", "import affectgraph.graphs.settings", ["affectgraph.graphs.settings"]),
        ("tools", "from affectgraph.graphs import load", ["affectgraph.graphs.load"]),
        ("tools", "from affectgraph import graphs", ["affectgraph.graphs"]),
        (
            "prompts",
            "def f():\n    from affectgraph.backends.base import Backend",
            ["affectgraph.backends.base.Backend"],
        ),
        ("backends", "if TYPE_CHECKING:\n    import affectgraph.tools.depth as d", ["affectgraph.tools.depth"]),
        ("graphs", "from affectgraph.evals import x", ["affectgraph.evals.x"]),
        ("evals", "from affectgraph.agents import x", ["affectgraph.agents.x"]),
        ("agents", "import affectgraph", ["affectgraph"]),
        ("tools", "from .segments import quote", [".segments.quote"]),
        ("tools", "from affectgraph.tools.a import b; from affectgraph.backends import c; import re", []),
        ("agents", "from affectgraph.graphs import load; from affectgraph.prompts import prompt", []),
    ],
)
def test_an_import_from_above_is_found(folder: str, source: str, wrong: list[str]) -> None:
    assert above(ast.parse(source), folder) == wrong


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        (pickling, "import pickle"),
        (pickling, "def f():\n    from pickle import loads"),
        (pickling, "import joblib.externals"),
        (printing, "def f():\n    print(1)"),
        (trusting, "load(x, trust_remote_code=True)"),
        (trusting, "load(x, **{'trust_remote_code': True})"),
        (trusting, "class A:\n    trust_remote_code: bool = True"),
        (trusting, "class A:\n    trust_remote_code: bool = Field(default=True)"),
        (trusting, "class A:\n    trust_remote_code: bool = Field(True)"),
        (trusting, "options.trust_remote_code = True"),
        (long_functions, "async def f():\n" + "    x = 1\n" * LONGEST_FUNCTION),
        (long_functions, "class A:\n    def f(self):\n" + "        x = 1\n" * LONGEST_FUNCTION),
    ],
)
def test_what_is_forbidden_is_found(rule: Callable[[ast.AST], list[str]], source: str) -> None:
    assert len(rule(ast.parse(source))) == 1


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        (pickling, "import json"),
        (printing, "console.print(1)"),
        (trusting, "load(x, trust_remote_code=config.trust_remote_code)"),
        (trusting, "class A:\n    trust_remote_code: bool = Field(default=False, description='d')"),
        (long_functions, "def f():\n" + "    x = 1\n" * (LONGEST_FUNCTION - 1)),
    ],
)
def test_what_is_allowed_is_left_alone(rule: Callable[[ast.AST], list[str]], source: str) -> None:
    assert rule(ast.parse(source)) == []
