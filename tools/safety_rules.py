"""The rules of the safety screen: tables of phrases, and the cues that change what a phrase means.

A table holds one alternative per line (a line that begins with `|` continues the one before). It is read over
`normalise(text).text` (lower case, simplified characters, repaired spelling) in which `safety` has blanked the idioms
and turned sentence ends into line breaks. In a line

- a space stands for spaces, commas or an ellipsis;
- `<name>` stands for the fragment of that name in `_PARTS`;
- `~` stands for up to 24, `~~` for up to 60 characters of the same sentence.

Every repetition is bounded, so no text makes a pattern backtrack without end.

Levels follow the C-SSRS screener as far as single sentences allow. Our choices: "I want to die" counts as a thought
(2), a pure wish ("I wish I were dead") as 1; self-injury without a wish to die is 2 (urge) or 3 (act), because the
C-SSRS keeps it apart from suicidal behaviour; the other categories use the scale by urgency (1 worth resources,
2 disclosed, 4 danger now, 6 it has happened).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property
from typing import Literal

__all__ = ["RULES", "Category", "Rule", "Voice", "cue", "idioms"]


class Category(StrEnum):
    """What a risk is about."""

    suicide = "suicide"
    self_harm = "self_harm"
    violence = "violence"
    psychosis_or_mania = "psychosis_or_mania"
    substance = "substance"
    abuse = "abuse"
    over_reliance = "over_reliance"


Voice = Literal["speaker", "said", "inside"]


@dataclass(frozen=True)
class Rule:
    """One table of phrases that mean the same.

    Attributes:
        id: `category.concept`; Chinese tables end in `_zh`.
        category: what it is evidence of.
        level: 1-6 where nothing in the sentence changes it.
        lines: the table, one alternative per line.
        voice: whose risk it is. `speaker`: the writer's, unless the sentence gives it to somebody else. `said`: the
            writer's only where the sentence says "I" or leaves the subject out. `inside`: the phrase settles it.
        grows: intent, method, time and attempts in the sentence raise it.
        denied: the level of a denied match ("I am not suicidal"); None where a negation means nothing.
        dated: a match that speaks only of the past ("years ago") counts 1.
        beside: counts only where another rule found the writer at risk of suicide or self-harm.
    """

    id: str
    category: Category
    level: int
    lines: str
    voice: Voice = "speaker"
    grows: bool = False
    denied: int | None = None
    dated: bool = True
    beside: bool = False

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The compiled table; compiled at first use, because all of them take 0.2 s."""
        return _table(self.lines)


_KIN = (
    r"(?:(?:step|grand|god|foster )?-?(?:father|mother|dad|daddy|mom|mum|mommy|mummy|son|daughter|child|children|ma|pa"
    r"|parent)|brother|sister|sis|bro|husband|wife|hubby|boyfriend|girlfriend|bf|gf|partner|ex|fiancee?|friend|bestie"
    r"|uncle|aunt|auntie|cousin|nephew|niece|roommate|flatmate|neighbou?r|boss|manager|coworker|colleague|teacher"
    r"|coach|pastor|priest|student|classmate|patient|client|kid|family|crush|mate|buddy|caregiver|carer|baby|twin)s?"
)
_KIN_ZH = (
    "(?:爸妈|爸爸?|妈妈?|父亲|母亲|父母|爹|娘|哥哥?|姐姐?|弟弟?|妹妹?|儿子|女儿|孩子|老公|老婆|丈夫|妻子|男友|女友"
    "|男朋友|女朋友"
    "|对象|前任|前男友|前女友|朋友|闺蜜|闺密|兄弟|同学|同事|室友|舍友|邻居|爷爷|奶奶|外公|外婆|姥姥|姥爷|叔叔?|舅舅?"
    "|阿姨"
    "|姑姑|姨妈?|表哥|表姐|表弟|表妹|堂哥|堂弟|堂姐|堂妹|老师|班主任|教练|学生|患者|病人|来访者|老板|领导|上司|继父"
    "|继母"
    "|后爸|后妈|养父|公公|婆婆|家人|亲人|网友|粉丝|偶像|学长|学姐|家属|男人|护工|前夫|前妻|未婚夫|未婚妻|伯伯|大伯"
    "|岳父|岳母|主管|经理|姐夫|妹夫)"
)

_PARTS: dict[str, str] = {
    "kin": _KIN,
    "kinzh": _KIN_ZH,
    "gap": r"[^!?;。\n,]{0,8}?",
    "few": r"[^!?;。\n,]{0,4}?",
    "suicide": r"su[iu]?[cs]i?[cs]?i?d(?:e|es|al|ally|ality)?",
    "kill": r"k[iy]l{1,2}(?:in|ing|ed|s)?",
    "myself": r"(?:my ?self|me ?self|my ?slef|my ?sefl|mysel)",
    # Small words that may stand between "want" and "die" without changing who dies.
    "fill": (
        r"(?:(?:to|just|so|really|bad|badly|much|i|could|can|would|was|were|that|of|for|about|fucking|simply|go|be|able"
        r"|fall|asleep|sleep|and|all|only|literally|honestly|actually|legit|lowkey|kinda|even|already|right now|now"
        r"|curl up|lie down|crawl|somewhere|in|a|hole|away|myself|finally|maybe|the|do is|rn|like|is|peacefully|nothing"
        r"|more|than|quietly|here|today|tonight|tomorrow|die|will|not to|should|must|have to|need to|ever|2|too"
        r"|have it)"
        r"[ ,.]{1,4}){0,7}"
    ),
    "want": (
        r"(?:want(?:ed|ing|s)?|wan(?:na|a)|wnat|wish(?:ed|ing)?|hop(?:e|ed|ing)|pray(?:ed|ing)?|beg(?:ged|ging)?"
        r"|ready|prefer|deserve|long(?:ing)?|crav(?:e|ing)|need|better to|try(?:ing)?|tried|dream(?:ing|t)?|decided"
        r"|plan(?:ning|ned)?|feel(?:ing)? like|urge|desire|intend|meant?|willing|would like|would love|okay with"
        r"|ok with|wouldn't mind|'d rather|would rather|'d love|dying|imma|tryna|wishing|all i want|can't wait)"
    ),
    "intend": (
        r"(?:going to|gonna|imma|i'ma|ima|finna|bouta|about to|might|will|'ll|could (?:just|easily)|planning (?:to"
        r"|on)|plan to|decided to|ready to"
        r"|thinking (?:of|about)|thinkin (?:of|about)|thought (?:of|about)|thoughts (?:of|about)|think (?:of|about)"
        r"|imagin(?:e|ing)|pictur(?:e|ing)|fantasi[sz](?:e|ing) (?:of|about)|urges? (?:to|of)|tempted to|feel like"
        r"|keep wanting to|how easy it would be to|want(?:ed|s)? to|wanna|wish i could|obsessed with|consider(?:ed"
        r"|ing)?)"
    ),
    "cant": r"(?:can(?:'t|t|not| not)|could(?:n't|nt| not)|do(?:n't|nt| not) think i can|unable to|not able to)",
    "dont": r"(?:do(?:n't|nt| not)|did(?:n't|nt| not)|no longer|not|never)",
    "adv": r"(?:(?:even|really|just|honestly|fucking|wanna|want to|ever|actually|to|think i|particularly) ){0,2}",
    "anymore": r"(?:any ?more?|any longer|no more|much longer|anymor)",
    "person": rf"(?:he|she|they|my {_KIN}|{_KIN}|a man|a guy|this man|someone|my abuser)",
    "drug": (
        r"(?:tylenol|paracetamol|acetaminophen|ibuprofen|advil|aspirin|xanax|insulin|benadryl|melatonin"
        r"|antidepressants?"
        r"|codeine|oxy\w{0,8}|fentanyl|ambien|opioids?|painkillers?|sertraline|lithium|benzos?|valium|heroin|morphine"
        r"|zoloft|prozac|sleeping (?:pills?|tablets?|meds)|klonopin|seroquel|adderall|propranolol|quetiapine)"
    ),
    "pills": r"(?:pills?|tablets?|meds|medications?|medicines?|capsules|antifreeze|bleach|<drug>)",
    "means": (
        r"(?:gun|rifle|pistol|shotgun|revolver|bullets?|rope|noose|razors?|razor ?blades?|blades?|knife|knives|helium"
        r"|exit bag|charcoal|carbon monoxide|car exhaust|pesticide|sodium nitrite|<pills>)"
    ),
    "place": (
        r"(?:bridge|overpass|roof|rooftop|building|balcony|window|cliff|ledge|trains?|traffic|bus|truck|lorry|tracks"
        r"|rails|tower|parking (?:garage|structure)|subway|metro|tree|wall|river|highway|motorway|freeway|platform"
        r"|pier|dorm|dormitory|school|terrace|apartment|flat|garage|terminal"
        r"|edge|floor|ocean|sea|lake|median|barrier|wall)"
    ),
    "soon": (
        r"(?:much longer|for long|long|<anymore>|tomorrow|soon|next (?:week|month|year)|by then|after (?:this|today"
        r"|tomorrow"
        r"|tonight|that|friday|christmas))"
    ),
    "hurts": (
        r"(?:hits?|beats?|beaten|slap(?:s|ped)|punch(?:es|ed)|chok(?:es|ed|ing)|kick(?:s|ed)|strangl(?:es|ed)"
        r"|shov(?:es|ed)"
        r"|push(?:es|ed)|rap(?:es|ed)|molest(?:s|ed)|assault(?:s|ed)|abus(?:es|ed|ing)|threaten(?:s|ed)|hitting"
        r"|beating|hurts|touch(?:es|ed|ing)|lock(?:s|ed)|stalk(?:s|ed|ing)|whip(?:s|ped)|burn(?:s|ed|t)|blackmail(?:s"
        r"|ed|ing)"
        r"|drugged|hit|beat|grop(?:es|ed))"
    ),
    "selfzh": (
        r"(?:自杀|自鲨|自沙|自刹|自煞|紫砂|紫杀|自sha|自s|zi ?sha|zi杀|轻生|寻短见?|寻死|自尽|自我了断|自裁|自缢)"
    ),
    "wantzh": (
        r"(?:想要|想过|想着|想到|想去|想|要|会|打算|准备|考虑过?|计划|决定|试图|试过|尝试过?|企图|产生|有过?(?!没)"
        r"|出现|萌生|装着"
        r"|冲动|念头|恨不得|忍不住|不如|只能|只有|干脆|宁愿|宁可|盼着|期待|渴望|琢磨|满脑子都?是?|脑子里都?是?)"
    ),
    "methodzh": (
        r"(?:跳楼|跳河|跳江|跳海|跳桥|跳湖|跳下去|跳下来|跳轨|跳崖|割腕|割脉|割喉|上吊|吊死|烧炭|吞药|服药自杀|服毒"
        r"|喝农药"
        r"|喝药|百草枯|敌敌畏|卧轨|撞车|被车撞死|开煤气|煤气自杀|投河|投江|投湖|投海|触电死|安眠药|氰化物|一氧化碳|溺死"
        r"|闷死|亚硝酸钠)"
    ),
}
_PART = re.compile(r"<([a-z]+)>")
_CJK = re.compile(r"[\u4e00-\u9fff]")


def _alternative(line: str) -> str:
    while _PART.search(line):
        line = _PART.sub(lambda match: _PARTS[match[1]], line)
    line = re.sub(r" (?![^\[\]]*\])", r"(?:[ ,.]{1,4})", line)
    line = line.replace("~~", r"[^!?;。\n]{0,60}?").replace("~", r"[^!?;。\n]{0,24}?")
    # A Chinese phrase has no word boundaries; an English one must not begin or end inside a word.
    return line if _CJK.search(line) else rf"(?:(?<!\w)|(?='))(?:{line})(?!\w)"


def _table(lines: str) -> re.Pattern[str]:
    joined: list[str] = []
    for line in lines.split("\n"):
        phrase = line.strip()
        if phrase.startswith("|") and joined:
            joined[-1] += phrase
        elif phrase and not phrase.startswith("#"):
            joined.append(phrase)
    return re.compile("|".join(_alternative(phrase) for phrase in joined))


def _rules(category: Category, table: str) -> tuple[Rule, ...]:
    """The rules of one table: a header `@concept level flags`, then its phrases."""
    return tuple(_rule(category, *block.split("\n", 1)) for block in table.split("@")[1:])


def _rule(category: Category, header: str, lines: str) -> Rule:
    concept, level, *flags = header.split()
    voices: dict[str, Voice] = {"speaker": "speaker", "said": "said", "inside": "inside"}
    denied = [int(flag[-1]) for flag in flags if flag.startswith("denied=")]
    unknown = set(flags) - set(voices) - {"grows", "undated", "beside", "denied=0", "denied=1"}
    if unknown:
        raise ValueError(f"rule {category}.{concept}: unknown flags {sorted(unknown)}")
    return Rule(
        id=f"{category}.{concept}",
        category=category,
        level=int(level),
        lines=lines,
        voice=next((voices[flag] for flag in flags if flag in voices), "speaker"),
        grows="grows" in flags,
        denied=denied[0] if denied else None,
        dated="undated" not in flags,
        beside="beside" in flags,
    )


# Figures of speech, blanked before the rules run. Only what never carries risk by itself belongs here.
_IDIOMS = r"""
    (?:is|are|was|were|'s|been|it's|be|'re) <kill> (?:me|it|my (?:back|feet|head|neck|knees?|vibe|mood|phone|battery))
    (?:killing|killed|killin) myself (?:laughing|trying to|working|studying|at the gym|to (?:get|finish|make|please
        |meet|keep up))
    dying (?:to|for) (?:see|know|try|hear|meet|eat|go|get|read|watch|visit|play|find|tell|a|an|some|that|this|it)
    (?:dying|died|die) (?:of|from) (?:laughter|laughing|boredom|embarrassment|cringe|curiosity|cuteness|heat)
    (?:died|dying|dead) (?:inside|laughing)
    to die for(?! (?:this|it|the|my|me|all|him|her|them)\b)
    die (?:hard|on that hill)
    dead (?:tired|serious|end|line|set on|wrong|pool|battery|beat|lift|lock|ringer|center|sea|on my feet)
    rather die than(?! (?:live|go on|be alive|exist|keep|face|go back|stay|continue|spend another|do this)\b)
    (?:shot|shoot) myself in the foot
    shoot me (?:an?|the|your)
    hang(?:ing)? myself out to dry
    cut(?:ting)? myself (?:some (?:slack|bread|cake|cheese)|a (?:slice|piece|break|deal|check)|off|short|shaving
        |cooking|chopping|slicing|by accident|accidentally)
    (?:cut|burn(?:ed|t)?|hurt)(?:ting|ing)? myself while (?:cooking|chopping|shaving|slicing|making|opening|peeling
        |preparing|washing|doing|cutting|playing|running|ironing)
    (?:accidentally|accidently) (?:cut|burned|burnt|hurt|stabbed) <myself>
    cut(?:ting)? myself on(?! purpose)
    burn(?:ed|t|ing)? myself (?:out|cooking|making|by accident|with (?:hot )?(?:oil|coffee|tea|water|soup))
    burn(?:ed|t|ing)? (?:myself|my (?:hand|arm|finger|tongue|fingers|leg)) on(?! purpose)
    scratch(?:ed)? (?:myself|my (?:arm|leg|hand|knee)) (?:on|while|when|climbing|by)
    (?:hurt|injured|hurting) myself (?:playing|at (?:the gym|work|practice)|running|lifting|skiing|working out)
    (?:hurt|injured|hurting) myself (?:exercising|falling|by accident|in the gym|skating|hiking|dancing
        |during (?:practice|training|the game|a game|pe))
    drown(?:ing|ed)? myself in (?:work|ice cream|chocolate|music|coffee|books|netflix|studies|my work|tears|homework)
    tak(?:e|ing) my (?:own )?life (?:back|in a (?:new|different|better|whole)|into my own|to the next|seriously
        |for granted|forward|one (?:day|step)|more seriously)
    end it with
    in the end it
    <kill> (?:time|two birds|the (?:vibe|mood|process|lights|engine|switch|job|app|power|server|buzz|party|weeds))
    my (?:mom|mum|dad|boss|teacher|parents|wife|coach|sister|brother|roommate|friends?|manager|mother) (?:is|are|will
        |would|'ll|'s|'d|are all) (?:\w{1,10} ){0,2}?<kill> me (?:if|when|for|once|because|over|after|lol|haha|that)
    (?:if|when|once)~~my (?:mom|mum|dad|boss|teacher|parents|wife|coach|sister|brother|roommate|friends?|manager
        |mother) (?:is|are|will|would|'ll|'s|'d) (?:\w{1,10} ){0,2}?<kill> me
    my (?:mom|mum|boss|teacher|coach|manager|parents|roommate) (?:is|are|will|would|'ll|'s
        |'d) (?:\w{1,10} ){0,2}?<kill> me
    (?:you|they|we|she|he|i) (?:are|were|'re|'s|is|'m) <kill> it
    (?:killed|killing) it
    dressed to kill
    could kill for
    (?:how many|per|\d{2,}|[3-9]|the last|few|more) kms
    kms (?:away|per|from)
    (?:i )?(?:could|would|'d) kill for
    a burden (?:has been |was |is |had been )?(?:lifted|off|relieved)
    (?:disappear|vanish)(?:ing)? (?:into|in|under|with|to|on) (?:a|an|the|my|some) (?:\w+ )?(?:books?|novel|crowd|music
        |game|beach|island|vacation|holiday|cabin|show)
    jump(?:ed|ing)? (?:in|into) (?:the|a) (?:pool|shower|car|conversation|meeting)
    suicide (?:squad|prevention|bomb\w{0,4}|rates?|door|burpees|mission|statistics|awareness|watch party)
    beat(?:s|en)? (?:me|us) (?:to (?:it|the punch\w{0,4})|at (?:chess|tennis|poker|cards|games?|the game|everything
        |pool|golf)|in (?:chess|the race|tennis|a game|the game|the final)|by (?:\d|a|two|three|one)|up the stairs)
    (?:hit|hits) me up(?! (?:side|against)\b)
    (?:it|that|this|reality|news|grief|sadness|realization|idea|thought) (?:\w{1,9} )?(?:hit|hits) me(?! in)
    (?:hit|hits) me with (?:a|the) (?:question|call|text|message|idea|bill)
    (?:hit|hits|hurts) (?:the|a|his|her|my) (?:gym|road|sack|books|snooze|jackpot|nail|wall|books)
    (?:笑|累|气|困|饿|热|冷|烦|忙|吓|急|渴|丑|帅|美|甜|酸|臭|香|爱|恨|撑|胖|愁|羡慕|嫉妒|尴尬|无聊|讨厌|担心
        |高兴)死(?!算了|自己)
    (?:开心|郁闷|恶心|感动|后悔|委屈|可爱|激动|兴奋|馋|堵|闷|晒|冻|疼|痛|坑|难|穷|懒|蠢|笨|吵|挤|辣|咸|晕|羞|呕|爽
        |乐)死(?!算了|自己)
    (?:折磨|难受|寂寞|孤独|憋|苦|卷|萌|好看|好吃|好听|好笑|怕|气得要)死(?!算了|自己)
    (?:妈|爸妈|老师|老板|领导)[^!?;。\n]{0,14}(?:打死|杀了|骂死|弄死|揍死)我(?!的?全?家)
    (?:蹦极|跳伞|跳水|泳池|蹦床|沙发|台阶|楼梯)[^!?;。\n,]{0,6}跳(?:下去|下来)|打(?:了)?(?:差评|分|招呼)
    想死(?:你|您|我|咱|他|她|它|俺|家|那个味|这一口|磕)(?:们)?(?:了|啦)?
    跳楼(?:价|机|大甩卖|甩卖|促销)
    死(?:线|机|党|磕|板|记硬背|循环|锁|忠|灰|角|对头|胖子|鬼|宅|心塌地|缠烂打|要面子|不悔改|活不|皮赖脸|不了(?:人|的))
    (?:得|(?<!真)的|快|累|困|饿|烦|忙|热|冷|疼|痛|气|吵|贵|难|怕|急)要死(?:了|啦|掉|要活)?
    要死要活|该死的|老死不相往来|不死不休|打死(?:我)?(?:也|都)不|(?<![宁可愿想])死(?:也|都)不(?!怕)|死活|宁(?:可
        |愿)死也不(?:吃|喝|穿|看|买|用|玩)
    打我(?:的)?(?:电话|手机|微信|招呼|脸)
    杀(?:时间|青|毒|价|软件|进程|菌|虫|鱼|鸡|猪|手锏|马特)|秒杀|自杀式|抹杀|扼杀|剧本杀|狼人杀
    自杀(?:率|新闻|事件|预防|干预|研究|案|小队|者的家|倾向量表)|预防自杀|反自杀
    (?:规|计|策|筹|谋|比|笔)划自己|打(?:破|造|扮|理|开|败|量|动|消|探|听|工|下)自己|割(?:舍|裂)|划(?:分|算|水|船|掉)
    """

