"""The voice of the rules: a typed level of risk for one text, from tables over the normalised text.

The threat: a person at risk whose words are indirect, misspelt, disguised or taken back, and text that tries to talk
the screen down. Hence the asymmetry: a rule can only raise the level; a negation, a past tense or another subject
lowers the one match that it governs, never the text; "just kidding" lowers nothing.

What rules cannot do: hear tone or irony, read a plan that names nothing, or a mood across sentences. That is for the
other voices (`assessing`). The tables are in `rules`; findings carry offsets and rule ids, never text.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from affectgraph.tools.normalise import normalise
from affectgraph.tools.safety.findings import Assessment, Category, Finding
from affectgraph.tools.safety.rules import Rule, cue, idioms, rules

__all__ = ["letters", "screen", "screen_last"]

# How far from a match, in characters, a cue in the same sentence still counts. It also bounds the work on one long
# text without punctuation.
_NEAR = 120
# Stands for each character of an idiom: no pattern matches it.
_MASK = "\x01"
_SENTENCE_END = re.compile(r"(?<!\.)\.(?![.\w])")
_CJK = re.compile(r"[\u4e00-\u9fff]")
_BREAK = re.compile(r"[!?;。\n]")
_CLAUSE = re.compile(r"[,\x01]|\b(?:but|though|because)\b|但|可是|只是")
# Finer than a clause: what dates one statement of a sentence does not date the next.
_PART = re.compile(r"[,\x01]|\b(?:and|but|so|though|because)\b")
_OWN_RISK = (Category.suicide, Category.self_harm)
# How far behind a sentence, in characters, a "yes" still answers what was asked in it.
_YES = 25
# How close, in characters, two signs must stand to speak of one thing, and how many following signs are looked at.
_PAIR = 300
# How close, in characters, a sign must stand to a statement of one's own.
_REACH = 800
_NEIGHBOURS = 8

_Subject = Literal["self", "other", "you", "unsaid"]


def screen(text: str) -> Assessment:
    """Assess the risk in `text`, English or Chinese, of any length.

    A text in another language gets level 0 unless it holds one of the phrases: no rule covers it.
    """
    return _assessment(_found(text))


def screen_last(earlier: str, text: str) -> Assessment:
    """Assess `text` where `earlier` was said before it: what it adds, not what was already there.

    Signs of preparation count beside thoughts that were stated earlier. A level that only both together reach is that
    of `text`. Offsets are those of `text`; never lower than `screen(text)`.
    """
    alone = screen(text)
    if not earlier.strip():
        return alone
    offset = len(earlier) + 1
    hits, signs = _read(f"{earlier}\n{text}")
    early = [hit for hit in hits if hit.finding.start < offset]
    before = _assessment(early + _counting([sign for sign in signs if sign.finding.start < offset], early)).level
    joined = hits + _counting(signs, hits)
    late = [_moved(hit, -offset) for hit in joined if hit.finding.start >= offset]
    found = _assessment([*late, *(_Hit(finding, False) for finding in alone.findings)])
    together = _assessment(joined).level
    level = max(found.level, alone.level, together if together > before else 0)
    return found.model_copy(update={"level": level})


def letters(text: str) -> int:
    """How many letters and digits a text has, as a measure of how much it says."""
    return sum(letter.isalnum() for letter in text)


def _found(text: str) -> list[_Hit]:
    hits, signs = _read(text)
    return hits + _counting(signs, hits)


def _read(text: str) -> tuple[list[_Hit], list[_Hit]]:
    """The matches of a text, and the signs that count only beside them."""
    prepared = _prepare(text)
    hits = [hit for rule in rules() if not rule.beside for hit in _hits(prepared, rule)]
    return hits, [hit for rule in rules() if rule.beside for hit in _hits(prepared, rule) if hit.own]


def _moved(hit: _Hit, by: int) -> _Hit:
    finding = hit.finding
    return _Hit(finding.model_copy(update={"start": finding.start + by, "end": finding.end + by}), hit.own)


@dataclass(frozen=True)
class _Prepared:
    view: str
    spans: tuple[tuple[int, int], ...]
    breaks: list[int]
    for_friend: bool

    def around(self, start: int, end: int) -> tuple[int, int]:
        """The sentence around `[start, end)`, at most `_NEAR` characters to each side."""
        before = bisect_left(self.breaks, start)
        first = self.breaks[before - 1] + 1 if before else 0
        after = bisect_left(self.breaks, end)
        last = self.breaks[after] if after < len(self.breaks) else len(self.view)
        return max(first, start - _NEAR), min(last, end + _NEAR)


@dataclass(frozen=True)
class _Hit:
    """A finding, and whether it is the writer's own present risk, undenied."""

    finding: Finding
    own: bool


