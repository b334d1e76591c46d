"""The outline of a sentence: who does what to whom, with words of a class made alike.

For the learned opinion on replies: "your friends never liked you" and "your boss never liked you" have one outline.
Function words stay; words of a class become its name; every other word is reduced to its ending.
"""

from __future__ import annotations

import re

from affectgraph.tools.normalise import normalise

__all__ = ["outline"]

_KEPT = frozenset(
    [
        "i",
        "you",
        "he",
        "she",
        "they",
        "we",
        "it",
        "me",
        "my",
        "mine",
        "your",
        "yours",
        "him",
        "her",
        "his",
        "their",
        "them",
        "us",
        "our",
        "myself",
        "yourself",
        "himself",
        "a",
        "an",
        "the",
        "this",
        "that",
        "these",
        "those",
        "there",
        "here",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "being",
        "am",
        "do",
        "does",
        "did",
        "done",
        "have",
        "has",
        "had",
        "will",
        "would",
        "can",
        "could",
        "should",
        "must",
        "may",
        "might",
        "shall",
        "ought",
        "need",
        "not",
        "no",
        "never",
        "nothing",
        "nobody",
        "none",
        "always",
        "ever",
        "only",
        "just",
        "even",
        "still",
        "already",
        "really",
        "simply",
        "maybe",
        "perhaps",
        "probably",
        "clearly",
        "obviously",
        "definitely",
        "certainly",
        "honestly",
        "if",
        "when",
        "because",
        "so",
        "but",
        "and",
        "or",
        "than",
        "then",
        "as",
        "like",
        "about",
        "with",
        "without",
        "for",
        "from",
        "to",
        "of",
        "in",
        "on",
        "at",
        "by",
        "into",
        "out",
        "up",
        "off",
        "over",
        "until",
        "unless",
        "since",
        "while",
        "what",
        "why",
        "how",
        "who",
        "which",
        "where",
        "whether",
        "all",
        "any",
        "some",
        "every",
        "each",
        "other",
        "another",
        "more",
        "most",
        "less",
        "least",
        "much",
        "many",
        "few",
        "too",
        "very",
        "enough",
        "again",
        "anyway",
        "yes",
        "sorry",
        "please",
        "let",
        "ok",
        "okay",
        "want",
    ]
)
_ENGLISH = {
    "kin": "mother mum mom father dad parent parents husband wife partner boyfriend girlfriend sister brother daughter "
    "son child children kids family uncle aunt grandmother grandfather friend friends boss colleague colleagues teacher",
    "aid": "doctor doctors therapist therapists therapy psychologist psychologists psychiatrist psychiatrists "
    "counsellor counselor counselling counseling gp hospital hotline hotlines helpline helplines police nurse clinic "
    "emergency "
    "ambulance professional professionals shrink shrinks pharmacist session appointment",
    "drug": "medication medications medicine medicines meds pill pills tablet tablets dose drug drugs prescription "
    "antidepressant antidepressants xanax prozac ssri melatonin supplement supplements alcohol beer wine vodka "
    "sertraline",
    "ill": "depression depressed anxiety ptsd bipolar adhd ocd autism autistic psychosis psychotic narcissist disorder "
    "borderline syndrome symptoms diagnosis trauma manic",
    "die": "die dying death dead suicide suicidal kill killing life living end ending gone disappear lethal fatal",
    "tool": "rope knife blade razor gun belt bridge roof train veins vein wrist wrists poison gas cut cutting cuts bag",
    "feel": "sad sadness angry anger afraid fear tired hurt lonely guilty guilt ashamed shame upset pain painful hard "
    "heavy exhausted scared worried hopeless worthless",
    "bad": "selfish lazy weak stupid pathetic dramatic sensitive immature ungrateful childish burden failure fault "
    "blame wrong ugly foolish useless crazy",
    "pray": "god lord sin pray prayer faith church bible soul heaven jesus allah karma duty vow sacred holy",
    "hide": "secret secrets tell telling hide hidden hiding confidential private know knows mention show see notice",
    "bond": "love loves loved marry kiss darling sweetheart dear forever together soulmate heart beautiful",
    "sure": "promise guarantee swear sure certain trust fine better happy cure cured recover",
    "say": "said say says wrote write told mentioned asked describe described sounds sound seems hear heard",
    "think": "think thinking feel feeling feels felt believe wonder understand imagine wish hope sense",
}
_CLASS = {word: name for name, listed in _ENGLISH.items() for word in listed.split()}
_CHINESE = {
    "kin": "妈妈 妈 母亲 爸爸 爸 父亲 父母 爸妈 老公 丈夫 老婆 妻子 男朋友 女朋友 男友 女友 孩子 女儿 儿子 弟弟 哥哥 "
    "姐姐 妹妹 婆婆 奶奶 爷爷 家人 朋友 同事 领导 老板 老师 室友 同学",
    "aid": "心理咨询师 心理医生 咨询师 医生 精神科 医院 急诊 热线 警察 报警 咨询 护士 专业人士 专家 救护车 复诊",
    "drug": "抗抑郁药 安眠药 安定 褪黑素 舍曲林 药 剂量 酒 一片 两片 半片",
    "ill": "抑郁症 焦虑症 双相 强迫症 人格障碍 自闭症 多动症 精神分裂 抑郁 症状 诊断 障碍",
    "die": "自杀 想死 去死 结束生命 死亡 死 轻生 离开 消失 不想活",
    "tool": "刀片 刀 绳子 绳 皮带 煤气 手腕 血管 塑料袋 高楼 桥",
    "bad": "自私 懒 软弱 矫情 任性 不孝 累赘 负担 失败 没用 活该 懦弱 敏感 冲动",
    "pray": "上帝 佛祖 神 报应 罪 祷告 孝 信仰 地狱 良心",
    "hide": "秘密 保密 告诉 知道 藏 瞒 隐瞒 发现",
    "bond": "爱 宝贝 亲爱的 抱 吻 喜欢",
    "sure": "保证 一定 肯定 绝对 百分之百 放心 永远",
}
_TERMS = sorted(
    ((term, name) for name, listed in _CHINESE.items() for term in listed.split()), key=lambda t: -len(t[0])
)
_NAMES = dict(_TERMS)
_TERM = re.compile("|".join(term for term, _ in _TERMS))
_TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+|[?!:;,.]")
_ENDINGS = ("ing", "ed", "ly", "s")
_IDEOGRAPH = re.compile(r"[\u3400-\u9fff]")


def outline(sentence: str) -> str:
    """The outline, of Latin words for English; Chinese keeps its ideographs besides the names of classes."""
    view = normalise(sentence).text
    if _IDEOGRAPH.search(view):
        return _TERM.sub(lambda match: f" {_NAMES[match[0]]}zh ", view)
    return " ".join(_reduced(token) for token in _TOKEN.findall(view))


def _reduced(token: str) -> str:
    whole, _, _ = token.partition("'")
    if token in _KEPT or whole in _KEPT or not token[0].isalpha():
        return token if not token.isdigit() else "0"
    if token in _CLASS:
        return f"{_CLASS[token]}q"
    return "x" + next((ending for ending in _ENDINGS if token.endswith(ending)), "")
