"""Personas at the terminal: make one from numbers or from ten questions, show, list and score it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from affectgraph.backends.errors import Stopped
from affectgraph.tools.persona import TRAITS, Persona, PersonaError, Provenance, level, persona_from
from affectgraph.tools.personas import PersonaStore
from affectgraph.tools.questionnaires import (
    KEYS,
    TIPI,
    TIPI_COLUMNS,
    AnswerError,
    Questionnaire,
    read_answers,
    read_key,
    tipi_answers,
)

__all__ = ["list_personas", "new_persona", "score_answers", "show_persona"]

_BAR = 24
_CAUTION = (
    "A self-description on five scales, 0 to 1, and no diagnosis: it says nothing about health, ability or worth."
)


def new_persona(
    data_dir: Path, name: str, stated: Mapping[str, Any], *, questionnaire: bool = False, replace: bool = False
) -> None:
    """Make a persona of what is stated, or of the answers to the ten questions of the TIPI, and show it.

    Args:
        data_dir: the data folder of the settings.
        name: name of the new persona.
        stated: traits, `mbti`, `language` and `note`; None where nothing was said.
        questionnaire: ask the ten questions; then no trait may be stated.
        replace: take the place of a persona of that name.

    Raises:
        InputError: a value is wrong, nothing is given, or the name is in use. Checked before the first question.
        Stopped: left with Ctrl-C or at the end of input; nothing is written.
    """
    given = {field: value for field, value in stated.items() if value is not None}
    numbers = [trait for trait in TRAITS if trait in given]
    if questionnaire and numbers:
        raise PersonaError(f"--questionnaire measures {numbers[0]}; leave out --{numbers[0]}, or the questionnaire")
    if not (questionnaire or numbers or "mbti" in given):
        raise PersonaError(
            f"nothing is known of {name!r}; give a trait (e.g. --openness 0.7), --mbti, or --questionnaire"
        )
    store = PersonaStore(data_dir)
    persona = _persona(name, given, "stated")
    if not replace and os.path.lexists(store.path(name)):
        raise PersonaError(store.taken(name))
    if questionnaire:
        traits = TIPI.score(_ask())
        provenance: dict[str, Provenance] = dict.fromkeys(traits, "questionnaire")
        if persona.mbti:
            provenance["mbti"] = "stated"
        persona = persona_from({"name": name, **given, **traits, "provenance": provenance}, "the persona")
    path = store.save(persona, replace=replace)
    _show(persona)
    Console().print(Text(f"Kept in {path}"), soft_wrap=True)


def _persona(name: str, values: Mapping[str, Any], provenance: Provenance) -> Persona:
    known = [field for field in (*TRAITS, "mbti") if field in values]
    return persona_from({"name": name, **values, "provenance": dict.fromkeys(known, provenance)}, "the persona")


def _ask() -> dict[str, object]:
    """The answers to the ten questions; at a terminal a wrong one is asked again, elsewhere it is an error."""
    at_terminal = sys.stdin.isatty()
    console = Console()
    if at_terminal:
        console.print("I see myself as ...   1 disagree strongly, 4 neither, 7 agree strongly; Ctrl-C leaves.\n")
    answers: dict[str, object] = {}
    while len(answers) < len(TIPI.items):
        number = len(answers)
        item = TIPI.items[number]
        try:
            if at_terminal:
                console.print(Text(f"{item.id:>2}. {item.text:<36} 1-7: "), end="")
            line = sys.stdin.readline()
        except KeyboardInterrupt:
            line = ""
        except UnicodeDecodeError:
            raise AnswerError("standard input is not text; give ten lines, each a number from 1 to 7") from None
        if not line:
            if at_terminal:
                console.print()
            raise Stopped(
                f"stopped at question {number + 1} of {len(TIPI.items)}; nothing is written. Start again, or give ten "
                "lines on standard input, each a number from 1 to 7"
            )
        try:
            answers[item.id] = TIPI.answer(number, line.strip())
        except AnswerError as error:
            if not at_terminal:
                raise
            console.print(Text(str(error), style="yellow"))
    return answers


def show_persona(data_dir: Path, name: str) -> None:
    """Draw a stored persona: five bars, each with where it comes from.

    Raises:
        PersonaError: it is not stored, or cannot be read.
    """
    _show(PersonaStore(data_dir).load(name))


def _show(persona: Persona) -> None:
    console = Console()
    title = Text(persona.name, style="bold")
    if persona.mbti:
        title.append(f" · {persona.mbti} ({persona.provenance.mbti})", style="not bold")
    if persona.language:
        title.append(f" · {persona.language}", style="not bold")
    console.print(title)
    console.print(_bars(persona.traits, persona.provenance.model_dump()))
    if persona.note:
        console.print(Text(f"Note: {persona.note}"))
    console.print(Text(_CAUTION, style="dim"))
    if "inferred" in persona.provenance.model_dump().values():
        console.print(Text("What is marked inferred was not said by the person.", style="dim"))


def _bars(traits: Mapping[str, float], provenance: Mapping[str, str | None]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    for trait in TRAITS:
        if trait not in traits:
            table.add_row(trait, Text("unknown", style="dim"), "", "", "")
            continue
        value = traits[trait]
        bar = Text("█" * round(value * _BAR), style="cyan").append("·" * (_BAR - round(value * _BAR)), style="dim")
        table.add_row(trait, bar, f"{value:.2f}", level(value), provenance[trait] or "")
    return table


def list_personas(data_dir: Path) -> None:
    """Print name, what is known, where it comes from; never the note. A damaged file gets its row."""
    store = PersonaStore(data_dir)
    table = Table("persona", "traits", "mbti", "from", box=None, header_style="bold")
    for name in store.names():
        try:
            persona = store.load(name)
        except PersonaError:
            table.add_row(name, "cannot be read: `affectgraph persona show` says why", "", "")
            continue
        sources = sorted({source for source in persona.provenance.model_dump().values() if source})
        table.add_row(name, f"{len(persona.traits)} of {len(TRAITS)}", persona.mbti or "-", ", ".join(sources))
    console = Console()
    if table.row_count:
        console.print(table)
    else:
        console.print("No persona is stored. `affectgraph persona new` makes one.")


def score_answers(
    data_dir: Path,
    file: Path,
    *,
    key: str = TIPI.name,
    save: str | None = None,
    replace: bool = False,
    as_json: bool = False,
) -> None:
    """Print the traits of one person's raw answers, and keep them as a persona if asked to; never the answers.

    Args:
        data_dir: the data folder of the settings.
        file: CSV or JSON; `questionnaires.read_answers` says which layouts.
        key: one of `KEYS`, or the path of a key file.
        save: name of the persona to make.
        replace: take the place of a persona of that name.
        as_json: print JSON and nothing else.

    Raises:
        InputError: the file, an answer, the key or the name cannot be used.
    """
    chosen = _key(key)
    answers = read_answers(file)
    if chosen is TIPI and set(TIPI_COLUMNS) & set(answers):
        answers = tipi_answers(answers)
    traits = chosen.score(answers)
    kept: Path | None = None
    if save is not None:
        kept = PersonaStore(data_dir).save(_persona(save, traits, "questionnaire"), replace=replace)
    if as_json:
        sys.stdout.write(json.dumps({trait: traits.get(trait) for trait in TRAITS}, indent=2) + "\n")
        return
    console = Console()
    console.print(_bars(traits, dict.fromkeys(traits, chosen.name)))
    console.print(Text(_CAUTION, style="dim"))
    if kept:
        console.print(Text(f"Kept in {kept}"), soft_wrap=True)


def _key(name: str) -> Questionnaire:
    if name in KEYS:
        return KEYS[name]
    if not Path(name).is_file():
        raise AnswerError(f"there is no key {name!r}; give {', '.join(KEYS)}, or the path of a key file")
    return read_key(Path(name))
