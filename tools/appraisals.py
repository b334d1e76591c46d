"""The 21 appraisal variables of crowd-enVENT, in Scherer's order of checks.

Sources: Troiano, Oberländer & Klinger 2023 (arXiv 2206.05238) for the variables, each rated 1 ("not at all") to 5
("extremely"); Scherer 2001 for the four stages: relevance, implications, coping potential, normative significance. The
statements are ours, one sentence each; so is the place of a variable where the sources differ (`attention` and
`not_consider` stand with relevance, `effort` with coping).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["APPRAISALS", "Appraisal", "appraisal"]

Stage = Literal["relevance", "implications", "coping", "normative"]


@dataclass(frozen=True)
class Appraisal:
    """One variable.

    Attributes:
        name: as in the set's columns, abbreviations written out.
        stage: Scherer's check.
        en, zh: what a rating of 5 says of the event.
    """

    name: str
    stage: Stage
    en: str
    zh: str


APPRAISALS: tuple[Appraisal, ...] = (
    Appraisal("suddenness", "relevance", "The event was sudden.", "这件事来得很突然。"),
    Appraisal("familiarity", "relevance", "The event was familiar.", "这件事是熟悉的。"),
    Appraisal("predict_event", "relevance", "The event could have been predicted.", "这件事是可以预料到的。"),
    Appraisal("attention", "relevance", "The event demanded attention.", "这件事需要去注意。"),
    Appraisal("not_consider", "relevance", "The person tried to shut the event out.", "这个人想把这件事挡在心外。"),
    Appraisal("pleasantness", "relevance", "The event was pleasant.", "这件事令人愉快。"),
    Appraisal("unpleasantness", "relevance", "The event was unpleasant.", "这件事令人不快。"),
    Appraisal("goal_relevance", "relevance", "The event mattered to the person's goals.", "这件事关系到这个人的目标。"),
    Appraisal("chance_responsibility", "implications", "The event was caused by chance.", "这件事是偶然或外因造成的。"),
    Appraisal("self_responsibility", "implications", "The person caused the event.", "这件事是这个人自己造成的。"),
    Appraisal("other_responsibility", "implications", "Somebody else caused the event.", "这件事是别人造成的。"),
    Appraisal("predict_consequences", "implications", "The consequences could be foreseen.", "后果是可以预见的。"),
    Appraisal("goal_support", "implications", "The event helped the person's goals.", "这件事有助于这个人的目标。"),
    Appraisal("urgency", "implications", "The event called for an immediate response.", "这件事需要马上应对。"),
    Appraisal("self_control", "coping", "The person could influence what happened.", "这个人能左右所发生的事。"),
    Appraisal("other_control", "coping", "Somebody else could influence it.", "别人能左右所发生的事。"),
    Appraisal("chance_control", "coping", "Nobody could influence it.", "所发生的事谁也左右不了。"),
    Appraisal("accept_consequences", "coping", "The consequences were easy to live with.", "后果是容易接受的。"),
    Appraisal("effort", "coping", "The situation took a great deal of effort.", "应付这件事要花很大力气。"),
    Appraisal("standards", "normative", "The event clashed with the person's ideals.", "这件事违背了这个人的准则。"),
    Appraisal("social_norms", "normative", "The event broke the norms of society.", "这件事违反了社会规范。"),
)

_BY_NAME = {item.name: item for item in APPRAISALS}


def appraisal(name: str) -> Appraisal:
    """The variable called `name`.

    Raises:
        KeyError: unknown; the message lists the known ones.
    """
    if name not in _BY_NAME:
        raise KeyError(f"unknown appraisal {name!r}; known: {', '.join(_BY_NAME)}")
    return _BY_NAME[name]
