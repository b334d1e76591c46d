"""A small linear model over n-grams of a text: fitted elsewhere, kept as a data file, read with numpy alone.

Features are n-grams of words (an ideograph is a word) and of the letters inside a word, of `normalise(text).text`, so
that spelling tricks are undone first. A text is the vector of `log(1 + count) * idf`, scaled to unit length; every
head is a logistic regression on it. The same text gives the same numbers on every machine; what a score rests on can
be shown as places of the text.
"""

from __future__ import annotations

import io
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from affectgraph.backends.errors import MissingDependency
from affectgraph.tools.normalise import normalise

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Counts", "FittedText", "Gram", "counted", "fit_counts", "fit_text", "grams"]

_WORD = re.compile(r"[\u3400-\u9fff]|[a-z0-9]+(?:'[a-z]+)?|[^\w\s]")
_CJK = re.compile(r"[\u3400-\u9fff]")
# Words in an n-gram: four, because most Chinese words are two ideographs.
_LONGEST = 4
_LONGEST_LATIN = 3
_LETTERS = (3, 4, 5)

Gram = tuple[str, int, int]  # the n-gram, and its place in the normalised text
Counts = Mapping[str, int]  # n-gram -> how often a text holds it


def grams(view: str) -> Iterator[Gram]:
    """The n-grams of a normalised text with their places, in no particular order."""
    words = [(match[0], match.start(), match.end()) for match in _WORD.finditer(view)]
    wide = [bool(_CJK.match(word)) for word, _, _ in words]
    for first in range(len(words)):
        parts: list[str] = []
        for place in range(first, min(first + _LONGEST, len(words))):
            parts.append(words[place][0])
            if len(parts) > _LONGEST_LATIN and not all(wide[first : place + 1]):
                break
            yield ("w" + " ".join(parts), words[first][1], words[place][2])
    for word, start, _ in words:
        if len(word) > 1 and word.isascii():
            yield from _letters(word, start)


def counted(text: str) -> Counts:
    """The n-grams of a text as written."""
    return Counter(gram for gram, _, _ in grams(normalise(text).text))


def _letters(word: str, start: int) -> Iterator[Gram]:
    padded = f"_{word}_"
    for size in _LETTERS:
        for place in range(len(padded) - size + 1):
            first = max(0, place - 1)
            yield ("c" + padded[place : place + size], start + first, start + min(len(word), place - 1 + size))


@dataclass(frozen=True)
class FittedText:
    """A fitted model.

    Attributes:
        heads: names of what is scored; H of them.
        vocabulary: the V n-grams that count, in the order of the columns.
        idf: [V] inverse document frequencies, natural logarithm, plus one.
        weights: [H, V].
        bias: [H].
        about: how it was fitted, for people: JSON-able.
    """

    heads: tuple[str, ...]
    vocabulary: tuple[str, ...]
    idf: NDArray[np.float32]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    about: Mapping[str, Any]

    @cached_property
    def _columns(self) -> dict[str, int]:
        return {gram: column for column, gram in enumerate(self.vocabulary)}

    def logits(self, text: str) -> dict[str, float]:
        """Head -> log-odds. A text without a known n-gram scores the bias alone."""
        return self.logits_of(counted(text))

    def logits_of(self, counts: Counts) -> dict[str, float]:
        """The same of a text that was counted before."""
        columns, values = self._vector(counts)
        scores = self.weights[:, columns] @ values + self.bias
        return dict(zip(self.heads, (float(score) for score in scores), strict=True))

    def scores(self, text: str) -> dict[str, float]:
        """Head -> probability in (0, 1)."""
        return {
            head: 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, logit)))) for head, logit in self.logits(text).items()
        }

    def support(self, text: str, head: str) -> list[tuple[int, int, float]]:
        """What the log-odds of `head` rest on: `(start, end, weight)` of the original text, one per known n-gram.

        The weights and the bias sum to the log-odds; an n-gram that occurs twice shares its weight.

        Raises:
            KeyError: there is no such head.
        """
        if head not in self.heads:
            raise KeyError(head)
        normal = normalise(text)
        found = [gram for gram in grams(normal.text) if gram[0] in self._columns]
        columns, values = self._vector(Counter(gram for gram, _, _ in found))
        share = dict(zip(columns, (self.weights[self.heads.index(head), columns] * values).tolist(), strict=True))
        times = Counter(gram for gram, _, _ in found)
        spans = normal.spans
        return [
            (spans[start][0], spans[end - 1][1], share[self._columns[gram]] / times[gram]) for gram, start, end in found
        ]

    def _vector(self, found: Counts) -> tuple[list[int], NDArray[np.float32]]:
        import numpy as np

        known = {column: times for gram, times in found.items() if (column := self._columns.get(gram)) is not None}
        columns = sorted(known)
        counts = np.array([known[column] for column in columns], dtype=np.float32)
        values = np.log1p(counts) * self.idf[columns]
        length = float(np.sqrt((values * values).sum()))
        return columns, values / length if length else values

    def save(self, path: Path) -> None:
        """Write it as an uncompressed-format-independent `.npz` without pickles; weights at half precision."""
        import json

        import numpy as np

        kept = io.BytesIO()
        np.savez_compressed(
            kept,
            heads=np.array(self.heads),
            vocabulary=np.frombuffer("\n".join(self.vocabulary).encode(), dtype=np.uint8),
            idf=self.idf.astype(np.float16),
            weights=self.weights.astype(np.float16),
            bias=self.bias.astype(np.float32),
            about=np.array(json.dumps(dict(self.about), ensure_ascii=False, sort_keys=True)),
        )
        path.write_bytes(kept.getvalue())

    @classmethod
    def load(cls, path: Path) -> FittedText:
        """Read what `save` wrote.

        Raises:
            OSError: it cannot be read.
            ValueError: it is not such a file.
        """
        import json

        import numpy as np

        with np.load(path, allow_pickle=False) as kept:
            missing = {"heads", "vocabulary", "idf", "weights", "bias", "about"} - set(kept.files)
            if missing:
                raise ValueError(f"{path} is no fitted text model: it lacks {', '.join(sorted(missing))}")
            return cls(
                heads=tuple(str(head) for head in kept["heads"]),
                vocabulary=tuple(kept["vocabulary"].tobytes().decode().split("\n")),
                idf=kept["idf"].astype(np.float32),
                weights=kept["weights"].astype(np.float32),
                bias=kept["bias"].astype(np.float32),
                about=json.loads(str(kept["about"])),
            )


