"""The watch: up at once, down one step after three clear messages, lower only by a human."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectgraph.tools.safety import Assessment, Watch, follow, lowered, posture

CLEAR = Assessment(voices={"rules": 0, "learned": 0})
LEVELS = st.integers(0, 6)
SAID = st.sampled_from(["I went for a walk.", "jk", "forget I said that", "我开玩笑的", "今天天气不错"])


def at(level: int) -> Assessment:
    return Assessment(level=level, voices={"rules": level})


def after(watch: Watch, *found: Assessment, said: str = "I went for a walk.") -> Watch:
    for one in found:
        watch = follow(watch, one, said)
    return watch


def test_the_level_rises_at_once_and_falls_by_one_after_three_clear_messages() -> None:
    watch = after(Watch(), at(5))
    assert watch.level == 5
    assert [after(watch, *[CLEAR] * count).level for count in (1, 2, 3, 5, 6)] == [5, 5, 4, 4, 3]


def test_a_message_at_risk_begins_the_count_anew() -> None:
    watch = after(Watch(), at(3), CLEAR, CLEAR, at(1), CLEAR, CLEAR)
    assert (watch.level, watch.clear_turns) == (3, 2)


def test_a_voice_that_hears_something_makes_no_clear_message() -> None:
    heard = Assessment(level=0, voices={"rules": 0, "judge": 1})
    assert after(Watch(level=3), heard, heard, heard).level == 3


@pytest.mark.parametrize(
    "said", ["jk", "just kidding!", "forget I said that", "I'm fine now", "我开玩笑的", "当我没说"]
)
def test_taking_it_back_lowers_nothing(said: str) -> None:
    assert after(Watch(level=4), *[CLEAR] * 9, said=said).level == 4


def test_a_false_alarm_does_not_lock_a_session() -> None:
    assert after(Watch(), at(2), *[CLEAR] * 6).level == 0


def test_a_human_lowers_and_never_raises() -> None:
    assert lowered(Watch(level=5, clear_turns=2, minor=True), 1) == Watch(level=1, minor=True)
    with pytest.raises(ValueError, match="level in force is 2"):
        lowered(Watch(level=2), 3)
    with pytest.raises(ValueError, match="0-2"):
        lowered(Watch(level=2), -1)


def test_who_says_to_be_under_age_stays_so() -> None:
    watch = after(Watch(), CLEAR, said="I'm 14")
    assert watch.minor
    assert after(watch, CLEAR, said="I am 30").minor


@pytest.mark.parametrize(
    ("held", "found", "expected"),
    [
        (0, 0, "clear"),
        (0, 1, "resources"),
        (3, 0, "resources"),
        (0, 2, "ask"),
        (6, 3, "ask"),
        (4, 0, "check_in"),
        (5, 1, "check_in"),
        (0, 4, "crisis"),
        (6, 6, "crisis"),
    ],
)
def test_postures(held: int, found: int, expected: str) -> None:
    assert posture(Watch(level=max(held, found)), at(found)) == expected


def test_asked_says_whether_the_posture_asks_directly() -> None:
    assert after(Watch(), at(2)).asked
    assert after(Watch(level=5), CLEAR).asked
    assert not after(Watch(level=2), CLEAR).asked


@given(st.lists(st.tuples(LEVELS, SAID), max_size=40), LEVELS)
def test_it_never_falls_faster_than_one_step_for_three_clear_messages(turns: list[tuple[int, str]], first: int) -> None:
    watch, clear = Watch(level=first), 0
    for found, said in turns:
        before = watch
        watch = follow(watch, at(found), said)
        clear = clear + 1 if found == 0 else 0
        assert watch.level >= max(before.level - 1, found)
        if watch.level < before.level:
            assert clear >= 3
            clear = 0


@given(st.builds(Watch, level=LEVELS, clear_turns=st.integers(0, 2)), LEVELS, LEVELS, SAID)
def test_a_higher_assessment_never_leaves_a_lower_watch(before: Watch, one: int, other: int, said: str) -> None:
    low, high = sorted((one, other))
    assert follow(before, at(low), said).level <= follow(before, at(high), said).level
