"""Persona-E2 (arXiv 2604.09162): what 36 people with known personalities felt when they read an event.

CC BY-NC-SA 4.0 and no profiling of people: it is never bundled, and nothing trained on it is. Fetch it yourself, or
name it as `hf:CRIS-Yang/Persona-E2-Dataset`. Three files, and of the annotators' labels two spellings (`E1_emotion` or
`E1_emo`; `g1_emotion` or `g1_emo`):

- `1_dataset_all_annotators.csv`: id, chinese_item, english_item, data_source, top1_emotion, emotion_distribution (JSON,
  label -> count or share), one label and one confidence (1 to 5) a person;
- `2_dataset_group_consensus.csv`: per group a label, its members (`E7/E14/E27`) and a consensus score, 0 to 100;
- `3_annotator_profiles.csv`: ID, GNDR, MBTI and five traits in [0, 1]. Gender is not read.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from affectgraph.evals.datasets.hub import resolve
from affectgraph.evals.datasets.items import Dataset, Item
from affectgraph.evals.datasets.layout import Record, SchemaError, collect, read_table
from affectgraph.tools.emotions import taxonomy

__all__ = ["FILES", "LABELS", "TRAITS", "consensus", "divergent", "domain", "load"]

FILES = ("1_dataset_all_annotators.csv", "2_dataset_group_consensus.csv", "3_annotator_profiles.csv")
LABELS = taxonomy("ekman7").labels
TRAITS = {
    "openness": "Open.",
    "conscientiousness": "Cons.",
    "extraversion": "Extra.",
    "agreeableness": "Agree.",
    "neuroticism": "Neuro.",
}
_DOMAINS = {
    "news": (
        "ABC News", "BBC News", "Independent News", "Today's Headlines", "The Paper", "Weibo Trending Topics",
        "WeChat article",
    ),
    "social": ("SocialChemistry", "Reddit"),
    "life": ("FMylife", "BenignExistence", "RandomActsofKindness", "IUTB"),
}  # fmt: skip
_SYNONYMS = {"happiness": "joy", "happy": "joy", "sad": "sadness", "angry": "anger"}
# Our choice: what rounding a score to one decimal may change.
_TOLERANCE = 0.05
_AGREED = 65.0
_PERSON = re.compile(r"E\d+")
_GROUP = re.compile(r"(g\d+)_members")


def consensus(votes: Iterable[str]) -> float:
    """`100 * (1 - H(p) / ln 7)`, H the entropy of the unweighted label shares; 100 is unanimity, 0 an even spread.

    Not comparable between groups of different size: three people cannot spread over seven labels.
    """
    counts = Counter(votes)
    shares = [count / counts.total() for count in counts.values()]
    return 100 * (1 + sum(share * math.log(share) for share in shares) / math.log(len(LABELS)))


def divergent(groups: Iterable[tuple[str, float]]) -> bool:
    """Whether at least two groups with a consensus of 65 or more have different labels.

    The paper's rule for its 413 subjectively divergent events is not published; this one is our choice.

    Args:
        groups: (label, consensus score) of each group.
    """
    return len({label for label, score in groups if score >= _AGREED}) > 1


def domain(source: str) -> str:
    """`news`, `social` or `life`; `other` for a source that the paper does not list."""
    plain = _plain(source)
    return next((name for name, sources in _DOMAINS.items() if plain in map(_plain, sources)), "other")


def _plain(source: str) -> str:
    return "".join(character for character in source.casefold() if character.isalnum())


@dataclass(frozen=True)
class _Event:
    id: str
    text: str
    slices: dict[str, str]
    votes: dict[str, str]
    confidence: dict[str, str]
    shares: dict[str, float]
    record: Record


def load(
    source: str | Path,
    level: Literal["individual", "group", "event"] = "individual",
    *,
    language: Literal["en", "zh"] = "en",
    subset: Literal["all", "divergent"] = "all",
) -> Dataset:
    """Persona-E2 at one of three levels; every consensus score of the set is recomputed on the way.

    - `individual`, event x person. `fields`: `event`, `profile` (five traits in [0, 1], `mbti`), `annotator`. `target`:
      that person's label. `shares`: the event's distribution over all people, against which a persona is a shift.
    - `group`, event x group. `fields`: `event`, `profile` (the members' mean traits; `mbti` where all share it),
      `members` (their profiles), `personality_group`. `target`: the group's label. `shares`: of the members.
    - `event`. `fields`: `event`. `target`: `top1_emotion`. `shares`: the event's distribution.

    `group` is always the event. Slices: `domain` (news, social, life, other), `subset` (divergent, other; see
    `divergent`) and, for a person, `confidence` (1 to 5). Dropped: people without a label, groups and events whose
    label is a tie.

    Args:
        source: the folder of the three files, or `hf:owner/name`.
        language: which text of the event is shown.
        subset: `divergent` keeps these events only.

    Raises:
        DataMissing: a file is not there.
        SchemaError: another layout, or a consensus score that the members' labels do not give.
    """
    folder = resolve(source, files=FILES)
    paths = tuple(folder / name for name in FILES)
    profiles = _profiles(paths[2])
    events = _events(paths[0], profiles, language)
    groups = _groups(paths[1], events)
    items: list[Item] = []
    dropped: Counter[str] = Counter()
    for event in events.values():
        of_event = groups.get(event.id, [])
        split = "divergent" if divergent((one.label, one.score) for one in of_event if one.label) else "other"
        if subset not in ("all", split):
            continue
        slices = {**event.slices, "subset": split}
        if level == "individual":
            dropped["no label"] += len(profiles) - len(event.votes)
            items += _people(event, profiles, slices, language)
        elif level == "group":
            dropped["tied group label"] += sum(not one.label for one in of_event)
            items += [_group_item(event, one, profiles, slices, language) for one in of_event if one.label]
        else:
            target = _label_or_tie(event.record, "top1_emotion")
            dropped["tied event label"] += not target
            if target:
                items.append(Item(event.id, event.id, {"event": event.text}, target, event.shares, language, slices))
    return collect("Persona-E2", f"{level}/{subset}", paths, items, labels=LABELS, dropped=dict(dropped))


def _people(
    event: _Event, profiles: Mapping[str, dict[str, Any]], slices: dict[str, str], language: str
) -> Iterable[Item]:
    for person, label in event.votes.items():
        fields = {"event": event.text, "profile": profiles[person], "annotator": person}
        own = {**slices, "confidence": event.confidence[person]} if person in event.confidence else slices
        yield Item(f"{event.id}/{person}", event.id, fields, label, event.shares, language, own)


@dataclass(frozen=True)
class _Group:
    name: str
    label: str  # empty in a tie
    members: tuple[str, ...]
    score: float


def _group_item(
    event: _Event, group: _Group, profiles: Mapping[str, dict[str, Any]], slices: dict[str, str], language: str
) -> Item:
    members = [profiles[person] for person in group.members]
    mean: dict[str, Any] = {trait: sum(one[trait] for one in members) / len(members) for trait in TRAITS}
    if len({one["mbti"] for one in members}) == 1:
        mean["mbti"] = members[0]["mbti"]
    votes = Counter(event.votes[person] for person in group.members if person in event.votes)
    shares = {label: count / votes.total() for label, count in votes.items()}
    fields = {"event": event.text, "profile": mean, "members": members, "personality_group": group.name}
    return Item(f"{event.id}/{group.name}", event.id, fields, group.label, shares, language, slices)


def _profiles(path: Path) -> dict[str, dict[str, Any]]:
    profiles = {}
    for row in read_table(path, ("ID", "MBTI", *TRAITS.values())):
        traits: dict[str, Any] = {trait: row.number(column, 0, 1) for trait, column in TRAITS.items()}
        profiles[row.text("ID")] = {**traits, "mbti": row.text("MBTI", empty=True)}
    return profiles


def _events(path: Path, profiles: Mapping[str, object], language: str) -> dict[str, _Event]:
    text = {"en": "english_item", "zh": "chinese_item"}[language]
    events: dict[str, _Event] = {}
    for row in read_table(path, ("id", text, "data_source", "top1_emotion", "emotion_distribution")):
        identifier = row.text("id")
        if identifier in events:
            raise row.wrong("id", "one row an event")
        votes, confidence = {}, {}
        for person in profiles:
            column = _either(row, f"{person}_emotion", f"{person}_emo")
            if row.text(column, empty=True):
                votes[person] = _label(row, column)
            if row.values.get(f"{person}_confidence"):
                confidence[person] = f"{row.number(f'{person}_confidence', 1, 5):g}"
        slices = {"domain": domain(row.text("data_source"))}
        events[identifier] = _Event(identifier, row.text(text), slices, votes, confidence, _shares(row), row)
    return events


def _either(row: Record, *columns: str) -> str:
    for column in columns:
        if column in row.values:
            return column
    raise row.wrong(columns[0], "a label")


def _label(row: Record, column: str) -> str:
    value = row.text(column).casefold()
    value = _SYNONYMS.get(value, value)
    return Record(row.file, row.place, {column: value}).choice(column, LABELS)


def _label_or_tie(row: Record, column: str) -> str:
    return "" if re.search(r"[/,;|]", row.text(column)) else _label(row, column)


def _shares(row: Record) -> dict[str, float]:
    # As published; it is not held against the labels, since how the authors count is not said. The consensus check is.
    column = "emotion_distribution"
    try:
        given = json.loads(row.text(column))
        weights = {_SYNONYMS.get(name.casefold(), name.casefold()): float(weight) for name, weight in given.items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise row.wrong(column, "a JSON object from label to count or share") from error
    total = sum(weights.values())
    if not set(weights) <= set(LABELS) or not 0 < total < math.inf or min(weights.values()) < 0:
        raise row.wrong(column, f"counts or shares of {', '.join(LABELS)}")
    return {label: weight / total for label, weight in weights.items() if weight}


def _groups(path: Path, events: Mapping[str, _Event]) -> dict[str, list[_Group]]:
    groups: dict[str, list[_Group]] = {}
    for row in read_table(path, ("id", "chinese_item", "english_item")):
        event = events.get(row.text("id"))
        if event is None:
            raise row.wrong("id", f"an event of {FILES[0]}")
        names = [match[1] for column in row.values if (match := _GROUP.fullmatch(column))]
        if not names:
            raise SchemaError(f"{row.file}, row 1: no column 'g1_members'; the file has {', '.join(row.values)}")
        groups[event.id] = [_group(row, name, event) for name in names]
    return groups


def _group(row: Record, name: str, event: _Event) -> _Group:
    members = tuple(_PERSON.findall(row.text(f"{name}_members")))
    missing = [person for person in members if person not in event.votes]
    if not members or missing:
        raise row.wrong(f"{name}_members", f"people with a label in {FILES[0]}, joined by '/'")
    score = row.number(f"{name}_consensus_score", 0, 100)
    recomputed = consensus(event.votes[person] for person in members)
    if abs(score - recomputed) > _TOLERANCE + 1e-9:
        raise row.wrong(f"{name}_consensus_score", f"{recomputed:.2f}, which the members' labels give")
    column = _either(row, f"{name}_emotion", f"{name}_emo")
    return _Group(name, _label_or_tie(row, column), members, score)
