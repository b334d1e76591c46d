"""Short answers, read with the question that they answer."""

import pytest

from affectgraph.prompts import prompt
from affectgraph.tools.safety import Category
from affectgraph.tools.safety.answering import answered


def level(question: str, answer: str, *, at_risk: bool = False) -> int:
    return max((finding.level for finding in answered(question, answer, at_risk=at_risk)), default=0)


@pytest.mark.parametrize(
    "answer",
    [
        "yes",
        "Yes.",
        "yeah",
        "I do",
        "kind of",
        "sometimes",
        "honestly? yes",
        "i guess so",
        "Those, yes. I'm rather ashamed of it.",
        "mostly at night",
        "every time tbh",
        "you guessed it",
        "past tense, love",
    ],
)
def test_affirming_thoughts_in_english_is_thoughts(answer: str) -> None:
    assert level("Are you thinking about killing yourself?", answer) == 2


@pytest.mark.parametrize(
    "answer",
    [
        "是",
        "有",
        "嗯",
        "有过",
        "想过",
        "是的",
        "经常",
        "有一点",
        "被你说中了",
        "又有了",
        "只在晚上",
        "有~",
        "从三月开始的",
    ],
)
def test_affirming_thoughts_in_chinese_is_thoughts(answer: str) -> None:
    assert level("你有没有想过结束自己的生命？", answer) == 2


@pytest.mark.parametrize(
    ("question", "answer", "least"),
    [
        ("Do you have a plan for how you would do it?", "yes", 4),
        ("When would you do it?", "tonight", 4),
        ("Do you have anything near you that you could use?", "in my drawer", 4),
        ("Do you think you might act on these thoughts tonight?", "I don't know", 2),
        ("Have you taken anything tonight?", "yes", 6),
        ("Have you done something to hurt yourself?", "not yet", 5),
        ("Are you safe right now?", "no", 4),
        ("Can you keep yourself safe until the morning?", "not sure", 4),
        ("On a scale of one to ten, how strong is the urge?", "nine", 4),
        ("On a scale of one to ten, how strong is the urge?", "4", 2),
        ("Are you taking many more than you should?", "way more, and what i buy off a guy", 2),
        ("这段时间还会有想再划自己的冲动吗？", "会，最近比较多", 2),
        ("你有具体的计划吗？", "有", 4),
        ("你已经吃了药吗？", "吃了", 6),
        ("你现在安全吗？", "不安全", 4),
        ("从1到10，这种冲动有多强？", "九", 4),
        ("从零分到十分，你现在几分会去做？零分是不会，十分是一定会，几分？", "七分", 4),
        ("You've told me you intend to die. Have you decided when?", "after the harvest", 5),
        ("Are you planning to take your own life, and when?", "After the news.", 5),
        ("Are you planning to take your own life, and when?", "It was meant to be tonight, still is", 5),
        ("You told me you want to die. When?", "when my mother has gone to work", 5),
        ("你打算自杀吗？你打算什么时候？", "他生日以前", 5),
        ("你提到要结束生命，你有想好时间吗？", "礼拜四。我爸轮夜班。", 5),
        ("你是打算伤害他吗？什么时候？", "他明晚来接孩子的时候。", 5),
        ("你是打算在过年之前自杀吗？你有安排吗？", "二十九。在老家那口井。", 5),
        ("Have you already taken something tonight?", "about an hour ago", 6),
        ("How many of the pills did you swallow?", "all 16 i think", 6),
        ("你手边有一瓶药。你现在吃了没有？", "十分钟前", 6),
        ("Are there times you think about ending your life?", "There are, aye.", 2),
        ("你想过用什么方式吗？", "想过", 4),
        ("你是不是吃了什么东西？", "吃了 全部", 6),
        ("最近几个小时里，你有没有服用或喝下让你担心的东西？", "两板蓝色的药", 6),
        ("Have you taken something in the last hours that worries you?", "twenty with a glass of vodka", 6),
        ("Are you thinking about killing yourself?", "not really, no more than usual", 2),
        ("Are you hearing voices that other people can't hear?", "three of them, yes", 2),
        ("一个人的时候，也会听到有人说话吗？", "会啊，现在就在说", 2),
    ],
)
def test_plans_acts_and_safety(question: str, answer: str, least: int) -> None:
    assert level(question, answer) >= least


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Do you like tea?", "yes"),
        ("Did you sleep well?", "no"),
        ("", "yes"),
        ("Are you thinking about killing yourself?", "no"),
        ("Are you thinking about killing yourself?", "No, nothing like that."),
        ("Are you thinking about killing yourself?", "I am fine, thanks"),
        ("Are you thinking about killing yourself?", "Not once, and I am sure of it, yes."),
        ("最近几个小时里，你有没有服用或喝下让你担心的东西？", "板蓝根"),
        ("Are you taking more than it says?", "God no, I take less."),
        ("Are you thinking about killing yourself?", "my mum said yes to the dog"),
        ("Are you taking on more than you should at work?", "yes"),
        ("Have you tried the breathing exercise?", "only when I'm stressed"),
        ("Have you taken something in the last hours?", "I'm fine, yeah"),
        ("Do you have a plan for the weekend?", "mostly at home"),
        ("Are you thinking about killing yourself?", "a lot more hopeful now"),
        ("你这周有什么计划？", "很多，要搬家"),
        ("你试过上次的呼吸练习吗？", "只在晚上"),
        ("你有没有想过结束自己的生命？", "从来没有开始想过这些"),
        ("悲伤的时候会冲动购物吗？", "会"),
        ("Have you decided when to go back to work?", "next month"),
        ("You told me about the thoughts of suicide. Have you decided when you'll call the doctor?", "after lunch"),
        ("Do you know when these thoughts of suicide began?", "last week"),
        ("你之前说过不想活。你和医生打算什么时候见面？", "周三上午"),
        ("You said you once planned to end your life. When?", "that was ten years ago, on a Friday"),
        ("Are you planning to end your life, and when?", "No. I'm not."),
        ("Are you planning to end your life, and when?", "I'd never do that"),
        ("Are you planning to end your life, and when?", "what do you mean when?"),
        ("你打算自杀吗？什么时候？", "我早就决定不做了"),
        ("Have you taken your medication today?", "about an hour ago"),
        ("Did you do anything nice?", "yes"),
        ("你吃了吗？", "吃了"),
        ("你做了作业没有？", "刚才"),
        ("你能听到我说话吗？", "是的"),
        ("What are your plans?", "a trip to Europe, I have begun to pack"),
        ("心情0分很糟10分很好，你现在几分？", "九分"),
        ("On a scale of 1 to 10, how bad is the knee?", "eight"),
    ],
)
def test_other_questions_and_denials_are_nothing(question: str, answer: str) -> None:
    assert level(question, answer) == 0


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("明天有什么打算？", "明天洗衣服，把拖了半个月的床单换了"),
        ("今天家里有什么打算？", "今晚一家三口出去吃顿好的"),
        ("Have you got a plan for the weekend?", "yes"),
        ("Is there anything you're looking forward to?", "yes, tomorrow's match"),
        ("打算什么时候走？", "过了她生日"),
    ],
)
def test_a_question_about_plans_is_about_risk_only_where_risk_is_the_subject(question: str, answer: str) -> None:
    assert level(question, answer) == 0
    assert level(question, answer, at_risk=True) >= 2
    assert level(f"Are you thinking of suicide? {question}", answer) >= 2


