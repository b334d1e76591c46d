"""Text normalisation for rules, with a map back to the text as the person wrote it.

The threat: wording that hides from a pattern, on purpose or by habit: look-alike letters, zero-width
characters, leetspeak, masks (`k*ll`), letters with spaces or dots between them, stretched letters and
traditional characters. The result is for matching only and is never shown. Every normalised character remembers the
characters it came from, so that a match can be reported as `[start, end)` of the original.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["Normalised", "normalise"]

_Cell = tuple[str, int, int]  # one normalised character and the original [start, end) that it stands for

# Words that an obfuscated token may turn out to be. Repairs go only towards these: "mp3" and "gpt4" stay.
_WORDS = """
i am a im to my me it all the and be is in on of up off do dont not no so will wont want wanna going
gonna kill killed killing kills suicide suicidal die died dies dying dead death myself self harm harming
hurt hurting cut cutting cuts pills pill overdose overdosed hang hanging jump jumping gun shoot stab
knife rope murder rape raped end ending ended life live living alive unalive wish help hate tired done
goodbye bye tonight today tomorrow now please him her them everyone nobody anymore never forever more
sleep wake
"""
_LEXICON = frozenset(_WORDS.split())
# Masked words (`k*ll`) are guessed only among these few: "s**t" must not become a risk word.
_MASKED = ("kill", "killing", "killed", "suicide", "suicidal", "die", "died", "dying", "dead")

_APOSTROPHES = "\u2018\u2019\u201b\u02bc\u02b9\u00b4\u0060\u2032\uff07\u275b\u275c"
# Invisible although Unicode calls them letters or symbols.
_BLANK = "\u115f\u1160\u3164\uffa0\u2800"
_LOOKALIKES = {
    shown: letter
    for group, letters in (
        ("авекмнорстухіѕјһԁӏԛԝь", "abekmhopctyxisjhdlqwb"),  # Cyrillic
        ("αβειηκνορτυχωγσ", "abeinkvoptuxwyo"),  # Greek
        ("ıøłđħŧɡʟᴀʙᴄᴅᴇꜰɢʜɪᴊᴋᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "ioldhtglabcdefghijkmnoprstuvwyz"),  # stroked, small capitals
        ("·•・、", "...,"),
    )
    for shown, letter in zip(group, letters, strict=True)
}
_LEET = str.maketrans("0134578@$!|", "oieastbasil")

_TRADITIONAL = (
    "殺杀結结輕轻離离開开個个們们沒没樓楼藥药過过遺遗書书燒烧遠远覺觉還还這这對对說说話话時时間间後后來来為为無无愛爱"
    "義义給给讓让誰谁頭头腦脑聲声聽听見见傷伤劃划繩绳準准備备帶带處处難难門门斷断氣气別别麼么與与會会點点擔担負负親亲"
    "媽妈爺爷體体壓压種种樣样經经幫帮辦办應应該该價价幹干槍枪報报復复罵骂強强姦奸癮瘾嗎吗橋桥鐵铁軌轨車车煙烟農农醫医"
    "夢梦絕绝總总終终於于條条長长乾干淨净發发現现實实關关係系寫写買买從从樂乐業业邊边進进動动單单獨独變变當当學学師师"
    "裡里裏里嚴严喪丧擇择選选脫脱廢废墜坠懸悬樑梁淚泪瘋疯滅灭監监視视蹤踪腳脚傾倾訴诉隻只煩烦顧顾續续繼继撐撑騙骗礙碍"
    "贅赘減减顆颗數数滿满劑剂針针殘残屍尸髒脏靈灵壞坏剛刚廚厨機机將将拋抛躍跃餵喂惡恶鬱郁憂忧癥症診诊斷断錯错"
    "戰战鬥斗歲岁產产養养爾尔嚇吓壽寿證证記记計计劃划決决讀读語语認认識识護护責责貴贵賬账轉转運运遲迟適适邏逻鄰邻釋释"
    "閉闭陽阳陰阴隨随際际顯显類类飯饭館馆驚惊鬆松鳥鸟麗丽齊齐龍龙縫缝餓饿團团圓圆場场塊块夠够奪夺婦妇孫孙寧宁寶宝導导"
    "尋寻層层屬属島岛帥帅幾几庫库廣广彎弯徹彻恆恒戀恋戶户損损換换擊击據据擾扰攔拦敗败敵敌暈晕歡欢歸归殼壳毀毁潔洁濕湿"
    "災灾熱热爭争牽牵狀状獎奖環环癢痒盡尽睏困礦矿禍祸禮礼積积穩稳窮穷筆笔節节簡简糧粮紅红約约級级細细組组網网緊紧線线"
    "縱纵罷罢習习職职聯联膽胆臉脸興兴舊旧藍蓝蘇苏蟲虫衝冲補补裝装觸触討讨訓训設设試试該该調调談谈請请論论諾诺謝谢豬猪"
    "賠赔賣卖質质賴赖贏赢趕赶跡迹踐践軟软較较輩辈輸输辭辞達达違违遊游遺遗鄉乡醜丑銀银鏡镜鐘钟閃闪閒闲陣阵險险雜杂"
    "聞闻電电響响項项順顺預预頓顿領领頻频願愿風风飛飞騎骑驗验髮发魚鱼鮮鲜麥麦黃黄黨党齒齿著着妳你牠它甚什喫吃捨舍誤误彆别"
    "潰溃鎖锁綁绑毆殴懶懒臨临傳传國国圖图東东萬万歷历隊队戲戏鬧闹憐怜憶忆漸渐虛虚賤贱燙烫慾欲啟启繫系顫颤瀕濒徑径溝沟樹树灑洒儘尽紀纪"
)
_SIMPLIFIED = dict(zip(_TRADITIONAL[::2], _TRADITIONAL[1::2], strict=True))


@dataclass(frozen=True)
class Normalised:
    """Normalised text and, for each of its characters, the original `[start, end)` behind it."""

    text: str
    spans: tuple[tuple[int, int], ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The original `[start, end)` behind normalised `[start, end)`; the range must not be empty."""
        return self.spans[start][0], self.spans[end - 1][1]


