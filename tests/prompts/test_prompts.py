"""Prompt files: front matter, exact variables, and every file on disk in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectgraph.prompts import Prompt, PromptError, _files, prompt, prompt_names

LANGUAGES = {"en", "zh"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty prompt folder in the place of ours."""
    monkeypatch.setattr(_files, "_FOLDER", tmp_path)
    prompt.cache_clear()
    yield tmp_path
    prompt.cache_clear()


def write(folder: Path, head: str, body: str = "Say {{what}}.", name: str = "greet.en.md") -> None:
    (folder / name).write_text(f"---\n{head}\n---\n{body}\n", encoding="utf-8")


def made(body: str, *variables: str) -> Prompt:
    return Prompt(name="test/own", version=3, language="en", variables=frozenset(variables), body=body)


def test_a_file_becomes_a_prompt(folder: Path) -> None:
    write(folder, 'name: greet\nversion: 4\nlanguage: en\nvariables: [what]\nlead: "I say"', "\nSay {{what}}.\n\n")
    found = prompt("greet", "en")
    assert found == Prompt("greet", 4, "en", frozenset({"what"}), "Say {{what}}.", lead="I say")
    assert found.reference == "greet@4.en"
    assert found.render(what="hello") == "Say hello."


def test_lead_anchor_and_variables_may_be_left_out(folder: Path) -> None:
    write(folder, "name: greet\nversion: 1\nlanguage: en", "Say nothing.")
    found = prompt("greet", "en")
    assert (found.lead, found.anchor, found.variables) == ("", "", frozenset())


def test_an_anchor_stands_for_an_option_and_may_use_the_variables(folder: Path) -> None:
    write(folder, 'name: greet\nversion: 1\nlanguage: en\nvariables: [what]\nanchor: "{{what}}: I am {{ option }}."')
    assert prompt("greet", "en").anchored("glad", what="Hi") == "Hi: I am glad."
    assert prompt("greet", "en").anchored("{{what}}", what="{{option}}") == "{{option}}: I am {{what}}."


def test_an_anchor_may_leave_the_variables_out_but_not_its_caller(folder: Path) -> None:
    write(folder, 'name: greet\nversion: 1\nlanguage: en\nvariables: [what]\nanchor: "I am {{option}}."')
    assert prompt("greet", "en").anchored("glad", what="Hi") == "I am glad."
    with pytest.raises(PromptError, match=r"greet@1\.en: missing \['what'\], unknown \['more'\]"):
        prompt("greet", "en").anchored("glad", more="Hi")


@pytest.mark.parametrize("anchor", ["I am well.", "I say {{what}}.", "I am {{option}} with {{whom}}."])
def test_an_anchor_without_its_option_or_with_a_foreign_variable_is_refused(folder: Path, anchor: str) -> None:
    write(folder, f'name: greet\nversion: 1\nlanguage: en\nvariables: [what]\nanchor: "{anchor}"')
    with pytest.raises(PromptError, match=r"prompt file greet\.en\.md: name, language or variables do not match"):
        prompt("greet", "en")


def test_a_rule_in_the_body_is_no_front_matter(folder: Path) -> None:
    write(folder, "name: greet\nversion: 1\nlanguage: en", "Above.\n---\nBelow.")
    assert prompt("greet", "en").body == "Above.\n---\nBelow."


@pytest.mark.parametrize(("name", "language"), [("greet", "zh"), ("missing", "en")])
def test_a_missing_file_is_named(folder: Path, name: str, language: str) -> None:
    write(folder, "name: greet\nversion: 1\nlanguage: en", "Say nothing.")
    with pytest.raises(PromptError, match=f"no prompt '{name}' in language '{language}'"):
        prompt(name, language)


@pytest.mark.parametrize(
    "head",
    [
        "name: other\nversion: 1\nlanguage: en\nvariables: [what]",
        "name: greet\nversion: 1\nlanguage: zh\nvariables: [what]",
        "name: greet\nversion: 1\nlanguage: en\nvariables: []",
        "name: greet\nversion: 1\nlanguage: en\nvariables: [what, more]",
        "version: 1\nlanguage: en\nvariables: [what]",
        "name: greet\nversion: newest\nlanguage: en\nvariables: [what]",
        "name: greet\nlanguage: en\nvariables: [what]",
        "name: [greet",
        "just words",
        "",
    ],
    ids=[
        "name of another file",
        "language of another file",
        "variable not declared",
        "variable not used",
        "no name",
        "version is no number",
        "no version",
        "no YAML",
        "no mapping",
        "empty",
    ],
)
def test_wrong_front_matter_names_the_file(folder: Path, head: str) -> None:
    write(folder, head)
    with pytest.raises(PromptError, match=r"prompt file greet\.en\.md"):
        prompt("greet", "en")


def test_a_file_without_front_matter_is_refused(folder: Path) -> None:
    (folder / "greet.en.md").write_text("Say nothing.\n", encoding="utf-8")
    with pytest.raises(PromptError, match="no front matter"):
        prompt("greet", "en")


def test_names_come_from_the_folders(folder: Path) -> None:
    (folder / "deep").mkdir()
    for name in ("b.zh.md", "a.en.md", "deep/c.en.md"):
        write(folder, "x: y", name=name)
    assert prompt_names() == [("a", "en"), ("b", "zh"), ("deep/c", "en")]


@pytest.mark.parametrize("values", [{}, {"one": 1}, {"one": 1, "two": 2, "three": 3}, {"one": 1, "tow": 2}])
def test_the_variables_must_be_exactly_those_declared(values: dict[str, int]) -> None:
    with pytest.raises(PromptError, match=r"test/own@3\.en"):
        made("{{one}} {{two}}", "one", "two").render(**values)


def test_an_error_names_what_is_missing_and_what_is_unknown() -> None:
    with pytest.raises(PromptError, match=r"missing \['two'\], unknown \['tow'\]"):
        made("{{one}} {{two}}", "one", "two").render(one=1, tow=2)


def test_every_place_of_a_variable_is_filled() -> None:
    assert made("{{a}}, {{ a }} and {{a }}{{b}}", "a", "b").render(a="x", b=7) == "x, x and x7"


@given(st.text(), st.text())
@settings(deadline=None)
def test_a_value_is_put_in_as_it_is(one: str, two: str) -> None:
    assert made("<{{one}}|{{two}}>", "one", "two").render(one=one, two=two) == f"<{one}|{two}>"


@pytest.mark.parametrize("value", ["{{two}}", "{{ two }}", "{{one}}", "{two}", "{% x %}", r"\1 \g<0>", "%s {0}"])
def test_braces_inside_a_value_stay_text(value: str) -> None:
    assert made("{{one}} {{two}}", "one", "two").render(one=value, two="secret") == f"{value} secret"


@pytest.mark.parametrize(("name", "language"), prompt_names())
def test_every_prompt_on_disk_loads_and_renders(name: str, language: str) -> None:
    found = prompt(name, language)
    assert found.version >= 1
    assert found.body
    rendered = found.render(**{variable: f"<{variable}>" for variable in found.variables})
    assert "{{" not in rendered
    assert all(f"<{variable}>" in rendered for variable in found.variables)


def test_every_prompt_has_both_languages_with_the_same_contract() -> None:
    names = prompt_names()
    assert names
    for name in {name for name, _ in names}:
        assert {language for other, language in names if other == name} == LANGUAGES, name
        english, chinese = prompt(name, "en"), prompt(name, "zh")
        assert english.variables == chinese.variables, name
        assert bool(english.lead) == bool(chinese.lead), name
        assert bool(english.anchor) == bool(chinese.anchor), name
