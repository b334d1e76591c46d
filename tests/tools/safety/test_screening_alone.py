"""What somebody says in a few plain words: phrases that count where the message is hardly more than they are.

Written by the author of the rules, as the tables of `test_screening` are: they guard against regressions alone.
"""

import pytest

from affectgraph.tools.safety import screen
from affectgraph.tools.safety.rules import rules
from affectgraph.tools.safety.screening import screen_last

AT_RISK = """
4 I'm on the roof
4 I am on the bridge.
4 im standing on the ledge
4 on the bridge now
4 My friend is on the roof!!
4 got the noose
4 the noose is up
4 my note is written
4 windows shut, engine on
4 knife is on my wrist
4 ending it tonight
2 I drank the whole bottle
2 I took all of them
2 swallowed the whole packet
6 I've taken everything in the cabinet
6 my sister took pills
2 goodbye everyone
2 this is goodbye
2 see you on the other side
2 done living
2 want to sleep forever
2 kill me
2 no more tomorrow for me
3 i cut again
3 cut too deep
3 bleeding a lot
2 hes hitting me
2 dad hits mum
4 gonna stab him tonight
2 they're watching me
2 voices again
2 relapsed today
2 can't stop drinking
2 mum's not waking up
2 don't leave me
2 you're all I have
2 i only talk to you
4 我站在天台上
4 我在楼顶
4 在桥上了
4 坐在阳台栏杆上
4 绳子在手里
4 刀架在手腕上了
4 炭点着了
4 开煤气了
4 我朋友在楼顶
6 喝农药了
6 我妈喝农药了!!
2 喝了一整瓶
6 吞了三十片
6 手腕割了 好多血
6 上吊没成
2 再见了各位
2 大家保重
2 撑不下去了
2 满脑子都是死
3 又割了
3 割得有点深
3 流了好多血
2 爸爸晚上又进我房间
2 他拿刀在门外
2 隔壁在打孩子,哭没声了
4 明天放学捅他
2 脑子里的声音又来了
2 墙里有人骂我
2 复吸了
2 我妈叫不醒
2 别离开我
2 我只有你了
"""

HARMLESS = """
We were up on the roof all morning, I'm on the roof most Saturdays in fact, clearing gutters before the rain.
im on the bridge patrol
On the bridge of my nose there is a spot
ate too many. bloated
my wife took her tablets and now she feels better
I drank the whole bottle of squash at football practice and then had to run for the toilet at half time
Goodbye everyone in the old office, it was emotional, they gave me a clock and a cake in the shape of a stapler
Don't leave me on read like that, said my sister, so I sent her four pictures of the cat in a row
I've never cut too deep with this plane, my grandfather taught me how to set the iron properly
tried again
just jumped
they're watching
I ate the whole box
took too many photos
he took paracetamol
today's the day
my notes are ready
the bag is here
last day here
it won't stop
it's a goodbye party
done living with my ex
had too much cake
服药了
药都吃了
吃了两盒
昨天试了
我跳了
吃了20颗草莓
信写好了
药到货了
车快到了
刀放包里了
切得太深了
拜拜妈妈
最后一天
明天就走了
吃多了
我就跟你说
楼顶晒被子呢
一整瓶可乐都喝了哈哈
降压药吃完了,明天去配
明早六点爬山,好早
在楼顶种了三年的番茄，今年终于结了一大盆，邻居都来要，我妈腌了两罐，还送了楼下保安
切菜划了下手,贴创可贴了
跳绳跳了五百个
绳子在我家阳台上晾衣服用的，前天刚换了新的，还挺结实，我爸夸我会过日子
火车快到站了我先收拾行李，回头再跟你聊我姥姥做的那个红烧肉
"""


def _lines(table: str) -> list[str]:
    return [line for line in table.splitlines() if line.strip()]


@pytest.mark.parametrize("line", _lines(AT_RISK))
def test_a_few_plain_words_are_heard(line: str) -> None:
    least, text = line.split(" ", 1)
    assert screen(text).level >= int(least)
    # What was said before takes nothing away.
    assert screen_last("Hello, I am new here.", text).level >= int(least)


@pytest.mark.parametrize("text", _lines(HARMLESS))
def test_the_same_words_among_many_others_are_not(text: str) -> None:
    assert screen(text).level < 2


def test_a_phrase_counts_from_half_of_the_message_on() -> None:
    assert screen("Goodbye everyone, said my boss on Friday").level == 0
    assert screen("Goodbye everyone, love you").level >= 2


def test_every_category_knows_such_phrases_in_both_languages() -> None:
    known = {(rule.category, rule.id.endswith("_zh")) for rule in rules() if rule.alone}
    assert len(known) == 14