def fit_text(
    texts: Sequence[str],
    labels: Mapping[str, Sequence[int]],
    *,
    weights: Sequence[float] | None = None,
    about: Mapping[str, Any] | None = None,
) -> FittedText:
    """`fit_counts` of texts as written."""
    return fit_counts([counted(text) for text in texts], labels, weights=weights, about=about)


def fit_counts(
    texts: Sequence[Counts],
    labels: Mapping[str, Sequence[int]],
    *,
    weights: Sequence[float] | None = None,
    strength: float = 32.0,
    fewest: int = 2,
    size: int = 60_000,
    about: Mapping[str, Any] | None = None,
) -> FittedText:
    """Fit one logistic regression per head. Deterministic.

    Args:
        texts: n texts, counted.
        labels: head -> n labels, 1 or 0; -1 leaves the text out for this head.
        weights: n weights of the texts; equal where None.
        strength: inverse of the L2 penalty (sklearn's `C`).
        fewest: an n-gram in fewer texts is dropped.
        size: the most n-grams that are kept, the most frequent first.
        about: kept with the model.

    Raises:
        MissingDependency: scikit-learn is not installed.
        ValueError: a head has labels of one kind only.
    """
    import numpy as np

    try:
        from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
    except ImportError as error:
        raise MissingDependency("fitting needs scikit-learn: pip install 'affectgraph[evals]'") from error
    vocabulary, idf = _chosen(texts, fewest, size)
    matrix = _matrix(texts, vocabulary, idf)
    share = np.ones(len(texts)) if weights is None else np.asarray(weights, dtype=np.float64)
    found, bias = [], []
    for head, given in labels.items():
        target = np.asarray(given)
        used = np.flatnonzero(target >= 0)
        if len(set(target[used].tolist())) != 2:
            raise ValueError(f"head {head!r} needs texts labelled 1 and texts labelled 0")
        model: Any = LogisticRegression(C=strength, max_iter=2_000, tol=1e-5)
        model.fit(matrix[used], target[used], sample_weight=share[used])
        found.append(model.coef_[0])
        bias.append(model.intercept_[0])
    # At the precision of the file, so that what is fitted is what is loaded.
    kept = np.array(found, dtype=np.float16).astype(np.float32)
    return FittedText(tuple(labels), vocabulary, idf, kept, np.array(bias, dtype=np.float32), about or {})


def _chosen(texts: Sequence[Counts], fewest: int, size: int) -> tuple[tuple[str, ...], NDArray[np.float32]]:
    """The n-grams that are kept, and their inverse document frequencies."""
    import numpy as np

    spread = Counter(gram for counts in texts for gram in counts)
    frequent = [gram for gram, times in spread.items() if times >= fewest]
    vocabulary = tuple(sorted(sorted(frequent, key=lambda gram: (-spread[gram], gram))[:size]))
    idf = [math.log((1 + len(texts)) / (1 + spread[gram])) + 1 for gram in vocabulary]
    return vocabulary, np.array(idf, dtype=np.float16).astype(np.float32)


def _matrix(texts: Sequence[Counts], vocabulary: tuple[str, ...], idf: NDArray[np.float32]) -> Any:
    """[n, V] sparse, one vector a row."""
    import numpy as np
    from scipy.sparse import csr_matrix  # type: ignore[import-untyped]

    empty = np.zeros((0, len(vocabulary)), dtype=np.float32)
    blank = FittedText((), vocabulary, idf, empty, empty[:, 0], {})
    rows = [blank._vector(counts) for counts in texts]
    starts = np.cumsum([0, *(len(columns) for columns, _ in rows)])
    columns = np.array([column for row, _ in rows for column in row], dtype=np.int32)
    return csr_matrix((np.concatenate([values for _, values in rows]), columns, starts), (len(texts), len(vocabulary)))
