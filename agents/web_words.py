"""What the page says, in English and Chinese: one typed table, read from `web_words.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict

from affectgraph.tools.intent import INTENT_WORDS, INTENTS
from affectgraph.tools.label_words import label_words

__all__ = ["LANGUAGES", "PageLanguage", "Words", "preferred", "words"]

PageLanguage = Literal["en", "zh"]
LANGUAGES: tuple[PageLanguage, ...] = get_args(PageLanguage)
_FILE = Path(__file__).with_name("web_words.toml")


class Words(BaseModel):
    """The texts of one language; what each is for is said in the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    language: PageLanguage
    tag: str
    other_language: str
    title: str
    skip: str
    light_or_dark: str
    about: str
    help_now: str
    help_title: str
    help_hint: str
    close: str
    country: str
    elsewhere: str
    notice_title: str
    notice: tuple[str, ...]
    notice_remote: str
    notice_ok: str
    standing: str
    conversation: str
    empty: str
    you: str
    program: str
    human: str
    human_asked: str
    write: str
    keys: str
    write_label: str
    send: str
    upload: str
    record: str
    stop: str
    go_on: str
    stopped: str
    failed: str
    thinking: str
    answering: str
    busy: str
    wait: str
    attached: str
    heard: str
    wish: str
    wishes: dict[str, str]
    banner: dict[str, str]
    panel: str
    feelings: str
    feelings_hint: str
    no_feelings: str
    turn: str
    table: str
    level: str
    levels: tuple[str, ...]
    time: str
    others: str
    chain: str
    chain_hint: str
    no_chain: str
    layers: dict[str, str]
    nodes: dict[str, str]
    strength: dict[str, str]
    moves: dict[str, str]
    distortions: dict[str, str]
    intensity: str
    situation: str
    causes: str
    beliefs: str
    sources: dict[str, str]
    media: str
    no_media: str
    not_understood: str
    modalities: dict[str, str]
    sentiments: dict[str, str]
    conflicts: dict[str, str]
    together: str
    no_reading: str
    reliability: str
    memory: str
    memory_hint: str
    name: str
    name_hint: str
    use_name: str
    remember: str
    remembered: str
    no_memories: str
    nameless: str
    forget: str
    forget_all: str
    forgotten: str
    session: str
    session_hint: str
    past: str
    this_session: str
    messages: str
    new: str
    export: str
    erase: str
    erase_sure: str
    erase_yes: str
    erase_no: str
    erased: str

    def emotion(self, label: str) -> str:
        """An emotion or sentiment label as the page calls it."""
        return label_words([label], self.language)[0].replace("_", " ")

    def sought(self, label: str) -> str:
        """A label of the third layer as the page calls it."""
        return dict(zip(INTENTS, INTENT_WORDS[self.language], strict=True)).get(label, label)  # type: ignore[call-overload, no-any-return]


@cache
def words(language: PageLanguage) -> Words:
    """The texts of `language`."""
    return Words.model_validate({"language": language, **_tables()[language]})


@cache
def _tables() -> Mapping[str, dict[str, object]]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def preferred(accepted: str) -> PageLanguage:
    """The language of the page for a browser that sends `accepted` as its `Accept-Language`.

    The first that is listed wins; browsers list them by preference.
    """
    for part in accepted.lower().split(","):
        tag = part.split(";")[0].strip().split("-")[0]
        if tag in LANGUAGES:
            return tag
    return "en"