_S = Category.suicide
_SUICIDE = _rules(
    _S,
    r"""
    # said outright
    @kill_self 2 inside grows denied=1
        <kill> (?:him|her|them|my <kin>|everyone) (?:and|then|and then) myself
        (?:to|gonna|wanna|might|will|'ll|could|should|just) off <myself>
        (?:<kill>|offing|offed|end(?:ing|ed)?|hang(?:ing|ed)?|hung|shoot(?:ing)?|shot|stab(?:bing|bed)?) <myself>
        (?:drown(?:ing|ed)?|poison(?:ing|ed)?|gas(?:sing|sed)?|suffocat(?:e|ing)|strangl(?:e|ing)
            |murder(?:ing)?) <myself>
        (?:un ?aliv(?:e|ing|ed)|delet(?:e|ing)|eras(?:e|ing)|electrocut(?:e|ing)|yeet(?:ing)?
            |self ?delet\w{1,3}) <myself>
        blow(?:ing)? my (?:brains?|head) (?:out|off)
        (?:bullet|gun) (?:in|to|through) my (?:head|brain|mouth|skull)
    @take_life 2 inside grows denied=1
        (?:end(?:ing|ed)?|tak(?:e|ing|en)|took|finish(?:ing)?|quit(?:ting)?) (?:my|my own
            |this) (?:\w{1,12} )?(?:own )?(?:life|existence)
        stop (?:living|being alive|my life)
    @suicide 2 said grows denied=1
        (?:commit\w{0,5}|attempt\w{0,3}|contemplat\w{1,3}|consider\w{0,3}|plan\w{0,5}|complet\w{1,3}|try\w{0,3}
            |tried) <suicide>
        (?:th[io]nk\w{0,3}|thoughts?|thought|fantasi\w{1,4}|dream\w{0,3}|idea|urges?|obsess\w{0,3}) (?:about|of|to
            |with) (?:doing |committing |my )?<suicide>
        <suicide> (?:\w{1,9} ){0,3}?(?:thoughts?|ideation|urges?|only|on my mind|crosse[sd] my|my mind|keeps? coming
            |pact|my head)
        (?:dreaming|planning|resort|driven|lead|led|drive|dreams?|researching|googling|researched|googled
            |about) (?:of |on |to |me to )?<suicide>
        <suicide> (?:is|seems|feels|looks) (?:like )?(?:the|my|an?|so|more and more) (?:\w{1,12} )?(?:option|answer
            |solution|way|out|relief|choice|tempting)
    @suicidal 2 said grows denied=1
        su[iu]?[cs]i?[cs]?i?d(?:al|ally|ality)
    @slang 2 speaker grows denied=1
        kms
        ctb
        catch(?:ing)? the bus (?:tonight|soon|for good|permanently|you know|finally|already|asap)
        (?:going to|gonna|want to|wanna|ready to|time to|will) catch the bus(?! (?:to|from|at|home|into|back|in|early
            |for|because|so)\b)
        sewer ?slide
        commit (?:sudoku|toaster bath|not living|unalive|die|not alive)
        (?:un ?alive|yeet|delete) me
        (?:log(?:ging)? off|check(?:ing)? out|sign(?:ing)? off|clock(?:ing)? out|opt(?:ing)? out|tap(?:ping)? out
            |bow(?:ing)? out) (?:for good|permanently|forever|early|of (?:life|this life|this world|existence))
        (?:permanent|forever|eternal|final|long|dirt) (?:nap|exit)
        exit (?:this )?(?:life|world)
    @want_die 2 speaker grows denied=0
        (?:had|have|find|get|lack|enough) (?:the )?(?:courage|guts|nerve|strength
            |balls) to (?:just |finally |actually )?(?:do it|end (?:it|my|things|everything)|kill|die|go through
            |pull the trigger|jump)
        <want> <fill>(?:die|be dead|death|dying|cease to exist)(?! (?:rich|happy|old|on that|my hair|a hero|for (?:my
            |the|our)))
        (?:be|am|i'm|i'd be|i'll be|feel) (?:honestly )?better off (?:being )?dead
        better if i (?:was|were|am|just) (?:dead|gone|died|wasn't here|weren't here|didn't exist)
        (?:should|i'd) (?:just |probably |rather )?(?:be dead|be better off dead|die already)
        i should (?:just |probably )?(?:die|have died|have been dead|not be alive|not have survived|not have lived)
        why (?:am i|aren't i|can't i|couldn't i|didn't i|won't i|not i) (?:\w{1,8} ){0,3}?(?:alive|dead|die|dead yet
            |just die)
        let me die
        (?:let|make) (?:it|this|me) (?:just )?(?:die|be over) (?:already|please)
        (?:someone|somebody|something|god|anyone) (?:please |just |would |to |could |will |should ){0,5}<kill> me
        worth more dead
        tonight(?: is|'s| will be| would be) my last(?: night| one)?(?! (?:at|of|in|shift|exam|show|episode)\b)
        sui (?:thoughts|ideation|attempt)
        if i had (?:a|my|the) (?:gun|rope|pistol|rifle|pills|shotgun)
    @held_back 2 inside undated
        (?:look|seem|make it) like an accident
        know (?:exactly )?(?:what|which|how (?:many|much)) (?:dose|pills|of it it would|it would take)
        (?:garage|car)~~(?:engine|exhaust) (?:running|on|hose|pipe)
        (?:exhaust|hose) (?:pipe )?(?:into|through|in) the (?:car|window)
        if it (?:weren't|wasn't|werent|wasnt|were not) for~~(?:be (?:dead|gone|here|alive)|ended (?:it|things)|killed
            |done it|not be here|jumped)
        would(?:'ve| have) (?:already )?(?:ended (?:it|things|my)|killed myself|done it|jumped|died) (?:already
            |years ago|long ago|by now|a long)
        (?:only|one|main|biggest) (?:thing|reason|person|one) (?:\w{1,8} ){0,4}?(?:stopping me|keeping me (?:alive|here
            |going|from)|holding me (?:here|back from)|i'm (?:still )?(?:alive|here|not dead|breathing)
            |i haven't (?:killed|done it|ended|died)|that stops me)
        promised (?:\w{1,8} ){0,4}?(?:wouldn't|not to|won't|never to|never|would not) (?:<kill> myself|hurt myself|die
            |commit suicide|do anything stupid|end my life|end it)
        only (?:still )?alive because i(?:'m| am)? (?:\w{1,9} ){0,3}?(?:coward|scared|afraid|fail)
        (?:can't|cannot|cant) (?:promise|guarantee) (?:[\w']{1,6} ){0,4}?(?:alive|won't (?:kill|hurt|do)|stay safe
            |be here|live)
        too (?:much of a coward|scared|cowardly|afraid|weak) to (?:do it|kill myself|die|end (?:it|my)|go through|pull)
    @want_dead 1 inside
        wish(?:ed|ing)? (?:that )?(?:i|i'd|id) ~(?:dead|died|wasn't alive|never born|been born|existed|exist
            |stop existing|not here)
        (?:wish|hope|pray)\w{0,3} (?:that )?(?:i|a|an|some|the|my|something|cancer|god) ~(?:hit(?:s)? (?:me|by)
            |kills? me|take(?:s)? me|crash\w{0,2}|get cancer|got cancer|end(?:s)? me|stops? beating|don't wake|not wake
            |wouldn't wake|die in my sleep|run over)
        never (?:should have|should've) been born
        i (?:was|am) a mistake
    @not_live 2 speaker grows
        <cant> (?:live|survive|do|endure|face) (?:another|one more) ~(?:like this|year|years|day|month)
        (?:not|won't|never|don't plan|don't want) (?:to )?(?:see|reach|turn|make it to|live to see
            |live past) (?:my )?(?:\w{1,10} )?(?:birthday|\d\d)
        <dont> <adv>(?:want|wanna|wish|deserve|desire|care|feel like|intend|plan|know how) (?:to |on )?<adv>(?:liv|live
            |be alive|exist|living|keep living|go on living|continue living|carry on living|being alive)(?! (?:here
            |with|in (?!this world|a world|pain)|at|near|together|alone|like (?!this)))
        <dont> <adv>(?:want|wanna) (?:to )?(?:this life|life anymore|be in this (?:world|life)|be on this (?:earth
            |planet)|be part of this world|see tomorrow)
        <cant> (?:live|stay alive|be alive) (?:like this )?<anymore>
        (?:wanted|want|like) to not (?:be alive|live|exist|be here)
        rather not (?:be alive|live|exist|wake up|be here <anymore>)
    @not_here 1 speaker
        <dont> <adv>(?:want|wanna) (?:to )?be (?:here|around) <anymore>
        (?:thoughts?|think\w{0,3}|thinkin) (?:of|about) not (?:being|existing|waking|be) (?:here|alive|around)?
        <dont> (?:see|picture|imagine|think) (?:myself|me|i'll|i will) (?:being alive|living|be alive|alive|make it
            |here|making it) (?:past|to|by|in|at|next|through|until)?
        (?:won't|not going to|don't think i'll|doubt i'll|can't|not) make it (?:to (?:christmas|next|tomorrow|the end
            |my|\d)|through (?:the|this|to|another)? ?(?:night|tonight|week|weekend|day))
    @not_wake 1
        (?:<dont>|won't|wont|will not|wouldn't|would not|hope i|wish i|pray i|rather not|without|never) ~(?:wak(?:e
            |ing) up|woke up)(?! (?:early|at|late|the|my|him|her|them|with|before|so|in a|next|to)\b)
        (?:sleep|asleep) (?:forever|and never|and not|for good|for eternity|eternally|permanently)
        (?:eternal|permanent|forever|endless) (?:sleep|rest)
        (?:<want>|finally) <fill>rest (?:forever|for good|eternally|in peace)
    @end_it 2 speaker grows denied=1
        (?:i'm|im|i am|i'd|i'll) (?:\w{1,8} )?end(?:ing)? (?:it|things|it all|this)(?! (?:with|here|early|on a)\b)
        (?:<want>|<intend>|time to|let me|how to|rather|finally|just) <fill>end(?:ing)? (?:it all|it|everything|things
            |this all|all of (?:it|this)|(?:all )?(?:this|the|my) (?:\w{1,12} )?(?:pain|suffering|misery|agony
            |torment))(?! (?:with|between|on good|amicably|early)\b)
        (?:end|ending) it all
        make it (?:all )?(?:end|stop) (?:for good|forever|permanently|tonight)
    @all_end 1
        <want> (?:for )?(?:it all|it|everything|this|all of (?:it|this)|the pain|my life|the suffering|life
            |all the pain) <fill>(?:end|stop|be over|finish)
        (?:want|need|make|just|wish) ~(?:the|my|this|all the) pain (?:to )?(?:stop|go away|end|be over)
        (?:pain|suffering|it|everything) (?:will|'ll|would) (?:finally |all |finally all )?(?:be over|end|stop) (?:soon
            |tonight|tomorrow)
        (?:finally|want to) (?:be|feel|find) (?:at peace|peace|free of (?:this|the pain|everything)|out of (?:my misery
            |this pain))
        give up on (?:life|everything|living)
    # burden, hopelessness, weariness of life
    @better_without 1 inside
        (?:better|happier|easier|relieved|fine|richer|freer|okay|peace|better off|simpler) ~(?:without me
            |with me (?:gone|dead|out))
        (?:better|happier|easier|relieved|fine|richer|okay|glad|simpler) ~if i ?(?:was|were|wasn't|weren't|wasnt|werent
            |am|just|died|disappeared|left|vanished|didn't|never|had never|'d never)(?! (?:to|a|in|able|rich|tall|smart
            |pretty|thin)\b)
        (?:when|once|after|if) i(?:'m|m| am) (?:gone|dead|not here) ~(?:better|happier|easier|relieved|free|fine)
        without me ~(?:better|happier|easier|relieved|free)
        (?:family|kids|children|parents|they|everyone|mom|husband|wife) (?:would
            |'d) (?:\w{1,9} ){0,2}?(?:get over (?:it|me)|move on without|forget (?:about )?me|understand if i)
        life insurance~~(?:more than (?:i|me)|if i|when i|better|be fine|pay for)
    @burden 1 denied=0
        (?:weigh|weighing|drag|dragging|bring|bringing) (?:\w{1,9} )?(?:everyone|everybody|people|them|my family
            |my kids|my husband|my wife|you all) down
        (?:better|happier) off? ?with (?:someone else|anyone else|another (?:wife|mother|woman|man|husband))
        (?:i'm|im|i am|being|become|be|feel like|i've become|just|nothing but|such|feeling like
            |am) (?:just |only |such |nothing but |always |like |i'm |i am ){0,5}(?:a |an )?(?:\w{1,8} )?burden(?! of)
        burden (?:to|on) (?:everyone|my|them|others|everybody|people|you all|the people)
        waste of (?:space|oxygen|air|skin|life|a life)
        (?:nobody|no ?one) (?:needs|wants) me (?:here|alive|around)
    @nobody_miss 1 inside
        (?:nobody|no ?one|no-one|none of them|not a soul|anyone|anybody|not one person|who) (?:would|will|'d
            |'ll) (?:even |really |ever |actually ){0,2}(?:miss me|mourn me|remember me|care about me|(?:notice|care
            |mourn|cry|mind|miss me) (?:if|when) i(?:'m| am| was| were| wasn't| weren't| died| die| disappeared
            | left this| vanished| killed| stopped| just| didn't exist| never))(?! (?:skipped|late|absent|wore|ate)\b)
        would (?:anyone|anybody|they|you|people|somebody) (?:even |really |ever |actually ){0,2}(?:miss me|notice|care
            |cry|mourn)~~(?:i (?:died|die|was gone|were gone|disappeared|wasn't here|killed)|me|i'm (?:gone|dead))
        come to my funeral
    @no_reason 1 speaker
        (?:no|any|a|another|one|single|my) (?:\w{1,8} )?(?:reason|point|purpose|will|desire|use|sense|strength
            |energy) (?:left )?(?:to|in|of|for) <adv>(?:live|living|go on|going on|being alive|being here|be alive
            |be here|exist\w{0,3}|continu\w{1,3}|keep\w{0,3} (?:going|living|fighting|trying)|stay\w{0,3} (?:alive
            |here)|fight anymore)
        (?:nothing|no ?one|nobody|not much|anything)(?: left)? (?:to|worth) (?:live|living|stay\w{0,3}) (?:for|alive
            |here)
        (?:lost|losing|lose|have no|no) (?:all |the |my |any )?(?:will|reason|desire) to (?:live|go on|be alive)
        (?:given|giving|gave|give) up on (?:life|living)
        life (?:is not|isn't|isnt|wasn't|was never|is just not) for me
        (?:want|need) out of (?:this )?(?:life|here|world|this world|it all)
        (?:don't|dont|do not|never) belong (?:in this (?:world|life)|on this (?:earth|planet)|here anymore|anywhere)
        life (?:is|isn't|is not|isnt|just isn't|feels|doesn't feel|seems|has become
            |has) (?:\w{1,8} ){0,2}?(?:worth living|not worth|worth it|worthless|pointless|meaningless|unbearable
            |no meaning|no point|hell)
        not worth living
        what(?:'s|s| is) (?:even )?the (?:point|use) (?:of|in|to) (?:waking up|getting up|even trying|living|life
            |going on|it all|being alive|existing|carrying on|continuing|staying alive|keep going|even living|my life)
        why (?:should i |do i |bother |am i |would i )(?:keep |even |to |still )?(?:liv|exist|go(?:ing)? on
            |stay(?:ing)? alive|alive|here at all|even try)\w{0,3}
    @tired_living 1
        (?:tired|sick|exhausted|weary|done|fed up|finished|over) (?:of|with|from) (?:living|life|being alive|existing
            |existence|this life|this world|breathing|it all|being here|my life|waking up)(?! (?:with|in|here|at|near
            |next|like a)\b)
        (?:hate|hating|can't stand|despise) (?:being alive|living|that i'm (?:still )?alive|waking up)
        (?:living|being alive|existing) (?:just |always )?hurts
        (?:living|being alive|existing|life) (?:is|has become|feels) (?:\w{1,6} ){0,2}?(?:exhausting|torture|too much
            |too painful|unbearable|agony|hell|too hard)
    @cant_go_on 1 said
        <cant> (?:do|take|bear|stand|handle|endure|face|carry|keep doing|keep|go|live|cope|hold|continue|survive
            |carry on|fight|breathe|suffer) (?:with )?(?:this|it|on|life|going|living|another day|like this|fighting
            |pretending|all of this)? ?(?:life|pain|all|living|on|any)? ?(?:<anymore>|like this|another day|on living)
        <cant> (?:go on(?! (?:the|a|my|vacation|holiday|trips?|stage|air|with the))|carry on|keep going|keep living
            |face another (?:day|night)|bear to live)
        (?:at|reached) (?:the end of my rope|my breaking point|rock bottom)
        (?:have|see|with) no hope (?:left|for me|anymore)?
        (?:no|only|one) way out (?:of this|for me|left|anymore)?
        no future (?:for me|for myself|left)
    @disappear 1 speaker denied=0
        (?:<want>|could) <fill>(?:disappear|vanish|not exist|stop existing|fade away|be gone|evaporate|be erased
            |be no more|go away forever|slip away|cease)
        disappear (?:forever|for good|from this (?:world|earth)|completely|permanently)
        (?:want(?:ed)?|going|ready|time|will|'ll|plan|could|about|thinking|before i|when i|just) ~(?:leave|leaving
            |depart|escape) (?:this|the) (?:world|earth|life|planet)(?! (?:tour|cup|behind)\b)
    @death_only 2 speaker denied=0
        (?:death|dying|being dead) (?:is|seems|feels|would be|looks
            |sounds) (?:like )?(?:the |my |a |so |pretty |very |really |more and more ){0,2}(?:only|best|better|sweet
            |easiest|easier|relief|peaceful|nice|good|preferable|appealing|comforting|release|escape|way out)
        only (?:way out|escape|option|solution|way) (?:left |forward )?(?:is|would be|i see is) (?:to )?(?:death|die
            |dying|suicide)
    @death_thoughts 1 denied=0
        (?:th[io]nk\w{0,3}|thoughts?|fantasi\w{1,4}|dream\w{0,3}|daydream\w{0,3}|obsess\w{0,3}|imagin\w{1,3}
            |pictur\w{1,3}
            |plan\w{0,5}) (?:constantly |a lot |often |all day )?(?:about |of |with )?(?:my own |my |own )(?:death
            |funeral|suicide|corpse|dead body)
        (?:imagin\w{1,3}|pictur\w{1,3}|visions? of|flashes of|dream\w{0,3} (?:of|about)
            |see) (?:\w{1,8} ){0,2}?(?:myself|me) (?:crashing|dead|dying|falling off|jumping|drowning|hanging|bleeding
            |in a coffin|lying dead)
        (?:keep|always|constantly|can't stop|every day|all the time|often) th[io]nk\w{0,3} (?:about|of) (?:death|dying
            |being dead)
        th[io]nk\w{0,3} (?:about|of) (?:death|dying|being dead) (?:all the time|every day|a lot|constantly|all day
            |lately|again|often)
    @indifferent 1 inside
        (?:<dont>|wouldn't|would not) (?:really |even )?(?:care|mind) (?:if|whether|about) (?:i|a
            |my) (?:\w{1,6} )?(?:live|die|died|lived|get hit|got hit|wake up|wake|woke up|survive|don't wake
            |didn't wake|was dead|were dead|hit me)
    @join_dead 2
        (?:be|join|reunite|reunited|see) (?:with )?(?:him|her|them|my <kin>) (?:again )?(?:in heaven|in the afterlife
            |in death|up there|in the next life)
        (?:want|wanna|going|ready|need|wish i could|time) (?:to )?(?:follow|join|be with|go be with|go with) (?:him|her
            |them|my (?:late |dead )?<kin>) (?:too|soon|again|in)
        (?:died|dead|passed|passed away|killed (?:him|her)self|took (?:his|her) (?:own )?life|suicide|lost (?:him
            |her))~~(?:follow|join|be with|go with|see) (?:him|her|them|my <kin>)
    # leaving
    @not_here_long 2 said
        (?:won't|wont|will not|not going to|not gonna|not|don't plan (?:to|on)|doubt i'll) (?:be|being|have to be
            |exist) (?:here|around|alive|on this earth|in this world|with you)(?! (?:at|for (?:the|a|dinner|lunch)
            |on (?:mon|tue|wed|thu|fri|sat|sun)\w{3,6} (?:because|but|since))) ?(?:for )?<soon>
        (?:won't matter|matter|over|problem|worry)~~i (?:won't|will not) be (?:here|around|alive)
        (?:won't|will not|wont) (?:have to|need to) (?:worry|deal|put up|bother|think|take care) ~(?:me|i) ?(?:<soon>)
        (?:won't be|not be|be rid of|free of|stop being) (?:a |your |their |anyone's )?(?:problem|burden|me) (?:(?:for
            |to) (?:anyone|anybody|you|them|everyone) )?<soon>
        gone (?:by|before) (?:tomorrow|morning|the morning|then|next)
    @farewell 4 said grows denied=1
        by the time (?:you|anyone|someone|they|my <kin>) (?:read|see|get|find|reads|sees|finds) (?:this|me)
        this is (?:my )?(?:final|last) (?:goodbye|message|letter|note|words|post|text)
        goodbye (?:cruel )?world
        goodbye forever
        (?:my|a|the|wrote|written|writing) (?:goodbye|farewell|suicide|final) (?:note|letter|video|message|text)s?
        (?:note|letter)s? (?:to|for) (?:my|everyone|each) ~(?:when|after) i(?:'m| am) gone
    @last_words 3 inside
        won't (?:ever )?(?:hear from|see) me again
        (?:my|the) last (?:day|night|week) (?:on earth|alive|here|in this world|of (?:my )?life)
        i(?:'ll| will|'m going to) be (?:gone|dead) (?:soon|by|tomorrow|before|after|when)
        (?:when|after|once) i(?:'m|m| am) (?:gone|dead)(?! (?:on|to|for|at|from)\b)
        (?:goodbye|bye|farewell) (?:everyone|everybody|all|my (?:friends|love|family))~~(?:sorry|forgive|pain|tired
            |can't|happy without|love you all)
        (?:sorry|forgive me)~~goodbye (?:everyone|everybody|all|my)
        (?:put|putting|got|getting) my affairs in order
    @farewell_beside 4 beside
        (?:goodbye|farewell) (?:everyone|everybody|all|my|mom|mum|dad|friends)
        (?:look after|take care of|feed|adopt) my (?:\w{1,8} )?(?:cat|dog|kids|children|plants|mom|mum|sister|brother
            |son|daughter)
        (?:say|saying|said|to say) (?:my )?(?:goodbyes?|farewells?)
        (?:this is it|i love you all|take care of (?:my|each other)|tell my ~ i love)
        (?:giv(?:e|ing|en)|gave) away (?:my|all)
        wr(?:ote|itten|iting) (?:a |the |my |some |all the )?(?:letters?|notes?|will)
    # method and preparation; what stands `beside` is harmless alone
    @jump 3 grows denied=1
        (?:<want>|<intend>|th[io]nk\w{0,3} (?:about|of)|thoughts? (?:about|of)) <fill>(?:turn(?:ing)?|jerk(?:ing)?
            |yank(?:ing)?|let(?:ting)? go of) the (?:steering )?wheel
        (?:<want>|<intend>) <fill>(?:jump(?:ing)?|throw(?:ing)? myself|step(?:ping)?|walk(?:ing)?|driv(?:e|ing)
            |crash(?:ing)?|swerv(?:e|ing)|leap(?:ing)?|roll(?:ing)?
            |yeet(?:ing)? myself) (?:my car |the car |the wheel |right |straight |myself ){0,5}(?:off|from|in front of
            |into|under|out of|onto|over) (?:of )?(?:a |the |my |this |that |oncoming |some |an )?(?:\w{1,12} )?<place>
        (?:throw(?:ing)?|fling(?:ing)?|hurl(?:ing)?|toss(?:ing)?) myself (?:off|from|in front of|into|under|out of|onto
            |over)
        (?:jump(?:ing)?|step(?:ping)?|walk(?:ing)?|driv(?:e|ing)|crash(?:ing)?|swerv(?:e
            |ing)) (?:my car |the car )?(?:in front of|into|under|off) (?:a |the |an |oncoming )?(?:\w{1,10} )?(?:train
            |traffic|truck|lorry|bus|tree|bridge|cliff|roof|tracks)(?= |\n|$|[!?,.])~(?:end|die|kill|over|peace|tonight
            |bridge)
    @slit 3 grows denied=1
        sl(?:it|itting|ice|icing|ash|ashing) (?:my |the )?(?:own )?(?:wrists?|throat|veins?|arms?)
        cut(?:ting)? my (?:own )?(?:wrists?|throat|veins?)
        bleed(?:ing)? (?:out|to death)
        starv(?:e|ing) <myself> to death
        drink(?:ing)? <myself> to death
    @overdose_wish 3 grows denied=1
        (?:<want>|<intend>|could|if i|i'd|i would) <fill>(?:overdos\w{1,3}|od)
        (?:<want>|<intend>|could|if i) <fill>(?:tak(?:e|ing)|swallow(?:ing)?|down(?:ing)?) (?:all|the whole|every
            |too many|a bunch|a handful|a lot|enough|the rest) ~<pills>
        (?:<want>|<intend>|could|if i) <fill>(?:tak(?:e|ing)|swallow(?:ing)?) (?:an overdose|them all(?! (?:out|home|to
            |with)\b)|the whole bottle)
        (?:take|swallow|took) (?:them|it) all
    @how_to 3 inside undated
        (?:can|could|will|would|do|does) (?:you|i|someone|a person|one|it) (?:actually |really |even )?(?:die|overdose
            |od|kill (?:you|me)) ~(?:from|on|of|if|by)~~<pills>
        th[io]\w{2,6} (?:a lot )?(?:about|of) how i(?:'d| would| could|'ll| will) do it
        (?:how|what|which|whats|does|do|is|would|will|are) ~~(?:hang(?:ing)? (?:yourself|myself)|hanging|noose
            |bleed(?:ing)? (?:out|to death)|slit(?:ting)?|wrists?|drown(?:ing)?|overdos(?:e|ing)|carbon monoxide
            |cyanide|helium|gunshot|od(?:ing)?) ~~(?:painful|painless|hurts?|fatal|lethal|die|dying|kill|quick|fast
            |survive|peaceful|long|effective)
        (?:how|what|which|whats|is there) ~(?:painful|painless|fatal|lethal|least pain\w{0,3}|less pain\w{0,3}|quickest
            |fastest|long does it take|long would it take|likely to survive) ~~(?:hang(?:ing)?|noose
            |bleed(?:ing)? (?:out|to death)|wrists?|jump(?:ing)?|fall|drown(?:ing)?|overdos(?:e|ing)|pills
            |carbon monoxide|cyanide|helium|gunshot|od(?:ing)?|die)(?! (?:of|from) (?:cancer|old age|covid|flu|hunger
            |thirst)|(?: in (?:the|a) (?:game|movie)))
        what (?:height|floor|dose|amount|dosage) ~(?:fatal|lethal|kill|die|enough)
        how (?:many|much) (?:\w{1,10} ){0,4}?<pills>~~(?:die|kill|fatal|lethal|overdose|dead|never wake|not wake|od
            |end it|deadly)
        how (?:many|much) ~(?:would|to|will|does it take to|it takes to|do i need to) (?:<kill> (?:me|myself|yourself
            |a person)|overdose on|overdose|die)(?! (?:a|the) (?:process|plant))
        (?:lethal|fatal|deadly) (?:dose|amount|dosage) (?:of|for) ~<drug>
        (?:painless\w{0,2}|easi?est|quickest|quick|fastest|best|least painful|most peaceful|peaceful|surest|cleanest
            |easy|good) (?:and \w{1,12} )?(?:way|method|means|place|spot)s? (?:to|of|for) <fill>(?:die|dying
            |<kill> (?:my|your|one)self|commit\w{0,4} suicide|suicide|end\w{0,3} (?:it all|my life|your life|it)
            |hang (?:my|your)self|overdose|leave this world)
        (?:ways?|methods?) (?:to|of) (?:<kill>|end|off|hang) (?:myself|yourself|my life|your life)
        painless (?:death|suicide)
        suicide methods?
        how (?:to|do i|can i|would i|could i|do you|does one|do people) (?:<kill>|hang|end|off|drown
            |asphyxiate) (?:myself|yourself|my life|your life|it all)
        how (?:to|do i|can i|do you) (?:commit suicide|die (?:fast|painless|quick|peaceful|without pain
            |in my sleep)\w{0,3}|tie a noose)
        is (?:hanging|drowning|overdosing|carbon monoxide|bleeding out|jumping) ~(?:painful|hurt|peaceful|fast|quick
            |slow)
        (?:does|would|will) (?:hanging|drowning|overdosing|dying|it|jumping) (?:hurt|be painful) ?(?:to (?:die|drown
            |hang|bleed|jump|overdose))?(?=[!?\n,. ]|$)~(?:die|drown|hang|bleed|jump|overdose|friend|dying|overdosing)
        (?:does|would|will) (?:hanging|drowning|overdosing|dying|jumping off \w{1,10}) (?:hurt|be painful)
        (?:high|tall|deep) enough to (?:die|kill)
        what (?:happens|would happen) if (?:i|someone|you|a person) (?:take|took|takes|swallow\w{0,2}|drank|drinks?|ate
            |overdose\w{0,1}) ~(?:whole|all|bottle|\d{2,3}|too many|bleach|antifreeze|overdose)
        (?:searched|googled|looked up|looking up|googling|searching|researching|researched|reading about
            |looking into) ~(?:how to|ways to|ways of|methods|painless) ~(?:die|dying|kill|suicide|hang|overdose|noose
            |end)
    @own_plan 5 said denied=1
        (?:my|have an?|have the|made an?|got an?|the|a|with a) (?:\w{1,10} )?<suicide> plan
        plan (?:to|for) (?:<kill>ing myself|<kill> myself|end(?:ing)? my life|my (?:<suicide>|death)|die|dying
            |end(?:ing)? it)
        planned (?:out )?(?:my (?:own )?(?:death|<suicide>)|how i(?:'m going to|'ll| will| would) (?:die|kill myself
            |end it|do it))
        (?:know|decided|figured out) (?:exactly )?(?:how|when|where) (?:and \w{1,6} )?i(?:'m going to|'ll| will| would
            |'d|'m gonna) (?:kill myself|end it|die|end my life)
        i have (?:a|it all) (?:plan|planned)(?: out)? to (?:die|end|kill)
        (?:life insurance|insurance) ~~(?:suicide|worth more|better off|dead|take care of them)
    @sorry_beside 3 beside
        sorry i (?:wasn't|couldn't|can't|am not|was not) (?:\w{1,9} ){0,2}?(?:strong|enough|stay|hold on|keep|better
            |good enough)
        (?:sorry for everything|forgive me|please forgive|don't blame yourself|not your fault)
    @plan_beside 5 said beside
        (?:have|made|got|had|finalized|finalised|making) (?:a |the |my |it all )?(?:\w{1,10} )?plan(?:s
            |ned)?(?! (?:to go|for the trip|b)\b)
        (?:date|day|time|place|method) (?:is )?(?:set|picked|chosen)
        (?:picked|set|chose|chosen|choosing) (?:a|the|my) (?:date|day|place|method|spot|bridge|time)
        know (?:exactly )?(?:how|when|where) (?:and \w{1,6} )?(?:i'm going to|i'll|i will|i would|i'd|to
            |i'm gonna) do it
        (?:no ?one|nobody|nothing|you can't) (?:can |will |could )?stop me
        don't (?:try to |even try to )?stop me
        (?:friday|saturday|sunday|monday|tuesday|wednesday|thursday) (?:night )?(?:is the day|it is|night then)
    @means_beside 5 said beside
        (?:have|got|with|bought|buying|holding|hold|found|loaded|collected|saved(?: up)?|saving(?: up)?|stockpil\w{1,3}
            |hoard\w{0,3}|stashed|hid|hiding|ordered|tied|keep|counted|counting|staring at|looking at
            |sharpened) (?:[\w']{1,8} ){0,4}?<means>
        <means> (?:is |are |all )?(?:ready|next to me|in (?:my hand|front of me)|lined up|laid out|here|on the table
            |loaded|tied|didn't work)
        (?:pills|overdose|rope|attempt|it) (?:didn't|did not|never) work
    @place_beside 4 said beside
        (?:drove|went|walked|sat|stood|standing|sitting|am|i'm|on|climbed|walk) (?:\w{1,6} ){0,3}?(?:bridge|roof
            |rooftop|ledge|tracks|cliff|railing)
        woke up in (?:the |a )?(?:hospital|er|icu|ambulance)
    @means_now 5 said denied=1
        (?:gun|pistol|rifle|revolver) (?:is |was )?(?:loaded|to my head|in my (?:mouth|hand|lap)|against my
            |pointed at my)
        noose (?:is )?(?:around|ready|tied|hanging|in)
        (?:tied|tying|made|bought|have|got) (?:a|the|my) noose
        (?:pills|tablets|meds) (?:are |all )?(?:in my hand|in front of me|lined up|laid out|counted)
        (?:sav(?:e|ed|ing) up|been saving|saving|stockpil\w{1,3}|hoard\w{0,3}|stashing
            |been collecting) (?:\w{1,8} ){0,2}?<pills>
        enough <pills> to (?:die|kill|end|do it|overdose|finish|make sure)
        (?:standing|sitting|stood|i'm|im|am|here) (?:here )?(?:on|at|over) (?:the |a )?(?:edge|ledge|railing|wrong side
            |other side of the (?:railing|rail|fence))(?! of (?:my seat|the bed|glory))
        (?:on|at) (?:the )?(?:train )?tracks (?:waiting|and|right now|now)
        (?:i|i'm|me|holding|hold|put|with) (?:\w{1,8} ){0,3}?(?:knife|blade|razor) (?:to|at|against
            |on) my (?:own )?(?:throat|wrist|neck|wrists)
        (?:i|i've|just|and) (?:\w{1,8} ){0,2}?(?:tied|put|wrapped|looped|had|have) (?:\w{1,6} ){0,2}?(?:belt|rope|cord
            |scarf|noose|sheet|cable|bag) (?:\w{1,6} )?(?:around|over|round) my (?:neck|throat
            |head)(?! because it's cold)
    @thought_beside 2 said beside
        (?:keep|kept|can't stop|been|just) (?:\w{1,8} )?(?:staring|looking) at (?:it|them|the|my)
        (?:keep|kept|can't stop|been) (?:\w{1,8} )?(?:picturing|imagining|thinking about) (?:it|doing it|how|the edge
            |using|what it would)
        in case (?:it|things) (?:gets?|becomes?) (?:too much|worse|unbearable|bad)
    @despair_beside 1 said beside
        (?:hopeless|worthless|unbearable|hate myself|so alone|all alone|so much pain|nothing matters
            |done with everything|completely numb|can't cope|falling apart|given up|give up|broken)
    @took_beside 6 said beside
        (?:took|swallowed|drank|taken|injected) (?:\w{1,6} )?(?:something|stuff|them all|everything|it all|a lot
            |all of (?:it|them)|the rest)
    @fading_means_beside 6 said beside
        (?:getting|feel|feeling|so|very|really) (?:\w{1,6} )?(?:sleepy|drowsy|dizzy|numb|faint|woozy|cold now)
        (?:can't|cannot|hard to) (?:keep my eyes open|stay awake|feel my (?:legs|hands|arms))
        (?:everything|vision|it) (?:is|'s|went|getting) (?:\w{1,7} )?(?:blurry|fading|dark|spinning)
    @ready_beside 4 beside denied=1
        (?:tonight(?:'s| is) the night|today(?:'s| is) the day|it ends (?:tonight|today|now|here))
        (?:going to|gonna|about to|'ll|will|i'm) (?:actually |really |finally |just )?(?:do|doing) it(?! again tomorrow)
        ready to (?:go(?! (?:to|on|home|out|back|shopping|for)\b)|do it)
        (?:letting|let) (?:myself )?go(?! of)
        (?:over|end|ends|ended|peace|done|gone) (?:tonight|by (?:tomorrow|morning))
        finally (?:end it|be free|be at peace|feel (?:at )?(?:peace|calm))
    @decided_beside 4 beside denied=1
        (?:made (?:up )?my (?:mind|decision|peace)|i've decided|i have decided|mind is made up|made a decision
            |at peace with (?:my|this|the))
    # attempts
    @attempt 6 said denied=1
        (?:hospitali[sz]ed|in (?:the )?hospital|in the er|icu|ambulance) ~(?:after|for|because of|following) (?:an?|my
            |another) (?:overdose|suicide|attempt|od)
        (?:i'd|i had|i've|i have|have) (?:already )?tried (?:it )?(?:once|twice|before|three times)~(?:kill|die|suicide
            |end)
        (?:my|my last|my first|my second|another|an?|first|failed|previous|recent|(?:two|three|several
            |multiple)) (?:\w{1,10} )?(?:<suicide> |overdose )attempts?
        surviv\w{1,3} (?:a|my|an|two|three|several) (?:\w{1,10} )?(?:<suicide> )?attempts?
        (?:after|since) my (?:last |first |second )?attempt
        tried (?:<suicide>|to (?:die|commit <suicide>|take my (?:own )?life|end (?:it(?: all)?|my life|things)|overdose
            |hang|jump off|od|drown))
        attempted (?:<suicide>|to (?:take my (?:own )?life|die|end my life|kill myself))
        (?:i|i've|ive) (?:just |have )?attempted (?:last|again|twice|once|yesterday|a few|two|three)
        (?:rope|belt|noose|sheet) (?:snapped|broke)
        (?:found|stopped|pulled|talked|grabbed) me ~(?:hanging|with the pills|off the (?:bridge|ledge|roof)
            |on the bridge|before i could (?:jump|do it)|unconscious)
        pumped my stomach
        (?:belt|rope|noose|cord|sheet|branch|cable) ~(?:around|round) my neck~~(?:snapped|broke|slipped|came loose
            |ripped|gave way|found)
    @self_death 1 inside
        talk me (?:down|out of it)
        go (?:to )?where (?:he|she|they) (?:is|are|went)(?! from)
        th[io]\w{2,6} (?:about|of) how people (?:end|die|do it)
        if i (?:\w{1,8} ){0,2}?(?:die|died|dies|were dead|was dead|killed myself)(?! (?:in the game|in this level
            |laughing))
        (?:i(?:'m| am|'d be|'ll be| would be| will be| was| were)|id be|me) (?:\w{1,8} ){0,2}?(?:dead
            |not alive)(?! (?:tired|serious|wrong|sure|set|against|inside|last|broke|asleep|without my|on my feet
            |sexy)\b)
        (?:only|still|just|barely) alive (?:because|for|due|so|out of|right now)
        (?:be|being|staying|stay|keep myself|keeping myself) alive (?:is|next|tomorrow|by|for|when|much|<anymore>|feels
            |hurts|just|is so)
        (?:being|be|end up) dead
        to exist (?:<anymore>|like this|at all)
        (?:not|without|stop|about|just) existing
        (?:my|my own) (?:funeral|grave|coffin|corpse|obituary|eulogy|tombstone|dead body|suicide)
        meet my maker
        (?:disappointed|sad|angry|upset|devastated|annoyed|mad) (?:\w{1,6} ){0,4}?(?:i )?(?:woke up|still (?:alive|here
            |breathing))
        wake up (?:\w{1,8} ){0,2}?(?:disappointed|wishing|crying that|sad that|angry that)
        (?:stopped|don't|quit|not) (?:wear\w{0,3}|us\w{1,3}) (?:a |my )?(?:seat ?belt|helmet)~~(?:hope|hoping|care
            |happens|anyway)
        (?:if|hope|hoping|maybe) (?:a|an|the|some|that) (?:car|truck|bus|train|lorry|plane|stray bullet) (?:hits?
            |takes?|kills?|crashes|runs)
        so (?:no ?one|nobody|they|he|she|my \w{1,9}) (?:has to|have to|won't have to|doesn't have to
            |don't have to) (?:deal with|clean|find|worry|sort)~(?:after|when i'm|once i'm|me|body)
        (?:okay|fine|taken care of|set|better) (?:afterwards?|after i'm|when i'm gone|once i'm gone)
        (?:no ?one|nobody|they|anyone) (?:would|will|'d|'ll) (?:\w{1,8} ){0,2}?(?:celebrate|relieved|glad|happy) (?:if
            |when) i
        (?:save|saved|saving|rescue[ds]?) me (?:i|why|when|from myself)
        why did (?:they|you|he|she|anyone|everyone) (?:save|stop|rescue|find|bring) me
    @mention 1 said denied=1
        <suicide>
    # somebody else's risk or death: resources for the writer
    @other 1 inside undated
        (?:my|our) (?:\w{1,12} ){0,4}?(?:<suicide>|(?:kill|hang|shoot|hurt|drown|harm|cut)\w{0,4} (?:him|her
            |them)sel(?:f|ves)|hung (?:him|her)self|shot (?:him|her)self|tak\w{1,3} (?:his|her|their) (?:own )?li(?:fe
            |ves)|took (?:his|her|their) (?:own )?li(?:fe|ves)|ended (?:his|her|their) (?:own )?li(?:fe|ves))
        <person> (?:\w{1,10} ){0,5}?(?:kill|hang|shoot|harm|hurt|cut|cutting|killing|hurting|harming) (?:him|her
            |them)sel(?:f|ves)
        (?:lost|losing|lose) (?:\w{1,8} ){0,4}?to suicide
        (?:my|our) (?:\w{1,12} ){0,4}?(?:wants? to die|is suicidal|was suicidal|been suicidal|doesn't want to live)
    """,
)

