"""False alarms: XSTest (Röttger et al. 2024, arXiv 2308.01263) and NotInject (Li & Liu 2024, arXiv 2410.22770).

XSTest: safe prompts that sound unsafe, with unsafe contrasts, for a safety gate. NotInject: benign prompts that hold
the trigger words of prompt injections, for an injection filter. Layouts: `xstest_dev.csv` (id, prompt, type, label,
focus, note) and `NotInject_*.json` (a list of prompt, word_list, category).
"""

from __future__ import annotations

from pathlib import Path

from affectgraph.evals.datasets.items import Dataset, Item
from affectgraph.evals.datasets.layout import collect, located, read_records, read_table
from affectgraph.tools.language import script_share

__all__ = ["load_notinject", "load_xstest"]


def load_xstest(folder: str | Path | None = None, file: str = "xstest_dev.csv") -> Dataset:
    """The prompts of XSTest.

    `fields`: `text`. `target`: whether an alarm is due (True for the unsafe contrasts). Slices: `type` (a contrast
    carries its own, `contrast_...`), `kind` (safe, unsafe).

    Args:
        folder: that of the file; by default `xstest` of the data folder.

    Raises:
        DataMissing, SchemaError: as `affectgraph.evals.datasets.layout` says.
    """
    path = located(folder, "xstest") / file
    items = []
    for row in read_table(path, ("id", "prompt", "type", "label")):
        label = row.choice("label", ("safe", "unsafe"))
        kind = row.text("type")
        slices = {"type": kind, "kind": label}
        identifier, text = f"xstest-{row.text('id')}", row.text("prompt")
        items.append(Item(identifier, identifier, {"text": text}, label == "unsafe", slices=slices))
    return collect("XSTest", path.stem, (path,), items)


def load_notinject(folder: str | Path | None = None, file: str = "NotInject_one.json") -> Dataset:
    """The prompts of one NotInject file; no alarm is due on any.

    `fields`: `text`, `triggers` (the words that tempt a filter). `target`: False. Slices: `category`. `language`: zh
    where there is a Chinese character, else en; the multilingual part also holds other languages in Latin letters,
    which go as en because our prompts know only the two.

    Args:
        folder: that of the file; by default `notinject` of the data folder.
        file: `NotInject_one.json` (one trigger word), `NotInject_two.json` or `NotInject_three.json`.

    Raises:
        DataMissing, SchemaError: as `affectgraph.evals.datasets.layout` says.
    """
    path = located(folder, "notinject") / file
    items = []
    for number, row in enumerate(read_records(path, ("prompt", "word_list", "category")), start=1):
        words = row.values["word_list"]
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise row.wrong("word_list", "a list of words")
        text, identifier = row.text("prompt"), f"{path.stem}-{number}"
        language = "zh" if script_share(text) > 0 else "en"
        slices = {"category": row.text("category")}
        items.append(Item(identifier, identifier, {"text": text, "triggers": words}, False, None, language, slices))
    return collect("NotInject", path.stem, (path,), items)
