"""Asking about clips: what is shown, what is left out, and that nothing is asked twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from affectgraph.backends.errors import CheckpointError
from affectgraph.backends.media import MediaError
from affectgraph.backends.steering import SteeringPlan
from affectgraph.evals.chase.asking import Asker, Clip
from affectgraph.evals.chase.readings import Readings
from affectgraph.tools.chase.vcc import View, measure
from tests.evals.chase.clip_sets import Formula, asker_of, shown_in, write_clips
from tests.tools.chase.samples import reading

PLAN = SteeringPlan(heads=((2, 1),), strength=0.6, target={"video": 1.0})


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clips(tmp_path_factory.mktemp("clips"), 4)


@pytest.fixture
def model() -> Formula:
    return Formula()


@pytest.fixture
def asked(table: Path, model: Formula, tmp_path: Path) -> Iterator[tuple[Asker, list[Clip]]]:
    asker, found, answers = asker_of(model, table, tmp_path)
    yield asker, found
    answers.close()


def test_a_clip_is_one_message_media_first_and_its_words_marked(asked: tuple[Asker, list[Clip]]) -> None:
    asker, (clip, *_) = asked
    (message,) = asker.messages(clip)
    parts: Any = message.content
    assert [part["type"] for part in parts] == ["video", "input_audio", "text", "text", "text"]
    assert [part.get("modality") for part in parts[2:]] == [None, "text", None]
    assert parts[3]["text"] == clip.item.fields["text"]
    assert "sentiment" in parts[4]["text"]
    assert shown_in([message])["video"] == 8


@pytest.mark.parametrize("without", ["text", "audio", "video"])
def test_a_view_without_a_modality_never_shows_it(asked: tuple[Asker, list[Clip]], without: Any) -> None:
    asker, (clip, *_) = asked
    shown = shown_in(asker.messages(clip, View(without=without)))
    assert set(shown) == {"text", "audio", "video"} - {without}


def test_thinned_video_has_fewer_frames_and_a_slower_pace(asked: tuple[Asker, list[Clip]]) -> None:
    asker, (clip, *_) = asked
    whole, half = (asker.messages(clip, View(share=share))[0].content[0] for share in (1.0, 0.5))
    assert isinstance(whole, dict)
    assert isinstance(half, dict)
    assert half["video"] == whole["video"][1::2]
    assert half["fps"] == pytest.approx(whole["fps"] / 2)


def test_answers_are_over_the_sets_labels_and_steering_reaches_the_model(
    asked: tuple[Asker, list[Clip]], model: Formula
) -> None:
    asker, found = asked
    clip = found[0]  # bad words, a good face: the reference is the face's
    plain, steered = asker.choose(clip), asker.choose(clip, plan=PLAN)
    assert list(plain) == ["N", "WN", "Neu", "WP", "P"]
    assert max(plain, key=plain.__getitem__) == "N"
    assert max(steered, key=steered.__getitem__) == clip.item.target == "P"
    assert model.plans == [None, PLAN]
    assert asker.log_probability(clip, PLAN) == pytest.approx(np.log(steered["P"]))


def test_nothing_is_asked_or_read_twice_even_by_another_run(table: Path, tmp_path: Path) -> None:
    first, again = Formula(), Formula()
    for model in (first, again):
        asker, found, answers = asker_of(model, table, tmp_path)
        for clip in found:
            asker.choose(clip)
            asker.choose(clip, plan=PLAN)
            measure(
                lambda view, asker=asker, clip=clip: asker.read(clip, view),  # type: ignore[misc]
                lambda view, asker=asker, clip=clip: asker.choose(clip, view),  # type: ignore[misc]
                id=clip.item.id,
                source=clip.source,
                reference=clip.item.target,
            )
        answers.close()
    assert (len(again.asked), again.read) == (0, 0)
    # Whole, steered, three maskings, and four thinner videos (the whole is the first point).
    assert (len(first.asked), first.read) == (4 * 9, 4 * 5)


@pytest.mark.parametrize("other", [{"frames": 4}, {"about": {"dtype": "bfloat16"}}])
def test_another_setting_is_asked_anew(table: Path, tmp_path: Path, other: dict[str, Any]) -> None:
    for number, options in enumerate(({}, other, other)):
        model = Formula()
        asker, found, answers = asker_of(model, table, tmp_path, **options)
        asker.choose(found[0])
        asker.read(found[0])
        answers.close()
        assert (len(model.asked), model.read) == ((1, 1) if number < 2 else (0, 0))


def test_what_is_silent_dark_or_beyond_the_model_is_missing_and_said_so(table: Path, tmp_path: Path) -> None:
    rows = table.read_text(encoding="utf-8").splitlines()
    other = table.with_name("other.csv")
    silent, dark = rows[1].replace("clip.webm", "mute.webm"), rows[2].replace("clip.webm", "dark.webm")
    other.write_text("\n".join([rows[0], silent, dark]), encoding="utf-8")
    asker, (mute, black), answers = asker_of(Formula(), other, tmp_path)
    answers.close()
    assert (mute.present, mute.missing) == (("text", "video"), {"audio": "silent"})
    assert (black.present, black.missing) == (("text", "audio"), {"video": "black"})
    assert set(shown_in(asker.messages(mute))) == {"text", "video"}
    deaf, (clip, *_), answers = asker_of(Formula(audio=False), table, tmp_path)
    answers.close()
    assert (clip.present, clip.missing) == (("text", "video"), {"audio": "the model does not take it"})
    assert deaf.relation(clip) == "conflict"  # words against face
    assert asker.relation(black) == "align"


def test_a_file_that_is_no_clip_is_named(table: Path, tmp_path: Path) -> None:
    (table.parent / "notes.webm").write_text("not a clip")
    other = table.with_name("broken.csv")
    other.write_text(table.read_text(encoding="utf-8").replace("clip.webm", "notes.webm"), encoding="utf-8")
    with pytest.raises(MediaError, match=r"notes\.webm"):
        asker_of(Formula(), other, tmp_path)


# --- kept readings ---------------------------------------------------------------------------------------------------


def test_a_reading_survives_its_file(tmp_path: Path) -> None:
    made = reading(["text", "video"])
    Readings(tmp_path / "new").get_or_make("a", lambda: made)
    kept = Readings(tmp_path / "new").get_or_make("a", lambda: pytest.fail("it was kept"))
    assert (kept.modalities, kept.tokens) == (made.modalities, made.tokens)
    for name in ("budgets", "masses", "hidden", "answer"):
        assert np.array_equal(getattr(kept, name), getattr(made, name))
        assert getattr(kept, name).dtype == np.float32
    assert [path.suffix for path in (tmp_path / "new").iterdir()] == [".npz"]


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04", b"\x93NUMPY", None])
def test_a_damaged_reading_is_read_again(tmp_path: Path, damage: bytes | None) -> None:
    store = Readings(tmp_path)
    store.get_or_make("a", reading)
    path = tmp_path / "a.npz"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2] if damage is None else damage)
    again = reading(seed=5)
    assert store.get_or_make("a", lambda: again) is again
    assert np.array_equal(store.get_or_make("a", reading).budgets, again.budgets)


def test_a_reading_with_objects_in_it_is_not_loaded(tmp_path: Path) -> None:
    store = Readings(tmp_path)
    np.savez(tmp_path / "a.npz", modalities=np.array([{"code": 1}], dtype=object), tokens=np.array([1]))
    fresh = reading()
    assert store.get_or_make("a", lambda: fresh) is fresh


def test_a_place_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CheckpointError, match="choose another data_dir"):
        Readings(tmp_path / "file")


# --- as the graph asks -----------------------------------------------------------------------------------------------


def test_a_clip_is_shown_word_for_word_as_the_graph_perceive_shows_it(asked: tuple[Asker, list[Clip]]) -> None:
    from affectgraph.prompts import prompt

    asker, (clip, *_) = asked
    parts: Any = asker.messages(clip)[0].content
    words = [part["text"] for part in parts if part["type"] == "text"]
    opening, says, question = (
        prompt(name, "en").render() for name in ("perceive/clip", "perceive/says", "reading/sentiment")
    )
    assert words == [f"{opening} {says}\n\n", clip.item.fields["text"], f"\n\n{question}"]
    without: Any = asker.messages(clip, View(without="text"))[0].content
    assert [part["text"] for part in without if part["type"] == "text"] == [opening, f"\n\n{question}"]