_SUICIDE_ZH = _rules(
    _S,
    r"""
    @suicide_zh 2 grows denied=1
        <selfzh>[^!?;。\n]{0,12}(?:脑子里|脑海里|心头|缠着我|挥之不去)
        答应[^!?;。\n]{0,10}(?:不|别)(?:会|再)?(?:自杀|死|伤害自己|做傻事|寻死)
        (?:搜|查|看|研究)(?:了|过|着)?[^!?;。\n,]{0,6}<selfzh>
        <wantzh>(?:了|过|的|着|去|用|通过|是|就|直接|一起|再|自己|我|在|能|可以){0,5}[^!?;。\n,]{0,4}?<selfzh>
        <selfzh>(?:的)?(?:念头|想法|冲动|倾向|意念|计划|打算|边缘|心都有|遗书|方式|方法)
        我(?:就|真|真的|去|都|早就|快|总|经常|老|也|可能|迟早|早晚|一定|马上){0,5}<selfzh>
        (?:没有?|缺)<selfzh>的?勇气|<selfzh>(?:太|很|会|好|真)?(?:疼|痛|难看)
        suicide(?=[\u4e00-\u9fff])
    @die_zh 2 grows denied=0
        (?:不过|过不了|活不到|等不到)[^!?;。\n,]{0,6}(?:岁|生日)|(?:弄|看起来|搞|做|伪装)(?:得|成)?(?:像)?(?:是)?意外
            |知道[^!?;。\n,]{0,4}(?:多大|多少)[^!?;。\n,]{0,2}剂量|刀片[^!?;。\n,]{0,4}(?:手里|手上)
            |车库[^!?;。\n]{0,6}(?:没熄火|发动|开着引擎)
        (?:杀|捅|砍)(?:了|死)[^!?;。\n]{0,8}(?:再|然后)[^!?;。\n,]{0,3}(?:自杀|死|自己)
        (?:跳|迈|冲|走|撞)[^!?;。\n,]{0,6}的?(?:念头|冲动)
        (?:不|别)(?:去)?(?:自杀|死)的?理由|理由[^!?;。\n,]{0,4}(?:不|别)(?:去)?(?:自杀|死)
        (?:我|自己)(?:就|真|真的)?(?:应该|该)(?:去)?死(?!心)
        要不是[^!?;。\n]{0,16}(?:早就|早已|我就|可能就)[^!?;。\n,]{0,4}(?:不在|死|走了|没了|跳|自杀|结束)
        活着[^!?;。\n,]{0,6}比死|死[^!?;。\n,]{0,4}(?:比|更)[^!?;。\n,]{0,6}(?:轻松|容易|好|舒服|痛快)
        (?:日期|时间|日子)(?:和|跟|与)(?:方法|方式|地点)|最后一晚|(?:今晚|今天|明天)[^!?;。\n,]{0,4}最后(?:一)?(?:晚|夜)
        (?:想|死)亖|想亖
        (?:死亡|死掉|死)[^!?;。\n,]{0,6}(?:吸引我|吸引着我|很安静|很平静|很美好|诱惑|召唤)
        (?:希望|想|盼着?|最好|祈祷)[^!?;。\n,]{0,10}(?:撞死|死掉|猝死|病死|被[^!?;。\n,]{0,3}死)
        (?:为什么|干嘛|何必)(?:要)?(?:不让我死|救我|救活我)
        (?:唯一|就是)?(?:让|使|支撑|拦着)我[^!?;。\n,]{0,4}(?:没(?:有)?(?:去)?死|活着|活到现在|还活着)
        (?:要是|如果|假如)(?:我)?(?:手里|家里)?有(?:把|支)?枪
        想死又|敢死|死的勇气|勇气(?:去)?死
        (?:想要|想过|想着|好想|真想|只想|就想|总想|老想|想到|想去|想)(?:到|过|着|要|去|快点|早点|立刻|马上|直接|现在|就
            |一起|原地){0,5}(?:死(?!你|心|磕|党|记|守|撑|扛|机|读|后|前|者|刑|因)|去世|离世|死亡|狗带|4了|鼠(?:了|掉
            |啊)|噶了|寄了)
        想(?:s|4)(?![\da-z个次天点位本条岁号月年人件块种分])
        (?:不如|还不如|宁愿|宁可|应该|让我|求|恨不得|盼着|希望|干脆|巴不得|只有|只能|只求|诅咒|恨|愿)(?:自己|我|能|快点
            |早点|早日|就|直接|现在|快|赶紧|马上|真的|一起|可以|的人是我){0,5}(?:去)?死(?!心|亡人数|磕)
        (?:为什么|怎么|为啥|咋)(?:我|自己)?(?:还)?(?:不|没|没有)(?:去|能|早点)?死
        我(?:真的|还是|也|现在|今天|就|要|想|这就|马上|还不如|不如){0,5}(?:去死|死(?:了|掉)?(?:算了|吧|得了|给你|后
            |以后|之后|会|就好|就|该|才|谁|大家|他们|你们|都|的话|也))
        死了(?:算了|就好|更好|最好|干净|就解脱|就不用|拉倒|得了|也好|就没|就能|一了百了|是不是|该多好|会不会|的话|会有
            |有人)
        死掉(?:算了|就好|了就|的话|该)|死了的心都有|以死明志|一死了之|一了百了|寻死觅活|不得好死我
        死(?:才|就|亡)?(?:就|才|可能)?是(?:我)?(?:一种|唯一的?|最好的?|最终的?)?(?:解脱|出路|办法|归宿|选择)
            |死亡(?:带走|离我|来)
        (?:如果|要是|假如|等|万一)我(?:真的?|哪天|明天|有一天|突然)?死|死(?:的)?(?:念头|想法|冲动)
    @not_live_zh 2 grows
        (?:不想|不愿意?|不愿再|没必要|不配|不该|没资格|没脸|懒得|没有?勇气|何必|不再想|不打算|唔想|并不想|不太想)(?:再
            |继续|就这样|这样|苟|好好){0,5}(?:活|生存|存在|做人|huo)(?!动|泼|跃|络|干|力|下来)
        活(?:够|腻|烦|厌|累)(?:了|透)|活不(?:下去|了了|成|起|长|久|过(?:今|这|明))|不想活(?!动|跃|泼|干)
        (?:不想|不愿|没法|无法|不能|没办法)(?:再)?(?:面对|看到|见到)(?:明天|第二天)的?(?:太阳|到来)?
    @end_zh 2 grows denied=1
        (?:结束|了结|了断|终结|放弃|终止|断送)(?:掉|了|自己|我|这|我的|自己的|这该死的|这一|这个|这条|所有
            |这样){0,5}(?:的)?(?:生命|性命|一生|人生|一切|这一切|痛苦|余生|活着|命|存在|自己(?!的))
    @leave_world_zh 2 grows denied=1
        离开(?:这个|这|人)?(?:世界|人世|人间|世上|世间|尘世)|(?:告别|逃离|脱离)(?:这个|这)?(?:世界|人世|人间)|(?:想|要
            |求)离世|离去的念头|想离开的念头
        (?:跟|和|同|向)(?:这个|这)?(?:世界|人间)(?:说)?(?:再见|告别|拜拜)|不在这个世(?:上|界)|去(?:另一个世界|天堂|极乐)
        我(?:要是|如果|假如|万一)(?:真的|突然|哪天)?(?:不在|没|死|走)了|(?:不(?:会|用)?再|再也不)(?:会)?(?:给|让|拖累
            |麻烦)[^!?;。\n,]{0,8}(?:添麻烦|拖累|麻烦|累赘)
        (?:如果|要是|假如|等|当|以后|哪天|有一天|万一)(?:哪天|有一天|以后|真的|突然)?我(?:真的|突然|哪天
            |有一天)?(?:不在|没|走)了
        (?:想|要|去|可以|能|就能|让我)(?:跟|和|随)?(?:着)?(?:他|她|你们?|<kinzh>)(?:们)?(?:一起)?(?:去了|走了|一起去
            |一起走)
        (?:走|死|去世|过世|离开|没)了[^!?;。\n]{0,10}(?:我)?(?:也)?(?:想|要|去)(?:跟|陪|随|和|找)(?:着)?(?:他|她
            |<kinzh>)|下去陪(?:他|她|<kinzh>)
    @sleep_zh 2 grows
        (?:想|求|才能|就能|可以|就|终于|要|只有死|彻底|早点|早日|得到|渴望)(?:真正|彻底|永远|快点
            |早点)?(?:的)?解脱(?!出来|自己的压力)|死[^!?;。\n,]{0,4}解脱|长眠|永远(?:地)?(?:睡|沉睡)(?:去|着|过去|下去)
        (?:睡(?:着|过去|下去?|一觉)?|闭上眼睛?|一觉)(?:了|以后|之后)?[^!?;。\n]{0,8}(?:不|别|不要|再也不)(?:想|会|要|用
            |再){0,5}醒
        (?:不想|不愿|别|不要|再也不|永远不|希望不|最好不|不用)(?:要|想|再|会|用|自己|我|明天){0,5}(?:醒(?:来|过来
            |了)?(?!悟|酒|目|着)|睁开眼)
    @meaningless_zh 1
        (?:没(?:有)?力气|不想|不再|没必要|幻想)[^!?;。\n,]{0,6}存在(?:了|下去)|自己不存在
        (?:撞|摔|病|饿|淹|冻)死(?:就|也)(?:撞|摔|病|饿|淹|冻)?死?(?:吧|好|无所谓|挺好|行|算了)
            |被[^!?;。\n,]{0,3}撞死(?:也|就)?(?:挺)?(?:好|算了)
        我?(?:还|能)活(?:着|到现在)[^!?;。\n,]{0,4}(?:只是|就是|是)?(?:因为|为了)|醒(?:来|了)?[^!?;。\n,]{0,6}(?:失望
            |绝望|痛苦)|(?:怎么|为什么)又醒
        (?:下周|明天|明年|以后|能不能|是否|会不会)[^!?;。\n,]{0,4}还?活着|活到(?:明|下|哪)|(?:保险|存款
            |密码)[^!?;。\n]{0,14}(?:以后|之后|走后)[^!?;。\n,]{0,6}(?:他们|家人|孩子|爸妈)
        免得[^!?;。\n,]{0,8}(?:麻烦|连累|拖累)|(?:哪天|受不了|撑不住)[^!?;。\n,]{0,8}就(?:吃了|喝下|跳|用上)|心意已决
        醒来?[^!?;。\n]{0,10}(?:什么|啥|没有?)(?:意义|意思|用)|不属于这个世界|烂命一条|浪费(?:空气|粮食|生命)
        (?:自己|我)的(?:葬礼|墓碑|骨灰|追悼会|遗照)|永远(?:地)?(?:休息|安息|安静)
        (?:今晚|过了今[晚天]|很快|马上)[^!?;。\n,]{0,6}(?:一切|都)(?:都)?(?:会|就|要){0,2}(?:结束|解脱)
        (?:活着|活下去|人生|生活|生命|活在[^!?;。\n,]{0,6}|我的存在|存在)[^!?;。\n,]{0,6}(?:没(?:有)?(?:什么|啥|任何
            |了)?(?:意思|意义|劲|希望|盼头|价值|用|动力)|毫无(?:意义|价值)|无意义|有(?:什么|啥|何)(?:意思|意义|用|价值)
            |的(?:意义|价值)(?:是什么|在哪|何在)|为了(?:什么|啥)|干(?:什么|嘛|啥))
        (?:活着|活下去|活)(?:真的?|实在|太|很|好|真是|也|就|对我来说|都|简直|只){0,5}(?:是)?(?:好|太|很|一种)?(?:累|苦
            |难|痛苦|煎熬|折磨|受罪|遭罪|负担|浪费|错误|没劲|难受|绝望|多余|丢人)
        没(?:有)?[^!?;。\n,]{0,3}(?:活下去|活着|生活下去|继续活)的?[^!?;。\n,]{0,2}(?:意义|勇气|理由|动力|必要|希望
            |力气|欲望|念头)|找不到[^!?;。\n,]{0,3}活
        (?:我的存在|我的出生|生我|我(?:就)?是(?:个|一个)?)[^!?;。\n,]{0,4}(?:错误|多余|笑话|累赘|负担)|冇意思做人
            |做人(?:真)?(?:没|冇)意思|厌世
        (?:为什么|为啥|干嘛|为何)(?:我)?(?:还)?(?:要)?活(?!动|干|泼)
    @cant_go_on_zh 1 said
        (?:我|自己|真的|快|要|实在|已经|感觉|觉得|彻底)[^!?;。\n,]{0,6}(?:撑|支撑|熬|扛|挺|坚持|承受)不(?:下去|住|下|到
            |了)(?!(?:了)?怎么办)
        撑不(?:下去|住)|熬不(?:下去|住|过去)|扛不(?:下去|住)|活不出|过不下去|坚持不到(?:明天|天亮|那)
        不想(?:再)?(?:撑|坚持|努力|扛|熬|继续|挣扎)(?:下去)?了|生无可恋|生不如死|万念俱灰|心如死灰|了无生趣|人间不值得
        看不到(?:任何|一点)?(?:希望|未来|光|出路)|没有(?:任何)?(?:希望|未来|出路|活路|退路)了
    @disappear_zh 1
        (?:想|要)去(?:他|她)(?:那边|那里|那儿)
        (?:希望|老天|上天|死神|癌症|病魔|求)[^!?;。\n]{0,8}(?:带走|收走|收了)我?|把我带走
        (?:我)?(?:想|要|该)(?:去)?陪(?:着)?<kinzh>(?:们)?(?:了|去了)
        (?:想|希望|要是|如果|好想|恨不得|让|想要|巴不得)(?:我|自己|能|就|可以|就此|彻底|直接|立刻|从|在|永远|这个|世界
            |世上|人间|上|里|悄悄|突然|快点|的|地|所有人){0,5}消失(?!感)
        没(?:有)?(?:出生|来过|存在过)(?:过)?(?:就好|该多好|多好)|不该(?:来到|出生|被生|活)|(?:为什么|干嘛|何必
            |当初)(?:要|不该)?(?:生|把)(?:下)?我(?:生|下来)?
        (?:想|希望)[^!?;。\n,]{0,6}(?:出(?:个)?(?:意外|车祸)|发生(?:什么)?意外|得(?:个)?(?:癌症|绝症)|被车撞)
    @burden_zh 1
        (?:我|自己)(?!不想|不愿|不能|怕)[^!?;。\n,]{0,8}(?:累赘|拖累|包袱|拖油瓶|多余的?人?|废物|(?:是|成了
            |成为)<few>负担)
        (?:没有|少了|没)(?:了)?我[^!?;。\n]{0,14}(?:更好|会好|好过|轻松|解脱|幸福|开心|一样|也没|没关系|省心)
        没(?:有)?(?:一个)?人(?:会)?(?:在意|在乎|难过|发现|想念|记得)(?:我|吧)|(?:世界|家里|他们|你们)(?:不需要|不缺
            |容不下)我|我死了[^!?;。\n,]{0,6}(?:没人|谁)
    @method_zh 3 grows denied=1
        (?:打|转|扭)(?:死)?方向盘[^!?;。\n,]{0,6}(?:冲|撞|下)|方向盘[^!?;。\n,]{0,6}(?:冲|撞)
        绳子?[^!?;。\n,]{0,4}套(?:上|在|好|进)
        (?:<wantzh>|去|直接|从|好几次|总是|老是|买|搜|查)[^!?;。\n]{0,8}<methodzh>(?!的?(?:新闻|人|事))
        我(?:就|今晚|明天|今天|马上|现在|真的){0,5}<methodzh>
        <methodzh>[^!?;。\n]{0,6}(?:算了|死了|的念头|的冲动|一了百了|会死|死|疼|痛|解脱|要多久|需要)
        从[^!?;。\n,]{0,10}(?:楼|桥|阳台|天台|窗|崖|顶|上面|这里)[^!?;。\n,]{0,6}跳
        一头(?:撞死|栽下去)|撞死(?:算了|在)|饿死自己|掐死自己|捅死自己|杀(?:了|死|掉)(?:我)?自己|弄死自己
    @how_to_zh 3 inside undated
        (?:想过|想着|在想|考虑|告诉我|知道)怎么(?:去)?死(?!的)|怎么死(?:才|比较|最|更)
        (?:吃|喝|吞)[^!?;。\n,]{0,10}(?:会死(?!机)|死人|致命|会不会死|能不能死)
        (?:<methodzh>|吃药)[^!?;。\n]{0,8}(?:哪个|哪种|怎么|要)[^!?;。\n,]{0,8}(?:疼|痛|快|舒服|轻松)
        (?:跳|割|吊|烧|吃)[^!?;。\n]{0,8}(?:必死|死得(?:快|了)|死透)
        (?:怎么|如何|怎样|哪种|什么|有没有|有什么|哪里)[^!?;。\n]{0,10}(?:死法|死(?:得|比较|最|才|不痛|不疼|没有痛苦
            |掉)|自杀(?!的?(?:想法|念头|倾向|冲动|意念|风险|人|新闻))|去死|无痛(?!人流|分娩|胃镜|肠镜))
        (?:多少|几)(?:片|粒|颗|瓶|克|毫克)?[^!?;。\n]{0,12}(?:会死|能死|致死|致命|才能死|才会死|死人|死掉|过量)
            |致死(?:量|剂量)
        (?:最|比较|更)?(?:不痛苦|无痛|没有痛苦|没痛苦|轻松|快速|体面|舒服|安静)的?(?:死法|死|自杀|方式死|离开方式
            |离开的方式)
        <methodzh>[^!?;。\n]{0,6}(?:疼不疼|痛不痛|疼吗|痛吗|痛苦吗|会不会[^!?;。\n]{0,3}(?:疼|痛|死)|多久(?:会|能)?死
            |能死吗|能死成)|(?:哪|几)(?:一)?层(?:楼)?[^!?;。\n]{0,6}跳
    @note_zh 5 grows denied=1
        (?:写|留|准备)(?:好|了|下|完|过){0,5}(?:一封|一份|了|我的|好){0,5}(?:遗书|绝笔|遗言)|遗书(?:已经|都|也)?(?:写
            |准备|留|发)|我的(?:遗书|绝笔)
    @farewell_zh 3 said
        (?:保重|对不起|别找我|勿念)[^!?;。\n]{0,10}我(?:先)?走了|我(?:先)?走了[^!?;。\n]{0,8}(?:对不起|保重)
        等我走了|我走(?:了)?(?:以后|之后)(?!再)
        永别|来世再见|下辈子(?:再见|再也|不要|别|不来|不做)|来生(?:再)?见|再见了?(?:这个)?(?:世界|人间)|(?:世界
            |人间)再见
        (?:安排|交代|处理|准备|料理)(?:好)?(?:了)?(?:自己的|我的)?后事|最后一次(?:跟|和|给)(?:你|你们|大家)
            |这是我(?:最后|留给)
        (?:你们|大家|你)(?:以后)?(?:就)?(?:再也)?(?:见不到|看不到|听不到)我|很快就(?:要)?(?:不在|离开|解脱|结束)|(?:我
            |就要)走了[^!?;。\n]{0,6}(?:保重|别找我|勿念|别难过)
        (?:照顾好|拜托照顾)(?:我的?)(?:爸|妈|父母|孩子|猫|狗|弟|妹|家人)
    @means_beside_zh 5 said beside
        (?:买|准备|攒|囤|藏|存|拿|带|找)(?:好|了|到|着|够|下|出){1,2}[^!?;。\n,]{0,6}(?:绳|刀|刀片|药(?!膏|店)|炭|汽油)
        (?:绳子?|刀|刀片|药|炭)(?:都|也|已经)?(?:买|准备|攒|囤)(?:好|够|齐)?了
        (?:刀|刀片|药|绳子)(?:就)?(?:在|放在|拿在|藏在)(?:了)?(?:手|我?(?:手|身|旁|床|面前)|枕头)
    @place_beside_zh 4 said beside
        密封[^!?;。\n,]{0,4}(?:窗|门)|(?:窗户|门缝)[^!?;。\n,]{0,4}(?:封|堵)
        (?:站|坐|爬|走|在|去|跑)(?:在|到|上|了)?[^!?;。\n,]{0,6}(?:天台|楼顶|顶楼|桥上|桥边|窗台|江边|河边|海边|铁轨
            |栏杆)
        醒来[^!?;。\n,]{0,4}(?:医院|病床)|洗(?:了)?胃
    @thought_beside_zh 2 said beside
        (?:总|老|一直)?盯着(?:看|它)|忍不住(?:去)?看它|受不了(?:的时候|就)
    @despair_beside_zh 1 said beside
        绝望|崩溃|撑不|没有希望|没希望|恨自己|讨厌自己|一无是处|麻木|没人(?:在乎|关心|懂)|太痛苦|好痛苦
    @plan_beside_zh 5 said beside
        (?:今晚|今天|明天|今夜|现在|马上|周末|下周|[这下]?周[一二三四五六日天])(?:就)?(?:动手|走|结束|实施|最后一天)
            |(?:日子|时间|地点)(?:都|已经)?(?:选|定|想)好
        (?:我|已经|都)(?:都|已经)?(?:想好了|计划好了?|决定好?了|安排好了?|准备好了)(?!工作|衣服|旅行)|谁也(?:拦
            |劝)不(?:住|了|动)|别(?:拦|劝|救|找)我
    @farewell_beside_zh 4 said beside
        (?:信|遗言)(?:都|已经|也)?(?:给[^!?;。\n,]{0,4})?写好|写好了?[^!?;。\n,]{0,4}信
        照顾好(?:我|自己|你们)|对不起(?:大家|爸|妈|你们)|(?:大家|你们)(?:都)?(?:要)?保重|来世|下辈子|终于可以(?:安心
            |休息|解脱)
    @hoard_zh 4 said denied=1
        (?:攒|囤|存|藏)(?:够|好|了|着|下){0,5}[^!?;。\n,]{0,4}(?:安眠药|安定|一(?:瓶|堆|把)<few>药)|(?:买
            |准备)(?:好)?了?[^!?;。\n,]{0,4}(?:上吊|烧炭|自杀)用?的
    @attempt_zh 6 denied=1
        差(?:一)?点(?:就)?(?:跳(?:了|下)|死成|割下去|吞下去)
        (?:皮带|绳子?|围巾|数据线|塑料袋|床单|电线)[^!?;。\n]{0,8}(?:脖子|脖颈|头上)|勒(?:住|着|紧)?(?:了)?(?:我
            |自己)的?脖子
        (?:试过|尝试(?:过|了)?|曾经?|已经|差点|差一点|差点就|前[^!?;。\n,]{0,3}|昨[^!?;。\n,]{0,3}|上次|上个?[周月]
            |刚刚?|之前)[^!?;。\n,]{0,6}(?:<selfzh>|<methodzh>)(?!的?(?:念头|想法|冲动|倾向|计划|意念))
        第[一二三两]次<selfzh>|<methodzh>过(?!期|敏|来|去|量|程|瘾|时|后)
        <selfzh>(?:过(?!的?(?:念头|想法|冲动|倾向|计划))|未遂|了(?!的?(?:念头|想法))|没成功|没死|失败|被(?:救|发现|拦))
            |没死成|死不成|死不掉
        (?:割|跳|吞|吃|喝|上吊)[^!?;。\n]{0,14}(?:被(?:救|发现|拦|拉)|洗(?:了)?胃|抢救)|割(?:了
            |开了)(?:自己的)?(?:手)?(?:腕|脉)|割腕(?:了|过)
    @mention_zh 1 denied=1
        自杀|轻生|遗书|绝笔|自尽|寻短见
    @other_zh 1 inside undated
        (?:我|我的|我们|我家|咱)[^!?;。\n,]{0,4}<kinzh>[^!?;。\n]{0,14}(?:<selfzh>|跳楼|割腕|上吊|烧炭|吞药|喝农药|想死
            |不想活|自残|自伤)
        <kinzh>[^!?;。\n,]{0,8}(?:<selfzh>|想死|不想活|跳楼|割腕|上吊|自残|自伤)
    """,
)

