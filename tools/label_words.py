"""What a prompt calls the labels of `label_spaces`: English prompts the keys themselves, Chinese ones a word for each.

Outputs hold the keys in both languages. The Chinese names are our choice of the usual translations, each of which can
follow "感到" and none of which stands for two labels of one space. A label that is not listed is called what it is.
"""

from __future__ import annotations

from collections.abc import Sequence

from affectgraph.tools.emotions import TAXONOMIES

__all__ = ["label_words"]

_ZH = {
    **{emotion.name: emotion.zh for known in TAXONOMIES.values() for emotion in known.emotions},
    # Mikels' eight
    "amusement": "好笑",
    "awe": "敬畏",
    "contentment": "满足",
    "excitement": "兴奋",
    # EMOTIC
    "affection": "喜爱",
    "annoyance": "烦恼",
    "anticipation": "期待",
    "aversion": "反感",
    "confidence": "自信",
    "disapproval": "不赞同",
    "disconnection": "疏离",
    "disquietment": "不安",
    "doubt/confusion": "疑惑",
    "embarrassment": "尴尬",
    "engagement": "投入",
    "esteem": "尊敬",
    "fatigue": "疲惫",
    "happiness": "快乐",
    "pain": "痛苦",
    "peace": "平和",
    "pleasure": "愉快",
    "sensitivity": "脆弱",
    "suffering": "煎熬",
    "sympathy": "同情",
    "yearning": "渴望",
    # Plutchik's wheel
    "acceptance": "接纳",
    "admiration": "钦佩",
    "amazement": "惊叹",
    "apprehension": "忧虑",
    "distraction": "分心",
    "ecstasy": "狂喜",
    "grief": "悲痛",
    "interest": "好奇",
    "loathing": "憎恶",
    "pensiveness": "惆怅",
    "rage": "暴怒",
    "serenity": "宁静",
    "terror": "惊骇",
    "vigilance": "警惕",
}


def label_words(labels: Sequence[str], language: str) -> tuple[str, ...]:
    """What a prompt in `language` calls `labels`, in their order; distinct as long as the labels are."""
    words = tuple(_ZH.get(label, label) if language == "zh" else label for label in labels)
    return words if len(set(words)) == len(labels) else tuple(labels)
