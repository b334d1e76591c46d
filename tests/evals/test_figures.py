from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectgraph.evals.figures import Figure, compare, figures, sliced
from affectgraph.evals.metrics.classification import accuracy, macro_f1, polarity_errors, top_k_accuracy, weighted_f1
from affectgraph.evals.metrics.distributions import brier, calibration, jensen_shannon
from affectgraph.evals.metrics.generation import bleu, distinct, rouge_l
from affectgraph.evals.metrics.regression import concordance, mean_absolute_error, pearson, spearman
from affectgraph.evals.metrics.resampling import bootstrap, mcnemar
from affectgraph.evals.rows import AlarmRow, LabelRow, RatingRow, ReplyRow, Row

LABELS = ["anger", "fear", "joy", "neutral"]
POLARITY = {"anger": -1, "fear": -1, "joy": 1, "neutral": 0}


def by_name(rows: Sequence[Row], **options: int) -> dict[str, Figure]:
    return {figure.name: figure for figure in figures(rows, **({"resamples": 60} | options))}


def label_rows(number: int, seed: int = 0, *, groups: int | None = None, skill: float = 1.0) -> list[Row]:
    generator = np.random.default_rng(seed)
    items = np.random.default_rng(99)  # the same targets for every seed
    rows: list[Row] = []
    for i in range(number):
        shares = items.dirichlet(np.ones(4))
        p = generator.dirichlet(np.ones(4)) + skill * shares
        p /= p.sum()
        unread = generator.random() < 0.1
        rows.append(
            LabelRow(
                id=str(i),
                group=str(i % groups if groups else i),
                options=LABELS,
                target=LABELS[int(shares.argmax())],
                shares=dict(zip(LABELS, shares.tolist(), strict=True)),
                prediction=None if unread else LABELS[int(p.argmax())],
                distribution=None if unread else dict(zip(LABELS, p.tolist(), strict=True)),
                polarity=POLARITY,
                slices={"split": "even" if i % 2 == 0 else "odd"} | ({"long": "yes"} if i % 5 == 0 else {}),
            )
        )
    return rows


def plain(rows: list[Row]) -> tuple[list[str], list[str | None]]:
    labelled = [row for row in rows if isinstance(row, LabelRow)]
    return [row.target for row in labelled], [row.prediction for row in labelled]


def test_label_figures_are_those_of_the_plain_metrics() -> None:
    rows = label_rows(80)
    target, prediction = plain(rows)
    found = by_name(rows)
    assert list(found) == [
        *("accuracy", "top2_accuracy", "macro_f1", "weighted_f1", "aica_weighted_f1", "brier", "ece", "jsd"),
        *("intensity_error_share", "polarity_error_share", "unparseable", "majority_baseline"),
    ]
    hits = accuracy(target, prediction)
    errors = polarity_errors(target, prediction, POLARITY)
    most = max(target.count(label) for label in LABELS)
    expected = {
        "accuracy": hits,
        "top2_accuracy": top_k_accuracy(target, [row.distribution for row in rows if isinstance(row, LabelRow)], 2),
        "macro_f1": macro_f1(target, prediction, LABELS),
        "weighted_f1": weighted_f1(target, prediction, LABELS),
        "aica_weighted_f1": 2 * hits / (1 + hits),
        "intensity_error_share": errors.intensity_share,
        "polarity_error_share": errors.polarity_share,
        "unparseable": prediction.count(None) / 80,
        "majority_baseline": most / 80,
    }
    assert {name: found[name].value for name in expected} == pytest.approx(expected)
    assert (found["accuracy"].n, found["intensity_error_share"].n) == (80, errors.errors)


def test_figures_of_distributions_give_unreadable_answers_the_worst_score() -> None:
    rows = [row for row in label_rows(60) if isinstance(row, LabelRow)]
    found = by_name(rows)
    read = [row for row in rows if row.distribution is not None]
    unread = len(rows) - len(read)
    assert unread > 0
    p = [list((row.distribution or {}).values()) for row in read]
    q = [list((row.shares or {}).values()) for row in read]
    target = [LABELS.index(row.target) for row in read]
    assert found["brier"].value == pytest.approx((brier(p, target).sum() + 2.0 * unread) / len(rows))
    assert found["jsd"].value == pytest.approx((jensen_shannon(p, q).sum() + unread) / len(rows))
    hit = [row.prediction == row.target for row in read]
    assert found["ece"].value == pytest.approx(calibration([max(row) for row in p], hit).ece)
    assert (found["brier"].n, found["ece"].n) == (60, len(read))