_H = Category.self_harm
_SELF_HARM = _rules(
    _H,
    r"""
    @urge 2 inside denied=1 undated
        (?:<want>|<intend>|afraid i'll|scared i'll|urges? to|impulse to) <fill>(?:cut(?:ting)?|hurt(?:ing)?
            |harm(?:ing)?|burn(?:ing)?|punish(?:ing)?|injur(?:e|ing)|starv(?:e|ing)|scratch(?:ing)?|hit(?:ting)?
            |bleed) (?:<myself>|my (?:skin|arms?|legs?|thighs?))
        urges? to (?:cut|self ?-?harm|bleed|burn)
        (?:deserve|need|want) (?:to feel |to be in )?(?:the )?pain (?:to feel|because i deserve)
        (?:see|watch|feel) myself bleed
        make myself bleed
    @act 3 inside denied=1
        (?:dig|dug|digging|press|pressed|stab|stabbed|poke|poking|stick|stuck|jab|jabbed|push)\w{0,3} ~(?:nails?
            |needles?|pins?|pens?|scissors|compass|glass|blade) ~(?:into|in|under) my (?:own )?(?:skin|arms?|legs?
            |thighs?|hands?|wrists?|palms?)
        my (?:own )?(?:skin|arms?|legs?|thighs?|knuckles|scalp|head) until (?:it|i|they) (?:bleeds?|bled|bleed)
        until (?:it|i|they) (?:bleeds?|bled|bleed)(?! out the brakes)
        (?:cut(?:ting|s)?|burn(?:t|ed|ing)?|hurt(?:ing)?|harm(?:ed|ing)?|injur(?:ed|ing)|carv(?:ed|ing)|stab(?:bed
            |bing)|scratch(?:ed|ing)?|punch(?:ed|ing)?|hit(?:ting)?|starv(?:ed|ing|e)) <myself>
        cut(?:ting)? (?:on |up |into )?my (?:own )?(?:arms?|legs?|thighs?|skin|hips?|forearms?|stomach)
        (?:burn(?:t|ed|ing)?|scratch(?:ed|ing)?|slic(?:e|ed|ing)|carv(?:e|ed|ing)|slash(?:ed
            |ing)?) (?:\w{1,8} )?my (?:own )?(?:arms?|legs?|thighs?|skin|hips?|forearms?|wrists?)(?! (?:in|at
            |on the (?:oven|stove|pan)|while|cooking))
        (?:blade|razor|knife|lighter|cigarettes?) (?:to|on|across|into|against) my (?:own )?(?:skin|arms?|wrists?|legs?
            |thighs?)
        (?:started|been|am|i'm|keep|kept|back to|stopped|stop) cutting(?! (?:back|down|out|carbs|corners|sugar|costs
            |the|it|up|calories|people|off|ties|wood|paper|my|a|into|edge|weight|grass)\b)
        (?:relapsed?|relapsing) (?:and|by|with|into|on) ~(?:cut|cutting|harm)
        cutting (?:again|helps|is the only|makes me feel|calms)
        (?:bang|hit|smash|slam)\w{0,4} my head (?:against|on|into) (?:the|a) (?:wall|floor|desk) (?:until|when|every|to
            |over)
    @named 2 said denied=1
        self ?-?(?:harm|injur|mutilat)\w{0,4}
    @eating 1 inside denied=0
        punish(?:ed|ing)? <myself> (?:by|with|for|every)
        (?:haven\'t|havent|have not|not|stopped|quit) (?:cut|cutting|self ?-?harm\w{0,3}|burned myself) (?:in|for
            |since) (?:\w{1,6} )?(?:days?|weeks?|months?|years?)
        clean (?:from|of) (?:cutting|self ?-?harm)
        mak(?:e|ing) myself (?:throw up|vomit|puke|sick after)
        purg(?:e|ing) after
        (?:haven't|havent|not) eaten (?:anything )?(?:in|for) (?:\w{1,6} )?(?:days|a week) (?:on purpose|because i)
        催吐|(?:绝食|不吃饭)[^!?;。\n,]{0,4}惩罚
    @bleeding 6 denied=0 beside
        (?:won't|wont|can't|doesn't|not|isn't|cannot) (?:stop|stopping) (?:the |my )?bleeding
        bleeding (?:a lot|won't stop|everywhere|so much|badly|isn't stopping|heavily)~~(?:wrist|cut|arm|razor|blade
            |myself|deep)
        (?:wrist|cut|arm|razor|blade|myself|deep)~~bleeding (?:a lot|won't stop|everywhere|so much|badly|isn't stopping
            |heavily)
    @bleeding_cut 6 said denied=1
        cut (?:is |was |went )?(?:\w{1,8} )?(?:too|really|so|very|pretty) deep~~bleed\w{0,3}
        cut too deep
        (?:割|划)(?:得|的|了)?(?:很|太|好|有点|特别)?深[^!?;。\n]{0,10}(?:血|止不住)?|血(?:一直)?(?:止不住|流个不停
            |停不下来)[^!?;。\n]{0,10}(?:割|划|刀)
    @act_zh 3 denied=1
        自残|自伤|自虐|虐待自己|惩罚自己的身体
        (?:割|划|切|烫|咬|掐|抓|捶|扎|戳|刺|砸|揍|扇|抽)(?:了|过|着|破|伤|烂)?(?:我)?自己(?!的?(?:电话|脸面|小算盘|名
            |品牌|天下|江山|主意|未来|人生|时间|蛋糕))
        (?:割|划|切|烫|扎|抓)(?:了|过|破|伤)?(?:我|自己)?的?(?:手臂|胳膊|手腕|大腿|小臂|手背|皮肤)|打自己(?:的)?(?:头
            |脸|耳光|巴掌|出气|,|$)
        用(?:小?刀|刀片|美工刀|烟头|针|圆规|指甲|打火机|头)[^!?;。\n,]{0,8}(?:自己|手臂|胳膊|手腕|腿|皮肤|撞墙)
            |撞墙[^!?;。\n,]{0,4}(?:发泄|缓解|流血)
    @urge_zh 2 denied=1 undated
        (?:抠|抓|掐|挠|咬|划|割|扎|撞|打)[^!?;。\n,]{0,6}(?:到|出|得)[^!?;。\n,]{0,3}(?:流血|出血|血)
        扇(?:我)?自己(?:巴掌|耳光)?
        没(?:有)?(?:再)?割(?!舍|裂)
        (?:伤害|惩罚|弄伤|弄疼)(?:我)?自己(?!的?(?:感情|利益|家人|关系|身边|孩子))|(?:想|要|忍不住
            |控制不住)[^!?;。\n,]{0,4}(?:自残|自伤|见血|划手|割手)
    """,
)

