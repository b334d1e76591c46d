"""A person's own way of rating, from earlier events."""

from __future__ import annotations

import pytest

from affectgraph.tools.habits import habit


def test_a_habit_grows_with_the_episodes_that_show_it() -> None:
    once = habit([{"urgency": 5.0}], [{"urgency": 3.0}], strength=4.0)
    often = habit([{"urgency": 5.0}] * 12, [{"urgency": 3.0}] * 12, strength=4.0)
    assert once == {"urgency": pytest.approx(2.0 / 5)}
    assert often == {"urgency": pytest.approx(1.5)}


def test_differences_of_both_signs_are_no_habit() -> None:
    assert habit([{"effort": 5.0}, {"effort": 1.0}], [{"effort": 3.0}] * 2) == {"effort": 0.0}


def test_a_variable_counts_the_episodes_that_rated_it() -> None:
    found = habit([{"effort": 5.0}, {"urgency": 1.0}], [{"effort": 3.0, "urgency": 3.0}] * 2, strength=1.0)
    assert found == {"effort": 1.0, "urgency": -1.0}
    assert habit([], []) == {}
    with pytest.raises(ValueError, match=r"shorter|longer"):
        habit([{"effort": 5.0}], [])