def _prepare(text: str) -> _Prepared:
    """The text as the rules read it: normalised, idioms blanked, sentence ends as line breaks; length unchanged."""
    normal = normalise(text)
    view = _SENTENCE_END.sub("\n", normal.text)
    view = idioms().sub(lambda match: _MASK * len(match[0]), view)
    breaks = [match.start() for match in _BREAK.finditer(view)]
    return _Prepared(view, normal.spans, breaks, bool(cue("friend_asks").search(view)))


def _hits(prepared: _Prepared, rule: Rule) -> Iterator[_Hit]:
    for match in rule.pattern.finditer(prepared.view):
        if rule.alone and 2 * letters(match[0]) < letters(prepared.view):
            continue
        level, own = _weigh(prepared, rule, match.start(), match.end())
        if level:
            start, end = prepared.spans[match.start()][0], prepared.spans[match.end() - 1][1]
            yield _Hit(Finding(category=rule.category, level=level, start=start, end=end, rule=rule.id), own)


def _counting(signs: list[_Hit], hits: list[_Hit]) -> list[_Hit]:
    """Which signs of preparation or farewell count ("I bought a rope" alone says nothing), and how much.

    Beside stated thoughts of suicide or self-harm they count in full; beside a passive wish they count as method;
    two different ones close together, at least one of them concrete, are asked about (our choices).
    """
    own = [hit.finding for hit in hits if hit.own and hit.finding.category in _OWN_RISK]
    paired = 2 if _paired([sign.finding for sign in signs]) else 0
    counted = []
    for sign in signs:
        near = [finding.level for finding in own if abs(finding.start - sign.finding.start) <= _REACH]
        limit = 6 if max(near, default=0) >= 2 else 3 if near else paired
        if limit:
            lowered = sign.finding.model_copy(update={"level": min(sign.finding.level, limit)})
            counted.append(_Hit(lowered, True))
    return counted


def _paired(signs: list[Finding]) -> bool:
    ordered = sorted(signs, key=lambda sign: sign.start)
    return any(
        other.start - sign.start <= _PAIR and sign.rule != other.rule and (_concrete(sign) or _concrete(other))
        for place, sign in enumerate(ordered)
        for other in ordered[place + 1 : place + 1 + _NEIGHBOURS]
    )


def _concrete(sign: Finding) -> bool:
    return any(word in sign.rule for word in ("means", "place", "farewell"))


def _assessment(hits: list[_Hit]) -> Assessment:
    level = max((hit.finding.level for hit in hits), default=0)
    # Our choice: two passive statements of one's own in different places are asked about, not only given resources.
    if level == 1 and _apart(hit.finding for hit in hits if hit.own and hit.finding.category in _OWN_RISK) > 1:
        level = 2
    # One finding per rule, the first of its highest level: a text that says it a thousand times stays short.
    findings: dict[str, Finding] = {}
    for hit in sorted(hits, key=lambda hit: (-hit.finding.level, hit.finding.start, hit.finding.rule)):
        findings.setdefault(hit.finding.rule, hit.finding)
    categories = list(dict.fromkeys(finding.category for finding in findings.values()))
    return Assessment(level=level, categories=categories, findings=list(findings.values()))


def _apart(findings: Iterator[Finding]) -> int:
    """How many findings there are that do not overlap."""
    count, reached = 0, 0
    for finding in sorted(findings, key=lambda finding: finding.end):
        if finding.start >= reached:
            count, reached = count + 1, finding.end
    return count


def _weigh(prepared: _Prepared, rule: Rule, start: int, end: int) -> tuple[int, bool]:
    """What a match counts once its sentence is read, and whether it is the writer's own present risk."""
    first, last = prepared.around(start, end)
    before, match, sentence = prepared.view[first:start], prepared.view[start:end], prepared.view[first:last]
    fiction = bool(cue("fiction").search(sentence))
    subject: _Subject = "self" if rule.voice == "inside" else _subject(before, match)
    if subject in ("other", "you") and not prepared.for_friend:
        return (0 if fiction or subject == "you" else min(rule.level, 1)), False
    if subject == "unsaid" and rule.voice == "said" and not (_opens_clause(before) or cue("self").search(sentence)):
        return 0, False
    if rule.denied is not None and (_denied(before, match) or _reported(before, prepared.view[start : last + _YES])):
        return min(rule.level, rule.denied), False
    if rule.dated and (fiction or _past(before, match, sentence)) and not _asserted(before, match):
        return 1, False
    if cue("topic").search(sentence) and not _own(before, match):
        return 1, False
    if rule.dated and _over(prepared.view[end : end + _NEAR], sentence) and not _asserted(before, match):
        return 1, False
    level = _grown(rule.level, before, match, sentence) if rule.grows else rule.level
    # A concept that ends in "other" is somebody else's risk by definition.
    return level, ".other" not in rule.id


