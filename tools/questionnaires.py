"""Big Five traits from raw questionnaire answers: TIPI, Mini-IPIP, and any key given as a table.

Sources: TIPI (Gosling, Rentfrow & Swann 2003, J. Res. Pers. 37, 504-528; the authors let it be used without asking):
ten items from 1 to 7. Mini-IPIP (Donnellan, Oswald, Baird & Lucas 2006; the items are of the International Personality
Item Pool, ipip.ori.org, public domain): twenty items from 1 to 5. Its key was checked against
ipip.ori.org/MiniIPIPKey.htm, its order against the appendix as libretexts.org reprints it.

A trait is the mean of its items, reversed ones as low + high - answer, rescaled by (mean - low) / (high - low) into
[0, 1]. Our choices: the rescaling (no norms are used, so 0.5 is the middle of the scale, not of a population);
neuroticism is emotional stability reversed; nothing is imputed, so one missing answer refuses the whole sheet.
Ten or twenty items say little about one person: a coarse self-description and no diagnosis.

A key file is TOML; `trait` is one of the five, or `emotional_stability`::

    name = "my-key"
    low = 1
    high = 5
    [[item]]
    id = "1"
    trait = "extraversion"
    reverse = false
    text = "Am the life of the party."   # optional
"""

from __future__ import annotations

import csv
import io
import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from affectgraph.backends.errors import InputError
from affectgraph.tools.persona import TRAITS

__all__ = [
    "KEYS",
    "MINI_IPIP",
    "TIPI",
    "TIPI_COLUMNS",
    "AnswerError",
    "Item",
    "Questionnaire",
    "read_answers",
    "read_key",
    "tipi_answers",
]

_LIMIT = 1_000_000


class AnswerError(InputError):
    """An answer, a sheet of answers or a key cannot be used."""


@dataclass(frozen=True)
class Item:
    """One question.

    Attributes:
        id: what the answers call it.
        trait: one of `TRAITS`.
        reverse: agreeing means less of the trait.
        text: the words of the question, if they are known.
    """

    id: str
    trait: str
    reverse: bool
    text: str = ""


@dataclass(frozen=True)
class Questionnaire:
    """A scoring key: `items`, each answered with a whole number from `low` to `high`."""

    name: str
    low: int
    high: int
    items: tuple[Item, ...]

    def item(self, number: int) -> str:
        """How an error names the item at `number`, from 0."""
        item = self.items[number]
        return f"item {item.id} ({item.text!r})" if item.text else f"item {item.id}"

    def answer(self, number: int, value: object) -> int:
        """One raw answer to the item at `number`, from 0: a whole number, or text that is one (`5`, `5.0`).

        Raises:
            AnswerError: no whole number from `low` to `high`; names the item.
        """
        try:
            found = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else None
        except (ValueError, OverflowError):
            found = None
        if found is None or not found.is_integer() or not self.low <= found <= self.high:
            raise AnswerError(
                f"{self.name}: the answer to {self.item(number)} is {_short(value)}; give a whole number from "
                f"{self.low} to {self.high}"
            )
        return int(found)

    def score(self, answers: Mapping[str, object]) -> dict[str, float]:
        """The traits that this key measures, each in [0, 1], in the order of `TRAITS`.

        Args:
            answers: item id -> raw answer, reversed items as they were answered.

        Raises:
            AnswerError: an answer is missing, out of range, or to an item that is not in the key; names the item.
        """
        known = {item.id for item in self.items}
        for name in answers:
            if name not in known:
                raise AnswerError(
                    f"{self.name} has no item {_short(name)}; its items are {', '.join(item.id for item in self.items)}"
                )
        keyed: dict[str, list[int]] = {}
        for number, item in enumerate(self.items):
            if answers.get(item.id) in (None, ""):
                raise AnswerError(
                    f"{self.name}: the answer to {self.item(number)} is missing; give all {len(self.items)}, each a "
                    f"whole number from {self.low} to {self.high}"
                )
            value = self.answer(number, answers[item.id])
            keyed.setdefault(item.trait, []).append(self.low + self.high - value if item.reverse else value)
        return {
            trait: (sum(keyed[trait]) / len(keyed[trait]) - self.low) / (self.high - self.low)
            for trait in TRAITS
            if trait in keyed
        }


