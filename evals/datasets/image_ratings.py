"""Any folder of pictures that people rated for valence and arousal.

Layout: `ratings.csv` with the columns `image` (a path below the folder), `valence` and `arousal` (people's means), and,
where they are known:

- `low`, `high`: the ends of the scale, the same in every row; without them 1 to 9;
- `sd_valence`, `sd_arousal`, or `sd` for both: standard deviation between people, n - 1 in the denominator;
- `n`: how many people rated the picture.

Further columns are passed over, and an empty `sd` or `n` is unknown.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from affectgraph.evals.datasets.items import Dataset, Item
from affectgraph.evals.datasets.layout import DataMissing, Record, collect, read_table
from affectgraph.evals.datasets.pictures import picture_of, with_pictures

__all__ = ["FILE_NAME", "HIGH", "LOW", "VARIABLES", "load"]

FILE_NAME = "ratings.csv"
VARIABLES = ("valence", "arousal")
LOW, HIGH = 1.0, 9.0
_MOST_RATERS = 1_000_000
_LARGEST = 1_000_000.0


def load(folder: str | Path) -> Dataset:
    """The rated pictures of a folder.

    `fields`: `image` (as the file has it), `path` (resolved), `root` (the folder), `low` and `high` (the scale), `sd`
    (variable -> standard deviation) and `raters`, where they are known. `target`: valence and arousal on the scale.
    `group`: the picture, so that rows of one picture stay together.

    Raises:
        DataMissing: there is no `ratings.csv`, or a picture is missing.
        SchemaError: as `affectgraph.evals.datasets.layout` says; also a picture outside the folder.
    """
    root = Path(folder)
    path = root / FILE_NAME
    if not path.is_file():
        raise DataMissing(f"There is no {path}; it needs the columns image, {', '.join(VARIABLES)}.")
    records = read_table(path, ("image", *VARIABLES))
    low, high = _scale(records)
    items = [_item(record, root, low, high) for record in records]
    dataset = collect(root.resolve().name, f"{low:g} to {high:g}", [path], items)
    pictures = dict.fromkeys(Path(item.fields["path"]) for item in items)
    return with_pictures(dataset, [path], pictures)


def _scale(records: list[Record]) -> tuple[float, float]:
    if not records or not {"low", "high"} & set(records[0].values):
        return LOW, HIGH
    ends = [
        (record.number("low", -_LARGEST, _LARGEST), record.number("high", -_LARGEST, _LARGEST)) for record in records
    ]
    for record, (low, high) in zip(records, ends, strict=True):
        if not low < high:
            raise record.wrong("high", f"a number above low, {low:g}")
        for column, value, first in (("low", low, ends[0][0]), ("high", high, ends[0][1])):
            if value != first:
                raise record.wrong(column, f"one scale in all rows, {first:g} as in the first one")
    return ends[0]


def _item(record: Record, root: Path, low: float, high: float) -> Item:
    image = record.text("image")
    fields: dict[str, Any] = {
        "image": image,
        "path": str(picture_of(root, root / image, record, "image")),
        "root": str(root.resolve()),
        "low": low,
        "high": high,
    }
    spread = {name: value for name in VARIABLES if (value := _spread(record, name, high - low)) is not None}
    if spread:
        fields["sd"] = spread
    raters = _known(record, "n", 1, _MOST_RATERS)
    if raters is not None:
        if raters != int(raters):
            raise record.wrong("n", "a whole number")
        fields["raters"] = int(raters)
    target = {name: record.number(name, low, high) for name in VARIABLES}
    return Item(image, image, fields, target)


def _spread(record: Record, name: str, width: float) -> float | None:
    """The standard deviation of a variable: its own column, else the common one."""
    # Two people at the two ends: no sample of ratings spreads more.
    most = width / math.sqrt(2)
    own = _known(record, f"sd_{name}", 0, most)
    return _known(record, "sd", 0, most) if own is None else own


def _known(record: Record, column: str, low: float, high: float) -> float | None:
    return record.number(column, low, high) if record.values.get(column, "").strip() else None
