"""Words for what is measured of a region, in English and Chinese: places, basic colours, and the line a prompt holds.

All names, limits and samples are our choice. Colours are the eleven basic terms of Berlin and Kay (1969) and beige,
each with sRGB samples from light to dark, so that the nearest sample names a colour as people would.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:  # the measures import the names from here
    from affectgraph.tools.region_facts import Facts, Region

__all__ = ["COLOURS", "POSITIONS", "Colour", "facts_text", "picture_text"]


class Colour(NamedTuple):
    """A basic colour: its Chinese name and sRGB samples as `rrggbb`."""

    zh: str
    samples: tuple[str, ...]


COLOURS: dict[str, Colour] = {
    "black": Colour("黑色", ("000000", "1a1a1a")),
    "white": Colour("白色", ("ffffff", "f2f2f2")),
    "grey": Colour("灰色", ("404040", "606060", "808080", "a0a0a0", "c8c8c8")),
    "red": Colour("红色", ("ff0000", "c81414", "8b0000", "e04040")),
    "orange": Colour("橙色", ("ff8c00", "ff6a13", "ffa54f", "d2691e")),
    "yellow": Colour("黄色", ("ffff00", "ffd700", "fff59d", "c8b400")),
    "green": Colour("绿色", ("00ff00", "008000", "90c878", "2e5a2e", "556b2f", "1e321e")),
    "blue": Colour("蓝色", ("0000ff", "1e64c8", "87ceeb", "000080", "1e2a50", "4682b4", "00b4c8")),
    "purple": Colour("紫色", ("800080", "6a3d9a", "b39ddb", "4b0082", "3a1e46")),
    "pink": Colour("粉色", ("ffc0cb", "ff69b4", "e8a0a8", "ff00ff")),
    "brown": Colour("棕色", ("8b4513", "5a3214", "a0784b", "3c2814", "6e5a46")),
    "beige": Colour("米色", ("f5f0dc", "e6c8a0", "d2b48c")),
}

POSITIONS: dict[str, str] = {
    "upper left": "左上方",
    "upper centre": "上方",
    "upper right": "右上方",
    "middle left": "左侧",
    "centre": "中央",
    "middle right": "右侧",
    "lower left": "左下方",
    "lower centre": "下方",
    "lower right": "右下方",
}


class _Levels(NamedTuple):
    """Words for a number: the first below the first limit, the last at or above the last."""

    limits: tuple[float, float]
    en: tuple[str, str, str]
    zh: tuple[str, str, str]

    def word(self, value: float, language: str) -> str:
        words = self.zh if language == "zh" else self.en
        return words[sum(value >= limit for limit in self.limits)]


_SATURATION = _Levels((0.15, 0.4), ("low", "medium", "high"), ("低", "中", "高"))
_BRIGHTNESS = _Levels((0.3, 0.65), ("dark", "medium", "bright"), ("暗", "中", "亮"))
_CONTRAST = _Levels((6.0, 16.0), ("low", "medium", "high"), ("低", "中", "高"))
_EDGES = _Levels((0.05, 0.2), ("few", "some", "many"), ("少", "中", "多"))


def facts_text(region: Region, language: str) -> str:
    """One objective line on a region, in Chinese for "zh" and in English for everything else. No emotion word."""
    if language == "zh":
        near = f"；与{'、'.join(region.neighbours)}相邻" if region.neighbours else ""
        place = f"{region.id}：{POSITIONS[region.position]}，占画面{_percent(region.area)}"
        return f"{place}；{_measures_zh(region.facts)}{near}"
    near = f"; next to {', '.join(region.neighbours)}" if region.neighbours else ""
    return f"{region.id}: {region.position}, {_percent(region.area)} of the image; {_measures_en(region.facts)}{near}"


def picture_text(facts: Facts, language: str) -> str:
    """One objective line on the whole picture, in Chinese for "zh" and in English for everything else."""
    return f"整个画面：{_measures_zh(facts)}" if language == "zh" else f"whole image: {_measures_en(facts)}"


def _measures_en(facts: Facts) -> str:
    return (
        f"mean colour {facts.colour} ({facts.colour_hex}), "
        f"saturation {facts.saturation:.2f} ({_SATURATION.word(facts.saturation, 'en')}), "
        f"brightness {facts.brightness:.2f} ({_BRIGHTNESS.word(facts.brightness, 'en')}), "
        f"contrast {facts.contrast:.0f} ({_CONTRAST.word(facts.contrast, 'en')}), "
        f"edges {_percent(facts.edges)} ({_EDGES.word(facts.edges, 'en')}), "
        f"warm colours {_percent(facts.warm)}, cool colours {_percent(facts.cool)}"
    )


def _measures_zh(facts: Facts) -> str:
    return (
        f"平均颜色{COLOURS[facts.colour].zh}（{facts.colour_hex}），"
        f"饱和度{facts.saturation:.2f}（{_SATURATION.word(facts.saturation, 'zh')}），"
        f"亮度{facts.brightness:.2f}（{_BRIGHTNESS.word(facts.brightness, 'zh')}），"
        f"明暗对比{facts.contrast:.0f}（{_CONTRAST.word(facts.contrast, 'zh')}），"
        f"边缘{_percent(facts.edges)}（{_EDGES.word(facts.edges, 'zh')}），"
        f"暖色{_percent(facts.warm)}，冷色{_percent(facts.cool)}"
    )


def _percent(share: float) -> str:
    """`12%`; a share that is there but below a hundredth is `<1%`."""
    return "<1%" if 0 < share < 0.01 else f"{100 * share:.0f}%"
