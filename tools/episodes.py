"""Episodes of a person's life: what happened in their own words, how they appraised it, and what they felt.

Source: recalling similar episodes of the person, and those of people with near traits, is the persona memory of our
reading of Persona-E2 (arXiv 2604.09162); the paper has none, so the rules below are our choice.

- Only words of the person are kept, never an assistant's: no function here takes any.
- A private episode lies on the shelf of its person alone; a public one lies once, on the shelf that all share.
- The same words of one person (NFKC, case and spaces folded) are one episode. Words that are only near (a cosine of
  0.97, say) are not: "he hit me" and "he hit me again" are near, and two events.
- Readings that contradict each other are both kept, each with its date, and point to each other.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from urllib.parse import quote

from langgraph.store.base import BaseStore, Item, PutOp
from langgraph.store.memory import InMemoryStore
from pydantic import ValidationError

from affectgraph.tools.episode import Episode, EpisodeError, Kept, contradict, same_words, told_again
from affectgraph.tools.episode_scores import Mix, Recalled, scored

__all__ = [
    "PUBLIC_SHELF",
    "Episode",
    "EpisodeError",
    "Kept",
    "Mix",
    "Recalled",
    "Remembered",
    "episodes_of",
    "forget",
    "keys_of",
    "private_space",
    "public_space",
    "recall",
    "remember",
    "remember_all",
    "spaces",
]

PUBLIC_SHELF = ("public", "episodes")

_PAGE = 1000
# Re-ranking sees this many of each side: four for one that is wanted, and at least 64, because a data set has one event
# read by many people (36 in Persona-E2), all of one similarity.
_OVERFETCH, _AT_LEAST = 4, 64
_MIX = Mix()


class Remembered(Kept):
    """What `remember` stored. `merged`: it was known, and this is one more telling."""

    merged: bool


def private_space(person: str) -> tuple[str, ...]:
    """The shelf of that person alone.

    Raises:
        ValueError: the name is empty or no text.
    """
    return ("people", _label(person))


def public_space(person: str) -> tuple[str, ...]:
    """Where the person's public episodes lie, on the shelf that all share.

    Raises:
        ValueError: as `private_space`.
    """
    return (*PUBLIC_SHELF, _label(person))


def spaces(person: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Both of the above: everything of a person lies below one of them."""
    return private_space(person), public_space(person)


def _label(person: str) -> str:
    if not person:
        raise ValueError("a person's name is empty; give a name")
    try:
        # Reversible, so two names never share a label; LangGraph refuses a period in one.
        return quote(person, safe="").replace(".", "%2E")
    except UnicodeEncodeError:
        raise ValueError(f"{person[:80]!r} is no text; give a name") from None


def remember(store: BaseStore, person: str, episode: Episode) -> Remembered:
    """Keep one episode. The same words with a reading that fits are one more telling of the known one.

    Of a told-again episode the later reading wins field by field, but what the person stated is not overwritten by an
    inference; `source` is the weaker of the two where both gave something. `public` is what was said last.

    Args:
        store: any LangGraph store with an index over the field `text`.
        person: whose episode; any text but the empty one.
        episode: only the person's words, never an assistant's.

    Raises:
        ValueError: the name is empty.
        EpisodeError: a stored episode of the same words is damaged.
    """
    if not episode.public:
        episode = episode.model_copy(update={"traits": {}})
    words = {"same": same_words(episode.event)}
    same = [_read(item) for space in spaces(person) for item in _all(store, space, words)]
    same.sort(key=lambda kept: kept.episode.time, reverse=True)
    fits = next((kept for kept in same if not contradict(kept.episode, episode)), None)
    if fits is not None:
        kept = told_again(fits, episode)
        removed = [_delete(person, fits)] if fits.episode.public != episode.public else []
        _write(store, [*removed, _put(person, kept)])
        return Remembered(**dict(kept), merged=True)
    key = str(uuid.uuid4())
    others = [kept.model_copy(update={"contradicts": [*kept.contradicts, key]}) for kept in same]
    kept = Kept(key=key, episode=episode, first=episode.time, contradicts=[other.key for other in same])
    _write(store, [_put(person, item) for item in (*others, kept)])
    return Remembered(**dict(kept), merged=False)