@settings(max_examples=15, deadline=None)
@given(st.integers(2, 12), st.integers(0, 50))
def test_intervals_are_those_of_the_clustered_bootstrap_of_the_plain_metric(groups: int, seed: int) -> None:
    rows = label_rows(30, seed, groups=groups)
    target, prediction = plain(rows)
    found = by_name(rows, resamples=80, seed=seed)
    names = [row.group for row in rows]
    for name, metric in (("macro_f1", macro_f1), ("weighted_f1", weighted_f1)):
        expected = bootstrap(
            lambda i, metric=metric: metric([target[k] for k in i], [prediction[k] for k in i], LABELS),  # type: ignore[misc]
            names,
            resamples=80,
            seed=seed,
        )
        assert (found[name].low, found[name].high) == pytest.approx((expected.low, expected.high))
        assert found[name].groups == expected.groups == groups


def test_figures_that_need_what_rows_do_not_have_are_absent() -> None:
    rows = [LabelRow(id=str(i), group="", options=["a", "b"], target="a", prediction="a") for i in range(3)]
    found = by_name(rows)
    assert list(found) == [
        "accuracy",
        "macro_f1",
        "weighted_f1",
        "aica_weighted_f1",
        "unparseable",
        "majority_baseline",
    ]
    # An empty group is no group: each row is its own.
    assert found["accuracy"].groups == 3


def test_answers_without_a_distribution_are_left_out_with_a_note() -> None:
    rows = label_rows(20)
    bare = LabelRow(id="x", group="x", options=LABELS, target="joy", prediction="joy")
    assert "1 answers" in by_name([*rows, bare])["brier"].note
    assert by_name([*rows, bare])["brier"].n == 20


def test_shares_of_errors_without_errors_are_nan_and_say_why() -> None:
    rows = [
        LabelRow(id=str(i), group=str(i), options=LABELS, target="joy", prediction="joy", polarity=POLARITY)
        for i in range(3)
    ]
    share = by_name(rows)["intensity_error_share"]
    assert math.isnan(share.value)
    assert (share.n, "no items to count" in share.note) == (0, True)


def test_one_group_has_figures_and_no_interval() -> None:
    found = by_name(label_rows(10, groups=1))["accuracy"]
    assert not math.isnan(found.value)
    assert math.isnan(found.low)
    assert "one group" in found.note


# --- ratings ---------------------------------------------------------------------------------------------------------