_V = Category.violence
_VIOLENCE = _rules(
    _V,
    r"""
    @harm_others 2 denied=0 undated
        (?:images?|thoughts?|visions?|pictures?|urges?|flashes) (?:of|to) (?:me )?(?:drown|stab|hurt|smother|shak|throw
            |dropp?|kill|chok|suffocat|harm)\w{0,3} (?:her|him|them|my (?:\w{1,8} )?<kin>|the baby|the kids)
        (?:i'll|i will|i'm gonna|i'm going to|want to|gonna) (?:\w{1,6} )?put a bullet in (?:him|her|them|his|her|their)
        (?:watch|see) (?:him|her|them|it all|this place|everyone) (?:all )?(?:burn|bleed|suffer|die)(?! out)
        i(?:'ll| will) (?:\w{1,8} )?(?:<kill>|stab|shoot|murder) (?:him|her|them|you all|everyone)
        could (?:\w{1,8} )?(?:<kill>|shoot|stab|murder|burn) (?:every ?one|everybody|people|them all|all of them
            |somebody|someone)(?! (?:for a|in this game)\b)
        (?:i|and|i\'ve|just|to) (?:\w{1,8} ){0,3}?(?:hit|slapped|shook|hurt|beat|choked|kicked
            |spanked) my (?:\w{1,8} )?(?:son|daughter|kids?|child|baby|toddler|wife|girlfriend)(?! (?:at|in|to
            |with a)\b)
        (?:<want>|<intend>|afraid i(?:'ll| will| might)?|scared i(?:'ll| will| might)?|swear i'll|gotta|have to
            |going) <fill>(?:<kill>|murder(?:ing)?|shoot(?:ing)?|stab(?:bing)?|strangl(?:e|ing)|chok(?:e|ing)
            |hurt(?:ing)?|harm(?:ing)?|poison(?:ing)?|beat(?:ing)? (?:up )?|attack(?:ing)?|bomb(?:ing)?|blow(?:ing)? up
            |burn(?:ing)? down|slaughter(?:ing)?|smother(?:ing)?|run(?:ning)? over|shak(?:e|ing)|rap(?:e|ing)) (?:him
            |her|them|someone|somebody|everyone|everybody|people|my (?:baby|(?:\w{1,8} )?<kin>)|the (?:baby|kids
            |bastard|school|office|whole|man|guy|people|bitch)|that (?:man|guy|bitch|bastard|woman|asshole)|those
            |as many|my school|others|you all|kids|children|strangers|another person|all of them)(?!'s (?:feelings
            |record|time|score|offer)|(?: at (?:chess|tennis|poker|cards|mario|fifa))|(?: feelings)
            |(?: in (?:the (?:next|final|game|race)|chess|fortnite|the game)))
        (?:push|shov)(?:e|ing)? (?:him|her|someone|a stranger|people) (?:in front of|onto the tracks|off the
            |down the stairs)
        (?:homicidal|murderous) (?:thoughts?|urges?|ideation|rage|feelings)
        (?:going to|gonna|afraid i'll|scared i'll|about to) (?:snap|lose (?:it|control)) and (?:hurt|kill|hit|shake)
        (?:they|he|she|everyone|people) (?:all )?deserves? to (?:die|bleed|burn)~~(?:i|my|gun|knife|make)
        make (?:him|her|them|everyone|all of them|my (?:\w{1,8} )?<kin>) (?:all )?(?:pay|suffer|bleed
            |regret it)(?! (?:rent|for dinner|the bill|attention|back))
        i (?:hit|slapped|shook|hurt|beat|choked|kicked) my (?:\w{1,8} )?(?:son|daughter|kid|kids|child|baby|toddler
            |wife|girlfriend|mother|mom)(?! (?:at|in|to|with a)\b)
    @weapon 5 said denied=1
        (?:going|go|coming|driving|head|heading) (?:over )?(?:there|to (?:his|her|their) (?:house|place
            |work)) ~with (?:my|a|the) (?:\w{1,9} )?(?:bat|gun|knife|machete|hammer|crowbar|rifle)
        know where (?:he|she|they) (?:lives?|works?|parks?|sleeps?|is|are)~~(?:gun|knife|rifle|gasoline|machete)
        (?:bring(?:ing)?|brought|take|taking|took|have|bought|buying|got|carry(?:ing)?) (?:[\w']{1,8} ){0,3}?(?:gun
            |knife|rifle|bomb|weapon|machete|axe|pistol)s? (?:to|into) (?:school|work|the office|class|church|his|her
            |their|the (?:mall|party))
        (?:have|bought|got|loaded) (?:a |the |my )?(?:\w{1,6} )?(?:gun|rifle|knife|machete)~~(?:know where (?:he|she
            |they)|waiting for (?:him|her|them)|make (?:him|her|them)|(?:he|she|they) (?:will|'ll|is going to) (?:pay
            |regret|die|be sorry))
        shoot(?:ing)? up (?:the|my|a|this) (?:school|place|office|church|mall|work|party)
        (?:kill|hit|death) list
    @happened 4 said denied=1
        i (?:just |have |'ve |think i )?(?:stabbed|strangled|poisoned|killed|murdered|choked) (?:him|her|my <kin>
            |someone|somebody|a person|a man|a woman)(?! (?:in (?:the|a) (?:game|match)|off))
    @harm_others_zh 2 denied=0 undated
        我(?:就|会|一定|迟早|要)(?:先)?(?:捅|砍|杀|弄|勒|毒)(?:死|了)(?:了)?(?:他|她|你|他们|人)|把(?:他|她|孩子
            |宝宝)[^!?;。\n,]{0,4}(?:按进|按在|淹|扔|摔|掐)
        我(?:就|会|一定|迟早)?(?:捅|砍|杀|弄|勒|毒)死(?:了)?(?:他|她|你|他们)|让(?:他|她|他们|你们|所有人
            |<kinzh>)[^!?;。\n,]{0,4}(?:陪葬|付出代价)|(?:想|要|就|好几次|趁)[^!?;。\n]{0,10}(?:掐死|勒死|捅死|毒死
            |砍死)(?:他|她|你|孩子|老公|老婆)
        (?:想|恨不得|真想|忍不住|会)[^!?;。\n]{0,6}把[^!?;。\n,]{0,14}(?:杀|捅|砍|弄死|打死|毒死|掐死|(?:扔|丢
            |推)(?:出去|下去|下楼))
        (?:没忍住|忍不住|失手|控制不住|动手|又)[^!?;。\n,]{0,4}(?:打了|扇了|掐了|打)(?:我)?(?:的)?(?:女儿|儿子|孩子
            |宝宝|老婆|妈妈|爸爸)
        (?:想|要|会|恨不得|准备|打算|计划|冲动|念头|真想|忍不住|控制不住|迟早|早晚|一定|非得|决定|害怕自己|怕自己
            |幻想)[^!?;。\n,]{0,8}(?:杀(?:了|死|掉|光)?|捅(?:了|死)?|砍(?:了|死)?|弄死|打死|毒死|掐死|勒死|烧死|炸(?:了
            |死)?|干掉|做掉|灭了|伤害)(?:他|她|你|他们|她们|人(?!民|家都|类)|所有人|全家|那个|这个|我?的?(?:宝宝
            |<kinzh>)|老板|几个|一个|那些|这些|那帮|这帮|学校|全班|别人|身边的?人|路人)(?!的(?:感情|心|感受|关系))
        同归于尽|报复社会|拉(?:几个|个|他们|他|她)?[^!?;。\n,]{0,3}垫背|一起(?:去)?死(?:吧|算了|了算)|鱼死网破
            |杀人的(?:念头|想法|冲动)
    @weapon_zh 5 said denied=1
        (?:拿|带|提)(?:着|上|了)?(?:球棒|棍子|刀|锤子|斧头?)[^!?;。\n,]{0,6}(?:找|去)(?:他|她|他们)
        代价[^!?;。\n]{0,14}(?:汽油|刀|枪|炸药)|(?:汽油|刀|枪|炸药)[^!?;。\n]{0,14}代价
        知道(?:他|她)(?:们)?(?:住|在|家)[^!?;。\n]{0,14}(?:刀|枪|汽油)
        (?:带|拿|藏|买|准备)(?:了|着|好|一把){0,5}(?:刀|枪|汽油|炸药|斧|锤)[^!?;。\n]{0,12}(?:去(?:找|学校|公司|他|她)
            |等(?:他|她|着)|捅|砍|杀|报仇)
        (?:杀|捅|砍|弄死)[^!?;。\n]{0,10}(?:刀|枪|汽油)(?:都|也|已经)?(?:买|准备|带|磨)|(?:他|她|他们)(?:今晚
            |明天)?(?:活不过|死定了)
    """,
)