def remember_all(store: BaseStore, items: Iterable[tuple[str, Episode]], *, batch: int = 256) -> int:
    """Keep many (person, episode) pairs, e.g. a data set; how many.

    Nothing is merged and no contradiction is looked for. A key is made of the episode, so that reading a data set in
    twice keeps it once.

    Args:
        store: as for `remember`.
        items: read as they are written, `batch` at a time.
        batch: how many are embedded together; at least 1.

    Raises:
        ValueError: a name is empty, or `batch` is below 1.
    """
    if batch < 1:
        raise ValueError(f"batch is {batch}; give at least 1")
    total = 0
    remaining: Iterator[tuple[str, Episode]] = iter(items)
    while chunk := list(islice(remaining, batch)):
        _write(store, [_put(person, Kept(key=_key(item), episode=item, first=item.time)) for person, item in chunk])
        total += len(chunk)
    return total


def _key(episode: Episode) -> str:
    # Without the person and the traits: the key of a public episode is shown to others.
    told = episode.model_dump_json(exclude={"traits"})
    return str(uuid.UUID(bytes=hashlib.sha256(told.encode()).digest()[:16]))


def episodes_of(store: BaseStore, person: str) -> list[Kept]:
    """All episodes of a person, private and public, the latest first.

    Raises:
        ValueError: the name is empty.
        EpisodeError: one is damaged; names its key.
    """
    items = [item for space in spaces(person) for item in _all(store, space)]
    return sorted(map(_read, items), key=lambda kept: (kept.episode.time, kept.key), reverse=True)


def keys_of(store: BaseStore, person: str) -> list[str]:
    """The keys of all episodes of a person, of damaged ones too.

    Raises:
        ValueError: the name is empty.
    """
    return [item.key for space in spaces(person) for item in _all(store, space)]


def forget(store: BaseStore, person: str, key: str) -> None:
    """Take one episode of a person away, damaged ones too; nothing points to it any more.

    Raises:
        KeyError: the person has no episode of that key.
    """
    found = [space for space in spaces(person) if store.get(space, key) is not None]
    if not found:
        raise KeyError(f"no episode {key!r}")
    ops = [PutOp(space, key, None) for space in found]
    for item in (item for space in spaces(person) for item in _all(store, space)):
        pointers = item.value.get("contradicts")
        if item.key != key and isinstance(pointers, list) and key in pointers:
            left = [pointer for pointer in pointers if pointer != key]
            ops.append(PutOp(tuple(item.namespace), item.key, {**item.value, "contradicts": left}))
    _write(store, ops)


def recall(
    store: BaseStore,
    person: str | None,
    event: str,
    *,
    traits: Mapping[str, float] = {},
    limit: int = 3,
    now: datetime | None = None,
    mix: Mix = _MIX,
    public: bool = True,
) -> list[Recalled]:
    """The episodes that are most like `event`, best first: the person's own, and public ones of other people.

    Args:
        store: as for `remember`.
        person: whose memory; None recalls public episodes alone.
        event: what happened now.
        traits: the person's Big Five, as far as they are known, each in [0, 1].
        limit: how many at most, at least 1.
        now: what age is counted from; None is the clock's. With its time zone.
        mix: weights of the score.
        public: whether other people's public episodes are recalled.

    Raises:
        ValueError: no words, an unknown trait or one outside [0, 1], a limit below 1, a time without its zone, or a
            store without an index.
        EpisodeError: a stored episode is damaged; names its key.
    """
    now = now or datetime.now(UTC)
    if limit < 1 or now.tzinfo is None:
        raise ValueError("limit has to be at least 1, and now needs its time zone")
    # An episode has the rules for words and traits.
    asked = Episode(event=event, traits=dict(traits), time=now, source="stated")
    wanted = max(_AT_LEAST, _OVERFETCH * limit)
    mine = () if person is None else spaces(person)
    found = [hit for space in mine for hit in _nearest(store, space, event, wanted, only=space)]
    if public:
        found += _nearest(store, PUBLIC_SHELF, event, wanted, never=mine)
    hits = [scored(kept, similarity, space in mine, asked, mix) for kept, similarity, space in found]
    return sorted(hits, key=lambda hit: (-hit.score, hit.key))[:limit]


