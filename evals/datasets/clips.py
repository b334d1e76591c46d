"""Labelled clips of text, sound and picture: a table of your own, or what `affectgraph data build emomm` writes.

A table is a CSV file, or a folder with one: a row a clip, with columns (any order, others are passed over)

- `text`, `audio`, `video`: what the clip has; at least one of the three columns, and one value a row. Sound and
  picture are paths below the table's folder; both may name one video file. An empty cell is a missing modality.
- `label`: a number from -1 to 1 or N, WN, Neu, WP, P (sentiment); or any other closed set of words.
- `label_T`, `label_A`, `label_V` (optional): what each modality says alone, in the same terms.
- `source` (optional): what clips of one recording share, so that it is never in two parts; else each is its own.
- `id`, `language` (`en` or `zh`), `split` (optional).

An EmoMM file names clips; `media` says where their files lie. Files themselves are judged when they are opened.
"""

from __future__ import annotations

import glob
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from affectgraph.backends.errors import InputError
from affectgraph.backends.steering import Modality
from affectgraph.evals.datasets import emomm
from affectgraph.evals.datasets.items import Dataset, Item
from affectgraph.evals.datasets.layout import DataMissing, Record, SchemaError, collect, read_table, read_text
from affectgraph.evals.datasets.pictures import file_of, with_pictures
from affectgraph.tools.language import detect
from affectgraph.tools.sentiment import SENTIMENTS, VALUES, level, polarity

__all__ = ["LETTERS", "load", "relation_of", "says"]

# The paper's letters of the modalities.
LETTERS: dict[str, Modality] = {"T": "text", "A": "audio", "V": "video"}
_MOST_LABELS = 50
_ENDINGS = (".mp4", ".mov", ".webm", ".mkv", ".avi", ".m4v")


def says(label: str, labels: Sequence[str]) -> object:
    """What a label says at the grain of the conflict predicate: the polarity of a sentiment, else the label itself.

    Args:
        label: one of `labels`.
        labels: the closed set.
    """
    return polarity(VALUES[label]) if set(labels) <= set(SENTIMENTS) else label


def load(path: Path, media: Path | None = None) -> Dataset:
    """The clips of a table or of an EmoMM file.

    `fields`: `text` (empty where missing), `audio` and `video` (paths, empty where missing), `modalities` (e.g. `TV`),
    `said` (modality -> what it says alone, where known). `target`: the label. `group`: the source. Slices:
    `modalities`, `relation` (`conflict`, `align`; only where known) and `split` (only where given). Labels are those of
    sentiment in their order, or the words found, sorted.

    Args:
        path: the table, its folder, or an EmoMM file.
        media: folder with the media of an EmoMM file, either `SET/Raw/VIDEO/CLIP.mp4` for each half, or `Raw/...`.

    Raises:
        DataMissing, SchemaError: as `affectgraph.evals.datasets.layout` says.
        InputError: `media` is missing, or given for a table.
    """
    file = _table_in(path) if path.is_dir() else path
    if file.suffix.lower() in (".csv", ".tsv"):
        if media is not None:
            raise InputError(f"{file.name} names its own files; --media is for EmoMM's file alone")
        return _from_table(file)
    if read_text(file).lstrip()[:1] in ("{", "["):
        return _from_emomm(file, media)
    raise SchemaError(
        f"{file.name}: expected a CSV table of clips, or the file that `affectgraph data build emomm` writes"
    )


def _table_in(folder: Path) -> Path:
    tables = sorted(folder.glob("*.csv"))
    if len(tables) == 1:
        return tables[0]
    if not tables:
        raise DataMissing(f"There is no CSV table in {folder}; write one with the columns text, audio, video, label.")
    names = ", ".join(table.name for table in tables)
    raise InputError(f"{folder} has several tables ({names}); name one of them")


def _from_table(path: Path) -> Dataset:
    rows = read_table(path, ("label",), delimiter="\t" if path.suffix.lower() == ".tsv" else ",")
    if rows and not set(LETTERS.values()) & set(rows[0].values):
        raise rows[0].wrong("text", "a text")
    numeric, labels = _labels(rows)
    items = [_item(row, path, numeric, labels) for row in rows]
    splits = sorted({item.slices["split"] for item in items if "split" in item.slices})
    found = collect(path.stem, "/".join(splits) or "all", (path,), items, labels=labels)
    return with_pictures(found, (path,), _media(items))


