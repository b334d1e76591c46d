"""Grounded affective trees as one HTML page that needs nothing else: no network, no script, no font.

Reasons, contradictions and file names are untrusted (a model wrote them, or a person called a file so): the template
escapes everything, and the page's own policy forbids scripts and every request. That a claim lights up the regions that
it cites, and a region the claims that cite it, is CSS (`:has`); the rules name region ids only, never a model's text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from typing import NamedTuple

import jinja2

from affectgraph.agents.gat_outlines import outlines
from affectgraph.agents.gat_telling import (
    NOBODY,
    Branch,
    branches,
    calibrated,
    cautions,
    cites_regions,
    concluded_from,
    known,
    looked_at,
    name_of,
    problems,
    seen_in,
)
from affectgraph.backends.media import MediaOptions, as_data_url, load_image
from affectgraph.graphs.gat_types import GatOutput
from affectgraph.tools.scaffold import MOST_REGIONS, Region, Scaffold
from affectgraph.tools.scaffold_overlay import marks

__all__ = ["Made", "gat_page"]

_SIDE = 1200
_BARS = 8


@dataclass(frozen=True)
class Made:
    """How the trees of a page were made, and what could not be used.

    Attributes:
        graph: its name.
        mode: of the settings; empty where the graph has none.
        models: `label: identity` of each backend.
        failed: (file name, why) of each picture without a tree.
    """

    graph: str
    mode: str
    models: tuple[str, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()


class Area(NamedTuple):
    """A region as it is drawn, in pixels of the label map; `mark` is x, y and radius, None on a tiny picture."""

    region: Region
    path: str
    mark: tuple[float, float, float] | None
    told: str


class Bar(NamedTuple):
    """One label of the label space; `expressed` is None where nobody is depicted."""

    label: str
    evoked: float
    expressed: float | None


@dataclass(frozen=True)
class Sheet:
    """One picture of the page."""

    number: int
    name: str
    output: GatOutput
    url: str
    areas: list[Area]
    branches: list[Branch]
    bars: list[Bar]
    rest: Bar | None

    @property
    def drawn(self) -> Scaffold:
        """Its scaffold, whose map gives the drawing its size."""
        assert self.output.scaffold is not None
        return self.output.scaffold

    @property
    def contents(self) -> dict[str, str]:
        """Region -> what the model saw in it."""
        return seen_in(self.output)


def gat_page(results: Sequence[GatOutput], made: Made, media: MediaOptions | None = None) -> str:
    """The page.

    Args:
        results: one for each picture; their files are read again.
        made: what stands in the footers.
        media: as when the pictures were opened.

    Raises:
        MediaError: a picture is gone or has changed.
    """
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    environment.filters.update(share=_share, css=_css, cited=_cited, plane=_plane)
    text = files("affectgraph.agents").joinpath("gat_page.html.j2").read_text(encoding="utf-8")
    sheets = [_sheet(number, output, media) for number, output in enumerate(results, 1)]
    return environment.from_string(text).render(
        sheets=sheets,
        made=made,
        ids=[f"r{number}" for number in range(1, _most(sheets) + 1)],
        cautions=cautions,
        nobody=NOBODY,
        concluded_from=concluded_from,
        calibrated=calibrated,
        looked_at=looked_at,
        problems=problems,
        version=version("affectgraph"),
    )


def _most(sheets: Sequence[Sheet]) -> int:
    return min(MOST_REGIONS, max((len(sheet.areas) for sheet in sheets), default=0))


def _sheet(number: int, output: GatOutput, media: MediaOptions | None) -> Sheet:
    shown, rest = _bars(output)
    return Sheet(
        number=number,
        name=name_of(output),
        output=output,
        url=as_data_url(load_image(output.image, media), _SIDE),
        areas=_areas(output.scaffold) if output.scaffold and cites_regions(output) else [],
        branches=branches(output),
        bars=shown,
        rest=rest,
    )


def _areas(drawn: Scaffold) -> list[Area]:
    scale = drawn.map_width / drawn.width
    placed = {mark.id: (mark.x * scale, mark.y * scale, mark.radius * scale) for mark in marks(drawn)}
    paths = outlines(drawn)
    return [Area(one, paths[one.id], placed.get(one.id), _measured(one)) for one in drawn.regions]


def _measured(region: Region) -> str:
    facts = region.facts
    numbers = {
        "brightness": f"{facts.brightness:.2f}",
        "saturation": f"{facts.saturation:.2f}",
        "contrast": f"{facts.contrast:.0f}",
        "edges": _share(facts.edges),
        "warm": _share(facts.warm),
        "cool": _share(facts.cool),
    }
    told = ", ".join(f"{name}\N{NO-BREAK SPACE}{number}" for name, number in numbers.items())
    return f"{region.position}, {_share(region.area)} of the picture; {facts.colour}, {told}"


def _bars(output: GatOutput) -> tuple[list[Bar], Bar | None]:
    """The labels that anything is felt or shown of, most evoked first; those beyond the eighth summed up."""
    found = output.conclusion
    shown = found.expressed.probabilities if found.expressed else {}
    every = [
        Bar(label, share, shown.get(label) if shown else None) for label, share in found.emotions.probabilities.items()
    ]
    ranked = sorted(every, key=lambda bar: -max(bar.evoked, bar.expressed or 0.0))
    kept, rest = (ranked, []) if len(ranked) <= _BARS else (ranked[: _BARS - 1], ranked[_BARS - 1 :])
    kept.sort(key=lambda bar: -bar.evoked)
    if not rest:
        return kept, None
    left = sum(bar.expressed or 0.0 for bar in rest) if shown else None
    return kept, Bar(f"{len(rest)} more", sum(bar.evoked for bar in rest), left)


def _share(value: float) -> str:
    return "<1%" if 0 < value < 0.005 else f"{value:.0%}"


def _css(value: float) -> str:
    return f"{100 * min(1.0, max(0.0, value)):.1f}%"


def _cited(regions: list[str], output: GatOutput) -> list[str]:
    return known(output, regions)


def _plane(value: float) -> float:
    """From 1 to 9 to 0 to 100."""
    return round(12.5 * (min(9.0, max(1.0, value)) - 1), 2)