def _items(rows: Iterable[tuple[str, bool, str]]) -> tuple[Item, ...]:
    return tuple(Item(str(number), trait, reverse, text) for number, (trait, reverse, text) in enumerate(rows, 1))


# Items 4 and 9 measure emotional stability as 4R and 9; of neuroticism they are 4 and 9R.
TIPI = Questionnaire(
    "tipi",
    1,
    7,
    _items(
        (
            ("extraversion", False, "Extraverted, enthusiastic."),
            ("agreeableness", True, "Critical, quarrelsome."),
            ("conscientiousness", False, "Dependable, self-disciplined."),
            ("neuroticism", False, "Anxious, easily upset."),
            ("openness", False, "Open to new experiences, complex."),
            ("extraversion", True, "Reserved, quiet."),
            ("agreeableness", False, "Sympathetic, warm."),
            ("conscientiousness", True, "Disorganized, careless."),
            ("neuroticism", True, "Calm, emotionally stable."),
            ("openness", True, "Conventional, uncreative."),
        )
    ),
)
# How crowd-enVENT names the answers to the items 1 to 10.
TIPI_COLUMNS = (
    "extravert",
    "critical",
    "dependable",
    "anxious",
    "open",
    "quiet",
    "sympathetic",
    "disorganized",
    "calm",
    "conventional",
)
MINI_IPIP = Questionnaire(
    "mini-ipip",
    1,
    5,
    _items(
        (
            ("extraversion", False, "Am the life of the party."),
            ("agreeableness", False, "Sympathize with others' feelings."),
            ("conscientiousness", False, "Get chores done right away."),
            ("neuroticism", False, "Have frequent mood swings."),
            ("openness", False, "Have a vivid imagination."),
            ("extraversion", True, "Don't talk a lot."),
            ("agreeableness", True, "Am not interested in other people's problems."),
            ("conscientiousness", True, "Often forget to put things back in their proper place."),
            ("neuroticism", True, "Am relaxed most of the time."),
            ("openness", True, "Am not interested in abstract ideas."),
            ("extraversion", False, "Talk to a lot of different people at parties."),
            ("agreeableness", False, "Feel others' emotions."),
            ("conscientiousness", False, "Like order."),
            ("neuroticism", False, "Get upset easily."),
            ("openness", True, "Have difficulty understanding abstract ideas."),
            ("extraversion", True, "Keep in the background."),
            ("agreeableness", True, "Am not really interested in others."),
            ("conscientiousness", True, "Make a mess of things."),
            ("neuroticism", True, "Seldom feel blue."),
            ("openness", True, "Do not have a good imagination."),
        )
    ),
)
KEYS = {key.name: key for key in (TIPI, MINI_IPIP)}


def tipi_answers(row: Mapping[str, object]) -> dict[str, object]:
    """The TIPI answers of a row of crowd-enVENT, by `TIPI_COLUMNS`; other columns are left alone.

    Raises:
        AnswerError: a column is missing; names it and its item.
    """
    for number, column in enumerate(TIPI_COLUMNS):
        if row.get(column) in (None, ""):
            raise AnswerError(
                f"tipi: the column {column!r}, the answer to {TIPI.item(number)}, is missing; give all ten"
            )
    return {item.id: row[column] for item, column in zip(TIPI.items, TIPI_COLUMNS, strict=True)}