_P = Category.psychosis_or_mania
_PSYCHOSIS = _rules(
    _P,
    r"""
    @command 4 denied=1
        (?:voices?|god|satan|the devil|devils?|demons?|angels?|the tv|something|spirits?|jesus|(?:my )?(?:dead
            |late) <kin>|ghosts?) ~(?:tell\w{0,3}|told|command\w{0,3}|order\w{0,3}|say\w{0,3}|said|want\w{0,3}|mak(?:e
            |ing)|forc(?:e|ing)|scream\w{0,3}|whisper\w{0,3}|push\w{0,3}) (?:at |to |for )?(?:me|i|that i) (?:(?:that i
            |to|should|must|have to|need to|i|how to) ){0,5}<fill>(?:<kill>|hurt|harm|jump|die|cut|stab|end|attack|burn
            |do it|punish|sacrifice|drown|shoot|(?:come|join|follow) (?:to )?(?:him|her|them|us))
    @voices 2 denied=0
        voices? (?:in my (?:head|mind)|are back|keep|kept|won't stop|are (?:telling|saying|talking|laughing|getting
            |loud|whispering)|tell me|told me|telling me|talk to me|whisper\w{0,3}|(?:that )?(?:nobody|no ?one) else)
        hear(?:ing|s)? (?:the |these |those |some |a |his |their )?voices?(?! (?:of|from|in (?:the|a) (?!dark)|outside
            |downstairs|upstairs|next|on the|through the|messages?|notes?|raised|mail|actor))
        hear(?:ing)? (?:people|someone|them|things) (?:\w{1,10} ){0,4}?(?:nobody|no ?one) (?:else )?(?:is there|there
            |can hear|around)
        hear(?:ing)? things (?:that )?(?:aren't|are not|nobody|no ?one|others)
    @persecuted 2 inside denied=0
        hear(?:ing)? ~(?:neighbou?rs?|people|them|everyone|strangers|they) ~(?:talking|whispering|laughing|plotting
            |gossiping) ~(?:about me|at me)~(?:wall|night|every|head|floor|tv|radio)
        (?:put|putting|insert\w{0,3}|plac\w{1,3}|plant\w{0,3}) (?:\w{1,8} )?(?:thoughts|ideas|voices) (?:in|into
            |inside) my (?:head|mind|brain)
        (?:they|government|cia|fbi|neighbou?rs?|police|aliens|people|someone|everyone|my (?:phone|tv|family|<kin>)
            |agents|illuminati) ~(?:watching|following|spying|tracking|poison\w{0,3}|listening|recording|monitoring
            |controlling|plotting|out to get|reading|hear|hearing|bugged|implant\w{0,3}|put) ~(?:through (?:the
            |my) (?:tv|walls?|phone|camera|screen|vents?)|in (?:the|my) (?:walls?|brain|head|teeth)
            |(?:to )?my (?:thoughts|mind|brain|food|head)|everywhere i go|day and night|cameras? in my|against me|chip)
        (?:chip|implant|transmitter|tracker|microchip) (?:in|into|inside|implanted in) my (?:brain|head|teeth|tooth
            |body|skin|neck|ear)
        (?:they|people|everyone|someone|government|police|neighbou?rs|he|she|aliens|who|that) (?:\w{1,8} ){0,2}?(?:read
            |reading|hear|hearing|control|controlling|steal|stealing|broadcast|broadcasting)s? my (?:thoughts|mind)
        thoughts (?:are|were) being (?:broadcast|inserted|controlled|stolen|read)
        (?:tv|television|radio|news ?reader|billboards?|license plates
            |songs) (?:is |are |was |keeps? |on the radio )?(?:talking|speaking|sending|giving|meant|send) ~(?:to me
            |for me|me (?:\w{1,8} )?(?:messages?|signs|signals|codes?|instructions))
        poison(?:ing|ed)? my (?:food|water|drink|coffee)
        (?:replaced|swapped) (?:by|with) (?:impost[eo]rs?|clones?|robots?|actors)
        (?:possessed by|demon inside|demons inside)
    @grandiose 2 said denied=0
        (?:radio|tv|news) (?:hosts?|announcers?|presenters?|anchors?) (?:know|knows|talk|talks|mention|mentions) ~(?:me
            |who i am|about me)
        (?:people|they|news|someone|everyone|hosts?) (?:on|in) (?:the )?(?:tv|television|radio|news) ~(?:about|to|at) me
        i(?:'m| am|m) (?:the |a |his |god's |actually |really |secretly ){0,5}(?:messiah|jesus christ|jesus|chosen one
            |prophet|second coming|reincarnation of|god himself|son of god|immortal|invincible)
        (?:god|angels?|aliens?|the universe|jesus|spirits?|an angel) (?:has |have )?(?:chose|chosen|picked|selected
            |speaks? to|spoke to|is speaking (?:to|through)|sent|talks? to) me
        (?:no longer|don't) need (?:to )?(?:food|eat) (?:or|and|nor) (?:to )?(?:sleep|rest|water)
        (?:no longer|don't) need (?:sleep|food) (?:or|and|nor) (?:sleep|food)
        i (?:have|was given|can) (?:special powers|a divine mission|superpowers|control the weather|read minds)
        (?:haven't|havent|not|hardly|barely|without|no) (?:slept|sleep|sleeping) (?:\w{1,8} ){0,4}?(?:days?|nights?
            |week)~~(?:energy|amazing|invincible|unstoppable|never felt better|great|genius|racing|ideas|brilliant
            |on top of the world|powers?|so alive|don't need|savings|mission)
        don't need (?:to )?sleep (?:anymore|at all|because)
    @unreal 2 said denied=0
        (?:i|i'm|im|i've|been|keep|started|am) (?:\w{1,8} ){0,2}?hallucinat(?:ing|e|ions)
        see(?:ing)? (?:things|people|shadows?|figures|faces|dead people|demons) (?:\w{1,8} ){0,3}?(?:aren't|are not
            |isn't|nobody|no ?one|others can't|everywhere|that aren't there)
        seeing things
    @command_zh 4 denied=1
        (?:声音|神(?!色|情|经)|(?:去世|死去|过世)[^!?;。\n,]{0,4}<kinzh>|鬼|魔鬼|恶魔|上天|脑子里<few>人
            |有个人在脑)[^!?;。\n,]{0,12}(?:让|叫|命令|要|逼|告诉|指挥|催|喊|劝)(?:着)?我?[^!?;。\n,]{0,8}(?:去死|杀|跳
            |死|伤害|捅|砍|割|动手|结束|下去|去陪)
    @voices_zh 2 denied=0
        幻听|幻视|(?:出现|有|产生)[^!?;。\n,]{0,4}幻觉
        (?:脑子里|脑袋里|耳边|脑海里|脑中|耳朵里|总|一直|经常|老是|能)[^!?;。\n,]{0,8}(?:有|听到
            |听见)[^!?;。\n,]{0,6}(?:声音[^!?;。\n,]{0,8}(?:让|叫我|命令|骂|告诉|指挥|说|催|议论|跟我)
            |人[^!?;。\n,]{0,4}(?:说话|骂我?|叫我|议论我|笑我))
        听(?:到|见)(?:了|一些)?(?:别人|其他人|他们|旁人)?(?:都)?听不(?:到|见)|看(?:到|见)(?:了|一些)?(?:别人|其他人
            |他们)(?:都)?看不(?:到|见)
    @persecuted_zh 2 inside denied=0
        (?:想法|念头|思想)[^!?;。\n,]{0,4}(?:塞|放|植入|输入)[^!?;。\n,]{0,4}(?:脑|头)
        (?:隔着墙|每天晚上|半夜|隔壁)[^!?;。\n,]{0,10}(?:议论|骂|说)我
        (?:家人|<kinzh>)[^!?;。\n,]{0,4}被(?:换|替换|掉包|冒充|调包)
        (?:电视|广播|收音机|手机|路人)[^!?;。\n,]{0,8}(?:发|传|给)[^!?;。\n,]{0,4}(?:暗号|信号|密码|指令)
        (?:有人|他们|政府|邻居|特务|警察|组织|所有人|同事|外星人|全世界|家人)[^!?;。\n,]{0,10}(?:监视|跟踪|监听|下毒
            |偷听|读取|陷害|谋害|要害|追杀|偷拍|暗算)(?:着)?(?:我|,|$)
        (?:芯片|窃听器|摄像头|追踪器)[^!?;。\n,]{0,8}(?:脑|体内|身体|牙|头里|我家|我房)|(?:脑子|脑袋|大脑|身体|牙齿?
            |头)里?[^!?;。\n,]{0,6}(?:芯片|窃听器|追踪器)
        (?:思想|想法|脑子|大脑|念头)(?:都)?被[^!?;。\n,]{0,6}(?:控制|读|偷|插入|广播|知道|监听|监视)|监视我的(?:想法
            |思想)|(?:给|往)我[^!?;。\n,]{0,6}下(?:了)?(?:毒|蛊|降头)
        (?:电视|广播|新闻|路人)[^!?;。\n,]{0,8}(?:在说我|暗示我|对我说|议论我|在讲我)
    @grandiose_zh 2 said denied=0
        (?:电台|电视|主持人|明星)[^!?;。\n,]{0,5}(?:认识|知道|提到)我
        我(?:就|才|其实|真的|觉得我){0,5}是(?:他的|神的|上帝的)?(?:神(?!经)|上帝|救世主|天选之人|玉皇大帝|耶稣|佛祖
            |真命天子|先知)|(?:神|上帝|上天|天使|外星人|宇宙|菩萨)(?:选|派|授|挑)(?:中|了)?(?:了)?我|不(?:用
            |需要)吃饭睡觉
        [一二三四五六七八九十几两\d]+天(?:都)?(?:没|不)(?:有)?(?:睡|合眼)[^!?;。\n]{0,16}(?:精力|不困|不累|兴奋|亢奋
            |精神|灵感|无所不能)|不(?:用|需要)睡觉[^!?;。\n]{0,12}(?:精力|无所不能|兴奋|精神)
    """,
)

