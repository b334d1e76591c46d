"""Typed checks on a model's reply to a person, and the gate that releases it sentence by sentence.

The threat is a weak or misled model: blame, medical advice, false comfort, a made-up human life, copied text, its own
instructions. The rules are tables of patterns over normalised text (see `normalise`). They know wording, not meaning,
so they are one layer of several. A violation carries a kind and offsets, never text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from pydantic import BaseModel, Field

from affectgraph.tools.language import detect
from affectgraph.tools.normalise import normalise
from affectgraph.tools.sentences import (
    Span,
    ends_like_a_sentence,
    quotations,
    sentence_end,
    sentences,
    unclosed,
    words,
    words_outside_quotations,
    wrapped,
    wrapping,
)

__all__ = ["Kind", "SentenceGate", "Violation", "check"]

Kind = Literal[
    "blame",
    "medication",
    "diagnosis",
    "minimising",
    "poses_as_human",
    "echo",
    "wrong_language",
    "method",
    "leak",
    "agrees_with_hopelessness",
]
_Spoken = Literal["en", "zh"]


class Violation(BaseModel, frozen=True):
    """What is wrong in `[start, end)` of a reply."""

    kind: Kind
    start: int = Field(ge=0)
    end: int = Field(gt=0)


# --- words that the tables share -------------------------------------------------------------------------------------


def _any(listed: str) -> str:
    return "(?:" + "|".join(" ".join(part.split()) for part in listed.split(",")) + ")"


_SHARED = {
    # Where an imperative can begin.
    "do": r"(?:^|(?<=[.!?;:,] )|(?<=[\n。!?,])|(?<=\band )|(?<=\bthen )|(?<=\bplease )|(?<=\bjust )|(?<=\bor ))",
    "you_are": r"\byou(?: are|'re| were|'ve been| have been)(?: (?:being|just|simply|way|really|always|only|clearly))*",
    "others": _any(
        "others, other people, everyone, everybody, people around you, those around you, them, him, her, "
        r"(?:your|the) (?:family|friends?|children|kids|partner|husband|wife|parents?|mother|father|loved ones|people)"
    ),
    "done": _any(
        r"\w\w+ed, known, done, been, said, told, thought, seen, left, gone, taken, made, kept, given, spoken, "
        "found, fought, come, put, let, chosen, understood, held, paid"
    ),
    "others_zh": _any("别人, 家人, 他人, 大家, 身边的?人, 周围的?人, 孩子, 父母, 你的?家人"),
    "drug": _any(
        r"sertraline, zoloft, fluoxetine, prozac, escitalopram, lexapro, citalopram, celexa, paroxetine, paxil,"
        r"seroxat, fluvoxamine, luvox, venlafaxine, effexor, duloxetine, cymbalta, desvenlafaxine, bupropion,"
        r"wellbutrin, mirtazapine, trazodone, vortioxetine, trintellix, amitriptyline, nortriptyline,"
        r"clomipramine, imipramine, doxepin, alprazolam, xanax, diazepam, valium, lorazepam, ativan, clonazepam,"
        r"klonopin, temazepam, zopiclone, eszopiclone, lunesta, zolpidem, ambien, buspirone, buspar, hydroxyzine,"
        r"propranolol, pregabalin, lyrica, gabapentin, lithium, lamotrigine, lamictal, valpro(?:ate|ic acid),"
        r"depakote, carbamazepine, quetiapine, seroquel, olanzapine, zyprexa, risperidone, risperdal,"
        r"aripiprazole, abilify, haloperidol, clozapine, lurasidone, methylphenidate, ritalin, concerta, adderall,"
        r"vyvanse, lisdexamfetamine, atomoxetine, strattera, modafinil, donepezil, memantine, ketamine,"
        r"esketamine, psilocybin, st\.? john'?s wort, melatonin, cbd oil, 5-htp, ashwagandha, valerian, ibuprofen,"
        r"paracetamol, acetaminophen, tylenol, aspirin, codeine, tramadol, oxycodone, methadone, naltrexone,"
        r"anti-?depressants?, ssris?, snris?, tricyclics?, benzodiazepines?, benzos, anti-?psychotics?,"
        r"mood stabili[sz]ers?, tranquilli[sz]ers?, sedatives?, sleeping (?:pills?|tablets?), beta-? ?blockers?,"
        r"opioids?, pain-?killers?, anti-?anxiety (?:medications?|meds|drugs?|pills?)"
    ),
    "medicine": r"(?:medications?|medicines?|meds|pills?|tablets?|dos(?:e|es|age)|prescriptions?|supplements?|{drug})",
    "drug_zh": _any(
        "百忧解, 氟西汀, 舍曲林, 左洛复, 帕罗西汀, 赛乐特, 西酞普兰, 来士普, 氟伏沙明, 文拉法辛, 怡诺思,"
        "度洛西汀, 米氮平, 安非他酮, 曲唑酮, 伏硫西汀, 阿米替林, 地西泮, 阿普唑仑, 佳静安定, 佳乐定, 劳拉西泮,"
        "氯硝西泮, 艾司唑仑, 舒乐安定, 唑吡坦, 思诺思, 佐匹克隆, 丁螺环酮, 坦度螺酮, 黛力新, 普萘洛尔, 碳酸锂,"
        "锂盐, 拉莫三嗪, 丙戊酸, 喹硫平, 思瑞康, 奥氮平, 利培酮, 阿立哌唑, 氯氮平, 哌甲酯, 专注达, 利他林,"
        "托莫西汀, 择思达, 褪黑素, 圣约翰草, 安定片, 安眠药, 抗抑郁药, 抗焦虑药, 抗精神病药, 镇静剂, 镇静药,"
        "镇定剂, 情绪稳定剂, 心境稳定剂, 止痛药, 逍遥丸"
    ),
    "change": _any(
        r"tak(?:e|ing), us(?:e|ing), start(?:ing)?(?: on)?, stop(?:ping)?(?: taking)?, quit(?:ting)?, increas(?:e|ing),"
        r"reduc(?:e|ing), lower(?:ing)?, rais(?:e|ing), doubl(?:e|ing), skip(?:ping)?, chang(?:e|ing), switch(?:ing)?,"
        r"adjust(?:ing)?, try(?:ing)?, go(?:ing)? (?:on|off), com(?:e|ing) off, get(?:ting)?(?: on| off)?, be on,"
        r"wean(?:ing)? off, taper(?:ing)?(?: off)?, need"
    ),
    "should": _any(
        r"should(?:n't| not)?, could, might(?: want to)?, may want to, must(?:n't| not)?, need(?:n't| to)?, have to,"
        r"ought to, try, consider, recommend, suggest, advise, time to, better to, best to, helpful to, would,"
        r"(?:don't|do not) (?:have|need) to, can, just, please"
    ),
    "condition": _any(
        r"bi-?polar(?: disorder)?, ptsd, c-?ptsd, post-? ?traumatic stress(?: disorder)?, (?:\w+ )?anxiety disorder,"
        r"gad, ocd, obsessive[- ]compulsive(?: disorder)?, adhd, autis(?:m|tic), asperger'?s?, bpd,"
        r"(?:\w+ )?personality disorder, schizo(?:phrenia|phrenic|affective), psychosis, psychotic, eating disorder,"
        r"anorexi[ac], bulimi[ac], panic disorder, narcissis(?:m|tic|t), dissociative(?: \w+)? disorder, mood disorder,"
        r"adjustment disorder, dysthymia, manic episode, depressive (?:disorder|episode), mental (?:illness|disorder),"
        r"(?:major|clinical|manic|post-?partum|post-?natal|chronic|bipolar) depression, sociopath, psychopath"
    ),
    "some": _any(
        "an?, some, form, kind, type, case, signs?, symptoms?, of, mild, moderate, severe, major, clinical, serious,"
        "undiagnosed, possible, likely, from, classic, untreated"
    ),
    "condition_zh": _any(
        "抑郁症, 躁郁症, 躁狂症, 双相(?:情感障碍)?, 焦虑症, 焦虑障碍, 强迫症, 创伤后应激(?:障碍)?, ptsd, adhd, 多动症,"
        "人格障碍, 边缘型人格, 自恋型人格, 精神分裂症?, 恐慌症, 惊恐障碍, 惊恐症, 进食障碍, 厌食症, 暴食症, 恐惧症,"
        "社恐症, 神经症, 神经衰弱, 精神病, 精神疾病, 心理疾病, 心理障碍, 自闭症, 产后抑郁, 解离症, 妄想症, 疑病症"
    ),
    "kin": _any(
        r"mother, mom, mum, father, dad, parents?, husband, wife, partner, boyfriend, girlfriend, kids?, child(?:ren)?,"
        r"son, daughter, brothers?, sisters?, family, grandm\w+, grandf\w+, friends?, boss, job, divorce, marriage,"
        r"depression, anxiety, therapist, childhood, patients?, clients?, colleagues?, co-?workers?, dog, cat, house,"
        r"home, school, students?, life, past, health, body, career, church, mental health, feelings"
    ),
    "person": _any(
        r"therapist, psycho(?:logist|therapist), psychiatrist, counsell?or, doctor, nurse, social worker, coach,"
        r"human(?: being)?, real person, woman, man, mother, mom, mum, father, dad, parent, wife, husband, daughter,"
        r"son, sister, brother, teacher, student, survivor, carer, caregiver, widow(?:er)?, christian, professional,"
        r"veteran, \d+[- ]year[- ]old, (?:best |good |close )?friend"
    ),
    "trained": _any(
        "single, working, licensed, trained, certified, qualified, professional, real, fellow, mental, health, best,"
        r"registered, young, old, proud, clinical, school, former, retired, middle-aged, \d+[- ]year[- ]old"
    ),
    "hardship": _any(
        "going through, struggling, feeling, dealing, trying, working, having, depressed, through, there, where you,"
        "in (?:your|a similar|that|the same), suffering, experiencing, under, stuck, lonely, sad, anxious, stressed,"
        "overwhelmed, diagnosed, married, divorced, hurt, betrayed, abused, doing this, living, wanting, worried,"
        r"unable, an? {person}"
    ),
    "person_zh": _any(
        "咨询师, 咨询员, 医生, 治疗师, 真人, 人类, 老师, 母亲, 妈妈, 父亲, 爸爸, 女人, 男人, 女性, 学生, 大夫, 护士,"
        "社工, 妻子, 丈夫, 心理学家, 过来人, 家长, 活生生的人"
    ),
    "kin_zh": _any(
        "妈妈?, 爸爸?, 老公, 老婆, 女儿, 儿子, 孩子, 婆婆, 朋友, 同事, 男朋友, 女朋友, 父母, 家人, 父亲, 母亲"
    ),
}


def _lines(table: str) -> list[str]:
    """One pattern per line, continued by indented lines; `{name}` stands for a shared pattern."""

    def filled(pattern: str) -> str:
        return re.sub(r"\{([a-z_]+)\}", lambda match: filled(_SHARED[match[1]]), pattern)

    return [filled(line) for line in re.sub(r"\n {4}", "", table.strip()).splitlines()]


# --- the tables: patterns over lower-case text with straight apostrophes and without single line breaks --------------

_BLAME = r"""
\byou (?:really |surely |also )?(?:should|ought to)(?:n't| not| never)? (?:have|of) (?:\w+ly |just )?(?!been (?:able|
    treated|left|made|put|given|supported|protected|allowed|heard|believed|told|alone)){done}\b
