"""The store: nothing is lost, nothing is left, and nobody else can read it."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectgraph.tools.persona import MBTI_TYPES, TRAITS, Persona, PersonaError, Provenance, Provenances, persona_from
from affectgraph.tools.personas import PersonaStore, as_toml, read_persona

EXAMPLES = Path(__file__).parents[2] / "examples" / "personas"
SOURCES: tuple[Provenance, ...] = ("questionnaire", "stated", "inferred")
ANN = persona_from(
    {
        "name": "ann",
        "openness": 0.7,
        "neuroticism": 1 / 3,
        "mbti": "INTP",
        "provenance": {"openness": "questionnaire", "neuroticism": "inferred", "mbti": "stated"},
        "language": "zh-Hant",
        "note": 'She said "no".\n\\ 不 🙂',
    },
    "here",
)


@pytest.fixture
def store(tmp_path: Path) -> PersonaStore:
    return PersonaStore(tmp_path / "data")


@st.composite
def personas(draw: st.DrawFn) -> Persona:
    """Any persona."""
    fields: dict[str, object] = {"name": draw(st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True))}
    known = {trait: draw(st.none() | st.floats(0, 1)) for trait in TRAITS}
    values = {**known, "mbti": draw(st.none() | st.sampled_from(MBTI_TYPES))}
    provenance = {field: draw(st.sampled_from(SOURCES)) for field, value in values.items() if value is not None}
    text = st.text(st.characters(exclude_categories=("Cc", "Cs")) | st.sampled_from("\n\t"), max_size=500)
    return persona_from({**fields, **values, "provenance": provenance, "note": draw(st.none() | text)}, "here")


@given(personas())
def test_what_is_written_is_read_back_to_the_last_bit(tmp_path_factory: pytest.TempPathFactory, made: Persona) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_text(as_toml(made), encoding="utf-8")
    assert read_persona(path) == made


def test_provenance_is_kept(store: PersonaStore) -> None:
    store.save(ANN)
    assert store.load("ann") == ANN
    assert store.load("ann").provenance == Provenances(openness="questionnaire", neuroticism="inferred", mbti="stated")
    assert store.names() == ["ann"]


def test_folder_and_file_are_their_owners_alone(store: PersonaStore) -> None:
    path = store.save(ANN)
    assert stat.S_IMODE(store.folder.parent.stat().st_mode) == 0o700
    store.folder.chmod(0o755)
    store.save(ANN, replace=True)
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(store.folder) == ["ann.toml"]


def test_a_name_in_use_is_not_taken_silently(store: PersonaStore) -> None:
    path = store.save(ANN)
    before = path.read_bytes()
    other = persona_from({"name": "ann", "mbti": "ESFP", "provenance": {"mbti": "stated"}}, "here")
    with pytest.raises(PersonaError, match="there is already a persona 'ann'; add --replace, or choose another name"):
        store.save(other)
    assert path.read_bytes() == before
    assert os.listdir(store.folder) == ["ann.toml"]
    store.save(other, replace=True)
    assert store.load("ann").mbti == "ESFP"


def test_a_write_that_fails_keeps_the_old_one(store: PersonaStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.save(ANN)

    def fails(source: str, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(PersonaError, match=r"cannot write .*ann.toml: No space left on device; check data_dir"):
        store.save(persona_from({"name": "ann"}, "here"), replace=True)
    assert store.load("ann") == ANN
    assert os.listdir(store.folder) == ["ann.toml"]


def test_erase_leaves_nothing(store: PersonaStore) -> None:
    path = store.save(ANN)
    bystander = store.save(persona_from({"name": "ann-2"}, "here"))
    unfinished = store.folder / ".ann.x1.part"
    unfinished.write_text(as_toml(ANN))
    others = store.folder / ".ann-2.x1.part"
    others.write_text("")
    # A second name of the same bytes shows what is on the disk after the file is gone.
    witness = store.folder.parent / "witness"
    os.link(path, witness)
    erased = store.erase("ann")
    assert erased.files == (path, unfinished)
    assert erased.held == ("openness", "neuroticism", "mbti", "language", "note")
    assert set(store.folder.iterdir()) == {bystander, others}
    assert set(witness.read_bytes()) == {0}


def test_a_damaged_persona_can_be_erased(store: PersonaStore) -> None:
    path = store.save(ANN)
    path.write_bytes(b"\xff")
    assert store.erase("ann").held == ()
    assert store.names() == []


def test_erase_does_not_reach_through_a_link(store: PersonaStore, tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text("precious")
    store.folder.mkdir(parents=True)
    (store.folder / "ann.toml").symlink_to(mine)
    with pytest.raises(
        PersonaError, match="is a link or no file, so what it leads to is left alone; remove it by hand"
    ):
        store.erase("ann")
    assert mine.read_text() == "precious"


@given(
    name=st.sampled_from(["../ann", "/etc/passwd", "..", "", "a/b", "ann.toml", "ann\0", "Ａnn"]) | st.text(max_size=5)
)
def test_no_name_leads_out_of_the_folder(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    store = PersonaStore(tmp_path_factory.getbasetemp() / "empty")
    for act in (store.load, store.erase, store.export):
        with pytest.raises(PersonaError, match=r"is no name|there is no persona"):
            act(name)
    with contextlib.suppress(PersonaError):
        assert store.path(name).parent == store.folder


def test_export_holds_everything(store: PersonaStore) -> None:
    store.save(ANN)
    exported = store.export("ann")
    assert exported["persona"] == "ann"
    assert exported["last_change"].endswith("+00:00")
    assert persona_from(exported["profile"], "here") == ANN


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"name = ", "is no TOML"),
        (b"\xff", "is not UTF-8 text; save it as UTF-8"),
        (b"#" * 65_537, "is larger than 65,536 bytes"),
        (b"openness = 0.5", "the field 'name' is missing; add it"),
        (b'name = "ann"\nopenness = 7\n[provenance]\nopenness = "stated"', "openness is 7; give a number from 0 to 1"),
        (b'name = "ann"\nage = 7', "unknown field 'age'"),
        (b'name = "bea"', "holds the persona 'bea'; its name has to be 'ann'"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_its_field(store: PersonaStore, data: bytes, told: str) -> None:
    store.folder.mkdir(parents=True)
    (store.folder / "ann.toml").write_bytes(data)
    with pytest.raises(PersonaError) as caught:
        store.load("ann")
    assert told in str(caught.value)
    assert "ann.toml" in str(caught.value)


def test_a_name_that_is_not_stored_names_those_that_are(store: PersonaStore) -> None:
    with pytest.raises(PersonaError, match="there is no persona 'bea'; none is stored yet; `affectgraph persona new`"):
        store.load("bea")
    store.save(ANN)
    (store.folder / "not a name.toml").write_text("")
    with pytest.raises(PersonaError, match=r"there is no persona 'bea'; stored: ann$"):
        store.erase("bea")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(PersonaError, match=r"cannot write .*ann.toml: .*; check data_dir in the settings"):
        PersonaStore(tmp_path / "data").save(ANN)


def test_the_examples_are_three_different_people() -> None:
    people = [read_persona(path) for path in sorted(EXAMPLES.glob("*.toml"))]
    assert [person.name for person in people] == [path.stem for path in sorted(EXAMPLES.glob("*.toml"))]
    assert len({tuple(person.traits.items()) for person in people}) == 3