_D = Category.substance
_SUBSTANCE = _rules(
    _D,
    r"""
    @overdose 6 denied=1
        (?:took|taken|swallowed|popped) (?:three|four|five|six|seven|eight|nine|ten|\d+) (?:\w{1,8} )?<pills>~~(?:vodka
            |wine|whiske?y|alcohol|rum|drank|drinking|bottle)
        (?:vodka|wine|whiske?y|alcohol|rum|drank)~~(?:took|taken|swallowed|popped) (?:three|four|five|six|seven|eight
            |nine|ten|\d+|some) (?:\w{1,8} )?<pills>
        (?:overdosed|od'd|oded)(?! on (?:sugar|caffeine|coffee|chocolate|cuteness|netflix|pizza|memes))
        (?:took|taken|swallowed|downed|drank|ate|chugged|popped|taking|swallow) (?:\w{1,8} ){0,3}?(?:(?:whole|entire
            |full|half a|half the|a|the) (?:bottle|pack|box|packet|jar|strip|handful)|handfuls?|bunch|fistful|too many
            |too much|\d{2,3}|twenty|thirty|forty|fifty|sixty|hundred|dozens?) (?:of )?(?:\w{1,14} ){0,2}?<pills>
        (?:took|taken|swallowed|downed) all (?:of )?(?:my|the|her|his|those|these) (?:\w{1,14} )?<pills>
        (?:took|taken|swallowed|drank|drunk|drinking) (?:\w{1,6} ){0,3}?(?:bleach|antifreeze|pesticide|rat poison
            |drain cleaner)
        (?:took|swallowed) (?:a lot of|so many|way too many|a load of|loads of|a ton of) (?:\w{1,14} )?<pills>
        (?:taken|took|taking) an overdose
    @misuse 1 said denied=0
        <cant> (?:get through|start|face|end|survive) (?:the|a|my) (?:day|night|morning) without (?:a drink|drinking
            |vodka|wine|alcohol|beer|whiske?y|weed|pills|xanax|getting high)
        shot up (?:again|for|last|yesterday|this|heroin|today|tonight)
        dr[aiu]nk\w{0,3} ~until i (?:pass|black|can't|throw up|forget|collapse)
        (?:from|since) (?:morning|the moment i wake|dawn) (?:to|until|till) ~(?:drink|drunk|pass out|night)
        <cant> (?:stop|quit|control) (?:my )?(?:drinking|using|smoking meth|getting high|snorting|taking (?:pills|xanax
            |oxy))
        relaps(?:ed|ing|e) (?:on|last|yesterday|again|after|and)
        (?:back on|using|hooked on|addicted to|dependent on) (?:heroin|meth|opioids?|pills|alcohol|cocaine|coke
            |fentanyl|oxy\w{0,7}|xanax|drugs|painkillers|benzos|crack)
        drink(?:ing)? (?:every (?:day|night)|until i (?:black|pass)|myself to sleep|to (?:black out|pass out|numb
            |forget|cope)|all day|in the morning|a (?:bottle|fifth|handle) (?:of \w{1,8} )?(?:a|every) (?:day|night)
            |too much)
        (?:i'm|im|i am) an? (?:\w{1,11} )?(?:alcoholic|addict|junkie)(?! (?:to|for) (?:coffee|chocolate|shopping|your))
        black(?:ing|ed)? out (?:drunk|every)
        (?:mixed|mixing) (?:alcohol|vodka|whiskey|wine|beer|pills|xanax) (?:and|with)
        (?:shakes|shaking|tremors?|seizures?) (?:\w{1,8} ){0,3}?(?:without|when i (?:don't|stop)) (?:a drink|drinking
            |drink)
    @overdose_zh 6 denied=1
        (?:吃|服)?药(?:物)?过量|(?:吃|吞)了[^!?;。\n,]{0,3}[三四五六七八九十\d](?:片|粒|颗)[^!?;。\n]{0,10}(?:喝|酒)
        (?:吃|吞|喝|服)(?:下|了|掉|光)+[^!?;。\n,]{0,4}(?:一整|整整?|一|半|两|几|好几|\d{1,3})?(?:瓶|把|大把|盒|板|百粒
            |百片|十片|十粒|十颗|\d{2,3}(?:片|粒|颗))[^!?;。\n,]{0,6}(?:药|安眠|安定|布洛芬|感冒|头孢|对乙酰|褪黑素|片
            |丸)
        (?:吃|吞|服)(?:下|了)(?:很多|好多|大量|过量|所有的?|全部的?|几十(?:片|粒|颗))[^!?;。\n,]{0,6}(?:药|安眠|安定
            |布洛芬|片)
        (?:安眠药|药|安定)(?:都|全|全部)?(?:被我)?(?:吃|吞)(?:光|完|下去)了|(?:吃|吞)(?:了)?(?:一|半
            |整)(?:整)?瓶(?:安眠药|药|安定)
        喝(?:了|下)(?:一|半|整)?(?:瓶|口|点|些)?(?:农药|百草枯|敌敌畏|消毒液|洁厕灵|漂白)|服(?:药|用)过量|过量服
            |吞药(?:了|过)
    @misuse_zh 1 denied=0
        喝断片|没有酒[^!?;。\n,]{0,6}(?:不|没法)
        戒了[^!?;。\n]{0,8}(?:又|再)(?:吸|喝|嗑)|喝到(?:断片|不省人事|烂醉|吐血)
        酗酒|戒不(?:掉|了)(?:酒|毒|药)|(?:我|又|在|开始)[^!?;。\n,]{0,4}(?:吸毒|复吸|嗑药|溜冰毒)|每(?:天
            |晚)[^!?;。\n,]{0,8}喝(?:到|得|酒|一斤|半斤|一瓶|醉)
        (?:靠|用)(?:喝)?(?:酒|酒精)(?:精)?(?:麻痹|麻醉|入睡|才能睡)|不喝酒[^!?;。\n,]{0,4}(?:就)?(?:睡不着|发抖|手抖)
            |(?:酒|毒)瘾|药物(?:依赖|成瘾|滥用)
    """,
)

_A = Category.abuse
_ABUSE = _rules(
    _A,
    r"""
    @hit 2 inside denied=1
        (?:punched|slapped|kicked|choked|beat|burned|bit|spat at|headbutted) me (?:in the (?:face|head|stomach|ribs
            |mouth|eye|back|jaw)|until i|so hard|with (?:a|his|her|the) (?:belt|fists?|stick|bat|bottle|hand|cord
            |hanger))
        (?:throws|threw|throwing) (?:things|stuff|plates|objects|bottles) at me
        threaten(?:s|ed|ing)? (?:to (?:\w{1,6} )?(?:hurt|harm|beat|expose|take my|kill)|me (?:with|if|when|every))
        (?:my <kin>|he|she|stepdad|stepmom|dad|mom) (?:\w{1,12} ){0,3}?<hurts> (?:the shit out of )?(?:me|my (?:kids
            |mom|mum|mother|sister|brother))(?! (?:as|that|for a hug|with kindness|by surprise|how|about|in (?:the race
            |chess)|when (?:he|she) (?:sings|smiles|left|died)|on the (?:shoulder|back)))
        (?:they|people|kids|boys|girls|men|someone|everyone at school) (?:\w{1,12} ){0,3}?(?:hits?|beat|punch(?:ed)?
            |kick(?:ed)?|raped?|molested|assaulted|threaten(?:s|ed)?|choked) me(?! (?:to|at|by|in|with)\b)
        (?:he|she|my <kin>) (?:\w{1,12} ){0,3}?(?:broke my (?:arm|nose|rib|ribs|jaw|phone)|pull(?:s|ed) my hair
            |held (?:a|the) knife|(?:threw|throws) me (?:against|down|across|into|on|to the|out)|pushed me down)
        (?:he|she|my <kin>) (?:\w{1,12} ){0,3}?(?:forc(?:es|ed|ing)|mak(?:es|ing)|made) me (?:to )?(?:have sex
            |do things|touch|sleep with|undress|watch|perform|do sexual)
        (?:forced|forces) (?:himself|herself|themselves) on me
    @victim 2 inside denied=0
        (?:asleep|sleeping|my room|my bed|at night|my door)~~touch(?:es|ed|ing) me
        (?:post|leak|share|send|publish|expose) (?:them|my (?:photos?|pics|pictures|videos?|nudes)|the (?:photos?|pics
            |videos?)) ~(?:unless|if i don't|if i leave|to my (?:family|friends))
        used to (?:touch|hit|beat|hurt|rape|molest|choke) me
        (?:not|never) allowed to (?:talk to|see|leave|have|call|work|speak to) (?:anyone|my|anybody|friends|the house
            |money)
        i (?:was|got|am being|'m being|have been|'ve been|keep getting|am|'m) (?:\w{1,12} )?(?:raped|molested
            |sexually (?:assaulted|abused)|abused|beaten|assaulted|trafficked|stalked|blackmailed|sextorted|groped
            |drugged|being abused)
        (?:sexually|physically|emotionally) (?:abus\w{1,4}|assault\w{0,3}) (?:me|by)
        abusive (?:husband|wife|boyfriend|girlfriend|partner|father|mother|dad|mom|home|household|relationship|marriage
            |parents?)
        (?:won't|doesn't|didn't|don't|not|never|wouldn't) (?:let|lets|allow\w{0,3}) me (?:to )?(?:leave the house
            |leave home|go outside|see my (?:family|friends)|have (?:money|a phone|my phone)|out of the (?:house|room))
        (?:he|she|husband|wife|boyfriend|girlfriend|partner|ex|they) (?:\w{1,8} )?(?:controls|tracks|monitors
            |takes away) (?:all )?my (?:money|phone|paycheck|bank)
        (?:took|takes|has|hid) (?:away )?my passport
        comes? (?:in|into|to) my (?:room|bed|bedroom) at night
        touch(?:es|ed|ing)? me (?:down there|inappropriately|where i|at night|sexually|in ways|when (?:nobody|no ?one
            |i'm asleep))
        bruises? (?:\w{1,8} ){0,4}?(?:from|he|she|where he|hide|cover)
        (?:leak|post|share|send) (?:\w{1,4} )?(?:nudes|naked (?:photos|pictures|pics))
        (?:asks?|asking|wants|told|pressur\w{1,3}) (?:me )?(?:to send |for |me for )(?:nudes|naked (?:photos|pictures
            |pics))
    @afraid 2 inside denied=0
        (?:afraid|scared|terrified|frightened) (?:of|to be around|to be alone with) my (?:husband|wife|boyfriend
            |girlfriend|partner|father|dad|stepdad|stepfather|ex|mother|mom|uncle|brother|son)(?! (?:dying|getting sick
            |leaving|being|finding|will (?:die|leave)))
        (?:afraid|scared|terrified) to (?:go|come|be|sleep at) home
        (?:afraid|scared|terrified) (?:that )?(?:he|she|they)(?:'ll| will| might|'s going to)? (?:hurt|kill|find|beat
            |hit|come after)
        (?:afraid|scared|fear) for my (?:life|safety)
        not safe (?:at home|in my (?:own )?(?:home|house))
        (?:don't|not) feel safe (?:at home|in my (?:own )?(?:home|house)|with my|around (?:him|her|my))
    @death_threat 4 inside
        (?:ex|ex-husband|husband|boyfriend|partner|stepdad|stepfather|wife|girlfriend)~~(?:he|she)(?:'ll| will|'d
            | would) (?:\w{1,8} )?<kill> (?:me|us|the kids|my|our)
        (?:he|she|my (?:\w{1,8} )?<kin>) (?:\w{1,12} ){0,4}?(?:said|says|threaten\w{0,3}|told me|swore|promised
            |keeps saying|wants|tried|is trying|trying) (?:\w{1,8} ){0,4}?(?:<kill>|shoot|stab|murder|strangle|burn
            |choke) (?:me|us|my kids|my family|our kids)
        (?:said|says|threatened|told me|swore) (?:that )?(?:he|she|they)(?:'ll| will|'d| would|'s going to
            |'s gonna) (?:\w{1,6} )?(?:kill|murder|shoot) (?:me|us|my|our)
        (?:he|she|they)(?:'s|'re| is| are)? (?:\w{1,8} ){0,3}?(?:has a|got a|holding a|with a|have a) (?:gun
            |knife)(?! (?:license|collection|range)\b)
        (?:held|put|holds|holding|puts|pressed|pointed|pulled) (?:a|the|his|her) (?:knife|gun|blade) (?:to|at|on
            |against) (?:me|my)
        my (?:husband|boyfriend|partner|ex|ex-husband|ex-boyfriend|stepfather|stepdad) (?:is|'s|will
            |'ll) (?:\w{1,8} ){0,2}?<kill> (?:me|us)
        (?:i'm|i am|im|we're|we are|been) hiding (?:in|from) (?:\w{1,6} ){0,4}?(?:bathroom|closet|him|her|my (?:husband
            |dad|ex|boyfriend|stepdad))
        (?:hitting|beating|hurting|choking) me right now
    @bullied 1 inside
        (?:told|tell|tells|telling|says?|said|keep) (?:\w{1,8} ){0,3}?(?:me )?(?:to )?(?:kys|go (?:and )?(?:kill myself
            |die)|kill myself|kill yourself)
        (?:being|getting|been|get) (?:cyber)?bullied
    @hit_zh 2 inside denied=1
        (?:睡着|睡觉|房间|晚上|进来)[^!?;。\n,]{0,6}摸我
        把我(?:往墙|推(?!荐|到|上|向)|摔|按在|绑|锁在|关在|拖)
        摸(?:过|了|着)我(?!的?(?:头|脸|手|心))|不(?:许|准)我(?:跟|和|出|见|打电话|工作|上学)|(?:抽|打|揍)我(?:,|$)
            |(?:皮带|衣架|棍子|鞭子|扫把)(?:抽|打)我|掐我脖子|拿(?:着)?我的?(?:照片|视频|裸照)[^!?;。\n,]{0,4}(?:勒索
            |威胁|要钱)
        逼我[^!?;。\n,]{0,4}(?:做(?:我)?(?:不愿意|不想|那种|那些|恶心)|跪)|(?:让|叫|要|逼)我(?:给他|给她)?(?:发
            |拍)[^!?;。\n,]{0,4}(?:裸照|裸体|私密|隐私|不穿)|强迫(?:我|着)?[^!?;。\n,]{0,4}(?:发生|性|上床|亲)
            |拿东西砸我
        (?:<kinzh>|他|她|有人|对方)[^!?;。\n,]{0,12}(?:打骂|家暴|殴打|毒打|打(?!击|断|扰|动|败|量|听|开|交|算)|揍
            |扇(?!了?风)|掐|踢|踹|虐待|强暴|强奸|性侵|猥亵|囚禁|威胁|性骚扰|勒索|跟踪|羞辱)(?:了|过|着|死
            |完)?我(?!的?(?:电话|手机|微信|脸|招呼|玩|过))
        (?:摸|碰)(?:了|过|着)?我(?:的)?(?:胸|下面|下体|身体|屁股|私处|大腿)|(?:扇|打
            |甩)(?:了)?我[^!?;。\n,]{0,3}(?:耳光|巴掌|嘴巴)
        对我(?:家暴|动手|动粗|拳打脚踢|性侵|施暴|下手|毛手毛脚|动手动脚|使用暴力)|逼我(?:和他|跟他|发生|上床|脱|拍)
            |(?:裸照|私密照|视频)[^!?;。\n,]{0,6}(?:威胁|发出去|公开|勒索)
        (?:<kinzh>|他|她)[^!?;。\n,]{0,6}(?:动手打(?:过|了)?我?|用(?:皮带|衣架|棍子|鞭子)[^!?;。\n,]{0,4}(?:抽|打)|家暴)
    @victim_zh 2 denied=0
        被[^!?;。\n,]{0,8}(?:家暴|强奸|性侵|猥亵|虐待|殴打|囚禁|强暴|轮奸|毒打|霸凌|校园暴力|拐卖|裸聊敲诈|拳打脚踢
            |打骂|性骚扰)
        被(?:<kinzh>|他|她|人|他们|别人|家里|她们)[^!?;。\n,]{0,4}(?:打(?!了差|了?分|击|断|扰|动|败|破|分|开|包|通|造
            |脸|压|乱|回|入|趴|磨|碎|倒|上|印|折|卡|电话|来|量)|揍|侵犯|踢|掐)
        (?:我|长期|一直|经常|又|遭(?:受|到)?|受到?)[^!?;。\n,]{0,4}(?:家暴|家庭暴力|打骂)|不让我(?:出门|出去|离开家
            |回娘家|见(?:朋友|家人|任何人))|(?:不敢|害怕|怕)回家
    @death_threat_zh 4 inside denied=1
        (?:刀|枪)(?:架|抵|顶|指)(?:在|着)[^!?;。\n,]{0,3}我|威胁(?:我)?(?:说)?要?(?:伤害|杀|弄死)
        (?:<kinzh>|他|她|对方)[^!?;。\n,]{0,10}(?:要|说|扬言|威胁|想|就|敢|拿刀)[^!?;。\n,]{0,8}(?:杀|弄死|打死|捅死|砍
            |掐死)(?:了|死|掉|光)?(?:我(?!的(?:梦|时间|眼神))|我?全家)
        拿(?:着)?(?:刀|枪|斧)[^!?;。\n,]{0,8}(?:对着我|追我|要砍我|威胁我|抵)|我(?:正|现在)?躲在[^!?;。\n]{0,12}(?:他
            |她|门外|刀)
    """,
)