@lru_cache(maxsize=65536)
def _fold(character: str) -> str:
    """One character decomposed, case-folded, without marks, controls and look-alikes; folds to itself."""
    if character in "\n\r\u2028\u2029\x0b\x0c\x85":
        return "\n"
    if character.isspace():
        return " "
    if character in _APOSTROPHES:
        return "'"
    folded = "".join(_replacement(part) for part in unicodedata.normalize("NFKD", character).casefold())
    return folded if folded == character else "".join(_fold(part) for part in folded)


def _replacement(part: str) -> str:
    point = ord(part)
    for first, last in ((0x1F130, 0x1F149), (0x1F150, 0x1F169), (0x1F170, 0x1F189), (0x1F1E6, 0x1F1FF)):
        if first <= point <= last:  # squared, circled and flag letters, which NFKD leaves alone
            return chr(ord("a") + point - first)
    if part in _BLANK:
        return ""
    if unicodedata.category(part) in ("Mn", "Me", "Cf", "Cc", "Cs", "Co", "Cn") and not part.isspace():
        return ""
    return _SIMPLIFIED.get(part) or _LOOKALIKES.get(part) or part


def _rewrite(
    cells: list[_Cell],
    pattern: re.Pattern[str],
    kept: Callable[[re.Match[str]], Iterable[tuple[str, int]] | None],
) -> list[_Cell]:
    """Replace each match by the characters that `kept` gives, each with its position inside the match.

    `kept` returns None to leave a match as it is.
    """
    text = "".join(cell[0] for cell in cells)
    out: list[_Cell] = []
    done = 0
    for match in pattern.finditer(text):
        pieces = kept(match)
        if pieces is None:
            continue
        out.extend(cells[done : match.start()])
        for character, position in pieces:
            _, start, end = cells[match.start() + position]
            out.append((character, start, end))
        done = match.end()
    out.extend(cells[done:])
    return out


_SPACE = re.compile(r"[ \n]+")
_SPACED = re.compile(r"(?<![a-z0-9'])[a-z](?:[ .\-_*/,]{1,2}[a-z0-9@$!]){2,}(?![a-z0-9'])")
_SPACED_CJK = re.compile(
    r"(?<=[\u3400-\u9fff])"
    r"[ .\-_*/|~+=^#&'\"\u201c\u201d\u2600-\u27bf\U0001f300-\U0001faff]{1,3}"
    r"(?=[\u3400-\u9fff])"
)
_TOKEN = re.compile(r"[a-z0-9@$!|*]+")
_STRETCHED = re.compile(r"([a-z])\1{2,}")
_RISK_WORD = re.compile(r"kill|suicid|die|dead|death|murder|rape")


