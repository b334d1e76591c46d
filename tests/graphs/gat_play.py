"""A scripted model that plays a run of `gat` or `gat_single`, and a small picture of four colours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from langchain_core.messages import BaseMessage
from PIL import Image, ImageDraw

from affectgraph.backends.base import Capabilities
from affectgraph.backends.scripted import Reply, ScriptedBackend
from affectgraph.graphs import Graph, load, load_settings

EYES = Capabilities(logprobs=True, json_answers="grammar", image=True)
IDS = ("r1", "r2", "r3", "r4")
# What the last question holds -> the name of its answer. The first that is found counts.
_QUESTIONS = {
    "They are called h1": "single",
    "假设依次称为": "single",
    "List what is in each region": "scan",
    "请逐个列出每个区域": "scan",
    "Number of different hypotheses": "hypotheses",
    "请提出互不相同的假设": "hypotheses",
    "You are the critic of one hypothesis": "verdict",
    "请审查一个假设": "verdict",
    "What does a viewer of this picture feel?": "evoked",
    "观看这幅图片的人会有什么情绪": "evoked",
    "What do the people in this picture show?": "expressed",
    "How strong is the feeling": "intensity",
    "这种感受有多强烈": "intensity",
    "How pleasant is this picture": "valence",
    "感受有多愉快": "valence",
    "Does this picture show a person?": "person",
    "图片中有人物吗": "person",
    "Think step by step": "think",
    "请一步一步地思考": "think",
    "Explain in three to five": "explain",
    "Write 50 to 100 words": "generate",
    "写一段 50 到 100 字": "generate",
}


def hypothesis(emotion: str, intensity: str, *regions: str, reason: str = "its colours") -> dict[str, Any]:
    return {"emotion": emotion, "intensity": intensity, "regions": list(regions), "reason": reason}


def verdict(confidence: float, *facts: tuple[str, str]) -> dict[str, Any]:
    return {
        "contradictions": [{"region": region, "fact": fact} for region, fact in facts],
        "confidence": confidence,
    }


SCAN = {"r1": "a red wall", "r2": "a green field", "r3": "blue water", "r4": "a yellow door"}
HYPOTHESES = [
    hypothesis("awe", "high", "r1", "r2"),
    hypothesis("contentment", "low", "r3"),
    hypothesis("fear", "medium", "r4"),
]
VERDICTS = [verdict(0.9, ("r1", "the wall is plain")), verdict(0.8), verdict(0.7, ("r4", "the door is open"))]
GOOD: dict[str, Any] = {
    "scan": SCAN,
    "hypotheses": {"hypotheses": HYPOTHESES},
    "evoked": {"contentment": 0.5, "awe": 0.3, "fear": 0.2},
    "expressed": {"awe": 1.0},
    "intensity": {"low": 0.5, "medium": 0.25, "high": 0.25},
    "valence": {"pleasant": 1.0},
    "person": "no",
    "think": "There is a wall. The viewer feels awe.",
    "explain": {
        "sentences": [
            {"text": "The red wall stands close.", "regions": ["r1"]},
            {"text": "The green field is wide.", "regions": ["r2"]},
            {"text": "Blue water lies still.", "regions": ["r3"]},
        ]
    },
    "generate": {
        "sentences": [
            {"text": "A red wall rises " + "far " * 16, "regions": ["r1"]},
            {"text": "A green field runs " + "far " * 16, "regions": ["r2"]},
            {"text": "Blue water waits " + "far " * 16, "regions": ["r3"]},
        ]
    },
    "single": {
        "observations": SCAN,
        "hypotheses": HYPOTHESES,
        "verification": dict(zip(("h1", "h2", "h3"), VERDICTS, strict=True)),
        "final": "h2",
    },
}


def asked(messages: list[BaseMessage]) -> str:
    """The name of the last question; a re-ask stands after the question that it repeats."""
    for message in reversed(messages):
        if message.type == "human":
            for words, name in _QUESTIONS.items():
                if words in str(message.text):
                    return name
    raise AssertionError("nothing known is asked")


class Player:
    """Answers by the question; an answer may be a function of the messages, and a list is given in turn."""

    def __init__(self, **changed: Any) -> None:
        self.answers = {**GOOD, "verdict": self.judged, **changed}
        self.seen: list[tuple[str, list[BaseMessage]]] = []

    def __call__(self, messages: list[BaseMessage]) -> Reply:
        name = asked(messages)
        self.seen.append((name, messages))
        answer = self.answers[name]
        if isinstance(answer, list):
            answer = answer[min(self.names().count(name), len(answer)) - 1]
        given: Reply = answer(messages) if callable(answer) else answer
        return given

    def names(self) -> list[str]:
        return [name for name, _ in self.seen]

    @staticmethod
    def judged(messages: list[BaseMessage]) -> Reply:
        said = str(messages[-1].text)
        for item, found in zip(HYPOTHESES, VERDICTS, strict=True):
            if f"feels {item['emotion']}," in said:
                return found
        return VERDICTS[1]


def picture(folder: Path, name: str = "four.png", size: tuple[int, int] = (96, 64)) -> Path:
    """Four fields of one colour each, from the largest to the smallest; no face."""
    width, height = size
    image = Image.new("RGB", size, (200, 20, 20))
    pen = ImageDraw.Draw(image)
    pen.rectangle((width * 5 // 8, 0, width, height * 5 // 8), (20, 140, 40))
    pen.rectangle((0, height * 3 // 4, width // 2, height), (20, 60, 200))
    pen.rectangle((width * 3 // 4, height * 3 // 4, width, height), (230, 210, 40))
    path = folder / name
    image.save(path)
    return path


def graph_of(
    player: Callable[[list[BaseMessage]], Reply],
    root: Path,
    *settings: str,
    name: str = "gat",
    eyes: bool = False,
    checkpointer: Any = None,
) -> Graph[Any]:
    """The graph on `player`, which may read pictures below `root`; `settings` are `key=value`."""
    found = load_settings(environment={}, overrides=[f'media.roots=["{root}"]', *settings]).settings
    backend = ScriptedBackend(label="scripted", replies=player, **({"abilities": EYES} if eyes else {}))
    return load(name, model=backend, settings=found, checkpointer=checkpointer)


def run(folder: Path, *settings: str, eyes: bool = False, player: Player | None = None, **given: Any) -> Any:
    graph = graph_of(player or Player(), folder, *settings, eyes=eyes)
    return graph.invoke({"image": str(picture(folder)), **given})


def nodes(output: Any) -> list[str]:
    return [entry.node for entry in output.trace]


def chinese() -> dict[str, Any]:
    words = (("敬畏", "高"), ("满足", "低"), ("恐惧", "中"))
    return {
        "scan": {"r1": "红色的墙", "r2": "绿色的田野", "r3": "蓝色的水", "r4": "黄色的门"},
        "hypotheses": {
            "hypotheses": [{"emotion": e, "intensity": i, "regions": ["r1"], "reason": "颜色鲜艳"} for e, i in words]
        },
        "verdict": verdict(0.5),
        "evoked": "满足",
        "intensity": "低",
        "valence": "有点愉快",
        "person": "没有",
    }
