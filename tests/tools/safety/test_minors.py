"""Who says that they are under age, and who does not."""

import pytest

from affectgraph.tools.safety import says_minor


@pytest.mark.parametrize(
    "text",
    [
        "I'm 14",
        "im 15 and i hate school",
        "i am fourteen years old",
        "I'm a 16 year old girl",
        "14f here",
        "as a 15 year old I can't just leave",
        "I'm in year 9",
        "my year 9 teacher is mean",
        "I'm in 8th grade",
        "i'm a minor",
        "I'm not 18 yet",
        "我今年14岁",
        "我才十三岁",
        "初二",
        "我上初二",
        "我是高一学生",
        "我还没成年",
    ],
)
def test_it_is_heard(text: str) -> None:
    assert says_minor(text)


@pytest.mark.parametrize(
    "text",
    [
        "my son is 14",
        "when I was 14",
        "I'm 14 weeks pregnant",
        "I'm 10 minutes late",
        "I'm 35",
        "I teach year 9",
        "I have been married for 14 years",
        "we live at 12 Park Road",
        "I feel like I'm 12 again",
        "我儿子14岁",
        "我14岁那年",
        "我是初中老师",
        "我今年34岁",
        "",
    ],
)
def test_other_ages_and_numbers_are_not(text: str) -> None:
    assert not says_minor(text)


def test_a_bare_number_is_an_age_only_as_an_answer() -> None:
    assert says_minor("14", asked="How old are you?")
    assert says_minor("十四", asked="你今年多大？") or says_minor("14岁", asked="你今年多大？")
    assert not says_minor("14", asked="How many cups of tea did you drink?")
    assert not says_minor("41", asked="How old are you?")
