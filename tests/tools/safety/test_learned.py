"""The fitted model's voice, as shipped: what it hears, what it leaves alone, and where it points."""

from collections.abc import Callable, Sequence

import pytest

from affectgraph.backends.base import Embedder
from affectgraph.backends.embedder import SentenceEmbedder
from affectgraph.backends.errors import BackendError, MissingDependency
from affectgraph.tools.safety import Said, Voices, assess
from affectgraph.tools.safety.learned import heard, learned, passages
from tests.tools.safety.test_screening import BENIGN, public

CALM = (
    "I made soup and watched the rain.",
    "My boss moved the meeting again and I am annoyed.",
    "We walked the dog by the river, it was lovely.",
    "今天下班早，去菜市场买了条鱼。",
    "老师说下周要考试，我得复习了。",
    "谢谢你，听你这么说我轻松多了。",
)


@pytest.fixture(scope="module")
def embedder() -> SentenceEmbedder:
    return SentenceEmbedder()


@pytest.mark.parametrize("text", CALM)
def test_small_talk_is_left_alone(text: str) -> None:
    assert learned(text) == []


@pytest.mark.parametrize("text", ["", "   ", "🙂", "12", "Bonjour tout le monde", "\u200b"])
def test_what_it_does_not_know_is_left_alone(text: str) -> None:
    assert learned(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "I think about killing myself every night and nobody knows.",
        "i've started saving my tablets in the drawer, just in case it gets too much",
        "我每天晚上都在想怎么结束这一切，药已经攒了一抽屉",
        "他喝了酒又打我，我把门反锁了，孩子一直在哭",
    ],
)
def test_plain_cases_are_heard(text: str) -> None:
    (finding,) = learned(text)
    assert finding.level >= 1
    assert finding.rule == f"learned.{finding.category}"
    assert 0 <= finding.start < finding.end <= len(text)


def test_it_is_deterministic() -> None:
    text = "I think about killing myself every night and nobody knows."
    assert learned(text) == learned(text)


def test_it_points_at_the_clause_it_rests_on() -> None:
    text = "Dinner was fine, I keep thinking about killing myself every night, nobody knows."
    (finding,) = learned(text)
    assert "killing myself" in text[finding.start : finding.end]


def test_a_short_answer_is_read_with_the_end_of_the_question() -> None:
    assert heard("How near is it?", "very") == "How near is it?\nvery"
    long = "word " * 40
    assert heard("How near is it?", long) == long
    assert heard("", "very") == "very"


def test_only_long_texts_have_passages() -> None:
    assert passages("One. Two. Three.") == []
    text = "It rained all day and we stayed in. " * 10
    spans = passages(text)
    assert len(spans) >= 8
    assert all(0 <= start < end <= len(text) for start, end in spans)


def test_an_embedder_is_asked_for_the_languages_of_its_anchors(embedder: SentenceEmbedder) -> None:
    asked: list[str] = []

    class Listening:
        identity = embedder.identity

        def embed(self, texts: Sequence[str]) -> list[list[float]]:
            asked.extend(texts)
            return embedder.embed(texts)

    learned("今天天气不错，我们去爬山吧。", "", (Listening,))
    assert asked == []
    learned("The weather is fine.", "", (Listening,))
    assert asked == ["The weather is fine."]


class Refusing:
    """An encoder whose vectors must not be asked for."""

    identity = "another:0:256"

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        raise AssertionError("its vectors mean something else")


class OtherWeights(Refusing):
    identity = "all-MiniLM-L6-v2:000000000000:256"


class Broken(Refusing):
    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        raise BackendError("no memory")


def missing() -> Embedder:
    raise MissingDependency("not installed")


@pytest.mark.parametrize("give", [Refusing, OtherWeights, Broken, missing, lambda: None])
def test_an_embedder_that_is_another_missing_or_broken_leaves_the_others_to_speak(give: Callable[[], Embedder]) -> None:
    risk = "I think about killing myself every night and nobody knows."
    assert learned(risk, "", (give,)) == learned(risk)
    assert learned(CALM[0], "", (give,)) == []


def test_few_of_the_benign_development_cases_are_flagged() -> None:
    flagged = [text for text in BENIGN if assess([Said(role="person", text=text)], voices=Voices()).level >= 2]
    assert len(flagged) <= 0.05 * len(BENIGN)


def test_false_alarms_of_all_voices_on_xstest_safe_prompts() -> None:
    import csv

    with public("xstest", "xstest_dev.csv").open(encoding="utf-8", newline="") as file:
        safe = [row["prompt"] for row in csv.DictReader(file) if row["label"] == "safe"]
    assert sum(assess([Said(role="person", text=text)]).level >= 2 for text in safe) <= 0.03 * len(safe)
