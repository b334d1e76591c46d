"""Sentences, quotations and words of a reply that is still growing.

Knows punctuation only. A sentence end counts once the text behind it shows that it is one, so that what is found in
a prefix stays true when more text arrives.
"""

from __future__ import annotations

import re
import unicodedata

__all__ = [
    "Span",
    "Words",
    "ends_like_a_sentence",
    "quotations",
    "sentence_end",
    "sentences",
    "unclosed",
    "words",
    "words_outside_quotations",
    "wrapped",
    "wrapping",
]

Span = tuple[int, int]
Words = list[tuple[str, int, int]]  # a word or an ideograph, with its offsets

_CLOSERS = re.escape("\"'”’」』)）】》*_")
_CANDIDATE = re.compile(rf"[.!?。！？…]+[{_CLOSERS}]*|\n")
_VISIBLE = re.compile(r"\S")
_FINISHED = re.compile(rf"[.!?。！？…~～][{_CLOSERS}]*\Z")
_ABBREVIATION = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|prof|st|vs|e\.g|i\.e|etc|a\.m|p\.m|approx|[a-z])|(?:\A|\n)[ \t]*\d{1,2})\.\Z", re.IGNORECASE
)
_PAIRS = {'"': '"', "“": "”", "「": "」", "『": "』"}
# Longer than any segment that a vetted reply quotes; what is longer is no quotation but a copy.
_LONGEST_QUOTATION = 420
_QUOTATION = re.compile(
    # A straight mark behind a full stop closes, even where nothing opened.
    r"(?<![.!?。！？…](?=\"))(?:"
    + "|".join(
        f"{first}[^{first}{last}\n]{{1,{_LONGEST_QUOTATION}}}(?:{last}|(?=\\s*\\Z))" for first, last in _PAIRS.items()
    )
    + ")"
    # An apostrophe inside a word does not close a quotation in single marks.
    + rf"|(?<!\w)['‘](?:[^'‘’\n]|(?<=\w)['’](?=\w)){{1,{_LONGEST_QUOTATION}}}['’](?!\w)"
)
_WORD = re.compile(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+(?:['’][^\W_\u3400-\u9fff]+)*")


def sentence_end(text: str, start: int) -> int | None:
    """The end of the sentence that begins at `start`, closing quotes included.

    English sentences end at . ! ? before white space, Chinese ones at 。！？…, all at a line break. Nothing ends
    before a lower-case letter, after an abbreviation, or inside a number.

    Returns:
        None as long as no visible character follows the end, because until then it is not certain.
    """
    for match in _CANDIDATE.finditer(text, start):
        following = _VISIBLE.search(text, match.end())
        if following is None:
            return None
        if _is_end(text, match, following.start()):
            return match.end()
    return None


def _is_end(text: str, match: re.Match[str], following: int) -> bool:
    mark, behind, gap = match[0], text[following], text[match.end() : following]
    if mark[0] in "\n。！？":
        return True
    if "\u3400" <= behind <= "\u9fff":
        return mark[0] != "." or not text[max(0, match.start() - 1) : match.start()].isdigit()
    if not gap or (behind.islower() and "\n" not in gap):
        return False
    return not (mark == "." and _ABBREVIATION.search(text[max(0, match.end() - 12) : match.end()]))


def sentences(text: str) -> list[Span]:
    """`[start, end)` of all sentences, the unfinished last one included, without surrounding white space."""
    found, start = [], 0
    while (end := sentence_end(text, start)) is not None:
        found.append((start, end))
        start = end
    found.append((start, len(text)))
    return [_trimmed(text, *span) for span in found if text[slice(*span)].strip()]


def _trimmed(text: str, start: int, end: int) -> Span:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())


def ends_like_a_sentence(text: str) -> bool:
    """Whether the last visible character closes a sentence: punctuation, closing quotes, or a symbol such as ❤."""
    visible = text.rstrip().rstrip("\ufe0f")
    return bool(_FINISHED.search(visible)) or (bool(visible) and unicodedata.category(visible[-1]) == "So")


def quotations(text: str) -> list[Span]:
    """`[start, end)` of the text between quotation marks, without the marks.

    A quotation stays within a line and within 420 characters (our choice). One that is still open at the end of the
    text counts.
    """
    found = []
    for match in _QUOTATION.finditer(text):
        closed = match[0][-1] in "\"”」』'’" and len(match[0]) > 1
        found.append((match.start() + 1, match.end() - closed))
    return found


def wrapping(text: str) -> tuple[int, str] | None:
    """The quotation mark that opens `text` and is not closed in it, with the mark that would close it.

    Small models write a whole reply between quotation marks; this finds the first of them.

    Returns:
        Offset of the opening mark, and the closing one.
    """
    start = len(text) - len(text.lstrip())
    closing = _PAIRS.get(text[start : start + 1])
    if closing is None or not unclosed(text, closing):
        return None
    return start, closing


def wrapped(text: str) -> Span | None:
    """The offsets of the two marks when all of `text` is one quotation."""
    visible = text.strip()
    closing = _PAIRS.get(visible[:1])
    if closing is None or len(visible) < 3 or not visible.endswith(closing):
        return None
    if visible[0] in visible[1:-1] or closing in visible[1:-1]:
        return None
    start = text.index(visible[0])
    return start, start + len(visible) - 1


def unclosed(text: str, closing: str) -> bool:
    """Whether the quotation marks that end with `closing` do not come in pairs."""
    opening = next(first for first, last in _PAIRS.items() if last == closing)
    return text.count(closing) % 2 == 1 if opening == closing else text.count(opening) != text.count(closing)


def words(text: str) -> Words:
    """Words in lower case with straight apostrophes, and single ideographs; punctuation is left out."""
    return [(match[0].casefold().replace("’", "'"), *match.span()) for match in _WORD.finditer(text)]


def words_outside_quotations(text: str) -> list[Words]:
    """The words outside quotation marks, in stretches that no quotation interrupts."""
    edges = [0, *(edge for span in quotations(text) for edge in span), len(text)]
    stretches = zip(edges[::2], edges[1::2], strict=True)
    return [[(word, first + a, first + b) for word, a, b in words(text[first:last])] for first, last in stretches]
