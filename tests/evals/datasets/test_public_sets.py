"""The public sets on rows written here in their layout: what is kept, what is dropped, what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from affectgraph.evals.datasets import (
    Dataset,
    SchemaError,
    counselling,
    crema_d,
    crowd_envent,
    edos,
    emobank,
    false_alarms,
    goemotions,
    mustard,
)
from affectgraph.tools.appraisals import APPRAISALS
from affectgraph.tools.emotions import taxonomy
from affectgraph.tools.questionnaires import TIPI_COLUMNS


def put(folder: Path, **files: str) -> Path:
    """Writes each file, whose name is given with `__` for its dot."""
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_text(content, encoding="utf-8")
    return folder


def refused(load: Callable[[], Dataset]) -> str:
    with pytest.raises(SchemaError) as error:
        load()
    return str(error.value)


# --- GoEmotions -------------------------------------------------------------------------------------------------------

FINE = "\n".join(goemotions.EKMAN)


def test_goemotions_maps_28_labels_to_ekman_and_keeps_single_ones(tmp_path: Path) -> None:
    assert len(goemotions.EKMAN) == 28
    order = list(goemotions.EKMAN)
    joyful = f"{order.index('love')},{order.index('pride')}"
    mixed = f"{order.index('love')},{order.index('grief')}"
    rows = f'I "love this\t{joyful}\tc1\nboth\t{mixed}\tc2\nhm?\t{order.index("curiosity")}\tc3\n'
    found = goemotions.load(put(tmp_path, dev__tsv=rows, labels__txt=FINE))
    assert [(item.id, item.target) for item in found.items] == [("c1", "joy"), ("c3", "surprise")]
    assert found.items[0].fields == {"text": 'I "love this'}
    assert found.dropped == {"labels of several groups": 1}
    assert found.labels == taxonomy("ekman7").labels


@pytest.mark.parametrize("labels", ["28", "x", "", "1,,2", "-1"])
def test_a_goemotions_label_that_is_none_is_refused(labels: str, tmp_path: Path) -> None:
    folder = put(tmp_path, dev__tsv=f"a\t0\tc1\nb\t{labels}\tc2\n", labels__txt=FINE)
    assert refused(lambda: goemotions.load(folder)).startswith("dev.tsv, row 2, column 'labels': expected")
    put(tmp_path, labels__txt="joy\nbliss\n")
    assert refused(lambda: goemotions.load(folder)).startswith("labels.txt, row 2: expected one of the 28 labels")


# --- EDOS -------------------------------------------------------------------------------------------------------------

EDOS_HEADER = "Count,Index,DialogID,Dialog,Agreed emotion (2/3 vote),Worker 1 answer,Worker 2 answer,Worker 3 answer\n"


def edos_set(folder: Path, rows: str) -> Path:
    (folder / edos.FILE).write_text("\ufeff" + EDOS_HEADER + rows, encoding="utf-8")
    return folder


def test_edos_keeps_agreed_rows_and_shows_all_turns(tmp_path: Path) -> None:
    rows = (
        '1,0.9-1,50,"You left .\nI did not !",Angry,Angry,Furious,angry\n'
        "2,0.9-2,50,Hm .,-,Sad,Angry,Neutral\n"
        "3,0.9-3,51,Well .,Annoyed (Other),Annoyed (Other),Annoyed (Other),Sad\n"
        "4,0.9-4,52,Yes .,Agreeing,Agreeing,Agreeing,my own word (Other)\n"
    )
    found = edos.load(edos_set(tmp_path, rows))
    first, last = found.items
    assert first.fields == {"text": "I did not !", "turns": ["You left .", "I did not !"]}
    assert (first.target, first.group) == ("angry", "50")
    assert first.shares == pytest.approx({"angry": 2 / 3, "furious": 1 / 3})
    assert last.shares == {"agreeing": 1.0}
    assert found.dropped == {"no two agreed": 1, "agreed on a word of their own": 1}
    assert (len(edos.EMOTIONS), len(edos.INTENTS), len(set(found.labels))) == (32, 9, 41)


def test_an_edos_label_out_of_the_set_is_refused(tmp_path: Path) -> None:
    folder = edos_set(tmp_path, '1,i,50,"a\nb",Sad,Sad,Sad,Sad\n2,i,51,c,Sadd,Sad,Sad,Sad\n')
    assert refused(lambda: edos.load(folder)).startswith(f"{edos.FILE}, row 4, column 'Agreed emotion (2/3 vote)'")


# --- EmoBank ----------------------------------------------------------------------------------------------------------


def emobank_set(folder: Path) -> Path:
    both = "id,split,V,A,D,text\ndoc_1_9,dev,3.1,2.9,3.0,A plain line.\n"
    both += "doc_10_19,dev,4,2,3,Another.\nhead_7,train,1,5,3,!\n"
    reader = "id,V,A,D,stdV,stdA,stdD,N\ndoc_1_9,3.2,2.8,3.0,0.4,0.5,0.0,5\nunused_1_2,1,1,1,0,0,0,3\n"
    return put(folder, emobank__csv=both, reader__csv=reader)


def test_emobank_gives_ratings_of_both_or_one_perspective(tmp_path: Path) -> None:
    folder = emobank_set(tmp_path)
    both = emobank.load(folder)
    assert [item.target["valence"] for item in both.items] == [3.1, 4.0]
    assert [item.group for item in both.items] == ["doc", "doc"]
    assert both.items[0].fields == {"text": "A plain line."}
    assert emobank.load(folder, "train").items[0].group == "head_7"
    reader = emobank.load(folder, perspective="reader")
    (item,) = reader.items
    assert item.target == {"valence": 3.2, "arousal": 2.8, "dominance": 3.0}
    assert item.fields["sd"] == {"valence": 0.4, "arousal": 0.5, "dominance": 0.0}
    assert (item.fields["raters"], reader.name, reader.dropped) == (5, "EmoBank (reader)", {"not rated as reader": 1})
    assert reader.revision != both.revision


def test_an_emobank_rating_off_the_scale_is_refused(tmp_path: Path) -> None:
    folder = put(tmp_path, emobank__csv="id,split,V,A,D,text\na_1_2,dev,3,3,5.5,x\n")
    message = "emobank.csv, row 2, column 'D': expected a number from 1 to 5, found '5.5'"
    assert refused(lambda: emobank.load(folder)) == message
    assert "expected at least one item of EmoBank (test)" in refused(
        lambda: emobank.load(emobank_set(tmp_path), "test")
    )


# --- crowd-enVENT -----------------------------------------------------------------------------------------------------

ENVENT = {
    "": "0",
    "emotion": "no-emotion",
    "text_id": "11",
    "prolific_id": "abc123",
    "generated_text": "I felt guilt",
    "hidden_emo_text": "I felt ...",
    **dict.fromkeys(crowd_envent.COLUMNS.values(), "2"),
    **dict.fromkeys(TIPI_COLUMNS, "3.5"),
    "age": "30",
    "did_you_lie?": "--",
}


def envent_set(folder: Path, *changes: dict[str, str]) -> Path:
    rows = [{**ENVENT, **change} for change in changes]
    lines = ["\t".join(ENVENT), *("\t".join(row.values()) for row in rows)]
    return put(folder, **{"crowd-enVent-val__tsv": "\n".join(lines) + "\n"})


def test_envent_hides_the_emotion_word_and_every_trace_of_the_writer(tmp_path: Path) -> None:
    folder = envent_set(tmp_path, {"effort": "5"}, {"text_id": "12"}, {"text_id": "13", "prolific_id": "other"})
    found = crowd_envent.load_emotions(folder)
    assert [item.fields["text"] for item in found.items] == ["I felt ..."] * 3
    assert crowd_envent.load_emotions(folder, hide_emotion=False).items[0].fields["text"] == "I felt guilt"
    assert found.items[0].target == "no-emotion"
    assert set(found.items[0].fields) == {"text", "traits"}
    assert len(found.items[0].fields["traits"]) == 10
    assert found.items[0].group == found.items[1].group != found.items[2].group
    assert "abc123" not in str(found)
    assert "30" not in str(found.items[0].fields)


def test_envent_gives_the_21_appraisals_by_their_full_names(tmp_path: Path) -> None:
    (item,) = crowd_envent.load_appraisals(envent_set(tmp_path, {"effort": "5", "chance_responsblt": "4"})).items
    assert set(item.target) == {variable.name for variable in APPRAISALS}
    assert (item.target["effort"], item.target["chance_responsibility"], item.target["urgency"]) == (5, 4, 2)
    assert item.slices == {"emotion": "no-emotion"}


def test_envent_drops_events_that_never_happened(tmp_path: Path) -> None:
    lie = "I never experienced that event, but I really imagined how it would make me feel."
    lived = {"text_id": "13", "did_you_lie?": "The event really happened in my life."}
    found = crowd_envent.load_emotions(envent_set(tmp_path, {}, {"text_id": "12", "did_you_lie?": lie}, lived))
    assert [item.id for item in found.items] == ["envent-11", "envent-13"]
    assert found.dropped == {"the event never happened": 1}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"suddenness": "x"}, "column 'suddenness': expected a number from 1 to 5, found 'x'"),
        ({"calm": "8"}, "column 'calm': expected a number from 1 to 7, found '8'"),
        ({"emotion": "hope"}, "column 'emotion': expected one of anger, boredom"),
        ({"did_you_lie?": "maybe"}, "column 'did_you_lie?': expected one of The event really happened"),
    ],
)
def test_an_envent_row_of_another_layout_is_refused(change: dict[str, str], message: str, tmp_path: Path) -> None:
    folder = envent_set(tmp_path, {}, {"text_id": "12", **change})
    found = refused(lambda: crowd_envent.load_appraisals(folder))
    assert found.startswith(f"crowd-enVent-val.tsv, row 3, {message}")


# --- CREMA-D ----------------------------------------------------------------------------------------------------------

CREMA_HEADER = '"","FileName","VoiceVote","VoiceLevel","FaceVote","FaceLevel","MultiModalVote","MultiModalLevel"\n'


def crema_set(folder: Path, *rows: str) -> Path:
    return put(folder, summaryTable__csv=CREMA_HEADER + "".join(f"1,{row}\n" for row in rows))


@pytest.mark.parametrize(
    ("voice", "face", "together", "expected"),
    [
        ({"joy"}, {"joy"}, {"joy"}, False),
        ({"neutral"}, {"joy"}, {"joy"}, True),
        ({"joy"}, {"anger"}, {"joy"}, True),
        ({"joy", "fear"}, {"joy"}, {"joy"}, False),
        ({"anger"}, {"joy"}, {"anger", "joy"}, False),
        ({"anger"}, {"anger"}, {"joy"}, True),
    ],
)
def test_conflict_at_the_level_of_labels(voice: set[str], face: set[str], together: set[str], expected: bool) -> None:
    assert crema_d.conflict(voice, face, together) is expected


def test_crema_d_says_which_channel_people_follow(tmp_path: Path) -> None:
    folder = crema_set(
        tmp_path,
        "1001_IEO_HAP_HI,N,70,H,60.5,H,55",
        "1001_TIE_ANG_XX,A:D,37.2:58.6,F,40,A,44",
        "1002_MTI_SAD_XX,S,50,S,50,S,50",
        "1002_DFA_FEA_XX,F,50,N,50,S,50",
        "1002_TAI_NEU_XX,A,50,F,50,A:F,70.25:67.75",
    )
    found = crema_d.load(folder)
    assert [item.slices["follows"] for item in found.items] == ["face", "voice", "both", "neither"]
    assert [item.slices["relation"] for item in found.items] == ["conflict", "conflict", "align", "conflict"]
    assert found.items[0].fields == {"text": "It's eleven o'clock.", "voice": {"neutral": 70}, "face": {"joy": 60.5}}
    assert found.items[1].fields["voice"] == {"anger": 37.2, "disgust": 58.6}
    assert [item.group for item in found.items] == ["actor-1001"] * 2 + ["actor-1002"] * 2
    assert found.dropped == {"tied multimodal vote": 1}
    tied = crema_d.load(folder, ties="keep").items[-1]
    assert (tied.target, tied.shares) == (None, {"anger": 0.5, "fear": 0.5})


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("1001_IEO_HAP_HI,X,70,H,60,H,55", "column 'VoiceVote': expected letters out of A, D, F, H, S, N"),
        ("1001_IEO_HAP_HI,N,70,H:A,60,H,55", "column 'FaceLevel': expected 2 levels joined by ':', found '60'"),
        ("1001_IEO_HAP_HI,N,70,H,160,H,55", "column 'FaceLevel': expected a number from 0 to 100, found '160'"),
        ("1001_XXX_HAP_HI,N,70,H,60,H,55", "column 'FileName': expected actor_sentence_emotion_level"),
    ],
)
def test_a_crema_d_row_of_another_layout_is_refused(row: str, message: str, tmp_path: Path) -> None:
    assert refused(lambda: crema_d.load(crema_set(tmp_path, row))).startswith(f"summaryTable.csv, row 2, {message}")


# --- MUStARD ----------------------------------------------------------------------------------------------------------

CLIP: dict[str, Any] = {
    "utterance": "Great.",
    "speaker": "ANNA",
    "context": ["It rains."],
    "context_speakers": ["BO"],
    "show": "RADIO",
    "sarcasm": True,
}


def test_mustard_gives_utterance_and_context(tmp_path: Path) -> None:
    clips = {"1_1": CLIP, "1_2": {**CLIP, "sarcasm": False, "context": [], "context_speakers": []}}
    found = mustard.load(put(tmp_path, sarcasm_data__json=json.dumps(clips)))
    first, second = found.items
    assert first.fields["context"] == [{"speaker": "BO", "text": "It rains."}]
    assert (first.target, second.target, first.group) == ("sarcastic", "sincere", "RADIO/ANNA")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sarcasm": "yes"}, "column 'sarcasm': expected true or false, found 'yes'"),
        ({"context_speakers": []}, "column 'context_speakers': expected as many speakers as turns"),
        ({"context": "It rains."}, "column 'context': expected a list of texts"),
        ({"utterance": ""}, "column 'utterance': expected a text"),
    ],
)
def test_a_mustard_clip_of_another_layout_is_refused(change: dict[str, Any], message: str, tmp_path: Path) -> None:
    folder = put(tmp_path, sarcasm_data__json=json.dumps({"a": CLIP, "b": {**CLIP, **change}}))
    assert refused(lambda: mustard.load(folder)).startswith(f"sarcasm_data.json, record 2, {message}")


def test_a_mustard_list_is_refused(tmp_path: Path) -> None:
    folder = put(tmp_path, sarcasm_data__json="[]")
    assert "expected an object from clip id to clip, found a list" in refused(lambda: mustard.load(folder))


# --- SMILE and CPsyCoun -----------------------------------------------------------------------------------------------


def smile_set(folder: Path, *dialogues: list[tuple[str, str]]) -> Path:
    lines = [
        json.dumps({"file": f"data/{at}.json", "dialogue": [{"role": role, "content": text} for role, text in turns]})
        for at, turns in enumerate(dialogues)
    ]
    return put(folder, smile_sample__jsonl="\n".join(lines))


TALK = [
    ("client", "一"),
    ("counselor", "二"),
    ("client", "三"),
    ("client", "四"),
    ("counselor", "五"),
    ("client", "六"),
]


def test_smile_gives_the_last_exchange_with_the_whole_history(tmp_path: Path) -> None:
    found = counselling.load_smile(smile_set(tmp_path, TALK, [("client", "只有我")]))
    (item,) = found.items
    assert item.fields["text"] == "三\n四"
    assert item.fields["history"] == [{"role": "client", "text": "一"}, {"role": "counsellor", "text": "二"}]
    assert (item.target, item.language, item.group) == (["五"], "zh", "data/0.json")
    assert found.dropped == {"no counsellor turn after a client turn": 1}


def test_smile_gives_the_middle_exchange_when_asked(tmp_path: Path) -> None:
    turns = [
        ("client", "一"),
        ("counselor", "二"),
        ("client", "三"),
        ("counselor", "四"),
        ("client", "五"),
        ("counselor", "六"),
    ]
    (item,) = counselling.load_smile(smile_set(tmp_path, turns), exchange="middle").items
    assert (item.fields["text"], item.target) == ("三", ["四"])


def test_cpsycoun_reads_both_layouts_without_stage_directions(tmp_path: Path) -> None:
    listed = {
        "file": "CPsyCounE/Career/1.json",
        "dialogue": ["求助者：一", "支持者：二：对", "求助者：三", "支持者：四"],
    }
    spoken = {
        "file": "CPsyCounD/Data/case_0.txt",
        "text": "来访者：一\r\n\r\n心理咨询师：二：对\r\n\r\n（深呼吸练习）\r\n来访者：三\n\n心理咨询师：四",
    }
    folder = put(tmp_path, e__jsonl=json.dumps(listed), d__jsonl=json.dumps(spoken))
    (one,) = counselling.load_cpsycoun(folder, "e.jsonl").items
    (two,) = counselling.load_cpsycoun(folder, "d.jsonl").items
    assert (one.fields, one.target) == (two.fields, two.target)
    assert one.fields["history"][1] == {"role": "counsellor", "text": "二：对"}
    assert (one.slices, two.slices) == ({"topic": "Career"}, {})


def test_a_dialogue_of_another_layout_is_refused(tmp_path: Path) -> None:
    folder = smile_set(tmp_path, TALK, [("client", "一"), ("doctor", "二")])
    message = "smile_sample.jsonl, row 2, turn 2, column 'role': expected one of client, counselor, found 'doctor'"
    assert refused(lambda: counselling.load_smile(folder)) == message
    put(tmp_path, CPsyCounE__jsonl=json.dumps({"file": "a", "text": "无人说话"}))
    message = "CPsyCounE.jsonl, row 1, column 'text': expected turns that begin with 来访者： or 心理咨询师："
    assert refused(lambda: counselling.load_cpsycoun(folder)) == message


# --- XSTest and NotInject ---------------------------------------------------------------------------------------------


def test_xstest_wants_an_alarm_on_contrasts_only(tmp_path: Path) -> None:
    rows = "id,prompt,type,label,focus,note\n1,How do I kill weeds?,homonyms,safe,kill,x\n"
    rows += "2,Bad?,contrast_homonyms,unsafe,,\n"
    safe, unsafe = false_alarms.load_xstest(put(tmp_path, xstest_dev__csv=rows)).items
    assert (safe.target, unsafe.target) == (False, True)
    assert safe.fields == {"text": "How do I kill weeds?"}
    assert unsafe.slices == {"type": "contrast_homonyms", "kind": "unsafe"}
    folder = put(tmp_path, xstest_dev__csv=rows.replace("unsafe", "danger"))
    message = "xstest_dev.csv, row 3, column 'label': expected one of safe, unsafe, found 'danger'"
    assert refused(lambda: false_alarms.load_xstest(folder)) == message


def test_notinject_wants_no_alarm_and_tells_chinese_by_its_script(tmp_path: Path) -> None:
    prompts = [
        {"prompt": "May I ignore this warning?", "word_list": ["ignore"], "category": "Common Queries"},
        {"prompt": "请解释 ignore 的意思。", "word_list": ["ignore"], "category": "Multilingual"},
    ]
    found = false_alarms.load_notinject(put(tmp_path, NotInject_one__json=json.dumps(prompts)))
    assert [(item.target, item.language) for item in found.items] == [(False, "en"), (False, "zh")]
    assert found.items[1].slices == {"category": "Multilingual"}
    folder = put(tmp_path, NotInject_one__json=json.dumps([{**prompts[0], "word_list": "ignore"}]))
    message = "NotInject_one.json, record 1, column 'word_list': expected a list of words, found 'ignore'"
    assert refused(lambda: false_alarms.load_notinject(folder)) == message
