"""What is said of a grounded affective tree, in the same words in the terminal, on the page and in the figure."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

from affectgraph.graphs.gat_text_types import GatTextOutput, TextHypothesis, TextVerdict
from affectgraph.graphs.gat_types import GatOutput, Hypothesis, Verdict
from affectgraph.tools.faces import expressions_text

__all__ = [
    "NOBODY",
    "UNSEEN",
    "Branch",
    "Told",
    "branches",
    "calibrated",
    "cautions",
    "cites_regions",
    "concluded_from",
    "known",
    "looked_at",
    "name_of",
    "problems",
    "seen_in",
]

UNSEEN = (
    "The model did not see this picture: it was told what was measured of it (place, size, colour, light, contrast, "
    "edges, faces). What is depicted it can only guess."
)
NOBODY = "nobody is depicted, as far as is known"
# What a tree can be about.
Told = GatOutput | GatTextOutput
AnyHypothesis = Hypothesis | TextHypothesis
AnyVerdict = Verdict | TextVerdict
_PROBLEMS = {
    "length": "not of the length that was asked for",
    "ungrounded": "a sentence says nothing of the regions that it cites",
    "repetition": "a sentence twice",
}


@dataclass(frozen=True)
class Branch:
    """A hypothesis with what became of it.

    Attributes:
        verdict: None where the mode has no critic.
        state: kept; pruned (contradicted); aside (neither).
        told: why, in words.
    """

    hypothesis: AnyHypothesis
    verdict: AnyVerdict | None
    state: Literal["kept", "pruned", "aside"]
    told: str


def branches(output: Told) -> list[Branch]:
    """The hypotheses in the order in which they were put forward; empty where the mode has none."""
    verdicts: dict[str, AnyVerdict] = {verdict.hypothesis: verdict for verdict in output.verdicts}
    found = []
    for hypothesis in output.hypotheses:
        verdict = verdicts.get(hypothesis.id)
        if hypothesis.id == output.conclusion.kept:
            found.append(Branch(hypothesis, verdict, "kept", _why_kept(output, verdict)))
        elif verdict is not None and verdict.pruned:
            found.append(Branch(hypothesis, verdict, "pruned", _counted(verdict)))
        else:
            found.append(Branch(hypothesis, verdict, "aside", _why_aside(verdict, verdicts.get(_kept(output)))))
    return found


def _counted(verdict: AnyVerdict) -> str:
    count = len(verdict.contradictions)
    return f"{count} contradiction{'s' if count > 1 else ''}"


def _kept(output: Told) -> str:
    return output.conclusion.kept or ""


def _why_kept(output: Told, verdict: AnyVerdict | None) -> str:
    if verdict is None:
        return "not verified"
    if output.conclusion.all_contradicted:
        return "all are contradicted, this one no more than another"
    return "the model's own choice, though contradicted" if verdict.contradictions else "no contradiction"


def _why_aside(verdict: AnyVerdict | None, kept: AnyVerdict | None) -> str:
    if verdict is None:
        return "not verified"
    if verdict.contradictions:
        return _counted(verdict)
    if kept is not None and kept.confidence > verdict.confidence:
        return "no contradiction, but the critic is less sure"
    return "no contradiction, but put forward later"


def concluded_from(output: Told) -> str:
    """What the conclusion rests on."""
    if output.conclusion.kept is None:
        return "the most probable label; no tree was asked for"
    return f"hypothesis {output.conclusion.kept}"


def calibrated(output: GatOutput) -> str:
    """Whether valence and arousal are as people rate, and what the model itself said."""
    found = output.conclusion
    if found.calibrated_on is None:
        return "not calibrated"
    said = ", ".join(f"{variable} {value:.1f}" for variable, value in found.raw.items())
    return f"calibrated on {found.calibrated_on}; the model said {said}"


def known(output: GatOutput, regions: list[str]) -> list[str]:
    """Those of `regions` that the picture has, each once; a stored result may have been changed by hand."""
    ids = output.scaffold.ids if output.scaffold else ()
    return [region for region in dict.fromkeys(regions) if region in ids]


def cites_regions(output: GatOutput) -> bool:
    """Whether the model was given regions: in the modes without, outlines on the picture would mislead."""
    cited = [item.regions for item in output.hypotheses]
    cited += [item.regions for item in output.writing.sentences] if output.writing else []
    return bool(output.observations) or any(cited)


def cautions(output: Told) -> list[str]:
    """What a reader must know of how this tree came about, most important first."""
    found = _of_text(output) if isinstance(output, GatTextOutput) else _of_picture(output)
    if any(entry.decided.get("from_labels") for entry in output.trace):
        found.append(
            "No answer of the model could be used as hypotheses; these are the labels that it finds most probable."
        )
    if output.conclusion.expressed and output.conclusion.expressed.calibration == "face-network":
        found.append("What people show is read from their faces by a small network, which is surer than it is right.")
    if output.notice:
        found.append(output.notice)
    return found


def _of_picture(output: GatOutput) -> list[str]:
    found = [UNSEEN] if output.perception == "facts-only" else []
    if output.exchanged:
        found.append("A control: every region was told to the model under another one's number.")
    return found


def _of_text(output: GatTextOutput) -> list[str]:
    if len(output.kept) == len(output.spans):
        return []
    return [f"The text is long: the model read {len(output.kept)} of its {len(output.spans)} spans."]


def seen_in(output: GatOutput) -> dict[str, str]:
    """Region -> what the model saw in it; empty where no model looked."""
    if output.perception == "facts-only":
        return {}
    return {item.region: item.contents for item in output.observations if not item.measured}


def looked_at(output: GatOutput) -> str:
    """How many regions and faces there are, and what the faces show, where that was read."""
    parts = []
    if output.scaffold and cites_regions(output):
        count = len(output.scaffold.regions)
        parts.append(f"{count} region{'s' if count != 1 else ''}")
    faces = len(output.faces)
    shown = expressions_text(output.faces, "en", placed=cites_regions(output) and not output.exchanged)
    parts.append(f"{faces or 'no'} frontal face{'s' if faces > 1 else ''}{f' ({shown})' if shown else ''}")
    return ", ".join(parts)


def name_of(output: GatOutput) -> str:
    """The picture's file name; folders stay private."""
    return PurePath(output.image.path).name


def problems(output: GatOutput) -> str:
    """What a written answer was asked for and is not; empty where all is well."""
    found = output.writing.problems if output.writing else []
    return "; ".join(_PROBLEMS.get(name, name) for name in found)
