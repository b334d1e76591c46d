"""The appraisal variables of crowd-enVENT: all of them, in Scherer's order, each said once."""

from __future__ import annotations

from itertools import groupby

import pytest

from affectgraph.tools.appraisals import APPRAISALS, appraisal
from affectgraph.tools.language import script_share


def test_there_are_the_21_of_the_paper_and_no_name_or_statement_twice() -> None:
    assert len(APPRAISALS) == 21
    for values in ([item.name for item in APPRAISALS], [item.en for item in APPRAISALS], [x.zh for x in APPRAISALS]):
        assert len(set(values)) == 21


def test_they_stand_in_the_order_of_the_checks() -> None:
    stages = [stage for stage, _ in groupby(item.stage for item in APPRAISALS)]
    assert stages == ["relevance", "implications", "coping", "normative"]


def test_a_statement_is_one_sentence_in_its_language() -> None:
    for item in APPRAISALS:
        assert item.en[0].isupper()
        assert (item.en.count("."), item.zh.count("。")) == (1, 1)
        assert item.en.endswith(".")
        assert item.zh.endswith("。")
        assert script_share(item.zh) == 1.0
        assert script_share(item.en) == 0.0


def test_a_variable_is_found_by_its_name() -> None:
    assert [appraisal(item.name) for item in APPRAISALS] == list(APPRAISALS)


def test_an_unknown_variable_is_answered_with_the_known_ones() -> None:
    with pytest.raises(KeyError, match=r"unknown appraisal 'luck'; known: suddenness, .*, social_norms"):
        appraisal("luck")