def _labels(rows: Sequence[Record]) -> tuple[bool, tuple[str, ...]]:
    """Whether labels are numbers, and the closed set."""
    found = sorted({row.text("label") for row in rows})
    if found and all(_is_number(label) for label in found):
        return True, SENTIMENTS
    if {label.casefold() for label in found} <= {label.casefold() for label in SENTIMENTS}:
        return False, SENTIMENTS
    if not 2 <= len(found) <= _MOST_LABELS:
        raise SchemaError(
            f"{rows[0].file}, column 'label': expected numbers from -1 to 1, {', '.join(SENTIMENTS)}, "
            f"or 2 to {_MOST_LABELS} different words, found {len(found)}"
        )
    return False, tuple(found)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _label(row: Record, column: str, numeric: bool, labels: Sequence[str]) -> str:
    return level(row.number(column, -1, 1)) if numeric else row.choice(column, labels)


def _item(row: Record, path: Path, numeric: bool, labels: Sequence[str]) -> Item:
    shown = {name: _optional(row, name) for name in LETTERS.values()}
    if not any(shown.values()):
        raise row.wrong("text" if "text" in row.values else "label", "a clip with text, audio or video")
    for name in ("audio", "video"):
        if shown[name]:
            shown[name] = str(file_of(path.parent, path.parent / shown[name], row, name, what="a file"))
    said = {
        name: _label(row, f"label_{letter}", numeric, labels)
        for letter, name in LETTERS.items()
        if _optional(row, f"label_{letter}")
    }
    target = _label(row, "label", numeric, labels)
    identifier = _optional(row, "id") or row.place
    language = row.choice("language", ("en", "zh")) if _optional(row, "language") else _language(shown["text"])
    fields: dict[str, Any] = {str(name): value for name, value in shown.items()}
    fields |= {"modalities": _letters(shown), "said": said}
    slices = {"modalities": _letters(shown)}
    if split := _optional(row, "split"):
        slices["split"] = split
    item = Item(identifier, _optional(row, "source") or identifier, fields, target, language=language, slices=slices)
    relation = relation_of(item, [name for name in LETTERS.values() if shown[name]], labels)
    return replace(item, slices={**slices, "relation": relation}) if relation else item


def _optional(row: Record, column: str) -> str:
    return row.text(column, empty=True) if column in row.values else ""


def _letters(shown: dict[Modality, str]) -> str:
    return "".join(letter for letter, name in LETTERS.items() if shown[name])


def _language(text: str) -> str:
    return "zh" if detect(text) == "zh" else "en"


def relation_of(item: Item, present: Collection[Modality], labels: Sequence[str]) -> str | None:
    """The paper's predicate over the modalities that are shown: `conflict` or `align`.

    Args:
        item: of `load`.
        present: those shown; fewer than the set names where a track is silent or a model cannot take it.
        labels: the closed set.

    Returns:
        None where the set does not say what each of them says alone.
    """
    said = item.fields["said"]
    if set(present) <= set(said):
        differs = any(says(said[name], labels) != says(item.target, labels) for name in present)
        return "conflict" if differs else "align"
    whole = {LETTERS[letter] for letter in item.fields["modalities"]} == set(present)
    return item.slices.get("relation") if whole else None


def _from_emomm(path: Path, media: Path | None) -> Dataset:
    found = emomm.load(path)
    if media is None:
        raise InputError(f"{path.name} names clips without their files; say where these lie with --media FOLDER")
    items = []
    for item in found.items:
        letters = item.fields["modalities"]
        file = _clip_file(media, item.group.partition("/")[0], item.fields["clip"]) if {"A", "V"} & set(letters) else ""
        fields = {
            "text": item.fields["text"],
            "audio": file if "A" in letters else "",
            "video": file if "V" in letters else "",
            "modalities": letters,
            "said": item.fields.get("said", {}),
        }
        items.append(Item(item.id, item.group, fields, item.target, language=item.language, slices=item.slices))
    return with_pictures(replace(found, items=tuple(items)), (path,), _media(items))


def _media(items: Sequence[Item]) -> list[Path]:
    """The files of the clips, each once: other sound under an old name must not pass for the same set."""
    named = {item.fields[name] for item in items for name in ("audio", "video") if item.fields[name]}
    return [Path(name) for name in sorted(named)]


def _clip_file(media: Path, half: str, clip: str) -> str:
    """The media file of a clip, never outside `media`."""
    root = media.resolve()
    for folder in (media / half / "Raw", media / half, media / "Raw", media):
        place = (folder / clip).resolve()
        if not place.is_relative_to(root):
            raise InputError(f"the clip {clip!r} leads out of {media}; mend the file that was built")
        for file in sorted(place.parent.glob(f"{glob.escape(place.name)}.*")):
            if file.suffix.lower() in _ENDINGS and file.resolve().is_relative_to(root):
                return str(file.resolve())
    raise DataMissing(f"There is no video of the clip {half}/{clip} in {media}; it belongs into {half}/Raw/{clip}.mp4")