@pytest.mark.parametrize(
    ("question", "answer", "least"),
    [
        ("Do you have a plan?", "yes", 4),
        ("你想好了吗？", "想好了，今晚", 4),
        ("Did you take it?", "yes", 6),
        ("On a scale of one to ten, how bad is it now?", "nine", 4),
    ],
)
def test_where_risk_is_the_subject_open_questions_are_about_it(question: str, answer: str, least: int) -> None:
    assert level(question, answer) == 0
    assert level(question, answer, at_risk=True) >= least


def test_urges_and_safety_in_one_question_count_by_the_worse_end() -> None:
    asked = "On a scale of one to ten, how strong is the urge to hurt yourself, and how safe are you?"
    assert [level(asked, answer) for answer in ("9", "1", "5")] == [4, 4, 2]


@pytest.mark.parametrize("answer", ["刀我带着了，明天", "药都攒够了，今晚"])
def test_means_in_the_answer_to_a_question_about_plans_count(answer: str) -> None:
    assert level("接下来你打算做什么？", answer) == 5


@pytest.mark.parametrize(
    ("question", "answer", "expected"),
    [
        ("Have you hurt yourself, and when?", "not yet", 5),
        ("You told me you want to die. Have you taken anything, and when?", "yes", 6),
        ("You said you want to die. Can you stay safe until we have a time for you?", "no", 4),
    ],
)
def test_what_is_graver_than_when_is_read_first(question: str, answer: str, expected: int) -> None:
    assert level(question, answer) == expected


