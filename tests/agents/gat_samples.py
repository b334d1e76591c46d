"""Pictures that the project makes, and a tree of one as a good model could give it; shared by the tests of `gat`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from affectgraph.backends.media import MediaOptions, load_image, open_image
from affectgraph.backends.scoring import Distribution
from affectgraph.graphs.gat_types import (
    Conclusion,
    Contradiction,
    GatOutput,
    Hypothesis,
    Observation,
    Sentence,
    Verdict,
    Writing,
)
from affectgraph.graphs.steps import TraceEntry
from affectgraph.tools.scaffold import scaffold

INERT = "<img src=x onerror=alert(1)>"
ENDS = "</script></style></title><script>alert(1)</script>"
QUOTES = "\"'} body{display:none} $x^2$ {{ 7*7 }} https://example.org/?a=1&b=2"


def make_picture(path: Path, size: tuple[int, int] = (320, 200)) -> Path:
    """A night sky over a field, and a red square; three regions."""
    picture = Image.new("RGB", size, (20, 28, 70))
    draw = ImageDraw.Draw(picture)
    width, height = size
    draw.rectangle([0, height * 6 // 10, width, height], fill=(60, 130, 50))
    draw.rectangle([width * 5 // 8, height // 10, width * 7 // 8, height * 4 // 10], fill=(200, 40, 30))
    picture.save(path)
    return path


def media_of(path: Path) -> MediaOptions:
    return MediaOptions(roots=[path.parent])


def make_tree(path: Path, **changed: Any) -> GatOutput:
    """A finished tree of three hypotheses: kept, pruned by a fact in `r3`, and set aside; `changed` are its fields."""
    ref = open_image(path, media_of(path))
    drawn = scaffold(load_image(ref, media_of(path)))
    labels = {"awe": 0.6, "contentment": 0.25, "fear": 0.15}
    fields: dict[str, Any] = {
        "image": ref,
        "task": "EU",
        "perception": "image",
        "scaffold": drawn,
        "faces": [],
        "observations": [Observation(region=id, contents=f"the plain thing {id}") for id in drawn.ids],
        "hypotheses": [
            Hypothesis(id="h1", emotion="fear", intensity="high", regions=["r1", "r2"], reason="It is night."),
            Hypothesis(id="h2", emotion="awe", intensity="medium", regions=["r1"], reason="The sky is wide."),
            Hypothesis(id="h3", emotion="contentment", intensity="low", regions=["r2"], reason="The field is even."),
        ],
        "verdicts": [
            Verdict(
                hypothesis="h1",
                contradictions=[Contradiction(region="r3", fact="The square is bright.")],
                confidence=0.3,
                pruned=True,
            ),
            Verdict(hypothesis="h2", contradictions=[], confidence=0.9),
            Verdict(hypothesis="h3", contradictions=[], confidence=0.6),
        ],
        "conclusion": Conclusion(
            label="awe",
            emotions=Distribution(probabilities=labels),
            expressed=None,
            valence=6.5,
            arousal=5.0,
            intensity="medium",
            kept="h2",
        ),
        "writing": None,
        "trace": [TraceEntry(node="verify", backend="played", prompts=["gat/verify@1.en"], milliseconds=1200.0)],
    }
    return GatOutput(**{**fields, **changed})


def calibrated_tree(path: Path) -> GatOutput:
    """A tree whose valence was 5.5 before a curve made 6.5 of it."""
    tree = make_tree(path)
    told = {"raw": {"valence": 5.5}, "calibrated_on": "greys (1 to 7), 30 pictures"}
    return tree.model_copy(update={"conclusion": tree.conclusion.model_copy(update=told)})


def hostile_tree(path: Path) -> GatOutput:
    """A tree all of whose words attack the page."""
    nasty = f"{INERT} {ENDS} {QUOTES}"
    tree = make_tree(path)
    return tree.model_copy(
        update={
            "observations": [item.model_copy(update={"contents": nasty}) for item in tree.observations],
            "hypotheses": [
                item.model_copy(update={"emotion": nasty, "reason": nasty, "regions": ["r1", nasty, "r99"]})
                for item in tree.hypotheses
            ],
            "verdicts": [
                item.model_copy(update={"contradictions": [Contradiction(region=nasty, fact=nasty)]})
                for item in tree.verdicts
            ],
            "conclusion": tree.conclusion.model_copy(
                update={
                    "label": nasty,
                    "emotions": Distribution(probabilities={nasty: 0.5, "awe": 0.5}),
                    "calibrated_on": nasty,
                }
            ),
            "writing": Writing(sentences=[Sentence(text=nasty, regions=["r1", nasty])], words=9, problems=[nasty]),
            "notice": nasty,
        }
    )
