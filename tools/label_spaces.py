"""Label spaces of affective image sets: what a picture may be said to express or evoke.

Sources: Mikels et al. 2005 (eight), Emotion6 (Peng et al. 2015), EMOTIC (Kosti et al. 2019, 26), Plutchik's wheel as in
FindingEmo (24), as AICA-Bench (arXiv 2604.05900) uses them; Ekman's six with neutral. Pleasant or unpleasant is Mikels'
for his eight, as the paper has it, and our choice for the others.
"""

from __future__ import annotations

from affectgraph.tools.emotions import taxonomy

__all__ = ["POLARITY", "SPACES", "emotion_words"]

_EMOTIC = (
    "affection anger annoyance anticipation aversion confidence disapproval disconnection disquietment doubt/confusion "
    "embarrassment engagement esteem excitement fatigue fear happiness pain peace pleasure sadness sensitivity "
    "suffering surprise sympathy yearning"
)
_PLUTCHIK = (
    "joy serenity ecstasy trust acceptance admiration fear apprehension terror surprise distraction amazement sadness "
    "pensiveness grief disgust boredom loathing anger annoyance rage anticipation interest vigilance"
)
SPACES: dict[str, tuple[str, ...]] = {
    "mikels8": ("amusement", "awe", "contentment", "excitement", "anger", "disgust", "fear", "sadness"),
    "emotion6": ("joy", "surprise", "anger", "disgust", "fear", "sadness"),
    "emotic26": tuple(_EMOTIC.split()),
    "plutchik24": tuple(_PLUTCHIK.split()),
    "ekman7": taxonomy("ekman7").labels,
}
_PLEASANT = (
    "amusement awe contentment excitement joy affection confidence engagement esteem happiness peace pleasure serenity "
    "ecstasy trust acceptance admiration interest"
)
_NEITHER = "surprise anticipation amazement distraction vigilance sympathy sensitivity yearning neutral"
POLARITY: dict[str, int] = {
    label: 1 if label in _PLEASANT.split() else 0 if label in _NEITHER.split() else -1
    for labels in SPACES.values()
    for label in labels
}

# Adjectives and verbs of feeling that are no label; a list, so freely worded feeling gets through.
_FEELINGS = (
    "happy happily sad sadly angry angrily afraid scared fearful joyful joyous cheerful cheery gloomy miserable upset "
    "depressed depressing lonely anxious worried nervous terrified horrified disgusted disgusting excited exciting "
    "amused amusing awe awesome content contented calm calming serene peaceful tranquil melancholic melancholy "
    "nostalgic romantic love loving lovely hopeful hopeless proud ashamed guilty bored boring frightened frightening "
    "threatening menacing creepy eerie sinister delighted delightful pleasant unpleasant "
    "emotional emotion mood feeling feelings feels evokes evoking inspiring uplifting heartwarming tragic grieving"
)
_FEELINGS_ZH = (
    "快乐 高兴 开心 喜悦 悲伤 难过 伤心 愤怒 生气 恐惧 害怕 厌恶 恶心 惊讶 平静 宁静 安宁 兴奋 激动 敬畏 满足 愉快 "
    "焦虑 担忧 孤独 忧郁 忧伤 绝望 希望 骄傲 羞愧 内疚 无聊 恐怖 压抑 温馨 浪漫 情绪 情感 心情 感受 氛围"
)


def emotion_words(text: str) -> list[str]:
    """The words of feeling in a text, English or Chinese, each once, in order; whole words, whatever their case."""
    known = {*POLARITY, *_FEELINGS.split()}
    plain = "".join(char if char.isalpha() or char == "'" else " " for char in text.casefold())
    found = [word for word in plain.split() if word in known]
    found += [word for word in _FEELINGS_ZH.split() if word in text]
    return list(dict.fromkeys(found))