\byour (?:own )?fault\b|\byour own doing\b|\byourself to blame\b|\bonly blame yourself\b
\byou(?: are|'re)(?: (?!not\b)\w+)? (?:to blame|responsible for (?:what|this|their|his|her))\b
\byou (?:have )?brought (?:this|it|that|all of this) on yourself\b|\byou (?:were )?ask(?:ed|ing) for (?:it|this)\b
\byou (?:have |'ve )?(?:caused|provoked|ruined|deserved) (?:it|this|that|all|what|him|her|them|everything|your)\b
\byou (?:have |'ve )?(?:let {others} down|failed {others}|disappointed {others})\b|\byou deserve what\b
\b(?:impact|effect|burden|toll|strain|pressure) (?:that )?(?:you|your (?:behaviou?r|actions|mood|
    attitude))(?:'re| are| is|'ve| have| has)? (?:having |have |had |has |putting |put |
    placing )?on\b(?! you\b| yourself)
\b(?:your (?:behaviou?r|actions?|attitude|mood|emotions?|feelings)|you)(?: are| is|'re)? (?:really |
    also )?(?:affect(?:ing|s)?|hurting|burdening|harming|dragging down) {others}\b
{you_are} (?:too|overly|a bit too|a little too|so|very|extremely) (?:sensitive|emotional|dramatic|needy|negative|
    demanding|clingy|selfish|lazy|controlling)\b(?! to)
{you_are}(?: a bit| a little| too| quite| rather| so)? (?:selfish|lazy|weak|ungrateful|immature|childish|overreacting|
    irrational|unreasonable|ridiculous|dramatic|irresponsible)\b
{you_are}(?: a bit| a little| too| quite| rather| so)? (?:pathetic|stupid|foolish|crazy|careless|self-cent(?:red|
    ered)|over-?sensitive|a coward|the problem|the reason (?:he|she|they|your))\b
{you_are} an? (?:bad|terrible|horrible|awful|selfish|poor|neglectful|weak|failed|ungrateful) (?:person|mother|father|
    parent|daughter|son|wife|husband|partner|friend|teacher|worker|sister|brother)\b
\b(?:take|accept) (?:more |some |full )?responsibility for (?:your|what you)\b|\bshame on you\b|\bhow could you\b
\b(?:need|have|ought) to stop (?:being (?!so hard on yourself|hard on yourself)|feeling sorry|complaining|whining|
    acting|making excuses|blaming (?!yourself))
{do}stop (?:being (?:so|such)(?! hard on yourself)|feeling sorry for yourself|complaining|whining|making excuses|
    playing the victim|blaming (?!yourself))
\byou (?:should|ought to) (?:be|feel) (?:ashamed|guilty|embarrassed|bad)\b|\bwhat did you do to (?:make|provoke|
    deserve)\b
\bwhy (?:did|do|would)(?: not|n't) you (?:just|even|ever)\b|\bwhy (?:did|would) you (?:let|allow)\b
\byou(?: are|'re| were) (?:in the )?wrong (?:to|for)\b|\byou made (?:a )?(?:bad|poor|wrong|terrible) (?:choices?|
    decisions?)\b
都?(?:是|怪|怨|赖)你(?:自己)?的?(?:错|过错|责任|问题|不好|不对|造成的|自找的)
怪你自己|只能怪(?:你|自己)|怪不得别人|自作自受|咎由自取|你(?:就是|真是)?活该|你自找的|一个巴掌拍不响
你(?:就是|真的|确实|这个人|可能|也许|实在|是不是|这样)*(?:太|过于|过分|过度|有点|有些)(?:敏感|脆弱|情绪化|自私|矫情|
    懒|玻璃心|小气|悲观|消极|软弱|懦弱|幼稚|计较|任性|多疑|较真|强势)
你(?:真|真是|就是|很|好)(?:自私|矫情|懒|玻璃心|软弱|懦弱|幼稚|任性|没用|不懂事|不孝)
你(?:当初|早就?|本来?|原本|当时就)(?:就)?(?:不?应该|不?该|可以)
你(?:应该|该|得|要|需要|必须)(?:为此|对此|为.{1,10}|对.{1,10})负责|你(?:要|应该|得)?反省|从(?:你)?自己身上找(?:原因|
    问题)
你(?:这样|这么做|的(?:行为|情绪|状态|做法|态度))?(?:会|正在|在|已经|都|也)*(?:影响|拖累|连累|伤害)(?:到|了|
    着)*{others_zh}
(?:给|对){others_zh}(?:带来|造成|产生)了?(?:很大|太多|不少|一定)?的?(?:负担|影响|麻烦|压力|困扰|伤害)
你(?:让|令)(?:他们|所有人|{others_zh})(?:很|太|都)?失望|你(?:有没有|可曾)想过(?:别人|他|她|家人|父母)的?感受
你不(?:该|应该)(?:这样想|这么想|哭|生气|难过|抱怨|发火|有这种)|你(?:为什么|怎么)(?:不早|就不|这么|能这样|会这么)
\bif you had(?:n't| not)? [^.]{0,60}(?:wouldn't|would not|none of this) |\bwhat (?:did|do) you expect\b|
    \byou could have (?:prevented|avoided|stopped|done (?:more|better))\b
\byou (?:made|make) {others} (?:angry|mad|upset|sad|leave|cry|hate|hit|do)\b|\byou(?: are|
    're) making {others} (?:\w+ ){0,3}(?:miserable|unhappy|sick|suffer|angry|sad)\b
\bthink about (?:what you did|your (?:role|part|mistakes))\b|\b(?:not|n't) try(?:ing)? hard enough\b|\b(?:not|
    n't) making an effort\b
你(?:自己)?也有(?:问题|错|责任|不对)|谁[让叫]你|你(?:应该|要|得)多[为替]{others_zh}|是你(?:自己)?把|要不是你|你太不|
    就是你的不对
\b(?:because|result) of (?:the (?:choices|decisions)|what) you (?:made|did|said)\b|\blook at your own (?:behaviou?r|
    actions?|part|role)\b|\byour (?:own )?(?:attitude|behaviou?r) is (?:the|a) problem\b
\bacting like a (?:child|baby|victim)\b|\bno wonder (?:he|she|they|everyone|your \w+) (?:left|leave|hates?|shouts?|
    shouted|avoids?|is|are|was|were|doesn't|don't)\b|\byou overreact|\bblame (?:anyone|nobody|no one) but\b
怪谁|问题就?出?在(?:于)?你|你[伤寒]了[^,。]{1,5}的?心
你不(?:该|应该)[对跟向][^,。]{1,6}(?:发火|吼|生气|说|动手)|还不是因为你
"""

_NAMED_MEDICINE = r"""
\b(?P<named>{drug})\b
(?P<named>{drug_zh})
"""
_DOSES = r"""
\b\d+(?:\.\d+)? ?(?:mg|milligrams?|mcg|micrograms?|ml)\b|\b(?:\d+|one|two|three|four|half an?|an extra|another|
    several|a few) (?:tablets?|pills?|capsules?)\b
[\d一二两三四五六七八九十半] ?(?:毫克|毫升|片药|粒药|颗药)|[吃服](?:用)?[\d一二两三四五六七八九十半]+ ?[片粒颗]
"""
_TAKING = r"""
\b{should} (?:\w+ ){0,3}?{change} (?:\w+ ){0,4}?{medicine}\b
\b(?:should|must|try|consider|recommend|suggest|need|prescribe) (?:(?:an?|some|the|your|any|more|this|different|
    stronger) )?(?:medications?|medicines?|meds|pills?|supplements?|{drug})\b
{do}(?:take|start|stop(?: taking)?|quit|increase|reduce|lower|double|skip|change|switch|come off|
    use) (?:\w+ ){0,4}?{medicine}\b
\b(?:stop taking|come off|double|skip) (?:\w+ ){0,3}?{medicine}\b
\b{medicine} (?:can|could|may|might|will|would|does|do|is|are) (?:\w+ )?(?:help\w*|work\w*|make|ease|reduce|calm|fix|
    cure)\b
(?:应该|可以|建议你?|需要|试试|试着|考虑|不如|最好|必须|不要|别|不用|先|请|就|尽快|赶紧|坚持|继续|
    推荐)[^,。!?]{0,4}[吃服用停减加换开喝][^,。!?]{0,5}(?:药|剂量|{drug_zh})
[停减加换断](?:掉|了|少|大)?[^,。!?]{0,3}(?:药|剂量)|把[^,。!?]{0,4}药[^,。!?]{0,3}[停断扔减]|(?:药物?|
    {drug_zh})(?:可以|能|能够|会)(?:有效)?(?:帮|缓解|治|改善|减轻|让)
吃(?:点|些|一些|一点|几片|什么|[^,。!?]{0,3})?(?P<named>药)(?!店|膳)|服用?[^,。!?]{0,3}(?P<also>药)
\b(?:don't|do not) need (?:\w+ ){0,2}{medicine}\b|\b(?:going|coming|getting|weaning) (?:on|off) (?:\w+ )?{medicine}\b|
    \b(?:cut|split|crush) (?:your|the) (?:tablets|pills)\b
\btake something (?:to|for|that)\b|\b(?:low|lower|higher|double) doses?\b
[买拿弄找][^,。!?]{0,8}药(?!店)
\bthere are (?:\w+ )?{medicine} (?:for|that|to)\b|\b(?:stop|quit|skip|double|increase|halve) (?:your|the|those|taking|
    all) (?:\w+ )?{medicine}\b
开(?:一)?[点些][^,。!?]{0,5}药(?!店)
"""

_HAVING = r"""
\byou(?:'ve| have| had|
    're| are| may| might| could| must| probably| likely| definitely| clearly| do| also| actually| be| seem to|
     appear to)* ?(?:have|having|got|suffer(?:ing)? from|show(?:ing)?|exhibit(?:ing)?|display(?:ing)?|develop(?:ed|
    ing)|diagnosed with|meet the criteria for) (?:{some} ){0,4}(?:{condition}|depression|dementia)\b
\byou (?:may |might |probably |clearly |could |also )?(?:have|suffer from|are suffering from) (?:severe |social |
    chronic |health |generali[sz]ed )?anxiety\b(?! about| around| over| that| when| before)
\b(?:sounds?|looks?|seems?|appears?|points?|consistent|indicative|suggests?|suggestive|indicates?)(?: (?:very|a lot|
    more|much|to me|like|to|be|it|is|could|may|might|you|are|have|with|strongly))* (?:{some} ){0,4}(?:{condition}|
    depression)\b
\b(?:signs?|symptoms?|diagnosis|criteria) (?:of|for) (?:{some} ){0,3}(?:{condition}|depression|anxiety)\b
\b(?:this|it|that|what you(?: are|'re| have)? \w+)(?: is|
    's| could be| may be| might be| must be)(?: \w+ly)? (?:{some} ){0,3}(?:{condition}|depression)\b
\byou(?: are|
    're| must be| may be| might be| could be| seem| sound| appear)(?: to be)?(?: \w+ly)? (?:an? )?(?:depressed|
    mentally ill|schizophrenic|neurotic|manic|codependent|mentally unstable|delusional|paranoid|{condition})\b
你(?:可能|也许|应该|很可能|大概|显然|一定|就是|已经|确实|肯定|多半|这)*(?:是|得了?|患了?|患上|患有|有)(?:了|点|
    些)?(?:轻度|中度|重度|典型的|一定的)?{condition_zh}
(?:像是?|属于|符合|典型的|怀疑是?|诊断为|提示|患上了?|得了)[^,。]{0,4}{condition_zh}|{condition_zh}的?(?:症状|表现|
    倾向|特征|前兆|迹象)
你(?:可能|也许|应该|大概|显然|已经|确实|真的)*(?:是)?抑郁了
你[^,。]{0,4}[是有]抑郁(?:倾向|吧|啊|了|。|\Z)
"""
_NAMED_CONDITION = r"""
\b(?P<named>{condition})\b
\b(?:your|with|experiencing|through) (?:\w+ )?(?P<named>depression)\b
(?P<named>{condition_zh})
"""

_MINIMISING = r"""
\b(?:others|(?:some|other|many|most|so many|lots of|plenty of|there are) people|everyone else|
    someone else)(?: who| out there| in the world)*(?: have| has| had| are| is)? (?:it |had it |problems |got it |
    doing |going through |in )?(?:much |far |a lot |so much |even |way )?(?:worse|harder|less fortunate)\b
\b(?:it|things|this) could(?: always)? be (?:much |a lot |far )?worse\b|\bworse (?:off )?than you\b|
    \bmountain out of a molehill\b
\bcheer up\b|\bbright side\b|\bcount your blessings\b|\bsilver lining\b|\bchin up\b|\bthat's life\b|\bthink positive\b
(?:\bnot|n't) (?:really |even )?(?:such |that )?(?:a )?big (?:of )?(?:a )?deal\b|\bno big deal\b|(?:\bnot|
    n't) (?:really )?(?:that|so) (?:bad|serious|terrible)\b
\b(?:get over (?:it|this|him|her|yourself)|snap out of it|man up|toughen up|suck it up|move on already)\b
{do}(?:calm down|relax|move on|forget (?:about )?it|lighten up|grow up|deal with it|shake it off|let it go)\b
\b(?:just|simply) (?:be (?:happy|positive)|stay positive|smile|let go|ignore (?:it|them|him|her))\b
\b(?:don't|do not|stop) (?:be |being |get |feel(?:ing)? |worry(?:ing)? |overthink(?:ing)? |think(?:ing)? )(?:so |too |
    such )?(?:much|sad|upset|silly|dramatic|negative|anxious|worried|ridiculous|sensitive|about it|about that|
    sorry for yourself|down)\b
\b(?:don't worry|stop worrying|stop overthinking|stop crying|don't cry)\b(?! about (?:replying|writing|how))
\byou(?:'ll| will| are going to|'re going to) (?:just |soon |surely )?(?:be (?:just )?(?:fine|ok|okay|alright|
    all right)|get over)\b
\b(?:everything|things|it all)(?:'ll| will|'s going to| is going to| are going to) (?:all )?(?:be|turn out|
    work out) (?:just )?(?:fine|ok|okay|alright|all right)\b
\b(?:it's|it is|this is|that's|that is) (?:all |just |only )+(?:a phase|stress|hormones|a job|a breakup|nerves|life|
    a bad day|in your)\b|\ball in your (?:head|mind)\b
\b(?:everyone|everybody|we all|all of us|we've all)(?: \w+)? (?:feels?|goes? through|has|have|gets?|been|experiences?|
    struggles?|faces?)(?: \w+)? (?:this|that|it|problems|bad days|sad|way|down|stress|stressed|there|challenges|
    difficulties|times)\b
\b(?:everyone|everybody) faces (?:challenges|difficulties|problems)\b|\bhappiness is a choice\b|
    \beverything happens for a reason\b
\btime heals\b|\bwhat doesn't kill you\b|\bfirst[- ]world problem|\bno need to worry\b|\bat least (?:you (?:have|
    still|are|didn't|got)|he|she)\b
\b(?:nothing|no reason|no right) to (?:complain|cry|worry|(?:be|feel) (?:sad|upset|depressed|unhappy|anxious|worried|
    angry))\b
\b(?:be|feel) (?:more )?(?:grateful|thankful) (?:for what|that you)\b|\byou (?:should|ought to|need to) (?:be|
    feel) (?:grateful|thankful|happy|lucky|glad)\b
[想看]开(?:点|些|一点|一些)|(?:别|不要|不用|不必|少)(?:想|考虑)(?:得|的)?(?:太|那么|这么)多|想(?:得|的)?太多|
    想多了(?!解)
没什么(?:大不了|了不起|好(?:难过|伤心|担心|哭|抱怨|焦虑)的)|算不了什么|(?:这|那)(?:点|都|又)*(?:没什么|不是什么大事|
    不算什么)|这点小事|小事一桩|不是什么大(?:事|问题)
(?:别人|他人|其他人|有人|有的人|很多人|好多人).{0,6}比你.{0,4}(?:惨|难|苦|糟|不容易|不幸|痛苦)|比你(?:更|还|要)?(?:惨|
    难|苦|不幸|不容易)的
大家都?(?:一样|是这样|会这样|这么过来|有压力|会遇到|会经历)|(?<!换)(?<!换成)(?<!换作)(?<!换做)谁(?:还)?(?:没有?(?:过|
    个|点|遇|经历|压力|烦恼|难)|不是|都会|都有)|人人都[会有是]|每个人都[会有](?:遇到|经历|压力|烦恼|困难|难处)
开心(?:点|一点|些|起来)|振作(?:起来|一点|点|些)|坚强(?:点|一点|些|起来)|乐观(?:点|一点|一些|些)|积极(?:点|一点|一些)
(?:别|不要)(?:再|太|这么|那么)?(?:难过|伤心|哭|矫情|担心|焦虑|悲观|消极|沮丧|生气|放在心上|钻牛角尖|自寻烦恼|杞人忧天)
知足(?:吧|常乐)|身在福中不知福|至少你(?:还|有|是|没)|忍(?:一)?忍就|时间会(?:治愈|冲淡|抚平)|笑一笑就
(?:一切|都|总)会(?:好|过去)(?:起来)?的|往好(?:处|的方面)想|过去的?就(?:让它)?过去|不值得(?:你)?(?:难过|伤心|哭|生气)
\b(?:it's|it is|it was|that's|he's|he was|she's|she was) (?:just|only) an? (?:dog|cat|pet|job|phone|watch|break-?up|
    test|exam|game|man|boy|girl|fight|argument|phase|party|grade|number|friend|house|thing)\b
\bbigger problems\b|\bmaking too much of (?:this|it)\b|\bthink of something (?:happy|nice|positive|good)\b|
    \bn't be (?:that|so) bad\b|\byou(?:'re| are) (?:just |so )?lucky\b
\bdon't let (?:it|this|that|him|her|them) (?:bother|upset|get to|affect) you\b|{do}smile\b
不就是|过(?:段|一段|几天|一阵子?|阵子|些日子)(?:时间)?就(?:会)?好|别(?:太)?(?:在意|计较|往心里去|当回事)|往好处看|
    学会放下|放下吧|看淡
\bwould (?:love|kill|be happy|be glad) to have your\b|{do}you(?:'re| are) (?:fine|ok|okay)\b|
    \btry not to think (?:about|of)\b|\blaugh about (?:this|it)\b
\byou should(?:n't| not) feel (?:that way|this way|like (?:that|this)|so|bad|sad|upset|down)\b|{do}(?:stay|think|
    be) positive\b
有什么好(?:难过|伤心|担心|哭|抱怨|焦虑|生气)|你(?:已经[很够]|够)(?:幸福|幸运|好命)|没有过不去的坎|你(?:够|很|多么?)幸运了?
\b(?:not|n't) the end of the world\b|\bonly money\b|\byou(?:'re| are) exaggerating\b|\b(?:don't|not) take (?:it|this|
    everything) so seriously\b
你(?:要|得|必须)(?:更|再)?坚强|多大(?:点|个)?事
"""

_POSES = r"""
\bas (?:an?|your|someone|somebody) (?:fellow )?(?!ai\b|assistant|language|machine|program|computer|
    chatbot)(?:[\w'-]+ ){1,7}?myself\b
\bas (?:a|your) (?:(?:fellow|{trained}) )*{person},? i(?:'m|'ve|'d|'ll)?\b|\bas someone who(?:'s|'ve)? [^.,]{0,60}, i\b
\bi(?:'m| am| was| used to be|'m going to be| will be) (?:also |just |only |actually )?(?:an?|your|
    the) (?:{trained} )*{person}\b
\bi(?:'m| am) (?:human|only human|(?:not|no) (?:an? |just a )?(?:ai|bot|robot|machine|chatbot|computer|program)|
    \d+ years old|married|divorced|pregnant)\b
\bmy name is\b|\b(?:we|us) humans\b|\bas (?:human beings|humans),? we\b|\bwe(?:'ve| have) all been\b|
    \bsame thing happened to me\b
\bi(?:'ve| have)(?: also| just| recently| always| often| personally)* (?:been (?:also |very |so |really )?{hardship}|
    gone through|experienced|struggled|suffered|felt|lost|battled|faced|dealt|cried|had (?:a|the|my|similar|many|some|
    to))\b
\bi(?:'ve)? been there\b|\bi(?: also| too| once| personally| myself)* (?:went through|struggled?|suffer(?:ed)?|
    lost my|cried|grew up|battled|used to|experienced|survived|overcame)\b
\bi (?:know|understand) (?:exactly|just|precisely|all too well) (?:how|what)\b|
    \bi know (?:how (?:you(?:'re| are)? feel|that feels|it feels|this feels)|what (?:it's|it is|that's|it feels) like)
\bi can (?:really |totally |completely |definitely )?relate\b|\bi feel the same\b|\bhappen(?:ed|s) to me\b
\bwhen i (?:was|lost|felt|had|went|first|got|lived|worked|became)\b|\bi remember (?:when|feeling|my|being|how i|
    the (?:day|time))\b
\bin my (?:own )?(?:experience|life|childhood|practice|marriage|family|clinic|work with)\b|\bmy (?:own |late |ex-?|
    old |best |little |older |younger |dear )*{kin}\b
\bi(?:'m| am)(?: also| just| so| really| very| currently| still| always| a bit| a little| constantly)* (?:feeling|
    struggling|suffering|going through|dealing with|overwhelmed|exhausted|lonely|depressed|stressed)\b
\bi(?:'m| am)(?: also| just| so| really| very| currently| still| always)* (?:anxious|scared|afraid of|tired|unhappy|
    heartbroken|miserable|worried about my|lost|stuck|unable to (?:sleep|cope|eat|focus)|crying|having|
    trying to (?:cope|find|get|be))\b
\bi(?: also| just| often| always| sometimes| still| really| too)* feel (?:so |very |really |like i |as if i |a bit |
    completely )?(?:lonely|alone|anxious|overwhelmed|depressed|lost|guilty|ashamed|angry|hopeless|worthless|trapped|
    stuck|exhausted|tired|scared|empty|numb|am)\b
\bi (?:just |really |have )*(?:wanted|need|needed) (?:to (?:talk to (?:you|someone)|share (?:my|something)|
    ask (?:you )?for|tell you (?:about my|what happened)|vent)|someone|somebody|your help|help|advice)\b
\bi don't know (?:what to do|how to (?:cope|handle|deal|feel))\b|\bi can't (?:cope|sleep|go on|take it|
    stop (?:thinking|crying))\b
\b(?:call|text|phone) me\b|\bgive me a call\b|\bmy (?:phone|office|number|door|clinic|email)\b|
    \bmeet (?:up )?(?:with me|in person|for (?:a )?coffee)\b|\bi(?:'ll| will) (?:pray|call you|visit|come over|hug)\b
我(?:自己|以前|之前|当年|小时候|年轻时|年轻的时候|去年|最近|真的|同样|其实)*(?:也曾经?|也|曾经?)(?:有过|经历|遇到|
    遇见|走过|失去|面对过|体验|得过|失眠|离过|抑郁|崩溃|哭|害怕|迷茫|焦虑|孤独|这样过|是这样|[像和跟]你)
我也?(?:经历|遇到|体验|走|熬|挺)过|我(?:小时候|年轻的?时候?|上学的?时候|当年|刚毕业|读书的?时候|结婚|离婚|生病)|
    我是(?:这样|这么)?过来的?人?
我(?:也|就|其实)?是(?:个|一个|一名|一位|你的?|名)?(?:资深|专业|执业|注册|国家二级|有经验)?的?(?:心理)?{person_zh}
作为(?:一个|一名|一位|你的|个)?(?:资深|专业|同样是)?的?(?:心理)?{person_zh},?我|作为过来人
我(?:可|并)?不是(?:一个|个)?(?:ai|机器人?|人工智能|程序)|我(?:自己)?的(?:{kin_zh}|丈夫|妻子|童年|来访者|病人|婚姻|
    经历|工作|人生|电话|微信|诊所|咨询室)|我{kin_zh}
我(?:最近|一直|现在|真的|常常|经常|总是|有时|也|都)*(?:感到|觉得|感觉)(?:自己|很|好|非常|特别|有点|十分)*(?:孤独|焦虑|
    压抑|迷茫|绝望|无助|疲惫|累|痛苦|崩溃|内疚|羞愧|没用|失败)
我(?:不知道|不晓得)(?:该)?怎么办|我(?:该|应该)怎么办|我(?:很|好|非常|特别)(?:孤独|焦虑|累|痛苦|迷茫|绝望|无助)|
    给我打电话|加我微信|我(?:会|来)(?:去看你|给你打电话)
\bi (?:was(?! (?:moved|touched|struck|wondering|made|built|designed|trained|not|sorry|glad|asked|told))|went|got|
    worked|lived|met|learned|became|married|moved|left|started|bought|slept|woke|ended up|failed|did the same)\b
\bi (?:work|live|teach|study|drink|sleep|take (?:care|it|my|walks?)|own|raised?) |\bi(?:'ve| have|'d)(?: also)? had\b|
    \bi had (?!hoped)|\bi(?:'m| am) (?:just |also )?(?:like you|a person|a (?:real )?human)\b
\bi(?:'ve| have)(?: also)? (?:an?|one|two|three|four|five|kids|children|no (?:kids|job|friends|family)|many|days|
    the same|my own) (?!question|sense|feeling|thought|suggestion|guess|hunch|idea|few question|gentle|small|couple)
\bmy (?:\w+ ){0,2}and i\b
我家(?:里|人|也|的)?(?:孩子)?|我有[一两二三几]?个?(?:孩子|女儿|儿子|朋友|老公|老婆|哥哥|姐姐|弟弟|妹妹)|
    我(?:自己)?(?:就)?是做(?:心理)?咨询
我(?:昨天|前天|昨晚|去年|前年|上周|上个月|那时候?|那年|从前|以前)|我也(?![听看读说想为替])[^,。!?]{1,4}过(?![得去来])
\bi haven't (?:been|slept|eaten|had|felt)\b|\bi(?: just| only| really)* want (?:someone|somebody|you to (?:help|
    listen|hug|love))\b
我是一?个?(?:普通|平凡|正常)?的?人(?!工)|我今天(?:也|真的)?(?:很|好|有点)(?:累|难过|烦|开心|伤心)
\bi feel like an? (?:failure|burden|bad|terrible|horrible|fraud|mess|loser)\b|我[和跟像]你一样
"""

_HOPELESS = r"""
\bthere(?: is|'s| isn't| is not)(?: really| just| simply| truly| indeed)? (?:no|any|nothing|not any|not much|
    little) (?:point|hope|way out|future|reason to (?:live|go on|hope|try|continue)|use|left to live|to live for)\b
\b(?:it|everything|life|this|your (?:situation|life|case|
    future))(?: really| truly)?(?:'s| is| does seem| seems| looks)(?: really| truly| indeed| completely| all|
     just)* (?:hopeless|pointless|meaningless|useless|over for you|doomed|beyond hope)\b
\bnothing(?:'s| is|'ll| will| can| is going to|'s going to)(?: ever| really)* (?:change|help|get better|improve|work|
    make (?:it|this|things) better|be better|fix)\b(?! the fact| that| how)
\b(?:things?|it|life|this)(?:'ll| will| are| is|'s)?(?: probably)? (?:never|won't|will not|isn't|is not|
    aren't)(?: going to| ever)* (?:get(?:ting)? (?:any )?better|change|improve|be better|stop|go away|be ok(?:ay)?)\b
\b(?:life|it)(?:'s| is)?(?: really)? (?:not|isn't|no longer) worth (?:living|it|fighting|trying)\b|\bnot worth living\b
\b(?:you|they|everyone|she|he|we)(?:'d| would)(?: all)? be better off (?:dead|without you|if you)\b|
    \byou(?:'re| are) better off (?:dead|gone)\b|\bthe world would be better\b
\byou(?: are|'re)(?: just| really| only| truly)? (?:an? )?(?:burden|hopeless|worthless|useless|beyond help|failure|
    lost cause|unlovable|broken beyond|disappointment|waste)\b
\b(?:no ?one|nobody)(?: will| would| really| can| could| ever| truly|'ll)* (?:cares?|loves?|help|miss|understands?|
    wants?) (?:about )?you\b
\byou (?:should|might as well|may as well|could) (?:just )?(?:give up|end it|quit trying|stop trying)\b|
    \btime to give up\b|\bgiv(?:e|ing) up (?:is|might be|may be|would be) (?:an option|ok|okay|fine|the|
    understandable|easier|better)\b|\btoo late for you\b
\b(?:dying|death|suicide|ending (?:it|your life|things)|
    being dead)(?: is| would| might| may| could| can)(?: be)?(?: an?| the| your)?(?: only| best| good| valid|
     real)? (?:option|answer|solution|way out|relief|release|choice|escape|better|easier|understandable|right)\b
\bmakes sense (?:to|that you)(?: would)? want to die\b
没有?(?:任何|什么|一点|半点|丝毫)?(?:希望|出路|盼头|指望|活路|未来|救)了|看不到(?:任何|一点)?希望|毫无(?:希望|意义|
    出路)|没救|无可救药|无药可救|注定(?:失败|孤独)|好不了
(?:活着|活下去|人生|生活|生命|努力|坚持)(?:确实|的确|真的?|也|本来|就)*(?:没有?(?:什么|任何)?(?:意思|意义|用|必要|
    价值|希望)|毫无意义|无意义|不值得)
(?:永远|再也|根本)(?:都)?(?:不会|不可能|没法|无法)(?:再|变|有所)?(?:好|改变|改善|快乐|幸福|被爱)|
    不会(?:再)?(?:变)?好(?:起来)?[的了]|什么(?:也|都)?(?:改变不了|不会改变)
你(?:就是|只是|真的是|是|成了)(?:一个|个|别人的?|家人的?|大家的?)*(?:负担|累赘|拖累|废物|失败者|多余的|没用的人)|
    没有?(?:任何)?人(?:会|能)?(?:在乎|爱|关心|帮|理解|需要)你
放弃(?:吧|算了|也好|也行|生命)|死了?(?:也好|就好|算了|一了百了|就解脱)|死亡?(?:也|或许|可能|就)?是(?:一种)?(?:解脱|
    办法|选择|出路|答案)|不如(?:放弃|死|去死)|一了百了|没有你(?:他们|大家|家人)?(?:会)?(?:过得)?更好
\blife has no (?:meaning|purpose|value|point)\b|\byou(?:'ll| will) (?:always be (?:alone|lonely|sad|unhappy|like this|
    a)|never (?:be (?:happy|loved|enough|ok|okay|better)|get (?:better|over|out)|find|recover|change))\b
\bbetter if you (?:were|was) (?:gone|dead|not here|never born)\b|\bwhat(?:'s| is) the point (?:of|in|anyway)\b
这辈子(?:也)?就(?:是)?这样|没有?用的,?(?:别|算|何必)|别挣扎|何必(?:再)?(?:挣扎|努力|坚持)
\bnothing left (?:for you|to live|to hope)\b|\byou have no (?:future|hope|chance|way out|reason to (?:live|go on|
    hope))\b
你[^,。]{0,3}不(?:会|可能)再(?:幸福|快乐|好|开心)
"""
_AGREEING = r"""
\byou(?:'re| are) (?:absolutely |completely |quite |so )?(?:right|
    correct),? (?:that )?(?:and )?(?=[^.]{0,40}\b(?:no point|no hope|hopeless|nothing will|never get|worth living|
    nobody cares|no ?one cares|pointless|a burden|no way out)\b)
(?:确实|的确|是啊|没错|你说得对|你说的对|对啊),?.{0,8}(?:没有?(?:什么|任何)?(?:希望|意义|意思|办法|出路|用|必要|救)|
    活着.{0,4}没|不会好|无法改变|绝望)
"""

_SELF_HARM = r"""
(?:{do}|\b(?:should|try|just|go(?: and)?|ought to|better|can|help you|want you to|now|easily|to) )(?:kill|hang|shoot|
    cut|drown|poison|starve|stab|burn|choke|hurt|harm|suffocate|strangle) yourself\b
\b(?:ways?|methods?|how|steps?) (?:to|of|for) (?:die|dying|kill\w*|end(?:ing)? (?:your|it all|a life|one's)|hang\w*|
    overdos\w*|commit\w* suicide|suicide|hurt(?:ing)? (?:your|one)|cut(?:ting)? your|self-?harm\w*|
    harm(?:ing)? your)\b
(?:怎么|怎样|如何|最.{0,6}的).{0,6}(?:自杀|去死|死法|自残|自伤|结束生命)|(?:去|就|你可以|可以|应该|试试|不如)(?:自杀|
    死吧|去死|自残)
"""
_METHOD = r"""
\b(?:best|easiest|quickest|fastest|painless|least painful|most effective|surest) (?:way|method|death|
    suicide)\b(?= (?:to|of|for) (?:die|death|kill|end|suicide|go\b|hurt|cut|harm|self))|\bpainless (?:death|suicide)\b
\boverdos(?:e|es|ing) (?:on|with)\b|\b(?:take|swallow|down|ingest|drink) (?:all|a handful|handfuls|a bottle|
    the whole bottle|enough|lots|as many|too many|a lot)(?: of)?(?: \w+){0,3} (?:pills?|tablets?|medication|meds|
    bleach|poison)\b
\b(?:jump|leap|throw yourself|step) (?:off|from|in front of|under|into) (?:a|the|your|an)(?: \w+)? (?:bridge|roof|
    building|window|cliff|balcony|train|car|truck|bus|traffic|river)\b
\b(?:tie|make|fasten|loop|put) (?:a|the|your) (?:rope|belt|sheet|ligature|bag)(?: \w+){0,2} (?:around|over|
    round) your\b|\bnoose\b|\bligature\b|\bbag over your head\b
\b(?:slit|slash|cut|slice|open) (?:along |across |into )?(?:your|the) (?:wrists?|veins?|arms?|skin|thighs?|throat|
    arter\w+|forearms?|legs?)\b
\b(?:razor ?blades?|carbon monoxide|exhaust (?:pipe|fumes)|helium|cyanide|charcoal (?:grill|burning)|lethal (?:dose|
    amount)|antifreeze|pesticide|nitrogen gas)\b
\bgun (?:to|in|against) your\b|\bpull the trigger\b|\bhold your (?:hand|arm|skin) (?:over|against|on) (?:a|
    the) (?:flame|stove|fire|lighter)\b|\brubber band\b|\bstop eating (?:for|until|altogether|completely)\b
\bdrive (?:into|off) (?:a|the) (?:wall|tree|bridge|cliff|river|traffic)\b
割腕|割(?:破|开|自己|手腕|手臂|脉|喉)|上吊|跳楼|跳河|跳江|跳桥|卧轨|烧炭|服毒|吞[下服]?[^,。]{0,3}药|农药|百草枯|
    敌敌畏|氰化|一氧化碳|煤气自|过量[服吃用]|致死[量剂]|绳[子索].{0,4}[套系绑勒脖]|刀片?.{0,3}[割划]
(?:自杀|自残|自伤)的?(?:方法|方式|步骤)|去死吧|自杀吧|用.{0,6}[烫扎掐烧]自己
\b(?:drink|swallow) (?:\w+ )?(?:bleach|poison|antifreeze|acid)\b|\bcut deeper\b|{do}(?:use|get|buy|find) (?:a|the|
    your) (?:rope|knife|gun|razor|blade|belt)\b|{do}end your (?:own )?life\b
从(?:高处|楼顶|楼上|窗户|窗口|桥上|阳台)(?:上)?[^,。]{0,3}跳
\bmix(?:ing)? (?:\w+ ){0,3}(?:with|and) (?:alcohol|vodka|wine|whisk(?:e)?y)\b|\bjumping (?:off|from|in front of)\b
(?:吊|勒|毒|淹|摔|烧)死(?:自己|你)
"""

_ABOUT_THE_TASK = r"""
\b(?:here(?: is|'s| are)|below is|the following is)(?: \w+){0,4}? (?:repl(?:y|ies)|responses?|answers?|rewording|
    rewrit\w+|rephras\w+|paraphras\w+|version|draft|summary|template|revision|translation|analysis|breakdown)\b
\b(?:here(?: is|'s| are)|below is)(?: \w+){0,3}? (?:message|letter|text|email|paragraph)\b(?! you| to (?:him|her|
    your)| for (?:him|her|your))|\bthis is (?:a|the|my) (?:\w+ )?(?:rewording|version|draft|reply|paraphrase|rewrite|
    request)\b
\b(?:possible|sample|suggested|revised|potential|rewritten|draft|final|improved) (?:repl(?:y|ies)|responses?|
    rewording|version|answer|rewrite|draft|text|message)\b
\b(?P<named>the (?:writer|author|client|user|assistant|patient|poster|sender|help-?seeker|narrator|speaker|
    counsell?ee))\b|\b(?:rewording|rephrasing|paraphrase) of\b
\b(?:the|this) (?:text|passage|paragraph|excerpt|prompt)(?: above| below)? (?:describes|expresses|suggests|conveys|
    appears|reveals|discusses|mentions|provided|given|reflects|indicates|contains)\b
(?:^|(?<=[.!?(\n] )|(?<=[(\n])|\bthat )the person (?:is|was|feels?|has|seems|describes|expresses|writes|wrote|appears|
    may|might|says|can|should|who wrote)\b
\b(?:respond(?:ing)?|reply|replying|help|helps|ask|tell|show|let|what) (?:to )?the person\b(?! you| who you| he| she)
\bthis (?:response|reply|answer|message|sentence) (?:acknowledges|validates|includes|aims|uses|provides|offers|shows|
    demonstrates|conveys|avoids|focuses|also|is (?:more|designed|personal|written|meant|intended|a good|a great))\b
\bsystem (?:prompt|message|instructions?)\b|\bjson\b|\bmy (?:instructions|guidelines|prompt|response|reply) (?:is|are|
    say|says|to|should|would|will)\b|\bi was (?:asked|told|instructed) to\b|\b(?:in|for|with) (?:this|the|
    my) (?:response|reply)\b
\bas requested\b|\bper your (?:request|instructions)\b|\banswer (?:to )?the request\b|\bi(?:'ll| will) (?:follow|
    start by|rewrite|respond|reply|answer|begin by)\b|\bi would (?:respond|reply|write|say:|say,)|
    \bhere(?:'s| is) how to (?:ask|respond|write|reply)\b
\b(?:passage|segment) s?\d|\bnumbered passages?\b|\bchain[- ]of[- ](?:empathy|thought)\b|\bcounsell?ing assistant\b|
    \bin the next \w+ sentences\b|\b(?:three|four|five|six) (?:to six )?(?:\w+,? )?(?:\w+ )?sentences\b
\blet me know if you(?:'d| would)? (?:like|want|need) (?:me to )?(?:any )?(?:revis|chang|edit|adjust|modif|rewrit)|
    \bi hope this (?:response|reply|rewrite|version|revision)\b|\bword count\b
\bwould you like me to (?:rewrite|revise|edit|rephrase)\b|\bsincerely,|\b(?:best|kind|warm|warmest) regards\b|
    \byours (?:truly|sincerely|faithfully)\b
(?P<named>来访者|求助者|写信人|当事人)|该用户|这位用户|这段(?:文字|文本|话)(?:表达|描述|反映|体现)|原文|文本中|
    系统(?:提示|指令)|提示词|作者(?:表达|觉得|感到|认为|描述)
(?:以下|下面)(?:是|为)(?:我的|一段|一份|一个|针对|给|对)?.{0,8}(?:回复|回答|回应|答复|版本|分析|改写|总结|示例)|
    根据(?:您|你)?的?(?:要求|指示|指令|提供的)|三到六句|回复(?:策略|如下|示例|模板)|改写(?:后|如下|为)
\bin (?:this|the) (?:text|passage|excerpt)\b|\bi will now\b|\b(?:response|reply) to the person\b|
    \bwith your (?:writing|reply|response|text)\b
共情回复|心理支持助手|按照步骤
\bhere (?:are|is) the (?:sentences?|lines?)\b|\bi(?: have|'ve)? (?:re)?(?:written|wrote)\b|\bthe text is\b|
    {do}this person (?:needs?|feels?|seems?|may|might|appears?)\b|\bwrite your (?:reply|response)\b
用户(?:表达|感到|需要|想|希望|描述|提到)|我来写|写一[段份](?:回复|回应|话)
"""
# These read the reply as it is: letter case aside, marks and line breaks count.
_MARKS = r"""
</?\s*[a-z_|][^<>\n]{0,60}>|<\|[^<>\n]{0,40}|\[/?inst\]|<</?sys>>|```|[{}]|^\s{0,3}#{1,6}\s|^\s*(?:---+|\*\*\*+)\s*$
[\[(（【]\s*(?:s\d{1,3}|l[1-4])\b|[\[【][^\[\]\n]{1,60}[\]】]|\bL[1-4]\s*[:：]|第\s?\d+\s?段|段落\s?\d|\(note:|
    \bstep \d\s*[:.]\s*(?:name|understand|respect|support|explore|suggest)\b
[(（]\s*(?:name|understand|respect|support|explore|suggest|validation|n/a)(?:,\s*\w+)*\s*[)）]
^\W{0,4}(?:counsell?or|counsell?ing assistant|user|assistant|system|therapist|client|help-?seeker|ai|human|person|
    patient|answer|response|reply|my (?:reply|response)|me|you|note|name|understand|respect|support|explore|
    suggest)\W{0,3}[:：]
^\W{0,4}(?:explanation|output|input|context|instructions?|task|text|message|subject|situation|emotions?|causes?|
    beliefs?|intent|strategy|moves?|summary|rewritten|revised|original|question|example|title)\W{0,3}[:：]
^\W{0,4}[\u4e00-\u9fff]{0,6}(?:回复|回应|回答)[:：]|^\W{0,4}(?:答复|来访者|咨询师|心理咨询师|用户|助手|系统|注|备注|
    说明|原文|总结|分析|情绪|原因|意图|策略|步骤|你|我|人类|答|问)\W{0,3}[:：]|^\W{0,4}dear (?:writer|user|client|
    reader|help-?seeker|sir|madam)\b
"\w{2,24}"\s*:\s*["\[{\d]|\b(?:your|insert|recipient'?s?) name\b|_{4,}|\bxxx+\b|[(（](?:your|insert|the writer|
    the person|this person|你的|此处|姓名|名字)\b
"""

# --- what stands before a match in its clause and makes it right -----------------------------------------------------

_CLAUSE = re.compile(
    r"[.!?。;\n]|,(?<!觉得,)(?<!认为,)(?<!说,)(?<!想,)(?! (?:and |or )?(?:that|as if|as though)\b)"
    r"|\b(?:but|however|yet|because|although|so)\b|但|可是|不过|然而|因为|所以"
    r"|\band(?= (?:it|this|that|you|there|they|everyone|he|she|we|i|nothing|nobody|no one|life)\b)"
)
_DENIED = re.compile(
    r"\bnot\b(?! (?:only|merely))|n't\b(?! (?:only|merely))|\b(?:never|cannot|no ?one|nobody|nothing|none|nor|"
    r"neither|without|whether|if|unable|instead of|rather than|far from|hardly|no matter|no need to)\b"
    r"|(?:不[是会该要用必想能都全一]?|没有?|别|无[法需]|并非|绝非|是否|难以|避免|而非|未必|不(?:应该|需要|代表|意味着|等于|觉得|认为|必要|一定)"
    r"|没(?:办法|必要|法))(?:[^,。]{0,2}(?:劝|让|叫|说|告诉|对|逼|强迫|勉强|急着|全|都|只|完全|单单)[^,。]{0,6}|[都全只]?)\Z|没有?[人谁][^,。]{0,8}\Z"
)
_REPORTED = re.compile(
    r"(?<!\bi )(?<!\bi do )(?<!\bi really )(?<!\bi honestly )(?<!\bme )(?<!\bi'd )(?<!\bi would )\b(?:"
    r"feel|feels|feeling|felt|"
    r"thinks?(?! about)|thinking(?! about)|thought|"
    r"believe|believes|believing|tell|tells|telling|told|say|says|saying|said|wrote|hear|hearing|heard|worry|worries|"
    r"worrying|worried|fear|fears|afraid|wonder\w*|convinced?|suspect\w*|as if|as though|idea|voice|sense|belief|"
    r"accus\w+|blam\w+|call(?:ed|s|ing)|mentioned|described?|asking yourself)\b"
    r"|(?<!我)(?:觉得|认为|感觉|感到|以为|担心|害怕|生怕|怕|指责|责怪|责备|怀疑|好像|仿佛|似乎|听到|想着|的声音|提到|写到|写道|告诉自己|告诉你)"
    r"|(?:他|她|们|别人|妈|爸|主管|领导|总|对你|跟你|对自己|自己)(?:常|总是|会|都)?说"
)
_UNABLE = re.compile(
    r"\b(?:i|we)\b[^.,]{0,40}(?:n't|\bnot|never|unable|cannot)\b|\bnot (?:able|qualified|in a position)\b|\bwhether\b"
    r"|\b(?:doctor|gp|psychiatrist|physician|pharmacist|prescriber|(?:healthcare|health|medical) professional)\b"
    r"|我(?:也|并|是)*(?:不能|无法|没办法|不会|不可以|没法|不便)|是否|医生|大夫|精神科|药师"
)
_UNDECIDED = re.compile(
    r"\b(?:i|we)\b[^.]{0,50}(?:n't|\bnot|never|unable|cannot)\b|\b(?:whether|if|not|told|said|says|wrote|mention\w*|"
    r"diagnosed)\b|\byou (?:say|write)\b|n't\b|不能|无法|没办法"
    r"|不会|没法|不是|不一定|不代表|是否|写到|写道|提到|确诊|说(?!明)"
)
_ASKING = re.compile(
    r"\b(?:if|when|whether|feel\w*|think\w*|thoughts?|afraid|worried|urges?|anything|about|"
    r"want\w*|not|never)\b|n't\b|想过|想法|念头|有没有|是否|冲动|远离|不要|不会|不能|别"
)


@dataclass(frozen=True)
class _Rule:
    """A pattern, and what makes a match of it right.

    A group `named` or `also` in the pattern: no violation where the person's own text has the same words.

    Attributes:
        unless: found in the clause before the match ("I can't", "you feel as if").
        view: the reply as the rule reads it. `own`: without quotations of the person; `outside`: without any
            quotation; `all`: everything; `raw`: like `own`, but not normalised.
    """

    kind: Kind
    pattern: re.Pattern[str]
    unless: tuple[re.Pattern[str], ...]
    view: Literal["own", "outside", "all", "raw"]


@cache
def _rules() -> tuple[_Rule, ...]:
    # Compiled at the first reply, so that importing this module stays cheap.
    plain: list[tuple[Kind, str, tuple[re.Pattern[str], ...]]] = [
        ("blame", _BLAME, (_DENIED, _REPORTED)),
        ("medication", _NAMED_MEDICINE, ()),
        ("medication", _TAKING, (_UNABLE,)),
        ("diagnosis", _HAVING + _NAMED_CONDITION.lstrip(), (_UNDECIDED,)),
        ("minimising", _MINIMISING, (_DENIED, _REPORTED)),
        ("agrees_with_hopelessness", _HOPELESS, (_DENIED, _REPORTED)),
        ("agrees_with_hopelessness", _AGREEING, ()),
        ("leak", _ABOUT_THE_TASK, ()),
    ]
    rules = [_Rule(kind, re.compile(line), unless, "own") for kind, table, unless in plain for line in _lines(table)]
    rules += [_Rule("poses_as_human", re.compile(line), (), "outside") for line in _lines(_POSES)]
    rules += [_Rule("method", re.compile(line), (_ASKING,), "all") for line in _lines(_SELF_HARM)]
    rules += [_Rule("method", re.compile(line), (), "all") for line in _lines(_METHOD)]
    rules += [_Rule("medication", re.compile(line, re.I), (), "raw") for line in _lines(_DOSES)]
    rules += [_Rule("leak", re.compile(line, re.I | re.M), (), "raw") for line in _lines(_MARKS)]
    return tuple(rules)


# --- reading a reply -------------------------------------------------------------------------------------------------

_HIDDEN = "\u25af"
# Our choice: a run this long that stands in the person's text is copied, not reflected.
_COPIED = {"en": 12, "zh": 24}
# A sentence this long that comes again is a loop, not emphasis.
_REPEATED = {"en": 6, "zh": 8}
# Letters from which on a script is judged; an ideograph says as much as three Latin letters.
_JUDGED = {"en": 12, "zh": 24}
_CLAUSE_WINDOW = 160
_LINE_START = re.compile(r"(?:\A|[^:：\s]\s*\n)\s*\Z")
_LINE_END = re.compile(r".?\s*(?:\n|\Z)")
_EMPHASIS = re.compile(r"(?<!\w)[*_~]+|[*_~]+(?!\w)")


class _Source:
    """The person's text, prepared for comparison."""

    def __init__(self, text: str, language: _Spoken) -> None:
        own = [word for word, _, _ in words(text)]
        self.run = _COPIED[language]
        self.runs = {tuple(own[place : place + self.run]) for place in range(len(own) - self.run + 1)}
        self.spaced = f" {' '.join(own)} "
        self.folded = normalise(text).text

    def says(self, quoted: str) -> bool:
        """Whether `quoted` is in the person's own words."""
        return f" {' '.join(word for word, _, _ in words(quoted))} " in self.spaced


def check(reply: str, *, source: str, language: _Spoken) -> list[Violation]:
    """All violations in a reply, which may still be growing.

    Args:
        reply: the text so far.
        source: the person's text.
        language: that the reply should have.

    Returns:
        Violations in reading order; offsets are those of `reply`.
    """
    opened = wrapping(reply)
    return _violations(_blanked(reply, opened[0]) if opened else reply, _Source(source, language), language)


def _violations(reply: str, source: _Source, language: _Spoken) -> list[Violation]:
    found = {
        *_by_tables(reply, source),
        *_copied(reply, source),
        *_repeated(reply, language),
        *_in_another_script(reply, language),
    }
    return sorted(found, key=lambda violation: (violation.start, violation.end, violation.kind))


def _blanked(text: str, place: int) -> str:
    return f"{text[:place]} {text[place + 1 :]}"


def _by_tables(reply: str, source: _Source) -> Iterator[Violation]:
    own = [span for span in quotations(reply) if source.says(reply[slice(*span)])]
    # A zero-width character in place of emphasis marks: gone after normalisation, and offsets stay.
    plain = normalise(_EMPHASIS.sub(lambda match: "\u200b" * len(match[0]), reply))
    views = {
        "own": _hidden(plain.text, plain.spans, own),
        "outside": _hidden(plain.text, plain.spans, own + _embedded_quotations(reply)),
        "all": plain.text,
        "raw": _hidden(reply, _places(reply), own),
    }
    for rule in _rules():
        for start, end in _matches(rule, views[rule.view], source):
            if rule.view != "raw":
                start, end = plain.original(start, end)
            yield Violation(kind=rule.kind, start=start, end=end)


def _embedded_quotations(reply: str) -> list[Span]:
    """Quotations inside a line, or after a colon; a line of its own in quotation marks is what the model says."""
    return [
        (start, end)
        for start, end in quotations(reply)
        if not (_LINE_START.search(reply[: start - 1]) and _LINE_END.match(reply, end))
    ]


def _places(text: str) -> list[Span]:
    return [(place, place + 1) for place in range(len(text))]


def _hidden(text: str, origins: Iterable[Span], spans: list[Span]) -> str:
    """`text` with every character covered that comes from one of the `spans` of the reply."""
    return "".join(
        _HIDDEN if any(first <= start < last for first, last in spans) else character
        for character, (start, _) in zip(text, origins, strict=True)
    )


def _matches(rule: _Rule, text: str, source: _Source) -> Iterator[Span]:
    for match in rule.pattern.finditer(text):
        before = _clause_before(text, match.start())
        excused = any(pattern.search(before) for pattern in rule.unless)
        named = any(name and name in source.folded for name in match.groupdict().values())
        if match[0] and not excused and not named:
            yield match.span()


def _clause_before(text: str, start: int) -> str:
    window = text[max(0, start - _CLAUSE_WINDOW) : start]
    return window[max((match.end() for match in _CLAUSE.finditer(window)), default=0) :]


def _copied(reply: str, source: _Source) -> Iterator[Violation]:
    """Runs of words outside quotation marks that stand in the person's text, or earlier in the reply."""
    seen: set[tuple[str, ...]] = set()
    for stretch in words_outside_quotations(reply):
        for place in range(len(stretch) - source.run + 1):
            part = stretch[place : place + source.run]
            run = tuple(word for word, _, _ in part)
            if run in source.runs or run in seen:
                yield Violation(kind="echo", start=part[0][1], end=part[-1][2])
                return
            seen.add(run)


def _repeated(reply: str, language: _Spoken) -> Iterator[Violation]:
    seen: set[tuple[str, ...]] = set()
    for start, end in sentences(reply):
        said = tuple(word for word, _, _ in words(reply[start:end]))
        if len(said) >= _REPEATED[language] and said in seen:
            yield Violation(kind="echo", start=start, end=end)
        seen.add(said)


def _in_another_script(reply: str, language: _Spoken) -> Iterator[Violation]:
    """Judged for each sentence and for the whole reply, quotations left out."""
    text = _hidden(reply, _places(reply), _embedded_quotations(reply))
    for start, end in [*sentences(text), (0, len(text))]:
        letters = [character for character in text[start:end] if character.isalpha()]
        weight = sum(3 if ord(character) > 0x2E80 else 1 for character in letters)
        if weight >= _JUDGED[language] and detect("".join(letters)) != language:
            yield Violation(kind="wrong_language", start=start, end=end)
            return


# --- the gate --------------------------------------------------------------------------------------------------------


class SentenceGate:
    """Releases a reply that arrives in chunks sentence by sentence, up to the first violation.

    What is released does not depend on where the chunks are cut. Quotation marks around the whole reply are taken
    away; pieces without letters (list numbers, rules) are dropped.

    Args:
        source: the person's text.
        language: that the reply should have.
    """

    def __init__(self, *, source: str, language: _Spoken) -> None:
        self._source = _Source(source, language)
        self._language: _Spoken = language
        self._text = ""
        self._start = 0
        self._closing = ""
        self._released = 0
        self._violations: list[Violation] = []

    @property
    def violations(self) -> list[Violation]:
        """What stopped the reply; offsets are those of the text pushed so far."""
        return list(self._violations)

    def push(self, chunk: str) -> list[str]:
        """Take the next chunk; return the sentences that it completes and that passed."""
        if self._violations:
            return []
        self._text += chunk
        passed: list[str] = []
        while not self._violations and (end := sentence_end(self._text, self._start)) is not None:
            passed += self._judge(end)
        return passed

    def finish(self) -> list[str]:
        """The reply is over: return its last piece, unless it is cut off and other sentences stand without it."""
        rest = self._text[self._start :]
        if self._violations or (self._released and not ends_like_a_sentence(rest)):
            return []
        if not self._released and (mark := wrapped(rest)):
            self._text = _blanked(_blanked(self._text, self._start + mark[0]), self._start + mark[1])
        return self._judge(len(self._text))

    def _judge(self, end: int) -> list[str]:
        self._unwrap(end)
        piece = self._text[self._start : end].strip()
        self._start = end
        if not any(character.isalpha() for character in piece):
            return []
        self._violations = _violations(self._text[:end], self._source, self._language)
        self._released += not self._violations
        return [] if self._violations else [piece]

    def _unwrap(self, end: int) -> None:
        """Blank the mark that opens the whole reply, and later the lone one that closes it."""
        opened = None if self._text[: self._start].strip() else wrapping(self._text[:end])
        if opened:
            place, self._closing = opened
            self._text = _blanked(self._text, place)
        piece = self._text[self._start : end].rstrip()
        if self._closing and piece.endswith(self._closing) and unclosed(piece, self._closing):
            self._text = _blanked(self._text, self._start + len(piece) - 1)
            self._closing = ""
