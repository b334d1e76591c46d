"""AICA-Bench (arXiv 2604.05900): what an image makes a viewer feel, why, and a text in a wanted emotion.

Images belong to nine other sets and the instructions are given out on request, so nothing of it is here. Two layouts
are read:

- What the public code of SCUT-HAI/AICA-Bench writes, one folder a source set: `instruction.json` (EU), a list of
  `{"messages": [{"role": "user", "content": "<image>..."}, {"role": "assistant", "content": label}], "images":
  [name]}`, and `emotion-reasoning.json` (ER and EGCG), the same with four messages: question, answer, writing task,
  text. Several labels of one image are joined by `|`. Images lie in `images` beside the file. - One flat file, a JSON
  list or JSON Lines, of `id|image_id`, `image|image_path`, `task`, `dataset|source`, `question|instruction`,
  `options|choices`, `answer|label`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, get_args

from affectgraph.backends.errors import InputError
from affectgraph.evals.datasets.hub import resolve
from affectgraph.evals.datasets.items import Dataset, Item
from affectgraph.evals.datasets.layout import DataMissing, Record, SchemaError, collect, read_records
from affectgraph.evals.datasets.pictures import picture_of, with_pictures
from affectgraph.tools import label_spaces

__all__ = ["POLARITY", "SPACES", "Task", "load", "reading", "space"]

Task = Literal["EU", "ER", "EGCG"]
# Source set (without case, `-` and `_`) -> its closed label set, in the public code's order, lower case.
SPACES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("emoset", "fi", "flickrldl", "twitterldl", "artphoto", "abstract"), label_spaces.SPACES["mikels8"]
    ),
    "emotion6": label_spaces.SPACES["emotion6"],
    "emotic": label_spaces.SPACES["emotic26"],
    "findingemo": label_spaces.SPACES["plutchik24"],
}
# An "intensity error" is a wrong label of the same polarity.
POLARITY: dict[str, int] = {label: label_spaces.POLARITY[label] for labels in SPACES.values() for label in labels}
# Sets whose labels are what the depicted people show; all others have what a viewer feels.
_EXPRESSED = ("emotic", "findingemo")
_ALIASES: dict[str, tuple[str, ...]] = {
    "id": ("id", "image_id"),
    "image": ("image", "image_path"),
    "task": ("task",),
    "source": ("dataset", "source"),
    "question": ("question", "instruction"),
    "options": ("options", "choices"),
    "answer": ("answer", "label"),
}
_INSTRUCTIONS, _REASONING = "instruction.json", "emotion-reasoning.json"


def space(source: str) -> tuple[str, ...]:
    """The label set of a source set.

    Raises:
        InputError: unknown; lists the known ones.
    """
    key = _key(source)
    if key not in SPACES:
        raise InputError(f"AICA-Bench has no source set {source!r}; it has {', '.join(SPACES)}.")
    return SPACES[key]


def reading(source: str) -> Literal["expressed", "evoked"]:
    """What the labels of a source set are about: what depicted people show, or what a viewer feels.

    EMOTIC labels a person in the picture and FindingEmo the people of the scene; the benchmark says of no item which
    reading it has, so that telling it by the set is our choice.

    Raises:
        InputError: unknown source set.
    """
    space(source)
    return "expressed" if _key(source) in _EXPRESSED else "evoked"


def _key(source: str) -> str:
    return source.casefold().replace("-", "").replace("_", "")


@dataclass(frozen=True)
class _Entry:
    """One question on one image, whichever layout it came from.

    Attributes:
        root: the folder of the file that it stands in; its image lies below.
        column: of `record`, where the answer stands.
        names: of `record`, where the image's name stands.
    """

    id: str
    image: str
    root: Path
    folder: Path
    source: str
    task: str
    question: str
    answer: str
    record: Record
    column: str
    names: str
    options: tuple[str, ...] = field(default=())


def load(
    source: str | Path, task: Task | None = None, *, only: str | None = None, check_images: bool = False
) -> Dataset:
    """The questions under `source`: a file, a folder of source sets, or `hf:owner/name`.

    `fields`: `image` (name or path as the file has it), `folder` (where it is looked for), `question` (without
    `<image>`), `task`, and for EU `options` (the closed set that the answer is out of). ER and EGCG also have `emotion`
    where an EU question on the same image gives it. `target`: for EU the label, lower case; of several labels (EMOTIC)
    the first, with equal `shares` (our choice: the public scorer accepts each). For ER and EGCG a list of one reference
    text. `group`: the image, within its source set. Slices: `task`, `source`, `reading` (see `reading`). `labels` is
    the common label set where all EU questions share one, else the union in order of appearance: score within
    `fields["options"]`.

    Args:
        task: only this one.
        only: only this source set.
        check_images: require every image to exist below the folder of its file. `fields` then has its resolved `path`
            and that folder as `root`, and the images count in the revision.

    Raises:
        DataMissing: nothing is there, or an image is not (with `check_images`).
        InputError: unknown task or source set.
        SchemaError: as `affectgraph.evals.datasets.layout` says; with `check_images` also an image elsewhere.
    """
    if task is not None and task not in get_args(Task):
        raise InputError(f"AICA-Bench has no task {task!r}; it has {', '.join(get_args(Task))}.")
    paths = _files(resolve(source, files=("**/*.json", "**/*.jsonl")))
    entries = [entry for path in paths for entry in _entries(path)]
    emotions = {(entry.source, entry.image): entry.answer for entry in entries if entry.task == "EU"}
    wanted = None if only is None else _named(only)
    items, labels = [], dict[str, None]()
    for entry in entries:
        if task not in (None, entry.task) or wanted not in (None, entry.source):
            continue
        if entry.task == "EU":
            labels.update(dict.fromkeys(entry.options))
        item = _item(entry, emotions.get((entry.source, entry.image), ""))
        items.append(_shown(item, entry) if check_images else item)
    dataset = collect("AICA-Bench", task or "all", paths, items, labels=tuple(labels))
    if not check_images:
        return dataset
    return with_pictures(dataset, paths, dict.fromkeys(Path(item.fields["path"]) for item in items))


def _shown(item: Item, entry: _Entry) -> Item:
    place = picture_of(entry.root, entry.folder / entry.image, entry.record, entry.names)
    return replace(item, fields={**item.fields, "path": str(place), "root": str(entry.root.resolve())})


def _named(source: str) -> str:
    space(source)
    return _key(source)


def _item(entry: _Entry, emotion: str) -> Item:
    fields: dict[str, Any] = {
        "image": entry.image,
        "folder": str(entry.folder),
        "question": entry.question,
        "task": entry.task,
    }
    group = f"{entry.source}/{entry.image}"
    slices = {"task": entry.task, "source": entry.source, "reading": reading(entry.source)}
    if entry.task != "EU":
        if emotion:
            fields["emotion"] = emotion.split("|")[0].strip().casefold()
        return Item(entry.id, group, fields, [entry.answer], slices=slices)
    fields["options"] = list(entry.options)
    answers = list(dict.fromkeys(label.strip().casefold() for label in entry.answer.split("|")))
    for answer in answers:
        if answer not in entry.options:
            raise entry.record.wrong(entry.column, f"a label of {entry.source} ({', '.join(entry.options)})")
    shares = {answer: 1 / len(answers) for answer in answers} if len(answers) > 1 else None
    return Item(entry.id, group, fields, answers[0], shares, slices=slices)


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    published = sorted([*path.rglob(_INSTRUCTIONS), *path.rglob(_REASONING)])
    found = published or sorted([*path.glob("*.json"), *path.glob("*.jsonl")])
    if not found:
        raise DataMissing(f"There is no {_INSTRUCTIONS} under {path}; the authors give the instructions on request.")
    return found


def _entries(path: Path) -> Iterator[_Entry]:
    for number, record in enumerate(read_records(path), start=1):
        if "messages" in record.values:
            yield from _conversation(record, path, number)
        else:
            yield _flat(record, path)


def _conversation(record: Record, path: Path, number: int) -> Iterator[_Entry]:
    images, messages = record.values.get("images"), record.values["messages"]
    if not isinstance(images, list) or not images or not isinstance(images[0], str):
        raise record.wrong("images", "a list with an image name")
    if not isinstance(messages, list) or len(messages) not in (2, 4):
        raise record.wrong("messages", "two messages (EU) or four (ER, EGCG)", show=False)
    texts = []
    for at, message in enumerate(messages):
        one = Record(record.file, f"{record.place}, message {at + 1}", message if isinstance(message, dict) else {})
        one.choice("role", ("user", "assistant")[at % 2 : at % 2 + 1])
        texts.append(one.text("content").removeprefix("<image>").strip())
    source = _key(path.parent.name)
    if source not in SPACES:
        raise SchemaError(
            f"{record.file}: expected to lie in a folder named after its source set ({', '.join(SPACES)}), "
            f"found '{path.parent.name}'"
        )
    tasks: Sequence[str] = ("EU",) if len(texts) == 2 else ("ER", "EGCG")
    for task, question, answer in zip(tasks, texts[::2], texts[1::2], strict=True):
        identifier = f"{source}/{task}/{number}"
        options = SPACES[source] if task == "EU" else ()
        place = (path.parent, path.parent / "images", source, task, question, answer, record)
        yield _Entry(identifier, images[0], *place, "messages", "images", options)


def _flat(record: Record, path: Path) -> _Entry:
    names = {name: _spelled(record, aliases) for name, aliases in _ALIASES.items()}
    source = _key(record.text(names["source"]))
    if source not in SPACES:
        raise record.wrong(names["source"], f"one of {', '.join(SPACES)}")
    task = record.choice(names["task"], get_args(Task))
    given = record.values.get(names["options"]) or ()
    if not isinstance(given, list | tuple) or not all(isinstance(one, str) for one in given):
        raise record.wrong(names["options"], "a list of labels")
    options = tuple(one.strip().casefold() for one in given) or SPACES[source]
    value = record.values.get(names["answer"])
    if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
        answer = "|".join(value)
    else:
        answer = record.text(names["answer"])
    identifier = f"{source}/{task}/{record.code(names['id'])}"
    image, question = record.text(names["image"]), record.text(names["question"])
    options = options if task == "EU" else ()
    place = (path.parent, path.parent, source, task, question, answer, record)
    return _Entry(identifier, image, *place, names["answer"], names["image"], options)


def _spelled(record: Record, aliases: tuple[str, ...]) -> str:
    return next((alias for alias in aliases if alias in record.values), aliases[0])