def _over(after: str, sentence: str) -> bool:
    """What follows says that it ended long ago."""
    return bool(cue("over").match(after)) and not cue("again").search(sentence)


def _reported(before: str, after: str) -> bool:
    """Somebody else asked or believed it, and no admission follows, in the sentence or just after it."""
    return bool(cue("reported").search(before[-60:])) and not cue("admitted").search(after)


def _past(before: str, match: str, sentence: str) -> bool:
    """The statement is only about the past. Chinese verbs have no tense, so there the cue must be in the clause.

    "Now" in another clause speaks of how it is over; "again" speaks of the same thing wherever it stands.
    """
    if not _CJK.search(match):
        # "Ten years ago this week" is no word of now, where it dates the statement itself.
        end = len(before) + len(match)
        first, last = len(before) - len(_PART.split(before)[-1]), end + len(_PART.split(sentence[end:])[0])
        rest = sentence[:first] + cue("history").sub("", sentence[first:last]) + sentence[last:]
        return bool(cue("history").search(sentence)) and not cue("present").search(rest)
    clause = before.split(",")[-1] + match + sentence[len(before) + len(match) :].split(",")[0]
    dated = cue("history").search(clause) or cue("then_zh").search(clause)
    return bool(dated) and not cue("present").search(clause) and not cue("again").search(sentence)


def _own(before: str, match: str) -> bool:
    """It is said of oneself, beside whatever topic the sentence names ("I study nursing and I want to die")."""
    if _CJK.search(match):
        return bool(cue("own_zh").search(before[-4:] + "\x02" + match))
    return bool(cue("own").search(_CLAUSE.split(before)[-1][-40:] + "\x02 " + match))


def _asserted(before: str, match: str) -> bool:
    """It is said of now: "when I was little my mother cared, I want to die"."""
    if _CJK.search(match):
        return bool(cue("asserted_zh").search(match))
    said = before[-25:] + match
    return bool(cue("asserted").search(said)) and not cue("told").search(said)


def _grown(level: int, before: str, match: str, sentence: str) -> int:
    """Raise a statement of thoughts by method, intent, time and attempt, as the C-SSRS orders them."""
    method, time = bool(cue("method").search(sentence)), bool(cue("time").search(sentence))
    if cue("attempt").search(before):
        return 6
    if cue("intent").search(before) or cue("intent_inside").search(match):
        return max(level, 5 if method or time else 4)
    if time:
        return max(level, 5 if method else 4)
    return max(level, 3) if method else level


def _denied(before: str, match: str) -> bool:
    """Whether the statement itself is negated: the negation stands between its subject and the match."""
    if cue("denied_zh").search(before[-10:]):
        return True
    own = _CLAUSE.split(before)[-1][-50:]
    subjects = [subject.start() for subject in cue("self").finditer(own)]
    if subjects:
        own = own[subjects[-1] :]
    return bool(cue("denied").search(own)) and not cue("undenied").search(own + match)


def _subject(before: str, match: str) -> _Subject:
    """Whose statement it is: the nearest subject before the match, or inside it."""
    if _CJK.search(match):
        return _subject_zh(before, match)
    ends = {name: _last_end(cue(name), before + (match if name == "self" else "")) for name in ("self", "other", "you")}
    nearest = max(ends, key=lambda name: ends[name])
    if ends[nearest] < 0:
        return "unsaid"
    if nearest == "self":
        return "self"
    # "My father died and want to die too": a bare verb after a clause boundary is the writer's own.
    if cue("boundary").search(before, ends[nearest]) and cue("bare").match(match):
        return "self"
    return "you" if nearest == "you" else "other"


def _last_end(pattern: re.Pattern[str], text: str) -> int:
    return max((found.end() for found in pattern.finditer(text)), default=-1)


def _subject_zh(before: str, match: str) -> _Subject:
    """Chinese leaves subjects out and marks no objects, so any "我" in the clause that can be its subject is."""
    *earlier, clause = before.split(",")
    if cue("self_zh").search(clause + match):
        return "self"
    if cue("other_zh").search(clause):
        return "other"
    if cue("oneself_zh").search(clause + match):
        return "self"
    if cue("you_zh").search(clause):
        return "you"
    if not earlier:
        return "unsaid"
    topic = earlier[-1]
    told = cue("other_zh").search(topic) and not cue("self_zh").search(topic)
    # "He left me, life is pointless": whoever was hurt speaks of herself.
    return "other" if told and not cue("lost_zh").search(topic) else "self"


def _opens_clause(before: str) -> bool:
    """Next to nothing stands before the match in its clause: "I" may have been left out ("feeling suicidal")."""
    clause = _CLAUSE.split(before)[-1]
    return len(clause.split()) <= 2 if clause.isascii() else len(clause) <= 6
