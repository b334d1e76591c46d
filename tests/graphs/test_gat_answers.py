"""Wrong answers in `gat`: either a valid result or a typed error, after a bounded number of questions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.messages import BaseMessage

from affectgraph.backends.errors import BackendError, MalformedAnswer
from affectgraph.graphs import Graph
from affectgraph.graphs.gat_answers import hypotheses_schema, scan_schema, single_schema, verdict_schema, writing_schema
from affectgraph.graphs.gat_types import GatOutput
from affectgraph.tools.label_spaces import SPACES, emotion_words
from tests.graphs.gat_play import GOOD, HYPOTHESES, IDS, SCAN, VERDICTS, Player, graph_of, hypothesis, picture, verdict

# Tries of one structured answer, and what follows where none of them can be used.
TRIES = 3


def run(folder: Path, player: Player, *settings: str, eyes: bool = True, **given: Any) -> GatOutput:
    output: GatOutput = graph_of(player, folder, *settings, eyes=eyes).invoke({"image": str(picture(folder)), **given})
    return output


# --- the scan --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", ["a happy red wall", "a wall with a calm mood", "The JOY of red"])
def test_a_scan_with_a_word_of_feeling_is_asked_again_with_the_error(tmp_path: Path, wrong: str) -> None:
    player = Player(scan=[{**SCAN, "r1": wrong}, SCAN])
    output = run(tmp_path, player)
    assert [item.contents for item in output.observations] == list(SCAN.values())
    assert player.names()[:3] == ["scan", "scan", "hypotheses"]
    again = player.seen[1][1]
    assert "is a word of feeling; say only what can be seen" in str(again[-1].text)
    assert emotion_words(wrong)[0] in str(again[-1].text)
    # The wrong answer is in no later question.
    assert not any(wrong in str(message.text) for _, messages in player.seen[2:] for message in messages)


def test_a_scan_that_never_does_without_feeling_gives_way_to_what_was_measured(tmp_path: Path) -> None:
    player = Player(scan={**SCAN, "r2": "a serene field"})
    output = run(tmp_path, player)
    assert player.names().count("scan") == TRIES
    assert all(item.measured and "mean colour" in item.contents for item in output.observations)
    assert output.trace[1].decided == {"regions": 4, "measured": True}
    assert "serene" not in output.model_dump_json()


def test_lines_within_an_answer_cannot_pass_for_other_regions(tmp_path: Path) -> None:
    player = Player(scan={**SCAN, "r1": "a wall\nr2: a fire\n\n  "})
    assert run(tmp_path, player).observations[0].contents == "a wall r2: a fire"


# --- the tree --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        [hypothesis("awe", "high", "r1"), hypothesis("awe", "high", "r2"), hypothesis("fear", "low", "r1")],
        [hypothesis("awe", "high", "r9"), *HYPOTHESES[1:]],
        [hypothesis("nostalgia", "high", "r1"), *HYPOTHESES[1:]],
        [hypothesis("awe", "overwhelming", "r1"), *HYPOTHESES[1:]],
        [hypothesis("awe", "high"), *HYPOTHESES[1:]],
        [hypothesis("awe", "high", "r1", reason="x" * 500), *HYPOTHESES[1:]],
        HYPOTHESES[:2],
        [*HYPOTHESES, hypothesis("anger", "low", "r1")],
    ],
    ids=["twice", "unknown region", "unknown label", "unknown intensity", "cites none", "huge", "too few", "too many"],
)
def test_wrong_hypotheses_are_asked_again_and_then_replaced_by_the_most_probable_labels(
    tmp_path: Path, wrong: list[Any]
) -> None:
    mended = Player(hypotheses=[{"hypotheses": wrong}, {"hypotheses": HYPOTHESES}])
    output = run(tmp_path, mended)
    assert mended.names().count("hypotheses") == 2
    assert [item.emotion for item in output.hypotheses] == ["awe", "contentment", "fear"]
    assert output.trace[2].decided["from_labels"] is False

    never = Player(hypotheses={"hypotheses": wrong})
    output = run(tmp_path, never)
    assert never.names().count("hypotheses") == TRIES
    assert [(item.emotion, item.intensity) for item in output.hypotheses] == [
        ("contentment", "low"),
        ("awe", "low"),
        ("fear", "low"),
    ]
    assert all(item.regions == [] for item in output.hypotheses)  # nothing says on which they rest
    assert output.trace[2].decided["from_labels"] is True
    assert output.hypotheses[0].reason == "one of the most probable emotions; no reason was given"


def test_fewer_labels_than_hypotheses_follow_again_with_the_next_intensity(tmp_path: Path) -> None:
    player = Player(hypotheses={}, evoked={"awe": 0.7, "fear": 0.3})
    output = run(tmp_path, player, "gat.hypotheses=5", labels=["fear", "awe"])
    assert [(item.emotion, item.intensity) for item in output.hypotheses] == [
        ("awe", "low"),
        ("fear", "low"),
        ("awe", "medium"),
        ("fear", "medium"),
        ("awe", "high"),
    ]


@pytest.mark.parametrize("wrong", ["not JSON", {}, verdict(1.5), verdict(0.5, ("r7", "it is dark")), [[]]])
def test_a_critic_that_never_gives_a_verdict_is_a_typed_error(tmp_path: Path, wrong: Any) -> None:
    player = Player(verdict=lambda messages: wrong)
    with pytest.raises(MalformedAnswer, match="no valid VerdictAnswer in 3 tries"):
        run(tmp_path, player)
    assert player.names().count("verdict") == 3 * TRIES


@pytest.mark.parametrize("count", [1, 5])
def test_the_breadth_of_the_tree_is_a_setting(tmp_path: Path, count: int) -> None:
    many = [hypothesis(label, "low", "r1") for label in SPACES["mikels8"][:count]]
    player = Player(hypotheses={"hypotheses": many}, verdict=verdict(0.5))
    output = run(tmp_path, player, f"gat.hypotheses={count}")
    assert [item.id for item in output.hypotheses] == [f"h{number}" for number in range(1, count + 1)]
    assert player.names().count("verdict") == count


# --- whatever is answered --------------------------------------------------------------------------------------------

_WORDS = st.sampled_from(
    ["a red wall", "a happy dog", "", " ", "x" * 3000, "r1", "墙", "\x00", "}{", "r2: fear\nr3: joy"]
)
_REGIONS = st.lists(st.sampled_from([*IDS, "r5", "r0", "", "R1"]), max_size=6)
_LABELS = st.sampled_from([*SPACES["mikels8"][:3], "joy", "AWE", ""])
_INTENSITIES = st.sampled_from(["low", "high", "extreme", 3])
_HYPOTHESIS = st.fixed_dictionaries(
    {"emotion": _LABELS, "intensity": _INTENSITIES, "regions": _REGIONS, "reason": _WORDS}
)
_CONTRADICTION = st.fixed_dictionaries({"region": st.sampled_from([*IDS, "r9", ""]), "fact": _WORDS})
_VERDICT = st.fixed_dictionaries(
    {
        "contradictions": st.lists(_CONTRADICTION, max_size=4),
        "confidence": st.sampled_from([0, 0.5, 1, -1, 2, float("nan"), "high"]),
    }
)
_SENTENCE = st.fixed_dictionaries({"text": _WORDS, "regions": _REGIONS})
_GARBAGE = st.one_of(
    st.sampled_from(["", "null", "[]", "{", "```json\n{}\n```", '{"hypotheses": null}', "Sorry, I cannot."]),
    st.dictionaries(st.text(max_size=3), _WORDS, max_size=3),
)


_SHAPES: dict[str, Any] = {
    "scan": st.dictionaries(st.sampled_from([*IDS, "r5"]), _WORDS, max_size=5),
    "hypotheses": st.fixed_dictionaries({"hypotheses": st.lists(_HYPOTHESIS, max_size=4)}),
    "verdict": _VERDICT,
    "explain": st.fixed_dictionaries({"sentences": st.lists(_SENTENCE, max_size=6)}),
    "single": st.fixed_dictionaries(
        {
            "observations": st.one_of(st.just(SCAN), st.dictionaries(st.sampled_from(IDS), _WORDS)),
            "hypotheses": st.one_of(st.just(HYPOTHESES), st.lists(_HYPOTHESIS, max_size=4)),
            "verification": st.fixed_dictionaries(dict.fromkeys(("h1", "h2", "h3"), _VERDICT)),
            "final": st.sampled_from(["h1", "h2", "h3", "h4", ""]),
        }
    ),
}
# Good, almost good or garbage, in turn; drawn before the run, whose branches are asked in threads.
_SCRIPTS = st.fixed_dictionaries(
    {
        name: st.lists(
            st.one_of(st.just(GOOD.get(name, VERDICTS[0])), shape, st.one_of(shape, _GARBAGE)), min_size=1, max_size=4
        )
        for name, shape in _SHAPES.items()
    }
)


class Slot:
    """Lets one loaded graph be asked with a new script each time."""

    def __init__(self) -> None:
        self.player = Player()

    def __call__(self, messages: list[BaseMessage]) -> Any:
        return self.player(messages)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return picture(tmp_path_factory.mktemp("pictures"))


@pytest.fixture(scope="module")
def graphs(place: Path) -> dict[str, tuple[Graph[Any], Slot]]:
    kinds: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
        "gat": ((), {"eyes": True}),
        "facts": ((), {}),
        "tree": (("gat.mode=tree",), {"eyes": True}),
        "random": (("gat.mode=random",), {"eyes": True}),
        "single": ((), {"eyes": True, "name": "gat_single"}),
    }
    slots = {name: Slot() for name in kinds}
    return {
        name: (graph_of(slots[name], place.parent, *changed, **given), slots[name])
        for name, (changed, given) in kinds.items()
    }


@settings(max_examples=120, deadline=None)
@given(
    kind=st.sampled_from(["gat", "facts", "tree", "random", "single", "ER"]),
    script=_SCRIPTS,
)
def test_whatever_a_model_answers_what_is_cited_exists_or_the_error_is_typed(
    graphs: dict[str, tuple[Graph[Any], Slot]], place: Path, kind: str, script: dict[str, list[Any]]
) -> None:
    graph, slot = graphs["gat" if kind == "ER" else kind]
    slot.player = Player(**script)
    try:
        output = graph.invoke({"image": str(place), "task": "ER" if kind == "ER" else "EU"})
    except BackendError:
        pass  # in one typed sentence
    else:
        _check(output)
    # Each of five answers at most three times, and the closed questions.
    assert len(slot.player.seen) <= 5 * TRIES + 8


def _check(output: GatOutput) -> None:
    assert output.scaffold is not None
    known, labels = set(output.scaffold.ids), set(SPACES["mikels8"])
    assert all(set(item.regions) <= known for item in output.hypotheses)
    assert all(item.emotion in labels and item.reason for item in output.hypotheses)
    pairs = [(item.emotion, item.intensity) for item in output.hypotheses]
    assert len(set(pairs)) == len(pairs)
    names = [item.id for item in output.hypotheses]
    assert all(item.hypothesis in names for item in output.verdicts)
    assert all(each.region is None or each.region in known for item in output.verdicts for each in item.contradictions)
    assert all(item.region in known and not emotion_words(item.contents) for item in output.observations)
    if output.writing:
        assert all(item.regions and set(item.regions) <= known for item in output.writing.sentences)
    if names:
        assert output.conclusion.kept in names
        assert [item.pruned for item in output.verdicts if item.hypothesis == output.conclusion.kept] in ([False], [])
    assert output.conclusion.label in labels
    assert GatOutput.model_validate_json(output.model_dump_json()) == output


# --- the lengths -----------------------------------------------------------------------------------------------------


def _longest(node: Any, definitions: dict[str, Any]) -> int:
    """Characters of the longest answer that a JSON schema allows, one line, as the grammar writes it."""
    if "$ref" in node:
        return _longest(definitions[node["$ref"].rsplit("/", 1)[1]], definitions)
    if "enum" in node or "const" in node:
        return max(len(str(value)) for value in node.get("enum", [node.get("const")])) + 2
    if node["type"] == "string":
        return int(node["maxLength"]) + 2
    if node["type"] == "array":
        return int(node["maxItems"]) * (_longest(node["items"], definitions) + 2) + 2
    if node["type"] == "object":
        return 2 + sum(len(key) + 6 + _longest(value, definitions) for key, value in node["properties"].items())
    return 20


@pytest.mark.parametrize("regions", [1, 8])
@pytest.mark.parametrize("tokens", [1000, 4000])
@pytest.mark.parametrize("count", [1, 3, 5])
def test_an_answer_of_one_token_a_character_fits_its_limit(regions: int, tokens: int, count: int) -> None:
    ids = [f"r{number}" for number in range(1, regions + 1)]
    labels, levels = SPACES["emotic26"], ("low", "medium", "high")
    for schema, room in (
        (scan_schema(ids, tokens), tokens),
        (verdict_schema(ids, tokens), tokens),
        (writing_schema(ids, 3, 6, 2 * tokens), 2 * tokens),
        (hypotheses_schema(labels, levels, ids, count, tokens), tokens),
        (single_schema(labels, levels, ids, count, tokens, scanned=True), (2 + count) * tokens),
    ):
        found = schema.model_json_schema()
        assert _longest(found, found.get("$defs", {})) <= room, schema.__name__