def rating_rows(number: int, variables: Sequence[str], seed: int = 0) -> list[RatingRow]:
    generator = np.random.default_rng(seed)
    rows = []
    for i in range(number):
        target = {name: float(generator.integers(1, 8)) for name in variables}
        answer = {name: float(np.clip(value + generator.integers(-2, 3), 1, 7)) for name, value in target.items()}
        rows.append(RatingRow(id=str(i), group=str(i // 2), low=1, high=7, target=target, prediction=answer))
    return rows


def test_rating_figures_are_those_of_the_plain_metrics_and_their_means() -> None:
    rows = rating_rows(40, ["valence", "arousal"])
    found = by_name(rows)
    for name, metric in (
        ("mae", mean_absolute_error),
        ("pearson", pearson),
        ("spearman", spearman),
        ("ccc", concordance),
    ):
        each = []
        for variable in ("valence", "arousal"):
            x, y = [row.target[variable] for row in rows], [row.prediction[variable] for row in rows]
            each.append(metric(x, y))
            assert found[f"{name}[{variable}]"].value == pytest.approx(each[-1])
        assert found[name].value == pytest.approx(sum(each) / 2)
        assert found[name].low < found[name].value < found[name].high
    targets = np.array([[row.target["valence"], row.target["arousal"]] for row in rows])
    baseline = np.abs(targets - targets.mean(axis=0)).mean()
    assert found["mean_baseline_mae"].value == pytest.approx(baseline)
    assert (found["mae"].n, found["mae"].groups) == (40, 20)


def test_one_variable_needs_no_name() -> None:
    names = [figure.name for figure in figures(rating_rows(5, ["valence"]), resamples=20)]
    assert names == ["mae", "pearson", "spearman", "ccc", "unparseable", "mean_baseline_mae"]


@settings(max_examples=20, deadline=None)
@given(st.sets(st.integers(0, 11), min_size=1, max_size=6), st.sampled_from([None, math.nan]))
def test_leaving_a_rating_out_never_pays(skipped: set[int], instead: float | None) -> None:
    rows = rating_rows(12, ["valence"])
    fewer = [
        row.model_copy(update={"prediction": {} if instead is None else {"valence": instead}}) if i in skipped else row
        for i, row in enumerate(rows)
    ]
    honest, silent = by_name(rows, resamples=5), by_name(fewer, resamples=5)
    assert silent["mae"].value >= honest["mae"].value
    assert silent["unparseable"].value == pytest.approx(len(skipped) / 12)
    assert silent["mae"].n == 12


def test_an_unreadable_rating_is_the_far_end_of_the_scale() -> None:
    rows = [
        RatingRow(id=str(i), group=str(i), low=1, high=7, target={"v": target}, prediction={})
        for i, target in enumerate([1.0, 2.0, 4.0, 6.0])
    ]
    assert by_name(rows)["mae"].value == pytest.approx((6 + 5 + 3 + 5) / 4)


def test_constant_variables_are_noted_and_count_as_documented() -> None:
    rows = [
        row.model_copy(
            update={
                "target": row.target | {"still": 3.0},
                "prediction": row.prediction | {"mute": 4.0, "still": float(i % 7 + 1)},
            }
        )
        for i, row in enumerate(rating_rows(20, ["valence", "mute"]))
    ]
    found = by_name(rows)
    assert math.isnan(found["pearson[mute]"].value)
    assert found["pearson[mute]"].note.startswith("constant predictions")
    assert math.isnan(found["pearson[still]"].value)
    assert found["pearson"].value == pytest.approx((found["pearson[valence]"].value + 0.0) / 2)
    assert "1 variables with constant targets" in found["pearson"].note
    assert "1 variables with constant predictions count as 0" in found["pearson"].note


def test_a_variable_may_be_missing_in_some_rows() -> None:
    rows = rating_rows(6, ["valence", "arousal"])
    rows[0] = rows[0].model_copy(update={"target": {"valence": 3.0}})
    found = by_name(rows)
    assert (found["mae[valence]"].n, found["mae[arousal]"].n, found["mae"].n) == (6, 5, 6)
    assert found["unparseable"].value == 0.0


# --- replies and alarms ----------------------------------------------------------------------------------------------

TEXTS = ["I hear how hard this is", "that sounds so painful", "you are not alone in this", "I am here with you"]


def reply_rows(number: int = 8, **changes: object) -> list[ReplyRow]:
    return [
        ReplyRow.model_validate(
            {
                "id": str(i),
                "group": str(i // 2),
                "language": "en",
                "references": [TEXTS[(i + 1) % 4] + " too", TEXTS[i % 4]],
                "prediction": None if i == 3 else TEXTS[i % 4] + " now",
                "source": "fallback" if i == 1 else "model",
            }
            | changes
        )
        for i in range(number)
    ]


def test_reply_figures_are_those_of_the_plain_metrics() -> None:
    rows = reply_rows()
    texts = [row.prediction or "" for row in rows]
    found = by_name(rows)
    assert list(found) == ["bleu", "rouge_l", "distinct_1", "distinct_2", "length", "fallback_share", "unparseable"]
    expected = {
        "bleu": bleu(texts, [row.references for row in rows], "en"),
        "rouge_l": float(np.mean([rouge_l(t, row.references, "en") for t, row in zip(texts, rows, strict=True)])),
        "distinct_1": distinct(texts, 1, "en"),
        "distinct_2": distinct(texts, 2, "en"),
        "length": float(np.mean([len(text.split()) for text in texts if text])),
        "fallback_share": 1 / 8,
        "unparseable": 1 / 8,
    }
    assert {name: figure.value for name, figure in found.items()} == pytest.approx(expected)
    assert (found["length"].n, found["length"].note, found["bleu"].groups) == (7, "words", 4)


def test_the_interval_of_distinct_holds_its_value() -> None:
    generator = np.random.default_rng(0)
    vocabulary = [f"w{i}" for i in range(300)]
    rows = [
        ReplyRow(id=str(i), group=str(i), language="en", references=["x"], prediction=" ".join(words))
        for i, words in enumerate(generator.choice(vocabulary, (60, 15)))
    ]
    for name in ("distinct_1", "distinct_2"):
        figure = by_name(rows)[name]
        assert figure.low < figure.value < figure.high
        assert "jackknife" in figure.note


def test_chinese_replies_are_measured_in_characters() -> None:
    row = ReplyRow(id="1", group="1", language="zh", references=["你很难过"], prediction="你很难过")
    found = by_name([row, row.model_copy(update={"id": "2", "group": "2"})])
    assert (found["length"].value, found["length"].note) == (4.0, "characters")
    assert found["bleu"].value == pytest.approx(100.0)


def test_alarms_are_counted_over_those_due_and_those_not() -> None:
    cases = [(True, True), (True, False), (False, True), (False, False), (False, False), (False, False)]
    rows = [AlarmRow(id=str(i), group=str(i), target=t, prediction=p) for i, (t, p) in enumerate(cases)]
    found = by_name(rows)
    assert (found["miss_rate"].value, found["miss_rate"].n) == (0.5, 2)
    assert (found["false_alarm_rate"].value, found["false_alarm_rate"].n) == (0.25, 4)
    assert list(by_name(rows[:2])) == ["miss_rate", "unparseable"]
    assert list(by_name(rows[2:])) == ["false_alarm_rate", "unparseable"]


def test_a_correlation_over_many_unreadable_ratings_says_what_it_measures() -> None:
    rows = [
        RatingRow(
            id=str(n), group=str(n), low=1, high=5, target={"valence": 1.0 + n % 5}, prediction={"valence": 3.0 + n % 2}
        )
        for n in range(20)
    ]
    assert "penalty" not in by_name(rows)["pearson"].note
    unread = [row.model_copy(update={"prediction": {}}) if n < 4 else row for n, row in enumerate(rows)]
    found = by_name(unread)
    assert all("measures that penalty" in found[name].note for name in ("pearson", "spearman", "ccc"))
    assert found["mae"].note == ""


def test_a_gate_without_an_answer_is_wrong_whatever_was_due() -> None:
    rows = [AlarmRow(id=str(due), group=str(due), target=due, prediction=None) for due in (True, False)]
    found = by_name(rows)
    assert (found["miss_rate"].value, found["false_alarm_rate"].value, found["unparseable"].value) == (1.0, 1.0, 1.0)


# --- all kinds -------------------------------------------------------------------------------------------------------


def test_figures_are_seeded() -> None:
    rows = label_rows(30)
    assert figures(rows, resamples=50, seed=1) == figures(rows, resamples=50, seed=1)
    assert figures(rows, resamples=50, seed=1) != figures(rows, resamples=50, seed=2)


def test_correlated_items_have_wider_intervals() -> None:
    # Twelve dialogues of ten items each, answered all right or all wrong.
    rows = [
        LabelRow(id=f"{g}-{i}", group=str(g), options=["a", "b"], target="a", prediction="a" if g % 2 else "b")
        for g in range(12)
        for i in range(10)
    ]
    clustered = by_name(rows, resamples=400)["accuracy"]
    alone = by_name([row.model_copy(update={"group": row.id}) for row in rows], resamples=400)["accuracy"]
    assert clustered.high - clustered.low > 2 * (alone.high - alone.low)


def test_rows_without_figures_are_refused() -> None:
    with pytest.raises(ValueError, match="no rows"):
        figures([])
    with pytest.raises(ValueError, match="label, reply"):
        figures([*label_rows(1), *reply_rows(1)])
    with pytest.raises(ValueError, match=r"row '7'.*'bliss'"):
        figures([LabelRow(id="7", group="", options=["a", "b"], target="bliss", prediction="a")])
    with pytest.raises(ValueError, match="row '0' has no target"):
        figures([RatingRow(id="0", group="", low=1, high=7, target={}, prediction={})])
    with pytest.raises(ValueError, match=r"row '0'.*'v' is nan"):
        figures([RatingRow(id="0", group="", low=1, high=7, target={"v": math.nan}, prediction={})])


def test_slices_hold_the_rows_that_name_them() -> None:
    rows = label_rows(10)
    parts = sliced(rows)
    assert {name: [row.id for row in part] for name, part in parts.items()} == {
        "long=yes": ["0", "5"],
        "split=even": ["0", "2", "4", "6", "8"],
        "split=odd": ["1", "3", "5", "7", "9"],
    }
    assert sliced(reply_rows()) == {}


# --- comparisons -----------------------------------------------------------------------------------------------------


def test_accuracy_of_independent_items_is_compared_by_mcnemar() -> None:
    a, b = label_rows(80, 1, skill=0.2), label_rows(80, 2, skill=3.0)
    result = compare(a, b[::-1], "accuracy", resamples=300)
    hits = [[t == p for t, p in zip(*plain(rows), strict=True)] for rows in (a, b)]
    assert result.test == "McNemar"
    assert result.p == pytest.approx(mcnemar(*hits).p)
    assert [result.a, result.b] == pytest.approx([sum(each) / 80 for each in hits])
    assert result.difference == pytest.approx(result.b - result.a)
    assert 0 < result.low < result.difference < result.high
    assert (result.n, result.groups) == (80, 80)


def test_accuracy_of_grouped_items_is_compared_by_the_bootstrap() -> None:
    result = compare(label_rows(40, 1, groups=8), label_rows(40, 2, groups=8), "accuracy", resamples=100)
    assert (result.test, result.groups) == ("paired bootstrap", 8)


@pytest.mark.parametrize("rows", [label_rows(30), rating_rows(12, ["v", "a"]), reply_rows()])
def test_every_figure_can_be_compared_and_a_system_does_not_differ_from_itself(rows: list[Row]) -> None:
    for name, figure in by_name(rows).items():
        result = compare(rows, rows, name, resamples=40)
        assert (result.a, result.b) == (figure.value, figure.value)
        assert (result.difference, result.low, result.high, result.p) == (0.0, 0.0, 0.0, 1.0)


def test_swapping_the_systems_flips_the_difference() -> None:
    a, b = label_rows(50, 1), label_rows(50, 2, skill=4.0)
    for name in ("macro_f1", "brier", "polarity_error_share"):
        there, back = compare(a, b, name, resamples=200), compare(b, a, name, resamples=200)
        assert there.difference == pytest.approx(-back.difference)
        assert (there.low, there.high) == pytest.approx((-back.high, -back.low))
        assert there.p == pytest.approx(back.p)


def test_distinct_is_compared_by_the_jackknife() -> None:
    rows = reply_rows()
    varied = [row.model_copy(update={"prediction": f"{row.prediction} word{row.id}"}) for row in rows]
    result = compare(rows, varied, "distinct_1")
    assert result.test == "paired jackknife"
    assert result.low < result.difference < result.high
    assert result.difference > 0


def test_comparisons_of_different_items_are_refused() -> None:
    rows = label_rows(6)
    with pytest.raises(ValueError, match="2 of a are missing in b and 1 of b in a"):
        compare(rows[:5], [*rows[2:5], rows[0].model_copy(update={"id": "new"})], "accuracy")
    with pytest.raises(ValueError, match="0 times in a, 1 times in b"):
        compare(rows, [*rows, rows[0]], "accuracy")
    with pytest.raises(ValueError, match="another group"):
        compare(rows, [rows[0].model_copy(update={"group": "other"}), *rows[1:]], "accuracy")
    other = next(label for label in LABELS if label != plain(rows)[0][0])
    with pytest.raises(ValueError, match="another target"):
        compare(rows, [rows[0].model_copy(update={"target": other}), *rows[1:]], "accuracy")


def test_an_unknown_statistic_is_answered_with_the_known() -> None:
    with pytest.raises(ValueError, match=r"'bleu'.*accuracy, top2_accuracy"):
        compare(label_rows(4), label_rows(4), "bleu")