def _nearest(
    store: BaseStore,
    prefix: tuple[str, ...],
    event: str,
    wanted: int,
    *,
    only: tuple[str, ...] | None = None,
    never: Sequence[tuple[str, ...]] = (),
) -> list[tuple[Kept, float, tuple[str, ...]]]:
    """Up to `wanted` hits below `prefix`; a store that takes a prefix as mere text could return neighbours."""
    limit = wanted
    while True:
        items = store.search(prefix, query=event, limit=limit)
        hits = [
            item
            for item in items
            if tuple(item.namespace) not in never and (only is None or tuple(item.namespace) == only)
        ]
        if len(hits) >= wanted or len(items) < limit:
            break
        limit *= 2  # the person's own crowd out the others'
    if any(item.score is None for item in hits):
        raise ValueError("the store has no index over the field 'text'; open it with an embedder")
    return [(_read(item), float(item.score or 0.0), tuple(item.namespace)) for item in hits[:wanted]]


# --- the stored value: JSON primitives, `text` is what gets embedded --------------------------------------------------


def _put(person: str, kept: Kept) -> PutOp:
    episode = kept.episode if kept.episode.public else kept.episode.model_copy(update={"traits": {}})
    value: dict[str, Any] = {
        "text": episode.event,
        "same": same_words(episode.event),
        **episode.model_dump(mode="json", exclude={"event"}),
        **kept.model_dump(mode="json", include={"count", "first", "contradicts"}),
    }
    return PutOp(_space(person, kept), kept.key, value)


def _delete(person: str, kept: Kept) -> PutOp:
    return PutOp(_space(person, kept), kept.key, None)


def _space(person: str, kept: Kept) -> tuple[str, ...]:
    return public_space(person) if kept.episode.public else private_space(person)


def _read(item: Item) -> Kept:
    value = dict(item.value)
    value.pop("same", None)
    told = {name: value.pop(name) for name in ("count", "first", "contradicts") if name in value}
    try:
        return Kept.model_validate({"key": item.key, "episode": {"event": value.pop("text", None), **value}, **told})
    except ValidationError as error:
        # Fields only: the values are a person's words.
        fields = ", ".join(sorted({".".join(map(str, item["loc"])) or "the whole" for item in error.errors()}))
        raise EpisodeError(
            f"the stored episode {item.key!r} is damaged ({fields}); `affectgraph memory forget` takes it away"
        ) from None


def _write(store: BaseStore, ops: list[PutOp]) -> None:
    """One batch, so that it is kept as a whole or not at all."""
    rounds: list[dict[str, PutOp]] = []
    for op in ops if isinstance(store, InMemoryStore) else ():
        # That store cannot take equal texts in one batch (langgraph 1.2: it counts them once, and fails).
        text = op.value["text"] if op.value else op.key
        free = next((some for some in rounds if text not in some), None)
        if free is None:
            rounds.append(free := {})
        free[text] = op
    for batch in [list(some.values()) for some in rounds] or [ops]:
        store.batch(batch)


def _all(store: BaseStore, space: tuple[str, ...], filter: dict[str, Any] | None = None) -> list[Item]:
    """Everything that lies in `space` itself; a store that takes a prefix as mere text returns neighbours too."""
    found: list[Item] = []
    offset = 0
    while page := store.search(space, filter=filter, limit=_PAGE, offset=offset):
        found += [item for item in page if tuple(item.namespace) == space]
        offset += len(page)
        if len(page) < _PAGE:
            break
    return found