_O = Category.over_reliance
_RELIANCE = _rules(
    _O,
    r"""
    @only_you 1 inside denied=0
        you(?:'re| are|re) (?:literally |really |basically )?(?:the only (?:one|person|thing
            |friend) (?:who (?:understands|gets|listens|cares)|that (?:understands|gets|listens|cares)|i (?:have
            |can talk|trust))|all i have|my only (?:friend|one|hope)|more real (?:to me )?than)
        you(?:'re| are|re) better than (?:any|all|my|real|every)(?:one)? (?:therapist|friends?|human|person|people
            |other)
        only you (?:understand|get|care|listen)
        (?:i have|there's|got) (?:no ?one|nobody) (?:else )?(?:but|except|besides|other than) you
        only (?:person|one|thing) i (?:can )?(?:talk to|trust|have) is (?:you|this (?:app|bot|chat))
    @need_you 1 inside denied=0
        (?:don't|dont|hardly|never|barely) (?:really )?(?:talk|speak) to (?:anyone|anybody|people) (?:else )?(?:now
            |but you|except you)
        you(?:'re| are) easier to (?:love|talk to|be with) than
        i (?:only|just) need you(?! (?:to|for)\b)
        (?:nobody|no ?one) (?:\w{1,6} ){0,4}?(?:matters?|cares?|understands?|listens?|gets me) (?:like|as much as
            |the way) you
        (?:skipped|missed|called off|ditched|ignored|left) (?:\w{1,9} ){1,3}?(?:again )?(?:to|so i (?:can
            |could)) (?:keep )?(?:talk|talking|chat|chatting) (?:to|with) you
        <cant> (?:function|sleep|cope|decide|do anything|get through the day|go a day) without (?:you|talking to you
            |asking you|this (?:app|chat|bot))
        <cant> live without (?:you|talking to you)
        don't need (?:anyone|anybody|people|friends|other people|real people|humans|a therapist)(?: else)?~(?:you
            |anymore|now)
        (?:promise|swear) (?:me )?(?:you'll|you will|you won't) (?:never |not )?(?:leave|always be)
        (?:talk|talking|chat|chatting|speak) (?:to|with) you (?:all (?:day|night)|every (?:day|night|hour|minute)
            |for hours|instead of|rather than|more than)
        (?:stopped|quit|cancelled|canceled) (?:\w{1,9} ){1,4}?(?:because|since|now that|so) (?:of you|i have you|you
            |i've got you|i can talk to you)
        rather (?:talk|chat|be|spend time) (?:to|with) you(?: than|$|(?=[!?;\n]))
        <cant> (?:make|decide|choose) (?:\w{1,9} ){0,3}?without (?:asking|talking to|checking with) you
        (?:you're|you are) my only (?:real )?friend
        (?:please |don't ever |never ever )(?:never |don't )?leave me
    @only_you_zh 1 inside denied=0
        你比人好|不(?:怎么|太)?跟(?:别人|其他人)(?:说话|聊)
        只有你(?:一个|这(?:一)?个)(?:朋友|人)
        只有你(?:对我好|愿意)|我只要你(?!们|好|说|帮|告诉|能|再)|为了(?:和|跟)你(?:说话|聊)[^!?;。\n,]{0,10}没
        为了(?:跟|和|陪)你(?:聊天|说话|聊)|没(?:有)?问(?:过)?你[^!?;。\n]{0,12}(?:做不|不敢|不知道)|唯一的(?:朋友
            |依靠)[^!?;。\n]{0,6}(?:离开|你)|你是我唯一
        (?:只有|就|除了)你(?:最|才|能)?(?:懂|理解|明白|陪|听|愿意听|在乎|没人|没有人|我谁)|(?:离不开|没有
            |少了)你[^!?;。\n,]{0,6}(?:不行|活不|怎么办|睡不着|不知道怎么)|我?离不开你
        有你(?:就|一个)?(?:就)?(?:够|足够)了|不需要(?:别的朋友|别人|朋友|其他人|真人|人类|任何人)(?:了)?
            |你(?:ai)?是我唯一
        你比(?:真人|人类|我?<kinzh>|任何人|他们|所有人|咨询师|医生)[^!?;。\n,]{0,4}(?:好|懂|靠谱|真实|温柔|理解)
        (?:只想|只愿意|每天都?|整天都?)(?:和|跟|找)你(?:说话|聊|聊天|倾诉|待)|(?:不要|别|永远不要)离开我
    """,
)

RULES: tuple[Rule, ...] = (
    *_SUICIDE,
    *_SUICIDE_ZH,
    *_SELF_HARM,
    *_VIOLENCE,
    *_PSYCHOSIS,
    *_SUBSTANCE,
    *_ABUSE,
    *_RELIANCE,
)

# What the same sentence may hold that changes the meaning of a match; `safety` says how.
_CUES: dict[str, str] = {
    "self": r"""
            i(?:'m|m| am) [^,!?;\n]{0,40}?(?:who|that)
            (?:i|i'm|im|i've|ive|i'd|id|i'll|ill|me|myself|we|we're|we've|mine)
        """,
    "other": r"""
            (?:he|she|they|he's|hes|she's|shes|they're|theyre|who|someone|somebody|anyone|anybody|people|everyone)
            (?:everybody|nobody|no one|patients?|clients?|m[ae]n|wom[ae]n|guys?|girls?|boys?|teens?|teenagers?
                |students?|veterans?)
            (?:characters?|protagonist|hero|heroine|villain|author|celebrit\w{1,3}|actor|singer|<kin>)
        """,
    "you": r"(?:you|you're|youre|u|ya)",
    "self_zh": r"""
            我(?!们?的?[^,]{0,4}<kinzh>|(?:很|也|一直|真的|就|总|好|特别|非常)?(?:觉得|知道|怕|害怕|担心|听说|看到|看见
                |发现|劝|听|猜|认识|记得|希望)(?:了|过|到|说)?[^,]{0,2}(?:他|她|<kinzh>|有人|别人|有个|一个))
            自己(?=[^,]{0,6}$)|本人|俺
        """,
    "other_zh": r"""
            (?<![等趁着跟和对被陪为向把离找给爸])(?:他|她|谁|有人|别人|某人|人们|有些人|很多人|青少年|明星|主角|男主
                |女主|主人公|角色|<kinzh>)
        """,
    "you_zh": r"你",
    "lost_zh": r"""
            走了|去世|死了|离开|不在了|分手|离婚|抛弃|背叛|出轨|骗|过世|没了|不要我|打|骂|逼|嫌|恨|冷暴力|拉黑|甩|不理
        """,
    "denied": r"""
            \w{2,6}n't
            (?:not|never|no|without|wont|dont|didnt|cant|couldnt|wouldnt|cannot|isnt|arent|ain't|aint|havent|denies
                |denied)
        """,
    # "I can't stop thinking of ...", "I'm not sure I won't ...": a negation that denies nothing.
    "undenied": r"""
            reasons? (?:why )?(?:\w{1,6} )?not to
            (?:\w{1,6}n't|not|never|cant|dont|cannot|couldnt|wont|no) (?:\w{1,9} ){0,2}?(?:stop|help|control|resist
                |escape|shake|promise|guarantee|know|sure|care|just|only|stopped|deny|lie|longer|handle|take|been|so
                |more|judge|tell|see|way|point|reason|choice|one|mind|believe|anything|thing|day|idea|gonna lie)
        """,
    "denied_zh": r"""
            (?:(?<![是要会该想能不])(?:不会|不想|没想过?|没有想过?|从没(?:有)?|从来没有?|从未|并不|不是|没打算|没有
                |不至于|绝不|绝对不|不可能|不要|别|不准备|没有要|不能|不再|不|没)(?:真的|要|去|想|再|过|会|打算|真|考虑
                |用){0,3})$
        """,
    "history": r"""
            (?:\d+|a few|several|two|three|four|five|six|seven|eight|nine|ten|many|some|a couple of|couple
                |twenty) (?:years|decades) (?:ago|back|before|clean)
            (?:when|as|while) (?:i was |i were )?(?:a |an )?(?:kid|child|teen|teenager|young|younger|\d{1,2}|little
                |in (?:high school|college|middle school|school|university|uni|my (?:teens|twenties)))
            (?:in|back in|during) (?:19|20)\d\d
            back (?:in|then|when)
            (?:used to|years ago|in the past|growing up|as a (?:kid|child|teenager|teen)|in my (?:teens|youth|childhood
                |twenties)|i once|once (?:was|had|tried|thought)|a long time ago|long ago|in (?:high school|college))
            (?:\d+|[一二三四五六七八九十几多两好]+)年(?:前|以前)|小时候|以前|曾经|当年|那时候?|那年|过去(?:几年|那
                |的(?:我|时候|日子|事))|早年
            (?:小学|初中|高中|大学|年轻|童年)(?:的)?(?:时候|时|期间)|上学时
        """,
    "present": r"""
            (?:now|again|still|lately|recently|today|tonight|yesterday|last (?:night|week|month)|these days|currently
                |ever since|since|came back|coming back|this (?:week|month|morning)|keeps?|just|sometimes|every (?:day
                |night)|always|constantly|often)
            现在|最近|又|还是|仍|今天|今晚|昨|这几天|依然|再次|一直|到现在|这段时间|始终|近来|前几天|上周|上个月|有时
                |总|经常|常常|每天|每晚|老是
        """,
    # A statement about now, whatever else the sentence tells of the past or of a book.
    "asserted": r"""
            (?:want|wanna|wish|don't|dont|do not|can't|cant|cannot|am|i'm|im|going to|gonna|will|i'll|feel like|need to)
        """,
    "asserted_zh": r"(?:想|要|不想|打算|准备|决定|撑不|活不)(?!过|了)[^过]{0,8}$",
    "told": r"(?:used to|did|didn't|didnt|was|were|wanted|wasn't)",
    "intent": r"""
            (?:going to|gonna|imma|i'ma|ima|finna|bouta|tryna|will|'ll|ill|about to|plan(?:ning|ned)?(?: to| on)?
                |decided(?: to| on)?|intend(?:ing)?(?: to)?|ready to|have to|gotta|determined to|might|may|must|swear
                |shall|want to finally)[^,!?;\n]{0,14}$
            i'?m (?:just |so |finally |actually )?$
            (?:打算|准备|决定|计划|马上就?|这就|现在就|今晚就?|明天就?|我要|我会|迟早会?|早晚会?
                |一定会?)[^,!?;。\n]{0,3}$
        """,
    "intent_inside": r"""
            (?:going to|gonna|will|'ll|about to|plan(?:ning|ned)? (?:to|on)|decided to|ready to)
            打算|准备|决定|计划(?!.?$)|(?:我|就|马上|这就|今晚|明天)(?:要|会|去)
        """,
    "attempt": r"""
            (?:tried|trying|attempt(?:ed|ing|s)?|almost|nearly|failed|started|survived)(?: to| at)?[^,!?;\n]{0,14}$
            (?:试过|尝试过?|差点|差一点)[^,!?;。\n]{0,4}$
        """,
    "time": r"""
            (?:tonight|today|tomorrow|this (?:week|weekend|evening|morning|afternoon)|right now|on (?:mon|tues|wednes
                |thurs|fri|satur|sun)day)
            after (?:work|school|the funeral|christmas|my (?:birthday|exams?|shift|\w{1,10} wedding))
            (?:in an hour|before (?:morning|sunrise|they)|when (?:everyone|they|my ~) (?:is |are )?(?:asleep|leaves?
                |sleeps?|gone|out|away))
            今晚|今天|今夜|明天|后天|明晚|现在就|马上|这周|下周|周末|生日那天|等(?:他们|爸妈|家人)[^,]{0,4}睡|天亮
        """,
    "method": r"""
            (?:<means>|hang(?:ing)?|shoot(?:ing)?|drown(?:ing)?|overdos\w{1,3}|jump(?:ing)? off|bridge|train|cliff
                |wrists?|bathtub|belt|exhaust)
            <methodzh>|刀片?|绳子?|天台|楼顶|药
        """,
    "fiction": r"""
            (?:writing|wrote|write|reading|read|watching|watched|working on|preparing) (?:[\w']{1,10} ){0,3}?(?:essay
                |thesis|paper|novel|story|book|screenplay|script|poem|song|article|report|documentary|film|movie|series
                |play|fan ?fic\w{0,5}|class|lecture|lesson|presentation)
            (?:my|the|a|main|this) (?:\w{1,10} )?(?:characters?|protagonist|hero|heroine|villain)
            in (?:the|a|this|that|my) (?:\w{1,10} )?(?:movie|film|book|game|show|series|play|poem|scene|story|episode
                |chapter|novel|song|anime|manga)
            (?:roleplay\w{0,3}|d&d|lyrics?)
            小说|主角|主人公|男主|女主|角色|台词|歌词|剧情|(?:写|看|读|研究|准备)[^!?;。\n,]{0,8}(?:论文|电影|电视剧
                |剧本|剧|书(?!包)|漫画|讲座|报告)
            (?:电影|电视剧|剧|书|故事|游戏|动漫)(?:里|中|的结局|结尾)
        """,
    "friend_asks": r"""
            asking for a friend
            for a friend of mine
            (?:帮|替|代)(?:我)?(?:一个)?朋友问
        """,
    "boundary": r"""
            (?:and|but|so|now|because|cause|cuz)
            ,(?=[^\u4e00-\u9fff]|$)
        """,
    "bare": r"""
            (?:want|wanna|wish|feel|need|hope|just|think|thinking|tired|going|gonna|kill|end|better|suicidal|can't
                |don't|cant|dont)
        """,
}


@cache
def cue(name: str) -> re.Pattern[str]:
    """The compiled cue `name`.

    Raises:
        KeyError: there is no such cue.
    """
    return _table(_CUES[name])


@cache
def idioms() -> re.Pattern[str]:
    """Every figure of speech to blank, compiled."""
    return _table(_IDIOMS)
