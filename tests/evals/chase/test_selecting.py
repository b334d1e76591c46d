"""Head profiles on clips, checked against random heads; what a router is to predict; and the VCC table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from affectgraph.backends.errors import InputError
from affectgraph.evals.chase.asking import Asker, Clip
from affectgraph.evals.chase.contributing import summarise
from affectgraph.evals.chase.intervals import average
from affectgraph.evals.chase.routing import Labelled, fit_router
from affectgraph.evals.chase.selecting import check_heads, score_heads, split_sources
from affectgraph.evals.chase.targets import agreement, crossed, target_of
from affectgraph.tools.chase.gate import Gate, Preset
from affectgraph.tools.chase.profiles import HeadMethod, HeadProfile, Trial
from affectgraph.tools.chase.vcc import measure
from tests.evals.chase.clip_sets import CARRIER, HEADS, LAYERS, Formula, asker_of, write_clips
from tests.tools.chase.samples import SELECTED

WHOLE = Preset(gate=Gate(eta=0.6, tau=0.0), k=1, start=0.0)
Asked = tuple[Asker, list[Clip]]


def each(title: str, function: Callable[[Clip], Any], clips: Sequence[Clip]) -> list[Any]:
    return [function(clip) for clip in clips]


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clips(tmp_path_factory.mktemp("clips"), 30)


@pytest.fixture(scope="module")
def asked(table: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    asker, found, answers = asker_of(Formula(), table, tmp_path_factory.mktemp("kept"))
    yield asker, found
    answers.close()


def scored(asked: Asked, method: HeadMethod, **options: Any) -> HeadProfile:
    asker, found = asked
    trial = Trial(strength=0.6, target={"video": 1.0}) if method == "causal" else None
    given = {"preset": WHOLE, "trial": trial, "clips": found} | options
    return score_heads(
        asker,
        identity="formula@1",
        method=method,
        selected_on=SELECTED,
        each=each,
        **given,
    )


def test_the_head_that_carries_the_video_has_the_gain_and_no_other(asked: Asked) -> None:
    told: list[tuple[int, int]] = []
    profile = scored(asked, "causal", tell=lambda done, of: told.append((done, of)))
    gains = profile.array()
    assert gains[CARRIER] > 0.1
    assert np.count_nonzero(gains) == 1
    assert profile.top(2, range(LAYERS)) == (CARRIER,)
    assert (profile.modalities, profile.identity, told[-1]) == ("TAV", "formula@1", (12, 12))


def test_dominance_finds_the_head_that_attends_one_sidedly(asked: Asked) -> None:
    profile = scored(asked, "dominance")
    assert profile.top(1, [CARRIER[0]]) == (CARRIER,)
    assert profile.array().argmax() == CARRIER[0] * HEADS + CARRIER[1]
    assert profile.trial is None


def test_supervised_scores_need_to_know_conflicts(asked: Asked) -> None:
    assert scored(asked, "supervised").array().max() <= 1.0
    untold = []
    for clip in asked[1]:
        item = replace(clip.item, fields={**clip.item.fields, "said": {}}, slices={})
        untold.append(replace(clip, item=item))
    assert {asked[0].relation(clip) for clip in untold} == {"unknown"}
    with pytest.raises(InputError, match="label_T, label_A, label_V"):
        scored(asked, "supervised", clips=untold)


def test_no_clips_are_refused(asked: Asked) -> None:
    with pytest.raises(InputError, match="nothing to steer"):
        scored(asked, "dominance", clips=[])


def test_chosen_heads_are_checked_on_other_sources_against_random_and_all(asked: Asked) -> None:
    asker, found = asked
    fit, rest = split_sources(found, seed=0)
    assert {clip.source for clip in fit}.isdisjoint({clip.source for clip in rest})
    assert len(fit) + len(rest) == 30
    profile = scored(asked, "causal", clips=fit)
    checked = check_heads(asker, rest, profile, preset=WHOLE, strength=0.6, target={"video": 1.0}, each=each, draws=4)
    assert checked is not None
    assert checked.gains["chosen"].value > checked.gains["random"].value
    assert checked.over_random.value == pytest.approx(checked.gains["chosen"].value - checked.gains["random"].value)
    assert checked.gains["all"].value == pytest.approx(checked.gains["chosen"].value)  # one head does it all
    assert checked.accuracy["chosen"] == 1.0
    assert checked.accuracy["none"] < 1.0
    assert checked.gains["chosen"].groups == 3


def test_without_clips_or_a_head_that_helps_nothing_is_checked(asked: Asked) -> None:
    asker, found = asked
    profile = scored(asked, "causal")
    options: dict[str, Any] = {"preset": WHOLE, "strength": 0.6, "target": None, "each": each}
    assert check_heads(asker, [], profile, **options) is None
    useless = profile.model_copy(update={"scores": tuple((-1.0,) * HEADS for _ in range(LAYERS))})
    assert check_heads(asker, found, useless, **options) is None


def test_few_sources_leave_nothing_to_check_on(asked: Asked) -> None:
    few = asked[1][:8]
    assert split_sources(few, seed=0) == (few, [])


# --- what a router predicts ------------------------------------------------------------------------------------------


def test_the_targets_of_a_model_that_reads_words_alone(asked: Asked) -> None:
    asker, found = asked
    disagree = [place % 3 == 0 for place in range(30)]
    assert [target_of(asker, clip, "conflict") for clip in found] == disagree
    # It follows the words, so it leaves the face unused wherever the two disagree.
    assert [target_of(asker, clip, "under-use") for clip in found] == disagree
    labels = [bool(one) for one in disagree]
    both = agreement({"conflict": labels, "under-use": labels})
    assert (both["conflict"], both["under-use in conflict"], both["under-use without"]) == (1 / 3, 1.0, 0.0)
    assert both["phi"] == pytest.approx(1.0)


def test_a_constant_target_has_no_correlation() -> None:
    assert np.isnan(agreement({"conflict": [True, False], "under-use": [True, True]})["phi"])


def test_routers_are_measured_on_both_targets_where_both_kinds_occur(asked: Asked) -> None:
    asker, found = asked
    readings = [asker.read(clip) for clip in found]
    conflict = [bool(target_of(asker, clip, "conflict")) for clip in found]
    clips = Labelled(readings, conflict, [clip.source for clip in found])
    router = fit_router(clips, identity="formula@1", target="conflict", trained_on=SELECTED, seed=1)
    same = Labelled(readings, [True] * 30, clips.sources)
    figures = crossed([router], {"conflict": clips, "under-use": same})
    assert list(figures) == [("conflict", "conflict")]
    assert figures["conflict", "conflict"].value > 0.9  # layer 2's states say so


# --- the table -------------------------------------------------------------------------------------------------------


def test_figures_are_means_over_clips_by_relation(asked: Asked) -> None:
    asker, found = asked
    measured = [
        measure(
            lambda view, clip=clip: asker.read(clip, view),  # type: ignore[misc]
            lambda view, clip=clip: asker.choose(clip, view),  # type: ignore[misc]
            id=clip.item.id,
            source=clip.source,
            reference=clip.item.target,
            relation=asker.relation(clip),
            shares=(1.0, 0.25),
        )
        for clip in found[:12]
    ]
    summary = summarise(measured, identity="formula@1", dataset="clips", layers=range(1, 3))
    groups = {group.name: group for group in summary.groups}
    assert {name: group.n for name, group in groups.items()} == {"all": 12, "conflict": 4, "align": 8}
    assert (groups["align"].accuracy.value, groups["conflict"].accuracy.value) == (1.0, 0.0)
    whole = groups["all"]
    assert sum(figure.value for figure in whole.budgets.values()) == pytest.approx(1.0, abs=1e-5)
    expected = np.mean([clip.budget("video", [1, 2]) for clip in measured])
    assert whole.budgets["video"].value == pytest.approx(expected)
    assert whole.budgets["video"].groups == 6
    assert len(whole.layers["text"]) == LAYERS
    assert whole.contributions["text"].value > whole.contributions["audio"].value == 0.0
    assert [(point.share, point.tokens) for point in whole.thinning] == [(1.0, 16.0), (0.25, 4.0)]
    lone = summarise(measured[:1], identity="formula@1", dataset="clips", layers=range(1))
    assert lone.groups[0].accuracy.low is None  # one source: no interval


def test_an_average_is_clustered_by_source() -> None:
    wide = average([0.0] * 10 + [1.0] * 10, ["a"] * 10 + ["b"] * 10)
    narrow = average([0.0, 1.0] * 10, [str(place) for place in range(20)])
    assert wide.low is not None
    assert narrow.low is not None
    assert wide.low < narrow.low