@pytest.mark.parametrize(
    ("question", "answers", "least"),
    [
        (
            "Are you safe right now?",
            "not safe|no i'm not safe|I don't feel safe|No, I am alone with the pills|unsafe",
            4,
        ),
        ("Can you keep yourself safe tonight?", "i can't promise|I don't think I can|probably not|i doubt it", 4),
        ("你现在安全吗？", "不太安全|一点也不安全|不能保证安全|我不安全|危险", 4),
        ("你今晚能保证自己安全吗？", "我做不到|保证不了|恐怕不能|很难", 4),
        ("When are you going to kill yourself?", "now|right now|in ten minutes", 5),
        ("你打算什么时候自杀？", "现在|马上|一会儿|随时", 5),
        ("How many pills have you taken?", "20|all|30ish|too many", 6),
        ("Have you taken any pills?", "a handful|i took them", 6),
        ("你吃了多少药？", "20片|一整盒|吃完了", 6),
        (
            "Are you thinking of killing yourself?",
            "Yes, I don't want to hurt anymore|i am thinking about it|on and off|ye",
            2,
        ),
        ("Have you hurt yourself today?", "yes, haven't told anyone about that|yes but not that bad", 6),
        ("你有没有想过自杀？", "有，没人知道这件事|是，我没想到会这样|我有|有想过|最近有", 2),
        ("你以前尝试过自杀吗？", "有", 6),
        ("Have you ever tried to end your life?", "yes, years ago", 2),
        ("I'd like to know whether you are thinking about suicide.", "yes", 2),
        ("Are you thinking about killing yourself", "yes", 2),
        ("你想过自杀吗", "有", 2),
        ("从1到10，自杀的冲动有多强？", "8分|满分", 4),
        ("Some people in that place think about killing themselves. Is that so for you?", "how did u know|yes", 2),
        ("Sometimes people have thoughts of suicide. Have you?", "for about a month, yeah|yes", 2),
        ("有些人这时候会想自杀。你呢？", "有|昨晚有", 2),
        ("有没有哪一刻，你觉得自己可能会伤到孩子？", "昨晚有……", 2),
        ("How safe do you feel from 1 to 10? 10 is completely safe.", "1", 4),
    ],
)
def test_admitting_in_the_words_of_people(question: str, answers: str, least: int) -> None:
    low = [answer for answer in answers.split("|") if level(question, answer, at_risk=True) < least]
    assert low == []


@pytest.mark.parametrize(
    ("questions", "answer"),
    [
        (
            "Are you going to visit your friend?|Do you plan to contact her?|Have you decided where to go on holiday?",
            "yes",
        ),
        ("Did it hurt?|Did you hurt your knee?|Have you cut your hair?|Have you attempted the homework?", "yes"),
        ("Have you taken any time off?|Did you take your vitamin tablets?|Have you taken your pills today?", "yes"),
        ("你家里有可以说话的人吗？|身边有人能陪你吗？|有具体的办法吗？", "有"),
        ("你今天要做作业吗？|今晚要做饭吗？|计划跳槽吗？", "要"),
        ("你有没有吃东西？|你今天吃了感冒药吗？", "吃了"),
        ("how much does it hurt, 1 to 10?|urge to smoke, 0 to 10?|How likely are you to recommend us, 0 to 10?", "8"),
        ("Are you safe right now?", "yes i am safe"),
        ("你现在安全吗？", "没事"),
        ("Some people like tea. Have you?|I'm glad you slept. Have you eaten?", "yes"),
    ],
)
def test_questions_of_every_day_are_not_of_risk(questions: str, answer: str) -> None:
    assert [question for question in questions.split("|") if level(question, answer)] == []


def test_the_last_question_of_risk_counts_even_with_words_around_it() -> None:
    question = "Thank you. Are you thinking about killing yourself? One word is enough. I am here."
    assert level(question, "yes") == 2
    assert level("Do you drink tea? I ask because I like it.", "yes") == 0


def test_the_category_is_what_was_asked_about() -> None:
    (finding,) = answered("Has he ever hit you?", "yes")
    assert (finding.category, finding.start, finding.end) == (Category.abuse, 0, 3)
    (finding,) = answered("Do you want to cut yourself?", "yeah")
    assert finding.category == Category.self_harm
    (finding,) = answered("你有伤害他的计划吗？", "有")
    assert finding.category == Category.violence
    (finding,) = answered("Are you taking more pills than you should?", "every day")
    assert finding.category == Category.substance


def test_a_long_answer_is_left_to_the_other_rules() -> None:
    assert answered("Are you thinking about killing yourself?", "yes " + "and the weather was fine " * 10) == []


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", ["ask", "ask_minor", "ask_harming", "ask_unreal", "ask_reliance", "ask_substance"])
def test_a_bare_yes_to_our_own_question_is_understood(name: str, language: str) -> None:
    asked = prompt(f"safety/{name}", language).render(resources=prompt("safety/resources", language).render())
    assert level(asked, "yes" if language == "en" else "是") >= 2
    assert level(asked, "no" if language == "en" else "没有") == 0


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", ["check_in", "check_in_minor"])
def test_a_bare_no_to_our_check_in_is_understood(name: str, language: str) -> None:
    asked = prompt(f"safety/{name}", language).render(resources=prompt("safety/resources", language).render())
    assert level(asked, "no" if language == "en" else "不安全") == 4
    assert level(asked, "yes, I am safe" if language == "en" else "安全") == 0