def read_key(path: Path) -> Questionnaire:
    """The scoring key in a TOML file; its format is in the module's docstring.

    Raises:
        AnswerError: the file cannot be read, or a field is missing, unknown or wrong; names file and field.
    """
    try:
        values = tomllib.loads(_text(path))
    except tomllib.TOMLDecodeError as error:
        raise AnswerError(f"the key {path} is no TOML: {error}") from None
    name, low, high, rows = (values.get(field) for field in ("name", "low", "high", "item"))
    if not isinstance(name, str) or not name:
        raise AnswerError(f"the key {path}: give it a name, e.g. name = 'my-key'")
    if type(low) is not int or type(high) is not int or low >= high:
        raise AnswerError(f"the key {path}: low and high are the ends of the answers, e.g. low = 1 and high = 5")
    if not isinstance(rows, list) or not rows:
        raise AnswerError(f"the key {path} holds no items; add [[item]] tables with id, trait and reverse")
    items = tuple(_item(path, number, row) for number, row in enumerate(rows, 1))
    for number, item in enumerate(items):
        if item.id in {other.id for other in items[:number]}:
            raise AnswerError(f"the key {path}: two items have the id {item.id!r}; give each its own")
    return Questionnaire(name, low, high, items)


def _item(path: Path, number: int, row: Any) -> Item:
    place = f"the key {path}, item {number}"
    if not isinstance(row, dict) or set(row) - {"id", "trait", "reverse", "text"}:
        raise AnswerError(f"{place}: the fields are id, trait, reverse and text")
    name, trait, reverse, text = row.get("id"), row.get("trait"), row.get("reverse"), row.get("text", "")
    if type(name) not in (str, int) or name == "":
        raise AnswerError(f"{place}: id is what the answers call it, e.g. id = '1'")
    if trait not in (*TRAITS, "emotional_stability"):
        raise AnswerError(f"{place}: trait is {_short(trait)}; give one of {', '.join(TRAITS)}, emotional_stability")
    if not isinstance(reverse, bool) or not isinstance(text, str):
        raise AnswerError(f"{place}: reverse is true or false, and text, if given, is text")
    if trait == "emotional_stability":
        return Item(str(name), "neuroticism", not reverse, text)
    return Item(str(name), trait, reverse, text)


def read_answers(path: Path) -> dict[str, object]:
    """Raw answers by item: a JSON object, or a CSV of `item,answer` lines or of one header and one row.

    Raises:
        AnswerError: the file cannot be read, holds several people, or answers an item twice; names the file.
    """
    text = _text(path)
    return _json_answers(path, text) if text.lstrip().startswith(("{", "[")) else _csv_answers(path, text)


def _json_answers(path: Path, text: str) -> dict[str, object]:
    try:
        values = json.loads(text, object_pairs_hook=lambda pairs: _once(path, pairs))
    except (ValueError, RecursionError) as error:
        raise AnswerError(f"the answers {path} are no JSON: {error}") from None
    if not isinstance(values, dict):
        raise AnswerError(f"the answers {path} are no JSON object; write {{item: answer, ...}}")
    return values


def _csv_answers(path: Path, text: str) -> dict[str, object]:
    try:
        rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text)) if any(map(str.strip, row))]
    except csv.Error as error:
        raise AnswerError(f"the answers {path} are no CSV: {error}") from None
    if rows and all(len(row) == 2 for row in rows):
        headed = [cell.lower() for cell in rows[0]] == ["item", "answer"]
        return _once(path, ((row[0], row[1]) for row in rows[headed:]))
    if len(rows) == 2 and len(rows[0]) == len(rows[1]):
        return _once(path, zip(rows[0], rows[1], strict=True))
    raise AnswerError(
        f"the answers {path} are not one person's: write `item,answer` lines, or one header of items and one row of "
        f"answers (found {len(rows)} rows)"
    )


def _once(path: Path, pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    answers: dict[str, object] = {}
    for item, answer in pairs:
        if item in answers:
            raise AnswerError(f"the answers {path} answer item {_short(item)} twice; keep one")
        answers[item] = answer
    return answers


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_LIMIT + 1)
        if len(data) > _LIMIT:
            raise AnswerError(f"{path} is larger than {_LIMIT:,} bytes; give one person's answers, or one key")
        return data.decode("utf-8-sig")
    except OSError as error:
        raise AnswerError(f"cannot read {path}: {error.strerror}; check the path") from None
    except UnicodeDecodeError:
        raise AnswerError(f"{path} is not UTF-8 text; save it as UTF-8") from None


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 40 else f"{shown[:37]}..."