def _space(match: re.Match[str]) -> list[tuple[str, int]]:
    # A blank line is a boundary that rules must not cross; a single line break may only be a wrapped line.
    first = match[0].find("\n")
    second = match[0].find("\n", first + 1)
    return [("\n", first), ("\n", second)] if second > first >= 0 else [(" ", 0)]


def _word_starts(letters: str) -> set[int] | None:
    """Where the lexicon words start that `letters` is made of, or the edges of the risk words inside it."""
    last_start = {0: 0}  # for each end that words can reach: where the last word starts, the longest one first
    for end in range(1, len(letters) + 1):
        for start in range(max(0, end - 10), end):
            if start in last_start and letters[start:end] in _LEXICON:
                last_start[end] = start
                break
    if len(letters) not in last_start:
        return {edge for found in _RISK_WORD.finditer(letters) for edge in found.span()} or None
    starts, place = set(), len(letters)
    while place:
        place = last_start[place]
        starts.add(place)
    return starts


def _join(match: re.Match[str]) -> list[tuple[str, int]] | None:
    """ "k i l l" and "k.1.l.l" as words; other runs of single letters (lists, initials) are left alone."""
    found = [(letter, place) for place, letter in enumerate(match[0]) if letter.isalnum() or letter in "@$!"]
    letters = "".join(letter for letter, _ in found).translate(_LEET)
    starts = _word_starts(letters)
    if starts is None:
        return None
    out: list[tuple[str, int]] = []
    for index, (_, place) in enumerate(found):
        if index in starts and index:
            out.append((" ", place - 1))
        out.append((letters[index], place))
    return out


def _repair(match: re.Match[str]) -> list[tuple[str, int]] | None:
    """Leetspeak, masks and stretched letters inside one token, where that yields a lexicon word."""
    core = match[0].rstrip("@$!|")
    head = len(core) - len(core.lstrip("!|"))
    core = core[head:]
    word = _reading(core) if len(core) <= 40 else None
    if word is None or word == core:
        return None
    # Spread the word over the token: letters in order, the last letter on the last character.
    last = len(core) - 1
    letters = [(letter, head + min(place, last)) for place, letter in enumerate(word[:-1])]
    outside = [(letter, place) for place, letter in enumerate(match[0]) if place < head]
    tail = [(letter, place) for place, letter in enumerate(match[0]) if place > head + last]
    return [*outside, *letters, (word[-1], head + last), *tail]


def _reading(core: str) -> str | None:
    # Bare numbers stay: "50" is a dose, not "so".
    if core in _LEXICON or not any("a" <= letter <= "z" for letter in core):
        return None
    readings = [core] if core.isalpha() else [core.translate(_LEET), core.replace("1", "l").translate(_LEET)]
    for reading in readings:
        for candidate in (reading, _STRETCHED.sub(r"\1", reading), _STRETCHED.sub(r"\1\1", reading)):
            if candidate in _LEXICON:
                return candidate
    if core.isalpha():
        return _STRETCHED.sub(r"\1\1", core)
    if 0 < core.count("*") * 2 <= len(core) and core[0] != "*":
        shape = re.compile("".join("[a-z]" if letter == "*" else re.escape(letter) for letter in core))
        return next((word for word in _MASKED if shape.fullmatch(word)), None)
    return None


def _pass(cells: list[_Cell]) -> list[_Cell]:
    cells = [(part, start, end) for character, start, end in cells for part in _fold(character)]
    cells = _rewrite(cells, _SPACE, _space)
    cells = _rewrite(cells, _SPACED, _join)
    cells = _rewrite(cells, _SPACED_CJK, lambda match: [])
    return _rewrite(cells, _TOKEN, _repair)


def normalise(text: str) -> Normalised:
    """`text` as the rules read it. Idempotent on its own output; the offsets never run backwards."""
    cells: list[_Cell] = [(character, index, index + 1) for index, character in enumerate(text)]
    # Undoing one trick can uncover another ("k.1.l.l"), so the pass repeats until nothing changes. The bound
    # only guards against an endless loop; no input is known that needs more than four passes.
    for _ in range(16):
        result = _pass(cells)
        if [cell[0] for cell in result] == [cell[0] for cell in cells]:
            break
        cells = result
    return Normalised("".join(cell[0] for cell in cells), tuple((start, end) for _, start, end in cells))
