"""Head profiles: kept by model and revision, written whole, and refused where damaged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from affectgraph.tools.chase.profiles import (
    HeadProfiles,
    Trial,
    load_profiles,
    profile_for,
    profiles_path,
    save_profiles,
)
from affectgraph.tools.chase.stored import ChaseFileError
from tests.tools.chase.samples import profile


def test_a_profile_survives_its_file(tmp_path: Path) -> None:
    path = profiles_path(tmp_path / "new folder")
    kept = HeadProfiles().with_entry(profile("causal", scores=[[0.1, float("nan")], [-0.25, 0.5]]))
    save_profiles(kept, path)
    read = load_profiles(path)
    assert read == kept
    assert np.isnan(read.entries[0].array()[0, 1])
    assert read.entries[0].top(2, [0, 1]) == ((0, 0), (1, 1))


def test_the_file_is_for_its_owner_alone_and_leaves_no_part(tmp_path: Path) -> None:
    path = profiles_path(tmp_path)
    save_profiles(HeadProfiles().with_entry(profile()), path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_no_file_is_no_profiles(tmp_path: Path) -> None:
    assert load_profiles(profiles_path(tmp_path)).entries == ()


def test_a_new_profile_takes_the_place_of_its_predecessor_alone() -> None:
    both = HeadProfiles().with_entry(profile()).with_entry(profile("causal"))
    video = profile("causal", trial=Trial(strength=0.6, target={"video": 1.0}))
    after = both.with_entry(profile(scores=[[1.0, 2.0]])).with_entry(video)
    assert [(each.method, each.layers) for each in after.entries] == [("causal", 4), ("dominance", 1), ("causal", 4)]


def test_a_profile_is_found_by_model_method_and_modalities() -> None:
    mixed = [profile(), profile("causal"), profile(modalities="AV"), profile(identity="other")]
    kept = HeadProfiles(entries=tuple(mixed))
    assert kept.find("model@1", method="causal") == mixed[1]
    assert kept.find("model@1", modalities="TAV") == mixed[1]  # the newest of them
    assert kept.find("model@1", method="dominance", modalities="AV") == mixed[2]
    assert kept.find("model@1", method="dominance", modalities="TA") == mixed[2]  # no exact one: the newest
    assert kept.find("model@2") is None


def test_two_profiles_of_one_kind_are_refused() -> None:
    with pytest.raises(ValidationError, match="two profiles"):
        HeadProfiles(entries=(profile(), profile()))


def test_a_model_without_a_profile_is_told_how_to_get_one(tmp_path: Path) -> None:
    path = profiles_path(tmp_path)
    save_profiles(HeadProfiles().with_entry(profile()), path)
    assert profile_for(path, "model@1").method == "dominance"
    with pytest.raises(ChaseFileError, match="no causal head profile of model@1; make one with `affectgraph chase"):
        profile_for(path, "model@1", method="causal")


def _damaged(change: Any) -> str:
    values = json.loads(HeadProfiles().with_entry(profile()).model_dump_json())
    change(values)
    return json.dumps(values)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "is damaged (no JSON)"),
        ("[" * 100_000, "is damaged (no JSON)"),
        ("[]", "has the format None"),
        ('{"format": 2}', "has the format 2, and this version reads 1"),
        (_damaged(lambda values: values["entries"][0].pop("scores")), "entries.0.scores: Field required"),
        (_damaged(lambda values: values["entries"][0].update(colour=1)), "entries.0.colour"),
        (_damaged(lambda values: values["entries"][0]["scores"].pop()), "the scores are not 4 x 3"),
        (_damaged(lambda values: values["entries"][0]["scores"][0].append(1.0)), "the scores are not 4 x 3"),
        (_damaged(lambda values: values["entries"][0].update(method="causal")), "says how heads were moved"),
        (_damaged(lambda values: values["entries"].append(values["entries"][0])), "two profiles"),
    ],
)
def test_a_damaged_file_is_refused_with_a_way_out(tmp_path: Path, content: str, told: str) -> None:
    path = profiles_path(tmp_path)
    path.write_text(content)
    with pytest.raises(ChaseFileError) as caught:
        load_profiles(path)
    assert told in str(caught.value)
    assert str(path) in str(caught.value)
    assert "or delete the file" in str(caught.value)


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    profiles_path(tmp_path).mkdir()
    with pytest.raises(ChaseFileError, match="cannot read"):
        load_profiles(profiles_path(tmp_path))


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ChaseFileError, match=r"cannot write .* choose another place"):
        save_profiles(HeadProfiles(), tmp_path / "file" / "chase_heads.json")
